//! A plan that was shown, kept to be carried out later: what of it still holds then.
//!
//! What is kept is what a reviewer saw: the steps with their changes, as templates and as values that
//! may be shown. It holds no secret, and no digest of one. It is carried out by planning anew and
//! letting through what the kept plan says, so nothing in it is trusted beyond that.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::{Declared, Field, Live, Rule};

use super::compare::{Change, Fields, Shown};
use super::order::depends_on;
use super::step::{Action, Plan, Step};

/// The steps of a plan, and what they rely on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// What is to be done.
    pub steps: Vec<SavedStep>,
    /// Resources that stay as they are and that the steps refer to: their ids, by address.
    pub reads: BTreeMap<String, String>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedStep {
    /// The resource.
    pub address: String,
    /// The name of its kind.
    pub kind: String,
    /// `create`, `update`, `replace`, `delete`.
    pub action: String,
    /// What AWS calls it; none for a create.
    pub id: Option<String>,
    /// The wanted state with its references; none for a delete.
    pub want: Option<Value>,
    /// What changes.
    pub changes: Vec<SavedChange>,
}

/// One setting that changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedChange {
    /// Dotted path in the resource's state.
    pub path: String,
    /// What it is.
    pub before: SavedValue,
    /// What it is to be.
    pub after: SavedValue,
}

/// A value as it may be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SavedValue {
    /// There is none.
    Absent,
    /// It may be shown.
    Value(Value),
    /// It must not be shown.
    Sensitive,
    /// Known after apply: what it will be made of.
    Unknown(Value),
}

impl From<&Shown> for SavedValue {
    fn from(shown: &Shown) -> Self {
        match shown {
            Shown::Absent => Self::Absent,
            Shown::Value(value) => Self::Value(value.clone()),
            Shown::Sensitive => Self::Sensitive,
            Shown::Unknown(value) => Self::Unknown(value.clone()),
        }
    }
}

impl fmt::Display for SavedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("nothing"),
            Self::Value(value) => write!(f, "{value}"),
            Self::Sensitive => f.write_str("a value that is not shown"),
            Self::Unknown(value) => write!(f, "{value}, known after apply"),
        }
    }
}

/// The special settings of a kind, by its name.
pub type FieldsOf<'a> = &'a dyn Fn(&str) -> &'static [Field];

/// Why a kept plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The resource.
    pub address: String,
    /// What is not as it was.
    pub what: String,
}

impl Saved {
    /// Keeps a plan; `declared` is what it was made for.
    pub fn of(plan: &Plan, declared: &[Declared]) -> Self {
        let changing: BTreeSet<_> = plan.steps.iter().map(|step| &step.address).collect();
        let all = declared.iter().map(|declared| declared.address.clone()).collect();
        let of_steps = declared.iter().filter(|declared| changing.contains(&declared.address));
        let needed: BTreeSet<_> = of_steps.flat_map(|d| depends_on(d, &all)).collect();
        let read = plan.kept.iter().filter(|live| needed.contains(&live.address));
        Self {
            steps: plan.steps.iter().map(SavedStep::of).collect(),
            reads: read.map(|live| (live.address.to_string(), live.id.clone())).collect(),
        }
    }

    /// What is left of this plan, now that `fresh` would be the plan: steps that are already done are
    /// left out, and so is all that it never said.
    ///
    /// # Errors
    ///
    /// Everything that moved since, in what its steps read or write.
    pub fn hold(&self, mut fresh: Plan, fields: FieldsOf<'_>) -> Result<Plan, Vec<Moved>> {
        let mut moved = Vec::new();
        let steps = std::mem::take(&mut fresh.steps);
        for (address, id) in &self.reads {
            let kept = fresh.kept.iter().chain(steps.iter().filter_map(lasting));
            let is_it = |live: &Live| live.address.to_string() == *address && live.id == *id;
            if !kept.into_iter().any(is_it) {
                let what = format!("it is used, and `{id}` is no longer there");
                moved.push(Moved { address: address.clone(), what });
            }
        }
        let mut steps: BTreeMap<(String, &str), Step> =
            steps.into_iter().map(|step| ((step.address.to_string(), step.kind), step)).collect();
        let mut left = Vec::new();
        for saved in &self.steps {
            let found = steps.remove(&(saved.address.clone(), saved.kind.as_str()));
            match saved.hold(found, &fresh, fields) {
                Ok(step) => left.extend(step),
                Err(all) => moved.extend(all),
            }
        }
        if !moved.is_empty() {
            return Err(moved);
        }
        let concerned: BTreeSet<&str> = self.steps.iter().map(|s| s.address.as_str()).collect();
        fresh.refusals.retain(|refusal| concerned.contains(refusal.address.to_string().as_str()));
        fresh.steps = left;
        Ok(fresh)
    }
}

/// The resource of a step that stays the one that it is.
fn lasting(step: &Step) -> Option<&Live> {
    step.live.as_ref().filter(|_| step.action == Action::Update)
}

impl SavedStep {
    fn of(step: &Step) -> Self {
        let Step { address, kind, action, live, want, changes, .. } = step;
        Self {
            address: address.to_string(),
            kind: (*kind).to_owned(),
            action: action.to_string(),
            id: live.as_ref().map(|live| live.id.clone()),
            want: want.clone(),
            changes: changes.iter().map(SavedChange::of).collect(),
        }
    }

    /// What is left of this step; none where it is done.
    fn hold(
        &self,
        fresh: Option<Step>,
        plan: &Plan,
        fields: FieldsOf<'_>,
    ) -> Result<Option<Step>, Vec<Moved>> {
        let moved = |what: String| Moved { address: self.address.clone(), what };
        let Some(mut fresh) = fresh else {
            let stands =
                |live: &Live| live.kind == self.kind && live.address.to_string() == self.address;
            let is_refused = plan.refusals.iter().any(|r| r.address.to_string() == self.address);
            let is_done = self.action == "delete" || plan.kept.iter().any(stands) || is_refused;
            let gone = || vec![moved("it is no longer there, and no longer wanted".to_owned())];
            return if is_done { Ok(None) } else { Err(gone()) };
        };
        let is_it = fresh.live.as_ref().map(|live| &live.id) == self.id.as_ref();
        match (self.action.as_str(), fresh.action) {
            ("create", Action::Create | Action::Update) | ("replace", Action::Create) => {}
            ("update", Action::Update)
            | ("replace", Action::Replace)
            | ("delete", Action::Delete)
                if is_it => {}
            // The new one is there, and not all of it yet.
            ("replace", Action::Update) if !is_it => {}
            (_, action) => {
                let now = fresh.live.as_ref().map_or("nothing", |live| live.id.as_str());
                let was = self.id.as_deref().unwrap_or("nothing");
                let planned = &self.action;
                return Err(vec![moved(format!(
                    "the plan says {planned} of {was}, and now it would be {action} of {now}"
                ))]);
            }
        }
        let fields = Fields(fields(fresh.kind));
        let mut all = self.differences(&fresh, fields);
        if self.action == "update" {
            fresh.changes.retain(|change| self.change(&change.path).is_some());
            if fresh.changes.is_empty() && all.is_empty() {
                return Ok(None);
            }
        }
        let said = all.drain(..).map(moved).collect::<Vec<_>>();
        if said.is_empty() { Ok(Some(fresh)) } else { Err(said) }
    }

    fn change(&self, path: &str) -> Option<&SavedChange> {
        self.changes.iter().find(|change| change.path == path)
    }

    /// In what this step and the fresh one differ, among all that this one says.
    fn differences(&self, fresh: &Step, fields: Fields) -> Vec<String> {
        let mut all = Vec::new();
        if let (Some(saved), Some(wanted)) = (&self.want, &fresh.want) {
            differing(saved, wanted, "", fields, &mut all);
        }
        for change in &fresh.changes {
            let Some(saved) = self.change(&change.path) else { continue };
            if fields.has(&change.path, Rule::Once) {
                continue;
            }
            let Change { path, before, after } = change;
            let (before, after) = (SavedValue::from(before), SavedValue::from(after));
            // What was half made has settings where nothing was.
            if self.action == "update" && before != saved.before {
                all.push(format!("`{path}` was {}, and is {before}", saved.before));
            }
            let is_known =
                |value: &SavedValue| matches!(value, SavedValue::Value(_) | SavedValue::Absent);
            if is_known(&after) && is_known(&saved.after) && after != saved.after {
                all.push(format!("`{path}` was to be {}, and now {after}", saved.after));
            }
        }
        all
    }
}

impl SavedChange {
    fn of(change: &Change) -> Self {
        let Change { path, before, after } = change;
        Self { path: path.clone(), before: before.into(), after: after.into() }
    }
}

/// Where two wanted states differ, but for what is set only once.
fn differing(was: &Value, is: &Value, path: &str, fields: Fields, all: &mut Vec<String>) {
    if was == is || fields.has(path, Rule::Once) {
        return;
    }
    if let (Value::Object(was), Value::Object(is)) = (was, is) {
        let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for key in keys {
            let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let none = &Value::Null;
            let (was, is) = (was.get(key).unwrap_or(none), is.get(key).unwrap_or(none));
            differing(was, is, &below, fields, all);
        }
        return;
    }
    all.push(match path {
        "code_sha256" => "its code is not the code that was planned".to_owned(),
        path => format!("the file wants `{path}` to be {is}, and wanted {was}"),
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::{Address, Outputs, Ownership};

    fn fields(_: &str) -> &'static [Field] {
        &[Field { path: "tags.expires", rule: Rule::Once }]
    }

    fn live(key: &str, id: &str) -> Live {
        Live {
            address: Address::new([key]),
            kind: "thing",
            id: id.to_owned(),
            state: json!({}),
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        }
    }

    fn change(path: &str, before: Value, after: Value) -> Change {
        let shown = |value: Value| match value {
            Value::Null => Shown::Absent,
            value => Shown::Value(value),
        };
        Change { path: path.to_owned(), before: shown(before), after: shown(after) }
    }

    fn step(key: &str, action: Action, id: Option<&str>, changes: Vec<Change>) -> Step {
        let after = changes.iter().map(|change| match &change.after {
            Shown::Value(value) => (change.path.clone(), value.clone()),
            _ => (change.path.clone(), Value::Null),
        });
        let want = (action != Action::Delete).then(|| Value::Object(after.collect()));
        Step {
            address: Address::new([key]),
            kind: "thing",
            action,
            name: key.to_owned(),
            live: id.map(|id| live(key, id)),
            want,
            changes,
            reason: None,
            waits_for: BTreeSet::new(),
            goes_with: None,
            guarded: false,
        }
    }

    fn plan(steps: Vec<Step>, kept: Vec<Live>) -> Plan {
        Plan { steps, kept, ..Plan::default() }
    }

    fn update(before: u32) -> Step {
        step("a", Action::Update, Some("1"), vec![change("size", json!(before), json!(9))])
    }

    fn left(saved: &Plan, fresh: Plan) -> Result<Vec<(String, Action)>, Vec<String>> {
        let held = Saved::of(saved, &[]).hold(fresh, &fields);
        let held = held.map(|plan| {
            plan.steps.into_iter().map(|step| (step.address.to_string(), step.action)).collect()
        });
        held.map_err(|moved| moved.into_iter().map(|m| m.what).collect())
    }

    #[test]
    fn what_did_not_move_is_carried_out_and_what_is_done_is_not_done_again() {
        let saved = plan(vec![update(1)], vec![]);
        let again = left(&saved, plan(vec![update(1)], vec![]));
        assert_eq!(again, Ok(vec![("a".to_owned(), Action::Update)]));
        let done = left(&saved, plan(vec![], vec![live("a", "1")]));
        assert_eq!(done, Ok(vec![]));
        let gone = plan(vec![step("a", Action::Delete, Some("1"), vec![])], vec![]);
        assert_eq!(left(&gone, plan(vec![], vec![])), Ok(vec![]));
    }

    #[test]
    fn what_moved_is_refused_with_what_it_was_and_is() {
        let saved = plan(vec![update(1)], vec![]);
        let moved = left(&saved, plan(vec![update(2)], vec![])).unwrap_err();
        assert_eq!(moved, ["`size` was 1, and is 2"]);
        let other = step("a", Action::Update, Some("7"), update(1).changes);
        let moved = left(&saved, plan(vec![other], vec![])).unwrap_err();
        assert_eq!(moved, ["the plan says update of 1, and now it would be update of 7"]);
        let wanted = step("a", Action::Update, Some("1"), vec![change("size", json!(1), json!(8))]);
        let moved = left(&saved, plan(vec![wanted], vec![])).unwrap_err();
        assert_eq!(moved[0], "the file wants `size` to be 8, and wanted 9");
        let moved = left(&saved, plan(vec![], vec![])).unwrap_err();
        assert_eq!(moved, ["it is no longer there, and no longer wanted"]);
    }

    #[test]
    fn what_it_never_said_is_neither_done_nor_a_reason_to_refuse() {
        let saved = plan(vec![update(1)], vec![live("b", "2")]);
        let mut more = update(1);
        more.changes.push(change("colour", json!("red"), json!("blue")));
        more.want = Some(json!({ "size": 9 }));
        let drifted = step("b", Action::Update, Some("2"), vec![change("x", json!(1), json!(2))]);
        let held = Saved::of(&saved, &[]).hold(plan(vec![more, drifted], vec![]), &fields);
        let held = held.unwrap();
        assert_eq!(held.steps.len(), 1);
        let paths: Vec<&str> = held.steps[0].changes.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["size"]);
    }

    #[test]
    fn what_was_half_made_is_finished() {
        let made = vec![change("size", Value::Null, json!(9))];
        let create = plan(vec![step("a", Action::Create, None, made)], vec![]);
        let half = step("a", Action::Update, Some("1"), vec![change("size", json!(3), json!(9))]);
        let held = left(&create, plan(vec![half], vec![]));
        assert_eq!(held, Ok(vec![("a".to_owned(), Action::Update)]));
        let replace = vec![change("size", json!(1), json!(9))];
        let replace = plan(vec![step("a", Action::Replace, Some("1"), replace)], vec![]);
        let create = step("a", Action::Create, None, vec![change("size", Value::Null, json!(9))]);
        let held = left(&replace, plan(vec![create], vec![]));
        assert_eq!(held, Ok(vec![("a".to_owned(), Action::Create)]));
    }

    #[test]
    fn what_the_steps_refer_to_has_to_be_what_it_was() {
        let declared = Declared {
            address: Address::new(["a"]),
            kind: "thing",
            name: String::new(),
            want: json!({ "of": "${b.id}" }),
            after: Vec::new(),
            predicted: BTreeMap::new(),
            origin: crate::resource::Origin::Made,
        };
        let b = Declared { address: Address::new(["b"]), want: json!({}), ..declared.clone() };
        let before = plan(vec![update(1)], vec![live("b", "2"), live("c", "3")]);
        let saved = Saved::of(&before, &[declared, b]);
        assert_eq!(saved.reads, [("b".to_owned(), "2".to_owned())].into());
        let same = plan(vec![update(1)], vec![live("b", "2")]);
        assert!(saved.hold(same, &fields).is_ok(), "c is nobody's business");
        let other = plan(vec![update(1)], vec![live("b", "8")]);
        let moved = saved.hold(other, &fields).unwrap_err();
        assert_eq!(moved[0].address, "b");
    }

    #[test]
    fn the_time_at_which_a_demo_ends_may_be_another() {
        let expires = |time: &str| {
            let mut create = step("a", Action::Create, None, vec![]);
            create.want = Some(json!({ "tags": { "expires": time } }));
            create.changes = vec![change("tags.expires", Value::Null, json!(time))];
            plan(vec![create], vec![])
        };
        assert!(left(&expires("monday"), expires("tuesday")).is_ok());
    }
}
