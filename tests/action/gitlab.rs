//! The same on GitLab.

use serde_json::json;

use super::runner::Runner;
use super::{STACK, longer, world};
use crate::support::inventory::Inventory;

const REQUEST: &[(&str, &str)] = &[("CI_MERGE_REQUEST_IID", "7")];
const MERGED: &[(&str, &str)] = &[("PROVISION_PLAN_RUN", "merged")];

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_request_is_planned_in_a_note_and_applied_as_planned_on_gitlab() {
    let (emulator, runner) = world().await;
    runner.forge.with(|state| {
        state.pulls = json!([{ "iid": 7, "state": "merged", "sha": "head" }]);
        state.comment("7", "mallory", "<!-- provision:comment=stacks%2Fdev.yaml -->");
    });
    let _ = runner.gitlab("plan", REQUEST).is(true);
    assert!(runner.comment().contains("Plan for `shop`: 2 to create"), "{}", runner.comment());
    keep(&runner);
    let _ = runner.gitlab("apply", MERGED).is(true);
    assert!(runner.comment().contains("✅ Applied"), "{}", runner.comment());
    let url = format!("http://127.0.0.1:{}", emulator.port);
    assert_eq!(Inventory::client_names(&url, "shop").await, ["shop-web"]);

    runner.write(STACK, &longer(12));
    let _ = runner.gitlab("plan", REQUEST).is(true);
    keep(&runner);
    runner.write(STACK, &longer(13));
    let moved = runner.gitlab("apply", MERGED).is(false);
    assert!(runner.comment().contains("and wanted 12"), "{}", runner.comment());
    assert!(!moved.log.contains("token-of-the-run"));
    runner.forge.with(|state| state.plan = None);
    let _ = runner.gitlab("apply", MERGED).is(false);
    assert!(runner.comment().contains("there is no plan of this change"), "{}", runner.comment());
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_and_previews_are_kept_on_gitlab() {
    let (emulator, runner) = world().await;
    let url = format!("http://127.0.0.1:{}", emulator.port);
    let before = Inventory::read(&url).await;
    let _ = runner.gitlab("drift", &[]).is(true);
    let _ = runner.gitlab("drift", &[]).is(true);
    let issues = runner.forge.issues();
    assert!(issues.len() == 1 && !issues[0].1, "{issues:?}");

    let file = std::fs::read_to_string("examples/pull-request/preview.yaml").unwrap();
    runner.write("stacks/preview.yaml", &file);
    let _ = runner.gitlab("open preview", REQUEST).is(true);
    assert_eq!(Inventory::client_names(&url, "demo-7").await, ["demo-7-web"]);
    let _ = runner.gitlab("close preview", REQUEST).is(true);
    assert!(runner.comment().contains("⚪ Removed: `demo-7`"), "{}", runner.comment());
    assert_eq!(Inventory::read(&url).await, before);

    let _ = runner.gitlab("plan", REQUEST).is(true);
    keep(&runner);
    runner
        .forge
        .with(|state| state.pulls = json!([{ "iid": 7, "state": "merged", "sha": "head" }]));
    let _ = runner.gitlab("apply", MERGED).is(true);
    let _ = runner.gitlab("drift", &[]).is(true);
    assert!(runner.forge.issues()[0].1, "it is closed");
}

/// GitLab keeps the plan of a job.
fn keep(runner: &Runner) {
    let kept = std::fs::read_to_string(runner.checkout().join("provision-run/plan.json"));
    runner.forge.with(|state| state.plan = kept.ok());
}
