//! [`Aws`] as the engine's [`Cloud`].

use futures::future::BoxFuture;

use crate::engine::{Cloud, CloudError, Made};
use crate::plan::{Action, Lookup, Plan, Step};
use crate::resource::{Cleartext, Declared, Live, Outputs, Ownership, Piece, Replacing};

use super::kind::{AnyKind, KEY};
use super::moved::unmoved;
use super::{Aws, kinds, ledger, observe};

impl Aws {
    /// Notes in the ledger what a step made or removed.
    fn note(&self, step: &Step, made: Option<&str>, gone: Option<&str>) {
        if let Some(letter) = ledger::letter(step.kind) {
            self.pool.note(letter, ledger::key(&step.address), made, gone);
        }
    }
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
            let pool = plan.owned.iter().find(|live| live.kind == "user_pool");
            // One that is taken over is noted when that is done.
            let known = plan.owned.iter().filter(|live| live.ownership == Ownership::Ours);
            let children = known.filter_map(|live| {
                let key = ledger::key(&live.address).to_owned();
                Some((ledger::letter(live.kind)?, key, live.id.clone()))
            });
            let attributes = pool.and_then(|pool| pool.state["custom_attributes"].as_object());
            let attributes = attributes.into_iter().flat_map(|attributes| attributes.keys());
            let attributes = attributes.map(|name| (ledger::ATTRIBUTE, name.clone(), name.clone()));
            let children = children.chain(attributes).collect();
            self.pool.begin(pool.map(|live| live.id.clone()), children, intents).await
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
