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
use super::pool_body::Settings;
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

/// What passkeys count for where nothing is said.
const SINGLE_FACTOR: &str = "SINGLE_FACTOR";

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

/// Whether a change of the factors goes before the change of the pool: because the pool's takes away
/// what a factor needs now, or brings what only the new factors allow. Any other goes after it, for
/// the pool may bring what a factor needs.
///
/// # Errors
///
/// A change of both in which each would have to go first.
pub fn goes_first(live: &Value, want: &Mfa, pool: &Settings) -> Result<bool, CloudError> {
    let is_on = live["mfa_configuration"] != "OFF" && !live["mfa_configuration"].is_null();
    let demanded = live["mfa_configuration"] == "ON";
    // Factors that were not read may be on.
    let was = |factor: &str| is_on && live[factor]["enabled"] != false;
    let [_, text, email] = want.factors();
    let own_mail = |account: Option<&str>| account == Some("DEVELOPER");
    let has_mail = own_mail(live["email_configuration"]["email_sending_account"].as_str());
    let keeps_mail = own_mail(
        pool.email_configuration.as_ref().and_then(|m| m.email_sending_account.as_deref()),
    );
    let (has_sms, keeps_sms) =
        (!live["sms_configuration"].is_null(), pool.sms_configuration.is_some());
    if want.mode() != UserPoolMfaType::Off && has_sms && !keeps_sms && text {
        return Err(CloudError::new(
            "the pool would ask for codes by text message, and nobody sends any",
        )
        .help("declare `sms_mfa_configuration: { enabled: false }`, or keep `sms_configuration`"));
    }
    let factors = pool.allowed_first_auth_factors.iter().flatten();
    let starts_with = |factor: &str| factors.clone().any(|one| one == factor);
    let verified = "MULTI_FACTOR_WITH_USER_VERIFICATION";
    let pool_needs_it = (was("sms_mfa_configuration") && has_sms && !keeps_sms)
        || (was("email_mfa_configuration") && has_mail && !keeps_mail)
        || (demanded && (starts_with("EMAIL_OTP") || starts_with("SMS_OTP")))
        || (demanded
            && starts_with("WEB_AUTHN")
            && live["web_authn_configuration"]["factor_configuration"] != verified);
    let it_needs_pool = (email && !has_mail && keeps_mail) || (text && !has_sms && keeps_sms);
    if pool_needs_it && it_needs_pool {
        return Err(CloudError::new("the new factor needs what the old one must give up first")
            .help(
                "apply twice: first with both factors and both senders, then without the old ones",
            ));
    }
    Ok(pool_needs_it)
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
        let passkeys =
            self.web_authn_configuration.as_ref().is_none_or(|passkeys| {
                let WebAuthnConfiguration {
                    relying_party_id,
                    user_verification,
                    factor_configuration,
                } = passkeys;
                relying_party_id.is_none()
                    && user_verification.is_none()
                    && factor_configuration.as_deref().is_none_or(|factor| factor == SINGLE_FACTOR)
            });
        self.mode() == UserPoolMfaType::Off && passkeys
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
    let passkeys = live.web_authn_configuration();
    let factor = passkeys.and_then(|passkeys| passkeys.factor_configuration());
    let verification = passkeys.and_then(|passkeys| passkeys.user_verification());
    let all = [
        ("relying_party_id", some(passkeys.and_then(|passkeys| passkeys.relying_party_id()))),
        ("user_verification", verification.map(|verification| verification.as_str().to_owned())),
        ("factor_configuration", Some(factor.map_or(SINGLE_FACTOR, |f| f.as_str()).to_owned())),
    ];
    let some_of =
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    let passkeys = Value::Object(some_of.collect());
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
    fn factors_go_first_only_where_the_pool_waits_for_them() {
        let pool = |value: Value| -> Settings { serde_json::from_value(value).unwrap() };
        let own = json!({ "email_sending_account": "DEVELOPER" });
        let on = json!({ "enabled": true });
        let by_mail = json!({
            "mfa_configuration": "ON", "email_mfa_configuration": on, "email_configuration": own,
        });
        let first = |live: &Value, want: Value, settings: Value| {
            goes_first(live, &mfa(want), &pool(settings)).map_err(|error| error.message)
        };
        let off = json!({ "mfa_configuration": "OFF" });
        assert_eq!(first(&by_mail, off.clone(), json!({})), Ok(true), "the sender goes");
        let kept = json!({ "email_configuration": own });
        assert_eq!(first(&by_mail, off.clone(), kept.clone()), Ok(false));
        let plain = json!({ "mfa_configuration": "OFF" });
        let wanted = json!({ "mfa_configuration": "ON", "email_mfa_configuration": on });
        assert_eq!(first(&plain, wanted, kept), Ok(false), "the sender comes");
        let by_code = json!({ "allowed_first_auth_factors": ["PASSWORD", "EMAIL_OTP"] });
        assert_eq!(
            first(&by_mail, off, by_code),
            Ok(true),
            "codes and the demand exclude each other"
        );
        let by_text = json!({
            "mfa_configuration": "ON", "sms_mfa_configuration": on,
            "sms_configuration": { "sns_caller_arn": "arn:role" },
        });
        let still = json!({ "mfa_configuration": "ON", "sms_mfa_configuration": on });
        assert!(first(&by_text, still, json!({})).is_err(), "nobody would send");
    }
}
