//! What changes and what refers to it, as a Mermaid graph.
//!
//! Source: <https://mermaid.js.org/syntax/flowchart.html>

use std::collections::BTreeMap;

use crate::plan::Action;
use crate::report::model::{Graph, Node, Report};
use crate::report::style::plain;

use super::escape::{cut, fence};
use super::fit::Section;

/// How many resources a drawing may have to be looked at.
const MANY: usize = 40;

/// The graph, folded; nothing where it would be a single point, or too much to look at.
pub fn section(report: &Report) -> Section {
    let parts = match lines(&report.graph) {
        Some(lines) => vec![fence("mermaid", &lines)],
        None => Vec::new(),
    };
    Section {
        before: "<details><summary>What changes, and what refers to it</summary>\n\n".to_owned(),
        parts,
        after: "\n</details>\n\n".to_owned(),
        left_out: |_| String::new(),
    }
}

/// The graph in Mermaid's language, with the edges that do not follow from others.
pub fn lines(graph: &Graph) -> Option<Vec<String>> {
    let graph = graph.drawn(MANY)?;
    let numbers: BTreeMap<&str, usize> =
        graph.nodes.iter().enumerate().map(|(at, node)| (node.address.as_str(), at)).collect();
    let mut lines = vec!["flowchart LR".to_owned()];
    for (at, node) in graph.nodes.iter().enumerate() {
        let Node { address, action } = node;
        let (sign, class) = match action {
            Some(Action::Create) => ("create ", "create"),
            Some(Action::Update) => ("update ", "update"),
            Some(Action::Replace) => ("replace ", "replace"),
            Some(Action::Delete) => ("delete ", "delete"),
            None => ("", "stays"),
        };
        lines.push(format!("  n{at}[\"{sign}{}\"]:::{class}", label(address)));
    }
    for edge in graph.direct_edges() {
        let (from, to) = (numbers.get(edge.from.as_str()), numbers.get(edge.to.as_str()));
        if let (Some(from), Some(to)) = (from, to) {
            lines.push(format!("  n{from} --> n{to}"));
        }
    }
    // Lines alone: they are seen on white and on black.
    for (class, style) in [
        ("create", "stroke:#2da44e,stroke-width:2px"),
        ("update", "stroke:#bf8700,stroke-width:2px"),
        ("replace", "stroke:#bc4c00,stroke-width:3px"),
        ("delete", "stroke:#cf222e,stroke-width:3px"),
        ("stays", "stroke-dasharray:4"),
    ] {
        lines.push(format!("  classDef {class} {style}"));
    }
    Some(lines)
}

/// A label in which every letter that could mean something is written by its number.
fn label(text: &str) -> String {
    let letter = |letter: char| match letter {
        letter if letter.is_alphanumeric() => letter.to_string(),
        ' ' | '.' | '_' | '-' | '/' => letter.to_string(),
        other => format!("#{};", u32::from(other)),
    };
    cut(&plain(text), 80).chars().map(letter).collect()
}
