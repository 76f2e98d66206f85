//! A plan and its outcome for programs.
//!
//! `format_version` counts changes that break a reader; new members do not.

use serde_json::{Value, json};

use crate::engine::{Ending, Endings};
use crate::plan::{Change, Plan, Shown, Step};
use crate::resource::shown;

use super::outputs::Values;
use super::text::Headline;

/// The version of the format.
pub const VERSION: &str = "1";

/// A report as it is printed.
pub fn text(report: &Value) -> String {
    shown::json(report) + "\n"
}

/// A plan.
pub fn plan(plan: &Plan, headline: &Headline) -> Value {
    let Headline { stack, region, account, destroy } = headline;
    json!({
        "format_version": VERSION,
        "stack": stack,
        "region": region,
        "account": account,
        "destroy": destroy,
        "changes": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "unchanged": plan.kept.iter().map(|live| live.address.to_string()).collect::<Vec<_>>(),
        "refused": plan.refusals.iter().map(|refusal| json!({
            "address": refusal.address.to_string(),
            "path": refusal.path,
            "reason": refusal.reason,
            "help": refusal.help,
            "paste": refusal.paste,
        })).collect::<Vec<_>>(),
        "not_declared": plan.undeclared.iter().map(|note| json!({
            "address": note.address.to_string(),
            "path": note.path,
            "value": note.value,
        })).collect::<Vec<_>>(),
        "foreign": plan.foreign.iter().map(|foreign| json!({
            "address": foreign.address.to_string(),
            "kind": foreign.kind,
            "goes_with": foreign.goes_with.as_ref().map(ToString::to_string),
        })).collect::<Vec<_>>(),
    })
}

fn step(step: &Step) -> Value {
    json!({
        "address": step.address.to_string(),
        "kind": step.kind,
        "action": step.action.to_string(),
        "name": step.name,
        "reason": step.reason,
        "goes_with": step.goes_with.as_ref().map(ToString::to_string),
        "waits_for": step.waits_for.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "settings": step.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    let Change { path, before, after } = change;
    let value = |shown: &Shown| match shown {
        Shown::Absent => Value::Null,
        Shown::Sensitive => json!("(sensitive)"),
        Shown::Value(value) | Shown::Unknown(value) => value.clone(),
    };
    json!({
        "path": path,
        "before": value(before),
        "after": value(after),
        "sensitive": *before == Shown::Sensitive || *after == Shown::Sensitive,
        "known_after_apply": matches!(after, Shown::Unknown(_)),
    })
}

/// How a run ended, and the outputs then.
pub fn outcome(plan: &Plan, endings: &Endings, outputs: &Values) -> Value {
    let ending = |step: &Step| {
        let (result, reason) = match endings.steps.get(&step.address) {
            Some(Ending::Done) => ("done", None),
            Some(Ending::Failed(error)) => ("failed", Some(error.message.clone())),
            Some(Ending::Skipped(why)) => ("skipped", Some(why.clone())),
            None => ("not begun", None),
        };
        json!({
            "address": step.address.to_string(),
            "action": step.action.to_string(),
            "result": result,
            "reason": reason,
        })
    };
    json!({
        "complete": endings.all_done(),
        "interrupted": endings.interrupted,
        "error": endings.other.as_ref().map(|error| &error.message),
        "steps": plan.steps.iter().map(ending).collect::<Vec<_>>(),
        "outputs": outputs,
    })
}
