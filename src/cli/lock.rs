//! The stack's lock around whatever writes, and `provision unlock`.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::aws::lock::{self, Held, Holder, Lock, Seen};
use crate::engine::CloudError;

use super::args::{Common, Planning};
use super::code::Code;
use super::confirm;
use super::failure::{Exit, Failure};
use super::interrupt::Interrupt;
use super::session::{self, Session};
use super::ui::Ui;

/// A lock that is held, and renewed as long as this is alive.
pub struct Guard {
    lock: Arc<Lock>,
    held: Held,
    renewal: JoinHandle<()>,
}

/// Takes the lock as it was seen beside the first reads of the plan; none with `--no-lock`.
///
/// # Errors
///
/// Somebody else has it, or applied the stack since; or Systems Manager does not answer.
pub async fn take(
    session: &Session,
    seen: Result<Seen, CloudError>,
    doing: &str,
    common: &Common,
) -> Result<Option<Guard>, Failure> {
    if common.no_lock {
        return Ok(None);
    }
    let lock = Arc::new(session.aws.lock());
    let holder = session::holder(doing)?;
    let taken = match seen {
        Ok(seen) => lock.take(&seen, holder).await,
        Err(error) => Err(error),
    };
    let held = taken.map_err(|error| denied(error, &lock))?;
    let renewal = tokio::spawn(renew(lock.clone(), held.clone()));
    Ok(Some(Guard { lock, held, renewal }))
}

/// Clears up after a run that died, where there is nothing else to do: the lock that it had is free for
/// everybody, and that of a stack of which nothing else is left is removed.
///
/// # Errors
///
/// Somebody took it since it was seen; or Systems Manager does not answer.
pub async fn clear_up(
    session: &Session,
    seen: Result<Seen, CloudError>,
    destroy: bool,
    common: &Common,
    ui: &Ui,
) -> Result<(), Failure> {
    // Who may not read it has not written it; and whoever has it is at work.
    let Ok(seen) = seen else { return Ok(()) };
    if common.no_lock || !seen.is_there() || seen.holder(lock::now()).is_some() {
        return Ok(());
    }
    if destroy {
        if let Some(guard) = take(session, Ok(seen), "destroy", common).await? {
            guard.release(true, ui).await;
        }
    } else if seen.is_abandoned(lock::now()) {
        session.aws.lock().break_it(&seen).await?;
        ui.say("The lock of a run that died is free again");
    }
    Ok(())
}

/// Says which permission is missing, and the way round.
fn denied(error: CloudError, lock: &Lock) -> Failure {
    let code = error.code.as_deref().unwrap_or_default();
    if !code.starts_with("AccessDenied") {
        return Failure { exit: Exit::Refused, ..error.into() };
    }
    Failure::failed(format!("the stack's lock cannot be taken: {}", error.message)).help(format!(
        "allow ssm:GetParameter, ssm:PutParameter and ssm:DeleteParameter on `parameter{}`; or, \
         where nobody else can apply this stack now, `--no-lock`",
        lock.name()
    ))
}

async fn renew(lock: Arc<Lock>, held: Held) {
    let mut every = tokio::time::interval(lock::RENEWAL);
    every.tick().await;
    loop {
        every.tick().await;
        // The next one comes before the lease has expired.
        if let Err(error) = lock.renew(&held).await {
            tracing::warn!(%error, "the lock was not renewed");
        }
    }
}

impl Guard {
    /// Gives the lock back; with a stack that is gone its parameter goes too.
    pub async fn release(self, stack_is_gone: bool, ui: &Ui) {
        self.renewal.abort();
        let released = match stack_is_gone {
            true => self.lock.remove().await,
            false => self.lock.release(&self.held).await,
        };
        if let Err(error) = released {
            let minutes = lock::LEASE / 60;
            ui.say(&format!(
                "the lock was not given back ({error}); it is free in {} minutes at most",
                Duration::as_secs(&minutes)
            ));
        }
    }
}

/// Runs `provision unlock`.
pub async fn unlock(common: &Common, ui: &Ui, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let read = session::read(common, Code::Left, ui).await?;
    let session =
        Session::open(common, Some(read), None, &Planning::default(), ui, interrupt).await?;
    let lock = session.aws.lock();
    let seen = lock.see().await.map_err(|error| denied(error, &lock))?;
    let Some(Holder { run: _, who, doing, since, .. }) = seen.holder(lock::now()) else {
        ui.say("Nobody holds the lock");
        return Ok(Exit::Done);
    };
    let minutes = lock::now().saturating_sub(*since) / 60;
    ui.say(&format!("{who} holds the lock: `{doing}`, for {minutes} min"));
    if !common.yes {
        confirm::somebody_must_answer(common, ui)?;
        let question = "Break it? What that run writes from now on may collide with yours.";
        if !confirm::yes(question, ui).await? {
            ui.say("The lock stays");
            return Ok(Exit::Done);
        }
    }
    interrupt.writes_now();
    lock.break_it(&seen).await?;
    ui.say("The lock is free");
    Ok(Exit::Done)
}
