//! Rules about all of a file: shapes, names, references, tags, lists.

use super::{Case, case};

pub const CASES: &[Case] = &[
    case(
        "same-entry",
        "user_pool: { auto_verified_attributes: [email, email] }",
        "user_pool: { auto_verified_attributes: [email, phone_number] }",
    ),
    case("reserved-tag", "tags: { \"aws:team\": data }", "tags: { team: data }"),
    case("tag-key", "tags: { \"te?m\": data }", "tags: { \"te-m\": data }"),
    case("tag-value", "tags: { team: \"da?a\" }", "tags: { team: \"da/a\" }"),
    case(
        "unknown-setting",
        "user_pool: { pasword_policy: {} }",
        "user_pool: { password_policy: {} }",
    ),
    case(
        "missing-setting",
        "http_api: { authorizers: { a: { jwt: { issuer: \"https://a.example\" } } } }",
        "http_api: { authorizers: { a: { jwt: { issuer: \"https://a.example\", audience: [x] } } } }",
    ),
    case(
        "no-such-value",
        "user_pool: { user_pool_tier: BASIC }",
        "user_pool: { user_pool_tier: LITE }",
    ),
    case(
        "out-of-range",
        "user_pool: { password_policy: { minimum_length: 5 } }",
        "user_pool: { password_policy: { minimum_length: 6 } }",
    ),
    case(
        "wrong-name",
        "user_pool: { groups: { two words: {} } }",
        "user_pool: { groups: { two-words: {} } }",
    ),
    case(
        "unknown-reference",
        "outputs: { id: \"${user_pol.id}\" }",
        "{ stack: demo, user_pool: {}, outputs: { id: \"${user_pool.id}\" } }",
    ),
    case(
        "malformed-reference",
        "outputs: { id: \"${user_pool\" }",
        "outputs: { id: \"$${user_pool\" }",
    ),
    case(
        "unknown-variable",
        "{ stack: demo, vars: { stage: dev }, outputs: { x: \"${var.stge}\" } }",
        "{ stack: demo, vars: { stage: dev }, outputs: { x: \"${var.stage}\" } }",
    ),
    case(
        "secret-would-show",
        "user_pool: { name: \"${env.NAME}\" }",
        "user_pool: { name: \"name\" }",
    ),
    case("same-key", "user_pool: {}\nuser_pool: {}", "user_pool: {}"),
    case("wrong-form", "user_pool: { name: a/b }", "user_pool: { name: a b }"),
    case("wrong-form", "user_pool: { domain: My_App }", "user_pool: { domain: my-app }"),
    case(
        "no-such-value",
        "user_pool: { username_attributes: [name] }",
        "user_pool: { username_attributes: [email] }",
    ),
    case(
        "no-such-value",
        "user_pool: { app_clients: { web: { explicit_auth_flows: [ALLOW_REFRESH_TOKEN_AUTH, ALLOW_ALL] } } }",
        "user_pool: { app_clients: { web: { explicit_auth_flows: [ALLOW_REFRESH_TOKEN_AUTH] } } }",
    ),
    case(
        "out-of-range",
        "user_pool: { app_clients: { web: { auth_session_validity: 20m } } }",
        "user_pool: { app_clients: { web: { auth_session_validity: 15m } } }",
    ),
    case(
        "out-of-range",
        "http_api: { routes: { GET /a: { http: \"https://a.example\", timeout: 31s } } }",
        "http_api: { routes: { GET /a: { http: \"https://a.example\", timeout: 30s } } }",
    ),
    case(
        "too-long",
        "lambdas: { fn: { existing: x } }\nuser_pool: { app_clients: { web: { client_name: aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiiiiijjjjjjjjjjkkkkkkkkkkllllllllllmmmmmmmmmm } } }",
        "user_pool: { app_clients: { web: { client_name: aaaaaaaaaa } } }",
    ),
];
