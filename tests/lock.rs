//! Two applies of one stack do not write at the same time.

use futures::future::join_all;

use crate::end_to_end::World;
use crate::support::emulators::Emulator;
use crate::support::inventory;

const FILE: &str = "stack: locked\nregion: us-east-1\nexpires: 8h\nvars: { length: 8 }\nuser_pool: \
                    { password_policy: { minimum_length: \"${var.length}\" } }\n";

/// What somebody else's run wrote, of so many seconds from now.
fn claim(seconds: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let until = now.as_secs().saturating_add_signed(seconds);
    format!(
        r#"{{"record":"claim","over":0,"run":"x","who":"ann@desk","doing":"apply","since":1,"until":{until}}}"#
    )
}

async fn hold(url: &str, seconds: i64) {
    let ssm = aws_sdk_ssm::Client::new(&inventory::config(url));
    let put = ssm.put_parameter().name("/provision/locked/lock").value(claim(seconds));
    put.r#type(aws_sdk_ssm::types::ParameterType::String).send().await.unwrap();
}

/// Applies with different wishes at once; each that succeeds wrote, and nobody else did.
async fn race(world: &World) {
    world.proxy.take();
    let wishes = ["9", "10", "11", "12", "13"].map(|length| format!("--var=length={length}"));
    let runs = wishes.iter().map(|wish| {
        let arguments = ["apply", "--yes", wish.as_str()];
        async move { world.run(&arguments).await }
    });
    let runs = join_all(runs).await;
    let done = runs.iter().filter(|ran| ran.code == 0).count();
    for ran in &runs {
        assert!(ran.code == 0 || ran.code == 4, "{}\n{}", ran.code, ran.stderr);
    }
    let writes = world.proxy.take_writes();
    let updates = writes.iter().filter(|write| write.contains("UpdateUserPool")).count();
    assert!(done >= 1, "somebody wins");
    assert_eq!(updates, done, "who did not win wrote nothing: {writes:?}");
}

async fn one_at_a_time(emulator: Emulator) {
    let world = World::new(emulator).await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    world.write(FILE);

    // Somebody has it: nothing is written, and it is said who.
    hold(&url, 600).await;
    let refused = world.run(&["apply", "--yes"]).await.exits(4);
    assert!(refused.stderr.contains("the stack is locked: ann@desk"), "{}", refused.stderr);
    assert_eq!(world.proxy.take_writes(), Vec::<String>::new());
    let unlocked = world.run(&["unlock", "--yes"]).await.exits(0);
    assert!(unlocked.stderr.contains("ann@desk holds the lock"), "{}", unlocked.stderr);
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    race(&world).await;

    // It goes with the stack, and nothing to write takes it.
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    world.proxy.take();
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    assert_eq!(world.proxy.take_writes(), Vec::<String>::new());

    // A lease that expired is taken over, by one.
    let _ = world.run(&["apply", "--yes", "--no-lock"]).await.exits(0);
    hold(&url, -1).await;
    race(&world).await;
}

/// Writes a claim of a process on this machine.
async fn hold_by(url: &str, process: serde_json::Value) {
    let mut claim: serde_json::Value = serde_json::from_str(&claim(600)).unwrap();
    claim["process"] = process;
    let ssm = aws_sdk_ssm::Client::new(&inventory::config(url));
    let lock = "/provision/locked/lock";
    let version = ssm.get_parameter().name(lock).send().await;
    let version = version.ok().and_then(|answer| answer.parameter).map_or(0, |p| p.version);
    claim["over"] = version.into();
    let put = ssm.put_parameter().name(lock).value(claim.to_string()).overwrite(version > 0);
    put.r#type(aws_sdk_ssm::types::ParameterType::String).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_of_a_run_that_died_on_this_machine_is_free_and_goes_with_the_stack() {
    let world = World::new(Emulator::moto().await).await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    world.write(FILE);
    let here = serde_json::to_value(provision::aws::this_process().unwrap()).unwrap();
    hold_by(&url, here.clone()).await;
    let refused = world.run(&["apply", "--yes"]).await.exits(4);
    assert!(refused.stderr.contains("the stack is locked: ann@desk"), "{}", refused.stderr);

    let mut dead = here.clone();
    let mut child = std::process::Command::new("true").spawn().unwrap();
    dead["id"] = child.id().into();
    child.wait().unwrap();
    hold_by(&url, dead.clone()).await;
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);

    // A destroy that died when all but the lock was gone; and one that is still at work.
    hold_by(&url, here).await;
    world.proxy.take();
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    assert_eq!(world.proxy.take_writes(), Vec::<String>::new());
    hold_by(&url, dead).await;
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    assert_eq!(world.proxy.take_writes(), ["PutParameter", "DeleteParameter"]);
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    assert_eq!(world.proxy.take_writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_applies_at_once_write_one_after_the_other_on_ministack() {
    one_at_a_time(Emulator::ministack().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_applies_at_once_write_one_after_the_other_on_moto() {
    one_at_a_time(Emulator::moto().await).await;
}
