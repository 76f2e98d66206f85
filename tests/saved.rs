//! A plan that is kept, and carried out later: exactly that, or nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use crate::end_to_end::World;
use crate::support::emulators::Emulator;
use crate::support::inventory::Inventory;
use crate::support::proxy::faults::{Break, BreakAt};

const FILE: &str = "stack: kept
expires: 8h
user_pool:
  name: kept
  password_policy: { minimum_length: 9 }
  app_clients: { web: {}, old: {} }
  users: { test1: { email: t@example.com, password: { env: TEST1_PASSWORD } } }
lambdas:
  token:
    runtime: python3.13
    handler: generate_token.lambda_handler
    code: code/generate_token
    environment: { POOL: \"${user_pool.id}\", TOKEN: \"${env.TOKEN_SECRET}\" }
http_api: { name: kept, routes: { GET /token: token } }
";

/// The file with something changed, added and removed.
fn changed() -> String {
    FILE.replace("minimum_length: 9", "minimum_length: 12")
        .replace(", old: {}", "")
        .replace("GET /token: token", "GET /token: token, GET /more: token")
}

async fn world() -> World {
    let world = World::new(Emulator::ministack().await).await;
    world.write(FILE);
    world
}

const KEEP: &[&str] = &["plan", "--out", "plan.json"];
const APPLY: &[&str] = &["apply", "--plan", "plan.json"];

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_plan_is_carried_out_without_a_question_and_holds_no_secret() {
    let world = world().await;
    let _ = world.run(KEEP).await.exits(0);
    let path = world.path().join("plan.json");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    for secret in ["Correct-Horse-7", "hunter2"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let _ = world.run(APPLY).await.exits(0);
    world.proxy.take();
    let again = world.run(APPLY).await.exits(0);
    assert!(again.stdout.contains("No changes"), "{}", again.stdout);
    assert_eq!(world.proxy.take_writes(), Vec::<String>::new());

    // What the plan shows to be deleted has been looked at: nothing more is asked for.
    world.write(&changed());
    let _ = world.run(KEEP).await.exits(0);
    let _ = world.run(APPLY).await.exits(0);
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    assert_eq!(Inventory::client_names(&url, "kept").await, ["kept-web"]);
    let _ = world.run(&["plan", "--exit-code"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moved_since_is_told_and_nothing_is_written() {
    let world = world().await;
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    world.write(&changed());
    let _ = world.run(KEEP).await.exits(0);

    let refused = async |what: &str, words: &str| {
        world.proxy.take();
        let ran = world.run(APPLY).await.exits(4);
        assert!(ran.stderr.contains(words), "{what}: {}", ran.stderr);
        assert_eq!(world.proxy.take_writes(), Vec::<String>::new(), "{what}");
    };
    // The file asks for something else than it did.
    world.write(&changed().replace("minimum_length: 12", "minimum_length: 14"));
    refused("the file", "`password_policy.minimum_length` to be 14, and wanted 12").await;
    world.write(&changed());
    // So does the code.
    let code = world.path().join("code/generate_token/generate_token.py");
    let before = fs::read_to_string(&code).unwrap();
    world.write(&changed());
    fs::write(&code, format!("{before}\n# more\n")).unwrap();
    // No step of the plan is about the function's code, so it is nobody's business.
    let _ = world.run(&["plan"]).await.exits(0);
    fs::write(&code, before).unwrap();
    // Somebody else changed what the plan is about to change.
    let other = FILE.replace("minimum_length: 9", "minimum_length: 10");
    world.write(&other);
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    world.write(&changed());
    refused("AWS", "`password_policy.minimum_length` was 9, and is 10").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_that_was_planned_is_the_code_that_is_uploaded() {
    let world = world().await;
    let _ = world.run(KEEP).await.exits(0);
    let code = world.path().join("code/generate_token/generate_token.py");
    let before = fs::read_to_string(&code).unwrap();
    fs::write(&code, format!("{before}\n# more\n")).unwrap();
    let refused = world.run(APPLY).await.exits(4);
    let words = "lambdas.token: its code is not the code that was planned";
    assert!(refused.stderr.contains(words), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_plan_does_not_touch_may_move() {
    let world = world().await;
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    let wanted = FILE.replace("GET /token: token", "GET /token: token, GET /more: token");
    world.write(&wanted);
    let _ = world.run(KEEP).await.exits(0);
    // The pool is changed meanwhile; the plan is about a route.
    world.write(&FILE.replace("minimum_length: 9", "minimum_length: 10"));
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    world.write(&wanted);
    world.proxy.take();
    let _ = world.run(APPLY).await.exits(0);
    let writes = world.proxy.take_writes();
    assert!(!writes.iter().any(|write| write == "UpdateUserPool"), "{writes:?}");
    assert!(writes.iter().any(|write| write.ends_with("/routes")), "{writes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_broke_off_is_resumed() {
    let world = world().await;
    let _ = world.run(KEEP).await.exits(0);
    world.proxy.interfere(Arc::new(BreakAt { what: Break::CutFromThere, n: 28 }));
    let _ = world.run(APPLY).await.exits(1);
    world.proxy.leave_alone();
    // The lock could not be given back either.
    let _ = world.run(&["unlock", "--yes"]).await.exits(0);
    let rest = world.run(&["plan"]).await.exits(0);
    assert!(
        !rest.stdout.contains("; 0 resources unchanged"),
        "something was made: {}",
        rest.stdout
    );
    let _ = world.run(APPLY).await.exits(0);
    let _ = world.run(&["plan", "--exit-code"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_something_else_is_refused() {
    let world = world().await;
    let _ = world.run(KEEP).await.exits(0);
    let path = world.path().join("plan.json");
    let text = fs::read_to_string(&path).unwrap();
    let refused = async |from: &str, to: &str, code: i32, words: &str| {
        assert!(text.contains(from), "{from}: {text}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let ran = world.run(APPLY).await.exits(code);
        assert!(ran.stderr.contains(words), "{to}: {}", ran.stderr);
    };
    refused("\"stack\": \"kept\"", "\"stack\": \"x\"", 4, "for the stack x, and this is kept")
        .await;
    let account = "\"account\": \"000000000000\"";
    refused(account, "\"account\": \"123456789012\"", 4, "for the account 123456789012").await;
    refused("\"format_version\": 1", "\"format_version\": 2", 3, "has the version 2").await;
    refused("\"made_at\": 17", "\"made_at\": 16", 4, "may be 7d old at most").await;
    refused("{", "[", 3, "is no plan that this program can carry out").await;
    fs::write(&path, &text).unwrap();
    let other = [APPLY, &["--region", "eu-west-1"]].concat();
    let ran = world.run(&other).await.exits(4);
    assert!(
        ran.stderr.contains("for the region us-east-1, and this is eu-west-1"),
        "{}",
        ran.stderr
    );
    let old = [APPLY, &["--max-age", "0s"]].concat();
    #[expect(clippy::disallowed_methods, reason = "a plan has to grow old")]
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let ran = world.run(&old).await.exits(4);
    assert!(ran.stderr.contains("may be 0s old at most"), "{}", ran.stderr);
    assert_eq!(world.proxy.take_writes(), Vec::<String>::new());
}
