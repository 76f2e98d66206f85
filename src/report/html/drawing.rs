//! What changes and what refers to it, as a drawing whose boxes lead to their changes.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use crate::report::model::{Graph, Node};
use crate::report::style::{self, plain};

use super::escape::text;
use super::layout::{self, Layout, Spot};
use super::{Page, Part};

/// How many resources a drawing may have to be looked at.
const MANY: usize = 200;

/// How many letters of an address have room in a box.
const LETTERS: usize = 34;

/// How high a box is.
const HEIGHT: f64 = 44.0;

/// How wide a letter is, and the space around a box's text.
const LETTER: f64 = 7.3;
const AROUND: f64 = 24.0;

/// The drawing; nothing where nothing refers to anything, or there is too much to look at.
pub fn part(page: &Page<'_>) -> Option<Part> {
    let graph = page.report.graph.drawn(MANY)?;
    let numbers: BTreeMap<&str, usize> =
        graph.nodes.iter().enumerate().map(|(at, node)| (node.address.as_str(), at)).collect();
    let number = |address: &str| numbers.get(address).copied();
    let edges: Vec<(usize, usize)> = graph
        .direct_edges()
        .into_iter()
        .filter_map(|edge| Some((number(&edge.from)?, number(&edge.to)?)))
        .collect();
    let labels: Vec<String> = graph.nodes.iter().map(|node| label(&node.address)).collect();
    let width = |label: &String| label.width().max(12) as f64 * LETTER + AROUND;
    let widths: Vec<f64> = labels.iter().map(width).collect();
    let layout = layout::place(&widths, HEIGHT, &edges);
    let body = format!(
        "<p>An arrow leads from what is referred to, to what refers to it. A box leads to its \
         change.</p>\n<div class=\"drawing\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Drawing of the changes\">\n{}</div>\n",
        svg(page, &graph, &labels, &layout)
    );
    Some(Part { id: "graph", title: "What refers to what".to_owned(), many: None, body })
}

fn svg(page: &Page<'_>, graph: &Graph, labels: &[String], layout: &Layout) -> String {
    let Layout { spots, lines, width, height } = layout;
    let lines: String = lines
        .iter()
        .map(|points| format!("<path d=\"{}\" marker-end=\"url(#arrow)\"/>\n", curve(points)))
        .collect();
    let nodes: String = graph
        .nodes
        .iter()
        .zip(labels)
        .zip(spots)
        .map(|((node, label), spot)| self::node(page, node, label, spot))
        .collect();
    format!(
        "<svg role=\"group\" aria-label=\"What refers to what\" width=\"{width:.0}\" \
         height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n\
         <g class=\"lines\" aria-hidden=\"true\">\n{lines}</g>\n{nodes}</svg>\n"
    )
}

fn node(page: &Page<'_>, node: &Node, label: &str, spot: &Spot) -> String {
    let Node { address, action } = node;
    let (class, word, sign) = match action {
        Some(action) => (action.to_string(), action.to_string(), style::sign(*action)),
        None => ("stays".to_owned(), "unchanged".to_owned(), "·"),
    };
    let Spot { x, y, width } = spot;
    let (top, left) = (y - HEIGHT / 2.0, x + AROUND / 2.0);
    let shape = format!(
        "<title>{word} {}</title>\
         <rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\" rx=\"7\"/>\
         <text class=\"word\" x=\"{left:.1}\" y=\"{:.1}\">{sign} {word}</text>\
         <text class=\"address\" x=\"{left:.1}\" y=\"{:.1}\">{}</text>",
        text(address),
        y - 5.0,
        y + 12.0,
        text(label)
    );
    match page.places.get(address.as_str()) {
        Some(at) => format!("<a class=\"node {class}\" href=\"#c{at}\">{shape}</a>\n"),
        None => format!("<g class=\"node {class}\">{shape}</g>\n"),
    }
}

/// A line through points: straight where it passes a layer, bent between two.
fn curve(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        path += &match at {
            0 => format!("M{x:.1} {y:.1}"),
            at if at % 2 == 0 => format!("L{x:.1} {y:.1}"),
            at => {
                let (from, was) = points[at - 1];
                let reach = ((x - from) / 2.0).abs().max(24.0);
                format!("C{:.1} {was:.1} {:.1} {y:.1} {x:.1} {y:.1}", from + reach, x - reach)
            }
        };
    }
    path
}

/// An address with its middle left out where it is long: the beginning says where, the end what.
fn label(address: &str) -> String {
    let letters: Vec<char> = plain(address).chars().collect();
    if letters.len() <= LETTERS {
        return letters.iter().collect();
    }
    let front: String = letters[..LETTERS / 3].iter().collect();
    let back: String = letters[letters.len() - (LETTERS - LETTERS / 3 - 1)..].iter().collect();
    format!("{front}…{back}")
}
