//! Taking over what somebody made by hand.
//!
//! A resource of the wanted name that carries no sign of a stack is refused until `--adopt` names it.
//! What is adopted keeps all that the file does not mention; wiring that the file does not mention
//! would be removed, so it is refused, with what to paste into the file.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::resource::{Address, KindInfo, Live, Ownership};

use super::compare::Shown;
use super::step::{Action, Plan, Refusal};

/// Why an adopted resource has a step.
pub const REASON: &str = "made by hand; taken over by this stack";

/// Why a resource of the wanted name may not be changed; none where it may.
pub fn is_not_ours(address: &Address, name: &str, live: &Live) -> Option<Refusal> {
    let (reason, help) = match &live.ownership {
        Ownership::Ours | Ownership::Adopted | Ownership::Existing => return None,
        Ownership::Foreign(owner) => (
            format!("`{name}` exists and belongs to {owner}"),
            "give this one another name; what is another stack's cannot be taken over".to_owned(),
        ),
        Ownership::Unowned => (
            format!("`{name}` exists, and this stack did not make it"),
            format!("`--adopt '{address}'` takes it over; else give this one another name"),
        ),
    };
    Some(Refusal { address: address.clone(), path: None, reason, help, paste: None })
}

/// Refuses what taking over would silently remove: wiring that the file does not declare.
pub fn refuse_losses(plan: &mut Plan, kinds: &BTreeMap<&'static str, KindInfo>) {
    let is_adopted = |live: &Live| live.ownership == Ownership::Adopted;
    let adopted = plan.steps.iter().filter_map(|step| step.live.as_ref());
    let adopted: Vec<(Address, &'static str)> = adopted
        .filter(|live| is_adopted(live))
        .map(|live| (live.address.clone(), live.kind))
        .collect();
    let mut refusals = Vec::new();
    for (address, kind) in adopted {
        // What stands in it has an address below its own, or beside it: a role and its policies.
        let above = address.parent();
        let stands_in_it = |live: &Live| {
            let child = kinds[live.kind].parent == Some(kind);
            live.address.is_within(&address)
                || (child && above.as_ref().is_some_and(|above| live.address.is_within(above)))
        };
        let mut paste = Value::Object(Map::new());
        let mut lost = Vec::new();
        for step in &plan.steps {
            let Some(live) = step.live.as_ref().filter(|live| stands_in_it(live)) else {
                continue;
            };
            match step.action {
                Action::Delete => {
                    // What no file declares goes with what one does.
                    let written = (kinds[step.kind].written)(live, &plan.owned);
                    let Some((at, value)) = written else { continue };
                    lost.push(at.to_string());
                    put(&mut paste, at.segments(), value);
                }
                _ => {
                    let gone = step.changes.iter().filter(|change| change.after == Shown::Absent);
                    for change in gone {
                        let path: Vec<String> = change.path.split('.').map(str::to_owned).collect();
                        let at = [live.address.segments(), &path].concat();
                        lost.push(format!("{} {}", live.address, change.path));
                        let value = match &change.before {
                            Shown::Value(value) => value.clone(),
                            // What may be a secret is not shown; this is how a file refers to one.
                            _ => format!("${{env.{}}}", path.last().map_or("", |key| key)).into(),
                        };
                        put(&mut paste, &at, value);
                    }
                }
            }
        }
        if !lost.is_empty() {
            refusals.push(Refusal {
                address,
                path: None,
                reason: format!("taking it over would remove {}", lost.join(", ")),
                help: "the file does not declare this; paste it in, or remove it by hand"
                    .to_owned(),
                paste: Some(paste),
            });
        }
    }
    plan.refusals.extend(refusals);
}

/// Puts a value at a path of keys; mappings merge.
fn put(root: &mut Value, path: &[String], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        match (root, value) {
            (Value::Object(there), Value::Object(more)) => there.extend(more),
            (there, value) => *there = value,
        }
        return;
    };
    if !root.is_object() {
        *root = Value::Object(Map::new());
    }
    if let Value::Object(map) = root {
        put(map.entry(key.clone()).or_insert(Value::Null), rest, value);
    }
}
