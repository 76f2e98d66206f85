//! Rules about functions.
//!
//! AWS: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>

use std::collections::BTreeMap;

use super::{Report, is_plain};
use crate::resource::{Piece, Template};
use crate::spec::default_name;

/// The most bytes that the environment of a function may have.
const ENVIRONMENT: usize = 4096;

/// Names that follow from the stack's and the key keep AWS's limits.
pub fn names(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let stack = &loaded.stack;
    let mut seen: Vec<(String, String)> = Vec::new();
    for (key, lambda) in stack.functions() {
        let path = ["lambdas", key.as_str()];
        let name = default_name(lambda.given.name.as_ref(), &stack.stack, key);
        let known =
            |piece: &Piece| matches!(piece, Piece::Literal(_) | Piece::Region | Piece::Account);
        if !Template::parse(&name).is_ok_and(|name| name.pieces().iter().all(known)) {
            let help =
                "a function is found by its name, so nothing that AWS has yet to say can be in it";
            report.rule("name-holds-reference").at(
                &["lambdas", key, "name"],
                "the name of a function holds a reference",
                help,
            );
            continue;
        }
        let is_legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !key.chars().all(is_legal) || key.is_empty() {
            let message = format!("`{key}` cannot be the key of a function");
            report.rule("function-key").at_key(
                &path,
                message,
                "letters, digits, `-` and `_`: names follow from it",
            );
        } else if name.chars().count() > 64 {
            let message = format!("the function's name `{name}` has more than 64 characters");
            report.rule("function-name-too-long").at_key(
                &path,
                message,
                "shorten the key, or give the function a `name`",
            );
        }
        if let Some((_, other)) = seen.iter().find(|(taken, _)| *taken == name) {
            let message = format!("`{key}` and `{other}` would both be named `{name}` in AWS");
            report.rule("same-function-name").at_key(
                &path,
                message,
                "give one of them another `name`",
            );
        }
        seen.push((name, key.clone()));
    }
}

/// Names of functions of the file that differ in letters' case alone: IAM takes their roles' names
/// for one.
///
/// AWS: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
pub fn role_names(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (key, _) in loaded.stack.functions() {
        if let Some(other) = seen.insert(key.to_lowercase(), key) {
            let message = format!("`{key}` and `{other}` differ in letters' case alone");
            let help = "rename one: IAM would take the names of their roles for one";
            report.rule("same-role-name").at_key(&["lambdas", key], message, help);
        }
    }
}

/// Names that Lambda keeps for itself, and the size of it all.
pub fn environment(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, lambda) in loaded.stack.functions() {
        let variables = &lambda.given.environment;
        for name in variables.keys() {
            let path = ["lambdas", key.as_str(), "environment", name.as_str()];
            if is_reserved(name) {
                let message = format!("`{name}` is Lambda's own variable");
                report.rule("reserved-environment").at_key(&path, message, "choose another name");
            }
        }
        let plain = variables.iter().filter(|(_, value)| is_plain(value));
        let size: usize = plain.map(|(name, value)| name.len() + value.len()).sum();
        if size > ENVIRONMENT {
            let path = ["lambdas", key.as_str(), "environment"];
            let message = format!("the environment has {size} bytes; {ENVIRONMENT} at most");
            report.rule("environment-too-large").at_key(
                &path,
                message,
                "keep large values in Parameter Store or in the code",
            );
        }
    }
}

fn is_reserved(name: &str) -> bool {
    const OWN: &[&str] = &[
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    ];
    OWN.contains(&name)
}
