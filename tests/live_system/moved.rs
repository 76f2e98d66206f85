//! What somebody else changes between the plan and the writes is noticed, not written over.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Recorder, changed};
use crate::end_to_end::{World, with_surroundings_of};
use crate::support::emulators::Emulator;
use crate::support::inventory::{Inventory, config};
use crate::support::run::project;

/// One change of each, and one that nobody else touches.
const CHANGES: &[(&str, &str)] = &[
    ("access_token_validity: 30m", "access_token_validity: 45m"),
    ("memory_size: 256", "memory_size: 512"),
    ("operation_name: before", "operation_name: after"),
    ("retention_in_days: 7", "retention_in_days: 14"),
];

/// The pool goes before all that stands in it, so its change is another apply.
const OF_POOL: (&str, &str) = ("minimum_length: 10", "minimum_length: 12");

/// Starts `apply` on a terminal, does `meanwhile` once it asks, and answers yes; what it showed.
async fn apply_while(world: &World, meanwhile: impl Future<Output = ()>) -> (i32, String) {
    let answer = world.path().join("answer");
    let asked = world.path().join("answer.asked");
    for file in [&answer, &asked] {
        let _ = std::fs::remove_file(file);
    }
    let command = world.command(&["apply"]);
    let mut python = std::process::Command::new("python3");
    python.arg(project().join("tests/support/on_a_terminal.py")).arg("yes");
    python.arg(command.get_program()).args(command.get_args());
    with_surroundings_of(&mut python, &command, world).env("ANSWER_WHEN", &answer);
    let shown = tokio::task::spawn_blocking(move || python.output().unwrap());
    wait_for(&asked).await;
    meanwhile.await;
    std::fs::write(&answer, "").unwrap();
    let output = shown.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap_or(-1), text)
}

#[expect(clippy::disallowed_methods, reason = "a question takes a moment to be asked")]
async fn wait_for(file: &Path) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !file.exists() {
        assert!(Instant::now() < deadline, "it was not asked");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Nothing of what was changed by hand is written over, and what nobody touched is done.
async fn noticed(emulator: Emulator) {
    let world = World::new(emulator).await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    world.write(super::STACK);
    world.settle().await;

    let refused = |text: &str, address: &str, setting: &str| {
        let line = format!(
            "update {address}: `{setting}` has moved since the plan was made\r\n  \
             help: run the same command again to plan anew"
        );
        assert!(text.contains(&line), "{line}\n{text}");
    };
    world.write(&changed(CHANGES));
    let (code, text) = apply_while(&world, Inventory::change_by_hand(&url, "busy", 2)).await;
    assert_eq!(code, 1, "{text}");
    refused(&text, "user_pool.app_clients.web", "access_token_validity");
    refused(&text, "lambdas.hello", "memory_size");
    refused(&text, "http_api.routes[\"GET /hello\"]", "operation_name");
    assert_eq!(Inventory::changed_by_hand(&url, "busy").await, json!([20, 2, 1024, "by hand 2"]));
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config(&url));
    let groups = logs.describe_log_groups().send().await.unwrap();
    let days: Vec<_> = groups.log_groups().iter().map(|group| group.retention_in_days).collect();
    assert_eq!(days, [Some(14), Some(14)], "other steps went on");

    // Planned anew it is what the file says.
    world.settle().await;
    assert_eq!(Inventory::changed_by_hand(&url, "busy").await, json!([10, 45, 512, "after"]));
    let all: Vec<_> = CHANGES.iter().copied().chain([OF_POOL]).collect();
    world.write(&changed(&all));
    let (code, text) = apply_while(&world, Inventory::change_by_hand(&url, "busy", 3)).await;
    assert_eq!(code, 1, "{text}");
    refused(&text, "user_pool", "password_policy");
    assert_eq!(Inventory::changed_by_hand(&url, "busy").await, json!([20, 3, 1024, "by hand 3"]));
    world.settle().await;
    assert_eq!(Inventory::changed_by_hand(&url, "busy").await, json!([12, 45, 512, "after"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changes_while_the_question_stands_is_not_written_over_on_ministack() {
    noticed(Emulator::ministack().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changes_while_the_question_stands_is_not_written_over_on_moto() {
    noticed(Emulator::moto().await).await;
}

/// What somebody else changes beside it stays, and is no reason to stop.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_plan_is_not_about_may_move_and_is_kept() {
    let world = World::new(Emulator::moto().await).await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    world.write(super::STACK);
    world.settle().await;
    world.write(&changed(&[
        ("callback_urls: [\"https://app.example.com/cb\"]", "callback_urls: [\"https://x.example\"]"),
        ("handler: index.handler\n    code: code/add_claims\n    memory_size: 256", "handler: index.handler\n    code: code/add_claims\n    timeout: 9s\n    memory_size: 256"),
        ("  auto_verified_attributes: [email]\n", ""),
        ("team: data", "team: sales"),
    ]));
    let file = std::fs::read_to_string(world.path().join("stack.yaml")).unwrap();
    // Undeclared, so that it is nobody's business here.
    let file =
        file.replace("access_token_validity: 30m, ", "").replace("    memory_size: 256\n", "");
    world.write(&file.replace("  password_policy: { minimum_length: 10 }\n", ""));
    let (code, text) = apply_while(&world, Inventory::change_by_hand(&url, "busy", 2)).await;
    assert_eq!(code, 0, "{text}");
    let kept = Inventory::changed_by_hand(&url, "busy").await;
    assert_eq!((&kept[0], &kept[1], &kept[2]), (&json!(20), &json!(2), &json!(1024)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_read_again_only_to_be_changed_or_removed() {
    let world = World::new(Emulator::ministack().await).await;
    world.write(super::STACK);
    let again = |operations: &[String]| -> Vec<String> {
        let single = ["GetRoute", "GetIntegration", "GetAuthorizer", "GetStage", "GetApi"];
        operations.iter().filter(|one| single.contains(&one.as_str())).cloned().collect()
    };
    let recorder = Recorder::new();
    world.proxy.interfere(recorder.clone());
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    assert_eq!(again(&recorder.operations()), Vec::<String>::new(), "all of it is new");

    let sorted = |recorder: &Recorder| {
        let mut all = recorder.operations();
        // An apply looks at its lock too.
        all.retain(|operation| operation != "GetParameter");
        all.sort();
        all
    };
    let (planned, applied) = (Recorder::new(), Recorder::new());
    world.proxy.interfere(planned.clone());
    let _ = world.run(&["plan"]).await.exits(0);
    world.proxy.interfere(applied.clone());
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    assert_eq!(sorted(&planned), sorted(&applied), "there is nothing to do");

    let recorder = Recorder::new();
    world.proxy.interfere(recorder.clone());
    world.write(&changed(&[("operation_name: before", "operation_name: after")]));
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    assert_eq!(again(&recorder.operations()), ["GetRoute"]);
}
