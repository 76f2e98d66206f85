//! Rules about who sends a pool's messages, and what they hold.
//!
//! AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html>,
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-sms-settings.html>

use super::{Report, is_plain};
use crate::spec::stack::Trigger;

/// E-mail of one's own comes from an SES identity.
pub fn mail(report: &mut Report<'_>) {
    let Some(pool) = report.loaded.stack.pool() else { return };
    let Some(mail) = &pool.email_configuration else { return };
    let path = ["user_pool", "email_configuration"];
    match &mail.source_arn {
        None if mail.email_sending_account.as_deref() == Some("DEVELOPER") => {
            let message = "`DEVELOPER` needs the SES identity that e-mail comes from";
            let help = "add `source_arn: arn:aws:ses:REGION:ACCOUNT:identity/ADDRESS`";
            report.rule("developer-mail-needs-source").at_key(&path, message, help);
        }
        Some(arn) if is_plain(arn) && !(arn.contains(":ses:") && arn.contains(":identity/")) => {
            let message = format!("`{arn}` is not the ARN of an SES identity");
            let help = "write it as `arn:aws:ses:us-east-1:123456789012:identity/you@example.com`";
            let path = ["user_pool", "email_configuration", "source_arn"];
            report.rule("not-an-ses-identity").at(&path, message, help);
        }
        _ => {}
    }
}

/// Text messages have one sender, with a role.
pub fn texts(report: &mut Report<'_>) {
    let Some(pool) = report.loaded.stack.pool() else { return };
    let Some(texts) = &pool.sms_configuration else { return };
    let path = ["user_pool", "sms_configuration"];
    match (&texts.sns_caller_arn, &texts.eums_sms) {
        (None, None) => {
            let message = "`sms_configuration` names no sender";
            let help = "add `sns_caller_arn`, a role that may publish with SNS, or `eums_sms`";
            report.rule("sms-needs-sender").at_key(&path, message, help);
        }
        (Some(_), Some(_)) => {
            let message = "`sns_caller_arn` and `eums_sms` are two senders of text messages";
            report.rule("two-sms-senders").at_key(&path, message, "remove one of them");
        }
        _ => {}
    }
    let roles = [
        (vec!["sns_caller_arn"], texts.sns_caller_arn.as_ref()),
        (vec!["eums_sms", "caller_arn"], texts.eums_sms.as_ref().map(|eums| &eums.caller_arn)),
    ];
    for (below, role) in roles {
        if let Some(role) = role.filter(|role| is_plain(role) && !is_role(role)) {
            let path: Vec<&str> = path.iter().copied().chain(below).collect();
            let message = format!("`{role}` is not the ARN of a role");
            let help = "write it as `arn:aws:iam::123456789012:role/NAME`";
            report.rule("not-a-role").at(&path, message, help);
        }
    }
}

fn is_role(arn: &str) -> bool {
    arn.starts_with("arn:") && arn.contains(":iam::") && arn.contains(":role/")
}

/// A link that verifies an address leads to the pool's domain.
pub fn links(report: &mut Report<'_>) {
    let Some(pool) = report.loaded.stack.pool() else { return };
    let option = pool.verification_message_template.as_ref();
    let option = option.and_then(|template| template.default_email_option.as_deref());
    let has_domain = pool.domain.is_some() || pool.custom_domain.is_some();
    if option == Some("CONFIRM_WITH_LINK") && !has_domain {
        let path = ["user_pool", "verification_message_template", "default_email_option"];
        let message = "a link leads to the pool's domain, and the pool has none";
        report.rule("link-needs-domain").at(
            &path,
            message,
            "add `domain`, or write CONFIRM_WITH_CODE",
        );
    }
}

/// Codes go to one's own sender encrypted, and only some triggers have versions.
///
/// AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html>
pub fn triggers(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    for (trigger, function) in &pool.triggers {
        let path = ["user_pool", "triggers", trigger.name()];
        let is_sender = matches!(trigger, Trigger::CustomSmsSender | Trigger::CustomEmailSender);
        if is_sender && pool.kms_key_id.is_none() {
            let message =
                format!("`{}` gets its codes encrypted, and there is no key", trigger.name());
            let help = "add `kms_key_id`, the ARN of a symmetric KMS key";
            report.rule("sender-needs-key").at_key(&path, message, help);
        }
        let version = function.lambda_version.as_deref();
        if *trigger != Trigger::PreTokenGeneration && matches!(version, Some("V2_0" | "V3_0")) {
            let message = format!("`{}` has the one version `V1_0`", trigger.name());
            let help = "remove `lambda_version`: `pre_token_generation` alone has more";
            let path = ["user_pool", "triggers", trigger.name(), "lambda_version"];
            report.rule("trigger-version").at(&path, message, help);
        }
    }
}
