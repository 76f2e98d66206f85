//! What changes, and what refers to it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{Action, Plan};
use crate::resource::Address;

/// The changing resources, and those that refer to one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Graph {
    /// The resources, by address.
    pub nodes: Vec<Node>,
    /// Who refers to whom, by address.
    pub edges: Vec<Edge>,
}

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Node {
    /// Its address.
    pub address: String,
    /// What is done to it; `null` for one that only refers to what changes.
    pub action: Option<Action>,
}

/// One resource refers to another, or comes after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Edge {
    /// What is referred to.
    pub from: String,
    /// What refers to it.
    pub to: String,
}

impl Graph {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut actions: BTreeMap<&Address, Option<Action>> =
            plan.steps.iter().map(|step| (&step.address, Some(step.action))).collect();
        for (address, needs) in &plan.needs {
            let refers = needs.iter().any(|need| actions.get(need).is_some_and(Option::is_some));
            if refers {
                actions.entry(address).or_insert(None);
            }
        }
        let declared = plan.needs.iter().flat_map(|(to, needs)| needs.iter().map(move |f| (f, to)));
        // What is deleted is not declared: it stands in what it goes with.
        let deleted =
            plan.steps.iter().filter_map(|step| Some((step.goes_with.as_ref()?, &step.address)));
        let is_change = |address: &Address| actions.get(address).is_some_and(Option::is_some);
        let edges = declared.chain(deleted).filter(|(from, to)| {
            actions.contains_key(from)
                && actions.contains_key(to)
                && (is_change(from) || is_change(to))
        });
        let edges: BTreeSet<Edge> =
            edges.map(|(from, to)| Edge { from: from.to_string(), to: to.to_string() }).collect();
        let node = |(address, action): (&&Address, &Option<Action>)| Node {
            address: address.to_string(),
            action: *action,
        };
        Self { nodes: actions.iter().map(node).collect(), edges: edges.into_iter().collect() }
    }

    /// Keeps what is meant and what it is joined to.
    pub(super) fn keep(&mut self, is_meant: &dyn Fn(&str) -> bool) {
        self.edges.retain(|edge| is_meant(&edge.from) || is_meant(&edge.to));
        let joined: BTreeSet<&str> =
            self.edges.iter().flat_map(|edge| [edge.from.as_str(), edge.to.as_str()]).collect();
        self.nodes.retain(|node| is_meant(&node.address) || joined.contains(node.address.as_str()));
    }

    /// What a drawing may show: all, or where that is more than so many resources the changing ones
    /// alone; none where they are too many too, or nothing joins them.
    pub fn drawn(&self, many: usize) -> Option<Self> {
        let mut graph = self.clone();
        if graph.nodes.len() > many {
            graph.nodes.retain(|node| node.action.is_some());
            let left: BTreeSet<&str> =
                graph.nodes.iter().map(|node| node.address.as_str()).collect();
            graph.edges.retain(|edge| {
                left.contains(edge.from.as_str()) && left.contains(edge.to.as_str())
            });
        }
        (graph.nodes.len() <= many && !graph.edges.is_empty()).then_some(graph)
    }

    /// The edges that do not follow from others: for a drawing.
    pub fn direct_edges(&self) -> Vec<&Edge> {
        let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for edge in &self.edges {
            next.entry(&edge.from).or_default().insert(&edge.to);
        }
        let reaches = |from: &str, to: &str| {
            let mut open: Vec<&str> = vec![from];
            let mut seen: BTreeSet<&str> = BTreeSet::new();
            while let Some(at) = open.pop() {
                for step in next.get(at).into_iter().flatten() {
                    if *step == to {
                        return true;
                    }
                    if seen.insert(step) {
                        open.push(step);
                    }
                }
            }
            false
        };
        let follows = |edge: &&Edge| {
            let others = next.get(edge.from.as_str()).into_iter().flatten();
            others.filter(|other| **other != edge.to).any(|other| reaches(other, &edge.to))
        };
        self.edges.iter().filter(|edge| !follows(edge)).collect()
    }
}
