//! `stacks/stepup-mfa.yaml`: after the password, a step-up at an outside identity provider.

use serde_json::Value;

use super::provider::Provider;
use super::{PASSWORD, Walkthrough, claims};

const FLOW: &str = "CUSTOM_AUTH";
const ADA: &str = "ada@example.com";

/// The stack with its provider, and Ada, who signed up.
async fn started() -> (Walkthrough, Provider) {
    let provider = Provider::start().await;
    let mut walkthrough = Walkthrough::on_ministack("stepup-mfa").await;
    walkthrough.set("tenant", &provider.url);
    walkthrough.settle().await;
    walkthrough.sign_up("ada", ADA).await;
    (walkthrough, provider)
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
    // The code was for one use.
    let again = walkthrough.sign_in(FLOW, "ada", PASSWORD).await;
    assert!(walkthrough.answer("ada", &again, &back["code"]).await.is_wrong());
    walkthrough.leaves_nothing_behind(&[]).await;
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
async fn wrong_answers_give_no_tokens_and_end_the_sign_in() {
    let (walkthrough, provider) = started().await;
    let asked = walkthrough.sign_in(FLOW, "ada", PASSWORD).await;
    let back = provider.step_up(url(&asked), ADA).await;
    let over = walkthrough.give_up("ada", asked, "made-up").await;
    let late = walkthrough.answer("ada", &over, &back["code"]).await;
    assert!(late.is_wrong(), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_step_up_of_another_person_or_of_another_sign_in_is_wrong() {
    let (walkthrough, provider) = started().await;
    let asked = walkthrough.sign_in(FLOW, "ada", PASSWORD).await;
    let back = provider.step_up(url(&asked), "eve@example.com").await;
    assert!(walkthrough.answer("ada", &asked, &back["code"]).await.is_wrong());

    let asked = walkthrough.sign_in(FLOW, "ada", PASSWORD).await;
    let elsewhere = walkthrough.sign_in(FLOW, "ada", PASSWORD).await;
    let back = provider.step_up(url(&elsewhere), ADA).await;
    assert!(walkthrough.answer("ada", &asked, &back["code"]).await.is_wrong());
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
