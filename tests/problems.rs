//! Problems of stack files, as they are printed.

mod below_pool;
mod http_api;

use std::path::Path;

use provision::aws::kinds;
use provision::report;
use provision::spec::{Options, load_text};

/// What `provision check` prints of a file.
pub fn printed(text: &str) -> String {
    let options = Options::default();
    match load_text(Path::new("demo.yaml"), text, &options, &kinds::vocabulary()) {
        Ok(_) => "no problem\n".to_owned(),
        Err(problems) => report::problems::text(&problems, false),
    }
}

/// Only the messages and what to write instead.
pub fn messages(text: &str) -> String {
    let of_interest = |line: &&str| line.starts_with("error") || line.contains("= help:");
    let lines: Vec<String> =
        printed(text).lines().filter(of_interest).map(|line| line.trim().to_owned()).collect();
    lines.join("\n")
}

#[test]
fn every_problem_is_found_in_one_run_with_its_place_and_remedy() {
    insta::assert_snapshot!(printed(
        r#"stack: demo
user_pool:
  pasword_policy: { minimum_length: 8 }
  app_clients:
    web:
      explicit_auth_flows: [ALLOW_USER_SRP]
      auth_session_validity: 20m
      callback_urls: http://localhost
lambdas:
  fn:
    runtime: python3.1
    handler: a.b
    code: ./code
    timeout: 30
    environment: { POOL: "${user_pol.id}", CLIENT: "${user_pool.app_clients.wbe.id}" }
http_api:
  routes:
    GET /x: fnn
"#
    ));
}

#[test]
fn what_is_not_yaml_is_shown_at_its_place() {
    insta::assert_snapshot!(printed("stack: demo\nuser_pool: [\n"));
    insta::assert_snapshot!(printed("stack: demo\nuser_pool: {}\nuser_pool: {}\n"));
    insta::assert_snapshot!(printed("stack: demo\n---\nstack: other\n"));
}

#[test]
fn a_missing_setting_and_a_wrong_type_say_what_belongs_there() {
    insta::assert_snapshot!(messages(
        r#"stack: Demo
account: 12345
lambdas:
  fn: { runtime: python3.13, code: x, memory_size: lots }
  other: [a]
user_pool:
  password_policy: { minimum_length: 200, require_symbols: yes }
  custom_attributes: { level: { type: text }, plan: 3 }
"#
    ));
}

#[test]
fn references_are_checked_against_the_file() {
    insta::assert_snapshot!(messages(
        r#"stack: demo-${region}
user_pool: { app_clients: { web: {} } }
lambdas:
  fn:
    runtime: python3.13
    handler: a.b
    code: x
    description: ${env.TOKEN}
    environment:
      OK: ${env.TOKEN}
      A: ${user_pool.arm}
      B: ${user_pool.app_clients.web.client_secret}
      C: ${lambdas.nope.arn}
      D: ${var.nope}
      E: ${oops
      F: $${literal}
      G: ${aws:username}
    inline_policies:
      p:
        Statement: { Effect: Allow, Action: "x:${nope.y}", Resource: "arn:${aws:username}/${*}" }
outputs:
  secret: ${user_pool.app_clients.web.client_secret}
  api: ${http_api.url}
"#
    ));
}

#[test]
fn app_clients_that_aws_would_refuse_are_refused_here() {
    insta::assert_snapshot!(messages(
        r##"stack: demo
user_pool:
  custom_attributes: { plan: string }
  app_clients:
    mixed: { explicit_auth_flows: [ALLOW_USER_SRP_AUTH, USER_PASSWORD_AUTH] }
    norefresh: { explicit_auth_flows: [ALLOW_USER_SRP_AUTH] }
    rotation:
      explicit_auth_flows: [ALLOW_REFRESH_TOKEN_AUTH]
      refresh_token_rotation: { feature: ENABLED }
    nourl: { allowed_oauth_flows: [code] }
    machine: { allowed_oauth_flows: [client_credentials, code], allowed_oauth_scopes: [a/b] }
    urls:
      callback_urls: ["http://example.com", "https://a/#b", "localhost", "http://localhost:3000/cb"]
      default_redirect_uri: https://other
    attributes: { read_attributes: [emial, "custom:pln"], write_attributes: [email_verified] }
    session: { auth_session_validity: 200s, enable_propagate_additional_user_context_data: true }
"##
    ));
}

#[test]
fn pools_and_users_that_aws_would_refuse_are_refused_here() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
user_pool:
  alias_attributes: [email]
  username_attributes: [email]
  account_recovery_setting: [admin_only, verified_email]
  custom_attributes:
    "custom:x": string
    a_name_of_more_than_twenty: string
    level: { type: number, max_length: 3 }
    size: { type: string, min_length: 9, max_length: 3 }
  domain: my-aws-app
  groups: { "two words": {} }
  users:
    ann: { password: hunter2, groups: [admins] }
    bob: { password: {} }
  triggers: { pre_sign_up: nope }
"#
    ));
}

#[test]
fn functions_and_routes_that_aws_would_refuse_are_refused_here() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
lambdas:
  fn:
    runtime: python3.13
    handler: a.b
    code: x
    environment: { AWS_REGION: x, 1A: y }
    tags: { "aws:x": y, "provision:stack": z }
    inline_policies:
      p: { Statement: { Effect: Allow, Action: a } }
      q: { Statement: { Effect: allow, Action: a, Resource: "*" } }
http_api:
  cors: { allow_origins: ["*", "https://a.com/"], allow_credentials: true }
  routes:
    "GET x": fn
    "FETCH /x": fn
    "GET /a/{id}": fn
    "GET /a/{name}/b": fn
    "GET /{all+}/x": fn
    "POST /t": { lambda: fn, timeout: 10s }
"#
    ));
}

#[test]
fn variables_fill_in_values_of_any_type_and_settings_refer_to_settings() {
    let text = r#"stack: demo-${var.stage}
vars: { stage: dev, length: 12, flows: [ALLOW_REFRESH_TOKEN_AUTH] }
user_pool:
  name: ${stack}-pool
  password_policy: { minimum_length: "${var.length}" }
  app_clients: { web: { explicit_auth_flows: "${var.flows}", client_name: "${user_pool.name}" } }
"#;
    let options = Options {
        variables: [("stage".to_owned(), "prod".to_owned())].into(),
        ..Options::default()
    };
    let loaded = load_text(Path::new("x.yaml"), text, &options, &kinds::vocabulary()).unwrap();
    let pool = loaded.stack.pool().unwrap();
    assert_eq!(loaded.stack.stack, "demo-prod");
    assert_eq!(pool.name.as_deref(), Some("demo-prod-pool"));
    assert_eq!(pool.password_policy.as_ref().unwrap().minimum_length, Some(12));
    let client = &pool.app_clients["web"].as_ref().unwrap().given;
    assert_eq!(client.explicit_auth_flows.as_ref().unwrap().len(), 1);
    // `name` is an output of the pool as well, and outputs are asked of AWS.
    assert_eq!(client.client_name.as_deref(), Some("${user_pool.name}"));
}

#[test]
fn a_circle_of_variables_is_a_problem_and_not_a_hang() {
    insta::assert_snapshot!(messages(
        "stack: demo\nvars: { a: \"${var.b}\", b: \"${var.a}\" }\ntags: { x: \"${var.a}\" }\n"
    ));
}

#[test]
fn account_ids_and_versions_keep_their_spelling_in_policies() {
    let text = r#"stack: demo
lambdas:
  fn:
    runtime: python3.13
    handler: a.b
    code: x
    environment: { ACCOUNT: 012345678901 }
    inline_policies:
      p:
        Version: 2012-10-17
        Statement:
          Effect: Allow
          Action: a:B
          Resource: "*"
          Condition: { StringEquals: { "aws:SourceAccount": 012345678901 }, Bool: { x: true } }
"#;
    let options = Options::default();
    let loaded = load_text(Path::new("x.yaml"), text, &options, &kinds::vocabulary()).unwrap();
    let lambda = &loaded.stack.lambdas["fn"].as_ref().unwrap().given;
    assert_eq!(lambda.environment["ACCOUNT"], "012345678901");
    let policy = &lambda.inline_policies["p"].as_ref().unwrap().0;
    assert_eq!(
        policy["Statement"]["Condition"]["StringEquals"]["aws:SourceAccount"],
        "012345678901"
    );
    assert_eq!(policy["Statement"]["Condition"]["Bool"]["x"], "true");
    assert_eq!(policy["Version"], "2012-10-17");
}

#[test]
fn null_removes_an_entry_and_empties_a_mapping() {
    let text = r#"stack: demo
tags: { a: null, b: x }
outputs: { o: null }
user_pool:
  triggers: { pre_sign_up: null }
  custom_attributes: { gone: null }
  app_clients: { web: null }
lambdas:
  fn: { runtime: python3.13, handler: a.b, code: x, environment: { X: null, YY: "1" }, tags: }
  gone: null
http_api:
  routes:
"#;
    let options = Options::default();
    let loaded = load_text(Path::new("x.yaml"), text, &options, &kinds::vocabulary());
    let stack = loaded.unwrap_or_else(|p| panic!("{}", report::problems::text(&p, false))).stack;
    assert_eq!(stack.tags.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(stack.functions().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["fn"]);
    assert_eq!(stack.lambdas["fn"].as_ref().unwrap().given.environment.len(), 1);
    assert!(stack.outputs.is_empty() && stack.app_clients().next().is_none());
    let pool = stack.pool().unwrap();
    assert!(pool.triggers.is_empty() && pool.custom_attributes.is_empty());
}

#[test]
fn what_is_escaped_is_no_reference_and_what_only_aws_knows_is_in_no_functions_name() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
user_pool:
  custom_attributes: { level: { type: number, mutable: false } }
  app_clients: { web: { write_attributes: ["custom:level"] } }
lambdas:
  fn:
    runtime: python3.13
    handler: a.b
    code: x
    name: fn-${user_pool.id}
    description: $${var.x}
"#
    ));
}

#[test]
fn null_takes_a_domain_and_a_route_away_and_a_trigger_that_is_none_is_said_at_its_place() {
    assert_eq!(
        printed(
            "stack: demo\nuser_pool: { domain: null }\nhttp_api: { routes: { GET /x: null } }\n"
        ),
        "no problem\n"
    );
    insta::assert_snapshot!(printed(
        "stack: demo\nuser_pool:\n  triggers: { post_sign: nope, pre_sign_up: nope }\n"
    ));
}
