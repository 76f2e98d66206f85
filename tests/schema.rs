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
            if !says {
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

/// Types of the stack file that stand for no shape of AWS's.
const OWN_TYPES: &[(&str, &str)] = &[
    ("LongAttribute", "its constraints are numbers here and texts in AWS's `SchemaAttributeType`"),
    ("LongTrigger", "one of LambdaConfig's members: ARNs there, keys of functions here"),
    ("PasswordSource", "AWS takes passwords, not where they are from"),
    ("PolicyDocument", "IAM's own language: a text in AWS's model"),
    ("PolicyStatement", "IAM's own language: a text in AWS's model"),
];

/// Settings that are not members of the shape of AWS's that what holds them stands for.
const OWN_SETTINGS: &[(&str, &str)] = &[
    ("AccessLogSettings.retention_in_days", "of the log group that is made"),
    ("Authorizer.lambda", "AuthorizerUri: an ARN there, a function's key here"),
    ("CustomDomain.domain", "CreateUserPoolDomain.Domain: the model's pattern has no dot"),
    ("EmailMfa.enabled", "a request without EmailMfaConfiguration switches the factor off"),
    ("Lambda.inline_policies", "policies of the function's role"),
    ("Lambda.managed_policies", "AttachRolePolicy, one at a time"),
    ("Lambda.name", "FunctionName: the model has the limits of an ARN"),
    ("RouteSettings.authorizer", "AuthorizerId: a key here"),
    ("RouteSettings.lambda", "stands for the route's integration"),
    ("RouteSettings.payload_format_version", "a setting of the route's integration"),
    ("RouteSettings.timeout", "a setting of the route's integration, in milliseconds"),
    ("SmsMfa.enabled", "a request without SmsMfaConfiguration switches the factor off"),
    ("StandardAttribute.max_length", "a number here, a text in StringAttributeConstraints"),
    ("StandardAttribute.min_length", "a number here, a text in StringAttributeConstraints"),
    ("User.attributes", "names and values of UserAttributes"),
    ("User.enabled", "AdminEnableUser and AdminDisableUser"),
    ("User.groups", "AdminAddUserToGroup"),
    ("User.password", "AdminSetUserPassword"),
    ("User.phone_number", "one of UserAttributes, with a form of its own"),
    ("UserPool.custom_attributes", "the model of their names is that of the keys"),
    ("UserPool.triggers", "LambdaConfig: ARNs there, keys of functions here"),
];

/// Settings of this program, wherever they stand.
const OWN_WORDS: &[&str] = &["existing", "was"];

/// The types that a setting holds, itself or in a short form, a list or a mapping.
fn types_in<'s>(schema: &'s Value, setting: &'s Value) -> Vec<&'s Value> {
    let named = setting["$ref"].as_str().and_then(|text| schema.pointer(text.strip_prefix('#')?));
    let below = ["anyOf", "oneOf"].into_iter().filter_map(|key| setting[key].as_array()).flatten();
    let entries = ["items", "additionalProperties"].into_iter().filter_map(|key| setting.get(key));
    let within = named.into_iter().chain(below).chain(entries);
    named.into_iter().chain(within.flat_map(|one| types_in(schema, one))).collect()
}

#[test]
fn every_type_that_stands_for_a_shape_of_aws_names_it_and_its_settings_are_members() {
    use provision::spec::model::{member, path_of};
    let schema = provision::spec::schema();
    let mut wrong = Vec::new();
    let mut used = Vec::new();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        let Some(settings) = definition["properties"].as_object() else { continue };
        let Some(model) = definition["x-model"].as_str() else {
            match OWN_TYPES.iter().find(|(own, _)| own == name) {
                Some((own, _)) => used.push((*own).to_owned()),
                None => wrong.push(format!("`{name}` has no `x-model`")),
            }
            continue;
        };
        for (setting, says) in settings.iter().filter(|(s, _)| !OWN_WORDS.contains(&s.as_str())) {
            let place = format!("{name}.{setting}");
            let found = match says["x-model"].as_str() {
                Some(path) => member(path).map(|_| path),
                None => path_of(model, setting),
            };
            // What holds a type that stands for another shape is that shape.
            let is_shape = types_in(&schema, says).iter().any(|one| one.get("x-model").is_some());
            if OWN_SETTINGS.iter().any(|(own, _)| *own == place) {
                if found.is_none() && !is_shape {
                    used.push(place);
                }
            } else if found.is_none() && !is_shape {
                wrong.push(format!("`{place}` is no member of `{model}`"));
            }
            let keys = says["x-key-model"].as_str();
            if keys.is_some_and(|path| member(path).is_none()) {
                wrong.push(format!("`{name}.{setting}`: there is no `{}`", keys.unwrap()));
            }
        }
    }
    let exceptions = OWN_TYPES.iter().chain(OWN_SETTINGS).map(|(place, _)| *place);
    let idle = exceptions.filter(|place| !used.iter().any(|used| used == place));
    wrong.extend(idle.map(|place| format!("`{place}` is an exception for nothing")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_pattern_of_the_schema_says_in_words_what_to_write() {
    fn walk(path: &str, schema: &Value, silent: &mut Vec<String>) {
        if schema.get("pattern").is_some() && schema.get("x-expected").is_none() {
            silent.push(path.to_owned());
        }
        match schema {
            Value::Object(map) => {
                map.iter().for_each(|(key, below)| walk(&format!("{path}.{key}"), below, silent));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(path, item, silent)),
            _ => {}
        }
    }
    let mut silent = Vec::new();
    walk("", &provision::spec::schema(), &mut silent);
    assert!(silent.is_empty(), "{silent:?}");
}
