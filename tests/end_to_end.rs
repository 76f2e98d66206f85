//! The program against both emulators: apply, again without a write, one change of each kind, destroy.

mod http_api;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::emulators::Emulator;
use crate::support::http;
use crate::support::inventory::Inventory;
use crate::support::proxy::Proxy;
use crate::support::run::{Ran, finish, program, project};

/// A stack with every kind.
pub const STACK: &str = r#"
stack: whole
region: us-east-1
tags: { team: data }
user_pool:
  password_policy: { minimum_length: 10, require_symbols: false }
  admin_create_user_config:
    allow_admin_create_user_only: true
    invite_message_template: { email_subject: Welcome, email_message: "You are {username}: {####}" }
  mfa_configuration: OPTIONAL
  software_token_mfa_configuration: { enabled: true }
  allowed_first_auth_factors: [PASSWORD]
  attributes_require_verification_before_update: [email]
  email_configuration: { email_sending_account: COGNITO_DEFAULT, reply_to_email_address: help@example.com }
  verification_message_template: { email_subject: Your code, email_message: "It is {####}" }
  sms_authentication_message: "Your code is {####}"
  device_configuration: { challenge_required_on_new_device: true, device_only_remembered_on_user_prompt: true }
  user_pool_add_ons: { advanced_security_mode: "OFF" }
  key_configuration: { key_type: AWS_OWNED_KEY }
  issuer_configuration: ORIGINAL
  standard_attributes: { email: { required: true, mutable: true } }
  account_recovery_setting: [verified_email]
  auto_verified_attributes: [email]
  deletion_protection: INACTIVE
  user_pool_tier: ESSENTIALS
  custom_attributes: { plan: { type: string, max_length: 32 }, level: { type: number, mutable: false } }
  domain: whole-${account}
  resource_servers:
    tokens: { identifier: "https://tokens.example.com", scopes: { read: Reads tokens, write: Makes tokens } }
    reports: { scopes: { read: Reads reports } }
  app_clients:
    web:
      explicit_auth_flows: [ALLOW_ADMIN_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
      allowed_oauth_flows: [code]
      allowed_oauth_scopes: [openid, email, "https://tokens.example.com/read", "${user_pool.resource_servers.reports.identifier}/read"]
      callback_urls: ["https://app.example.com/cb"]
      access_token_validity: 30m
      read_attributes: [email, "custom:plan"]
    other: { generate_secret: true, auth_session_validity: 5m }
  groups:
    SYSADM: { description: Database administrators, precedence: 1 }
  users:
    test1: { email: test1@example.com, password: { env: TEST1_PASSWORD }, groups: [SYSADM] }
    leaver: { email: leaver@example.com, enabled: false, attributes: { name: Lea Ver, "custom:plan": gold } }
    invited: { email: invited@example.com, invite: true }
  triggers: { pre_token_generation: claims }
lambdas:
  token:
    runtime: python3.13
    handler: generate_token.lambda_handler
    code: code/generate_token
    timeout: 10s
    memory_size: 256
    environment: { USER_POOL_ID: "${user_pool.id}", CLIENT_ID: "${user_pool.app_clients.web.id}", SECRET: "${env.TOKEN_SECRET}" }
    inline_policies:
      sign-in: { Statement: { Effect: Allow, Action: cognito-idp:AdminInitiateAuth, Resource: "${user_pool.arn}" } }
    managed_policies: [arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess]
    reserved_concurrent_executions: 5
    log_group: { retention_in_days: 7 }
    function_url: { auth_type: AWS_IAM }
  gate:
    runtime: nodejs22.x
    handler: index.handler
    code: code/add_claims
  claims:
    runtime: nodejs22.x
    handler: index.handler
    code: code/add_claims
    environment: { STACK: "${stack}", USER_POOL_ID: "${user_pool.id}" }
http_api:
  description: Tokens
  cors: { allow_origins: ["https://app.example.com"], allow_methods: [GET] }
  authorizers:
    pool: { jwt: { audience: ["${user_pool.app_clients.web.id}"] } }
    gate: { lambda: gate, identity_source: ["$request.header.x-key"], authorizer_result_ttl: 1m }
  routes:
    GET /token: { lambda: token, operation_name: token }
    GET /me: { lambda: gate, authorizer: pool, scopes: [email] }
    GET /gated: { lambda: gate, authorizer: gate }
    ANY /site/{proxy+}:
      http: https://example.com/{proxy}
      timeout: 11s
      request_parameters: { "append:header.x-from": $context.requestId }
  stages:
    $default: {}
    prod:
      description: Live
      stage_variables: { a: one, b: two }
      default_route_settings: { throttling_burst_limit: 10, throttling_rate_limit: 5 }
      route_settings: { GET /me: { throttling_rate_limit: 1, throttling_burst_limit: 2 } }
      access_log_settings: { retention_in_days: 30 }
outputs:
  token_url: ${http_api.url}/token
  pool: ${user_pool.id}
  client: ${user_pool.app_clients.web.id}
"#;

/// One change in each kind that can change in place: what is written, what is written instead, and
/// the setting that the plan must show.
pub const CHANGES: &[(&str, &str, &str)] = &[
    ("minimum_length: 10", "minimum_length: 12", "user_pool password_policy.minimum_length"),
    ("mfa_configuration: OPTIONAL", "mfa_configuration: \"ON\"", "user_pool mfa_configuration"),
    (
        "email_subject: Your code",
        "email_subject: Your secret code",
        "user_pool verification_message_template.email_subject",
    ),
    (
        "reply_to_email_address: help",
        "reply_to_email_address: support",
        "user_pool email_configuration.reply_to_email_address",
    ),
    (
        "access_token_validity: 30m",
        "access_token_validity: 45m",
        "user_pool.app_clients.web access_token_validity",
    ),
    (
        "description: Database administrators",
        "description: Admins",
        "user_pool.groups.SYSADM description",
    ),
    (
        "email: test1@example.com",
        "email: test2@example.com",
        "user_pool.users.test1 attributes.email",
    ),
    (
        "write: Makes tokens",
        "write: Makes and revokes tokens",
        "user_pool.resource_servers.tokens scopes.write",
    ),
    (
        "enabled: false, attributes: { name: Lea Ver",
        "enabled: true, attributes: { name: Lea Ver",
        "user_pool.users.leaver enabled",
    ),
    (
        "\"custom:plan\": gold",
        "\"custom:plan\": free",
        "user_pool.users.leaver attributes.custom:plan",
    ),
    (
        "pre_token_generation: claims",
        "post_confirmation: claims",
        "user_pool.triggers triggers.post_confirmation",
    ),
    ("timeout: 10s", "timeout: 20s", "lambdas.token timeout"),
    (
        "Action: cognito-idp:AdminInitiateAuth",
        "Action: [cognito-idp:AdminInitiateAuth, cognito-idp:AdminGetUser]",
        "lambdas.token.inline_policies.sign-in policy_document",
    ),
    ("retention_in_days: 7", "retention_in_days: 14", "lambdas.token.log_group retention_in_days"),
    (
        "policy/AWSXRayDaemonWriteAccess",
        "policy/ReadOnlyAccess",
        "lambdas.token.role managed_policies",
    ),
    (
        "reserved_concurrent_executions: 5",
        "reserved_concurrent_executions: null",
        "lambdas.token reserved_concurrent_executions",
    ),
    (
        "{ auth_type: AWS_IAM }",
        "{ auth_type: AWS_IAM, cors: { allow_origins: [\"*\"] } }",
        "lambdas.token.function_url cors.allow_origins",
    ),
    ("description: Tokens", "description: Tokens of users", "http_api description"),
    (
        "lambda: token, operation_name: token",
        "lambda: token, operation_name: tokens, timeout: 12s",
        "http_api.routes[\"GET /token\"] operation_name",
    ),
    (
        "authorizer_result_ttl: 1m",
        "authorizer_result_ttl: 2m",
        "http_api.authorizers.gate authorizer_result_ttl",
    ),
    ("scopes: [email]", "scopes: [openid]", "http_api.routes[\"GET /me\"] authorization_scopes"),
    (
        "timeout: 11s",
        "timeout: 13s",
        "http_api.integrations[\"ANY https://example.com/<proxy>\"] timeout",
    ),
    ("a: one", "a: three", "http_api.stages.prod stage_variables.a"),
    (
        "retention_in_days: 30",
        "retention_in_days: 60",
        "http_api.stages.prod.log_group retention_in_days",
    ),
];

/// What the change of a route's timeout and of the trigger show besides.
const ALSO: &[&str] = &[
    "http_api.integrations.token timeout",
    "user_pool.triggers triggers.pre_token_generation",
    "user_pool.triggers lambda_versions.pre_token_generation",
];

/// What an emulator cannot serve, and why; a test fails when such a gap has closed.
struct Gap {
    /// The resource.
    address: &'static str,
    /// The setting that cannot be changed there, or whose change cannot be seen.
    setting: &'static str,
    /// Whether the change fails there; else it is written and cannot be seen.
    fails: bool,
    /// Why.
    reason: &'static str,
}

const MINISTACK_GAPS: &[Gap] = &[
    Gap {
        address: "user_pool.groups.SYSADM",
        setting: "description",
        fails: true,
        reason: "it has no UpdateGroup",
    },
    Gap {
        address: "http_api",
        setting: "tags.team",
        fails: false,
        reason: "GetApis shows the tags of the creation alone",
    },
    Gap {
        address: "http_api.stages[\"$default\"]",
        setting: "tags.team",
        fails: false,
        reason: "GetStages shows the tags of the creation alone",
    },
    Gap {
        address: "http_api.stages.prod",
        setting: "tags.team",
        fails: false,
        reason: "GetStages shows the tags of the creation alone",
    },
];

const MOTO_GAPS: &[Gap] = &[
    Gap {
        address: "user_pool.resource_servers.tokens",
        setting: "scopes.write",
        fails: true,
        reason: "it has no UpdateResourceServer",
    },
    Gap {
        address: "http_api.stages[\"$default\"]",
        setting: "tags.team",
        fails: true,
        reason: "TagResource takes APIs alone",
    },
    Gap {
        address: "http_api.stages.prod",
        setting: "tags.team",
        fails: true,
        reason: "TagResource takes APIs alone",
    },
    Gap {
        address: "http_api.stages.prod",
        setting: "stage_variables.a",
        fails: true,
        reason: "it has no UpdateStage",
    },
];

impl Gap {
    fn shown(&self) -> String {
        format!("{} {}", self.address, self.setting)
    }
}

/// A stack file with its code, and an emulator behind a proxy.
pub struct World {
    folder: tempfile::TempDir,
    /// The emulator.
    pub emulator: Emulator,
    /// What notes every request.
    pub proxy: Proxy,
}

impl World {
    /// One with the stack of the whole.
    pub async fn new(emulator: Emulator) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["generate_token", "add_claims"] {
            let to = folder.path().join("code").join(name);
            fs::create_dir_all(&to).unwrap();
            for entry in fs::read_dir(project().join("lambdas").join(name)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
                }
            }
        }
        let proxy = Proxy::start(emulator.port).await;
        let world = Self { folder, emulator, proxy };
        world.write(STACK);
        world
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the stack file.
    pub fn write(&self, text: &str) {
        fs::write(self.path().join("stack.yaml"), text).unwrap();
    }

    /// The program on the stack file, through the proxy.
    pub fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        let url = self.proxy.url();
        let mut all = arguments.to_vec();
        if !arguments.contains(&"--endpoint-url") {
            all.extend(["--endpoint-url", &url]);
        }
        if !arguments.contains(&"--stack-name") {
            all.extend(["--stack", "stack.yaml"]);
        }
        let mut command = program(&all);
        command
            .current_dir(self.path())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("TEST1_PASSWORD", "Correct-Horse-7")
            .env("TOKEN_SECRET", "hunter2-hunter2");
        command
    }

    /// Runs the program on the stack file, through the proxy.
    pub async fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        let ran = tokio::task::spawn_blocking(move || finish(&mut command)).await.unwrap();
        for text in [&ran.stdout, &ran.stderr] {
            for secret in ["Correct-Horse-7", "hunter2"] {
                assert!(!text.contains(secret), "a secret is shown:\n{text}");
            }
        }
        ran
    }

    /// The plan, as a program reads it.
    pub async fn plan(&self) -> Value {
        let ran = self.run(&["plan", "--format", "json"]).await.exits(0);
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// What the emulator holds.
    pub async fn inventory(&self) -> Inventory {
        Inventory::read(&format!("http://127.0.0.1:{}", self.emulator.port)).await
    }

    /// Applies, and applies again: the second writes nothing.
    pub async fn settle(&self) {
        let _ = self.run(&["apply", "--yes"]).await.exits(0);
        self.proxy.take();
        let again = self.run(&["apply", "--yes"]).await.exits(0);
        assert!(again.stdout.contains("No changes"), "{}", again.stdout);
        assert_eq!(self.proxy.take_writes(), Vec::<String>::new());
    }
}

/// `address setting` of every change of a plan.
fn changed(plan: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for step in plan["changes"].as_array().unwrap() {
        let address = step["address"].as_str().unwrap();
        for setting in step["settings"].as_array().unwrap() {
            all.insert(format!("{address} {}", setting["path"].as_str().unwrap()));
        }
    }
    all
}

fn with_changes(changes: &[&(&str, &str, &str)]) -> String {
    changes.iter().fold(STACK.to_owned(), |text, (from, to, _)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

async fn whole_life(world: World, gaps: &[Gap]) {
    let before = world.inventory().await;
    world.settle().await;
    assert_ne!(world.inventory().await, before);

    let is_gap = |shown: &str| gaps.iter().any(|gap| gap.shown() == shown);
    let possible: Vec<_> = CHANGES.iter().filter(|(_, _, shown)| !is_gap(shown)).collect();
    world.write(&with_changes(&possible));
    let mut expected: BTreeSet<String> = possible.iter().map(|(_, _, s)| (*s).to_owned()).collect();
    expected.extend(ALSO.iter().map(|also| (*also).to_owned()));
    assert_eq!(changed(&world.plan().await), expected);
    world.settle().await;

    // Everything at once, with the tags of all that carries tags: what stays open is the gaps.
    let all: Vec<_> = CHANGES.iter().collect();
    world.write(&with_changes(&all).replace("team: data", "team: sales"));
    let tagged = changed(&world.plan().await);
    let tagged = tagged.iter().filter(|change| change.ends_with("tags.team")).count();
    assert_eq!(tagged, 14, "pool, API, 2 stages, 3 functions and roles, 4 log groups");
    let ran = world.run(&["apply", "--yes"]).await.exits(1);
    let failed: Vec<&str> =
        ran.stderr.lines().filter(|line| line.starts_with("failed update")).collect();
    for line in &failed {
        assert!(gaps.iter().any(|gap| gap.fails && line.contains(gap.address)), "{line}");
    }
    let fails = gaps.iter().filter(|gap| gap.fails).map(|gap| gap.address);
    assert_eq!(failed.len(), fails.collect::<BTreeSet<_>>().len(), "{failed:?}");
    let open: BTreeSet<String> = gaps.iter().map(Gap::shown).collect();
    let reasons: Vec<&str> = gaps.iter().map(|gap| gap.reason).collect();
    assert_eq!(changed(&world.plan().await), open, "a gap has opened or closed: {reasons:?}");

    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    assert_eq!(world.inventory().await, before, "destroy leaves nothing behind");
    let gone = world.run(&["destroy", "--yes"]).await.exits(0);
    assert!(gone.stdout.contains("No changes"), "{}", gone.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_life_on_ministack() {
    whole_life(World::new(Emulator::ministack().await).await, MINISTACK_GAPS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_life_on_moto() {
    whole_life(World::new(Emulator::moto().await).await, MOTO_GAPS).await;
}

/// The claims of a token, unverified.
fn claims(token: &str) -> Value {
    use base64::Engine;
    let body = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn outputs(ran: &Ran) -> BTreeMap<String, String> {
    serde_json::from_str(&ran.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_works_on_the_local_cloud() {
    let world = World::new(Emulator::ministack().await).await;
    world.settle().await;
    let outputs = outputs(&world.run(&["outputs", "--format", "json"]).await.exits(0));
    let local = provision::local::LocalCloud {
        port: world.emulator.port,
        process_id: 0,
        folder: world.path().to_owned(),
    };
    let url = local.reachable_url(&outputs["token_url"]);

    let good = http::get(&url, Some(("test1", "Correct-Horse-7"))).await;
    assert_eq!(good.status, 200, "{}", good.body);
    let tokens: Value = serde_json::from_str(&good.body).unwrap();
    for token in ["id_token", "access_token", "refresh_token"] {
        assert!(tokens[token].as_str().is_some_and(|token| !token.is_empty()), "{token}");
    }
    let claims = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["cognito:groups"], serde_json::json!(["SYSADM"]));
    assert_eq!(claims["stack"], "whole", "the trigger really ran");

    assert_eq!(http::get(&url, Some(("test1", "wrong"))).await.status, 401);
    assert_eq!(http::get(&url, None).await.status, 401);

    // Without the inline policy the function is denied what it does.
    let is_policy = |line: &&str| line.contains("sign-in:") || line.contains("inline_policies:");
    let kept: Vec<&str> = STACK.lines().filter(|line| !is_policy(line)).collect();
    world.write(&kept.join("\n"));
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    assert_eq!(http::get(&url, Some(("test1", "Correct-Horse-7"))).await.status, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_resets_nothing_that_the_file_does_not_declare() {
    let world = World::new(Emulator::moto().await).await;
    let by_hand =
        ["verification_message_template:", "sms_authentication_message:", "device_configuration:"];
    let is_declared = |line: &&str| !by_hand.iter().any(|setting| line.contains(setting));
    let file = STACK.lines().filter(is_declared).collect::<Vec<_>>().join("\n");
    world.write(&file);
    world.settle().await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    let before = Inventory::pool_settings(&url, "whole").await;
    Inventory::set_by_hand(&url, "whole").await;
    let by_hand = Inventory::pool_settings(&url, "whole").await;
    assert_ne!(before, by_hand);
    world.write(&file.replace("minimum_length: 10", "minimum_length: 12"));
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    let mut after = Inventory::pool_settings(&url, "whole").await;
    assert_eq!(after["minimum_length"], 12);
    after["minimum_length"] = by_hand["minimum_length"].clone();
    assert_eq!(after, by_hand, "moto resets what an update leaves out, as AWS does");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_whose_file_is_gone_is_destroyed_by_its_name() {
    for emulator in [Emulator::ministack().await, Emulator::moto().await] {
        let world = World::new(emulator).await;
        let before = world.inventory().await;
        world.settle().await;
        fs::remove_file(world.path().join("stack.yaml")).unwrap();
        let refused = world.run(&["destroy", "--stack-name", "whole", "--yes"]).await;
        let refused = refused.exits(4);
        assert!(refused.stderr.contains("--confirm whole"), "{}", refused.stderr);
        let ran =
            world.run(&["destroy", "--stack-name", "whole", "--yes", "--confirm", "whole"]).await;
        let _ = ran.exits(0);
        assert_eq!(world.inventory().await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_resources_are_refused_or_left_alone() {
    let world = World::new(Emulator::ministack().await).await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    Inventory::make_foreign(&url).await;
    let before = world.inventory().await;
    let ran = world.run(&["apply", "--yes"]).await.exits(4);
    for name in ["whole-token", "whole-us-east-1-claims", "user_pool", "http_api"] {
        assert!(ran.stderr.contains(name), "{name}: {}", ran.stderr);
    }
    assert_eq!(world.inventory().await, before, "nothing was written");
    assert!(world.proxy.take_writes().is_empty());
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    assert_eq!(world.inventory().await, before, "destroy touches only what is ours");
    assert!(world.proxy.take_writes().is_empty(), "nor does it write to what is not");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_made_by_hand_in_our_pool_is_counted_and_left_alone() {
    let world = World::new(Emulator::ministack().await).await;
    world.settle().await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    Inventory::add_client_by_hand(&url, "whole", "by-hand").await;
    let plan = world.plan().await;
    assert_eq!(plan["changes"], serde_json::json!([]));
    assert_eq!(plan["foreign"].as_array().unwrap().len(), 1, "{}", plan["foreign"]);

    // What the file drops is deleted, for it is in the ledger; under --yes when it is named.
    world.write(
        &STACK.replace("    other: { generate_secret: true, auth_session_validity: 5m }\n", ""),
    );
    let refused = world.run(&["apply", "--yes"]).await.exits(4);
    assert!(
        refused.stderr.contains("--allow-delete 'user_pool.app_clients.other'"),
        "{}",
        refused.stderr
    );
    let allowed = ["apply", "--yes", "--allow-delete", "user_pool.app_clients.other"];
    let _ = world.run(&allowed).await.exits(0);
    let names = Inventory::client_names(&url, "whole").await;
    assert_eq!(names, ["by-hand", "whole-web"]);
}

/// MiniStack alone knows a second domain and the version of a domain's pages; neither emulator has
/// styles of managed login, so the client wants none.
#[tokio::test(flavor = "multi_thread")]
async fn domains_change_in_place_and_go_when_the_file_drops_them() {
    let world = World::new(Emulator::ministack().await).await;
    let before = world.inventory().await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    let certificate =
        |id: u8| format!("arn:aws:acm:us-east-1:123456789012:certificate/0000000{id}");
    let file = |version: u8, certificate: &str| {
        let domains = format!(
            "  domain: {{ domain: \"whole-${{account}}\", managed_login_version: {version} }}\n  \
             custom_domain: {{ domain: auth.example.com, certificate_arn: \"{certificate}\" }}\n"
        );
        STACK
            .replace("  domain: whole-${account}\n", &domains)
            .replace("    web:\n", "    web:\n      managed_login_branding: null\n")
            .replace(
                "outputs:\n",
                "outputs:\n  alias: ${user_pool.custom_domain.cloud_front_domain}\n",
            )
    };
    world.write(&file(1, &certificate(1)));
    world.settle().await;
    let outputs = outputs(&world.run(&["outputs", "--format", "json"]).await.exits(0));
    assert!(outputs["alias"].ends_with(".cloudfront.net"), "{outputs:?}");

    world.write(&file(2, &certificate(2)));
    let expected: BTreeSet<String> =
        ["user_pool.domain managed_login_version", "user_pool.custom_domain certificate_arn"]
            .map(str::to_owned)
            .into();
    assert_eq!(changed(&world.plan().await), expected);
    world.settle().await;

    // A gap: were it closed, the client could have its style here too.
    world.write(&file(2, &certificate(2)).replace("      managed_login_branding: null\n", ""));
    let ran = world.run(&["plan"]).await.exits(1);
    assert!(ran.stderr.contains("DescribeManagedLoginBrandingByClient"), "{}", ran.stderr);

    // Ours goes; then one by hand is counted and left alone, until the pool itself goes.
    world.write(&STACK.replace("  domain: whole-${account}\n", ""));
    let refused = world.run(&["apply", "--yes"]).await.exits(4);
    for domain in ["user_pool.domain", "user_pool.custom_domain"] {
        let flag = format!("--allow-delete '{domain}'");
        assert!(refused.stderr.contains(&flag), "{}", refused.stderr);
    }
    let allowed =
        ["--allow-delete", "user_pool.domain", "--allow-delete", "user_pool.custom_domain"];
    let _ = world.run(&[&["apply", "--yes"][..], &allowed].concat()).await.exits(0);
    Inventory::add_domain_by_hand(&url, "whole", "by-hand").await;
    let plan = world.plan().await;
    assert_eq!(plan["changes"], serde_json::json!([]));
    assert_eq!(plan["foreign"][0]["address"], "user_pool.domain", "{}", plan["foreign"]);
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    assert_eq!(world.inventory().await, before);
    assert!(!Inventory::has_domain(&url, "by-hand").await, "AWS deletes no pool that has a domain");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_that_another_pool_has_is_refused_before_anything_is_written() {
    for emulator in [Emulator::ministack().await, Emulator::moto().await] {
        let world = World::new(emulator).await;
        let url = format!("http://127.0.0.1:{}", world.emulator.port);
        world.write("stack: other\nregion: us-east-1\nuser_pool: { domain: taken }\n");
        world.settle().await;
        world.write(&STACK.replace("domain: whole-${account}", "domain: taken"));
        let refused = world.run(&["apply", "--yes"]).await.exits(4);
        let said = "`taken` exists and belongs to the user pool";
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
        assert!(world.proxy.take_writes().is_empty());
        assert!(Inventory::has_domain(&url, "taken").await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_server_goes_after_the_clients_that_used_it() {
    let world = World::new(Emulator::ministack().await).await;
    world.settle().await;
    let without = STACK
        .replace("    reports: { scopes: { read: Reads reports } }\n", "")
        .replace(", \"${user_pool.resource_servers.reports.identifier}/read\"]", "]");
    assert!(!without.contains("reports"));
    world.write(&without);
    let reports = "user_pool.resource_servers.reports";
    let refused = world.run(&["apply", "--yes"]).await.exits(4);
    assert!(refused.stderr.contains(&format!("--allow-delete '{reports}'")), "{}", refused.stderr);
    world.proxy.take_writes();
    let _ = world.run(&["apply", "--yes", "--allow-delete", reports]).await.exits(0);
    let writes = world.proxy.take_writes().join("\n");
    let at = |call: &str| writes.find(call).unwrap_or_else(|| panic!("no {call}: {writes}"));
    assert!(at("UpdateUserPoolClient") < at("DeleteResourceServer"), "{writes}");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_immutable_attribute_of_a_user_is_set_once_and_its_change_is_refused() {
    let world = World::new(Emulator::ministack().await).await;
    let with = |level: u8| {
        STACK.replace("name: Lea Ver,", &format!("name: Lea Ver, \"custom:level\": {level},"))
    };
    world.write(&with(1));
    world.settle().await;
    world.write(&with(2));
    let refused = world.run(&["apply", "--yes"]).await.exits(4);
    assert!(refused.stderr.contains("attributes.custom:level"), "{}", refused.stderr);
    assert!(refused.stderr.contains("immutable"), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_done_at_once_is_done_at_once() {
    let mut world = World::new(Emulator::ministack().await).await;
    world.proxy = Proxy::with_delay(world.emulator.port, Duration::from_millis(30)).await;
    let _ = world.run(&["plan"]).await.exits(0);
    let most = world.proxy.most_at_once();
    assert!(most >= 6, "a plan reads everything at once: {most}");
    world.proxy = Proxy::with_delay(world.emulator.port, Duration::from_millis(30)).await;
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    let most = world.proxy.most_at_once();
    assert!(most >= 6, "an apply follows the graph, not the file: {most}");
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_exit_code_tells_changes_from_none() {
    let world = World::new(Emulator::ministack().await).await;
    let _ = world.run(&["plan"]).await.exits(0);
    let _ = world.run(&["plan", "--exit-code"]).await.exits(2);
    world.settle().await;
    let _ = world.run(&["plan", "--exit-code"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_applied_with_what_it_needs_and_nothing_else() {
    let world = World::new(Emulator::ministack().await).await;
    let ran = world.run(&["apply", "--yes", "--target", "user_pool.users.test1"]).await.exits(0);
    assert!(ran.stderr.contains("Done: 3 of 3 steps done"), "{}", ran.stderr);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_apply_exits_130_and_the_next_goes_on() {
    let mut world = World::new(Emulator::ministack().await).await;
    world.proxy = Proxy::with_delay(world.emulator.port, Duration::from_millis(150)).await;
    let command = world.command(&["apply", "--yes"]);
    let mut child = std::process::Command::new(command.get_program());
    with_surroundings_of(&mut child, &command, &world).args(command.get_args());
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // The first write has gone out: the apply is under way, and most of it has not begun.
    let deadline = Instant::now() + Duration::from_secs(60);
    while !world.proxy.has_seen_a_write() {
        assert!(Instant::now() < deadline, "nothing was written");
        tokio::task::yield_now().await;
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let plan = world.plan().await;
    assert!(!plan["changes"].as_array().unwrap().is_empty(), "it did not stop");
    world.settle().await;
}

/// Gives a process the folder and the environment of a command, and nothing else.
pub fn with_surroundings_of<'a>(
    process: &'a mut std::process::Command,
    command: &assert_cmd::Command,
    world: &World,
) -> &'a mut std::process::Command {
    process.current_dir(world.path()).env_clear();
    for (name, value) in command.get_envs() {
        process.env(name, value.unwrap_or_default());
    }
    process
}

/// Runs the program on a terminal of its own, and types an answer.
pub async fn on_a_terminal(world: &World, arguments: &[&str], answer: &str) -> (i32, String) {
    let command = world.command(arguments);
    let script = project().join("tests/support/on_a_terminal.py");
    let mut python = std::process::Command::new("python3");
    python.arg(script).arg(answer).arg(command.get_program()).args(command.get_args());
    with_surroundings_of(&mut python, &command, world);
    let output = tokio::task::spawn_blocking(move || python.output().unwrap()).await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap_or(-1), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_asks_before_it_writes_and_shows_a_generated_password_once() {
    let world = World::new(Emulator::ministack().await).await;
    world.write(&STACK.replace("{ env: TEST1_PASSWORD }", "{ env: NOT_SET, else: generate }"));
    let (code, text) = on_a_terminal(&world, &["apply"], "no").await;
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Nothing was changed"), "{text}");
    assert!(world.proxy.take_writes().is_empty());

    let (code, text) = on_a_terminal(&world, &["apply"], "yes").await;
    assert_eq!(code, 0, "{text}");
    let line = text.lines().find(|line| line.contains("user_pool.users.test1  ")).unwrap();
    let password = line.split_whitespace().last().unwrap();
    assert!(password.len() >= 20, "{line}");
    let (_, again) = on_a_terminal(&world, &["apply"], "yes").await;
    assert!(!again.contains(password));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_no_longer_names_is_found_and_a_stack_goes_without_its_code() {
    let world = World::new(Emulator::ministack().await).await;
    let before = world.inventory().await;
    world.settle().await;
    let start = STACK.find("  claims:\n").unwrap();
    let end = STACK.find("http_api:").unwrap();
    let without = format!("{}{}", &STACK[..start], &STACK[end..]);
    world.write(&without.replace("  triggers: { pre_token_generation: claims }\n", ""));
    let plan = world.plan().await;
    let deleted: Vec<&str> =
        plan["changes"].as_array().unwrap().iter().filter_map(|c| c["address"].as_str()).collect();
    assert_eq!(
        deleted,
        [
            "user_pool.triggers",
            "lambdas.claims",
            "lambdas.claims.inline_policies.provision-basics",
            "lambdas.claims.log_group",
            "lambdas.claims.role",
        ]
    );
    world.settle().await;
    fs::remove_dir_all(world.path().join("code")).unwrap();
    let _ = world.run(&["plan"]).await.exits(3);
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    assert_eq!(world.inventory().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_names_nothing_is_a_slip_and_a_missing_secret_stops_only_what_needs_it() {
    let world = World::new(Emulator::ministack().await).await;
    let ran = world.run(&["plan", "--target", "user_pool.app_clients.wbe"]).await.exits(3);
    assert!(ran.stderr.contains("did you mean `user_pool.app_clients.web`?"), "{}", ran.stderr);
    world.settle().await;
    // The function's secret cannot be had, and neither change needs it.
    let text =
        STACK.replace("timeout: 10s", "timeout: 20s").replace("${env.TOKEN_SECRET}", "${env.GONE}");
    world.write(&text.replace("minimum_length: 10", "minimum_length: 12"));
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    let changed = text.replace("minimum_length: 10", "minimum_length: 12");
    world.write(
        &changed.replace("environment: { USER_POOL_ID", "environment: { NEW: x, USER_POOL_ID"),
    );
    let ran = world.run(&["apply", "--yes"]).await.exits(1);
    assert!(ran.stderr.contains("`GONE` is not set"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_only_be_replaced_is_refused_until_it_is_allowed() {
    let world = World::new(Emulator::ministack().await).await;
    world.settle().await;
    world.write(&STACK.replace("generate_secret: true", "generate_secret: false"));
    let refused = world.run(&["apply", "--yes"]).await.exits(4);
    let flag = "--allow-replace 'user_pool.app_clients.other'";
    assert!(refused.stderr.contains(flag), "{}", refused.stderr);
    let allowed = ["apply", "--yes", "--allow-replace", "user_pool.app_clients.other"];
    let _ = world.run(&allowed).await.exits(0);
    world.settle().await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    assert_eq!(Inventory::client_names(&url, "whole").await, ["whole-other", "whole-web"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_shown_and_secrets_are_used_and_never_shown() {
    let world = World::new(Emulator::ministack().await).await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    Inventory::keep_values(&url).await;
    let text = STACK
        .replace("${env.TOKEN_SECRET}", "${secret.demo/token#token}")
        .replace("    memory_size: 256\n", "    description: ${ssm./demo/purpose}\n");
    world.write(&text);
    let plan = world.run(&["plan"]).await.exits(0);
    assert!(plan.says("description: Signs people in"), "{}", plan.stdout);
    assert!(plan.says("environment.SECRET: (sensitive)"), "{}", plan.stdout);
    world.settle().await;
    let secret = Inventory::variable(&url, "whole-token", "SECRET").await;
    assert_eq!(secret.as_deref(), Some("hunter2-of-aws"));
    world.write(&text.replace("demo/token#token", "demo/token#nope"));
    // What cannot be had is not compared.
    let unknown = world.run(&["plan"]).await.exits(0);
    assert!(unknown.stdout.contains("No changes"), "{}", unknown.stdout);
}
