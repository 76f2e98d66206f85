use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use super::tree::Source;
use super::{BundleError, Entry};

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
        let file = File::open(path)
            .map_err(|source| BundleError::Unreadable { path: path.into(), source })?;
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
    let mut file = File::open(&source.real).map_err(unreadable)?;
    let mut chunk = Vec::new();
    let mut size = 0;
    loop {
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

/// Lists the files of a ready zip, sorted by path; folders are passed over.
pub(super) fn list(path: &Path) -> Result<Vec<Entry>, BundleError> {
    let file =
        File::open(path).map_err(|source| BundleError::Unreadable { path: path.into(), source })?;
    let entries = read_entries(BufReader::new(file));
    entries.map_err(|source| BundleError::NotAZip { path: path.into(), source })
}

fn read_entries(file: BufReader<File>) -> Result<Vec<Entry>, ZipError> {
    let mut zip = ZipArchive::new(file)?;
    let mut entries = Vec::with_capacity(zip.len());
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index)?;
        if !file.is_dir() {
            entries.push(Entry { path: file.name()?.into_owned(), size: file.size() });
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}
