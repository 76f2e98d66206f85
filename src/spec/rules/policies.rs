//! Rules about IAM policy documents: what IAM answers with MalformedPolicyDocument.
//!
//! AWS: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use std::collections::BTreeSet;

use serde_json::Value;

use super::Report;
use crate::spec::suggestion;

/// The most characters that the inline policies of a role may have, white space not counted.
const MOST: usize = 10_240;

/// The operators of conditions, without `IfExists`, `ForAllValues:` and `ForAnyValue:`.
///
/// AWS: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
const OPERATORS: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

/// Each policy is whole and in characters that IAM takes, and all of a role are not too long.
pub fn documents(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, lambda) in loaded.stack.functions() {
        let mut size = 0;
        for (name, document) in &lambda.given.inline_policies {
            let Some(document) = document else { continue };
            let path = ["lambdas", key.as_str(), "inline_policies", name.as_str()];
            let text = document.0.to_string();
            size += text.chars().filter(|c| !c.is_whitespace()).count();
            if let Some(strange) = text.chars().find(|c| u32::from(*c) > 0xFF) {
                let message = format!("`{strange}` is no character that IAM takes");
                let help = "write it in the characters of Latin-1";
                report.rule("policy-character").at_key(&path, message, help);
            }
            self::document(report, &path, &document.0);
        }
        if size > MOST {
            let path = ["lambdas", key.as_str(), "inline_policies"];
            let message = format!("the policies have {size} characters; {MOST} at most");
            let help = "join statements that allow the same, or use wildcards";
            report.rule("policies-too-large").at_key(&path, message, help);
        }
    }
}

fn document(report: &mut Report<'_>, path: &[&str], document: &Value) {
    let statement = document.get("Statement").unwrap_or(&Value::Null);
    let statements = one_or_more(statement);
    if statements.is_empty() && statement.is_array() {
        let message = "the policy has no statement";
        report.rule("policy-without-statement").at_key(
            path,
            message,
            "add one, or remove the policy",
        );
    }
    let mut names = BTreeSet::new();
    for (index, one) in statements.iter().enumerate() {
        let index = index.to_string();
        let mut below = [path, &["Statement"]].concat();
        if statement.is_array() {
            below.push(&index);
        }
        if let Some(name) = one.get("Sid").and_then(Value::as_str)
            && !name.is_empty()
            && !names.insert(name)
        {
            let message = format!("two statements are named `{name}`");
            below.push("Sid");
            report.rule("same-statement-name").at(&below, message, "rename one of them");
            below.pop();
        }
        self::statement(report, &below, one);
    }
}

fn statement(report: &mut Report<'_>, path: &[&str], statement: &Value) {
    for pair in [["Action", "NotAction"], ["Resource", "NotResource"]] {
        let [one, other] = pair;
        let given: Vec<&str> =
            pair.into_iter().filter(|name| statement.get(*name).is_some()).collect();
        match given[..] {
            [] => {
                let message = format!("a statement needs `{one}` or `{other}`");
                let help = format!("add `{one}`: IAM refuses the policy otherwise");
                report.rule("statement-incomplete").at(path, message, help);
            }
            [name] => {
                let element = statement.get(name).unwrap_or(&Value::Null);
                self::element(report, &[path, &[name]].concat(), element, one == "Action");
            }
            _ => {
                let message = format!("a statement has either `{one}` or `{other}`");
                report.rule("statement-says-both").at(path, message, "make two statements of it");
            }
        }
    }
    for (name, condition) in
        statement.get("Condition").and_then(Value::as_object).into_iter().flatten()
    {
        let plain = name.strip_prefix("ForAllValues:").or(name.strip_prefix("ForAnyValue:"));
        let plain = plain.unwrap_or(name);
        let path = [path, &["Condition", name]].concat();
        if !OPERATORS.contains(&plain.strip_suffix("IfExists").unwrap_or(plain)) {
            let message = format!("there is no operator `{name}` of conditions");
            let help = suggestion(plain, OPERATORS.iter().copied()).unwrap_or_default();
            report.rule("unknown-condition-operator").at_key(&path, message, help);
        } else if !condition.is_object() {
            let message = format!("`{name}` must be a mapping of keys to values");
            let help =
                format!("write it as `{name}: {{ \"aws:SourceAccount\": \"123456789012\" }}`");
            report.rule("condition-form").at_key(&path, message, help);
        }
    }
}

/// Actions are `service:Action`, resources ARNs; `*` is either.
fn element(report: &mut Report<'_>, path: &[&str], element: &Value, is_action: bool) {
    let name = path.last().copied().unwrap_or_default();
    let texts = one_or_more(element);
    if texts.is_empty() {
        let message = format!("`{name}` is an empty list");
        report.rule("empty-policy-list").at(path, message, "add an entry, or remove the statement");
    }
    for (index, text) in texts.iter().enumerate() {
        let Some(text) = text.as_str() else { continue };
        let index = index.to_string();
        let mut at = path.to_vec();
        if element.is_array() {
            at.push(&index);
        }
        if is_action && !is_action_form(text) {
            let message = format!("`{text}` is no action of IAM");
            let help = "write service and action, as `ses:SendEmail` or `dynamodb:Get*`, or `*`";
            report.rule("policy-action-form").at(&at, message, help);
        } else if !is_action && !is_resource_form(text) {
            let message = format!("`{text}` is no resource of IAM");
            let help = "write an ARN, as `arn:aws:s3:::bucket/*`, a reference to one, or `*`";
            report.rule("policy-resource-form").at(&at, message, help);
        }
    }
}

fn is_action_form(text: &str) -> bool {
    let is_word = |word: &str, more: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let pair = text.split_once(':');
    text.contains("${")
        || text == "*"
        || pair.is_some_and(|(service, action)| is_word(service, "-") && is_word(action, "*?"))
}

fn is_resource_form(text: &str) -> bool {
    text.starts_with("${")
        || text == "*"
        || (text.starts_with("arn:") && text.matches(':').count() >= 5)
}

fn one_or_more(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(all) => all.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}
