//! What a pool says, and what it is told.

use aws_sdk_cognitoidentityprovider::types::{AdminCreateUserConfigType, VerifiedAttributeType};

use super::attributes::{custom_attribute, unspell};
use super::*;
use crate::spec::stack::{AttributeType, CustomAttribute, PasswordPolicy};

fn number(min_value: Option<i64>, max_value: Option<i64>) -> CustomAttribute {
    CustomAttribute {
        r#type: AttributeType::Number,
        mutable: false,
        developer_only_attribute: false,
        min_length: None,
        max_length: None,
        min_value,
        max_value,
    }
}

#[test]
fn an_attribute_comes_back_as_it_was_sent() {
    let string =
        CustomAttribute { r#type: AttributeType::String, mutable: true, ..number(None, None) };
    for attribute in [string, number(Some(1), Some(9)), number(None, Some(9)), number(None, None)] {
        let text = spell(&attribute);
        let mut sent = unspell("x", &text).unwrap();
        sent.name = Some("custom:x".to_owned());
        assert_eq!(custom_attribute(&sent), Some(("x", text)));
    }
}

#[test]
fn a_change_keeps_every_setting_that_it_does_not_name() {
    let body = UserPoolType::builder()
        .name("p")
        .auto_verified_attributes(VerifiedAttributeType::Email)
        .sms_authentication_message("Your code is {####}")
        .admin_create_user_config(
            AdminCreateUserConfigType::builder().allow_admin_create_user_only(true).build(),
        )
        .build();
    let policy = PasswordPolicy { minimum_length: Some(12), ..PasswordPolicy::default() };
    let settings =
        Settings { pool_name: "p".into(), password_policy: Some(policy), ..Settings::default() };
    let laid = settings.lay_over(body.clone(), |setting| setting == "password_policy").unwrap();
    assert_eq!(laid.auto_verified_attributes, body.auto_verified_attributes);
    assert_eq!(laid.sms_authentication_message, body.sms_authentication_message);
    assert_eq!(laid.admin_create_user_config, body.admin_create_user_config);
    let policy = laid.policies.and_then(|p| p.password_policy).unwrap();
    assert_eq!((policy.minimum_length, policy.require_symbols), (Some(12), true));
}

#[test]
fn what_moved_is_not_written_over() {
    let planned = json!({ "password_policy": { "minimum_length": 8 }, "x": 1 });
    let now = json!({ "password_policy": { "minimum_length": 10 }, "x": 2 });
    assert!(moved(&planned, &now, &["password_policy".into()]).is_err());
    assert!(moved(&planned, &planned, &["password_policy".into()]).is_ok());
}
