//! Texts of others in HTML: they stay text, in elements and in attributes alike.

use crate::report::style::plain;

/// A text on one line, as it may stand in an element or in an attribute in double quotes.
pub fn text(text: &str) -> String {
    let plain = plain(text);
    let mut escaped = String::with_capacity(plain.len());
    for letter in plain.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
    }
    escaped
}

/// A value or a name.
pub fn code(value: &str) -> String {
    format!("<code>{}</code>", text(value))
}

/// A message: what stands in backticks is code.
pub fn prose(message: &str) -> String {
    let parts: Vec<&str> = message.split('`').collect();
    let last = parts.len() - 1;
    let part = |(at, part): (usize, &&str)| match at % 2 {
        // A backtick without its other one opens nothing.
        1 if at < last => code(part),
        1 => format!("`{}", text(part)),
        _ => text(part),
    };
    parts.iter().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_a_browser_is_escaped() {
        assert_eq!(
            text("<a b=\"c\" d='e'>&amp;"),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;"
        );
        assert_eq!(text("a\nb\u{202e}"), "a\\nb\\u{202e}");
    }

    #[test]
    fn backticks_in_pairs_make_code() {
        assert_eq!(prose("a `<b>` c"), "a <code>&lt;b&gt;</code> c");
        assert_eq!(prose("one ` alone"), "one ` alone");
    }
}
