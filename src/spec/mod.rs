//! From a stack file to a typed [`Stack`], or to every problem with its place.
//!
//! ```text
//! text ─ yaml ─► Node tree ─ extends ─ variables ─ shape + references ─► Stack ─ rules ─► Loaded
//! ```
//!
//! Reads files and nothing else: no network, no environment, no printing. What AWS knows is out of
//! its reach; what kinds there are comes in as a [`Vocabulary`].

mod duration;
mod extends;
mod guide;
pub mod model;
mod node;
mod problem;
mod references;
mod rules;
mod schema;
mod settings;
mod shape;
pub mod stack;
mod text;
mod tree;
mod variables;
mod yaml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::resource::{Address, Vocabulary};

pub use duration::Duration;
pub use guide::{Entry, guide};
pub use node::{Key, Node, NodeValue, Place};
pub use problem::{Problem, Problems, Source, Sources, count, nearest, suggestion};
pub use schema::schema;
pub use settings::{Settings, lay_over};
pub use stack::{Stack, default_name};
pub use text::{TextError, read_text, text};
pub use tree::{OUTSIDE, Tree};

/// What the command line says about reading a stack file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--var NAME=VALUE`, and the entries of `--var-file`, which `--var` overrides.
    pub variables: BTreeMap<String, String>,
    /// Where the files that the stack names may lie; the stack file's own tree where nothing is said.
    pub tree: Option<Tree>,
}

/// A stack file without problems.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it declares.
    pub stack: Stack,
    /// The same with places.
    pub tree: Node,
    /// The files read.
    pub sources: Sources,
    /// The stack file's own path.
    pub path: PathBuf,
}

impl Loaded {
    /// A problem at the place that declares `address`.
    pub fn problem(&self, address: &Address, message: impl Into<String>) -> Problem {
        Problem::new(self.tree.place_of(address), message)
    }

    /// The path of a file that the stack names, seen from the file that names it.
    pub fn resolve(&self, named: &str, at: &Place) -> PathBuf {
        let base = self.sources.0.get(at.file).map_or(self.path.as_path(), |s| s.path.as_path());
        base.parent().unwrap_or(Path::new("")).join(named)
    }
}

/// Reads and checks the stack file at `path`.
///
/// # Errors
///
/// Every problem of the file, each with its place.
pub fn load(path: &Path, options: &Options, vocabulary: &Vocabulary) -> Result<Loaded, Problems> {
    let mut sources = Sources::default();
    let own = || Tree::of(path, None, &[]);
    let files = options.tree.clone().unwrap_or_else(own);
    let read = extends::read(path, &files, &mut sources);
    let tree = read.map_err(|problem| Problems::new(vec![problem], sources.clone()))?;
    check(path, tree, sources, options, vocabulary)
}

fn check(
    path: &Path,
    mut tree: Node,
    sources: Sources,
    options: &Options,
    vocabulary: &Vocabulary,
) -> Result<Loaded, Problems> {
    let mut variables = variables::Variables::new(&tree, &options.variables, vocabulary);
    variables.fill(&mut tree);
    let mut problems = variables.problems;

    let mut references =
        references::References { tree: tree.clone(), vocabulary, problems: Vec::new() };
    let mut shape = shape::Shape::new(&schema::SCHEMA, &mut references);
    shape.check(&mut tree);
    let of_shape = shape.problems;
    problems.extend(of_shape);
    problems.extend(references.problems);

    match serde_json::from_value::<Stack>(tree.to_json()) {
        Ok(stack) => {
            let path = path.to_owned();
            let loaded = Loaded { stack, tree, sources, path };
            problems.extend(rules::check(&loaded));
            if problems.is_empty() {
                Ok(loaded)
            } else {
                Err(Problems::new(problems, loaded.sources))
            }
        }
        Err(error) => {
            tracing::debug!(%error, "the rules did not run");
            // The schema is made from the types, so whatever they refuse it has refused already.
            if problems.is_empty() {
                problems.push(Problem::new(Place::default(), error.to_string()));
            }
            Err(Problems::new(problems, sources))
        }
    }
}

/// Checks a text as if it were the file `path`, for tests and editors.
///
/// # Errors
///
/// As [`load`].
pub fn load_text(
    path: &Path,
    text: &str,
    options: &Options,
    vocabulary: &Vocabulary,
) -> Result<Loaded, Problems> {
    let sources = Sources(vec![Source { path: path.to_owned(), text: text.to_owned() }]);
    match yaml::parse(text, 0) {
        Ok(tree) => check(path, tree, sources, options, vocabulary),
        Err(problem) => Err(Problems::new(vec![problem], sources)),
    }
}

/// Reads a file of variables: a mapping of names to scalars.
///
/// # Errors
///
/// What is wrong, in words with the line.
pub fn variables_of(text: &str) -> Result<BTreeMap<String, String>, String> {
    let sources = Sources(vec![Source { path: PathBuf::new(), text: text.to_owned() }]);
    let said = |problem: &Problem| {
        let (line, _) = sources.line_and_column(&problem.at);
        format!("line {line}: {}", problem.message)
    };
    let tree = yaml::parse(text, 0).map_err(|problem| said(&problem))?;
    let NodeValue::Map(entries) = &tree.value else {
        return Err("a file of variables is a mapping of names to values".to_owned());
    };
    let entry = |(key, node): &(Key, Node)| match node.scalar() {
        Some(value) => Ok((key.text.clone(), value)),
        None => {
            let message = format!("`{}` must be a single value, not {}", key.text, node.kind());
            Err(said(&Problem::new(node.at.clone(), message)))
        }
    };
    entries.iter().map(entry).collect()
}
