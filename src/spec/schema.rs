//! The JSON Schema of the stack file, made from its types.
//!
//! It serves editors (`provision schema`) and [`super::shape`], which holds a file against it, so
//! that both always say the same. Keys that start with `x-` are for the latter: `x-expected` (what a
//! reader should write), `x-sensitive` (secrets may stand here), `x-policy` (an IAM document),
//! `x-seconds` (the range of a duration), `x-keys` (what the keys of a map are), `x-retired` (values
//! that AWS took once, each with its successor); `x-model` and `x-key-model` name the shape of AWS's
//! that a type or a setting stands for ([`super::model`]).

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::model;
use super::stack::{Stack, statement_schema};

/// The schema: every file is held against it.
pub(super) static SCHEMA: LazyLock<Value> = LazyLock::new(make);

/// The schema, as it is published.
pub fn schema() -> Value {
    SCHEMA.clone()
}

fn make() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Stack>().to_value();
    schema["$id"] = json!("https://provision.example/schema/stack.schema.json");
    schema["title"] = json!("provision stack file");
    schema["$defs"]["PolicyStatement"] = statement_schema();
    // Lays this file over another one: read before the rest, so no type holds it.
    schema["properties"]["extends"] = json!({
        "type": "string",
        "description": "Another stack file, relative to this one, over which this file is laid: \
            mappings merge, lists and scalars replace, `null` removes.",
    });
    model::apply(&mut schema);
    schema
}
