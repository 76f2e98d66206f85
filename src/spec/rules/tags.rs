//! Rules about tags.
//!
//! AWS: <https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html>

use std::collections::BTreeSet;

use super::Report;
use crate::spec::stack::Texts;

/// The most tags of one's own, in all and on one resource: 50 less what ownership needs.
const MOST: usize = 40;

/// Tags whose keys are AWS's or this program's, too many tags, characters that some service refuses.
pub fn reserved(report: &mut Report<'_>) {
    let stack = &report.loaded.stack;
    let mut all: Vec<(Vec<String>, Texts)> = vec![(vec!["tags".into()], stack.tags.clone())];
    if let Some(pool) = stack.pool() {
        all.push((vec!["user_pool".into(), "user_pool_tags".into()], pool.user_pool_tags.clone()));
    }
    for (key, lambda) in stack.functions() {
        let path = vec!["lambdas".into(), key.clone(), "tags".into()];
        all.push((path, lambda.given.tags.clone()));
    }
    if let Some(api) = &stack.http_api {
        all.push((vec!["http_api".into(), "tags".into()], api.given.tags.clone()));
    }
    for (path, tags) in all {
        one(report, &path.iter().map(String::as_str).collect::<Vec<_>>(), &tags);
    }
}

fn one(report: &mut Report<'_>, path: &[&str], tags: &Texts) {
    let stack = &report.loaded.stack.tags;
    let count = tags.keys().chain(stack.keys()).collect::<BTreeSet<_>>().len();
    // Those of the stack alone are told of where they stand.
    if count > MOST && (path == ["tags"] || stack.len() <= MOST) {
        let message = format!("{count} tags with those of the stack; {MOST} at most");
        let help = "AWS takes 50 on a resource, and ownership is written in some: remove some";
        report.rule("too-many-tags").at_key(path, message, help);
    }
    for (key, value) in tags {
        let mut below = path.to_vec();
        below.push(key);
        let lower = key.to_lowercase();
        if lower.starts_with("aws:") || lower.starts_with("provision:") {
            let message = format!("the tag `{key}` starts with a reserved prefix");
            report.rule("reserved-tag").at_key(
                &below,
                message,
                "`aws:` is AWS's, and `provision:` marks what a stack owns",
            );
        }
        let is_allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
        if key.is_empty() || key.chars().count() > 128 || !key.chars().all(is_allowed) {
            let help = "1 to 128 letters, digits, spaces and any of `_.:/=+-@`";
            report.rule("tag-key").at_key(
                &below,
                format!("`{key}` cannot be the key of a tag"),
                help,
            );
        }
        let plain = super::is_plain(value);
        if plain && (value.chars().count() > 256 || !value.chars().all(is_allowed)) {
            let help = "at most 256 letters, digits, spaces and any of `_.:/=+-@`";
            report.rule("tag-value").at(
                &below,
                format!("`{value}` cannot be the value of a tag"),
                help,
            );
        }
    }
}
