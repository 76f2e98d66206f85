//! An HTTP API.
//!
//! Names of APIs are not unique: ours is the one with our tag. What routes it, integrations, routes
//! and the stage, are kinds of their own, so that others may refer to the API's URL before they are
//! there.
//!
//! Source: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html>

use std::collections::BTreeMap;

use aws_sdk_apigatewayv2::types::{Api, Cors as AwsCors, IpAddressType, ProtocolType};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::api_gateway::{self, OTHERS, PAGE, address, pages, tag};
use crate::aws::error::{deleted, failed, found, required};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::settle::{made_once, settled};
use crate::aws::{Aws, hazards, once, tags};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Context, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Ownership,
    Pattern, Removal, Rule,
};
use crate::spec::Stack;
use crate::spec::stack::{Cors, DEFAULT_STAGE, HttpApi as Settings};

/// The kind.
pub struct HttpApi;

/// What an API can be asked to be.
#[derive(Debug, Deserialize)]
pub struct State {
    name: String,
    /// The stage whose URL is the API's, where that is not `$default`.
    main_stage: Option<String>,
    description: Option<String>,
    version: Option<String>,
    cors: Cors,
    disable_execute_api_endpoint: Option<bool>,
    ip_address_type: Option<String>,
    tags: BTreeMap<String, String>,
}

impl Kind for HttpApi {
    const NAME: &'static str = "http_api";
    const PLACE: Pattern = Pattern("http_api");
    const FIELDS: &'static [Field] = &[
        // Nothing that AWS is told: what the URL ends with.
        Field { path: "main_stage", rule: Rule::WriteOnly },
        Field { path: "cors", rule: Rule::Exclusive },
        Field { path: "cors.allow_headers", rule: Rule::IgnoreCase },
        Field { path: "cors.expose_headers", rule: Rule::IgnoreCase },
        Field { path: "cors.max_age", rule: Rule::Seconds },
        Field { path: "tags.provision:expires", rule: Rule::Once },
    ];
    const OUTPUTS: &'static [OutputName] = &[
        OutputName::plain("id"),
        OutputName::plain("url"),
        OutputName::plain("api_endpoint"),
        OutputName::plain("arn"),
        OutputName::plain("name"),
    ];
    const REMOVAL: Removal = Removal::Guarded;
    const HAZARDS: &'static [Hazard] = hazards::HTTP_API;
    type State = State;

    fn defaults() -> Value {
        json!({
            "description": null,
            "version": null,
            "disable_execute_api_endpoint": false,
            "ip_address_type": "ipv4",
        })
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let Some(api) = &stack.http_api else { return Vec::new() };
        if let Some(id) = &api.given.existing {
            return vec![Declared {
                address: address(),
                kind: Self::NAME,
                name: id.clone(),
                want: json!({}),
                after: Vec::new(),
                predicted: [("id", id.clone())].into(),
                origin: Origin::Existing,
            }];
        }
        let Settings {
            existing: _,
            name,
            tags,
            description: _,
            version: _,
            cors: _,
            disable_execute_api_endpoint: _,
            ip_address_type: _,
            authorizers: _,
            routes: _,
            stages: _,
        } = &api.given;
        let name = name.clone().unwrap_or_else(|| stack.stack.clone());
        let mut want = api.wanted(&Self::defaults(), given.strict);
        for child in ["authorizers", "routes", "stages"] {
            want.remove(child);
        }
        if let Some(stage) = api.given.main_stage().filter(|stage| stage != DEFAULT_STAGE) {
            want.insert("main_stage".to_owned(), json!(stage));
        }
        want.insert("name".to_owned(), json!(name));
        want.insert("tags".to_owned(), tags::wanted(stack, given, &address(), tags).into());
        // Absent means none.
        let cors = said(want.remove("cors").unwrap_or_default());
        want.insert("cors".to_owned(), cors);
        vec![Declared {
            address: address(),
            kind: Self::NAME,
            want: want.into(),
            after: Vec::new(),
            predicted: [("name", name.clone())].into(),
            name,
            origin: Origin::Made,
        }]
    }

    /// Lists all APIs: only their tags tell whose they are, and the list holds them.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let (apis, account) = futures::try_join!(all(aws), aws.account())?;
        let apis = apis.iter();
        let stage = scope.own().find_map(|api| api.want["main_stage"].as_str());
        let live = |api| live(aws, account, api, stage);
        let apis: Vec<Live> = apis.map(live).collect::<Result<_, _>>()?;
        let (ours, others): (Vec<Live>, Vec<Live>) =
            apis.into_iter().partition(|live| live.ownership == Ownership::Ours);
        if let Some(existing) = scope.own().find(|api| api.origin == Origin::Existing) {
            if let Some(ours) = ours.iter().find(|ours| ours.id != existing.name) {
                let (theirs, ours) = (&existing.name, &ours.id);
                let message =
                    format!("the file uses the API `{theirs}`, and this stack made `{ours}`");
                let help = "destroy the stack first, or declare its own API again";
                return Err(CloudError::new(message).help(help));
            }
            let all = ours.into_iter().chain(others);
            let used = all.filter(|live| live.id == existing.name);
            return Ok(used.map(|l| Live { ownership: Ownership::Existing, ..l }).collect());
        }
        if let [one, other, ..] = &ours[..] {
            let (stack, one, other) = (&aws.stack, &one.id, &other.id);
            let message =
                format!("the APIs `{one}` and `{other}` both say that `{stack}` owns them");
            let help = format!("remove one of them, or its tag `{}`", tags::STACK);
            return Err(CloudError::new(message).help(help));
        }
        if !ours.is_empty() {
            return Ok(ours);
        }
        let names = super::names(scope.own());
        let is_wanted = |live: &Live| match aws.adopted_id(&address()) {
            Some(id) => live.id == id,
            None => !aws.beside && names.keys().any(|name| live.state["name"] == **name),
        };
        let wanted: Vec<Live> = others.into_iter().filter(is_wanted).collect();
        if wanted.len() > 1 && aws.adopt.contains_key(&address()) {
            let ids: Vec<&str> = wanted.iter().map(|live| live.id.as_str()).collect();
            let message = format!("`--adopt http_api` may mean {}", ids.join(" or "));
            return Err(CloudError::new(message).help("`--adopt http_api=ID` says which"));
        }
        Ok(wanted.into_iter().take(1).collect())
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let answer = aws.api.get_api().api_id(&live.id).send().await;
        let Some(api) = found(answer.map_err(failed("GetApi")))? else { return Ok(Now::Gone) };
        let api = Api::builder()
            .set_name(api.name)
            .set_description(api.description)
            .set_version(api.version)
            .set_cors_configuration(api.cors_configuration)
            .set_disable_execute_api_endpoint(api.disable_execute_api_endpoint)
            .set_ip_address_type(api.ip_address_type)
            .set_tags(api.tags);
        Ok(Now::State(state(&api.build())))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State {
            name,
            main_stage,
            description,
            version,
            cors,
            disable_execute_api_endpoint,
            ip_address_type,
            tags,
        } = want;
        let create = aws
            .api
            .create_api()
            .name(&name)
            .protocol_type(ProtocolType::Http)
            .set_description(description)
            .set_version(version)
            .set_cors_configuration(configuration(cors))
            .set_disable_execute_api_endpoint(disable_execute_api_endpoint)
            .set_ip_address_type(ip_address_type.as_deref().map(IpAddressType::from))
            .set_tags(Some(tags.into_iter().collect()));
        let create = || async {
            let create = create.clone().customize().config_override(once::api());
            create.send().await.map_err(failed("CreateApi"))
        };
        let create = || async {
            let api = settled(OTHERS, create).await?;
            Ok((required(api.api_id, "ApiId")?, required(api.api_endpoint, "ApiEndpoint")?))
        };
        let account = aws.account().await?;
        let find = || async {
            let all = all(aws).await?;
            let ours = |api: &&Api| {
                tags::owner(&tags::read(api.tags.clone()), &aws.stack) == Ownership::Ours
            };
            let ours = all.iter().find(ours);
            Ok(ours.and_then(|api| api.api_id.clone().zip(api.api_endpoint.clone())))
        };
        let (id, url) = made_once(create, find).await?;
        let outputs = outputs(aws, account, &id, &url, main_stage.as_deref(), &name);
        Ok(Made { id, outputs })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let id = &change.live.id;
        patch(aws, &change).await?;
        if change.touches("cors") && change.want.cors == Cors::default() {
            let delete = || async {
                let delete = aws.api.delete_cors_configuration().api_id(id);
                delete.send().await.map_err(failed("DeleteCorsConfiguration"))
            };
            deleted(settled(OTHERS, delete).await)?;
        }
        tag(aws, &format!("apis/{id}"), &change, &change.want.tags).await?;
        Ok(Outputs::plain([("name", change.want.name)]))
    }

    /// Takes along its routes, integrations and stages.
    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let delete = || async {
            aws.api.delete_api().api_id(&live.id).send().await.map_err(failed("DeleteApi"))
        };
        deleted(settled(OTHERS, delete).await)
    }
}

/// All HTTP APIs, with their tags.
async fn all(aws: &Aws) -> Result<Vec<Api>, CloudError> {
    let page = |token| async {
        let list = aws.api.get_apis().max_results(PAGE).set_next_token(token);
        let page = list.send().await.map_err(failed("GetApis"))?;
        Ok((page.items, page.next_token))
    };
    let mut apis = pages(page).await?;
    apis.retain(|api| api.protocol_type == Some(ProtocolType::Http));
    Ok(apis)
}

/// Sends the members that change; a text is cleared by an empty one.
async fn patch(aws: &Aws, change: &Change<'_, State>) -> Result<(), CloudError> {
    let State {
        name,
        main_stage: _,
        description,
        version,
        cors,
        disable_execute_api_endpoint,
        ip_address_type,
        tags: _,
    } = &change.want;
    let text = |path: &str, value: &Option<String>| {
        change.touches(path).then(|| value.clone().unwrap_or_default())
    };
    let description = text("description", description);
    let version = text("version", version);
    let name = change.touches("name").then(|| name.clone());
    let disable = change.touches("disable_execute_api_endpoint");
    let disable = disable.then(|| disable_execute_api_endpoint.unwrap_or_default());
    let address_type = change.touches("ip_address_type");
    let address_type = address_type.then(|| ip_address_type.as_deref().unwrap_or("ipv4"));
    // A block that is present replaces the live one whole; an absent one is removed by its own call.
    let cors = if change.touches("cors") { configuration(cors.clone()) } else { None };
    let some = name.is_some() || description.is_some() || version.is_some() || cors.is_some();
    if !some && disable.is_none() && address_type.is_none() {
        return Ok(());
    }
    let update = aws
        .api
        .update_api()
        .api_id(&change.live.id)
        .set_name(name)
        .set_description(description)
        .set_version(version)
        .set_cors_configuration(cors)
        .set_disable_execute_api_endpoint(disable)
        .set_ip_address_type(address_type.map(IpAddressType::from));
    let update = || async { update.clone().send().await.map_err(failed("UpdateApi")) };
    settled(OTHERS, update).await.map(drop)
}

/// What a CORS block says besides AWS's defaults, so that absent and default are equal.
fn said(cors: Value) -> Value {
    let Value::Object(mut cors) = cors else { return json!({}) };
    let is_default = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    cors.retain(|_, value| !is_default(value));
    cors.into()
}

/// The block for a request; none where it says nothing.
fn configuration(cors: Cors) -> Option<AwsCors> {
    if cors == Cors::default() {
        return None;
    }
    let Cors {
        allow_origins,
        allow_methods,
        allow_headers,
        expose_headers,
        allow_credentials,
        max_age,
    } = cors;
    let block = AwsCors::builder()
        .set_allow_origins(allow_origins)
        .set_allow_methods(allow_methods)
        .set_allow_headers(allow_headers)
        .set_expose_headers(expose_headers)
        .set_allow_credentials(allow_credentials)
        .set_max_age(max_age.map(|age| age.0.cast_signed()));
    Some(block.build())
}

fn outputs(
    aws: &Aws,
    account: &str,
    id: &str,
    endpoint: &str,
    stage: Option<&str>,
    name: &str,
) -> Outputs {
    Outputs::plain([
        ("id", id.to_owned()),
        ("url", api_gateway::url(endpoint, stage.unwrap_or(DEFAULT_STAGE))),
        ("api_endpoint", endpoint.trim_end_matches('/').to_owned()),
        ("arn", Context::new(&aws.stack, &aws.region, account).arn("execute-api", id)),
        ("name", name.to_owned()),
    ])
}

fn state(api: &Api) -> Value {
    let cors = api.cors_configuration.as_ref().map(|cors| {
        json!({
            "allow_origins": cors.allow_origins,
            "allow_methods": cors.allow_methods,
            "allow_headers": cors.allow_headers,
            "expose_headers": cors.expose_headers,
            "allow_credentials": cors.allow_credentials,
            "max_age": cors.max_age,
        })
    });
    let address_type = api.ip_address_type.as_ref().map_or("ipv4", IpAddressType::as_str);
    json!({
        "name": api.name,
        "description": api.description,
        "version": api.version,
        "cors": said(cors.unwrap_or_default()),
        "disable_execute_api_endpoint": api.disable_execute_api_endpoint.unwrap_or_default(),
        "ip_address_type": address_type,
        "tags": tags::state(&tags::read(api.tags.clone())),
    })
}

fn live(aws: &Aws, account: &str, api: &Api, stage: Option<&str>) -> Result<Live, CloudError> {
    let id = required(api.api_id.clone(), "ApiId")?;
    let url = required(api.api_endpoint.clone(), "ApiEndpoint")?;
    let name = required(api.name.clone(), "Name")?;
    Ok(Live {
        address: address(),
        kind: HttpApi::NAME,
        state: state(api),
        outputs: outputs(aws, account, &id, &url, stage, &name),
        ownership: tags::owner(&tags::read(api.tags.clone()), &aws.stack),
        id,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_apigatewayv2::Client;
    use aws_sdk_apigatewayv2::operation::create_api::CreateApiOutput;
    use aws_sdk_apigatewayv2::operation::delete_api::DeleteApiError;
    use aws_sdk_apigatewayv2::operation::delete_cors_configuration::DeleteCorsConfigurationOutput;
    use aws_sdk_apigatewayv2::operation::get_apis::GetApisOutput;
    use aws_sdk_apigatewayv2::operation::tag_resource::TagResourceOutput;
    use aws_sdk_apigatewayv2::operation::update_api::UpdateApiOutput;
    use aws_sdk_apigatewayv2::types::error::NotFoundException;
    use aws_smithy_mocks::{mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn stack(api: Value) -> Stack {
        serde_json::from_value(json!({ "stack": "demo", "http_api": api })).unwrap()
    }

    fn declared(api: Value) -> Vec<Declared> {
        let given = Given { region: "us-east-1".into(), ..Given::default() };
        HttpApi::declare(&stack(api), &given)
    }

    fn state(value: Value) -> State {
        serde_json::from_value(value).unwrap()
    }

    fn api(id: &str, name: &str, owner: Option<&str>) -> Api {
        let api = Api::builder()
            .api_id(id)
            .name(name)
            .api_endpoint(format!("https://{id}.example.com/"))
            .protocol_type(ProtocolType::Http);
        api.set_tags(owner.map(|owner| [(tags::STACK.into(), owner.into())].into())).build()
    }

    #[tokio::test]
    async fn an_api_as_aws_answers_it_is_as_declared() {
        let declared = declared(json!({
            "description": "Tokens",
            "cors": {
                "allow_origins": ["https://a.example.com", "https://b.example.com"],
                "allow_headers": ["Authorization", "X-Trace"],
                "allow_methods": ["GET", "POST"],
                "max_age": "5m",
            },
        }));
        let cors = aws_sdk_apigatewayv2::types::Cors::builder()
            .allow_origins("https://b.example.com")
            .allow_origins("https://a.example.com")
            .allow_headers("x-trace")
            .allow_headers("authorization")
            .allow_methods("POST")
            .allow_methods("GET")
            .allow_credentials(false)
            .max_age(300);
        let answered = Api::builder()
            .api_id("a1")
            .name("demo")
            .description("Tokens")
            .version("")
            .api_endpoint("https://a1.example.com")
            .protocol_type(ProtocolType::Http)
            .route_selection_expression("$request.method $request.path")
            .api_key_selection_expression("$request.header.x-api-key")
            .disable_execute_api_endpoint(false)
            .ip_address_type(IpAddressType::Ipv4)
            .cors_configuration(cors.build())
            .tags(tags::STACK, "demo")
            .tags("provision:address", "http_api")
            .tags("aws:x", "y");
        let live = observed(vec![answered.build()], &declared).await.unwrap();
        let plan = crate::aws::children::testing::plan::<HttpApi>(declared, live);
        assert!(plan.is_empty(), "{:#?}", plan.steps);
        assert!(plan.undeclared.is_empty(), "{:?}", plan.undeclared);
    }

    async fn observed(apis: Vec<Api>, declared: &[Declared]) -> Result<Vec<Live>, CloudError> {
        let list = mock!(Client::get_apis)
            .then_output(move || GetApisOutput::builder().set_items(Some(apis.clone())).build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&list]), ..Aws::test() };
        HttpApi::observe(&aws, Scope::new("http_api", declared, None)).await
    }

    fn some_live() -> Live {
        live(&Aws::test(), "123456789012", &api("a1", "demo", Some("demo")), None).unwrap()
    }

    #[test]
    fn cors_that_says_nothing_is_the_same_as_none() {
        let cors = json!({ "allow_credentials": false, "allow_headers": [], "max_age": "0s" });
        for api in [json!({}), json!({ "cors": null }), json!({ "cors": cors })] {
            assert_eq!(declared(api)[0].want["cors"], json!({}));
        }
        let some = json!({ "cors": { "allow_origins": ["*"], "max_age": "1h" } });
        let want = &declared(some)[0].want;
        assert_eq!(want["cors"], json!({ "allow_origins": ["*"], "max_age": 3600 }));
    }

    #[test]
    fn routes_are_no_settings_of_the_api_and_its_name_is_the_stacks() {
        let declared = declared(json!({ "description": null, "routes": { "GET /x": "fn" } }));
        let want = &declared[0].want;
        assert_eq!(declared[0].name, "demo");
        assert!(want.get("routes").is_none() && want["description"].is_null());
    }

    #[tokio::test]
    async fn the_api_that_is_made_is_the_one_that_is_wanted() {
        let create = mock!(Client::create_api)
            .match_requests(|sent| {
                let cors = AwsCors::builder().allow_origins("*").max_age(60).build();
                sent.protocol_type() == Some(&ProtocolType::Http)
                    && sent.name() == Some("demo")
                    && sent.description().is_none()
                    && sent.target().is_none()
                    && sent.cors_configuration() == Some(&cors)
                    && sent.tags().is_some_and(|tags| tags["k"] == "v")
            })
            .then_output(|| {
                let made = CreateApiOutput::builder().api_id("a1");
                made.api_endpoint("https://a1.example.com").build()
            });
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&create]), ..Aws::test() };
        let cors = json!({ "allow_origins": ["*"], "max_age": 60 });
        let want = state(json!({ "name": "demo", "cors": cors, "tags": { "k": "v" } }));
        let made = HttpApi::create(&aws, &address(), want).await.unwrap();
        let expected = Outputs::plain([
            ("id", "a1".into()),
            ("url", "https://a1.example.com".into()),
            ("api_endpoint", "https://a1.example.com".into()),
            ("arn", "arn:aws:execute-api:us-east-1:123456789012:a1".into()),
            ("name", "demo".into()),
        ]);
        assert_eq!(made.outputs, expected);
    }

    #[tokio::test]
    async fn the_url_is_that_of_the_only_stage_where_there_is_no_default() {
        let only = json!({ "stages": { "prod": {} } });
        let both = json!({ "stages": { "prod": {}, "$default": {} } });
        let neither = json!({ "stages": { "prod": {}, "dev": {} } });
        for (file, end) in [(only.clone(), "/prod"), (both, ""), (neither, "")] {
            let found = observed(vec![api("a1", "demo", Some("demo"))], &declared(file)).await;
            let url = found.unwrap()[0].outputs.get("url").unwrap().expose().to_owned();
            assert_eq!(url, format!("https://a1.example.com{end}"));
        }
        let create = mock!(Client::create_api).then_output(|| {
            let made = CreateApiOutput::builder().api_id("a1");
            made.api_endpoint("https://a1.example.com").build()
        });
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&create]), ..Aws::test() };
        let mut want = declared(only).remove(0).want;
        want["tags"] = json!({});
        let made = HttpApi::create(&aws, &address(), state(want)).await.unwrap();
        assert_eq!(made.outputs.get("url").unwrap().expose(), "https://a1.example.com/prod");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_never_came_makes_no_second_api() {
        let create = mock!(Client::create_api).sequence().http_status(500, None).times(3).build();
        let list = mock!(Client::get_apis).then_output(|| {
            let one = |id: &str, stack: &str| {
                Api::builder()
                    .api_id(id)
                    .name("demo")
                    .protocol_type(ProtocolType::Http)
                    .api_endpoint("https://a.example.com")
                    .tags(tags::STACK, stack)
                    .build()
            };
            GetApisOutput::builder().items(one("theirs", "other")).items(one("a1", "demo")).build()
        });
        let mode = aws_smithy_mocks::RuleMode::MatchAny;
        let client = mock_client!(aws_sdk_apigatewayv2, mode, [&create, &list]);
        let aws = Aws { api: client, ..Aws::test() };
        let want = state(json!({ "name": "demo", "cors": {}, "tags": {} }));
        assert_eq!(HttpApi::create(&aws, &address(), want).await.unwrap().id, "a1");
        assert_eq!(create.num_calls(), 1);
    }

    #[tokio::test]
    async fn an_update_sends_what_changes_and_clears_with_an_empty_text() {
        let update = mock!(Client::update_api)
            .match_requests(|sent| {
                sent.api_id() == Some("a1")
                    && sent.description() == Some("")
                    && sent.name().is_none()
                    && sent.version().is_none()
                    && sent.cors_configuration().is_none()
                    && sent.disable_execute_api_endpoint().is_none()
            })
            .then_output(|| UpdateApiOutput::builder().build());
        let tag = mock!(Client::tag_resource)
            .match_requests(|sent| {
                sent.resource_arn() == Some("arn:aws:apigateway:us-east-1::/apis/a1")
                    && sent.tags() == Some(&[("k".to_owned(), "new".to_owned())].into())
            })
            .then_output(|| TagResourceOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&update, &tag]), ..Aws::test() };
        let tags = json!({ "k": "new", "kept": "x" });
        let want = state(json!({ "name": "demo", "version": "1", "cors": {}, "tags": tags }));
        let live = some_live();
        let change = Change { live: &live, want, paths: vec!["description", "tags.k"] };
        HttpApi::update(&aws, change).await.unwrap();
        assert_eq!((update.num_calls(), tag.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn cors_is_removed_by_its_own_call() {
        let delete = mock!(Client::delete_cors_configuration)
            .match_requests(|sent| sent.api_id() == Some("a1"))
            .then_output(|| DeleteCorsConfigurationOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&delete]), ..Aws::test() };
        let want = state(json!({ "name": "demo", "cors": {}, "tags": {} }));
        let live = some_live();
        let change = Change { live: &live, want, paths: vec!["cors.allow_origins"] };
        HttpApi::update(&aws, change).await.unwrap();
        assert_eq!(delete.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_cors_block_is_replaced_whole() {
        let update = mock!(Client::update_api)
            .match_requests(|sent| {
                let cors = AwsCors::builder().allow_origins("*").allow_methods("GET").build();
                sent.cors_configuration() == Some(&cors)
            })
            .then_output(|| UpdateApiOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&update]), ..Aws::test() };
        let cors = json!({ "allow_origins": ["*"], "allow_methods": ["GET"] });
        let want = state(json!({ "name": "demo", "cors": cors, "tags": {} }));
        let live = some_live();
        let change = Change { live: &live, want, paths: vec!["cors.allow_methods"] };
        HttpApi::update(&aws, change).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn ours_is_the_one_with_our_tag_on_whatever_page_it_stands() {
        let first = mock!(Client::get_apis)
            .match_requests(|sent| sent.next_token().is_none())
            .then_output(|| {
                let page = GetApisOutput::builder().items(api("b2", "demo", Some("other")));
                page.next_token("more").build()
            });
        let second = mock!(Client::get_apis)
            .match_requests(|sent| sent.next_token() == Some("more"))
            .then_output(|| GetApisOutput::builder().items(api("a1", "x", Some("demo"))).build());
        let client = mock_client!(aws_sdk_apigatewayv2, [&first, &second]);
        let aws = Aws { api: client, ..Aws::test() };
        let declared = declared(json!({}));
        let scope = Scope::new("http_api", &declared, None);
        let found = HttpApi::observe(&aws, scope).await.unwrap();
        assert_eq!(found.iter().map(|live| &live.id).collect::<Vec<_>>(), ["a1"]);
        assert_eq!(found[0].state["cors"], json!({}));
    }

    #[tokio::test]
    async fn two_of_ours_are_an_error_that_names_both() {
        let two = vec![api("a1", "x", Some("demo")), api("b2", "y", Some("demo"))];
        let message = observed(two, &[]).await.unwrap_err().message;
        assert!(message.contains("`a1` and `b2`"), "{message}");
    }

    #[tokio::test]
    async fn somebody_elses_of_the_wanted_name_is_reported_and_others_are_not() {
        let all = vec![api("a1", "x", None), api("b2", "demo", Some("other"))];
        let found = observed(all.clone(), &declared(json!({}))).await.unwrap();
        assert_eq!(found[0].ownership, Ownership::Foreign("the stack `other`".into()));
        assert_eq!(found.len(), 1);
        assert_eq!(observed(all, &[]).await.unwrap(), []);
    }

    #[tokio::test]
    async fn an_api_that_is_gone_counts_as_deleted() {
        let delete = mock!(Client::delete_api).then_error(|| {
            let code = ErrorMetadata::builder().code("NotFoundException").build();
            DeleteApiError::NotFoundException(NotFoundException::builder().meta(code).build())
        });
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&delete]), ..Aws::test() };
        assert_eq!(HttpApi::delete(&aws, &some_live()).await, Ok(()));
    }
}
