//! A stage's settings, to AWS and back.

use std::collections::BTreeMap;

use aws_sdk_apigatewayv2::types::{
    AccessLogSettings as AwsAccessLogSettings, RouteSettings as AwsRouteSettings, Stage as AwsStage,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::spec::stack::{Stage, StageRouteSettings};

/// What a line of an access log says unless the file says otherwise.
///
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html>
pub const FORMAT: &str = concat!(
    r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","#,
    r#""requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","#,
    r#""routeKey":"$context.routeKey","status":"$context.status","#,
    r#""protocol":"$context.protocol","responseLength":"$context.responseLength"}"#,
);

/// Where requests are logged and how.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct AccessLogs {
    /// The ARN of a log group.
    pub destination_arn: String,
    /// What a line says.
    pub format: String,
}

impl AccessLogs {
    /// The block for a request.
    pub fn block(&self) -> AwsAccessLogSettings {
        let Self { destination_arn, format } = self;
        AwsAccessLogSettings::builder().destination_arn(destination_arn).format(format).build()
    }
}

/// What is wanted of single routes: each says everything that a route can say, so that what the file
/// drops is seen. A route without a word on metrics has those of the stage.
pub fn wanted_routes(stage: &Stage) -> Value {
    let default = stage.default_route_settings.as_ref();
    let metrics = default.and_then(|default| default.detailed_metrics_enabled).unwrap_or_default();
    let declared = stage.route_settings.iter().filter_map(|(key, one)| Some((key, one.as_ref()?)));
    let wanted = declared.map(|(key, one)| {
        let StageRouteSettings {
            throttling_burst_limit,
            throttling_rate_limit,
            detailed_metrics_enabled,
        } = one;
        let mut all = limits(*throttling_burst_limit, *throttling_rate_limit);
        let metrics = detailed_metrics_enabled.unwrap_or(metrics);
        all.insert("detailed_metrics_enabled".to_owned(), json!(metrics));
        (key.clone(), Value::Object(all))
    });
    Value::Object(wanted.collect())
}

fn limits(burst: Option<i32>, rate: Option<f64>) -> Map<String, Value> {
    let burst = burst.map(|burst| ("throttling_burst_limit".to_owned(), json!(burst)));
    let rate = rate.map(|rate| ("throttling_rate_limit".to_owned(), json!(rate)));
    burst.into_iter().chain(rate).collect()
}

/// Limits and metrics for a request.
pub fn block(settings: &StageRouteSettings) -> AwsRouteSettings {
    let StageRouteSettings {
        throttling_burst_limit,
        throttling_rate_limit,
        detailed_metrics_enabled,
    } = settings;
    AwsRouteSettings::builder()
        .set_throttling_burst_limit(*throttling_burst_limit)
        .set_throttling_rate_limit(*throttling_rate_limit)
        .set_detailed_metrics_enabled(*detailed_metrics_enabled)
        .build()
}

/// The same of single routes, by route key.
pub fn blocks(
    routes: &BTreeMap<String, StageRouteSettings>,
) -> impl Iterator<Item = (String, AwsRouteSettings)> {
    routes.iter().map(|(key, settings)| (key.clone(), block(settings)))
}

fn live_route(settings: Option<&AwsRouteSettings>) -> Value {
    let burst = settings.and_then(|settings| settings.throttling_burst_limit);
    let rate = settings.and_then(|settings| settings.throttling_rate_limit);
    let mut all = limits(burst, rate);
    let metrics = settings.and_then(|settings| settings.detailed_metrics_enabled);
    all.insert("detailed_metrics_enabled".to_owned(), json!(metrics.unwrap_or_default()));
    all.into()
}

/// What a live stage is, but for its tags and names. Its deployment is AWS's own business.
pub fn state(stage: &AwsStage) -> Value {
    let variables = stage.stage_variables.iter().flatten();
    // An empty value is one that was taken away.
    let variables: BTreeMap<_, _> = variables.filter(|(_, value)| !value.is_empty()).collect();
    let routes = stage.route_settings.iter().flatten();
    let routes: BTreeMap<_, _> = routes.map(|(key, one)| (key, live_route(Some(one)))).collect();
    let logs = stage.access_log_settings.as_ref();
    let logs = logs.filter(|logs| logs.destination_arn().is_some_and(|arn| !arn.is_empty()));
    let logs = logs.map(|logs| {
        json!({
            "destination_arn": logs.destination_arn().map(|arn| arn.trim_end_matches(":*")),
            "format": logs.format,
        })
    });
    json!({
        "auto_deploy": stage.auto_deploy.unwrap_or_default(),
        "description": stage.description.as_ref().filter(|text| !text.is_empty()),
        "stage_variables": variables,
        "default_route_settings": live_route(stage.default_route_settings.as_ref()),
        "route_settings": routes,
        "access_log_settings": logs,
    })
}
