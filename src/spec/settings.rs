//! The settings that a file gives for one resource: absent, `null` and a value kept apart.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// The settings of one resource.
///
/// Absent settings stay absent in [`Settings::wanted`]; those that the file sets to `null` become
/// AWS's default there, so that they are enforced.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings<T> {
    /// The settings; absent and `null` are both `None`.
    pub given: T,
    nulls: Vec<Vec<String>>,
}

impl<T> From<T> for Settings<T> {
    /// Settings of which none is `null`.
    fn from(given: T) -> Self {
        Self { given, nulls: Vec::new() }
    }
}

impl<T> Settings<T> {
    /// Whether the file sets a setting to `null`.
    pub fn is_null(&self, setting: &str) -> bool {
        self.nulls.iter().any(|path| matches!(path.as_slice(), [only] if only == setting))
    }
}

impl<T: Serialize> Settings<T> {
    /// The wanted state: what is given, and AWS's default for what is `null`.
    ///
    /// `defaults` are AWS's, in the shape of the state. With `strict` every absent setting takes
    /// its default too.
    pub fn wanted(&self, defaults: &Value, strict: bool) -> Map<String, Value> {
        let mut given = serde_json::to_value(&self.given).unwrap_or_default();
        drop_nulls(&mut given);
        let mut wanted = if strict { defaults.clone() } else { Value::Object(Map::new()) };
        lay_over(&mut wanted, given);
        for path in &self.nulls {
            let default = path.iter().try_fold(defaults, |value, key| value.get(key));
            put(&mut wanted, path, default.cloned().unwrap_or_default());
        }
        match wanted {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}

/// Lays `over` on `base`: mappings merge, everything else replaces.
pub fn lay_over(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

fn drop_nulls(value: &mut Value) {
    if let Value::Object(map) = value {
        map.retain(|_, below| !below.is_null());
        map.values_mut().for_each(drop_nulls);
    }
}

fn put(value: &mut Value, path: &[String], new: Value) {
    let Some((key, rest)) = path.split_first() else {
        *value = new;
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    if let Value::Object(map) = value {
        put(map.entry(key.clone()).or_insert(Value::Null), rest, new);
    }
}

fn find_nulls(value: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match value {
        Value::Null if !path.is_empty() => found.push(path.clone()),
        Value::Object(map) => {
            for (key, below) in map {
                path.push(key.clone());
                find_nulls(below, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Settings<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let mut nulls = Vec::new();
        find_nulls(&value, &mut Vec::new(), &mut nulls);
        let given = serde_json::from_value(value).map_err(D::Error::custom)?;
        Ok(Self { given, nulls })
    }
}

impl<T: Serialize> Serialize for Settings<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.given.serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for Settings<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, Serialize, Deserialize)]
    struct Sample {
        a: Option<i32>,
        b: Option<Inner>,
        c: Option<String>,
    }

    #[derive(Debug, Default, Serialize, Deserialize)]
    struct Inner {
        x: Option<i32>,
        y: Option<i32>,
    }

    fn wanted(file: Value, strict: bool) -> Value {
        let settings: Settings<Sample> = serde_json::from_value(file).unwrap();
        let defaults = json!({ "a": 1, "b": { "x": 2, "y": 3 } });
        Value::Object(settings.wanted(&defaults, strict))
    }

    #[test]
    fn absent_null_and_given_are_three_things() {
        assert_eq!(wanted(json!({ "c": "z" }), false), json!({ "c": "z" }));
        assert_eq!(wanted(json!({ "a": null }), false), json!({ "a": 1 }));
        assert_eq!(
            wanted(json!({ "b": { "x": null, "y": 7 } }), false),
            json!({ "b": { "y": 7, "x": 2 } })
        );
        assert_eq!(wanted(json!({ "c": null }), false), json!({ "c": null }));
    }

    #[test]
    fn strict_takes_every_default() {
        assert_eq!(
            wanted(json!({ "b": { "y": 7 } }), true),
            json!({ "a": 1, "b": { "x": 2, "y": 7 } })
        );
    }
}
