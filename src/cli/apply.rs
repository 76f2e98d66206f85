//! `provision apply`, and `provision --stack FILE`.

use std::collections::BTreeSet;

use crate::plan::{Plan, Refusal};
use crate::resource::Address;

use super::args::{Apply, Common};
use super::code::Code;
use super::confirm;
use super::failure::{Exit, Failure};
use super::flow::{self, Doing};
use super::interrupt::Interrupt;
use super::saved;
use super::session::{self, Session};
use super::ui::Ui;

/// Runs the command.
pub async fn run(
    common: &Common,
    apply: &Apply,
    ui: &Ui,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    if let Some(path) = &apply.plan {
        return saved::run(common, apply, path, ui, interrupt).await;
    }
    confirm::somebody_must_answer(common, ui)?;
    let read = session::read(common, Code::Packed, ui).await?;
    let session = Session::open(common, Some(read), None, &apply.planning, ui, interrupt).await?;
    let (mut plan, seen) = session.plan_to_write(&apply.planning.options()).await?;
    if common.yes {
        refuse_silent_deletes(&mut plan, &apply.allow_delete.iter().cloned().collect());
    }
    flow::carry_out(session, &plan, seen, common, apply.format, Doing::Apply, ui).await
}

/// Where nobody is asked, what people depend on is deleted only when it is named.
fn refuse_silent_deletes(plan: &mut Plan, allowed: &BTreeSet<Address>) {
    let silent = plan.steps.iter().filter(|step| step.guarded && step.goes_with.is_none());
    let refusals = silent.filter(|step| !allowed.contains(&step.address)).map(|step| Refusal {
        address: step.address.clone(),
        path: None,
        reason: format!("`{}` would be deleted, and nobody is asked", step.name),
        help: format!("`--allow-delete '{}'` allows it", step.address),
        paste: None,
    });
    let refusals: Vec<Refusal> = refusals.collect();
    plan.refusals.extend(refusals);
}
