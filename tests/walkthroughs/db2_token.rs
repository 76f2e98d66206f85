//! `stacks/db2-token.yaml`: `curl -u user:password URL/token` gives tokens with the Db2 groups.

use serde_json::json;

use super::{PASSWORD, Walkthrough, claims};
use crate::support::http;

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_gives_tokens_with_groups_and_a_wrong_password_is_a_401() {
    let walkthrough = Walkthrough::on_ministack("db2-token").await;
    walkthrough.settle().await;
    let outputs = walkthrough.outputs().await;
    let url = &outputs["token_url"];

    let good = http::get(url, Some(("test1", PASSWORD))).await;
    assert_eq!(good.status, 200, "{}", good.body);
    let tokens = good.json();
    for token in ["id_token", "access_token", "refresh_token"] {
        assert!(tokens[token].as_str().is_some_and(|token| !token.is_empty()), "{token}");
    }
    let claims = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["cognito:groups"], json!(["SYSADM"]));
    assert_eq!(claims["cognito:username"], "test1");

    for credentials in [None, Some(("test1", "wrong")), Some(("nobody", PASSWORD))] {
        let bad = http::get(url, credentials).await;
        assert_eq!(bad.status, 401, "{credentials:?}: {}", bad.body);
        let error = json!({ "error": "wrong or missing user name or password" });
        assert_eq!(bad.json(), error, "the same for every cause");
    }

    walkthrough.leaves_nothing_behind(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hosted_pages_url_is_an_output() {
    let walkthrough = Walkthrough::on_ministack("db2-token").await;
    walkthrough.settle().await;
    let ran = walkthrough.run(&["outputs", "hosted_ui_url"]).await.exits(0);
    let client = &walkthrough.outputs().await["client_id"];
    let url = format!(
        "https://db2-token-000000000000.auth.us-east-1.amazoncognito.com/oauth2/authorize\
         ?client_id={client}&response_type=token&scope=openid+email+phone\
         &redirect_uri=http%3A%2F%2Flocalhost\n"
    );
    assert_eq!(ran.stdout, url);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoints_whole_life_on_moto() {
    Walkthrough::whole_life_on_moto("db2-token", &[]).await;
}
