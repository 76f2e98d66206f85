//! `stacks/secured-api.yaml`: an API that only signed-in people may call.

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::types::{TimeUnitsType, TokenValidityUnitsType};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{PASSWORD, Walkthrough, claims, encoded, parameters};
use crate::support::http::{self, Answer};

const ADA: &str = "ada@example.com";

/// The stack with Ada, who signed up.
async fn started() -> Walkthrough {
    let walkthrough = Walkthrough::on_ministack("secured-api").await;
    walkthrough.settle().await;
    walkthrough.sign_up(ADA, ADA).await;
    walkthrough
}

async fn token(walkthrough: &Walkthrough, kind: &str) -> String {
    let signed_in = walkthrough.sign_in("USER_SRP_AUTH", ADA, PASSWORD).await;
    let token = signed_in["AuthenticationResult"][kind].as_str();
    token.unwrap_or_else(|| panic!("{signed_in}")).to_owned()
}

/// What the API answers to a request with this token, or without one.
async fn transactions(walkthrough: &Walkthrough, token: Option<&str>) -> Answer {
    let url = &walkthrough.outputs().await["transactions_url"];
    let authorization = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> =
        authorization.iter().map(|value| ("authorization", value.as_str())).collect();
    http::send("GET", url, &headers, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_in_is_served() {
    let walkthrough = started().await;
    let token = token(&walkthrough, "IdToken").await;
    let answer = transactions(&walkthrough, Some(&token)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["user"], claims(&token)["sub"]);
    assert!(!answer.json()["transactions"].as_array().unwrap().is_empty());
    walkthrough.leaves_nothing_behind(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_on_the_hosted_page_is_served() {
    let walkthrough = started().await;
    let outputs = walkthrough.outputs().await;
    let page = http::get(&outputs["sign_in_url"], None).await;
    assert_eq!(page.status, 200, "{}", page.body);
    // What a browser sends back from the page: its hidden fields, and what people typed.
    let (client, callback) = (outputs["client_id"].as_str(), "https://example.com/callback");
    let typed = encoded(&[
        ("client_id", client),
        ("redirect_uri", callback),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("username", ADA),
        ("password", PASSWORD),
    ]);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let login = format!("{}/login", walkthrough.endpoint());
    let back = http::send("POST", &login, &form, &typed).await;
    let location = back.header("location").unwrap_or_else(|| panic!("{}", back.body));
    let (page, query) = location.split_once('?').unwrap();
    assert_eq!(page, callback);
    let exchange = encoded(&[
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("redirect_uri", callback),
        ("code", &parameters(query)["code"]),
    ]);
    let token = format!("{}/oauth2/token", walkthrough.endpoint());
    let tokens = http::send("POST", &token, &form, &exchange).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = tokens.json();
    let answer = transactions(&walkthrough, tokens["id_token"].as_str()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_or_with_a_forged_one_it_is_a_401() {
    let walkthrough = started().await;
    let token = token(&walkthrough, "IdToken").await;
    let [head, _, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let mut another = claims(&token);
    another["sub"] = json!("somebody-else");
    let body = URL_SAFE_NO_PAD.encode(another.to_string());
    let unsigned = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "JWT" }).to_string());
    let (forged, none) = (format!("{head}.{body}.{signature}"), format!("{unsigned}.{body}."));
    for token in [None, Some(""), Some("nonsense"), Some(forged.as_str()), Some(none.as_str())] {
        let answer = transactions(&walkthrough, token).await;
        assert_eq!(answer.status, 401, "{token:?}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "a token's time passes")]
async fn with_an_expired_token_it_is_a_401() {
    let walkthrough = started().await;
    let outputs = walkthrough.outputs().await;
    // AWS has no tokens shorter than 5 minutes; the emulator has.
    let seconds = TokenValidityUnitsType::builder().id_token(TimeUnitsType::Seconds).build();
    let update = walkthrough.cognito().update_user_pool_client();
    let update = update.user_pool_id(&outputs["user_pool_id"]).client_id(&outputs["client_id"]);
    let update = update.id_token_validity(2).token_validity_units(seconds);
    update.send().await.unwrap();
    let token = token(&walkthrough, "IdToken").await;
    assert_eq!(transactions(&walkthrough, Some(&token)).await.status, 200);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(transactions(&walkthrough, Some(&token)).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secured_apis_whole_life_on_moto() {
    Walkthrough::whole_life_on_moto("secured-api", &[]).await;
}
