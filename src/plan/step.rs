//! What a plan is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::resource::{Address, Live};

use super::compare::Change;
use super::risk::{AtStake, Risk};

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Makes a resource.
    Create,
    /// Changes one in place.
    Update,
    /// Makes a new one and removes the old one.
    Replace,
    /// Removes one.
    Delete,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
        })
    }
}

/// One thing to do, with all that doing it needs.
#[derive(Clone, Debug)]
pub struct Step {
    /// The resource.
    pub address: Address,
    /// The name of its kind.
    pub kind: &'static str,
    /// What to do.
    pub action: Action,
    /// The resource's name in AWS, as far as it is known; for people.
    pub name: String,
    /// The resource as it is; none for a create.
    pub live: Option<Live>,
    /// The wanted state with its references; none for a delete.
    pub want: Option<Value>,
    /// What changes, setting by setting; for a create all that is declared.
    pub changes: Vec<Change>,
    /// Why, where the action does not say it.
    pub reason: Option<String>,
    /// Steps that must have ended well before this one starts.
    pub waits_for: BTreeSet<Address>,
    /// For a delete: the resource whose own delete takes this one along.
    pub goes_with: Option<Address>,
    /// Whether deleting it under `--yes` needs its address named.
    pub guarded: bool,
}

/// Why a plan may not be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The resource.
    pub address: Address,
    /// The setting, where it is about one.
    pub path: Option<String>,
    /// What is refused and why.
    pub reason: String,
    /// What to do instead.
    pub help: String,
    /// What to paste into the file, as the file would hold it; none where there is nothing.
    pub paste: Option<Value>,
}

/// Somebody else's resource, seen on the way and left alone, as long as what it stands in stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Where it would stand.
    pub address: Address,
    /// The name of its kind.
    pub kind: &'static str,
    /// The resource that is deleted and takes this one along.
    pub goes_with: Option<Address>,
}

/// A live setting that the file does not mention and that is not AWS's default.
#[derive(Clone, Debug, PartialEq)]
pub struct Undeclared {
    /// The resource.
    pub address: Address,
    /// The setting.
    pub path: String,
    /// What it is.
    pub value: Value,
}

/// All that is to be done, in an order in which it can be done, and what was found.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The steps, each after all that it waits for.
    pub steps: Vec<Step>,
    /// Resources that are as declared.
    pub kept: Vec<Live>,
    /// Everything that the stack owns as the plan was made, whatever is to become of it.
    pub owned: Vec<Live>,
    /// Why it may not be carried out; empty for a plan that may.
    pub refusals: Vec<Refusal>,
    /// Somebody else's.
    pub foreign: Vec<Foreign>,
    /// Settings that are left as they are.
    pub undeclared: Vec<Undeclared>,
    /// What a reviewer must not miss; the gravest first.
    pub risks: Vec<Risk>,
    /// What people would lose with resources of this stack, whatever is to become of those.
    pub at_stake: Vec<AtStake>,
    /// What each declared resource refers to or comes after.
    pub needs: BTreeMap<Address, BTreeSet<Address>>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many steps do `action`.
    pub fn count(&self, action: Action) -> usize {
        self.steps.iter().filter(|step| step.action == action).count()
    }
}
