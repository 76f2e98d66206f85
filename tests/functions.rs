//! What stands around functions, on the emulator that runs them.

use std::fs;
use std::io::Write;

use provision::local::LocalCloud;
use serde_json::Value;

use crate::end_to_end::World;
use crate::support::emulators::Emulator;
use crate::support::http;
use crate::support::inventory::Inventory;

/// A function with everything that MiniStack keeps.
const STACK: &str = r#"
stack: around
region: us-east-1
lambdas:
  app:
    runtime: python3.13
    handler: app.handler
    code: code/app
    dead_letter_config: arn:aws:sqs:us-east-1:000000000000:failed
    kms_key_arn: arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555
    environment: { NAME: "${lambdas.app.log_group.name}" }
    logging_config: { log_format: JSON, application_log_level: WARN }
    log_group: { name: /around/app, retention_in_days: 7 }
    managed_policies: [arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess]
    permissions_boundary: arn:aws:iam::aws:policy/AdministratorAccess
    function_url: { auth_type: NONE, cors: { allow_origins: ["*"], max_age: 1m } }
outputs:
  url: ${lambdas.app.function_url.url}/hello
"#;

async fn world() -> World {
    let world = World::new(Emulator::ministack().await).await;
    let folder = world.path().join("code/app");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("app.py"), code("one")).unwrap();
    world.write(STACK);
    world
}

fn code(answer: &str) -> String {
    format!(
        "import os\ndef handler(event, context):\n    \
         return {{'statusCode': 200, 'body': '{answer} ' + os.environ.get('NAME', '')}}\n"
    )
}

fn url(world: &World) -> String {
    format!("http://127.0.0.1:{}", world.emulator.port)
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .unix_permissions(0o644);
    for (name, bytes) in entries {
        writer.start_file(*name, stored).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_address_answers_and_goes_only_when_it_is_named() {
    let world = world().await;
    let before = world.inventory().await;
    let plan = world.run(&["plan"]).await.exits(0);
    assert!(plan.stdout.contains("anybody in the world can call"), "{}", plan.stdout);
    world.settle().await;
    let outputs = world.run(&["outputs", "--format", "json"]).await.exits(0);
    let outputs: Value = serde_json::from_str(&outputs.stdout).unwrap();
    let local =
        LocalCloud { port: world.emulator.port, process_id: 0, folder: world.path().to_owned() };
    let address = local.reachable_url(outputs["url"].as_str().unwrap());
    let answer = http::get(&address, None).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "one /around/app"));

    let signed = STACK.replace("auth_type: NONE", "auth_type: AWS_IAM");
    world.write(&signed);
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    assert_eq!(http::get(&address, None).await.status, 403, "nobody signed");
    world.settle().await;

    let line = STACK.lines().find(|line| line.contains("function_url:")).unwrap();
    let without = STACK.replace(line, "").replace("${lambdas.app.function_url.url}", "gone");
    world.write(&without);
    let refused = world.run(&["apply", "--yes"]).await.exits(4);
    let flag = "--allow-delete 'lambdas.app.function_url'";
    assert!(refused.stderr.contains(flag), "{}", refused.stderr);
    let allowed = ["apply", "--yes", "--allow-delete", "lambdas.app.function_url"];
    let _ = world.run(&allowed).await.exits(0);
    world.settle().await;
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    assert_eq!(world.inventory().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_around_a_function_changes_in_place_and_null_takes_it_back() {
    let world = world().await;
    world.settle().await;
    let changes = [
        ("arn:aws:sqs:us-east-1:000000000000:failed", "null", "lambdas.app dead_letter_config"),
        ("log_format: JSON, application_log_level: WARN", "log_format: Text", "log_format"),
        ("arn:aws:iam::aws:policy/AdministratorAccess", "null", "permissions_boundary"),
        ("[arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess]", "null", "managed_policies"),
        ("max_age: 1m", "max_age: 2m", "cors.max_age"),
    ];
    let key = STACK.lines().find(|line| line.contains("kms_key_arn:")).unwrap();
    let mut text = STACK.replace(key, "    kms_key_arn: null");
    for (from, to, _) in &changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    world.write(&text);
    let plan = world.run(&["plan"]).await.exits(0);
    for (_, _, setting) in &changes {
        let setting = setting.split(' ').next_back().unwrap();
        assert!(plan.stdout.contains(setting), "{setting}: {}", plan.stdout);
    }
    world.settle().await;

    // What is no longer mentioned stays, and the plan says so.
    world.write(STACK);
    world.settle().await;
    let is_dropped = |line: &&str| {
        ["dead_letter", "kms_key", "managed", "boundary"].iter().any(|word| line.contains(word))
    };
    let kept: Vec<&str> = STACK.lines().filter(|line| !is_dropped(line)).collect();
    world.write(&kept.join("\n"));
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    let plan = world.run(&["plan"]).await.exits(0);
    for setting in ["dead_letter_config", "kms_key_arn", "managed_policies", "permissions_boundary"]
    {
        assert!(plan.says(&format!("{setting} = ")), "{setting}: {}", plan.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_role_is_taken_instead_and_left_as_it_is() {
    let world = world().await;
    world.settle().await;
    let role = Inventory::make_role(&url(&world), "theirs").await;
    let is_roles = |line: &&str| line.contains("managed") || line.contains("boundary");
    let kept: Vec<&str> = STACK.lines().filter(|line| !is_roles(line)).collect();
    let named = kept
        .join("\n")
        .replace("    code: code/app", &format!("    code: code/app\n    role: {role}"));
    world.write(&named);
    world.settle().await;
    let after = world.inventory().await;
    assert!(!format!("{after:?}").contains("around-us-east-1-app"), "{after:?}");
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    assert!(format!("{:?}", world.inventory().await).contains("role theirs"));
}

#[tokio::test(flavor = "multi_thread")]
async fn code_comes_from_s3_and_is_deployed_when_the_file_names_another_object() {
    let world = world().await;
    let bucket = "artifacts-000000000000";
    Inventory::make_bucket(&url(&world), bucket).await;
    for (key, answer) in [("one.zip", "one"), ("two.zip", "two")] {
        let zip = zip(&[("app.py", code(answer).as_bytes())]);
        Inventory::put_object(&url(&world), bucket, key, zip).await;
    }
    let from = |key: &str| {
        let code = format!("code: {{ s3_bucket: \"artifacts-${{account}}\", s3_key: {key} }}");
        STACK.replace("code: code/app", &code)
    };
    let answer = || async {
        let outputs = world.run(&["outputs", "--format", "json"]).await.exits(0);
        let outputs: Value = serde_json::from_str(&outputs.stdout).unwrap();
        let local = LocalCloud {
            port: world.emulator.port,
            process_id: 0,
            folder: world.path().to_owned(),
        };
        http::get(&local.reachable_url(outputs["url"].as_str().unwrap()), None).await.body
    };
    for (text, expected) in [
        (from("one.zip"), "one /around/app"),
        (from("two.zip"), "two /around/app"),
        (STACK.to_owned(), "one /around/app"),
        (from("two.zip"), "two /around/app"),
    ] {
        world.write(&text);
        world.settle().await;
        assert_eq!(answer().await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn code_of_more_than_50_mb_goes_through_the_bucket_or_is_refused() {
    let world = world().await;
    let noise: Vec<u8> = vec![0; 52_428_800];
    let ready = zip(&[("app.py", code("large").as_bytes()), ("model/weights.bin", &noise)]);
    fs::write(world.path().join("code/large.zip"), ready).unwrap();
    let large = STACK.replace("code: code/app", "code: code/large.zip");
    world.write(&large);
    let refused = world.run(&["plan"]).await.exits(3);
    for part in ["model/ (52428800 bytes)", "model/weights.bin", "code_bucket", "52428800 that"] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    Inventory::make_bucket(&url(&world), "artifacts").await;
    world.write(&format!("{large}\ncode_bucket: artifacts\n"));
    world.settle().await;
    let objects = Inventory::objects(&url(&world), "artifacts").await;
    assert_eq!(objects.len(), 1);
    assert!(objects[0].starts_with("provision/around/") && objects[0].ends_with(".zip"));
}
