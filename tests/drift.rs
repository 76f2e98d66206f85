//! What differs, and whose doing it is.

use std::process::Command;

use serde_json::Value;

use crate::end_to_end::World;
use crate::support::emulators::Emulator;
use crate::support::inventory::Inventory;

const FILE: &str = "stack: drift
expires: 8h
user_pool:
  name: drift
  username_configuration: { case_sensitive: false }
  password_policy: { minimum_length: 9 }
  groups: { staff: { description: People, precedence: 3 } }
lambdas:
  token:
    runtime: python3.13
    handler: generate_token.lambda_handler
    code: code/generate_token
    timeout: 10s
";

fn git(world: &World, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(world.path())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{arguments:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_difference_is_said_to_come_from_the_file_or_from_aws() {
    let world = World::new(Emulator::ministack().await).await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    world.write(FILE);
    git(&world, &["init", "-q"]);
    git(&world, &["add", "-A"]);
    git(&world, &["commit", "-q", "-m", "as it was"]);
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    let none = world.run(&["plan", "--drift", "--exit-code"]).await.exits(0);
    assert!(none.stdout.contains("No drift: "), "{}", none.stdout);

    // Somebody makes a client and changes the policy; the file is edited too.
    Inventory::add_client_by_hand(&url, "drift", "by-hand").await;
    world.write(&FILE.replace("minimum_length: 9", "minimum_length: 12"));
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    world.write(FILE);
    let drift = world.run(&["plan", "--drift", "--exit-code"]).await.exits(2);
    let words = "Drift: 1 resource differs, 1 is somebody else's";
    assert!(drift.stdout.contains(words), "{}", drift.stdout);

    world.write(&FILE.replace("timeout: 10s", "timeout: 20s").replace("People", "Our people"));
    let arguments = ["plan", "--drift", "--against", "HEAD"];
    let text = world.run(&arguments).await.exits(0).stdout;
    let line = |setting: &str| {
        let found = text.lines().find(|line| line.contains(setting));
        found.unwrap_or_else(|| panic!("no {setting}: {text}")).to_owned()
    };
    assert!(line("timeout").contains("10s -> 20s  [from the file]"), "{text}");
    assert!(line("minimum_length").contains("12 -> 9  [from AWS]"), "{text}");
    assert!(line("description").ends_with("[from the file]"), "{text}");
    let json = world.run(&[&arguments[..], &["--format", "json"]].concat()).await.exits(0).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let sources = json["changes"].as_array().unwrap().iter();
    let sources: Vec<_> = sources.map(|change| (&change["address"], &change["source"])).collect();
    let of = |address: &str| sources.iter().find(|(a, _)| *a == address).map(|(_, source)| *source);
    assert_eq!(of("user_pool"), Some(&Value::from("aws")), "{sources:?}");
    assert_eq!(of("lambdas.token"), Some(&Value::from("file")), "{sources:?}");

    // The same file in a folder beside it, and what is neither.
    std::fs::write(world.path().join("before.yaml"), FILE).unwrap();
    let beside = world.run(&["plan", "--drift", "--against", "before.yaml"]).await.exits(0).stdout;
    assert_eq!(beside, text);
    let none = world.run(&["plan", "--drift", "--against", "no-such-branch"]).await.exits(3);
    assert!(none.stderr.contains("is no file, and no commit or branch"), "{}", none.stderr);
    let alone = world.run(&["plan", "--against", "HEAD"]).await.exits(3);
    assert!(alone.stderr.contains("--drift"), "{}", alone.stderr);
}
