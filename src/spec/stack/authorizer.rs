//! `http_api.authorizers.<key>`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::spec::duration::Duration;

/// Who may call a route: whoever has a token (`jwt`), or whom a function lets through (`lambda`).
///
/// AWS: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "apigatewayv2.CreateAuthorizer"))]
pub struct Authorizer {
    /// Lets requests through that carry a token which an issuer made for one of these audiences.
    pub jwt: Option<JwtConfiguration>,
    /// The key of the function that decides, or the ARN of another.
    pub lambda: Option<String>,
    /// Where in a request to look, as `$request.header.Authorization`. For `jwt` the place of the
    /// token, default `$request.header.Authorization`. For `lambda` what a request must have before
    /// the function is asked, and what its answer is kept by; default: nothing.
    pub identity_source: Option<Vec<String>>,
    /// The shape of the event that the function gets: `2.0` or `1.0`. Default: `2.0`.
    #[schemars(extend("enum" = ["1.0", "2.0", null]))]
    #[schemars(extend("x-model" = "apigatewayv2.CreateAuthorizer.AuthorizerPayloadFormatVersion"))]
    pub payload_format_version: Option<String>,
    /// Whether the function answers `{ isAuthorized: true }` in place of an IAM policy. AWS's
    /// default: `false`.
    pub enable_simple_responses: Option<bool>,
    /// How long an answer of the function is kept, at most 1 hour. AWS's default: `0s`, not at all.
    #[schemars(extend("x-seconds" = [0, 3600]))]
    #[schemars(extend("x-model" = "apigatewayv2.CreateAuthorizer.AuthorizerResultTtlInSeconds"))]
    pub authorizer_result_ttl: Option<Duration>,
    /// The role that API Gateway takes to call the function. Absent: the function's own policy
    /// allows the call.
    #[schemars(length(min = 1, max = 2048))]
    pub authorizer_credentials_arn: Option<String>,
}

/// What a token must say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "apigatewayv2.CreateAuthorizer.JwtConfiguration"))]
pub struct JwtConfiguration {
    /// For whom the token is: its `aud`, or its `client_id` where it has no `aud`. The ids of app
    /// clients.
    #[schemars(length(min = 1, max = 50))]
    pub audience: Vec<String>,
    /// Who made the token. Default: the stack's pool, `${user_pool.issuer}`.
    pub issuer: Option<String>,
}
