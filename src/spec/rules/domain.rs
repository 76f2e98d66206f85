//! Rules about the domains of a pool.
//!
//! AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-add-custom-domain.html>

use super::{Report, is_plain};

/// Words that a prefix domain may not hold.
pub fn prefix(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(domain) = loaded.stack.pool().and_then(|pool| pool.domain.as_ref()) else { return };
    let prefix = &domain.0.given.domain;
    let found = ["aws", "amazon", "cognito"].into_iter().find(|word| prefix.contains(word));
    if let Some(word) = found {
        let message = format!("a domain prefix may not contain `{word}`");
        report.rule("domain-word").at(&["user_pool", "domain"], message, "choose another prefix");
    }
}

/// A domain of one's own is a whole name, and its certificate is in us-east-1.
pub fn custom(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(domain) = loaded.stack.pool().and_then(|pool| pool.custom_domain.as_ref()) else {
        return;
    };
    let (name, certificate) = (&domain.given.domain, &domain.given.certificate_arn);
    let path = ["user_pool", "custom_domain", "domain"];
    if name.ends_with(".amazoncognito.com") {
        let message = format!("`{name}` is Amazon's own");
        report.rule("domain-of-amazon").at(
            &path,
            message,
            "a prefix there is declared as `domain: PREFIX`",
        );
    } else if is_plain(name) && !is_whole_name(name) {
        let message = format!("`{name}` is not a whole domain name");
        report.rule("domain-not-whole").at(
            &path,
            message,
            "lower-case, with a dot, as `auth.example.com`",
        );
    }
    if !is_plain(certificate) {
        return;
    }
    let path = ["user_pool", "custom_domain", "certificate_arn"];
    let parts: Vec<&str> = certificate.splitn(6, ':').collect();
    match parts.as_slice() {
        // Other partitions have no us-east-1.
        ["arn", "aws", "acm", region, _, id] if id.starts_with("certificate/") => {
            if *region != "us-east-1" {
                let message = format!("the certificate is in {region}");
                let help = "a domain of sign-in pages takes one of us-east-1 alone, wherever the \
                    pool is: request it there too";
                report.rule("certificate-region").at(&path, message, help);
            }
        }
        ["arn", _, "acm", _, _, id] if id.starts_with("certificate/") => {}
        _ => {
            let message = format!("`{certificate}` is not the ARN of a certificate");
            report.rule("not-a-certificate").at(
                &path,
                message,
                "as `arn:aws:acm:us-east-1:123456789012:certificate/ID`",
            );
        }
    }
}

fn is_whole_name(name: &str) -> bool {
    let label = |label: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=63).contains(&label.len())
            && label.chars().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.contains('.') && name.split('.').all(label)
}
