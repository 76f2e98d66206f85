use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::{Bundle, BundleError, Measure, pack, pack_within};

#[cfg(unix)]
mod links;
mod property;

/// Contents and executable bit by path.
pub(super) type Files = BTreeMap<String, (Vec<u8>, bool)>;

const GOLDEN: &[(&str, &str, bool)] = &[
    ("app.py", "def handler(event, context):\n    return {'statusCode': 200}\n", false),
    ("bin/run.sh", "#!/bin/sh\nexec python3 -m app\n", true),
    ("pkg/__init__.py", "", false),
    ("pkg/data.txt", "to be or not to be, that is the question whether to be or not\n", false),
    ("pkg.py", "NAME = 'é'\n", false),
    ("ünïcode.txt", "x\n", false),
];

fn files(listed: &[(&str, &str, bool)]) -> Files {
    let file = |&(path, text, executable): &(&str, &str, bool)| {
        (path.to_string(), (text.as_bytes().to_vec(), executable))
    };
    listed.iter().map(file).collect()
}

fn put(root: &Path, path: &str, content: &[u8], mode: u32, modified: SystemTime) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    File::options().append(true).open(&path).unwrap().set_modified(modified).unwrap();
    set_mode(&path, mode);
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) {}

fn folder(listed: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for path in listed {
        put(folder.path(), path, path.as_bytes(), 0o644, SystemTime::now());
    }
    folder
}

/// Lays the files out as a careful umask and an old checkout would.
fn strictly(files: &Files) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, (content, executable)) in files {
        let mode = if *executable { 0o700 } else { 0o600 };
        put(folder.path(), path, content, mode, SystemTime::UNIX_EPOCH);
    }
    folder
}

/// Lays the files out the other way round, under an open umask, now, with rubbish beside them.
fn loosely(files: &Files) -> TempDir {
    let folder = TempDir::with_prefix("elsewhere").unwrap();
    let soon = SystemTime::now() + Duration::from_secs(3600);
    put(folder.path(), "__pycache__/app.pyc", b"rubbish", 0o777, soon);
    for (path, (content, executable)) in files.iter().rev() {
        let mode = if *executable { 0o777 } else { 0o676 };
        put(folder.path(), path, content, mode, soon);
    }
    folder
}

fn paths(bundle: &Bundle) -> Vec<&str> {
    bundle.entries.iter().map(|entry| entry.path.as_str()).collect()
}

pub(super) fn unzip(bundle: &Bundle) -> Files {
    let mut zip = zip::ZipArchive::new(Cursor::new(&bundle.zip)).unwrap();
    let mut files = Files::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        let mode = file.unix_mode().unwrap();
        assert!(matches!(mode, 0o100644 | 0o100755), "{mode:o}");
        assert!(file.extra_data().is_none_or(|extra| extra.is_empty()));
        assert_eq!(file.last_modified(), Some(zip::DateTime::DEFAULT));
        files.insert(file.name().unwrap().into_owned(), (content, mode == 0o100755));
    }
    files
}

/// The error, with the code's own folder written as `CODE`.
fn complaint(code: &Path) -> String {
    text(code, &pack(code).unwrap_err())
}

fn text(code: &Path, error: &BundleError) -> String {
    error.to_string().replace(&code.display().to_string(), "CODE")
}

#[cfg(unix)]
#[test]
fn the_bytes_are_the_same_on_every_machine() {
    let mut tree = files(GOLDEN);
    // Enough for the compressor's window to slide and its matches to differ.
    let numbers: String = (0..40_000_u64).map(|n| format!("{}\n", n * n % 9973)).collect();
    tree.insert("numbers.txt".into(), (numbers.into_bytes(), false));
    let bundle = pack(strictly(&tree).path()).unwrap();
    // Changes with the compressor, its level or the zip's layout; every function that was
    // deployed before is then uploaded once more, so it belongs in the changelog.
    assert_eq!(bundle.sha256, "fhC9oeWZ4meNqSy2bR63TLg/KQLBqrdvGzzO2B7EXic=");
}

#[test]
fn entries_are_sorted_by_the_bytes_of_their_paths() {
    let bundle = pack(loosely(&files(GOLDEN)).path()).unwrap();
    let mut sorted: Vec<_> = GOLDEN.iter().map(|(path, ..)| *path).collect();
    sorted.sort_by_key(|path| path.as_bytes());
    assert_eq!(paths(&bundle), sorted);
    assert_eq!(sorted[2], "pkg.py", "a dot sorts before a slash");
    assert!(bundle.has("pkg/data.txt"));
    assert!(!bundle.has("pkg"));
    let sum: usize = GOLDEN.iter().map(|(_, text, _)| text.len()).sum();
    assert_eq!(bundle.unzipped_bytes, sum as u64);
}

#[test]
fn what_is_left_out_is_told() {
    let code = folder(&["app.py", "lib/a.pyc", "tests/deep/test_a.py", "test_app.py", ".git/HEAD"]);
    let bundle = pack(code.path()).unwrap();
    assert_eq!(paths(&bundle), ["app.py"]);
    assert_eq!(bundle.left_out, [".git", "lib/a.pyc", "test_app.py", "tests"]);
}

#[test]
fn a_single_file_stands_at_the_root_even_where_a_folder_would_leave_it_out() {
    let code = folder(&["deep/test_app.py"]);
    let bundle = pack(&code.path().join("deep/test_app.py")).unwrap();
    assert_eq!(paths(&bundle), ["test_app.py"]);
}

#[test]
fn a_ready_zip_is_taken_as_it_is() {
    let code = folder(&["b.py", "pkg/a.py"]);
    let made = code.path().join("made.ZIP");
    let mut writer = zip::ZipWriter::new(File::create(&made).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("z.py", options).unwrap();
    writer.add_directory("pkg", options).unwrap();
    writer.start_file("pkg/tests.pyc", options).unwrap();
    writer.finish().unwrap();
    let bundle = pack(&made).unwrap();
    assert_eq!(bundle.zip, fs::read(&made).unwrap());
    assert_eq!(paths(&bundle), ["pkg/tests.pyc", "z.py"]);
    assert!(bundle.has("z.py"));
}

#[test]
fn a_zip_that_is_none_is_refused() {
    let code = folder(&["made.zip"]);
    let made = code.path().join("made.zip");
    assert_eq!(complaint(&made), "`CODE` is not a zip that can be read: make it again");
}

#[test]
fn a_missing_path_is_named_as_given() {
    let error = pack(Path::new("no/such/../code")).unwrap_err();
    let wanted = "there is no code at `no/such/../code`: write the path of a folder, a file or a \
                  .zip";
    assert_eq!(error.to_string(), wanted);
    let code = folder(&["app.py"]);
    assert!(matches!(pack(&code.path().join("app.py/x")), Err(BundleError::Missing { .. })));
}

#[cfg(unix)]
#[test]
fn a_path_that_cannot_be_read_carries_the_cause() {
    let error = pack(Path::new("a\0b")).unwrap_err();
    assert!(matches!(error, BundleError::Unreadable { .. }), "{error:?}");
    assert!(error.source().is_some());
}

#[test]
fn an_empty_folder_is_refused() {
    let code = folder(&[]);
    let wanted = "`CODE` holds no file to upload: put the function's code there";
    assert_eq!(complaint(code.path()), wanted);
    let code = folder(&["test_a.py", "a.pyc"]);
    let wanted = "`CODE` holds no file to upload, only what is left out: a.pyc, test_a.py";
    assert_eq!(complaint(code.path()), wanted);
}

#[test]
fn an_empty_zip_is_refused() {
    let code = folder(&[]);
    let made = code.path().join("made.zip");
    zip::ZipWriter::new(File::create(&made).unwrap()).finish().unwrap();
    assert!(matches!(pack(&made), Err(BundleError::Empty { .. })));
}

#[test]
fn too_much_unzipped_is_refused_before_it_is_read() {
    let code = folder(&["a/1", "a/22", "a/333", "a/4444", "b/55555", "b/666666"]);
    // A hole: it takes no room on the disk, and reading it would take seconds.
    File::create(code.path().join("data.bin")).unwrap().set_len(262_144_001).unwrap();
    let wanted = "`CODE` is 262144034 bytes unzipped, more than the 262144000 that AWS Lambda \
                  takes; the largest folders are\
                  \n  a/ (18 bytes)\n  b/ (15 bytes)\
                  \nthe largest files are\
                  \n  data.bin (262144001 bytes)\n  b/666666 (8 bytes)\n  b/55555 (7 bytes)\
                  \n  a/4444 (6 bytes)\n  a/333 (5 bytes)\
                  \ntake out what the function does not need, or move it to a layer";
    assert_eq!(complaint(code.path()), wanted);
}

#[test]
fn too_much_zipped_for_a_request_is_told_with_what_makes_it_large() {
    let code = folder(&["app.py", "lib/b.py", "lib/deep/c.py", "other/d.py"]);
    let bundle = pack(code.path()).unwrap();
    let size = bundle.zip.len() as u64;
    assert!(bundle.is_direct() && bundle.check_zipped(code.path(), size).is_ok());
    match bundle.check_zipped(code.path(), size - 1).unwrap_err() {
        BundleError::TooLarge { measure, bytes, limit, folders, largest, .. } => {
            assert_eq!((measure, bytes, limit), (Measure::Zipped, size, size - 1));
            let names: Vec<&str> = folders.iter().map(|folder| folder.path.as_str()).collect();
            assert_eq!((names, largest.len()), (vec!["lib/", "other/"], 4));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn too_much_unzipped_is_refused_for_a_folder_and_for_a_ready_zip() {
    let code = folder(&["only/app.py", "only/b.py"]);
    let (made, only) = (code.path().join("made.zip"), code.path().join("only"));
    fs::write(&made, pack(&only).unwrap().zip).unwrap();
    for path in [&made, &only] {
        assert!(pack_within(path, None, None, 20).is_ok());
        let error = pack_within(path, None, None, 19).unwrap_err();
        assert!(matches!(error, BundleError::TooLarge { measure: Measure::Unzipped, .. }));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf8_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let code = folder(&["app.py"]);
    let odd = code.path().join(OsStr::from_bytes(b"a\xffb.py"));
    fs::write(&odd, "").unwrap();
    let wanted = "the name \"CODE/a\\xFFb.py\" is not UTF-8: rename it";
    assert_eq!(complaint(code.path()), wanted);
    assert!(matches!(pack(&odd), Err(BundleError::NotUtf8 { .. })));
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_differ_by_normalisation_alone_are_refused() {
    let code = folder(&["pkg/\u{e9}/a.py", "pkg/e\u{301}/b.py"]);
    let wanted = "`CODE/pkg/` holds two names that differ only by Unicode normalisation, \
                  \"e\\u{301}\" and \"\\u{e9}\": rename one";
    assert_eq!(complaint(code.path()), wanted);
}
