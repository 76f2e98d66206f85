//! One apply turns any stack into any other, on a cloud in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;

use proptest::prelude::*;
use provision::aws::{Given, kinds};
use provision::engine::{Cloud, Ending, Endings, Event, execute};
use provision::plan::{Options, Plan, Subject, build};
use provision::resource::{Address, Declared, Live, Removal, Rule};
use provision::spec::{Options as Reading, load_text};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::support::memory::{MemoryCloud, lookup};

fn declare(file: &Value) -> Vec<Declared> {
    let text = file.to_string();
    let loaded = load_text(Path::new("x.yaml"), &text, &Reading::default(), &kinds::vocabulary());
    let loaded = loaded.unwrap_or_else(|problems| {
        panic!("{}\n{text}", provision::report::problems::text(&problems, false))
    });
    let bundles = loaded
        .stack
        .functions()
        .map(|(key, lambda)| (key.clone(), format!("sha-of-{}", lambda.given.code)));
    let given =
        Given { region: "us-east-1".into(), bundles: bundles.collect(), ..Given::default() };
    kinds::declare(&loaded.stack, &given)
}

fn plan(declared: &[Declared], cloud: &MemoryCloud, options: &Options) -> Plan {
    let subject = Subject {
        declared: if options.destroy { Vec::new() } else { declared.to_vec() },
        live: cloud.resources(),
        kinds: &kinds::infos(),
        lookup: &lookup,
    };
    build(subject, options).expect("a generated stack has no circle")
}

/// Runs a plan and checks what holds of every run.
fn run(plan: &Plan, cloud: &MemoryCloud) -> Endings {
    let mut ended: BTreeSet<Address> = BTreeSet::new();
    let mut started: Vec<Address> = Vec::new();
    let at_once = NonZeroUsize::new(4).unwrap();
    let (_sender, stop) = watch::channel(false);
    let run = execute(plan, cloud, at_once, stop, |event| match event {
        Event::Started(step) => {
            let waits: Vec<&Address> =
                step.waits_for.iter().filter(|address| !ended.contains(address)).collect();
            assert!(waits.is_empty(), "{} started before {waits:?}", step.address);
            started.push(step.address.clone());
        }
        Event::Running(_) => {}
        Event::Ended(step, _) => assert!(ended.insert(step.address.clone()), "ended twice"),
    });
    let endings =
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(run);
    let steps: BTreeSet<Address> = plan.steps.iter().map(|step| step.address.clone()).collect();
    let with_ending: BTreeSet<Address> = endings.steps.keys().cloned().collect();
    assert_eq!(steps, with_ending, "every step has an ending");
    assert_eq!(steps, ended, "and an event that says so");
    endings
}

/// Applies what is declared.
pub fn apply(declared: &[Declared], cloud: &MemoryCloud) {
    cloud.expect(declared);
    let plan = plan(declared, cloud, &Options::default());
    assert_eq!(plan.refusals, [], "a generated stack asks for nothing impossible");
    let endings = run(&plan, cloud);
    assert!(endings.all_done(), "{:?}", endings.steps);
}

fn states(cloud: &MemoryCloud) -> BTreeMap<Address, Live> {
    cloud.resources().into_iter().map(|live| (live.address.clone(), live)).collect()
}

/// Everything that the second stack does not mention is as it was, where it still stands.
fn undeclared_is_unchanged(
    declared: &[Declared],
    before: &BTreeMap<Address, Live>,
    after: &BTreeMap<Address, Live>,
) {
    for wanted in declared {
        let (Some(before), Some(after)) = (before.get(&wanted.address), after.get(&wanted.address))
        else {
            continue;
        };
        let fields = kinds::infos()[wanted.kind].fields;
        let special = |path: &str| fields.iter().any(|field| field.path == path);
        same_where_absent("", &wanted.want, &before.state, &after.state, &special);
    }
}

fn same_where_absent(
    path: &str,
    want: &Value,
    before: &Value,
    after: &Value,
    special: &dyn Fn(&str) -> bool,
) {
    let Value::Object(have) = before else { return };
    for (key, old) in have {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match want.get(key) {
            None => assert_eq!(Some(old), after.get(key), "`{below}` changed"),
            Some(want) if want.is_object() && !special(&below) => {
                same_where_absent(&below, want, old, &after[key], special);
            }
            Some(_) => {}
        }
    }
}

/// Nothing of ours is left that the second stack does not declare, but for data.
fn leftovers_are_gone(declared: &[Declared], cloud: &MemoryCloud) {
    let wanted: BTreeSet<&Address> = declared.iter().map(|d| &d.address).collect();
    for live in cloud.resources() {
        let stays = kinds::infos()[live.kind].removal == Removal::Never;
        assert!(stays || wanted.contains(&live.address), "{} is left", live.address);
    }
}

/// Wiring is exactly as declared.
fn wiring_is_exclusive(declared: &[Declared], cloud: &MemoryCloud) {
    let held = states(cloud);
    for wanted in declared {
        let exclusive = kinds::infos()[wanted.kind].fields.iter();
        for field in exclusive.filter(|field| field.rule == Rule::Exclusive) {
            let keys = |value: Option<&Value>| -> BTreeSet<String> {
                let map = value.and_then(Value::as_object);
                let some = map.into_iter().flatten().filter(|(_, value)| !value.is_null());
                some.map(|(key, _)| key.clone()).collect()
            };
            let have = keys(held[&wanted.address].state.get(field.path));
            let want = keys(wanted.want.get(field.path));
            assert_eq!(have, want, "{} {}", wanted.address, field.path);
        }
    }
}

fn pick(names: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(names, 0..=names.len())
}

fn maybe(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Option<Value>> {
    proptest::option::of(prop_oneof![4 => value, 1 => Just(Value::Null)])
}

fn object(entries: Vec<(&str, Option<Value>)>) -> Value {
    let some = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(some.collect::<Map<_, _>>())
}

fn client() -> impl Strategy<Value = Value> {
    let minutes = maybe((5..60_u32).prop_map(|n| json!(format!("{n}m"))));
    let flows = maybe(Just(json!(["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"])));
    let urls = maybe(Just(json!(["https://a.example", "http://localhost"])));
    let revoke = maybe(any::<bool>().prop_map(Value::from));
    (minutes, flows, urls, revoke).prop_map(|(minutes, flows, urls, revoke)| {
        object(vec![
            ("access_token_validity", minutes),
            ("explicit_auth_flows", flows),
            ("logout_urls", urls),
            ("enable_token_revocation", revoke),
        ])
    })
}

/// What stands around a function: role, logs, address, queue, an object in S3.
fn surroundings() -> impl Strategy<Value = Value> {
    let role = proptest::option::of(Just(json!("arn:aws:iam::123456789012:role/theirs")));
    let managed = maybe(pick(&["A", "B"]).prop_map(|names| {
        names.iter().map(|name| json!(format!("arn:aws:iam::aws:policy/{name}"))).collect()
    }));
    let reserved = maybe((0..9_i32).prop_map(Value::from));
    let queue = maybe(Just(json!("arn:aws:sqs:us-east-1:123456789012:failed")));
    let logging = maybe(prop_oneof![
        Just(json!({ "log_format": "JSON", "system_log_level": "WARN" })),
        Just(json!({ "log_format": "Text" })),
        Just(json!({ "log_group": "theirs" })),
    ]);
    let url = proptest::option::of(prop_oneof![
        Just(json!({ "auth_type": "NONE" })),
        Just(json!({ "auth_type": "AWS_IAM", "cors": { "allow_origins": ["*"] } })),
    ]);
    let object = proptest::option::of(prop_oneof![
        Just(json!({ "s3_bucket": "mine", "s3_key": "fn.zip" })),
        Just(json!({ "s3_bucket": "mine", "s3_key": "fn.zip", "s3_object_version": "2" })),
    ]);
    (role, managed, reserved, queue, logging, url, object).prop_map(
        |(role, managed, reserved, queue, logging, url, object)| {
            let managed = managed.filter(|_| role.is_none());
            self::object(vec![
                ("role", role),
                ("managed_policies", managed),
                ("reserved_concurrent_executions", reserved),
                ("dead_letter_config", queue),
                ("logging_config", logging),
                ("function_url", url),
                ("code", object),
            ])
        },
    )
}

fn function() -> impl Strategy<Value = Value> {
    let timeout = maybe((1..60_u32).prop_map(|n| json!(format!("{n}s"))));
    let memory = maybe((128..512_i32).prop_map(Value::from));
    let code = prop_oneof![Just("one"), Just("two")];
    let variables = pick(&["POOL", "PLAIN", "REGION"]);
    (timeout, memory, code, variables, any::<bool>(), any::<bool>(), surroundings()).prop_map(
        |(timeout, memory, code, variables, policy, traced, surroundings)| {
            let values = [("POOL", "${user_pool.id}"), ("PLAIN", "$${x}"), ("REGION", "${region}")];
            let environment: Map<String, Value> = values
                .iter()
                .filter(|(name, _)| variables.contains(name))
                .map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect();
            let policy = policy.then(|| {
                json!({ "p": { "Statement": { "Effect": "Allow", "Action": "cognito-idp:ListUsers",
                    "Resource": "${user_pool.arn}" } } })
            });
            let mut function = object(vec![
                ("runtime", Some(json!("python3.13"))),
                ("handler", Some(json!("a.b"))),
                ("code", Some(json!(code))),
                ("timeout", timeout),
                ("memory_size", memory),
                ("environment", Some(environment.into())),
                ("inline_policies", policy),
                ("tracing_config", traced.then(|| json!("Active"))),
            ]);
            // A role that the file names has no policies of ours.
            if surroundings.get("role").is_some() {
                function.as_object_mut().unwrap().remove("inline_policies");
            }
            provision::spec::lay_over(&mut function, surroundings);
            function
        },
    )
}

/// A prefix domain and one of one's own, with either kind of pages.
fn domains() -> impl Strategy<Value = (Option<Value>, Option<Value>)> {
    let version = || maybe((1..=2_i32).prop_map(Value::from));
    let prefix = version().prop_map(|version| {
        object(vec![("domain", Some(json!("demo-${account}"))), ("managed_login_version", version)])
    });
    let prefix = prop_oneof![Just(json!("demo-${account}")), prefix];
    let own = version().prop_map(|version| {
        let certificate = "arn:aws:acm:us-east-1:123456789012:certificate/1";
        object(vec![
            ("domain", Some(json!("auth.example.com"))),
            ("certificate_arn", Some(json!(certificate))),
            ("managed_login_version", version),
        ])
    });
    (proptest::option::of(prefix), proptest::option::of(own))
}

fn pool(functions: Vec<&'static str>) -> impl Strategy<Value = Value> {
    let length = maybe((6..20_u32).prop_map(|n| json!({ "minimum_length": n })));
    let recovery = maybe(Just(json!(["verified_email"])));
    let keys = proptest::sample::subsequence(vec!["a", "b", "c"], 0..=3);
    let clients = proptest::collection::vec(client(), 3);
    let groups = pick(&["ADMIN", "USER"]);
    let trigger = proptest::sample::select(vec!["pre_sign_up", "post_confirmation"]);
    let called = if functions.is_empty() {
        Just(None).boxed()
    } else {
        proptest::option::of(proptest::sample::select(functions)).boxed()
    };
    let servers = pick(&["api", "jobs"]);
    let base = (length, recovery, keys, clients, groups, trigger, called);
    (base, domains(), servers, any::<bool>()).prop_map(
        |(base, (domain, custom_domain), servers, enabled)| {
            let (length, recovery, keys, mut clients, groups, trigger, called) = base;
            let scopes: Vec<String> = servers.iter().map(|key| format!("{key}/read")).collect();
            for client in &mut clients {
                client["allowed_oauth_flows"] = json!(["code"]);
                client["allowed_oauth_scopes"] =
                    [&["openid".to_owned()], &scopes[..]].concat().into();
                client["callback_urls"] = json!(["https://a.example"]);
            }
            let clients: Map<String, Value> =
                keys.iter().map(|key| (*key).to_owned()).zip(clients).collect();
            let server = |key: &&str| ((*key).to_owned(), json!({ "scopes": { "read": key } }));
            let servers: Map<String, Value> = servers.iter().map(server).collect();
            let user = json!({ "email": "ann@example.com", "groups": groups, "enabled": enabled });
            let groups: Map<String, Value> =
                groups.iter().map(|group| ((*group).to_owned(), json!({}))).collect();
            let triggers = called.map(|function| json!({ trigger: function }));
            object(vec![
                ("password_policy", length),
                ("account_recovery_setting", recovery),
                ("app_clients", Some(clients.into())),
                ("groups", Some(groups.into())),
                ("users", Some(json!({ "ann": user }))),
                ("triggers", triggers),
                ("resource_servers", Some(servers.into())),
                ("domain", domain),
                ("custom_domain", custom_domain),
            ])
        },
    )
}

fn authorizers(functions: &[&'static str], keys: &[&'static str]) -> Map<String, Value> {
    let of = |key: &&'static str| match (*key, functions.first()) {
        ("gate", Some(function)) => {
            Some(json!({ "lambda": function, "identity_source": ["$request.header.x"] }))
        }
        ("gate", None) => None,
        _ => Some(json!({ "jwt": { "audience": ["someone"] } })),
    };
    keys.iter().filter_map(|key| Some(((*key).to_owned(), of(key)?))).collect()
}

fn routes(
    functions: &[&'static str],
    keys: &[&'static str],
    authorizers: &Map<String, Value>,
) -> Map<String, Value> {
    let of = |index: usize| match functions.get(index % (functions.len() + 1)) {
        Some(function) => json!({ "lambda": function }),
        None => json!({ "http": "https://example.com/" }),
    };
    let route = |(index, key): (usize, &&'static str)| {
        let mut route = of(index);
        if let Some(authorizer) = authorizers.keys().nth(index) {
            route["authorizer"] = json!(authorizer);
        }
        ((*key).to_owned(), route)
    };
    keys.iter().enumerate().map(route).collect()
}

fn stage(routes: &Map<String, Value>, logs: bool) -> Value {
    let limits = json!({ "throttling_rate_limit": 2, "throttling_burst_limit": 3 });
    let limited = routes.keys().take(1).map(|route| (route.clone(), limits.clone()));
    object(vec![
        ("route_settings", Some(Value::Object(limited.collect()))),
        ("stage_variables", Some(json!({ "routes": routes.len().to_string() }))),
        ("access_log_settings", logs.then(|| json!({}))),
    ])
}

fn api(functions: Vec<&'static str>) -> impl Strategy<Value = Option<Value>> {
    let keys = pick(&["GET /a", "POST /a", "GET /b/{id}", "$default"]);
    let cors = proptest::option::of(Just(json!({ "allow_origins": ["https://a.example"] })));
    let description = maybe(Just(json!("an API")));
    let guards = pick(&["pool", "gate"]);
    let stages = proptest::option::of(pick(&["prod", "test"]));
    (keys, cors, description, guards, stages, any::<bool>(), any::<bool>()).prop_map(
        move |(keys, cors, description, guards, stages, logs, is_there)| {
            if !is_there {
                return None;
            }
            let authorizers = authorizers(&functions, &guards);
            let mut routes = routes(&functions, &keys, &authorizers);
            // Preflights are to go through.
            routes.insert("OPTIONS /{proxy+}".into(), json!({ "http": "https://example.com/" }));
            let stages = stages.map(|stages| -> Map<String, Value> {
                let own = stages.iter().map(|name| ((*name).to_owned(), stage(&routes, logs)));
                own.chain([("$default".to_owned(), json!({}))]).collect()
            });
            Some(object(vec![
                ("authorizers", Some(authorizers.into())),
                ("routes", Some(routes.into())),
                ("stages", stages.map(Value::Object)),
                ("cors", cors),
                ("description", description),
            ]))
        },
    )
}

fn stack() -> impl Strategy<Value = Value> {
    pick(&["f", "g", "h"]).prop_flat_map(|names| {
        let functions = proptest::collection::vec(function(), names.len());
        (pool(names.clone()), functions, api(names.clone())).prop_map(
            move |(pool, functions, api)| {
                let lambdas: Map<String, Value> =
                    names.iter().map(|name| (*name).to_owned()).zip(functions).collect();
                object(vec![
                    ("stack", Some(json!("demo"))),
                    ("user_pool", Some(pool)),
                    ("lambdas", Some(lambdas.into())),
                    ("http_api", api),
                ])
            },
        )
    })
}

/// The same resource as AWS may answer it: defaults filled in, lists without an order of their own in
/// another one, what is empty left out or spelled out.
fn as_aws_may_answer(mut live: Live, turn: usize) -> Live {
    let info = &kinds::infos()[live.kind];
    fill_in(&mut live.state, &info.defaults);
    let is = |path: &str, rule: Rule| info.fields.iter().any(|f| f.path == path && f.rule == rule);
    disorder("", &mut live.state, turn, &|path| is(path, Rule::Ordered) || is(path, Rule::Policy));
    live
}

fn fill_in(state: &mut Value, defaults: &Value) {
    let (Value::Object(state), Value::Object(defaults)) = (state, defaults) else { return };
    for (key, default) in defaults {
        match state.get_mut(key) {
            Some(have) => fill_in(have, default),
            None => drop(state.insert(key.clone(), default.clone())),
        }
    }
}

fn disorder(path: &str, value: &mut Value, turn: usize, keeps_order: &dyn Fn(&str) -> bool) {
    match value {
        Value::Array(list) if !keeps_order(path) && !list.is_empty() => {
            let turn = turn % list.len();
            list.rotate_left(turn);
        }
        Value::Object(map) if !keeps_order(path) => {
            for (key, below) in map.iter_mut() {
                let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                disorder(&at, below, turn, keeps_order);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn one_apply_turns_any_stack_into_any_other(from in stack(), to in stack()) {
        let cloud = MemoryCloud::default();
        let (from, to) = (declare(&from), declare(&to));
        apply(&from, &cloud);
        let before = states(&cloud);
        apply(&to, &cloud);
        undeclared_is_unchanged(&to, &before, &states(&cloud));
        leftovers_are_gone(&to, &cloud);
        wiring_is_exclusive(&to, &cloud);
        let again = plan(&to, &cloud, &Options::default());
        prop_assert!(again.is_empty(), "a replan keeps all: {:?}", again.steps);
    }

    #[test]
    fn what_aws_may_answer_of_a_stack_is_as_declared(stack in stack(), turn in 0..7_usize) {
        let cloud = MemoryCloud::default();
        let declared = declare(&stack);
        apply(&declared, &cloud);
        let live = cloud.resources().into_iter().map(|live| as_aws_may_answer(live, turn)).collect();
        let subject =
            Subject { declared, live, kinds: &kinds::infos(), lookup: &lookup };
        let again = build(subject, &Options::default()).unwrap();
        let changes: Vec<_> = again.steps.iter().map(|step| (&step.address, &step.changes)).collect();
        prop_assert!(changes.is_empty(), "{changes:#?}");
    }

    #[test]
    fn an_apply_that_fails_anywhere_converges_when_it_is_run_again(
        from in stack(), to in stack(), write in 0..12_usize,
    ) {
        let cloud = MemoryCloud::default();
        let (from, to) = (declare(&from), declare(&to));
        apply(&from, &cloud);
        cloud.fail(cloud.writes().len() + write);
        cloud.expect(&to);
        let first = plan(&to, &cloud, &Options::default());
        let endings = run(&first, &cloud);
        for step in &first.steps {
            let failed = step.waits_for.iter().any(|a| {
                endings.steps.get(a).is_some_and(|ending| *ending != Ending::Done)
            });
            if failed {
                let skipped = matches!(endings.steps[&step.address], Ending::Skipped(_));
                prop_assert!(skipped, "{} ran after a failure", step.address);
            }
        }
        apply(&to, &cloud);
        leftovers_are_gone(&to, &cloud);
        prop_assert!(plan(&to, &cloud, &Options::default()).is_empty());
    }

    #[test]
    fn a_destroy_leaves_nothing(stack in stack()) {
        let cloud = MemoryCloud::default();
        let declared = declare(&stack);
        apply(&declared, &cloud);
        let options = Options { destroy: true, remove_protection: true, ..Options::default() };
        let plan = plan(&declared, &cloud, &options);
        prop_assert!(run(&plan, &cloud).all_done());
        prop_assert_eq!(cloud.resources(), vec![]);
    }
}

#[test]
fn observing_a_cloud_in_memory_sees_what_is_in_it() {
    let cloud = MemoryCloud::default();
    let declared = declare(&json!({ "stack": "demo", "user_pool": {} }));
    apply(&declared, &cloud);
    let seen = futures::executor::block_on(cloud.observe(&declared)).unwrap();
    assert_eq!(seen, cloud.resources());
    cloud.set(&Address::new(["user_pool"]), "user_pool_tier", json!("PLUS"));
    assert!(plan(&declared, &cloud, &Options::default()).is_empty(), "it is not declared");
}
