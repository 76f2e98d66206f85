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

    /// A `.zip` that is not one.
    #[error("`{}` is not a zip that can be read: make it again", path.display())]
    NotAZip { path: PathBuf, source: ZipError },

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
        _ => format!(", only what is always left out: {}", left_out.join(", ")),
    }
}
