//! Rules about the user pool.
//!
//! AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>

use super::{Report, is_plain};
use crate::spec::problem::suggestion;
use crate::spec::stack::{AttributeType, CustomAttribute};

/// `alias_attributes` and `username_attributes` exclude each other.
pub fn sign_in_attributes(report: &mut Report<'_>) {
    let Some(pool) = report.loaded.stack.pool() else { return };
    let some = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
    if some(&pool.alias_attributes) && some(&pool.username_attributes) {
        report.rule("alias-or-username").at_key(
            &["user_pool", "alias_attributes"],
            "`alias_attributes` and `username_attributes` exclude each other",
            "`username_attributes`: people sign in with it instead of a user name; \
             `alias_attributes`: in addition to one",
        );
    }
}

/// `admin_only` stands alone.
pub fn recovery(report: &mut Report<'_>) {
    let Some(pool) = report.loaded.stack.pool() else { return };
    let Some(ways) = &pool.account_recovery_setting else { return };
    let path = ["user_pool", "account_recovery_setting"];
    if ways.len() > 1 && ways.iter().any(|way| way == "admin_only") {
        report.rule("admin-only-alone").at(
            &path,
            "`admin_only` stands alone",
            "remove it, or the others",
        );
    }
}

/// Names, and constraints that fit the type.
pub fn custom_attributes(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    if pool.custom_attributes.len() > 50 {
        let message = format!("{} custom attributes; 50 at most", pool.custom_attributes.len());
        report.rule("too-many-attributes").at(
            &["user_pool", "custom_attributes"],
            message,
            "a pool takes 50",
        );
    }
    for (name, attribute) in &pool.custom_attributes {
        let path = ["user_pool", "custom_attributes", name.as_str()];
        if let Some(bare) = name.strip_prefix("custom:").or(name.strip_prefix("dev:")) {
            let message = format!("`{name}` has the prefix that AWS adds by itself");
            report.rule("attribute-prefix").at_key(&path, message, format!("write `{bare}`"));
        }
        constraints(report, &path, attribute);
    }
}

fn constraints(report: &mut Report<'_>, path: &[&str], attribute: &CustomAttribute) {
    let CustomAttribute { r#type, min_length, max_length, min_value, max_value, .. } = attribute;
    let lengths = min_length.is_some() || max_length.is_some();
    let values = min_value.is_some() || max_value.is_some();
    if lengths && *r#type != AttributeType::String {
        let help = "`min_length` and `max_length` belong to `string`";
        report.rule("length-of-no-text").at(path, "a length on an attribute that is no text", help);
    }
    if values && *r#type != AttributeType::Number {
        let help = "`min_value` and `max_value` belong to `number`";
        report.rule("range-of-no-number").at(
            path,
            "a range on an attribute that is no number",
            help,
        );
    }
    let crossed =
        |least: Option<i64>, most: Option<i64>| least.zip(most).is_some_and(|(a, b)| a > b);
    if crossed(min_length.map(i64::from), max_length.map(i64::from))
        || crossed(*min_value, *max_value)
    {
        report.rule("crossed-limits").at(
            path,
            "the least is greater than the most",
            "exchange them",
        );
    }
}

/// A trigger is a function of the file or an ARN.
pub fn triggers(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    for (trigger, function) in &pool.triggers {
        let path = ["user_pool", "triggers", trigger.name(), "lambda"];
        let long = loaded.tree.find(path).is_some();
        function_or_arn(report, if long { &path } else { &path[..3] }, &function.lambda);
    }
}

/// Reports a text that is neither the key of a function of the file nor an ARN nor a reference.
pub(super) fn function_or_arn(report: &mut Report<'_>, path: &[&str], function: &str) {
    let loaded = report.loaded;
    let keys: Vec<&str> = loaded.stack.all_functions().map(|(key, _)| key.as_str()).collect();
    if !is_plain(function) || keys.contains(&function) {
        return;
    }
    if function.starts_with("arn:") {
        if !is_function_arn(function) {
            let message = format!("`{function}` is not the ARN of a function");
            let help = "write it as `arn:aws:lambda:us-east-1:123456789012:function:NAME`";
            report.rule("function-arn-form").at(path, message, help);
        }
        return;
    }
    let help = suggestion(function, keys).unwrap_or_else(|| {
        "declare the function under `lambdas`, or write the ARN of another".to_owned()
    });
    report.rule("unknown-function").at(path, format!("there is no function `{function}`"), help);
}

/// Whether an ARN is that of a function, of a version or of an alias.
fn is_function_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    let [_, partition, "lambda", region, account, "function", name, rest @ ..] = &parts[..] else {
        return false;
    };
    let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
    let is_name = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_$".contains(c))
    };
    partition.starts_with("aws")
        && is_account
        && is_name(region)
        && is_name(name)
        && rest.len() <= 1
        && rest.iter().all(|qualifier| is_name(qualifier))
}
