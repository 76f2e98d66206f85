//! AWS's own limits of the settings, as data.
//!
//! `limits.tsv` has what AWS's service models say of each member of a request: range, length,
//! pattern, values. A type of the stack file says with `x-model` which shape it stands for, as
//! `cognito-idp.CreateUserPool.Policies.PasswordPolicy`; its settings then take the limits of the
//! members whose names they have in snake_case. A setting that has another name, or stands for a
//! member of a wrapper that is dropped, says `x-model` itself; one whose keys are AWS's names says
//! `x-key-model`. What a type says by hand wins, keyword by keyword: it does so where the documented
//! limits are others than the model's.

mod words;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

pub use words::words;

/// Where the data is from: `SERVICE.OPERATION.MEMBER` to what the model says of it.
static MEMBERS: LazyLock<BTreeMap<String, Member>> = LazyLock::new(|| {
    let rows = include_str!("limits.tsv").lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.filter_map(read).collect()
});

/// What AWS's model says of one member of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// `string`, `integer`, `list`, `map`, `structure`, …
    pub r#type: &'static str,
    /// Whether a request without it is refused.
    pub required: bool,
    /// The least value, length or number of entries.
    pub min: Option<i64>,
    /// The greatest value, length or number of entries.
    pub max: Option<i64>,
    /// What a text must match; empty for any.
    pub pattern: &'static str,
    /// The values that it can have, separated by `|`; empty for any.
    pub values: &'static str,
}

fn read(line: &'static str) -> Option<(String, Member)> {
    let columns: Vec<&'static str> = line.split('\t').collect();
    let [service, operation, path, r#type, required, min, max, pattern, values] = columns[..]
    else {
        return None;
    };
    let (min, max) = (min.parse().ok(), max.parse().ok());
    let member = Member { r#type, required: required == "y", min, max, pattern, values };
    Some((format!("{service}.{operation}.{path}"), member))
}

/// What the model says of a member, as `lambda.CreateFunction.TracingConfig.Mode`. Entries of a list
/// are `Layers[]`, keys and values of a map `Variables{key}` and `Variables{}`.
pub fn member(path: &str) -> Option<&'static Member> {
    MEMBERS.get(path)
}

/// The path of the member of the shape `model` that a setting named `setting` stands for: the same
/// letters, whatever AWS writes large.
pub fn path_of(model: &str, setting: &str) -> Option<&'static str> {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let wanted = plain(setting);
    let prefix = format!("{model}.");
    let below = MEMBERS.range(prefix.clone()..).map(|(path, _)| path.as_str());
    let mut below = below.map_while(|path| Some((path, path.strip_prefix(&prefix)?)));
    below.find(|(_, name)| !name.contains(['.', '[', '{']) && plain(name) == wanted).map(|(p, _)| p)
}

/// Lays the limits of the models into a schema and all its definitions.
pub fn apply(schema: &mut Value) {
    let definitions = schema.get_mut("$defs").and_then(Value::as_object_mut);
    for definition in definitions.into_iter().flat_map(Map::values_mut) {
        each_setting(definition);
    }
    each_setting(schema);
}

fn each_setting(r#type: &mut Value) {
    let model = text(r#type, "x-model");
    let Some(settings) = r#type.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, setting) in settings {
        let own = text(setting, "x-model");
        let named = || path_of(model.as_deref()?, name).map(str::to_owned);
        if let Some(path) = own.or_else(named) {
            lay(setting, &path);
        }
        if let Some(keys) = text(setting, "x-key-model") {
            lay_keys(setting, &keys);
        }
    }
}

/// Lays the limits of the member at `path` into the schema of a setting.
fn lay(setting: &mut Value, path: &str) {
    let Some(member) = member(path) else { return };
    let is = |setting: &Value, name: &str| match setting.get("type") {
        Some(Value::Array(types)) => types.iter().any(|one| one == name),
        Some(one) => one == name,
        None => false,
    };
    match member.r#type {
        "string" if is(setting, "string") => lay_text(setting, member),
        "integer" | "long" | "double" | "float"
            if is(setting, "integer") || is(setting, "number") =>
        {
            limit(setting, "minimum", member.min);
            limit(setting, "maximum", member.max);
        }
        "list" if is(setting, "array") => {
            add(setting, "minItems", member.min.filter(|least| *least > 0));
            add(setting, "maxItems", member.max);
            if let Some(items) = setting.get_mut("items") {
                let of_items = text(items, "x-model").unwrap_or_else(|| format!("{path}[]"));
                lay(items, &of_items);
            }
        }
        // Tags are held to what every service takes, which is less than what each says: rules/tags.
        "map" if is(setting, "object") && text(setting, "x-keys").as_deref() != Some("tag") => {
            lay_keys(setting, &format!("{path}{{key}}"));
            if let Some(values) = setting.get_mut("additionalProperties") {
                let of_values = text(values, "x-model").unwrap_or_else(|| format!("{path}{{}}"));
                lay(values, &of_values);
            }
        }
        _ => {}
    }
}

fn lay_text(setting: &mut Value, member: &Member) {
    if setting.get("enum").is_some() {
        return;
    }
    if !member.values.is_empty() {
        let mut values: Vec<Value> = member.values.split('|').map(Value::from).collect();
        if setting.get("type").is_some_and(Value::is_array) {
            values.push(Value::Null);
        }
        add(setting, "enum", Some(values));
        return;
    }
    add(setting, "minLength", member.min.filter(|least| *least > 0));
    add(setting, "maxLength", member.max);
    if !member.pattern.is_empty() && setting.get("pattern").is_none() {
        add(setting, "pattern", Some(member.pattern));
        add(setting, "x-expected", words(member.pattern));
    }
}

fn lay_keys(setting: &mut Value, path: &str) {
    let Some(member) = member(path) else { return };
    if setting.get("propertyNames").is_none() {
        let mut keys = json!({});
        lay_text(&mut keys, member);
        if keys != json!({}) {
            add(setting, "propertyNames", Some(keys));
        }
    }
}

/// Sets a limit of a number, unless the type says one by hand; that of Rust's own type is none.
fn limit(schema: &mut Value, keyword: &str, limit: Option<i64>) {
    let of_rust = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => [0, 0xFF],
        Some("uint16") => [0, 0xFFFF],
        _ => [0, i64::MAX],
    };
    let is_unsigned = text(schema, "format").is_some_and(|format| format.starts_with("uint"));
    let own = schema.get(keyword).and_then(Value::as_i64);
    if let Some(limit) = limit
        && own.is_none_or(|own| is_unsigned && of_rust.contains(&own))
    {
        schema[keyword] = limit.into();
    }
}

/// Says something unless it is said already.
fn add(schema: &mut Value, keyword: &str, value: Option<impl Into<Value>>) {
    if let (Some(map), Some(value)) = (schema.as_object_mut(), value) {
        map.entry(keyword).or_insert_with(|| value.into());
    }
}

fn text(schema: &Value, keyword: &str) -> Option<String> {
    schema.get(keyword)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn settings_find_their_members_whatever_aws_writes_large() {
        let client = "cognito-idp.CreateUserPoolClient";
        for (setting, name) in [
            ("callback_urls", "CallbackURLs"),
            ("allowed_oauth_flows", "AllowedOAuthFlows"),
            ("default_redirect_uri", "DefaultRedirectURI"),
        ] {
            assert_eq!(path_of(client, setting), Some(format!("{client}.{name}").as_str()));
        }
        let function = "lambda.CreateFunction";
        let key = path_of(function, "kms_key_arn");
        assert_eq!(key, Some("lambda.CreateFunction.KMSKeyArn"));
        let factors = "cognito-idp.CreateUserPool.Policies.SignInPolicy";
        assert!(path_of(factors, "allowed_first_auth_factors").is_some());
        assert_eq!(path_of(function, "code_zip"), None);
        // A shape whose name another's begins with is another shape.
        assert_eq!(path_of("cognito-idp.CreateUserPool", "client_name"), None);
    }

    #[test]
    fn what_a_type_says_by_hand_wins_and_null_stays_possible() {
        let mut schema = json!({ "$defs": { "Client": {
            "x-model": "cognito-idp.CreateUserPoolClient",
            "properties": {
                "prevent_user_existence_errors": { "type": ["string", "null"] },
                "callback_urls": { "type": ["array", "null"], "maxItems": 3, "items": { "type": "string" } },
            },
        } } });
        apply(&mut schema);
        let settings = &schema["$defs"]["Client"]["properties"];
        let values = &settings["prevent_user_existence_errors"]["enum"];
        assert_eq!(*values, json!(["LEGACY", "ENABLED", null]));
        let urls = &settings["callback_urls"];
        assert_eq!((&urls["maxItems"], &urls["items"]["maxLength"]), (&json!(3), &json!(1024)));
        assert!(urls["items"]["x-expected"].is_string());
    }

    #[test]
    fn every_row_is_read() {
        let rows = include_str!("limits.tsv").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(MEMBERS.len(), rows.count() - 1);
        assert!(MEMBERS.len() > 900);
    }

    /// Editors read patterns as ECMA-262 with the flag `u`, this program with `regex`.
    #[test]
    fn every_pattern_compiles_escapes_what_both_dialects_escape_and_has_words() {
        for (path, member) in MEMBERS.iter().filter(|(_, member)| !member.pattern.is_empty()) {
            let pattern = member.pattern;
            assert!(Regex::new(pattern).is_ok(), "{path}: {pattern}");
            assert!(pattern.starts_with('^') && pattern.ends_with('$'), "{path}: {pattern}");
            let mut characters = pattern.chars();
            while let Some(c) = characters.next() {
                let escaped = (c == '\\').then(|| characters.next()).flatten();
                let both = |c: char| r"^$\.*+?()[]{}|/-tnvfrpPux".contains(c);
                assert!(escaped.is_none_or(both), "{path}: {pattern}");
            }
            assert!(words(pattern).is_some(), "{path}: no words for {pattern}");
        }
    }
}
