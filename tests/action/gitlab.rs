//! The same on GitLab.

use std::process::Command;

use serde_json::{Value, json};

use super::runner::{Ended, Runner, yaml};
use super::{STACK, longer, world};
use crate::support::forge::TOKEN;
use crate::support::inventory::Inventory;
use crate::support::run::project;

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
    // The fresh plan, by the number of the job that kept it.
    keep(&runner);
    let _ = runner.gitlab("apply", &[("PROVISION_PLAN_RUN", "9")]).is(true);
    assert!(runner.comment().contains("✅ Applied"), "{}", runner.comment());
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

impl Runner {
    /// Runs a job of the GitLab example.
    pub fn gitlab(&self, name: &str, variables: &[(&str, &str)]) -> Ended {
        let all = yaml("examples/gitlab/.gitlab-ci.yml");
        let (base, job) = (&all[".provision"], &all[name]);
        let mut script = String::new();
        let mut set = |variables: &Value| {
            for (name, value) in variables.as_object().into_iter().flatten() {
                let value = value.as_str().or(value[0].as_str()).unwrap();
                script += &format!("export {name}=\"{value}\"\n");
            }
        };
        let program = assert_cmd::cargo::cargo_bin("provision");
        set(&job["parallel"]["matrix"][0]);
        set(&base["variables"]);
        set(&job["variables"]);
        set(&json!({ "PROVISION_PROGRAM": program.to_str().unwrap() }));
        let lines = base["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
        script += &lines.collect::<Vec<_>>().join("\n");
        let script = script.replace("/opt/provision/", project().join("action/").to_str().unwrap());
        self.runs.set(self.last() + 1);
        let mut env = self.environment(&json!({}));
        env.retain(|name, _| !name.starts_with("GITHUB_"));
        let own = [
            ("GITLAB_CI", "true"),
            ("CI_API_V4_URL", &self.forge.url),
            ("CI_PROJECT_ID", "5"),
            ("CI_PROJECT_DIR", self.checkout().to_str().unwrap()),
            ("CI_JOB_ID", "9"),
            ("CI_JOB_URL", "https://gitlab.example/9"),
            ("CI_COMMIT_SHA", "merged"),
            ("PROVISION_TOKEN", TOKEN),
            ("PROVISION_PLAN_ROLE", "arn:aws:iam::000000000000:role/plan"),
            ("AWS_TOKEN", "a token of gitlab"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let given = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        env.extend(own.into_iter().chain(given));
        let mut command = Command::new("bash");
        command.args(["-eo", "pipefail", "-c", &script]).env_clear().envs(env);
        let ended = command.current_dir(self.checkout()).output().unwrap();
        let log = [ended.stdout, ended.stderr].concat();
        Ended { passed: ended.status.success(), log: String::from_utf8_lossy(&log).into_owned() }
    }
}
