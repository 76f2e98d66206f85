//! Reads a stack file and lays it over the one that it `extends`.

use std::path::Path;

use super::node::{Node, NodeValue, Place};
use super::problem::{Problem, Source, Sources};
use super::text::read_text;
use super::tree::{OUTSIDE, Tree};
use super::yaml;

/// How many files may lie over one another.
const DEEPEST: usize = 8;

/// Reads `path` and what it extends; every file read is added to `sources`.
///
/// # Errors
///
/// A file that cannot be read or is not YAML, or files that extend each other in a circle.
pub fn read(path: &Path, files: &Tree, sources: &mut Sources) -> Result<Node, Problem> {
    let file = sources.0.len();
    let text = read_text(path).map_err(|reason| {
        sources.0.push(Source { path: path.to_owned(), text: String::new() });
        let at = Place { file, range: 0..0 };
        Problem::new(at, format!("the file cannot be read: {reason}")).rule("unreadable-file")
    })?;
    sources.0.push(Source { path: path.to_owned(), text: text.clone() });
    let mut tree = yaml::parse(&text, file)?;
    let NodeValue::Map(entries) = &mut tree.value else {
        return Err(Problem::new(tree.at, "a stack file is a mapping")
            .help("start it with `stack: NAME`")
            .rule("not-a-mapping"));
    };
    let Some(index) = entries.iter().position(|(key, _)| key.text == "extends") else {
        return Ok(tree);
    };
    let (_, base) = entries.remove(index);
    let NodeValue::Text(name) = &base.value else {
        return Err(Problem::new(base.at, "`extends` names a file").rule("wrong-type"));
    };
    if file >= DEEPEST {
        return Err(Problem::new(base.at, "files extend each other in a circle, or too deeply")
            .rule("circular-extends"));
    }
    let named = path.parent().unwrap_or(Path::new("")).join(name);
    if !named.is_file() {
        let message = format!("there is no file `{name}`");
        return Err(Problem::new(base.at, message)
            .help("the path is relative to this file")
            .rule("no-such-file"));
    }
    if !files.holds(&named) {
        let message = format!("`{name}` lies outside the tree of the stack file");
        return Err(Problem::new(base.at, message).help(OUTSIDE).rule("file-outside-tree"));
    }
    let mut under = read(&named, files, sources)?;
    lay(&mut under, tree);
    Ok(under)
}

/// Mappings merge, everything else replaces.
fn lay(under: &mut Node, over: Node) {
    match (&mut under.value, over.value) {
        (NodeValue::Map(base), NodeValue::Map(entries)) => {
            for (key, node) in entries {
                match base.iter_mut().find(|(have, _)| have.text == key.text) {
                    Some((have, below)) => {
                        have.at = key.at;
                        lay(below, node);
                    }
                    None => base.push((key, node)),
                }
            }
        }
        (value, new) => {
            *value = new;
            under.at = over.at;
        }
    }
}
