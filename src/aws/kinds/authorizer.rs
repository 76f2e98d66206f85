//! Who may call a route of the HTTP API: a check of a token, or a function that decides.
//!
//! Names are unique in an API, and routes name an authorizer by its id. The name holds the type, so
//! that one of another type can be made, and the routes pointed to it, before the old one goes.
//!
//! Source: <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html>

use std::collections::BTreeSet;

use aws_sdk_apigatewayv2::types::{Authorizer as AwsAuthorizer, AuthorizerType};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::api_gateway::{self, PAGE, function_arn, invocation_uri, pages, reference};
use crate::aws::authorizer_settings;
use crate::aws::error::{deleted, failed, found, is_there, required};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::settle::{made_once, settled};
use crate::aws::{Aws, hazards, once};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Ownership, Pattern, Rule,
};
use crate::spec::stack::{Authorizer as Spec, JwtConfiguration};
use crate::spec::{Settings, Stack};

/// The kind.
pub struct Authorizer;

/// How names end: of those that check a token, and of those that ask a function.
const ENDS: [&str; 2] = ["-jwt", "-lambda"];

/// Where a token stands unless the file says otherwise.
const TOKEN: &str = "$request.header.Authorization";

/// What a create and a change of an authorizer may have to wait for.
const ISSUER: &str = "the issuer to be known and other changes of the API to end";

/// What an authorizer can be asked to be.
#[derive(Debug, Deserialize)]
pub struct State {
    api_id: String,
    name: String,
    authorizer_type: String,
    identity_source: Vec<String>,
    jwt_configuration: Option<JwtConfiguration>,
    /// The function's ARN; API Gateway has it in its long form.
    authorizer_uri: Option<String>,
    authorizer_payload_format_version: Option<String>,
    enable_simple_responses: Option<bool>,
    /// Seconds.
    authorizer_result_ttl: Option<i32>,
    authorizer_credentials_arn: Option<String>,
}

impl Kind for Authorizer {
    const NAME: &'static str = "authorizer";
    const PLACE: Pattern = Pattern("http_api.authorizers.*");
    const FIELDS: &'static [Field] = &[
        Field {
            path: "authorizer_type",
            rule: Rule::Replaces("an authorizer keeps its type, and routes follow it"),
        },
        Field { path: "authorizer_result_ttl", rule: Rule::Seconds },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("id")];
    const PARENT: Option<&'static str> = Some("http_api");
    // A permission goes after the authorizer that needs it, so that none answers with an error.
    const REFERS_TO: &'static [&'static str] = &["http_api", "function", "permission"];
    const GOES_WITH: &'static [&'static str] = &["http_api"];
    const HAZARDS: &'static [Hazard] = hazards::AUTHORIZER;
    type State = State;

    fn defaults() -> Value {
        json!({
            "enable_simple_responses": false,
            "authorizer_result_ttl": 0,
            "authorizer_credentials_arn": null,
        })
    }

    fn written(live: &Live, _: &[Live]) -> Option<(Address, Value)> {
        crate::aws::written::authorizer(live)
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let declare = |(key, settings): (&String, &Settings<Spec>)| {
            let end = ENDS[usize::from(settings.given.jwt.is_none())];
            let name = format!("{key}{end}");
            let mut want = match &settings.given.jwt {
                Some(jwt) => token(jwt, &settings.given),
                None => function(stack, given, settings),
            };
            want["api_id"] = json!(reference(&api_gateway::address(), "id"));
            want["name"] = json!(name);
            Declared {
                address: address(key),
                kind: Self::NAME,
                name,
                want,
                after: Vec::new(),
                predicted: [].into(),
                origin: Origin::Made,
            }
        };
        stack.authorizers().map(declare).collect()
    }

    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let api = &scope.parent()?.id;
        let names = super::names(scope.own());
        let mut found = list(aws, api).await?;
        found.sort_by(|a, b| a.authorizer_id.cmp(&b.authorizer_id));
        let mut taken: BTreeSet<Address> = names.values().cloned().collect();
        let mut seen = BTreeSet::new();
        let live = |one: &AwsAuthorizer| {
            let declared = one.name.as_ref().and_then(|name| names.get(name));
            let address = match declared.filter(|address| seen.insert((*address).clone())) {
                Some(address) => address.clone(),
                None => free(one, &mut taken),
            };
            live(api, address, one)
        };
        found.iter().map(live).collect()
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let api = live.state["api_id"].as_str().unwrap_or_default();
        let get = aws.api.get_authorizer().api_id(api).authorizer_id(&live.id).send().await;
        let Some(one) = found(get.map_err(failed("GetAuthorizer")))? else { return Ok(Now::Gone) };
        let version = one.authorizer_payload_format_version;
        let authorizer = AwsAuthorizer::builder()
            .set_name(one.name)
            .set_authorizer_type(one.authorizer_type)
            .set_identity_source(one.identity_source)
            .set_jwt_configuration(one.jwt_configuration)
            .set_authorizer_uri(one.authorizer_uri)
            .set_authorizer_payload_format_version(version)
            .set_enable_simple_responses(one.enable_simple_responses)
            .set_authorizer_result_ttl_in_seconds(one.authorizer_result_ttl_in_seconds)
            .set_authorizer_credentials_arn(one.authorizer_credentials_arn);
        Ok(Now::State(authorizer_settings::state(&authorizer.build())))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let create = || async {
            let State {
                api_id,
                name,
                authorizer_type,
                identity_source,
                jwt_configuration,
                authorizer_uri,
                authorizer_payload_format_version,
                enable_simple_responses,
                authorizer_result_ttl,
                authorizer_credentials_arn,
            } = &want;
            let create = aws
                .api
                .create_authorizer()
                .api_id(api_id)
                .name(name)
                .authorizer_type(AuthorizerType::from(authorizer_type.as_str()))
                .set_identity_source(Some(identity_source.clone()))
                .set_jwt_configuration(jwt_configuration.as_ref().map(authorizer_settings::block))
                .set_authorizer_uri(authorizer_uri.as_deref().map(|arn| uri(aws, arn)))
                .set_authorizer_payload_format_version(authorizer_payload_format_version.clone())
                .set_enable_simple_responses(*enable_simple_responses)
                .set_authorizer_result_ttl_in_seconds(*authorizer_result_ttl)
                .set_authorizer_credentials_arn(authorizer_credentials_arn.clone());
            let create = create.customize().config_override(once::api());
            let made = create.send().await.map_err(failed("CreateAuthorizer"))?;
            required(made.authorizer_id, "AuthorizerId")
        };
        let find = || async {
            let all = list(aws, &want.api_id).await?;
            let same = all.into_iter().find(|one| one.name.as_ref() == Some(&want.name));
            Ok(same.and_then(|one| one.authorizer_id))
        };
        let id = match made_once(|| settled(ISSUER, create), find).await {
            // Names are unique: one of an earlier run stands in the way.
            Err(error) if may_be_there(&error) => {
                let Some(id) = find().await? else { return Err(error) };
                patch(aws, &id, &want, &|_| true).await?;
                id
            }
            made => made?,
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
            let delete = aws.api.delete_authorizer().api_id(api).authorizer_id(&live.id);
            delete.send().await.map_err(failed("DeleteAuthorizer"))
        };
        deleted(settled("its routes and other changes of the API", delete).await)
    }
}

/// Whether the error may say that the name is taken; its code says other things too.
fn may_be_there(error: &CloudError) -> bool {
    is_there(error) || error.code.as_deref() == Some("BadRequestException")
}

/// The address of an authorizer.
pub(super) fn address(key: &str) -> Address {
    api_gateway::address().child("authorizers").child(key)
}

/// What the permission of an authorizer to call its function is called.
pub(super) fn source(key: &str) -> String {
    format!("authorizer-{key}")
}

/// The key of the function of the file that an authorizer calls by the function's own policy.
pub(super) fn called<'a>(
    stack: &'a Stack,
    authorizer: &Spec,
) -> Option<(&'a String, &'a Settings<crate::spec::stack::Lambda>)> {
    // A role that calls it needs no policy of the function.
    let by_policy = authorizer.authorizer_credentials_arn.is_none();
    let named = authorizer.lambda.as_deref().filter(|_| by_policy)?;
    super::function_of(stack, named)
}

/// What is wanted of one that checks a token.
fn token(jwt: &JwtConfiguration, authorizer: &Spec) -> Value {
    let JwtConfiguration { audience, issuer } = jwt;
    let pool = reference(&Address::new(["user_pool"]), "issuer");
    let place = authorizer.identity_source.clone().unwrap_or_else(|| vec![TOKEN.to_owned()]);
    json!({
        "authorizer_type": AuthorizerType::Jwt.as_str(),
        "identity_source": place,
        "jwt_configuration": { "issuer": issuer.as_ref().unwrap_or(&pool), "audience": audience },
    })
}

/// What is wanted of one that asks a function.
fn function(stack: &Stack, given: &Given, settings: &Settings<Spec>) -> Value {
    let Spec {
        jwt: _,
        lambda,
        identity_source,
        payload_format_version,
        enable_simple_responses: _,
        authorizer_result_ttl: _,
        authorizer_credentials_arn: _,
    } = &settings.given;
    let named = super::function_arn(stack, lambda.as_deref().unwrap_or_default());
    let mut want = json!({
        "authorizer_type": AuthorizerType::Request.as_str(),
        "authorizer_uri": function_arn(&named),
        "authorizer_payload_format_version": payload_format_version.as_deref().unwrap_or("2.0"),
        "identity_source": identity_source.clone().unwrap_or_default(),
    });
    let mut all = settings.wanted(&Authorizer::defaults(), given.strict);
    for member in ["enable_simple_responses", "authorizer_result_ttl", "authorizer_credentials_arn"]
    {
        if let Some(value) = all.remove(member) {
            want[member] = value;
        }
    }
    want
}

fn uri(aws: &Aws, function: &str) -> String {
    invocation_uri(&aws.stack, &aws.region, function)
}

async fn list(aws: &Aws, api: &str) -> Result<Vec<AwsAuthorizer>, CloudError> {
    let page = |token| async {
        let list = aws.api.get_authorizers().api_id(api).max_results(PAGE).set_next_token(token);
        let page = list.send().await.map_err(failed("GetAuthorizers"))?;
        Ok((page.items, page.next_token))
    };
    pages(page).await
}

/// Sends the members that change. Those that only one type takes are wanted of that type alone.
async fn patch(
    aws: &Aws,
    id: &str,
    want: &State,
    changes: &(dyn Fn(&str) -> bool + Sync),
) -> Result<(), CloudError> {
    let State {
        api_id,
        name: _,
        authorizer_type,
        identity_source,
        jwt_configuration,
        authorizer_uri,
        authorizer_payload_format_version,
        enable_simple_responses,
        authorizer_result_ttl,
        authorizer_credentials_arn,
    } = want;
    let mut update = aws.api.update_authorizer().api_id(api_id).authorizer_id(id);
    update =
        update.set_identity_source(changes("identity_source").then(|| identity_source.clone()));
    if changes("jwt_configuration") {
        update = update
            .set_jwt_configuration(jwt_configuration.as_ref().map(authorizer_settings::block));
    }
    if *authorizer_type == AuthorizerType::Request.as_str() {
        let uri = authorizer_uri.as_deref().map(|arn| uri(aws, arn));
        let version = authorizer_payload_format_version.clone();
        let simple = enable_simple_responses.unwrap_or_default();
        let ttl = authorizer_result_ttl.unwrap_or_default();
        // An empty text takes the role away.
        let role = authorizer_credentials_arn.clone().unwrap_or_default();
        update = update
            .set_authorizer_uri(uri.filter(|_| changes("authorizer_uri")))
            .set_authorizer_payload_format_version(
                version.filter(|_| changes("authorizer_payload_format_version")),
            )
            .set_enable_simple_responses(changes("enable_simple_responses").then_some(simple))
            .set_authorizer_result_ttl_in_seconds(changes("authorizer_result_ttl").then_some(ttl))
            .set_authorizer_credentials_arn(changes("authorizer_credentials_arn").then_some(role));
    }
    let update = || async { update.clone().send().await.map_err(failed("UpdateAuthorizer")) };
    settled(ISSUER, update).await.map(drop)
}

/// An address for one that the file does not declare: one of an earlier type, or made by hand.
fn free(authorizer: &AwsAuthorizer, taken: &mut BTreeSet<Address>) -> Address {
    let name = authorizer.name.as_deref().unwrap_or_default();
    let id = authorizer.authorizer_id.as_deref().unwrap_or_default();
    let key = ENDS.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let keys = [key.to_owned(), name.to_owned(), format!("{name}-{id}")];
    let mut addresses = keys.iter().filter(|key| !key.is_empty()).map(|key| address(key));
    let found = addresses.find(|address| taken.insert(address.clone()));
    found.unwrap_or_else(|| address(id))
}

fn live(api: &str, address: Address, authorizer: &AwsAuthorizer) -> Result<Live, CloudError> {
    let id = required(authorizer.authorizer_id.clone(), "AuthorizerId")?;
    let mut state = authorizer_settings::state(authorizer);
    state["api_id"] = json!(api);
    Ok(Live {
        address,
        kind: Authorizer::NAME,
        state,
        outputs: Outputs::plain([("id", id.clone())]),
        ownership: Ownership::Ours,
        id,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_apigatewayv2::Client;
    use aws_sdk_apigatewayv2::operation::create_authorizer::{
        CreateAuthorizerError, CreateAuthorizerOutput,
    };
    use aws_sdk_apigatewayv2::operation::delete_authorizer::{
        DeleteAuthorizerError, DeleteAuthorizerOutput,
    };
    use aws_sdk_apigatewayv2::operation::get_authorizers::GetAuthorizersOutput;
    use aws_sdk_apigatewayv2::operation::update_authorizer::UpdateAuthorizerOutput;
    use aws_sdk_apigatewayv2::types::JwtConfiguration as AwsJwt;
    use aws_sdk_apigatewayv2::types::error::{BadRequestException, NotFoundException};
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::aws::children::testing::{plan, wanted};

    const GATE: &str = "arn:aws:lambda:us-east-1:123456789012:function:demo-gate";
    const LONG: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
        arn:aws:lambda:us-east-1:123456789012:function:demo-gate/invocations";
    const POOL: &str = "https://cognito-idp.us-east-1.amazonaws.com/p_1";

    fn stack(authorizers: Value) -> Stack {
        let function = json!({ "code": "x", "runtime": "python3.13", "handler": "x.y" });
        let stack = json!({
            "stack": "demo",
            "user_pool": {},
            "lambdas": { "gate": function },
            "http_api": { "authorizers": authorizers },
        });
        serde_json::from_value(stack).unwrap()
    }

    fn declared(authorizers: Value) -> Vec<Declared> {
        Authorizer::declare(&stack(authorizers), &Given::default())
    }

    /// The declared ones as they are once all that they refer to is there.
    fn filled(authorizers: Value) -> Vec<Declared> {
        let known = [
            ("${http_api.id}", "a1"),
            ("${lambdas.gate.arn}", GATE),
            ("${user_pool.issuer}", POOL),
        ];
        let fill = |mut one: Declared| {
            let text = one.want.to_string();
            let text = known.iter().fold(text, |text, (from, to)| text.replace(from, to));
            one.want = serde_json::from_str(&text).unwrap();
            one
        };
        declared(authorizers).into_iter().map(fill).collect()
    }

    fn both() -> Value {
        json!({
            "gate": {
                "lambda": "gate",
                "identity_source": ["$request.header.x-key", "$context.routeKey"],
                "enable_simple_responses": true,
                "authorizer_result_ttl": "5m",
            },
            "pool": { "jwt": { "audience": ["c2", "c1"] } },
        })
    }

    fn want(key: &str) -> State {
        let all = filled(both());
        wanted::<Authorizer>(all.iter().find(|one| one.address.key() == key).unwrap())
    }

    /// What AWS answers of the two: sorted otherwise, with members that nobody set.
    fn answered() -> [AwsAuthorizer; 2] {
        let jwt = AwsJwt::builder().audience("c1").audience("c2").issuer(POOL).build();
        let pool = AwsAuthorizer::builder()
            .authorizer_id("t1")
            .name("pool-jwt")
            .authorizer_type(AuthorizerType::Jwt)
            .identity_source(TOKEN)
            .jwt_configuration(jwt)
            .authorizer_payload_format_version("2.0")
            .authorizer_result_ttl_in_seconds(300)
            .enable_simple_responses(false)
            .authorizer_uri("");
        let gate = AwsAuthorizer::builder()
            .authorizer_id("g1")
            .name("gate-lambda")
            .authorizer_type(AuthorizerType::Request)
            .identity_source("$context.routeKey")
            .identity_source("$request.header.x-key")
            .authorizer_uri(LONG)
            .authorizer_payload_format_version("2.0")
            .authorizer_result_ttl_in_seconds(300)
            .enable_simple_responses(true)
            .authorizer_credentials_arn("")
            .jwt_configuration(AwsJwt::builder().build());
        [pool.build(), gate.build()]
    }

    async fn observed(declared: &[Declared], answered: Vec<AwsAuthorizer>) -> Vec<Live> {
        let list = mock!(Client::get_authorizers)
            .match_requests(|sent| sent.api_id() == Some("a1"))
            .then_output(move || {
                GetAuthorizersOutput::builder().set_items(Some(answered.clone())).build()
            });
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&list]), ..Aws::test() };
        let parent = Live {
            address: api_gateway::address(),
            kind: "http_api",
            id: "a1".into(),
            state: json!({}),
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        };
        let scope = Scope::new("authorizer", declared, Some(&parent));
        Authorizer::observe(&aws, scope).await.unwrap()
    }

    fn bad_request(message: &str) -> BadRequestException {
        let code = ErrorMetadata::builder().code("BadRequestException").message(message).build();
        BadRequestException::builder().message(message).meta(code).build()
    }

    #[test]
    fn tokens_are_those_of_the_stacks_pool_unless_the_file_says_otherwise() {
        let own = json!({ "jwt": { "audience": ["a"], "issuer": "https://i" } });
        let all = declared(json!({ "own": own, "pool": { "jwt": { "audience": ["a"] } } }));
        let issuer = |one: &Declared| one.want["jwt_configuration"]["issuer"].clone();
        assert_eq!(
            all.iter().map(issuer).collect::<Vec<_>>(),
            ["https://i", "${user_pool.issuer}"]
        );
        assert_eq!(all[1].want["identity_source"], json!([TOKEN]));
        assert!(all[1].want.get("authorizer_result_ttl").is_none());
    }

    #[test]
    fn a_function_is_called_under_its_own_policy_or_by_a_role() {
        let stack = stack(json!({
            "gate": { "lambda": "${lambdas.gate.arn}" },
            "role": { "lambda": "gate", "authorizer_credentials_arn": "arn:aws:iam::1:role/x" },
            "other": { "lambda": GATE },
        }));
        let called = |(_, one): (&String, &Settings<Spec>)| called(&stack, &one.given).is_some();
        assert_eq!(stack.authorizers().map(called).collect::<Vec<_>>(), [true, false, false]);
    }

    #[tokio::test]
    async fn what_aws_answers_of_both_types_is_what_was_declared() {
        let declared = filled(both());
        let found = observed(&declared, answered().into()).await;
        let plan = plan::<Authorizer>(declared, found);
        assert!(plan.is_empty() && plan.undeclared.is_empty(), "{:?}", plan.steps);
        assert_eq!(plan.kept.len(), 2);
    }

    #[tokio::test]
    async fn one_of_an_earlier_type_and_one_made_by_hand_go_after_the_new_one_came() {
        let declared = filled(json!({ "pool": { "lambda": "gate" } }));
        let by_hand = AwsAuthorizer::builder().authorizer_id("h1").name("by hand").build();
        let again = AwsAuthorizer::builder().authorizer_id("h2").name("by hand").build();
        let [pool, _] = answered();
        let found = observed(&declared, vec![pool, by_hand, again]).await;
        let plan = plan::<Authorizer>(declared, found);
        let steps = plan.steps.iter().map(|step| format!("{} {}", step.action, step.address.key()));
        let expected = ["create pool", "delete by hand", "delete by hand-h2", "delete pool-jwt"];
        assert_eq!(steps.collect::<Vec<_>>(), expected);
        assert_eq!(plan.refusals, []);
    }

    #[tokio::test]
    async fn one_that_checks_tokens_is_made_without_what_aws_refuses_there() {
        let create = mock!(Client::create_authorizer)
            .match_requests(|sent| {
                let jwt = AwsJwt::builder().audience("c2").audience("c1").issuer(POOL).build();
                sent.api_id() == Some("a1")
                    && sent.name() == Some("pool-jwt")
                    && sent.authorizer_type() == Some(&AuthorizerType::Jwt)
                    && sent.identity_source() == [TOKEN]
                    && sent.jwt_configuration() == Some(&jwt)
                    && sent.authorizer_uri().is_none()
                    && sent.authorizer_payload_format_version().is_none()
                    && sent.enable_simple_responses().is_none()
                    && sent.authorizer_result_ttl_in_seconds().is_none()
                    && sent.authorizer_credentials_arn().is_none()
            })
            .then_output(|| CreateAuthorizerOutput::builder().authorizer_id("t1").build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&create]), ..Aws::test() };
        let made = Authorizer::create(&aws, &address("pool"), want("pool")).await.unwrap();
        assert_eq!((made.id.as_str(), create.num_calls()), ("t1", 1));
        assert_eq!(made.outputs.get("id").unwrap().expose(), "t1");
    }

    #[tokio::test]
    async fn one_that_asks_a_function_names_it_in_the_long_form() {
        let create = mock!(Client::create_authorizer)
            .match_requests(|sent| {
                sent.name() == Some("gate-lambda")
                    && sent.authorizer_type() == Some(&AuthorizerType::Request)
                    && sent.authorizer_uri() == Some(LONG)
                    && sent.authorizer_payload_format_version() == Some("2.0")
                    && sent.enable_simple_responses() == Some(true)
                    && sent.authorizer_result_ttl_in_seconds() == Some(300)
                    && sent.identity_source() == ["$request.header.x-key", "$context.routeKey"]
                    && sent.jwt_configuration().is_none()
            })
            .then_output(|| CreateAuthorizerOutput::builder().authorizer_id("g1").build());
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [&create]), ..Aws::test() };
        Authorizer::create(&aws, &address("gate"), want("gate")).await.unwrap();
        assert_eq!(create.num_calls(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pool_that_was_just_made_is_waited_for() {
        let refused = mock!(Client::create_authorizer).then_error(|| {
            let said = "Caught exception when connecting to https://x/.well-known/\
                openid-configuration. Please try again later. Error: Invalid issuer: https://x";
            CreateAuthorizerError::BadRequestException(bad_request(said))
        });
        let made = mock!(Client::create_authorizer)
            .then_output(|| CreateAuthorizerOutput::builder().authorizer_id("t1").build());
        let client = mock_client!(aws_sdk_apigatewayv2, RuleMode::Sequential, [&refused, &made]);
        let aws = Aws { api: client, ..Aws::test() };
        Authorizer::create(&aws, &address("pool"), want("pool")).await.unwrap();
        assert_eq!(made.num_calls(), 1);
    }

    #[tokio::test]
    async fn one_that_a_lost_answer_left_is_taken_and_put_right() {
        let create = mock!(Client::create_authorizer).then_error(|| {
            let said = "Authorizer name must be unique. Authorizer pool-jwt already exists";
            CreateAuthorizerError::BadRequestException(bad_request(said))
        });
        let list = mock!(Client::get_authorizers).then_output(|| {
            GetAuthorizersOutput::builder().set_items(Some(answered().into())).build()
        });
        let update = mock!(Client::update_authorizer)
            .match_requests(|sent| {
                sent.authorizer_id() == Some("t1")
                    && sent.jwt_configuration().is_some()
                    && sent.authorizer_result_ttl_in_seconds().is_none()
            })
            .then_output(|| UpdateAuthorizerOutput::builder().build());
        let client = mock_client!(aws_sdk_apigatewayv2, [&create, &list, &update]);
        let aws = Aws { api: client, ..Aws::test() };
        let made = Authorizer::create(&aws, &address("pool"), want("pool")).await.unwrap();
        assert_eq!((made.id.as_str(), update.num_calls()), ("t1", 1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_never_came_is_looked_for_before_it_is_asked_for_again() {
        let create = mock!(Client::create_authorizer).sequence().http_status(500, None);
        let create = create.times(3).build();
        let list = mock!(Client::get_authorizers).then_output(|| {
            GetAuthorizersOutput::builder().set_items(Some(answered().into())).build()
        });
        let client = mock_client!(aws_sdk_apigatewayv2, RuleMode::MatchAny, [&create, &list]);
        let aws = Aws { api: client, ..Aws::test() };
        let made = Authorizer::create(&aws, &address("pool"), want("pool")).await.unwrap();
        assert_eq!((made.id.as_str(), create.num_calls()), ("t1", 1));
    }

    async fn updated(key: &str, file: Value, paths: Vec<&str>, update: &aws_smithy_mocks::Rule) {
        let declared = filled(json!({ key: file }));
        let found = observed(&declared, answered().into()).await;
        let live = found.iter().find(|live| live.address.key() == key).unwrap();
        let want = crate::plan::overlay(&live.state, &declared[0].want, Authorizer::FIELDS);
        let want = serde_json::from_value(want).unwrap();
        let aws = Aws { api: mock_client!(aws_sdk_apigatewayv2, [update]), ..Aws::test() };
        Authorizer::update(&aws, Change { live, want, paths }).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn an_update_of_one_setting_sends_no_other() {
        let update = mock!(Client::update_authorizer)
            .match_requests(|sent| {
                sent.authorizer_id() == Some("g1")
                    && sent.authorizer_result_ttl_in_seconds() == Some(60)
                    && sent.identity_source.is_none()
                    && sent.authorizer_uri().is_none()
                    && sent.enable_simple_responses().is_none()
                    && sent.authorizer_credentials_arn().is_none()
                    && sent.jwt_configuration().is_none()
            })
            .then_output(|| UpdateAuthorizerOutput::builder().build());
        let file = json!({ "lambda": "gate", "authorizer_result_ttl": "1m" });
        updated("gate", file, vec!["authorizer_result_ttl"], &update).await;
    }

    #[tokio::test]
    async fn settings_are_cleared_with_the_values_that_clear() {
        let update = mock!(Client::update_authorizer)
            .match_requests(|sent| {
                sent.authorizer_credentials_arn() == Some("")
                    && sent.authorizer_result_ttl_in_seconds() == Some(0)
                    && sent.identity_source.as_deref() == Some(&[])
            })
            .then_output(|| UpdateAuthorizerOutput::builder().build());
        let file = json!({
            "lambda": "gate", "authorizer_result_ttl": null, "authorizer_credentials_arn": null,
        });
        let paths = vec!["authorizer_credentials_arn", "authorizer_result_ttl", "identity_source"];
        updated("gate", file, paths, &update).await;
    }

    #[tokio::test]
    async fn a_new_audience_is_sent_with_the_issuer_that_stays() {
        let update = mock!(Client::update_authorizer)
            .match_requests(|sent| {
                let jwt = AwsJwt::builder().audience("c3").issuer(POOL).build();
                sent.jwt_configuration() == Some(&jwt)
                    && sent.authorizer_payload_format_version().is_none()
            })
            .then_output(|| UpdateAuthorizerOutput::builder().build());
        let file = json!({ "jwt": { "audience": ["c3"] } });
        updated("pool", file, vec!["jwt_configuration.audience"], &update).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_delete_waits_for_routes_that_still_count_and_what_is_gone_counts_as_deleted() {
        let declared = declared(both());
        let live = observed(&declared, answered().into()).await.remove(0);
        let refused = mock!(Client::delete_authorizer).then_error(|| {
            let code = ErrorMetadata::builder().code("ConflictException").message("in use").build();
            DeleteAuthorizerError::generic(code)
        });
        let deleted = mock!(Client::delete_authorizer)
            .then_output(|| DeleteAuthorizerOutput::builder().build());
        let gone = mock!(Client::delete_authorizer).then_error(|| {
            let code = ErrorMetadata::builder().code("NotFoundException").build();
            let error = NotFoundException::builder().meta(code).build();
            DeleteAuthorizerError::NotFoundException(error)
        });
        let rules = [&refused, &deleted, &gone];
        let client = mock_client!(aws_sdk_apigatewayv2, RuleMode::Sequential, rules);
        let aws = Aws { api: client, ..Aws::test() };
        assert_eq!(Authorizer::delete(&aws, &live).await, Ok(()));
        assert_eq!(Authorizer::delete(&aws, &live).await, Ok(()));
        assert_eq!((deleted.num_calls(), gone.num_calls()), (1, 1));
    }
}
