//! Holds a file against the JSON Schema: every unknown key, wrong type and value out of range, each
//! with its place, in one pass.

mod scalar;

use std::cell::RefCell;
use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use super::node::{Key, Node, NodeValue};
use super::problem::{Problem, suggestion};

/// What is found on the way through a file.
pub trait Visit {
    /// A text of the file (or a scalar where a text is expected), before it is checked. Returns
    /// whether the text, as it now is, can be checked: one with open references cannot.
    fn text(&mut self, node: &mut Node, setting: &Setting<'_>) -> bool;
}

/// A place in the schema.
#[derive(Clone)]
pub struct Setting<'a> {
    /// The path in the file, for messages.
    pub path: Vec<String>,
    /// Whether secrets may stand here.
    pub sensitive: bool,
    /// Whether this is within an IAM policy document.
    pub policy: bool,
    /// The range of a duration, in seconds.
    seconds: Option<&'a Value>,
    schema: &'a Value,
}

/// The walk through one file.
pub struct Shape<'a, V> {
    root: &'a Value,
    /// The visitor.
    pub visit: &'a mut V,
    /// What was found.
    pub problems: Vec<Problem>,
}

impl<'a, V: Visit> Shape<'a, V> {
    /// Prepares to hold files against `root`.
    pub fn new(root: &'a Value, visit: &'a mut V) -> Self {
        Self { root, visit, problems: Vec::new() }
    }

    /// Holds the whole file against the schema.
    pub fn check(&mut self, node: &mut Node) {
        let setting = Setting {
            path: Vec::new(),
            sensitive: false,
            policy: false,
            seconds: None,
            schema: self.root,
        };
        self.value(node, &setting);
    }

    fn value(&mut self, node: &mut Node, setting: &Setting<'a>) {
        let setting = self.resolved(setting);
        let schema = setting.schema;
        if let Some(branches) = any_of(schema)
            && constants(schema).is_none()
        {
            return self.branches(node, &setting, branches);
        }
        if matches!(node.value, NodeValue::Null) && allows(schema, "null") {
            return;
        }
        // IAM takes texts, and an account id must keep its leading zero.
        if setting.policy && matches!(node.value, NodeValue::Bool(_) | NodeValue::Number(..)) {
            node.value = NodeValue::Text(node.scalar().unwrap_or_default());
        }
        match &node.value {
            NodeValue::Map(_) if allows(schema, "object") => self.mapping(node, &setting),
            NodeValue::List(_) if allows(schema, "array") => self.list(node, &setting),
            NodeValue::Bool(_) if allows(schema, "boolean") => {}
            NodeValue::Number(..) if allows(schema, "number") || allows(schema, "integer") => {
                self.number(node, &setting);
            }
            NodeValue::Text(_) if allows(schema, "string") => self.text(node, &setting),
            NodeValue::Bool(_) | NodeValue::Number(..) if allows(schema, "string") => {
                node.value = NodeValue::Text(node.scalar().unwrap_or_default());
                self.text(node, &setting);
            }
            NodeValue::Text(text) if text.contains("${") && schema.get("type").is_some() => {
                let message = format!("{} cannot hold a reference", name(&setting.path));
                let help =
                    "a value that is known only in AWS can stand in texts; `${var.…}` anywhere";
                self.problems.push(
                    Problem::new(node.at.clone(), message).help(help).rule("no-reference-here"),
                );
            }
            _ => self.mismatch(node, &setting),
        }
    }

    /// Follows `$ref` and takes over what the place says of itself.
    fn resolved(&self, setting: &Setting<'a>) -> Setting<'a> {
        let mut found = setting.clone();
        loop {
            found.sensitive |= found.schema.get("x-sensitive").is_some();
            found.policy |= found.schema.get("x-policy").is_some();
            found.seconds = found.schema.get("x-seconds").or(found.seconds);
            let reference = found.schema.get("$ref").and_then(Value::as_str);
            let Some(pointer) = reference.and_then(|text| text.strip_prefix('#')) else {
                return found;
            };
            let Some(target) = self.root.pointer(pointer) else { return found };
            found.schema = target;
        }
    }

    /// Takes the one branch whose type fits the value: short forms differ by type.
    fn branches(&mut self, node: &mut Node, setting: &Setting<'a>, branches: &'a [Value]) {
        let is_null = |branch: &Value| branch.get("type").is_some_and(|of| of == "null");
        if matches!(node.value, NodeValue::Null) && branches.iter().any(is_null) {
            return;
        }
        let branch = branches.iter().find(|branch| {
            let schema = self.resolved(&Setting { schema: branch, ..setting.clone() }).schema;
            allows(schema, node.type_name()) || (is_scalar(node) && allows(schema, "string"))
        });
        match branch {
            Some(schema) => self.value(node, &Setting { schema, ..setting.clone() }),
            None => self.mismatch(node, setting),
        }
    }

    fn mapping(&mut self, node: &mut Node, setting: &Setting<'a>) {
        let at = node.at.clone();
        let NodeValue::Map(entries) = &mut node.value else { return };
        let properties = setting.schema.get("properties").and_then(Value::as_object);
        let others = setting.schema.get("additionalProperties");
        let required = required(setting.schema, entries);
        for key in required.iter().copied() {
            if !entries.iter().any(|(have, _)| have.text == key) {
                let message = format!("{} needs `{key}`", name(&setting.path));
                let help = properties.and_then(|p| p.get(key)).and_then(describe);
                let problem = Problem::new(at.clone(), message).help_if(help);
                self.problems.push(problem.rule("missing-setting"));
            }
        }
        // `null` removes an entry, also one that comes from the file below, and empties a mapping.
        let is_required = |key: &str| required.contains(&key);
        entries.retain(|(key, below)| {
            let schema = properties.and_then(|all| all.get(&key.text)).or(others);
            !matches!(below.value, NodeValue::Null)
                || is_required(&key.text)
                || schema
                    .is_none_or(|schema| !schema.is_object() || self.takes_null(schema, setting))
        });
        let mut strangers = Vec::new();
        for (index, (key, below)) in entries.iter_mut().enumerate() {
            let mut path = setting.path.clone();
            path.push(key.text.clone());
            let schema = match (properties.and_then(|all| all.get(&key.text)), others) {
                (Some(schema), _) => schema,
                (None, Some(Value::Bool(false))) => {
                    let known = properties.into_iter().flat_map(|all| all.keys());
                    self.problems.push(unknown(key, known.map(String::as_str)));
                    strangers.push(index);
                    continue;
                }
                (None, Some(schema)) => schema,
                (None, None) => &Value::Null,
            };
            if !self.key(key, setting.schema) {
                strangers.push(index);
                continue;
            }
            self.value(below, &Setting { path, schema, ..setting.clone() });
        }
        // Without what is wrong, the rest may still be read as its types, and the rules have their
        // say in the same run.
        let mut index = 0;
        entries.retain(|_| {
            index += 1;
            !strangers.contains(&(index - 1))
        });
    }

    /// Holds a key of a map, where it is a name of AWS's, against what AWS takes.
    ///
    /// `false` where it is none of those that there are.
    fn key(&mut self, key: &Key, of: &Value) -> bool {
        let Some(names) = of.get("propertyNames") else { return true };
        if let Some(values) = names.get("enum").and_then(Value::as_array) {
            let known: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            if !known.contains(&key.text.as_str()) {
                self.problems.push(unknown(key, known.into_iter()));
                return false;
            }
            return true;
        }
        let length = key.text.chars().count() as u64;
        let limit = |key: &str| names.get(key).and_then(Value::as_u64);
        let (least, most) = (limit("minLength").unwrap_or(0), limit("maxLength"));
        let fits = (least..=most.unwrap_or(u64::MAX)).contains(&length);
        if fits && names.get("pattern").is_none_or(|pattern| matches(pattern, &key.text)) {
            return true;
        }
        let noun = of.get("x-keys").and_then(Value::as_str).unwrap_or("entry");
        let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        let message = format!("`{}` cannot be the name of {article} {noun}", key.text);
        let words = names.get("x-expected").and_then(Value::as_str).unwrap_or("characters");
        let help = most.map_or_else(
            || words.to_owned(),
            |most| format!("{least} to {most} characters: {words}"),
        );
        self.problems.push(Problem::new(key.at.clone(), message).help(help).rule("wrong-name"));
        true
    }

    /// Whether `null` means something of its own at a place: AWS's default, or that there is none.
    fn takes_null(&self, schema: &'a Value, setting: &Setting<'a>) -> bool {
        let schema = self.resolved(&Setting { schema, ..setting.clone() }).schema;
        match any_of(schema) {
            Some(all) => all.iter().any(|branch| self.takes_null(branch, setting)),
            None => allows(schema, "null"),
        }
    }

    fn list(&mut self, node: &mut Node, setting: &Setting<'a>) {
        let at = node.at.clone();
        let NodeValue::List(items) = &mut node.value else { return };
        let limit = |key: &str| setting.schema.get(key).and_then(Value::as_u64);
        let length = items.len() as u64;
        if let Some(most) = limit("maxItems").filter(|most| length > *most) {
            let message = format!("{} has {length} entries; {most} at most", name(&setting.path));
            self.problems.push(Problem::new(at.clone(), message).rule("too-many-entries"));
        }
        if let Some(least) = limit("minItems").filter(|least| length < *least) {
            let message = format!("{} needs at least {least} entry", name(&setting.path));
            self.problems.push(Problem::new(at, message).rule("too-few-entries"));
        }
        let schema = setting.schema.get("items").unwrap_or(&Value::Null);
        for (index, item) in items.iter_mut().enumerate() {
            let mut path = setting.path.clone();
            path.push(index.to_string());
            self.value(item, &Setting { path, schema, ..setting.clone() });
        }
    }
}

impl Node {
    /// The JSON Schema name of the value's type.
    fn type_name(&self) -> &'static str {
        match &self.value {
            NodeValue::Null => "null",
            NodeValue::Bool(_) => "boolean",
            NodeValue::Number(number, _) if number.is_i64() || number.is_u64() => "integer",
            NodeValue::Number(..) => "number",
            NodeValue::Text(_) => "string",
            NodeValue::List(_) => "array",
            NodeValue::Map(_) => "object",
        }
    }
}

fn is_scalar(node: &Node) -> bool {
    matches!(node.value, NodeValue::Bool(_) | NodeValue::Number(..) | NodeValue::Text(_))
}

fn any_of(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array)
}

/// The values of an enum whose values have descriptions: a choice of constants.
fn constants(schema: &Value) -> Option<Vec<Value>> {
    any_of(schema)?.iter().map(|branch| branch.get("const").cloned()).collect()
}

/// The keys that a mapping with these entries must have.
fn required<'a>(schema: &'a Value, entries: &[(Key, Node)]) -> Vec<&'a str> {
    let always = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let has = |key: &str| entries.iter().any(|(have, _)| have.text == key);
    always.chain(needed_unless(schema, has)).filter_map(Value::as_str).collect()
}

/// What a mapping needs unless it has some other key: `if: { not: { required: [KEY] } }`, `then: {
/// required: […] }`.
fn needed_unless(schema: &Value, has: impl Fn(&str) -> bool) -> impl Iterator<Item = &Value> {
    let instead = schema.pointer("/if/not/required/0").and_then(Value::as_str);
    let needed = schema.pointer("/then/required").and_then(Value::as_array);
    let needed = needed.filter(|_| instead.is_some_and(|key| !has(key)));
    needed.into_iter().flatten()
}

/// Whether a schema takes values of a type; one that names no type takes all.
fn allows(schema: &Value, r#type: &str) -> bool {
    let is = |value: &Value| {
        value.as_str().is_some_and(|t| t == r#type || (t == "number" && r#type == "integer"))
    };
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(is),
        Some(one) => is(one),
        None => match schema.get("const").or_else(|| schema.get("enum").and_then(|e| e.get(0))) {
            Some(value) => value.is_string() && r#type == "string",
            None => any_of(schema).is_none_or(|all| all.iter().any(|s| allows(s, r#type))),
        },
    }
}

/// What a reader should write, in words.
fn expected(schema: &Value) -> String {
    if let Some(text) = schema.get("x-expected").and_then(Value::as_str) {
        return text.to_owned();
    }
    let words = [
        ("object", "a mapping"),
        ("array", "a list"),
        ("boolean", "`true` or `false`"),
        ("integer", "a whole number"),
        ("string", "a text"),
    ];
    let named = words.iter().find(|(r#type, _)| allows(schema, r#type));
    match any_of(schema).and_then(|all| all.first()) {
        Some(first) if schema.get("type").is_none() => expected(first),
        _ => named.map_or("something else", |(_, words)| words).to_owned(),
    }
}

fn describe(schema: &Value) -> Option<String> {
    let text = schema.get("description").and_then(Value::as_str)?;
    Some(text.split("\n\n").next().unwrap_or(text).replace('\n', " "))
}

thread_local! {
    /// The patterns of the schema that were needed so far: making one takes milliseconds, and a file may
    /// have thousands of names.
    static PATTERNS: RefCell<BTreeMap<String, Option<Regex>>> = const { RefCell::new(BTreeMap::new()) };
}

fn matches(pattern: &Value, text: &str) -> bool {
    let pattern = pattern.as_str().unwrap_or_default();
    PATTERNS.with_borrow_mut(|patterns| {
        if !patterns.contains_key(pattern) {
            // One that does not compile is a fault of ours that the tests of the schema find.
            patterns.insert(pattern.to_owned(), Regex::new(pattern).ok());
        }
        patterns.get(pattern).and_then(Option::as_ref).is_some_and(|regex| regex.is_match(text))
    })
}

fn unknown<'k>(key: &Key, known: impl Iterator<Item = &'k str> + Clone) -> Problem {
    Problem::new(key.at.clone(), format!("there is no setting `{}` here", key.text))
        .rule("unknown-setting")
        .help_if(suggestion(&key.text, known))
}

/// The last word of a path that is not an index, for messages.
fn name(path: &[String]) -> String {
    let last = path.iter().rev().find(|step| step.parse::<usize>().is_err());
    last.map_or_else(|| "the stack file".to_owned(), |step| format!("`{step}`"))
}
