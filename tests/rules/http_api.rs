//! Rules about the HTTP API.

use super::{Case, case};

pub const CASES: &[Case] = &[
    case(
        "route-form",
        "http_api: { routes: { token: \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
        "http_api: { routes: { $default: \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
    ),
    case(
        "route-method",
        "http_api: { routes: { FETCH /x: \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
        "http_api: { routes: { ANY /x: \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
    ),
    case(
        "route-path",
        "http_api: { routes: { GET x: \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
        "http_api: { routes: { GET /x: \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
    ),
    case(
        "greedy-variable-not-last",
        "http_api: { routes: { \"GET /{all+}/x\": \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
        "http_api: { routes: { \"GET /x/{all+}\": \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
    ),
    case(
        "path-variable-form",
        "http_api: { routes: { \"GET /x/{id}.json\": \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
        "http_api: { routes: { \"GET /x/{id}\": \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
    ),
    case(
        "path-variable-name",
        "http_api: { routes: {
            \"GET /a/{id}\": \"arn:aws:lambda:us-east-1:123456789012:function:f\",
            \"GET /a/{name}/b\": \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
        "http_api: { routes: {
            \"GET /a/{id}\": \"arn:aws:lambda:us-east-1:123456789012:function:f\",
            \"GET /b/{name}\": \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
    ),
    case(
        "routes-disagree",
        "http_api: { routes: {
            GET /a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", timeout: 10s },
            GET /b: \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
        "http_api: { routes: {
            GET /a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", timeout: 10s },
            GET /b: \"arn:aws:lambda:us-east-1:123456789012:function:g\" } }",
    ),
    case(
        "credentials-for-any-origin",
        "http_api: { cors: { allow_origins: [\"*\"], allow_credentials: true } }",
        "http_api: { cors: { allow_origins: [\"https://a.example\"], allow_credentials: true } }",
    ),
    case(
        "origin-with-path",
        "http_api: { cors: { allow_origins: [\"https://a.example/\"] } }",
        "http_api: { cors: { allow_origins: [\"https://a.example:8443\"] } }",
    ),
    case(
        "origin-form",
        "http_api: { cors: { allow_origins: [a.example] } }",
        "http_api: { cors: { allow_origins: [\"*\"] } }",
    ),
    case(
        "header-form",
        "http_api: { cors: { allow_headers: [\"Authorization: Bearer\"] } }",
        "http_api: { cors: { allow_headers: [Authorization] } }",
    ),
];
