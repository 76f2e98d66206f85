use super::*;

const PACKAGE: &str = r#"{ "type": "module", "dependencies": { "lib": "1.0.0" } }"#;

#[tokio::test]
async fn a_lock_file_is_followed_to_the_letter() {
    let bench = Bench::node(PACKAGE);
    bench.put("code/package-lock.json", "{}");
    let installed = bench.install("nodejs22.x").await.unwrap();
    assert_eq!(installed.notes, Vec::<String>::new());
    let arm =
        Dependencies::of(&bench.path("code"), "nodejs22.x", "arm64", &|_| true).unwrap().unwrap();
    bench.installer().install(&arm).await.unwrap();
    let [intel, arm] = bench.calls().try_into().unwrap();
    assert_eq!(
        intel,
        "npm ci --omit=dev --ignore-scripts --bin-links=false --os=linux --cpu=x64 --libc=glibc \
         --no-audit --no-fund --no-update-notifier --no-progress | package-lock.json package.json"
    );
    assert_eq!(arm, intel.replace("x64", "arm64"));
}

#[tokio::test]
async fn without_a_lock_file_the_versions_are_npms_choice_and_that_is_told() {
    let bench = Bench::node(PACKAGE);
    bench.put("code/yarn.lock", "");
    let installed = bench.install("nodejs22.x").await.unwrap();
    let wanted = "`package.json` has no `package-lock.json` beside it (`yarn.lock` is not read), \
                  so another machine may pack other versions: `npm install` writes one";
    assert_eq!(installed.notes, [wanted]);
    assert!(bench.calls()[0].starts_with("npm install --omit=dev "), "{:?}", bench.calls());
}

#[tokio::test]
async fn the_developers_own_modules_are_not_packed() {
    let bench = Bench::node(PACKAGE);
    bench.put("code/node_modules/dev-tool/index.js", "");
    bench.put("code/web/node_modules/part/index.js", "");
    bench.put("code/.npmrc", "//registry.example/:_authToken=secret\n");
    bench.put("packages/.package-lock.json", "{}");
    let bundle = bench.bundle("nodejs22.x").await;
    let wanted = [
        "index.mjs",
        "node_modules/lib/index.js",
        "package.json",
        "web/node_modules/part/index.js",
    ];
    assert_eq!(paths(&bundle), wanted);
    assert_eq!(bundle.left_out, [".npmrc", "node_modules"]);
    let own = pack_without(&bench.path("code"), &bench.needs("nodejs22.x")).unwrap();
    assert_eq!(paths(&own), ["index.mjs", "package.json", "web/node_modules/part/index.js"]);
    assert!(bench.calls()[0].ends_with("| package.json .npmrc"), "{:?}", bench.calls());
}

#[test]
fn what_names_no_package_installs_nothing() {
    let bench = Bench::new();
    let of = |runtime| Dependencies::of(&bench.path("code"), runtime, "x86_64", &|_| true).unwrap();
    assert_eq!(of("nodejs22.x"), None);
    for text in [
        "{}",
        r#"{ "type": "module" }"#,
        r#"{ "dependencies": {} }"#,
        r#"{ "devDependencies": { "vitest": "1" } }"#,
    ] {
        bench.put("code/package.json", text);
        assert_eq!(of("nodejs22.x"), None, "{text}");
    }
    bench.put("code/package.json", r#"{ "optionalDependencies": { "lib": "1" } }"#);
    assert!(of("nodejs22.x").is_some());
    assert_eq!(of("python3.13"), None);
    bench.put("code/index.mjs", "");
    let file = bench.path("code/index.mjs");
    assert_eq!(
        Dependencies::of(&file, "nodejs22.x", "x86_64", &|_| true).unwrap(),
        None,
        "a single file"
    );
}

#[tokio::test]
async fn modules_are_packed_as_they_are_where_none_is_named() {
    let bench = Bench::node("{}");
    bench.put("code/node_modules/lib/index.js", "");
    let bundle = super::super::super::pack(&bench.path("code")).unwrap();
    assert!(bundle.has("node_modules/lib/index.js"));
}

#[tokio::test]
async fn optional_packages_that_are_all_for_other_systems_are_nothing() {
    let bench = Bench::node(r#"{ "optionalDependencies": { "fsevents": "2.3.3" } }"#);
    bench.tool("npm", "exit 0");
    assert_eq!(paths(&bench.bundle("nodejs22.x").await), ["index.mjs", "package.json"]);
}

#[tokio::test]
async fn an_archive_in_the_code_folder_is_handed_to_npm() {
    let bench =
        Bench::node(r#"{ "dependencies": { "a": "file:./vendor/a.tgz", "b": "./b.tgz" } }"#);
    bench.put("code/vendor/a.tgz", "one");
    bench.put("code/b.tgz", "b");
    bench.install("nodejs22.x").await.unwrap();
    assert!(bench.calls()[0].ends_with("| b.tgz package.json vendor/a.tgz"), "{:?}", bench.calls());
    let before = bench.needs("nodejs22.x");
    bench.put("code/vendor/a.tgz", "two");
    assert_ne!(bench.needs("nodejs22.x").key(), before.key());
}

#[test]
fn another_file_or_folder_is_refused() {
    let bench = Bench::new();
    bench.put("a.tgz", "");
    bench.put("code/folder/package.json", "");
    for wanted in
        ["file:../a.tgz", "../a.tgz", "file:folder", "./gone.tgz", "link:folder", "file:/a.tgz"]
    {
        bench.put("code/package.json", &format!(r#"{{ "dependencies": {{ "a": "{wanted}" }} }}"#));
        let said = bench.refusal("nodejs22.x");
        let beginning = format!("`a` in `HERE/code/package.json` is `{wanted}`: ");
        assert!(said.starts_with(&beginning), "{said}");
    }
}

#[test]
fn a_package_json_that_is_none_is_refused() {
    let bench = Bench::new();
    for (text, reason) in [("{", "EOF"), ("[]", "no JSON object")] {
        bench.put("code/package.json", text);
        let said = bench.refusal("nodejs22.x");
        assert!(said.starts_with("`HERE/code/package.json` is not what npm expects: "), "{said}");
        assert!(said.contains(reason), "{said}");
    }
}

#[tokio::test]
async fn a_missing_npm_and_its_failure_are_told() {
    let bench = Bench::node(PACKAGE);
    bench.tool("npm", "echo 'npm error code EUSAGE' >&2; exit 1");
    assert_eq!(
        bench.complaint("nodejs22.x").await,
        "npm cannot install what `HERE/code/package.json` names (exit status: 1): check it, and the \
         connection to the index or registry; npm said:\n  npm error code EUSAGE"
    );
    fs::remove_file(bench.path("bin/npm")).unwrap();
    let said = bench.complaint("nodejs22.x").await;
    assert!(said.contains("takes `npm`, and there is none on the path"), "{said}");
}
