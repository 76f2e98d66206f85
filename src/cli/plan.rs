//! `provision plan`

use crate::report::{json, text};

use super::args::{Common, Format, Plan};
use super::code::Code;
use super::failure::{Exit, Failure};
use super::interrupt::Interrupt;
use super::session::{self, Session};
use super::ui::Ui;

/// Runs the command.
pub async fn run(
    common: &Common,
    plan: &Plan,
    ui: &Ui,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let read = session::read(common, Code::Packed, ui).await?;
    let session = Session::open(common, Some(read), None, &plan.planning, ui, interrupt).await?;
    let made = session.plan(&plan.planning.options()).await?;
    let headline = session.headline(false).await?;
    match plan.planning.format {
        Format::Text => ui.result(&text::plan(&made, &headline)),
        Format::Json => ui.result(&json::text(&json::plan(&made, &headline))),
    }
    if !made.refusals.is_empty() {
        ui.refusals(&made, session.loaded.as_ref());
        return Ok(Exit::Refused);
    }
    Ok(if plan.exit_code && !made.is_empty() { Exit::Changes } else { Exit::Done })
}
