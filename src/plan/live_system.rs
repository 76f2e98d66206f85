//! What the order of steps must be beside what refers to what, so that a system that is in use goes on
//! working while it changes.

use std::collections::BTreeSet;

use crate::resource::{Address, KindInfo};

use super::step::{Action, Step};

/// Lets what a live resource is about to need go before its change.
///
/// A permission names the authorizer that calls, so it is made after it; but where the authorizer is
/// there and is to call another function, that function must allow it first. Ids and ARNs stay as they
/// are in an update, so the steps can change places.
pub fn grant_before_use(steps: &mut Vec<Step>, info: impl Fn(&str) -> KindInfo) {
    let mut moved = false;
    for grant in 0..steps.len() {
        let kinds = info(steps[grant].kind).goes_before;
        if kinds.is_empty() || steps[grant].action == Action::Delete {
            continue;
        }
        for user in 0..steps.len() {
            let is_live = steps[user].action == Action::Update && kinds.contains(&steps[user].kind);
            if is_live && is_for(&steps[grant], &steps[user]) {
                moved |= swap(steps, grant, user);
            }
        }
    }
    if moved {
        super::build::sort_by_waits(steps);
    }
}

/// Whether what is granted concerns the user: it names it, or stands in it or in what it uses.
fn is_for(grant: &Step, user: &Step) -> bool {
    grant.waits_for.contains(&user.address)
        || grant.address.is_within(&user.address)
        || user.waits_for.iter().any(|used| grant.address.is_within(used))
}

/// Lets the user wait for the grant, unless the grant needs the user in a roundabout way.
fn swap(steps: &mut [Step], grant: usize, user: usize) -> bool {
    let (granted, used) = (steps[grant].address.clone(), steps[user].address.clone());
    let named = steps[grant].waits_for.remove(&used);
    if waits(steps, &granted, &used) {
        if named {
            steps[grant].waits_for.insert(used);
        }
        return false;
    }
    steps[user].waits_for.insert(granted)
}

/// Whether one step waits for another, be it through others.
fn waits(steps: &[Step], one: &Address, other: &Address) -> bool {
    let mut open = vec![one];
    let mut seen = BTreeSet::new();
    while let Some(address) = open.pop() {
        if address == other {
            return true;
        }
        if seen.insert(address) {
            let step = steps.iter().find(|step| step.address == *address);
            open.extend(step.into_iter().flat_map(|step| &step.waits_for));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::{Pattern, Removal, Replacing};

    fn info(name: &str) -> KindInfo {
        KindInfo {
            name: "kind",
            place: Pattern(""),
            fields: &[],
            outputs: &[],
            defaults: json!({}),
            parent: None,
            refers_to: &[],
            goes_before: if name == "permission" { &["caller"] } else { &[] },
            goes_with: &[],
            removal: Removal::Free,
            replacing: Replacing::NewFirst,
            protection: None,
            at_stake: None,
            hazards: &[],
            written: |_, _| None,
        }
    }

    fn step(address: &str, kind: &'static str, action: Action, waits_for: &[&str]) -> Step {
        Step {
            address: address.parse().unwrap(),
            kind,
            action,
            name: String::new(),
            live: None,
            want: None,
            changes: Vec::new(),
            reason: None,
            waits_for: waits_for.iter().map(|address| address.parse().unwrap()).collect(),
            goes_with: None,
            guarded: false,
        }
    }

    /// The steps with what they wait for, once grants go before use.
    fn ordered(mut steps: Vec<Step>) -> Vec<String> {
        grant_before_use(&mut steps, info);
        let line = |step: &Step| {
            let waits = step.waits_for.iter().map(ToString::to_string);
            format!("{} after {:?}", step.address, waits.collect::<Vec<_>>())
        };
        steps.iter().map(line).collect()
    }

    #[test]
    fn a_live_caller_changes_once_it_is_permitted_what_it_is_about_to_do() {
        let steps = |action| {
            vec![
                step("f.new", "function", Action::Create, &[]),
                step("api.gate", "caller", action, &["f.new"]),
                step(
                    "f.new.permissions.gate",
                    "permission",
                    Action::Create,
                    &["api.gate", "f.new"],
                ),
            ]
        };
        assert_eq!(
            ordered(steps(Action::Update)),
            [
                r#"f.new after []"#,
                r#"f.new.permissions.gate after ["f.new"]"#,
                r#"api.gate after ["f.new", "f.new.permissions.gate"]"#,
            ]
        );
        // One that is new has no id before it is there, and nobody uses it yet.
        assert_eq!(
            ordered(steps(Action::Create)),
            [
                r#"f.new after []"#,
                r#"api.gate after ["f.new"]"#,
                r#"f.new.permissions.gate after ["api.gate", "f.new"]"#,
            ]
        );
    }

    #[test]
    fn steps_do_not_come_to_wait_for_each_other() {
        let steps = vec![
            step("f.one", "caller", Action::Update, &[]),
            step("f.two", "function", Action::Create, &["f.one"]),
            step("f.one.permissions.x", "permission", Action::Create, &["f.two"]),
        ];
        let before = steps.iter().map(|step| step.waits_for.clone()).collect::<Vec<_>>();
        let mut after = steps;
        grant_before_use(&mut after, info);
        assert_eq!(after.iter().map(|step| step.waits_for.clone()).collect::<Vec<_>>(), before);
    }
}
