//! `http_api.stages.<name>`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Texts;

/// One place at which the API is served.
///
/// AWS: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "apigatewayv2.CreateStage"))]
pub struct Stage {
    /// Whether changes of the API are served at once. Always `true` here, which is the default.
    pub auto_deploy: Option<bool>,
    /// What the stage is for. AWS can change it, but not remove it.
    pub description: Option<String>,
    /// Values that integrations may use, as `$${stageVariables.name}`. What is not declared is
    /// removed.
    #[serde(default)]
    pub stage_variables: Texts,
    /// Limits and metrics of all routes. AWS can change the limits, but not remove them.
    pub default_route_settings: Option<StageRouteSettings>,
    /// Limits and metrics of single routes, by route key. What is not declared is removed.
    #[serde(default)]
    #[schemars(extend("x-keys" = "route"))]
    pub route_settings: BTreeMap<String, Option<StageRouteSettings>>,
    /// Where a line is written for each request. Absent: nowhere.
    pub access_log_settings: Option<AccessLogSettings>,
    /// Tags of the stage, besides the stack's and the API's.
    #[serde(default)]
    #[schemars(extend("x-keys" = "tag"))]
    pub tags: Texts,
}

/// Limits and metrics of routes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "apigatewayv2.CreateStage.DefaultRouteSettings"))]
pub struct StageRouteSettings {
    /// How many requests may come at one moment. AWS's default: the account's limit.
    pub throttling_burst_limit: Option<i32>,
    /// How many requests a second may come in the long run. AWS's default: the account's limit.
    pub throttling_rate_limit: Option<f64>,
    /// Whether CloudWatch counts each route by itself. AWS's default: `false`.
    pub detailed_metrics_enabled: Option<bool>,
}

/// Where and how requests are logged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "apigatewayv2.CreateStage.AccessLogSettings"))]
pub struct AccessLogSettings {
    /// The ARN of a log group. Absent: one is made, `/aws/vendedlogs/apigateway/<stack>-<stage>`.
    pub destination_arn: Option<String>,
    /// What a line says: one line with `$context` variables, `$context.requestId` among them. At
    /// most 3 KB. Default: a JSON object.
    // AWS's model has 1024; the documented limit is 3 KB.
    #[schemars(length(min = 1, max = 3072))]
    pub format: Option<String>,
    /// How many days the log group that is made keeps its lines. AWS's default: for ever.
    #[schemars(extend("enum" = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653, null,
    ]))]
    pub retention_in_days: Option<i32>,
}
