//! Installs Node packages for AWS Lambda, with npm.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use serde_json::{Map, Value};

use super::super::exclude::Rules;
use super::super::tree::{self, Source};
use super::super::{BundleError, UNZIPPED, file};
use super::tool::{Tools, masked, said};
use super::{Inside, read_inside};

/// The file that names the packages, at the root of the code.
pub(super) const FILE: &str = "package.json";

/// Where they are installed.
pub(super) const MODULES: &str = "node_modules";

/// Lock files that npm reads, the one that it prefers first.
const LOCKS: [&str; 2] = ["npm-shrinkwrap.json", "package-lock.json"];

/// npm's settings of a project.
const SETTINGS: &str = ".npmrc";

/// Lock files of others.
const OTHER_LOCKS: [&str; 3] = ["yarn.lock", "pnpm-lock.yaml", "bun.lock"];

/// Settings that an npm around this one hands down, and that would undo arguments.
const WITHOUT: &[&str] = &[
    "npm_config_include",
    "NPM_CONFIG_INCLUDE",
    "npm_config_global",
    "NPM_CONFIG_GLOBAL",
    "npm_config_prefix",
    "NPM_CONFIG_PREFIX",
    "npm_config_local_prefix",
    "npm_config_dry_run",
    "NPM_CONFIG_DRY_RUN",
    "npm_config_package_lock_only",
    "npm_config_workspace",
    "npm_config_workspaces",
];

/// A code folder that names packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Project {
    /// What npm gets to see, by path: the project's file, its lock and settings, and the packages
    /// in the folder that it names.
    files: BTreeMap<String, Vec<u8>>,
    /// Whether a lock file says which versions are installed.
    locked: bool,
    /// The lock file of another package manager.
    other_lock: Option<&'static str>,
}

impl Project {
    /// Everything that says what is installed.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.files.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes])
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let not_read = self.other_lock.map(|lock| format!(" (`{lock}` is not read)"));
        let note = format!(
            "`{FILE}` has no `package-lock.json` beside it{}, so another machine may pack other \
             versions: `npm install` writes one",
            not_read.unwrap_or_default()
        );
        if self.locked { Vec::new() } else { vec![note] }
    }
}

/// Reads the project of a code folder; `None` where it names no package.
pub(super) fn read(code: &Path, inside: Inside<'_>) -> Result<Option<Project>, BundleError> {
    let path = code.join(FILE);
    let read_file = |path: &Path| read_inside(path, file::MOST, inside);
    let Some(bytes) = read_file(&path)? else { return Ok(None) };
    let wrong = |reason: String| BundleError::NotAPackage { path: path.clone(), reason };
    let package: Value = serde_json::from_slice(bytes.trim_ascii_start())
        .map_err(|error| wrong(error.to_string()))?;
    let Some(package) = package.as_object() else {
        return Err(wrong("it holds no JSON object".to_owned()));
    };
    let dependencies = dependencies(package);
    if dependencies.is_empty() {
        return Ok(None);
    }
    let mut files = archives(code, &path, &dependencies, inside)?;
    files.insert(FILE.to_owned(), bytes);
    if let Some(settings) = read_file(&code.join(SETTINGS))? {
        files.insert(SETTINGS.to_owned(), settings);
    }
    let mut locked = false;
    for lock in LOCKS {
        if let Some(bytes) = read_file(&code.join(lock))? {
            files.insert(lock.to_owned(), bytes);
            locked = true;
            break;
        }
    }
    let other_lock = OTHER_LOCKS.into_iter().find(|lock| code.join(lock).is_file());
    Ok(Some(Project { files, locked, other_lock }))
}

/// What a function needs, by name: not what is needed to develop it.
fn dependencies(package: &Map<String, Value>) -> Vec<(&str, &str)> {
    let lists = ["dependencies", "optionalDependencies"].into_iter();
    let lists = lists.filter_map(|list| package.get(list)?.as_object());
    lists.flatten().map(|(name, wanted)| (name.as_str(), wanted.as_str().unwrap_or(""))).collect()
}

/// The packages that are named by their path in the code folder.
fn archives(
    code: &Path,
    package: &Path,
    dependencies: &[(&str, &str)],
    inside: Inside<'_>,
) -> Result<BTreeMap<String, Vec<u8>>, BundleError> {
    let mut archives = BTreeMap::new();
    for (name, wanted) in dependencies {
        let bare = wanted.strip_prefix("file:");
        if bare.is_none() && !wanted.starts_with(['.', '/', '~']) && !wanted.starts_with("link:") {
            continue;
        }
        let path = bare.unwrap_or(wanted).trim_start_matches("./");
        let refused = || BundleError::NotAnArchive {
            path: package.into(),
            name: (*name).to_owned(),
            wanted: masked(wanted),
        };
        let is_below =
            Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_below || !code.join(path).is_file() {
            return Err(refused());
        }
        archives.insert(
            path.to_owned(),
            read_inside(&code.join(path), UNZIPPED, inside)?.ok_or_else(refused)?,
        );
    }
    Ok(archives)
}

/// Installs a project's packages in an empty folder.
///
/// Apart from the code folder, whose own `node_modules` has what its developer needs, for another
/// machine.
pub(super) async fn install(
    tools: &Tools,
    code: &Path,
    project: &Project,
    cpu: &str,
    into: &Path,
) -> Result<(), BundleError> {
    for (path, bytes) in &project.files {
        let path = into.join(path);
        let folder = path.parent().unwrap_or(into);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, bytes))
            .map_err(BundleError::cache("write", &path))?;
    }
    let cpu = format!("--cpu={cpu}");
    let command = if project.locked { "ci" } else { "install" };
    let arguments = [
        command,
        "--omit=dev",
        "--ignore-scripts",
        "--bin-links=false",
        "--os=linux",
        &cpu,
        "--libc=glibc",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--no-progress",
    ];
    let path = code.join(FILE);
    match tools.run("npm", &arguments, into, WITHOUT).await? {
        None => Err(BundleError::NoNpm { path }),
        Some(output) if output.status.success() => Ok(()),
        Some(output) => Err(BundleError::NotInstalled {
            tool: "npm",
            path,
            status: output.status.to_string(),
            output: said(&output),
        }),
    }
}

/// The files to pack.
pub(super) fn gather(folder: &Path) -> Result<BTreeMap<String, Source>, BundleError> {
    let modules = folder.join(MODULES);
    if !modules.is_dir() {
        return Ok(BTreeMap::new());
    }
    let files = tree::gather(&modules, &Rules::None)?.files.into_iter();
    // npm's notes on what it did.
    let files = files.filter(|(path, _)| path != ".package-lock.json");
    Ok(files.map(|(path, file)| (format!("{MODULES}/{path}"), file)).collect())
}
