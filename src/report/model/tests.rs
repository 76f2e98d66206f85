//! What a report says of a plan.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::plan::{Foreign as Stranger, Refusal, Shown, Step, Undeclared};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// A step with one setting that changes.
fn step(at: &str, action: Action, path: &str, before: Shown, after: Shown) -> Step {
    let changes = vec![plan::Change { path: path.to_owned(), before, after }];
    Step {
        address: address(at),
        kind: "function",
        action,
        name: String::new(),
        live: None,
        want: None,
        changes,
        reason: None,
        waits_for: BTreeSet::new(),
        goes_with: None,
        guarded: false,
    }
}

fn headline() -> Headline {
    let texts = ["demo", "us-east-1", "123456789012"].map(str::to_owned);
    let [stack, region, account] = texts;
    Headline { stack, region, account, destroy: false }
}

fn report(plan: &Plan) -> Report {
    Report::new(plan, &headline())
}

fn value(value: Value) -> Shown {
    Shown::Value(value)
}

/// The lines of the only setting of a report, as a diff.
fn diff(before: Value, after: Value) -> String {
    let steps = vec![step("lambdas.f", Action::Update, "x", value(before), value(after))];
    let report = report(&Plan { steps, ..Plan::default() });
    let Shape::Lines(lines) = &report.changes[0].settings[0].shape else { return String::new() };
    let line = |line: &Line| match line.sign {
        Sign::Added => format!("+{}", line.text),
        Sign::Removed => format!("-{}", line.text),
        Sign::Same => format!(" {}", line.text),
        Sign::Skipped(many) => format!("@{many}"),
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn of_a_long_document_only_what_changes_is_shown_with_its_surroundings() {
    let policy = |actions: &[&str]| {
        json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": actions, "Resource": "*" },
        ] })
    };
    let many = ["a:1", "a:2", "a:3", "a:4", "a:5", "a:6", "a:7", "a:8"];
    let more = [&many[..], &["a:9"]].concat();
    insta::assert_snapshot!(diff(policy(&many), policy(&more)), @r#"
    @8
       - a:6
       - a:7
       - a:8
    +  - a:9
       Resource: "*"
     Version: "2012-10-17"
    "#);
}

#[test]
fn of_two_lists_what_comes_and_what_goes_is_shown() {
    insta::assert_snapshot!(diff(json!(["a", "b", "c"]), json!(["a", "c", "d"])), @"
     a
    -b
     c
    +d
    ");
}

#[test]
fn a_long_text_on_one_line_is_compared_part_by_part() {
    let message = |name: &str| {
        json!(format!(
            "<html><body><h1>Hello</h1><p>Your code is {{####}}. It is good for three minutes. \
             Yours, {name}</p></body></html>"
        ))
    };
    insta::assert_snapshot!(diff(message("Ann"), message("Bob")), @"
     <html><body><h1>Hello</h1>
     <p>Your code is {####}.
     It is good for three minutes.
     Yours,
    -Ann</p>
    +Bob</p>
     </body>
     </html>
    ");
}

#[test]
fn what_is_masked_says_so_also_within_a_list() {
    let unknown = Shown::Unknown(json!(["${user_pool.id}", "(sensitive)"]));
    let steps = vec![
        step("lambdas.f", Action::Update, "a", Shown::Sensitive, value(json!("x"))),
        step("lambdas.g", Action::Create, "b", Shown::Absent, unknown),
        step("lambdas.h", Action::Create, "c", Shown::Absent, value(json!("x"))),
    ];
    let report = report(&Plan { steps, ..Plan::default() });
    let settings = report.changes.iter().map(|change| &change.settings[0]);
    let told: Vec<(bool, bool)> =
        settings.map(|setting| (setting.sensitive, setting.known_after_apply)).collect();
    assert_eq!(told, [(true, false), (true, true), (false, false)]);
}

/// A plan with something of everything.
fn full() -> Plan {
    let update =
        step("lambdas.f", Action::Update, "timeout", value(json!("3s")), value(json!("5s")));
    let risk = |kind, at: &str| plan::Risk {
        severity: Severity::Danger,
        kind,
        address: address(at),
        path: None,
        message: "it is".to_owned(),
    };
    Plan {
        steps: vec![
            update,
            step("http_api", Action::Create, "name", Shown::Absent, value(json!("x"))),
        ],
        refusals: vec![Refusal {
            address: address("user_pool"),
            path: None,
            reason: "no".to_owned(),
            help: "yes".to_owned(),
            paste: None,
        }],
        foreign: vec![Stranger {
            address: address("user_pool.groups.x"),
            kind: "group",
            goes_with: None,
        }],
        undeclared: vec![Undeclared {
            address: address("user_pool"),
            path: "mfa_configuration".to_owned(),
            value: json!("ON"),
        }],
        risks: vec![
            risk(RiskKind::Public, "lambdas.f.function_url"),
            risk(RiskKind::Public, "lambdas.f.function_url"),
            risk(RiskKind::Public, "http_api"),
            risk(RiskKind::CorsOpened, "http_api"),
        ],
        needs: [
            (address("http_api"), [address("lambdas.f")].into()),
            (address("user_pool"), [address("lambdas.f"), address("lambdas.g")].into()),
            (address("lambdas.g"), BTreeSet::new()),
        ]
        .into(),
        ..Plan::default()
    }
}

#[test]
fn risks_are_told_once_for_each_resource_by_sort() {
    let report = report(&full());
    let groups = report.risk_groups();
    let told: Vec<(&str, &[&str])> =
        groups.iter().map(|group| (group.title, &group.addresses[..])).collect();
    assert_eq!(
        told,
        [
            ("open to anybody", &["lambdas.f.function_url", "http_api"][..]),
            ("CORS opened", &["http_api"][..]),
        ]
    );
}

#[test]
fn the_graph_has_what_changes_and_what_refers_to_it_and_no_more() {
    let graph = report(&full()).graph;
    let nodes: Vec<(&str, Option<Action>)> =
        graph.nodes.iter().map(|node| (node.address.as_str(), node.action)).collect();
    assert_eq!(
        nodes,
        [
            ("http_api", Some(Action::Create)),
            ("lambdas.f", Some(Action::Update)),
            ("user_pool", None),
        ]
    );
    let edges: Vec<(&str, &str)> =
        graph.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str())).collect();
    assert_eq!(edges, [("lambdas.f", "http_api"), ("lambdas.f", "user_pool")]);
}

#[test]
fn an_edge_that_follows_from_others_is_not_drawn() {
    let edge = |from: &str, to: &str| Edge { from: from.to_owned(), to: to.to_owned() };
    let edges = vec![edge("a", "b"), edge("a", "c"), edge("b", "c")];
    let graph = Graph { nodes: Vec::new(), edges: edges.clone() };
    assert_eq!(graph.direct_edges(), [&edges[0], &edges[2]]);
}

#[test]
fn a_part_of_a_report_is_about_a_resource_and_all_below_it() {
    let report = report(&full()).only(&[address("lambdas.f")]);
    let of = |addresses: Vec<&str>| addresses.join(" ");
    assert_eq!(of(report.changes.iter().map(|c| c.address.as_str()).collect()), "lambdas.f");
    assert_eq!(report.risks.len(), 4, "what is risky is told whole");
    assert_eq!((report.changes_left_out, report.summary.create), (1, 1));
    assert!(report.refused.is_empty() && report.foreign.is_empty());
    let nodes = report.graph.nodes.iter().map(|node| node.address.as_str()).collect();
    assert_eq!(of(nodes), "http_api lambdas.f user_pool");
}
