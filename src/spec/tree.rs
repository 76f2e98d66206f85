//! The tree of a stack file: where the files that it names may lie.

use std::path::{Path, PathBuf};

/// The folders in which files that a stack names may lie.
///
/// The nearest folder above the stack file that holds `.git`, else the working directory where the
/// file is in it, else the file's own folder; and those that the command line allows. Symbolic links
/// are resolved: what counts is where a file really is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(Vec<PathBuf>);

impl Tree {
    /// The tree of the file at `stack`, for somebody who works in the folder `here`.
    pub fn of(stack: &Path, here: Option<&Path>, allowed: &[PathBuf]) -> Self {
        let mut folders: Vec<PathBuf> =
            allowed.iter().filter_map(|folder| folder.canonicalize().ok()).collect();
        // A file that is not there names none.
        if let Ok(stack) = stack.canonicalize() {
            let own = stack.parent().unwrap_or(Path::new("/"));
            let repository = stack.ancestors().skip(1).find(|folder| folder.join(".git").exists());
            let here = here.and_then(|here| here.canonicalize().ok());
            let here = here.filter(|here| stack.starts_with(here));
            folders.push(repository.map(Path::to_owned).or(here).unwrap_or(own.to_owned()));
        }
        Self(folders)
    }

    /// Whether a file lies in it; one that is not there lies nowhere else.
    pub fn holds(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else { return true };
        self.0.iter().any(|folder| path.starts_with(folder))
    }
}

/// What is said of a file that lies elsewhere.
pub const OUTSIDE: &str =
    "the tree is the repository, else the working directory; `--allow-path` allows more";
