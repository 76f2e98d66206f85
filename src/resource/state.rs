//! Resources as the file declares them and as AWS holds them.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::{Address, Secret};

/// Where a stack lives: all that names and ARNs follow from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The stack's name.
    pub stack: String,
    /// The region, as `us-east-1`.
    pub region: String,
    /// Twelve digits.
    pub account: String,
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
}

impl Context {
    /// Makes the context of a stack; the partition follows from the region.
    pub fn new(stack: &str, region: &str, account: &str) -> Self {
        let partition = match region {
            r if r.starts_with("cn-") => "aws-cn",
            r if r.starts_with("us-gov-") => "aws-us-gov",
            r if r.starts_with("eusc-") => "aws-eusc",
            r if r.starts_with("us-iso-") => "aws-iso",
            r if r.starts_with("us-isob-") => "aws-iso-b",
            _ => "aws",
        };
        Self {
            stack: stack.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            partition: partition.to_owned(),
        }
    }

    /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let Self { stack: _, region, account, partition } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// A resource that the stack file asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// Its path in the file.
    pub address: Address,
    /// The name of its kind.
    pub kind: &'static str,
    /// The name it has, or is to have, in AWS: a template; empty for a kind without names.
    pub name: String,
    /// The wanted settings. Texts are templates; what is absent is left as it is.
    pub want: Value,
    /// What must be there first, besides what `want` refers to.
    pub after: Vec<Address>,
    /// Outputs that follow from name, region and account, by name: templates.
    pub predicted: BTreeMap<&'static str, String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a declared resource comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// This stack makes it.
    #[default]
    Made,
    /// This stack made it under another key: `was`.
    Renamed(String),
    /// It is there and belongs to somebody else: `existing`. It is read, never written.
    Existing,
}

impl Declared {
    /// The keys under which the stack may have made it: its own, and the one that it had before.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let before = match &self.origin {
            Origin::Renamed(key) => Some(key.as_str()),
            Origin::Made | Origin::Existing => None,
        };
        std::iter::once(self.address.key()).chain(before)
    }
}

/// Whose a live resource is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// This stack made it.
    Ours,
    /// Somebody else's: what is known of the owner, as the end of "it belongs to …".
    Foreign(String),
    /// Nobody's that is known: it carries no sign of any stack, and may be taken over.
    Unowned,
    /// Made by hand, and taken over by this run.
    Adopted,
    /// Somebody else's, which the file uses: `existing`.
    Existing,
}

impl Ownership {
    /// Whether this stack writes to it.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Ours | Self::Adopted)
    }
}

/// A value that one resource hands to others.
#[derive(Clone, PartialEq, Eq)]
pub enum OutputValue {
    /// It may be shown.
    Plain(String),
    /// It must not be shown.
    Secret(Secret),
}

impl OutputValue {
    /// The text, for a request.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

impl fmt::Debug for OutputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => write!(f, "{text:?}"),
            Self::Secret(secret) => secret.fmt(f),
        }
    }
}

/// What a resource hands to others, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs(BTreeMap<String, OutputValue>);

impl Outputs {
    /// Outputs that may be shown.
    pub fn plain<const N: usize>(values: [(&str, String); N]) -> Self {
        let shown = |(name, value): (&str, String)| (name.to_owned(), OutputValue::Plain(value));
        Self(values.into_iter().map(shown).collect())
    }

    /// Adds an output that must not be shown, where there is one.
    pub fn with_secret(mut self, name: &str, value: Option<String>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), OutputValue::Secret(Secret::new(value)));
        }
        self
    }

    /// Adds an output that may be shown.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), OutputValue::Plain(value.into()));
        self
    }

    /// One output.
    pub fn get(&self, name: &str) -> Option<&OutputValue> {
        self.0.get(name)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what `other` has; its values win.
    pub fn extend(&mut self, other: Outputs) {
        self.0.extend(other.0);
    }
}

/// A resource as AWS holds it.
#[derive(Clone, PartialEq)]
pub struct Live {
    /// The address that the file gives it, or would.
    pub address: Address,
    /// The name of its kind.
    pub kind: &'static str,
    /// What AWS calls it: an id, name or ARN, as its kind's calls take it.
    pub id: String,
    /// Its settings, in the shape of [`Declared::want`], without templates.
    pub state: Value,
    /// What others may refer to.
    pub outputs: Outputs,
    /// Whose it is.
    pub ownership: Ownership,
}

impl fmt::Debug for Live {
    /// Leaves the state out: it can hold secrets, as a function's environment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, kind, id, state: _, outputs: _, ownership } = self;
        write!(f, "Live({address} {kind} {id} {ownership:?})")
    }
}
