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
    case(
        "route-with-two-answers",
        "http_api: { routes: { GET /a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", http: \"https://a.example\" } } }",
        "http_api: { routes: { GET /a: { http: \"https://a.example\" } } }",
    ),
    case(
        "route-without-answer",
        "http_api: { routes: { GET /a: {} } }",
        "http_api: { routes: { GET /a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\" } } }",
    ),
    case(
        "setting-of-a-url",
        "http_api: { routes: { GET /a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", http_method: GET } } }",
        "http_api: { routes: { GET /a: { http: \"https://a.example\", http_method: GET } } }",
    ),
    case(
        "route-url-not-absolute",
        "http_api: { routes: { GET /a: { http: a.example } } }",
        "http_api: { routes: { GET /a: { http: \"http://a.example\" } } }",
    ),
    case(
        "unknown-path-variable",
        "http_api: { routes: { \"GET /a/{id}\": { http: \"https://a.example/{key}\" } } }",
        "http_api: { routes: { \"GET /a/{id}\": { http: \"https://a.example/{id}\" } } }",
    ),
    case(
        "url-payload-format",
        "http_api: { routes: { GET /a: { http: \"https://a.example\", payload_format_version: \"2.0\" } } }",
        "http_api: { routes: { GET /a: { http: \"https://a.example\", payload_format_version: \"1.0\" } } }",
    ),
    case(
        "request-parameter-form",
        "http_api: { routes: { GET /a: { http: \"https://a.example\", request_parameters: { \"set:path\": /x } } } }",
        "http_api: { routes: { GET /a: { http: \"https://a.example\", request_parameters: { \"overwrite:path\": /x } } } }",
    ),
    case(
        "request-parameter-value",
        "http_api: { routes: { GET /a: { http: \"https://a.example\", request_parameters: { \"overwrite:path\": \"\" } } } }",
        "http_api: { routes: { GET /a: { http: \"https://a.example\", request_parameters: { \"remove:header.x\": \"''\" } } } }",
    ),
    case(
        "authorizer-key",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { \"a.b\": { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] } } } } }",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] } } } } }",
    ),
    case(
        "authorizer-of-neither-kind",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: {  } } } }",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\" } } } }",
    ),
    case(
        "setting-of-an-asking-authorizer",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] }, authorizer_result_ttl: 1m } } } }",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", authorizer_result_ttl: 1m, identity_source: [$request.header.x] } } } }",
    ),
    case(
        "token-in-two-places",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] }, identity_source: [$request.header.x, $request.header.y] } } } }",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] }, identity_source: [$request.header.x] } } } }",
    ),
    case(
        "authorizer-needs-issuer",
        "http_api: { authorizers: { a: { jwt: { audience: [x] } } } }",
        "http_api: { authorizers: { a: { jwt: { audience: [x], issuer: \"https://issuer.example\" } } } }",
    ),
    case(
        "simple-responses-need-format",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", enable_simple_responses: true, payload_format_version: \"1.0\" } } } }",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", enable_simple_responses: true, payload_format_version: \"2.0\" } } } }",
    ),
    case(
        "kept-answer-needs-source",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", authorizer_result_ttl: 1m } } } }",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", authorizer_result_ttl: 0s } } } }",
    ),
    case(
        "unknown-authorizer",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] } } }, routes: { GET /a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", authorizer: b } } } }",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] } } }, routes: { GET /a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", authorizer: a } } } }",
    ),
    case(
        "scopes-without-token",
        "http_api: { routes: { GET /a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", scopes: [email] } } }",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] } } }, routes: { GET /a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", authorizer: a, scopes: [email] } } } }",
    ),
    case(
        "authorization-type-beside-authorizer",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] } } }, routes: { GET /a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", authorizer: a, authorization_type: AWS_IAM } } } }",
        "http_api: { routes: { GET /a: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", authorization_type: AWS_IAM } } }",
    ),
    case(
        "preflight-needs-open-route",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] } } }, cors: { allow_origins: [\"*\"] }, routes: { $default: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", authorizer: a } } } }",
        "{ stack: demo, user_pool: { app_clients: { web: {} } }, http_api: { authorizers: { a: { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] } } }, cors: { allow_origins: [\"*\"] }, routes: { $default: { lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", authorizer: a }, \"OPTIONS /{proxy+}\": \"arn:aws:lambda:us-east-1:123456789012:function:f\" } } }",
    ),
    case("no-stage", "http_api: { stages: {} }", "http_api: { stages: { prod: {} } }"),
    case(
        "stage-name",
        "http_api: { stages: { \"a.b\": {} } }",
        "http_api: { stages: { a_b: {} } }",
    ),
    case(
        "same-stage-log-group",
        "http_api: { stages: { $default: { access_log_settings: {} }, default: { access_log_settings: {} } } }",
        "http_api: { stages: { $default: { access_log_settings: {} }, prod: { access_log_settings: {} } } }",
    ),
    case(
        "stage-must-deploy",
        "http_api: { stages: { prod: { auto_deploy: false } } }",
        "http_api: { stages: { prod: { auto_deploy: true } } }",
    ),
    case(
        "unknown-stage-route",
        "http_api: { stages: { prod: { route_settings: { GET /b: { throttling_burst_limit: 5 } } } }, routes: { GET /a: \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
        "http_api: { stages: { prod: { route_settings: { GET /a: { throttling_burst_limit: 5 } } } }, routes: { GET /a: \"arn:aws:lambda:us-east-1:123456789012:function:f\" } }",
    ),
    case(
        "zero-throttle",
        "http_api: { stages: { prod: { default_route_settings: { throttling_burst_limit: 0 } } } }",
        "http_api: { stages: { prod: { default_route_settings: { throttling_burst_limit: 1 } } } }",
    ),
    case(
        "retention-beside-destination",
        "http_api: { stages: { prod: { access_log_settings: { destination_arn: \"arn:aws:logs:us-east-1:123456789012:log-group:g\", retention_in_days: 7 } } } }",
        "http_api: { stages: { prod: { access_log_settings: { retention_in_days: 7 } } } }",
    ),
    case(
        "log-format-has-lines",
        "http_api: { stages: { prod: { access_log_settings: { format: \"$context.requestId\\n$context.path\" } } } }",
        "http_api: { stages: { prod: { access_log_settings: { format: \"$context.requestId $context.path\" } } } }",
    ),
    case(
        "log-format-lacks-request-id",
        "http_api: { stages: { prod: { access_log_settings: { format: $context.path } } } }",
        "http_api: { stages: { prod: { access_log_settings: { format: $context.requestId } } } }",
    ),
    case(
        "url-of-no-stage",
        "{ stack: demo, http_api: { stages: { prod: {}, test: {} } }, outputs: { url: \"${http_api.url}\" } }",
        "{ stack: demo, http_api: { stages: { prod: {} } }, outputs: { url: \"${http_api.url}\" } }",
    ),
];
