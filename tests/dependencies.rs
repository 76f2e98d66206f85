//! Functions with dependencies, from the command line: a pip that is a shell script stands on the
//! path, and each run ends for want of a region before anything is sent.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::run::{Ran, finish, program};

/// A stack of functions, a cache and a pip.
struct Bench {
    folder: tempfile::TempDir,
}

const STACK: &str = "stack: demo
lambdas:
  one: { runtime: python3.13, handler: app.one, code: code }
  three: { runtime: python3.13, handler: lib.handler, code: code, architectures: [arm64] }
  two: { runtime: python3.13, handler: lib.handler, code: code }
";

impl Bench {
    fn new(pip: &str) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["bin", "code"] {
            fs::create_dir(bench.path(folder)).unwrap();
        }
        fs::write(bench.path("stack.yaml"), STACK).unwrap();
        fs::write(bench.path("code/app.py"), "def one(event, context): pass\n").unwrap();
        fs::write(bench.path("code/requirements.txt"), "lib==1.0\n").unwrap();
        let python = bench.path("bin/python3");
        // Written by another process, so that no program that another test starts has it open.
        let script = format!("#!/bin/sh\n[ $# = 2 ] && exit 0\necho $3 >> ../calls\n{pip}\n");
        let written = std::process::Command::new("sh")
            .args(["-c", "printf %s \"$1\" > \"$0\""])
            .args([python.as_os_str(), script.as_ref()])
            .status();
        assert!(written.unwrap().success());
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
        bench
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = program(arguments);
        command
            .args(["--stack", "stack.yaml"])
            .current_dir(self.folder.path())
            .env("PATH", self.path("bin"))
            .env("PROVISION_CACHE_DIR", self.path("cache"));
        finish(&mut command)
    }

    /// How many times packages were installed.
    fn installations(&self) -> usize {
        let calls: &Path = &self.path("calls");
        fs::read_to_string(calls).unwrap_or_default().lines().count()
    }
}

const PIP: &str = r#"
while [ $# != 0 ]; do [ "$1" = --target ] && into=$2; shift; done
echo 'def handler(event, context): pass' > "$into/lib.py""#;

#[test]
fn what_several_functions_need_is_installed_once_and_no_more() {
    let bench = Bench::new(PIP);
    let said = bench.run(&["plan"]).exits(1).stderr;
    let told = ["`one`, `two`", "`three`"]
        .map(|names| format!("Installing the dependencies of {names} (requirements.txt)\n"));
    assert!(told.iter().all(|line| said.contains(line)), "{said}");
    assert_eq!(bench.installations(), 2, "for two processors");

    let said = bench.run(&["plan"]).exits(1).stderr;
    assert!(!said.contains("Installing"), "{said}");
    assert_eq!(bench.installations(), 2);
}

#[test]
fn only_what_packs_code_installs_its_dependencies() {
    let bench = Bench::new(PIP);
    // The handler of `two` is in a package: that is not looked for there.
    let _ = bench.run(&["check"]).exits(0);
    for command in [&["outputs"][..], &["destroy", "--yes"]] {
        let _ = bench.run(command).exits(1);
    }
    assert_eq!(bench.installations(), 0);
    let _ = bench.run(&["apply", "--yes"]).exits(1);
    assert_eq!(bench.installations(), 2);
}

#[test]
fn a_handler_that_is_in_no_package_either_is_a_problem() {
    let bench = Bench::new(&PIP.replace("lib.py", "other.py"));
    let said = bench.run(&["plan"]).exits(3).stderr;
    assert_eq!(said.matches("the handler `lib.handler` is not in the code").count(), 2, "{said}");
}

#[test]
fn nothing_is_installed_for_a_file_that_is_wrong() {
    let bench = Bench::new(PIP);
    let stack = STACK.replace("app.one, code: code", "app.one, code: cod");
    fs::write(bench.path("stack.yaml"), stack).unwrap();
    let said = bench.run(&["plan"]).exits(3).stderr;
    assert!(said.contains("1 problem in"), "{said}");
    assert_eq!(bench.installations(), 0);
}

#[test]
fn packages_that_cannot_be_installed_are_a_problem_of_the_code_line() {
    let bench = Bench::new("echo 'ERROR: no space at https://me:secret@host/simple/' >&2; exit 1");
    let stack = STACK.lines().filter(|line| !line.contains("three")).collect::<Vec<_>>();
    fs::write(bench.path("stack.yaml"), stack.join("\n")).unwrap();
    let said = bench.run(&["plan"]).exits(3).stderr;
    insta::assert_snapshot!(said);
}
