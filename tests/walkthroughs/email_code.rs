//! `stacks/email-code.yaml`: after the password, a code that comes by e-mail.

use std::time::Duration;

use super::{PASSWORD, Walkthrough, claims};

const FLOW: &str = "CUSTOM_AUTH";
const ADDRESS: &str = "test1@example.com";

async fn started() -> Walkthrough {
    let walkthrough = Walkthrough::on_ministack("email-code").await;
    walkthrough.verify_sender("codes@example.com").await;
    walkthrough.settle().await;
    walkthrough
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_that_was_mailed_completes_a_sign_in() {
    let walkthrough = started().await;
    let asked = walkthrough.sign_in(FLOW, "test1", PASSWORD).await;
    assert_eq!(asked["ChallengeName"], "CUSTOM_CHALLENGE", "{asked}");
    assert_eq!(asked["ChallengeParameters"]["destination"], "t***@e***");
    let code = walkthrough.mailed_code(ADDRESS).await;
    assert!(!asked.to_string().contains(&code), "the code goes by e-mail alone");

    let tokens = walkthrough.answer("test1", &asked, &code).await.tokens();
    let claims = claims(&tokens.id_token.unwrap());
    assert_eq!(claims["cognito:username"], "test1");
    assert!(!claims.to_string().contains(&code));
    walkthrough.leaves_nothing_behind(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused_before_any_code_is_mailed() {
    let walkthrough = started().await;
    let refused = walkthrough.sign_in(FLOW, "test1", "Wrong-Horse-7").await;
    assert_eq!(refused["error"], "NotAuthorizedException", "{refused}");
    assert_eq!(walkthrough.newest_mail(ADDRESS).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_give_no_tokens_and_end_the_sign_in() {
    let walkthrough = started().await;
    let asked = walkthrough.sign_in(FLOW, "test1", PASSWORD).await;
    let code = walkthrough.mailed_code(ADDRESS).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let over = walkthrough.give_up("test1", asked, wrong).await;
    assert_eq!(walkthrough.mailed_code(ADDRESS).await, code, "an attempt sends no new code");
    let late = walkthrough.answer("test1", &over, &code).await;
    assert!(late.is_wrong(), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_code_that_was_sent_last_counts() {
    let walkthrough = started().await;
    let first = walkthrough.sign_in(FLOW, "test1", PASSWORD).await;
    let first_code = walkthrough.mailed_code(ADDRESS).await;
    let second = walkthrough.sign_in(FLOW, "test1", PASSWORD).await;
    let second_code = walkthrough.mailed_code(ADDRESS).await;
    assert!(walkthrough.answer("test1", &first, &first_code).await.is_wrong());
    walkthrough.answer("test1", &second, &second_code).await.tokens();
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "a code's time passes")]
async fn a_code_past_its_lifetime_is_wrong() {
    let mut walkthrough = started().await;
    walkthrough.set("code_seconds", "1");
    walkthrough.settle().await;
    let asked = walkthrough.sign_in(FLOW, "test1", PASSWORD).await;
    let code = walkthrough.mailed_code(ADDRESS).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert!(walkthrough.answer("test1", &asked, &code).await.is_wrong());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mailed_codes_whole_life_on_moto() {
    Walkthrough::whole_life_on_moto("email-code", &[]).await;
}
