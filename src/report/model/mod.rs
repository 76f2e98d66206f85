//! A plan as people and programs are told of it: computed once, then rendered by the formats.
//!
//! What serializes is the JSON format itself, and its schema is made of these types. What only people
//! need (how a value reads, which lines of a document changed) is beside it and left out of JSON.
//! Texts are as AWS and the file have them: each renderer makes them harmless for its own reader.

mod graph;
mod setting;

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use crate::plan::{self, Action, Plan, Source, Sources};
use crate::resource::{Address, RiskKind, Severity};

pub use graph::{Edge, Graph, Node};
pub use setting::{Line, Setting, Shape, Sign};

/// The version of the format.
pub const VERSION: &str = "1";

/// What a plan is about, for its headline.
#[derive(Clone, Debug)]
pub struct Headline {
    /// The stack's name.
    pub stack: String,
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
    /// Whether it is a plan to destroy.
    pub destroy: bool,
}

/// A plan, as it is told.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Counts changes of this format that break a reader. New members do not.
    pub format_version: String,
    /// The stack's name.
    pub stack: String,
    /// The region, as `us-east-1`.
    pub region: String,
    /// The account: twelve digits.
    pub account: String,
    /// Whether everything is to go.
    pub destroy: bool,
    /// Whether it is told as drift: what in AWS differs from the file, nothing of it to be carried out.
    pub drift: bool,
    /// How much of what: of the whole plan, also where `--only` shows a part of it.
    pub summary: Counts,
    /// What people have in the stack's resources now, such as users in its pool.
    pub at_stake: Vec<AtStake>,
    /// What a reviewer must not miss, of the whole plan; the gravest first.
    pub risks: Vec<Risk>,
    /// What is to be done, in an order in which it can be done.
    pub changes: Vec<Change>,
    /// How many changes `--only` leaves out.
    pub changes_left_out: usize,
    /// The addresses of resources that are as declared.
    pub unchanged: Vec<String>,
    /// Why the plan may not be carried out; empty for one that may.
    pub refused: Vec<Refused>,
    /// Live settings that the file does not mention, that are not AWS's default, and that stay.
    pub not_declared: Vec<NotDeclared>,
    /// Somebody else's resources that were seen on the way, and are left alone.
    pub foreign: Vec<Foreign>,
    /// What changes and what refers to it.
    pub graph: Graph,
}

/// How many resources there are of each sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// To be made.
    pub create: usize,
    /// To be changed in place.
    pub update: usize,
    /// To be made anew, with the old one removed.
    pub replace: usize,
    /// To be removed.
    pub delete: usize,
    /// As declared.
    pub unchanged: usize,
}

/// What people have in a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AtStake {
    /// The resource.
    pub address: String,
    /// How many, by AWS's own estimate; `null` where it is not known.
    pub count: Option<u64>,
    /// What they are, one of them: `user`.
    pub noun: String,
}

/// What a reviewer must not miss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Risk {
    /// How bad it is.
    pub severity: Severity,
    /// What sort it is.
    pub kind: RiskKind,
    /// The resource.
    pub address: String,
    /// The setting, where it is about one.
    pub path: Option<String>,
    /// What happens, in words; values stand in backticks.
    pub message: String,
}

/// One thing to be done.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Change {
    /// The resource's path in the stack file.
    pub address: String,
    /// The name of its kind, as `app_client`.
    pub kind: String,
    /// What is done.
    pub action: Action,
    /// Its name in AWS, as far as it is known; may be empty.
    pub name: String,
    /// What AWS calls the live one; `null` for one that is made.
    pub id: Option<String>,
    /// Why, where the action does not say it.
    pub reason: Option<String>,
    /// For a delete: the resource whose own delete takes this one along.
    pub goes_with: Option<String>,
    /// The changes that must have ended well before this one starts.
    pub waits_for: Vec<String>,
    /// Where the difference comes from, where the file as it was is known (`--against`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What changes of it, by path; on a new one all that is declared, on one that goes all that it
    /// has.
    pub settings: Vec<Setting>,
}

/// Why a plan may not be carried out.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Refused {
    /// The resource.
    pub address: String,
    /// The setting, where it is about one.
    pub path: Option<String>,
    /// What is refused and why.
    pub reason: String,
    /// What to do instead.
    pub help: String,
    /// What to paste into the stack file; `null` where there is nothing.
    pub paste: Option<Value>,
}

/// A live setting that the file does not mention.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NotDeclared {
    /// The resource.
    pub address: String,
    /// The setting.
    pub path: String,
    /// What it is, and stays.
    pub value: Value,
}

/// Somebody else's resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Foreign {
    /// Where it would stand.
    pub address: String,
    /// The name of its kind.
    pub kind: String,
    /// The resource that is deleted and takes this one along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goes_with: Option<String>,
}

/// The risks of one sort and severity, and where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskGroup<'a> {
    /// How bad they are.
    pub severity: Severity,
    /// What happens: `deleted`.
    pub title: &'static str,
    /// To which resources, each once.
    pub addresses: Vec<&'a str>,
}

impl Report {
    /// Tells of a plan.
    pub fn new(plan: &Plan, headline: &Headline) -> Self {
        let Headline { stack, region, account, destroy } = headline.clone();
        let Plan {
            steps,
            kept,
            owned: _,
            refusals,
            foreign,
            undeclared,
            risks,
            at_stake,
            needs: _,
        } = plan;
        Self {
            format_version: VERSION.to_owned(),
            stack,
            region,
            account,
            destroy,
            drift: false,
            summary: Counts {
                create: plan.count(Action::Create),
                update: plan.count(Action::Update),
                replace: plan.count(Action::Replace),
                delete: plan.count(Action::Delete),
                unchanged: kept.len(),
            },
            at_stake: at_stake.iter().map(AtStake::new).collect(),
            risks: risks.iter().map(Risk::new).collect(),
            changes: steps.iter().map(|step| Change::new(step, headline.destroy)).collect(),
            changes_left_out: 0,
            unchanged: kept.iter().map(|live| live.address.to_string()).collect(),
            refused: refusals.iter().map(Refused::new).collect(),
            not_declared: undeclared.iter().map(NotDeclared::new).collect(),
            foreign: foreign.iter().map(Foreign::new).collect(),
            graph: Graph::new(plan),
        }
    }

    /// Tells it as drift; with the sources of the differences, where they are known.
    pub fn as_drift(mut self, plan: &Plan, sources: Option<&Sources>) -> Self {
        self.drift = true;
        let Some(sources) = sources else { return self };
        for (change, step) in self.changes.iter_mut().zip(&plan.steps) {
            change.source = sources.step(step);
            for setting in &mut change.settings {
                setting.source = sources.setting(step, &setting.path);
            }
        }
        self
    }

    /// What AWS and the file differ in, told as drift: `1 resource differs, 2 are missing`; empty for
    /// nothing.
    pub fn drifts(&self) -> String {
        let Counts { create, update, replace, delete, unchanged: _ } = self.summary;
        let all = [
            (update + replace, "resource differs", "resources differ"),
            (create, "is missing", "are missing"),
            (delete, "is no longer declared", "are no longer declared"),
            (self.not_declared.len(), "setting is not declared", "settings are not declared"),
            (self.foreign.len(), "is somebody else's", "are somebody else's"),
        ];
        let told = all.into_iter().filter(|(many, ..)| *many > 0);
        let told =
            told.map(|(many, one, more)| format!("{many} {}", if many == 1 { one } else { more }));
        told.collect::<Vec<_>>().join(", ")
    }

    /// The part that is about some resources and what stands below them; all of it for none. What is
    /// risky is told whole: nobody is to overlook it because they look at something else.
    pub fn only(mut self, addresses: &[Address]) -> Self {
        if addresses.is_empty() {
            return self;
        }
        let is_meant = |text: &str| {
            let address: Result<Address, _> = text.parse();
            address.is_ok_and(|address| addresses.iter().any(|above| address.is_within(above)))
        };
        let all = self.changes.len();
        self.changes.retain(|change| is_meant(&change.address));
        self.changes_left_out = all - self.changes.len();
        self.at_stake.retain(|stake| is_meant(&stake.address));
        self.unchanged.retain(|address| is_meant(address));
        self.refused.retain(|refused| is_meant(&refused.address));
        self.not_declared.retain(|note| is_meant(&note.address));
        self.foreign.retain(|foreign| is_meant(&foreign.address));
        self.graph.keep(&is_meant);
        self
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        let Counts { create, update, replace, delete, unchanged: _ } = self.summary;
        create + update + replace + delete == 0
    }

    /// The risks by severity and sort, the gravest first.
    pub fn risk_groups(&self) -> Vec<RiskGroup<'_>> {
        let mut groups: Vec<RiskGroup<'_>> = Vec::new();
        for risk in &self.risks {
            let (severity, title) = (risk.severity, risk.kind.title());
            let at = groups.iter().position(|g| (g.severity, g.title) == (severity, title));
            let at = at.unwrap_or_else(|| {
                groups.push(RiskGroup { severity, title, addresses: Vec::new() });
                groups.len() - 1
            });
            if groups[at].addresses.last() != Some(&risk.address.as_str()) {
                groups[at].addresses.push(&risk.address);
            }
        }
        groups
    }

    /// How the plan may be told as a whole: the gravest that is true of it.
    pub fn worst(&self) -> Option<Severity> {
        self.risks.iter().map(|risk| risk.severity).min()
    }
}

impl Counts {
    /// `2 to create`, … for each action that there is.
    pub fn actions(&self) -> impl Iterator<Item = (Action, usize)> {
        let Self { create, update, replace, delete, unchanged: _ } = *self;
        let all = [
            (Action::Create, create),
            (Action::Update, update),
            (Action::Replace, replace),
            (Action::Delete, delete),
        ];
        all.into_iter().filter(|(_, count)| *count > 0)
    }
}

impl AtStake {
    fn new(stake: &plan::AtStake) -> Self {
        let plan::AtStake { address, count, noun } = stake;
        Self { address: address.to_string(), count: *count, noun: (*noun).to_owned() }
    }
}

impl Risk {
    fn new(risk: &plan::Risk) -> Self {
        let plan::Risk { severity, kind, address, path, message } = risk.clone();
        Self { severity, kind, address: address.to_string(), path, message }
    }
}

impl Change {
    fn new(step: &plan::Step, destroy: bool) -> Self {
        let dropped = step.action == Action::Delete && step.goes_with.is_none() && !destroy;
        let dropped = dropped.then(|| "the file no longer asks for it".to_owned());
        let settings = step.changes.iter().map(|change| Setting::new(change, step.action));
        Self {
            address: step.address.to_string(),
            kind: step.kind.to_owned(),
            action: step.action,
            name: step.name.clone(),
            id: step.live.as_ref().map(|live| live.id.clone()),
            reason: step.reason.clone().or(dropped),
            goes_with: step.goes_with.as_ref().map(Address::to_string),
            waits_for: step.waits_for.iter().map(Address::to_string).collect(),
            source: None,
            settings: settings.collect(),
        }
    }

    /// The settings that are worth telling: not the tags that every new resource has, and not those of
    /// what goes along with another one.
    pub fn told(&self) -> impl Iterator<Item = &Setting> {
        let new = self.action != Action::Update;
        let goes_along = self.goes_with.is_some();
        let is_told = move |setting: &&Setting| !(goes_along || new && setting.is_bookkeeping());
        self.settings.iter().filter(is_told)
    }
}

impl Refused {
    fn new(refusal: &plan::Refusal) -> Self {
        let plan::Refusal { address, path, reason, help, paste } = refusal.clone();
        Self { address: address.to_string(), path, reason, help, paste }
    }
}

impl NotDeclared {
    fn new(note: &plan::Undeclared) -> Self {
        let plan::Undeclared { address, path, value } = note.clone();
        Self { address: address.to_string(), path, value }
    }

    /// The value on one line.
    pub fn text(&self) -> String {
        setting::text(&self.value)
    }
}

impl Foreign {
    fn new(foreign: &plan::Foreign) -> Self {
        Self {
            address: foreign.address.to_string(),
            kind: foreign.kind.to_owned(),
            goes_with: foreign.goes_with.as_ref().map(ToString::to_string),
        }
    }
}

/// The JSON Schema of a plan.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Report>().to_value();
    schema["$id"] = "https://provision.example/schema/plan.schema.json".into();
    schema["title"] = "provision plan".into();
    schema["properties"]["format_version"]["const"] = VERSION.into();
    schema
}
