//! What `apply` and `destroy` share: show, ask, carry out, report.

use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures::FutureExt;
use serde_json::json;

use crate::aws::lock::Seen;
use crate::engine::{self, Cloud, CloudError, Endings};
use crate::plan::{Lookup, Plan, Wanted, fill};
use crate::report::model::Report;
use crate::report::outputs::Values;
use crate::report::{json, progress, text};
use crate::resource::Piece;

use super::args::{Common, Format};
use super::confirm;
use super::failure::{Exit, Failure};
use super::lock;
use super::passwords;
use super::session::Session;
use super::ui::Ui;

/// How many steps of one kind run at a time: few enough that what runs ends soon after an interrupt.
const AT_ONCE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(15);

/// What a plan is carried out for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// What the file declares.
    Apply,
    /// Nothing is to be left.
    Destroy {
        /// What people would lose for good and nobody has agreed to yet: `3 users …`.
        lost: Option<String>,
    },
}

/// Shows a plan, asks, carries it out and reports.
pub async fn carry_out(
    mut session: Session,
    plan: &Plan,
    seen: Result<Seen, CloudError>,
    common: &Common,
    format: Format,
    doing: Doing,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let destroy = doing != Doing::Apply;
    let headline = session.headline(destroy).await?;
    let report = Report::new(plan, &headline);
    if format == Format::Text {
        ui.result(&text::plan(&report, ui.view()));
    }
    if !plan.refusals.is_empty() {
        ui.refusals(plan, session.loaded.as_ref());
        if format == Format::Json {
            ui.result(&json::text(&json::plan(&report)));
        }
        return Ok(Exit::Refused);
    }
    if plan.is_empty() {
        let endings = idle(plan);
        let outputs = outputs(&session, &endings);
        show(plan, &report, &endings, &outputs, format, ui);
        lock::clear_up(&session, seen, destroy, common, ui).await?;
        return Ok(Exit::Done);
    }
    if !common.yes && format == Format::Json {
        ui.say(text::plan(&report, ui.view()).trim_end());
    }
    match &doing {
        // Stronger than a yes, and not to be had by `--yes`.
        Doing::Destroy { lost: Some(lost) } => confirm::name(&headline.stack, lost, ui).await?,
        _ if common.yes || confirm::yes("Carry this out?", ui).await? => {}
        _ => {
            ui.say("Nothing was changed");
            return Ok(Exit::Done);
        }
    }
    // The first write is the lock's.
    session.interrupt.writes_now();
    let stop = session.interrupt.asked();
    let doing = if destroy { "destroy" } else { "apply" };
    let guard = match lock::take(&session, seen, doing, common).await {
        Err(failure) if *stop.borrow() => {
            return Err(Failure { exit: Exit::Interrupted, ..failure });
        }
        taken => taken?,
    };
    let start = Instant::now();
    let endings = engine::execute(plan, &session.aws, AT_ONCE, stop, |event| {
        if let Some(line) = progress::line(&event, start.elapsed()) {
            ui.say(&line);
        }
        // At once: whatever ends the program later, a password that was set has been shown.
        if let Err(failure) = passwords::show(&mut session.generated, &headline, ui) {
            ui.failure(&failure);
        }
    });
    // The lock is given back also where this program has a fault.
    let endings = AssertUnwindSafe(endings).catch_unwind().await;
    if let Some(guard) = guard {
        let all_done = endings.as_ref().is_ok_and(Endings::all_done);
        guard.release(destroy && all_done, ui).await;
    }
    let endings = endings.unwrap_or_else(|fault| std::panic::resume_unwind(fault));
    let outputs = outputs(&session, &endings);
    show(plan, &report, &endings, &outputs, format, ui);
    Ok(match (endings.all_done(), endings.interrupted) {
        (true, _) => Exit::Done,
        (false, true) => Exit::Interrupted,
        (false, false) => Exit::Failed,
    })
}

/// The endings of a plan with nothing to do.
pub fn idle(plan: &Plan) -> Endings {
    let outputs = plan.kept.iter().map(|live| (live.address.clone(), live.outputs.clone()));
    Endings { outputs: outputs.collect(), ..Endings::default() }
}

fn show(
    plan: &Plan,
    report: &Report,
    endings: &Endings,
    outputs: &Values,
    format: Format,
    ui: &Ui,
) {
    if !plan.is_empty() {
        ui.say(text::outcome(plan, endings).trim_end());
    }
    match format {
        Format::Json => {
            let whole = json!({
                "format_version": json::VERSION,
                "plan": json::plan(report),
                "outcome": json::outcome(plan, endings, outputs),
            });
            ui.result(&json::text(&whole));
        }
        Format::Text if !report.destroy && !outputs.is_empty() => {
            ui.result("\nOutputs:\n");
            let lines = crate::report::outputs::text(outputs);
            ui.result(&lines.lines().map(|line| format!("  {line}\n")).collect::<String>());
        }
        Format::Text => {}
    }
}

/// The stack's outputs that are known; URLs of the local cloud as they work from here.
pub fn outputs(session: &Session, endings: &Endings) -> Values {
    let lookup =
        |piece: &Piece| Lookup::of(piece, &endings.outputs, |other| session.aws.lookup(other));
    let declared = session.loaded.iter().flat_map(|loaded| &loaded.stack.outputs);
    let api = session.loaded.as_ref().and_then(|loaded| loaded.stack.http_api.as_ref());
    let stages = api.map(|api| api.given.stages()).unwrap_or_default();
    let stages: Vec<&str> = stages.keys().map(String::as_str).collect();
    let known = declared.filter_map(|(name, template)| {
        let Wanted::Text(value) = fill(&json!(template), &lookup) else { return None };
        let value = match &session.local {
            Some(local) => local.reachable_url_among(&value, &stages),
            None => value,
        };
        Some((name.clone(), value))
    });
    known.collect()
}
