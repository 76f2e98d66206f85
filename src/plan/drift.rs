//! Where a difference comes from: from the file, or from AWS.
//!
//! The file as it was and the file as it is are each compared with AWS. What the old file already
//! differed in is AWS's doing; what only the new one differs in is the file's.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::resource::Address;

use super::compare::Change;
use super::step::{Action, Plan, Step};

/// Where a difference comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The file asks for something else than it did.
    File,
    /// AWS is not as the old file had it.
    Aws,
    /// Both.
    Both,
}

impl Source {
    /// In words, for people.
    pub fn text(self) -> &'static str {
        match self {
            Self::File => "from the file",
            Self::Aws => "from AWS",
            Self::Both => "from the file and AWS",
        }
    }

    fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::Both }
    }
}

/// The sources of a plan's steps and of their settings.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    steps: BTreeMap<(Address, &'static str), OfStep>,
}

/// The source of a step, and those of its settings by path.
type OfStep = (Source, BTreeMap<String, Source>);

impl Sources {
    /// Tells the sources of `new`, the plan for the file as it is, by `old`, the plan for the file as
    /// it was; both against the same AWS.
    pub fn of(old: &Plan, new: &Plan) -> Self {
        let before: BTreeMap<(&Address, &str), &Step> =
            old.steps.iter().map(|step| ((&step.address, step.kind), step)).collect();
        let steps = new.steps.iter().map(|step| {
            let old = before.get(&(&step.address, step.kind)).copied();
            ((step.address.clone(), step.kind), of_step(old, step))
        });
        Self { steps: steps.collect() }
    }

    /// Where a step comes from; none where nothing is known of it.
    pub fn step(&self, step: &Step) -> Option<Source> {
        self.steps.get(&(step.address.clone(), step.kind)).map(|(source, _)| *source)
    }

    /// Where the change of one of its settings comes from.
    pub fn setting(&self, step: &Step, path: &str) -> Option<Source> {
        let (source, settings) = self.steps.get(&(step.address.clone(), step.kind))?;
        Some(settings.get(path).copied().unwrap_or(*source))
    }
}

fn of_step(old: Option<&Step>, new: &Step) -> OfStep {
    let Some(old) = old else { return (Source::File, BTreeMap::new()) };
    match (old.action, new.action) {
        (Action::Create, Action::Create) | (Action::Delete, Action::Delete) => {
            (Source::Aws, BTreeMap::new())
        }
        (Action::Update | Action::Replace, Action::Update | Action::Replace) => {
            let settings = new.changes.iter();
            let settings = settings.map(|change| (change.path.clone(), of_setting(old, change)));
            let settings: BTreeMap<String, Source> = settings.collect();
            let source = settings.values().copied().reduce(Source::and);
            (source.unwrap_or(Source::Aws), settings)
        }
        _ => (Source::File, BTreeMap::new()),
    }
}

fn of_setting(old: &Step, change: &Change) -> Source {
    match old.changes.iter().find(|old| old.path == change.path) {
        None => Source::File,
        Some(old) if old.after == change.after => Source::Aws,
        Some(_) => Source::Both,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::plan::Shown;

    fn step(key: &str, action: Action, settings: &[(&str, u32)]) -> Step {
        let change = |(path, after): &(&str, u32)| Change {
            path: (*path).to_owned(),
            before: Shown::Value(json!(0)),
            after: Shown::Value(json!(after)),
        };
        Step {
            address: Address::new([key]),
            kind: "thing",
            action,
            name: key.to_owned(),
            live: None,
            want: None,
            changes: settings.iter().map(change).collect(),
            reason: None,
            waits_for: BTreeSet::new(),
            goes_with: None,
            guarded: false,
        }
    }

    #[test]
    fn what_the_old_file_already_differed_in_is_of_aws_and_the_rest_of_the_file() {
        let old = vec![
            step("a", Action::Update, &[("drifted", 1), ("both", 1)]),
            step("gone", Action::Create, &[]),
            step("left", Action::Delete, &[]),
        ];
        let new = vec![
            step("a", Action::Update, &[("drifted", 1), ("both", 2), ("edited", 3)]),
            step("gone", Action::Create, &[]),
            step("left", Action::Delete, &[]),
            step("more", Action::Create, &[("x", 1)]),
            step("less", Action::Delete, &[]),
        ];
        let old = Plan { steps: old, ..Plan::default() };
        let new = Plan { steps: new, ..Plan::default() };
        let sources = Sources::of(&old, &new);
        let found: Vec<_> = new.steps.iter().map(|step| sources.step(step)).collect();
        let [both, aws, file] = [Source::Both, Source::Aws, Source::File].map(Some);
        assert_eq!(found, [both, aws, aws, file, file]);
        let of = |path: &str| sources.setting(&new.steps[0], path);
        assert_eq!([of("drifted"), of("both"), of("edited")], [aws, both, file]);
        assert_eq!(sources.setting(&new.steps[3], "x"), file);
    }
}
