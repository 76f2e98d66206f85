//! Whether what a plan saw is still so, just before it is written over.
//!
//! Time passes between the reads of a plan and its writes: somebody thinks about the question, a
//! function takes a while to become active. AWS offers next to nothing that compares and swaps, so a
//! resource is read once more just before it is changed, replaced or removed. What nobody touched is
//! written over as it is by then; where a setting moved that the step reads or writes, the step fails
//! and says which, and all that does not wait for it goes on. What is made new is read by nobody.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::engine::CloudError;
use crate::plan::{Action, Step, differ};
use crate::resource::{Field, Live};

use super::Aws;
use super::kind::{AnyKind, KEY};
use super::tags::STACK;

/// A resource just before it is changed or removed.
pub enum Now {
    /// It is there: its settings, in the shape of the state that was observed.
    State(Value),
    /// It is gone.
    Gone,
    /// The kind's own writes look themselves, or AWS does.
    Watched,
}

impl Now {
    /// What a read answered, as it is now.
    pub fn of(state: Option<Value>) -> Self {
        state.map_or(Self::Gone, Self::State)
    }
}

/// Maps of which single entries are written: only those count.
const BY_ENTRY: &[&str] = &["tags", "user_pool_tags", "attributes"];

/// The resource of a step as it is now.
///
/// # Errors
///
/// A setting that the step is about has moved, or the resource is gone; a read that fails.
pub async fn unmoved(
    aws: &Aws,
    kind: &dyn AnyKind,
    step: &Step,
    live: &Live,
) -> Result<Live, CloudError> {
    let touched = touched(step, live);
    // Only the ledger is written where something was merely taken over or renamed.
    if touched.is_empty() {
        return Ok(live.clone());
    }
    let now = match kind.now(aws, live).await? {
        Now::State(now) => now,
        Now::Watched => return Ok(live.clone()),
        // To remove it has come to be done.
        Now::Gone if step.action == Action::Delete => return Ok(live.clone()),
        Now::Gone => return Err(gone(&live.id)),
    };
    let mut fresh = live.clone();
    if let (Value::Object(state), Value::Object(now)) = (&mut fresh.state, now) {
        state.extend(now);
    }
    check(&live.state, &fresh.state, touched.iter().map(String::as_str), kind.info().fields)?;
    Ok(fresh)
}

/// The settings that a step reads or writes: those of its changes, and of what is replaced or removed
/// all. Whose it is counts always.
fn touched(step: &Step, live: &Live) -> BTreeSet<String> {
    let all = || live.state.as_object().into_iter().flatten().map(|(setting, _)| setting.as_str());
    let paths: BTreeSet<String> = match step.action {
        Action::Delete | Action::Replace => {
            all().filter(|setting| !BY_ENTRY.contains(setting)).map(str::to_owned).collect()
        }
        Action::Update | Action::Create => {
            step.changes.iter().map(|change| setting(&change.path)).collect()
        }
    };
    let mut touched: BTreeSet<String> = paths.into_iter().filter(|path| path != KEY).collect();
    if !touched.is_empty() {
        let owned = BY_ENTRY.iter().filter(|tags| live.state[**tags].get(STACK).is_some());
        touched.extend(owned.map(|tags| format!("{tags}.{STACK}")));
    }
    touched
}

/// What a request sends whole of a change at this path: a setting, or an entry.
fn setting(path: &str) -> String {
    match path.split_once('.') {
        Some((top, _)) if !BY_ENTRY.contains(&top) => top.to_owned(),
        _ => path.to_owned(),
    }
}

/// Refuses to write over what somebody else changed since the plan was made.
///
/// # Errors
///
/// All settings among `touched` that have moved.
pub fn check<'a>(
    planned: &Value,
    now: &Value,
    touched: impl Iterator<Item = &'a str>,
    fields: &'static [Field],
) -> Result<(), CloudError> {
    let moved: Vec<&str> = touched.filter(|path| differ(planned, now, path, fields)).collect();
    if moved.is_empty() { Ok(()) } else { Err(has_moved(&moved)) }
}

/// The error for settings that somebody else changed since the plan was made.
pub fn has_moved(paths: &[&str]) -> CloudError {
    let named: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    let verb = if paths.len() == 1 { "has" } else { "have" };
    let named = named.join(" and ");
    CloudError::new(format!("{named} {verb} moved since the plan was made")).help(AGAIN)
}

fn gone(id: &str) -> CloudError {
    CloudError::new(format!("`{id}` has moved since the plan was made: it is gone")).help(AGAIN)
}

const AGAIN: &str = "run the same command again to plan anew";
