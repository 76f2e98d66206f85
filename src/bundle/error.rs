use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;
use zip::result::ZipError;

use super::Entry;

/// Why code could not be packed. Paths start with the code's path as it was given.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Nothing is at the path.
    #[error("there is no code at `{}`: write the path of a folder, a file or a .zip", path.display())]
    Missing { path: PathBuf },

    /// The operating system would not let it be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable { path: PathBuf, source: io::Error },

    /// No file to upload.
    #[error("`{}` holds no file to upload{}", path.display(), only_left_out(left_out))]
    Empty { path: PathBuf, left_out: Vec<String> },

    /// A socket, a pipe or a device.
    #[error("`{}` is neither a file nor a folder: take it out of the code", path.display())]
    NotAFile { path: PathBuf },

    /// A name that a zip cannot carry portably.
    #[error("the name {path:?} is not UTF-8: rename it")]
    NotUtf8 { path: PathBuf },

    /// Two names in one folder that are one name on some file systems.
    #[error(
        "`{}` holds two names that differ only by Unicode normalisation, \"{}\" and \"{}\": \
         rename one",
        folder.display(), first.escape_default(), second.escape_default()
    )]
    SameName { folder: PathBuf, first: String, second: String },

    /// A symbolic link that leaves the code folder.
    #[error(
        "the symbolic link `{}` leads to `{}`, outside the code folder: copy what it points to \
         into the folder",
        link.display(), target.display()
    )]
    LinkOutside { link: PathBuf, target: PathBuf },

    /// A symbolic link to a folder that it lies in.
    #[error(
        "the symbolic link `{}` leads to `{}`, a folder that holds the link itself: remove it",
        link.display(), target.display()
    )]
    LinkCycle { link: PathBuf, target: PathBuf },

    /// A symbolic link to nothing, or to itself.
    #[error(
        "the symbolic link `{}` to `{}` cannot be followed: mend or remove it",
        link.display(), target.display()
    )]
    LinkBroken { link: PathBuf, target: PathBuf, source: io::Error },

    /// A line of `.provisionignore` that no path can match.
    #[error("`{}`, line {line}: {reason}: write it as in a `.gitignore`", path.display())]
    NotAPattern { path: PathBuf, line: usize, reason: String },

    /// A `.zip` that is not one.
    #[error("`{}` is not a zip that can be read: make it again", path.display())]
    NotAZip { path: PathBuf, source: ZipError },

    /// More files than any function has: links to folders multiply what is in them.
    #[error("`{}` holds more than {most} files and folders, links followed: take links out of it", path.display())]
    TooMany { path: PathBuf, most: usize },

    /// A zip with a file for another place than the function's folder.
    #[error(
        "`{}` holds `{name}`, which would lie outside the folder that it is unpacked to: make it again",
        path.display()
    )]
    NameLeaves { path: PathBuf, name: String },

    /// A file that is named by one in the code, and lies where the stack's files may not.
    #[error("`{}` lies outside the tree of the stack file", path.display())]
    OutsideTree { path: PathBuf },

    /// The zip could not be put together.
    #[error("cannot pack `{}`", path.display())]
    Unpackable { path: PathBuf, source: ZipError },

    /// More than AWS Lambda takes.
    #[error(
        "`{}` is {bytes} bytes {measure}, more than the {limit} that AWS Lambda takes{}; {}the \
         largest files are{}\ntake out what the function does not need, or move it to a layer",
        path.display(), in_a_request(*measure), largest_folders(folders), list(largest)
    )]
    TooLarge {
        path: PathBuf,
        measure: Measure,
        bytes: u64,
        limit: u64,
        /// At most five of the folders at the root, before compression, the largest first.
        folders: Vec<Entry>,
        /// At most five, the largest first.
        largest: Vec<Entry>,
    },

    /// A `package.json` that npm could not read either.
    #[error("`{}` is not what npm expects: {reason}", path.display())]
    NotAPackage { path: PathBuf, reason: String },

    /// A dependency that would be built here, for this machine and not for AWS Lambda.
    #[error(
        "`{requirement}` in `{}` would be built on this machine, for this machine: name a version \
         that comes as a wheel, or put the package's own code into the code folder",
        path.display()
    )]
    NeedsBuild { path: PathBuf, requirement: String },

    /// A dependency on a file that npm, run apart from the code folder, would not find.
    #[error(
        "`{name}` in `{}` is `{wanted}`: a dependency on a file must be a package's archive \
         (`npm pack`) in the code folder",
        path.display()
    )]
    NotAnArchive { path: PathBuf, name: String, wanted: String },

    /// Nothing that installs Python packages.
    #[error(
        "installing `{}` takes pip, and there is neither a `python3` with pip nor `uv` on the \
         path: install Python's pip (Debian, Ubuntu: `apt install python3-pip`), or uv \
         (https://docs.astral.sh/uv/)",
        path.display()
    )]
    NoPip { path: PathBuf },

    /// Nothing that installs Node packages.
    #[error(
        "installing the dependencies of `{}` takes `npm`, and there is none on the path: install \
         Node.js (https://nodejs.org/)",
        path.display()
    )]
    NoNpm { path: PathBuf },

    /// A package that is not there, or there as source alone.
    #[error(
        "{tool} finds no `{requirement}` that comes as a wheel for {runtime} on {architecture}: \
         correct the name or the version, choose a version that has a wheel, or put the package's \
         own code into the code folder; {tool} said:\n{output}"
    )]
    NoWheel {
        tool: &'static str,
        requirement: String,
        runtime: String,
        architecture: String,
        output: String,
    },

    /// The package manager failed.
    #[error(
        "{tool} cannot install what `{}` names ({status}): check it, and the connection to the \
         index or registry; {tool} said:\n{output}",
        path.display()
    )]
    NotInstalled { tool: &'static str, path: PathBuf, status: String, output: String },

    /// The package manager did not come to an end.
    #[error("{tool} was still installing after {minutes} minutes, and was stopped: try again")]
    Endless { tool: &'static str, minutes: u64 },

    /// The package manager could not be run at all.
    #[error("cannot run `{program}`: check that it is installed and may be executed")]
    Program { program: &'static str, source: io::Error },

    /// The cache would not take what was installed.
    #[error(
        "cannot {action} `{}`: check its permissions, or set PROVISION_CACHE_DIR to another folder",
        path.display()
    )]
    Cache { action: &'static str, path: PathBuf, source: io::Error },
}

impl BundleError {
    /// Makes a failure of the disk below the cache folder into an error of this layer.
    pub(super) fn cache(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> BundleError {
        let path = path.into();
        move |source| BundleError::Cache { action, path, source }
    }
}

/// Which of a bundle's two sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    Zipped,
    Unzipped,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Measure::Zipped => "zipped",
            Measure::Unzipped => "unzipped",
        })
    }
}

fn in_a_request(measure: Measure) -> &'static str {
    match measure {
        Measure::Zipped => " in a request",
        Measure::Unzipped => "",
    }
}

fn largest_folders(folders: &[Entry]) -> String {
    match folders {
        [] => String::new(),
        _ => format!("the largest folders are{}\n", list(folders)),
    }
}

fn list(entries: &[Entry]) -> String {
    entries.iter().map(|entry| format!("\n  {} ({} bytes)", entry.path, entry.size)).collect()
}

fn only_left_out(left_out: &[String]) -> String {
    match left_out {
        [] => ": put the function's code there".into(),
        _ => format!(", only what is left out: {}", left_out.join(", ")),
    }
}
