//! Creates that AWS does not make idempotent are sent once: the SDK would repeat them after an answer
//! that was lost, and make a second pool, client or API.

use aws_smithy_types::retry::RetryConfig;

/// For creates in Cognito.
pub fn cognito() -> aws_sdk_cognitoidentityprovider::config::Builder {
    aws_sdk_cognitoidentityprovider::config::Config::builder().retry_config(RetryConfig::disabled())
}

/// For creates in API Gateway.
pub fn api() -> aws_sdk_apigatewayv2::config::Builder {
    aws_sdk_apigatewayv2::config::Config::builder().retry_config(RetryConfig::disabled())
}
