//! `user_pool`, its own settings

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AppClient, CustomDomain, Domain, Group, ResourceServer, Texts, User};
use crate::spec::settings::Settings;

/// A Cognito user pool.
///
/// AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPool {
    /// The pool's name in AWS. Default: the stack's name.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[\w\s+=,.@-]+$"))]
    #[schemars(extend("x-expected" = "letters, digits, spaces and any of `_+=,.@-`"))]
    pub name: Option<String>,
    /// Attributes that people may sign in with in addition to a user name. Fixed once the pool
    /// exists; not together with `username_attributes`.
    #[schemars(extend("items" = { "type": "string", "enum": ["email", "phone_number", "preferred_username"] }))]
    pub alias_attributes: Option<Vec<String>>,
    /// Attributes that serve as the user name: people sign up with an e-mail address or a phone
    /// number. Fixed once the pool exists.
    #[schemars(extend("items" = { "type": "string", "enum": ["email", "phone_number"] }))]
    pub username_attributes: Option<Vec<String>>,
    /// Whether letters' case matters in user names. Fixed once the pool exists.
    pub username_configuration: Option<UsernameConfiguration>,
    /// What a password must look like. AWS's default: 8 characters of all four classes.
    pub password_policy: Option<PasswordPolicy>,
    /// Who may make users. AWS's default: anybody may sign up.
    pub admin_create_user_config: Option<AdminCreateUserConfig>,
    /// How somebody who forgot the password gets back in, in the order of preference.
    /// `admin_only` stands alone. AWS's default: `[verified_email, verified_phone_number]`.
    #[schemars(length(min = 1, max = 2))]
    #[schemars(extend("items" = { "type": "string", "enum": ["verified_email", "verified_phone_number", "admin_only"] }))]
    pub account_recovery_setting: Option<Vec<String>>,
    /// Attributes that Cognito verifies by sending a code when somebody signs up.
    #[schemars(extend("items" = { "type": "string", "enum": ["email", "phone_number"] }))]
    pub auto_verified_attributes: Option<Vec<String>>,
    /// `ACTIVE`: the pool cannot be deleted. A new pool gets `ACTIVE` unless the file says
    /// otherwise or the stack `expires`.
    #[schemars(extend("enum" = ["ACTIVE", "INACTIVE", null]))]
    pub deletion_protection: Option<String>,
    /// The feature plan. AWS's default: `ESSENTIALS`.
    #[schemars(extend("enum" = ["LITE", "ESSENTIALS", "PLUS", null]))]
    pub user_pool_tier: Option<String>,
    /// Tags of the pool, besides the stack's.
    #[serde(default)]
    #[schemars(extend("x-keys" = "tag"))]
    pub user_pool_tags: Texts,
    /// Attributes of one's own, by name without `custom:`. They can be added, never changed or
    /// removed. Short form: the type alone.
    #[serde(default)]
    #[schemars(extend("x-keys" = "custom attribute"))]
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
    pub groups: BTreeMap<String, Option<Settings<Group>>>,
    /// Users, by user name. They are made and kept as declared; nobody is ever deleted because
    /// the file no longer names them.
    #[serde(default)]
    #[schemars(extend("x-keys" = "user"))]
    pub users: BTreeMap<String, Option<Settings<User>>>,
    /// The functions that Cognito calls: a key of `lambdas`, or an ARN. What is not declared is
    /// not called.
    #[serde(default)]
    pub triggers: BTreeMap<Trigger, String>,
}

/// How user names are compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsernameConfiguration {
    /// Whether letters' case matters. AWS's default: `true`; the console chooses `false`.
    pub case_sensitive: Option<bool>,
}

/// What a password must look like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordPolicy {
    /// The shortest password. AWS's default: 8.
    #[schemars(range(min = 6, max = 99))]
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
    #[schemars(range(min = 0, max = 24))]
    pub password_history_size: Option<u8>,
    /// How many days a temporary password is good for. AWS's default: 7.
    #[schemars(range(min = 1, max = 365))]
    pub temporary_password_validity_days: Option<u16>,
}

/// Who may make users.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminCreateUserConfig {
    /// `true`: only an administrator makes users. AWS's default: `false`, anybody may sign up.
    pub allow_admin_create_user_only: Option<bool>,
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
