//! An HTTP API that lets through only whom it should, on the local cloud.

use std::fs;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{World, outputs};
use crate::support::emulators::Emulator;
use crate::support::http::get_with;
use crate::support::inventory::Inventory;

/// An API with a route of each kind; `UPSTREAM` is a server of the test's.
const SECURED: &str = r#"
stack: secured
region: us-east-1
user_pool:
  password_policy: { minimum_length: 10 }
  app_clients:
    web: { explicit_auth_flows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH] }
    other: { explicit_auth_flows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH] }
  users:
    test1: { email: test1@example.com, password: { env: TEST1_PASSWORD } }
lambdas:
  me: { runtime: nodejs22.x, handler: index.handler, code: code/me }
  gate: { runtime: python3.13, handler: gate.handler, code: code/gate }
http_api:
  authorizers:
    pool: { jwt: { audience: ["${user_pool.app_clients.web.id}"] } }
    gate: { lambda: gate, enable_simple_responses: true, identity_source: ["$request.header.x-key"] }
  routes:
    GET /me: { lambda: me, authorizer: pool }
    GET /admin: { lambda: me, authorizer: pool, scopes: [nobody/has-this] }
    GET /gated: { lambda: me, authorizer: gate }
    ANY /site/{proxy+}: { http: "http://127.0.0.1:UPSTREAM" }
    $default: me
  stages:
    $default: {}
    prod:
      stage_variables: { of: prod }
      route_settings: { GET /me: { throttling_rate_limit: 1000, throttling_burst_limit: 1000 } }
      access_log_settings: { retention_in_days: 1 }
outputs:
  url: ${http_api.url}
  prod: ${http_api.stages.prod.url}
  web: ${user_pool.app_clients.web.id}
  other: ${user_pool.app_clients.other.id}
"#;

const ME: &str = "export const handler = async (event) => ({
  route: event.routeKey,
  subject: event.requestContext.authorizer?.jwt?.claims?.sub,
  stage: event.requestContext.stage,
});
";

const GATE: &str = "def handler(event, context):
    return {'isAuthorized': event['headers'].get('x-key') == 'open sesame'}
";

/// A server that answers every request with the first line of it; its port.
async fn upstream() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let count = client.read(&mut buffer).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
            let line = text.lines().next().unwrap_or_default();
            let length = line.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n");
            let answer = format!("{head}Connection: close\r\n\r\n{line}");
            drop(client.write_all(answer.as_bytes()).await);
        }
    });
    port
}

async fn secured() -> (World, String) {
    let world = World::new(Emulator::ministack().await).await;
    for (name, file, text) in [("me", "index.mjs", ME), ("gate", "gate.py", GATE)] {
        let folder = world.path().join("code").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(file), text).unwrap();
    }
    let text = SECURED.replace("UPSTREAM", &upstream().await.to_string());
    world.write(&text);
    (world, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_let_through_only_whom_they_should() {
    let (world, text) = secured().await;
    world.settle().await;
    let outputs = outputs(&world.run(&["outputs", "--format", "json"]).await.exits(0));
    let local = provision::local::LocalCloud {
        port: world.emulator.port,
        process_id: 0,
        folder: world.path().to_owned(),
    };
    let at = |stage: &str, path: &str| {
        local.reachable_url_among(&format!("{}{path}", outputs[stage]), &["$default", "prod"])
    };
    let emulator = format!("http://127.0.0.1:{}", world.emulator.port);
    let sign_in = async |client: &str| {
        Inventory::sign_in(&emulator, &outputs[client], "test1", "Correct-Horse-7").await
    };
    let [id, access] = sign_in("web").await;
    let [others, _] = sign_in("other").await;
    let get = async |stage: &str, path: &str, token: Option<&str>| {
        let header = token.map(|token| format!("Authorization: Bearer {token}"));
        get_with(&at(stage, path), header.as_deref()).await
    };

    // A token of the pool for this client, and no other.
    let good = get("url", "/me", Some(&id)).await;
    assert_eq!(good.status, 200, "{}", good.body);
    assert!(good.body.contains("\"subject\""), "{}", good.body);
    assert_eq!(get("url", "/me", Some(&access)).await.status, 200);
    assert_eq!(get("url", "/me", None).await.status, 401);
    assert_eq!(get("url", "/me", Some(&forged(&id))).await.status, 401);
    assert_eq!(get("url", "/me", Some(&others)).await.status, 401, "it is for another client");
    assert_eq!(get("url", "/admin", Some(&access)).await.status, 403, "the scope is missing");

    // A function that decides.
    let gated = at("url", "/gated");
    assert_eq!(get_with(&gated, Some("x-key: open sesame")).await.status, 200);
    assert_eq!(get_with(&gated, Some("x-key: guess")).await.status, 403);
    assert_eq!(get_with(&gated, None).await.status, 401);

    // A URL, and what is left for `$default`.
    let passed = get("url", "/site/page", None).await;
    assert_eq!(passed.status, 200);
    assert!(passed.body.starts_with("GET /"), "{}", passed.body);
    let rest = get("url", "/anything", None).await;
    assert!(rest.status == 200 && rest.body.contains("$default"), "{}", rest.body);

    // The same at the other stage.
    let prod = get("prod", "/me", Some(&id)).await;
    assert!(prod.status == 200 && prod.body.contains("\"prod\""), "{}", prod.body);
    assert_eq!(get("prod", "/me", None).await.status, 401);

    // What the file no longer guards is open, and what it no longer serves is gone.
    world.write(
        &text
            .replace("GET /me: { lambda: me, authorizer: pool }", "GET /me: me")
            .replace("    GET /gated: { lambda: me, authorizer: gate }\n", ""),
    );
    world.settle().await;
    assert_eq!(get("url", "/me", None).await.status, 200);
    assert!(get_with(&gated, None).await.body.contains("$default"));
}

/// The token with another subject, under the old signature.
fn forged(token: &str) -> String {
    use base64::Engine;
    let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let parts: Vec<&str> = token.split('.').collect();
    let claims = String::from_utf8(base64.decode(parts[1]).unwrap()).unwrap();
    let claims = claims.replace("test1@example.com", "admin@example.com");
    assert_ne!(claims.as_bytes(), base64.decode(parts[1]).unwrap());
    format!("{}.{}.{}", parts[0], base64.encode(claims), parts[2])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorizer_of_another_type_takes_its_place_and_what_was_made_by_hand_goes() {
    let (world, text) = secured().await;
    world.settle().await;
    let emulator = format!("http://127.0.0.1:{}", world.emulator.port);
    Inventory::add_to_api_by_hand(&emulator).await;
    let pool = "pool: { jwt: { audience: [\"${user_pool.app_clients.web.id}\"] } }";
    assert!(text.contains(pool) && text.contains(", scopes: [nobody/has-this]"));
    let text = text
        .replace(pool, "pool: { lambda: gate, identity_source: [\"$request.header.x-key\"] }")
        .replace(", scopes: [nobody/has-this]", "");
    world.write(&text);
    let plan = world.plan().await;
    let steps = plan["changes"].as_array().unwrap().iter();
    let steps: Vec<String> = steps
        .map(|step| {
            let of = |key: &str| step[key].as_str().unwrap_or_default().to_owned();
            format!("{} {}", of("action"), of("address"))
        })
        .collect();
    let expected = [
        "create http_api.authorizers.pool",
        "create lambdas.gate.permissions.authorizer-pool",
        "update http_api.routes[\"GET /admin\"]",
        "update http_api.routes[\"GET /me\"]",
        "delete http_api.authorizers[\"by hand\"]",
        "delete http_api.authorizers.pool-jwt",
        "delete http_api.stages.by-hand",
    ];
    assert_eq!(steps, expected);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_loses_limits_and_logs_stays() {
    let (world, text) = secured().await;
    world.settle().await;
    let before = world.inventory().await;
    let start = text.find("      stage_variables").unwrap();
    let end = text.find("outputs:").unwrap();
    world.write(&format!("{}      description: bare\n{}", &text[..start], &text[end..]));
    world.settle().await;
    assert_ne!(world.inventory().await, before, "the log group is gone");
}
