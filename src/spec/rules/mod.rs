//! What a file can be wrong about although each of its settings is well formed.
//!
//! A rule is a function that takes the whole file and pushes problems, each at the place of the
//! setting to change. Rules of one part of the file stand in one module; `RULES` lists them all.
//! What AWS does and where that is documented is said at each rule.

mod app_client;
mod existing;
mod http_api;
mod lambda;
mod tags;
mod user_pool;

use crate::resource::Address;

use super::node::{Node, Place};
use super::{Loaded, Problem};

/// A rule: looks at the file, reports what is wrong.
type Rule = fn(&mut Report<'_>);

const RULES: &[Rule] = &[
    user_pool::sign_in_attributes,
    user_pool::recovery,
    user_pool::custom_attributes,
    user_pool::domain,
    user_pool::triggers,
    user_pool::users,
    app_client::flows,
    app_client::oauth,
    app_client::urls,
    app_client::attributes,
    app_client::sessions,
    app_client::secret_needed,
    lambda::names,
    lambda::environment,
    lambda::policies,
    http_api::routes,
    http_api::cors,
    tags::reserved,
    existing::existing,
];

/// Holds a file against every rule.
pub fn check(loaded: &Loaded) -> Vec<Problem> {
    let mut report = Report { loaded, problems: Vec::new() };
    for rule in RULES {
        rule(&mut report);
    }
    report.problems
}

/// The file, and what is wrong with it so far.
pub struct Report<'a> {
    /// The file.
    pub loaded: &'a Loaded,
    problems: Vec<Problem>,
}

impl Report<'_> {
    /// Reports a problem at a setting, by its path from the root of the file.
    fn at(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let place = self.place(path);
        self.problems.push(Problem::new(place, message).help(help));
    }

    /// Reports a problem at the key of an entry.
    fn at_key(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let place = self.loaded.tree.place_of(&Address::new(path.iter().copied()));
        self.problems.push(Problem::new(place, message).help(help));
    }

    fn place(&self, path: &[&str]) -> Place {
        let value: Option<&Node> = self.loaded.tree.find(path.iter().copied());
        value.map_or_else(
            || self.loaded.tree.place_of(&Address::new(path.iter().copied())),
            |node| node.at.clone(),
        )
    }
}

/// Whether a text is known before AWS answers.
fn is_plain(text: &str) -> bool {
    !text.contains("${")
}
