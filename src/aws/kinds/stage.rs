//! The stage at which the API is served: `$default`, which deploys by itself.
//!
//! Source: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html>

use std::collections::BTreeMap;

use aws_sdk_apigatewayv2::types::Stage as AwsStage;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::api_gateway::{self, OTHERS, PAGE, pages, reference, tag};
use crate::aws::error::{deleted, failed, is_gone, is_there, required};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::settle::settled;
use crate::aws::{Aws, tags};
use crate::engine::{CloudError, Made};
use crate::resource::{Address, Declared, Field, Live, Origin, Outputs, Ownership, Pattern, Rule};

/// The kind.
pub struct Stage;

/// The stage that is served at the API's URL itself.
const DEFAULT: &str = "$default";

/// What a stage can be asked to be. Its deployment is AWS's own business: it deploys by itself.
#[derive(Debug, Deserialize)]
pub struct State {
    api_id: String,
    stage_name: String,
    auto_deploy: bool,
    tags: BTreeMap<String, String>,
}

impl Kind for Stage {
    const NAME: &'static str = "stage";
    const PLACE: Pattern = Pattern("http_api.stages.*");
    const FIELDS: &'static [Field] = &[
        Field { path: "stage_name", rule: Rule::Replaces("AWS cannot rename a stage") },
        Field { path: "tags.provision:expires", rule: Rule::Once },
    ];
    const PARENT: Option<&'static str> = Some("http_api");
    const REFERS_TO: &'static [&'static str] = &["http_api"];
    const GOES_WITH: &'static [&'static str] = &["http_api"];
    type State = State;

    fn declare(stack: &crate::spec::Stack, given: &Given) -> Vec<Declared> {
        let Some(api) = &stack.http_api else { return Vec::new() };
        let address = address(DEFAULT);
        vec![Declared {
            kind: Self::NAME,
            name: DEFAULT.to_owned(),
            want: json!({
                "api_id": reference(&api_gateway::address(), "id"),
                "stage_name": DEFAULT,
                "auto_deploy": true,
                "tags": tags::wanted(stack, given, &address, &api.given.tags),
            }),
            after: Vec::new(),
            predicted: [].into(),
            address,
            origin: Origin::Made,
        }]
    }

    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let api = &scope.parent()?.id;
        let page = |token| async {
            let list = aws.api.get_stages().api_id(api).max_results(PAGE).set_next_token(token);
            let page = list.send().await.map_err(failed("GetStages"))?;
            Ok((page.items, page.next_token))
        };
        pages(page).await?.iter().map(|stage| live(api, stage)).collect()
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State { api_id, stage_name, auto_deploy, tags } = want;
        let create = aws
            .api
            .create_stage()
            .api_id(&api_id)
            .stage_name(&stage_name)
            .auto_deploy(auto_deploy)
            .set_tags(Some(tags.into_iter().collect()));
        let create = || async { create.clone().send().await.map_err(failed("CreateStage")) };
        match settled(OTHERS, create).await {
            Ok(_) => {}
            // Under our API it is ours: an earlier try made it and its answer was lost.
            Err(error) if is_there(&error) => {
                match deploy(aws, &api_id, &stage_name, auto_deploy).await {
                    Err(missing) if is_gone(&missing) => return Err(error),
                    other => other?,
                }
            }
            Err(error) => return Err(error),
        }
        Ok(Made { id: stage_name, outputs: Outputs::default() })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let State { api_id, stage_name, auto_deploy, tags } = &change.want;
        if change.touches("auto_deploy") {
            deploy(aws, api_id, stage_name, *auto_deploy).await?;
        }
        tag(aws, &format!("apis/{api_id}/stages/{stage_name}"), &change, tags).await?;
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

fn address(name: &str) -> Address {
    api_gateway::address().child("stages").child(name)
}

/// Says whether changes of the API are published by themselves.
async fn deploy(aws: &Aws, api: &str, stage: &str, by_itself: bool) -> Result<(), CloudError> {
    let update = || async {
        let update = aws.api.update_stage().api_id(api).stage_name(stage).auto_deploy(by_itself);
        update.send().await.map_err(failed("UpdateStage"))
    };
    settled(OTHERS, update).await.map(drop)
}

fn live(api: &str, stage: &AwsStage) -> Result<Live, CloudError> {
    let name = required(stage.stage_name.clone(), "StageName")?;
    let state: Value = json!({
        "api_id": api,
        "stage_name": name,
        "auto_deploy": stage.auto_deploy.unwrap_or_default(),
        "tags": tags::state(&tags::read(stage.tags.clone())),
    });
    Ok(Live {
        address: address(&name),
        kind: Stage::NAME,
        id: name,
        state,
        outputs: Outputs::default(),
        ownership: Ownership::Ours,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_apigatewayv2::Client;
    use aws_sdk_apigatewayv2::operation::create_stage::{CreateStageError, CreateStageOutput};
    use aws_sdk_apigatewayv2::operation::tag_resource::TagResourceOutput;
    use aws_sdk_apigatewayv2::operation::update_stage::UpdateStageOutput;
    use aws_sdk_apigatewayv2::types::error::ConflictException;
    use aws_smithy_mocks::{mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn want() -> State {
        State {
            api_id: "a1".into(),
            stage_name: DEFAULT.into(),
            auto_deploy: true,
            tags: [("k".to_owned(), "v".to_owned())].into(),
        }
    }

    #[tokio::test]
    async fn the_stage_that_is_made_deploys_by_itself() {
        let create = mock!(Client::create_stage)
            .match_requests(|sent| {
                sent.api_id() == Some("a1")
                    && sent.stage_name() == Some("$default")
                    && sent.auto_deploy() == Some(true)
                    && sent.deployment_id().is_none()
                    && sent.tags().is_some_and(|tags| tags["k"] == "v")
            })
            .then_output(|| CreateStageOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&create]), ..Aws::test() };
        let made = Stage::create(&aws, &address(DEFAULT), want()).await.unwrap();
        assert_eq!((made.id.as_str(), create.num_calls()), ("$default", 1));
    }

    #[tokio::test]
    async fn a_stage_that_is_there_already_is_taken() {
        let create = mock!(Client::create_stage).then_error(|| {
            let code = ErrorMetadata::builder().code("ConflictException").build();
            CreateStageError::ConflictException(ConflictException::builder().meta(code).build())
        });
        let update = mock!(Client::update_stage)
            .match_requests(|sent| {
                sent.stage_name() == Some("$default") && sent.auto_deploy() == Some(true)
            })
            .then_output(|| UpdateStageOutput::builder().build());
        let client = mock_client!(aws_sdk_apigatewayv2, [&create, &update]);
        let aws = Aws { api: client, ..Aws::test() };
        Stage::create(&aws, &address(DEFAULT), want()).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn new_tags_are_the_only_call_where_nothing_else_changes() {
        let tag = mock!(Client::tag_resource)
            .match_requests(|sent| {
                let arn = "arn:aws:apigateway:us-east-1::/apis/a1/stages/$default";
                sent.resource_arn() == Some(arn)
            })
            .then_output(|| TagResourceOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&tag]), ..Aws::test() };
        let stage = AwsStage::builder().stage_name(DEFAULT).deployment_id("d1").build();
        let live = live("a1", &stage).unwrap();
        let change = Change { live: &live, want: want(), paths: vec!["tags.k"] };
        Stage::update(&aws, change).await.unwrap();
        assert_eq!(tag.num_calls(), 1);
        assert!(live.state.get("deployment_id").is_none());
    }
}
