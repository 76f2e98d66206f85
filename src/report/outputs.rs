//! A stack's outputs: for people, for programs, for the shell and for a web page.

use std::collections::BTreeMap;

use serde_json::json;

use crate::resource::shown;

use super::style::plain;

/// Outputs by name, in the order of the names.
pub type Values = BTreeMap<String, String>;

/// `name  value`, aligned.
pub fn text(values: &Values) -> String {
    let width = values.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    values.iter().map(|(name, value)| format!("{name:width$}  {}\n", plain(value))).collect()
}

/// One JSON object.
pub fn json(values: &Values) -> String {
    format!("{}\n", shown::json(&json!(values)))
}

/// `NAME="value"`, as dotenv and shells read it.
pub fn env(values: &Values) -> String {
    let line = |(name, value): (&String, &String)| {
        let name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        let quoted = value.chars().fold(String::new(), |mut text, c| {
            if matches!(c, '"' | '\\' | '$' | '`') {
                text.push('\\');
            }
            text.push(c);
            text
        });
        format!("{name}=\"{quoted}\"\n")
    };
    values.iter().map(line).collect()
}

/// A JavaScript module whose default export is an object of the outputs.
pub fn js(values: &Values) -> String {
    format!("export default {};\n", shown::json(&json!(values)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        [("token_url", "https://x/$default"), ("pool-id", "a\"b")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into()
    }

    #[test]
    fn each_format_quotes_as_its_reader_expects() {
        insta::assert_snapshot!(text(&values()), @r#"
        pool-id    a"b
        token_url  https://x/$default
        "#);
        insta::assert_snapshot!(env(&values()), @r#"
        POOL_ID="a\"b"
        TOKEN_URL="https://x/\$default"
        "#);
        insta::assert_snapshot!(js(&values()), @r#"
        export default {
          "pool-id": "a\"b",
          "token_url": "https://x/$default"
        };
        "#);
    }
}
