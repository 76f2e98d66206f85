//! What never goes into a bundle, decided by path alone.

/// Left out wherever they are: no runtime reads them. `.git` may be a file, in a work tree.
const ANYWHERE: &[&str] = &[".git", ".DS_Store"];
const FOLDERS_ANYWHERE: &[&str] = &["__pycache__", ".pytest_cache", ".venv"];

/// Left out at the root of the code only. Packages installed beside the code have modules that
/// look like tests and are not (SciPy imports its `stats/_bws_test.py`), or folders of these
/// names: without them the function would fail when it runs, whereas a test too many does no harm.
const FOLDERS_AT_ROOT: &[&str] = &["venv", "tests", "__tests__"];

/// Whether `name`, in `folder` (empty for the root, else ending in `/`), is left out.
///
/// A symbolic link is not a plain file: `.venv` may well be a link out of the code.
pub(super) fn is_left_out(folder: &str, name: &str, plain_file: bool) -> bool {
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
    use super::*;

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
