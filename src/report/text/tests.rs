//! What people read, on terminals of any width.

use serde_json::json;

use super::*;
use crate::plan::{Action, Change, Shown, Step};
use crate::report::made;
use crate::report::model::Report;
use crate::resource::shown::is_hostile;

/// A report of one resource's settings.
fn report(action: Action, settings: &[(&str, serde_json::Value, serde_json::Value)]) -> Report {
    let value = |value: &serde_json::Value| match value.is_null() {
        true => Shown::Absent,
        false => Shown::Value(value.clone()),
    };
    let change = |(path, before, after): &(&str, serde_json::Value, serde_json::Value)| Change {
        path: (*path).to_owned(),
        before: value(before),
        after: value(after),
    };
    let step = Step {
        address: "lambdas.f".parse().unwrap(),
        kind: "function",
        action,
        name: "demo-f".to_owned(),
        live: None,
        want: None,
        changes: settings.iter().map(change).collect(),
        reason: None,
        waits_for: std::collections::BTreeSet::new(),
        goes_with: None,
        guarded: false,
    };
    Report::new(&Plan { steps: vec![step], ..Plan::default() }, &made::headline())
}

/// The text without colours.
fn shown(report: &Report, view: View) -> String {
    anstream::adapter::strip_str(&plan(report, view)).to_string()
}

#[test]
fn values_are_aligned_also_beside_wide_letters_and_break_where_the_terminal_ends() {
    let report = report(
        Action::Update,
        &[
            ("environment.名前", json!("東京"), json!("大阪")),
            ("environment.LONG_NAME", json!("a".repeat(30)), json!("b".repeat(30))),
            ("timeout", json!(null), json!("5s")),
        ],
    );
    let narrow = View { width: Some(60), summary: None };
    insta::assert_snapshot!(shown(&report, narrow), @"
    demo in us-east-1 of 123456789012

    ~ update lambdas.f  (demo-f)
        environment.名前:      東京 -> 大阪
        environment.LONG_NAME:
          - aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
          + bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        timeout:               (none) -> 5s

    Plan: 1 to update; 0 resources unchanged
    ");
    insta::assert_snapshot!(shown(&report, View::default()), @"
    demo in us-east-1 of 123456789012

    ~ update lambdas.f  (demo-f)
        environment.名前:      東京 -> 大阪
        environment.LONG_NAME: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa -> bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        timeout:               (none) -> 5s

    Plan: 1 to update; 0 resources unchanged
    ");
}

#[test]
fn a_large_plan_has_a_line_for_each_resource_or_for_each_kind() {
    let report = made::large(500, 3);
    let lines = |summary| shown(&report, View { width: None, summary }).lines().count();
    let risks = report.risks.len();
    let resources = lines(Some(Summary::Resource));
    assert!((500 + risks..500 + 2 * risks).contains(&resources), "{resources}");
    assert!(lines(None) > 3 * 500);
    let kinds = shown(&report, View { width: None, summary: Some(Summary::Kind) });
    assert!(kinds.contains("  - delete  route   125\n"), "{kinds}");
    assert!(kinds.ends_with("; 0 resources unchanged\n"), "{kinds}");
}

#[test]
fn nothing_of_others_acts_on_a_terminal() {
    let checked = made::runner(200, 1).run(&made::plan(), |plan| {
        let report = Report::new(&plan, &made::headline());
        for summary in [None, Some(Summary::Resource), Some(Summary::Kind)] {
            let text = shown(&report, View { width: Some(80), summary });
            let acts = text.chars().find(|letter| is_hostile(*letter) && *letter != '\n');
            proptest::prop_assert!(acts.is_none(), "{acts:?} in {text:?}");
        }
        Ok(())
    });
    checked.unwrap();
}
