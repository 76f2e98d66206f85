//! `provision outputs`

use crate::plan::Options;
use crate::report::outputs;

use super::args::{Common, OutputFormat, Outputs, Planning};
use super::code::Code;
use super::failure::{Exit, Failure};
use super::flow;
use super::interrupt::Interrupt;
use super::session::{self, Session};
use super::ui::Ui;

/// Runs the command.
pub async fn run(
    common: &Common,
    wanted: &Outputs,
    ui: &Ui,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let read = session::read(common, Code::Left, ui).await?;
    let session =
        Session::open(common, Some(read), None, &Planning::default(), ui, interrupt).await?;
    let plan = session.plan(&Options::default()).await?;
    let mut endings = flow::idle(&plan);
    for live in plan.steps.iter().filter_map(|step| step.live.as_ref()) {
        endings.outputs.insert(live.address.clone(), live.outputs.clone());
    }
    let values = flow::outputs(&session, &endings);
    let declared = session.loaded.iter().flat_map(|loaded| loaded.stack.outputs.keys());
    let missing: Vec<&String> = declared.filter(|name| !values.contains_key(*name)).collect();
    if let Some(name) = &wanted.name {
        let value = values.get(name).ok_or_else(|| {
            let names = values.keys().map(String::as_str);
            let help = crate::spec::suggestion(name, names);
            Failure { help, ..Failure::failed(format!("the output `{name}` is not known")) }
        })?;
        ui.values(&format!("{value}\n"));
        return Ok(Exit::Done);
    }
    match wanted.format {
        OutputFormat::Text => ui.result(&outputs::text(&values)),
        OutputFormat::Json => ui.result(&outputs::json(&values)),
        OutputFormat::Env => ui.values(&outputs::env(&values)),
        OutputFormat::Js => ui.result(&outputs::js(&values)),
    }
    match missing.as_slice() {
        [] => Ok(Exit::Done),
        missing => {
            let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
            Err(Failure::failed(format!(
                "not known before the stack is applied: {}",
                names.join(", ")
            )))
        }
    }
}
