//! What `plan` prints, as people and programs get it.

use std::fs;
use std::process::{Command, Stdio};

use regex::Regex;
use serde_json::{Value, json};

use crate::end_to_end::World;
use crate::support::emulators::{Emulator, python_with};
use crate::support::run::{Ran, finish, program, project, run};

/// The validator.
const JSONSCHEMA: &str = include_str!("support/jsonschema.txt");

/// A shop as it is.
const BEFORE: &str = r#"
stack: shop
region: us-east-1
user_pool:
  admin_create_user_config: { allow_admin_create_user_only: true }
  verification_message_template:
    email_subject: Your code
    email_message: >-
      <html><body><h1>Welcome to the shop</h1><p>Your code is {####}. It is good for a day.</p>
      <p>Yours, the shop</p></body></html>
  app_clients:
    web:
      allowed_oauth_flows: [code]
      allowed_oauth_scopes: [openid]
      callback_urls: ["https://shop.example.com"]
    old: {}
  users: { test1: { email: test1@example.com, password: { env: TEST1_PASSWORD } } }
lambdas:
  signIn:
    runtime: python3.13
    handler: generate_token.lambda_handler
    code: code/generate_token
    environment: { USER_POOL_ID: "${user_pool.id}", KEY: "${env.TOKEN_SECRET}" }
    inline_policies:
      sign-in:
        Statement:
          - { Effect: Allow, Action: cognito-idp:AdminInitiateAuth, Resource: "${user_pool.arn}" }
  addClaims: { runtime: nodejs22.x, handler: index.handler, code: code/add_claims }
http_api:
  cors: { allow_origins: ["https://shop.example.com"], allow_methods: [GET] }
  authorizers: { pool: { jwt: { audience: ["${user_pool.app_clients.web.id}"] } } }
  routes:
    GET /token: signIn
    GET /orders: { lambda: signIn, authorizer: pool }
"#;

/// What somebody wants it to be, and what of it a reviewer must not miss.
pub fn after() -> String {
    let changes = [
        ("    old: {}\n", ""),
        ("  users:", "  triggers: { pre_token_generation: addClaims }\n  users:"),
        ("AdminInitiateAuth,", "\"*\","),
        ("cognito-idp:\"*\"", "\"cognito-idp:*\""),
        ("Yours, the shop", "Yours, the new shop"),
        ("callback_urls: [", "callback_urls: [\"http://localhost\", "),
        ("cors: { allow_origins: [\"https://shop.example.com\"]", "cors: { allow_origins: [\"*\"]"),
        ("GET /orders: { lambda: signIn, authorizer: pool }", "GET /orders: signIn"),
    ];
    changes.iter().fold(BEFORE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

/// The shop, before it is applied.
pub async fn world() -> World {
    let world = World::new(Emulator::ministack().await).await;
    world.write(BEFORE);
    world
}

/// A text without the ids that are others each time.
fn stable(text: &str) -> String {
    let ids = [
        (r"us-east-1_\w{9}", "us-east-1_POOL"),
        (r"code_sha256(\W+)[\w/+=]{44}", "code_sha256${1}HASH"),
        (r"integrations/\w+", "integrations/ID"),
        (r"(authorizer_id\W+)[0-9a-f]{8}", "${1}AUTHORIZER"),
        (r"\b[A-Za-z0-9]{26}\b", "CLIENT"),
    ];
    ids.iter().fold(text.to_owned(), |text, (pattern, name)| {
        Regex::new(pattern).unwrap().replace_all(&text, *name).into_owned()
    })
}

/// Holds plans against the published schema, in another language; what it says of each.
fn validate(plans: &[Value]) -> Vec<String> {
    const SCRIPT: &str = "import json, sys\n\
        from jsonschema import Draft202012Validator as Validator\n\
        schema, plans = json.load(open(sys.argv[1])), json.load(sys.stdin)\n\
        Validator.check_schema(schema)\n\
        found = [[e.message for e in Validator(schema).iter_errors(plan)] for plan in plans]\n\
        json.dump(['; '.join(errors)[:500] for errors in found], sys.stdout)\n";
    let mut python = Command::new(python_with("jsonschema", "jsonschema", JSONSCHEMA))
        .args(["-c", SCRIPT])
        .arg(project().join("schema/plan.schema.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    serde_json::to_writer(python.stdin.take().unwrap(), plans).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_committed_schema_of_plans_is_the_one_of_the_types() {
    let committed = fs::read_to_string(project().join("schema/plan.schema.json")).unwrap();
    let made = run(&["schema", "--of", "plan"]).exits(0).stdout;
    assert!(
        committed == made,
        "run `cargo run -- schema --of plan > schema/plan.schema.json` and look at the difference"
    );
}

#[test]
fn everything_in_a_plan_has_a_description() {
    fn walk(path: &str, value: &Value, silent: &mut Vec<String>) {
        for (name, property) in value["properties"].as_object().into_iter().flatten() {
            if property.get("description").is_none() {
                silent.push(format!("{path}.{name}"));
            }
        }
    }
    let schema = provision::report::model::schema();
    let mut silent = Vec::new();
    walk("", &schema, &mut silent);
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        walk(name, definition, &mut silent);
    }
    assert_eq!(silent, Vec::<String>::new());
    let documented = fs::read_to_string(project().join("docs/plan-json.md")).unwrap();
    let definitions = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    let members = definitions.flat_map(|d| d["properties"].as_object().into_iter().flatten());
    for (name, _) in members {
        assert!(documented.contains(&format!("`{name}`")), "{name} is not in docs/plan-json.md");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_of_every_stack_file_is_what_its_schema_says() {
    let emulator = Emulator::ministack().await;
    let url = format!("http://127.0.0.1:{}", emulator.port);
    let plan = |stack: &str| {
        let arguments =
            ["plan", "--stack", stack, "--endpoint-url", &url, "--format", "json", "--exit-code"];
        let mut command = program(&arguments);
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command.env("AWS_REGION", "us-east-1").env("TEST1_PASSWORD", "Correct-Horse-7");
        command.env("STEPUP_CLIENT_SECRET", "hunter2");
        let ran = finish(&mut command).exits(2);
        assert!(!ran.stdout.contains("hunter2") && !ran.stdout.contains("Correct-Horse"));
        serde_json::from_str::<Value>(&ran.stdout).unwrap()
    };
    let stacks: Vec<String> = fs::read_dir(project().join("stacks"))
        .unwrap()
        .filter_map(|entry| {
            entry
                .unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .strip_suffix(".yaml")
                .map(str::to_owned)
        })
        .collect();
    assert!(stacks.len() >= 5, "{stacks:?}");
    let mut plans: Vec<Value> = stacks.iter().map(|stack| plan(stack)).collect();
    for plan in &plans {
        assert!(plan["summary"]["create"].as_u64() > Some(5), "{plan:#}");
    }
    // The validator sees what is wrong.
    let mut wrong = plans[0].clone();
    wrong["format_version"] = json!("2");
    wrong["changes"][0]["action"] = json!("think");
    plans.push(wrong);
    let said = validate(&plans);
    let (wrong, right) = said.split_last().unwrap();
    assert!(right.iter().all(String::is_empty), "{right:?}");
    assert!(wrong.contains("'1' was expected") && wrong.contains("think"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_shown_with_its_risks_first_and_in_every_format() {
    let world = world().await;
    world.settle().await;
    world.write(&after());
    let text = world.run(&["plan"]).await.exits(0);
    insta::assert_snapshot!("plan_text", stable(&text.stdout));
    let markdown = world.run(&["plan", "--format", "markdown"]).await.exits(0);
    insta::assert_snapshot!("plan_markdown", stable(&markdown.stdout));
    let short = world.run(&["plan", "--summary"]).await.exits(0);
    insta::assert_snapshot!("plan_summary", stable(&short.stdout));
    let kinds = world.run(&["plan", "--summary=kind"]).await.exits(0);
    assert!(kinds.says("- delete app_client 1"), "{}", kinds.stdout);

    let plan = world.plan().await;
    assert_eq!(validate(std::slice::from_ref(&plan)), [""]);
    let risk = |risk: &Value| format!("{} {}", risk["kind"], risk["address"]).replace('"', "");
    let risks: Vec<String> = plan["risks"].as_array().unwrap().iter().map(risk).collect();
    assert_eq!(
        risks,
        [
            "deletion user_pool.app_clients.old",
            "public http_api.routes[\\GET /orders\\]",
            "permissions_widened lambdas.signIn.inline_policies.sign-in",
            "cors_opened http_api",
            "callback_urls_added user_pool.app_clients.web",
        ]
    );
    let gone = world.run(&["plan", "--only", "user_pool.app_clients"]).await.exits(0);
    assert!(gone.stdout.contains("- delete user_pool.app_clients.old"), "{}", gone.stdout);
    assert!(!gone.stdout.contains("~ update http_api\n"), "{}", gone.stdout);
    assert!(gone.says("further changes not shown (--only)"), "{}", gone.stdout);
    assert!(gone.stdout.contains("CORS opened"), "{}", gone.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_says_whether_there_are_changes_and_quiet_says_no_more() {
    let world = world().await;
    let quiet = |ran: &Ran| {
        assert_eq!(ran.stderr, "");
        ran.stdout.lines().count()
    };
    let new = world.run(&["plan", "--quiet", "--exit-code"]).await.exits(2);
    assert!(new.stdout.contains("Plan: ") && quiet(&new) < 6, "{}", new.stdout);
    assert!(world.run(&["plan", "--quiet"]).await.exits(0).stdout.contains("to create"));
    world.settle().await;
    let same = world.run(&["plan", "--quiet", "--exit-code"]).await.exits(0);
    assert!(same.stdout.starts_with("No changes: ") && quiet(&same) == 1, "{}", same.stdout);
    // What is refused is an error: it is said, and its code wins.
    world.write(&BEFORE.replace("user_pool:\n", "user_pool:\n  alias_attributes: [email]\n"));
    let refused = world.run(&["plan", "--quiet", "--exit-code"]).await.exits(4);
    assert!(refused.stderr.contains("refused"), "{}", refused.stderr);
    assert!(refused.stdout.contains("refused for 1 reason"), "{}", refused.stdout);
    let comment = world.run(&["plan", "--quiet", "--format", "markdown"]).await.exits(4);
    assert!(comment.stdout.contains("#### Refused"), "{}", comment.stdout);
}

#[test]
fn quiet_leaves_out_what_is_no_error_also_on_the_way_to_one() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("index.js", "exports.handler = async () => 1\n");
    write("package.json", r#"{ "dependencies": { "left-pad": "1.3.0" } }"#);
    let function = "{ runtime: nodejs22.x, handler: index.handler, code: . }";
    write("stack.yaml", &format!("stack: demo\nlambdas: {{ f: {function} }}\n"));
    let stderr = |option: &str| {
        let mut command = program(&["plan", "--stack", "stack.yaml", option]);
        command.current_dir(folder.path()).env("PROVISION_CACHE_DIR", folder.path().join("cache"));
        // Nothing listens there.
        command
            .env("npm_config_registry", "http://127.0.0.1:9")
            .env("npm_config_fetch_retries", "0");
        finish(&mut command).exits(3).stderr
    };
    let [said, quiet] = ["--exit-code", "--quiet"].map(stderr);
    let says = |text: &str| text.contains("Installing the dependencies");
    assert!(says(&said) && !says(&quiet), "{quiet}");
    assert!(quiet.contains("npm cannot install"), "{quiet}");
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_mean_nothing_are_mistakes_of_the_command_line() {
    let world = world().await;
    let typo = world.run(&["plan", "--only", "user_pool.app_client"]).await.exits(3);
    assert!(typo.stderr.contains("did you mean `user_pool.app_clients"), "{}", typo.stderr);
    assert_eq!(typo.stdout, "");
    let both = world.run(&["plan", "--format", "json", "--summary"]).await.exits(3);
    assert!(both.stderr.contains("--summary"), "{}", both.stderr);
    let both = world.run(&["plan", "--format", "html", "--summary=kind"]).await.exits(3);
    assert!(both.stderr.contains("`--format html`"), "{}", both.stderr);
}
