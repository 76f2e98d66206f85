//! The folder in which dependencies are kept: a zip for each key, and for each installation under
//! way a folder of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::super::BundleError;
use super::super::archive::Ready;

/// What the folders of installations under way are called, before a random number.
const WORK: &str = "work-";

/// An installation that has gone on for so long was broken off.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

/// A folder for one installation; it goes when this is dropped.
pub(super) struct Work(PathBuf);

impl Cache {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The zip of a key, if it is there and whole.
    pub(super) fn find(&self, key: &str) -> Option<PathBuf> {
        let path = self.path(key);
        Ready::open(&path).is_ok().then_some(path)
    }

    /// Makes a folder to install in, and removes those that others have left behind.
    pub(super) fn work(&self) -> Result<Work, BundleError> {
        fs::create_dir_all(&self.folder)
            .map_err(BundleError::cache("make the folder", &self.folder))?;
        self.tidy();
        let mut random = [0; 8];
        getrandom::fill(&mut random)
            .map_err(|error| io::Error::other(error.to_string()))
            .map_err(BundleError::cache("make a folder in", &self.folder))?;
        let path = self.folder.join(format!("{WORK}{:016x}", u64::from_le_bytes(random)));
        fs::create_dir(&path).map_err(BundleError::cache("make the folder", &path))?;
        let path = fs::canonicalize(&path).map_err(BundleError::cache("read", &path))?;
        Ok(Work(path))
    }

    /// Puts a zip under its key, whole or not at all, and returns its path.
    ///
    /// What another process has put there meanwhile stays.
    pub(super) fn keep(&self, key: &str, work: &Work, zip: &[u8]) -> Result<PathBuf, BundleError> {
        if let Some(path) = self.find(key) {
            return Ok(path);
        }
        let written = work.0.join("bundle.zip");
        let path = self.path(key);
        fs::write(&written, zip)
            .and_then(|()| fs::rename(&written, &path))
            .map_err(BundleError::cache("write", &path))?;
        Ok(path)
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.zip"))
    }

    /// What cannot be removed is in nobody's way.
    fn tidy(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let is_abandoned = |entry: &fs::DirEntry| {
            let since = entry.metadata().and_then(|about| about.modified()).ok();
            let age = since.and_then(|since| SystemTime::now().duration_since(since).ok());
            entry.file_name().to_string_lossy().starts_with(WORK)
                && age.is_some_and(|age| age > ABANDONED)
        };
        for entry in entries.flatten().filter(is_abandoned) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Work {
    /// Absolute, without symbolic links.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
