//! The rules about folders, URLs and turns; the errors of a machine that lacks something; and the
//! whole life of a local cloud.
//!
//! The last one sets MiniStack up, once, in `provision-cache` in cargo's target folder.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::install::{Tools, install as install_with};
use super::lock::Lock;
use super::places::Places;
use super::running::{self, Running};
use super::*;

fn cache_with(variables: &[(&str, &str)]) -> Result<PathBuf, LocalError> {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    default_cache(&|name| variables.get(name).map(|value| (*value).to_owned()))
}

#[test]
fn the_cache_is_where_the_variables_say() {
    let all = [("PROVISION_CACHE_DIR", "/p"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")];
    let in_home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    let in_home = Path::new("/h").join(in_home).join("provision");
    assert_eq!(cache_with(&all).unwrap(), Path::new("/p"));
    assert_eq!(cache_with(&all[1..]).unwrap(), Path::new("/x/provision"));
    assert_eq!(cache_with(&all[2..]).unwrap(), in_home);
    assert_eq!(cache_with(&[("PROVISION_CACHE_DIR", ""), ("HOME", "/h")]).unwrap(), in_home);
    assert_eq!(cache_with(&[("XDG_CACHE_HOME", "caches"), ("HOME", "/h")]).unwrap(), in_home);
    assert!(matches!(cache_with(&[("HOME", "")]), Err(LocalError::NoCache)));
}

#[test]
fn urls_that_the_local_cloud_serves_are_rewritten_and_others_are_not() {
    let cloud = LocalCloud { port: 4000, process_id: 1, folder: PathBuf::from("/c/local/run") };
    let rewritten = "http://127.0.0.1:4000/_aws/execute-api/a1b2/%24default";
    for (url, rest) in [
        ("https://a1b2.execute-api.eu-west-1.amazonaws.com/token", "/token"),
        ("https://a1b2.execute-api.cn-north-1.amazonaws.com.cn/token", "/token"),
        ("http://a1b2.execute-api.localhost:9/token/x?y=https://z/", "/token/x?y=https://z/"),
        ("http://a1b2.execute-api.localhost", "/"),
        ("http://a1b2.execute-api.localhost:9?y=z", "/?y=z"),
    ] {
        assert_eq!(cloud.reachable_url(url), format!("{rewritten}{rest}"), "{url}");
    }
    for (url, path) in [
        ("https://cognito-idp.eu-west-1.amazonaws.com/", ""),
        ("https://a.auth.eu-west-1.amazoncognito.com/oauth2/authorize?x=y", "oauth2/authorize?x=y"),
    ] {
        assert_eq!(cloud.reachable_url(url), format!("http://127.0.0.1:4000/{path}"), "{url}");
    }
    assert_eq!(
        cloud.reachable_url("https://0a1b.lambda-url.eu-west-1.on.aws/x?y=z"),
        format!("{}/_aws/lambda-url/0a1b/x?y=z", cloud.endpoint())
    );
    for url in [
        "https://.lambda-url.eu-west-1.on.aws/",
        "https://0a1b.lambda-url.example.com/",
        "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc",
        "https://example.com/?next=https://demo.auth.eu-west-1.amazoncognito.com/login",
        "https://example.com/a1b2.execute-api.localhost/token",
        "https://a1b2.execute-api.example.com/token",
        "https://.execute-api.localhost/token",
        "http://127.0.0.1:4000/_aws/execute-api/a1b2/%24default/token",
        "not a URL",
    ] {
        assert_eq!(cloud.reachable_url(url), url);
    }
}

#[test]
fn a_stage_in_an_invoke_url_is_the_one_that_is_called() {
    let cloud = LocalCloud { port: 4000, process_id: 1, folder: PathBuf::from("/c/local/run") };
    let stages = ["$default", "prod"];
    for (path, rewritten) in [
        ("/prod/token?x=y", "prod/token?x=y"),
        ("/prod", "prod/"),
        ("/prod?x=y", "prod/?x=y"),
        ("/products", "%24default/products"),
        ("/token/prod", "%24default/token/prod"),
        ("", "%24default/"),
    ] {
        let url = format!("https://a1b2.execute-api.eu-west-1.amazonaws.com{path}");
        let expected = format!("http://127.0.0.1:4000/_aws/execute-api/a1b2/{rewritten}");
        assert_eq!(cloud.reachable_url_among(&url, &stages), expected, "{path}");
    }
}

#[tokio::test]
async fn turns_are_taken_one_at_a_time_and_a_dead_holder_is_no_hindrance() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    // Left by a process that was killed: no process has this id.
    fs::write(&path, "4194999999").unwrap();

    let first = Lock::try_take(&path).unwrap().expect("nobody alive has it");
    assert!(Lock::try_take(&path).unwrap().is_none());

    let mut said = Vec::new();
    let refused = Lock::take(&path, Duration::ZERO, &mut |line| said.push(line.to_owned())).await;
    let me = std::process::id();
    assert!(matches!(refused, Err(LocalError::Busy { holder: Some(holder), .. }) if holder == me));
    assert_eq!(said, Vec::<String>::new());

    let mut progress = |line: &str| said.push(line.to_owned());
    let waiting = Lock::take(&path, Duration::from_secs(20), &mut progress);
    let leaving = async {
        pause(Duration::from_millis(300)).await;
        drop(first);
    };
    let (second, ()) = tokio::join!(waiting, leaving);
    second.unwrap();
    assert_eq!(
        said,
        [format!("Waiting for another provision (process {me}) that uses the local cloud")]
    );
}

#[tokio::test]
async fn a_child_that_outlives_the_holder_keeps_the_turn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let lock = Lock::try_take(&path).unwrap().unwrap();
    let stdin = lock.shared().unwrap();
    let mut child = std::process::Command::new("sleep").arg("60").stdin(stdin).spawn().unwrap();
    drop(lock);
    assert!(Lock::try_take(&path).unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
    // Not at once: a program that another test is just starting has it too, for a moment.
    Lock::take(&path, Duration::from_secs(20), &mut |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_record_of_something_that_is_no_ministack_is_removed_and_nothing_is_ended() {
    let cache = tempfile::tempdir().unwrap();
    assert!(find(cache.path()).await.unwrap().is_none());
    assert!(!stop(cache.path()).await.unwrap());
    assert!(!reset(cache.path()).await.unwrap());

    let places = Places::made(cache.path()).unwrap();
    let stale = Running {
        port: 9,
        process_id: std::process::id(),
        version: VERSION.to_owned(),
        label: "provision-1-2".to_owned(),
        started: 0,
    };
    running::write(&places, &stale).unwrap();
    assert!(find(cache.path()).await.unwrap().is_none());
    assert_eq!(running::read(&places).unwrap(), None);

    running::write(&places, &stale).unwrap();
    fs::create_dir(places.temporary()).unwrap();
    assert!(!stop(cache.path()).await.unwrap());
    assert!(!places.state().exists());
    assert!(!places.temporary().exists());
}

/// Sets up with shell scripts in place of python3 and uv, `None` for missing ones.
async fn set_up(python: Option<&str>, uv: Option<&str>) -> Result<(), LocalError> {
    let folder = tempfile::tempdir().unwrap();
    let places = Places::made(&folder.path().join("cache")).unwrap();
    let [python, uv] = [("python3", python), ("uv", uv)].map(|(name, script)| {
        let path = folder.path().join(name);
        if let Some(script) = script {
            // Written by another process: a file that is open for writing in this one could be
            // handed to a program that another test starts, and then not be executed.
            let status = std::process::Command::new("sh")
                .args(["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\""])
                .args([path.as_os_str(), script.as_ref()])
                .status();
            assert!(status.unwrap().success());
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        path
    });
    let lock = Lock::try_take(&places.lock()).unwrap().unwrap();
    let tools = Tools { python: &python, uv: &uv };
    install_with(&places, &lock, &tools, &mut |_| {}).await?;
    install_with(&places, &lock, &tools, &mut |_| panic!("it is set up already")).await
}

/// A python3 that makes a virtual environment whose Python does what the second part says.
fn python(version: &str, venv: &str) -> String {
    format!("if [ \"$1\" = -c ]; then echo {version}; exit; fi\n{venv}")
}

const MAKES_ENVIRONMENT: &str = "for folder; do :; done\nmkdir -p \"$folder/bin\"";

#[tokio::test]
async fn what_a_machine_lacks_is_said() {
    let old = python("3.9", "exit 1");
    let no_venv = python("3.12", "echo ensurepip is not available; exit 1");
    let no_index = format!(
        "{MAKES_ENVIRONMENT}\nprintf '#!/bin/sh\\necho no index >&2; exit 1' > $folder/bin/python\n\
         chmod +x $folder/bin/python"
    );
    let no_index = python("3.12", &no_index);
    let broken = "echo no such command; exit 127";

    let error = |outcome: Result<(), LocalError>| outcome.unwrap_err().to_string();
    let said = error(set_up(None, None).await);
    assert!(said.contains("neither a working `python3` nor `uv`"), "{said}");
    let said = error(set_up(Some(broken), None).await);
    assert!(said.contains("neither a working `python3` nor `uv`"), "{said}");
    let said = error(set_up(Some(&old), None).await);
    assert!(said.contains("`python3` is 3.9"), "{said}");
    let said = error(set_up(Some(&no_venv), None).await);
    assert!(said.contains("apt install python3-venv"), "{said}");
    assert!(said.ends_with("it said:\nensurepip is not available"), "{said}");
    let said = error(set_up(Some(&no_venv), Some("echo no Python >&2; exit 2")).await);
    assert!(said.ends_with("uv said:\nno Python"), "{said}");
    let said = error(set_up(Some(&no_index), None).await);
    assert!(said.contains("ministack==1.5.33 and what it needs with pip"), "{said}");
    assert!(said.ends_with("pip said:\nno index"), "{said}");
}

#[test]
fn every_package_has_one_version_for_each_python_and_the_hashes_of_its_files() {
    let text = super::install::REQUIREMENTS.replace("\\\n", "");
    let is_package = |line: &&str| !line.is_empty() && !line.starts_with(['#', '-']);
    let packages: Vec<&str> = text.lines().filter(is_package).collect();
    assert!(packages.len() > 20, "{}", packages.len());
    for package in &packages {
        assert!(package.contains("==") && package.contains("--hash=sha256:"), "{package}");
    }
    let is = |name: &str| packages.iter().any(|package| package.starts_with(name));
    assert!(
        is(&format!("ministack=={VERSION} ")),
        "the version that is installed is the known one"
    );
    assert!(is("boto3==") && is("cryptography=="));
    assert!(text.contains("--only-binary :all:"), "nothing is built on the user's machine");
}

#[tokio::test]
async fn pip_is_given_nothing_but_files_whose_hashes_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    let pip = format!(
        "printf '#!/bin/sh\\necho $@ >> {calls}; for last; do :; done; cat $last >> {calls}; \
         touch ${{0%%python}}ministack' > $folder/bin/python\nchmod +x $folder/bin/python",
        calls = calls.display()
    );
    let python = python("3.12", &format!("{MAKES_ENVIRONMENT}\n{pip}"));
    set_up(Some(&python), None).await.unwrap();
    let calls = fs::read_to_string(calls).unwrap();
    let command = calls.lines().next().unwrap();
    assert!(command.starts_with("-m pip install "), "{command}");
    assert!(command.contains("--require-hashes --requirement "), "{command}");
    assert!(!command.contains("=="), "{command}");
    assert!(calls.ends_with(super::install::REQUIREMENTS));
}

#[tokio::test]
async fn uv_takes_the_place_of_a_python_without_venv() {
    let uv = format!(
        "if [ \"$1\" = venv ]; then {MAKES_ENVIRONMENT}; touch $folder/bin/python; exit; fi\n\
         for argument; do case $argument in */bin/python) touch ${{argument%python}}ministack;; \
         esac; done"
    );
    set_up(Some(&python("3.12", "mkdir -p $3; exit 1")), Some(&uv)).await.unwrap();
    set_up(None, Some(&uv)).await.unwrap();
}

#[tokio::test]
async fn a_missing_node_is_said() {
    let said = super::install::require_node("/nowhere/node").await.unwrap_err().to_string();
    assert!(said.contains("install Node.js"), "{said}");
}

/// The cache that the tests share: in `target/`, of which this test is `debug/deps/provision-…`.
fn shared_cache() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().join("provision-cache")
}

#[tokio::test]
async fn a_local_cloud_starts_is_found_forgets_and_stops() {
    let mut said = Vec::new();
    let mut progress = |line: &str| said.push(line.to_owned());
    let environment = install(&shared_cache(), &mut progress).await.unwrap();
    // Its own instance, with the set-up of the shared cache.
    let cache = tempfile::tempdir().unwrap();
    let places = Places::made(cache.path()).unwrap();
    symlink(environment, places.environment(VERSION)).unwrap();

    said.clear();
    let mut progress = |line: &str| said.push(line.to_owned());
    let cloud = start(cache.path(), &mut progress).await.unwrap();
    assert_eq!(said, ["Starting the local cloud (MiniStack 1.5.33)"]);
    assert_eq!(find(cache.path()).await.unwrap(), Some(cloud.clone()));
    // A second start finds the first, from another task too.
    let path = cache.path().to_owned();
    let again = tokio::spawn(async move { start(&path, &mut |line| panic!("{line}")).await });
    assert_eq!(again.await.unwrap().unwrap(), cloud);
    assert!(fs::read_to_string(cloud.log_file()).unwrap().contains("Ready"));

    assert!(reset(cache.path()).await.unwrap());
    assert!(fs::read_to_string(cloud.log_file()).unwrap().contains("State reset complete"));

    assert!(stop(cache.path()).await.unwrap());
    assert_eq!(find(cache.path()).await.unwrap(), None);
    assert!(!stop(cache.path()).await.unwrap());
    let left: Vec<_> =
        fs::read_dir(places.run()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["ministack.log"]);
}

#[tokio::test]
async fn a_start_that_fails_says_how_the_log_ends() {
    let cache = tempfile::tempdir().unwrap();
    let places = Places::made(cache.path()).unwrap();
    fs::create_dir_all(places.environment(VERSION).join("bin")).unwrap();
    symlink("/bin/sh", places.python(VERSION)).unwrap();
    fs::write(places.program(VERSION), "echo no module named ministack; exit 3").unwrap();
    fs::write(places.ready(VERSION), VERSION).unwrap();

    let said = start(cache.path(), &mut |_| {}).await.unwrap_err().to_string();
    assert!(said.contains("ended while it started (exit status: 3)"), "{said}");
    assert!(said.ends_with("which ends with:\nno module named ministack"), "{said}");
    assert!(!places.state().exists());
}
