//! Second factors and passkeys of a user pool.
//!
//! `SetUserPoolMfaConfig` replaces everything, and switches MFA off where it is not told the mode, so
//! every change reads what is there, lays itself over it and sends it all.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolMfaConfig.html>

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
use aws_sdk_cognitoidentityprovider::operation::set_user_pool_mfa_config::builders::SetUserPoolMfaConfigFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    EmailMfaConfigType, SmsConfigurationType, SmsMfaConfigType, SoftwareTokenMfaConfigType,
    UserPoolMfaType, UserVerificationType, WebAuthnConfigurationType,
    WebAuthnFactorConfigurationType,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::engine::CloudError;
use crate::spec::stack::{EmailMfa, SmsMfa, SoftwareTokenMfa, WebAuthnConfiguration};

use super::error::failed;
use super::pool_body::messages::some;

/// The settings that `SetUserPoolMfaConfig` takes.
pub const SETTINGS: &[&str] = &[
    "mfa_configuration",
    "software_token_mfa_configuration",
    "sms_mfa_configuration",
    "email_mfa_configuration",
    "web_authn_configuration",
];

/// The factors among them.
const FACTORS: &[&str] =
    &["software_token_mfa_configuration", "sms_mfa_configuration", "email_mfa_configuration"];

/// All that a pool is to ask for besides the first factor.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Mfa {
    mfa_configuration: Option<String>,
    software_token_mfa_configuration: Option<SoftwareTokenMfa>,
    sms_mfa_configuration: Option<SmsMfa>,
    email_mfa_configuration: Option<EmailMfa>,
    web_authn_configuration: Option<WebAuthnConfiguration>,
}

/// A factor whose mapping is written is meant to be used.
pub fn enable(want: &mut Map<String, Value>) {
    for factor in FACTORS {
        if let Some(Value::Object(factor)) = want.get_mut(*factor) {
            factor.entry("enabled").or_insert(json!(true));
        }
    }
}

/// Whether the file says anything of this.
pub fn is_wanted(want: &Value) -> bool {
    SETTINGS.iter().any(|setting| want.get(setting).is_some())
}

/// Whether a change takes something away: a factor, or the demand for one.
///
/// Such a change goes before changes of the pool, which may take away what the factor needs; any
/// other goes after them, as they may bring what it needs.
pub fn loosens(live: &Value, want: &Mfa) -> bool {
    let rank = |mode: Option<&str>| match mode {
        Some("ON") => 2,
        Some("OPTIONAL") => 1,
        _ => 0,
    };
    let factors = want.factors();
    rank(want.mfa_configuration.as_deref()) < rank(live["mfa_configuration"].as_str())
        || FACTORS.iter().zip(factors).any(|(name, on)| live[*name]["enabled"] == true && !on)
}

impl Mfa {
    /// Whether each factor is to be used.
    fn factors(&self) -> [bool; 3] {
        [
            self.software_token_mfa_configuration.as_ref().and_then(|factor| factor.enabled),
            self.sms_mfa_configuration.as_ref().and_then(|factor| factor.enabled),
            self.email_mfa_configuration.as_ref().and_then(|factor| factor.enabled),
        ]
        .map(|enabled| enabled == Some(true))
    }

    /// Whether a new pool has all this by itself.
    pub fn is_default(&self) -> bool {
        self.mode() == UserPoolMfaType::Off && self.web_authn_configuration.is_none()
    }

    /// The mode.
    pub fn mode(&self) -> UserPoolMfaType {
        self.mfa_configuration.as_deref().map_or(UserPoolMfaType::Off, UserPoolMfaType::from)
    }

    /// The request; text messages go as the pool sends all of its own.
    pub fn request(
        self,
        client: &Client,
        pool: &str,
        sms: Option<SmsConfigurationType>,
    ) -> SetUserPoolMfaConfigFluentBuilder {
        let mode = self.mode();
        let [token, text, email] = self.factors();
        let mut request =
            client.set_user_pool_mfa_config().user_pool_id(pool).mfa_configuration(mode.clone());
        if let Some(passkeys) = self.web_authn_configuration {
            request = request.web_authn_configuration(web_authn(passkeys));
        }
        if mode == UserPoolMfaType::Off {
            // AWS refuses any factor beside it, even one that is not enabled.
            return request;
        }
        if token {
            let token = SoftwareTokenMfaConfigType::builder().enabled(true).build();
            request = request.software_token_mfa_configuration(token);
        }
        if let Some(factor) = self.sms_mfa_configuration.filter(|_| text) {
            let text = SmsMfaConfigType::builder()
                .set_sms_authentication_message(factor.sms_authentication_message)
                .set_sms_configuration(sms);
            request = request.sms_mfa_configuration(text.build());
        }
        if let Some(factor) = self.email_mfa_configuration.filter(|_| email) {
            let email = EmailMfaConfigType::builder()
                .set_message(factor.message)
                .set_subject(factor.subject);
            request = request.email_mfa_configuration(email.build());
        }
        request
    }
}

fn web_authn(given: WebAuthnConfiguration) -> WebAuthnConfigurationType {
    let WebAuthnConfiguration { relying_party_id, user_verification, factor_configuration } = given;
    let factor = factor_configuration.as_deref().map(WebAuthnFactorConfigurationType::from);
    WebAuthnConfigurationType::builder()
        .set_relying_party_id(relying_party_id)
        .set_user_verification(user_verification.as_deref().map(UserVerificationType::from))
        .set_factor_configuration(factor)
        .build()
}

/// Reads what a pool asks for.
///
/// # Errors
///
/// A pool that cannot be read.
pub async fn read(client: &Client, pool: &str) -> Result<GetUserPoolMfaConfigOutput, CloudError> {
    let answer = client.get_user_pool_mfa_config().user_pool_id(pool).send().await;
    answer.map_err(failed("GetUserPoolMfaConfig"))
}

/// What a pool asks for, as the file says it.
pub fn state(live: &GetUserPoolMfaConfigOutput) -> Value {
    // Where MFA is off no factor is used, whatever an answer says of it.
    let is_on = live.mfa_configuration().is_some_and(|mode| *mode != UserPoolMfaType::Off);
    let token = live.software_token_mfa_configuration().is_some_and(|factor| factor.enabled);
    let token = token && is_on;
    let text = live.sms_mfa_configuration().filter(|_| is_on);
    let email = live.email_mfa_configuration().filter(|_| is_on);
    let passkeys = live.web_authn_configuration().map(|passkeys| {
        let all = [
            ("relying_party_id", some(passkeys.relying_party_id())),
            ("user_verification", passkeys.user_verification().map(|v| v.as_str().to_owned())),
            (
                "factor_configuration",
                passkeys.factor_configuration().map(|factor| factor.as_str().to_owned()),
            ),
        ];
        let some =
            all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
        Value::Object(some.collect())
    });
    let mut state = json!({
        "mfa_configuration": live.mfa_configuration().map_or("OFF", |mode| mode.as_str()),
        "software_token_mfa_configuration": { "enabled": token },
        "sms_mfa_configuration": { "enabled": text.is_some() },
        "email_mfa_configuration": { "enabled": email.is_some() },
        "web_authn_configuration": passkeys,
    });
    let mut put = |factor: &str, name: &str, value: Option<String>| {
        if let Some(value) = value {
            state[factor][name] = value.into();
        }
    };
    let said = text.and_then(|text| some(text.sms_authentication_message()));
    put("sms_mfa_configuration", "sms_authentication_message", said);
    put("email_mfa_configuration", "message", email.and_then(|email| some(email.message())));
    put("email_mfa_configuration", "subject", email.and_then(|email| some(email.subject())));
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mfa(value: Value) -> Mfa {
        serde_json::from_value(value).unwrap()
    }

    #[tokio::test]
    async fn off_is_sent_without_any_factor() {
        let off = mfa(json!({
            "mfa_configuration": "OFF",
            "software_token_mfa_configuration": { "enabled": true },
            "web_authn_configuration": { "user_verification": "required" },
        }));
        let aws = crate::aws::Aws::test();
        let sent = off.request(&aws.cognito, "p_1", None);
        assert_eq!(sent.get_mfa_configuration(), &Some(UserPoolMfaType::Off));
        assert!(sent.get_software_token_mfa_configuration().is_none());
        assert!(sent.get_web_authn_configuration().is_some());
    }

    #[tokio::test]
    async fn a_factor_that_is_on_is_sent_with_the_pools_own_sender() {
        let on = mfa(json!({
            "mfa_configuration": "ON",
            "sms_mfa_configuration": { "enabled": true, "sms_authentication_message": "{####}" },
            "email_mfa_configuration": { "enabled": false, "subject": "Code" },
        }));
        let sms = SmsConfigurationType::builder().sns_caller_arn("arn:role").build();
        let aws = crate::aws::Aws::test();
        let sent = on.request(&aws.cognito, "p_1", Some(sms.clone()));
        let text = sent.get_sms_mfa_configuration().clone().unwrap();
        assert_eq!(text.sms_configuration, Some(sms));
        assert!(sent.get_email_mfa_configuration().is_none());
    }

    #[test]
    fn where_mfa_is_off_no_factor_is_on() {
        let token = SoftwareTokenMfaConfigType::builder().enabled(true).build();
        let live = GetUserPoolMfaConfigOutput::builder()
            .mfa_configuration(UserPoolMfaType::Off)
            .software_token_mfa_configuration(token.clone())
            .sms_mfa_configuration(SmsMfaConfigType::builder().build());
        let off = state(&live.build());
        assert_eq!(off["software_token_mfa_configuration"], json!({ "enabled": false }));
        assert_eq!(off["sms_mfa_configuration"], json!({ "enabled": false }));
        let live = GetUserPoolMfaConfigOutput::builder()
            .mfa_configuration(UserPoolMfaType::On)
            .software_token_mfa_configuration(token);
        let on = state(&live.build());
        assert_eq!(on["software_token_mfa_configuration"], json!({ "enabled": true }));
    }

    #[test]
    fn what_takes_away_is_told_from_what_adds() {
        let live = json!({
            "mfa_configuration": "OPTIONAL",
            "software_token_mfa_configuration": { "enabled": true },
        });
        let token = json!({ "enabled": true });
        let more = mfa(json!({
            "mfa_configuration": "ON", "software_token_mfa_configuration": token.clone(),
        }));
        assert!(!loosens(&live, &more));
        let less = mfa(json!({
            "mfa_configuration": "OFF", "software_token_mfa_configuration": token,
        }));
        assert!(loosens(&live, &less));
        let other = mfa(json!({
            "mfa_configuration": "OPTIONAL", "email_mfa_configuration": { "enabled": true },
        }));
        assert!(loosens(&live, &other), "the first factor goes");
    }
}
