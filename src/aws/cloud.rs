//! [`Aws`] as the engine's [`Cloud`].

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use serde_json::json;

use crate::engine::{Cloud, CloudError, Made};
use crate::plan::{Action, Lookup, Plan, Step};
use crate::resource::{Cleartext, Declared, Live, Outputs, Ownership, Piece, Replacing};

use super::kind::{AnyKind, KEY};
use super::ledger::{self, Ledger};
use super::moved::unmoved;
use super::pool::Child;
use super::{Aws, kinds, observe};

impl Aws {
    /// Notes in the ledger what a step made or removed.
    fn note(&self, step: &Step, made: Option<&str>, gone: Option<&str>) {
        if let Some(letter) = ledger::letter(step.kind) {
            self.pool.note(letter, ledger::key(&step.address), made, gone);
        }
    }
}

/// The stack's pool, where it is there.
fn pool(plan: &Plan) -> Option<&Live> {
    plan.owned.iter().find(|live| live.kind == "user_pool")
}

/// The children that the stack owns, as the ledger is to have them.
fn children(plan: &Plan) -> Vec<Child> {
    // One that is taken over is noted when that is done.
    let known = plan.owned.iter().filter(|live| live.ownership == Ownership::Ours);
    let children = known.filter_map(|live| {
        let key = ledger::key(&live.address).to_owned();
        Some((ledger::letter(live.kind)?, key, live.id.clone()))
    });
    let attributes = pool(plan).and_then(|pool| pool.state["custom_attributes"].as_object());
    let attributes = attributes.into_iter().flat_map(|attributes| attributes.keys());
    let attributes = attributes.map(|name| (ledger::ATTRIBUTE, name.clone(), name.clone()));
    children.chain(attributes).collect()
}

/// Adds a step to a plan without any where the pool's ledger is not what it is to be: a run broke off
/// after its last change, before it had noted what it made.
///
/// The step changes nothing of the pool itself; the ledger is written with every run of a plan.
pub fn note_what_was_made(plan: &mut Plan) {
    let Some(pool) = pool(plan).filter(|pool| pool.ownership == Ownership::Ours) else { return };
    let has = Ledger::of(&pool.state["user_pool_tags"]);
    if !plan.is_empty() || has == has.with(&children(plan)) {
        return;
    }
    let step = Step {
        address: pool.address.clone(),
        kind: pool.kind,
        action: Action::Update,
        name: pool.id.clone(),
        live: Some(pool.clone()),
        want: Some(json!({})),
        changes: Vec::new(),
        reason: Some(
            "an earlier run broke off before it had noted in the tags what it made".into(),
        ),
        waits_for: BTreeSet::new(),
        goes_with: None,
        guarded: false,
    };
    plan.kept.retain(|live| live.address != step.address);
    plan.steps.push(step);
}

impl Aws {
    /// Work whose waits end early once somebody wants to stop.
    fn interruptible<'a, T: 'a>(
        &'a self,
        work: impl Future<Output = T> + Send + 'a,
    ) -> BoxFuture<'a, T> {
        Box::pin(self.interruption.ends(work))
    }
}

fn kind_of(step: &Step) -> Result<&'static dyn AnyKind, CloudError> {
    kinds::find(step.kind)
        .ok_or_else(|| CloudError::new(format!("there is no kind `{}`", step.kind)))
}

impl Cloud for Aws {
    fn observe<'a>(
        &'a self,
        declared: &'a [Declared],
    ) -> BoxFuture<'a, Result<Vec<Live>, CloudError>> {
        Box::pin(observe::observe(self, declared))
    }

    fn lookup(&self, piece: &Piece) -> Lookup {
        match piece {
            Piece::Region => Lookup::Plain(self.region.clone()),
            Piece::Account => match self.account.get() {
                Some(account) => Lookup::Plain(account.clone()),
                None => Lookup::Unknown,
            },
            other => self.secrets.get(other),
        }
    }

    /// Writes the intents of all children that are about to be made into the ledger.
    fn begin<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<(), CloudError>> {
        self.interruptible(async move {
            let intents: Vec<(char, String)> = plan
                .steps
                .iter()
                .filter(|step| matches!(step.action, Action::Create | Action::Replace))
                .filter_map(|step| {
                    let key = ledger::key(&step.address).to_owned();
                    Some((ledger::letter(step.kind)?, key))
                })
                .collect();
            let pool = pool(plan).map(|live| live.id.clone());
            self.pool.begin(pool, children(plan), intents).await
        })
    }

    fn create<'a>(
        &'a self,
        step: &'a Step,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Made, CloudError>> {
        self.interruptible(async move {
            let made = kind_of(step)?.create(self, &step.address, want).await?;
            self.note(step, Some(&made.id), None);
            Ok(made)
        })
    }

    fn update<'a>(
        &'a self,
        step: &'a Step,
        live: &'a Live,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Outputs, CloudError>> {
        self.interruptible(async move {
            let kind = kind_of(step)?;
            let live = &unmoved(self, kind, step, live).await?;
            let outputs = kind.update(self, step, live, want).await?;
            let is_new = live.ownership == Ownership::Adopted;
            if is_new || step.changes.iter().any(|change| change.path == KEY) {
                self.note(step, Some(&live.id), Some(&live.id));
            }
            Ok(outputs)
        })
    }

    fn replace<'a>(
        &'a self,
        step: &'a Step,
        live: &'a Live,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Made, CloudError>> {
        self.interruptible(async move {
            let kind = kind_of(step)?;
            let live = &unmoved(self, kind, step, live).await?;
            if kind.info().replacing == Replacing::OldFirst {
                kind.delete(self, live).await?;
                self.note(step, None, Some(&live.id));
            }
            let made = kind.create(self, &step.address, want).await?;
            self.note(step, Some(&made.id), None);
            Ok(made)
        })
    }

    fn delete<'a>(
        &'a self,
        step: &'a Step,
        live: &'a Live,
    ) -> BoxFuture<'a, Result<(), CloudError>> {
        self.interruptible(async move {
            let kind = kind_of(step)?;
            let live = &unmoved(self, kind, step, live).await?;
            kind.delete(self, live).await?;
            self.note(step, None, Some(&live.id));
            Ok(())
        })
    }

    fn finish(&self) -> BoxFuture<'_, Result<(), CloudError>> {
        self.interruptible(self.pool.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::children::testing;
    use crate::resource::Address;

    /// A plan without steps of a pool with this ledger and a group.
    fn plan(ledger: &Ledger) -> Plan {
        let pool = testing::pool_with(ledger);
        let group = Live {
            address: Address::new(["user_pool", "groups", "g"]),
            kind: "group",
            id: "g".to_owned(),
            ..pool.clone()
        };
        Plan {
            owned: vec![pool.clone(), group.clone()],
            kept: vec![pool, group],
            ..Plan::default()
        }
    }

    #[test]
    fn what_a_run_made_and_could_not_note_any_more_is_noted_by_the_next_and_only_then() {
        let mut noted = Ledger::default();
        noted.made('g', "g", "g");
        let mut intent = Ledger::default();
        intent.intend('g', "g");
        let mut stale = noted.clone();
        stale.made('c', "gone", "c_1");
        for (ledger, steps) in [(&noted, 0), (&intent, 1), (&stale, 1), (&Ledger::default(), 1)] {
            let mut plan = plan(ledger);
            note_what_was_made(&mut plan);
            assert_eq!((plan.steps.len(), plan.kept.len()), (steps, 2 - steps), "{ledger:?}");
            note_what_was_made(&mut plan);
            assert_eq!(plan.steps.len(), steps);
        }
    }
}
