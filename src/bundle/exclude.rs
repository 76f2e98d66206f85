//! What of a code folder never goes into a bundle: what no function needs, and what the folder's
//! own `.provisionignore` says. Decided by path alone.

use std::io;
use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{BundleError, file};

/// The name of the file, at the root of the code, that says what else is left out, or is not:
/// with the patterns of a `.gitignore`.
const IGNORE_FILE: &str = ".provisionignore";

/// Left out wherever they are: no runtime reads them. `.git` may be a file, in a work tree, and
/// `.npmrc` may hold the token of a registry.
const ANYWHERE: &[&str] = &[".git", ".DS_Store", ".npmrc"];
const FOLDERS_ANYWHERE: &[&str] = &["__pycache__", ".pytest_cache", ".venv"];

/// Left out at the root of the code only. Packages installed beside the code have modules that
/// look like tests and are not (SciPy imports its `stats/_bws_test.py`), or folders of these
/// names: without them the function would fail when it runs, whereas a test too many does no harm.
const FOLDERS_AT_ROOT: &[&str] = &["venv", "tests", "__tests__"];

/// What is left out of a folder.
pub(super) enum Rules {
    /// Nothing: what a package manager installed belongs to the package.
    None,
    /// Of a code folder.
    Code {
        /// The folder's own patterns.
        patterns: Gitignore,
        /// The folder at the root in whose place dependencies were installed.
        replaced: Option<&'static str>,
    },
}

impl Rules {
    /// The rules of a code folder.
    ///
    /// # Errors
    ///
    /// Its `.provisionignore` cannot be read, or a line of it is no pattern.
    pub(super) fn of(code: &Path, replaced: Option<&'static str>) -> Result<Self, BundleError> {
        let path = code.join(IGNORE_FILE);
        let bytes = file::read(&path, file::MOST)?.unwrap_or_default();
        let text = String::from_utf8(bytes).map_err(|error| BundleError::Unreadable {
            path: path.clone(),
            source: io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()),
        })?;
        let wrong = |line, reason: ignore::Error| BundleError::NotAPattern {
            path: path.clone(),
            line,
            reason: reason.to_string(),
        };
        let mut patterns = GitignoreBuilder::new("");
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            patterns.add_line(None, line).map_err(|reason| wrong(index + 1, reason))?;
        }
        let patterns = patterns.build().map_err(|reason| wrong(0, reason))?;
        Ok(Rules::Code { patterns, replaced })
    }

    /// Whether `name`, in `folder` (empty for the root, else ending in `/`), is left out.
    ///
    /// The folder's own patterns have the last word, but for what dependencies were installed in
    /// place of. A symbolic link is not a plain file: `.venv` may well be a link out of the code.
    pub(super) fn leave_out(&self, folder: &str, name: &str, plain_file: bool) -> bool {
        let Rules::Code { patterns, replaced } = self else { return false };
        let at_root = folder.is_empty();
        if at_root && (Some(name) == *replaced || name == IGNORE_FILE) {
            return true;
        }
        match patterns.matched(format!("{folder}{name}"), !plain_file) {
            Match::Ignore(_) => true,
            Match::Whitelist(_) => false,
            Match::None => is_left_out(folder, name, plain_file),
        }
    }
}

fn is_left_out(folder: &str, name: &str, plain_file: bool) -> bool {
    let at_root = folder.is_empty();
    let as_folder = FOLDERS_ANYWHERE.contains(&name)
        || at_root && FOLDERS_AT_ROOT.contains(&name)
        || name == ".cache" && (folder == "node_modules/" || folder.ends_with("/node_modules/"));
    ANYWHERE.contains(&name)
        || !plain_file && as_folder
        // Bytecode carries the time of its source, and so would change the zip for nothing.
        || name.ends_with(".pyc")
        || at_root && is_test_file(name)
}

fn is_test_file(name: &str) -> bool {
    match name.strip_suffix(".py") {
        Some(module) => module.starts_with("test_") || module.ends_with("_test"),
        None => name.ends_with(".test.js") || name.ends_with(".test.mjs"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Whether a folder with this `.provisionignore` leaves a path out; a folder's ends in `/`.
    fn leaves_out(patterns: &str, path: &str) -> bool {
        let code = tempfile::tempdir().unwrap();
        fs::write(code.path().join(IGNORE_FILE), patterns).unwrap();
        let rules = Rules::of(code.path(), None).unwrap();
        let (path, is_file) = match path.strip_suffix('/') {
            Some(folder) => (folder, false),
            None => (path, true),
        };
        let name_at = path.rfind('/').map_or(0, |slash| slash + 1);
        rules.leave_out(&path[..name_at], &path[name_at..], is_file)
    }

    #[test]
    fn a_folder_says_what_else_is_left_out() {
        let patterns = "# notes\n\n*.md\n/data\ndocs/\npkg/*.sql\n!KEEP.md\nend\\ \n";
        for path in ["README.md", "pkg/notes.md", "data", "data/", "pkg/docs/", "pkg/a.sql", "end "]
        {
            assert!(leaves_out(patterns, path), "{path}");
        }
        for path in ["app.py", "KEEP.md", "pkg/data", "docs", "pkg/deep/a.sql", "# notes"] {
            assert!(!leaves_out(patterns, path), "{path}");
        }
        assert!(leaves_out("\u{feff}*.md\r\n", "a.md"), "as a Windows editor writes it");
        assert!(leaves_out("", IGNORE_FILE) && leaves_out("!.*", IGNORE_FILE), "the file itself");
    }

    #[test]
    fn a_folder_can_take_back_what_is_left_out_otherwise() {
        let patterns = "!tests/\n!test_app.py\n!*.pyc\n!.npmrc\n";
        for path in ["tests/", "test_app.py", "pkg/mod.pyc", ".npmrc"] {
            assert!(!leaves_out(patterns, path), "{path}");
            assert!(leaves_out("", path), "{path}");
        }
        assert!(leaves_out(patterns, "test_other.py"));
    }

    #[test]
    fn what_dependencies_are_installed_in_place_of_stays_out() {
        let code = tempfile::tempdir().unwrap();
        fs::write(code.path().join(IGNORE_FILE), "!node_modules/\n").unwrap();
        let rules = Rules::of(code.path(), Some("node_modules")).unwrap();
        assert!(rules.leave_out("", "node_modules", false));
        assert!(!rules.leave_out("web/", "node_modules", false));
        assert!(!Rules::None.leave_out("", "tests", false));
    }

    #[test]
    fn a_line_that_is_no_pattern_is_named() {
        let code = tempfile::tempdir().unwrap();
        fs::write(code.path().join(IGNORE_FILE), "ok\n{a,b\n").unwrap();
        let error = Rules::of(code.path(), None).err().unwrap().to_string();
        assert!(error.contains(".provisionignore`, line 2: error parsing glob '{a,b'"), "{error}");
    }

    #[test]
    fn caches_repositories_and_environments_are_left_out() {
        for (folder, name) in [
            ("", "__pycache__"),
            ("pkg/", "__pycache__"),
            ("", ".git"),
            ("vendor/lib/", ".git"),
            ("pkg/", ".DS_Store"),
            ("", ".pytest_cache"),
            ("pkg/", ".venv"),
            ("", ".npmrc"),
            ("", "venv"),
            ("node_modules/", ".cache"),
            ("web/node_modules/", ".cache"),
            ("pkg/", "mod.cpython-313.pyc"),
        ] {
            assert!(is_left_out(folder, name, false), "{folder}{name}");
        }
    }

    #[test]
    fn tests_are_left_out_at_the_root() {
        for name in ["test_app.py", "app_test.py", "index.test.js", "index.test.mjs"] {
            assert!(is_left_out("", name, true), "{name}");
        }
        for name in ["tests", "__tests__"] {
            assert!(is_left_out("", name, false), "{name}");
        }
    }

    #[test]
    fn what_only_resembles_them_is_kept() {
        for (folder, name) in [
            ("scipy/stats/", "_bws_test.py"),
            ("pkg/", "test_app.py"),
            ("pkg/", "tests"),
            ("pkg/", "venv"),
            ("lib/", ".cache"),
            ("my_node_modules/", ".cache"),
            ("", ".gitignore"),
            ("", "test.py"),
            ("", "testing.py"),
            ("", "contest.py"),
            ("", "test_data.json"),
            ("", "index.js"),
        ] {
            assert!(!is_left_out(folder, name, false), "{folder}{name}");
        }
        assert!(!is_left_out("", "tests", true), "a plain file is no folder of tests");
    }
}
