//! Rules about the stages of the HTTP API.
//!
//! AWS: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html>

use super::Report;
use crate::resource::Template;
use crate::spec::node::{Node, NodeValue};
use crate::spec::stack::{AccessLogSettings, DEFAULT_STAGE, Stage, StageRouteSettings};
use crate::spec::{Problem, suggestion};

/// The most stages of an API.
const STAGES: usize = 10;

/// The most variables of a stage.
const VARIABLES: usize = 100;

/// Names that AWS takes, and what a stage can be.
pub fn stages(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(api) = &loaded.stack.http_api else { return };
    let stages = api.given.stages();
    if stages.is_empty() || stages.len() > STAGES {
        let (rule, message) = match stages.len() {
            0 => ("no-stage", "without a stage nothing answers".to_owned()),
            many => ("too-many-stages", format!("{many} stages; {STAGES} at most")),
        };
        let help = "leave `stages` out for the one stage `$default`, or name some";
        report.rule(rule).at_key(&["http_api", "stages"], message, help);
    }
    for (name, stage) in &stages {
        let path = ["http_api", "stages", name.as_str()];
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let is_name = !name.is_empty() && name.len() <= 128 && name.chars().all(legal);
        if name != DEFAULT_STAGE && !is_name {
            let message = format!("`{name}` cannot be the name of a stage");
            let help = "`$default`, or 1 to 128 letters, digits, `-` and `_`";
            report.rule("stage-name").at_key(&path, message, help);
        }
        self::stage(report, name, &stage.given);
    }
    let has_group = |name: &str| {
        let logs = stages.get(name).and_then(|stage| stage.given.access_log_settings.as_ref());
        logs.is_some_and(|logs| logs.destination_arn.is_none())
    };
    if has_group(DEFAULT_STAGE) && has_group("default") {
        let path = ["http_api", "stages", "default", "access_log_settings"];
        let message = "the log group of `default` would have the name of that of `$default`";
        report.rule("same-stage-log-group").at_key(
            &path,
            message,
            "rename the stage, or write a `destination_arn`",
        );
    }
}

fn stage(report: &mut Report<'_>, name: &str, stage: &Stage) {
    let at = |setting: &'static str| ["http_api", "stages", name, setting];
    if stage.auto_deploy == Some(false) {
        let message = "a stage that does not deploy by itself serves nothing of what is applied";
        report.rule("stage-must-deploy").at(
            &at("auto_deploy"),
            message,
            "remove it: every stage here deploys by itself",
        );
    }
    if stage.stage_variables.len() > VARIABLES {
        let message = format!("{} variables; {VARIABLES} at most", stage.stage_variables.len());
        report.rule("too-many-stage-variables").at_key(
            &at("stage_variables"),
            message,
            "keep values in the functions' environment",
        );
    }
    if let Some(settings) = &stage.default_route_settings {
        limits(report, &at("default_route_settings"), settings);
    }
    let routes: Vec<&str> = report.loaded.stack.routes().map(|(key, _)| key.as_str()).collect();
    for (key, settings) in &stage.route_settings {
        let path = ["http_api", "stages", name, "route_settings", key.as_str()];
        let Some(settings) = settings else { continue };
        if !routes.contains(&key.as_str()) {
            let help = suggestion(key, routes.iter().copied());
            let help = help.unwrap_or_else(|| "declare it under `routes`".to_owned());
            report.rule("unknown-stage-route").at_key(
                &path,
                format!("there is no route `{key}`"),
                help,
            );
        }
        limits(report, &path, settings);
    }
    if let Some(logs) = &stage.access_log_settings {
        access_logs(report, name, logs);
    }
}

/// A limit of nothing lets nothing through, and looks as if it lifted the limit.
fn limits(report: &mut Report<'_>, path: &[&str], settings: &StageRouteSettings) {
    let zeros = [
        ("throttling_burst_limit", settings.throttling_burst_limit.is_some_and(|n| n < 1)),
        ("throttling_rate_limit", settings.throttling_rate_limit.is_some_and(|n| n <= 0.0)),
    ];
    for (setting, _) in zeros.iter().filter(|(_, is_zero)| *is_zero) {
        let path = [path, &[setting]].concat();
        let message = format!("`{setting}` of 0 answers every request with 429");
        report.rule("zero-throttle").at(
            &path,
            message,
            "write a limit, or leave it out for the account's own",
        );
    }
}

fn access_logs(report: &mut Report<'_>, name: &str, logs: &AccessLogSettings) {
    let at = |setting: &'static str| ["http_api", "stages", name, "access_log_settings", setting];
    let AccessLogSettings { destination_arn, format, retention_in_days } = logs;
    if destination_arn.is_some() && retention_in_days.is_some() {
        let message = "`retention_in_days` is about the log group that is made here";
        report.rule("retention-beside-destination").at(
            &at("retention_in_days"),
            message,
            "remove it, or remove `destination_arn`",
        );
    }
    let Some(format) = format else { return };
    let (rule, message, help) = if format.contains(['\n', '\r']) {
        let help = "write it in one; YAML's `>-` folds lines";
        ("log-format-has-lines", "the format of a log has one line", help)
    } else if !format.contains("$context.requestId") {
        let message = "the format of a log lacks `$context.requestId`";
        ("log-format-lacks-request-id", message, "add it: AWS refuses a format without it")
    } else {
        return;
    };
    report.rule(rule).at(&at("format"), message, help);
}

/// The API's URL is that of one stage.
pub fn url(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(api) = &loaded.stack.http_api else { return };
    let stages = api.given.stages();
    if api.given.main_stage().is_some() || stages.is_empty() {
        return;
    }
    let name = stages.keys().next().map_or("", String::as_str);
    let help = format!("name the stage, as `${{http_api.stages.{name}.url}}`");
    let mut named = Vec::new();
    texts(&loaded.tree, &mut |node, text| {
        let template = Template::parse(text);
        let mut references = template.iter().flat_map(Template::references);
        if references.any(|reference| reference.to_string() == "http_api.url") {
            named.push(node.at.clone());
        }
    });
    for place in named {
        let message = "`${http_api.url}` could be that of any stage: there is no `$default`";
        report
            .problems
            .push(Problem::new(place, message).help(help.clone()).rule("url-of-no-stage"));
    }
}

/// Every text of a file.
fn texts(node: &Node, see: &mut dyn FnMut(&Node, &str)) {
    match &node.value {
        NodeValue::Text(text) => see(node, text),
        NodeValue::List(items) => items.iter().for_each(|item| texts(item, see)),
        NodeValue::Map(entries) => entries.iter().for_each(|(_, below)| texts(below, see)),
        NodeValue::Null | NodeValue::Bool(_) | NodeValue::Number(..) => {}
    }
}
