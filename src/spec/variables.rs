//! Fills in what the file itself knows: `${var.x}`, `${stack}`, and paths to its own settings.

use std::collections::BTreeMap;

use crate::resource::{Address, Pattern, Vocabulary, closing_brace};

use super::node::{Node, NodeValue, Place};
use super::problem::{Problem, suggestion};
use super::yaml;

/// How deep settings may refer to settings.
const DEEPEST: usize = 16;

/// How much is filled in, in bytes: variables of variables grow beyond any machine in a few lines.
const MOST_FILLED: usize = 4 * 1024 * 1024;

/// What a reference costs besides its value: also one that stands for nothing takes time.
const COST: usize = 64;

/// The variables of a file: what the command line gives wins over the file's defaults.
pub struct Variables<'a> {
    tree: Node,
    given: BTreeMap<String, Node>,
    vocabulary: &'a Vocabulary,
    /// How many bytes may still be filled in.
    left: usize,
    /// What was found.
    pub problems: Vec<Problem>,
}

impl<'a> Variables<'a> {
    /// Takes the defaults of `tree` and lays the command line's `NAME=VALUE` over them.
    pub fn new(
        tree: &Node,
        command_line: &BTreeMap<String, String>,
        vocabulary: &'a Vocabulary,
    ) -> Self {
        let defaults = tree.get("vars").map_or(&[][..], Node::entries);
        let mut given: BTreeMap<String, Node> =
            defaults.iter().map(|(key, node)| (key.text.clone(), node.clone())).collect();
        for (name, text) in command_line {
            given.insert(name.clone(), scalar(text));
        }
        Self { tree: tree.clone(), given, vocabulary, left: MOST_FILLED, problems: Vec::new() }
    }

    /// Fills in the whole file but its `vars`.
    pub fn fill(&mut self, tree: &mut Node) {
        let NodeValue::Map(entries) = &mut tree.value else { return };
        for (key, node) in entries {
            if key.text != "vars" {
                self.node(node, 0);
            }
        }
    }

    fn node(&mut self, node: &mut Node, depth: usize) {
        match &mut node.value {
            NodeValue::List(items) => items.iter_mut().for_each(|item| self.node(item, depth)),
            NodeValue::Map(entries) => {
                entries.iter_mut().for_each(|(_, below)| self.node(below, depth));
            }
            NodeValue::Text(text) if text.contains("${") => {
                if let Some(value) = self.text(text.clone(), &node.at.clone(), depth) {
                    node.value = value;
                }
            }
            _ => {}
        }
    }

    /// The value that a text stands for; none where it stays as it is.
    fn text(&mut self, text: String, at: &Place, depth: usize) -> Option<NodeValue> {
        if depth > DEEPEST {
            let message = format!("`{text}` refers to itself");
            self.problems.push(Problem::new(at.clone(), message).rule("circular-variable"));
            return None;
        }
        let mut filled = String::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find("${") {
            let escaped = rest[..start].ends_with('$');
            let Some(end) = closing_brace(&rest[start + 2..]).map(|end| start + 2 + end) else {
                break;
            };
            let inner = &rest[start + 2..end];
            filled += &rest[..start];
            let known = if escaped { None } else { self.known(inner, at, depth) };
            let known = known.filter(|value| self.affords(value, at));
            match known {
                Some(value) if start == 0 && filled.is_empty() && end + 1 == rest.len() => {
                    return Some(value.value);
                }
                Some(value) => match value.scalar() {
                    Some(scalar) => filled += &scalar,
                    None => self.not_a_text(inner, at, value.kind()),
                },
                None => filled += &rest[start..=end],
            }
            rest = &rest[end + 1..];
        }
        filled += rest;
        Some(NodeValue::Text(filled))
    }

    /// Whether a value may still be filled in; the first that may not is told.
    fn affords(&mut self, value: &Node, at: &Place) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left = self.left.saturating_sub(size(value));
        if self.left == 0 {
            let message = "variables are filled in beyond what a stack file can need".to_owned();
            let help = "at most 4 MB in all";
            let problem = Problem::new(at.clone(), message).help(help);
            self.problems.push(problem.rule("variables-too-large"));
        }
        self.left > 0
    }

    fn not_a_text(&mut self, inner: &str, at: &Place, kind: &str) {
        let message = format!("`${{{inner}}}` is {kind} and cannot stand within a text");
        self.problems.push(Problem::new(at.clone(), message).rule("not-a-text"));
    }

    /// What a reference stands for, where the file itself says.
    fn known(&mut self, inner: &str, at: &Place, depth: usize) -> Option<Node> {
        if self.left == 0 {
            return None;
        }
        if let Some(variable) = inner.strip_prefix("var.") {
            return self.variable(variable, at, depth);
        }
        let mut found = if inner == "stack" {
            self.tree.get("stack").cloned()?
        } else {
            let address: Address = inner.parse().ok()?;
            if is_output(&address, self.vocabulary) {
                return None;
            }
            let path: Vec<&str> = address.segments().iter().map(String::as_str).collect();
            let node = self.tree.find(path)?;
            node.scalar()?;
            node.clone()
        };
        self.node(&mut found, depth + 1);
        Some(found)
    }

    fn variable(&mut self, name: &str, at: &Place, depth: usize) -> Option<Node> {
        let Some(mut value) = self.given.get(name).cloned() else {
            let message = format!("there is no variable `{name}`");
            let help =
                suggestion(name, self.given.keys().map(String::as_str)).unwrap_or_else(|| {
                    format!("give it a default under `vars:`, or a value with `--var {name}=…`")
                });
            self.problems
                .push(Problem::new(at.clone(), message).help(help).rule("unknown-variable"));
            return None;
        };
        self.node(&mut value, depth + 1);
        Some(value)
    }
}

/// How much a value takes, roughly in bytes.
fn size(value: &Node) -> usize {
    COST + match &value.value {
        NodeValue::List(items) => items.iter().map(size).sum(),
        NodeValue::Map(entries) => {
            entries.iter().map(|(key, node)| key.text.len() + size(node)).sum()
        }
        _ => value.scalar().map_or(0, |scalar| scalar.len()),
    }
}

fn is_output(address: &Address, vocabulary: &Vocabulary) -> bool {
    let Some(parent) = address.parent() else { return false };
    let is = |(pattern, outputs): &(Pattern, &'static [crate::resource::OutputName])| {
        pattern.matches(&parent) && outputs.iter().any(|output| output.name == address.key())
    };
    vocabulary.0.iter().any(is)
}

/// A value of the command line, read as the file would read it.
fn scalar(text: &str) -> Node {
    let as_text = || Node { at: Place::default(), value: NodeValue::Text(text.to_owned()) };
    match yaml::parse(text, 0) {
        Ok(node) if node.scalar().is_some() => node,
        _ => as_text(),
    }
}
