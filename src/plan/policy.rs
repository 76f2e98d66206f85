//! IAM policy documents, compared by meaning.

use serde_json::{Map, Value};

/// Members of a statement whose single text equals a list of one, and whose order does not matter.
const LISTS: &[&str] =
    &["Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "Federated"];

/// A document in the one spelling that equal documents share.
///
/// A single statement becomes a list of one; single texts become lists; lists are sorted; the
/// version that AWS assumes is written out. The order of statements does not matter either.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
pub fn normal_form(document: &Value) -> Value {
    let Value::Object(map) = document else { return document.clone() };
    let mut normal = Map::new();
    let version = map.get("Version").cloned().unwrap_or_else(|| "2008-10-17".into());
    normal.insert("Version".into(), version);
    for (key, value) in map {
        match key.as_str() {
            "Version" => {}
            "Statement" => {
                let mut all: Vec<Value> = as_list(value).iter().map(statement).collect();
                all.sort_by_key(Value::to_string);
                normal.insert(key.clone(), Value::Array(all));
            }
            _ => drop(normal.insert(key.clone(), value.clone())),
        }
    }
    normal.sort_keys();
    Value::Object(normal)
}

fn statement(statement: &Value) -> Value {
    let Value::Object(map) = statement else { return statement.clone() };
    let mut normal = Map::new();
    for (key, value) in map {
        let value = match key.as_str() {
            "Principal" | "NotPrincipal" => principal(value),
            "Condition" => condition(value),
            key if LISTS.contains(&key) => sorted(value),
            _ => value.clone(),
        };
        normal.insert(key.clone(), value);
    }
    normal.sort_keys();
    Value::Object(normal)
}

fn principal(principal: &Value) -> Value {
    match principal {
        Value::Object(map) => below(map, sorted),
        Value::String(all) if all == "*" => serde_json::json!({ "AWS": ["*"] }),
        other => other.clone(),
    }
}

fn condition(condition: &Value) -> Value {
    match condition {
        Value::Object(map) => below(map, |keys| match keys {
            Value::Object(keys) => below(keys, sorted),
            other => other.clone(),
        }),
        other => other.clone(),
    }
}

fn below(map: &Map<String, Value>, normal: impl Fn(&Value) -> Value) -> Value {
    let mut map: Map<String, Value> =
        map.iter().map(|(key, value)| (key.clone(), normal(value))).collect();
    map.sort_keys();
    Value::Object(map)
}

fn as_list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    }
}

fn sorted(value: &Value) -> Value {
    let text = |value: Value| match value {
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        other => other,
    };
    let mut list: Vec<Value> = as_list(value).into_iter().map(text).collect();
    list.sort_by_key(Value::to_string);
    list.dedup();
    Value::Array(list)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spelling_and_order_do_not_matter() {
        let one = json!({
            "Statement": { "Resource": "*", "Effect": "Allow", "Action": ["b:B", "a:A"],
                "Condition": { "Bool": { "x": true } } },
        });
        let other = json!({
            "Version": "2008-10-17",
            "Statement": [{ "Action": ["a:A", "b:B"], "Effect": "Allow", "Resource": ["*"],
                "Condition": { "Bool": { "x": ["true"] } } }],
        });
        assert_eq!(normal_form(&one), normal_form(&other));
    }

    #[test]
    fn meaning_matters() {
        let allow =
            json!({ "Statement": [{ "Effect": "Allow", "Action": "a:A", "Resource": "*" }] });
        let deny = json!({ "Statement": [{ "Effect": "Deny", "Action": "a:A", "Resource": "*" }] });
        assert_ne!(normal_form(&allow), normal_form(&deny));
    }
}
