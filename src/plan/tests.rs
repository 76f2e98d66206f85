//! Plans as they come out, on kinds made for the purpose.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::*;
use crate::resource::{
    Address, AtStake, Declared, Field, KindInfo, Live, Origin, OutputName, Outputs, Ownership,
    Pattern, Piece, Removal, Replacing, Rule, Secret,
};

const POOL_FIELDS: &[Field] = &[
    Field { path: "aliases", rule: Rule::Immutable("fixed at creation") },
    Field { path: "attributes", rule: Rule::AddOnly("cannot change") },
    Field { path: "first", rule: Rule::Once },
    Field { path: "initial", rule: Rule::WriteOnly },
];
const CLIENT_FIELDS: &[Field] = &[Field { path: "secret", rule: Rule::Replaces("fixed") }];
const FUNCTION_FIELDS: &[Field] = &[
    Field { path: "environment", rule: Rule::Exclusive },
    Field { path: "environment", rule: Rule::Sensitive },
    Field { path: "layers", rule: Rule::Ordered },
    Field { path: "name", rule: Rule::Replaces("fixed") },
    Field { path: "policy", rule: Rule::Policy },
];
const OUTPUTS: &[OutputName] = &[OutputName::plain("id"), OutputName::plain("arn")];

fn kinds() -> BTreeMap<&'static str, KindInfo> {
    let kind = |name, place, fields| KindInfo {
        name,
        place: Pattern(place),
        fields,
        outputs: OUTPUTS,
        defaults: json!({}),
        parent: None,
        refers_to: &[],
        goes_before: &[],
        goes_with: &[],
        removal: Removal::Free,
        replacing: Replacing::NewFirst,
        protection: None,
        at_stake: None,
        hazards: &[],
        written: |live, _| Some((live.address.clone(), live.state.clone())),
    };
    let pool = KindInfo {
        defaults: json!({ "length": 8, "signup": true }),
        removal: Removal::OnlyByDestroy,
        protection: Some(("protection", "ACTIVE")),
        at_stake: Some(AtStake { count: "users", noun: "user", way_out: "make another" }),
        ..kind("pool", "pool", POOL_FIELDS)
    };
    let client =
        KindInfo { goes_with: &["pool"], ..kind("client", "pool.clients.*", CLIENT_FIELDS) };
    let triggers = KindInfo {
        refers_to: &["function"],
        goes_with: &["pool"],
        ..kind("triggers", "pool.triggers", &[])
    };
    let user = KindInfo { removal: Removal::Never, ..kind("user", "pool.users.*", &[]) };
    let function = kind("function", "functions.*", FUNCTION_FIELDS);
    let permission =
        KindInfo { goes_with: &["function"], ..kind("permission", "functions.*.permission", &[]) };
    [pool, client, triggers, user, function, permission].map(|kind| (kind.name, kind)).into()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn declared(at: &str, kind: &'static str, want: Value) -> Declared {
    Declared {
        address: address(at),
        kind,
        name: at.rsplit('.').next().unwrap_or_default().to_owned(),
        want,
        after: Vec::new(),
        predicted: BTreeMap::new(),
        origin: Origin::Made,
    }
}

fn live(at: &str, kind: &'static str, state: Value) -> Live {
    let id = format!("{}-1", at.replace('.', "-"));
    Live {
        address: address(at),
        kind,
        state,
        outputs: Outputs::plain([("id", id.clone()), ("arn", format!("arn:{id}"))]),
        id,
        ownership: Ownership::Ours,
    }
}

fn build_with(declared: Vec<Declared>, live: Vec<Live>, options: &Options) -> Result<Plan, Cycle> {
    let lookup = |piece: &Piece| match piece {
        Piece::Environment(name) if name == "TOKEN" => Lookup::Secret(Secret::new("hunter2")),
        Piece::Environment(name) => Lookup::Missing(format!("`{name}` is not set")),
        _ => Lookup::Plain("x".to_owned()),
    };
    build(Subject { declared, live, kinds: &kinds(), lookup: &lookup }, options)
}

fn plan(declared: Vec<Declared>, live: Vec<Live>) -> Plan {
    build_with(declared, live, &Options::default()).unwrap()
}

/// Everything that a plan says, a line each.
fn summary(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for step in &plan.steps {
        let waits: Vec<String> = step.waits_for.iter().map(Address::to_string).collect();
        let waits =
            if waits.is_empty() { String::new() } else { format!(" after {}", waits.join(", ")) };
        lines.push(format!("{} {}{waits}", step.action, step.address));
        for change in &step.changes {
            lines.push(format!("  {}: {:?} -> {:?}", change.path, change.before, change.after));
        }
    }
    lines.extend(plan.kept.iter().map(|live| format!("keep {}", live.address)));
    for refusal in &plan.refusals {
        let path = refusal.path.as_deref().unwrap_or("-");
        lines.push(format!("refuse {} {path}: {}", refusal.address, refusal.reason));
    }
    lines.extend(plan.foreign.iter().map(|foreign| match &foreign.goes_with {
        Some(parent) => format!("foreign {} goes with {parent}", foreign.address),
        None => format!("foreign {}", foreign.address),
    }));
    for note in &plan.undeclared {
        lines.push(format!("not declared {} {} = {}", note.address, note.path, note.value));
    }
    lines.join("\n")
}

#[test]
fn a_circle_between_pool_and_function_is_opened_by_the_triggers() {
    let plan = plan(
        vec![
            declared(
                "pool.triggers",
                "triggers",
                json!({ "on": "${functions.f.arn}", "of": "${pool.id}" }),
            ),
            declared("functions.f", "function", json!({ "environment": { "POOL": "${pool.id}" } })),
            declared("pool", "pool", json!({ "length": 8 })),
        ],
        vec![],
    );
    insta::assert_snapshot!(summary(&plan), @r#"
    create pool
      length: Absent -> Value(Number(8))
    create functions.f after pool
      environment.POOL: Absent -> Unknown(String("${pool.id}"))
    create pool.triggers after functions.f, pool
      of: Absent -> Unknown(String("${pool.id}"))
      on: Absent -> Unknown(String("${functions.f.arn}"))
    "#);
}

#[test]
fn a_circle_of_references_is_an_error_that_names_it() {
    let circle = build_with(
        vec![
            declared("functions.a", "function", json!({ "x": "${functions.b.id}" })),
            declared("functions.b", "function", json!({ "x": "${functions.a.id}" })),
            declared("functions.c", "function", json!({ "x": "${functions.a.id}" })),
        ],
        vec![],
        &Options::default(),
    );
    let message = circle.unwrap_err().to_string();
    insta::assert_snapshot!(message, @"these refer to each other in a circle: functions.a -> functions.b -> functions.a");
}

#[test]
fn only_what_is_declared_is_compared_and_the_rest_is_noted() {
    let plan = plan(
        vec![declared(
            "pool",
            "pool",
            json!({ "aliases": ["b", "a"], "first": "new", "initial": "x" }),
        )],
        vec![live(
            "pool",
            "pool",
            json!({ "aliases": ["a", "b"], "length": 12, "signup": true, "first": "old" }),
        )],
    );
    insta::assert_snapshot!(summary(&plan), @"
    keep pool
    not declared pool length = 12
    ");
}

#[test]
fn what_cannot_change_is_refused_and_what_is_new_is_not() {
    let plan = plan(
        vec![declared(
            "pool",
            "pool",
            json!({ "aliases": ["c"], "attributes": { "x": "text", "y": "text" } }),
        )],
        vec![live("pool", "pool", json!({ "aliases": ["a"], "attributes": { "x": "number" } }))],
    );
    insta::assert_snapshot!(summary(&plan), @r#"
    update pool
      aliases: Value(Array [String("a")]) -> Value(Array [String("c")])
      attributes.x: Value(String("number")) -> Value(String("text"))
      attributes.y: Absent -> Value(String("text"))
    refuse pool aliases: fixed at creation; all users would be lost with this one
    refuse pool attributes.x: cannot change; all users would be lost with this one
    "#);
}

#[test]
fn a_replacement_is_refused_until_it_is_allowed_and_then_its_dependents_change_too() {
    let wanted = || {
        vec![
            declared("pool.clients.web", "client", json!({ "secret": true })),
            declared("functions.f", "function", json!({ "client": "${pool.clients.web.id}" })),
        ]
    };
    let have = || {
        vec![
            live("pool.clients.web", "client", json!({ "secret": false })),
            live("functions.f", "function", json!({ "client": "pool-clients-web-1" })),
        ]
    };
    insta::assert_snapshot!(summary(&plan(wanted(), have())), @"
    keep functions.f
    refuse pool.clients.web secret: fixed
    ");
    let allowed =
        Options { allow_replace: [address("pool.clients.web")].into(), ..Options::default() };
    insta::assert_snapshot!(summary(&build_with(wanted(), have(), &allowed).unwrap()), @r#"
    replace pool.clients.web
      secret: Value(Bool(false)) -> Value(Bool(true))
    update functions.f after pool.clients.web
      client: Value(String("pool-clients-web-1")) -> Unknown(String("${pool.clients.web.id}"))
    delete pool.clients.web.replaced after functions.f, pool.clients.web
      secret: Value(Bool(false)) -> Absent
    "#);
}

#[test]
fn an_exclusive_map_loses_what_is_not_declared_and_shows_no_live_value() {
    let plan = plan(
        vec![declared(
            "functions.f",
            "function",
            json!({ "environment": { "A": "1", "T": "${env.TOKEN}", "M": "${env.GONE}" } }),
        )],
        vec![live(
            "functions.f",
            "function",
            json!({ "environment": { "A": "0", "OLD": "secret", "T": "hunter1" } }),
        )],
    );
    let summary = summary(&plan);
    assert!(!summary.contains("hunter"), "{summary}");
    insta::assert_snapshot!(summary, @r#"
    update functions.f
      environment.A: Sensitive -> Value(String("1"))
      environment.OLD: Sensitive -> Absent
      environment.T: Sensitive -> Sensitive
    "#);
}

#[test]
fn lists_are_sets_unless_their_order_matters_and_policies_compare_by_meaning() {
    let policy = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "a:B", "Resource": "*" } });
    let same = json!({ "Statement": [{ "Resource": ["*"], "Action": ["a:B"], "Effect": "Allow" }], "Version": "2012-10-17" });
    let plan = plan(
        vec![declared(
            "functions.f",
            "function",
            json!({ "layers": ["a", "b"], "set": ["a", "b"], "policy": policy }),
        )],
        vec![live(
            "functions.f",
            "function",
            json!({ "layers": ["b", "a"], "set": ["b", "a"], "policy": same }),
        )],
    );
    insta::assert_snapshot!(summary(&plan), @r#"
    update functions.f
      layers: Value(Array [String("b"), String("a")]) -> Value(Array [String("a"), String("b")])
    "#);
}

#[test]
fn what_the_file_drops_is_deleted_but_never_a_pool_or_a_user() {
    let plan = plan(
        vec![],
        vec![
            live("pool", "pool", json!({})),
            live("pool.users.ann", "user", json!({})),
            live("functions.f", "function", json!({})),
        ],
    );
    insta::assert_snapshot!(summary(&plan), @"
    delete functions.f
    refuse pool -: the file no longer declares `pool-1`, and apply never deletes one
    ");
}

#[test]
fn destroy_deletes_what_refers_before_what_is_referred_to() {
    let have = || {
        vec![
            live("pool", "pool", json!({ "protection": "ACTIVE" })),
            live("pool.clients.web", "client", json!({})),
            live("pool.triggers", "triggers", json!({})),
            live("functions.f", "function", json!({})),
        ]
    };
    let destroy = Options { destroy: true, ..Options::default() };
    insta::assert_snapshot!(summary(&build_with(vec![], have(), &destroy).unwrap()), @r#"
    delete pool
      protection: Value(String("ACTIVE")) -> Absent
    delete functions.f after pool
    delete pool.clients.web after pool
    delete pool.triggers after pool
    refuse pool protection: `pool-1` is protected against deletion
    "#);
    let theirs =
        Live { ownership: Ownership::Unowned, ..live("pool.clients.x", "client", json!({})) };
    let with_theirs = [have(), vec![theirs]].concat();
    let plan = build_with(vec![], with_theirs, &destroy).unwrap();
    assert!(summary(&plan).contains("foreign pool.clients.x goes with pool"), "it is said before");
    let lifted = Options { remove_protection: true, ..destroy };
    let plan = build_with(vec![], have(), &lifted).unwrap();
    assert!(plan.refusals.is_empty());
    let pool = plan.steps.iter().find(|step| step.kind == "pool").unwrap();
    assert_eq!(pool.reason.as_deref(), Some("its protection against deletion is lifted first"));
}

#[test]
fn somebody_elses_is_refused_where_it_is_wanted_and_left_alone_elsewhere() {
    let foreign =
        |live: Live| Live { ownership: Ownership::Foreign("the stack `other`".into()), ..live };
    let plan = plan(
        vec![declared("functions.f", "function", json!({}))],
        vec![
            foreign(live("functions.f", "function", json!({}))),
            foreign(live("pool.clients.x", "client", json!({}))),
        ],
    );
    insta::assert_snapshot!(summary(&plan), @"
    refuse functions.f -: `f` exists and belongs to the stack `other`
    foreign pool.clients.x
    ");
}

#[test]
fn what_goes_with_a_replaced_resource_is_made_anew() {
    let wanted = || {
        vec![
            declared("functions.f", "function", json!({ "name": "new" })),
            declared("functions.f.permission", "permission", json!({ "of": "${functions.f.id}" })),
        ]
    };
    let have = || {
        vec![
            live("functions.f", "function", json!({ "name": "old" })),
            live("functions.f.permission", "permission", json!({ "of": "functions-f-1" })),
        ]
    };
    let allow_replace = [address("functions.f")].into();
    let options = Options { allow_replace, ..Options::default() };
    insta::assert_snapshot!(summary(&build_with(wanted(), have(), &options).unwrap()), @r#"
    replace functions.f
      name: Value(String("old")) -> Value(String("new"))
    create functions.f.permission after functions.f
      of: Absent -> Unknown(String("${functions.f.id}"))
    delete functions.f.replaced after functions.f, functions.f.permission
      name: Value(String("old")) -> Absent
    "#);
}

#[test]
fn what_an_update_changes_of_the_outputs_reaches_what_refers_to_them() {
    let mut pool = declared("pool", "pool", json!({ "form": "new" }));
    pool.predicted = [("name", "https://new/${pool.id}".to_owned())].into();
    let wanted = vec![pool, declared("functions.f", "function", json!({ "x": "${pool.name}" }))];
    let mut have = live("pool", "pool", json!({ "form": "old" }));
    have.outputs = have.outputs.with("name", "https://old/pool-1");
    let function = live("functions.f", "function", json!({ "x": "https://old/pool-1" }));
    insta::assert_snapshot!(summary(&plan(wanted, vec![have, function])), @r#"
    update pool
      form: Value(String("old")) -> Value(String("new"))
    update functions.f after pool
      x: Value(String("https://old/pool-1")) -> Value(String("https://new/pool-1"))
    "#);
}

/// A live resource as `--adopt` found it.
fn adopted(live: Live) -> Live {
    Live { ownership: Ownership::Adopted, ..live }
}

#[test]
fn what_nobody_owns_is_refused_with_the_way_to_take_it_over() {
    let unowned =
        Live { ownership: Ownership::Unowned, ..live("pool", "pool", json!({ "length": 8 })) };
    let plan = plan(vec![declared("pool", "pool", json!({ "length": 9 }))], vec![unowned]);
    assert!(plan.steps.is_empty());
    let [refusal] = &plan.refusals[..] else { panic!("{:?}", plan.refusals) };
    assert!(refusal.help.contains("--adopt 'pool'"), "{}", refusal.help);
}

#[test]
fn taking_over_keeps_what_is_not_declared_and_is_a_step_even_where_nothing_changes() {
    let have = adopted(live("pool", "pool", json!({ "length": 8, "signup": false })));
    let changed = plan(vec![declared("pool", "pool", json!({ "length": 9 }))], vec![have.clone()]);
    insta::assert_snapshot!(summary(&changed), @"
    update pool
      length: Value(Number(8)) -> Value(Number(9))
    not declared pool signup = false
    ");
    let same = plan(vec![declared("pool", "pool", json!({ "length": 8 }))], vec![have]);
    insta::assert_snapshot!(summary(&same), @"
    update pool
    not declared pool signup = false
    ");
}

#[test]
fn taking_over_refuses_to_remove_wiring_and_says_what_to_paste() {
    let function = adopted(live(
        "functions.f",
        "function",
        json!({ "environment": { "TABLE": "people", "KEPT": "1" } }),
    ));
    let pool = adopted(live("pool", "pool", json!({})));
    let triggers = live("pool.triggers", "triggers", json!({ "pre_sign_up": "arn:f" }));
    let plan = plan(
        vec![
            declared("functions.f", "function", json!({ "environment": { "KEPT": "1" } })),
            declared("pool", "pool", json!({})),
        ],
        vec![function, pool, triggers],
    );
    let pasted: Vec<&Value> =
        plan.refusals.iter().filter_map(|refusal| refusal.paste.as_ref()).collect();
    assert_eq!(
        pasted,
        [
            // What may be a secret is not shown.
            &json!({ "functions": { "f": { "environment": { "TABLE": "${env.TABLE}" } } } }),
            &json!({ "pool": { "triggers": { "pre_sign_up": "arn:f" } } }),
        ]
    );
}

#[test]
fn what_exists_elsewhere_is_known_and_never_touched() {
    let existing = |mut declared: Declared| {
        declared.origin = Origin::Existing;
        declared
    };
    let wanted = || {
        vec![
            existing(declared("pool", "pool", json!({}))),
            declared("functions.f", "function", json!({ "pool": "${pool.id}" })),
        ]
    };
    let theirs =
        Live { ownership: Ownership::Existing, ..live("pool", "pool", json!({ "length": 1 })) };
    insta::assert_snapshot!(summary(&plan(wanted(), vec![theirs])), @r#"
    create functions.f
      pool: Absent -> Value(String("pool-1"))
    keep pool
    "#);
    insta::assert_snapshot!(summary(&plan(wanted(), vec![])), @r#"
    create functions.f
      pool: Absent -> Unknown(String("${pool.id}"))
    refuse pool existing: there is no `pool`
    "#);
}

#[test]
fn what_cannot_change_says_what_would_be_lost_and_the_way_out() {
    let have = live("pool", "pool", json!({ "aliases": ["email"], "users": 12 }));
    let plan = plan(vec![declared("pool", "pool", json!({ "aliases": ["phone"] }))], vec![have]);
    let [refusal] = &plan.refusals[..] else { panic!("{:?}", plan.refusals) };
    assert!(
        refusal.reason.ends_with("; 12 users would be lost with this one"),
        "{}",
        refusal.reason
    );
    assert!(refusal.help.starts_with("write `[\"email\"]`, as it is in AWS; "), "{}", refusal.help);
}

#[test]
fn a_target_brings_what_it_needs_and_nothing_else() {
    let targets: BTreeSet<Address> = [address("functions.f")].into();
    let options = Options { targets, ..Options::default() };
    let wanted = vec![
        declared("pool", "pool", json!({})),
        declared("functions.f", "function", json!({ "x": "${pool.id}" })),
        declared("functions.g", "function", json!({ "x": "${pool.id}" })),
    ];
    let plan = build_with(wanted, vec![], &options).unwrap();
    insta::assert_snapshot!(summary(&plan), @r#"
    create pool
    create functions.f after pool
      x: Absent -> Unknown(String("${pool.id}"))
    "#);
}

/// The risks of a plan, a line each.
fn risks(plan: &Plan) -> String {
    let line = |risk: &Risk| {
        format!("{:?} {} {}: {}", risk.severity, risk.kind.title(), risk.address, risk.message)
    };
    plan.risks.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_goes_is_a_risk_and_the_users_in_it_come_first() {
    let have = || {
        vec![
            live("pool", "pool", json!({ "users": 1204 })),
            live("pool.clients.web", "client", json!({})),
            live("functions.f", "function", json!({})),
        ]
    };
    let destroy = Options { destroy: true, ..Options::default() };
    let plan = build_with(vec![], have(), &destroy).unwrap();
    insta::assert_snapshot!(risks(&plan), @"
    Danger users at stake pool: 1204 users are lost with it
    Danger deleted pool: `pool-1` is gone for good
    Caution deleted functions.f: `functions-f-1` is gone for good
    ");
    assert_eq!(plan.at_stake[0].count, Some(1204));
    let nobody = vec![live("pool", "pool", json!({ "users": 0 }))];
    let plan = build_with(vec![], nobody, &destroy).unwrap();
    insta::assert_snapshot!(risks(&plan), @"Danger deleted pool: `pool-1` is gone for good");
}

#[test]
fn a_replacement_is_a_risk_with_its_reason() {
    let wanted = vec![declared("pool.clients.web", "client", json!({ "secret": true }))];
    let have = vec![live("pool.clients.web", "client", json!({ "secret": false }))];
    let allow_replace = [address("pool.clients.web")].into();
    let allowed = Options { allow_replace, ..Options::default() };
    insta::assert_snapshot!(risks(&build_with(wanted, have, &allowed).unwrap()), @"
    Danger replaced pool.clients.web: a new one takes its place, with another id: fixed
    Caution deleted pool.clients.web.replaced: `pool-clients-web-1` is gone for good
    ");
}
