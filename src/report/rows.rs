//! The changes in the order in which people look at them.

use std::collections::BTreeMap;

use crate::plan::Action;
use crate::resource::Severity;

use super::model::{Change, Report};

/// A change, and how bad the worst of its risks is.
pub struct Row<'a> {
    /// The change.
    pub change: &'a Change,
    /// None for one without risks.
    pub worst: Option<Severity>,
}

/// The changes in the order in which they are looked at: what is lost before what is made.
pub fn in_order(report: &Report) -> Vec<Row<'_>> {
    let mut worst: BTreeMap<&str, Severity> = BTreeMap::new();
    // The gravest come first.
    for risk in &report.risks {
        worst.entry(&risk.address).or_insert(risk.severity);
    }
    let row = |change| Row { change, worst: worst.get(change.address.as_str()).copied() };
    let rank = |action| match action {
        Action::Replace => 0,
        Action::Delete => 1,
        Action::Update => 2,
        Action::Create => 3,
    };
    let mut rows: Vec<Row<'_>> = report.changes.iter().map(row).collect();
    // What goes along with its parent says nothing of its own.
    rows.sort_by_key(|Row { change, worst }| {
        let is_risky = *worst == Some(Severity::Danger);
        (change.goes_with.is_some(), !is_risky, rank(change.action))
    });
    rows
}
