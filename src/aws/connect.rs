//! Clients, from the standard AWS configuration and what the command line adds to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;

use crate::engine::CloudError;

use super::rates::{Rates, limited};

/// How often the SDK sends a request that is throttled, or ends without an answer. With three of ten
/// requests throttled and more of them failing, one in thousands uses that up.
const ATTEMPTS: u32 = 12;

/// The first pause between two of them, on average half of it; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(300);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5);

/// What the command line says about where AWS is and who asks.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// `--region`, or the file's.
    pub region: Option<String>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--role-arn`: taken on before anything else is asked.
    pub role_arn: Option<String>,
    /// `--endpoint-url`, or the local cloud's.
    pub endpoint_url: Option<String>,
    /// The local cloud's keys in place of the user's.
    pub local_keys: bool,
    /// A file of certificates to trust: `AWS_CA_BUNDLE`.
    pub ca_bundle: Option<PathBuf>,
    /// `--rates aws`: its quotas count at any endpoint, also before that throttles.
    pub keep_rates: bool,
}

/// The configuration that every client shares, and its region.
///
/// # Errors
///
/// No region, or certificates that cannot be read.
pub async fn connect(connection: &Connection) -> Result<(SdkConfig, String), CloudError> {
    let Connection { region, profile, role_arn, endpoint_url, local_keys, ca_bundle, keep_rates } =
        connection;
    let http = https(ca_bundle.as_deref())?;
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST)
        .with_max_backoff(LONGEST);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(retries)
        // Our own limit on the time of a request does not count the time until its turn; this would.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(http.clone());
    if let Some(region) = region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if *local_keys {
        let keys = aws_sdk_sts::config::Credentials::new("test", "test", None, None, "local");
        loader = loader.credentials_provider(keys);
    }
    let mut config = loader.load().await;
    let Some(region) = config.region().map(ToString::to_string) else {
        return Err(CloudError::new("no region is set")
            .help("write `region:` in the stack file, or set `--region` or `AWS_REGION`"));
    };
    if let Some(role) = role_arn {
        let provider = AssumeRoleProvider::builder(role)
            .session_name("provision")
            .configure(&config)
            .build()
            .await;
        config = config
            .into_builder()
            .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(provider))
            .build();
    }
    let from_the_start = *keep_rates || config.endpoint_url().is_none();
    let rates = Arc::new(Rates::new(from_the_start));
    Ok((config.into_builder().http_client(limited(http, rates)).build(), region))
}

/// The HTTP client: proxies of the environment are used; the certificates of a file are trusted too.
fn https(ca_bundle: Option<&Path>) -> Result<SharedHttpClient, CloudError> {
    let mut store = tls::TrustStore::empty().with_native_roots(true);
    if let Some(path) = ca_bundle {
        let pem = std::fs::read(path).map_err(|error| of_bundle(path, &error))?;
        store = store.with_pem_certificate(pem);
    }
    let context = tls::TlsContext::builder().with_trust_store(store).build();
    let context = context.map_err(|e| of_bundle(ca_bundle.unwrap_or(Path::new("")), &e))?;
    let builder = aws_smithy_http_client::Builder::new();
    Ok(builder.build_with_connector_fn(move |settings, components| {
        let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let mut connector = aws_smithy_http_client::Connector::builder()
            .tls_provider(provider)
            .tls_context(context.clone())
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.build()
    }))
}

fn of_bundle(path: &Path, error: &dyn std::error::Error) -> CloudError {
    CloudError::new(format!("AWS_CA_BUNDLE: {}: {error}", path.display()))
}
