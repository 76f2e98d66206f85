//! The walkthroughs: each stack file's whole life on both emulators, and on the local cloud, where
//! functions and triggers really run, what it is for.

mod auth_service;
mod db2_token;
mod email_code;
mod functions;
mod provider;
mod secured_api;
mod stepup_mfa;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Stdio;

use aws_sdk_cognitoidentityprovider as cognito;
use base64::Engine;
use provision::local::LocalCloud;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::support::emulators::Emulator;
use crate::support::http;
use crate::support::inventory::{self, Inventory};
use crate::support::proxy::Proxy;
use crate::support::run::{Ran, finish, program, project};

/// The password of users that a stack or a test makes.
const PASSWORD: &str = "Correct-Horse-7";

/// The secret of the OAuth application at the outside identity provider.
const CLIENT_SECRET: &str = "hunter2/of the application";

/// A stack file of the project on an emulator of its own.
struct Walkthrough {
    stack: &'static str,
    emulator: Emulator,
    proxy: Proxy,
    /// Options of every command, as `--var`.
    options: Vec<String>,
    before: Inventory,
    outputs: OnceCell<BTreeMap<String, String>>,
}

impl Walkthrough {
    async fn on_ministack(stack: &'static str) -> Self {
        Self::on(Emulator::ministack().await, stack).await
    }

    async fn on(emulator: Emulator, stack: &'static str) -> Self {
        let proxy = Proxy::start(emulator.port).await;
        let before = Inventory::read(&endpoint(&emulator)).await;
        Self { stack, emulator, proxy, options: Vec::new(), before, outputs: OnceCell::new() }
    }

    /// The whole life of a stack on moto, which has the control plane alone.
    async fn whole_life_on_moto(stack: &'static str, destroy: &[&str]) {
        let walkthrough = Self::on(Emulator::moto().await, stack).await;
        walkthrough.settle().await;
        walkthrough.leaves_nothing_behind(destroy).await;
    }

    /// Sets a variable of the stack file for the commands to come.
    fn set(&mut self, name: &str, value: &str) {
        self.options.push(format!("--var={name}={value}"));
    }

    /// Where the emulator is.
    fn endpoint(&self) -> String {
        endpoint(&self.emulator)
    }

    /// Runs the program on the stack file, through the proxy.
    async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_on(self.stack, arguments).await
    }

    async fn run_on(&self, stack: &str, arguments: &[&str]) -> Ran {
        let url = self.proxy.url();
        let mut all = arguments.to_vec();
        all.extend(["--stack", stack, "--endpoint-url", &url]);
        all.extend(self.options.iter().map(String::as_str));
        let mut command = program(&all);
        command
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("TEST1_PASSWORD", PASSWORD)
            .env("STEPUP_CLIENT_SECRET", CLIENT_SECRET);
        let ran = tokio::task::spawn_blocking(move || finish(&mut command)).await.unwrap();
        for text in [&ran.stdout, &ran.stderr] {
            for secret in [PASSWORD, CLIENT_SECRET] {
                assert!(!text.contains(secret), "a secret is shown:\n{text}");
            }
        }
        ran
    }

    /// Applies, and applies again: the second writes nothing.
    async fn settle(&self) {
        let _ = self.run(&["apply", "--yes"]).await.exits(0);
        assert!(self.proxy.has_seen_a_write());
        self.proxy.take();
        let again = self.run(&["apply", "--yes"]).await.exits(0);
        assert!(again.stdout.contains("No changes"), "{}", again.stdout);
        assert_eq!(self.proxy.take_writes(), Vec::<String>::new());
    }

    /// Destroys the stack, with further options where it is protected.
    async fn leaves_nothing_behind(&self, options: &[&str]) {
        let there = Inventory::read(&self.endpoint()).await;
        assert_ne!(there, self.before, "there is something to destroy");
        let mut arguments = vec!["destroy", "--yes"];
        arguments.extend(options);
        let _ = self.run(&arguments).await.exits(0);
        assert_eq!(Inventory::read(&self.endpoint()).await, self.before);
    }

    /// The stack's outputs, with URLs as `--local` prints them.
    async fn outputs(&self) -> &BTreeMap<String, String> {
        self.outputs.get_or_init(|| self.outputs_of(self.stack)).await
    }

    async fn outputs_of(&self, stack: &str) -> BTreeMap<String, String> {
        let ran = self.run_on(stack, &["outputs", "--format", "json"]).await.exits(0);
        let mut outputs: BTreeMap<String, String> = serde_json::from_str(&ran.stdout).unwrap();
        let port = self.emulator.port;
        let local = LocalCloud { port, process_id: 0, folder: project().to_owned() };
        let stages = ["demo"];
        outputs.values_mut().for_each(|url| *url = local.reachable_url_among(url, &stages));
        outputs
    }

    /// Cognito, as an application calls it.
    fn cognito(&self) -> cognito::Client {
        cognito::Client::new(&inventory::config(&self.endpoint()))
    }

    /// Signs somebody up, and confirms with the code that is mailed.
    async fn sign_up(&self, user_name: &str, email: &str) {
        let client_id = &self.outputs().await["client_id"];
        let cognito = self.cognito();
        let attribute = cognito::types::AttributeType::builder().name("email").value(email);
        let make = cognito.sign_up().client_id(client_id).username(user_name).password(PASSWORD);
        make.user_attributes(attribute.build().unwrap()).send().await.unwrap();
        let code = self.mailed_code(email).await;
        let confirm = cognito.confirm_sign_up().client_id(client_id).username(user_name);
        confirm.confirmation_code(code).send().await.unwrap();
    }

    /// Signs in with a password as the page of `examples/step-up` does, over SRP. The answer is
    /// Cognito's, or `{ "error": code }`.
    async fn sign_in(&self, flow: &str, user_name: &str, password: &str) -> Value {
        let request = json!({
            "settings": self.outputs().await,
            "flow": flow,
            "user_name": user_name,
            "password": password,
        });
        let script = project().join("tests/support/sign_in.mjs");
        let mut node = tokio::process::Command::new("node");
        let mut node = node
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut input = node.stdin.take().unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut input, request.to_string().as_bytes())
            .await
            .unwrap();
        drop(input);
        let output = node.wait_with_output().await.unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Answers a custom challenge.
    async fn answer(&self, user_name: &str, asked: &Value, answer: &str) -> Outcome {
        let outputs = self.outputs().await;
        let respond = self.cognito().respond_to_auth_challenge();
        let sent = respond
            .client_id(&outputs["client_id"])
            .challenge_name(cognito::types::ChallengeNameType::CustomChallenge)
            .session(asked["Session"].as_str().unwrap())
            .challenge_responses("USERNAME", user_name)
            .challenge_responses("ANSWER", answer)
            .send()
            .await;
        match sent {
            Ok(answer) => match answer.authentication_result {
                Some(tokens) => Outcome::Tokens(Box::new(tokens)),
                None => Outcome::Asked(json!({
                    "Session": answer.session,
                    "ChallengeParameters": answer.challenge_parameters,
                })),
            },
            Err(error) => {
                let error = error.into_service_error();
                // The emulator's word for a session that is over.
                let is_over = error.is_invalid_parameter_exception();
                assert!(error.is_not_authorized_exception() || is_over, "{error:?}");
                Outcome::Refused
            }
        }
    }

    /// The text of the newest e-mail to an address.
    async fn newest_mail(&self, to: &str) -> Option<String> {
        let url = format!("{}/_ministack/ses/messages", self.endpoint());
        let all = http::get(&url, None).await.json();
        let accounts = all["messages"].as_object().unwrap().values();
        let mut mails = accounts.flat_map(|mails| mails.as_array().unwrap());
        let newest = mails.rfind(|mail| mail["To"] == json!([to]));
        newest.map(|mail| mail["BodyText"].as_str().unwrap().to_owned())
    }

    /// The code in the newest e-mail to an address.
    async fn mailed_code(&self, to: &str) -> String {
        let text = self.newest_mail(to).await.expect("an e-mail has come");
        let mut words = text.split(|c: char| !c.is_ascii_digit());
        words.rfind(|word| word.len() == 6).expect("a code is in it").to_owned()
    }

    /// Gives this wrong answer until the sign-in is over.
    async fn give_up(&self, user_name: &str, mut asked: Value, answer: &str) -> Value {
        loop {
            match self.answer(user_name, &asked, answer).await {
                Outcome::Tokens(_) => panic!("{answer} is right"),
                Outcome::Asked(again) => asked = again,
                Outcome::Refused => return asked,
            }
        }
    }

    /// Verifies an address in SES, as whoever owns it does.
    async fn verify_sender(&self, address: &str) {
        let key = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ses/aws4_request, \
                   SignedHeaders=host, Signature=0";
        let body = format!("Action=VerifyEmailIdentity&Version=2010-12-01&EmailAddress={address}");
        let url = format!("{}/", self.endpoint());
        let answer = http::send("POST", &url, &[("authorization", key)], &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

/// How an answer to a custom challenge was taken.
#[derive(Debug)]
enum Outcome {
    /// It was right.
    Tokens(Box<cognito::types::AuthenticationResultType>),
    /// It was wrong, and there is another try.
    Asked(Value),
    /// It was wrong, and the sign-in is over.
    Refused,
}

impl Outcome {
    /// The tokens: all three.
    fn tokens(self) -> cognito::types::AuthenticationResultType {
        let Self::Tokens(tokens) = self else { panic!("no tokens: {self:?}") };
        for token in [&tokens.id_token, &tokens.access_token, &tokens.refresh_token] {
            assert!(token.as_ref().is_some_and(|token| !token.is_empty()));
        }
        *tokens
    }

    /// There are none. The emulator takes the password's rounds for attempts, so that one wrong
    /// answer ends the sign-in there; how many AWS allows, the functions' own tests show.
    fn is_wrong(&self) -> bool {
        matches!(self, Self::Asked(_) | Self::Refused)
    }
}

fn endpoint(emulator: &Emulator) -> String {
    format!("http://127.0.0.1:{}", emulator.port)
}

/// The claims of a token, unverified.
fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The parameters of a query or of a form.
fn parameters(text: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8().unwrap().into_owned()
    };
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// A query or form of these parameters.
fn encoded(parameters: &[(&str, &str)]) -> String {
    let all = percent_encoding::NON_ALPHANUMERIC;
    parameters.iter().fold(String::new(), |mut text, (name, value)| {
        let value = percent_encoding::utf8_percent_encode(value, all);
        let separator = if text.is_empty() { "" } else { "&" };
        write!(text, "{separator}{name}={value}").unwrap();
        text
    })
}
