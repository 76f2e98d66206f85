//! A plan and its outcome for people.

mod change;
mod plan;

#[cfg(test)]
mod tests;

use crate::engine::{Ending, Endings};
use crate::plan::Plan;
use crate::spec::count;

use super::style::{self, FAINT, indented, paint};

pub use super::model::Headline;
pub use plan::{Summary, View, drift, headline, plan, summary};

/// How a run ended, in one line and one more for each step that was not done.
pub fn outcome(plan: &Plan, endings: &Endings) -> String {
    let mut text = String::new();
    let mut failed = 0;
    for step in &plan.steps {
        match endings.steps.get(&step.address) {
            Some(Ending::Failed(error)) => {
                failed += 1;
                let what = format!("{} {}", step.action, step.address);
                text += &format!(
                    "{} {}: {}\n",
                    paint(style::DELETE, "failed"),
                    what,
                    indented(&error.message)
                );
                if let Some(help) = &error.help {
                    text += &format!("  help: {}\n", indented(help));
                }
            }
            Some(Ending::Skipped(why)) => {
                text += &format!(
                    "{} {} {}: {}\n",
                    paint(FAINT, "skipped"),
                    step.action,
                    step.address,
                    indented(why)
                );
            }
            Some(Ending::Done) | None => {}
        }
    }
    if let Some(error) = &endings.other {
        text += &format!("{}: {}\n", paint(style::DELETE, "failed"), indented(&error.message));
        if let Some(help) = &error.help {
            text += &format!("  help: {}\n", indented(help));
        }
    }
    let done = format!("{} of {} done", endings.done(), count(plan.steps.len(), "step"));
    text += &match (endings.all_done(), endings.interrupted) {
        (true, _) => format!("Done: {done}\n"),
        (false, true) => format!("Interrupted: {done}; run the same command again to go on\n"),
        (false, false) => {
            format!("Not finished: {done}, {failed} failed; run the same command again to go on\n")
        }
    };
    text
}
