//! `stacks/stepup-mfa.yaml`: after the password, a step-up at an outside identity provider.

use serde_json::Value;

use super::provider::Provider;
use super::{Outcome, PASSWORD, Walkthrough, claims};

const FLOW: &str = "CUSTOM_AUTH";
const ADA: &str = "ada@example.com";

/// The stack with its provider, and Ada, who signed up.
async fn started() -> (Walkthrough, Provider) {
    let provider = Provider::start().await;
    let mut walkthrough = Walkthrough::on_ministack("stepup-mfa").await;
    walkthrough.set("tenant", &provider.url);
    walkthrough.settle().await;
    sign_up(&walkthrough, "ada", ADA).await;
    (walkthrough, provider)
}

async fn sign_up(walkthrough: &Walkthrough, user_name: &str, email: &str) {
    let outputs = walkthrough.outputs().await;
    let cognito = walkthrough.cognito();
    let attribute = aws_sdk_cognitoidentityprovider::types::AttributeType::builder();
    let attribute = attribute.name("email").value(email).build().unwrap();
    let made = cognito.sign_up().client_id(&outputs["client_id"]).username(user_name);
    made.password(PASSWORD).user_attributes(attribute).send().await.unwrap();
    let code = walkthrough.mailed_code(email).await;
    let confirm = cognito.confirm_sign_up().client_id(&outputs["client_id"]).username(user_name);
    confirm.confirmation_code(code).send().await.unwrap();
}

fn url(asked: &Value) -> &str {
    asked["ChallengeParameters"]["authorize_url"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signed_up_signs_in_with_password_and_step_up() {
    let (walkthrough, provider) = started().await;
    let asked = walkthrough.sign_in(FLOW, "ada", PASSWORD).await;
    assert_eq!(asked["ChallengeName"], "CUSTOM_CHALLENGE", "{asked}");
    let back = provider.step_up(url(&asked), ADA).await;
    assert_eq!(back["state"], asked["ChallengeParameters"]["state"]);
    let tokens = walkthrough.answer("ada", &asked, &back["code"]).await.tokens();
    assert_eq!(claims(&tokens.id_token.unwrap())["email"], ADA);
    // The stack `expires`, so its users are no reason to ask.
    walkthrough.leaves_nothing_behind(&["--confirm", "stepup-mfa"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_alone_gives_no_tokens() {
    let (walkthrough, _) = started().await;
    let wrong = walkthrough.sign_in(FLOW, "ada", "Wrong-Horse-7").await;
    assert_eq!(wrong["error"], "NotAuthorizedException", "{wrong}");
    let around = walkthrough.sign_in("USER_SRP_AUTH", "ada", PASSWORD).await;
    assert_eq!(around["error"], "InvalidParameterException", "{around}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_answer_can_be_tried_again_but_not_for_ever() {
    let (walkthrough, provider) = started().await;
    let mut asked = walkthrough.sign_in(FLOW, "ada", PASSWORD).await;
    asked = walkthrough.answer("ada", &asked, "made-up").await.asked();
    let back = provider.step_up(url(&asked), ADA).await;
    walkthrough.answer("ada", &asked, &back["code"]).await.tokens();

    let mut asked = walkthrough.sign_in(FLOW, "ada", PASSWORD).await;
    for _ in 0..2 {
        asked = walkthrough.answer("ada", &asked, "made-up").await.asked();
    }
    let third = walkthrough.answer("ada", &asked, "made-up").await;
    assert!(matches!(third, Outcome::Refused), "{third:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_step_up_of_another_person_or_of_another_sign_in_is_wrong() {
    let (walkthrough, provider) = started().await;
    let asked = walkthrough.sign_in(FLOW, "ada", PASSWORD).await;
    let back = provider.step_up(url(&asked), "eve@example.com").await;
    walkthrough.answer("ada", &asked, &back["code"]).await.asked();

    let asked = walkthrough.sign_in(FLOW, "ada", PASSWORD).await;
    let elsewhere = walkthrough.sign_in(FLOW, "ada", PASSWORD).await;
    let back = provider.step_up(url(&elsewhere), ADA).await;
    walkthrough.answer("ada", &asked, &back["code"]).await.asked();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_settings_are_a_module_that_outputs_writes() {
    let walkthrough = Walkthrough::on_ministack("stepup-mfa").await;
    walkthrough.settle().await;
    let module = walkthrough.run(&["outputs", "--format", "js"]).await.exits(0).stdout;
    let body = module.strip_prefix("export default ").unwrap().trim_end().strip_suffix(';');
    let settings: Value = serde_json::from_str(body.unwrap()).unwrap();
    assert_eq!(settings["cognito_url"], "https://cognito-idp.us-east-1.amazonaws.com/");
    for name in ["user_pool_id", "client_id"] {
        assert!(settings[name].as_str().is_some_and(|value| !value.is_empty()), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_step_ups_whole_life_on_moto() {
    Walkthrough::whole_life_on_moto("stepup-mfa", &[]).await;
}
