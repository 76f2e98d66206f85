//! `provision destroy`

use crate::aws::EXPIRES;
use crate::plan::{Options, Plan};
use crate::resource::Live;
use crate::spec::count;

use super::args::{Common, Destroy, Planning};
use super::code::Code;
use super::confirm;
use super::failure::{Exit, Failure};
use super::flow;
use super::interrupt::Interrupt;
use super::session::{self, Session};
use super::ui::Ui;

/// Runs the command.
pub async fn run(
    common: &Common,
    destroy: &Destroy,
    ui: &Ui,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    confirm::somebody_must_answer(common, ui)?;
    let planning = Planning::default();
    let session = match &destroy.stack_name {
        Some(name) => Session::open(common, None, Some(name), &planning, ui, interrupt).await?,
        None => {
            let read = session::read(common, Code::Left, ui).await?;
            Session::open(common, Some(read), None, &planning, ui, interrupt).await?
        }
    };
    let declared = session.loaded.as_ref().is_some_and(|loaded| loaded.stack.expires.is_some());
    let mut options = Options {
        destroy: true,
        remove_protection: destroy.remove_protection || declared,
        ..Options::default()
    };
    let (mut plan, mut seen) = session.plan_to_write(&options).await?;
    // A file says itself whether the stack is a demo; the tag may be of a time when it was one.
    let by_tag = session.loaded.is_none() && pool(&plan).is_some_and(is_marked);
    let expires = declared || by_tag;
    if expires && !options.remove_protection {
        options.remove_protection = true;
        (plan, seen) = session.plan_to_write(&options).await?;
    }
    if !expires && plan.refusals.is_empty() {
        confirm_users(&session, &plan, destroy, ui).await?;
    }
    flow::carry_out(session, &plan, seen, common, destroy.format, true, ui).await
}

fn pool(plan: &Plan) -> Option<&Live> {
    plan.steps.iter().filter_map(|step| step.live.as_ref()).find(|live| live.kind == "user_pool")
}

/// Whether the pool's tags mark a demo environment.
fn is_marked(pool: &Live) -> bool {
    pool.state["user_pool_tags"].get(EXPIRES).is_some()
}

/// Asks for the stack's name where people would lose their accounts.
async fn confirm_users(
    session: &Session,
    plan: &Plan,
    destroy: &Destroy,
    ui: &Ui,
) -> Result<(), Failure> {
    let Some(pool) = pool(plan) else { return Ok(()) };
    let users = session.loaded.iter().filter_map(|loaded| loaded.stack.pool());
    let declared: Vec<&str> =
        users.flat_map(|pool| pool.users.keys()).map(String::as_str).collect();
    let others = session.aws.count_users(&pool.id, &declared).await?;
    if others == 0 {
        return Ok(());
    }
    let name = session.headline(true).await?.stack;
    let confirmed = match &destroy.confirm {
        Some(given) => *given == name,
        None => confirm::name(&name, &count(others, "user"), ui).await?,
    };
    if confirmed {
        return Ok(());
    }
    let message = format!(
        "the pool `{}` holds {} that the file does not declare",
        pool.id,
        count(others, "user")
    );
    Err(Failure { exit: Exit::Refused, ..Failure::failed(message) }
        .help(format!("`--confirm {name}` removes them with it")))
}
