//! Where each phase of a stack begins, and how it ends when nothing breaks.

use std::collections::BTreeMap;

use super::site::{Files, Phase, Site};
use super::stacks::Case;
use crate::support::emulators::Emulator;
use crate::support::holdings::Holdings;

/// An undisturbed run of a phase.
pub struct Calm {
    /// How many requests it sends.
    pub requests: usize,
    /// What is there at its end.
    pub end: Holdings,
}

/// All phases of one stack on one emulator.
pub struct Grounds<'f> {
    case: &'static Case,
    files: &'f Files,
    /// The emulator, for one that is emptied and brought to where a phase begins for each run.
    emulator: Option<Emulator>,
    /// For one that can be copied: the emulators that stand where each phase begins.
    begun: BTreeMap<Phase, Emulator>,
    calm: BTreeMap<Phase, Calm>,
}

impl<'f> Grounds<'f> {
    /// On copies of a moto that holds nothing: runs these phases, and what must go before them.
    pub async fn on_copies(
        root: &Emulator,
        case: &'static Case,
        files: &'f Files,
        phases: &[Phase],
    ) -> Self {
        let mut grounds = Self::of(case, files, None);
        grounds.begun.insert(Phase::First, root.copy().await);
        for (phase, next) in [
            (Phase::First, Some(Phase::Update)),
            (Phase::Update, Some(Phase::Back)),
            (Phase::Back, None),
            (Phase::Destroy, None),
        ] {
            let is_needed = |later: &Phase| *later == phase || (next.is_some() && *later > phase);
            if !phases.iter().any(is_needed) {
                continue;
            }
            let after = grounds.begun[&phase.begins_as()].copy().await;
            grounds.run(&after, phase).await;
            if let Some(next) = next {
                grounds.begun.insert(next, after);
            }
        }
        grounds
    }

    /// On an emulator that is emptied again and again.
    pub async fn emptied(
        emulator: Emulator,
        case: &'static Case,
        files: &'f Files,
        phases: &[Phase],
    ) -> Self {
        let mut grounds = Self::of(case, files, None);
        for phase in phases {
            emulator.reset().await;
            Site::new(case, &emulator, files).await.prepare(*phase).await;
            grounds.run(&emulator, *phase).await;
        }
        Self { emulator: Some(emulator), ..grounds }
    }

    fn of(case: &'static Case, files: &'f Files, emulator: Option<Emulator>) -> Self {
        Self { case, files, emulator, begun: BTreeMap::new(), calm: BTreeMap::new() }
    }

    /// Runs a phase undisturbed, and keeps how it went.
    async fn run(&mut self, emulator: &Emulator, phase: Phase) {
        let site = Site::new(self.case, emulator, self.files).await;
        let _ = site.run(phase, None).await.exits(0);
        let requests = site.proxy.take().len();
        self.calm.insert(phase, Calm { requests, end: site.holdings().await });
    }

    /// How a phase goes when nothing breaks.
    pub fn calm(&self, phase: Phase) -> &Calm {
        &self.calm[&phase]
    }

    /// The emulator that was emptied again and again, for another stack.
    pub fn into_emulator(self) -> Option<Emulator> {
        self.emulator
    }

    /// Does something with a stack that is where a phase begins.
    pub async fn begin<T>(&self, phase: Phase, act: impl AsyncFnOnce(&Site<'_>) -> T) -> T {
        if let Some(emulator) = &self.emulator {
            emulator.reset().await;
            let site = Site::new(self.case, emulator, self.files).await;
            site.prepare(phase).await;
            let _ = site.proxy.take();
            return act(&site).await;
        }
        let emulator = self.begun[&phase.begins_as()].copy().await;
        act(&Site::new(self.case, &emulator, self.files).await).await
    }
}
