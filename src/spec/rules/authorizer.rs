//! Rules about who may call the routes of the HTTP API.
//!
//! AWS: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html>

use super::{Report, user_pool};
use crate::spec::stack::Authorizer;
use crate::spec::{Duration, suggestion};

/// The most authorizers of an API.
const AUTHORIZERS: usize = 10;

/// The most characters of a key: names in AWS and of permissions follow from it.
const KEY: usize = 64;

/// Each checks a token or asks a function, and has the settings of what it does.
pub fn authorizers(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let all: Vec<_> = loaded.stack.authorizers().collect();
    if all.len() > AUTHORIZERS {
        let message = format!("{} authorizers; {AUTHORIZERS} at most", all.len());
        let help = "one authorizer can stand at many routes, and has up to 50 audiences";
        report.rule("too-many-authorizers").at_key(&["http_api", "authorizers"], message, help);
    }
    for (key, authorizer) in all {
        let path = ["http_api", "authorizers", key.as_str()];
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if key.is_empty() || key.len() > KEY || !key.chars().all(legal) {
            let message = format!("`{key}` cannot be the key of an authorizer");
            report.rule("authorizer-key").at_key(
                &path,
                message,
                format!("1 to {KEY} letters, digits, `-` and `_`"),
            );
        }
        match (&authorizer.given.jwt, &authorizer.given.lambda) {
            (Some(_), None) => token(report, key, &authorizer.given),
            (None, Some(lambda)) => function(report, key, &authorizer.given, lambda),
            _ => {
                let message = format!("`{key}` needs either `jwt` or `lambda`");
                let help = "`jwt` checks a token, `lambda` asks a function";
                report.rule("authorizer-of-neither-kind").at_key(&path, message, help);
            }
        }
    }
}

fn token(report: &mut Report<'_>, key: &str, authorizer: &Authorizer) {
    let at = |setting: &'static str| ["http_api", "authorizers", key, setting];
    let Authorizer {
        jwt,
        lambda: _,
        identity_source,
        payload_format_version,
        enable_simple_responses,
        authorizer_result_ttl,
        authorizer_credentials_arn,
    } = authorizer;
    let of_functions = [
        ("payload_format_version", payload_format_version.is_some()),
        ("enable_simple_responses", enable_simple_responses.is_some()),
        ("authorizer_result_ttl", authorizer_result_ttl.is_some()),
        ("authorizer_credentials_arn", authorizer_credentials_arn.is_some()),
    ];
    for (setting, _) in of_functions.iter().filter(|(_, is_given)| *is_given) {
        let message = format!("`{setting}` is about a function, and `{key}` checks a token");
        report.rule("setting-of-an-asking-authorizer").at(
            &at(setting),
            message,
            "remove it: AWS refuses it beside `jwt`",
        );
    }
    if identity_source.as_ref().is_some_and(|places| places.len() != 1) {
        let message = "a token stands in one place of a request";
        let help = "write one, as `$request.header.Authorization`";
        report.rule("token-in-two-places").at(&at("identity_source"), message, help);
    }
    let issuer = jwt.as_ref().and_then(|jwt| jwt.issuer.as_ref());
    if issuer.is_none() && report.loaded.stack.user_pool.is_none() {
        let message = format!("`{key}` names no issuer, and the file has no pool");
        report.rule("authorizer-needs-issuer").at(
            &at("jwt"),
            message,
            "write the `issuer`, or declare a `user_pool`",
        );
    }
}

fn function(report: &mut Report<'_>, key: &str, authorizer: &Authorizer, lambda: &str) {
    let at = |setting: &'static str| ["http_api", "authorizers", key, setting];
    user_pool::function_or_arn(report, &at("lambda"), lambda);
    let version = authorizer.payload_format_version.as_deref();
    if authorizer.enable_simple_responses == Some(true) && version == Some("1.0") {
        let message = "`enable_simple_responses` needs the payload format `2.0`";
        report.rule("simple-responses-need-format").at(
            &at("enable_simple_responses"),
            message,
            "write `2.0`, or remove it",
        );
    }
    let has_sources = authorizer.identity_source.as_ref().is_some_and(|all| !all.is_empty());
    if authorizer.authorizer_result_ttl > Some(Duration(0)) && !has_sources {
        let message = "an answer is kept by what the request has at `identity_source`";
        let help = "name what tells callers apart, as `identity_source: [$request.header.x-key]`";
        report.rule("kept-answer-needs-source").at(&at("authorizer_result_ttl"), message, help);
    }
}

/// Authorizers that exist, scopes where there are tokens, and one way of asking.
pub fn routes(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, route) in loaded.stack.routes() {
        let at = |setting: &'static str| ["http_api", "routes", key.as_str(), setting];
        let named = route.authorizer.as_ref();
        let found = named.and_then(|name| loaded.stack.authorizers().find(|(key, _)| *key == name));
        if let (Some(name), None) = (named, found) {
            let keys: Vec<&str> = loaded.stack.authorizers().map(|(key, _)| key.as_str()).collect();
            let help = suggestion(name, keys);
            let help = help.unwrap_or_else(|| "declare it under `authorizers`".to_owned());
            report.rule("unknown-authorizer").at(
                &at("authorizer"),
                format!("there is no authorizer `{name}`"),
                help,
            );
        }
        let is_token = found.is_some_and(|(_, authorizer)| authorizer.given.jwt.is_some());
        if !route.scopes.is_empty() && !is_token && (found.is_some() || named.is_none()) {
            let message = "scopes are those of a token, and none is checked here";
            report.rule("scopes-without-token").at(
                &at("scopes"),
                message,
                "name an authorizer with `jwt`, or remove them",
            );
        }
        if named.is_some() && route.authorization_type.is_some() {
            let message = "`authorization_type` follows from the authorizer";
            report.rule("authorization-type-beside-authorizer").at(
                &at("authorization_type"),
                message,
                "remove it, or remove `authorizer`",
            );
        }
    }
}

/// API Gateway answers preflights itself, but for those that `$default` takes: a browser sends no
/// token with them.
pub fn preflights(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let has_cors = loaded.stack.http_api.as_ref().is_some_and(|api| api.given.cors.is_some());
    let asks = |key: &str| {
        let found = loaded.stack.routes().find(|(name, _)| *name == key);
        found.map(|(_, route)| {
            route.authorizer.is_some() || route.authorization_type.as_deref() == Some("AWS_IAM")
        })
    };
    let is_open = loaded.stack.routes().any(|(key, _)| {
        let rest = key.strip_prefix("OPTIONS /{");
        rest.is_some_and(|rest| rest.ends_with("+}")) && asks(key) == Some(false)
    });
    if has_cors && asks("$default") == Some(true) && !is_open {
        let message = "`$default` takes the preflights of browsers, which carry no authorization";
        let help = "add a route `OPTIONS /{proxy+}` without an authorizer, or take `cors` away";
        report.rule("preflight-needs-open-route").at_key(
            &["http_api", "routes", "$default"],
            message,
            help,
        );
    }
}
