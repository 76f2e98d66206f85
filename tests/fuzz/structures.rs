//! Files that begin at the schema: its own keys, and below them what belongs there or something else.

use std::sync::LazyLock;

use provision::spec::schema;
use serde_json::{Map, Value, json};

use super::Dice;

static SCHEMA: LazyLock<Value> = LazyLock::new(schema);

/// Names of one's own.
const KEYS: &[&str] = &[
    "a",
    "web",
    "fn",
    "GET /x",
    "ANY /{proxy+}",
    "$default",
    "",
    " ",
    "a.b",
    "a[\"b\"]",
    "${stack}",
    "k\u{1b}[2J",
    "\u{202e}",
    "ä",
    "custom:plan",
    "email",
    "null",
    "true",
    "1",
    "*",
    "aws:x",
    "a-name-that-is-longer-than-most-names-that-aws-takes-for-anything-that-has-a-name-at-all-and-then-some",
];

const TEXTS: &[&str] = &[
    "",
    "a",
    "x",
    "web",
    "fn",
    "15m",
    "30d",
    "0s",
    "999999999999d",
    "us-east-1",
    "https://example.com/cb",
    "http://localhost",
    "arn:aws:lambda:us-east-1:123456789012:function:x",
    "python3.13",
    "nodejs22.x",
    "a.b",
    "${user_pool.id}",
    "${user_pool.arn}",
    "${user_pool.app_clients.web.id}",
    "${lambdas.fn.arn}",
    "${lambdas.a.arn}",
    "${http_api.url}",
    "${http_api.routes[\"GET /x\"].id}",
    "${stack}",
    "${region}",
    "${account}",
    "${var.x}",
    "${env.X}",
    "${secret.a#b}",
    "${ssm./a}",
    "${user_pool.name}",
    "${user_pool",
    "}",
    "$${x}",
    "${}",
    "${.}",
    "${a}",
    "${aws:username}",
    "${*}",
    "{####}",
    "{username} {####}",
    "\u{1b}[2J",
    "\u{202e}",
    "a\nb",
    "👩‍💻",
    "GET /x",
    "1",
    "true",
    "*",
];

/// A file.
pub fn file(dice: &mut Dice) -> Vec<u8> {
    let odd = *dice.one_of(&[&0, &1, &10, &40]);
    let mut made = value(&SCHEMA, dice, odd, 0);
    if let (Some(map), false) = (made.as_object_mut(), dice.falls(odd)) {
        map.insert("stack".to_owned(), json!("demo"));
        map.insert("vars".to_owned(), json!({ "x": "y" }));
        map.remove("extends");
        map.remove("account");
    }
    made.to_string().into_bytes()
}

fn value(schema: &Value, dice: &mut Dice, odd: usize, depth: usize) -> Value {
    if dice.falls(odd) || depth > 14 {
        return self::odd(dice, 0);
    }
    let schema = resolved(schema);
    for choice in ["anyOf", "oneOf"] {
        if let Some(all) =
            schema.get(choice).and_then(Value::as_array).filter(|all| !all.is_empty())
        {
            return value(&all[dice.below(all.len())], dice, odd, depth + 1);
        }
    }
    if let Some(all) = schema.get("enum").and_then(Value::as_array).filter(|all| !all.is_empty()) {
        return all[dice.below(all.len())].clone();
    }
    if let Some(one) = schema.get("const") {
        return one.clone();
    }
    let holds = |key: &str| schema.get(key).is_some_and(Value::is_object);
    if holds("properties") || holds("additionalProperties") {
        return mapping(schema, dice, odd, depth);
    }
    if let Some(items) = schema.get("items") {
        return (0..dice.below(3)).map(|_| value(items, dice, odd, depth + 1)).collect();
    }
    match kind(schema) {
        "boolean" => dice.falls(50).into(),
        "integer" | "number" => {
            let least = schema.get("minimum").and_then(Value::as_i64).unwrap_or(0);
            json!(least + dice.below(5) as i64)
        }
        "null" => Value::Null,
        _ => TEXTS[dice.below(TEXTS.len())].into(),
    }
}

fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::Array(all)) => all.first().and_then(Value::as_str).unwrap_or("string"),
        Some(Value::String(one)) => one,
        _ => "string",
    }
}

fn mapping(schema: &Value, dice: &mut Dice, odd: usize, depth: usize) -> Value {
    let mut map = Map::new();
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |key: &str| required.is_some_and(|all| all.iter().any(|one| one == key));
    for (key, below) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        // Deep in a file less is said, so that files end.
        let percent = if is_required(key) { 97 } else { 30 / (1 + depth / 2) };
        if dice.falls(percent) {
            map.insert(key.clone(), value(below, dice, odd, depth + 1));
        }
    }
    if let Some(others) = schema.get("additionalProperties").filter(|others| others.is_object()) {
        for _ in 0..dice.below(3) {
            let names = if odd == 0 { 3 } else { KEYS.len() };
            map.insert(KEYS[dice.below(names)].to_owned(), value(others, dice, odd, depth + 1));
        }
    }
    if dice.falls(odd / 4) {
        map.insert(KEYS[dice.below(KEYS.len())].to_owned(), self::odd(dice, 0));
    }
    map.into()
}

/// Anything at all.
fn odd(dice: &mut Dice, depth: usize) -> Value {
    match dice.below(if depth > 40 { 9 } else { 12 }) {
        0 => Value::Null,
        1 => dice.falls(50).into(),
        2 => json!(u64::MAX),
        3 => json!(i64::MIN),
        4 => json!(1e308),
        5 => json!(0.1),
        6 => "x".repeat(dice.below(5000)).into(),
        7 => TEXTS[dice.below(TEXTS.len())].repeat(1 + dice.below(40)).into(),
        8 => TEXTS[dice.below(TEXTS.len())].into(),
        9 => (0..dice.below(4)).map(|_| odd(dice, depth + 1)).collect(),
        10 => (0..dice.below(50)).fold(json!("deep"), |below, _| json!([below])),
        _ => {
            let entry =
                |dice: &mut Dice| (KEYS[dice.below(KEYS.len())].to_owned(), odd(dice, depth + 1));
            Value::Object((0..dice.below(4)).map(|_| entry(dice)).collect())
        }
    }
}

fn resolved(schema: &Value) -> &Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(name) => SCHEMA.pointer(name.trim_start_matches('#')).map_or(schema, resolved),
        None => schema,
    }
}
