//! Rules about app clients.
//!
//! AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html>

use super::{Report, is_plain};
use crate::spec::nearest;
use crate::spec::stack::{AppClient, CustomAttribute, STANDARD_ATTRIBUTES, Trigger, UserPool};

/// Standard attributes that only an administrator sets.
const NOT_WRITABLE: &[&str] = &["email_verified", "phone_number_verified", "sub"];

fn each(report: &mut Report<'_>, rule: impl Fn(&mut Report<'_>, &str, &AppClient)) {
    let loaded = report.loaded;
    for (key, client) in loaded.stack.app_clients() {
        rule(report, key, &client.given);
    }
}

fn has(list: &Option<Vec<String>>, value: &str) -> bool {
    list.as_ref().is_some_and(|list| list.iter().any(|entry| entry == value))
}

fn some(list: &Option<Vec<String>>) -> bool {
    list.as_ref().is_some_and(|list| !list.is_empty())
}

/// Old and new names of flows do not mix; refresh tokens need their flow; rotation replaces it.
pub fn flows(report: &mut Report<'_>) {
    each(report, |report, key, client| {
        let Some(flows) = &client.explicit_auth_flows else { return };
        let path = ["user_pool", "app_clients", key, "explicit_auth_flows"];
        let new = flows.iter().filter(|flow| flow.starts_with("ALLOW_")).count();
        if new > 0 && new < flows.len() {
            let message = "names of flows with and without `ALLOW_` cannot stand together";
            report.rule("mixed-flows").at(&path, message, "use the ones with `ALLOW_`");
            return;
        }
        let rotates =
            client.refresh_token_rotation.as_ref().is_some_and(|r| r.feature == "ENABLED");
        let refreshes = has(&client.explicit_auth_flows, "ALLOW_REFRESH_TOKEN_AUTH");
        if rotates && refreshes {
            let message = "`ALLOW_REFRESH_TOKEN_AUTH` cannot stand beside refresh token rotation";
            report.rule("rotation-beside-refresh").at(
                &path,
                message,
                "remove the flow: rotation brings its own",
            );
        }
        if !rotates && !refreshes && new > 0 {
            let message = "`ALLOW_REFRESH_TOKEN_AUTH` is missing";
            report.rule("refresh-missing").at(
                &path,
                message,
                "AWS refuses a client without it: add it",
            );
        }
        let custom = ["define_auth_challenge", "create_auth_challenge"];
        let pool = report.loaded.stack.pool();
        let declared = pool.is_some_and(|pool| {
            pool.triggers.contains_key(&Trigger::DefineAuthChallenge)
                && pool.triggers.contains_key(&Trigger::CreateAuthChallenge)
        });
        let any_trigger = pool.is_some_and(|pool| {
            pool.triggers.contains_key(&Trigger::DefineAuthChallenge)
                || pool.triggers.contains_key(&Trigger::CreateAuthChallenge)
        });
        if has(&client.explicit_auth_flows, "ALLOW_CUSTOM_AUTH") && any_trigger && !declared {
            let message = "`ALLOW_CUSTOM_AUTH` needs both triggers of a custom challenge";
            report.rule("custom-auth-needs-triggers").at(
                &path,
                message,
                format!("declare {} under `triggers`", custom.join(" and ")),
            );
        }
    });
}

/// Grants, scopes, callback URLs and secrets that belong together.
pub fn oauth(report: &mut Report<'_>) {
    each(report, |report, key, client| {
        let base = ["user_pool", "app_clients", key];
        let at = |setting: &'static str| [base[0], base[1], key, setting];
        if !some(&client.allowed_oauth_flows) {
            return;
        }
        let path = at("allowed_oauth_flows");
        if has(&client.allowed_oauth_flows, "client_credentials") {
            if client.allowed_oauth_flows.as_ref().is_some_and(|flows| flows.len() > 1) {
                let message = "`client_credentials` stands alone";
                report.rule("machine-grant-alone").at(
                    &path,
                    message,
                    "make another client for people",
                );
            }
            if client.generate_secret != Some(true) {
                let message = "`client_credentials` needs a client with a secret";
                report.rule("machine-grant-needs-secret").at(
                    &path,
                    message,
                    "add `generate_secret: true`",
                );
            }
        } else if !some(&client.callback_urls) {
            let message = "the grants `code` and `implicit` need a callback URL";
            report.rule("grant-needs-callback").at(&path, message, "add `callback_urls`");
        }
        if !some(&client.allowed_oauth_scopes) {
            report.rule("grant-needs-scope").at(
                &path,
                "a grant needs a scope",
                "add `allowed_oauth_scopes: [openid]`",
            );
        }
    });
}

/// Absolute URLs without a fragment; https, but for the machine itself and custom schemes.
pub fn urls(report: &mut Report<'_>) {
    each(report, |report, key, client| {
        let lists =
            [("callback_urls", &client.callback_urls), ("logout_urls", &client.logout_urls)];
        for (setting, list) in lists {
            for (index, url) in list.iter().flatten().enumerate() {
                let index = index.to_string();
                let path = ["user_pool", "app_clients", key, setting, &index];
                if let Some((rule, wrong, help)) = wrong_url(url) {
                    report.rule(rule).at(&path, format!("`{url}` {wrong}"), help);
                }
            }
        }
        if let Some(url) = client.default_redirect_uri.as_ref().filter(|url| is_plain(url)) {
            let plain = client.callback_urls.iter().flatten().all(|url| is_plain(url));
            if plain && !has(&client.callback_urls, url) {
                let path = ["user_pool", "app_clients", key, "default_redirect_uri"];
                let message = format!("`{url}` is not one of the callback URLs");
                report.rule("redirect-not-a-callback").at(
                    &path,
                    message,
                    "add it to `callback_urls`",
                );
            }
        }
    });
}

/// The rule that a URL breaks, what is wrong, what to write.
fn wrong_url(url: &str) -> Option<(&'static str, &'static str, &'static str)> {
    if !is_plain(url) {
        return None;
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        let help = "write it in full, as `https://app.example.com/`";
        return Some(("url-not-absolute", "is not an absolute URL", help));
    };
    if url.contains('#') {
        return Some(("url-fragment", "has a fragment", "AWS refuses a `#` in it: remove it"));
    }
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, port)| {
        if port.chars().all(|c| c.is_ascii_digit()) { host } else { rest }
    });
    let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    let help = "use https; http is for localhost alone";
    (scheme == "http" && !loopback).then_some(("url-not-encrypted", "is not encrypted", help))
}

/// Attributes that the client names exist and can be written.
pub fn attributes(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    let custom: Vec<String> = pool.custom_attributes.iter().map(spelled).collect();
    let known: Vec<&str> =
        STANDARD_ATTRIBUTES.iter().copied().chain(custom.iter().map(String::as_str)).collect();
    let immutable = immutable(pool);
    each(report, |report, key, client| {
        let lists = [
            ("read_attributes", &client.read_attributes),
            ("write_attributes", &client.write_attributes),
        ];
        for (setting, list) in lists {
            for (index, name) in list.iter().flatten().enumerate() {
                let index = index.to_string();
                let path = ["user_pool", "app_clients", key, setting, &index];
                let writes = setting == "write_attributes";
                if !known.contains(&name.as_str()) {
                    let near = nearest(name, known.iter().copied());
                    let help = near.map(|near| format!("did you mean `{near}`?"));
                    let help = help.unwrap_or_else(|| {
                        "declare it under `custom_attributes`, and name it `custom:NAME` here"
                            .into()
                    });
                    let message = format!("there is no attribute `{name}`");
                    report.rule("unknown-attribute").at(&path, message, help);
                } else if writes && NOT_WRITABLE.contains(&name.as_str()) {
                    let message = format!("`{name}` cannot be written by a client");
                    let help = "remove it: only an administrator sets it";
                    report.rule("attribute-not-writable").at(&path, message, help);
                } else if writes && immutable.contains(name) {
                    let message =
                        format!("`{name}` is immutable and cannot be written by a client");
                    let help = "remove it, or make the attribute mutable";
                    report.rule("immutable-attribute-written").at(&path, message, help);
                }
            }
        }
    });
}

/// The name of a custom attribute in lists.
fn spelled((name, attribute): (&String, &CustomAttribute)) -> String {
    let prefix = if attribute.developer_only_attribute { "dev:custom" } else { "custom" };
    format!("{prefix}:{name}")
}

/// What clients cannot write because it never changes; but who signs up must be able to write what
/// is required.
fn immutable(pool: &UserPool) -> Vec<String> {
    let fixed = pool.custom_attributes.iter().filter(|(_, attribute)| !attribute.mutable);
    let fixed = fixed.map(|(name, _)| format!("custom:{name}"));
    let standard = pool.standard_attributes.iter();
    let standard = standard.filter(|(_, a)| a.mutable == Some(false) && a.required != Some(true));
    fixed.chain(standard.map(|(name, _)| name.clone())).collect()
}

/// The pool itself is named in capitals.
pub fn providers(report: &mut Report<'_>) {
    each(report, |report, key, client| {
        let providers = client.supported_identity_providers.iter().flatten().enumerate();
        for (index, provider) in providers.filter(|(_, name)| *name != "COGNITO") {
            if provider.eq_ignore_ascii_case("cognito") {
                let index = index.to_string();
                let path =
                    ["user_pool", "app_clients", key, "supported_identity_providers", &index];
                let message = format!("there is no identity provider `{provider}`");
                let rule = report.rule("unknown-identity-provider");
                rule.at(&path, message, "did you mean `COGNITO`?");
            }
        }
    });
}

/// Sessions are whole minutes.
pub fn sessions(report: &mut Report<'_>) {
    each(report, |report, key, client| {
        if let Some(length) = client.auth_session_validity
            && length.0 % 60 != 0
        {
            let path = ["user_pool", "app_clients", key, "auth_session_validity"];
            let message = format!("`{length}` is not a whole number of minutes");
            report.rule("not-whole-minutes").at(&path, message, "3m to 15m");
        }
    });
}

/// What only a client with a secret can have.
pub fn secret_needed(report: &mut Report<'_>) {
    each(report, |report, key, client| {
        let passes_on = client.enable_propagate_additional_user_context_data == Some(true);
        if passes_on && client.generate_secret != Some(true) {
            let setting = "enable_propagate_additional_user_context_data";
            let path = ["user_pool", "app_clients", key, setting];
            let message = format!("`{setting}` needs a client with a secret");
            report.rule("context-data-needs-secret").at(
                &path,
                message,
                "add `generate_secret: true`",
            );
        }
    });
}
