//! Texts of others in Markdown: they stay text, whatever stands in them.
//!
//! Values stand in code spans, fences and `<code>`, where GitHub and GitLab look for no markup, no
//! mention and no reference. What must be prose is escaped letter by letter, and what the sites look
//! for after rendering (`@name`, `#1`) is broken up by a space of no width.

use crate::report::html::escape::text;
use crate::report::style::plain;

/// A space of no width.
const NOTHING: char = '\u{200b}';

/// A value as a code span.
pub fn code(text: &str) -> String {
    let text = plain(text);
    let text = if text.trim().is_empty() { "(empty)".to_owned() } else { text };
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    // A space on both sides is taken off again; without one, backticks would join the fence.
    let touches = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let space = if touches { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// A value as a code span in a table, where a bar ends a cell also within code.
pub fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A value as it may stand in HTML.
pub fn html(source: &str) -> String {
    format!("<code>{}</code>", text(source))
}

/// A message: what stands in backticks becomes code, the rest is escaped. Never the beginning of a
/// line, where also `-` and spaces mean something.
pub fn prose(text: &str) -> String {
    let text = plain(text);
    let parts: Vec<&str> = text.split('`').collect();
    let last = parts.len() - 1;
    let part = |(at, part): (usize, &&str)| match at % 2 {
        // A backtick without its other one opens nothing.
        1 if at < last => code(part),
        1 => format!("\\`{}", words(part)),
        _ => words(part),
    };
    parts.iter().enumerate().map(part).collect()
}

/// Text without markup.
fn words(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let ends = letters.peek().is_none_or(|next| *next == ' ');
        let harmless = match letter {
            ',' | '\'' | '(' | ')' | ';' => true,
            '.' | ':' | '-' => ends || (letter == '-' && escaped.ends_with(' ')),
            letter => !letter.is_ascii_punctuation(),
        };
        if !harmless {
            escaped.push('\\');
        }
        escaped.push(letter);
        if !harmless && !ends {
            escaped.push(NOTHING);
        }
    }
    escaped
}

/// A fenced block that nothing in its lines can close.
pub fn fence(language: &str, lines: &[String]) -> String {
    let longest = lines.iter().map(|line| longest_run(line, '`')).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: String = lines.iter().map(|line| format!("{}\n", plain(line))).collect();
    format!("{fence}{language}\n{lines}{fence}\n")
}

/// What may stand in a comment of HTML: `--` would end it.
pub fn mark(text: &str) -> String {
    let mut marked = String::new();
    for letter in text.chars() {
        let plain = letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
        if plain || (letter == '-' && !marked.ends_with('-')) {
            marked.push(letter);
        } else {
            marked += &format!("%{:X}", u32::from(letter));
        }
    }
    marked
}

/// As much of a text as has room, and a sign that it goes on.
pub fn cut(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|letter| letter != of).map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_span_holds_any_text() {
        assert_eq!(code("a.b"), "`a.b`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(code(" a "), "`  a  `");
        assert_eq!(code(" "), "`(empty)`");
        assert_eq!(code("a\nb"), "`a\\nb`");
        assert_eq!(cell("a|b\\|c"), "`a\\|b\\\\|c`");
    }

    #[test]
    fn prose_has_no_markup_no_mentions_and_no_references() {
        let escaped = prose("see `a*b`: *x* @you #1 GH-1 <b> www.x.org http://x.y a_b_ | ![i](u)");
        assert!(escaped.starts_with("see `a*b`: \\*"), "{escaped}");
        for text in ["@you", "#1", "GH-1", "<b", "www.x", "http:", "://", "](", "*x"] {
            let bare = format!("\\{text}");
            assert!(!escaped.replace(&bare, "").contains(text), "{text}: {escaped}");
        }
        assert_eq!(prose("one ` alone"), "one \\` alone");
    }

    #[test]
    fn a_fence_is_longer_than_any_in_its_lines() {
        let lines = ["```", "a ````` b", "c\nd"].map(str::to_owned);
        assert_eq!(fence("yaml", &lines), "``````yaml\n```\na ````` b\nc\\nd\n``````\n");
        assert_eq!(fence("diff", &[]), "```diff\n```\n");
    }

    #[test]
    fn a_comment_of_html_cannot_be_ended() {
        assert_eq!(mark("db2-token"), "db2-token");
        assert_eq!(mark("a-->b"), "a-%2D%3Eb");
    }
}
