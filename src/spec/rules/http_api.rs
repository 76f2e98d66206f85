//! Rules about the HTTP API.
//!
//! AWS: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>

use std::collections::BTreeMap;

use super::{Report, is_plain, user_pool};
use crate::spec::stack::RouteSettings;
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
        report.at_key(&["http_api", "routes"], message, "use a path variable, as `/{proxy+}`");
    }
    let mut variables: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for (key, route) in &routes {
        let path = ["http_api", "routes", key.as_str()];
        if let Some((message, help)) = wrong_key(key) {
            report.at_key(&path, message, help);
            continue;
        }
        let place = ["http_api", "routes", key.as_str(), "lambda"];
        let long = loaded.tree.find(place).is_some();
        user_pool::function_or_arn(report, if long { &place } else { &path }, &route.lambda);
        same_level(report, key, &mut variables);
    }
    one_integration_per_function(report, &routes);
}

fn wrong_key(key: &str) -> Option<(String, String)> {
    if key == "$default" {
        return None;
    }
    let form = "a route is `METHOD /path`, as `GET /token`, or `$default`".to_owned();
    let Some((method, path)) = key.split_once(' ') else {
        return Some((format!("`{key}` is not a route"), form));
    };
    if !METHODS.contains(&method) {
        let help = suggestion(method, METHODS.iter().copied()).unwrap_or(form);
        return Some((format!("`{method}` is not a method"), help));
    }
    if !path.starts_with('/') || path.contains(char::is_whitespace) {
        return Some((format!("`{path}` is not a path"), form));
    }
    let (before_last, _) = path.rsplit_once('/').unwrap_or_default();
    if before_last.split('/').any(|part| part.ends_with("+}")) {
        let message = format!("`{path}`: a variable with `+` takes all that follows");
        return Some((message, "put it last".to_owned()));
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
                    report.at_key(&["http_api", "routes", key], message, help);
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

/// Routes to one function share an integration, so they agree on its settings.
fn one_integration_per_function(report: &mut Report<'_>, routes: &[(&String, &RouteSettings)]) {
    let mut seen: BTreeMap<&str, (&str, &RouteSettings)> = BTreeMap::new();
    for (key, route) in routes {
        let (first, settings) = seen.entry(&route.lambda).or_insert((key, route));
        let RouteSettings { lambda, operation_name: _, payload_format_version, timeout } = route;
        if *timeout != settings.timeout
            || *payload_format_version != settings.payload_format_version
        {
            let message = format!("`{lambda}` has other settings here than in `{first}`");
            let help = "`timeout` and `payload_format_version` belong to the function's integration: \
                write them the same at each route";
            report.at_key(&["http_api", "routes", key], message, help);
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
        report.at(&path, message, "name the origins, or remove it");
    }
    for (index, origin) in origins.enumerate().filter(|(_, origin)| is_plain(origin)) {
        let index = index.to_string();
        let path = ["http_api", "cors", "allow_origins", index.as_str()];
        let has_path = origin.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
        if has_path {
            let message = format!("`{origin}` is more than an origin");
            report.at(&path, message, "an origin is scheme, host and port, without a path or `/`");
        } else if origin != "*" && !origin.contains("://") {
            let message = format!("`{origin}` is not an origin");
            report.at(&path, message, "write it with its scheme, as `https://app.example.com`");
        }
    }
}
