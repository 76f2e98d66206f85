//! Finds the files of a code folder and where each stands in the zip.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use icu_normalizer::ComposingNormalizerBorrowed;

use super::exclude::Rules;
use super::{BundleError, Entry};

/// Where a file of the zip is read from.
pub(super) struct Source {
    /// The file itself, links resolved.
    pub(super) real: PathBuf,
    /// As the user knows it: below the code's path as given.
    pub(super) shown: PathBuf,
    /// Bytes, when the folder was walked.
    pub(super) size: u64,
    /// By its owner.
    pub(super) executable: bool,
}

impl Source {
    /// The entry that it makes, going by its size when it was found.
    pub(super) fn entry(&self, path: &str) -> Entry {
        Entry { path: path.to_owned(), size: self.size }
    }
}

/// What goes into a zip, by path in the zip, and what of the folder does not.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) files: BTreeMap<String, Source>,
    pub(super) left_out: Vec<String>,
}

/// The most files and folders of a function: a large one of Node.js has some tens of thousands.
const MOST: usize = 100_000;

/// Walks a folder.
pub(super) fn gather(code: &Path, rules: &Rules) -> Result<Tree, BundleError> {
    let root = fs::canonicalize(code).map_err(|source| unreadable(code, source))?;
    let inside = vec![root.clone()];
    let mut walk = Walk { code, rules, root, inside, taken: 0, tree: Tree::default() };
    walk.folder("")?;
    walk.tree.left_out.sort_unstable();
    Ok(walk.tree)
}

/// Takes a single file, which stands at the zip's root under its own name.
pub(super) fn single(code: &Path, about: &Metadata) -> Result<Tree, BundleError> {
    // A path that ends in `..` is a folder, so a file's path always has a name.
    let Some(name) = code.file_name().and_then(|name| name.to_str()) else {
        return Err(BundleError::NotUtf8 { path: code.into() });
    };
    let source = Source {
        real: code.into(),
        shown: code.into(),
        size: about.len(),
        executable: is_executable(about),
    };
    Ok(Tree { files: [(name.to_string(), source)].into(), left_out: Vec::new() })
}

struct Walk<'a> {
    code: &'a Path,
    rules: &'a Rules,
    /// The code folder, links resolved: what a link may not leave.
    root: PathBuf,
    /// The folders being walked, links resolved, the root first: what a link may not lead back to.
    inside: Vec<PathBuf>,
    /// How many files and folders there were so far.
    taken: usize,
    tree: Tree,
}

impl Walk<'_> {
    /// Walks the last folder of `inside`, which is `folder` in the zip (empty, or ending in `/`).
    fn folder(&mut self, folder: &str) -> Result<(), BundleError> {
        let shown = self.code.join(folder);
        let Some(real) = self.inside.last().cloned() else { return Ok(()) };
        let names = names(&shown, &real)?;
        check_normalisation(&shown, names.keys())?;
        for (name, kind) in names {
            let path = format!("{folder}{name}");
            if self.rules.leave_out(folder, &name, kind.is_file()) {
                self.tree.left_out.push(path);
                continue;
            }
            let real = real.join(&name);
            let real = if kind.is_symlink() { self.follow(&path, &real)? } else { real };
            self.take(path, real)?;
        }
        Ok(())
    }

    fn take(&mut self, path: String, real: PathBuf) -> Result<(), BundleError> {
        self.taken += 1;
        if self.taken > MOST {
            return Err(BundleError::TooMany { path: self.code.into(), most: MOST });
        }
        let shown = self.code.join(&path);
        let about = fs::metadata(&real).map_err(|source| unreadable(&shown, source))?;
        if about.is_dir() {
            self.inside.push(real);
            self.folder(&format!("{path}/"))?;
            self.inside.pop();
        } else if about.is_file() {
            let executable = is_executable(&about);
            let source = Source { real, shown, size: about.len(), executable };
            self.tree.files.insert(path, source);
        } else {
            return Err(BundleError::NotAFile { path: shown });
        }
        Ok(())
    }

    /// The end of a symbolic link, and of those that it leads to.
    fn follow(&self, path: &str, real: &Path) -> Result<PathBuf, BundleError> {
        let link = self.code.join(path);
        let target = fs::read_link(real).map_err(|source| unreadable(&link, source))?;
        match fs::canonicalize(real) {
            Err(source) => Err(BundleError::LinkBroken { link, target, source }),
            Ok(end) if !end.starts_with(&self.root) => {
                Err(BundleError::LinkOutside { link, target })
            }
            Ok(end) if self.inside.contains(&end) => Err(BundleError::LinkCycle { link, target }),
            Ok(end) => Ok(end),
        }
    }
}

// Sorted, so that of two errors the same one is reported everywhere.
fn names(shown: &Path, real: &Path) -> Result<BTreeMap<String, FileType>, BundleError> {
    let failed = |source| unreadable(shown, source);
    let mut names = BTreeMap::new();
    let mut not_utf8: Vec<OsString> = Vec::new();
    for entry in fs::read_dir(real).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        match entry.file_name().into_string() {
            Ok(name) => drop(names.insert(name, kind)),
            Err(name) => not_utf8.push(name),
        }
    }
    match not_utf8.iter().min() {
        Some(name) => Err(BundleError::NotUtf8 { path: shown.join(name) }),
        None => Ok(names),
    }
}

// A Mac keeps such names as one file, Linux as two: the zip would depend on where it was made.
fn check_normalisation<'a>(
    folder: &Path,
    names: impl Iterator<Item = &'a String>,
) -> Result<(), BundleError> {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    let mut seen = BTreeMap::new();
    for name in names {
        if let Some(first) = seen.insert(nfc.normalize(name), name) {
            return Err(BundleError::SameName {
                folder: folder.into(),
                first: first.clone(),
                second: name.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_executable(about: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_about: &Metadata) -> bool {
    false
}

fn unreadable(path: &Path, source: io::Error) -> BundleError {
    BundleError::Unreadable { path: path.into(), source }
}
