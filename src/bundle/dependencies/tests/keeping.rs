//! What is installed is kept, whole, and not installed again.

use super::*;

#[tokio::test]
async fn what_was_installed_is_not_installed_again() {
    let bench = Bench::python("lib==1.0\n");
    assert_eq!(bench.installer().find(&bench.needs("python3.13")), None);
    let first = bench.bundle("python3.13").await;
    assert!(bench.installer().find(&bench.needs("python3.13")).is_some());
    bench.put("packages/lib/__init__.py", "another\n");
    let second = bench.bundle("python3.13").await;
    assert_eq!(bench.calls().len(), 1);
    assert_eq!(first, second);
    assert_eq!(paths(&first), ["app.py", "lib/__init__.py", "requirements.txt"]);
}

#[tokio::test]
async fn whatever_decides_what_is_installed_installs_again() {
    let bench = Bench::python("-r more/base.txt\n-c limits.txt\n./lib-1.0-py3-none-any.whl\n");
    let code = bench.path("code");
    bench.put("code/more/base.txt", "-r other.txt\n");
    bench.put("code/more/other.txt", "a==1\n");
    bench.put("code/limits.txt", "b<2\n");
    bench.put("code/lib-1.0-py3-none-any.whl", "a wheel");
    let key = || bench.needs("python3.13").key().to_owned();
    let mut keys = vec![key(), bench.needs("python3.12").key().to_owned()];
    keys.push(
        Dependencies::of(&code, "python3.13", "arm64", &|_| true)
            .unwrap()
            .unwrap()
            .key()
            .to_owned(),
    );
    for (path, text) in [
        ("code/more/base.txt", "-rother.txt\nc==1\n"),
        ("code/more/other.txt", "a==2\n"),
        ("code/limits.txt", "b<3\n"),
        ("code/lib-1.0-py3-none-any.whl", "another wheel"),
    ] {
        bench.put(path, text);
        keys.push(key());
    }
    let distinct: std::collections::BTreeSet<&String> = keys.iter().collect();
    assert_eq!(distinct.len(), 7, "{keys:?}");
    // But neither another folder nor its other files.
    let before = key();
    bench.put("code/app.py", "changed\n");
    let moved = bench.path("moved");
    fs::rename(&code, &moved).unwrap();
    let there = Dependencies::of(&moved, "python3.13", "x86_64", &|_| true).unwrap().unwrap();
    assert_eq!(there.key(), before);
}

#[tokio::test]
async fn an_installation_that_fails_leaves_nothing() {
    let bench = Bench::python("lib==1.0\n");
    bench.tool("python3", &format!("{PIP}\nexit 1"));
    assert!(bench.install("python3.13").await.is_err());
    assert_eq!(bench.kept(), Vec::<String>::new());
    bench.tool("python3", PIP);
    assert!(bench.bundle("python3.13").await.has("lib/__init__.py"));
    assert_eq!(bench.kept(), ["*.zip"]);
}

#[tokio::test]
async fn an_installation_that_is_broken_off_is_no_installation() {
    let bench = Bench::python("lib==1.0\n");
    bench.tool("python3", &format!("{PIP}\n[ $# = 0 ] && exec /bin/sleep 60"));
    let broken_off =
        tokio::time::timeout(Duration::from_secs(2), bench.install("python3.13")).await;
    assert!(broken_off.is_err());
    assert_eq!(bench.kept(), Vec::<String>::new(), "given up within the program");

    // As one leaves it that is killed itself: today's may still be under way.
    bench.put("cache/dependencies/work-old/lib/half.py", "");
    bench.put("cache/dependencies/work-new/lib/half.py", "");
    touch(&bench.path("cache/dependencies/work-old"), long_ago());
    bench.tool("python3", PIP);
    assert!(bench.bundle("python3.13").await.has("lib/__init__.py"));
    let mut kept = bench.kept();
    kept.sort();
    assert_eq!(kept, ["*.zip", "work-new"]);
}

#[tokio::test]
async fn what_is_damaged_is_installed_again() {
    let bench = Bench::python("lib==1.0\n");
    let installed = bench.install("python3.13").await.unwrap();
    let whole = fs::read(&installed.zip).unwrap();
    fs::write(&installed.zip, &whole[..whole.len() / 2]).unwrap();
    assert!(bench.bundle("python3.13").await.has("lib/__init__.py"));
    assert_eq!(bench.calls().len(), 2);
}

#[tokio::test]
async fn two_can_install_the_same_at_once() {
    let bench = Bench::python("lib==1.0\n");
    let (one, other) = tokio::join!(bench.bundle("python3.13"), bench.bundle("python3.13"));
    assert_eq!(one, other);
    assert_eq!(bench.kept(), ["*.zip"]);
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_is_named() {
    let bench = Bench::python("lib==1.0\n");
    fs::remove_dir(bench.path("cache")).unwrap();
    bench.put("cache", "a file");
    let wanted = "cannot make the folder `HERE/cache/dependencies`: check its permissions, or set \
                  PROVISION_CACHE_DIR to another folder";
    assert_eq!(bench.complaint("python3.13").await, wanted);
}

#[tokio::test]
async fn the_codes_own_files_come_first() {
    let bench = Bench::python("lib==1.0\n");
    bench.put("code/lib/own.py", "own\n");
    bench.put("code/six.py", "own\n");
    bench.put("code/plain", "own\n");
    bench.put("code/folder/own.py", "own\n");
    bench.put("packages/six.py", "installed\n");
    bench.put("packages/plain/mod.py", "installed\n");
    bench.put("packages/folder", "installed\n");
    bench.put("packages/folder.py", "installed\n");
    let texts = texts(&bench.bundle("python3.13").await);
    let found: Vec<_> = texts.iter().map(|(path, text)| (path.as_str(), text.trim())).collect();
    assert_eq!(
        found,
        [
            ("app.py", "import lib"),
            ("folder.py", "installed"),
            ("folder/own.py", "own"),
            ("lib/__init__.py", ""),
            ("lib/own.py", "own"),
            ("plain", "own"),
            ("requirements.txt", "lib==1.0"),
            ("six.py", "own"),
        ]
    );
}

#[tokio::test]
async fn what_the_code_leaves_out_is_not_taken_from_its_packages() {
    let bench = Bench::python("lib==1.0\n");
    bench.put("code/.provisionignore", "docs/\nrequirements.txt\n");
    bench.put("code/docs/a.md", "");
    for path in ["lib/docs/__init__.py", "tests/__init__.py", "test_lib.py"] {
        bench.put(&format!("packages/{path}"), "");
    }
    let bundle = bench.bundle("python3.13").await;
    let wanted =
        ["app.py", "lib/__init__.py", "lib/docs/__init__.py", "test_lib.py", "tests/__init__.py"];
    assert_eq!(paths(&bundle), wanted);
    assert_eq!(bundle.left_out, [".provisionignore", "docs", "requirements.txt"]);
}

#[tokio::test]
async fn packages_beyond_what_lambda_takes_are_refused_before_they_are_packed() {
    let bench = Bench::python("lib==1.0\n");
    File::create(bench.path("packages/lib/data.bin")).unwrap().set_len(262_144_001).unwrap();
    let said = bench.complaint("python3.13").await;
    assert!(said.contains("more than the 262144000 that AWS Lambda takes"), "{said}");
    assert!(said.contains("lib/data.bin"), "{said}");
}
