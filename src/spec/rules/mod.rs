//! What a file can be wrong about although each of its settings is well formed.
//!
//! A rule is a function that takes the whole file and pushes problems, each at the place of the
//! setting to change. Rules of one part of the file stand in one module; `RULES` lists them all.
//! What AWS does and where that is documented is said at each rule. Every refusal has a name, which
//! is printed with it and never changes, and a case in `tests/rules/` that breaks it.

mod app_client;
mod authorizer;
mod clients;
mod domain;
mod existing;
mod http_api;
mod lambda;
mod lambda_surroundings;
mod lists;
mod managed_login;
mod messages;
mod mfa;
mod policies;
mod pool_settings;
mod resource_server;
mod stage;
mod tags;
mod tiers;
mod user;
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
    user_pool::triggers,
    pool_settings::verified_updates,
    pool_settings::keys,
    pool_settings::levels,
    pool_settings::add_ons,
    pool_settings::standard_attributes,
    mfa::modes,
    mfa::senders,
    mfa::first_factors,
    messages::mail,
    messages::texts,
    messages::links,
    messages::triggers,
    tiers::features,
    clients::names,
    clients::lifetimes,
    clients::grants,
    clients::required_attributes,
    clients::analytics,
    domain::prefix,
    domain::custom,
    managed_login::tier,
    managed_login::styles,
    resource_server::limits,
    resource_server::identifiers,
    resource_server::scopes,
    resource_server::granted,
    user::groups,
    user::users,
    user::attributes,
    user::invitations,
    app_client::flows,
    app_client::oauth,
    app_client::urls,
    app_client::attributes,
    app_client::providers,
    app_client::sessions,
    app_client::secret_needed,
    lambda::names,
    lambda::role_names,
    lambda::environment,
    policies::documents,
    lambda_surroundings::roles,
    lambda_surroundings::handlers,
    lambda_surroundings::logs,
    lambda_surroundings::networks,
    lambda_surroundings::parts,
    http_api::routes,
    http_api::path_variables,
    http_api::cors,
    http_api::headers,
    lists::repetition,
    authorizer::authorizers,
    authorizer::routes,
    authorizer::preflights,
    stage::stages,
    stage::url,
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

impl<'a> Report<'a> {
    /// Names the rule that is broken: every refusal has a name of its own, which is printed with it
    /// and never changes.
    fn rule(&mut self, name: &'static str) -> Broken<'_, 'a> {
        Broken { report: self, name }
    }

    fn place(&self, path: &[&str]) -> Place {
        let value: Option<&Node> = self.loaded.tree.find(path.iter().copied());
        value.map_or_else(
            || self.loaded.tree.place_of(&Address::new(path.iter().copied())),
            |node| node.at.clone(),
        )
    }
}

/// A rule that is broken, and where to say so.
struct Broken<'r, 'a> {
    report: &'r mut Report<'a>,
    name: &'static str,
}

impl Broken<'_, '_> {
    /// Reports it at a setting, by its path from the root of the file.
    fn at(self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let place = self.report.place(path);
        self.push(place, message.into(), help.into());
    }

    /// Reports it at the key of an entry.
    fn at_key(self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let place = self.report.loaded.tree.place_of(&Address::new(path.iter().copied()));
        self.push(place, message.into(), help.into());
    }

    fn push(self, place: Place, message: String, help: String) {
        let problem = Problem::new(place, message).help(help).rule(self.name);
        self.report.problems.push(problem);
    }
}

/// Whether a text is known before AWS answers.
fn is_plain(text: &str) -> bool {
    !text.contains("${")
}
