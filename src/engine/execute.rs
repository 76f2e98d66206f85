//! The loop that runs a plan.

use std::num::NonZeroUsize;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::watch;

use crate::plan::{Action, Plan, Step, Wanted};
use crate::resource::Outputs;

use super::cloud::{Cloud, CloudError};
use super::run::{Ending, Endings, Run};

/// What happens during a run, in the order in which it happens.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step starts.
    Started(&'a Step),
    /// A step ended.
    Ended(&'a Step, &'a Ending),
}

/// Runs every step of `plan` as soon as what it waits for is done, at most `at_once` at a time.
///
/// A failed step stops only those that wait for it. Once `stop` holds `true` nothing new starts and
/// what runs is finished. `on_event` is never called from two tasks at once; every step ends once.
pub async fn execute(
    plan: &Plan,
    cloud: &dyn Cloud,
    at_once: NonZeroUsize,
    mut stop: watch::Receiver<bool>,
    mut on_event: impl FnMut(Event<'_>),
) -> Endings {
    let mut run = Run::new(plan);
    if let Err(error) = cloud.begin(plan).await {
        run.interrupt();
        run.endings.interrupted = false;
        run.endings.other = Some(error);
        return run.endings;
    }
    let mut running = FuturesUnordered::new();
    let mut listening = true;
    // Ends when nothing runs and nothing more can start.
    loop {
        if *stop.borrow() {
            for step in run.interrupt() {
                on_event(Event::Ended(step, &run.endings.steps[&step.address]));
            }
            listening = false;
        }
        while let Some(step) = run.skip_next() {
            on_event(Event::Ended(step, &run.endings.steps[&step.address]));
        }
        while running.len() < at_once.get()
            && let Some(step) = run.start_next()
        {
            on_event(Event::Started(step));
            let want = run.wanted(step, cloud);
            running.push(async move { (step, carry_out(cloud, step, want).await) });
        }
        tokio::select! {
            ended = running.next() => {
                let Some((step, result)) = ended else { break };
                run.finish(step, result);
                on_event(Event::Ended(step, &run.endings.steps[&step.address]));
            }
            changed = stop.changed(), if listening => listening = changed.is_ok(),
        }
    }
    for step in run.give_up() {
        on_event(Event::Ended(step, &run.endings.steps[&step.address]));
    }
    if let Err(error) = cloud.finish().await {
        run.endings.other = Some(error);
    }
    run.endings
}

/// Does one step; the outputs of what then stands, none where nothing stands any more.
async fn carry_out(
    cloud: &dyn Cloud,
    step: &Step,
    want: Option<Wanted>,
) -> Result<Option<Outputs>, CloudError> {
    let want = match step.action {
        Action::Update => want.map(|want| want.needed_for(&step.changes)),
        _ => want,
    };
    let cleartext = || match &want {
        Some(want) => want.cleartext().map_err(CloudError::new),
        None => Err(CloudError::new("the plan says nothing of what is wanted")),
    };
    match (step.action, &step.live) {
        (Action::Create, _) => Ok(Some(cloud.create(step, cleartext()?).await?.outputs)),
        (Action::Update, Some(live)) => {
            let mut outputs = live.outputs.clone();
            outputs.extend(cloud.update(step, live, cleartext()?).await?);
            Ok(Some(outputs))
        }
        (Action::Replace, Some(live)) => {
            Ok(Some(cloud.replace(step, live, cleartext()?).await?.outputs))
        }
        (Action::Delete, Some(live)) => {
            if step.goes_with.is_none() {
                cloud.delete(step, live).await?;
            }
            Ok(None)
        }
        (_, None) => Err(CloudError::new("the plan does not say which resource is meant")),
    }
}
