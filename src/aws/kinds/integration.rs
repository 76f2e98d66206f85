//! What connects routes with what answers: one per function that routes name, and one per URL and
//! method.
//!
//! Source: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html>

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_apigatewayv2::types::{Integration as AwsIntegration, IntegrationType};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::api_gateway::{self, OTHERS, PAGE, function_arn, pages, reference};
use crate::aws::called::Called;
use crate::aws::error::{deleted, failed, found, required};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::settle::{made_once, settled};
use crate::aws::{Aws, once};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Live, Origin, OutputName, Outputs, Ownership, Pattern, Rule,
};
use crate::spec::Stack;
use crate::spec::stack::RouteSettings;

/// The kind.
pub struct Integration;

/// How API Gateway calls functions.
const POST: &str = "POST";

/// How long an answer may take, in seconds, unless the file says otherwise.
const TIMEOUT: f64 = 30.0;

/// What an integration can be asked to be.
#[derive(Debug, Deserialize)]
pub struct State {
    api_id: String,
    integration_type: String,
    integration_uri: String,
    integration_method: Option<String>,
    payload_format_version: String,
    timeout: Option<f64>,
    #[serde(default)]
    request_parameters: BTreeMap<String, String>,
}

impl Kind for Integration {
    const NAME: &'static str = "integration";
    const PLACE: Pattern = Pattern("http_api.integrations.*");
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("id")];
    const FIELDS: &'static [Field] = &[
        Field { path: "timeout", rule: Rule::Seconds },
        Field { path: "request_parameters", rule: Rule::Exclusive },
    ];
    const PARENT: Option<&'static str> = Some("http_api");
    const REFERS_TO: &'static [&'static str] = &["function", "http_api"];
    const GOES_WITH: &'static [&'static str] = &["http_api"];
    type State = State;

    fn defaults() -> Value {
        json!({ "timeout": 30 })
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let mut declared: BTreeMap<Address, Declared> = BTreeMap::new();
        for (_, route) in stack.routes() {
            let address = address_of(stack, route);
            let declare = || declare(stack, given, address.clone(), route);
            declared.entry(address.clone()).or_insert_with(declare);
        }
        declared.into_values().collect()
    }

    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let api = &scope.parent()?.id;
        let mut found = list(aws, api).await?;
        let declared = Called::by(aws, scope);
        // The quick way of making an API makes one that cannot be removed by itself.
        found.retain(|integration| integration.api_gateway_managed != Some(true));
        found.sort_by(|a, b| a.integration_id.cmp(&b.integration_id));
        let mut taken = BTreeSet::new();
        let live = |one: &AwsIntegration| live(api, &aws.stack, one, &declared, &mut taken);
        found.iter().map(live).collect()
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let api = live.state["api_id"].as_str().unwrap_or_default();
        let get = aws.api.get_integration().api_id(api).integration_id(&live.id).send().await;
        let answer = found(get.map_err(failed("GetIntegration")))?;
        let Some(integration) = answer else { return Ok(Now::Gone) };
        let integration = AwsIntegration::builder()
            .set_integration_type(integration.integration_type)
            .set_integration_uri(integration.integration_uri)
            .set_integration_method(integration.integration_method)
            .set_payload_format_version(integration.payload_format_version)
            .set_timeout_in_millis(integration.timeout_in_millis)
            .set_request_parameters(integration.request_parameters);
        Ok(Now::State(state(api, &integration.build())))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State {
            api_id,
            integration_type,
            integration_uri,
            integration_method,
            payload_format_version,
            timeout,
            request_parameters,
        } = want;
        let parameters =
            (!request_parameters.is_empty()).then(|| request_parameters.into_iter().collect());
        let create = aws
            .api
            .create_integration()
            .api_id(&api_id)
            .integration_type(IntegrationType::from(integration_type.as_str()))
            .integration_uri(&integration_uri)
            .integration_method(integration_method.as_deref().unwrap_or(POST))
            .payload_format_version(payload_format_version)
            .set_timeout_in_millis(timeout.map(millis))
            .set_request_parameters(parameters);
        let create = || async {
            let create = create.clone().customize().config_override(once::api());
            create.send().await.map_err(failed("CreateIntegration"))
        };
        let create =
            || async { required(settled(OTHERS, create).await?.integration_id, "IntegrationId") };
        // There is one for each that is called.
        let method = integration_method.as_deref().unwrap_or(POST);
        let find = || async {
            let all = list(aws, &api_id).await?;
            let same = all.into_iter().find(|one| {
                let of_type = one.integration_type.as_ref().map(IntegrationType::as_str);
                of_type == Some(integration_type.as_str())
                    && one.integration_uri.as_ref() == Some(&integration_uri)
                    && one.integration_method.as_deref().is_none_or(|have| have == method)
            });
            Ok(same.and_then(|one| one.integration_id))
        };
        let id = made_once(create, find).await?;
        Ok(Made { outputs: Outputs::plain([("id", id.clone())]), id })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let State {
            api_id,
            integration_type,
            integration_uri,
            integration_method,
            payload_format_version,
            timeout,
            request_parameters,
        } = &change.want;
        let text = |path: &str, value: &String| change.touches(path).then(|| value.clone());
        let timeout = change.touches("timeout").then(|| millis(timeout.unwrap_or(TIMEOUT)));
        let method = integration_method.as_ref().and_then(|m| text("integration_method", m));
        let parameters =
            || api_gateway::cleared(change.live, "request_parameters", request_parameters);
        let update = aws
            .api
            .update_integration()
            .api_id(api_id)
            .integration_id(&change.live.id)
            // Some changes are refused without it.
            .integration_type(IntegrationType::from(integration_type.as_str()))
            .set_integration_uri(text("integration_uri", integration_uri))
            .set_integration_method(method)
            .set_payload_format_version(text("payload_format_version", payload_format_version))
            .set_timeout_in_millis(timeout)
            .set_request_parameters(change.touches("request_parameters").then(parameters));
        let update = || async { update.clone().send().await.map_err(failed("UpdateIntegration")) };
        settled(OTHERS, update).await?;
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let api = live.state["api_id"].as_str().unwrap_or_default();
        let delete = || async {
            let delete = aws.api.delete_integration().api_id(api).integration_id(&live.id);
            delete.send().await.map_err(failed("DeleteIntegration"))
        };
        deleted(settled(OTHERS, delete).await)
    }
}

fn address(key: &str) -> Address {
    // An address stands inside `${…}`, so it may not hold one.
    let key = key.replace("${", "<").replace('{', "<").replace('}', ">");
    api_gateway::address().child("integrations").child(&key)
}

/// The address of the integration with what a route names: routes with one function or one URL and
/// method share it.
pub(super) fn address_of(stack: &Stack, route: &RouteSettings) -> Address {
    match (&route.http, route.lambda.as_deref().unwrap_or_default()) {
        (Some(url), _) => address(&called(route, url)),
        (None, lambda) => match super::function_of(stack, lambda) {
            Some((key, _)) => address(key),
            None => address(lambda),
        },
    }
}

/// A URL and the method that it is called with.
fn called(route: &RouteSettings, url: &str) -> String {
    format!("{} {url}", route.http_method.as_deref().unwrap_or("ANY"))
}

/// One integration; routes that share it agree on its settings.
fn declare(stack: &Stack, given: &Given, address: Address, route: &RouteSettings) -> Declared {
    let (name, mut want) = match &route.http {
        Some(url) => (
            called(route, url),
            json!({
                "integration_type": IntegrationType::HttpProxy.as_str(),
                "integration_uri": url,
                "integration_method": route.http_method.as_deref().unwrap_or("ANY"),
                // The only one that AWS takes of a URL.
                "payload_format_version": "1.0",
                "request_parameters": route.request_parameters,
            }),
        ),
        None => {
            let lambda = route.lambda.as_deref().unwrap_or_default();
            let name = match super::function_of(stack, lambda) {
                Some((key, function)) => super::function_name(stack, key, &function.given),
                None => lambda.to_owned(),
            };
            let version = route.payload_format_version.as_deref().unwrap_or("2.0");
            let want = json!({
                "integration_type": IntegrationType::AwsProxy.as_str(),
                "integration_uri": super::function_arn(stack, lambda),
                "payload_format_version": version,
            });
            (name, want)
        }
    };
    want["api_id"] = json!(reference(&api_gateway::address(), "id"));
    match &route.timeout {
        Some(timeout) => want["timeout"] = json!(timeout),
        None if given.strict => want["timeout"] = Integration::defaults()["timeout"].clone(),
        None => {}
    }
    Declared {
        address,
        kind: Integration::NAME,
        name,
        want,
        after: Vec::new(),
        predicted: [].into(),
        origin: Origin::Made,
    }
}

fn millis(seconds: f64) -> i32 {
    (seconds * 1000.0).round() as i32
}

/// Whole seconds where they are: the file knows no others.
fn seconds(millis: i32) -> Value {
    if millis % 1000 == 0 { json!(millis / 1000) } else { json!(f64::from(millis) / 1000.0) }
}

/// The name in a function's ARN that names no version or alias.
fn function_name(arn: &str) -> Option<&str> {
    match arn.split(':').collect::<Vec<_>>()[..] {
        ["arn", _, "lambda", _, _, "function", name] => Some(name),
        _ => None,
    }
}

/// What an integration calls, a function by its ARN; and whether it is a URL.
fn called_by(integration: &AwsIntegration) -> (Option<&str>, bool) {
    let uri = integration.integration_uri.as_deref();
    let is_url = integration.integration_type == Some(IntegrationType::HttpProxy);
    (if is_url { uri } else { uri.map(function_arn) }, is_url)
}

fn state(api: &str, integration: &AwsIntegration) -> Value {
    let (uri, is_url) = called_by(integration);
    let mut state = json!({
        "api_id": api,
        "integration_type": integration.integration_type.as_ref().map(IntegrationType::as_str),
        "integration_uri": uri,
        "payload_format_version": integration.payload_format_version,
        "timeout": integration.timeout_in_millis.map(seconds),
    });
    if is_url {
        let parameters = integration.request_parameters.iter().flatten();
        // An empty value is one that was taken away.
        let parameters: BTreeMap<_, _> =
            parameters.filter(|(_, value)| !value.is_empty()).collect();
        state["integration_method"] = json!(integration.integration_method);
        state["request_parameters"] = json!(parameters);
    }
    state
}

/// Finds the address by what is called; a second one of that, which a lost answer leaves behind,
/// gets one that nothing declares.
fn live(
    api: &str,
    stack: &str,
    integration: &AwsIntegration,
    declared: &Called,
    taken: &mut BTreeSet<Address>,
) -> Result<Live, CloudError> {
    let id = required(integration.integration_id.clone(), "IntegrationId")?;
    let (uri, is_url) = called_by(integration);
    let method = integration.integration_method.as_deref();
    let url = uri.filter(|_| is_url).map(|uri| format!("{} {uri}", method.unwrap_or("ANY")));
    let name = uri.and_then(function_name);
    let called: Vec<&str> = match &url {
        Some(url) => vec![url],
        None => [uri, name].into_iter().flatten().collect(),
    };
    let found = declared.find(&called, taken);
    let mut free = match found {
        Some(address) => address.clone(),
        None => {
            let key = name.map(|name| name.strip_prefix(&format!("{stack}-")).unwrap_or(name));
            address(url.as_deref().or(key).unwrap_or(&id))
        }
    };
    let is_another = found.is_none() && declared.declares(&free);
    if is_another || !taken.insert(free.clone()) {
        free = address(&format!("{}-{id}", free.key()));
    }
    Ok(Live {
        address: free,
        kind: Integration::NAME,
        state: state(api, integration),
        outputs: Outputs::plain([("id", id.clone())]),
        ownership: Ownership::Ours,
        id,
    })
}

/// All integrations of an API.
async fn list(aws: &Aws, api: &str) -> Result<Vec<AwsIntegration>, CloudError> {
    let page = |token| async {
        let list = aws.api.get_integrations().api_id(api).max_results(PAGE);
        let page = list.set_next_token(token).send().await.map_err(failed("GetIntegrations"))?;
        Ok((page.items, page.next_token))
    };
    pages(page).await
}

#[cfg(test)]
mod tests {
    use aws_sdk_apigatewayv2::Client;
    use aws_sdk_apigatewayv2::operation::create_integration::CreateIntegrationOutput;
    use aws_sdk_apigatewayv2::operation::get_integrations::GetIntegrationsOutput;
    use aws_sdk_apigatewayv2::operation::update_integration::UpdateIntegrationOutput;
    use aws_sdk_apigatewayv2::types::ConnectionType;
    use aws_sdk_apigatewayv2::types::builders::IntegrationBuilder;
    use aws_smithy_mocks::{mock, mock_client};

    use super::*;
    use crate::aws::children::testing::{plan, wanted};

    const OTHER: &str = "arn:aws:lambda:us-east-1:1:function:other:live";

    fn declared() -> Vec<Declared> {
        let function = json!({ "code": "x", "runtime": "python3.13", "handler": "x.y" });
        let stack = json!({
            "stack": "demo",
            "lambdas": { "fn": function },
            "http_api": { "routes": {
                "GET /a": { "lambda": "fn", "timeout": "5s" },
                "GET /b": "${lambdas.fn.arn}",
                "GET /c": OTHER,
                "GET /d": "${ssm./arn}",
            } },
        });
        Integration::declare(&serde_json::from_value(stack).unwrap(), &Given::default())
    }

    fn known(declared: &[Declared]) -> Called {
        Called::by(&Aws::test(), Scope::new("integration", declared, None))
    }

    fn integration(id: &str, uri: &str) -> AwsIntegration {
        AwsIntegration::builder()
            .integration_id(id)
            .integration_uri(uri)
            .integration_type(IntegrationType::AwsProxy)
            .payload_format_version("2.0")
            .timeout_in_millis(5000)
            .build()
    }

    fn parent() -> Live {
        Live {
            address: api_gateway::address(),
            kind: "http_api",
            id: "a1".into(),
            state: json!({}),
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        }
    }

    #[test]
    fn routes_with_one_function_share_one() {
        let declared = declared();
        let shown = |one: &Declared| {
            (one.address.to_string(), one.name.clone(), one.want["integration_uri"].clone())
        };
        let other = format!("http_api.integrations[\"{OTHER}\"]");
        let expected = [
            (
                "http_api.integrations[\"<ssm./arn>\"]".to_owned(),
                "${ssm./arn}".to_owned(),
                json!("${ssm./arn}"),
            ),
            (other, OTHER.to_owned(), json!(OTHER)),
            (
                "http_api.integrations.fn".to_owned(),
                "demo-fn".to_owned(),
                json!("${lambdas.fn.arn}"),
            ),
        ];
        assert_eq!(declared.iter().map(shown).collect::<Vec<_>>(), expected);
        assert_eq!(declared[2].want["timeout"], 5);
        assert!(declared[0].want.get("timeout").is_none());
    }

    #[tokio::test]
    async fn a_live_one_is_known_by_the_function_that_it_calls() {
        let list = mock!(Client::get_integrations)
            .match_requests(|sent| sent.api_id() == Some("a1"))
            .then_output(|| {
                let arn = "arn:aws:lambda:us-east-1:123456789012:function:demo-fn";
                let long = format!(
                    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
                );
                let quick = AwsIntegration::builder().integration_id("i5").api_gateway_managed(true);
                GetIntegrationsOutput::builder()
                    .items(integration("i2", arn))
                    .items(integration("i1", &long))
                    .items(integration("i3", OTHER))
                    .items(integration("i4", "arn:aws:lambda:us-east-1:1:function:demo-old"))
                    .items(quick.build())
                    .build()
            });
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&list]), ..Aws::test() };
        let (declared, parent) = (declared(), parent());
        let scope = Scope::new("integration", &declared, Some(&parent));
        let found = Integration::observe(&aws, scope).await.unwrap();
        let addresses: Vec<&str> = found.iter().map(|live| live.address.key()).collect();
        assert_eq!(addresses, ["fn", "fn-i2", OTHER, "old"]);
        let expected = json!({
            "api_id": "a1",
            "integration_type": "AWS_PROXY",
            "integration_uri": "arn:aws:lambda:us-east-1:123456789012:function:demo-fn",
            "payload_format_version": "2.0",
            "timeout": 5,
        });
        assert_eq!(found[0].state, expected);
    }

    fn urls() -> Vec<Declared> {
        let stack = json!({
            "stack": "demo",
            "user_pool": {},
            "http_api": { "routes": {
                "ANY /site/{proxy+}": {
                    "http": "https://example.com/{proxy}",
                    "timeout": "10s",
                    "request_parameters": { "append:header.x": "$context.requestId" },
                },
                "GET /more/{proxy+}": {
                    "http": "https://example.com/{proxy}",
                    "timeout": "10s",
                    "request_parameters": { "append:header.x": "$context.requestId" },
                },
                "GET /a": { "http": "https://example.com/{proxy}", "http_method": "GET" },
                "GET /keys": { "http": "${user_pool.issuer}/.well-known/jwks.json" },
                "GET /stage": { "http": "https://$${stageVariables.host}/" },
            } },
        });
        let mut all =
            Integration::declare(&serde_json::from_value(stack).unwrap(), &Given::default());
        all.iter_mut().for_each(|one| one.want["api_id"] = json!("a1"));
        all
    }

    /// What AWS answers of an integration with a URL.
    fn proxy(id: &str, method: &str, url: &str) -> IntegrationBuilder {
        AwsIntegration::builder()
            .integration_id(id)
            .integration_type(IntegrationType::HttpProxy)
            .integration_method(method)
            .integration_uri(url)
            .connection_type(ConnectionType::Internet)
            .payload_format_version("1.0")
            .timeout_in_millis(30000)
    }

    #[tokio::test]
    async fn a_url_and_its_method_are_one_integration_that_is_known_again() {
        let declared = urls();
        let names: Vec<&str> = declared.iter().map(|one| one.name.as_str()).collect();
        let expected = [
            "ANY https://$${stageVariables.host}/",
            "ANY ${user_pool.issuer}/.well-known/jwks.json",
            "ANY https://example.com/{proxy}",
            "GET https://example.com/{proxy}",
        ];
        assert_eq!(names.iter().collect::<BTreeSet<_>>(), expected.iter().collect());
        let list = mock!(Client::get_integrations).then_output(|| {
            let one = proxy("i1", "ANY", "https://example.com/{proxy}")
                .request_parameters("append:header.x", "$context.requestId")
                .request_parameters("append:header.y", "")
                .timeout_in_millis(10_000);
            let keys = "https://cognito-idp.us-east-1.amazonaws.com/p_1/.well-known/jwks.json";
            GetIntegrationsOutput::builder()
                .items(one.build())
                .items(proxy("i2", "GET", "https://example.com/{proxy}").build())
                .items(proxy("i3", "ANY", keys).build())
                .items(proxy("i4", "ANY", "https://${stageVariables.host}/").build())
                .items(proxy("i5", "ANY", "https://other.example.com/").build())
                .build()
        });
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&list]), ..Aws::test() };
        let parent = parent();
        let scope = Scope::new("integration", &declared, Some(&parent));
        let found = Integration::observe(&aws, scope).await.unwrap();
        let plan = plan::<Integration>(declared, found);
        let steps = plan.steps.iter().map(|step| format!("{} {}", step.action, step.name));
        // The pool's issuer is not known to a plan of integrations alone.
        let expected = ["update ANY ${user_pool.issuer}/.well-known/jwks.json", "delete i5"];
        assert_eq!(steps.collect::<Vec<_>>(), expected);
        let changes: Vec<&str> = plan.steps[0].changes.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(changes, ["integration_uri"]);
    }

    #[tokio::test]
    async fn a_url_gets_the_older_payload_and_what_is_changed_in_a_request() {
        let create = mock!(Client::create_integration)
            .match_requests(|sent| {
                sent.integration_type() == Some(&IntegrationType::HttpProxy)
                    && sent.integration_uri() == Some("https://example.com/{proxy}")
                    && sent.integration_method() == Some("ANY")
                    && sent.payload_format_version() == Some("1.0")
                    && sent.timeout_in_millis() == Some(10_000)
                    && sent.request_parameters().is_some_and(|all| all.len() == 1)
            })
            .then_output(|| CreateIntegrationOutput::builder().integration_id("i1").build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&create]), ..Aws::test() };
        let declared = urls();
        let one = declared.iter().find(|one| one.name == "ANY https://example.com/{proxy}");
        let want = wanted::<Integration>(one.unwrap());
        Integration::create(&aws, &address("x"), want).await.unwrap();
        assert_eq!(create.num_calls(), 1);
    }

    #[tokio::test]
    async fn what_is_no_longer_changed_in_a_request_is_cleared_by_an_empty_text() {
        let update = mock!(Client::update_integration)
            .match_requests(|sent| {
                let all = [("append:header.x", ""), ("overwrite:path", "/")];
                let all = all.map(|(key, value)| (key.to_owned(), value.to_owned()));
                sent.request_parameters() == Some(&all.into())
                    && sent.integration_uri().is_none()
                    && sent.integration_method().is_none()
            })
            .then_output(|| UpdateIntegrationOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&update]), ..Aws::test() };
        let one = proxy("i1", "ANY", "https://example.com");
        let one = one.request_parameters("append:header.x", "1").build();
        let live = live("a1", "demo", &one, &known(&[]), &mut BTreeSet::new()).unwrap();
        let mut want = live.state.clone();
        want["request_parameters"] = json!({ "overwrite:path": "/" });
        let want = serde_json::from_value(want).unwrap();
        let change = Change { live: &live, want, paths: vec!["request_parameters.overwrite:path"] };
        Integration::update(&aws, change).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn the_integration_that_is_made_is_the_one_that_is_wanted() {
        let create = mock!(Client::create_integration)
            .match_requests(|sent| {
                sent.api_id() == Some("a1")
                    && sent.integration_type() == Some(&IntegrationType::AwsProxy)
                    && sent.integration_uri() == Some("arn:x")
                    && sent.integration_method() == Some("POST")
                    && sent.payload_format_version() == Some("2.0")
                    && sent.timeout_in_millis() == Some(5000)
            })
            .then_output(|| CreateIntegrationOutput::builder().integration_id("i1").build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&create]), ..Aws::test() };
        let want = State {
            api_id: "a1".into(),
            integration_type: "AWS_PROXY".into(),
            integration_uri: "arn:x".into(),
            integration_method: None,
            payload_format_version: "2.0".into(),
            timeout: Some(5.0),
            request_parameters: BTreeMap::new(),
        };
        let made = Integration::create(&aws, &address("fn"), want).await.unwrap();
        assert_eq!((made.id.as_str(), create.num_calls()), ("i1", 1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_never_came_makes_no_second_one() {
        let create = mock!(Client::create_integration).sequence().http_status(500, None);
        let create = create.times(3).build();
        let list = mock!(Client::get_integrations).then_output(|| {
            let other = integration("i0", "arn:other");
            GetIntegrationsOutput::builder().items(other).items(integration("i1", "arn:x")).build()
        });
        let mode = aws_smithy_mocks::RuleMode::MatchAny;
        let client = mock_client!(aws_sdk_apigatewayv2, mode, [&create, &list]);
        let aws = Aws { api: client, ..Aws::test() };
        let want = json!({
            "api_id": "a1", "integration_type": "AWS_PROXY", "integration_uri": "arn:x",
            "payload_format_version": "2.0",
        });
        let want = serde_json::from_value(want).unwrap();
        let found = Integration::create(&aws, &address("fn"), want).await.unwrap();
        assert_eq!((found.id.as_str(), create.num_calls()), ("i1", 1));
    }

    #[tokio::test]
    async fn an_update_sends_what_changes() {
        let update = mock!(Client::update_integration)
            .match_requests(|sent| {
                sent.integration_id() == Some("i1")
                    && sent.timeout_in_millis() == Some(7000)
                    && sent.integration_uri().is_none()
                    && sent.payload_format_version().is_none()
            })
            .then_output(|| UpdateIntegrationOutput::builder().build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&update]), ..Aws::test() };
        let live =
            live("a1", "demo", &integration("i1", "arn:x"), &known(&[]), &mut BTreeSet::new())
                .unwrap();
        let mut want = live.state.clone();
        want["timeout"] = json!(7);
        let want = serde_json::from_value(want).unwrap();
        let change = Change { live: &live, want, paths: vec!["timeout"] };
        Integration::update(&aws, change).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }
}
