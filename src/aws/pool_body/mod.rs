//! A user pool's settings, to and from what `DescribeUserPool` answers.

mod attributes;
pub(super) mod messages;
mod settings;

use aws_sdk_cognitoidentityprovider::types::{
    AccountRecoverySettingType, DeletionProtectionType, RecoveryOptionType, UserPoolType,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::engine::CloudError;
use crate::spec::stack::{DeviceConfiguration, KeyConfiguration, UserPoolAddOns};

use super::kind::Kind;
use super::kinds::user_pool::UserPool;
use super::{moved, tags};

pub use attributes::{attributes, custom, is_standard, spell, standard_schema};
pub use settings::{Settings, clear_dependants, only_settings};

/// The state of a pool, in the shape of [`Settings`].
pub fn state(pool: &UserPoolType) -> Value {
    let mut state = Map::new();
    for part in [identity(pool), sign_in(pool), sending(pool), protection(pool)] {
        if let Value::Object(part) = part {
            state.extend(part);
        }
    }
    Value::Object(state)
}

fn texts<'a>(list: impl Iterator<Item = &'a str>) -> Value {
    list.collect::<Vec<_>>().into()
}

/// A file's type as a state: without what it does not say.
fn plain<T: Serialize>(value: &T) -> Value {
    fn without_nulls(value: Value) -> Value {
        match value {
            Value::Object(map) => map
                .into_iter()
                .filter(|(_, below)| !below.is_null())
                .map(|(key, below)| (key, without_nulls(below)))
                .collect::<Map<_, _>>()
                .into(),
            other => other,
        }
    }
    without_nulls(serde_json::to_value(value).unwrap_or_default())
}

/// What it is called and whom it holds.
fn identity(pool: &UserPoolType) -> Value {
    let case = pool.username_configuration.as_ref().map(|config| config.case_sensitive);
    json!({
        "pool_name": pool.name,
        "alias_attributes": texts(pool.alias_attributes().iter().map(|a| a.as_str())),
        "username_attributes": texts(pool.username_attributes().iter().map(|a| a.as_str())),
        "username_configuration": { "case_sensitive": case.unwrap_or(true) },
        "standard_attributes": attributes::standard(pool),
        "custom_attributes": custom(pool),
        "user_pool_tags": tags::read(pool.user_pool_tags.clone()),
        "domain": pool.domain,
        "custom_domain": pool.custom_domain,
        "estimated_number_of_users": pool.estimated_number_of_users,
    })
}

/// How people get in.
fn sign_in(pool: &UserPoolType) -> Value {
    let policy = pool.policies().and_then(|policies| policies.password_policy());
    let mut ways: Vec<&RecoveryOptionType> = pool
        .account_recovery_setting
        .iter()
        .flat_map(AccountRecoverySettingType::recovery_mechanisms)
        .collect();
    ways.sort_by_key(|way| way.priority);
    let factors = pool.policies().and_then(|policies| policies.sign_in_policy());
    let settings = pool.user_attribute_update_settings();
    let admin = pool.admin_create_user_config();
    let acr = pool.acr_configuration().into_iter().flatten();
    let acr: Map<String, Value> =
        acr.map(|(level, config)| (level.clone(), config.acr_value().into())).collect();
    json!({
        "password_policy": policy.map(|policy| json!({
            "minimum_length": policy.minimum_length,
            "require_lowercase": policy.require_lowercase,
            "require_numbers": policy.require_numbers,
            "require_symbols": policy.require_symbols,
            "require_uppercase": policy.require_uppercase,
            "password_history_size": policy.password_history_size.unwrap_or(0),
            // AWS's 0 means 7.
            "temporary_password_validity_days": match policy.temporary_password_validity_days {
                0 => 7,
                days => days,
            },
        })),
        "admin_create_user_config": {
            "allow_admin_create_user_only": admin.is_some_and(|c| c.allow_admin_create_user_only),
            "invite_message_template": admin
                .and_then(|config| config.invite_message_template())
                .map(|template| plain(&messages::read_invitation(template)))
                .unwrap_or_else(|| json!({})),
        },
        "account_recovery_setting": match ways.as_slice() {
            [] => Value::Null,
            ways => texts(ways.iter().map(|way| way.name.as_str())),
        },
        "auto_verified_attributes":
            texts(pool.auto_verified_attributes().iter().map(|a| a.as_str())),
        "attributes_require_verification_before_update": texts(
            settings
                .map(|s| s.attributes_require_verification_before_update())
                .unwrap_or_default()
                .iter()
                .map(|a| a.as_str()),
        ),
        "allowed_first_auth_factors": factors
            .and_then(|policy| policy.allowed_first_auth_factors.as_ref())
            .map_or_else(|| json!(["PASSWORD"]), |all| texts(all.iter().map(|f| f.as_str()))),
        "mfa_configuration": pool.mfa_configuration().map_or("OFF", |mode| mode.as_str()),
        "acr_configuration": acr,
    })
}

/// How the pool reaches people.
fn sending(pool: &UserPoolType) -> Value {
    json!({
        "email_configuration": plain(&messages::read_email(pool.email_configuration())),
        "sms_configuration": pool
            .sms_configuration()
            .and_then(messages::read_sms)
            .map(|sms| plain(&sms)),
        "verification_message_template": plain(&messages::read_verification(pool)),
        "sms_authentication_message": messages::some(pool.sms_authentication_message()),
    })
}

/// What protects the pool and its users.
fn protection(pool: &UserPoolType) -> Value {
    let device = pool.device_configuration().map(|device| DeviceConfiguration {
        challenge_required_on_new_device: Some(device.challenge_required_on_new_device),
        device_only_remembered_on_user_prompt: Some(device.device_only_remembered_on_user_prompt),
    });
    let add_ons = pool.user_pool_add_ons();
    let mode = add_ons.map_or("OFF", |add_ons| add_ons.advanced_security_mode().as_str());
    let flows = add_ons.and_then(|add_ons| add_ons.advanced_security_additional_flows());
    let add_ons = UserPoolAddOns {
        advanced_security_mode: Some(mode.to_owned()),
        custom_auth_mode: flows.and_then(|f| f.custom_auth_mode()).map(|m| m.as_str().to_owned()),
    };
    // Pools that were made before a setting existed say nothing of it, and have its default.
    let key = pool.key_configuration();
    let key_type = key.and_then(|key| key.key_type()).map_or("AWS_OWNED_KEY", |key| key.as_str());
    let key = KeyConfiguration {
        key_type: Some(key_type.to_owned()),
        kms_key_arn: messages::some(key.and_then(|key| key.kms_key_arn())),
    };
    let issuer = pool.issuer_configuration().and_then(|issuer| issuer.r#type());
    json!({
        "deletion_protection":
            pool.deletion_protection.as_ref().map_or("INACTIVE", DeletionProtectionType::as_str),
        "user_pool_tier": pool.user_pool_tier().map(|tier| tier.as_str()),
        "device_configuration": device.map(|device| plain(&device)),
        "user_pool_add_ons": plain(&add_ons),
        "key_configuration": plain(&key),
        "issuer_configuration": issuer.map_or("ORIGINAL", |issuer| issuer.as_str()),
    })
}

/// The settings of a pool at which the paths of a plan start.
pub fn tops<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut tops: Vec<String> =
        paths.map(|path| path.split('.').next().unwrap_or(path).to_owned()).collect();
    tops.sort();
    tops.dedup();
    tops
}

/// Refuses to write over what somebody else changed since the plan was made.
///
/// # Errors
///
/// The settings of the plan that have moved.
pub fn moved(planned: &Value, now: &Value, settings: &[String]) -> Result<(), CloudError> {
    // The ledger is among the tags, and moves with every apply.
    let others = settings.iter().filter(|setting| *setting != "user_pool_tags");
    moved::check(planned, now, others.map(String::as_str), UserPool::FIELDS)
}

#[cfg(test)]
mod tests;
