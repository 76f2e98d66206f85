//! The policies of the two roles, against an AWS that keeps them.

use aws_sdk_iam::Client;
use serde_json::{Value, json};

use crate::end_to_end::{CHANGES, STACK, World};
use crate::support::emulators::Emulator;
use crate::support::inventory::config;
use crate::support::run::{Ran, finish, project};

const BOUNDARY: &str = "arn:aws:iam::000000000000:policy/provision-boundary";

/// A policy of the example, for the stack `whole`.
fn policy(name: &str) -> String {
    let path = project().join(format!("examples/pull-request/aws/{name}.json"));
    let text = std::fs::read_to_string(path).unwrap();
    text.replace("ACCOUNT", "000000000000").replace("REGION", "us-east-1").replace("STACK", "whole")
}

/// The same as MiniStack can keep it. It asks with roles' ARNs without their path, knows a pool in some
/// requests only and a function that is made in none, and tells policies neither of a pool's tags nor of
/// a boundary.
fn as_ministack_keeps_it(policy: &str) -> String {
    let policy = policy.replace("role/provision/us-east-1/whole/", "role/whole-");
    let mut policy: Value = serde_json::from_str(&policy).unwrap();
    let statements = policy["Statement"].as_array_mut().unwrap();
    let action = "lambda:CreateFunction";
    if statements.iter().any(|statement| statement["Action"].to_string().contains(action)) {
        statements.push(json!({ "Effect": "Allow", "Action": action, "Resource": "*" }));
    }
    for statement in statements {
        let statement = statement.as_object_mut().unwrap();
        let condition = statement.get("Condition").map(Value::to_string).unwrap_or_default();
        if ["iam:PermissionsBoundary", ":ResourceTag/", ":RequestTag/"]
            .iter()
            .any(|key| condition.contains(key))
        {
            statement.remove("Condition");
        }
        if statement["Resource"].to_string().contains(":userpool/") {
            statement["Resource"] = "*".into();
        }
    }
    policy.to_string()
}

/// Somebody who may what the policies say: the keys.
async fn somebody(iam: &Client, name: &str, policies: &[&str]) -> (String, String) {
    iam.create_user().user_name(name).send().await.unwrap();
    for one in policies {
        let put = iam.put_user_policy().user_name(name).policy_name(*one);
        let document = as_ministack_keeps_it(&policy(one));
        put.policy_document(document).send().await.unwrap();
    }
    let made = iam.create_access_key().user_name(name).send().await.unwrap();
    let key = made.access_key.unwrap();
    (key.access_key_id, key.secret_access_key)
}

async fn run(world: &World, keys: &(String, String), arguments: &[&str]) -> Ran {
    let mut command = world.command(arguments);
    command.env("AWS_ACCESS_KEY_ID", &keys.0).env("AWS_SECRET_ACCESS_KEY", &keys.1);
    let ran = tokio::task::spawn_blocking(move || finish(&mut command)).await.unwrap();
    // What may be left undone is still to be allowed: the lock of what is gone is removed.
    assert!(ran.code == 1 || !ran.stderr.contains("not authorized"), "{}", ran.stderr);
    ran
}

/// The stack with every kind, its roles within the boundary, and the same with a change of each kind.
fn stacks() -> (String, String) {
    let bounded = STACK
        .replace("    runtime:", &format!("    permissions_boundary: {BOUNDARY}\n    runtime:"));
    // MiniStack has no UpdateGroup.
    let possible = CHANGES.iter().filter(|(_, _, shown)| !shown.contains("groups.SYSADM"));
    let changed = possible.fold(bounded.clone(), |text, (from, to, _)| text.replacen(from, to, 1));
    (bounded, changed)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policies_of_the_roles_allow_what_each_does_and_no_more() {
    let world = World::new(Emulator::ministack().await).await;
    let iam = Client::new(&config(&format!("http://127.0.0.1:{}", world.emulator.port)));
    let boundary = iam.create_policy().policy_name("provision-boundary");
    boundary.policy_document(policy("boundary-policy")).send().await.unwrap();
    let planner = somebody(&iam, "planner", &["plan-policy"]).await;
    let applier = somebody(&iam, "applier", &["plan-policy", "apply-policy"]).await;
    let (before, after) = stacks();

    world.write(&before);
    let _ = run(&world, &planner, &["plan"]).await.exits(0);
    let refused = run(&world, &planner, &["apply", "--yes"]).await.exits(1);
    assert!(refused.stderr.contains("not authorized"), "{}", refused.stderr);
    let _ = run(&world, &applier, &["apply", "--yes"]).await.exits(0);
    let _ = run(&world, &planner, &["plan", "--exit-code"]).await.exits(0);

    world.write(&after);
    let _ = run(&world, &planner, &["plan", "--exit-code"]).await.exits(2);
    let _ = run(&world, &applier, &["apply", "--yes"]).await.exits(0);

    // Another stack is none of its business.
    world.write("stack: other\nexpires: 8h\nuser_pool: {}\n");
    let refused = run(&world, &applier, &["apply", "--yes"]).await.exits(1);
    assert!(refused.stderr.contains("not authorized"), "{}", refused.stderr);

    world.write(&after);
    let _ = run(&world, &applier, &["destroy", "--yes", "--confirm", "whole"]).await.exits(0);
}

/// What no emulator keeps: the conditions, each on all that it is for.
#[test]
fn roles_are_made_within_the_boundary_alone_and_pools_changed_of_the_stack_alone() {
    let policy: Value = serde_json::from_str(&policy("apply-policy")).unwrap();
    let mut seen = 0;
    for statement in policy["Statement"].as_array().unwrap() {
        let condition = &statement["Condition"];
        let actions = match &statement["Action"] {
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            one => vec![one.as_str().unwrap()],
        };
        for action in actions {
            let kept = match action {
                "cognito-idp:CreateUserPool" => {
                    &condition["StringLike"]["aws:RequestTag/provision:stack"]
                }
                "cognito-idp:TagResource" if statement["Sid"] == "TagsOfANewPool" => {
                    &condition["StringLike"]["aws:RequestTag/provision:stack"]
                }
                pool if pool.starts_with("cognito-idp:") => {
                    &condition["StringLike"]["aws:ResourceTag/provision:stack"]
                }
                "iam:PassRole" => &condition["StringEquals"]["iam:PassedToService"],
                "iam:DeleteRole" | "iam:TagRole" | "iam:ListInstanceProfilesForRole" => continue,
                role if role.starts_with("iam:") => {
                    &condition["StringEquals"]["iam:PermissionsBoundary"]
                }
                other => {
                    assert!(!other.contains('*'), "{other}");
                    continue;
                }
            };
            assert!(
                ["whole", BOUNDARY, "lambda.amazonaws.com"].iter().any(|v| kept == v),
                "{action}"
            );
            assert_ne!(action, "iam:DeleteRolePermissionsBoundary");
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn only_the_main_branch_of_one_repository_is_trusted_to_apply() {
    let trust = |name: &str| -> Value { serde_json::from_str(&policy(name)).unwrap() };
    for (name, subjects) in [
        ("plan-trust", vec!["repo:ORG/REPO:pull_request", "repo:ORG/REPO:ref:refs/heads/main"]),
        ("apply-trust", vec!["repo:ORG/REPO:environment:production"]),
    ] {
        let trust = trust(name);
        let equals = &trust["Statement"][0]["Condition"]["StringEquals"];
        let subject = &equals["token.actions.githubusercontent.com:sub"];
        let found: Vec<&str> = match subject.as_array() {
            Some(all) => all.iter().filter_map(Value::as_str).collect(),
            None => subject.as_str().into_iter().collect(),
        };
        assert_eq!(found, subjects);
        assert_eq!(equals["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
    }
}
