//! A place at which the API is served: `$default` at its URL itself, any other below its name.
//!
//! Stages deploy by themselves, so that what is applied is what is served.
//!
//! Source: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html>

use std::collections::BTreeMap;

use aws_sdk_apigatewayv2::types::Stage as AwsStage;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{log_group, route};
use crate::aws::api_gateway::{self, OTHERS, PAGE, cleared, pages, reference, tag};
use crate::aws::error::{deleted, failed, found, is_gone, is_there, required};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::settle::settled;
use crate::aws::stage_settings::{self, AccessLogs};
use crate::aws::{Aws, hazards, tags};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Ownership, Pattern, Rule,
};
use crate::spec::stack::{Stage as Spec, StageRouteSettings};
use crate::spec::{Settings, Stack};

/// The kind.
pub struct Stage;

/// What a stage can be asked to be.
#[derive(Debug, Deserialize)]
pub struct State {
    api_id: String,
    /// The API's URL, which the stage's begins with.
    api_endpoint: String,
    stage_name: String,
    auto_deploy: bool,
    description: Option<String>,
    #[serde(default)]
    stage_variables: BTreeMap<String, String>,
    default_route_settings: Option<StageRouteSettings>,
    #[serde(default)]
    route_settings: BTreeMap<String, StageRouteSettings>,
    access_log_settings: Option<AccessLogs>,
    tags: BTreeMap<String, String>,
}

impl Kind for Stage {
    const NAME: &'static str = "stage";
    const PLACE: Pattern = Pattern("http_api.stages.*");
    const FIELDS: &'static [Field] = &[
        Field { path: "stage_name", rule: Rule::Replaces("AWS cannot rename a stage") },
        Field {
            path: "description",
            rule: Rule::Stays("AWS changes the description of a stage, but never removes it"),
        },
        Field {
            path: "default_route_settings",
            rule: Rule::Stays("AWS changes the limits of a stage, but never removes them"),
        },
        Field { path: "stage_variables", rule: Rule::Exclusive },
        Field { path: "route_settings", rule: Rule::Exclusive },
        Field { path: "tags.provision:expires", rule: Rule::Once },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("url")];
    const PARENT: Option<&'static str> = Some("http_api");
    // Not routes: one that is renamed may have to go before a stage can have settings of the new one.
    const REFERS_TO: &'static [&'static str] = &["http_api", "log_group"];
    const GOES_WITH: &'static [&'static str] = &["http_api"];
    const HAZARDS: &'static [Hazard] = hazards::STAGE;
    type State = State;

    fn defaults() -> Value {
        json!({
            "description": null,
            "default_route_settings": {
                "throttling_burst_limit": null,
                "throttling_rate_limit": null,
                "detailed_metrics_enabled": false,
            },
        })
    }

    fn written(live: &Live, _: &[Live]) -> Option<(Address, Value)> {
        crate::aws::written::stage(live)
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let Some(api) = &stack.http_api else { return Vec::new() };
        let stages = api.given.stages();
        stages.iter().map(|(name, stage)| declare(stack, given, name, stage)).collect()
    }

    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let api = scope.parent()?;
        let page = |token| async {
            let list = aws.api.get_stages().api_id(&api.id).max_results(PAGE);
            let page = list.set_next_token(token).send().await.map_err(failed("GetStages"))?;
            Ok((page.items, page.next_token))
        };
        let found = pages(page).await?;
        // The quick way of making an API makes one that cannot be removed by itself.
        let found = found.iter().filter(|stage| stage.api_gateway_managed != Some(true));
        found.map(|stage| live(api, stage)).collect()
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let api = live.state["api_id"].as_str().unwrap_or_default();
        let answer = aws.api.get_stage().api_id(api).stage_name(&live.id).send().await;
        let Some(stage) = found(answer.map_err(failed("GetStage")))? else { return Ok(Now::Gone) };
        let stage = AwsStage::builder()
            .set_auto_deploy(stage.auto_deploy)
            .set_description(stage.description)
            .set_stage_variables(stage.stage_variables)
            .set_default_route_settings(stage.default_route_settings)
            .set_route_settings(stage.route_settings)
            .set_access_log_settings(stage.access_log_settings)
            .set_tags(stage.tags);
        Ok(Now::State(state(&stage.build())))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        match make(aws, &want).await {
            // Under our API it is ours: an earlier try made it and its answer was lost.
            Err(error) if is_there(&error) => match patch(aws, None, &want, &|_| true).await {
                Err(missing) if is_gone(&missing) => return Err(error),
                other => other?,
            },
            other => other?,
        }
        let url = api_gateway::url(&want.api_endpoint, &want.stage_name);
        Ok(Made { id: want.stage_name, outputs: Outputs::plain([("url", url)]) })
    }

    /// Takes away before it adds: what a route loses, it loses with all that it has.
    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let want = &change.want;
        let (api_id, stage_name) = (&want.api_id, &want.stage_name);
        if take_away(aws, &change).await? {
            // A local cloud that has no such calls takes the whole stage away.
            let read = aws.api.get_stage().api_id(api_id).stage_name(stage_name).send().await;
            if found(read.map_err(failed("GetStage")))?.is_none() {
                make(aws, want).await?;
                return Ok(Outputs::default());
            }
        }
        patch(aws, Some(change.live), want, &|path| change.touches(path)).await?;
        tag(aws, &format!("apis/{api_id}/stages/{stage_name}"), &change, &want.tags).await?;
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let api = live.state["api_id"].as_str().unwrap_or_default();
        let delete = || async {
            let delete = aws.api.delete_stage().api_id(api).stage_name(&live.id);
            delete.send().await.map_err(failed("DeleteStage"))
        };
        deleted(settled(OTHERS, delete).await)
    }
}

/// The address of a stage.
pub(super) fn address(name: &str) -> Address {
    api_gateway::address().child("stages").child(name)
}

fn declare(stack: &Stack, given: &Given, name: &str, settings: &Settings<Spec>) -> Declared {
    let address = address(name);
    let Spec {
        auto_deploy: _,
        description: _,
        stage_variables,
        default_route_settings: _,
        route_settings,
        access_log_settings,
        tags,
    } = &settings.given;
    let mut want = settings.wanted(&Stage::defaults(), given.strict);
    want.retain(|setting, _| ["description", "default_route_settings"].contains(&setting.as_str()));
    let mut own = stack.http_api.as_ref().map(|api| api.given.tags.clone()).unwrap_or_default();
    own.extend(tags.clone());
    // Absent means none.
    let logs = access_log_settings.as_ref().map(|logs| {
        let made = reference(&log_group::of_stage(name), "arn");
        let destination = logs.destination_arn.as_ref().unwrap_or(&made);
        json!({
            "destination_arn": destination.trim_end_matches(":*"),
            "format": logs.format.as_deref().unwrap_or(stage_settings::FORMAT),
        })
    });
    let endpoint = reference(&api_gateway::address(), "api_endpoint");
    let own = [
        ("api_id", json!(reference(&api_gateway::address(), "id"))),
        ("api_endpoint", json!(endpoint)),
        ("stage_name", json!(name)),
        ("auto_deploy", json!(true)),
        ("stage_variables", json!(stage_variables)),
        ("route_settings", stage_settings::wanted_routes(&settings.given)),
        ("access_log_settings", json!(logs)),
        ("tags", tags::wanted(stack, given, &address, &own).into()),
    ];
    want.extend(own.map(|(setting, value)| (setting.to_owned(), value)));
    Declared {
        address,
        kind: Stage::NAME,
        name: name.to_owned(),
        want: want.into(),
        // AWS refuses settings of a route that is not there.
        after: route_settings.keys().map(|key| route::address(key)).collect(),
        predicted: [("url", api_gateway::url(&endpoint, name))].into(),
        origin: Origin::Made,
    }
}

async fn make(aws: &Aws, want: &State) -> Result<(), CloudError> {
    let State {
        api_id,
        api_endpoint: _,
        stage_name,
        auto_deploy,
        description,
        stage_variables,
        default_route_settings,
        route_settings,
        access_log_settings,
        tags,
    } = want;
    let variables = (!stage_variables.is_empty()).then(|| stage_variables.clone());
    let routes = (!route_settings.is_empty()).then(|| stage_settings::blocks(route_settings));
    let create = aws
        .api
        .create_stage()
        .api_id(api_id)
        .stage_name(stage_name)
        .auto_deploy(*auto_deploy)
        .set_description(description.clone())
        .set_stage_variables(variables.map(|all| all.into_iter().collect()))
        .set_default_route_settings(default_route_settings.as_ref().map(stage_settings::block))
        .set_route_settings(routes.map(Iterator::collect))
        .set_access_log_settings(access_log_settings.as_ref().map(AccessLogs::block))
        .set_tags(Some(tags.clone().into_iter().collect()));
    let create = || async { create.clone().send().await.map_err(failed("CreateStage")) };
    settled(OTHERS, create).await.map(drop)
}

/// Removes what has a call of its own for that; whether there was anything.
async fn take_away(aws: &Aws, change: &Change<'_, State>) -> Result<bool, CloudError> {
    let want = &change.want;
    let (api_id, stage_name) = (&want.api_id, &want.stage_name);
    let mut some = false;
    let there = change.live.state["route_settings"].as_object().into_iter().flatten();
    for (key, have) in there {
        // A single limit cannot be removed, so its route loses all and gets the rest anew.
        let keeps = |one: &StageRouteSettings| {
            let has = |limit: &str| !have[limit].is_null();
            (!has("throttling_burst_limit") || one.throttling_burst_limit.is_some())
                && (!has("throttling_rate_limit") || one.throttling_rate_limit.is_some())
        };
        if want.route_settings.get(key).is_some_and(keeps) {
            continue;
        }
        some = true;
        let delete = || async {
            let delete = aws.api.delete_route_settings().api_id(api_id).stage_name(stage_name);
            delete.route_key(key).send().await.map_err(failed("DeleteRouteSettings"))
        };
        deleted(settled(OTHERS, delete).await)?;
    }
    if want.access_log_settings.is_none() && !change.live.state["access_log_settings"].is_null() {
        some = true;
        let delete = || async {
            let delete = aws.api.delete_access_log_settings().api_id(api_id).stage_name(stage_name);
            delete.send().await.map_err(failed("DeleteAccessLogSettings"))
        };
        deleted(settled(OTHERS, delete).await)?;
    }
    Ok(some)
}

/// Sends the members that change.
async fn patch(
    aws: &Aws,
    live: Option<&Live>,
    want: &State,
    changes: &(dyn Fn(&str) -> bool + Sync),
) -> Result<(), CloudError> {
    let State {
        api_id,
        api_endpoint: _,
        stage_name,
        auto_deploy,
        description,
        stage_variables,
        default_route_settings,
        route_settings,
        access_log_settings,
        tags: _,
    } = want;
    let description = description.clone().filter(|_| changes("description"));
    let variables = changes("stage_variables").then(|| match live {
        Some(live) => cleared(live, "stage_variables", stage_variables),
        None => stage_variables.clone().into_iter().collect(),
    });
    let default = default_route_settings.as_ref().filter(|_| changes("default_route_settings"));
    let routes = changes("route_settings") && !route_settings.is_empty();
    let routes = routes.then(|| stage_settings::blocks(route_settings).collect());
    let logs = access_log_settings.as_ref().filter(|_| changes("access_log_settings"));
    let deploy = changes("auto_deploy").then_some(*auto_deploy);
    let some = deploy.is_some() || description.is_some() || variables.is_some();
    if !some && default.is_none() && routes.is_none() && logs.is_none() {
        return Ok(());
    }
    let update = aws
        .api
        .update_stage()
        .api_id(api_id)
        .stage_name(stage_name)
        .set_auto_deploy(deploy)
        .set_description(description)
        .set_stage_variables(variables)
        .set_default_route_settings(default.map(stage_settings::block))
        .set_route_settings(routes)
        .set_access_log_settings(logs.map(AccessLogs::block));
    let update = || async { update.clone().send().await.map_err(failed("UpdateStage")) };
    settled(OTHERS, update).await.map(drop)
}

/// What can change of a stage.
fn state(stage: &AwsStage) -> Value {
    let mut state = stage_settings::state(stage);
    state["tags"] = tags::state(&tags::read(stage.tags.clone()));
    state
}

fn live(api: &Live, stage: &AwsStage) -> Result<Live, CloudError> {
    let name = required(stage.stage_name.clone(), "StageName")?;
    let endpoint = api.outputs.get("api_endpoint").map_or("", |url| url.expose());
    let mut state = state(stage);
    state["api_id"] = json!(api.id);
    state["api_endpoint"] = json!(endpoint);
    state["stage_name"] = json!(name);
    Ok(Live {
        address: address(&name),
        kind: Stage::NAME,
        state,
        outputs: Outputs::plain([("url", api_gateway::url(endpoint, &name))]),
        ownership: Ownership::Ours,
        id: name,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_apigatewayv2::Client;
    use aws_sdk_apigatewayv2::operation::create_stage::{CreateStageError, CreateStageOutput};
    use aws_sdk_apigatewayv2::operation::delete_access_log_settings::DeleteAccessLogSettingsOutput;
    use aws_sdk_apigatewayv2::operation::delete_route_settings::DeleteRouteSettingsOutput;
    use aws_sdk_apigatewayv2::operation::get_stage::{GetStageError, GetStageOutput};
    use aws_sdk_apigatewayv2::operation::get_stages::GetStagesOutput;
    use aws_sdk_apigatewayv2::operation::tag_resource::TagResourceOutput;
    use aws_sdk_apigatewayv2::operation::update_stage::UpdateStageOutput;
    use aws_sdk_apigatewayv2::types::error::{ConflictException, NotFoundException};
    use aws_sdk_apigatewayv2::types::{AccessLogSettings, RouteSettings};
    use aws_smithy_mocks::{mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::aws::children::testing::{plan, wanted};
    use crate::plan::Action;
    use crate::spec::stack::DEFAULT_STAGE;

    const GROUP: &str = "arn:aws:logs:us-east-1:1:log-group:x";

    /// A stage with everything.
    fn whole() -> Value {
        json!({
            "description": "Live",
            "stage_variables": { "b": "2", "a": "1" },
            "default_route_settings": { "throttling_burst_limit": 10, "throttling_rate_limit": 5 },
            "route_settings": { "GET /x": { "throttling_rate_limit": 1 } },
            "access_log_settings": { "destination_arn": format!("{GROUP}:*") },
            "tags": { "own": "1" },
        })
    }

    fn declared(stages: Value) -> Vec<Declared> {
        let stack = json!({
            "stack": "demo",
            "http_api": {
                "tags": { "team": "data" },
                "routes": { "GET /x": "arn:aws:lambda:x" },
                "stages": stages,
            },
        });
        let given = Given { region: "us-east-1".into(), ..Given::default() };
        Stage::declare(&serde_json::from_value(stack).unwrap(), &given)
    }

    /// The declared ones as they are once the API is there.
    fn filled(stages: Value) -> Vec<Declared> {
        let mut all = declared(stages);
        for declared in &mut all {
            declared.want["api_id"] = json!("a1");
            declared.want["api_endpoint"] = json!("https://a1.example.com");
        }
        all
    }

    fn want(stage: Value) -> State {
        wanted::<Stage>(&filled(json!({ "prod": stage }))[0])
    }

    fn api() -> Live {
        Live {
            address: api_gateway::address(),
            kind: "http_api",
            id: "a1".into(),
            state: json!({}),
            outputs: Outputs::plain([("api_endpoint", "https://a1.example.com".into())]),
            ownership: Ownership::Ours,
        }
    }

    /// What AWS answers of the stage with everything.
    fn answered() -> AwsStage {
        let limits = RouteSettings::builder().detailed_metrics_enabled(false);
        let one = limits.clone().throttling_rate_limit(1.0).build();
        let logs = AccessLogSettings::builder().destination_arn(GROUP);
        let tags = [
            ("own", "1"),
            ("team", "data"),
            ("provision:stack", "demo"),
            ("provision:address", "http_api.stages.prod"),
            ("aws:x", "y"),
        ];
        let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
        AwsStage::builder()
            .stage_name("prod")
            .auto_deploy(true)
            .deployment_id("d1")
            .last_deployment_status_message("Successfully deployed stage")
            .description("Live")
            .stage_variables("a", "1")
            .stage_variables("b", "2")
            .stage_variables("cleared", "")
            .default_route_settings(
                limits.throttling_burst_limit(10).throttling_rate_limit(5.0).build(),
            )
            .route_settings("GET /x", one)
            .access_log_settings(logs.format(stage_settings::FORMAT).build())
            .set_tags(Some(tags.into()))
            .build()
    }

    async fn observed(stage: AwsStage) -> Vec<Live> {
        let list = mock!(Client::get_stages)
            .then_output(move || GetStagesOutput::builder().items(stage.clone()).build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&list]), ..Aws::test() };
        let (declared, parent) = (declared(json!({ "prod": {} })), api());
        Stage::observe(&aws, Scope::new("stage", &declared, Some(&parent))).await.unwrap()
    }

    async fn live_whole() -> Live {
        observed(answered()).await.remove(0)
    }

    #[test]
    fn there_is_one_stage_unless_the_file_names_others() {
        let names = |stages: Value| -> Vec<(String, String)> {
            let all = declared(stages).into_iter();
            all.map(|one| (one.name.clone(), one.predicted["url"].clone())).collect()
        };
        let endpoint = "${http_api.api_endpoint}";
        assert_eq!(names(Value::Null), [(DEFAULT_STAGE.to_owned(), endpoint.to_owned())]);
        let prod = names(json!({ "prod": {}, "gone": null }));
        assert_eq!(prod, [("prod".to_owned(), format!("{endpoint}/prod"))]);
    }

    #[test]
    fn a_stage_waits_for_the_routes_that_it_has_settings_of_and_for_its_log_group() {
        let logs = json!({ "route_settings": { "GET /x": {} }, "access_log_settings": {} });
        let declared = declared(json!({ "prod": logs }));
        assert_eq!(declared[0].after, [route::address("GET /x")]);
        let arn = &declared[0].want["access_log_settings"]["destination_arn"];
        assert_eq!(arn, "${http_api.stages.prod.log_group.arn}");
    }

    #[tokio::test]
    async fn what_aws_answers_of_a_stage_is_what_was_declared() {
        let found = observed(answered()).await;
        assert_eq!(found[0].outputs.get("url").unwrap().expose(), "https://a1.example.com/prod");
        let plan = plan::<Stage>(filled(json!({ "prod": whole() })), found);
        assert!(plan.is_empty() && plan.undeclared.is_empty(), "{:?}", plan.steps);

        let default = RouteSettings::builder().detailed_metrics_enabled(false).build();
        let empty = answered();
        let empty = AwsStage::builder()
            .stage_name("prod")
            .auto_deploy(true)
            .default_route_settings(default)
            .set_tags(empty.tags)
            .build();
        let only_tags = json!({ "prod": { "tags": { "own": "1" } } });
        let plan = self::plan::<Stage>(filled(only_tags), observed(empty).await);
        assert!(plan.is_empty() && plan.undeclared.is_empty(), "{:?}", plan.steps);
    }

    #[tokio::test]
    async fn variables_settings_of_routes_and_logs_that_nobody_declares_go() {
        let plan = plan::<Stage>(
            filled(json!({ "prod": { "tags": { "own": "1" } } })),
            observed(answered()).await,
        );
        let changes: Vec<&str> = plan.steps[0].changes.iter().map(|c| c.path.as_str()).collect();
        let gone = [
            "access_log_settings",
            "route_settings.GET /x",
            "stage_variables.a",
            "stage_variables.b",
        ];
        assert_eq!(changes, gone);
        // Limits of all routes and the description are left as they are, and said.
        let left: Vec<&str> = plan.undeclared.iter().map(|left| left.path.as_str()).collect();
        let expected = ["description", "default_route_settings"];
        assert_eq!(left, expected);
    }

    #[tokio::test]
    async fn what_aws_never_takes_away_is_refused_while_planning() {
        let mut file = whole();
        file["description"] = Value::Null;
        file["default_route_settings"]["throttling_burst_limit"] = Value::Null;
        let plan = plan::<Stage>(filled(json!({ "prod": file })), observed(answered()).await);
        let refused: Vec<_> =
            plan.refusals.iter().filter_map(|refusal| refusal.path.as_deref()).collect();
        assert_eq!(refused, ["default_route_settings.throttling_burst_limit", "description"]);
        let mut file = whole();
        file["description"] = json!("New");
        let plan = self::plan::<Stage>(filled(json!({ "prod": file })), observed(answered()).await);
        assert_eq!((plan.refusals.len(), plan.count(Action::Update)), (0, 1));
    }

    #[tokio::test]
    async fn the_stage_that_is_made_deploys_by_itself_and_is_the_one_that_is_wanted() {
        let create = mock!(Client::create_stage)
            .match_requests(|sent| {
                let settings = |limit: f64| RouteSettings::builder().throttling_rate_limit(limit);
                let default = settings(5.0).throttling_burst_limit(10).build();
                let one = settings(1.0).detailed_metrics_enabled(false).build();
                let logs = AccessLogSettings::builder().destination_arn(GROUP);
                let logs = logs.format(stage_settings::FORMAT).build();
                sent.api_id() == Some("a1")
                    && sent.stage_name() == Some("prod")
                    && sent.auto_deploy() == Some(true)
                    && sent.deployment_id().is_none()
                    && sent.description() == Some("Live")
                    && sent.stage_variables().is_some_and(|all| all.len() == 2 && all["a"] == "1")
                    && sent.default_route_settings() == Some(&default)
                    && sent.route_settings().is_some_and(|all| all["GET /x"] == one)
                    && sent.access_log_settings() == Some(&logs)
                    && sent.tags().is_some_and(|tags| tags["team"] == "data" && tags["own"] == "1")
            })
            .then_output(|| CreateStageOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&create]), ..Aws::test() };
        let made = Stage::create(&aws, &address("prod"), want(whole())).await.unwrap();
        assert_eq!((made.id.as_str(), create.num_calls()), ("prod", 1));
        assert_eq!(made.outputs.get("url").unwrap().expose(), "https://a1.example.com/prod");
    }

    #[tokio::test]
    async fn what_is_not_declared_is_not_sent() {
        let create = mock!(Client::create_stage)
            .match_requests(|sent| {
                sent.description().is_none()
                    && sent.stage_variables().is_none()
                    && sent.default_route_settings().is_none()
                    && sent.route_settings().is_none()
                    && sent.access_log_settings().is_none()
            })
            .then_output(|| CreateStageOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&create]), ..Aws::test() };
        Stage::create(&aws, &address("prod"), want(json!({}))).await.unwrap();
        assert_eq!(create.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_stage_that_is_there_already_is_taken() {
        let create = mock!(Client::create_stage).then_error(|| {
            let code = ErrorMetadata::builder().code("ConflictException").build();
            CreateStageError::ConflictException(ConflictException::builder().meta(code).build())
        });
        let update = mock!(Client::update_stage)
            .match_requests(|sent| {
                sent.stage_name() == Some("prod")
                    && sent.auto_deploy() == Some(true)
                    && sent.description() == Some("Live")
            })
            .then_output(|| UpdateStageOutput::builder().build());
        let client = mock_client!(aws_sdk_apigatewayv2, [&create, &update]);
        let aws = Aws { api: client, ..Aws::test() };
        Stage::create(&aws, &address("prod"), want(whole())).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn new_tags_are_the_only_call_where_nothing_else_changes() {
        let tag = mock!(Client::tag_resource)
            .match_requests(|sent| {
                let arn = "arn:aws:apigateway:us-east-1::/apis/a1/stages/prod";
                sent.resource_arn() == Some(arn)
            })
            .then_output(|| TagResourceOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&tag]), ..Aws::test() };
        let live = live_whole().await;
        let change = Change { live: &live, want: want(whole()), paths: vec!["tags.own"] };
        Stage::update(&aws, change).await.unwrap();
        assert_eq!(tag.num_calls(), 1);
    }

    #[tokio::test]
    async fn an_update_of_one_setting_keeps_the_others_and_clears_a_variable_with_an_empty_text() {
        let update = mock!(Client::update_stage)
            .match_requests(|sent| {
                let variables = [("a", ""), ("b", "3")];
                let variables = variables.map(|(key, value)| (key.to_owned(), value.to_owned()));
                sent.stage_variables() == Some(&variables.into())
                    && sent.description().is_none()
                    && sent.default_route_settings().is_none()
                    && sent.route_settings().is_none()
                    && sent.access_log_settings().is_none()
                    && sent.auto_deploy().is_none()
            })
            .then_output(|| UpdateStageOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&update]), ..Aws::test() };
        let mut file = whole();
        file["stage_variables"] = json!({ "b": "3" });
        let live = live_whole().await;
        let paths = vec!["stage_variables.a", "stage_variables.b"];
        Stage::update(&aws, Change { live: &live, want: want(file), paths }).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn limits_of_all_routes_are_sent_whole_so_that_none_is_lost() {
        let update = mock!(Client::update_stage)
            .match_requests(|sent| {
                let whole = RouteSettings::builder().throttling_burst_limit(20);
                let whole = whole.throttling_rate_limit(5.0).detailed_metrics_enabled(false);
                sent.default_route_settings() == Some(&whole.build())
            })
            .then_output(|| UpdateStageOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&update]), ..Aws::test() };
        let live = live_whole().await;
        let mut file = filled(json!({ "prod": whole() })).remove(0).want;
        file["default_route_settings"] = json!({ "throttling_burst_limit": 20 });
        let want = crate::plan::overlay(&live.state, &file, Stage::FIELDS);
        let want = serde_json::from_value(want).unwrap();
        let paths = vec!["default_route_settings.throttling_burst_limit"];
        Stage::update(&aws, Change { live: &live, want, paths }).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn settings_of_a_route_and_logs_are_removed_by_their_own_calls() {
        let routes = mock!(Client::delete_route_settings)
            .match_requests(|sent| {
                sent.stage_name() == Some("prod") && sent.route_key() == Some("GET /x")
            })
            .then_output(|| DeleteRouteSettingsOutput::builder().build());
        let logs = mock!(Client::delete_access_log_settings)
            .match_requests(|sent| sent.stage_name() == Some("prod"))
            .then_output(|| DeleteAccessLogSettingsOutput::builder().build());
        let read = mock!(Client::get_stage).then_output(|| GetStageOutput::builder().build());
        let client = mock_client!(aws_sdk_apigatewayv2, [&routes, &logs, &read]);
        let aws = Aws { api: client, ..Aws::test() };
        let mut file = whole();
        file["route_settings"] = json!({});
        file["access_log_settings"] = Value::Null;
        let live = live_whole().await;
        let paths = vec!["access_log_settings", "route_settings.GET /x"];
        Stage::update(&aws, Change { live: &live, want: want(file), paths }).await.unwrap();
        assert_eq!((routes.num_calls(), logs.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn a_route_that_loses_one_limit_loses_all_and_gets_the_rest_anew() {
        let routes = mock!(Client::delete_route_settings)
            .then_output(|| DeleteRouteSettingsOutput::builder().build());
        let read = mock!(Client::get_stage).then_output(|| GetStageOutput::builder().build());
        let update = mock!(Client::update_stage)
            .match_requests(|sent| {
                let rest = RouteSettings::builder().throttling_burst_limit(3);
                let rest = rest.detailed_metrics_enabled(false).build();
                sent.route_settings().is_some_and(|all| all["GET /x"] == rest)
            })
            .then_output(|| UpdateStageOutput::builder().build());
        let client = mock_client!(aws_sdk_apigatewayv2, [&routes, &read, &update]);
        let aws = Aws { api: client, ..Aws::test() };
        let mut file = whole();
        file["route_settings"] = json!({ "GET /x": { "throttling_burst_limit": 3 } });
        let live = live_whole().await;
        let paths = vec!["route_settings.GET /x.throttling_rate_limit"];
        Stage::update(&aws, Change { live: &live, want: want(file), paths }).await.unwrap();
        assert_eq!((routes.num_calls(), update.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn a_stage_that_went_along_with_its_settings_is_made_again() {
        let routes = mock!(Client::delete_route_settings)
            .then_output(|| DeleteRouteSettingsOutput::builder().build());
        let read = mock!(Client::get_stage).then_error(|| {
            let code = ErrorMetadata::builder().code("NotFoundException").build();
            GetStageError::NotFoundException(NotFoundException::builder().meta(code).build())
        });
        let create = mock!(Client::create_stage)
            .match_requests(|sent| sent.stage_name() == Some("prod"))
            .then_output(|| CreateStageOutput::builder().build());
        let client = mock_client!(aws_sdk_apigatewayv2, [&routes, &read, &create]);
        let aws = Aws { api: client, ..Aws::test() };
        let mut file = whole();
        file["route_settings"] = json!({});
        let live = live_whole().await;
        let paths = vec!["route_settings.GET /x"];
        Stage::update(&aws, Change { live: &live, want: want(file), paths }).await.unwrap();
        assert_eq!(create.num_calls(), 1);
    }
}
