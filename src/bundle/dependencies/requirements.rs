//! Reads a `requirements.txt`: which files it is made of, whether it names packages, which of them
//! by their version.
//!
//! pip reads it again when it installs: <https://pip.pypa.io/en/stable/reference/requirements-file-format/>

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::super::{BundleError, UNZIPPED, file};
use super::tool::masked;
use super::{Inside, read_inside};

/// Its name, at the root of the code.
pub(super) const FILE: &str = "requirements.txt";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Requirements {
    /// Everything that says what is installed: the file, those that it includes with `-r` and
    /// `-c`, packages that it names by their path; in the order in which they are named.
    pub(super) parts: Vec<Vec<u8>>,
    /// The packages whose version is given, by their normalised names.
    pub(super) pinned: BTreeSet<String>,
    /// Whether any package is named.
    names_packages: bool,
}

/// Reads the requirements of a code folder; `None` where it names no package.
pub(super) fn read(code: &Path, inside: Inside<'_>) -> Result<Option<Requirements>, BundleError> {
    let path = code.join(FILE);
    // A folder or a pipe of that name is no file of requirements.
    if !path.is_file() {
        return Ok(None);
    }
    let mut reading =
        Reading { code, inside, seen: BTreeSet::new(), found: Requirements::default() };
    reading.file(&path, true)?;
    Ok(Some(reading.found).filter(|found| found.names_packages))
}

/// The name of a package as all its spellings have it in common.
pub(super) fn normalised(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

struct Reading<'a> {
    code: &'a Path,
    inside: Inside<'a>,
    seen: BTreeSet<PathBuf>,
    found: Requirements,
}

impl Reading<'_> {
    /// Reads a file; one of constraints installs nothing by itself.
    fn file(&mut self, path: &Path, installs: bool) -> Result<(), BundleError> {
        // pip would go round for ever; it says so itself.
        if !self.seen.insert(path.into()) {
            return Ok(());
        }
        let bytes = self.read_file(path, file::MOST)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        self.found.parts.push(bytes);
        for line in lines(&text) {
            self.line(path, &line, installs)?;
        }
        Ok(())
    }

    fn read_file(&self, path: &Path, most: u64) -> Result<Vec<u8>, BundleError> {
        read_inside(path, most, self.inside)?.ok_or_else(|| BundleError::Unreadable {
            path: path.into(),
            source: io::Error::from_raw_os_error(rustix::io::Errno::NOENT.raw_os_error()),
        })
    }

    fn line(&mut self, path: &Path, line: &str, installs: bool) -> Result<(), BundleError> {
        let Some(option) = line.strip_prefix('-') else {
            return self.requirement(path, line, installs);
        };
        let (name, value) = split_option(option);
        match name {
            "r" | "-requirement" | "c" | "-constraint" if !value.contains("://") => {
                let folder = path.parent().unwrap_or(Path::new(""));
                self.file(
                    &folder.join(value),
                    installs && name.trim_start_matches('-').starts_with('r'),
                )
            }
            // A folder of packages, or an index that is one.
            "f" | "-find-links" | "i" | "-index-url" | "-extra-index-url"
                if file_of(value).is_some_and(|folder| !(self.inside)(&self.code.join(folder))) =>
            {
                Err(BundleError::OutsideTree { path: value.into() })
            }
            "e" | "-editable" | "-no-binary" => Err(needs_build(path, value)),
            _ => Ok(()),
        }
    }

    fn requirement(&mut self, path: &Path, line: &str, installs: bool) -> Result<(), BundleError> {
        self.found.names_packages |= installs;
        // What follows are a marker, or options such as `--hash`.
        let wanted = line.split(" ;").next().unwrap_or(line);
        let wanted = wanted.split(" --").next().unwrap_or(wanted).trim();
        let name_end = wanted
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '-'))
            .unwrap_or(wanted.len());
        let (name, rest) = wanted.split_at(name_end);
        let rest = match rest.trim_start().strip_prefix('[') {
            Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest),
            None => rest,
        };
        let rest = rest.trim_start();
        if let Some(source) = rest.strip_prefix('@') {
            self.found.pinned.insert(normalised(name));
            return self.source(path, wanted, source.trim());
        }
        if wanted.contains('/') || wanted.starts_with('.') || is_archive(wanted) {
            return self.source(path, wanted, wanted);
        }
        let version = rest.split(';').next().unwrap_or(rest).trim();
        if version.starts_with("==") && !version.contains(['*', ',']) {
            self.found.pinned.insert(normalised(name));
        }
        Ok(())
    }

    /// A package that is named by where it is: a URL or a path.
    fn source(&mut self, path: &Path, wanted: &str, source: &str) -> Result<(), BundleError> {
        let bare = source.split(['#', '?', ';']).next().unwrap_or(source).trim();
        let bare = bare.split_once('[').map_or(bare, |(path, _extras)| path);
        if !bare.ends_with(".whl") {
            return Err(needs_build(path, wanted));
        }
        // A name of a wheel ends in its platform, and begins with the package's own name.
        let file = bare.rsplit(['/', '\\']).next().unwrap_or(bare);
        if let Some((name, _)) = file.split_once('-') {
            self.found.pinned.insert(normalised(name));
        }
        if let Some(local) = file_of(bare) {
            // As pip does, from where it runs and not from where the file is.
            let wheel = self.read_file(&self.code.join(local), UNZIPPED)?;
            self.found.parts.push(wheel);
        }
        Ok(())
    }
}

fn needs_build(path: &Path, requirement: &str) -> BundleError {
    BundleError::NeedsBuild { path: path.into(), requirement: masked(requirement) }
}

/// The path that a value is, or a URL of a file holds.
fn file_of(value: &str) -> Option<&str> {
    let file = value.strip_prefix("file://").or(value.strip_prefix("file:"));
    file.or((!value.contains("://")).then_some(value))
}

fn is_archive(text: &str) -> bool {
    [".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar"].iter().any(|end| text.ends_with(end))
}

/// `r base.txt`, `-requirement=base.txt`: name and value.
fn split_option(option: &str) -> (&str, &str) {
    let is_long = option.starts_with('-');
    let end = match is_long {
        true => option.find([' ', '\t', '=']).unwrap_or(option.len()),
        // A short option may touch its value.
        false => option.char_indices().nth(1).map_or(option.len(), |(at, _)| at),
    };
    let (name, value) = option.split_at(end);
    (name, value.trim_start_matches(['=', ' ', '\t']).trim())
}

/// The lines that say something: continued ones joined, without comments.
fn lines(text: &str) -> Vec<String> {
    let mut joined = Vec::new();
    let mut line = String::new();
    for part in text.trim_start_matches('\u{feff}').lines() {
        match part.strip_suffix('\\') {
            Some(part) if !is_comment(part) => line += part,
            _ => {
                line += part;
                joined.push(std::mem::take(&mut line));
            }
        }
    }
    joined.push(line);
    let without_comment = |line: String| {
        let comment = line.char_indices().find(|(at, c)| {
            *c == '#' && line[..*at].chars().next_back().is_none_or(char::is_whitespace)
        });
        let end = comment.map_or(line.len(), |(at, _)| at);
        line[..end].trim().to_owned()
    };
    joined.into_iter().map(without_comment).filter(|line| !line.is_empty()).collect()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}
