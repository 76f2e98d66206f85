//! Where the local cloud keeps its files: `local/` in the cache folder.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::LocalError;

/// The folder `local/`, as an absolute path without symbolic links, so that a command line found
/// later can be compared with it.
#[derive(Debug)]
pub(super) struct Places {
    local: PathBuf,
}

impl Places {
    /// Makes the folders.
    pub(super) fn made(cache: &Path) -> Result<Self, LocalError> {
        let local = cache.join("local");
        let run = local.join("run");
        fs::create_dir_all(&run).map_err(LocalError::disk("make the folder", &local))?;
        // What runs there keeps functions with their environments in it.
        fs::set_permissions(&run, Permissions::from_mode(0o700))
            .map_err(LocalError::disk("keep others from", &run))?;
        let local = fs::canonicalize(&local).map_err(LocalError::disk("read", local))?;
        Ok(Self { local })
    }

    /// Returns `None` if there is no such folder: nothing was ever set up.
    pub(super) fn existing(cache: &Path) -> Result<Option<Self>, LocalError> {
        let run = cache.join("local").join("run");
        if !run.try_exists().map_err(LocalError::disk("read", run))? {
            return Ok(None);
        }
        Self::made(cache).map(Some)
    }

    pub(super) fn local(&self) -> &Path {
        &self.local
    }

    /// The virtual environment.
    pub(super) fn environment(&self, version: &str) -> PathBuf {
        self.local.join(format!("ministack-{version}"))
    }

    /// The file that is written last into a virtual environment.
    pub(super) fn ready(&self, version: &str) -> PathBuf {
        self.environment(version).join("ready")
    }

    pub(super) fn python(&self, version: &str) -> PathBuf {
        self.environment(version).join("bin").join("python")
    }

    /// What is to be installed into a virtual environment, as pip and uv read it.
    pub(super) fn requirements(&self, version: &str) -> PathBuf {
        self.environment(version).join("requirements.txt")
    }

    /// MiniStack's own program, by whose path its process is known again.
    pub(super) fn program(&self, version: &str) -> PathBuf {
        self.environment(version).join("bin").join("ministack")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.local.join("lock")
    }

    pub(super) fn run(&self) -> PathBuf {
        self.local.join("run")
    }

    pub(super) fn state(&self) -> PathBuf {
        self.run().join("running.json")
    }

    pub(super) fn log(&self) -> PathBuf {
        log_in(&self.run())
    }

    /// The folder for temporary files: MiniStack leaves some behind when it ends.
    pub(super) fn temporary(&self) -> PathBuf {
        self.run().join("temporary")
    }
}

/// Returns the log file in the folder of a running local cloud.
pub(super) fn log_in(run: &Path) -> PathBuf {
    run.join("ministack.log")
}

/// Removes a folder with all that is in it; one that is not there is fine.
pub(super) fn remove_folder(path: &Path) -> Result<(), LocalError> {
    gone_is_fine(fs::remove_dir_all(path)).map_err(LocalError::disk("remove", path))
}

/// Takes "there is no such file" for success.
pub(super) fn gone_is_fine(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Returns the last lines of an output, without the empty ones.
pub(super) fn last_lines(output: &[u8]) -> String {
    const LINES: usize = 15;
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
