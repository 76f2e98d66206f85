//! A route of the HTTP API.
//!
//! Source: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html>

use aws_sdk_apigatewayv2::types::{AuthorizationType, Route as AwsRoute};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{authorizer, integration, permission};
use crate::aws::api_gateway::{self, OTHERS, PAGE, pages, reference};
use crate::aws::error::{deleted, failed, found, is_there, required};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::settle::settled;
use crate::aws::{Aws, hazards};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Ownership, Pattern, Rule,
    escape,
};
use crate::spec::Stack;
use crate::spec::stack::RouteSettings;

/// The kind.
pub struct Route;

/// What a route can be asked to be.
#[derive(Debug, Deserialize)]
pub struct State {
    api_id: String,
    route_key: String,
    target: String,
    authorization_type: String,
    authorizer_id: Option<String>,
    authorization_scopes: Vec<String>,
    operation_name: Option<String>,
}

impl Kind for Route {
    const NAME: &'static str = "route";
    const PLACE: Pattern = Pattern("http_api.routes.*");
    const FIELDS: &'static [Field] =
        &[Field { path: "route_key", rule: Rule::Replaces("a route is known by its key") }];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("id")];
    const PARENT: Option<&'static str> = Some("http_api");
    // A permission goes after the routes that need it, so that none answers with an error.
    const REFERS_TO: &'static [&'static str] =
        &["integration", "authorizer", "http_api", "permission"];
    const GOES_WITH: &'static [&'static str] = &["http_api"];
    const HAZARDS: &'static [Hazard] = hazards::ROUTE;
    type State = State;

    fn defaults() -> Value {
        json!({ "operation_name": null })
    }

    fn written(live: &Live, all: &[Live]) -> Option<(Address, Value)> {
        crate::aws::written::route(live, all)
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let declare = |(key, route): (&String, &RouteSettings)| {
            let integration = integration::address_of(stack, route);
            let mut want = json!({
                "api_id": reference(&api_gateway::address(), "id"),
                "route_key": escape(key),
                "target": format!("integrations/{}", reference(&integration, "id")),
                "authorization_scopes": route.scopes,
            });
            let (r#type, authorizer) = authorization(stack, route);
            want["authorization_type"] = json!(r#type.as_str());
            // Absent means none: a route that somebody gave an authorizer loses it again.
            want["authorizer_id"] = json!(authorizer);
            if route.operation_name.is_some() || given.strict {
                want["operation_name"] = json!(route.operation_name);
            }
            Declared {
                address: address(key),
                kind: Self::NAME,
                name: escape(key),
                want,
                after: calls(stack, route),
                predicted: [].into(),
                origin: Origin::Made,
            }
        };
        stack.routes().map(declare).collect()
    }

    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let api = &scope.parent()?.id;
        let routes = list(aws, api).await?;
        // The quick way of making an API makes one that cannot be removed by itself.
        let routes = routes.iter().filter(|route| route.api_gateway_managed != Some(true));
        routes.map(|route| live(api, route)).collect()
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let api = live.state["api_id"].as_str().unwrap_or_default();
        let answer = aws.api.get_route().api_id(api).route_id(&live.id).send().await;
        let Some(route) = found(answer.map_err(failed("GetRoute")))? else { return Ok(Now::Gone) };
        let route = AwsRoute::builder()
            .set_route_key(route.route_key)
            .set_target(route.target)
            .set_authorization_type(route.authorization_type)
            .set_authorizer_id(route.authorizer_id)
            .set_authorization_scopes(route.authorization_scopes)
            .set_operation_name(route.operation_name);
        Ok(Now::State(state(api, &route.build())))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State {
            api_id,
            route_key,
            target,
            authorization_type,
            authorizer_id,
            authorization_scopes,
            operation_name,
        } = &want;
        let scopes = (!authorization_scopes.is_empty()).then(|| authorization_scopes.clone());
        let create = aws
            .api
            .create_route()
            .api_id(api_id)
            .route_key(route_key)
            .target(target)
            .authorization_type(AuthorizationType::from(authorization_type.as_str()))
            .set_authorizer_id(authorizer_id.clone())
            .set_authorization_scopes(scopes)
            .set_operation_name(operation_name.clone());
        let create = || async { create.clone().send().await.map_err(failed("CreateRoute")) };
        let id = match settled(OTHERS, create).await {
            Ok(made) => required(made.route_id, "RouteId")?,
            // An earlier try made it and its answer was lost.
            Err(error) if is_there(&error) => {
                let routes = list(aws, api_id).await?;
                let same = routes.iter().find(|route| route.route_key.as_ref() == Some(route_key));
                let Some(id) = same.and_then(|route| route.route_id.clone()) else {
                    return Err(error);
                };
                patch(aws, &id, &want, &|_| true).await?;
                id
            }
            Err(error) => return Err(error),
        };
        Ok(Made { outputs: Outputs::plain([("id", id.clone())]), id })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        patch(aws, &change.live.id, &change.want, &|path| change.touches(path)).await?;
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let api = live.state["api_id"].as_str().unwrap_or_default();
        let delete = || async {
            let delete = aws.api.delete_route().api_id(api).route_id(&live.id);
            delete.send().await.map_err(failed("DeleteRoute"))
        };
        deleted(settled(OTHERS, delete).await)
    }
}

/// The address of a route.
pub(super) fn address(key: &str) -> Address {
    api_gateway::address().child("routes").child(key)
}

/// What a route asks for, and the id of the authorizer that decides.
fn authorization(stack: &Stack, route: &RouteSettings) -> (AuthorizationType, Option<String>) {
    let named = route.authorizer.as_deref();
    let found = named.and_then(|key| stack.authorizers().find(|(name, _)| *name == key));
    match (found, &route.authorization_type) {
        (Some((key, authorizer)), _) => {
            let r#type = match authorizer.given.jwt {
                Some(_) => AuthorizationType::Jwt,
                None => AuthorizationType::Custom,
            };
            (r#type, Some(reference(&authorizer::address(key), "id")))
        }
        (None, Some(r#type)) => (AuthorizationType::from(r#type.as_str()), None),
        (None, None) => (AuthorizationType::None, None),
    }
}

/// The permissions without which a route answers with an error.
fn calls(stack: &Stack, route: &RouteSettings) -> Vec<Address> {
    let function = route.lambda.as_deref().and_then(|named| super::function_of(stack, named));
    let answers = function.map(|(key, _)| permission::address(key, permission::HTTP_API));
    let decides = stack.authorizers().filter(|(key, _)| route.authorizer.as_ref() == Some(key));
    let decides = decides.filter_map(|(key, authorizer)| {
        let (function, _) = authorizer::called(stack, &authorizer.given)?;
        Some(permission::address(function, &authorizer::source(key)))
    });
    answers.into_iter().chain(decides).collect()
}

async fn list(aws: &Aws, api: &str) -> Result<Vec<AwsRoute>, CloudError> {
    let page = |token| async {
        let list = aws.api.get_routes().api_id(api).max_results(PAGE).set_next_token(token);
        let page = list.send().await.map_err(failed("GetRoutes"))?;
        Ok((page.items, page.next_token))
    };
    pages(page).await
}

/// Sends the members that change.
async fn patch(
    aws: &Aws,
    id: &str,
    want: &State,
    changes: &(dyn Fn(&str) -> bool + Sync),
) -> Result<(), CloudError> {
    let State {
        api_id,
        route_key: _,
        target,
        authorization_type,
        authorizer_id,
        authorization_scopes,
        operation_name,
    } = want;
    let mut update = aws.api.update_route().api_id(api_id).route_id(id);
    update = update.set_target(changes("target").then(|| target.clone()));
    let operation_name = operation_name.clone().unwrap_or_default();
    update = update.set_operation_name(changes("operation_name").then_some(operation_name));
    if ["authorization_type", "authorizer_id", "authorization_scopes"].into_iter().any(changes) {
        // AWS takes these only together; an empty id takes the authorizer away.
        update = update
            .authorization_type(AuthorizationType::from(authorization_type.as_str()))
            .authorizer_id(authorizer_id.clone().unwrap_or_default())
            .set_authorization_scopes(Some(authorization_scopes.clone()));
    }
    let update = || async { update.clone().send().await.map_err(failed("UpdateRoute")) };
    settled(OTHERS, update).await.map(drop)
}

fn state(api: &str, route: &AwsRoute) -> Value {
    let authorization = route.authorization_type.as_ref().unwrap_or(&AuthorizationType::None);
    json!({
        "api_id": api,
        "route_key": route.route_key,
        "target": route.target,
        "authorization_type": authorization.as_str(),
        "authorizer_id": route.authorizer_id.as_ref().filter(|id| !id.is_empty()),
        "authorization_scopes": route.authorization_scopes.clone().unwrap_or_default(),
        "operation_name": route.operation_name,
    })
}

fn live(api: &str, route: &AwsRoute) -> Result<Live, CloudError> {
    let id = required(route.route_id.clone(), "RouteId")?;
    let key = required(route.route_key.clone(), "RouteKey")?;
    Ok(Live {
        address: address(&key),
        kind: Route::NAME,
        state: state(api, route),
        outputs: Outputs::plain([("id", id.clone())]),
        ownership: Ownership::Ours,
        id,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_apigatewayv2::Client;
    use aws_sdk_apigatewayv2::operation::create_route::{CreateRouteError, CreateRouteOutput};
    use aws_sdk_apigatewayv2::operation::delete_route::DeleteRouteError;
    use aws_sdk_apigatewayv2::operation::get_routes::GetRoutesOutput;
    use aws_sdk_apigatewayv2::operation::update_route::UpdateRouteOutput;
    use aws_sdk_apigatewayv2::types::error::{ConflictException, NotFoundException};
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::aws::children::testing::plan;

    fn want() -> State {
        State {
            api_id: "a1".into(),
            route_key: "GET /x".into(),
            target: "integrations/i1".into(),
            authorization_type: "NONE".into(),
            authorizer_id: None,
            authorization_scopes: Vec::new(),
            operation_name: None,
        }
    }

    fn some_live() -> Live {
        live("a1", &AwsRoute::builder().route_id("r1").route_key("GET /x").build()).unwrap()
    }

    #[test]
    fn a_route_waits_for_its_integration_and_for_the_permission_to_call() {
        let function = json!({ "code": "x", "runtime": "python3.13", "handler": "x.y" });
        let stack = json!({
            "stack": "demo",
            "lambdas": { "fn": function },
            "http_api": { "routes": { "GET /x/{id}": "fn", "$default": "arn:aws:lambda:x" } },
        });
        let stack: Stack = serde_json::from_value(stack).unwrap();
        let declared = Route::declare(&stack, &Given::default());
        let all = [
            "http_api",
            "http_api.integrations.fn",
            "http_api.integrations[\"arn:aws:lambda:x\"]",
            "lambdas.fn.permissions.http_api",
        ];
        let all = all.iter().map(|text| text.parse().unwrap()).collect();
        let needs = |declared: &Declared| {
            let needs = crate::plan::depends_on(declared, &all);
            needs.iter().map(Address::to_string).collect::<Vec<_>>()
        };
        assert_eq!(declared[0].address.to_string(), "http_api.routes[\"$default\"]");
        assert_eq!(
            needs(&declared[0]),
            ["http_api", "http_api.integrations[\"arn:aws:lambda:x\"]"]
        );
        assert_eq!(
            needs(&declared[1]),
            ["http_api", "http_api.integrations.fn", "lambdas.fn.permissions.http_api"]
        );
        assert_eq!(declared[1].want["target"], "integrations/${http_api.integrations.fn.id}");
    }

    fn declared(routes: Value) -> Vec<Declared> {
        let function = json!({ "code": "x", "runtime": "python3.13", "handler": "x.y" });
        let stack = json!({
            "stack": "demo",
            "user_pool": {},
            "lambdas": { "fn": function, "gate": function },
            "http_api": {
                "authorizers": {
                    "pool": { "jwt": { "audience": ["c"] } },
                    "gate": { "lambda": "gate" },
                },
                "routes": routes,
            },
        });
        Route::declare(&serde_json::from_value(stack).unwrap(), &Given::default())
    }

    #[test]
    fn a_route_asks_for_what_its_authorizer_checks() {
        let declared = declared(json!({
            "GET /a": { "lambda": "fn", "authorizer": "pool", "scopes": ["email"] },
            "GET /b": { "lambda": "fn", "authorizer": "gate" },
            "GET /c": { "lambda": "fn", "authorization_type": "AWS_IAM" },
            "GET /d": "fn",
        }));
        let shown = |one: &Declared| {
            let of = |setting: &str| one.want[setting].to_string();
            format!("{} {}", of("authorization_type"), of("authorizer_id"))
        };
        let expected = [
            r#""JWT" "${http_api.authorizers.pool.id}""#,
            r#""CUSTOM" "${http_api.authorizers.gate.id}""#,
            r#""AWS_IAM" null"#,
            r#""NONE" null"#,
        ];
        assert_eq!(declared.iter().map(shown).collect::<Vec<_>>(), expected);
        assert_eq!(declared[0].want["authorization_scopes"], json!(["email"]));
        let calls = |one: &Declared| one.after.iter().map(Address::to_string).collect::<Vec<_>>();
        assert_eq!(calls(&declared[0]), ["lambdas.fn.permissions.http_api"]);
        let both = ["lambdas.fn.permissions.http_api", "lambdas.gate.permissions.authorizer-gate"];
        assert_eq!(calls(&declared[1]), both);
    }

    #[test]
    fn what_aws_answers_of_a_route_is_what_was_declared() {
        let declared = declared(json!({
            "GET /a": { "lambda": "fn", "authorizer": "pool", "scopes": ["a", "b"] },
            "$default": "fn",
        }));
        let known = [
            ("${http_api.id}", "a1"),
            ("${http_api.authorizers.pool.id}", "t1"),
            ("${http_api.integrations.fn.id}", "i1"),
        ];
        let fill = |mut one: Declared| {
            let text = known.iter().fold(one.want.to_string(), |text, (a, b)| text.replace(a, b));
            one.want = serde_json::from_str(&text).unwrap();
            one
        };
        let declared: Vec<Declared> = declared.into_iter().map(fill).collect();
        let one = AwsRoute::builder().target("integrations/i1").api_key_required(false);
        let guarded = one.clone().route_id("r1").route_key("GET /a").authorizer_id("t1");
        let guarded = guarded.authorization_type(AuthorizationType::Jwt);
        let guarded = guarded.authorization_scopes("b").authorization_scopes("a");
        let open = one.route_id("r2").route_key("$default").authorizer_id("");
        let found = [guarded.build(), open.build()].map(|route| live("a1", &route).unwrap());
        let plan = plan::<Route>(declared, found.into());
        assert!(plan.is_empty() && plan.undeclared.is_empty(), "{:?}", plan.steps);
    }

    #[tokio::test]
    async fn type_authorizer_and_scopes_are_sent_together() {
        let update = mock!(Client::update_route)
            .match_requests(|sent| {
                sent.authorization_type() == Some(&AuthorizationType::Jwt)
                    && sent.authorizer_id() == Some("t1")
                    && sent.authorization_scopes() == ["email"]
                    && sent.target().is_none()
            })
            .then_output(|| UpdateRouteOutput::builder().build());
        let client = mock_client!(aws_sdk_apigatewayv2, RuleMode::MatchAny, [&update]);
        let aws = Aws { api: client, ..Aws::test() };
        let live = some_live();
        for path in ["authorization_type", "authorizer_id", "authorization_scopes"] {
            let want = State {
                authorization_type: "JWT".into(),
                authorizer_id: Some("t1".into()),
                authorization_scopes: vec!["email".into()],
                ..want()
            };
            let change = Change { live: &live, want, paths: vec![path] };
            Route::update(&aws, change).await.unwrap();
        }
        assert_eq!(update.num_calls(), 3);
    }

    #[tokio::test]
    async fn the_route_that_is_made_is_the_one_that_is_wanted() {
        let create = mock!(Client::create_route)
            .match_requests(|sent| {
                sent.api_id() == Some("a1")
                    && sent.route_key() == Some("GET /x")
                    && sent.target() == Some("integrations/i1")
                    && sent.authorization_type() == Some(&AuthorizationType::None)
                    && sent.authorizer_id().is_none()
            })
            .then_output(|| CreateRouteOutput::builder().route_id("r1").build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&create]), ..Aws::test() };
        let made = Route::create(&aws, &address("GET /x"), want()).await.unwrap();
        assert_eq!((made.id.as_str(), create.num_calls()), ("r1", 1));
    }

    #[tokio::test]
    async fn a_route_that_a_lost_answer_left_is_taken_and_put_right() {
        let create = mock!(Client::create_route).then_error(|| {
            let code = ErrorMetadata::builder().code("ConflictException").build();
            CreateRouteError::ConflictException(ConflictException::builder().meta(code).build())
        });
        let list = mock!(Client::get_routes).then_output(|| {
            let other = AwsRoute::builder().route_id("r0").route_key("GET /y").build();
            let same = AwsRoute::builder().route_id("r1").route_key("GET /x").build();
            GetRoutesOutput::builder().items(other).items(same).build()
        });
        let update = mock!(Client::update_route)
            .match_requests(|sent| {
                sent.route_id() == Some("r1") && sent.target() == Some("integrations/i1")
            })
            .then_output(|| UpdateRouteOutput::builder().build());
        let client = mock_client!(aws_sdk_apigatewayv2, [&create, &list, &update]);
        let aws = Aws { api: client, ..Aws::test() };
        let made = Route::create(&aws, &address("GET /x"), want()).await.unwrap();
        assert_eq!((made.id.as_str(), update.num_calls()), ("r1", 1));
    }

    #[tokio::test]
    async fn a_route_that_gained_an_authorizer_by_hand_loses_it_again() {
        let update = mock!(Client::update_route)
            .match_requests(|sent| {
                sent.authorization_type() == Some(&AuthorizationType::None)
                    && sent.authorizer_id() == Some("")
                    && sent.authorization_scopes.as_deref() == Some(&[])
                    && sent.target().is_none()
                    && sent.operation_name().is_none()
            })
            .then_output(|| UpdateRouteOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&update]), ..Aws::test() };
        let live = some_live();
        let change = Change { live: &live, want: want(), paths: vec!["authorization_type"] };
        Route::update(&aws, change).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_route_that_is_gone_counts_as_deleted() {
        let delete = mock!(Client::delete_route).then_error(|| {
            let code = ErrorMetadata::builder().code("NotFoundException").build();
            DeleteRouteError::NotFoundException(NotFoundException::builder().meta(code).build())
        });
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&delete]), ..Aws::test() };
        assert_eq!(Route::delete(&aws, &some_live()).await, Ok(()));
    }
}
