//! What a reviewer of a plan must not miss: each step held against the hazards of its kind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::resource::{
    Address, Hazard, KindInfo, Live, Removal, RiskKind, Severity, When, duration_seconds,
};

use super::compare::{Change, Shown};
use super::grants::{self, Verdict};
use super::step::{Action, Plan, Step};

/// How many of several values a risk names.
const NAMED: usize = 3;

/// One thing that a reviewer must not miss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// How bad it is.
    pub severity: Severity,
    /// What sort it is.
    pub kind: RiskKind,
    /// The resource.
    pub address: Address,
    /// The setting, where it is about one.
    pub path: Option<String>,
    /// What happens, in words; values stand in backticks.
    pub message: String,
}

/// What people would lose with a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtStake {
    /// The resource.
    pub address: Address,
    /// How many; none where it is not known.
    pub count: Option<u64>,
    /// What they are, one of them: `user`.
    pub noun: &'static str,
}

/// The risks of all steps; the gravest first, then by sort and address.
pub fn risks(plan: &Plan, kinds: &BTreeMap<&'static str, KindInfo>) -> Vec<Risk> {
    let mut risks: Vec<Risk> =
        plan.steps.iter().flat_map(|step| of_step(step, plan, &kinds[step.kind])).collect();
    let rank = |risk: &Risk| (risk.severity, risk.kind, risk.address.clone(), risk.path.clone());
    risks.sort_by_key(rank);
    risks
}

/// What stands in the resources that this stack has already.
pub fn at_stake(plan: &Plan, kinds: &BTreeMap<&'static str, KindInfo>) -> Vec<AtStake> {
    let live = plan.owned.iter();
    live.filter_map(|live| stake(live, kinds.get(live.kind)?)).collect()
}

fn stake(live: &Live, info: &KindInfo) -> Option<AtStake> {
    let at_stake = info.at_stake?;
    let count = live.state.get(at_stake.count).and_then(Value::as_u64);
    Some(AtStake { address: live.address.clone(), count, noun: at_stake.noun })
}

fn of_step(step: &Step, plan: &Plan, info: &KindInfo) -> Vec<Risk> {
    let mut risks = of_whole(step, info);
    // What goes as a whole goes with all its settings.
    let changes = step.changes.iter().filter(|_| step.action != Action::Delete);
    for change in changes {
        for hazard in info.hazards {
            let case = Case { step, plan, info, hazard, change };
            if let Some((severity, kind, message)) = case.risk() {
                risks.push(risk(step, severity, kind, Some(hazard.path), message));
            }
        }
    }
    // Who is not asked for anything any more is asked neither for another authorizer nor for a scope.
    let all_may_call = risks.iter().any(|risk| risk.kind == RiskKind::Public);
    risks.retain(|risk| !(all_may_call && risk.kind == RiskKind::AuthorizationWeakened));
    risks.dedup();
    risks
}

fn risk(
    step: &Step,
    severity: Severity,
    kind: RiskKind,
    path: Option<&str>,
    message: String,
) -> Risk {
    let (address, path) = (step.address.clone(), path.map(str::to_owned));
    Risk { severity, kind, address, path, message }
}

/// The risks of a resource that goes, whether another one comes in its place or not.
fn of_whole(step: &Step, info: &KindInfo) -> Vec<Risk> {
    let mut risks = Vec::new();
    let Some(live) = step.live.as_ref().filter(|_| step.action != Action::Update) else {
        return risks;
    };
    let mut add = |severity, kind, path: Option<&str>, message: String| {
        risks.push(risk(step, severity, kind, path, message));
    };
    if let Some(AtStake { count, noun, .. }) = stake(live, info).filter(|s| s.count != Some(0)) {
        let lost = match count {
            Some(1) => format!("1 {noun} is lost with it"),
            Some(many) => format!("{many} {noun}s are lost with it"),
            None => format!("all its {noun}s are lost with it"),
        };
        add(Severity::Danger, RiskKind::UsersAtStake, None, lost);
    }
    if step.action == Action::Replace {
        let why = step.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        let message = format!("a new one takes its place, with another id{why}");
        add(Severity::Danger, RiskKind::Replacement, None, message);
        return risks;
    }
    if let Some((severity, message)) = deletion(step, info) {
        add(severity, RiskKind::Deletion, None, message);
    }
    // A policy that denies something takes that along.
    for hazard in info.hazards.iter().filter(|hazard| hazard.when == When::Wider) {
        if let Verdict::Doubt(why) = grants::compare(live.state.get(hazard.path), None) {
            let message = format!("{}: {why}", hazard.means);
            add(Severity::Caution, RiskKind::PermissionsChanged, Some(hazard.path), message);
        }
    }
    risks
}

/// What a delete takes away; none for what goes along with its parent, which says it.
fn deletion(step: &Step, info: &KindInfo) -> Option<(Severity, String)> {
    if step.goes_with.is_some() {
        return None;
    }
    let severity = match info.removal {
        Removal::Guarded | Removal::OnlyByDestroy => Severity::Danger,
        Removal::Free | Removal::Never => Severity::Caution,
    };
    let loss = info.hazards.iter().find(|hazard| hazard.when == When::Deleted);
    let what = match (step.name.is_empty(), loss) {
        (_, Some(loss)) => loss.means.to_owned(),
        (true, None) => "it is gone for good".to_owned(),
        (false, None) => format!("{} is gone for good", quoted(&step.name)),
    };
    Some((loss.map_or(severity, |loss| loss.severity.min(severity)), what))
}

/// One change of one step, held against one hazard.
struct Case<'a> {
    step: &'a Step,
    plan: &'a Plan,
    info: &'a KindInfo,
    hazard: &'a Hazard,
    change: &'a Change,
}

impl Case<'_> {
    fn risk(&self) -> Option<(Severity, RiskKind, String)> {
        let Hazard { path: _, when, risk, severity, means } = *self.hazard;
        if when == When::Wider {
            return self.policy();
        }
        let (before, after) = self.values()?;
        let detail = self.applies(&before, &after)?;
        // What is new is used by nobody yet.
        let severity = if self.is_new() { Severity::Caution } else { severity };
        Some((severity, risk, format!("{means}{detail}")))
    }

    fn is_new(&self) -> bool {
        self.step.action == Action::Create
    }

    /// The setting before and after, with AWS's default where there is none; nothing where this
    /// change is not about it, or may not be looked at.
    fn values(&self) -> Option<(Value, Value)> {
        let Change { path, before, after } = self.change;
        let at = self.hazard.path;
        let below = |above: &str, path: &str| -> Option<String> {
            let rest = path.strip_prefix(above)?;
            (rest.is_empty() || rest.starts_with('.')).then(|| rest.trim_matches('.').to_owned())
        };
        if let Some(rest) = below(path, at) {
            let drill = |shown: &Shown| Some(inside(value(shown)?, &rest).cloned());
            let (before, after) = (drill(before)?, drill(after)?);
            let default = || inside(&self.info.defaults, at).cloned().unwrap_or_default();
            // A new resource has nothing that could be weakened.
            let before = match before {
                None if self.is_new() => Value::Null,
                before => before.unwrap_or_else(default),
            };
            return Some((before, after.unwrap_or_else(default)));
        }
        // An entry of a map that is meant as a whole.
        let entry = below(at, path)?;
        let of_map = |shown: &Shown| match shown {
            Shown::Absent => Value::Array(Vec::new()),
            _ => Value::Array(vec![entry.clone().into()]),
        };
        Some((of_map(before), of_map(after)))
    }

    /// Whether the values are what the hazard is about, and what is to be said of them.
    fn applies(&self, before: &Value, after: &Value) -> Option<String> {
        let new = self.is_new();
        let told = |yes: bool| yes.then(String::new);
        let moved = |yes: bool| yes.then(|| format!(" ({} -> {})", named(before), named(after)));
        let more = || difference(after, before);
        match self.hazard.when {
            When::Is(text) => told(after == text && before != text),
            When::On => told(after == true && before != true),
            When::Gains(texts) => {
                let among = |item: &&String| texts.contains(&item.as_str());
                listed(&more().iter().filter(among).cloned().collect::<Vec<_>>())
            }
            When::IsNoLonger(text) => moved(!new && before == text && after != text),
            When::Off => told(!new && before == true && after != true),
            When::Falls(ranks) => {
                let rank = |value: &Value| ranks.iter().position(|rank| value == rank);
                moved(!new && rank(after).zip(rank(before)).is_some_and(|(new, old)| new < old))
            }
            When::Less => moved(!new && limit(after) < limit(before)),
            When::More => moved(!new && limit(after) > limit(before)),
            When::GainsAny => {
                let said = self.said();
                let more = more().into_iter().filter(|item| !said.contains(&item.as_str()));
                listed(&more.collect::<Vec<_>>()).filter(|_| !new)
            }
            When::Loses => listed(&difference(before, after)).filter(|_| !new),
            When::Loosens => {
                let is_looser =
                    !texts(before).is_empty() && (texts(after).is_empty() || !more().is_empty());
                moved(!new && is_looser)
            }
            When::Gone => told(!new && !is_nothing(before) && is_nothing(after)),
            When::Changes => moved(!new && !is_nothing(before) && before != after),
            When::Wider | When::Deleted => None,
        }
    }

    /// The values of the setting that a hazard of their own speaks of.
    fn said(&self) -> Vec<&'static str> {
        let others = self.info.hazards.iter().filter(|other| other.path == self.hazard.path);
        let values = others.map(|other| match other.when {
            When::Gains(values) => values,
            _ => &[],
        });
        values.flatten().copied().collect()
    }

    /// What a policy allows more than before.
    fn policy(&self) -> Option<(Severity, RiskKind, String)> {
        if self.change.path != self.hazard.path {
            return None;
        }
        let document = |shown: &Shown| value(shown).map(|value| value.cloned());
        let (before, after) = (document(&self.change.before)?, document(&self.change.after)?);
        let mut wider = match grants::compare(before.as_ref(), after.as_ref()) {
            Verdict::NotWider => return None,
            Verdict::Doubt(why) => {
                let message = format!("{}: {why}", self.hazard.means);
                return Some((Severity::Caution, RiskKind::PermissionsChanged, message));
            }
            Verdict::Wider(wider) => wider,
        };
        // All that a new role may do is new: what stands out is what has no bounds.
        let holder_is_new = self.is_new() && (self.info.parent.is_none() || self.parent_is_new());
        if holder_is_new {
            wider.retain(|target, actions| {
                actions.retain(|action| target == "*" || action == "*" || action.ends_with(":*"));
                !actions.is_empty()
            });
        }
        if wider.is_empty() {
            return None;
        }
        let severity = if holder_is_new { Severity::Caution } else { self.hazard.severity };
        let all: Vec<String> = wider
            .iter()
            .map(|(target, actions)| format!("{} on {}", names(actions), quoted(target)))
            .collect();
        let more = all.len().saturating_sub(NAMED);
        let all = all.into_iter().take(NAMED).collect::<Vec<_>>().join("; ");
        let rest = if more > 0 { format!("; and on {more} more") } else { String::new() };
        Some((severity, self.hazard.risk, format!("allows {all}{rest}")))
    }

    /// Whether the resource that this one stands in is made by the same plan.
    fn parent_is_new(&self) -> bool {
        self.plan.steps.iter().any(|step| {
            Some(step.kind) == self.info.parent
                && matches!(step.action, Action::Create | Action::Replace)
                && self.step.waits_for.contains(&step.address)
        })
    }
}

/// A value that may be looked at; the inner none is no value.
fn value(shown: &Shown) -> Option<Option<&Value>> {
    match shown {
        Shown::Absent => Some(None),
        Shown::Value(value) | Shown::Unknown(value) => Some(Some(value)),
        Shown::Sensitive => None,
    }
}

/// What stands at a dotted path; nothing for `null`.
fn inside<'a>(value: impl Into<Option<&'a Value>>, path: &str) -> Option<&'a Value> {
    let mut value = value.into()?;
    for key in path.split('.').filter(|key| !key.is_empty()) {
        value = value.get(key)?;
    }
    Some(value).filter(|value| !value.is_null())
}

fn is_nothing(value: &Value) -> bool {
    super::compare::is_empty(value)
}

/// A number, or a length of time in seconds; none is without limit.
fn limit(value: &Value) -> f64 {
    let seconds = || value.as_str().and_then(duration_seconds);
    #[expect(clippy::cast_precision_loss, reason = "lengths of time in settings are far smaller")]
    let seconds = || seconds().map(|seconds| seconds as f64);
    value.as_f64().or_else(seconds).unwrap_or(f64::INFINITY)
}

/// The items of a list, as texts.
fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().map(plain).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What one list holds and the other does not.
fn difference(one: &Value, other: &Value) -> Vec<String> {
    texts(one).difference(&texts(other)).cloned().collect()
}

/// `: a, b and 2 more`; none for nothing.
fn listed(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| format!(": {}", names(items)))
}

fn names(items: &[String]) -> String {
    let named: Vec<String> = items.iter().take(NAMED).map(|item| quoted(item)).collect();
    let more = items.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", named.join(", "))
}

fn named(value: &Value) -> String {
    match value {
        value if is_nothing(value) => "none".to_owned(),
        Value::Array(_) => names(&texts(value).into_iter().collect::<Vec<_>>()),
        value => quoted(&plain(value)),
    }
}

/// A value of somebody's in backticks, of which it has none itself.
fn quoted(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}
