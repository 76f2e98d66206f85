//! Rules about what stands around a function: its role, its logs, its network.

use std::collections::BTreeMap;

use super::{Report, is_plain};
use crate::resource::{Piece, Reference, Template};
use crate::spec::node::{Node, NodeValue};
use crate::spec::problem::Problem;
use crate::spec::stack::{Lambda, VpcConfig};
use crate::spec::{Stack, default_name};

/// A role that the file names is somebody else's: nothing is added to it.
pub fn roles(report: &mut Report<'_>) {
    for (key, lambda) in report.loaded.stack.functions() {
        let lambda = &lambda.given;
        if lambda.role.is_none() {
            continue;
        }
        let written = [
            ("role_name", lambda.role_name.is_some()),
            ("managed_policies", lambda.managed_policies.is_some()),
            ("permissions_boundary", lambda.permissions_boundary.is_some()),
            ("inline_policies", !lambda.inline_policies.is_empty()),
        ];
        for (setting, _) in written.iter().filter(|(_, written)| *written) {
            let message =
                format!("`{setting}` is for a role that is made, and `{key}` has a `role`");
            let help = "leave out `role`, and one is made; or say it where that role is kept";
            report.rule("policies-beside-role").at_key(&["lambdas", key, setting], message, help);
        }
    }
}

/// Python, Node and Ruby call a function of a file, .NET a method of a type of an assembly.
///
/// AWS: <https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/csharp-handler.html>
pub fn handlers(report: &mut Report<'_>) {
    for (key, lambda) in report.loaded.stack.functions() {
        let Lambda { runtime, handler, .. } = &lambda.given;
        let is_of = |names: &[&str]| names.iter().any(|name| runtime.starts_with(name));
        let form = match handler {
            handler if !is_plain(handler) || handler.is_empty() => continue,
            handler if is_of(&["python", "nodejs", "ruby"]) && !handler.contains('.') => {
                "write it as `file.function`"
            }
            handler if is_of(&["dotnet"]) && ![0, 2].contains(&handler.matches("::").count()) => {
                "write it as `Assembly::Namespace.Type::Method`"
            }
            _ => continue,
        };
        let message = format!("`{handler}` is no handler of `{runtime}`");
        report.rule("handler-form").at(&["lambdas", key, "handler"], message, form);
    }
}

/// Levels are for JSON alone, and a function writes to one group.
///
/// AWS: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>
pub fn logs(report: &mut Report<'_>) {
    let stack = &report.loaded.stack;
    let mut groups: BTreeMap<String, (&String, bool)> = BTreeMap::new();
    for (key, lambda) in stack.functions() {
        let lambda = &lambda.given;
        levels(report, key, lambda);
        let group = lambda.log_group.as_ref();
        let used = lambda.logging_config.as_ref().and_then(|logging| logging.log_group.as_ref());
        if let Some(used) = used {
            if group.is_some() {
                let message =
                    format!("the logs of `{key}` go to `{used}`: it has no group of its own");
                let help = "leave out `log_group`, or the one in `logging_config`";
                report.rule("two-log-groups").at_key(&["lambdas", key, "log_group"], message, help);
            }
            continue;
        }
        let named = group.and_then(|group| group.name.as_ref());
        if named.is_some_and(|name| !is_known(name)) {
            let help =
                "a group is found by its name, so nothing that AWS has yet to say can be in it";
            let path = ["lambdas", key, "log_group", "name"];
            report.rule("log-group-name-holds-reference").at(
                &path,
                "the name of a log group holds a reference",
                help,
            );
        }
        let name = named.cloned().unwrap_or_else(|| own_group(stack, key, lambda));
        // Two functions of one name are told of as such.
        let is_named = named.is_some();
        if let Some((other, other_is_named)) = groups.insert(name.clone(), (key, is_named))
            && (is_named || other_is_named)
        {
            let message = format!("`{other}` and `{key}` would both own the log group `{name}`");
            let help = format!(
                "name the group in `logging_config` of one of them, as `${{lambdas.{other}.log_group.name}}`"
            );
            report.rule("same-log-group").at_key(&["lambdas", key], message, help);
        }
    }
}

fn own_group(stack: &Stack, key: &str, lambda: &Lambda) -> String {
    format!("/aws/lambda/{}", default_name(lambda.name.as_ref(), &stack.stack, key))
}

/// Whether a name is known before anything is made.
fn is_known(name: &str) -> bool {
    let known = |piece: &Piece| matches!(piece, Piece::Literal(_) | Piece::Region | Piece::Account);
    Template::parse(name).is_ok_and(|name| name.pieces().iter().all(known))
}

fn levels(report: &mut Report<'_>, key: &str, lambda: &Lambda) {
    let Some(logging) = &lambda.logging_config else { return };
    if logging.log_format.as_deref() == Some("JSON") {
        return;
    }
    let levels = [
        ("application_log_level", &logging.application_log_level),
        ("system_log_level", &logging.system_log_level),
    ];
    for (setting, _) in levels.iter().filter(|(_, level)| level.is_some()) {
        let path = ["lambdas", key, "logging_config", setting];
        report.rule("level-needs-json").at_key(
            &path,
            format!("`{setting}` needs JSON lines"),
            "write `log_format: JSON`",
        );
    }
}

/// Subnets and security groups go together, and a role must be able to connect.
///
/// AWS: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
pub fn networks(report: &mut Report<'_>) {
    for (key, lambda) in report.loaded.stack.functions() {
        let lambda = &lambda.given;
        let Some(VpcConfig { subnet_ids, security_group_ids, ipv6_allowed_for_dual_stack: _ }) =
            &lambda.vpc_config
        else {
            continue;
        };
        let has = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
        let path = ["lambdas", key.as_str(), "vpc_config"];
        if has(subnet_ids) != has(security_group_ids) {
            let message = "a network is subnets and security groups";
            report.rule("network-incomplete").at_key(
                &path,
                message,
                "write both `subnet_ids` and `security_group_ids`",
            );
        }
        let managed = lambda.managed_policies.iter().flatten().next().is_some();
        let inline = lambda.inline_policies.values().flatten();
        let inline = inline.map(|policy| policy.0.to_string()).any(|text| text.contains("ec2:"));
        if has(subnet_ids) && lambda.role.is_none() && !managed && !inline {
            let message = format!("the role of `{key}` may not connect to a network");
            let help = "add `managed_policies: \
                [arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole]`";
            report.rule("role-may-not-connect").at_key(&path, message, help);
        }
    }
}

/// References to parts of a function that the file does not make.
pub fn parts(report: &mut Report<'_>) {
    let mut found = Vec::new();
    walk(&report.loaded.tree, &mut |node, reference| {
        let [root, key, part] = reference.address.segments() else { return };
        let Some((_, lambda)) = report.loaded.stack.functions().find(|(k, _)| *k == key) else {
            return;
        };
        let lambda = &lambda.given;
        let logging = lambda.logging_config.as_ref();
        let help = match part.as_str() {
            _ if root != "lambdas" => return,
            "role" if lambda.role.is_some() => "the function names its `role`: write that",
            "function_url" if lambda.function_url.is_none() => "give the function a `function_url`",
            "log_group" if logging.is_some_and(|logging| logging.log_group.is_some()) => {
                "the function names its group in `logging_config`: write that"
            }
            _ => return,
        };
        let message =
            format!("`${{{reference}}}` is not known: no `{}` is made", reference.address);
        found.push(Problem::new(node.at.clone(), message).help(help).rule("part-not-made"));
    });
    report.problems.extend(found);
}

/// Visits every reference to an output.
fn walk(node: &Node, visit: &mut impl FnMut(&Node, &Reference)) {
    match &node.value {
        NodeValue::Text(text) => {
            if let Ok(template) = Template::parse(text) {
                template.references().for_each(|reference| visit(node, reference));
            }
        }
        NodeValue::List(items) => items.iter().for_each(|item| walk(item, visit)),
        NodeValue::Map(entries) => entries.iter().for_each(|(_, below)| walk(below, visit)),
        NodeValue::Null | NodeValue::Bool(_) | NodeValue::Number(..) => {}
    }
}
