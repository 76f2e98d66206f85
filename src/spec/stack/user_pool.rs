//! `user_pool`, its own settings

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AppClient, CustomDomain, DeviceConfiguration, Domain, EmailConfiguration, EmailMfa, Group,
    InviteMessageTemplate, KeyConfiguration, ResourceServer, SmsConfiguration, SmsMfa,
    SoftwareTokenMfa, Texts, User, UserPoolAddOns, VerificationMessageTemplate,
    WebAuthnConfiguration,
};
use crate::spec::settings::Settings;

/// A Cognito user pool.
///
/// AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool"))]
pub struct UserPool {
    /// The id of somebody else's pool, in place of all other settings: it is read and referred to,
    /// never changed, and nothing is added to it.
    pub existing: Option<String>,
    /// The pool's name in AWS. Default: the stack's name.
    #[schemars(extend("x-model" = "cognito-idp.CreateUserPool.PoolName"))]
    pub name: Option<String>,
    /// Attributes that people may sign in with in addition to a user name. Fixed once the pool
    /// exists; not together with `username_attributes`.
    pub alias_attributes: Option<Vec<String>>,
    /// Attributes that serve as the user name: people sign up with an e-mail address or a phone
    /// number. Fixed once the pool exists.
    pub username_attributes: Option<Vec<String>>,
    /// Whether letters' case matters in user names. Fixed once the pool exists.
    pub username_configuration: Option<UsernameConfiguration>,
    /// What a password must look like. AWS's default: 8 characters of all four classes.
    pub password_policy: Option<PasswordPolicy>,
    /// Who may make users. AWS's default: anybody may sign up.
    pub admin_create_user_config: Option<AdminCreateUserConfig>,
    /// How somebody who forgot the password gets back in, in the order of preference.
    /// `admin_only` stands alone. AWS's default: `[verified_email, verified_phone_number]`.
    #[schemars(extend("x-model" = "cognito-idp.CreateUserPool.AccountRecoverySetting.RecoveryMechanisms"))]
    #[schemars(extend("items" = {
        "type": "string",
        "x-model": "cognito-idp.CreateUserPool.AccountRecoverySetting.RecoveryMechanisms[].Name",
    }))]
    pub account_recovery_setting: Option<Vec<String>>,
    /// Attributes that Cognito verifies by sending a code when somebody signs up.
    pub auto_verified_attributes: Option<Vec<String>>,
    /// Attributes whose new value counts only once it is verified; until then the old one stays.
    #[schemars(extend("x-model" = "cognito-idp.CreateUserPool.UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate"))]
    pub attributes_require_verification_before_update: Option<Vec<String>>,
    /// Second factors: `OFF`, `OPTIONAL` (who sets one up is asked for it) or `ON` (everybody).
    /// AWS's default: `OFF`.
    pub mfa_configuration: Option<String>,
    /// Codes of an authenticator app as a second factor.
    pub software_token_mfa_configuration: Option<SoftwareTokenMfa>,
    /// Codes by text message as a second factor.
    pub sms_mfa_configuration: Option<SmsMfa>,
    /// Codes by e-mail as a second factor.
    pub email_mfa_configuration: Option<EmailMfa>,
    /// Passkeys.
    pub web_authn_configuration: Option<WebAuthnConfiguration>,
    /// What people may start a sign-in with, where a client has `ALLOW_USER_AUTH`. AWS's default:
    /// `[PASSWORD]`.
    #[schemars(extend("x-model" = "cognito-idp.CreateUserPool.Policies.SignInPolicy.AllowedFirstAuthFactors"))]
    pub allowed_first_auth_factors: Option<Vec<String>>,
    /// Who sends the pool's e-mail. AWS's default: Cognito itself.
    pub email_configuration: Option<EmailConfiguration>,
    /// Who sends the pool's text messages. AWS's default: nobody.
    pub sms_configuration: Option<SmsConfiguration>,
    /// What a message says that verifies an e-mail address or a phone number.
    pub verification_message_template: Option<VerificationMessageTemplate>,
    /// The text message with a code that signs somebody in; holds `{####}`.
    pub sms_authentication_message: Option<String>,
    /// Whether and how devices are remembered.
    pub device_configuration: Option<DeviceConfiguration>,
    /// Threat protection.
    pub user_pool_add_ons: Option<UserPoolAddOns>,
    /// The key that the pool's data is encrypted with.
    pub key_configuration: Option<KeyConfiguration>,
    /// The form of the issuer in tokens: `ORIGINAL` is
    /// `https://cognito-idp.<region>.amazonaws.com/<id>`, `UPDATED` starts with
    /// `https://issuer-cognito-idp.`. AWS's default: `ORIGINAL`.
    #[schemars(extend("x-model" = "cognito-idp.CreateUserPool.IssuerConfiguration.Type"))]
    pub issuer_configuration: Option<String>,
    /// The names of authentication levels in tokens, by level: `Level1` to `Level4`.
    #[serde(default)]
    #[schemars(extend("x-keys" = "authentication level"))]
    #[schemars(extend("additionalProperties" = {
        "type": "string",
        "x-model": "cognito-idp.CreateUserPool.AcrConfiguration{}.AcrValue",
    }))]
    pub acr_configuration: Texts,
    /// `ACTIVE`: the pool cannot be deleted. A new pool gets `ACTIVE` unless the file says
    /// otherwise or the stack `expires`.
    pub deletion_protection: Option<String>,
    /// The feature plan. AWS's default: `ESSENTIALS`.
    pub user_pool_tier: Option<String>,
    /// Tags of the pool, besides the stack's.
    #[serde(default)]
    #[schemars(extend("x-keys" = "tag"))]
    pub user_pool_tags: Texts,
    /// What is demanded of the attributes that every pool has. Fixed once the pool exists.
    #[serde(default)]
    #[schemars(extend("x-keys" = "standard attribute"))]
    pub standard_attributes: BTreeMap<String, StandardAttribute>,
    /// Attributes of one's own, by name without `custom:`. They can be added, never changed or
    /// removed. Short form: the type alone.
    #[serde(default)]
    #[schemars(extend("x-keys" = "custom attribute"))]
    #[schemars(extend("x-key-model" = "cognito-idp.CreateUserPool.Schema[].Name"))]
    pub custom_attributes: BTreeMap<String, CustomAttribute>,
    /// The prefix of the sign-in pages: `https://<prefix>.auth.<region>.amazoncognito.com`.
    /// Short form: the prefix alone.
    pub domain: Option<Domain>,
    /// A domain of one's own for the sign-in pages, besides the prefix or in its place.
    pub custom_domain: Option<Settings<CustomDomain>>,
    /// Resource servers, by key: the APIs whose scopes clients can be granted. At most 25.
    #[serde(default)]
    pub resource_servers: BTreeMap<String, Option<Settings<ResourceServer>>>,
    /// App clients, by key. A client's AWS name is `<stack>-<key>` unless `client_name` is set.
    #[serde(default)]
    pub app_clients: BTreeMap<String, Option<Settings<AppClient>>>,
    /// Groups, by name.
    #[serde(default)]
    #[schemars(extend("x-keys" = "group"))]
    #[schemars(extend("x-key-model" = "cognito-idp.CreateGroup.GroupName"))]
    pub groups: BTreeMap<String, Option<Settings<Group>>>,
    /// Users, by user name. They are made and kept as declared; nobody is ever deleted because
    /// the file no longer names them.
    #[serde(default)]
    #[schemars(extend("x-keys" = "user"))]
    #[schemars(extend("x-key-model" = "cognito-idp.AdminCreateUser.Username"))]
    pub users: BTreeMap<String, Option<Settings<User>>>,
    /// The functions that Cognito calls: a key of `lambdas`, or an ARN. What is not declared is
    /// not called.
    #[serde(default)]
    #[schemars(extend("x-keys" = "trigger", "propertyNames" = { "enum": Trigger::ALL.map(Trigger::name) }))]
    pub triggers: BTreeMap<Trigger, TriggerFunction>,
    /// The ARN of the symmetric KMS key that codes are encrypted with on their way to
    /// `custom_sms_sender` and `custom_email_sender`.
    #[schemars(extend("x-model" = "cognito-idp.CreateUserPool.LambdaConfig.KMSKeyID"))]
    pub kms_key_id: Option<String>,
}

/// How user names are compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.UsernameConfiguration"))]
pub struct UsernameConfiguration {
    /// Whether letters' case matters. AWS's default: `true`; the console chooses `false`.
    pub case_sensitive: Option<bool>,
}

/// What a password must look like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.Policies.PasswordPolicy"))]
pub struct PasswordPolicy {
    /// The shortest password. AWS's default: 8.
    pub minimum_length: Option<u8>,
    /// Whether it needs a lower-case letter. AWS's default: `true`.
    pub require_lowercase: Option<bool>,
    /// Whether it needs a digit. AWS's default: `true`.
    pub require_numbers: Option<bool>,
    /// Whether it needs a symbol. AWS's default: `true`.
    pub require_symbols: Option<bool>,
    /// Whether it needs an upper-case letter. AWS's default: `true`.
    pub require_uppercase: Option<bool>,
    /// How many earlier passwords may not be used again. Needs the tier `ESSENTIALS` or `PLUS`.
    /// AWS's default: 0.
    pub password_history_size: Option<u8>,
    /// How many days a temporary password is good for. AWS's default: 7, which 0 means too.
    #[schemars(range(min = 1))]
    pub temporary_password_validity_days: Option<u16>,
}

/// Who may make users.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.AdminCreateUserConfig"))]
pub struct AdminCreateUserConfig {
    /// `true`: only an administrator makes users. AWS's default: `false`, anybody may sign up.
    pub allow_admin_create_user_only: Option<bool>,
    /// What an invitation says.
    pub invite_message_template: Option<InviteMessageTemplate>,
}

/// What is demanded of an attribute that every pool has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.Schema[]"))]
pub struct StandardAttribute {
    /// Whether nobody can sign up without it. AWS's default: `false`.
    pub required: Option<bool>,
    /// Whether its value can change. AWS's default: `true`.
    pub mutable: Option<bool>,
    /// The shortest text. AWS's default: 0.
    #[schemars(range(min = 0, max = 2048))]
    pub min_length: Option<u32>,
    /// The longest text. AWS's default: 2048.
    #[schemars(range(min = 0, max = 2048))]
    pub max_length: Option<u32>,
}

/// The function that a trigger calls. Short form: the function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TriggerFunction {
    /// A key of `lambdas`, or an ARN.
    pub lambda: String,
    /// The shape of the event; none where AWS's first one is meant.
    pub lambda_version: Option<String>,
}

/// The type of a custom attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AttributeType {
    /// Text.
    String,
    /// A number.
    Number,
    /// A date and time.
    Datetime,
    /// True or false.
    Boolean,
}

/// An attribute of one's own. Short form: the type alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CustomAttribute {
    /// Its type.
    pub r#type: AttributeType,
    /// Whether its value can change.
    pub mutable: bool,
    /// Whether only an administrator can read and write it.
    pub developer_only_attribute: bool,
    /// The shortest text.
    pub min_length: Option<u32>,
    /// The longest text.
    pub max_length: Option<u32>,
    /// The least number.
    pub min_value: Option<i64>,
    /// The greatest number.
    pub max_value: Option<i64>,
}

/// An event at which Cognito calls a function.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Before a sign-up: may confirm or refuse it.
    PreSignUp,
    /// Before a message is sent: may change its text.
    CustomMessage,
    /// After a sign-up or a new password is confirmed.
    PostConfirmation,
    /// Before a sign-in.
    PreAuthentication,
    /// After a sign-in.
    PostAuthentication,
    /// Decides which challenge comes next.
    DefineAuthChallenge,
    /// Makes a challenge.
    CreateAuthChallenge,
    /// Judges the answer to a challenge.
    VerifyAuthChallengeResponse,
    /// Before tokens are made: may change their claims.
    PreTokenGeneration,
    /// When an unknown user signs in: may bring the user over from elsewhere.
    UserMigration,
    /// Sends text messages in Cognito's place. Needs `kms_key_id`.
    CustomSmsSender,
    /// Sends e-mail in Cognito's place. Needs `kms_key_id`.
    CustomEmailSender,
    /// After an outside identity provider vouched for somebody: may change the attributes.
    InboundFederation,
}

impl Trigger {
    /// All of them.
    const ALL: [Self; 13] = [
        Self::PreSignUp,
        Self::CustomMessage,
        Self::PostConfirmation,
        Self::PreAuthentication,
        Self::PostAuthentication,
        Self::DefineAuthChallenge,
        Self::CreateAuthChallenge,
        Self::VerifyAuthChallengeResponse,
        Self::PreTokenGeneration,
        Self::UserMigration,
        Self::CustomSmsSender,
        Self::CustomEmailSender,
        Self::InboundFederation,
    ];

    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreSignUp => "pre_sign_up",
            Self::CustomMessage => "custom_message",
            Self::PostConfirmation => "post_confirmation",
            Self::PreAuthentication => "pre_authentication",
            Self::PostAuthentication => "post_authentication",
            Self::DefineAuthChallenge => "define_auth_challenge",
            Self::CreateAuthChallenge => "create_auth_challenge",
            Self::VerifyAuthChallengeResponse => "verify_auth_challenge_response",
            Self::PreTokenGeneration => "pre_token_generation",
            Self::UserMigration => "user_migration",
            Self::CustomSmsSender => "custom_sms_sender",
            Self::CustomEmailSender => "custom_email_sender",
            Self::InboundFederation => "inbound_federation",
        }
    }
}

/// The attributes that every pool has.
pub const STANDARD_ATTRIBUTES: &[&str] = &[
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "identities",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "sub",
    "updated_at",
    "website",
    "zoneinfo",
];
