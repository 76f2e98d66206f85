//! The loop that runs a plan.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::plan::{Action, Plan, Step, Wanted};
use crate::resource::Outputs;

use super::cloud::{Cloud, CloudError};
use super::run::{Ending, Endings, Run};

/// How often it is told that a step still runs: AWS takes up to an hour over some.
const A_WHILE: Duration = Duration::from_secs(30);

/// What happens during a run, in the order in which it happens.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step starts.
    Started(&'a Step),
    /// A step has been running for a while and goes on.
    Running(&'a Step),
    /// A step ended.
    Ended(&'a Step, &'a Ending),
}

/// Runs every step of `plan` as soon as what it waits for is done, at most `at_once` of each kind at a
/// time: kinds have quotas of their own, and many of one must not hold up the others.
///
/// A failed step stops only those that wait for it, unless nothing more can be done: then nothing new
/// starts, and the reason is told once. Once `stop` holds `true` nothing new starts and what runs is
/// finished. Needs a runtime with a clock. `on_event` is never called from two tasks at once; every
/// step ends once.
pub async fn execute(
    plan: &Plan,
    cloud: &dyn Cloud,
    at_once: NonZeroUsize,
    mut stop: watch::Receiver<bool>,
    mut on_event: impl FnMut(Event<'_>),
) -> Endings {
    let mut run = Run::new(plan);
    // Whoever stops before the first write has nothing written.
    if !*stop.borrow()
        && let Err(error) = cloud.begin(plan).await
    {
        return run.not_begun(error, *stop.borrow());
    }
    let mut running = FuturesUnordered::new();
    let mut listening = true;
    let mut watch = tokio::time::interval_at(Instant::now() + A_WHILE, A_WHILE);
    // Ends when nothing runs and nothing more can start.
    loop {
        if *stop.borrow() {
            for step in run.interrupt() {
                on_event(Event::Ended(step, &run.endings.steps[&step.address]));
            }
            listening = false;
        }
        for step in run.end() {
            on_event(Event::Ended(step, &run.endings.steps[&step.address]));
        }
        while let Some(step) = run.skip_next() {
            on_event(Event::Ended(step, &run.endings.steps[&step.address]));
        }
        while let Some(step) = run.start_next(at_once) {
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
            _ = watch.tick() => {
                for step in run.still_running() {
                    on_event(Event::Running(step));
                }
            }
            changed = stop.changed(), if listening => listening = changed.is_ok(),
        }
    }
    for step in run.give_up() {
        on_event(Event::Ended(step, &run.endings.steps[&step.address]));
    }
    if let Err(error) = cloud.finish().await {
        run.other(error);
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

#[cfg(test)]
mod tests {
    use futures::future::BoxFuture;

    use super::*;
    use crate::engine::Made;
    use crate::plan::Lookup;
    use crate::resource::{Address, Cleartext, Declared, Live, Piece};

    /// A cloud in which making something takes a hundred seconds.
    struct Slow;

    #[expect(clippy::disallowed_methods, reason = "a slow cloud takes its time")]
    impl Cloud for Slow {
        fn observe<'a>(
            &'a self,
            _: &'a [Declared],
        ) -> BoxFuture<'a, Result<Vec<Live>, CloudError>> {
            Box::pin(async { Ok(Vec::new()) })
        }

        fn lookup(&self, _: &Piece) -> Lookup {
            Lookup::Unknown
        }

        fn begin<'a>(&'a self, _: &'a Plan) -> BoxFuture<'a, Result<(), CloudError>> {
            Box::pin(async { Ok(()) })
        }

        fn create<'a>(
            &'a self,
            _: &'a Step,
            _: Cleartext,
        ) -> BoxFuture<'a, Result<Made, CloudError>> {
            Box::pin(async {
                tokio::time::sleep(Duration::from_secs(100)).await;
                Ok(Made::default())
            })
        }

        fn update<'a>(
            &'a self,
            _: &'a Step,
            _: &'a Live,
            _: Cleartext,
        ) -> BoxFuture<'a, Result<Outputs, CloudError>> {
            Box::pin(async { Ok(Outputs::default()) })
        }

        fn replace<'a>(
            &'a self,
            _: &'a Step,
            _: &'a Live,
            _: Cleartext,
        ) -> BoxFuture<'a, Result<Made, CloudError>> {
            Box::pin(async { Ok(Made::default()) })
        }

        fn delete<'a>(&'a self, _: &'a Step, _: &'a Live) -> BoxFuture<'a, Result<(), CloudError>> {
            Box::pin(async { Ok(()) })
        }

        fn finish(&self) -> BoxFuture<'_, Result<(), CloudError>> {
            Box::pin(async { Ok(()) })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn of_a_step_that_takes_long_it_is_told_that_it_goes_on() {
        let step = Step {
            address: Address::new(["slow"]),
            kind: "slow",
            action: Action::Create,
            name: String::new(),
            live: None,
            want: Some(serde_json::json!({})),
            changes: Vec::new(),
            reason: None,
            waits_for: [].into(),
            goes_with: None,
            guarded: false,
        };
        let plan = Plan { steps: vec![step], ..Plan::default() };
        let (_sender, stop) = watch::channel(false);
        let start = Instant::now();
        let mut told = Vec::new();
        let endings = execute(&plan, &Slow, NonZeroUsize::MIN, stop, |event| {
            let what = match event {
                Event::Started(_) => "started",
                Event::Running(_) => "goes on",
                Event::Ended(..) => "ended",
            };
            told.push((start.elapsed().as_secs(), what));
        });
        assert!(endings.await.all_done());
        assert_eq!(told, [(0, "started"), (60, "goes on"), (90, "goes on"), (100, "ended")]);
    }
}
