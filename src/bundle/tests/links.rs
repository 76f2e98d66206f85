use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use super::super::{archive, exclude, tree};
use super::*;

fn linked(link: &str, target: impl Into<PathBuf>) -> TempDir {
    let code = folder(&["app.py", "pkg/mod.py"]);
    symlink(target.into(), code.path().join(link)).unwrap();
    code
}

#[test]
fn links_within_the_folder_are_followed() {
    let code = linked("pkg/again.py", "../app.py");
    symlink("pkg", code.path().join("same")).unwrap();
    let bundle = pack(code.path()).unwrap();
    let all = ["app.py", "pkg/again.py", "pkg/mod.py", "same/again.py", "same/mod.py"];
    assert_eq!(paths(&bundle), all);
    assert_eq!(unzip(&bundle)["same/again.py"].0, b"app.py");
}

#[test]
fn the_code_folder_itself_may_be_a_link() {
    let code = linked("pkg/again.py", "../app.py");
    let elsewhere = TempDir::new().unwrap();
    let link = elsewhere.path().join("code");
    symlink(code.path(), &link).unwrap();
    assert_eq!(pack(&link).unwrap(), pack(code.path()).unwrap());
}

#[test]
fn a_link_out_of_the_folder_is_refused() {
    let outside = folder(&["secret"]);
    let target = outside.path().join("secret");
    let code = linked("pkg/secret", &target);
    let wanted = format!(
        "the symbolic link `CODE/pkg/secret` leads to `{}`, outside the code folder: copy \
         what it points to into the folder",
        target.display()
    );
    assert_eq!(complaint(code.path()), wanted);
}

#[test]
fn a_link_to_a_folder_beside_it_whose_name_starts_alike_is_outside() {
    let above = folder(&["code/app.py", "code-other/x.py"]);
    let code = above.path().join("code");
    symlink("../code-other", code.join("other")).unwrap();
    assert!(matches!(pack(&code), Err(BundleError::LinkOutside { .. })));
}

#[test]
fn a_link_that_is_left_out_is_not_followed() {
    let code = linked(".venv", "/");
    assert_eq!(paths(&pack(code.path()).unwrap()), ["app.py", "pkg/mod.py"]);
}

#[test]
fn a_link_to_a_folder_that_holds_it_is_refused() {
    let code = linked("pkg/up", "..");
    let wanted = "the symbolic link `CODE/pkg/up` leads to `..`, a folder that holds the \
                  link itself: remove it";
    assert_eq!(complaint(code.path()), wanted);
}

#[test]
fn two_folders_that_link_to_each_other_are_refused() {
    let code = folder(&["a/1", "b/2"]);
    symlink("../b", code.path().join("a/b")).unwrap();
    symlink("../a", code.path().join("b/a")).unwrap();
    assert!(matches!(pack(code.path()), Err(BundleError::LinkCycle { .. })));
}

#[test]
fn a_link_to_nothing_or_to_itself_is_refused() {
    for target in ["gone.py", "link"] {
        let code = linked("link", target);
        let error = pack(code.path()).unwrap_err();
        let wanted = format!(
            "the symbolic link `CODE/link` to `{target}` cannot be followed: mend or remove it"
        );
        assert_eq!(text(code.path(), &error), wanted);
        assert!(error.source().is_some());
    }
}

#[test]
fn a_socket_is_refused() {
    let code = folder(&["app.py"]);
    let _listener = UnixListener::bind(code.path().join("pipe")).unwrap();
    let wanted = "`CODE/pipe` is neither a file nor a folder: take it out of the code";
    assert_eq!(complaint(code.path()), wanted);
}

#[test]
fn what_takes_a_files_place_after_the_look_at_it_is_not_read() {
    let code = folder(&["app.py"]);
    let rules = exclude::Rules::of(code.path(), None).unwrap();
    let tree = tree::gather(code.path(), &rules).unwrap();
    let app = code.path().join("app.py");
    fs::remove_file(&app).unwrap();
    let write = || archive::write(code.path(), &tree.files, None).unwrap_err();
    assert!(matches!(write(), BundleError::Unreadable { .. }));
    assert!(std::process::Command::new("mkfifo").arg(&app).status().unwrap().success());
    assert!(matches!(write(), BundleError::NotAFile { .. }), "nobody waits for a pipe");
}

#[test]
fn folders_that_links_multiply_are_refused_before_they_fill_the_machine() {
    let levels: Vec<String> = (0..24).map(|level| format!("l{level}/x.py")).collect();
    let code = folder(&levels.iter().map(String::as_str).collect::<Vec<_>>());
    for level in 0..23 {
        for name in ["one", "other"] {
            let below = format!("../l{}", level + 1);
            symlink(below, code.path().join(format!("l{level}/{name}"))).unwrap();
        }
    }
    assert!(matches!(pack(code.path()), Err(BundleError::TooMany { .. })));
}
