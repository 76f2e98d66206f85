//! `user_pool.groups.<key>` and `user_pool.users.<key>`

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Texts;

/// A group of users.
///
/// AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateGroup.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateGroup"))]
pub struct Group {
    /// What the group is for.
    pub description: Option<String>,
    /// Of a user's groups the one with the lowest number gives the role. Cannot be unset.
    pub precedence: Option<i32>,
    /// The ARN of the role that the group's members take on.
    pub role_arn: Option<String>,
}

/// A user.
///
/// AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.AdminCreateUser"))]
pub struct User {
    /// The e-mail address. It counts as verified.
    #[schemars(extend("x-model" = "cognito-idp.AdminCreateUser.UserAttributes[].Value"))]
    pub email: Option<String>,
    /// The phone number, as `+15551234567`. It counts as verified.
    #[schemars(regex(pattern = r"^\+[0-9]{1,15}$"))]
    #[schemars(extend("x-expected" = "a phone number with its country code, as `+15551234567`"))]
    pub phone_number: Option<String>,
    /// Other attributes, by name; attributes of one's own as `custom:NAME`. Those that are not
    /// declared stay.
    #[serde(default)]
    pub attributes: Texts,
    /// Whether the user may sign in. AWS's default: `true`.
    pub enabled: Option<bool>,
    /// `true`: Cognito sends the user an invitation with a temporary password, by e-mail where
    /// there is an address, else by SMS. Default: `false`, nothing is sent. Not beside `password`.
    pub invite: Option<Invite>,
    /// The permanent password, set when the user is made. It is never read, compared or shown.
    pub password: Option<Password>,
    /// The names of the groups that the user is in.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// Whether and how a user is invited. Short form: `true` or `false`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Invite(pub Option<InviteSettings>);

/// The long form of an invitation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.AdminCreateUser"))]
pub struct InviteSettings {
    /// How it is sent: `EMAIL`, `SMS` or both. Default: `EMAIL` where there is an address, else
    /// `SMS`.
    #[schemars(length(min = 1, max = 2))]
    pub desired_delivery_mediums: Option<Vec<String>>,
}

impl Invite {
    const EXPECTED: &'static str = "`true`, or a mapping with `desired_delivery_mediums`";
}

impl<'de> Deserialize<'de> for Invite {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Invite;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Invite::EXPECTED)
            }
            fn visit_bool<E>(self, invited: bool) -> Result<Invite, E> {
                Ok(Invite(invited.then(InviteSettings::default)))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Invite, A::Error> {
                let long = InviteSettings::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Invite(Some(long)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Invite {
    fn schema_name() -> Cow<'static, str> {
        "Invite".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let long = generator.subschema_for::<InviteSettings>();
        json_schema!({
            "anyOf": [{ "type": "boolean" }, long],
            "description": "Whether Cognito sends the user an invitation with a temporary password, and how.",
            "x-expected": Invite::EXPECTED,
        })
    }
}

/// Where a password comes from: `${env.NAME}`, `${secret.NAME}`, or a mapping.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Password {
    /// A template that stands for a secret.
    Reference(String),
    /// A variable, or else a generated one.
    Source(PasswordSource),
}

/// A variable of the environment that holds a password, and what to do without it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordSource {
    /// The environment variable that holds the password.
    #[schemars(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]*$"))]
    #[schemars(extend("x-expected" = "the name of a variable: letters, digits and `_`"))]
    pub env: Option<String>,
    /// `generate`: where the variable is not set, make a password and show it once.
    #[serde(rename = "else")]
    #[schemars(extend("enum" = ["generate", null]))]
    pub otherwise: Option<String>,
}
