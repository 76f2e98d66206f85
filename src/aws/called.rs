//! What the integrations of an HTTP API call: how a live one is known to be a declared one.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::json;

use crate::engine::Cloud;
use crate::plan::{Wanted, fill};
use crate::resource::{Address, Piece, Template};

use super::Aws;
use super::kind::Scope;

/// What the declared integrations call, as far as it is known before anything is made.
pub struct Called {
    exact: BTreeMap<String, Address>,
    /// Those that name something which only AWS knows: what stands around it.
    open: Vec<(Regex, Address)>,
}

impl Called {
    /// What the integrations that a file declares call.
    pub fn by(aws: &Aws, scope: Scope<'_>) -> Self {
        let mut all = Self { exact: BTreeMap::new(), open: Vec::new() };
        for declared in scope.own() {
            let uri = declared.want["integration_uri"].as_str().unwrap_or_default();
            let named = match declared.want["integration_method"].as_str() {
                Some(method) => format!("{method} {uri}"),
                None => declared.name.clone(),
            };
            let address = declared.address.clone();
            match fill(&json!(named), &|piece| aws.lookup(piece)) {
                Wanted::Text(named) => drop(all.exact.insert(named, address)),
                _ => all.open.extend(pattern(&named).map(|pattern| (pattern, address))),
            }
        }
        all
    }

    /// The address of the declared one that calls one of these, and that is not taken.
    pub fn find(&self, called: &[&str], taken: &BTreeSet<Address>) -> Option<&Address> {
        let exact = called.iter().find_map(|called| self.exact.get(*called));
        let fits = |pattern: &Regex| called.iter().any(|called| pattern.is_match(called));
        let mut open = self.open.iter().filter(|(pattern, _)| fits(pattern)).map(|(_, a)| a);
        exact.or_else(|| open.find(|address| !taken.contains(*address)))
    }

    /// Whether the file declares one at an address.
    pub fn declares(&self, address: &Address) -> bool {
        self.exact.values().chain(self.open.iter().map(|(_, open)| open)).any(|a| a == address)
    }
}

/// Matches every text that a template can become; none where that is any text.
fn pattern(template: &str) -> Option<Regex> {
    let template = Template::parse(template).ok()?;
    template.pieces().iter().find(|piece| matches!(piece, Piece::Literal(_)))?;
    let pieces = template.pieces().iter().map(|piece| match piece {
        Piece::Literal(text) => regex::escape(text),
        _ => ".+".to_owned(),
    });
    Regex::new(&format!("^{}$", pieces.collect::<String>())).ok()
}
