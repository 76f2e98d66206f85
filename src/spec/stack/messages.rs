//! How a user pool sends e-mail and text messages, and what they say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who sends the pool's e-mail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.EmailConfiguration"))]
pub struct EmailConfiguration {
    /// `COGNITO_DEFAULT`: Cognito itself, at most 50 messages a day and account. `DEVELOPER`: your
    /// own Amazon SES identity. AWS's default: `COGNITO_DEFAULT`.
    pub email_sending_account: Option<String>,
    /// The ARN of the verified SES identity.
    pub source_arn: Option<String>,
    /// Where answers go.
    pub reply_to_email_address: Option<String>,
    /// The sender, as `Name <name@example.com>`. Needs `DEVELOPER`.
    pub from: Option<String>,
    /// The SES configuration set.
    pub configuration_set: Option<String>,
}

/// Who sends the pool's text messages: a role that may publish with Amazon SNS, or AWS End User
/// Messaging.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.SmsConfiguration"))]
pub struct SmsConfiguration {
    /// The ARN of the role that Cognito takes on to publish.
    pub sns_caller_arn: Option<String>,
    /// The external id that the role's trust policy demands.
    pub external_id: Option<String>,
    /// The region of SNS, where it is not the pool's.
    pub sns_region: Option<String>,
    /// AWS End User Messaging in place of SNS.
    pub eums_sms: Option<EumsSms>,
}

/// Text messages with AWS End User Messaging.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.SmsConfiguration.EumsSms"))]
pub struct EumsSms {
    /// The ARN of the role that Cognito takes on to send.
    pub caller_arn: String,
    /// The external id that the role's trust policy demands.
    pub external_id: Option<String>,
    /// The phone number, pool or sender id that messages come from.
    pub origination_identity: Option<String>,
    /// The configuration set.
    pub configuration_set_name: Option<String>,
    /// The entity id that India demands.
    pub in_entity_id: Option<String>,
    /// The template id that India demands.
    pub in_template_id: Option<String>,
    /// The region, where it is not the pool's.
    pub region: Option<String>,
}

/// What a message says that verifies an address or a phone number: `{####}` becomes the code,
/// `{##Click here##}` the link.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.VerificationMessageTemplate"))]
pub struct VerificationMessageTemplate {
    /// The text message; holds `{####}`.
    pub sms_message: Option<String>,
    /// The e-mail with a code; holds `{####}`.
    pub email_message: Option<String>,
    /// The subject of the e-mail with a code.
    pub email_subject: Option<String>,
    /// The e-mail with a link; holds `{##…##}`.
    pub email_message_by_link: Option<String>,
    /// The subject of the e-mail with a link.
    pub email_subject_by_link: Option<String>,
    /// Whether the e-mail has a code or a link. A link needs the pool's `domain`. AWS's default:
    /// `CONFIRM_WITH_CODE`.
    pub default_email_option: Option<String>,
}

/// What an invitation says: `{username}` becomes the user name, `{####}` the temporary password.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPool.AdminCreateUserConfig.InviteMessageTemplate"))]
pub struct InviteMessageTemplate {
    /// The text message; holds `{username}` and `{####}`.
    pub sms_message: Option<String>,
    /// The e-mail; holds `{username}` and `{####}`.
    pub email_message: Option<String>,
    /// The subject of the e-mail.
    pub email_subject: Option<String>,
}
