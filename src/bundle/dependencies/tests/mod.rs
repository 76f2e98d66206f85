use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::super::{Bundle, pack_with, pack_without};
use super::*;

mod keeping;
mod node;
mod python;
mod real;

/// A code folder, a cache, and package managers that are shell scripts.
struct Bench {
    folder: TempDir,
}

/// A pip that writes down its arguments, and puts down the files of `packages`.
const PIP: &str = r#"
[ $# = 2 ] && exit 0
shift 2
echo "pip $*" >> ../calls
while [ $# != 0 ]; do [ "$1" = --target ] && into=$2; shift; done
/bin/cp -R ../packages/. "$into""#;

const UV: &str = r#"
echo "uv $*" >> ../calls
while [ $# != 0 ]; do [ "$1" = --target ] && into=$2; shift; done
/bin/cp -R ../packages/. "$into""#;

/// An npm that writes down its arguments and the files that it sees, and puts down those of
/// `packages`.
const NPM: &str = r#"
for file in * .[a-z]* */*; do [ -f "$file" ] && saw="$saw $file"; done
echo "npm $* |$saw" >> HERE/calls
/bin/mkdir node_modules
/bin/cp -R HERE/packages/. node_modules"#;

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: TempDir::new().unwrap() };
        for folder in ["bin", "code", "cache", "packages"] {
            fs::create_dir(bench.path(folder)).unwrap();
        }
        bench
    }

    /// With a pip, a function and requirements.
    fn python(requirements: &str) -> Self {
        let bench = Self::new();
        bench.tool("python3", PIP);
        bench.put("code/app.py", "import lib\n");
        bench.put("code/requirements.txt", requirements);
        bench.put("packages/lib/__init__.py", "");
        bench
    }

    /// With an npm, a function and a project.
    fn node(package: &str) -> Self {
        let bench = Self::new();
        bench.tool("npm", &NPM.replace("HERE", bench.folder.path().to_str().unwrap()));
        bench.put("code/index.mjs", "import 'lib';\n");
        bench.put("code/package.json", package);
        bench.put("packages/lib/index.js", "");
        bench
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn tool(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        // Written by another process: a file that is open for writing in this one could be handed
        // to a program that another test starts, and then not be executed.
        let written = Command::new("sh")
            .args(["-c", "printf '#!/bin/sh%s\n' \"$1\" > \"$0\""])
            .args([path.as_os_str(), format!("\n{script}").as_ref()])
            .status();
        assert!(written.unwrap().success());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn installer(&self) -> Installer {
        Installer::new(&self.path("cache"), vec![("PATH".into(), self.path("bin").into())])
    }

    fn needs(&self, runtime: &str) -> Dependencies {
        Dependencies::of(&self.path("code"), runtime, "x86_64", &|_| true)
            .unwrap()
            .expect("packages")
    }

    async fn install(&self, runtime: &str) -> Result<Installed, BundleError> {
        self.installer().install(&self.needs(runtime)).await
    }

    async fn bundle(&self, runtime: &str) -> Bundle {
        let installed = self.install(runtime).await.unwrap();
        pack_with(&self.path("code"), &installed).unwrap()
    }

    /// The error, with the folder written as `HERE`.
    async fn complaint(&self, runtime: &str) -> String {
        self.shown(self.install(runtime).await.unwrap_err())
    }

    /// Why there is nothing to install.
    fn refusal(&self, runtime: &str) -> String {
        self.shown(Dependencies::of(&self.path("code"), runtime, "x86_64", &|_| true).unwrap_err())
    }

    fn shown(&self, error: BundleError) -> String {
        error.to_string().replace(self.folder.path().to_str().unwrap(), "HERE")
    }

    /// The calls of package managers, with the folder that they install into written as `INTO`.
    fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("calls")).unwrap_or_default();
        let hide = |word: &str| if word.contains("/work-") { "INTO".into() } else { word.into() };
        let line = |line: &str| line.split(' ').map(hide).collect::<Vec<String>>().join(" ");
        text.lines().map(line).collect()
    }

    /// What is in the cache, without the names' random parts.
    fn kept(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("cache/dependencies")) else { return Vec::new() };
        let name = |path: PathBuf| match path.extension() {
            Some(end) => format!("*.{}", end.to_str().unwrap()),
            None => path.file_name().unwrap().to_str().unwrap().to_owned(),
        };
        entries.map(|entry| name(entry.unwrap().path())).collect()
    }
}

fn paths(bundle: &Bundle) -> Vec<&str> {
    bundle.entries.iter().map(|entry| entry.path.as_str()).collect()
}

/// The texts of a bundle by path, `+x` after those that can be executed.
fn texts(bundle: &Bundle) -> BTreeMap<String, String> {
    super::super::tests::unzip(bundle)
        .into_iter()
        .map(|(path, (content, executable))| {
            let mark = if executable { " +x" } else { "" };
            (path + mark, String::from_utf8(content).unwrap())
        })
        .collect()
}

fn touch(path: &Path, modified: SystemTime) {
    File::open(path).unwrap().set_modified(modified).unwrap();
}

fn long_ago() -> SystemTime {
    SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60)
}
