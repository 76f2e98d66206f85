//! The action for pull requests and the examples that use it: its steps run, against a stand-in for
//! GitHub and GitLab.

mod checked;
mod expressions;
mod gitlab;
mod roles;
mod runner;

use serde_json::{Value, json};

use crate::support::emulators::Emulator;
use crate::support::forge::ME;
use crate::support::inventory::Inventory;
use runner::{Ended, Runner};

/// A stack without functions: it is there in a moment.
const FILE: &str = "stack: shop
region: us-east-1
expires: 8h
user_pool:
  password_policy: { minimum_length: 9 }
  app_clients: { web: {} }
";

const STACK: &str = "stacks/dev.yaml";

/// The marker that the program puts into a plan of the stack.
const MARKER: &str = "<!-- provision:stack=shop account=000000000000 region=us-east-1 -->";

fn longer(length: u32) -> String {
    FILE.replace("minimum_length: 9", &format!("minimum_length: {length}"))
}

/// What a pull request is to a workflow.
fn pull_request(action: &str, repository: &str) -> Value {
    let head = json!({ "sha": "head", "repo": { "full_name": repository } });
    let event = json!({ "action": action, "pull_request": { "number": 7, "head": head } });
    json!({ "event_name": "pull_request", "event": event, "sha": "merge-of-7" })
}

/// What the push of a merge is to a workflow.
fn push() -> Value {
    json!({ "event_name": "push", "event": {}, "sha": "merged", "ref": "refs/heads/main" })
}

async fn world() -> (Emulator, Runner) {
    let emulator = Emulator::ministack().await;
    let runner = Runner::new(&format!("http://127.0.0.1:{}", emulator.port)).await;
    runner.write(STACK, FILE);
    (emulator, runner)
}

impl Runner {
    fn plan(&self) -> Ended {
        let event = pull_request("synchronize", "octo/shop");
        self.job("plan.yml", "plan", event, &json!({})).unwrap()
    }

    fn apply(&self, inputs: &Value) -> Ended {
        let merged = json!([{
            "number": 7, "merged_at": "2026-11-21", "merge_commit_sha": "merged", "head": { "sha": "head" }
        }]);
        self.forge.with(|state| state.pulls = merged);
        self.job("apply.yml", "apply", push(), inputs).unwrap()
    }

    fn drift(&self) -> Ended {
        let event = json!({ "event_name": "schedule", "event": {}, "sha": "merged" });
        self.job("drift.yml", "drift", event, &json!({})).unwrap()
    }

    /// The one comment.
    fn comment(&self) -> String {
        let mut all = self.forge.comments("7");
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_has_one_comment_that_follows_its_plan() {
    let (_emulator, runner) = world().await;
    // Many others, and somebody who would like his own comment to be taken for it.
    runner.forge.with(|state| {
        for _ in 0..120 {
            state.comment("7", "somebody", "nice");
        }
        state.comment("7", "mallory", &format!("{MARKER}\nall is well"));
    });
    let _ = runner.plan().is(true);
    let comment = runner.comment();
    assert!(comment.contains(MARKER), "{comment}");
    assert!(comment.contains("Plan for `shop`: 2 to create"), "{comment}");
    assert_eq!(runner.forge.take_writes(), ["POST /repos/octo/shop/issues/7/comments"]);

    runner.write(STACK, &FILE.replace("{ web: {} }", "{ web: {}, app: {} }"));
    let _ = runner.plan().is(true);
    assert!(runner.comment().contains("3 to create"), "{}", runner.comment());
    assert_eq!(runner.forge.take_writes(), ["PATCH /repos/octo/shop/issues/comments/122"]);
    // What is the same is not written again.
    let _ = runner.plan().is(true);
    assert_eq!(runner.forge.take_writes(), Vec::<String>::new());

    runner.write(STACK, &FILE.replace("user_pool:", "user_pol:"));
    let _ = runner.plan().is(false);
    let comment = runner.comment();
    assert!(comment.contains("⛔ No plan for `stacks/dev.yaml`"), "{comment}");
    assert!(comment.contains("did you mean `user_pool`?"), "{comment}");
    assert!(comment.contains("https://github.example/octo/shop/actions/runs/10"), "{comment}");

    runner.write(STACK, FILE);
    let _ = runner.plan().is(true);
    assert!(runner.comment().contains("2 to create"), "{}", runner.comment());
    let _ = runner.apply(&json!({ "run": runner.last().to_string() })).is(true);
    let _ = runner.plan().is(true);
    assert!(runner.comment().contains("Plan for `shop`: no changes"), "{}", runner.comment());

    // AWS cannot change that.
    runner.write(
        STACK,
        &FILE.replace("  app_clients", "  username_attributes: [email]\n  app_clients"),
    );
    let refused = runner.plan().is(false);
    assert!(runner.comment().contains("⛔ Plan for `shop`"), "{}", runner.comment());
    assert!(!refused.log.contains("token-of-the-run"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_gets_no_plan_and_no_preview() {
    let (_emulator, runner) = world().await;
    for (workflow, job) in [("plan.yml", "plan"), ("preview.yml", "open"), ("preview.yml", "close")]
    {
        for action in ["synchronize", "closed"] {
            let event = pull_request(action, "mallory/shop");
            assert!(runner.job(workflow, job, event, &json!({})).is_none(), "{workflow} {job}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_merge_exactly_the_plan_is_applied_and_the_comment_says_so() {
    let (emulator, runner) = world().await;
    let _ = runner.plan().is(true);
    // Another pull request is planned as well.
    let other = (1, "provision-plan-stacks%2Fdev.yaml".to_owned(), "head-of-another".to_owned());
    runner.forge.with(|state| state.artifacts.push(other));
    let applied = runner.apply(&json!({})).is(true);
    assert!(applied.log.contains("Done: 2 of 2 steps done"), "{}", applied.log);
    let comment = runner.comment();
    assert!(comment.contains("✅ Applied: `stacks/dev.yaml`"), "{comment}");
    assert!(comment.contains("Plan for `shop`: 2 to create"), "what was applied stays: {comment}");
    let url = format!("http://127.0.0.1:{}", emulator.port);
    assert_eq!(Inventory::client_names(&url, "shop").await, ["shop-web"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moved_fails_with_what_it_is_and_a_fresh_plan_that_can_be_applied() {
    let (_emulator, runner) = world().await;
    let _ = runner.plan().is(true);
    let _ = runner.apply(&json!({})).is(true);
    runner.write(STACK, &longer(12));
    let _ = runner.plan().is(true);
    // Another merge was quicker.
    runner.write(STACK, &longer(10));
    let _ = runner.job("plan.yml", "plan", pull_request("opened", "octo/shop"), &json!({}));
    let other = json!({ "run": runner.last().to_string() });
    let _ = runner.apply(&other).is(true);
    runner.forge.with(|state| drop(state.artifacts.pop()));
    runner.write(STACK, &longer(12));
    let _ = runner.apply(&json!({})).is(false);
    let comment = runner.comment();
    assert!(comment.contains("⛔ Not applied: `stacks/dev.yaml`"), "{comment}");
    assert!(comment.contains("`password_policy.minimum_length` was 9, and is 10"), "{comment}");
    assert!(comment.contains("Plan for `shop`: 1 to update"), "{comment}");

    let fresh = json!({ "run": runner.last().to_string() });
    let _ = runner.apply(&fresh).is(true);
    assert!(runner.comment().contains("✅ Applied"), "{}", runner.comment());
    let _ = runner.plan().is(true);
    assert!(runner.comment().contains("no changes"), "{}", runner.comment());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_plan_of_the_change_nothing_is_written() {
    let (emulator, runner) = world().await;
    let url = format!("http://127.0.0.1:{}", emulator.port);
    let before = Inventory::read(&url).await;
    let missing = runner.apply(&json!({})).is(false);
    assert!(missing.log.contains("there is no plan of this change"), "{}", missing.log);
    assert!(runner.comment().contains("Plan for `shop`: 2 to create"), "{}", runner.comment());
    assert_eq!(Inventory::read(&url).await, before);
    // A commit that came past pull requests has nowhere to tell, and fails all the same.
    runner.forge.with(|state| (state.pulls, state.comments) = (json!([]), Vec::new()));
    let _ = runner.job("apply.yml", "apply", push(), &json!({})).unwrap().is(false);
    assert_eq!(runner.forge.comments("7"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plan_may_be_made_with_is_not_for_the_pull_request_to_say() {
    let (_emulator, runner) = world().await;
    let file = FILE.replace("user_pool:", "user_pool:\n  name: ${var.name}");
    runner.write(STACK, &format!("vars: {{ name: shop }}\n{file}"));
    let _ = runner.plan().is(true);
    let path = runner.kept_plan();
    let plan = std::fs::read_to_string(&path).unwrap();
    for (from, to, word) in [
        ("\"variables\": {}", "\"variables\": { \"name\": \"mine\" }", "--var=name=mine"),
        (
            "\"allow_replace\": []",
            "\"allow_replace\": [\"user_pool\"]",
            "--allow-replace=user_pool",
        ),
    ] {
        assert!(plan.contains(from), "{plan}");
        std::fs::write(&path, plan.replace(from, to)).unwrap();
        let refused = runner.apply(&json!({})).is(false);
        let words = format!("the plan was made with {word}, and this is not");
        assert!(refused.log.contains(&words), "{}", refused.log);
        assert!(runner.comment().contains(&words), "{}", runner.comment());
        runner.forge.with(|state| state.artifacts.truncate(1));
    }
    std::fs::write(&path, plan).unwrap();
    let _ = runner.apply(&json!({})).is(true);
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_opens_one_issue_which_follows_it_and_is_closed_when_it_is_gone() {
    let (_emulator, runner) = world().await;
    let _ = runner.plan().is(true);
    let _ = runner.apply(&json!({})).is(true);
    let _ = runner.drift().is(true);
    assert_eq!(runner.forge.issues(), []);

    runner.write(STACK, &longer(12));
    let _ = runner.drift().is(true);
    runner.write(STACK, &longer(14));
    let _ = runner.drift().is(true);
    let issues = runner.forge.issues();
    let [(issue, false)] = &issues[..] else { panic!("{issues:?}") };
    assert!(issue.starts_with("Drift: stacks/dev.yaml\n"), "{issue}");
    assert!(issue.contains(MARKER) && issue.contains("9` → `14"), "{issue}");

    // A file that is broken says nothing of AWS.
    runner.write(STACK, "stack: shop\nuser_pol: {}\n");
    let _ = runner.drift().is(false);
    assert!(!runner.forge.issues()[0].1);
    runner.write(STACK, FILE);
    let _ = runner.drift().is(true);
    assert!(runner.forge.issues()[0].1, "it is closed");
    runner.write(STACK, &longer(14));
    let _ = runner.drift().is(true);
    assert_eq!(runner.forge.issues().len(), 2, "a new drift is a new issue");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_there_while_its_pull_request_is_open_and_goes_without_its_branch() {
    let (emulator, runner) = world().await;
    let url = format!("http://127.0.0.1:{}", emulator.port);
    let before = Inventory::read(&url).await;
    let file = std::fs::read_to_string("examples/pull-request/preview.yaml").unwrap();
    runner.write("stacks/preview.yaml", &file);
    let event = pull_request("opened", "octo/shop");
    let _ = runner.job("preview.yml", "open", event, &json!({})).unwrap().is(true);
    let comment = runner.comment();
    assert!(comment.contains("✅ Applied: `stacks/preview.yaml`"), "{comment}");
    assert!(comment.contains("user_pool_id  us-east-1_"), "{comment}");
    assert_eq!(Inventory::client_names(&url, "demo-7").await, ["demo-7-web"]);

    std::fs::remove_dir_all(runner.checkout().join("stacks")).unwrap();
    let event = pull_request("closed", "octo/shop");
    assert!(runner.job("preview.yml", "open", event.clone(), &json!({})).is_none());
    let _ = runner.job("preview.yml", "close", event, &json!({})).unwrap().is(true);
    assert!(runner.comment().contains("⚪ Removed: `demo-7`"), "{}", runner.comment());
    assert_eq!(Inventory::read(&url).await, before);
    // By hand, and once more: nothing is there, and that is no error.
    let by_hand = json!({ "event_name": "workflow_dispatch", "event": {}, "sha": "merged" });
    let again = runner.job("preview.yml", "close", by_hand, &json!({ "pull-request": "7" }));
    let _ = again.unwrap().is(true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_never_larger_than_github_takes_and_cannot_be_broken_out_of() {
    let (_emulator, runner) = world().await;
    let long = "x".repeat(900);
    let much: String = (0..200).map(|n| format!("  \"::error::a````b{n}{long}\": 1\n")).collect();
    runner.write(STACK, &format!("{FILE}{much}"));
    let _ = runner.plan().is(false);
    let comment = runner.comment();
    assert!(comment.contains("`````text\n…\n"), "{comment}");
    assert!(comment.trim_end().ends_with("of which 100 are not shown\n`````"), "{comment}");
    assert_eq!(runner.forge.with(|state| state.comments[0].by.clone()), ME);
}
