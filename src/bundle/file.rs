//! Opens files that others have put there. Never a pipe or a device: reading them may never end, and
//! one may take a file's place between the look at it and the reading.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

use super::BundleError;

/// The largest file that is read whole, but for packages: a lock file is a few megabytes.
pub(super) const MOST: u64 = 32 * 1024 * 1024;

/// Opens a file for reading.
///
/// # Errors
///
/// It is not there, may not be read, or is something else than a file.
pub(super) fn open(path: &Path) -> Result<File, BundleError> {
    let unreadable = |source| BundleError::Unreadable { path: path.into(), source };
    // Opening a pipe would wait for somebody who writes to it.
    let mut options = OpenOptions::new();
    let options = options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let file = options.open(path).map_err(unreadable)?;
    match file.metadata().map_err(unreadable)?.is_file() {
        true => Ok(file),
        false => Err(BundleError::NotAFile { path: path.into() }),
    }
}

/// Reads a file whole; `None` where there is none.
///
/// # Errors
///
/// As [`open`]; more than `most` bytes.
pub(super) fn read(path: &Path, most: u64) -> Result<Option<Vec<u8>>, BundleError> {
    let file = match open(path) {
        Err(BundleError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        other => other?,
    };
    let unreadable = |source| BundleError::Unreadable { path: path.into(), source };
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 > most {
        true => Err(unreadable(io::Error::other(format!("it is larger than {most} bytes")))),
        false => Ok(Some(bytes)),
    }
}
