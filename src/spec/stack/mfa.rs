//! Second factors, passkeys and threat protection of a user pool.
//!
//! AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolMfaConfig.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Codes of an authenticator app as a second factor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.SetUserPoolMfaConfig.SoftwareTokenMfaConfiguration"))]
pub struct SoftwareTokenMfa {
    /// Whether the factor can be used. Default: `true` where the mapping is written.
    pub enabled: Option<bool>,
}

/// Codes by text message as a second factor. Needs `sms_configuration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.SetUserPoolMfaConfig.SmsMfaConfiguration"))]
pub struct SmsMfa {
    /// Whether the factor can be used. Default: `true` where the mapping is written.
    pub enabled: Option<bool>,
    /// The message; holds `{####}`.
    pub sms_authentication_message: Option<String>,
}

/// Codes by e-mail as a second factor. Needs the tier `ESSENTIALS` or `PLUS`, and e-mail by your own
/// SES identity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.SetUserPoolMfaConfig.EmailMfaConfiguration"))]
pub struct EmailMfa {
    /// Whether the factor can be used. Default: `true` where the mapping is written.
    pub enabled: Option<bool>,
    /// The message; holds `{####}`.
    pub message: Option<String>,
    /// The subject.
    pub subject: Option<String>,
}

/// Passkeys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.SetUserPoolMfaConfig.WebAuthnConfiguration"))]
pub struct WebAuthnConfiguration {
    /// The domain that passkeys belong to. AWS's default: the pool's own domain.
    pub relying_party_id: Option<String>,
    /// Whether the device must check who holds it.
    pub user_verification: Option<String>,
    /// Whether a passkey with user verification counts as a second factor too. AWS's default:
    /// `SINGLE_FACTOR`.
    pub factor_configuration: Option<String>,
}

/// Whether and how devices are remembered. Absent in AWS: they are not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.DeviceConfiguration"))]
pub struct DeviceConfiguration {
    /// Whether a new device is challenged. A remembered one can then stand for a second factor.
    pub challenge_required_on_new_device: Option<bool>,
    /// Whether the user is asked before a device is remembered.
    pub device_only_remembered_on_user_prompt: Option<bool>,
}

/// Threat protection. Needs the tier `PLUS`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.UserPoolAddOns"))]
pub struct UserPoolAddOns {
    /// `AUDIT`: risks are noted. `ENFORCED`: Cognito acts on them. AWS's default: `OFF`.
    pub advanced_security_mode: Option<String>,
    /// The same for custom challenges. AWS's default: they are left out.
    #[schemars(extend("x-model" = "cognito-idp.CreateUserPool.UserPoolAddOns.AdvancedSecurityAdditionalFlows.CustomAuthMode"))]
    pub custom_auth_mode: Option<String>,
}

/// The key that the pool's data is encrypted with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.KeyConfiguration"))]
pub struct KeyConfiguration {
    /// AWS's default: `AWS_OWNED_KEY`.
    pub key_type: Option<String>,
    /// The ARN of your own key.
    pub kms_key_arn: Option<String>,
}
