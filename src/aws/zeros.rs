//! Takes out of a request what the SDK writes although nobody set it.
//!
//! Two counts of days are plain numbers in the SDK's types, so they are sent as 0 where they are unset.
//! Cognito refuses one beside the other ("Please use TemporaryPasswordValidityDays in PasswordPolicy
//! instead of UnusedAccountValidityDays"), so what is unset must not be sent.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

/// The counts of days: where they stand in the request.
const DAYS: &[[&str; 3]] = &[
    ["AdminCreateUserConfig", "", "UnusedAccountValidityDays"],
    ["Policies", "PasswordPolicy", "TemporaryPasswordValidityDays"],
];

/// Takes counts of 0 days out of a request on a user pool, before it is signed.
pub fn leave_out(request: &mut HttpRequest) {
    let body = request.body().bytes().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    let Some(mut body) = body else { return };
    for [outer, inner, member] in DAYS {
        let outer = body.get_mut(*outer);
        let holder = if inner.is_empty() { outer } else { outer.and_then(|o| o.get_mut(*inner)) };
        if let Some(Value::Object(holder)) = holder
            && holder.get(*member) == Some(&Value::from(0))
        {
            holder.remove(*member);
        }
    }
    let text = body.to_string();
    request.headers_mut().insert("content-length", text.len().to_string());
    *request.body_mut() = SdkBody::from(text);
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::types::{AdminCreateUserConfigType, UserPoolType};
    use aws_sdk_cognitoidentityprovider::{Client, Config, config};
    use aws_smithy_http_client::test_util::capture_request;

    use super::*;

    #[tokio::test]
    async fn days_that_nobody_set_do_not_leave() {
        let (http, sent) = capture_request(None);
        let keys = config::Credentials::for_tests();
        let client = Client::from_conf(
            Config::builder()
                .behavior_version(config::BehaviorVersion::latest())
                .region(config::Region::new("us-east-1"))
                .credentials_provider(keys)
                .http_client(http)
                .build(),
        );
        let config = AdminCreateUserConfigType::builder().allow_admin_create_user_only(true);
        let body = UserPoolType::builder().name("demo").admin_create_user_config(config.build());
        let update = crate::aws::pool::update(&client, "us-east-1_x", &body.build());
        drop(update.customize().mutate_request(leave_out).send().await);
        let sent = sent.expect_request();
        let text = String::from_utf8_lossy(sent.body().bytes().unwrap_or_default()).into_owned();
        assert!(text.contains("\"AllowAdminCreateUserOnly\":true"), "{text}");
        assert!(!text.contains("UnusedAccountValidityDays"), "{text}");
        assert_eq!(sent.headers().get("content-length"), Some(text.len().to_string().as_str()));
    }
}
