//! The JSON Schema: the committed copy is the one of the types, and it says something of everything.

use std::path::Path;

use serde_json::Value;

fn committed() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/stack.schema.json");
    std::fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    let made = format!("{:#}\n", provision::spec::schema());
    assert!(
        committed() == made,
        "run `cargo run -- schema > schema/stack.schema.json` and look at the difference"
    );
}

#[test]
fn every_setting_has_a_description() {
    fn walk(path: &str, schema: &Value, silent: &mut Vec<String>) {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        for (name, property) in properties {
            let path = format!("{path}.{name}");
            let says = property.get("description").is_some() || property.get("$ref").is_some();
            if !says && !path.contains("Policy") {
                silent.push(path.clone());
            }
            walk(&path, property, silent);
        }
    }
    let schema = provision::spec::schema();
    let mut silent = Vec::new();
    walk("", &schema, &mut silent);
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        walk(name, definition, &mut silent);
    }
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn every_pattern_of_the_schema_compiles() {
    fn walk(schema: &Value) {
        match schema {
            Value::Object(map) => {
                if let Some(pattern) = map.get("pattern").and_then(Value::as_str) {
                    regex::Regex::new(pattern).unwrap();
                }
                map.values().for_each(walk);
            }
            Value::Array(items) => items.iter().for_each(walk),
            _ => {}
        }
    }
    walk(&provision::spec::schema());
}
