//! Problems of HTTP APIs, as they are printed.

use super::messages;

/// A file with two functions, a pool, and this below `http_api`.
fn api(rest: &str) -> String {
    let function = "runtime: python3.13, handler: a.b, code: x";
    let indented: String = rest.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "stack: demo\nuser_pool: {{ app_clients: {{ web: {{}} }} }}\nlambdas:\n  \
        fn: {{ {function} }}\n  gate: {{ {function} }}\nhttp_api:\n{indented}"
    )
}

#[test]
fn authorizers_that_aws_would_refuse_are_refused_here() {
    insta::assert_snapshot!(messages(&api(r#"
authorizers:
  none: {}
  both: { jwt: { audience: [a] }, lambda: fn }
  empty: { jwt: { audience: [] } }
  token:
    jwt: { audience: [a] }
    identity_source: [$request.header.A, $request.header.B]
    enable_simple_responses: true
    authorizer_result_ttl: 5m
  nofunction: { lambda: gat }
  simple: { lambda: gate, payload_format_version: "1.0", enable_simple_responses: true }
  kept: { lambda: gate, authorizer_result_ttl: 1h }
  long: { lambda: gate, authorizer_result_ttl: 2h }
  two words: { lambda: gate }
routes:
  GET /a: { lambda: fn, authorizer: tokn }
  GET /b: { lambda: fn, authorizer: kept, scopes: [email] }
  GET /c: { lambda: fn, scopes: [email] }
  GET /d: { lambda: fn, authorizer: token, scopes: [a, b, c, d, e, f, g, h, i, j, k] }
  GET /e: { lambda: fn, authorizer: token, authorization_type: AWS_IAM }
"#)));
}

#[test]
fn a_token_without_an_issuer_needs_a_pool_and_there_are_ten_authorizers_at_most() {
    let many: String =
        (0..11).map(|n| format!("    a{n}: {{ jwt: {{ audience: [a] }} }}\n")).collect();
    let text = format!("stack: demo\nhttp_api:\n  authorizers:\n{many}");
    let printed = messages(&text);
    assert!(printed.contains("11 authorizers; 10 at most"), "{printed}");
    assert!(printed.contains("`a0` names no issuer, and the file has no pool"), "{printed}");
    let with = text.replace("[a] }", "[a], issuer: \"https://i\" }");
    assert!(!messages(&with).contains("issuer"), "{}", messages(&with));
}

#[test]
fn routes_that_nothing_or_too_much_answers_are_refused() {
    insta::assert_snapshot!(messages(&api(r#"
routes:
  GET /none: {}
  GET /both: { lambda: fn, http: "https://example.com" }
  GET /relative: { http: example.com }
  GET /nohost: { http: "https:///x" }
  ANY /x/{id}/{rest+}: { http: "https://example.com/{id}/{rst}" }
  GET /payload: { http: "https://example.com/2", payload_format_version: "2.0" }
  GET /parameters:
    http: https://example.com/3
    request_parameters: { add:header.x: "1", "append:header.y": "" }
  GET /method: { lambda: fn, http_method: POST, request_parameters: { "overwrite:path": / } }
  GET /one: { http: "https://example.com/4", timeout: 5s }
  GET /two: { http: "https://example.com/4", timeout: 6s }
  GET /three: { http: "https://example.com/4", http_method: GET, timeout: 7s }
  GET /key: { lambda: gate, timeout: 5s }
  GET /arn: { lambda: "${lambdas.gate.arn}", timeout: 6s }
"#)));
}

#[test]
fn a_default_route_that_asks_for_authorization_lets_preflights_through() {
    let file = |routes: &str| {
        api(&format!(
            "cors: {{ allow_origins: [\"https://a.example\"] }}\n\
            authorizers: {{ pool: {{ jwt: {{ audience: [a] }} }} }}\nroutes:\n{routes}"
        ))
    };
    insta::assert_snapshot!(messages(&file("  $default: { lambda: fn, authorizer: pool }\n")));
    let guarded = "  $default: { lambda: fn, authorizer: pool }\n";
    let options = "  OPTIONS /{proxy+}: fn\n";
    assert_eq!(messages(&file(&format!("{guarded}{options}"))), "");
    let closed = options.replace("fn", "{ lambda: fn, authorization_type: AWS_IAM }");
    assert_ne!(messages(&file(&format!("{guarded}{closed}"))), "");
}

#[test]
fn stages_that_aws_would_refuse_are_refused_here() {
    insta::assert_snapshot!(messages(&api(r#"
routes: { GET /x: fn }
stages:
  $default: { access_log_settings: {} }
  default: { access_log_settings: {} }
  a/b: {}
  manual: { auto_deploy: false }
  zero:
    default_route_settings: { throttling_burst_limit: 0 }
    route_settings: { GET /x: { throttling_rate_limit: 0 }, GET /y: {} }
  lines: { access_log_settings: { format: "$context.requestId\n$context.status" } }
  noid: { access_log_settings: { format: $context.status } }
  both: { access_log_settings: { destination_arn: "arn:x", retention_in_days: 7 } }
"#)));
}

#[test]
fn limits_on_numbers_of_stages_and_variables_are_kept() {
    assert!(messages(&api("stages: {}")).contains("without a stage nothing answers"));
    let many: String = (0..11).map(|n| format!("  s{n}: {{}}\n")).collect();
    assert!(messages(&api(&format!("stages:\n{many}"))).contains("11 stages; 10 at most"));
    let many: String = (0..101).map(|n| format!("v{n}: x, ")).collect();
    let printed =
        messages(&api(&format!("stages: {{ prod: {{ stage_variables: {{ {many} }} }} }}")));
    assert!(printed.contains("101 variables; 100 at most"), "{printed}");
    let long = format!("$context.requestId {}", "x".repeat(3072));
    let logs = format!("stages: {{ prod: {{ access_log_settings: {{ format: {long} }} }} }}");
    assert_ne!(messages(&api(&logs)), "");
}

#[test]
fn the_url_of_one_of_several_stages_is_named_with_its_stage() {
    let file =
        |stages: &str| api(&format!("stages: {stages}")) + "outputs:\n  url: ${http_api.url}/x\n";
    insta::assert_snapshot!(messages(&file("{ prod: {}, dev: {} }")));
    assert_eq!(messages(&file("{ prod: {} }")), "");
    assert_eq!(messages(&file("{ prod: {}, $default: {} }")), "");
    let named = api("stages: { prod: {}, dev: {} }");
    let named = named + "outputs:\n  url: ${http_api.stages.prod.url}/x\n";
    assert_eq!(messages(&named), "");
    assert!(messages(&named.replace("prod.url", "prd.url")).contains("prod"));
    let default = file("{ prod: {}, $default: {} }");
    let default = default.replace("http_api.url", "http_api.stages[\"$default\"].url");
    assert_eq!(messages(&default), "");
}

#[test]
fn routes_to_a_function_by_key_and_by_arn_that_agree_are_one() {
    let same = r#"
routes:
  GET /key: { lambda: gate, timeout: 5s }
  GET /arn: { lambda: "${lambdas.gate.arn}", timeout: 5s }
"#;
    assert_eq!(messages(&api(same)), "");
}
