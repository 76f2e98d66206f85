//! What a plan says of settings that it leaves as they are.

use serde_json::Value;

use crate::resource::{Declared, KindInfo, Live, Rule, duration_text};

use super::compare::{Fields, is_empty};
use super::fill::Wanted;
use super::step::Undeclared;

/// The settings of a resource that the file does not mention and that are not AWS's default.
pub fn undeclared(
    declared: &Declared,
    want: &Wanted,
    live: &Live,
    info: &KindInfo,
) -> Vec<Undeclared> {
    let mut found = Vec::new();
    let walk = Walk { declared, fields: Fields(info.fields) };
    walk.below("", want, &live.state, &info.defaults, &mut found);
    found
}

struct Walk<'a> {
    declared: &'a Declared,
    fields: Fields,
}

impl Walk<'_> {
    /// Only settings whose default is known are looked at: the rest is AWS's own bookkeeping.
    fn below(
        &self,
        path: &str,
        want: &Wanted,
        live: &Value,
        default: &Value,
        found: &mut Vec<Undeclared>,
    ) {
        let Value::Object(defaults) = default else { return };
        for (key, default) in defaults {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let have = live.get(key).unwrap_or(&Value::Null);
            let wanted = match want {
                Wanted::Map(map) => map.get(key),
                _ => None,
            };
            match wanted {
                Some(wanted) => self.below(&path, wanted, have, default, found),
                None if is_default(have, default) || self.fields.has(&path, Rule::Sensitive) => {}
                None => found.push(Undeclared {
                    address: self.declared.address.clone(),
                    value: match have.as_u64().filter(|_| self.fields.has(&path, Rule::Seconds)) {
                        Some(seconds) => duration_text(seconds).into(),
                        None => have.clone(),
                    },
                    path,
                }),
            }
        }
    }
}

/// Whether a live value is AWS's default: lists are sets, and nothing equals empty.
fn is_default(live: &Value, default: &Value) -> bool {
    let sorted = |value: &Value| match value {
        Value::Array(list) => {
            let mut texts: Vec<String> = list.iter().map(Value::to_string).collect();
            texts.sort();
            Some(texts)
        }
        _ => None,
    };
    match (live, default) {
        // AWS says nothing of many settings that have their default.
        (Value::Null, _) => true,
        (live, default) if is_empty(live) && is_empty(default) => true,
        (Value::Object(live), Value::Object(default)) => live
            .iter()
            .all(|(key, value)| is_default(value, default.get(key).unwrap_or(&Value::Null))),
        (live @ Value::Array(_), default @ Value::Array(_)) => sorted(live) == sorted(default),
        (live, default) => live == default,
    }
}
