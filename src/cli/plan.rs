//! `provision plan`

use crate::plan::Sources;
use crate::report::model::Report;
use crate::report::text::{self, View};
use crate::report::{html, json, markdown};

use super::args::{Common, Plan, PlanFormat, Summary};
use super::code::Code;
use super::drift;
use super::failure::{Exit, Failure};
use super::interrupt::Interrupt;
use super::saved;
use super::session::{self, Session};
use super::ui::Ui;

/// Runs the command.
pub async fn run(
    common: &Common,
    plan: &Plan,
    ui: &Ui,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    if let (Some(format), Some(_)) = (whole(plan.format), plan.summary) {
        let message = format!("`--summary` leaves out what `--format {format}` is for");
        return Err(
            Failure::usage(message).help("take `--summary` alone, or with `--format markdown`")
        );
    }
    let read = session::read(common, Code::Packed, ui).await?;
    let session = Session::open(common, Some(read), None, &plan.planning, ui, interrupt).await?;
    let (made, sources) = match &plan.against {
        Some(against) => {
            let was = drift::read(common, against, ui).await?;
            let (made, old) = session.plan_against(&was, &plan.planning).await?;
            let sources = Sources::of(&old, &made);
            (made, Some(sources))
        }
        None => (session.plan(&plan.planning.options()).await?, None),
    };
    session.check_only(&plan.only, &made)?;
    let headline = session.headline(false).await?;
    let mut report = Report::new(&made, &headline);
    if plan.drift {
        report = report.as_drift(&made, sources.as_ref());
    }
    let report = report.only(&plan.only);
    ui.result(&rendered(&report, plan, ui));
    if !made.refusals.is_empty() {
        ui.refusals(&made, session.loaded.as_ref());
        return Ok(Exit::Refused);
    }
    if let Some(path) = &plan.out {
        saved::keep(path, &made, &session, common, &plan.planning).await?;
    }
    let differs =
        !made.is_empty() || plan.drift && !(made.undeclared.is_empty() && made.foreign.is_empty());
    Ok(if plan.exit_code && differs { Exit::Changes } else { Exit::Done })
}

/// A format that always tells all of a plan.
fn whole(format: PlanFormat) -> Option<&'static str> {
    match format {
        PlanFormat::Json => Some("json"),
        PlanFormat::Html => Some("html"),
        PlanFormat::Text | PlanFormat::Markdown => None,
    }
}

fn rendered(report: &Report, plan: &Plan, ui: &Ui) -> String {
    match plan.format {
        PlanFormat::Text if plan.quiet => text::headline(report),
        PlanFormat::Text => {
            let summary = plan.summary.map(|summary| match summary {
                Summary::Resource => text::Summary::Resource,
                Summary::Kind => text::Summary::Kind,
            });
            text::plan(report, View { summary, ..ui.view() })
        }
        PlanFormat::Markdown => markdown::plan(report, plan.quiet || plan.summary.is_some()),
        PlanFormat::Html => html::plan(report),
        PlanFormat::Json => json::text(&json::plan(report)),
    }
}
