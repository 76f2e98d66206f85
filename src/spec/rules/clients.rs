//! Rules about app clients: their names, lifetimes of tokens, what goes with OAuth.
//!
//! AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html>

use std::collections::BTreeMap;

use super::{Report, is_plain};
use crate::spec::default_name;
use crate::spec::duration::Duration;

/// AWS's defaults.
const HOUR: Duration = Duration(3_600);
const MONTH: Duration = Duration(30 * 86_400);

/// Names that follow from the stack's and the key keep AWS's limits; no two are the same, as clients
/// are found by them.
pub fn names(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let stack = &loaded.stack;
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (key, client) in stack.app_clients() {
        let path = ["user_pool", "app_clients", key.as_str()];
        let name = default_name(client.given.client_name.as_ref(), &stack.stack, key);
        let is_legal = |c: char| c.is_ascii_alphanumeric() || c == ' ' || "_+=,.@-".contains(c);
        let fits = name.chars().count() <= 128 && name.chars().all(is_legal);
        if client.given.client_name.is_none() && !fits {
            let message = format!("`{name}` cannot be the name of an app client");
            let help = "add a `client_name`, or shorten the key to letters, digits, spaces and any \
                of `_+=,.@-`";
            report.rule("client-key").at_key(&path, message, help);
        }
        if let Some(other) = seen.insert(name.clone(), key).filter(|_| is_plain(&name)) {
            let message = format!("`{key}` and `{other}` would both be named `{name}` in AWS");
            let help = "give one of them another `client_name`";
            report.rule("same-client-name").at_key(&path, message, help);
        }
    }
}

/// No token outlives the one that renews it.
///
/// AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html>
pub fn lifetimes(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, client) in loaded.stack.app_clients() {
        let client = &client.given;
        let refresh = client.refresh_token_validity.unwrap_or(MONTH);
        let tokens = [
            ("access_token_validity", client.access_token_validity),
            ("id_token_validity", client.id_token_validity),
        ];
        for (setting, validity) in tokens {
            let length = validity.unwrap_or(HOUR);
            if length > refresh {
                let path = ["user_pool", "app_clients", key, setting];
                let message =
                    format!("`{setting}` is {length}, and a refresh token lasts {refresh}");
                let help = "shorten it, or lengthen `refresh_token_validity`";
                report.rule("token-outlives-refresh").at(&path, message, help);
            }
        }
    }
}

/// What belongs to OAuth needs OAuth to be on.
pub fn grants(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, client) in loaded.stack.app_clients() {
        let client = &client.given;
        let lists = [
            ("allowed_oauth_flows", &client.allowed_oauth_flows),
            ("allowed_oauth_scopes", &client.allowed_oauth_scopes),
            ("callback_urls", &client.callback_urls),
            ("logout_urls", &client.logout_urls),
        ];
        let is_off = client.allowed_oauth_flows_user_pool_client == Some(false);
        let some = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
        for (setting, _) in lists.into_iter().filter(|(_, list)| is_off && some(list)) {
            let path = ["user_pool", "app_clients", key, setting];
            let message = format!("`{setting}` belongs to OAuth, which is off");
            let help = "remove it, or `allowed_oauth_flows_user_pool_client: false`";
            report.rule("oauth-off").at_key(&path, message, help);
        }
    }
}

/// Who may sign people up can write what nobody signs up without: Cognito says "Invalid write
/// attributes".
pub fn required_attributes(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    let demanded = pool.standard_attributes.iter().filter(|(_, a)| a.required == Some(true));
    let demanded: Vec<&String> = demanded.map(|(name, _)| name).collect();
    for (key, client) in loaded.stack.app_clients() {
        let Some(written) = &client.given.write_attributes else { continue };
        for name in demanded.iter().filter(|name| !written.contains(name)) {
            let path = ["user_pool", "app_clients", key, "write_attributes"];
            let message = format!("`{name}` is required, and the client cannot write it");
            report.rule("required-attribute-not-written").at_key(&path, message, "add it");
        }
    }
}

/// Pinpoint has a project, and a role where it is named by its id.
pub fn analytics(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, client) in loaded.stack.app_clients() {
        let Some(analytics) = &client.given.analytics_configuration else { continue };
        let path = ["user_pool", "app_clients", key, "analytics_configuration"];
        match (&analytics.application_arn, &analytics.application_id) {
            (None, None) => {
                let message = "`analytics_configuration` names no project";
                let help = "add `application_arn`, or `application_id` with `role_arn`";
                report.rule("analytics-needs-project").at_key(&path, message, help);
            }
            (Some(_), Some(_)) => {
                let message = "`application_arn` and `application_id` are two names of a project";
                report.rule("two-analytics-projects").at_key(&path, message, "remove one of them");
            }
            (None, Some(_)) if analytics.role_arn.is_none() => {
                let message = "a project that is named by its id needs a role";
                let help = "add `role_arn`, or write `application_arn` for `application_id`";
                report.rule("analytics-needs-role").at_key(&path, message, help);
            }
            _ => {}
        }
    }
}
