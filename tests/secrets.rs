//! What nobody may read: secrets in anything that is printed, and who may read the files with them.
//! And what nobody may act on: a terminal, on what AWS or a file says.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use aws_sdk_cognitoidentityprovider as cognito;
use base64::Engine as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use provision::resource::shown::is_hostile;

use crate::end_to_end::World;
use crate::support::echo::{self, HOSTILE};
use crate::support::emulators::Emulator;
use crate::support::inventory;
use crate::support::run::{Ran, cache, finish, program, project, run};

/// Spelt otherwise in JSON, in URLs and in base64.
const PASSWORD: &str = r#"Horse"7\st&ple <+/=%41>"#;
const CLIENT_SECRET: &str = r#"hunter2/of "the" appl\ication + 100%"#;
const STORED: &str = r#"Hunter2/of "aws"+100%"#;

/// A stack with what the five have not: secrets that AWS makes and keeps, and one handed on.
const MORE: &str = r#"
stack: more
region: us-east-1
expires: 8h
user_pool:
  app_clients:
    web: { generate_secret: true }
  users:
    ann: { email: ann@example.com, password: { env: NOT_SET, else: generate } }
    bob: { email: bob@example.com, password: "${secret.more/secret#token}" }
lambdas:
  fn:
    runtime: python3.13
    handler: generate_token.lambda_handler
    code: lambdas/generate_token
    environment: { STORED: "${secret.more/secret#token}", CLIENT: "x:${user_pool.app_clients.web.client_secret}", OWN: "${env.TEST1_PASSWORD}" }
outputs: { pool: "${user_pool.id}" }
"#;

/// Every way in which a secret may stand in a text.
fn spellings(secret: &str) -> BTreeSet<String> {
    let json = serde_json::json!(secret).to_string();
    let twice = serde_json::json!(json[1..json.len() - 1]).to_string();
    let url = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let mut all: BTreeSet<String> = [secret.to_owned(), url.replace("%20", "+"), url].into();
    all.extend([json, twice].map(|json| json[1..json.len() - 1].to_owned()));
    all.insert(format!("{secret:?}"));
    for before in 0..3 {
        let text = format!("{}{secret}", &"::"[..before]);
        let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(text);
        all.insert(base64[[0, 2, 3][before]..base64.len() - 1].to_owned());
    }
    all
}

fn assert_silent(ran: &Ran, secrets: &[String], about: &str) {
    for text in [&ran.stdout, &ran.stderr] {
        for secret in secrets {
            for spelling in spellings(secret) {
                assert!(!text.contains(&spelling), "{about} shows {spelling}:\n{text}");
            }
        }
    }
}

/// Nothing but text, line breaks, tabs and, where they are asked for, colours.
fn assert_harmless(text: &str, about: &str) {
    let acts = text.chars().find(|c| is_hostile(*c) && !"\n\t".contains(*c));
    assert_eq!(acts, None, "{about}:\n{text:?}");
    let forged = text.lines().any(|line| line.starts_with("Done: 1 of 1"));
    assert!(!forged, "{about} has a line of its own:\n{text}");
}

/// A copy of the stacks and their functions, with a cache of their own.
struct Copy {
    folder: tempfile::TempDir,
    url: String,
}

impl Copy {
    fn new(url: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copy = |what: &str| {
            let status = std::process::Command::new("cp")
                .args(["-r".as_ref(), project().join(what).as_os_str()])
                .arg(folder.path())
                .status();
            assert!(status.unwrap().success());
        };
        ["stacks", "lambdas"].into_iter().for_each(copy);
        fs::write(folder.path().join("more.yaml"), MORE).unwrap();
        let own = folder.path().join("cache");
        fs::create_dir(&own).unwrap();
        let kept = cache().join("dependencies");
        fs::create_dir_all(&kept).unwrap();
        symlink(kept, own.join("dependencies")).unwrap();
        Self { folder, url }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// With all that the program says of itself.
    async fn run(&self, arguments: &[&str], url: &str) -> Ran {
        let mut command = program(arguments);
        command
            .args(["-vvv", "--endpoint-url", url])
            .current_dir(self.folder.path())
            .env("PROVISION_CACHE_DIR", self.cache())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "1")
            .env("TEST1_PASSWORD", PASSWORD)
            .env("STEPUP_CLIENT_SECRET", CLIENT_SECRET);
        tokio::task::spawn_blocking(move || finish(&mut command)).await.unwrap()
    }

    /// The passwords that were made so far.
    fn generated(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.cache().join("passwords")) else { return Vec::new() };
        let text = |path: PathBuf| {
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
            fs::read_to_string(path).unwrap()
        };
        let all: String = entries.map(|entry| text(entry.unwrap().path())).collect();
        all.lines().map(|line| line.split_once("  ").unwrap().1.to_owned()).collect()
    }

    /// The secrets of all app clients.
    async fn client_secrets(&self) -> Vec<String> {
        let client = cognito::Client::new(&inventory::config(&self.url));
        let pools = client.list_user_pools().max_results(60).send().await.unwrap();
        let mut all = Vec::new();
        for pool in pools.user_pools() {
            let list = client.list_user_pool_clients().set_user_pool_id(pool.id.clone());
            let list = list.max_results(60).send().await.unwrap();
            for one in list.user_pool_clients() {
                let read = client.describe_user_pool_client().set_user_pool_id(pool.id.clone());
                let read = read.set_client_id(one.client_id.clone()).send().await.unwrap();
                all.extend(read.user_pool_client.unwrap().client_secret);
            }
        }
        all
    }
}

/// What an AWS refuses that quotes what it was given.
const QUOTED: &[&str] = &[
    "AdminSetUserPassword",
    "AdminCreateUser",
    "POST /2015-03-31/functions HTTP",
    "/configuration HTTP",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_output_of_any_command_shows_a_secret() {
    let emulator = Emulator::ministack().await;
    let url = format!("http://127.0.0.1:{}", emulator.port);
    let quoting = echo::start(emulator.port, QUOTED).await;
    let keeper = aws_sdk_secretsmanager::Client::new(&inventory::config(&url));
    let stored = serde_json::json!({ "token": STORED }).to_string();
    keeper.create_secret().name("more/secret").secret_string(stored).send().await.unwrap();
    let copy = Copy::new(url.clone());
    let known = || [PASSWORD, CLIENT_SECRET, STORED].map(str::to_owned).to_vec();
    let mut quotes = 0;
    for stack in
        ["db2-token", "dev", "email-code", "stepup-mfa", "auth-service", "secured-api", "more.yaml"]
    {
        let of = |arguments: &[&'static str]| [arguments, &["--stack", stack]].concat();
        let mut said = Vec::new();
        for arguments in [of(&["check"]), of(&["plan"]), of(&["plan", "--format", "json"])] {
            said.push((format!("{arguments:?}"), copy.run(&arguments, &url).await.exits(0)));
        }
        // What fails says why, and AWS quotes the request.
        for arguments in [of(&["apply", "--yes"]), of(&["apply", "--yes", "--format", "json"])] {
            let ran = copy.run(&arguments, &quoting).await;
            quotes += ran.stderr.matches("(sensitive)").count();
            assert_harmless(&ran.stderr, stack);
            assert_harmless(&ran.stdout, stack);
            said.push((format!("refused {arguments:?}"), ran));
        }
        for arguments in [
            of(&["apply", "--yes"]),
            of(&["apply", "--yes", "--format", "json"]),
            of(&["outputs"]),
            of(&["outputs", "--format", "json"]),
            of(&["outputs", "--format", "env"]),
            of(&["outputs", "--format", "js"]),
        ] {
            let ran = copy.run(&arguments, &url).await;
            said.push((format!("{arguments:?}"), ran.exits(0)));
        }
        let secrets = [known(), copy.generated(), copy.client_secrets().await].concat();
        let ran = copy.run(&of(&["destroy", "--yes", "--format", "json"]), &url).await.exits(0);
        said.push((format!("destroy {stack}"), ran));
        for (about, ran) in &said {
            assert_silent(ran, &secrets, about);
        }
    }
    assert_eq!(copy.generated().len(), 1, "one password is made");
    assert!(quotes > 10, "AWS quotes secrets, and {quotes} of them are masked");
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_that_were_made_are_for_their_owner_alone() {
    let emulator = Emulator::ministack().await;
    let url = format!("http://127.0.0.1:{}", emulator.port);
    let copy = Copy::new(url.clone());
    let file = copy.cache().join("passwords/000000000000-us-east-1-guarded");
    let stack = |user: &str| {
        let text = format!(
            "stack: guarded\nregion: us-east-1\nexpires: 8h\nuser_pool:\n  users:\n    {user}: {{ \
             email: a@example.com, password: {{ env: NOT_SET, else: generate }} }}\n"
        );
        fs::write(copy.folder.path().join("guarded.yaml"), text).unwrap();
    };
    // With a umask that lets everybody read, and a file that everybody reads already.
    let apply = async || {
        let mut command =
            program(&["apply", "--yes", "--stack", "guarded.yaml", "--endpoint-url", &url]);
        let provision = command.get_program().to_owned();
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = assert_cmd::Command::new("sh");
        command.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(provision).args(arguments);
        command
            .current_dir(copy.folder.path())
            .env("PROVISION_CACHE_DIR", copy.cache())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        tokio::task::spawn_blocking(move || finish(&mut command)).await.unwrap()
    };
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    stack("ann");
    let _ = apply().await.exits(0);
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    stack("bob");
    let _ = apply().await.exits(0);
    assert_eq!(mode(&file), 0o600);
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 2);
    // A link in its place is not followed, and no password is lost.
    let elsewhere = copy.folder.path().join("elsewhere");
    fs::write(&elsewhere, "theirs").unwrap();
    fs::remove_file(&file).unwrap();
    symlink(&elsewhere, &file).unwrap();
    stack("eve");
    let ran = apply().await.exits(0);
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "theirs");
    let named =
        ran.stderr.lines().find_map(|line| line.strip_prefix("Passwords that were made are in "));
    let named = Path::new(named.unwrap());
    assert_eq!(mode(named), 0o600);
    assert!(fs::read_to_string(named).unwrap().contains("user_pool.users.eve"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_aws_holds_acts_on_a_terminal() {
    let world = World::new(Emulator::ministack().await).await;
    world.settle().await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    let config = inventory::config(&url);
    let pools = cognito::Client::new(&config);
    let pool = pools.list_user_pools().max_results(60).send().await.unwrap();
    let pool = pool.user_pools()[0].id().unwrap().to_owned();
    // Settings that the file declares, settings that it does not, tags, and children by hand.
    let about =
        pools.describe_user_pool().user_pool_id(&pool).send().await.unwrap().user_pool.unwrap();
    pools
        .update_user_pool()
        .user_pool_id(&pool)
        .set_policies(about.policies)
        .set_lambda_config(about.lambda_config)
        .set_user_pool_tags(about.user_pool_tags)
        .user_pool_tags(format!("team{HOSTILE}"), HOSTILE)
        .email_verification_subject(HOSTILE)
        .sms_authentication_message(format!("{HOSTILE} {{####}}"))
        .send()
        .await
        .unwrap();
    let made = pools.create_user_pool_client().user_pool_id(&pool).client_name(HOSTILE);
    made.send().await.unwrap();
    pools.create_group().user_pool_id(&pool).group_name(HOSTILE).send().await.unwrap();
    let api = aws_sdk_apigatewayv2::Client::new(&config);
    let id = api.get_apis().send().await.unwrap().items()[0].api_id().unwrap().to_owned();
    api.update_api().api_id(&id).description(HOSTILE).send().await.unwrap();
    api.create_stage().api_id(&id).stage_name(HOSTILE).send().await.unwrap();
    let route = api.create_route().api_id(&id).route_key(format!("GET /{HOSTILE}"));
    route.send().await.unwrap();
    let lambda = aws_sdk_lambda::Client::new(&config);
    let update = lambda.update_function_configuration().function_name("whole-token");
    let environment = aws_sdk_lambda::types::Environment::builder().variables(HOSTILE, HOSTILE);
    let update = update.description(HOSTILE).environment(environment.build());
    update.send().await.unwrap();

    let quoting = echo::start(world.emulator.port, &["UpdateUserPool", "PATCH "]).await;
    for arguments in [
        &["plan"][..],
        &["plan", "--format", "json"],
        &["plan", "--strict"],
        &["outputs"],
        &["apply", "--yes", "--endpoint-url", &quoting],
        &["apply", "--yes", "--format", "json", "--endpoint-url", &quoting],
        &["apply", "--yes", "-vv"],
        &["destroy", "--yes", "--format", "json"],
    ] {
        let ran = world.run(arguments).await;
        assert_harmless(&ran.stdout, &format!("{arguments:?}"));
        assert_harmless(&ran.stderr, &format!("{arguments:?}"));
    }
}

#[test]
fn nothing_that_a_file_says_acts_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let key = serde_json::json!(format!("k{HOSTILE}")).to_string();
    let name = format!("n{HOSTILE}.yaml").replace('\0', "");
    let raw = "\u{202e}\u{2066}x\u{9b}31m";
    let texts = [
        format!("stack: {key}\n{key}: 1\nuser_pool: {{ {key}: {key} }}\n"),
        format!(
            "stack: demo\nuser_pool:\n  name: {key}\n  app_clients: {{ {key}: {{ {key}: 1 }} }}\n  groups: {{ {key}: {{}} }}\n  triggers: {{ {key}: {key} }}\n"
        ),
        format!(
            "stack: demo\nlambdas:\n  fn: {{ runtime: {key}, handler: {key}, code: {key}, environment: {{ {key}: \"${{x{raw}}}\" }} }}\n"
        ),
        format!(
            "stack: demo\nhttp_api: {{ routes: {{ {key}: {key} }} }}\noutputs: {{ {key}: \"${{user_pool.{raw}}}\" }}\n"
        ),
        format!("stack: demo\nextends: {key}\n"),
        format!("stack: demo\nuser_pool: {{ name: a, name: {raw} }}\n"),
        format!("stack: demo # {raw}\nuser_pool: [ {raw}\n"),
        format!("stack: demo\nvars: {{ {key}: \"${{var.{raw}}}\" }}\nregion: \"${{var.{raw}}}\"\n"),
        format!("stack: demo\n\"{raw}\": &a [*a]\nuser_pool: *{raw}\n"),
    ];
    for text in texts {
        let path = folder.path().join(&name);
        fs::write(&path, &text).unwrap();
        let ran = run(&["check", "--stack", path.to_str().unwrap()]).exits(3);
        assert_harmless(&ran.stdout, &text);
        assert_harmless(&ran.stderr, &text);
    }
    // Whoever types a line break sees one.
    let typed = &HOSTILE.replace(['\r', '\n'], "");
    for arguments in [
        &["check", "--stack", HOSTILE][..],
        &["--no-such-option", typed],
        &[typed],
        &["plan", "--stack", "dev", "--target", typed],
        &["check", "--stack", "dev", "--var", HOSTILE],
        &["check", "--stack", "dev", "--var-file", HOSTILE],
        &["explain", HOSTILE],
        &["plan", "--stack", "dev", "--profile", HOSTILE],
        &["plan", "--stack", "dev", "--region", HOSTILE],
    ] {
        let ran = run(arguments);
        assert_ne!(ran.code, 0, "{arguments:?}");
        assert_harmless(&ran.stdout, &format!("{arguments:?}"));
        assert_harmless(&ran.stderr, &format!("{arguments:?}"));
    }
}

#[test]
fn no_name_of_a_file_acts_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let code = folder.path().join("code");
    fs::create_dir(&code).unwrap();
    fs::write(code.join("a.py"), "").unwrap();
    let name = format!("x{HOSTILE}").replace('/', "");
    symlink("/nowhere", code.join(&name)).unwrap();
    let path = folder.path().join("stack.yaml");
    let text = "stack: demo\nlambdas: { f: { runtime: python3.13, handler: a.b, code: code } }\n";
    fs::write(&path, text).unwrap();
    let ran = run(&["check", "--stack", path.to_str().unwrap()]).exits(3);
    assert!(ran.stderr.contains(r"\u{202e}"), "{}", ran.stderr);
    assert_harmless(&ran.stderr, "a name in the code");
}
