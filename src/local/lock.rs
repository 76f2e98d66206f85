//! One process at a time sets up, starts or stops.
//!
//! The operating system's lock on a file, not the file's existence, is what counts: it goes with
//! its holder, however that ends, so that none is ever left over to be taken away from a dead
//! process (which two others could not do at once without taking it from each other). The file
//! stays; in it is the id of the last holder, for messages only.

use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{LocalError, pause};

const POLL: Duration = Duration::from_millis(100);

/// Held until it is dropped, or the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// Waits for its turn; says once for whom.
    pub(super) async fn take(
        path: &Path,
        at_most: Duration,
        progress: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Self, LocalError> {
        let deadline = Instant::now() + at_most;
        let mut told = false;
        loop {
            if let Some(lock) = Self::try_take(path)? {
                return Ok(lock);
            }
            let holder = holder(path);
            if Instant::now() >= deadline {
                let seconds = at_most.as_secs();
                return Err(LocalError::Busy { path: path.to_owned(), holder, seconds });
            }
            if !told {
                let whom = holder.map_or(String::new(), |id| format!(" (process {id})"));
                progress(&format!("Waiting for another provision{whom} that uses the local cloud"));
                told = true;
            }
            pause(POLL).await;
        }
    }

    /// Returns what a child process is given as its standard input to hold the lock with this one:
    /// if this one is killed, nobody else gets a turn until the child has ended too.
    pub(super) fn shared(&self) -> Result<Stdio, LocalError> {
        self.file
            .try_clone()
            .map(Stdio::from)
            .map_err(LocalError::disk("share the lock", &self.path))
    }

    /// Returns `None` if another has it.
    pub(super) fn try_take(path: &Path) -> Result<Option<Self>, LocalError> {
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(LocalError::disk("open", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(LocalError::disk("lock", path)(source)),
        }
        file.set_len(0)
            .and_then(|()| write!(file, "{}", std::process::id()))
            .map_err(LocalError::disk("write", path))?;
        Ok(Some(Self { path: path.to_owned(), file }))
    }
}

/// Returns the id in the file; `None` while its holder has not written it.
fn holder(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
