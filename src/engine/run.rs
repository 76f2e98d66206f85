//! The state of one run of a plan: which steps wait, which ended, and what is known.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use crate::plan::{Lookup, Plan, Step, Wanted, fill};
use crate::resource::{Address, Outputs};

use super::cloud::{Cloud, CloudError};

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was done.
    Done,
    /// It failed.
    Failed(CloudError),
    /// It was not begun, and why.
    Skipped(String),
}

/// How every step of a plan ended, and the outputs that are known then.
#[derive(Clone, Debug, Default)]
pub struct Endings {
    /// One for each step.
    pub steps: BTreeMap<Address, Ending>,
    /// The outputs of every resource that stands.
    pub outputs: BTreeMap<Address, Outputs>,
    /// What failed besides the steps.
    pub other: Option<CloudError>,
    /// Whether it was interrupted.
    pub interrupted: bool,
}

impl Endings {
    /// Whether everything was done.
    pub fn all_done(&self) -> bool {
        !self.interrupted
            && self.other.is_none()
            && self.steps.values().all(|ending| *ending == Ending::Done)
    }

    /// How many steps were done.
    pub fn done(&self) -> usize {
        self.steps.values().filter(|ending| **ending == Ending::Done).count()
    }
}

pub(super) struct Run<'p> {
    waiting: Vec<&'p Step>,
    /// What has not ended: waits or runs.
    open: BTreeSet<&'p Address>,
    /// Whether some step did not end well.
    is_hurt: bool,
    /// Whether nothing more can be done.
    is_over: bool,
    running: BTreeSet<&'p Address>,
    /// How many steps of each kind run.
    kinds: BTreeMap<&'static str, usize>,
    /// What ran when [`Run::still_running`] was last asked.
    ran: BTreeSet<&'p Address>,
    steps: &'p [Step],
    pub(super) endings: Endings,
}

impl<'p> Run<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        let mut outputs: BTreeMap<Address, Outputs> =
            plan.kept.iter().map(|live| (live.address.clone(), live.outputs.clone())).collect();
        for live in plan.steps.iter().filter_map(|step| step.live.as_ref()) {
            outputs.insert(live.address.clone(), live.outputs.clone());
        }
        let endings = Endings { outputs, ..Endings::default() };
        Self {
            waiting: plan.steps.iter().collect(),
            open: plan.steps.iter().map(|step| &step.address).collect(),
            is_hurt: false,
            is_over: false,
            running: BTreeSet::new(),
            kinds: BTreeMap::new(),
            ran: BTreeSet::new(),
            steps: &plan.steps,
            endings,
        }
    }

    /// The steps that run and did so when this was last asked.
    pub(super) fn still_running(&mut self) -> Vec<&'p Step> {
        let before = std::mem::replace(&mut self.ran, self.running.clone());
        let runs =
            |step: &&Step| self.running.contains(&step.address) && before.contains(&step.address);
        self.steps.iter().filter(runs).collect()
    }

    /// Takes the next step that can start: all that it waits for was done, and fewer than `at_once` of
    /// its kind run.
    pub(super) fn start_next(&mut self, at_once: NonZeroUsize) -> Option<&'p Step> {
        let is_done = |address: &Address| {
            // Steps that `--target` left out are not waited for.
            !self.open.contains(address)
        };
        let is_full = |kind: &str| self.kinds.get(kind).is_some_and(|n| *n >= at_once.get());
        let can_start = |step: &Step| !is_full(step.kind) && step.waits_for.iter().all(is_done);
        let index = self.waiting.iter().position(|step| can_start(step))?;
        let step = self.waiting.remove(index);
        self.running.insert(&step.address);
        *self.kinds.entry(step.kind).or_default() += 1;
        Some(step)
    }

    /// Ends the next step that can never start, because something that it waits for did not end well.
    pub(super) fn skip_next(&mut self) -> Option<&'p Step> {
        if !self.is_hurt {
            return None;
        }
        let bad = |address: &&Address| {
            self.endings.steps.get(*address).is_some_and(|ending| *ending != Ending::Done)
        };
        let found = self.waiting.iter().enumerate().find_map(|(index, step)| {
            step.waits_for.iter().find(bad).map(|cause| (index, cause.clone()))
        });
        let (index, cause) = found?;
        let step = self.waiting.remove(index);
        self.open.remove(&step.address);
        let how = match self.endings.steps.get(&cause) {
            Some(Ending::Failed(_)) => "failed",
            _ => "was not done",
        };
        let ending = Ending::Skipped(format!("`{cause}` {how}"));
        self.endings.steps.insert(step.address.clone(), ending);
        Some(step)
    }

    /// Ends everything that has not started, because somebody wants to stop.
    pub(super) fn interrupt(&mut self) -> Vec<&'p Step> {
        self.endings.interrupted = true;
        self.skip_all("interrupted")
    }

    /// Ends a run that could not even begin.
    pub(super) fn not_begun(mut self, error: CloudError, interrupted: bool) -> Endings {
        self.skip_all(if interrupted { "interrupted" } else { "it was not begun" });
        self.endings.interrupted = interrupted;
        self.endings.other = Some(error);
        self.endings
    }

    /// Ends everything that can never start: steps that wait for each other. A plan has none.
    pub(super) fn give_up(&mut self) -> Vec<&'p Step> {
        self.skip_all("it waits for itself")
    }

    fn skip_all(&mut self, why: &str) -> Vec<&'p Step> {
        self.is_hurt = true;
        let skipped: Vec<&Step> = std::mem::take(&mut self.waiting);
        for step in &skipped {
            self.open.remove(&step.address);
            self.endings.steps.insert(step.address.clone(), Ending::Skipped(why.to_owned()));
        }
        skipped
    }

    /// Notes how a step ended.
    pub(super) fn finish(&mut self, step: &'p Step, result: Result<Option<Outputs>, CloudError>) {
        self.running.remove(&step.address);
        self.open.remove(&step.address);
        if let Some(running) = self.kinds.get_mut(step.kind) {
            *running -= 1;
        }
        let ending = match result {
            Ok(outputs) => {
                match outputs {
                    Some(outputs) => {
                        self.endings
                            .outputs
                            .entry(step.address.clone())
                            .or_default()
                            .extend(outputs);
                    }
                    None => drop(self.endings.outputs.remove(&step.address)),
                }
                Ending::Done
            }
            Err(error) => {
                self.is_hurt = true;
                Ending::Failed(self.said_once(error))
            }
        };
        self.endings.steps.insert(step.address.clone(), ending);
    }

    /// An error that ends the run is said once, for all steps.
    fn said_once(&mut self, error: CloudError) -> CloudError {
        if !error.ends_run {
            return error;
        }
        self.is_over = true;
        self.endings.other.get_or_insert(error);
        CloudError::new("broken off with the run")
    }

    /// Notes what failed besides the steps, unless it is what ended the run.
    pub(super) fn other(&mut self, error: CloudError) {
        if !(error.ends_run && self.is_over) {
            self.endings.other = Some(error);
        }
    }

    /// Ends everything that has not started, where nothing more can be done.
    pub(super) fn end(&mut self) -> Vec<&'p Step> {
        if self.is_over { self.skip_all("the run was broken off") } else { Vec::new() }
    }

    /// The wanted state of a step, filled in with what is known now.
    pub(super) fn wanted(&self, step: &Step, cloud: &dyn Cloud) -> Option<Wanted> {
        let want = step.want.as_ref()?;
        let known = &self.endings.outputs;
        Some(fill(want, &|piece| Lookup::of(piece, known, |other| cloud.lookup(other))))
    }
}
