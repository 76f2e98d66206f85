//! Rules about resource servers and the scopes that clients are granted.
//!
//! AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html>

use std::collections::BTreeMap;

use super::{Report, is_plain};
use crate::resource::{Piece, Template};
use crate::spec::stack::{ResourceServer, STANDARD_SCOPES, Texts};
use crate::spec::{nearest, suggestion};

/// The most resource servers of a pool, and scopes of one.
const SERVERS: usize = 25;
const SCOPES: usize = 100;

/// How many a pool takes, and names that follow from keys.
pub fn limits(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let count = loaded.stack.resource_servers().count();
    if count > SERVERS {
        let message = format!("{count} resource servers; {SERVERS} at most");
        report.rule("too-many-resource-servers").at(
            &["user_pool", "resource_servers"],
            message,
            "a pool takes 25",
        );
    }
    let in_name = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_+=,.@-".contains(c);
    for (key, server) in loaded.stack.resource_servers() {
        let path = ["user_pool", "resource_servers", key];
        if server.given.name.is_none() && !key.chars().all(in_name) {
            let message = format!("`{key}` cannot be part of a resource server's name");
            report.rule("resource-server-key").at_key(
                &path,
                message,
                "add a `name`, or shorten the key and add `identifier`",
            );
        }
        if server.given.identifier.is_none() && !is_identifier(key) {
            let message = format!("`{key}` cannot be the identifier of a resource server");
            report.rule("resource-server-identifier").at_key(
                &path,
                message,
                "add an `identifier`: ASCII without spaces",
            );
        }
    }
}

fn is_identifier(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\')
}

/// No two have the same identifier.
pub fn identifiers(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, server) in loaded.stack.resource_servers() {
        let identifier = server.given.identifier(key);
        if let Some(other) = seen.insert(identifier, key) {
            let message = format!("`{other}` has the identifier `{identifier}` too");
            report.rule("same-identifier").at_key(
                &["user_pool", "resource_servers", key],
                message,
                "change one of them",
            );
        }
    }
}

/// Names and descriptions of scopes.
pub fn scopes(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, server) in loaded.stack.resource_servers() {
        let scopes = server.given.scopes.as_ref();
        let path = ["user_pool", "resource_servers", key, "scopes"];
        let count = scopes.map_or(0, Texts::len);
        if count > SCOPES {
            let message = format!("{count} scopes; {SCOPES} at most");
            report.rule("too-many-scopes").at(&path, message, "make another resource server");
        }
        for (scope, description) in scopes.into_iter().flatten() {
            let path = ["user_pool", "resource_servers", key, "scopes", scope];
            if scope.contains('/') {
                let message = format!("the scope `{scope}` has a `/`");
                report.rule("scope-with-slash").at_key(
                    &path,
                    message,
                    "the `/` stands between identifier and scope alone",
                );
            } else if !is_identifier(scope) {
                let message = format!("`{scope}` cannot be the name of a scope");
                report.rule("scope-name").at_key(
                    &path,
                    message,
                    "1 to 256 characters of ASCII without spaces",
                );
            }
            let length = description.chars().count();
            if is_plain(description) && !(1..=256).contains(&length) {
                let message = format!("the description has {length} characters; 1 to 256");
                report.rule("scope-description").at(&path, message, "say what the scope allows");
            }
        }
    }
}

/// The scopes that clients name are there, and machines have one of their own.
pub fn granted(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, client) in loaded.stack.app_clients() {
        let scopes = client.given.allowed_oauth_scopes.iter().flatten();
        for (index, scope) in scopes.enumerate() {
            let index = index.to_string();
            let path = ["user_pool", "app_clients", key, "allowed_oauth_scopes", &index];
            self::scope(report, &path, scope);
        }
        let is_machine = client.given.allowed_oauth_flows.iter().flatten();
        let is_machine = is_machine.into_iter().any(|flow| flow == "client_credentials");
        let scopes = client.given.allowed_oauth_scopes.as_deref().unwrap_or_default();
        let standard = |scope: &String| STANDARD_SCOPES.contains(&scope.as_str());
        if is_machine && !scopes.is_empty() && scopes.iter().all(standard) {
            let path = ["user_pool", "app_clients", key, "allowed_oauth_scopes"];
            let message = "`client_credentials` needs a scope of a resource server";
            report.rule("machine-grant-needs-scope").at(
                &path,
                message,
                "declare one under `resource_servers`",
            );
        }
    }
}

/// Reports a scope that is neither standard nor one of a resource server of the file.
fn scope(report: &mut Report<'_>, path: &[&str], scope: &str) {
    let loaded = report.loaded;
    let servers: Vec<(&str, &ResourceServer)> =
        loaded.stack.resource_servers().map(|(key, s)| (key.as_str(), &s.given)).collect();
    let Some((server, name)) = parts(scope, &servers) else {
        // What only AWS knows cannot be held against the file.
        if !is_plain(scope) || STANDARD_SCOPES.contains(&scope) {
            return;
        }
        let custom = servers.iter().flat_map(|(key, server)| {
            let names = server.scopes.iter().flatten();
            names.map(|(name, _)| format!("{}/{name}", server.identifier(key)))
        });
        let custom: Vec<String> = custom.collect();
        let known = STANDARD_SCOPES.iter().copied().chain(custom.iter().map(String::as_str));
        let (rule, message, help) = match scope.rsplit_once('/') {
            Some((identifier, _)) => (
                "unknown-resource-server",
                format!("there is no resource server `{identifier}`"),
                nearest(scope, known.clone()).map(|near| format!("did you mean `{near}`?")),
            ),
            None => {
                ("unknown-scope", format!("there is no scope `{scope}`"), suggestion(scope, known))
            }
        };
        let help = help.unwrap_or_else(|| "declare it under `resource_servers`".to_owned());
        return report.rule(rule).at(path, message, help);
    };
    let names = || server.scopes.iter().flatten().map(|(name, _)| name.as_str());
    if !is_plain(name) || names().any(|known| known == name) {
        return;
    }
    let help = suggestion(name, names().collect::<Vec<_>>());
    let help = help.unwrap_or_else(|| "declare it among its `scopes`".to_owned());
    report.rule("scope-not-of-server").at(
        path,
        format!("the resource server has no scope `{name}`"),
        help,
    );
}

/// The resource server of the file that a scope belongs to, named by its identifier or by a reference
/// to it, and the scope's own name.
fn parts<'a, 's>(
    scope: &'a str,
    servers: &[(&'s str, &'s ResourceServer)],
) -> Option<(&'s ResourceServer, &'a str)> {
    let (named, name) = scope.rsplit_once('/')?;
    let template = Template::parse(named).ok();
    let referred = match template.as_ref().map(Template::pieces) {
        Some([Piece::Output(reference)]) => match reference.address.segments() {
            [_, place, key] if place == "resource_servers" => Some(key.as_str()),
            _ => None,
        },
        _ => None,
    };
    let is_named = |(key, server): &&(&str, &ResourceServer)| match referred {
        Some(referred) => *key == referred,
        None => server.identifier(key) == named,
    };
    servers.iter().find(is_named).map(|(_, server)| (*server, name))
}
