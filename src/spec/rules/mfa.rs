//! Rules about second factors and first ones.
//!
//! AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolMfaConfig.html>

use super::Report;
use crate::spec::stack::UserPool;

/// The settings of the second factors that a pool uses.
fn second_factors(pool: &UserPool) -> Vec<&'static str> {
    let token = pool.software_token_mfa_configuration.as_ref().map(|factor| factor.enabled);
    let text = pool.sms_mfa_configuration.as_ref().map(|factor| factor.enabled);
    let mail = pool.email_mfa_configuration.as_ref().map(|factor| factor.enabled);
    let all = [
        ("software_token_mfa_configuration", token),
        ("sms_mfa_configuration", text),
        ("email_mfa_configuration", mail),
    ];
    // A factor that is written is meant to be used.
    let is_used = |enabled: Option<Option<bool>>| enabled.is_some_and(|on| on != Some(false));
    all.into_iter().filter(|(_, enabled)| is_used(*enabled)).map(|(name, _)| name).collect()
}

/// Who is asked for a second factor can have one, and there is none where nobody is asked: Cognito
/// refuses both. Absent is `OFF` for a new pool.
pub fn modes(report: &mut Report<'_>) {
    let Some(pool) = report.loaded.stack.pool() else { return };
    let factors = second_factors(pool);
    match pool.mfa_configuration.as_deref() {
        Some(mode @ ("ON" | "OPTIONAL")) if factors.is_empty() => {
            let message = format!("`mfa_configuration` is `{mode}`, and there is no second factor");
            let help = "add `software_token_mfa_configuration`, `sms_mfa_configuration` or \
                `email_mfa_configuration`, each with `enabled: true`";
            report.rule("mfa-needs-factor").at(&["user_pool", "mfa_configuration"], message, help);
        }
        Some("ON" | "OPTIONAL") => {}
        _ => {
            for factor in factors {
                let message = format!("`{factor}` is a second factor, and nobody is asked for one");
                let help = "add `mfa_configuration: OPTIONAL` or `ON`, or write `enabled: false`";
                report.rule("factor-without-mfa").at_key(&["user_pool", factor], message, help);
            }
        }
    }
}

/// Codes need somebody to send them: text messages an `sms_configuration`, e-mail as a second factor
/// the pool's own SES identity.
pub fn senders(report: &mut Report<'_>) {
    let Some(pool) = report.loaded.stack.pool() else { return };
    let factors = second_factors(pool);
    if factors.contains(&"sms_mfa_configuration") && pool.sms_configuration.is_none() {
        let message = "text messages as a second factor have no sender";
        let help = "add `sms_configuration` with a role that may publish with SNS";
        let path = ["user_pool", "sms_mfa_configuration"];
        report.rule("sms-mfa-needs-sender").at_key(&path, message, help);
    }
    let account = pool.email_configuration.as_ref().and_then(|m| m.email_sending_account.as_ref());
    let is_own = account.is_some_and(|account| account == "DEVELOPER");
    if factors.contains(&"email_mfa_configuration") && !is_own {
        let message = "e-mail as a second factor needs an SES identity of your own";
        let help = "add `email_configuration: { email_sending_account: DEVELOPER, source_arn: … }`";
        let path = ["user_pool", "email_mfa_configuration"];
        report.rule("email-mfa-needs-ses").at_key(&path, message, help);
    }
}

/// What people may start a sign-in with, beside what they are asked for next.
pub fn first_factors(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    let is_required = pool.mfa_configuration.as_deref() == Some("ON");
    let passkeys = pool.web_authn_configuration.as_ref();
    let passkeys = passkeys.and_then(|passkeys| passkeys.factor_configuration.as_deref());
    for (index, factor) in pool.allowed_first_auth_factors.iter().flatten().enumerate() {
        let index = index.to_string();
        let path = ["user_pool", "allowed_first_auth_factors", index.as_str()];
        match factor.as_str() {
            "SOFTWARE_TOKEN" => {
                let message = "an authenticator app is no first factor";
                let help = "remove it: Cognito has it as a second factor alone, \
                    `software_token_mfa_configuration`";
                report.rule("authenticator-is-second-factor").at(&path, message, help);
            }
            "EMAIL_OTP" | "SMS_OTP" if is_required => {
                let message = format!("`{factor}` cannot stand beside `mfa_configuration: ON`");
                let help = "write `mfa_configuration: OPTIONAL`, or remove the factor";
                report.rule("otp-beside-required-mfa").at(&path, message, help);
            }
            "WEB_AUTHN"
                if is_required && passkeys != Some("MULTI_FACTOR_WITH_USER_VERIFICATION") =>
            {
                let message =
                    "a passkey alone is one factor, and `mfa_configuration: ON` asks for two";
                let help = "add `web_authn_configuration: \
                    { factor_configuration: MULTI_FACTOR_WITH_USER_VERIFICATION }`";
                report.rule("passkey-beside-required-mfa").at(&path, message, help);
            }
            "SMS_OTP" if pool.sms_configuration.is_none() => {
                let message = "codes by text message have no sender";
                let help = "add `sms_configuration` with a role that may publish with SNS";
                report.rule("sms-otp-needs-sender").at(&path, message, help);
            }
            _ => {}
        }
    }
}
