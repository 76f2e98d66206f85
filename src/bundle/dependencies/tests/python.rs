use super::*;

#[tokio::test]
async fn pip_installs_for_the_functions_runtime_and_processor() {
    let bench = Bench::python("lib==1.0\n");
    bench.install("python3.13").await.unwrap();
    let code = bench.path("code");
    let old = Dependencies::of(&code, "python3.11", "arm64", &|_| true).unwrap().unwrap();
    bench.installer().install(&old).await.unwrap();
    let [new, old] = bench.calls().try_into().unwrap();
    assert_eq!(
        old,
        "pip 3.11 aarch64 install --requirement requirements.txt --only-binary=:all: \
         --implementation cp --python-version 3.11 --no-compile --no-input --quiet \
         --disable-pip-version-check --progress-bar off --target INTO \
         --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64"
    );
    assert!(new.starts_with("pip 3.13 x86_64 install "), "{new}");
    assert!(new.contains("--python-version 3.13 "), "{new}");
    let platforms: Vec<&str> = new.split(" --platform ").skip(1).collect();
    assert_eq!(platforms[0], "manylinux_2_34_x86_64", "Amazon Linux 2023");
    assert_eq!(platforms[1], "manylinux_2_33_x86_64", "the newest first");
    let before = ["manylinux_2_5", "manylinux2014", "manylinux2010", "manylinux1"];
    assert_eq!(platforms[29..], before.map(|name| format!("{name}_x86_64")));
}

#[tokio::test]
async fn uv_takes_the_place_of_a_pip_that_is_missing() {
    for python in [None, Some("exit 1")] {
        let bench = Bench::python("lib==1.0\n");
        fs::remove_file(bench.path("bin/python3")).unwrap();
        if let Some(script) = python {
            bench.tool("python3", script);
        }
        bench.tool("uv", UV);
        assert!(bench.bundle("python3.13").await.has("lib/__init__.py"));
        bench.bundle("python3.11").await;
        let [new, old] = bench.calls().try_into().unwrap();
        assert_eq!(
            new,
            "uv pip install --requirement requirements.txt --only-binary :all: --python-version \
             3.13 --python-platform x86_64-manylinux_2_34 --no-compile --no-progress --quiet \
             --link-mode copy --target INTO"
        );
        assert!(old.contains("--python-platform x86_64-manylinux2014 "), "{old}");
    }
}

#[tokio::test]
async fn where_nothing_installs_packages_it_says_what_to_install() {
    let bench = Bench::python("lib==1.0\n");
    fs::remove_file(bench.path("bin/python3")).unwrap();
    let said = bench.complaint("python3.13").await;
    let wanted = "installing `HERE/code/requirements.txt` takes pip, and there is neither a \
                  `python3` with pip nor `uv` on the path: install ";
    assert!(said.starts_with(wanted), "{said}");
}

#[test]
fn what_names_no_package_installs_nothing() {
    let bench = Bench::new();
    let code = bench.path("code");
    let of = |runtime| Dependencies::of(&code, runtime, "x86_64", &|_| true).unwrap();
    assert_eq!(of("python3.13"), None);
    for text in
        ["", "\n \n", "# lib\n", "\u{feff}# lib\r\n", "--index-url https://x/\n", "-c c.txt\n"]
    {
        bench.put("code/c.txt", "lib==1\n");
        bench.put("code/requirements.txt", text);
        assert_eq!(of("python3.13"), None, "{text:?}");
    }
    bench.put("code/requirements.txt", "-r c.txt\n");
    assert!(of("python3.13").is_some());
    for runtime in ["nodejs22.x", "java21", "provided.al2023", "ruby3.4"] {
        assert_eq!(of(runtime), None, "{runtime}");
    }
    bench.put("code/app.py", "");
    let file = code.join("app.py");
    assert_eq!(
        Dependencies::of(&file, "python3.13", "x86_64", &|_| true).unwrap(),
        None,
        "a single file"
    );
}

#[tokio::test]
async fn what_depends_on_the_installing_machine_is_left_out() {
    let bench = Bench::python("lib==1.0\n");
    for (path, text) in [
        ("bin/lib", "#!/home/me/venv/bin/python\n"),
        ("bin/native", "\u{7f}ELF"),
        ("bin/conf.py", "A = 1\n"),
        ("include/python/lib/lib.h", ""),
        (".lock", ""),
        ("lib/__pycache__/__init__.cpython-311.pyc", ""),
        ("lib/.hidden", ""),
        ("lib-1.0.dist-info/INSTALLER", "pip\n"),
        ("lib-1.0.dist-info/REQUESTED", ""),
        ("lib-1.0.dist-info/direct_url.json", "{}"),
        ("lib-1.0.dist-info/METADATA", "Name: lib\n"),
        ("lib-1.0.dist-info/entry_points.txt", ""),
        (
            "lib-1.0.dist-info/RECORD",
            "lib/__init__.py,sha256=b,0\r\n../../bin/lib,sha256=a,9\r\n../../bin/native,sha256=n,4\r\n\
             \"lib/a, \"\"b\"\".txt\",sha256=c,1\r\nlib-1.0.dist-info/INSTALLER,sha256=d,4\r\n\
             lib/__pycache__/__init__.cpython-311.pyc,,\r\nlib-1.0.dist-info/RECORD,,\r\n",
        ),
        ("lib/a, \"b\".txt", "1"),
    ] {
        bench.put(&format!("packages/{path}"), text);
    }
    let bundle = bench.bundle("python3.13").await;
    assert_eq!(
        paths(&bundle),
        [
            "app.py",
            "bin/conf.py",
            "bin/native",
            "lib-1.0.dist-info/METADATA",
            "lib-1.0.dist-info/RECORD",
            "lib-1.0.dist-info/entry_points.txt",
            "lib/.hidden",
            "lib/__init__.py",
            "lib/a, \"b\".txt",
            "requirements.txt",
        ]
    );
    assert_eq!(
        texts(&bundle)["lib-1.0.dist-info/RECORD"],
        "\"lib/a, \"\"b\"\".txt\",sha256=c,1\nbin/native,sha256=n,4\nlib-1.0.dist-info/RECORD,,\n\
         lib/__init__.py,sha256=b,0\n"
    );
    let record = bundle.entries.iter().find(|entry| entry.path.ends_with("RECORD")).unwrap();
    assert_eq!(record.size, texts(&bundle)["lib-1.0.dist-info/RECORD"].len() as u64);
}

#[tokio::test]
async fn a_package_named_include_is_a_package() {
    let bench = Bench::python("include==1.0\n");
    bench.put("packages/include/__init__.py", "");
    assert!(bench.bundle("python3.13").await.has("include/__init__.py"));
}

#[tokio::test]
async fn the_same_packages_make_the_same_bytes_wherever_they_are_installed() {
    let numbers: String = (0..20_000_u64).map(|n| format!("{}\n", n * n % 9973)).collect();
    let mut bundles = Vec::new();
    for (mode, installer, rows) in
        [(0o600, "pip", ["a.so", "b.py"]), (0o666, "uv", ["b.py", "a.so"])]
    {
        let bench = Bench::python("lib==1.0\n");
        bench.put("packages/lib/a.so", &numbers);
        bench.put("packages/lib/b.py", "1\n");
        bench.put("packages/bin/lib", &format!("#!/{installer}/python\n"));
        bench.put("packages/lib-1.0.dist-info/INSTALLER", installer);
        let record = rows.map(|row| format!("lib/{row},sha256=a,1\n")).concat();
        bench.put("packages/lib-1.0.dist-info/RECORD", &record);
        for (path, bits) in [("packages/lib/a.so", 0o111), ("packages/lib/b.py", 0)] {
            let bits = fs::Permissions::from_mode(mode | bits & (mode >> 2));
            touch(
                &bench.path(path),
                if installer == "uv" { long_ago() } else { SystemTime::now() },
            );
            fs::set_permissions(bench.path(path), bits).unwrap();
        }
        bundles.push(bench.bundle("python3.13").await);
    }
    assert_eq!(bundles[0], bundles[1]);
    assert_eq!(bundles[0].entries.len(), 6);
    assert!(texts(&bundles[0]).contains_key("lib/a.so +x"));
}

#[tokio::test]
async fn a_failure_says_what_pip_said_without_credentials() {
    let bench = Bench::python("lib==1.0\n");
    let script = "[ $# = 2 ] && exit 0
        for line in 1 2 3 4 5 6 7 8 9 10 11; do echo \"line $line\" >&2; done
        printf 'at https://me:secret@host/x\\n\\n' >&2; printf '\\033[31mERROR: no\\033[0m\\n' >&2; exit 7";
    bench.tool("python3", script);
    let said = bench.complaint("python3.13").await;
    let wanted = "pip cannot install what `HERE/code/requirements.txt` names (exit status: 7): \
                  check it, and the connection to the index or registry; pip said:\n  line 2\n";
    assert!(said.starts_with(wanted), "{said}");
    assert!(said.ends_with("\n  line 11\n  at https://***@host/x\n  [31mERROR: no[0m"), "{said}");
}

#[tokio::test]
async fn a_package_without_a_wheel_is_named() {
    let pip = "[ $# = 2 ] && exit 0
        echo 'ERROR: Could not find a version that satisfies the requirement old==1 (from versions: none)' >&2
        echo 'ERROR: No matching distribution found for old==1' >&2; exit 1";
    let bench = Bench::python("old==1\n");
    bench.tool("python3", pip);
    insta::assert_snapshot!(bench.complaint("python3.13").await, @r"
    pip finds no `old==1` that comes as a wheel for python3.13 on x86_64: correct the name or the version, choose a version that has a wheel, or put the package's own code into the code folder; pip said:
      ERROR: Could not find a version that satisfies the requirement old==1 (from versions: none)
      ERROR: No matching distribution found for old==1
    ");
    // The same where there is no connection.
    bench.tool(
        "python3",
        &pip.replacen("echo", "echo 'WARNING: Retrying (Retry(total=0' >&2; echo", 1),
    );
    assert!(bench.complaint("python3.13").await.contains("the connection to the index"));

    fs::remove_file(bench.path("bin/python3")).unwrap();
    bench.tool("uv", "echo 'hint: Wheels are required for `old` because building' >&2; exit 1");
    assert!(
        bench.complaint("python3.13").await.starts_with("uv finds no `old` that comes as a wheel")
    );
}

#[test]
fn what_would_be_built_here_is_refused() {
    let bench = Bench::new();
    for wanted in [
        "git+https://host/lib.git@v1",
        "lib @ git+ssh://git@host/lib",
        "./lib",
        "../lib-1.0.tar.gz",
        "lib-1.0.zip",
        "lib@https://host/lib-1.0.tar.gz#sha256=ab ; python_version > '3'",
    ] {
        bench.put("code/requirements.txt", &format!("a==1\n{wanted}\n"));
        let said = bench.refusal("python3.13");
        assert!(said.contains("in `HERE/code/requirements.txt` would be built"), "{said}");
    }
    for editable in ["-e .", "--editable=./lib", "-e./lib", "--no-binary lib"] {
        bench.put("code/base.txt", editable);
        bench.put("code/requirements.txt", "--requirement base.txt");
        let said = bench.refusal("python3.13");
        assert!(said.contains("in `HERE/code/base.txt` would be built"), "{said}");
    }
    bench.put("code/requirements.txt", "lib @ https://me:secret@host/lib-1.0.tar.gz\n");
    let said = bench.refusal("python3.13");
    assert!(said.starts_with("`lib @ https://***@host/lib-1.0.tar.gz` in "), "{said}");
}

#[test]
fn a_file_that_is_included_and_missing_is_named() {
    let bench = Bench::new();
    bench.put("code/requirements.txt", "-r base.txt\n");
    assert_eq!(bench.refusal("python3.13"), "cannot read `HERE/code/base.txt`");
    // Round in a circle is for pip to say.
    bench.put("code/base.txt", "-r requirements.txt\nlib\n");
    assert!(
        Dependencies::of(&bench.path("code"), "python3.13", "x86_64", &|_| true).unwrap().is_some()
    );
}

#[tokio::test]
async fn versions_that_nothing_gives_are_told_when_they_are_chosen() {
    let bench = Bench::python(
        "Pinned_One[extra] == 1.0 ; python_version > '3' # why\nopen>=2\n-c limits.txt\n\
         hashed==3 \\\n  --hash=sha256:ab\nstarred==4.*\n\
         direct @ https://host/direct-5-py3-none-any.whl\nhttps://host/url_one-6-py3-none-any.whl\n",
    );
    bench.put("code/limits.txt", "limited===7\n");
    for about in [
        "pinned_one-1.0",
        "open-2.1",
        "limited-7",
        "hashed-3",
        "starred-4.2",
        "direct-5",
        "url_one-6",
        "Brought.Along-8",
    ] {
        bench.put(&format!("packages/{about}.dist-info/METADATA"), "");
    }
    let notes = bench.install("python3.13").await.unwrap().notes;
    assert_eq!(
        notes,
        ["`requirements.txt` does not say which version of each package to install, so another \
         machine may pack others; what was installed here: brought-along==8, open==2.1, \
         starred==4.2"]
    );
    assert_eq!(bench.install("python3.13").await.unwrap().notes, Vec::<String>::new());
}
