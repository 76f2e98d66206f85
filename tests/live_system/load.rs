//! An API that answers all the time while everything behind it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use provision::local::LocalCloud;
use tokio::task::JoinSet;

use crate::end_to_end::World;
use crate::support::emulators::Emulator;
use crate::support::http;
use crate::support::inventory::{Inventory, config};

const STACK: &str = r#"
stack: load
region: us-east-1
expires: 8h
user_pool:
  password_policy: { minimum_length: 10 }
  auto_verified_attributes: [email]
  app_clients:
    web: { explicit_auth_flows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH] }
    other: { explicit_auth_flows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH] }
  users:
    ada: { email: ada@example.com, password: { env: TEST1_PASSWORD } }
lambdas:
  one: { runtime: nodejs22.x, handler: index.handler, code: code/one, memory_size: 256, environment: { VERSION: before } }
  two: { runtime: nodejs22.x, handler: index.handler, code: code/two, memory_size: 256, environment: { VERSION: before } }
  gone: { runtime: nodejs22.x, handler: index.handler, code: code/gone, environment: { VERSION: before } }
  gate: { runtime: nodejs22.x, handler: index.handler, code: code/gate, memory_size: 256, environment: { VERSION: before } }
http_api:
  description: before
  cors: { allow_origins: ["https://before.example.com"], allow_methods: [GET] }
  authorizers:
    pool: { jwt: { audience: ["${user_pool.app_clients.web.id}"] } }
    gate: { lambda: gate, identity_source: ["$request.header.x-key"], enable_simple_responses: true, authorizer_result_ttl: 0s }
  routes:
    GET /moves: { lambda: gone, timeout: 20s }
    GET /stays: { lambda: two, timeout: 20s }
    GET /me: { lambda: two, timeout: 20s, authorizer: pool }
    GET /gated: { lambda: one, timeout: 20s, authorizer: gate }
  stages:
    $default:
      stage_variables: { a: before }
      default_route_settings: { throttling_burst_limit: 1000, throttling_rate_limit: 1000 }
outputs:
  url: ${http_api.url}
  client: ${user_pool.app_clients.web.id}
"#;

/// Everything that can change of it without another answer being wrong.
const CHANGES: &[(&str, &str)] = &[
    ("VERSION: before", "VERSION: after"),
    ("memory_size: 256", "memory_size: 512"),
    ("GET /moves: { lambda: gone", "GET /moves: { lambda: two"),
    // Its function goes: nobody calls it any more.
    (
        "  gone: { runtime: nodejs22.x, handler: index.handler, code: code/gone, environment: { VERSION: after } }\n",
        "",
    ),
    ("timeout: 20s", "timeout: 21s"),
    ("description: before", "description: after"),
    ("https://before.example.com", "https://after.example.com"),
    (
        "${user_pool.app_clients.web.id}\"]",
        "${user_pool.app_clients.web.id}\", \"${user_pool.app_clients.other.id}\"]",
    ),
    ("authorizer_result_ttl: 0s", "authorizer_result_ttl: 1s"),
    ("a: before", "a: after"),
    ("throttling_burst_limit: 1000", "throttling_burst_limit: 2000"),
    ("minimum_length: 10", "minimum_length: 12"),
];

/// The code of a function that says which it is, of which make, and with which settings.
fn code(name: &str, make: &str) -> String {
    format!(
        "export const handler = async () => ({{ statusCode: 200, isAuthorized: true,\n  \
         body: `{name} {make} ${{process.env.VERSION}}` }});\n"
    )
}

fn write_code(world: &World, make: &str) {
    for name in ["one", "two", "gate", "gone"] {
        let folder = world.path().join("code").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("index.mjs"), code(name, make)).unwrap();
    }
}

/// What people ask for, and with which header.
fn requests(url: &str, token: &str) -> Vec<(String, Option<String>)> {
    let with = |path: &str, header: Option<String>| (format!("{url}{path}"), header);
    vec![
        with("/moves", None),
        with("/stays", None),
        with("/me", Some(format!("Authorization: Bearer {token}"))),
        with("/gated", Some("x-key: let me in".to_owned())),
    ]
}

/// Answers, by path: how often each came.
type Answers = BTreeMap<String, BTreeMap<String, usize>>;

/// People who ask until they are told to stop.
struct People {
    enough: Arc<AtomicBool>,
    tasks: JoinSet<Answers>,
}

impl People {
    fn start(requests: &[(String, Option<String>)]) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for (url, header) in requests {
            let (url, header, enough) = (url.clone(), header.clone(), enough.clone());
            tasks.spawn(async move {
                let path = url.rsplit('/').next().unwrap().to_owned();
                let mut all = BTreeMap::new();
                while !enough.load(Ordering::SeqCst) {
                    let answer = http::get_with(&url, header.as_deref()).await;
                    *all.entry(format!("{} {}", answer.status, answer.body)).or_default() += 1;
                }
                [(path, all)].into()
            });
        }
        Self { enough, tasks }
    }

    async fn stop(mut self) -> Answers {
        self.enough.store(true, Ordering::SeqCst);
        let mut all = Answers::new();
        while let Some(one) = self.tasks.join_next().await {
            all.extend(one.unwrap());
        }
        all
    }
}

/// What MiniStack answers where it ended a function's process in the middle of a request: a change of the
/// function ends all of its processes (`kill_workers` in its `lambda_runtime.py`), busy ones too. AWS
/// lets them finish. The test at the end of this file shows that it needs no program for that.
const ENDED_AT_WORK: &[&str] = &[
    "'NoneType' object has no attribute",
    "Worker process died",
    "I/O operation on closed file",
    "Broken pipe",
];

fn is_the_emulators_fault(answer: &str) -> bool {
    answer.starts_with("502 ")
        && answer.contains("Runtime.HandlerError")
        && ENDED_AT_WORK.iter().any(|words| answer.contains(words))
}

/// A function's settings and its code are two requests to AWS, so between them it is one with the
/// other: that is AWS's way, and no failure. Nothing else but before and after is answered.
fn all_are_good(answers: &Answers) {
    let good = |names: &[&str]| -> BTreeSet<String> {
        let of = |name: &&str| {
            ["before before", "before after", "after after"]
                .map(|both| format!("200 {name} {both}"))
        };
        names.iter().flat_map(of).collect()
    };
    for (path, said) in answers {
        let may = match path.as_str() {
            "moves" => good(&["gone", "two"]),
            "stays" | "me" => good(&["two"]),
            _ => good(&["one"]),
        };
        let bad = said.iter().filter(|(answer, _)| !may.contains(*answer));
        let bad: Vec<_> = bad.filter(|(answer, _)| !is_the_emulators_fault(answer)).collect();
        assert!(bad.is_empty(), "{path}: {bad:?} among {answers:#?}");
        assert!(said.values().sum::<usize>() > 1, "{path} is asked all the time: {answers:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_uses_an_api_notices_that_everything_behind_it_changes() {
    let world = World::new(Emulator::ministack().await).await;
    write_code(&world, "before");
    world.write(STACK);
    world.settle().await;
    let ran = world.run(&["outputs", "--format", "json"]).await.exits(0);
    let outputs: BTreeMap<String, String> = serde_json::from_str(&ran.stdout).unwrap();
    let local =
        LocalCloud { port: world.emulator.port, process_id: 0, folder: world.path().to_owned() };
    let endpoint = format!("http://127.0.0.1:{}", world.emulator.port);
    let [_, token] =
        Inventory::sign_in(&endpoint, &outputs["client"], "ada", "Correct-Horse-7").await;
    let requests = requests(&local.reachable_url(&outputs["url"]), &token);

    let people = People::start(&requests);
    write_code(&world, "after");
    let file = CHANGES.iter().fold(STACK.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    world.write(&file);
    let applied = world.run(&["apply", "--yes"]).await;
    let answers = people.stop().await;
    let applied = applied.exits(0);
    assert!(
        applied.stderr.contains("update http_api.routes[\"GET /moves\"]: done"),
        "{}",
        applied.stderr
    );
    all_are_good(&answers);
    // And from now on it is as after.
    let answer = http::get_with(&requests[0].0, None).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "two after after"));
}

/// Somebody changes a function's memory again and again, past the program.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "waits for an accident of the emulator, to show whose it is"]
async fn the_emulator_ends_functions_at_work_whoever_changes_them() {
    let world = World::new(Emulator::ministack().await).await;
    write_code(&world, "before");
    world.write(STACK);
    world.settle().await;
    let ran = world.run(&["outputs", "--format", "json"]).await.exits(0);
    let outputs: BTreeMap<String, String> = serde_json::from_str(&ran.stdout).unwrap();
    let endpoint = format!("http://127.0.0.1:{}", world.emulator.port);
    let local =
        LocalCloud { port: world.emulator.port, process_id: 0, folder: world.path().to_owned() };
    let lambda = aws_sdk_lambda::Client::new(&config(&endpoint));
    let stays = &requests(&local.reachable_url(&outputs["url"]), "")[1..2];
    for memory in 512..2048 {
        let people = People::start(stays);
        let update = lambda.update_function_configuration().function_name("load-two");
        update.memory_size(memory).send().await.unwrap();
        let answers = people.stop().await;
        if answers["stays"].keys().any(|answer| is_the_emulators_fault(answer)) {
            return;
        }
    }
    panic!("it did not happen");
}
