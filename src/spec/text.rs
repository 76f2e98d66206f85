//! Reads a text file that a person wrote: UTF-8, of a size that people write.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The largest file that is read, in bytes: a stack file is a few kilobytes.
pub const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// Why a file is no text that can be read.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The operating system would not let it be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),

    /// A folder, a pipe or a device.
    #[error("it is {0}, not a file")]
    NotAFile(&'static str),

    /// More than anybody writes.
    #[error("it is larger than 4 MB")]
    TooLarge,

    /// What editors on Windows call Unicode.
    #[error("it is UTF-16: save it as UTF-8")]
    Utf16,

    /// Another encoding, or no text at all.
    #[error("it is not UTF-8: line {line} has the byte 0x{byte:02x} at column {column}")]
    NotUtf8 {
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// What stands there.
        byte: u8,
    },

    /// A byte that no text has.
    #[error("it holds a NUL byte in line {line}")]
    Nul {
        /// From 1.
        line: usize,
    },
}

/// Reads the text of the file at `path`, without its byte order mark.
///
/// # Errors
///
/// It cannot be read, is no file, is too large, or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, TextError> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        return Err(TextError::NotAFile(if about.is_dir() {
            "a folder"
        } else {
            "a pipe or device"
        }));
    }
    text(File::open(path)?)
}

/// The text of what is read to its end.
///
/// # Errors
///
/// As [`read_text`].
pub fn text(from: impl Read) -> Result<String, TextError> {
    let mut bytes = Vec::new();
    // Whatever its size was said to be: a file may grow, and some in `/proc` are said to be empty.
    from.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LARGEST_FILE {
        return Err(TextError::TooLarge);
    }
    let marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    // Without a mark: every other byte of ASCII is zero.
    let unmarked = matches!(bytes[..], [first, second, ..] if (first == 0) != (second == 0));
    if marked || unmarked {
        return Err(TextError::Utf16);
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let (before, rest) = error.as_bytes().split_at(at);
        let before = String::from_utf8_lossy(before);
        let (line, column) = place(&before);
        TextError::NotUtf8 { line, column, byte: rest.first().copied().unwrap_or_default() }
    })?;
    if let Some(at) = text.find('\0') {
        return Err(TextError::Nul { line: place(&text[..at]).0 });
    }
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

/// Line and column of what follows a text.
fn place(before: &str) -> (usize, usize) {
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> String {
        text(bytes).map_or_else(|error| error.to_string(), |text| format!("{text:?}"))
    }

    #[test]
    fn a_text_is_utf8_with_or_without_its_mark() {
        assert_eq!(said("stack: ä\r\n".as_bytes()), r#""stack: ä\r\n""#);
        assert_eq!(said(b"\xef\xbb\xbfstack: a"), r#""stack: a""#);
        assert_eq!(said(b""), r#""""#);
    }

    #[test]
    fn what_is_no_text_is_told_by_what_it_is() {
        for utf16 in [&b"\xff\xfes\0t\0"[..], b"\xfe\xff\0s\0t", b"s\0t\0", b"\0s\0t"] {
            assert_eq!(said(utf16), "it is UTF-16: save it as UTF-8", "{utf16:?}");
        }
        assert_eq!(
            said("stack: ä\nname: \u{e4}".as_bytes().split_last().unwrap().1),
            "it is not UTF-8: line 2 has the byte 0xc3 at column 7"
        );
        assert_eq!(said(b"a: 1\nb: \0"), "it holds a NUL byte in line 2");
        assert_eq!(text(io::repeat(b'#')).unwrap_err().to_string(), "it is larger than 4 MB");
    }
}
