//! `stacks/auth-service.yaml` and `stacks/auth-service-prod.yaml`: sign-up, sign-in and verification
//! over HTTP.

use std::process::Command;

use aws_sdk_cognitoidentityprovider::types;
use serde_json::{Value, json};

use super::{PASSWORD, Walkthrough, claims};
use crate::support::http::{self, Answer};

const ADA: &str = "ada@example.com";

async fn post(url: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json")];
    http::send("POST", url, &headers, &body.to_string()).await
}

fn newcomer(name: &str, email: &str) -> Value {
    json!({
        "username": name, "email": email, "phone_number": "+15555550100", "password": PASSWORD,
    })
}

/// The service, and the URLs of its calls.
struct Service {
    walkthrough: Walkthrough,
    signup: String,
    signin: String,
    verify: String,
}

impl Service {
    async fn start(stack: &'static str) -> Self {
        let walkthrough = Walkthrough::on_ministack(stack).await;
        walkthrough.settle().await;
        let outputs = walkthrough.outputs().await;
        let [signup, signin, verify] =
            ["signup_url", "signin_url", "verify_url"].map(|name| outputs[name].clone());
        Self { walkthrough, signup, signin, verify }
    }

    /// Signs somebody up and verifies the address.
    async fn welcome(&self, name: &str, email: &str) {
        let made = post(&self.signup, &newcomer(name, email)).await;
        assert_eq!(made.status, 200, "{}", made.body);
        let code = self.walkthrough.mailed_code(email).await;
        let verified = post(&self.verify, &json!({ "username": name, "code": code })).await;
        assert_eq!(verified.status, 200, "{}", verified.body);
        // As Cognito does with an address whose code was right; the emulator leaves it.
        let outputs = self.walkthrough.outputs().await;
        let cognito = self.walkthrough.cognito();
        let update = cognito.admin_update_user_attributes().username(name);
        let attribute = types::AttributeType::builder().name("email_verified").value("true");
        let update = update.user_attributes(attribute.build().unwrap());
        update.user_pool_id(&outputs["user_pool_id"]).send().await.unwrap();
    }

    async fn sign_in(&self, name: &str, password: &str) -> Answer {
        post(&self.signin, &json!({ "username": name, "password": password })).await
    }
}

/// A refusal with this text.
#[track_caller]
fn assert_refused(answer: &Answer, error: &str) {
    assert_eq!((answer.status, answer.json()), (400, json!({ "error": error })));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_calls_work_in_order() {
    let service = Service::start("auth-service").await;
    let made = post(&service.signup, &newcomer("ada", ADA)).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let wanted = json!({ "username": "ada", "confirmed": false, "delivery": "EMAIL" });
    assert_eq!(made.json(), wanted);
    let early = service.sign_in("ada", PASSWORD).await;
    assert_refused(&early, "the e-mail address must be verified first");

    let wrong = post(&service.verify, &json!({ "username": "ada", "code": "000000" })).await;
    assert_refused(&wrong, "the code is wrong or expired");
    let code = service.walkthrough.mailed_code(ADA).await;
    let right = post(&service.verify, &json!({ "username": "ada", "code": code })).await;
    assert_eq!((right.status, right.json()), (200, json!({ "confirmed": true })));

    let tokens = service.sign_in("ada", PASSWORD).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = tokens.json();
    for token in ["id_token", "access_token", "refresh_token"] {
        assert!(tokens[token].as_str().is_some_and(|token| !token.is_empty()), "{token}");
    }
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["email"], ADA);
    service.walkthrough.leaves_nothing_behind(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_a_400_that_says_what() {
    let service = Service::start("auth-service").await;
    service.welcome("ada", ADA).await;

    let again = post(&service.signup, &newcomer("ada2", ADA)).await;
    assert_refused(&again, "an account with this e-mail address exists already");
    let again = post(&service.signup, &newcomer("ada", "ada2@example.com")).await;
    assert_refused(&again, "the user name is taken");
    let mut weak = newcomer("eve", "eve@example.com");
    weak["password"] = json!("correct-horse");
    let weak = post(&service.signup, &weak).await;
    assert_eq!(weak.status, 400);
    assert!(weak.body.contains("Password did not conform with policy"), "{}", weak.body);
    for missing in ["email", "phone_number", "password"] {
        let mut body = newcomer("eve", "eve@example.com");
        body.as_object_mut().unwrap().remove(missing);
        let answer = post(&service.signup, &body).await;
        assert_eq!(answer.status, 400);
        assert!(answer.json()["error"].as_str().unwrap().contains(missing), "{}", answer.body);
    }
    assert_refused(&http::send("POST", &service.signup, &[], "{").await, "the body is not JSON");

    for (name, password) in [("ada", "Wrong-Horse-7"), ("nobody", PASSWORD)] {
        let answer = service.sign_in(name, password).await;
        assert_refused(&answer, "wrong user name or password");
    }
    // The address signs in as well as the name.
    assert_eq!(service.sign_in(ADA, PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_declared_origin_may_call_the_service() {
    let service = Service::start("auth-service").await;
    for (origin, allowed) in [("http://localhost:3000", true), ("https://evil.example.com", false)]
    {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ];
        let answer = http::send("OPTIONS", &service.signin, &headers, "").await;
        let granted = answer.header("access-control-allow-origin");
        assert_eq!(granted == Some(origin), allowed, "{}", answer.head);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_prod_whoever_wants_has_a_second_factor() {
    let service = Service::start("auth-service-prod").await;
    service.welcome("ada", ADA).await;
    let tokens = service.sign_in("ada", PASSWORD).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let cognito = service.walkthrough.cognito();
    let secret = cognito.associate_software_token().access_token(access).send().await.unwrap();
    let secret = secret.secret_code.unwrap();
    let verify = cognito.verify_software_token().access_token(access).user_code(totp(&secret));
    verify.send().await.unwrap();
    let on = types::SoftwareTokenMfaSettingsType::builder().enabled(true).preferred_mfa(true);
    let prefer = cognito.set_user_mfa_preference().access_token(access);
    prefer.software_token_mfa_settings(on.build()).send().await.unwrap();

    let asked = service.sign_in("ada", PASSWORD).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    let asked = asked.json();
    assert_eq!(asked["challenge"], "SOFTWARE_TOKEN_MFA");
    assert_eq!(asked.get("id_token"), None);
    let second = |code: String| json!({ "username": asked["username"], "session": asked["session"], "code": code });
    let wrong = if totp(&secret) == "000000" { "000001" } else { "000000" };
    let wrong = post(&service.signin, &second(wrong.to_owned())).await;
    assert_refused(&wrong, "the code is wrong or expired");
    let right = post(&service.signin, &second(totp(&secret))).await;
    assert_eq!(right.status, 200, "{}", right.body);
    assert!(right.json()["id_token"].is_string());
}

/// The code that an authenticator application shows now.
fn totp(secret: &str) -> String {
    let script = "import base64, hashlib, hmac, struct, sys, time\n\
        key = base64.b32decode(sys.argv[1] + '=' * (-len(sys.argv[1]) % 8))\n\
        step = struct.pack('>Q', int(time.time()) // 30)\n\
        digest = hmac.new(key, step, hashlib.sha1).digest()\n\
        at = digest[-1] & 15\n\
        number = struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff\n\
        print(f'{number % 10**6:06}', end='')";
    let output = Command::new("python3").args(["-c", script, secret]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn dev_and_prod_stand_side_by_side_and_differ_in_second_factor_and_sender() {
    let dev = Walkthrough::on_ministack("auth-service").await;
    dev.settle().await;
    // On the emulator that has dev already.
    let prod = Walkthrough { stack: "auth-service-prod", ..dev };
    prod.settle().await;
    let mut seen = Vec::new();
    for stack in ["auth-service", "auth-service-prod"] {
        let outputs = prod.outputs_of(stack).await;
        let describe = prod.cognito().describe_user_pool().user_pool_id(&outputs["user_pool_id"]);
        let pool = describe.send().await.unwrap().user_pool.unwrap();
        let sender = pool.email_configuration().unwrap();
        seen.push((
            pool.name().unwrap().to_owned(),
            pool.mfa_configuration().unwrap().clone(),
            sender.email_sending_account().unwrap().clone(),
            sender.source_arn().map(str::to_owned),
        ));
    }
    let arn = "arn:aws:ses:us-east-1:000000000000:identity/hello@example.com".to_owned();
    use types::{EmailSendingAccountType as Sender, UserPoolMfaType as Mfa};
    assert_eq!(
        seen,
        [
            ("auth-service-dev".to_owned(), Mfa::Off, Sender::CognitoDefault, None),
            ("auth-service-prod".to_owned(), Mfa::Optional, Sender::Developer, Some(arn)),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn prod_is_not_destroyed_by_mistake() {
    let service = Service::start("auth-service-prod").await;
    service.welcome("ada", ADA).await;
    let refused = service.walkthrough.run(&["destroy", "--yes"]).await.exits(4);
    assert!(refused.stderr.contains("--remove-protection"), "{}", refused.stderr);
    let options = ["--remove-protection", "--confirm", "auth-service-prod"];
    service.walkthrough.leaves_nothing_behind(&options).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_services_whole_life_on_moto() {
    Walkthrough::whole_life_on_moto("auth-service", &[]).await;
    Walkthrough::whole_life_on_moto("auth-service-prod", &["--remove-protection"]).await;
}
