//! When the SDK sends a request again by itself.

use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

use super::interruption;

/// Codes that say that a quota is used up. The SDK takes them for throttling, and asks again in vain.
const QUOTA: &[&str] = &["LimitExceededException", "LimitExceeded"];

/// A client of one SDK crate with our patience.
macro_rules! patient {
    ($sdk:ident, $config:expr) => {{
        let config = $sdk::config::Builder::from($config)
            .retry_partition($crate::aws::retries::without_budget())
            .retry_classifier($crate::aws::retries::UsedUp);
        $sdk::Client::from_conf(config.build())
    }};
}
pub(super) use patient;

/// Retries without a budget for all requests together: the SDK's own is used up after a hundred, and
/// what follows would fail at the first throttling. How often AWS is asked is for the rates to say.
pub fn without_budget() -> RetryPartition {
    RetryPartition::custom("provision").token_bucket(TokenBucket::unlimited()).build()
}

/// Forbids to send again what a quota refuses, and anything once somebody wants to stop.
#[derive(Debug)]
pub struct UsedUp;

impl ClassifyRetry for UsedUp {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        if interruption::is_asked() {
            return RetryAction::RetryForbidden;
        }
        let Some(answer) = context.response() else { return RetryAction::NoActionIndicated };
        let is_quota = |code: &str| {
            let code = code.rsplit('#').next().unwrap_or_default();
            QUOTA.contains(&code.split(':').next().unwrap_or_default())
        };
        let of_header = answer.headers().get("x-amzn-errortype");
        let body = answer.body().bytes().filter(|_| !answer.status().is_success());
        let body = body.and_then(|body| serde_json::from_slice::<serde_json::Value>(body).ok());
        let of_body = body.as_ref().and_then(|body| body["__type"].as_str());
        if of_header.or(of_body).is_some_and(is_quota) {
            return RetryAction::RetryForbidden;
        }
        RetryAction::NoActionIndicated
    }

    fn name(&self) -> &'static str {
        "what a quota refuses"
    }
}
