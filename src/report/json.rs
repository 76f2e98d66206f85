//! A plan and its outcome for programs.
//!
//! A plan is the report's own types as they serialize: `docs/plan-json.md` has the format.

use serde_json::{Value, json};

use crate::engine::{Ending, Endings};
use crate::plan::{Plan, Step};
use crate::resource::shown;

use super::model::Report;
use super::outputs::Values;

pub use super::model::VERSION;

/// A report as it is printed.
pub fn text(report: &Value) -> String {
    shown::json(report) + "\n"
}

/// A plan.
pub fn plan(report: &Report) -> Value {
    // Texts, numbers and lists of them: there is nothing in a report that cannot be written.
    serde_json::to_value(report).unwrap_or_default()
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
