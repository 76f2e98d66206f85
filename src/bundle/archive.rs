use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read as _, Write as _};
use std::path::Path;

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use super::tree::Source;
use super::{BundleError, Entry};

/// Part of the zip's identity: another level, like another compressor, makes every function look
/// changed once.
const LEVEL: i64 = 6;

const CHUNK_BYTES: u64 = 64 * 1024;

/// Writes the files into a zip, in the order of the map.
pub(super) fn write(
    code: &Path,
    files: &BTreeMap<String, Source>,
) -> Result<(Vec<u8>, Vec<Entry>), BundleError> {
    let unpackable = |path: &Path, source| BundleError::Unpackable { path: path.into(), source };
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut entries = Vec::with_capacity(files.len());
    for (path, source) in files {
        zip.start_file(path, options(source.executable))
            .map_err(|error| unpackable(&source.shown, error))?;
        let size = copy(source, &mut zip)?;
        entries.push(Entry { path: path.clone(), size });
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
fn copy(source: &Source, zip: &mut ZipWriter<Cursor<Vec<u8>>>) -> Result<u64, BundleError> {
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
