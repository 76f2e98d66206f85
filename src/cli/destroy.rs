//! `provision destroy`

use crate::aws::{EXPIRES, MOST_USERS};
use crate::plan::{Options, Plan};
use crate::resource::Live;
use crate::spec::count;

use super::args::{Common, Destroy, Planning};
use super::code::Code;
use super::confirm;
use super::failure::{Exit, Failure};
use super::flow::{self, Doing};
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
    let lost = lost(&session, &mut plan).await?;
    let name = session.headline(true).await?.stack;
    let lost = match &destroy.confirm {
        Some(given) => confirm::given_name(&name, given).map(|()| None)?,
        None => lost.filter(|_| !expires),
    };
    let doing = Doing::Destroy { lost };
    flow::carry_out(session, &plan, seen, common, destroy.format, doing, ui).await
}

/// The kind of which people have accounts.
const POOL: &str = "user_pool";

fn pool(plan: &Plan) -> Option<&Live> {
    plan.steps.iter().filter_map(|step| step.live.as_ref()).find(|live| live.kind == POOL)
}

/// Whether the pool's tags mark a demo environment.
fn is_marked(pool: &Live) -> bool {
    pool.state["user_pool_tags"].get(EXPIRES).is_some()
}

/// Says in the plan what goes along with the pool; in words, the people who would lose their accounts.
async fn lost(session: &Session, plan: &mut Plan) -> Result<Option<String>, Failure> {
    let Some(pool) = pool(plan) else { return Ok(None) };
    let users = session.loaded.iter().filter_map(|loaded| loaded.stack.pool());
    let declared: Vec<&str> =
        users.flat_map(|pool| pool.users.keys()).map(String::as_str).collect();
    let (users, providers) = futures::try_join!(
        session.aws.count_users(&pool.id, &declared),
        session.aws.count_providers(&pool.id),
    )?;
    let people = match users {
        0 => None,
        MOST_USERS => Some(format!("{users} or more users")),
        _ => Some(count(users, "user")),
    };
    let people = people.map(|people| format!("{people} that the file does not declare"));
    let providers = (providers > 0).then(|| count(providers, "identity provider"));
    let all: Vec<String> = people.iter().cloned().chain(providers).collect();
    let step = plan.steps.iter_mut().find(|step| step.kind == POOL);
    if let (Some(step), false) = (step, all.is_empty()) {
        let goes = format!("lost with it: {}", all.join(", "));
        let before = step.reason.take().map(|reason| format!("{reason}; ")).unwrap_or_default();
        step.reason = Some(before + &goes);
    }
    Ok(people.map(|people| format!("{people} would lose their accounts")))
}
