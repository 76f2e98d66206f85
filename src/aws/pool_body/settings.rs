//! What a pool can be asked to be, and how it gets into the pool's body.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_cognitoidentityprovider::types::{
    AccountRecoverySettingType, AcrLevelConfigType, AdminCreateUserConfigType,
    AdvancedSecurityAdditionalFlowsType, AdvancedSecurityEnabledModeType, AdvancedSecurityModeType,
    AuthFactorType, DeletionProtectionType, DeviceConfigurationType, EncryptionKeyType,
    IssuerConfigurationType, IssuerType, KeyConfigurationType, PasswordPolicyType,
    RecoveryOptionNameType, RecoveryOptionType, SignInPolicyType, UserAttributeUpdateSettingsType,
    UserPoolAddOnsType, UserPoolPolicyType, UserPoolTierType, UserPoolType, VerifiedAttributeType,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::messages;
use crate::aws::error::unbuildable;
use crate::aws::pool_mfa;
use crate::engine::CloudError;
use crate::spec::stack::{
    AdminCreateUserConfig, DeviceConfiguration, EmailConfiguration, KeyConfiguration,
    PasswordPolicy, SmsConfiguration, StandardAttribute, UserPoolAddOns, UsernameConfiguration,
    VerificationMessageTemplate,
};

/// What a pool can be asked to be. For a new pool absent settings take AWS's defaults; in a change
/// they are those that the pool is not to have.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The pool's name.
    pub pool_name: String,
    /// Fixed at creation.
    pub alias_attributes: Option<Vec<String>>,
    /// Fixed at creation.
    pub username_attributes: Option<Vec<String>>,
    /// Fixed at creation.
    pub username_configuration: Option<UsernameConfiguration>,
    /// Fixed at creation.
    pub standard_attributes: BTreeMap<String, StandardAttribute>,
    /// Each attribute as [`super::spell`] writes it, by name without `custom:`.
    pub custom_attributes: BTreeMap<String, String>,
    /// What a password must look like.
    pub password_policy: Option<PasswordPolicy>,
    /// What a sign-in may start with.
    pub allowed_first_auth_factors: Option<Vec<String>>,
    /// Who may make users, and what invites them.
    pub admin_create_user_config: Option<AdminCreateUserConfig>,
    /// Ways back in, in their order.
    pub account_recovery_setting: Option<Vec<String>>,
    /// What Cognito verifies.
    pub auto_verified_attributes: Option<Vec<String>>,
    /// What counts only once it is verified.
    pub attributes_require_verification_before_update: Option<Vec<String>>,
    /// Who sends e-mail.
    pub email_configuration: Option<EmailConfiguration>,
    /// Who sends text messages.
    pub sms_configuration: Option<SmsConfiguration>,
    /// What messages say that verify.
    pub verification_message_template: Option<VerificationMessageTemplate>,
    /// What messages say that sign somebody in.
    pub sms_authentication_message: Option<String>,
    /// Whether devices are remembered.
    pub device_configuration: Option<DeviceConfiguration>,
    /// Threat protection.
    pub user_pool_add_ons: Option<UserPoolAddOns>,
    /// The key of the pool's data.
    pub key_configuration: Option<KeyConfiguration>,
    /// The form of the issuer.
    pub issuer_configuration: Option<String>,
    /// The names of authentication levels.
    pub acr_configuration: BTreeMap<String, String>,
    /// `ACTIVE` or `INACTIVE`.
    pub deletion_protection: Option<String>,
    /// The same, for a new pool alone.
    pub initial_deletion_protection: Option<String>,
    /// The feature plan.
    pub user_pool_tier: Option<String>,
    /// All tags but the ledger's.
    pub user_pool_tags: BTreeMap<String, String>,
}

/// The names of the settings of the file that are the pool's own.
const SETTINGS: &[&str] = &[
    "alias_attributes",
    "username_attributes",
    "username_configuration",
    "standard_attributes",
    "password_policy",
    "allowed_first_auth_factors",
    "admin_create_user_config",
    "account_recovery_setting",
    "auto_verified_attributes",
    "attributes_require_verification_before_update",
    "email_configuration",
    "sms_configuration",
    "verification_message_template",
    "sms_authentication_message",
    "device_configuration",
    "user_pool_add_ons",
    "key_configuration",
    "issuer_configuration",
    "acr_configuration",
    "deletion_protection",
    "user_pool_tier",
];

/// Takes everything out of what the file says of a pool but the pool's own settings.
pub fn only_settings(want: &mut Map<String, Value>) {
    want.retain(|setting, value| {
        // A mapping of entries that the file does not have reads as an empty one.
        let entries = ["standard_attributes", "acr_configuration"].contains(&setting.as_str());
        let says_nothing = entries && value.as_object().is_some_and(Map::is_empty);
        let is_of_pool = SETTINGS.iter().chain(pool_mfa::SETTINGS).any(|own| own == setting);
        is_of_pool && !says_nothing
    });
}

/// What a choice leaves without a meaning, and AWS refuses beside it: the block, the setting that
/// chooses, the value chosen (none for any), and what goes with it.
const DEPENDANTS: &[(&str, &str, Option<&str>, &[&str])] = &[
    (
        "email_configuration",
        "email_sending_account",
        Some("COGNITO_DEFAULT"),
        &["from", "configuration_set"],
    ),
    ("key_configuration", "key_type", Some("AWS_OWNED_KEY"), &["kms_key_arn"]),
    ("user_pool_add_ons", "advanced_security_mode", Some("OFF"), &["custom_auth_mode"]),
    ("sms_configuration", "eums_sms", None, &["sns_caller_arn", "external_id", "sns_region"]),
    ("sms_configuration", "sns_caller_arn", None, &["eums_sms"]),
];

/// Takes away what a choice of the file leaves without a meaning, where the file does not say it.
pub fn clear_dependants(want: &mut Map<String, Value>) {
    for (block, chooser, choice, dependants) in DEPENDANTS {
        let Some(Value::Object(block)) = want.get_mut(*block) else { continue };
        let chosen = block.get(*chooser).filter(|value| !value.is_null());
        if chosen.is_some_and(|value| choice.is_none_or(|choice| *value == choice)) {
            for dependant in *dependants {
                block.entry(*dependant).or_insert(Value::Null);
            }
        }
    }
}

impl Settings {
    /// The body of a new pool.
    ///
    /// # Errors
    ///
    /// A request that cannot be built.
    pub fn body(&self) -> Result<UserPoolType, CloudError> {
        let mut body = UserPoolType::builder().build();
        body.deletion_protection =
            self.initial_deletion_protection.as_deref().map(DeletionProtectionType::from);
        self.lay_over(body, |_| true)
    }

    /// Lays those settings over a pool's body whose names are `touched`; the others stay as the
    /// body has them.
    ///
    /// # Errors
    ///
    /// A request that cannot be built.
    pub fn lay_over(
        &self,
        mut body: UserPoolType,
        touched: impl Fn(&str) -> bool,
    ) -> Result<UserPoolType, CloudError> {
        if touched("pool_name") {
            body.name = Some(self.pool_name.clone());
        }
        self.lay_sign_in(&mut body, &touched)?;
        self.lay_sending(&mut body, &touched)?;
        self.lay_protection(&mut body, &touched)?;
        let mut tags = body.user_pool_tags.unwrap_or_default();
        tags.extend(self.user_pool_tags.clone());
        body.user_pool_tags = Some(tags);
        Ok(body)
    }

    fn lay_sign_in(
        &self,
        body: &mut UserPoolType,
        touched: &impl Fn(&str) -> bool,
    ) -> Result<(), CloudError> {
        let mut policies =
            body.policies.take().unwrap_or_else(|| UserPoolPolicyType::builder().build());
        if touched("password_policy") {
            policies.password_policy = self.password_policy.as_ref().map(password_policy);
        }
        if touched("allowed_first_auth_factors") {
            policies.sign_in_policy = self.allowed_first_auth_factors.as_ref().map(|factors| {
                let factors = factors.iter().map(|f| AuthFactorType::from(f.as_str())).collect();
                SignInPolicyType::builder().set_allowed_first_auth_factors(Some(factors)).build()
            });
        }
        let says = policies.password_policy.is_some() || policies.sign_in_policy.is_some();
        body.policies = says.then_some(policies);
        if touched("admin_create_user_config") {
            body.admin_create_user_config = self.admin_create_user_config.as_ref().map(admin);
        }
        if touched("account_recovery_setting") {
            let ways = self.account_recovery_setting.as_deref();
            body.account_recovery_setting = ways.map(recovery).transpose()?;
        }
        let verified = |list: &Option<Vec<String>>| {
            list.as_ref().map(|names| -> Vec<VerifiedAttributeType> {
                names.iter().map(|name| name.as_str().into()).collect()
            })
        };
        if touched("auto_verified_attributes") {
            body.auto_verified_attributes = verified(&self.auto_verified_attributes);
        }
        if touched("attributes_require_verification_before_update") {
            let names = verified(&self.attributes_require_verification_before_update);
            body.user_attribute_update_settings = names.map(|names| {
                UserAttributeUpdateSettingsType::builder()
                    .set_attributes_require_verification_before_update(Some(names))
                    .build()
            });
        }
        if touched("acr_configuration") && !self.acr_configuration.is_empty() {
            let level = |(level, value): (&String, &String)| {
                let config = AcrLevelConfigType::builder().acr_value(value).build();
                config.map(|config| (level.clone(), config)).map_err(|error| unbuildable(&error))
            };
            let levels = self.acr_configuration.iter().map(level);
            body.acr_configuration = Some(levels.collect::<Result<HashMap<_, _>, _>>()?);
        }
        Ok(())
    }

    fn lay_sending(
        &self,
        body: &mut UserPoolType,
        touched: &impl Fn(&str) -> bool,
    ) -> Result<(), CloudError> {
        if touched("email_configuration") {
            body.email_configuration = self.email_configuration.as_ref().map(messages::email);
        }
        if touched("sms_configuration") {
            let sms = self.sms_configuration.as_ref();
            body.sms_configuration = sms.map(messages::sms).transpose()?;
        }
        if touched("verification_message_template") {
            let template = self.verification_message_template.as_ref();
            body.verification_message_template = template.map(messages::verification);
            // They say the same as the template, or AWS refuses both.
            body.sms_verification_message = None;
            body.email_verification_message = None;
            body.email_verification_subject = None;
        }
        if touched("sms_authentication_message") {
            body.sms_authentication_message = self.sms_authentication_message.clone();
        }
        Ok(())
    }

    fn lay_protection(
        &self,
        body: &mut UserPoolType,
        touched: &impl Fn(&str) -> bool,
    ) -> Result<(), CloudError> {
        let unbuildable = |error| unbuildable(&error);
        if touched("deletion_protection")
            && let Some(protection) = &self.deletion_protection
        {
            body.deletion_protection = Some(protection.as_str().into());
        }
        if touched("user_pool_tier")
            && let Some(tier) = &self.user_pool_tier
        {
            body.user_pool_tier = Some(UserPoolTierType::from(tier.as_str()));
        }
        if touched("device_configuration") {
            body.device_configuration = self.device_configuration.as_ref().map(|device| {
                DeviceConfigurationType::builder()
                    .challenge_required_on_new_device(
                        device.challenge_required_on_new_device.unwrap_or(false),
                    )
                    .device_only_remembered_on_user_prompt(
                        device.device_only_remembered_on_user_prompt.unwrap_or(false),
                    )
                    .build()
            });
        }
        if touched("user_pool_add_ons") {
            let add_ons = self.user_pool_add_ons.as_ref().map(add_ons).transpose();
            body.user_pool_add_ons = add_ons.map_err(unbuildable)?;
        }
        if touched("key_configuration") {
            body.key_configuration = self.key_configuration.as_ref().map(|key| {
                let key_type = key.key_type.as_deref().map(EncryptionKeyType::from);
                KeyConfigurationType::builder()
                    .set_key_type(key_type)
                    .set_kms_key_arn(key.kms_key_arn.clone())
                    .build()
            });
        }
        if touched("issuer_configuration") {
            body.issuer_configuration = self.issuer_configuration.as_deref().map(|issuer| {
                IssuerConfigurationType::builder().r#type(IssuerType::from(issuer)).build()
            });
        }
        Ok(())
    }
}

fn add_ons(
    given: &UserPoolAddOns,
) -> Result<UserPoolAddOnsType, aws_smithy_types::error::operation::BuildError> {
    let UserPoolAddOns { advanced_security_mode, custom_auth_mode } = given;
    let flows = custom_auth_mode.as_deref().map(|mode| {
        let mode = AdvancedSecurityEnabledModeType::from(mode);
        AdvancedSecurityAdditionalFlowsType::builder().custom_auth_mode(mode).build()
    });
    let mode = advanced_security_mode.as_deref().unwrap_or("OFF");
    UserPoolAddOnsType::builder()
        .advanced_security_mode(AdvancedSecurityModeType::from(mode))
        .set_advanced_security_additional_flows(flows)
        .build()
}

fn admin(given: &AdminCreateUserConfig) -> AdminCreateUserConfigType {
    let AdminCreateUserConfig { allow_admin_create_user_only, invite_message_template } = given;
    let template = invite_message_template.as_ref().map(messages::invitation);
    AdminCreateUserConfigType::builder()
        .allow_admin_create_user_only(allow_admin_create_user_only.unwrap_or(false))
        // A template that says nothing is what AWS answers where there is none.
        .set_invite_message_template(template.filter(|template| {
            [template.sms_message(), template.email_message(), template.email_subject()]
                .iter()
                .any(Option::is_some)
        }))
        .build()
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
