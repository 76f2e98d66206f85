//! Addresses: the path of a resource in the stack file.

use std::fmt;
use std::str::{CharIndices, FromStr};

use super::shown;

/// The path of a resource in the stack file, as `user_pool.app_clients.web`.
///
/// A segment with characters other than letters, digits, `_` and `-` is written in brackets and
/// quotes: `http_api.routes["GET /token"]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Vec<String>);

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{text}` is not an address: {reason}")]
pub struct BadAddress {
    /// The text as it was given.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Address {
    /// Makes an address of its segments.
    pub fn new<S: Into<String>>(segments: impl IntoIterator<Item = S>) -> Self {
        Self(segments.into_iter().map(Into::into).collect())
    }

    /// The address of something below this one.
    pub fn child(&self, segment: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment.to_owned());
        Self(segments)
    }

    /// The address above this one; none for a root.
    pub fn parent(&self) -> Option<Self> {
        (self.0.len() > 1).then(|| Self(self.0[..self.0.len() - 1].to_vec()))
    }

    /// The segments, outermost first.
    pub fn segments(&self) -> &[String] {
        &self.0
    }

    /// The last segment: the key under which the file declares the resource.
    pub fn key(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// Whether this address is `other` or lies below it.
    pub fn is_within(&self, other: &Address) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            if is_plain(segment) {
                write!(f, "{}{segment}", if index > 0 { "." } else { "" })?;
            } else {
                let quoted = segment.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "[\"{}\"]", shown::line(&quoted))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = |reason| BadAddress { text: text.to_owned(), reason };
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(quoted) = rest.strip_prefix("[\"") {
                let (segment, after) = unquote(quoted).ok_or(bad("a `[\"` without its `\"]`"))?;
                segments.push(segment);
                rest = after;
            } else {
                let plain = if segments.is_empty() {
                    rest
                } else {
                    rest.strip_prefix('.').ok_or(bad("segments are joined by `.`"))?
                };
                let end = plain.find(['.', '[']).unwrap_or(plain.len());
                let segment = &plain[..end];
                if !is_plain(segment) {
                    return Err(bad("a segment is letters, digits, `_` and `-`, else [\"…\"]"));
                }
                segments.push(segment.to_owned());
                rest = &plain[end..];
            }
        }
        if segments.is_empty() { Err(bad("it is empty")) } else { Ok(Self(segments)) }
    }
}

/// The character that an escape stands for: itself, or what [`shown::line`] made of it.
fn unescape(letters: &mut CharIndices<'_>) -> Option<char> {
    match letters.next()?.1 {
        'u' => {
            let (number, rest) = letters.as_str().strip_prefix('{')?.split_once('}')?;
            let letter = u32::from_str_radix(number, 16).ok().and_then(char::from_u32)?;
            while letters.as_str().len() > rest.len() {
                letters.next();
            }
            Some(letter)
        }
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        other => Some(other),
    }
}

/// Reads up to the closing `"]`: the segment, and what comes after it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut segment = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => segment.push(unescape(&mut letters)?),
            '"' => return text[at..].strip_prefix("\"]").map(|rest| (segment, rest)),
            other => segment.push(other),
        }
    }
    None
}

fn is_plain(segment: &str) -> bool {
    !segment.is_empty()
        && segment.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Where resources of one kind stand in the stack file: `user_pool.app_clients.*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern(pub &'static str);

impl Pattern {
    /// Whether `address` stands at such a place.
    pub fn matches(self, address: &Address) -> bool {
        let mut parts = self.0.split('.');
        let all =
            address.segments().iter().all(|s| parts.next().is_some_and(|p| p == "*" || p == s));
        all && parts.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        for text in [
            "user_pool",
            "user_pool.app_clients.web",
            "http_api.routes[\"GET /token\"]",
            "http_api.routes[\"a\\\"b\\\\c\"].x",
            r#"a["\u{1b}[2J\u{202e}\n\\u{1b}"].b"#,
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn no_address_acts_on_a_terminal() {
        let address = Address::new(["user_pool", "\u{1b}[2J\u{202e}\n", "web"]);
        assert_eq!(address.to_string(), r#"user_pool["\u{1b}[2J\u{202e}\n"].web"#);
        assert_eq!(address.to_string().parse(), Ok(address));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            r#"a["\u{110000}"]"#,
            r#"a["\u1b"]"#,
            ".",
            "a.",
            "a..b",
            "a b",
            "a[\"x\"",
            "a[x]",
            "[\"x\"]y",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_pattern_matches_segment_by_segment() {
        let web = Address::new(["user_pool", "app_clients", "web"]);
        assert!(Pattern("user_pool.app_clients.*").matches(&web));
        assert!(!Pattern("user_pool.groups.*").matches(&web));
        assert!(!Pattern("user_pool.app_clients").matches(&web));
        assert!(!Pattern("user_pool.app_clients.*.x").matches(&web));
    }
}
