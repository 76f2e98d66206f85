//! Rules about managed login and its styles.
//!
//! AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Report;

/// Managed login is not in the feature plan LITE.
pub fn tier(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    if pool.user_pool_tier.as_deref() != Some("LITE") {
        return;
    }
    let prefix = pool.domain.as_ref().and_then(|domain| domain.0.given.managed_login_version);
    let custom = pool.custom_domain.as_ref().and_then(|d| d.given.managed_login_version);
    for (setting, version) in [("domain", prefix), ("custom_domain", custom)] {
        if version == Some(2) {
            let path = ["user_pool", setting, "managed_login_version"];
            let message = "managed login needs the tier `ESSENTIALS` or `PLUS`";
            report.rule("managed-login-needs-essentials").at(
                &path,
                message,
                "write 1, or change `user_pool_tier`",
            );
        }
    }
}

/// Images are Base64 of at most 1 MB.
pub fn styles(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, client) in loaded.stack.app_clients() {
        let style = client.given.managed_login_branding.as_ref();
        let assets = style.into_iter().flat_map(|style| style.given.assets.iter().flatten());
        for (index, asset) in assets.enumerate() {
            let index = index.to_string();
            let path =
                ["user_pool", "app_clients", key, "managed_login_branding", "assets", &index];
            let path = [&path[..], &["bytes"]].concat();
            match STANDARD.decode(&asset.bytes) {
                Err(_) => report.rule("not-base64").at(
                    &path,
                    "this is not Base64",
                    "as `base64 -w0 FILE` prints it",
                ),
                Ok(bytes) if bytes.len() > 1_000_000 => {
                    let message = format!("the image has {} bytes; 1000000 at most", bytes.len());
                    report.rule("image-too-large").at(&path, message, "make it smaller");
                }
                Ok(_) => {}
            }
        }
    }
}
