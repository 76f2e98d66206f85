//! The command line without a cloud: exit codes, the two streams, colours, completions.

use std::fs;

use crate::support::run::{finish, program, run};

/// A folder with one stack file.
fn with_file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stack.yaml");
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn help_and_version_are_results_and_exit_0() {
    let ran = run(&["--help"]).exits(0);
    assert!(ran.stdout.contains("Usage: provision"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
    assert!(run(&["--version"]).exits(0).stdout.starts_with("provision "));
}

#[test]
fn a_wrong_command_line_exits_3_and_says_so_on_stderr() {
    for arguments in [
        &["--no-such-option"][..],
        &["no-such-command"],
        &[],
        &["plan"],
        &["check", "--stack", "no-such-stack"],
        &["check", "--stack", "dev", "--var", "novalue"],
        &["plan", "--stack", "dev", "--target", "not an address"],
        &["--strict", "check", "--stack", "dev"],
    ] {
        let ran = run(arguments).exits(3);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_stack_is_found_by_its_name() {
    let ran = run(&["check", "--stack", "dev"]).exits(0);
    assert!(ran.stderr.contains("no problem"), "{}", ran.stderr);
    let _ = run(&["check", "--stack", "stacks/dev.yaml"]).exits(0);
    let missing = run(&["check", "--stack", "nope"]).exits(3).stderr;
    assert!(missing.contains("stacks/nope.yaml"), "{missing}");
}

#[test]
fn a_wrong_stack_file_exits_3_before_anything_is_sent() {
    let (_folder, path) = with_file("stack: demo\nuser_pol: {}\n");
    // Nothing listens there: a request would fail, and with another exit code.
    let url = "http://127.0.0.1:9";
    for command in ["check", "plan", "apply", "destroy", "outputs"] {
        let ran = run(&[command, "--stack", &path, "--yes", "--endpoint-url", url]).exits(3);
        assert!(ran.stderr.contains("did you mean `user_pool`?"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn code_that_is_missing_or_outside_the_tree_is_a_problem_of_the_file() {
    let function = "runtime: python3.13, handler: a.b, code";
    let (_folder, path) =
        with_file(&format!("stack: demo\nlambdas: {{ f: {{ {function}: nope }} }}\n"));
    let ran = run(&["check", "--stack", &path]).exits(3);
    assert!(ran.stderr.contains("nope"), "{}", ran.stderr);

    let (folder, path) =
        with_file(&format!("stack: demo\nlambdas: {{ f: {{ {function}: ../outside }} }}\n"));
    let inner = folder.path().join("inner");
    let outside = folder.path().join("outside");
    fs::create_dir(&inner).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("a.py"), "def b(event, context): pass\n").unwrap();
    let moved = inner.join("stack.yaml");
    fs::rename(path, &moved).unwrap();
    let moved = moved.to_str().unwrap();
    let ran = run(&["check", "--stack", moved]).exits(3);
    assert!(ran.stderr.contains("outside the tree"), "{}", ran.stderr);
    let allowed = outside.to_str().unwrap();
    let _ = run(&["check", "--stack", moved, "--allow-path", allowed]).exits(0);
}

#[test]
fn a_handler_that_is_not_in_the_code_is_found_without_aws() {
    let (folder, path) = with_file(
        "stack: demo\nlambdas: { f: { runtime: python3.13, handler: main.handler, code: code } }\n",
    );
    let code = folder.path().join("code");
    fs::create_dir(&code).unwrap();
    fs::write(code.join("app.py"), "").unwrap();
    let ran = run(&["check", "--stack", &path]).exits(3);
    assert!(ran.stderr.contains("main.py"), "{}", ran.stderr);
}

#[test]
fn a_circle_of_references_is_found_by_check() {
    let function = |other: &str| {
        format!(
            "{{ runtime: python3.13, handler: a.b, code: a.py, description: \"${{lambdas.{other}.arn}}\" }}"
        )
    };
    let (folder, path) = with_file(&format!(
        "stack: demo\nlambdas:\n  f: {}\n  g: {}\n",
        function("g"),
        function("f")
    ));
    fs::write(folder.path().join("a.py"), "").unwrap();
    let ran = run(&["check", "--stack", &path]).exits(3);
    assert!(
        ran.stderr.contains("in a circle: lambdas.f -> lambdas.g -> lambdas.f"),
        "{}",
        ran.stderr
    );
}

#[test]
fn whoever_cannot_answer_must_say_yes() {
    for command in [&["--stack", "dev"][..], &["destroy", "--stack", "dev"]] {
        let ran = run(command).exits(3);
        assert!(ran.stderr.contains("--yes"), "{}", ran.stderr);
    }
}

#[test]
fn no_region_and_no_answer_are_failures() {
    let ran = run(&["plan", "--stack", "dev"]).exits(1);
    assert!(ran.stderr.contains("no region is set"), "{}", ran.stderr);
    let mut command = program(&["plan", "--stack", "dev", "--endpoint-url", "http://127.0.0.1:9"]);
    command.env("AWS_REGION", "us-east-1").env("AWS_MAX_ATTEMPTS", "1");
    let ran = finish(command.env("AWS_ACCESS_KEY_ID", "x").env("AWS_SECRET_ACCESS_KEY", "y"));
    let ran = ran.exits(1);
    assert_eq!(ran.stdout, "");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let (_folder, path) = with_file("stack: demo\nuser_pol: {}\n");
    let escape = "\u{1b}[";
    assert!(!run(&["check", "--stack", &path]).exits(3).stderr.contains(escape));
    let always = run(&["check", "--stack", &path, "--color", "always"]).exits(3);
    assert!(always.stderr.contains(escape));
    let mut command = program(&["check", "--stack", &path]);
    let ran = finish(command.env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1")).exits(3);
    assert!(!ran.stderr.contains(escape), "{}", ran.stderr);
}

#[test]
fn the_schema_and_completions_are_results() {
    let schema = run(&["schema"]).exits(0);
    assert!(serde_json::from_str::<serde_json::Value>(&schema.stdout).is_ok());
    assert_eq!(schema.stderr, "");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(run(&["completions", shell]).exits(0).stdout.contains("provision"));
    }
}

#[test]
fn extending_another_file_keeps_each_problem_at_its_own_file() {
    let (folder, path) = with_file("extends: base.yaml\nstack: prod\nuser_pool: { domain: AWS }\n");
    fs::write(folder.path().join("base.yaml"), "stack: base\nuser_pool: { nmae: x }\n").unwrap();
    let ran = run(&["check", "--stack", &path]).exits(3);
    assert!(ran.stderr.contains("base.yaml:2:14"), "{}", ran.stderr);
    assert!(ran.stderr.contains("stack.yaml:3:22"), "{}", ran.stderr);
}
