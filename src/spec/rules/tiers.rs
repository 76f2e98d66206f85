//! Rules about the feature plan: what `LITE` and `ESSENTIALS` do not have.
//!
//! AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html>

use super::Report;
use crate::spec::stack::{Trigger, UserPool};

/// A feature: the rule, the setting, whether a pool uses it.
type Feature = (&'static str, &'static [&'static str], fn(&UserPool) -> bool);

/// What `LITE` does not have.
const NOT_LITE: &[Feature] = &[
    ("passwordless-needs-essentials", &["allowed_first_auth_factors"], |pool| {
        pool.allowed_first_auth_factors.iter().flatten().any(|factor| factor != "PASSWORD")
    }),
    ("email-mfa-needs-essentials", &["email_mfa_configuration"], |pool| {
        pool.email_mfa_configuration.as_ref().is_some_and(|factor| factor.enabled != Some(false))
    }),
    (
        "passkey-mfa-needs-essentials",
        &["web_authn_configuration", "factor_configuration"],
        |pool| {
            let passkeys = pool.web_authn_configuration.as_ref();
            let factor = passkeys.and_then(|passkeys| passkeys.factor_configuration.as_deref());
            factor == Some("MULTI_FACTOR_WITH_USER_VERIFICATION")
        },
    ),
    ("password-history-needs-essentials", &["password_policy", "password_history_size"], |pool| {
        let policy = pool.password_policy.as_ref();
        policy.and_then(|policy| policy.password_history_size).is_some_and(|size| size > 0)
    }),
    ("level-names-need-essentials", &["acr_configuration"], |pool| {
        !pool.acr_configuration.is_empty()
    }),
    ("token-version-needs-essentials", &["triggers", "pre_token_generation"], |pool| {
        let trigger = pool.triggers.get(&Trigger::PreTokenGeneration);
        let version = trigger.and_then(|trigger| trigger.lambda_version.as_deref());
        matches!(version, Some("V2_0" | "V3_0"))
    }),
];

/// Cognito answers FeatureUnavailableInTierException. A pool whose plan is not declared has
/// `ESSENTIALS`, or what somebody gave it.
pub fn features(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    let tier = pool.user_pool_tier.as_deref();
    if tier == Some("LITE") {
        for (rule, setting, _) in NOT_LITE.iter().filter(|(_, _, is_used)| is_used(pool)) {
            not_in(report, rule, setting, "`ESSENTIALS` or `PLUS`");
        }
        for (key, client) in loaded.stack.app_clients() {
            let flows = client.given.explicit_auth_flows.iter().flatten();
            if flows.into_iter().any(|flow| flow == "ALLOW_USER_AUTH") {
                let setting = ["app_clients", key, "explicit_auth_flows"];
                not_in(report, "user-auth-needs-essentials", &setting, "`ESSENTIALS` or `PLUS`");
            }
        }
    }
    let protection = pool.user_pool_add_ons.as_ref();
    let protection = protection.and_then(|add_ons| add_ons.advanced_security_mode.as_deref());
    if tier != Some("PLUS") && matches!(protection, Some("AUDIT" | "ENFORCED")) {
        let setting = ["user_pool_add_ons", "advanced_security_mode"];
        not_in(report, "threat-protection-needs-plus", &setting, "`PLUS`");
    }
}

fn not_in(report: &mut Report<'_>, rule: &'static str, setting: &[&str], needed: &str) {
    let path: Vec<&str> = ["user_pool"].iter().chain(setting).copied().collect();
    let name = setting.last().copied().unwrap_or_default();
    let message = format!("`{name}` needs the feature plan {needed}");
    report.rule(rule).at(&path, message, "change `user_pool_tier`, or remove the setting");
}
