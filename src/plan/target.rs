//! `--target`: a part of a plan.

use std::collections::BTreeSet;

use crate::resource::Address;

use super::step::Plan;

/// Keeps the steps at or below the targets, and the steps that those wait for; all without targets.
pub fn keep(plan: &mut Plan, targets: &BTreeSet<Address>) {
    if targets.is_empty() {
        return;
    }
    let is_targeted = |address: &Address| targets.iter().any(|target| address.is_within(target));
    let mut kept: BTreeSet<Address> =
        plan.steps.iter().map(|s| &s.address).filter(|a| is_targeted(a)).cloned().collect();
    // Steps come after what they wait for, so one pass backwards finds all that is needed.
    for step in plan.steps.iter().rev() {
        if kept.contains(&step.address) {
            kept.extend(step.waits_for.iter().cloned());
        }
    }
    plan.steps.retain(|step| kept.contains(&step.address));
    plan.refusals
        .retain(|refusal| kept.contains(&refusal.address) || is_targeted(&refusal.address));
    plan.undeclared.retain(|note| is_targeted(&note.address));
}
