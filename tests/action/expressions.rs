//! GitHub's expressions, as far as the action and the workflows use them.
//!
//! Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>

use serde_json::Value;

/// A text with each `${{ … }}` in it replaced.
pub fn filled(text: &str, context: &Value) -> String {
    let mut parts = text.split("${{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (expression, rest) = part.split_once("}}").unwrap();
        filled += &shown(&value(expression, context));
        filled += rest;
    }
    filled
}

/// Whether a step or a job with this `if` runs; without a word on failures, not after one.
pub fn holds(condition: Option<&str>, context: &Value) -> bool {
    let failed = context["failed"] == true;
    let Some(condition) = condition else { return !failed };
    let bare = condition.trim().trim_start_matches("${{").trim_end_matches("}}");
    let says_when = ["always()", "cancelled()", "failure()"].iter().any(|word| bare.contains(word));
    (says_when || !failed) && is_true(&value(bare, context))
}

fn value(expression: &str, context: &Value) -> Value {
    let mut tokens = tokens(expression);
    tokens.reverse();
    let value = or(&mut tokens, context);
    assert!(tokens.is_empty(), "{expression}: {tokens:?}");
    value
}

/// Names and texts, and signs between them.
fn tokens(expression: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => rest[1..].find('\'').unwrap() + 2,
            _ if rest.starts_with("!=") || rest.starts_with("==") => 2,
            '&' | '|' => 2,
            '!' | '(' | ')' => 1,
            _ => rest
                .find(|c: char| !c.is_alphanumeric() && !"._-".contains(c))
                .unwrap_or(rest.len()),
        };
        assert!(length > 0, "{expression}: {rest}");
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

/// The tokens are in reverse: the next one is the last.
fn take(tokens: &mut Vec<String>, sign: &str) -> bool {
    let found = tokens.last().is_some_and(|token| token == sign);
    if found {
        tokens.pop();
    }
    found
}

fn or(tokens: &mut Vec<String>, context: &Value) -> Value {
    let mut left = and(tokens, context);
    while take(tokens, "||") {
        let right = and(tokens, context);
        left = if is_true(&left) { left } else { right };
    }
    left
}

fn and(tokens: &mut Vec<String>, context: &Value) -> Value {
    let mut left = equal(tokens, context);
    while take(tokens, "&&") {
        let right = equal(tokens, context);
        left = if is_true(&left) { right } else { left };
    }
    left
}

fn equal(tokens: &mut Vec<String>, context: &Value) -> Value {
    let left = one(tokens, context);
    if take(tokens, "==") {
        Value::from(shown(&left) == shown(&one(tokens, context)))
    } else if take(tokens, "!=") {
        Value::from(shown(&left) != shown(&one(tokens, context)))
    } else {
        left
    }
}

fn one(tokens: &mut Vec<String>, context: &Value) -> Value {
    if take(tokens, "!") {
        return Value::from(!is_true(&one(tokens, context)));
    }
    if take(tokens, "(") {
        let value = or(tokens, context);
        assert!(take(tokens, ")"));
        return value;
    }
    let token = tokens.pop().unwrap();
    if let Some(text) = token.strip_prefix('\'') {
        return Value::from(text.trim_end_matches('\''));
    }
    if take(tokens, "(") {
        assert!(take(tokens, ")"), "a function with arguments: {token}");
        return Value::from(match token.as_str() {
            "always" => true,
            "cancelled" => false,
            "failure" => context["failed"] == true,
            other => panic!("there is no function {other}"),
        });
    }
    // What is not there is nothing, and no error.
    token.split('.').fold(context, |value, name| &value[name]).clone()
}

fn is_true(value: &Value) -> bool {
    !matches!(shown(value).as_str(), "" | "false" | "0")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn expressions_are_those_of_github() {
    let context =
        serde_json::json!({ "inputs": { "a-b": "x" }, "n": { "number": 7 }, "failed": true });
    assert_eq!(
        filled("<${{ inputs.a-b }}> ${{ inputs.none || 'merged' }}", &context),
        "<x> merged"
    );
    assert_eq!(filled("pr=${{ inputs.none || n.number }}", &context), "pr=7");
    for (condition, expected) in [
        (None, false),
        (Some("inputs.a-b == 'x'"), false),
        (Some("${{ !cancelled() && inputs.a-b == 'x' && inputs.none != 'x' }}"), true),
        (Some("always() && (inputs.none || inputs.a-b == 'y')"), false),
        (Some("always() && (inputs.none == '' || inputs.a-b == 'y')"), true),
    ] {
        assert_eq!(holds(condition, &context), expected, "{condition:?}");
    }
}
