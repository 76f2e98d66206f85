//! Rules about the HTTP API.
//!
//! AWS: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>

use std::collections::BTreeMap;

use regex::Regex;

use super::{Report, is_plain, user_pool};
use crate::resource::{Piece, Template};
use crate::spec::stack::{RouteSettings, Stack};
use crate::spec::suggestion;

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"];

/// The most routes of an API.
const ROUTES: usize = 300;

/// Keys of the right form, functions that exist, path variables that AWS can tell apart.
pub fn routes(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let routes: Vec<(&String, &RouteSettings)> = loaded.stack.routes().collect();
    if routes.len() > ROUTES {
        let message = format!("{} routes; {ROUTES} at most", routes.len());
        report.rule("too-many-routes").at_key(
            &["http_api", "routes"],
            message,
            "use a path variable, as `/{proxy+}`",
        );
    }
    let mut variables: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for (key, route) in &routes {
        let path = ["http_api", "routes", key.as_str()];
        if let Some((rule, message, help)) = wrong_key(key) {
            report.rule(rule).at_key(&path, message, help);
            continue;
        }
        target(report, key, route);
        same_level(report, key, &mut variables);
    }
    shared_integrations(report, &routes);
}

/// Either a function or a URL answers, and each has settings of its own.
fn target(report: &mut Report<'_>, key: &str, route: &RouteSettings) {
    let path = ["http_api", "routes", key];
    let at = |setting: &'static str| ["http_api", "routes", key, setting];
    match (&route.lambda, &route.http) {
        (Some(_), Some(_)) => {
            let message = format!("both `lambda` and `http` answer `{key}`");
            report.rule("route-with-two-answers").at(
                &at("http"),
                message,
                "write the one or the other",
            );
        }
        (None, None) => {
            let message = format!("nothing answers `{key}`");
            report.rule("route-without-answer").at_key(
                &path,
                message,
                "write `lambda: KEY` or `http: URL`",
            );
        }
        (Some(lambda), None) => {
            let long = report.loaded.tree.find(at("lambda")).is_some();
            let place = at("lambda");
            user_pool::function_or_arn(report, if long { &place } else { &path }, lambda);
            let given = [
                ("http_method", route.http_method.is_some()),
                ("request_parameters", !route.request_parameters.is_empty()),
            ];
            for (setting, _) in given.iter().filter(|(_, is_given)| *is_given) {
                let message = format!("`{setting}` is about a URL, and a function answers here");
                report.rule("setting-of-a-url").at(
                    &at(setting),
                    message,
                    "remove it, or write `http` for `lambda`",
                );
            }
        }
        (None, Some(url)) => self::url(report, key, route, url),
    }
}

/// An absolute URL, variables that the route has, and what API Gateway can change in a request.
fn url(report: &mut Report<'_>, key: &str, route: &RouteSettings, url: &str) {
    let at = |setting: &'static str| ["http_api", "routes", key, setting];
    let schemes = ["http://", "https://"];
    let after = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
    let has_host = |rest: &str| !rest.is_empty() && !rest.starts_with(['/', '?', '#']);
    if !url.starts_with("${") && !after.is_some_and(has_host) {
        let message = format!("`{url}` is not an absolute URL");
        report.rule("route-url-not-absolute").at(
            &at("http"),
            message,
            "write it whole, as `https://example.com/{proxy}`",
        );
    }
    let have: Vec<&str> = variables(key).map(|name| name.trim_end_matches('+')).collect();
    for name in variables(url).filter(|name| !have.contains(name)) {
        let message = format!("`{{{name}}}` is no variable of `{key}`");
        let help = suggestion(name, have.iter().copied());
        let help = help.unwrap_or_else(|| format!("put `{{{name}}}` into the route's path"));
        report.rule("unknown-path-variable").at(&at("http"), message, help);
    }
    if route.payload_format_version.as_deref() == Some("2.0") {
        let message = "a URL gets the payload format `1.0`";
        report.rule("url-payload-format").at(&at("payload_format_version"), message, "remove it");
    }
    let form = Regex::new("^(append|overwrite|remove):(header|querystring|path)([.].+)?$");
    for (name, value) in &route.request_parameters {
        let path = ["http_api", "routes", key, "request_parameters", name.as_str()];
        if form.as_ref().is_ok_and(|form| !form.is_match(name)) {
            let message = format!("`{name}` is nothing that can be changed in a request");
            let help = "`append`, `overwrite` or `remove`, and what: `overwrite:path`, \
                `append:header.NAME`, `remove:querystring.NAME`";
            report.rule("request-parameter-form").at_key(&path, message, help);
        } else if value.is_empty() || value.chars().count() > 512 {
            let message = format!("`{name}` needs a value of 1 to 512 characters");
            report.rule("request-parameter-value").at(
                &path,
                message,
                "`''` in quotes is the empty value that `remove` takes",
            );
        }
    }
}

/// The variables in a path or a URL: what stands in braces, but for `${…}`.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('{').filter(|(at, _)| !text[..*at].ends_with('$')).filter_map(|(at, _)| {
        let rest = &text[at + 1..];
        rest.find('}').map(|end| &rest[..end])
    })
}

/// The rule that a route's key breaks, what is wrong, what to write.
fn wrong_key(key: &str) -> Option<(&'static str, String, String)> {
    if key == "$default" {
        return None;
    }
    let form = "a route is `METHOD /path`, as `GET /token`, or `$default`".to_owned();
    let Some((method, path)) = key.split_once(' ') else {
        return Some(("route-form", format!("`{key}` is not a route"), form));
    };
    if !METHODS.contains(&method) {
        let help = suggestion(method, METHODS.iter().copied()).unwrap_or(form);
        return Some(("route-method", format!("`{method}` is not a method"), help));
    }
    if !path.starts_with('/') || path.contains(char::is_whitespace) {
        return Some(("route-path", format!("`{path}` is not a path"), form));
    }
    let (before_last, _) = path.rsplit_once('/').unwrap_or_default();
    if before_last.split('/').any(|part| part.ends_with("+}")) {
        let message = format!("`{path}`: a variable with `+` takes all that follows");
        return Some(("greedy-variable-not-last", message, "put it last".to_owned()));
    }
    None
}

/// AWS refuses `/x/{a}/y` beside `/x/{b}/z`: one name for one place.
fn same_level<'a>(
    report: &mut Report<'_>,
    key: &'a str,
    variables: &mut BTreeMap<String, (&'a str, &'a str)>,
) {
    let Some((_, path)) = key.split_once(' ') else { return };
    let mut above = String::new();
    for part in path.split('/').skip(1) {
        if part.starts_with('{') && !part.ends_with("+}") {
            match variables.get(&above) {
                Some((other, name)) if *name != part => {
                    let message = format!("`{part}` is called `{name}` in `{other}`");
                    let help = "AWS refuses two names for a variable at one place of the path";
                    report.rule("path-variable-name").at_key(
                        &["http_api", "routes", key],
                        message,
                        help,
                    );
                }
                _ => drop(variables.insert(above.clone(), (key, part))),
            }
            above += "/{}";
        } else {
            above += "/";
            above += part;
        }
    }
}

/// What answers a route: routes with the same share an integration.
fn answering(stack: &Stack, route: &RouteSettings) -> Option<String> {
    if let Some(url) = &route.http {
        return Some(format!("{} {url}", route.http_method.as_deref().unwrap_or("ANY")));
    }
    let named = route.lambda.as_deref()?;
    let template = Template::parse(named);
    // `${lambdas.KEY.arn}` is the function that `KEY` is.
    if let Ok([Piece::Output(reference)]) = template.as_ref().map(Template::pieces)
        && let [root, key] = reference.address.segments()
        && root == "lambdas"
        && reference.output == "arn"
        && stack.functions().any(|(name, _)| name == key)
    {
        return Some(key.clone());
    }
    Some(named.to_owned())
}

/// Routes with one function or URL share an integration, so they agree on its settings.
fn shared_integrations(report: &mut Report<'_>, routes: &[(&String, &RouteSettings)]) {
    let stack = &report.loaded.stack;
    let mut seen: BTreeMap<String, (&str, &RouteSettings)> = BTreeMap::new();
    for (key, route) in routes {
        let Some(answers) = answering(stack, route) else { continue };
        let (first, settings) = seen.entry(answers.clone()).or_insert((key, route));
        if route.timeout != settings.timeout
            || route.payload_format_version != settings.payload_format_version
            || route.request_parameters != settings.request_parameters
        {
            let message = format!("`{answers}` has other settings here than in `{first}`");
            let own = match &route.http {
                Some(_) => "`timeout` and `request_parameters` belong to the URL's integration",
                None => {
                    "`timeout` and `payload_format_version` belong to the function's integration"
                }
            };
            let help = format!("{own}: write them the same at each route");
            report.rule("routes-disagree").at_key(&["http_api", "routes", key], message, help);
        }
    }
}

/// Credentials exclude `*`, and origins are origins.
pub fn cors(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(cors) = loaded.stack.http_api.as_ref().and_then(|api| api.given.cors.as_ref()) else {
        return;
    };
    let origins = cors.allow_origins.iter().flatten();
    if cors.allow_credentials == Some(true) && origins.clone().any(|origin| origin == "*") {
        let message = "`allow_credentials` cannot stand beside the origin `*`";
        let path = ["http_api", "cors", "allow_credentials"];
        report.rule("credentials-for-any-origin").at(
            &path,
            message,
            "name the origins, or remove it",
        );
    }
    for (index, origin) in origins.enumerate().filter(|(_, origin)| is_plain(origin)) {
        let index = index.to_string();
        let path = ["http_api", "cors", "allow_origins", index.as_str()];
        let has_path = origin.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
        if has_path {
            let message = format!("`{origin}` is more than an origin");
            report.rule("origin-with-path").at(
                &path,
                message,
                "an origin is scheme, host and port, without a path or `/`",
            );
        } else if origin != "*" && !origin.contains("://") {
            let message = format!("`{origin}` is not an origin");
            report.rule("origin-form").at(
                &path,
                message,
                "write it with its scheme, as `https://app.example.com`",
            );
        }
    }
}

/// A variable of a path is a whole segment with a name.
pub fn path_variables(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, _) in loaded.stack.routes() {
        let path = key.split_once(' ').map_or("", |(_, path)| path);
        let is_wrong = |part: &&str| {
            let inner = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            let name = inner.map(|inner| inner.strip_suffix('+').unwrap_or(inner));
            let is_named = |name: &str| !name.is_empty() && !name.contains(['{', '}', '+']);
            part.contains(['{', '}']) && !name.is_some_and(is_named)
        };
        if let Some(part) = path.split('/').find(is_wrong) {
            let message = format!("`{part}` is no variable of a path");
            let help = "a variable is a whole part of the path, as `/orders/{id}` or `/{proxy+}`";
            report.rule("path-variable-form").at_key(&["http_api", "routes", key], message, help);
        }
    }
}

/// Headers that CORS speaks of are names of headers.
///
/// AWS: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
pub fn headers(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(cors) = loaded.stack.http_api.as_ref().and_then(|api| api.given.cors.as_ref()) else {
        return;
    };
    let lists = [("allow_headers", &cors.allow_headers), ("expose_headers", &cors.expose_headers)];
    for (setting, list) in lists {
        for (index, header) in list.iter().flatten().enumerate().filter(|(_, h)| is_plain(h)) {
            let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if header.is_empty() || !header.chars().all(is_name) {
                let index = index.to_string();
                let message = format!("`{header}` is not the name of a header");
                let help = "write the name alone, as `Authorization`, or `*`";
                let path = ["http_api", "cors", setting, index.as_str()];
                report.rule("header-form").at(&path, message, help);
            }
        }
    }
}
