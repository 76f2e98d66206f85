//! The order of requests: nothing that is in use is without what it needs for a moment.

use std::sync::Arc;

use serde_json::Value;

use super::Recorder;
use crate::end_to_end::World;
use crate::support::emulators::Emulator;
use crate::support::proxy::Request;

/// One function that everything uses, and another beside it.
const STACK: &str = r#"
stack: order
region: us-east-1
expires: 8h
user_pool:
  domain: order-${account}
  app_clients: { web: { generate_secret: false } }
  triggers: { pre_token_generation: old }
lambdas:
  old: &function
    runtime: nodejs22.x
    handler: index.handler
    code: code/add_claims
    environment: { STACK: "${user_pool.app_clients.web.id}" }
    inline_policies: { look: { Statement: { Effect: Allow, Action: cognito-idp:ListUsers, Resource: "*" } } }
  new: *function
http_api:
  authorizers:
    gate: { lambda: old, identity_source: ["$request.header.x-key"] }
    pool: { jwt: { audience: ["${user_pool.app_clients.web.id}"] } }
  routes:
    GET /used: old
    GET /gated: { lambda: new, authorizer: gate }
    GET /me: { lambda: new, authorizer: pool }
"#;

/// A world in which the stack stands.
async fn standing() -> World {
    let world = World::new(Emulator::ministack().await).await;
    world.write(STACK);
    world.settle().await;
    world
}

fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(STACK.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

/// Applies; what was sent.
async fn sent(world: &World, file: &str, arguments: &[&str]) -> Sent {
    world.write(file);
    let recorder = Recorder::new();
    world.proxy.interfere(recorder.clone());
    let _ = world.run(arguments).await.exits(0);
    world.proxy.leave_alone();
    Sent(recorder)
}

struct Sent(Arc<Recorder>);

impl Sent {
    /// At which place the one request of an operation left whose members hold these texts.
    fn at(&self, operation: &str, texts: &[&str]) -> usize {
        let all = self.0.0.lock().unwrap();
        let is = |request: &Request| {
            let members = request.members.to_string();
            request.operation == operation && texts.iter().all(|text| members.contains(text))
        };
        let found: Vec<usize> =
            all.iter().enumerate().filter(|(_, r)| is(r)).map(|(index, _)| index).collect();
        let shown = || {
            let of = all.iter().filter(|request| request.operation == operation);
            of.map(|request| request.members.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found.len(), 1, "{operation} {texts:?}: {:#?}", shown());
        found[0]
    }

    /// Each left after the one before it.
    fn in_order(&self, steps: &[(&str, &[&str])]) {
        let places: Vec<usize> =
            steps.iter().map(|(operation, of)| self.at(operation, of)).collect();
        assert!(places.is_sorted(), "{steps:?} at {places:?}: {:#?}", self.0.operations());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_calls_another_function_may_do_so_first_and_the_old_one_goes_last() {
    let world = standing().await;
    let file = with(&[
        ("pre_token_generation: old", "pre_token_generation: new"),
        ("{ lambda: old, identity_source", "{ lambda: new, identity_source"),
        ("GET /used: old", "GET /used: new"),
    ]);
    // The first function is no longer there.
    let start = file.find("  old: &function\n").unwrap();
    let end = file.find("  new: *function\n").unwrap();
    let body = file[start..end].replace("  old: &function\n", "  new:\n");
    let file = format!("{}{body}{}", &file[..start], &file[end + "  new: *function\n".len()..]);
    let sent = sent(&world, &file, &["apply", "--yes"]).await;

    let delete = ("DeleteFunction", &["order-old"][..]);
    sent.in_order(&[("UpdateRoute", &["target"]), ("DeleteIntegration", &[]), delete]);
    sent.in_order(&[
        ("AddPermission", &["order-new", "authorizer-gate"]),
        ("UpdateAuthorizer", &["order-new"]),
        delete,
    ]);
    sent.in_order(&[
        ("AddPermission", &["order-new", "cognito-idp"]),
        ("UpdateUserPool", &["function:order-new"]),
        delete,
    ]);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_points_to_what_is_there_and_may_be_called() {
    let world = standing().await;
    // Nothing calls `new` before.
    let alone = with(&[
        ("    GET /gated: { lambda: new, authorizer: gate }\n", ""),
        ("    GET /me: { lambda: new, authorizer: pool }\n", ""),
    ]);
    world.write(&alone);
    world.settle().await;
    let sent = sent(&world, &alone.replace("/used: old", "/used: new"), &["apply", "--yes"]).await;
    let point = ("UpdateRoute", &["target"][..]);
    sent.in_order(&[("CreateIntegration", &["order-new"]), point, ("DeleteIntegration", &[])]);
    sent.in_order(&[
        ("AddPermission", &["order-new", "apigateway"]),
        point,
        ("RemovePermission", &["order-old", "http_api"]),
    ]);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_with_another_name_is_complete_before_the_one_before_goes() {
    let world = standing().await;
    let named = with(&[
        ("    runtime: nodejs22.x\n", "    name: order-renamed\n    runtime: nodejs22.x\n"),
        ("  new: *function\n", NEW),
    ]);
    let arguments = [
        "apply",
        "--yes",
        "--allow-replace",
        "lambdas.old",
        "--allow-replace",
        "lambdas.old.log_group",
    ];
    let sent = sent(&world, &named, &arguments).await;
    let delete = ("DeleteFunction", &["order-old"][..]);
    sent.in_order(&[
        ("CreateFunction", &["order-renamed"]),
        ("AddPermission", &["order-renamed", "http_api"]),
        ("UpdateRoute", &["target"]),
        ("DeleteIntegration", &[]),
        delete,
        ("DeleteLogGroup", &["order-old"]),
    ]);
    sent.in_order(&[("CreateIntegration", &["order-renamed"]), ("UpdateRoute", &["target"])]);
    sent.in_order(&[
        ("AddPermission", &["order-renamed", "authorizer-gate"]),
        ("UpdateAuthorizer", &["order-renamed"]),
        delete,
    ]);
    sent.in_order(&[
        ("AddPermission", &["order-renamed", "user_pool"]),
        ("UpdateUserPool", &["order-renamed"]),
        delete,
    ]);
    // One apply has made it complete.
    world.proxy.take();
    let again = world.run(&["apply", "--yes"]).await.exits(0);
    assert!(again.stdout.contains("No changes"), "{}", again.stdout);
    let statements = permissions(&world, "order-renamed").await;
    assert_eq!(statements, ["authorizer-gate", "http_api", "user_pool"]);
}

/// The second function of the stack, in full.
const NEW: &str = r#"  new:
    runtime: nodejs22.x
    handler: index.handler
    code: code/add_claims
    environment: { STACK: "${user_pool.app_clients.web.id}" }
    inline_policies: { look: { Statement: { Effect: Allow, Action: cognito-idp:ListUsers, Resource: "*" } } }
"#;

/// What our statements of a function's policy are for.
async fn permissions(world: &World, function: &str) -> Vec<String> {
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    let lambda = aws_sdk_lambda::Client::new(&crate::support::inventory::config(&url));
    let policy = lambda.get_policy().function_name(function).send().await.unwrap().policy.unwrap();
    let policy: Value = serde_json::from_str(&policy).unwrap();
    let name = |statement: &Value| {
        let id = statement["Sid"].as_str().unwrap().strip_prefix("provision-").unwrap();
        id.rsplit_once('-').unwrap().0.to_owned()
    };
    let mut names: Vec<String> = policy["Statement"].as_array().unwrap().iter().map(name).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_takes_on_another_role_once_that_may_do_what_it_must() {
    let world = standing().await;
    let file = with(&[
        ("    runtime: nodejs22.x\n", "    role_name: order-other\n    runtime: nodejs22.x\n"),
        ("  new: *function\n", NEW),
    ]);
    let arguments = ["apply", "--yes", "--allow-replace", "lambdas.old.role"];
    let sent = sent(&world, &file, &arguments).await;
    sent.in_order(&[
        ("CreateRole", &["order-other"]),
        ("PutRolePolicy", &["order-other", "\"look\""]),
        ("UpdateFunctionConfiguration", &["order-other"]),
        ("DeleteRole", &["order-us-east-1-old"]),
    ]);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_gets_new_code_once_its_role_may_do_what_that_must() {
    let world = standing().await;
    let file = with(&[
        ("cognito-idp:ListUsers", "cognito-idp:ListGroups"),
        ("    runtime: nodejs22.x\n", "    timeout: 9s\n    runtime: nodejs22.x\n"),
        ("  new: *function\n", NEW),
    ]);
    world.write(&file);
    let plan = world.plan().await;
    let steps = plan["changes"].as_array().unwrap();
    let function = steps.iter().find(|step| step["address"] == "lambdas.old").unwrap();
    let waits = serde_json::json!(["lambdas.old.inline_policies.look"]);
    assert_eq!(function["waits_for"], waits);
    let sent = sent(&world, &file, &["apply", "--yes"]).await;
    sent.in_order(&[("PutRolePolicy", &["ListGroups"]), ("UpdateFunctionConfiguration", &[])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_used_by_nobody_any_more_when_it_goes() {
    let world = standing().await;
    let file = with(&[("generate_secret: false", "generate_secret: true")]);
    let arguments = ["apply", "--yes", "--allow-replace", "user_pool.app_clients.web"];
    let sent = sent(&world, &file, &arguments).await;
    let delete = ("DeleteUserPoolClient", &[][..]);
    sent.in_order(&[("CreateUserPoolClient", &[]), ("UpdateAuthorizer", &["audience"]), delete]);
    sent.in_order(&[("UpdateFunctionConfiguration", &["order-old"]), delete]);
    sent.in_order(&[("UpdateFunctionConfiguration", &["order-new"]), delete]);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_away_goes_after_all_that_uses_it() {
    let world = standing().await;
    let file = with(&[
        ("    gate: { lambda: old, identity_source: [\"$request.header.x-key\"] }\n", ""),
        ("{ lambda: new, authorizer: gate }", "new"),
        ("  triggers: { pre_token_generation: old }\n", ""),
        ("    GET /used: old\n", ""),
    ]);
    let start = file.find("  old: &function\n").unwrap();
    let end = file.find("  new: *function\n").unwrap();
    let file = format!("{}{NEW}{}", &file[..start], &file[end + "  new: *function\n".len()..]);
    let sent = sent(&world, &file, &["apply", "--yes"]).await;
    let delete = ("DeleteFunction", &["order-old"][..]);
    sent.in_order(&[("UpdateRoute", &["NONE"]), ("DeleteAuthorizer", &[]), delete]);
    sent.in_order(&[("UpdateUserPool", &[]), delete, ("DeleteRole", &["order-us-east-1-old"])]);
    sent.in_order(&[("DeleteRoute", &[]), ("DeleteIntegration", &[]), delete]);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn protection_is_lifted_last_and_only_where_that_is_asked_for() {
    let world = World::new(Emulator::ministack().await).await;
    let kept = STACK.replace("expires: 8h\n", "");
    world.write(&kept);
    world.settle().await;
    let refused = world.run(&["destroy", "--yes"]).await.exits(4);
    assert!(refused.stderr.contains("--remove-protection"), "{}", refused.stderr);
    assert_eq!(world.proxy.take_writes(), Vec::<String>::new());
    let sent = sent(&world, &kept, &["destroy", "--yes", "--remove-protection"]).await;
    sent.in_order(&[
        ("DeleteUserPoolDomain", &[]),
        ("UpdateUserPool", &["\"DeletionProtection\":\"INACTIVE\""]),
        ("DeleteUserPool", &[]),
        ("DeleteFunction", &["order-old"]),
        ("DeleteRole", &["order-us-east-1-old"]),
    ]);
}
