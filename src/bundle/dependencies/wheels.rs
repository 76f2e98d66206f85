//! What pip or uv installed, without what depends on the machine that did it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::super::BundleError;
use super::super::exclude::Rules;
use super::super::tree::{self, Source};
use super::requirements::{FILE, Requirements, normalised};

/// Files about the installation, in the folder about a package.
const ABOUT_INSTALLING: &[&str] =
    &["INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"];

/// How many packages a note names.
const NAMED: usize = 8;

type Files = BTreeMap<String, Source>;

/// The files to pack, and notes.
pub(super) fn gather(
    folder: &Path,
    requirements: &Requirements,
) -> Result<(Files, Vec<String>), BundleError> {
    let mut files = tree::gather(folder, &Rules::None)?.files;
    // Headers lie where the installing Python keeps them, in another place for each.
    let headers = !files.contains_key("include/__init__.py");
    let scripts = !files.contains_key("bin/__init__.py");
    let mut machines = Vec::new();
    for (path, file) in &files {
        if is_of_the_machine(path)
            || headers && path.starts_with("include/")
            || scripts && path.starts_with("bin/") && is_script(file)?
        {
            machines.push(path.clone());
        }
    }
    for path in machines {
        files.remove(&path);
    }
    let records: Vec<String> =
        files.keys().filter(|path| is_about(path, "RECORD")).cloned().collect();
    for path in records {
        rewrite_record(&path, &mut files)?;
    }
    let notes = open_versions(&files, requirements).into_iter().collect();
    Ok((files, notes))
}

fn is_of_the_machine(path: &str) -> bool {
    path.ends_with(".pyc")
        || path.split('/').any(|part| part == "__pycache__")
        || path == ".lock"
        || ABOUT_INSTALLING.iter().any(|name| is_about(path, name))
}

/// Whether a path is `PACKAGE.dist-info/NAME`.
fn is_about(path: &str, name: &str) -> bool {
    path.split_once('/')
        .is_some_and(|(folder, file)| folder.ends_with(".dist-info") && file == name)
}

/// A program that is started with a path of the installing Python, and that nothing starts.
fn is_script(file: &Source) -> Result<bool, BundleError> {
    let unreadable = |source| BundleError::Unreadable { path: file.shown.clone(), source };
    let mut start = Vec::new();
    let opened = fs::File::open(&file.real).map_err(unreadable)?;
    opened.take(2).read_to_end(&mut start).map_err(unreadable)?;
    Ok(start == b"#!")
}

/// Leaves in a package's list of its files those that are packed, in one order.
fn rewrite_record(path: &str, files: &mut Files) -> Result<(), BundleError> {
    let Some(record) = files.get(path) else { return Ok(()) };
    let (real, shown) = (record.real.clone(), record.shown.clone());
    let text = fs::read_to_string(&real)
        .map_err(|source| BundleError::Unreadable { path: shown, source })?;
    let mut rows: Vec<String> = text
        .lines()
        .filter_map(|line| {
            let (listed, rest) = split_row(line)?;
            // Below a Python's own folder such a path would lead out of it; below this one not.
            let listed = listed.trim_start_matches("../");
            files.contains_key(listed).then(|| format!("{}{rest}\n", quoted(listed)))
        })
        .collect();
    rows.sort_unstable();
    let text = rows.concat();
    fs::write(&real, &text).map_err(BundleError::cache("write", &real))?;
    if let Some(record) = files.get_mut(path) {
        record.size = text.len() as u64;
    }
    Ok(())
}

/// The first field of a row of CSV, and the rest with its comma.
fn split_row(row: &str) -> Option<(String, &str)> {
    let Some(quoted) = row.strip_prefix('"') else {
        let comma = row.find(',')?;
        return Some((row[..comma].to_owned(), &row[comma..]));
    };
    let end = quoted.match_indices("\",").map(|(at, _)| at).find(|at| {
        // A quote within is written twice.
        quoted[..*at].chars().rev().take_while(|c| *c == '"').count() % 2 == 0
    })?;
    Some((quoted[..end].replace("\"\"", "\""), &quoted[end + 1..]))
}

fn quoted(field: &str) -> String {
    match field.contains([',', '"']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

/// A note on the packages whose version nothing gives, with what was installed.
fn open_versions(files: &Files, requirements: &Requirements) -> Option<String> {
    let installed = files.keys().filter(|path| is_about(path, "METADATA")).filter_map(|path| {
        let about = path.split_once('/')?.0.strip_suffix(".dist-info")?;
        let (name, version) = about.rsplit_once('-')?;
        Some((normalised(name), version))
    });
    let open: Vec<String> = installed
        .filter(|(name, _)| !requirements.pinned.contains(name))
        .map(|(name, version)| format!("{name}=={version}"))
        .collect();
    if open.is_empty() {
        return None;
    }
    let more = match open.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "`{FILE}` does not say which version of each package to install, so another machine may \
         pack others; what was installed here: {}{more}",
        open.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ")
    ))
}
