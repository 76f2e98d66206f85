//! Texts of somebody else, made fit to be shown: AWS's words, names of files, values of a stack file.
//!
//! What a terminal acts on and what changes the order in which a text is read is shown as its number,
//! `\u{1b}`, in place of being let through. Whatever renders a text goes through here.

use std::fmt::Write as _;

use serde_json::Value;

/// Whether a character acts on what shows it, or hides: controls, the marks that turn the direction
/// of reading, separators of lines that are none, and letters without a shape.
///
/// Source: <https://www.unicode.org/reports/tr9/>, and Trojan Source (CVE-2021-42574).
pub fn is_hostile(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        || ('\u{2028}'..='\u{202e}').contains(&letter)
        || ('\u{2060}'..='\u{206f}').contains(&letter)
        || ('\u{fff9}'..='\u{fffb}').contains(&letter)
        || ('\u{e0000}'..='\u{e007f}').contains(&letter)
}

/// A text on one line: also its line breaks are shown as `\n`.
pub fn line(text: &str) -> String {
    shown(text, |_| false)
}

/// A text that may have several lines.
pub fn lines(text: &str) -> String {
    shown(text, |letter| letter == '\n' || letter == '\t')
}

/// A text that this program has put together, colours included: a last look before it is printed.
pub fn screened(text: &str) -> String {
    let mut screened = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        screened += &lines(&rest[..at]);
        let length = colour(&rest[at..]).unwrap_or(1);
        let (sequence, after) = rest[at..].split_at(length);
        if length > 1 {
            screened += sequence;
        } else {
            screened += &line(sequence);
        }
        rest = after;
    }
    screened + &lines(rest)
}

/// The length of the sequence that sets a colour or a weight at the start of a text.
fn colour(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    parameters[end..].starts_with('m').then_some(2 + end + 1)
}

/// JSON on several lines; every reader of JSON reads the same from it as from any other spelling.
pub fn json(value: &Value) -> String {
    let text = format!("{value:#}");
    let mut json = String::with_capacity(text.len());
    for letter in text.chars() {
        // Between the values stand line breaks alone; within them serde_json writes none.
        if letter == '\n' || !is_hostile(letter) {
            json.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing into a string does not fail.
            let _ = write!(json, "\\u{unit:04x}");
        }
    }
    json
}

fn shown(text: &str, kept: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            letter if !is_hostile(letter) || kept(letter) => shown.push(letter),
            '\n' | '\r' | '\t' => shown.extend(letter.escape_default()),
            letter => shown.extend(letter.escape_unicode()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clears the screen, turns the direction of reading, rings, sets the window's title.
    const HOSTILE: &str = "a\u{1b}[2Jb\u{202e}c\u{7}d\u{9b}31me\u{1b}]0;x\u{7}\u{2066}\u{feff}";

    #[test]
    fn what_acts_on_a_terminal_is_shown_as_its_number() {
        assert_eq!(
            line(HOSTILE),
            r"a\u{1b}[2Jb\u{202e}c\u{7}d\u{9b}31me\u{1b}]0;x\u{7}\u{2066}\u{feff}"
        );
        assert_eq!(line("Grüße, 世界 👩‍💻"), "Grüße, 世界 👩‍💻");
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(line("a\r\nb\u{2028}c"), r"a\r\nb\u{2028}c");
        assert_eq!(lines("a\r\n\tb"), "a\\r\n\tb");
    }

    #[test]
    fn only_colours_pass_the_last_look() {
        let painted = "\u{1b}[1;31mred\u{1b}[0m and\n";
        assert_eq!(screened(painted), painted);
        assert_eq!(screened("\u{1b}[2J\u{1b}"), r"\u{1b}[2J\u{1b}");
        assert_eq!(screened("\u{1b}[31\u{1b}[0m"), "\\u{1b}[31\u{1b}[0m");
        assert!(!screened(HOSTILE).contains('\u{1b}'));
    }

    #[test]
    fn json_says_the_same_without_acting_on_a_terminal() {
        let value = serde_json::json!({ HOSTILE: [HOSTILE, "\u{e0041}\n"] });
        let text = json(&value);
        assert!(!text.chars().any(|letter| letter != '\n' && is_hostile(letter)), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
