//! `http_api`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Authorizer, Stage, Texts};
use crate::spec::duration::Duration;
use crate::spec::settings::Settings;

/// An HTTP API of API Gateway. Its stages deploy by themselves.
///
/// AWS: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "apigatewayv2.CreateApi"))]
pub struct HttpApi {
    /// The id of somebody else's API, in place of all other settings: it is read and referred to,
    /// never changed, and nothing is added to it.
    pub existing: Option<String>,
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
    /// Who may call routes, by a key that routes name. What is not declared is removed.
    #[serde(default)]
    #[schemars(extend("x-keys" = "authorizer"))]
    pub authorizers: BTreeMap<String, Option<Settings<Authorizer>>>,
    /// What answers: `METHOD /path` or `$default`, and the key of a function. What is not declared
    /// is removed.
    #[serde(default)]
    #[schemars(extend("x-keys" = "route"))]
    pub routes: BTreeMap<String, Option<Route>>,
    /// Where the API is served, by name: `$default` at the API's URL itself, `prod` below `/prod`.
    /// Absent: `$default` alone. Present: exactly these.
    #[schemars(extend("x-keys" = "stage"))]
    pub stages: Option<BTreeMap<String, Option<Settings<Stage>>>>,
}

/// The stage that is served at the API's URL itself.
pub const DEFAULT_STAGE: &str = "$default";

impl HttpApi {
    /// The stages: where the file names none, the one that every API has.
    pub fn stages(&self) -> BTreeMap<String, Settings<Stage>> {
        let Some(stages) = &self.stages else {
            if self.existing.is_some() {
                return BTreeMap::new();
            }
            return [(DEFAULT_STAGE.to_owned(), Settings::default())].into();
        };
        let declared = stages.iter();
        declared.filter_map(|(name, stage)| Some((name.clone(), stage.clone()?))).collect()
    }

    /// The stage whose URL is the API's: `$default`, else the only one; none where it could be any.
    pub fn main_stage(&self) -> Option<String> {
        let mut names = self.stages().into_keys();
        match (names.next(), names.next()) {
            // `$` comes before every character that a name may have.
            (Some(first), second) if first == DEFAULT_STAGE || second.is_none() => Some(first),
            _ => None,
        }
    }
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

/// The long form of a route: `lambda` or `http` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "apigatewayv2.CreateRoute"))]
pub struct RouteSettings {
    /// The key of the function in `lambdas`, or the ARN of another.
    pub lambda: Option<String>,
    /// The URL that requests are passed on to. Variables of the route's path may stand in it:
    /// `https://example.com/{proxy}`.
    #[schemars(extend("x-model" = "apigatewayv2.CreateIntegration.IntegrationUri"))]
    pub http: Option<String>,
    /// The method that `http` is called with; `ANY` is the request's own. Default: `ANY`.
    #[schemars(extend("enum" = ["ANY", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", null]))]
    #[schemars(extend("x-model" = "apigatewayv2.CreateIntegration.IntegrationMethod"))]
    pub http_method: Option<String>,
    /// What is changed in a request before `http` gets it, as
    /// `overwrite:path: $request.path.proxy` or `append:header.x-from: $context.requestId`.
    #[serde(default)]
    pub request_parameters: Texts,
    /// The key of the authorizer that lets requests through. Absent: none is asked.
    pub authorizer: Option<String>,
    /// The scopes of which a token must have one. With a JWT authorizer.
    #[serde(default)]
    // AWS's model has no number of scopes; the documented quota is 10.
    #[schemars(length(max = 10))]
    #[schemars(extend("x-model" = "apigatewayv2.CreateRoute.AuthorizationScopes"))]
    pub scopes: Vec<String>,
    /// `AWS_IAM`: requests are signed, and the caller's policies let them through. Absent: what
    /// `authorizer` asks for, else `NONE`.
    #[schemars(extend("enum" = ["NONE", "AWS_IAM", null]))]
    pub authorization_type: Option<String>,
    /// A name for the operation.
    pub operation_name: Option<String>,
    /// The shape of the event that the function gets: `2.0` or `1.0`. Default: `2.0`. Routes with
    /// one function have one.
    #[schemars(extend("enum" = ["1.0", "2.0", null]))]
    pub payload_format_version: Option<String>,
    /// How long the answer may take, 50 milliseconds to 30 seconds; in whole seconds here.
    /// AWS's default: 30 seconds. Routes with one function or URL have one.
    #[schemars(extend("x-seconds" = [1, 30]))]
    pub timeout: Option<Duration>,
}
