//! App clients that applications registered by themselves (DCR): they never count as ours.
//!
//! AWS says so in `ClientType`, which the SDK's types do not have yet, so it is read from the answer
//! itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_cognitoidentityprovider::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use serde_json::Value;

/// Looks at one answer of `DescribeUserPoolClient`.
#[derive(Clone, Debug, Default)]
pub struct SelfRegistered(Arc<AtomicBool>);

impl SelfRegistered {
    /// Whether the answer said so.
    pub fn was_said(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Intercept for SelfRegistered {
    fn name(&self) -> &'static str {
        "SelfRegistered"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.inner().response().and_then(|response| response.body().bytes());
        let answer = body.and_then(|body| serde_json::from_slice::<Value>(body).ok());
        let says = answer.is_some_and(|answer| answer["UserPoolClient"]["ClientType"] == "DCR");
        self.0.store(says, Ordering::Release);
        Ok(())
    }
}
