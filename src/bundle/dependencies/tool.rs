//! Runs a package manager.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::super::BundleError;

/// How long an installation may take.
const AT_MOST: Duration = Duration::from_secs(15 * 60);

/// How many of the last lines that a package manager said are shown.
const LINES: usize = 12;

#[derive(Clone, Debug)]
pub(super) struct Tools {
    variables: Vec<(OsString, OsString)>,
}

impl Tools {
    pub(super) fn new(variables: Vec<(OsString, OsString)>) -> Self {
        Self { variables }
    }

    /// Runs a program in a folder, without some variables of the environment; `None` if there is
    /// no such program.
    pub(super) async fn run(
        &self,
        program: &'static str,
        arguments: &[impl AsRef<OsStr>],
        folder: &Path,
        without: &[&str],
    ) -> Result<Option<Output>, BundleError> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("NO_COLOR", "1")
            .current_dir(folder)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        for name in without {
            command.env_remove(name);
        }
        match timeout(AT_MOST, command.output()).await {
            Ok(Ok(output)) => Ok(Some(output)),
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Ok(Err(source)) => Err(BundleError::Program { program, source }),
            Err(_) => Err(BundleError::Endless { tool: program, minutes: AT_MOST.as_secs() / 60 }),
        }
    }
}

/// The last lines of what a program said: its errors, or its output if there are none.
///
/// Without what URLs hold of users and passwords, and what a terminal would act on.
pub(super) fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    let text =
        if errors.trim().is_empty() { String::from_utf8_lossy(&output.stdout) } else { errors };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    let lines = last.iter().map(|line| {
        let line: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        format!("  {}", masked(line.trim_end()))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A text without the users and passwords of its URLs.
pub(super) fn masked(text: &str) -> String {
    let mut parts = text.split("://");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let host_end = part.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(part.len());
        let credentials_end = part[..host_end].rfind('@');
        masked += if credentials_end.is_some() { "://***" } else { "://" };
        masked += &part[credentials_end.unwrap_or(0)..];
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_holds_no_credentials() {
        for (text, shown) in [
            ("at https://me:p%40ss@pypi.example/simple/x", "at https://***@pypi.example/simple/x"),
            ("https://a:b@c@host", "https://***@host"),
            (
                "https://r.example/@types/node and ssh://git@h",
                "https://r.example/@types/node and ssh://***@h",
            ),
            ("no url, me@example.com", "no url, me@example.com"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }
}
