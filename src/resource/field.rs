//! What the planner must know of a kind's settings: how to compare them and what AWS forbids.

use serde_json::Value;

use super::{Address, Hazard, Live, Pattern};

/// One setting of a kind, by its path in the state, and how it differs from a plain value.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Dotted path in the kind's state; everything below it is meant too.
    pub path: &'static str,
    /// What is special about it.
    pub rule: Rule,
}

/// What is special about a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A list whose order matters; any other list is a set.
    Ordered,
    /// A map that is replaced whole: what the file leaves out is removed.
    Exclusive,
    /// A live value that is never shown, because it may hold a secret.
    Sensitive,
    /// An IAM policy document: compared by meaning, not by spelling.
    Policy,
    /// A length of time in seconds, shown as the file writes it.
    Seconds,
    /// A value that opens something to others, and what: the plan says so where it comes to be.
    Opens(&'static str, &'static str),
    /// Letters' case does not matter.
    IgnoreCase,
    /// Sent, but never read back: not compared.
    WriteOnly,
    /// Set where it is missing, and left as it is from then on.
    Once,
    /// AWS cannot change it, and a replacement would lose data: a change is refused.
    Immutable(&'static str),
    /// What is there cannot change, and a replacement would lose data; more can be added.
    AddOnly(&'static str),
    /// AWS cannot change it: the resource must be replaced.
    Replaces(&'static str),
    /// AWS can change it, but not take it back: going without it is refused.
    Stays(&'static str),
    /// A map of which AWS cannot change the entries that the live state names in this list; others
    /// can change.
    Fixed(&'static str, &'static str),
}

/// How a kind's resources are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacing {
    /// The new one is made, all that uses it is changed, and then the old one goes: AWS lets both stand.
    NewFirst,
    /// The old one must go before the new one is made.
    OldFirst,
}

/// An output of a kind that the stack file may refer to.
#[derive(Clone, Copy, Debug)]
pub struct OutputName {
    /// The last segment of a reference: `id` in `${user_pool.id}`.
    pub name: &'static str,
    /// Whether its value must never be shown.
    pub sensitive: bool,
}

impl OutputName {
    /// An output that may be shown.
    pub const fn plain(name: &'static str) -> Self {
        Self { name, sensitive: false }
    }
}

/// What the planner knows of one kind.
#[derive(Clone, Debug)]
pub struct KindInfo {
    /// The kind's name, as `app_client`.
    pub name: &'static str,
    /// Where the file declares it.
    pub place: Pattern,
    /// The settings that are not plain values.
    pub fields: &'static [Field],
    /// What others may refer to.
    pub outputs: &'static [OutputName],
    /// AWS's defaults, in the shape of the state: what an absent setting has on a new resource.
    pub defaults: Value,
    /// The kind in whose resources these stand.
    pub parent: Option<&'static str>,
    /// Kinds whose resources these may refer to: they are deleted after these.
    pub refers_to: &'static [&'static str],
    /// Kinds whose live resources may need these as soon as they change: these go before such a change.
    pub goes_before: &'static [&'static str],
    /// Kinds that take resources of this kind along when they are deleted.
    pub goes_with: &'static [&'static str],
    /// What happens to a resource of ours that the file no longer declares.
    pub removal: Removal,
    /// How it is replaced.
    pub replacing: Replacing,
    /// A setting and its value that keep AWS from deleting the resource.
    pub protection: Option<(&'static str, &'static str)>,
    /// What would be lost with it.
    pub at_stake: Option<AtStake>,
    /// The changes that a reviewer must not miss.
    pub hazards: &'static [Hazard],
    /// How a file declares a live resource.
    pub written: Written,
}

/// How a file declares a live resource, found together with others: the place of the setting, and its
/// value; none for what no file declares.
pub type Written = fn(&Live, &[Live]) -> Option<(Address, Value)>;

/// What would be lost with a resource.
#[derive(Clone, Copy, Debug)]
pub struct AtStake {
    /// The setting of the live state that says how many.
    pub count: &'static str,
    /// What they are, one of them: `user`.
    pub noun: &'static str,
    /// What somebody can do who needs the change all the same.
    pub way_out: &'static str,
}

/// What happens to a resource of ours that the file no longer declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// `apply` deletes it.
    Free,
    /// `apply` deletes it, under `--yes` only when its address is named too.
    Guarded,
    /// Only `destroy` deletes it; a file that stops declaring it is refused.
    OnlyByDestroy,
    /// It is data: it stays until its parent goes.
    Never,
}

/// The places of a stack file and what can be referred to at each.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary(pub Vec<(Pattern, &'static [OutputName])>);
