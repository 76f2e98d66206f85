//! `http_api`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Texts;
use crate::spec::duration::Duration;

/// An HTTP API of API Gateway. It is served at its stage `$default`, which deploys by itself.
///
/// AWS: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "apigatewayv2.CreateApi"))]
pub struct HttpApi {
    /// The API's name in AWS. Default: the stack's name.
    pub name: Option<String>,
    /// What the API is for.
    pub description: Option<String>,
    /// The version of the API, a text of one's own.
    pub version: Option<String>,
    /// Which pages of other origins may call the API. Absent: none.
    pub cors: Option<Cors>,
    /// Whether the URL at `execute-api` is off. AWS's default: `false`.
    pub disable_execute_api_endpoint: Option<bool>,
    /// AWS's default: `ipv4`.
    pub ip_address_type: Option<String>,
    /// Tags of the API, besides the stack's.
    #[serde(default)]
    #[schemars(extend("x-keys" = "tag"))]
    pub tags: Texts,
    /// What answers: `METHOD /path` or `$default`, and the key of a function.
    #[serde(default)]
    #[schemars(extend("x-keys" = "route"))]
    pub routes: BTreeMap<String, Option<Route>>,
}

/// Cross-origin resource sharing: which pages of other origins may call the API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "apigatewayv2.CreateApi.CorsConfiguration"))]
pub struct Cors {
    /// The origins, as `https://app.example.com`, or `*`.
    pub allow_origins: Option<Vec<String>>,
    /// The methods, or `*`.
    #[schemars(extend("items" = { "type": "string", "enum": ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "*"] }))]
    pub allow_methods: Option<Vec<String>>,
    /// The request headers, or `*`.
    pub allow_headers: Option<Vec<String>>,
    /// The response headers that a page may read.
    pub expose_headers: Option<Vec<String>>,
    /// Whether a page may send cookies and the like. Not with `*` among the origins.
    pub allow_credentials: Option<bool>,
    /// How long a browser may keep the answer to a preflight, at most 1 day.
    #[schemars(extend("x-seconds" = [0, 86400]))]
    pub max_age: Option<Duration>,
}

/// What answers a route. Short form: the key of a function.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Route(pub RouteSettings);

/// The long form of a route.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "apigatewayv2.CreateRoute"))]
pub struct RouteSettings {
    /// The key of the function in `lambdas`, or the ARN of another.
    pub lambda: String,
    /// A name for the operation.
    pub operation_name: Option<String>,
    /// The shape of the event that the function gets: `2.0` or `1.0`. Default: `2.0`. Routes with
    /// one function have one.
    #[schemars(extend("enum" = ["1.0", "2.0", null]))]
    pub payload_format_version: Option<String>,
    /// How long the function may take, 50 milliseconds to 30 seconds; in whole seconds here.
    /// AWS's default: 30 seconds. Routes with one function have one.
    #[schemars(extend("x-seconds" = [1, 30]))]
    pub timeout: Option<Duration>,
}
