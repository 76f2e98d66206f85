//! Workflows, action and scripts against what knows their rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::runner::yaml;
use crate::support::emulators::checkers;
use crate::support::run::project;

const WORKFLOWS: &[&str] = &["plan.yml", "apply.yml", "drift.yml", "preview.yml"];

fn workflow(name: &str) -> String {
    format!("examples/pull-request/{name}")
}

/// Every mapping below a value.
fn mappings(value: &Value) -> Vec<&serde_json::Map<String, Value>> {
    match value {
        Value::Object(map) => std::iter::once(map).chain(map.values().flat_map(mappings)).collect(),
        Value::Array(items) => items.iter().flat_map(mappings).collect(),
        _ => Vec::new(),
    }
}

fn files() -> Vec<String> {
    let workflows = WORKFLOWS.iter().map(|name| workflow(name));
    workflows.chain(["action.yml".to_owned()]).collect()
}

#[test]
fn workflows_and_the_action_follow_their_schemas_and_scripts_pass_shellcheck() {
    let Some(programs) = checkers() else { return };
    let check = |program: &str, arguments: &[&str], files: &[PathBuf]| {
        let mut command = Command::new(programs.join(program));
        let ran = command.args(arguments).args(files).current_dir(project()).output().unwrap();
        let said = [ran.stdout, ran.stderr].concat();
        assert!(ran.status.success(), "{program}: {}", String::from_utf8_lossy(&said));
    };
    let path = |name: &str| project().join(name);
    let workflows: Vec<PathBuf> = WORKFLOWS.iter().map(|name| path(&workflow(name))).collect();
    let schema = "check-jsonschema";
    check(schema, &["--builtin-schema", "vendor.github-workflows"], &workflows);
    check(schema, &["--builtin-schema", "vendor.github-actions"], &[path("action.yml")]);
    let gitlab = path("examples/gitlab/.gitlab-ci.yml");
    check(schema, &["--builtin-schema", "vendor.gitlab-ci"], &[gitlab]);

    check("shellcheck", &[], &[path("action/program.sh"), path("action/gitlab.sh")]);
    let folder = tempfile::tempdir().unwrap();
    let steps = scripts().into_iter().enumerate().map(|(at, script)| {
        let file = folder.path().join(format!("step{at}.sh"));
        fs::write(&file, format!("{script}\n")).unwrap();
        file
    });
    check("shellcheck", &["--shell", "bash"], &steps.collect::<Vec<_>>());
}

/// The scripts within the files.
fn scripts() -> Vec<String> {
    let all: Vec<Value> = files().iter().map(|file| yaml(file)).collect();
    let runs = all.iter().flat_map(mappings).filter_map(|map| map.get("run")?.as_str());
    runs.map(str::to_owned).collect()
}

#[test]
fn no_text_of_others_gets_into_a_shell() {
    let scripts = scripts();
    assert!(scripts.len() > 4, "{scripts:?}");
    for script in scripts {
        assert!(!script.contains("${{"), "{script}");
    }
}

#[test]
fn what_others_publish_is_pinned_to_a_commit() {
    let all: Vec<Value> = files().iter().map(|file| yaml(file)).collect();
    let uses = all.iter().flat_map(mappings).filter_map(|map| map.get("uses")?.as_str());
    let mut seen = 0;
    for action in uses {
        let (_, commit) = action.split_once('@').unwrap();
        let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_commit || action == "OWNER/provision@COMMIT", "{action}");
        seen += 1;
    }
    assert!(seen > 10);
}

#[test]
fn a_workflow_has_no_right_that_its_jobs_do_not_name_and_no_two_runs_of_a_stack_race() {
    for name in WORKFLOWS {
        let workflow = yaml(&workflow(name));
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{name}");
        assert!(workflow["on"].get("pull_request_target").is_none(), "{name}");
        for (job, about) in workflow["jobs"].as_object().unwrap() {
            assert!(about["permissions"].is_object(), "{name} {job}");
            let own = &about["concurrency"]["group"];
            let group = own.as_str().or(workflow["concurrency"]["group"].as_str());
            assert!(group.unwrap().contains("${{"), "{name} {job}");
            assert!(about["timeout-minutes"].is_u64(), "{name} {job}");
        }
        // What writes is never broken off.
        let cancels = fs::read_to_string(project().join(self::workflow(name))).unwrap();
        assert_eq!(cancels.contains("cancel-in-progress: true"), *name == "plan.yml", "{name}");
    }
}

#[test]
fn the_scripts_of_the_action_are_those_that_it_and_the_examples_start() {
    let start = |text: String| {
        let names = text.split(|c: char| !c.is_alphanumeric() && !"-_./".contains(c));
        let names = names.filter_map(|name| Path::new(name).file_name()?.to_str());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let files = ["action.yml", "action/gitlab.sh", "examples/gitlab/.gitlab-ci.yml"];
    let mut started: Vec<String> = files
        .iter()
        .flat_map(|file| start(fs::read_to_string(project().join(file)).unwrap()))
        .collect();
    for entry in fs::read_dir(project().join("action")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        started.extend(start(text));
    }
    for entry in fs::read_dir(project().join("action")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(started.contains(&name), "{name} is started by nothing");
    }
}
