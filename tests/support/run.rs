//! Runs the program as a user does, with an environment of its own.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;

/// How a run of the program ended.
#[must_use = "a run is looked at"]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// The result.
    pub stdout: String,
    /// The talk.
    pub stderr: String,
}

impl Ran {
    /// Asserts the exit code; on failure everything that was printed is shown.
    pub fn exits(self, code: i32) -> Self {
        let Self { code: got, stdout, stderr } = &self;
        assert_eq!(*got, code, "stdout:\n{stdout}\nstderr:\n{stderr}");
        self
    }

    /// Whether the result says something, however its columns are aligned.
    pub fn says(&self, text: &str) -> bool {
        let words: Vec<&str> = self.stdout.split_whitespace().collect();
        format!(" {} ", words.join(" ")).contains(text)
    }
}

/// The folder of the project.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder that lasts between runs of the tests: emulators are installed in it once.
pub fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("provision-cache")
}

/// The program, without anything of this machine's environment that it could act on.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("provision").expect("cargo builds the program");
    command
        .args(arguments)
        .current_dir(project())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", cache())
        .env("PROVISION_CACHE_DIR", cache())
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// Runs a command to its end.
pub fn finish(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    Ran {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// Runs the program.
pub fn run(arguments: &[&str]) -> Ran {
    finish(&mut program(arguments))
}
