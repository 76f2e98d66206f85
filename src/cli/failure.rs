//! How the program ends.

use std::process::ExitCode;

use crate::engine::CloudError;
use crate::resource::with_causes;

/// The exit codes. They are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Something failed.
    Failed = 1,
    /// `plan --exit-code`: there are changes.
    Changes = 2,
    /// The command line or the stack file is wrong.
    Usage = 3,
    /// The plan is refused.
    Refused = 4,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why the program ends early.
#[derive(Debug)]
pub struct Failure {
    /// What happened; empty where it was printed already.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The exit code.
    pub exit: Exit,
}

impl Failure {
    /// Something failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, exit: Exit::Failed }
    }

    /// The command line or the stack file is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::failed(message) }
    }

    /// What is wrong was printed already.
    pub fn printed(exit: Exit) -> Self {
        Self { exit, ..Self::failed("") }
    }

    /// Adds what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        let CloudError { message, help, code: _, ends_run: _ } = error;
        Self { message, help, exit: Exit::Failed }
    }
}

impl From<crate::local::LocalError> for Failure {
    fn from(error: crate::local::LocalError) -> Self {
        Self::failed(with_causes(&error))
    }
}
