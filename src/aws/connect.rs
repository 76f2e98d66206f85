//! Clients, from the standard AWS configuration and what the command line adds to it.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::engine::CloudError;

/// How long one attempt may take: the SDK itself sets no limit.
const ATTEMPT: Duration = Duration::from_secs(30);

/// The slowest upload that is waited for, in bytes a second.
const SLOWEST: u64 = 100_000;

/// How long an attempt may take that uploads so many bytes.
pub fn upload(bytes: usize) -> TimeoutConfig {
    // Base64 makes four bytes of three.
    let seconds = bytes as u64 * 4 / 3 / SLOWEST;
    let attempt = ATTEMPT + Duration::from_secs(seconds);
    TimeoutConfig::builder().operation_attempt_timeout(attempt).build()
}

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
}

/// The configuration that every client shares, and its region.
///
/// # Errors
///
/// No region, or certificates that cannot be read.
pub async fn connect(connection: &Connection) -> Result<(SdkConfig, String), CloudError> {
    let Connection { region, profile, role_arn, endpoint_url, local_keys, ca_bundle } = connection;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(5))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).build());
    if let Some(region) = region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(path) = ca_bundle {
        loader = loader.http_client(trusting(path)?);
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
    Ok((config, region))
}

/// An HTTP client that trusts the certificates of a file.
fn trusting(path: &PathBuf) -> Result<SharedHttpClient, CloudError> {
    let pem = std::fs::read(path)
        .map_err(|error| CloudError::new(format!("AWS_CA_BUNDLE: {}: {error}", path.display())))?;
    let store = tls::TrustStore::empty().with_native_roots(true).with_pem_certificate(pem);
    let context = tls::TlsContext::builder()
        .with_trust_store(store)
        .build()
        .map_err(|error| CloudError::new(format!("AWS_CA_BUNDLE: {}: {error}", path.display())))?;
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
    let builder = aws_smithy_http_client::Builder::new().tls_provider(provider);
    Ok(builder.tls_context(context).build_https())
}
