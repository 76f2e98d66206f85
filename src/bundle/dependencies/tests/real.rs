//! The package managers of this machine, without a network.

use std::ffi::OsString;

use super::*;

/// Writes a wheel: files by path, and what it needs.
fn wheel(folder: &Path, name: &str, tag: &str, files: &[(&str, &str)], needs: &[&str]) {
    let about = format!("{name}-1.0.dist-info");
    let needs: String = needs.iter().map(|need| format!("Requires-Dist: {need}\n")).collect();
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}");
    let is_pure = tag.ends_with("any");
    let form = format!("Wheel-Version: 1.0\nRoot-Is-Purelib: {is_pure}\nTag: {tag}\n");
    let mut all: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    all.push((format!("{about}/METADATA"), metadata));
    all.push((format!("{about}/WHEEL"), form));
    let mut record: String = all.iter().map(|(path, _)| format!("{path},,\n")).collect();
    record += &format!("{about}/RECORD,,\n");
    all.push((format!("{about}/RECORD"), record));
    let file = File::create(folder.join(format!("{name}-1.0-{tag}.whl"))).unwrap();
    let mut zip = zip::ZipWriter::new(file);
    for (path, text) in all {
        let mode = if path.ends_with(".so") { 0o755 } else { 0o644 };
        let options = zip::write::SimpleFileOptions::default().unix_permissions(mode);
        zip.start_file(path, options).unwrap();
        std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

fn installer(bench: &Bench, variables: &[(&str, &Path)]) -> Installer {
    let variables =
        variables.iter().map(|(name, value)| (OsString::from(name), value.as_os_str().to_owned()));
    Installer::new(&bench.path("cache"), variables.collect())
}

/// A bench whose wheels pip finds in a folder, and nowhere else.
fn with_wheels() -> Bench {
    let bench = Bench::new();
    bench.put("code/app.py", "import lib\n");
    bench.put("code/requirements.txt", "lib==1.0\n");
    let wheels = bench.path("wheels");
    fs::create_dir(&wheels).unwrap();
    let files = [
        ("space/lib/__init__.py", ""),
        ("lib-1.0.dist-info/entry_points.txt", "[console_scripts]\nlib = space.lib:main\n"),
        ("lib-1.0.data/headers/lib.h", "\n"),
        ("lib-1.0.data/data/share/lib.txt", "data\n"),
    ];
    // No Python that could run pip here is a 3.13.0 on another processor than its own.
    let needs =
        ["native", "absent ; python_full_version != '3.13.0'", "absent ; sys_platform == 'win32'"];
    wheel(&wheels, "lib", "py3-none-any", &files, &needs);
    for (tag, text) in [
        ("cp313-cp313-manylinux_2_28_x86_64", "intel"),
        ("cp313-cp313-manylinux_2_28_aarch64", "arm"),
        ("cp313-cp313-manylinux_2_35_x86_64", "too new"),
        ("cp313-cp313-manylinux_2_17_x86_64", "older"),
        ("cp312-cp312-manylinux_2_34_x86_64", "another Python"),
        ("cp313-cp313-macosx_11_0_arm64", "mac"),
    ] {
        wheel(&wheels, "native", tag, &[("native.so", text)], &[]);
    }
    bench
}

async fn bundle_with(bench: &Bench, path: Option<&Path>, architecture: &str) -> Bundle {
    let (wheels, one, cache) = (bench.path("wheels"), Path::new("1"), bench.path("uv"));
    let mut variables = vec![
        ("PIP_FIND_LINKS", wheels.as_path()),
        ("PIP_NO_INDEX", one),
        ("PIP_NO_CACHE_DIR", one),
        ("PIP_CONFIG_FILE", Path::new("/dev/null")),
        ("UV_FIND_LINKS", wheels.as_path()),
        ("UV_NO_INDEX", one),
        ("UV_CACHE_DIR", cache.as_path()),
    ];
    variables.extend(path.map(|path| ("PATH", path)));
    let code = bench.path("code");
    let needs = Dependencies::of(&code, "python3.13", architecture, &|_| true).unwrap().unwrap();
    let installed = installer(bench, &variables).install(&needs).await.unwrap();
    pack_with(&code, &installed).unwrap()
}

#[tokio::test]
async fn pip_installs_wheels_of_the_functions_machine_and_not_of_this_one() {
    let bench = with_wheels();
    let intel = bundle_with(&bench, None, "x86_64").await;
    assert_eq!(
        paths(&intel),
        [
            "app.py",
            "lib-1.0.dist-info/METADATA",
            "lib-1.0.dist-info/RECORD",
            "lib-1.0.dist-info/WHEEL",
            "lib-1.0.dist-info/entry_points.txt",
            "native-1.0.dist-info/METADATA",
            "native-1.0.dist-info/RECORD",
            "native-1.0.dist-info/WHEEL",
            "native.so",
            "requirements.txt",
            "share/lib.txt",
            "space/lib/__init__.py",
        ]
    );
    let found = texts(&intel);
    assert_eq!(found["native.so +x"], "intel");
    let record = &found["lib-1.0.dist-info/RECORD"];
    let listed: Vec<&str> = record.lines().filter_map(|row| row.split(',').next()).collect();
    let mut wanted: Vec<&str> =
        paths(&intel).into_iter().filter(|path| path.contains("lib")).collect();
    wanted.sort_unstable();
    assert_eq!(listed, wanted);
    assert_eq!(texts(&bundle_with(&bench, None, "arm64").await)["native.so +x"], "arm");
}

#[tokio::test]
async fn pip_makes_the_same_bytes_in_another_place_under_another_umask() {
    let (one, other) = (with_wheels(), with_wheels());
    let real = "umask 077; PYTHONDONTWRITEBYTECODE= PATH=$OUTER exec python3 \"$@\"";
    let outer = std::env::join_paths(std::env::split_paths(&path())).unwrap();
    let outer = outer.to_str().unwrap();
    other.tool("python3", &real.replace("$OUTER", &format!("'{outer}'")));
    let strict = bundle_with(&other, Some(&other.path("bin")), "x86_64").await;
    assert_eq!(bundle_with(&one, None, "x86_64").await, strict);
}

#[tokio::test]
async fn npm_installs_an_archive_as_a_lock_file_says() {
    let bench = Bench::new();
    bench.put("lib/package.json", r#"{ "name": "lib", "version": "1.0.0", "bin": "index.js" }"#);
    bench.put("lib/index.js", "#!/usr/bin/env node\nmodule.exports = 1;\n");
    bench.put("code/index.mjs", "import 'lib';\n");
    bench.put(
        "code/package.json",
        r#"{ "name": "fn", "dependencies": { "lib": "file:lib-1.0.0.tgz" }, "devDependencies": { "gone": "1.0.0" } }"#,
    );
    let npm = |folder: &str, arguments: &[&str]| {
        let output = Command::new("npm")
            .args(arguments)
            .env("npm_config_cache", bench.path("npm"))
            .env("npm_config_offline", "true")
            .current_dir(bench.path(folder))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    npm("lib", &["pack", "--pack-destination", bench.path("code").to_str().unwrap()]);
    // The developer's package is not to be had here: a lock file that names it serves all the same.
    let integrity = integrity(&bench.path("code/lib-1.0.0.tgz"));
    bench.put(
        "code/package-lock.json",
        &format!(
            r#"{{ "name": "fn", "lockfileVersion": 3, "requires": true, "packages": {{
                "": {{ "name": "fn", "dependencies": {{ "lib": "file:lib-1.0.0.tgz" }},
                       "devDependencies": {{ "gone": "1.0.0" }} }},
                "node_modules/gone": {{ "version": "1.0.0", "dev": true,
                    "resolved": "https://registry.npmjs.org/gone/-/gone-1.0.0.tgz" }},
                "node_modules/lib": {{ "version": "1.0.0", "resolved": "file:lib-1.0.0.tgz",
                    "integrity": "{integrity}", "bin": {{ "lib": "index.js" }} }} }} }}"#
        ),
    );
    let (cache, yes) = (bench.path("npm"), Path::new("true"));
    let variables = [("npm_config_cache", cache.as_path()), ("npm_config_offline", yes)];
    let needs = bench.needs("nodejs22.x");
    let installed = installer(&bench, &variables).install(&needs).await.unwrap();
    let bundle = pack_with(&bench.path("code"), &installed).unwrap();
    assert_eq!(
        paths(&bundle),
        [
            "index.mjs",
            "lib-1.0.0.tgz",
            "node_modules/lib/index.js",
            "node_modules/lib/package.json",
            "package-lock.json",
            "package.json",
        ]
    );
}

fn integrity(path: &Path) -> String {
    use base64::Engine as _;
    let digest = sha2::Sha512::digest(fs::read(path).unwrap());
    format!("sha512-{}", base64::engine::general_purpose::STANDARD.encode(digest))
}

#[expect(clippy::disallowed_methods, reason = "a stand-in for a program has to find the real one")]
fn path() -> String {
    std::env::var("PATH").unwrap()
}
