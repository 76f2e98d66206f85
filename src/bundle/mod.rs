//! A function's code and its dependencies as a zip that depends on the code alone: the same paths,
//! contents and executable bits give the same bytes on any machine, so that a plan can tell from
//! AWS's `CodeSha256` whether there is anything to upload.
//!
//! Imports no other layer, prints nothing, and writes nothing but installed dependencies, to a
//! folder of the cache ([`Installer`]).

mod archive;
mod dependencies;
mod error;
mod exclude;
mod file;
mod handler;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

pub use dependencies::{Dependencies, Installed, Installer};
pub use error::{BundleError, Measure};

use archive::Ready;
use exclude::Rules;

/// A function's code, ready to upload.
#[derive(Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The zip's bytes.
    pub zip: Vec<u8>,
    /// Base64 of the SHA-256 of `zip`: what AWS reports as `CodeSha256`.
    pub sha256: String,
    /// The files in the zip, sorted by the bytes of their paths.
    pub entries: Vec<Entry>,
    /// The sum of the files' sizes before compression.
    pub unzipped_bytes: u64,
    /// What the code folder holds and the zip does not, sorted: paths as in `entries`; a folder
    /// stands for all that is in it.
    pub left_out: Vec<String>,
}

/// A file in a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative to the root of the code, with `/` between its parts.
    pub path: String,
    /// Bytes before compression.
    pub size: u64,
}

/// The most bytes of a zip that AWS Lambda takes in a request; a larger one goes through S3.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const DIRECT: u64 = 52_428_800;

/// The most bytes of code that AWS Lambda takes, before compression.
const UNZIPPED: u64 = 262_144_000;

/// Packs a folder, a single file, or takes a ready `.zip` as it is.
///
/// Of a folder is left out: `.git`, `.DS_Store`, `.npmrc`, `__pycache__/`, `.pytest_cache/`,
/// `.venv/`, `node_modules/.cache/` and `*.pyc` anywhere; at its root also `venv/`, `tests/`,
/// `__tests__/`, `test_*.py`, `*_test.py`, `*.test.js` and `*.test.mjs`. A `.provisionignore` at
/// its root, with the patterns of a `.gitignore`, leaves out more, or with `!` less. A file or zip
/// given by its own path is never left out. Symbolic links are followed within the folder.
///
/// Files are 0644, or 0755 where their owner may execute them; a platform without that bit
/// counts no file as executable.
///
/// # Errors
///
/// See [`BundleError`]; of several things wrong, the first in the order of paths.
pub fn pack(code: &Path) -> Result<Bundle, BundleError> {
    pack_within(code, None, None, UNZIPPED)
}

/// Packs as [`pack`] does, with a folder's dependencies beside its own files.
///
/// Where both have a file of one path, the folder's own goes in. A `node_modules/` at the
/// folder's root is left out where dependencies were installed in its place.
///
/// # Errors
///
/// As [`pack`]; and what was installed cannot be read any more.
pub fn pack_with(code: &Path, installed: &Installed) -> Result<Bundle, BundleError> {
    pack_within(code, installed.in_place_of, Some(&installed.zip), UNZIPPED)
}

/// Packs what would be packed beside dependencies, without them.
///
/// # Errors
///
/// As [`pack`].
pub fn pack_without(code: &Path, dependencies: &Dependencies) -> Result<Bundle, BundleError> {
    pack_within(code, dependencies.in_place_of(), None, UNZIPPED)
}

/// `replaced` is left out at the root, and what is in the zip `installed` packed with the rest.
fn pack_within(
    code: &Path,
    replaced: Option<&'static str>,
    installed: Option<&Path>,
    unzipped: u64,
) -> Result<Bundle, BundleError> {
    let about = fs::metadata(code).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            BundleError::Missing { path: code.into() }
        }
        _ => BundleError::Unreadable { path: code.into(), source },
    })?;
    if about.is_dir() {
        let rules = Rules::of(code, replaced)?;
        let ready = installed.map(Ready::open).transpose()?;
        pack_tree(code, tree::gather(code, &rules)?, ready, unzipped)
    } else if !about.is_file() {
        Err(BundleError::NotAFile { path: code.into() })
    } else if code.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) {
        take_ready(code, unzipped)
    } else {
        pack_tree(code, tree::single(code, &about)?, None, unzipped)
    }
}

fn pack_tree(
    code: &Path,
    tree: tree::Tree,
    mut ready: Option<Ready>,
    unzipped: u64,
) -> Result<Bundle, BundleError> {
    let tree::Tree { files, left_out } = tree;
    if files.is_empty() {
        return Err(BundleError::Empty { path: code.into(), left_out });
    }
    if let Some(ready) = &mut ready {
        ready.give_way(&files);
    }
    let own = files.iter().map(|(path, file)| file.entry(path));
    let sizes: Vec<Entry> = own.chain(ready.iter().flat_map(Ready::entries)).collect();
    // Before any file is read: a forgotten data set should not cost minutes.
    check(code, Measure::Unzipped, unzipped_bytes(&sizes), unzipped, &sizes)?;
    let (zip, entries) = archive::write(code, &files, ready.as_mut())?;
    check(code, Measure::Unzipped, unzipped_bytes(&entries), unzipped, &entries)?;
    Ok(Bundle::of(zip, entries, left_out))
}

fn take_ready(path: &Path, unzipped: u64) -> Result<Bundle, BundleError> {
    let entries = archive::list(path)?;
    if entries.is_empty() {
        return Err(BundleError::Empty { path: path.into(), left_out: Vec::new() });
    }
    // Before it is read into memory.
    check(path, Measure::Unzipped, unzipped_bytes(&entries), unzipped, &entries)?;
    // What a zip says of its sizes may be a lie: a bomb is found by unpacking it to nowhere.
    let entries = archive::measured(path, unzipped)?;
    check(path, Measure::Unzipped, unzipped_bytes(&entries), unzipped, &entries)?;
    let zip = file::read(path, 2 * UNZIPPED)?
        .ok_or_else(|| BundleError::Missing { path: path.into() })?;
    Ok(Bundle::of(zip, entries, Vec::new()))
}

impl Bundle {
    fn of(zip: Vec<u8>, entries: Vec<Entry>, left_out: Vec<String>) -> Self {
        let sha256 = STANDARD.encode(Sha256::digest(&zip));
        let unzipped_bytes = unzipped_bytes(&entries);
        Bundle { zip, sha256, entries, unzipped_bytes, left_out }
    }

    /// Whether the zip goes to Lambda in a request; a larger one goes through S3.
    pub fn is_direct(&self) -> bool {
        self.zip.len() as u64 <= DIRECT
    }

    /// Holds the zip of the code at `path` against a limit, as [`DIRECT`].
    ///
    /// # Errors
    ///
    /// [`BundleError::TooLarge`], with what makes it so.
    pub fn check_zipped(&self, path: &Path, limit: u64) -> Result<(), BundleError> {
        check(path, Measure::Zipped, self.zip.len() as u64, limit, &self.entries)
    }

    /// Whether a file is in the bundle, by its exact path.
    pub fn has(&self, path: &str) -> bool {
        self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).is_ok()
    }

    /// The files in which a handler could be defined, where the bundle holds none of them.
    ///
    /// `None`: the handler's file is there, or cannot be checked (a runtime other than
    /// `python*` and `nodejs*`; an absolute path, which lies in a layer). An empty list: the
    /// handler is not of the form `file.function`. Code that a layer brings is not seen, so this
    /// says nothing about a function with layers.
    pub fn missing_handler(&self, runtime: &str, handler: &str) -> Option<Vec<String>> {
        handler::missing(self, runtime, handler)
    }
}

impl fmt::Debug for Bundle {
    // The zip may be 50 MB: its length says enough.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bundle { zip, sha256, entries, unzipped_bytes, left_out } = self;
        f.debug_struct("Bundle")
            .field("zipped_bytes", &zip.len())
            .field("sha256", sha256)
            .field("entries", entries)
            .field("unzipped_bytes", unzipped_bytes)
            .field("left_out", left_out)
            .finish()
    }
}

// Saturating, because a ready zip may declare any sizes.
fn unzipped_bytes(entries: &[Entry]) -> u64 {
    entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.size))
}

fn check(
    path: &Path,
    measure: Measure,
    bytes: u64,
    limit: u64,
    entries: &[Entry],
) -> Result<(), BundleError> {
    if bytes <= limit {
        return Ok(());
    }
    let mut largest = entries.to_vec();
    largest.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.path.cmp(&b.path)));
    largest.truncate(5);
    let folders = largest_folders(entries);
    Err(BundleError::TooLarge { path: path.into(), measure, bytes, limit, folders, largest })
}

/// The folders at the root that hold most, the largest first; at most five.
fn largest_folders(entries: &[Entry]) -> Vec<Entry> {
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in entries {
        if let Some((folder, _)) = entry.path.split_once('/') {
            let size = sizes.entry(folder).or_default();
            *size = size.saturating_add(entry.size);
        }
    }
    let entry = |(folder, size)| Entry { path: format!("{folder}/"), size };
    let mut folders: Vec<Entry> = sizes.into_iter().map(entry).collect();
    // The sort is stable: folders of one size stay in the order of their names.
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.size));
    folders.truncate(5);
    folders
}
