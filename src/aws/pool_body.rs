//! A user pool's settings, to and from what `DescribeUserPool` answers.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::{
    AccountRecoverySettingType, AdminCreateUserConfigType, AttributeDataType,
    DeletionProtectionType, NumberAttributeConstraintsType, PasswordPolicyType,
    RecoveryOptionNameType, RecoveryOptionType, SchemaAttributeType,
    StringAttributeConstraintsType, UserPoolPolicyType, UserPoolTierType, UserPoolType,
    VerifiedAttributeType,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::CloudError;
use crate::spec::stack::{
    AdminCreateUserConfig, AttributeType, CustomAttribute, PasswordPolicy, STANDARD_ATTRIBUTES,
    UsernameConfiguration,
};

use super::error::unbuildable;
use super::tags;

/// What a pool can be asked to be. Absent settings are left as they are.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Settings {
    /// The pool's name.
    pub pool_name: String,
    /// Fixed at creation.
    pub alias_attributes: Option<Vec<String>>,
    /// Fixed at creation.
    pub username_attributes: Option<Vec<String>>,
    /// Fixed at creation.
    pub username_configuration: Option<UsernameConfiguration>,
    /// What a password must look like.
    pub password_policy: Option<PasswordPolicy>,
    /// Who may make users.
    pub admin_create_user_config: Option<AdminCreateUserConfig>,
    /// Ways back in, in their order.
    pub account_recovery_setting: Option<Vec<String>>,
    /// What Cognito verifies.
    pub auto_verified_attributes: Option<Vec<String>>,
    /// `ACTIVE` or `INACTIVE`.
    pub deletion_protection: Option<String>,
    /// The same, for a new pool alone.
    pub initial_deletion_protection: Option<String>,
    /// The feature plan.
    pub user_pool_tier: Option<String>,
    /// All tags but the ledger's.
    #[serde(default)]
    pub user_pool_tags: BTreeMap<String, String>,
    /// Each attribute as [`spell`] writes it, by name without `custom:`.
    #[serde(default)]
    pub custom_attributes: BTreeMap<String, String>,
}

impl Settings {
    /// Lays the settings over a pool's body; what is absent stays as the body has it.
    ///
    /// # Errors
    ///
    /// A request that cannot be built.
    pub fn lay_over(&self, mut body: UserPoolType) -> Result<UserPoolType, CloudError> {
        let Self {
            pool_name,
            alias_attributes: _,
            username_attributes: _,
            username_configuration: _,
            password_policy,
            admin_create_user_config,
            account_recovery_setting,
            auto_verified_attributes,
            deletion_protection,
            initial_deletion_protection,
            user_pool_tier,
            user_pool_tags,
            custom_attributes: _,
        } = self;
        body.name = Some(pool_name.clone());
        if let Some(policy) = password_policy {
            let sign_in = body.policies.take().and_then(|policies| policies.sign_in_policy);
            let policies = UserPoolPolicyType::builder()
                .password_policy(self::password_policy(policy))
                .set_sign_in_policy(sign_in);
            body.policies = Some(policies.build());
        }
        if let Some(AdminCreateUserConfig { allow_admin_create_user_only }) =
            admin_create_user_config
        {
            let mut config = body
                .admin_create_user_config
                .unwrap_or_else(|| AdminCreateUserConfigType::builder().build());
            if let Some(only) = allow_admin_create_user_only {
                config.allow_admin_create_user_only = *only;
            }
            body.admin_create_user_config = Some(config);
        }
        if let Some(ways) = account_recovery_setting {
            body.account_recovery_setting = Some(recovery(ways)?);
        }
        if let Some(attributes) = auto_verified_attributes {
            let all = attributes.iter().map(|name| VerifiedAttributeType::from(name.as_str()));
            body.auto_verified_attributes = Some(all.collect());
        }
        if let Some(protection) =
            deletion_protection.as_ref().or(initial_deletion_protection.as_ref())
        {
            // The initial one is for a new pool; a body that has its own keeps it.
            if deletion_protection.is_some() || body.deletion_protection.is_none() {
                body.deletion_protection = Some(DeletionProtectionType::from(protection.as_str()));
            }
        }
        if let Some(tier) = user_pool_tier {
            body.user_pool_tier = Some(UserPoolTierType::from(tier.as_str()));
        }
        let mut tags = body.user_pool_tags.unwrap_or_default();
        tags.extend(user_pool_tags.clone());
        body.user_pool_tags = Some(tags);
        Ok(body)
    }
}

/// Every member written out: AWS takes a class that a policy leaves out as not required.
fn password_policy(policy: &PasswordPolicy) -> PasswordPolicyType {
    let PasswordPolicy {
        minimum_length,
        require_lowercase,
        require_numbers,
        require_symbols,
        require_uppercase,
        password_history_size,
        temporary_password_validity_days,
    } = policy;
    PasswordPolicyType::builder()
        .minimum_length(minimum_length.unwrap_or(8).into())
        .require_lowercase(require_lowercase.unwrap_or(true))
        .require_numbers(require_numbers.unwrap_or(true))
        .require_symbols(require_symbols.unwrap_or(true))
        .require_uppercase(require_uppercase.unwrap_or(true))
        .set_password_history_size(password_history_size.filter(|n| *n > 0).map(i32::from))
        .temporary_password_validity_days(temporary_password_validity_days.unwrap_or(7).into())
        .build()
}

fn recovery(ways: &[String]) -> Result<AccountRecoverySettingType, CloudError> {
    let option = |(name, priority): (&String, i32)| {
        RecoveryOptionType::builder()
            .name(RecoveryOptionNameType::from(name.as_str()))
            .priority(priority)
            .build()
            .map_err(|error| unbuildable(&error))
    };
    let options = ways.iter().zip(1..).map(option).collect::<Result<Vec<_>, _>>()?;
    Ok(AccountRecoverySettingType::builder().set_recovery_mechanisms(Some(options)).build())
}

/// The state of a pool, in the shape of [`Settings`].
pub fn state(pool: &UserPoolType) -> Value {
    let texts = |list: Vec<&str>| Value::from(list);
    let policy = pool.policies.as_ref().and_then(|policies| policies.password_policy.as_ref());
    let mut ways: Vec<&RecoveryOptionType> = pool
        .account_recovery_setting
        .iter()
        .flat_map(AccountRecoverySettingType::recovery_mechanisms)
        .collect();
    ways.sort_by_key(|way| way.priority);
    let config = pool.admin_create_user_config.as_ref();
    let case = pool.username_configuration.as_ref().map(|config| config.case_sensitive);
    let custom: BTreeMap<&str, String> =
        pool.schema_attributes().iter().filter_map(custom_attribute).collect();
    json!({
        "pool_name": pool.name,
        "alias_attributes": texts(pool.alias_attributes().iter().map(|a| a.as_str()).collect()),
        "username_attributes": texts(pool.username_attributes().iter().map(|a| a.as_str()).collect()),
        "username_configuration": { "case_sensitive": case.unwrap_or(true) },
        "password_policy": policy.map(|policy| json!({
            "minimum_length": policy.minimum_length,
            "require_lowercase": policy.require_lowercase,
            "require_numbers": policy.require_numbers,
            "require_symbols": policy.require_symbols,
            "require_uppercase": policy.require_uppercase,
            "password_history_size": policy.password_history_size.unwrap_or(0),
            "temporary_password_validity_days": match policy.temporary_password_validity_days {
                0 => 7,
                days => days,
            },
        })),
        "admin_create_user_config": {
            "allow_admin_create_user_only": config.is_some_and(|c| c.allow_admin_create_user_only),
        },
        "account_recovery_setting": match ways.as_slice() {
            [] => Value::Null,
            ways => texts(ways.iter().map(|way| way.name.as_str()).collect()),
        },
        "auto_verified_attributes":
            texts(pool.auto_verified_attributes().iter().map(|a| a.as_str()).collect()),
        "deletion_protection":
            pool.deletion_protection.as_ref().map_or("INACTIVE", DeletionProtectionType::as_str),
        "user_pool_tier": pool.user_pool_tier.as_ref().map(UserPoolTierType::as_str),
        "user_pool_tags": tags::read(pool.user_pool_tags.clone()),
        "custom_attributes": custom,
        "domain": pool.domain,
        "custom_domain": pool.custom_domain,
    })
}

/// Refuses to write over what somebody else changed since the plan was made.
///
/// # Errors
///
/// The first setting of the plan that has moved.
pub fn moved(planned: &Value, now: &Value, paths: &[String]) -> Result<(), CloudError> {
    for path in paths {
        // Tags' keys hold no dots but their own, so everything below them is looked at as one.
        let path = if path.starts_with("user_pool_tags") { continue } else { path };
        let at =
            |state: &Value| path.split('.').try_fold(state.clone(), |v, key| v.get(key).cloned());
        if at(planned) != at(now) {
            return Err(has_moved(path));
        }
    }
    Ok(())
}

/// The error for a setting that somebody else changed since the plan was made.
pub fn has_moved(path: &str) -> CloudError {
    CloudError::new(format!("`{path}` has moved since the plan was made"))
        .help("run the same command again to plan anew")
}

/// Whether every pool has an attribute of this name. Within `CreateUserPool` AWS would take a custom
/// attribute of such a name for the standard one, and silently not make it.
pub fn is_standard(name: &str) -> bool {
    STANDARD_ATTRIBUTES.contains(&name)
}

/// A custom attribute as one text, in which all that cannot change is written out.
pub fn spell(attribute: &CustomAttribute) -> String {
    let CustomAttribute {
        r#type,
        mutable,
        developer_only_attribute,
        min_length,
        max_length,
        min_value,
        max_value,
    } = attribute;
    let mut words = vec![match r#type {
        AttributeType::String => "string".to_owned(),
        AttributeType::Number => "number".to_owned(),
        AttributeType::Datetime => "datetime".to_owned(),
        AttributeType::Boolean => "boolean".to_owned(),
    }];
    if !mutable {
        words.push("immutable".to_owned());
    }
    if *developer_only_attribute {
        words.push("developer-only".to_owned());
    }
    if *r#type == AttributeType::String {
        let (least, most) = (min_length.unwrap_or(0), max_length.unwrap_or(2048));
        words.push(format!("of {least} to {most} characters"));
    }
    if let Some(least) = min_value {
        words.push(format!("from {least}"));
    }
    if let Some(most) = max_value {
        words.push(format!("up to {most}"));
    }
    words.join(" ")
}

/// Reads what [`spell`] writes back into what AWS takes.
fn unspell(name: &str, text: &str) -> Result<SchemaAttributeType, CloudError> {
    let words: Vec<&str> = text.split(' ').collect();
    let after = |word: &str| {
        words
            .iter()
            .position(|w| *w == word)
            .and_then(|at| words.get(at + 1))
            .map(|w| (*w).to_owned())
    };
    let data_type = match words.first().copied() {
        Some("string") => AttributeDataType::String,
        Some("number") => AttributeDataType::Number,
        Some("datetime") => AttributeDataType::Datetime,
        Some("boolean") => AttributeDataType::Boolean,
        _ => return Err(CloudError::new(format!("`{name}` has no type"))),
    };
    let developer = words.contains(&"developer-only");
    let mut attribute = SchemaAttributeType::builder()
        .name(name)
        .mutable(!words.contains(&"immutable"))
        .attribute_data_type(data_type.clone());
    if developer {
        attribute = attribute.developer_only_attribute(true);
    }
    if data_type == AttributeDataType::String {
        let lengths = StringAttributeConstraintsType::builder()
            .set_min_length(after("of"))
            .set_max_length(after("to"));
        attribute = attribute.string_attribute_constraints(lengths.build());
    }
    if after("from").is_some() || after("up").is_some() {
        let values = NumberAttributeConstraintsType::builder()
            .set_min_value(after("from"))
            .set_max_value(words.contains(&"up").then(|| after("to")).flatten());
        attribute = attribute.number_attribute_constraints(values.build());
    }
    Ok(attribute.build())
}

/// The attributes as AWS takes them.
///
/// # Errors
///
/// A text that [`spell`] did not write.
pub fn attributes(all: &BTreeMap<String, String>) -> Result<Vec<SchemaAttributeType>, CloudError> {
    all.iter().map(|(name, text)| unspell(name, text)).collect()
}

/// A custom attribute of a live pool: its name without prefixes, and how [`spell`] writes it.
fn custom_attribute(attribute: &SchemaAttributeType) -> Option<(&str, String)> {
    let name = attribute.name()?;
    let bare = match name.strip_prefix("dev:") {
        Some(developers) => developers.strip_prefix("custom:").unwrap_or(developers),
        None => name.strip_prefix("custom:")?,
    };
    let lengths = attribute.string_attribute_constraints();
    let values = attribute.number_attribute_constraints();
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    let read = CustomAttribute {
        r#type: match attribute.attribute_data_type()? {
            AttributeDataType::Number => AttributeType::Number,
            AttributeDataType::Datetime => AttributeType::Datetime,
            AttributeDataType::Boolean => AttributeType::Boolean,
            _ => AttributeType::String,
        },
        mutable: attribute.mutable().unwrap_or(true),
        developer_only_attribute: attribute.developer_only_attribute().unwrap_or(false),
        min_length: lengths.and_then(|l| l.min_length()).and_then(|text| text.parse().ok()),
        max_length: lengths.and_then(|l| l.max_length()).and_then(|text| text.parse().ok()),
        min_value: number(values.and_then(|v| v.min_value())),
        max_value: number(values.and_then(|v| v.max_value())),
    };
    Some((bare, spell(&read)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for attribute in
            [string, number(Some(1), Some(9)), number(None, Some(9)), number(None, None)]
        {
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
        let settings = Settings {
            pool_name: "p".into(),
            password_policy: Some(policy),
            ..Settings::default()
        };
        let laid = settings.lay_over(body.clone()).unwrap();
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
        assert!(moved(&planned, &now, &["password_policy.minimum_length".into()]).is_err());
        assert!(moved(&planned, &planned, &["password_policy.minimum_length".into()]).is_ok());
    }
}
