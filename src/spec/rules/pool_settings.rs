//! Rules between settings of a user pool.
//!
//! AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html>

use super::{Report, is_plain};
use crate::spec::stack::STANDARD_ATTRIBUTES;
use crate::spec::suggestion;

/// Standard attributes of which nothing can be demanded: Cognito sets them by itself.
const COGNITOS_OWN: &[&str] = &["identities", "sub"];

/// Standard attributes that are no texts.
const NO_TEXTS: &[&str] = &["email_verified", "phone_number_verified", "updated_at"];

/// Who must verify a new address must verify the first one: Cognito says "All attributes in
/// AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes".
pub fn verified_updates(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    let setting = "attributes_require_verification_before_update";
    let verified: Vec<&String> = pool.auto_verified_attributes.iter().flatten().collect();
    let updates = pool.attributes_require_verification_before_update.iter().flatten();
    for (index, attribute) in updates.enumerate().filter(|(_, name)| !verified.contains(name)) {
        let index = index.to_string();
        let message = format!("`{attribute}` is not among `auto_verified_attributes`");
        let help = format!("add it there: `auto_verified_attributes: [{attribute}]`");
        let path = ["user_pool", setting, index.as_str()];
        report.rule("update-needs-auto-verified").at(&path, message, help);
    }
}

/// A key of one's own is named, and only such a key is.
pub fn keys(report: &mut Report<'_>) {
    let Some(pool) = report.loaded.stack.pool() else { return };
    let Some(key) = &pool.key_configuration else { return };
    let is_own = key.key_type.as_deref() == Some("CUSTOMER_MANAGED_KEY");
    if is_own && key.kms_key_arn.is_none() {
        let message = "`CUSTOMER_MANAGED_KEY` names no key";
        let path = ["user_pool", "key_configuration"];
        report.rule("own-key-needs-arn").at_key(&path, message, "add `kms_key_arn`");
    } else if !is_own && key.kms_key_arn.is_some() {
        let message = "a key is named, and `key_type` is not `CUSTOMER_MANAGED_KEY`";
        let path = ["user_pool", "key_configuration", "kms_key_arn"];
        let help = "add `key_type: CUSTOMER_MANAGED_KEY`, or remove the key";
        report.rule("key-of-aws-has-no-arn").at(&path, message, help);
    }
}

/// Each level has a name of its own, those included that keep AWS's.
pub fn levels(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    let name = |level: &str| match pool.acr_configuration.get(level) {
        Some(name) => name.clone(),
        None => format!("urn:cognito:loa:{}", level.trim_start_matches("Level")),
    };
    let all = ["Level1", "Level2", "Level3", "Level4"].map(|level| (level, name(level)));
    for (level, own) in pool.acr_configuration.iter().filter(|(_, name)| is_plain(name)) {
        let other = all.iter().find(|(other, name)| other != level && name == own);
        if let Some((other, _)) = other {
            let path = ["user_pool", "acr_configuration", level];
            let message = format!("`{own}` is the name of `{other}` too");
            report.rule("same-level-name").at(&path, message, "each level has a name of its own");
        }
    }
}

/// Threat protection of custom challenges is part of threat protection.
pub fn add_ons(report: &mut Report<'_>) {
    let Some(add_ons) = report.loaded.stack.pool().and_then(|pool| pool.user_pool_add_ons.as_ref())
    else {
        return;
    };
    let is_on = matches!(add_ons.advanced_security_mode.as_deref(), Some("AUDIT" | "ENFORCED"));
    if add_ons.custom_auth_mode.is_some() && !is_on {
        let message = "`custom_auth_mode` is part of threat protection, which is off";
        let help = "add `advanced_security_mode: AUDIT` or `ENFORCED`";
        let path = ["user_pool", "user_pool_add_ons", "custom_auth_mode"];
        report.rule("custom-auth-mode-needs-protection").at(&path, message, help);
    }
}

/// Standard attributes are those that every pool has; any other name would make another one.
///
/// AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>
pub fn standard_attributes(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    for (name, attribute) in &pool.standard_attributes {
        let path = ["user_pool", "standard_attributes", name.as_str()];
        if !STANDARD_ATTRIBUTES.contains(&name.as_str()) {
            let message = format!("there is no standard attribute `{name}`");
            let help = suggestion(name, STANDARD_ATTRIBUTES.iter().copied()).unwrap_or_default();
            report.rule("unknown-standard-attribute").at_key(&path, message, help);
        } else if COGNITOS_OWN.contains(&name.as_str()) {
            let message = format!("`{name}` is Cognito's own");
            report.rule("attribute-of-cognito").at_key(&path, message, "remove it");
        }
        let has_length = attribute.min_length.is_some() || attribute.max_length.is_some();
        if has_length && NO_TEXTS.contains(&name.as_str()) {
            let help = "remove `min_length` and `max_length`";
            let message = format!("a length on `{name}`, which is no text");
            report.rule("length-of-no-text").at_key(&path, message, help);
        }
        if attribute.min_length.zip(attribute.max_length).is_some_and(|(least, most)| least > most)
        {
            let message = "the least is greater than the most";
            report.rule("crossed-limits").at(&path, message, "exchange them");
        }
    }
}
