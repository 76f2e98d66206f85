//! Ownership, as it is written on resources.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use crate::resource::{Address, Ownership, escape};
use crate::spec::Stack;
use crate::spec::stack::Texts;

use super::kind::{Change, Given};

/// The stack that owns a resource.
pub const STACK: &str = "provision:stack";
/// The resource's address.
pub const ADDRESS: &str = "provision:address";
/// The region of the stack, on resources of global services.
pub const REGION: &str = "provision:region";
/// When a demo environment may be removed.
pub const EXPIRES: &str = "provision:expires";
/// The object in S3 whose contents a function runs.
pub const CODE: &str = "provision:code";

/// The tags that a resource is to have: the stack's, its own, and those that say whose it is.
pub fn wanted(stack: &Stack, given: &Given, address: &Address, own: &Texts) -> Map<String, Value> {
    let mut tags: Map<String, Value> = Map::new();
    for (key, value) in stack.tags.iter().chain(own) {
        tags.insert(key.clone(), json!(value));
    }
    tags.insert(STACK.to_owned(), json!(stack.stack));
    tags.insert(ADDRESS.to_owned(), json!(escape(&spelled(address))));
    if let Some(expires) = &given.expires {
        tags.insert(EXPIRES.to_owned(), json!(expires));
    }
    tags
}

/// An address in the characters that every service takes in a tag: `["a b"]` becomes `.a b`.
fn spelled(address: &Address) -> String {
    let is_legal = |c: &char| c.is_alphanumeric() || " _.:/=+-@".contains(*c);
    let text: String = address.segments().join(".").chars().filter(is_legal).collect();
    text.chars().take(256).collect()
}

/// Whose a resource with these tags is.
pub fn owner(tags: &BTreeMap<String, String>, stack: &str) -> Ownership {
    match tags.get(STACK) {
        Some(owner) if owner == stack => Ownership::Ours,
        Some(owner) => Ownership::Foreign(format!("the stack `{owner}`")),
        None => Ownership::Unowned,
    }
}

/// The tags of an answer, in order, without AWS's own.
pub fn read(tags: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().filter(|(key, _)| !key.starts_with("aws:")).collect()
}

/// The tags as a state holds them.
pub fn state(tags: &BTreeMap<String, String>) -> Value {
    json!(tags)
}

/// The tags that a change writes; none where it is about other settings.
pub fn changed<S>(
    change: &Change<'_, S>,
    tags: &BTreeMap<String, String>,
) -> Option<HashMap<String, String>> {
    let is_changed = |key: &String| change.paths.contains(&format!("tags.{key}").as_str());
    let tags = tags.iter().filter(|(key, _)| is_changed(key));
    let tags: HashMap<_, _> = tags.map(|(key, value)| (key.clone(), value.clone())).collect();
    (!tags.is_empty()).then_some(tags)
}
