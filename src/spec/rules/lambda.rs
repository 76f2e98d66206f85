//! Rules about functions.
//!
//! AWS: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>

use super::{Report, is_plain};
use crate::resource::{Piece, Template};
use crate::spec::default_name;

/// The most bytes that the environment of a function may have.
const ENVIRONMENT: usize = 4096;

/// The most characters that the inline policies of a role may have, white space not counted.
const POLICIES: usize = 10_240;

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
            report.at(&["lambdas", key, "name"], "the name of a function holds a reference", help);
            continue;
        }
        let is_legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !key.chars().all(is_legal) || key.is_empty() {
            let message = format!("`{key}` cannot be the key of a function");
            report.at_key(&path, message, "letters, digits, `-` and `_`: names follow from it");
        } else if name.chars().count() > 64 {
            let message = format!("the function's name `{name}` has more than 64 characters");
            report.at_key(&path, message, "shorten the key, or give the function a `name`");
        }
        if let Some((_, other)) = seen.iter().find(|(taken, _)| *taken == name) {
            let message = format!("`{key}` and `{other}` would both be named `{name}` in AWS");
            report.at_key(&path, message, "give one of them another `name`");
        }
        seen.push((name, key.clone()));
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
                report.at_key(&path, message, "choose another name");
            }
        }
        let plain = variables.iter().filter(|(_, value)| is_plain(value));
        let size: usize = plain.map(|(name, value)| name.len() + value.len()).sum();
        if size > ENVIRONMENT {
            let path = ["lambdas", key.as_str(), "environment"];
            let message = format!("the environment has {size} bytes; {ENVIRONMENT} at most");
            report.at_key(&path, message, "keep large values in Parameter Store or in the code");
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

/// Statements that say what on what, characters that IAM takes, and the size of it all.
pub fn policies(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, lambda) in loaded.stack.functions() {
        let mut size = 0;
        for (name, document) in &lambda.given.inline_policies {
            let Some(document) = document else { continue };
            let path = ["lambdas", key.as_str(), "inline_policies", name.as_str()];
            let text = document.0.to_string();
            size += text.chars().filter(|c| !c.is_whitespace()).count();
            if text.chars().any(|c| u32::from(c) > 0xFF) {
                let help = "IAM takes the characters of Latin-1 alone";
                report.at_key(&path, "a character that IAM does not take", help);
            }
            let statements = match document.0.get("Statement") {
                Some(serde_json::Value::Array(list)) => list.clone(),
                Some(one) => vec![one.clone()],
                None => Vec::new(),
            };
            for statement in &statements {
                statement_is_whole(report, &path, statement);
            }
        }
        if size > POLICIES {
            let path = ["lambdas", key.as_str(), "inline_policies"];
            let message = format!("the policies have {size} characters; {POLICIES} at most");
            report.at_key(&path, message, "join statements that allow the same, or use wildcards");
        }
    }
}

fn statement_is_whole(report: &mut Report<'_>, path: &[&str], statement: &serde_json::Value) {
    for pair in [["Action", "NotAction"], ["Resource", "NotResource"]] {
        let given = pair.iter().filter(|key| statement.get(**key).is_some()).count();
        if given != 1 {
            let [one, other] = pair;
            let message = if given == 0 {
                format!("a statement needs `{one}` or `{other}`")
            } else {
                format!("a statement has either `{one}` or `{other}`")
            };
            report.at_key(path, message, "IAM refuses the policy otherwise");
        }
    }
}
