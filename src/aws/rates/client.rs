//! The HTTP client that all SDK clients share: keeps the rates, and a limit on the time of each request.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::aws::error::THROTTLED;

use super::Rates;
use super::call::Call;

/// How long one attempt may take, answer included: the SDK itself sets no limit.
const ATTEMPT: Duration = Duration::from_secs(30);

/// The same where AWS itself has to read a function's code first.
const OF_CODE: Duration = Duration::from_secs(120);

/// The slowest upload that is waited for, in bytes a second.
const SLOWEST: u64 = 100_000;

/// The longest answer that is looked at for an error.
const ERROR: usize = 4096;

/// Puts the rates before an HTTP client. The time that a request waits for its turn does not count
/// towards the limit on its own time.
pub fn limited(client: SharedHttpClient, rates: Arc<Rates>) -> SharedHttpClient {
    SharedHttpClient::new(Limited { client, rates })
}

#[derive(Debug)]
struct Limited {
    client: SharedHttpClient,
    rates: Arc<Rates>,
}

impl HttpClient for Limited {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, rates: self.rates.clone() })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    rates: Arc<Rates>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, rates) = (self.inner.clone(), self.rates.clone());
        let call = Call::of(&request);
        HttpConnectorFuture::new(async move {
            let turn = rates.turn(&call).await;
            let length = request.body().content_length().unwrap_or(0);
            let least = if call.takes_code() { OF_CODE } else { ATTEMPT };
            let limit = least + Duration::from_secs(length / SLOWEST);
            let answer = tokio::time::timeout(limit, whole(&inner, request)).await;
            let answer = answer.unwrap_or_else(|_| {
                let seconds = limit.as_secs();
                Err(ConnectorError::timeout(format!("no answer within {seconds} s").into()))
            });
            let answer = match answer {
                Ok(answer) => answer,
                // The SDK does not repeat what the user has to mend.
                Err(error) if rates.reach.is_hopeless() => {
                    return Err(ConnectorError::user(error.into()));
                }
                Err(error) => return Err(error),
            };
            rates.reach.answered();
            if is_throttled(&answer) {
                turn.was_too_soon();
            }
            Ok(answer)
        })
    }
}

/// Sends a request and reads the answer to its end: no answer is large, and one that stops in the
/// middle must not be waited for without a limit.
async fn whole(
    inner: &SharedHttpConnector,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let mut answer = inner.call(request).await?;
    if answer.body().bytes().is_none() {
        let body = std::mem::replace(answer.body_mut(), SdkBody::empty());
        let body = ByteStream::new(body).collect().await;
        let body = body.map_err(|error| ConnectorError::io(error.into()))?;
        *answer.body_mut() = SdkBody::from(body.into_bytes());
    }
    Ok(answer)
}

/// Whether an answer says that the request came too soon.
fn is_throttled(answer: &HttpResponse) -> bool {
    let status = answer.status().as_u16();
    let says = |text: &str| THROTTLED.iter().any(|code| text.contains(code));
    let body = || answer.body().bytes().filter(|body| body.len() <= ERROR).unwrap_or_default();
    status == 429
        || status >= 400
            && (answer.headers().get("x-amzn-errortype").is_some_and(says)
                || says(&String::from_utf8_lossy(body())))
}

#[cfg(test)]
mod tests {
    use aws_smithy_http_client::test_util::NeverClient;
    use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::retry::RetryConfig;
    use tokio::time::Instant;

    use super::*;

    fn answer(status: u16, body: &'static str) -> HttpResponse {
        HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
    }

    #[test]
    fn an_answer_that_came_too_soon_is_told_from_other_errors() {
        let cognito = r#"{"__type":"TooManyRequestsException","message":"Rate exceeded"}"#;
        assert!(is_throttled(&answer(400, cognito)));
        assert!(is_throttled(&answer(429, "")));
        assert!(is_throttled(&answer(400, "<Code>Throttling</Code>")));
        assert!(!is_throttled(&answer(400, r#"{"__type":"LimitExceededException"}"#)));
        assert!(!is_throttled(&answer(200, cognito)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_without_an_answer_is_given_up_and_the_wait_for_its_turn_is_not_its_time() {
        let rates = Arc::new(Rates::new(true));
        let never = SharedHttpClient::new(NeverClient::new());
        let client = aws_sdk_iam::Client::from_conf(
            aws_sdk_iam::Config::builder()
                .behavior_version(aws_sdk_iam::config::BehaviorVersion::latest())
                .region(aws_sdk_iam::config::Region::new("us-east-1"))
                .credentials_provider(aws_sdk_iam::config::Credentials::for_tests())
                .retry_config(RetryConfig::disabled())
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                .http_client(limited(never, rates.clone()))
                .build(),
        );
        let call = Call {
            service: "iam",
            operation: "DeleteRole".to_owned(),
            parent: "demo".to_owned(),
            writes: true,
        };
        let before = rates.turn(&call).await;
        let start = Instant::now();
        let ended = tokio::spawn(client.delete_role().role_name("demo").send());
        tokio::time::timeout(Duration::from_secs(60), std::future::pending::<()>())
            .await
            .unwrap_err();
        drop(before);
        let error = ended.await.unwrap().unwrap_err();
        assert_eq!(start.elapsed().as_secs(), 90, "60 s for its turn, 30 s for an answer");
        let error = crate::aws::error::failed("DeleteRole")(error);
        assert_eq!(error.message, "DeleteRole: no answer in time");
    }
}
