//! What can go wrong with the local cloud.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A local cloud that could not be set up, started, reached or stopped.
#[derive(Debug, Error)]
pub enum LocalError {
    /// No variable says where the cache is.
    #[error("cannot tell where the cache folder is: set HOME, or PROVISION_CACHE_DIR to a folder")]
    NoCache,

    /// The operating system refused.
    #[error(
        "cannot {action} `{}`: check its permissions, or set PROVISION_CACHE_DIR to another folder",
        path.display()
    )]
    Disk { action: &'static str, path: PathBuf, source: io::Error },

    /// Another process has had its turn for too long.
    #[error(
        "another provision{} has held the local cloud for {seconds} seconds: end that process, or \
         wait until it is done (lock file `{}`)",
        holder.map_or(String::new(), |id| format!(" (process {id})")), path.display()
    )]
    Busy { path: PathBuf, holder: Option<u32>, seconds: u64 },

    /// Neither python3 nor uv.
    #[error(
        "the local cloud needs Python, and there is neither a working `python3` nor `uv` on the \
         path: install Python 3.10 or later with venv, or uv (https://docs.astral.sh/uv/)"
    )]
    NoPython,

    /// A python3 that MiniStack does not run on, and no uv.
    #[error(
        "the local cloud needs Python 3.10 or later, and `python3` is {found}: install a later \
         one, or uv (https://docs.astral.sh/uv/), which brings its own"
    )]
    OldPython { found: String },

    /// A python3 that makes no virtual environment, and no uv.
    #[error(
        "`python3 -m venv` fails: install Python's venv (Debian, Ubuntu: `apt install \
         python3-venv`), or uv (https://docs.astral.sh/uv/); it said:\n{output}"
    )]
    NoVenv { output: String },

    /// uv makes no virtual environment either.
    #[error(
        "`uv venv` fails, and `python3` cannot take its place: install Python 3.10 or later with \
         venv; uv said:\n{output}"
    )]
    UvVenv { output: String },

    /// The packages could not be installed.
    #[error(
        "cannot install {packages} with {tool}: check the connection to PyPI (or the index that \
         {tool} is set to use) and try again; {tool} said:\n{output}"
    )]
    Packages { packages: String, tool: &'static str, output: String },

    /// A program that could not be run at all.
    #[error("cannot run `{program}`: check that it is installed and may be executed")]
    Program { program: String, source: io::Error },

    /// No Node.js for Node functions.
    #[error(
        "the stack has Node functions, and there is no working `node` on the path for the local \
         cloud to run them with: install Node.js (https://nodejs.org/)"
    )]
    NoNode,

    /// Not one free port.
    #[error("cannot listen on 127.0.0.1: check that the loopback interface is up")]
    NoPort { source: io::Error },

    /// MiniStack ended before it answered.
    #[error(
        "the local cloud ended while it started ({status}): see `{}`, which ends with:\n{output}",
        log.display()
    )]
    Ended { status: String, log: PathBuf, output: String },

    /// MiniStack runs and never answered.
    #[error(
        "the local cloud did not answer on port {port} within {seconds} seconds and was stopped: \
         try again; `{}` ends with:\n{output}",
        log.display()
    )]
    NoAnswer { port: u16, seconds: u64, log: PathBuf, output: String },

    /// A request to it failed.
    #[error("the local cloud on port {port} cannot be {action}: run `provision local stop`")]
    Request { port: u16, action: &'static str, source: io::Error },

    /// It could not be made to end.
    #[error("cannot stop the local cloud, process {process_id}: end that process by hand")]
    Unstoppable { process_id: u32, source: io::Error },
}

impl LocalError {
    /// Returns what makes a failure of the disk into an error of this layer.
    pub(super) fn disk(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> LocalError {
        let path = path.into();
        move |source| LocalError::Disk { action, path, source }
    }
}
