//! What must be there before what.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::resource::{Address, Declared, Template};

/// Resources that refer to each other in a circle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these refer to each other in a circle: {}", join(.0))]
pub struct Cycle(pub Vec<Address>);

fn join(addresses: &[Address]) -> String {
    let mut names: Vec<String> = addresses.iter().map(Address::to_string).collect();
    names.extend(names.first().cloned());
    names.join(" -> ")
}

/// The addresses that `declared` needs first: what it refers to, and what it says it comes after.
///
/// Only addresses in `all` are named. What stands in another resource refers to it.
pub fn depends_on(declared: &Declared, all: &BTreeSet<Address>) -> BTreeSet<Address> {
    let mut needed = BTreeSet::new();
    refer(&declared.want, &mut needed);
    if let Ok(name) = Template::parse(&declared.name) {
        needed.extend(name.references().map(|reference| reference.address.clone()));
    }
    needed.extend(declared.after.iter().cloned());
    needed.remove(&declared.address);
    needed.retain(|address| all.contains(address));
    needed
}

fn refer(value: &Value, needed: &mut BTreeSet<Address>) {
    match value {
        Value::String(text) => {
            if let Ok(template) = Template::parse(text) {
                needed.extend(template.references().map(|reference| reference.address.clone()));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| refer(item, needed)),
        Value::Object(map) => map.values().for_each(|below| refer(below, needed)),
        _ => {}
    }
}

/// Sorts resources so that each comes after what it depends on; otherwise by address.
///
/// # Errors
///
/// A circle, as the addresses on it.
pub fn order(declared: Vec<Declared>) -> Result<Vec<Declared>, Cycle> {
    let all: BTreeSet<Address> = declared.iter().map(|d| d.address.clone()).collect();
    let needs: BTreeMap<Address, BTreeSet<Address>> =
        declared.iter().map(|d| (d.address.clone(), depends_on(d, &all))).collect();
    let mut waiting: BTreeMap<Address, Declared> =
        declared.into_iter().map(|d| (d.address.clone(), d)).collect();
    let mut sorted = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_ready =
            |address: &&Address| needs[*address].iter().all(|needed| !waiting.contains_key(needed));
        let ready: Vec<Address> = waiting.keys().filter(is_ready).cloned().collect();
        if ready.is_empty() {
            return Err(circle(&needs, &waiting));
        }
        sorted.extend(ready.iter().filter_map(|address| waiting.remove(address)));
    }
    Ok(sorted)
}

/// Walks along needs that are still waiting until an address comes back.
fn circle(
    needs: &BTreeMap<Address, BTreeSet<Address>>,
    waiting: &BTreeMap<Address, Declared>,
) -> Cycle {
    let mut path: Vec<Address> = Vec::new();
    let mut next = waiting.keys().next().cloned();
    while let Some(address) = next {
        if let Some(start) = path.iter().position(|seen| *seen == address) {
            return Cycle(path.split_off(start));
        }
        next = needs[&address].iter().find(|needed| waiting.contains_key(needed)).cloned();
        path.push(address);
    }
    Cycle(path)
}
