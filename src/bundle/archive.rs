use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use super::tree::Source;
use super::{BundleError, Entry, UNZIPPED, file};

/// A zip whose files go into another as they are compressed there.
pub(super) struct Ready {
    path: PathBuf,
    zip: ZipArchive<BufReader<File>>,
    /// Place in the zip and size, by path.
    entries: BTreeMap<String, (usize, u64)>,
}

impl Ready {
    /// Opens a zip that [`write`] made.
    pub(super) fn open(path: &Path) -> Result<Self, BundleError> {
        let file = file::open(path)?;
        let read = |file| {
            let mut zip = ZipArchive::new(BufReader::new(file))?;
            let mut entries = BTreeMap::new();
            for index in 0..zip.len() {
                let file = zip.by_index_raw(index)?;
                entries.insert(file.name()?.into_owned(), (index, file.size()));
            }
            Ok((zip, entries))
        };
        let (zip, entries) =
            read(file).map_err(|source| BundleError::NotAZip { path: path.into(), source })?;
        Ok(Self { path: path.into(), zip, entries })
    }

    /// Leaves out what stands in the way of a file of `own`: the same path, or one that would
    /// make a file of a folder.
    pub(super) fn give_way(&mut self, own: &BTreeMap<String, Source>) {
        let is_folder = |path: &str| {
            let folder = format!("{path}/");
            own.range(folder.clone()..).next().is_some_and(|(next, _)| next.starts_with(&folder))
        };
        let below_a_file =
            |path: &str| path.match_indices('/').any(|(slash, _)| own.contains_key(&path[..slash]));
        self.entries
            .retain(|path, _| !own.contains_key(path) && !is_folder(path) && !below_a_file(path));
    }

    /// What would be written.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.entries.iter().map(|(path, (_, size))| Entry { path: path.clone(), size: *size })
    }
}

/// Part of the zip's identity: another level, like another compressor, makes every function look
/// changed once.
const LEVEL: i64 = 6;

const CHUNK_BYTES: u64 = 64 * 1024;

type Writer = ZipWriter<Cursor<Vec<u8>>>;

/// Where a file of a zip comes from.
enum Origin<'a> {
    File(&'a Source),
    /// The place in a ready zip, and the size.
    Ready(usize, u64),
}

/// Writes files, and those of a ready zip, into a zip, in the order of their paths.
pub(super) fn write(
    code: &Path,
    files: &BTreeMap<String, Source>,
    ready: Option<&mut Ready>,
) -> Result<(Vec<u8>, Vec<Entry>), BundleError> {
    let unpackable = |path: &Path, source| BundleError::Unpackable { path: path.into(), source };
    let mut all: BTreeMap<&str, Origin<'_>> =
        files.iter().map(|(path, source)| (path.as_str(), Origin::File(source))).collect();
    let mut from = None;
    if let Some(Ready { path: shown, zip, entries }) = ready {
        let listed = entries.iter();
        all.extend(
            listed.map(|(path, (index, size))| (path.as_str(), Origin::Ready(*index, *size))),
        );
        from = Some((shown, zip));
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut entries = Vec::with_capacity(all.len());
    for (path, origin) in all {
        let size = match (origin, &mut from) {
            (Origin::File(source), _) => {
                zip.start_file(path, options(source.executable))
                    .map_err(|error| unpackable(&source.shown, error))?;
                copy(source, &mut zip)?
            }
            (Origin::Ready(index, size), Some((shown, from))) => {
                let copied = from.by_index_raw(index).and_then(|file| zip.raw_copy_file(file));
                copied.map_err(|error| unpackable(shown, error))?;
                size
            }
            (Origin::Ready(..), None) => continue,
        };
        entries.push(Entry { path: path.to_owned(), size });
    }
    let zip = zip.finish().map_err(|error| unpackable(code, error))?;
    Ok((zip.into_inner(), entries))
}

// All that the crate would take from the platform or the clock is set here.
fn options(executable: bool) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix)
        .unix_permissions(if executable { 0o755 } else { 0o644 })
        .large_file(false)
}

// The compressor is always fed whole chunks: how much one read returns must not reach it.
fn copy(source: &Source, zip: &mut Writer) -> Result<u64, BundleError> {
    let unreadable = |error| BundleError::Unreadable { path: source.shown.clone(), source: error };
    // The folder may change while it is read: what is packed is what was there to be read.
    let mut file = file::open(&source.real)?;
    let mut chunk = Vec::new();
    let mut size = 0;
    loop {
        if size > UNZIPPED {
            return Err(unreadable(io::Error::other("it grows while it is read")));
        }
        chunk.clear();
        (&mut file).take(CHUNK_BYTES).read_to_end(&mut chunk).map_err(unreadable)?;
        if chunk.is_empty() {
            return Ok(size);
        }
        zip.write_all(&chunk).map_err(|error| BundleError::Unpackable {
            path: source.shown.clone(),
            source: ZipError::Io(error),
        })?;
        size += chunk.len() as u64;
    }
}

/// Lists the files of a ready zip, sorted by path, with the sizes that it says; folders are passed
/// over.
pub(super) fn list(path: &Path) -> Result<Vec<Entry>, BundleError> {
    let file = file::open(path)?;
    let entries = read_entries(path, BufReader::new(file));
    entries.map_err(|source| BundleError::NotAZip { path: path.into(), source })?
}

fn read_entries(
    path: &Path,
    file: BufReader<File>,
) -> Result<Result<Vec<Entry>, BundleError>, ZipError> {
    let mut zip = ZipArchive::new(file)?;
    let mut entries = Vec::with_capacity(zip.len());
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index)?;
        let name = file.name()?.into_owned();
        if leaves(&name) {
            return Ok(Err(BundleError::NameLeaves { path: path.into(), name }));
        }
        if !file.is_dir() {
            entries.push(Entry { path: name, size: file.size() });
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Ok(entries))
}

/// Whether a name would put a file elsewhere than below the folder that a zip is unpacked to.
fn leaves(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with(['/', '\\'])
        || has_drive
        || name.contains('\0')
        || name.split(['/', '\\']).any(|part| part == "..")
}

/// Lists the files of a ready zip as they really are, sorted by path: each is unpacked, to nowhere. No
/// more than `most` bytes in all, and one.
pub(super) fn measured(path: &Path, most: u64) -> Result<Vec<Entry>, BundleError> {
    let file = file::open(path)?;
    let measure = || -> Result<Vec<Entry>, ZipError> {
        let mut zip = ZipArchive::new(BufReader::new(file))?;
        let mut entries = Vec::with_capacity(zip.len());
        let mut left = most;
        for index in 0..zip.len() {
            let file = zip.by_index(index)?;
            if file.is_dir() {
                continue;
            }
            let name = file.name()?.into_owned();
            let size = io::copy(&mut file.take(left + 1), &mut io::sink())?;
            entries.push(Entry { path: name, size });
            if size > left {
                break;
            }
            left -= size;
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    };
    measure().map_err(|source| BundleError::NotAZip { path: path.into(), source })
}
