//! Builds a plan.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::resource::{
    Address, Declared, KindInfo, Live, Origin, OutputValue, Outputs, Ownership, Piece, Removal,
    Replacing, Rule,
};

use super::adopt;
use super::compare::{Change, Fields, Shown, all_of, compare};
use super::fill::{Lookup, Wanted, fill};
use super::live_system;
use super::notes;
use super::order::{Cycle, depends_on, order};
use super::risk;
use super::step::{Action, Foreign, Plan, Refusal, Step};
use super::target;

/// What the address of one that is replaced ends with: the new one has its address.
const REPLACED: &str = "replaced";

/// What a plan is about.
pub struct Subject<'a> {
    /// What the file asks for; nothing for a destroy.
    pub declared: Vec<Declared>,
    /// What AWS has.
    pub live: Vec<Live>,
    /// The kinds, by name.
    pub kinds: &'a BTreeMap<&'static str, KindInfo>,
    /// Region, account, parameters and secrets.
    pub lookup: &'a dyn Fn(&Piece) -> Lookup,
}

/// What the command line allows.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Everything goes: also what only `destroy` deletes.
    pub destroy: bool,
    /// Protection against deletion may be lifted.
    pub remove_protection: bool,
    /// Resources that may be replaced.
    pub allow_replace: BTreeSet<Address>,
    /// Only these, and what they need; empty for everything.
    pub targets: BTreeSet<Address>,
}

/// Compares what is declared with what is live.
///
/// # Errors
///
/// Resources that refer to each other in a circle.
pub fn build(subject: Subject<'_>, options: &Options) -> Result<Plan, Cycle> {
    let Subject { declared, live, kinds, lookup } = subject;
    let declared = order(declared)?;
    let all: BTreeSet<Address> = declared.iter().map(|d| d.address.clone()).collect();
    let owned: Vec<Live> = live.iter().filter(|live| live.ownership.is_ours()).cloned().collect();
    let mut build = Build {
        kinds,
        lookup,
        options,
        live: live.into_iter().map(|l| ((l.address.clone(), l.kind), l)).collect(),
        outputs: BTreeMap::new(),
        outgoing: Vec::new(),
        plan: Plan { owned, ..Plan::default() },
    };
    for wanted in declared {
        let needs = depends_on(&wanted, &all);
        build.plan.needs.insert(wanted.address.clone(), needs.clone());
        build.wanted(wanted, needs);
    }
    live_system::grant_before_use(&mut build.plan.steps, |kind| kinds[kind].clone());
    build.leftovers();
    adopt::refuse_losses(&mut build.plan, kinds);
    let mut plan = build.plan;
    target::keep(&mut plan, &options.targets);
    plan.risks = risk::risks(&plan, kinds);
    plan.at_stake = risk::at_stake(&plan, kinds);
    Ok(plan)
}

struct Build<'a> {
    kinds: &'a BTreeMap<&'static str, KindInfo>,
    lookup: &'a dyn Fn(&Piece) -> Lookup,
    options: &'a Options,
    live: BTreeMap<(Address, &'static str), Live>,
    /// What is known of the outputs of what was planned so far.
    outputs: BTreeMap<Address, Outputs>,
    /// What goes once something new stands in its place.
    outgoing: Vec<Live>,
    plan: Plan,
}

impl Build<'_> {
    fn fill(&self, value: &Value) -> Wanted {
        fill(value, &|piece| Lookup::of(piece, &self.outputs, self.lookup))
    }

    /// Outputs that follow from names.
    fn predicted(&self, declared: &Declared) -> Outputs {
        let mut outputs = Outputs::default();
        for (name, template) in &declared.predicted {
            if let Wanted::Text(text) = self.fill(&Value::String(template.clone())) {
                outputs = outputs.with(name, text);
            }
        }
        outputs
    }

    fn wanted(&mut self, declared: Declared, needs: BTreeSet<Address>) {
        let info = &self.kinds[declared.kind];
        let want = self.fill(&declared.want);
        let name = match self.fill(&Value::String(declared.name.clone())) {
            Wanted::Text(text) => text,
            _ => declared.name.clone(),
        };
        if declared.origin == Origin::Existing {
            return self.existing(&declared, &name);
        }
        let predicted = self.predicted(&declared);
        let live = self.live.remove(&(declared.address.clone(), declared.kind));
        let step = |action, live, changes, reason| Step {
            address: declared.address.clone(),
            kind: declared.kind,
            action,
            name: name.clone(),
            live,
            want: Some(declared.want.clone()),
            changes,
            reason,
            waits_for: needs.clone(),
            goes_with: None,
            guarded: false,
        };
        // What goes along with a resource that is replaced, or stands in it, is made anew with the new
        // one.
        let replaced = self.plan.steps.iter().find(|step| {
            let stands_in = declared.address.is_within(&step.address);
            step.action == Action::Replace
                && (info.goes_with.contains(&step.kind) && stands_in
                    || info.parent == Some(step.kind) && needs.contains(&step.address))
        });
        let replaced =
            replaced.map(|step| format!("goes with {}, which is replaced", step.address));
        let Some(live) = live.filter(|_| replaced.is_none()) else {
            let changes = compare(&want, &Value::Null, Fields(info.fields));
            let opens = Fields(info.fields).opens(&changes).map(str::to_owned);
            let step = step(Action::Create, None, changes, replaced.or(opens));
            self.outputs.insert(declared.address.clone(), predicted);
            return self.push(step);
        };
        if let Some(refusal) = adopt::is_not_ours(&declared.address, &name, &live) {
            self.plan.refusals.push(refusal);
            self.outputs.insert(declared.address.clone(), live.outputs.clone());
            return;
        }
        let changes = compare(&want, &live.state, Fields(info.fields));
        self.plan.undeclared.extend(notes::undeclared(&declared, &want, &live, info));
        let action = self.action(&declared, &changes, &live);
        let action = match (action, &live.ownership) {
            // Also where nothing of it changes: from now on it is known as this stack's.
            (Some((Action::Update, _)), Ownership::Adopted) => {
                Some((Action::Update, Some(adopt::REASON.to_owned())))
            }
            (None, Ownership::Adopted) if changes.is_empty() => {
                Some((Action::Update, Some(adopt::REASON.to_owned())))
            }
            (action, _) => action,
        };
        match action {
            None => {
                self.outputs.insert(declared.address.clone(), live.outputs.clone());
                // What is refused is not as declared.
                if changes.is_empty() {
                    self.plan.kept.push(live);
                }
            }
            Some((action, reason)) => {
                let opens = Fields(info.fields).opens(&changes);
                let reason = reason.or(opens.map(str::to_owned));
                self.outputs.insert(declared.address.clone(), live.outputs.clone());
                let known = match action {
                    Action::Replace => predicted,
                    // What follows from the settings follows from the new ones; now that the
                    // resource's own id is known, so may more of it. Ids and ARNs never change.
                    _ => {
                        let mut known = live.outputs.clone();
                        let new = self.predicted(&declared);
                        for name in declared.predicted.keys().filter(|n| !["id", "arn"].contains(n))
                        {
                            if let Some(OutputValue::Plain(value)) = new.get(name) {
                                known = known.with(name, value.clone());
                            }
                        }
                        known
                    }
                };
                // The old one goes when nothing uses it any more.
                if action == Action::Replace && info.replacing == Replacing::NewFirst {
                    self.outgoing.push(live.clone());
                }
                let step = step(action, Some(live), changes, reason);
                self.outputs.insert(declared.address.clone(), known);
                self.push(step);
            }
        }
    }

    /// What to do about changes; none where there are none, or where they are refused.
    fn action(
        &mut self,
        declared: &Declared,
        changes: &[Change],
        live: &Live,
    ) -> Option<(Action, Option<String>)> {
        if changes.is_empty() {
            return None;
        }
        let info = &self.kinds[declared.kind];
        let fields = Fields(info.fields);
        let mut replaces: Option<(&Change, &'static str)> = None;
        for change in changes {
            match fields.forbids(&change.path) {
                Some(Rule::AddOnly(_) | Rule::Fixed(..)) if change.before == Shown::Absent => {}
                Some(Rule::Fixed(list, _)) if !names(live, list, &change.path) => {}
                Some(Rule::Stays(_)) if !change.after.is_nothing() => {}
                Some(
                    Rule::Immutable(reason)
                    | Rule::AddOnly(reason)
                    | Rule::Stays(reason)
                    | Rule::Fixed(_, reason),
                ) => {
                    let (reason, help) = at_stake(info, live, change, reason);
                    self.refuse(declared, change, reason, help);
                }
                Some(Rule::Replaces(reason)) => replaces = replaces.or(Some((change, reason))),
                _ => {}
            }
        }
        let Some((change, reason)) = replaces else { return Some((Action::Update, None)) };
        if self.options.allow_replace.contains(&declared.address) {
            return Some((Action::Replace, Some(reason.to_owned())));
        }
        let help = format!(
            "`--allow-replace '{}'` makes a new one and removes the old one",
            declared.address
        );
        self.refuse(declared, change, reason.to_owned(), help);
        None
    }

    /// Somebody else's resource that the file uses: there is nothing to do but to know it.
    fn existing(&mut self, declared: &Declared, name: &str) {
        match self.live.remove(&(declared.address.clone(), declared.kind)) {
            Some(live) => {
                self.outputs.insert(declared.address.clone(), live.outputs.clone());
                self.plan.kept.push(live);
            }
            None => self.plan.refusals.push(Refusal {
                address: declared.address.clone(),
                path: Some("existing".to_owned()),
                reason: format!("there is no `{name}`"),
                help: "write the id of one that is there, or declare one to be made".to_owned(),
                paste: None,
            }),
        }
    }

    fn refuse(&mut self, declared: &Declared, change: &Change, reason: String, help: String) {
        self.plan.refusals.push(Refusal {
            address: declared.address.clone(),
            path: Some(change.path.clone()),
            reason,
            help,
            paste: None,
        });
    }

    fn push(&mut self, mut step: Step) {
        let planned: BTreeSet<&Address> = self.plan.steps.iter().map(|s| &s.address).collect();
        step.waits_for.retain(|address| planned.contains(address));
        self.plan.steps.push(step);
    }

    /// What is live and not declared: somebody else's, or to be deleted.
    fn leftovers(&mut self) {
        let left: Vec<Live> = std::mem::take(&mut self.live).into_values().collect();
        let mut deletes: Vec<Step> = Vec::new();
        for live in left {
            let info = &self.kinds[live.kind];
            if !live.ownership.is_ours() {
                let foreign = Foreign { address: live.address, kind: live.kind, goes_with: None };
                self.plan.foreign.push(foreign);
                continue;
            }
            if !self.options.destroy {
                match info.removal {
                    Removal::Never => continue,
                    Removal::OnlyByDestroy => {
                        self.refuse_removal(&live);
                        continue;
                    }
                    Removal::Free | Removal::Guarded => {}
                }
            }
            let reason = self.lifts_protection(&live, info);
            deletes.push(delete(live, info, reason));
        }
        for live in std::mem::take(&mut self.outgoing) {
            let address = live.address.child(REPLACED);
            let reason = format!("{} replaces it", live.address);
            let info = &self.kinds[live.kind];
            let step = delete(live, info, Some(reason));
            deletes.push(Step { address, guarded: false, ..step });
        }
        self.order_deletes(&mut deletes);
        for foreign in &mut self.plan.foreign {
            let takes_along = |step: &&Step| {
                self.kinds[foreign.kind].goes_with.contains(&step.kind)
                    && foreign.address.is_within(&step.address)
            };
            let parent = deletes.iter().find(takes_along);
            foreign.goes_with = parent.map(|step| step.address.clone());
        }
        self.plan.steps.extend(deletes);
    }

    fn refuse_removal(&mut self, live: &Live) {
        self.plan.refusals.push(Refusal {
            address: live.address.clone(),
            path: None,
            reason: format!(
                "the file no longer declares `{}`, and apply never deletes one",
                live.id
            ),
            help: "declare it again, or use `provision destroy`".to_owned(),
            paste: None,
        });
    }

    /// Refuses what is protected; where protection may be lifted, says so.
    fn lifts_protection(&mut self, live: &Live, info: &KindInfo) -> Option<String> {
        let (setting, value) = info.protection?;
        if live.state.get(setting).and_then(Value::as_str) != Some(value) {
            return None;
        }
        if !self.options.remove_protection {
            self.plan.refusals.push(Refusal {
                address: live.address.clone(),
                path: Some(setting.to_owned()),
                reason: format!("`{}` is protected against deletion", live.id),
                help: "`--remove-protection` lifts the protection first".to_owned(),
                paste: None,
            });
        }
        Some("its protection against deletion is lifted first".to_owned())
    }

    /// A delete waits for the deletes and changes of all that may still refer to it.
    fn order_deletes(&self, deletes: &mut Vec<Step>) {
        let deleted: Vec<(Address, &'static str)> =
            deletes.iter().map(|step| (step.address.clone(), step.kind)).collect();
        for step in deletes.iter_mut() {
            let info = &self.kinds[step.kind];
            let parent = deleted.iter().find(|(address, kind)| {
                info.goes_with.contains(kind) && step.address.is_within(address)
            });
            step.goes_with = parent.map(|(address, _)| address.clone());
        }
        // What goes along with its parent is gone when the parent is.
        let gone: BTreeMap<Address, (Address, &'static str)> = deletes
            .iter()
            .map(|step| {
                let parent = step.goes_with.as_ref().unwrap_or(&step.address);
                let kind = deleted.iter().find(|(address, _)| address == parent);
                (step.address.clone(), (parent.clone(), kind.map_or(step.kind, |(_, kind)| *kind)))
            })
            .collect();
        for step in deletes.iter_mut() {
            let refers = |kind: &str| self.kinds[kind].refers_to.contains(&step.kind);
            let changes = self.plan.steps.iter().filter(|s| refers(s.kind)).map(|s| &s.address);
            let removals = deleted.iter().filter(|(_, kind)| refers(kind)).map(|(a, _)| &gone[a]);
            // What goes along with a resource of the same kind refers to that one alone.
            let removals = removals.filter(|(_, kind)| *kind != step.kind).map(|(a, _)| a);
            let mut waits: BTreeSet<Address> = changes.chain(removals).cloned().collect();
            waits.extend(step.goes_with.clone());
            // One that is replaced goes after the new one, and after all that uses it by then.
            if let Some(new) =
                step.live.as_ref().map(|l| &l.address).filter(|a| **a != step.address)
            {
                let uses = |s: &&Step| s.address == *new || s.waits_for.contains(new);
                waits.extend(self.plan.steps.iter().filter(uses).map(|s| s.address.clone()));
            }
            waits.remove(&step.address);
            step.waits_for = waits;
        }
        sort_by_waits(deletes);
    }
}

/// Why what AWS cannot change is refused, and what somebody can do who needs it all the same.
fn at_stake(info: &KindInfo, live: &Live, change: &Change, reason: &str) -> (String, String) {
    let as_it_is = match &change.before {
        Shown::Value(_) if change.after == Shown::Absent => "declare it again".to_owned(),
        Shown::Value(value @ (Value::String(_) | Value::Bool(_) | Value::Number(_))) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("write what is there, `{text}`")
        }
        Shown::Value(value @ Value::Array(_)) => format!("write `{value}`, as it is in AWS"),
        Shown::Absent => "leave it out, as it is in AWS".to_owned(),
        _ => "write what is there".to_owned(),
    };
    let Some(at_stake) = info.at_stake else {
        return (reason.to_owned(), format!("{as_it_is}, or start with a new one"));
    };
    let lost = match live.state.get(at_stake.count).and_then(Value::as_u64) {
        Some(0) => format!("it holds no {}s yet", at_stake.noun),
        Some(1) => format!("1 {} would be lost with this one", at_stake.noun),
        Some(many) => format!("{many} {}s would be lost with this one", at_stake.noun),
        None => format!("all {}s would be lost with this one", at_stake.noun),
    };
    (format!("{reason}; {lost}"), format!("{as_it_is}; {}", at_stake.way_out))
}

/// Whether the list of a live state names the entry of a map that a change is about.
fn names(live: &Live, list: &str, path: &str) -> bool {
    let named = live.state.get(list).and_then(Value::as_array).into_iter().flatten();
    let is_entry = |name: &str| path.strip_suffix(name).is_some_and(|map| map.ends_with('.'));
    named.filter_map(Value::as_str).any(is_entry)
}

fn delete(live: Live, info: &KindInfo, reason: Option<String>) -> Step {
    Step {
        address: live.address.clone(),
        kind: live.kind,
        action: Action::Delete,
        name: live.id.clone(),
        changes: all_of(&live.state, Fields(info.fields)),
        live: Some(live),
        want: None,
        reason,
        waits_for: BTreeSet::new(),
        goes_with: None,
        guarded: info.removal == Removal::Guarded,
    }
}

/// Sorts so that each step comes after those of the same list that it waits for.
pub(super) fn sort_by_waits(steps: &mut Vec<Step>) {
    let mut waiting: Vec<Step> = std::mem::take(steps);
    while !waiting.is_empty() {
        let open: BTreeSet<Address> = waiting.iter().map(|step| step.address.clone()).collect();
        let (ready, rest): (Vec<Step>, Vec<Step>) =
            waiting.into_iter().partition(|step| step.waits_for.is_disjoint(&open));
        // Kinds refer to each other in one direction only (a test of the registry), so there is
        // always a step that waits for none of the others; if not, their order is left as it is.
        if ready.is_empty() {
            steps.extend(rest);
            return;
        }
        steps.extend(ready);
        waiting = rest;
    }
}
