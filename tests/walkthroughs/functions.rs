//! The unit tests of the functions in `lambdas/`, so that `cargo test` runs everything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::support::run::{cache, project};

/// The folders of functions whose tests have a name that ends so, with these tests.
fn folders_with(is_test: fn(&str) -> bool) -> Vec<(PathBuf, Vec<PathBuf>)> {
    let mut found = Vec::new();
    for folder in fs::read_dir(project().join("lambdas")).unwrap().map(|entry| entry.unwrap()) {
        let files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut tests: Vec<PathBuf> =
            files.filter(|path| is_test(&path.file_name().unwrap().to_string_lossy())).collect();
        tests.sort();
        if !tests.is_empty() {
            found.push((folder.path(), tests));
        }
    }
    found.sort();
    found
}

fn passes(command: &mut Command) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}:\n{text}\n{errors}");
}

/// A Python that has what a function requires; set up once.
fn python_for(folder: &Path) -> PathBuf {
    let requirements = folder.join("requirements.txt");
    let Ok(text) = fs::read(&requirements) else { return PathBuf::from("python3") };
    let digest = Sha256::digest(&text);
    let name =
        digest.iter().take(6).fold("python-".to_owned(), |name, b| name + &format!("{b:02x}"));
    let environment = cache().join(name);
    fs::create_dir_all(cache()).unwrap();
    let lock = fs::File::create(cache().join("python.lock")).unwrap();
    lock.lock().unwrap();
    if !environment.join("ready").exists() {
        let _ = fs::remove_dir_all(&environment);
        passes(Command::new("python3").args(["-m", "venv"]).arg(&environment));
        let mut pip = Command::new(environment.join("bin/pip"));
        passes(pip.args(["install", "-q", "--require-hashes", "-r"]).arg(&requirements));
        fs::write(environment.join("ready"), "").unwrap();
    }
    environment.join("bin/python")
}

#[test]
fn the_python_functions_pass_their_tests() {
    let folders = folders_with(|name| name.starts_with("test_") && name.ends_with(".py"));
    assert!(folders.len() >= 2);
    for (folder, _) in folders {
        let mut python = Command::new(python_for(&folder));
        passes(python.args(["-B", "-m", "unittest", "discover", "-s"]).arg(&folder));
    }
}

#[test]
fn the_node_functions_pass_their_tests() {
    let folders = folders_with(|name| name.ends_with(".test.mjs"));
    assert!(folders.len() >= 2);
    let tests = folders.into_iter().flat_map(|(_, tests)| tests);
    passes(Command::new("node").arg("--test").args(tests));
}

#[test]
fn every_function_has_tests() {
    let with_tests = folders_with(|name| name.starts_with("test_") || name.ends_with(".test.mjs"));
    let all = fs::read_dir(project().join("lambdas")).unwrap().count();
    assert_eq!(with_tests.len(), all);
}
