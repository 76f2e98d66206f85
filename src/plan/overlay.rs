//! Lays a wanted state over a live one: what the file does not mention stays.

use serde_json::{Map, Value};

use crate::resource::{Field, Rule};

use super::compare::Fields;

/// The state that an update is to reach: `live`, with what `want` says laid over it.
///
/// A setting that is wanted to be `null` is taken out, so that AWS's default holds; maps that are
/// exclusive are replaced whole.
pub fn overlay(live: &Value, want: &Value, fields: &'static [Field]) -> Value {
    at("", live, want, Fields(fields))
}

fn at(path: &str, live: &Value, want: &Value, fields: Fields) -> Value {
    let whole = fields.has(path, Rule::Exclusive) || fields.has(path, Rule::Policy);
    let (Value::Object(want), false) = (want, whole) else {
        return without_nulls(want);
    };
    let mut merged: Map<String, Value> = live.as_object().cloned().unwrap_or_default();
    for (key, value) in want {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let have = merged.get(key).cloned().unwrap_or_default();
        if fields.has(&below, Rule::Once) && !have.is_null() {
            continue;
        }
        if value.is_null() {
            merged.remove(key);
        } else {
            merged.insert(key.clone(), at(&below, &have, value, fields));
        }
    }
    Value::Object(merged)
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let some = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(some.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FIELDS: &[Field] = &[
        Field { path: "environment", rule: Rule::Exclusive },
        Field { path: "tags.expires", rule: Rule::Once },
    ];

    #[test]
    fn what_is_not_wanted_stays_and_null_takes_out() {
        let live = json!({ "a": 1, "b": { "x": 1, "y": 2 }, "c": 3 });
        let want = json!({ "b": { "y": 5 }, "c": null });
        assert_eq!(overlay(&live, &want, FIELDS), json!({ "a": 1, "b": { "x": 1, "y": 5 } }));
    }

    #[test]
    fn an_exclusive_map_is_replaced_whole() {
        let live = json!({ "environment": { "OLD": "1" } });
        let want = json!({ "environment": { "NEW": "2" } });
        assert_eq!(overlay(&live, &want, FIELDS), want);
    }

    #[test]
    fn what_is_set_once_keeps_its_first_value() {
        let live = json!({ "tags": { "expires": "1" } });
        let want = json!({ "tags": { "expires": "2", "new": "x" } });
        let merged = overlay(&live, &want, FIELDS);
        assert_eq!(merged, json!({ "tags": { "expires": "1", "new": "x" } }));
    }
}
