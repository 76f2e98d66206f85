//! Plans made up for tests, with texts that no renderer may fall for.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::plan::{Action, AtStake, Change, Foreign, Plan, Refusal, Risk, Shown, Step, Undeclared};
use crate::resource::{Address, Live, Outputs, Ownership, RiskKind, Severity};

use super::model::{Headline, Report};

/// Pieces of texts that mean something to somebody.
const NASTY: &[&str] = &[
    "`",
    "``",
    "```",
    "~~~",
    "|",
    "\\|",
    "\\",
    "\n",
    "\r",
    "\t",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{200b}",
    "</details>",
    "<details>",
    "<summary>",
    "<script>alert(1)</script>",
    "<!--",
    "-->",
    "--",
    "<b>",
    "@user",
    "@org/team",
    "#1",
    "org/name#2",
    "GH-3",
    "!4",
    "~label",
    "&amp;",
    "&lt;",
    "[x](y)",
    "![i](u)",
    "[^1]",
    "*",
    "**",
    "_",
    "http://x.example",
    "www.x.example",
    "a@b.example",
    ":smile:",
    "/close",
    "> ",
    "- ",
    "1. ",
    "| a | b |",
    "|---|",
    "# ",
    "===",
    "```mermaid",
    "$x$",
    "${a.b}",
    "\"",
    "'",
    " ",
    "  ",
    "é",
    "漢字",
    "👩‍🚀",
    "plain",
    "x",
    "end`",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(NASTY), 1..6).prop_map(|parts| parts.concat())
}

fn address() -> impl Strategy<Value = Address> {
    prop::collection::vec(text(), 1..4).prop_map(Address::new)
}

fn value() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        text().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        prop::collection::vec(text(), 4..60).prop_map(|all| all.join("\n").into()),
    ];
    plain.prop_recursive(3, 12, 4, |below| {
        prop_oneof![
            prop::collection::vec(below.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text(), below), 0..5)
                .prop_map(|all| Value::Object(all.into_iter().collect())),
        ]
    })
}

fn shown() -> impl Strategy<Value = Shown> {
    prop_oneof![
        1 => Just(Shown::Absent),
        1 => Just(Shown::Sensitive),
        4 => value().prop_map(Shown::Value),
        1 => value().prop_map(Shown::Unknown),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop::sample::select(vec![Action::Create, Action::Update, Action::Replace, Action::Delete])
}

fn live(address: Address) -> Live {
    Live {
        address,
        kind: "app_client",
        id: "an|id`".to_owned(),
        state: json!({}),
        outputs: Outputs::default(),
        ownership: Ownership::Ours,
    }
}

fn step() -> impl Strategy<Value = Step> {
    let change = (text(), shown(), shown());
    let change = change.prop_map(|(path, before, after)| Change { path, before, after });
    let parts = (
        address(),
        action(),
        text(),
        prop::collection::vec(change, 0..5),
        prop::option::of(text()),
        prop::option::of(address()),
    );
    parts.prop_map(|(address, action, name, changes, reason, goes_with)| Step {
        kind: "app_client",
        action,
        name,
        live: (action != Action::Create).then(|| live(address.clone())),
        want: None,
        changes: if action == Action::Delete { Vec::new() } else { changes },
        reason,
        waits_for: BTreeSet::new(),
        goes_with: goes_with.filter(|_| action == Action::Delete),
        guarded: false,
        address,
    })
}

fn risk() -> impl Strategy<Value = Risk> {
    let kinds = vec![RiskKind::Deletion, RiskKind::Public, RiskKind::PermissionsWidened];
    let severity = prop::sample::select(vec![Severity::Danger, Severity::Caution]);
    let parts = (severity, prop::sample::select(kinds), address(), text());
    parts.prop_map(|(severity, kind, address, message)| Risk {
        severity,
        kind,
        address,
        path: None,
        message,
    })
}

/// Any plan.
pub fn plan() -> impl Strategy<Value = Plan> {
    let refusal = (address(), prop::option::of(text()), text(), text(), prop::option::of(value()));
    let refusal = refusal.prop_map(|(address, path, reason, help, paste)| Refusal {
        address,
        path,
        reason,
        help,
        paste,
    });
    let note = (address(), text(), value());
    let note = note.prop_map(|(address, path, value)| Undeclared { address, path, value });
    let foreign = address().prop_map(|address| Foreign { address, kind: "group", goes_with: None });
    let stake = (address(), prop::option::of(0..5_000_u64));
    let stake = stake.prop_map(|(address, count)| AtStake { address, count, noun: "user" });
    let parts = (
        prop::collection::vec(step(), 0..12),
        prop::collection::vec(address().prop_map(live), 0..4),
        prop::collection::vec(refusal, 0..3),
        prop::collection::vec(foreign, 0..3),
        prop::collection::vec(note, 0..4),
        prop::collection::vec(risk(), 0..5),
        prop::collection::vec(stake, 0..2),
        prop::collection::btree_map(address(), prop::collection::btree_set(address(), 0..3), 0..4),
    );
    parts.prop_map(|(steps, kept, refusals, foreign, undeclared, mut risks, at_stake, needs)| {
        risks.sort_by_key(|risk| (risk.severity, risk.kind, risk.address.clone()));
        let owned = Vec::new();
        Plan { steps, kept, owned, refusals, foreign, undeclared, risks, at_stake, needs }
    })
}

/// Runs so many made plans, the same each time for one seed.
pub fn runner(cases: u32, seed: u8) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

/// What a made plan is about.
pub fn headline() -> Headline {
    Headline {
        stack: "demo".to_owned(),
        region: "us-east-1".to_owned(),
        account: "123456789012".to_owned(),
        destroy: false,
    }
}

/// A plan of so many changes, each with so many settings.
pub fn large(changes: usize, settings: usize) -> Report {
    let actions = [Action::Create, Action::Update, Action::Replace, Action::Delete];
    let step = |at: usize| {
        let action = actions[at % 4];
        let address = Address::new(["http_api", "routes", &format!("GET /{at}/`a|b`")]);
        let change = |setting: usize| Change {
            path: format!("setting_{setting}"),
            before: if action == Action::Create {
                Shown::Absent
            } else {
                Shown::Value(json!(setting))
            },
            after: Shown::Value(json!(format!("{}\n```\n@user | {at}", "long ".repeat(setting)))),
        };
        let after: Option<Address> = (at > 0)
            .then(|| Address::new(["http_api", "routes", &format!("GET /{}/`a|b`", at - 1)]));
        (
            address.clone(),
            after,
            Step {
                kind: "route",
                action,
                name: format!("route {at}"),
                live: (action != Action::Create).then(|| live(address.clone())),
                want: None,
                changes: (0..settings).filter(|_| action != Action::Delete).map(change).collect(),
                reason: None,
                waits_for: BTreeSet::new(),
                goes_with: None,
                guarded: false,
                address,
            },
        )
    };
    let all: Vec<_> = (0..changes).map(step).collect();
    let risk = |address: &Address| Risk {
        severity: Severity::Danger,
        kind: RiskKind::Deletion,
        address: address.clone(),
        path: None,
        message: "it is gone".to_owned(),
    };
    let plan = Plan {
        risks: all.iter().step_by(3).map(|(address, _, _)| risk(address)).collect(),
        undeclared: all
            .iter()
            .map(|(address, _, _)| Undeclared {
                address: address.clone(),
                path: "x".to_owned(),
                value: json!("y".repeat(300)),
            })
            .collect(),
        foreign: all
            .iter()
            .map(|(address, _, _)| Foreign {
                address: address.clone(),
                kind: "route",
                goes_with: None,
            })
            .collect(),
        needs: all
            .iter()
            .map(|(address, after, _)| (address.clone(), after.iter().cloned().collect()))
            .collect(),
        steps: all.into_iter().map(|(_, _, step)| step).collect(),
        ..Plan::default()
    };
    Report::new(&plan, &headline())
}
