//! Reads YAML text into a [`Node`]. The only file that knows the YAML library.

use super::node::{Node, Place};
use super::problem::Problem;
use super::text::LARGEST_FILE;

/// Reads `text`, the file with the number `file`.
///
/// # Errors
///
/// The first thing that is not YAML, a key that stands twice, a second document, or a file that
/// expands beyond what a stack file can need.
pub fn parse(text: &str, file: usize) -> Result<Node, Problem> {
    if text.len() > LARGEST_FILE {
        return Err(Problem::new(Place { file, range: 0..0 }, "the file is larger than 4 MB")
            .rule("unreadable-file"));
    }
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_aliases: 100,
            max_nodes: 50_000,
            max_events: 150_000,
            max_depth: 32,
            max_documents: 1,
        },
    };
    let mut node: Node = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| problem(&error, text, file))?;
    node.settle(file, text);
    Ok(node)
}

fn problem(error: &serde_saphyr::Error, text: &str, file: usize) -> Problem {
    let range = error.location().map_or(0..0, |location| {
        let byte = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok());
        let span = location.span();
        let start = byte(span.byte_offset())
            .unwrap_or_else(|| offset(text, location.line() as usize, location.column() as usize));
        start..start + byte(span.byte_len()).unwrap_or(0)
    });
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default().to_owned();
    let problem = |message: String| {
        Problem::new(Place { file, range: range.clone() }, message).rule("not-yaml")
    };
    if let Some(key) = said.strip_prefix("duplicate mapping key: ") {
        let key = key.split(", set ").next().unwrap_or(key);
        return problem(format!("`{key}` stands twice in one mapping"))
            .help("keep one of them: a key may stand once")
            .rule("same-key");
    }
    if said.contains("budget breached: Documents") {
        return problem("a second document starts here".to_owned())
            .help("a stack file is one document: remove the `---`");
    }
    if said.contains("budget breached") || said.contains("recursion limit") {
        return problem("the file is nested or repeated beyond what is read".to_owned())
            .help("at most 50,000 values, 100 aliases, 32 levels");
    }
    if said.contains("null into string") {
        return problem("a key is missing or null".to_owned()).help("put the key in quotes");
    }
    problem(format!("this is not valid YAML: {said}"))
}

/// The byte at a line and a column, both from 1, the column in characters.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let within: usize = rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
    (start + within).min(text.len())
}
