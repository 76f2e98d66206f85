//! The last defence of secrets: what this program knows to be one is taken out of every error and of the
//! log, however it came there.
//!
//! AWS and the tools that are run quote what they were given, some of it encoded. Whatever becomes a
//! [`super::Secret`] is remembered here, for the whole process: a lock, since nothing hands the
//! errors of all tasks to one that could own it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands in place of a secret.
pub const MASK: &str = "(sensitive)";

/// A shorter one is no secret, and taking it out would take half the words along.
const SHORTEST: usize = 6;

static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Remembers a secret; each of its lines too, since a text may be shown line by line.
pub(super) fn remember(secret: &str) {
    let lines = secret.lines().map(str::trim).chain([secret]);
    let lines: Vec<&str> = lines.filter(|line| line.chars().count() >= SHORTEST).collect();
    if lines.is_empty() {
        return;
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.extend(lines.into_iter().map(str::to_owned));
}

/// A text without what is known to be secret, in plain and in the spellings of JSON, URLs, XML and
/// base64.
pub fn masked(text: &str) -> String {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut spellings: Vec<String> = known.iter().flat_map(|secret| spellings(secret)).collect();
    // A longer one may hold a shorter one.
    spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    spellings.iter().fold(text.to_owned(), |text, spelling| {
        if text.contains(spelling.as_str()) { text.replace(spelling.as_str(), MASK) } else { text }
    })
}

/// A secret as it may stand in a text.
fn spellings(secret: &str) -> BTreeSet<String> {
    /// What `encodeURIComponent` leaves as it is.
    const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'!')
        .remove(b'~')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')');
    /// What the path of a URL escapes.
    const PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'%').add(b'`');
    /// What forms and signatures leave as it is.
    const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    let mut all: BTreeSet<String> = [secret.to_owned()].into();
    let mut json = secret.to_owned();
    // JSON in JSON, as a proxy that passes an answer on.
    for _ in 0..2 {
        json = serde_json::Value::from(json).to_string();
        json = json[1..json.len() - 1].to_owned();
        all.insert(json.clone());
    }
    for set in [NON_ALPHANUMERIC, COMPONENT, PATH, STRICT] {
        let encoded = utf8_percent_encode(secret, set).to_string();
        all.insert(encoded.replace("%20", "+"));
        all.insert(encoded.to_lowercase());
        all.insert(encoded);
    }
    let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    all.insert(xml.replace('"', "&quot;").replace('\'', "&apos;"));
    all.insert(xml.replace('"', "&#34;").replace('\'', "&#39;"));
    all.insert(xml);
    all.insert(format!("{secret:?}").trim_matches('"').to_owned());
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        // Within a longer text that was encoded as a whole, it may begin at any of three places.
        for before in 0..3 {
            let bytes = [&[0_u8; 2][..before], secret.as_bytes()].concat();
            let encoded = engine.encode(&bytes);
            let (start, rest) = ([0, 2, 3][before], bytes.len() % 3);
            // The last letter is also of what follows.
            let end = encoded.len() - usize::from(rest != 0);
            all.insert(encoded[start..end].to_owned());
        }
    }
    all.retain(|spelling| spelling.len() >= SHORTEST);
    all
}

#[cfg(test)]
mod tests {
    use super::super::Secret;
    use super::*;

    #[test]
    fn a_secret_is_taken_out_in_every_spelling() {
        const SECRET: &str = "Mask\"me\\7&<ü> +/=%41";
        let _known = Secret::new(SECRET);
        let json = serde_json::json!({ "message": SECRET }).to_string();
        let twice = serde_json::json!({ "message": json }).to_string();
        let base64 = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
        for text in [
            SECRET.to_owned(),
            json,
            twice,
            format!("x={}&y", utf8_percent_encode(SECRET, NON_ALPHANUMERIC)),
            base64(SECRET.to_owned()),
            base64(format!("user:{SECRET}")),
            base64(format!("users:{SECRET}!")),
            base64(format!("userss:{SECRET}!!")),
            "Mask&quot;me\\7&amp;&lt;ü&gt; +/=%41".to_owned(),
            format!("{SECRET:?}"),
        ] {
            let masked = masked(&text);
            assert!(masked.contains(MASK), "{text}: {masked}");
            assert!(!masked.contains("me\\") && !masked.contains("Mask"), "{text}: {masked}");
        }
    }

    #[test]
    fn each_line_is_one_and_words_are_none() {
        let _known = [Secret::new("-----BEGIN X\n  MIIEvQIBADAN\n-----"), Secret::new("true")];
        assert_eq!(masked("a: MIIEvQIBADAN; true"), "a: (sensitive); true");
    }
}
