//! A stack of the project on an emulator behind a proxy that interferes.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Pid;

use super::stacks::{CASES, Case};
use crate::support::emulators::Emulator;
use crate::support::holdings::{self, Holdings};
use crate::support::proxy::{Interference, Proxy};
use crate::support::run::{Ran, program, project};

/// The exit code of a run that a signal ended.
pub const KILLED: i32 = -1;

/// The code of a run that did not end.
const HANGS: i32 = -2;

/// A run that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(300);

/// What a stack is brought from and to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// From nothing to the file.
    First,
    /// From the file to the changed one.
    Update,
    /// And back again.
    Back,
    /// From the changed one to nothing.
    Destroy,
}

impl Phase {
    /// The phase that begins where this one does.
    pub fn begins_as(self) -> Self {
        if self == Self::Destroy { Self::Back } else { self }
    }
}

/// The project's stacks and functions in a folder of their own, with the changed stacks.
pub struct Files(tempfile::TempDir);

impl Files {
    /// Copies them.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["stacks", "lambdas"] {
            copy(&project().join(name), &folder.path().join(name));
        }
        let write = |file: String, text: &str| {
            fs::write(folder.path().join("stacks").join(file), text).unwrap();
        };
        for Case { name, changes, stays, .. } in CASES {
            write(format!("{name}-changed.yaml"), changes);
            write(format!("{name}-back.yaml"), &format!("extends: {name}.yaml\n{stays}\n"));
        }
        Self(folder)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}

/// A stack on an emulator.
pub struct Site<'a> {
    pub case: &'static Case,
    pub emulator: &'a Emulator,
    pub proxy: Proxy,
    files: &'a Files,
}

impl<'a> Site<'a> {
    /// Puts a stack in front of an emulator; nothing is run.
    pub async fn new(case: &'static Case, emulator: &'a Emulator, files: &'a Files) -> Self {
        Self { case, emulator, proxy: Proxy::start(emulator.port).await, files }
    }

    /// Runs a phase, and says which of its requests are tampered with.
    pub async fn run(&self, phase: Phase, interference: Option<Arc<dyn Interference>>) -> Ran {
        match interference {
            Some(interference) => self.proxy.interfere(interference),
            None => self.proxy.leave_alone(),
        }
        let allowed = match phase {
            Phase::Update => self.case.gone,
            Phase::Back => self.case.back,
            Phase::First | Phase::Destroy => &[],
        };
        let mut arguments = match phase {
            Phase::Destroy => vec!["destroy", "--yes"],
            _ => vec!["apply", "--yes"],
        };
        arguments.extend(allowed.iter().flat_map(|address| ["--allow-delete", address]));
        let ran = self.command(phase, &arguments).await;
        self.proxy.quiet().await;
        self.proxy.leave_alone();
        ran
    }

    /// Runs a command on the file that a phase brings the stack to.
    pub async fn command(&self, phase: Phase, arguments: &[&str]) -> Ran {
        let file = match phase {
            Phase::First => format!("stacks/{}.yaml", self.case.name),
            Phase::Back => format!("stacks/{}-back.yaml", self.case.name),
            Phase::Update | Phase::Destroy => format!("stacks/{}-changed.yaml", self.case.name),
        };
        let url = self.proxy.url();
        let mut all = arguments.to_vec();
        all.extend(["--stack", &file, "--endpoint-url", &url]);
        let command = program(&all);
        let mut process = tokio::process::Command::new(command.get_program());
        process.args(command.get_args()).current_dir(self.files.0.path()).env_clear();
        for (name, value) in command.get_envs() {
            process.env(name, value.unwrap_or_default());
        }
        process
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("TEST1_PASSWORD", "Correct-Horse-7")
            .env("STEPUP_CLIENT_SECRET", "hunter2")
            .kill_on_drop(true);
        // Files, so that what a run that hangs has said can be read.
        let said = tempfile::tempdir().unwrap();
        let (out, err) = (said.path().join("out"), said.path().join("err"));
        process.stdout(fs::File::create(&out).unwrap()).stderr(fs::File::create(&err).unwrap());
        let mut child = process.spawn().unwrap();
        let id = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        self.proxy.aim_at(id);
        let ended = tokio::time::timeout(LONGEST, child.wait()).await;
        self.proxy.aim_at(None);
        let code = ended.map_or(HANGS, |status| status.unwrap().code().unwrap_or(KILLED));
        let text = |path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        Ran { code, stdout: text(&out), stderr: text(&err) }
    }

    /// Brings the stack to where a phase begins.
    pub async fn prepare(&self, phase: Phase) {
        let before: &[Phase] = match phase {
            Phase::First => &[],
            Phase::Update => &[Phase::First],
            Phase::Back | Phase::Destroy => &[Phase::First, Phase::Update],
        };
        for before in before {
            let _ = self.run(*before, None).await.exits(0);
        }
    }

    /// Everything that the emulator holds.
    pub async fn holdings(&self) -> Holdings {
        let prefixes =
            ["000000000000", "123456789012"].map(|account| format!("{}-{account}", self.case.name));
        holdings::read(self.emulator.port, &prefixes).await
    }
}
