//! App clients of a user pool.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html>

use aws_sdk_cognitoidentityprovider::types::UserPoolClientType;
use futures::{StreamExt, TryStreamExt, stream};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::resource_server;
use crate::aws::children::{self, Belongs, Child, Family};
use crate::aws::client_settings::{Sent, read, with_settings};
use crate::aws::error::{deleted, failed, found, required};
use crate::aws::kind::{Change, Given, KEY, Kind, Scope};
use crate::aws::ledger::{self, Ledger};
use crate::aws::moved::Now;
use crate::aws::rates::AT_ONCE;
use crate::aws::self_registered::SelfRegistered;
use crate::aws::settle::{Patience, made_once, settled};
use crate::aws::{Aws, hazards, moved, once};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Pattern, Removal,
    Replacing, Rule,
};
use crate::spec::stack::AppClient as Settings;
use crate::spec::{Stack, default_name};

/// The kind.
pub struct AppClient;

/// One client: the pool it stands in, and its settings. Durations are seconds.
#[derive(Debug)]
pub struct State {
    user_pool_id: String,
    client: Settings,
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut map = Map::deserialize(deserializer)?;
        map.remove(KEY);
        let Some(Value::String(user_pool_id)) = map.remove("user_pool_id") else {
            return Err(D::Error::missing_field("user_pool_id"));
        };
        let client = serde_json::from_value(Value::Object(map)).map_err(D::Error::custom)?;
        Ok(Self { user_pool_id, client })
    }
}

impl Kind for AppClient {
    const NAME: &'static str = "app_client";
    const PLACE: Pattern = Pattern("user_pool.app_clients.*");
    const FIELDS: &'static [Field] = &[
        Field { path: "user_pool_id", rule: Rule::Replaces("a client stands in one pool") },
        Field {
            path: "generate_secret",
            rule: Rule::Replaces("whether a client has a secret is fixed once it exists"),
        },
        Field { path: "access_token_validity", rule: Rule::Seconds },
        Field { path: "id_token_validity", rule: Rule::Seconds },
        Field { path: "refresh_token_validity", rule: Rule::Seconds },
        Field { path: "auth_session_validity", rule: Rule::Seconds },
    ];
    const OUTPUTS: &'static [OutputName] = &[
        OutputName::plain("id"),
        OutputName::plain("name"),
        OutputName { name: "client_secret", sensitive: true },
    ];
    const PARENT: Option<&'static str> = Some("user_pool");
    const REFERS_TO: &'static [&'static str] = &["user_pool", "resource_server", "http_api"];
    const GOES_WITH: &'static [&'static str] = &["user_pool"];
    const REMOVAL: Removal = Removal::Guarded;
    const REPLACING: Replacing = Replacing::NewFirst;
    const HAZARDS: &'static [Hazard] = hazards::APP_CLIENT;
    type State = State;

    /// What is `null` here AWS does not mention while it has its default.
    fn defaults() -> Value {
        json!({
            "generate_secret": false,
            "access_token_validity": 3_600,
            "id_token_validity": 3_600,
            "refresh_token_validity": 30 * 86_400,
            "auth_session_validity": 180,
            "read_attributes": null,
            "write_attributes": null,
            "explicit_auth_flows":
                ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"],
            "supported_identity_providers": [],
            "callback_urls": [],
            "logout_urls": [],
            "default_redirect_uri": null,
            "allowed_oauth_flows": [],
            "allowed_oauth_scopes": [],
            "allowed_oauth_flows_user_pool_client": false,
            "analytics_configuration": null,
            "prevent_user_existence_errors": "LEGACY",
            "enable_token_revocation": true,
            "enable_propagate_additional_user_context_data": false,
            "refresh_token_rotation": null,
        })
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let declare = |(key, client): (&String, &crate::spec::Settings<Settings>)| {
            let written = &client.given;
            let name = default_name(written.client_name.as_ref(), &stack.stack, key);
            let mut want = client.wanted(&Self::defaults(), given.strict);
            want.remove("managed_login_branding");
            want.insert("user_pool_id".to_owned(), json!("${user_pool.id}"));
            want.insert("client_name".to_owned(), json!(name));
            want.insert(KEY.to_owned(), json!(key));
            let was = want.remove("was").and_then(|was| was.as_str().map(str::to_owned));
            let grants = written.allowed_oauth_flows.as_ref().is_some_and(|list| !list.is_empty());
            if grants && written.allowed_oauth_flows_user_pool_client.is_none() {
                want.insert("allowed_oauth_flows_user_pool_client".to_owned(), json!(true));
            }
            Declared {
                address: Address::new(["user_pool", "app_clients", key]),
                kind: Self::NAME,
                want: Value::Object(want),
                after: resource_server::granted_by(stack, written),
                predicted: [("name", name.clone())].into(),
                name,
                origin: was.map_or(Origin::Made, Origin::Renamed),
            }
        };
        stack.app_clients().map(declare).collect()
    }

    /// Lists the pool's clients and describes each: the list has only ids and names.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let pool = scope.parent()?;
        let list = aws.cognito.list_user_pool_clients().user_pool_id(&pool.id).into_paginator();
        let listed = list.page_size(60).items().send().collect::<Result<Vec<_>, _>>().await;
        let listed = found(listed.map_err(failed("ListUserPoolClients")))?.unwrap_or_default();
        let ids = listed.into_iter().filter_map(|client| client.client_id);
        let reads = stream::iter(ids.map(|id| describe(aws, &pool.id, id)));
        let clients: Vec<Option<UserPoolClientType>> =
            reads.buffer_unordered(AT_ONCE).try_collect().await?;
        let clients: Vec<UserPoolClientType> = clients.into_iter().flatten().collect();
        let child = |client: &UserPoolClientType| Child {
            name: client.client_name.clone().unwrap_or_default(),
            id: client.client_id.clone().unwrap_or_default(),
        };
        let family = Family::of(Self::NAME, "app_clients", format!("{}-", aws.stack), pool);
        let family = family.adopting(&aws.adopt);
        let expected = children::expected(scope);
        let mut belong = family.resolve(&expected, clients.iter().map(child).collect())?;
        let live = |client: &UserPoolClientType| {
            let id = required(client.client_id.clone(), "ClientId")?;
            let belongs = required(belong.remove(&id), "ClientId")?;
            live(pool, client, id, belongs)
        };
        clients.iter().map(live).collect()
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        let Some(client) = describe(aws, pool, live.id.clone()).await? else {
            return Ok(Now::Gone);
        };
        Ok(Now::State(state(pool, &client)?))
    }

    /// Makes the call once: AWS makes a second client of the same name when asked again.
    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State { user_pool_id, client } = &want;
        let settings = Sent::of(client)?;
        let create = || async {
            let create = aws.cognito.create_user_pool_client().user_pool_id(user_pool_id);
            let create = create.set_generate_secret(client.generate_secret);
            let create = with_settings!(create, settings.clone());
            let sent = create.customize().config_override(once::cognito()).send().await;
            let answer = sent.map_err(failed("CreateUserPoolClient"))?;
            required(answer.user_pool_client, "UserPoolClient")
        };
        let create = || settled("the pool to know the client's attributes", create);
        let name = client.client_name.as_deref();
        let made = made_once(create, || made_before(aws, user_pool_id, name)).await?;
        let id = required(made.client_id.clone(), "ClientId")?;
        Ok(Made { outputs: outputs(&id, &made), id })
    }

    /// Sends every setting, those that do not change as they are now: AWS resets what an update leaves
    /// out.
    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let Change { live, want: State { user_pool_id, client }, paths: _ } = &change;
        let mut settings = Sent::of(client)?;
        let mut patience = Patience::new("other changes of the pool's clients to end");
        let made = loop {
            let update = aws.cognito.update_user_pool_client().user_pool_id(user_pool_id);
            let update = with_settings!(update.client_id(&live.id), settings.clone());
            match update.send().await.map_err(failed("UpdateUserPoolClient")) {
                Ok(answer) => break required(answer.user_pool_client, "UserPoolClient")?,
                Err(error) => patience.after(error).await?,
            }
            // Another change got in between, and may have been one of this client.
            settings = Sent::of(&as_it_is_now(aws, &change).await?)?;
        };
        Ok(outputs(&live.id, &made))
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        let delete = || async {
            let delete = aws.cognito.delete_user_pool_client().user_pool_id(pool);
            delete.client_id(&live.id).send().await.map_err(failed("DeleteUserPoolClient"))
        };
        deleted(settled("other changes of the pool's clients to end", delete).await)
    }
}

/// The client as it is now, with what changes laid over it; refused where that itself has moved.
async fn as_it_is_now(aws: &Aws, change: &Change<'_, State>) -> Result<Settings, CloudError> {
    let Change { live, want: State { user_pool_id, client: want }, paths } = change;
    let now = describe(aws, user_pool_id, live.id.clone()).await?;
    let now = now.ok_or_else(|| moved::has_moved(&["client_name"]))?;
    let (now, want) = (json!(read(&now)?), json!(want));
    let settings = paths.iter().map(|path| path.split('.').next().unwrap_or(path));
    moved::check(&live.state, &now, settings.clone(), AppClient::FIELDS)?;
    let mut state = now;
    for setting in settings {
        state[setting] = want[setting].clone();
    }
    serde_json::from_value(state).map_err(|_| CloudError::new("a client's settings cannot be read"))
}

/// The client of that name that this run made and had no answer of: one that the ledger does not know.
async fn made_before(
    aws: &Aws,
    pool: &str,
    name: Option<&str>,
) -> Result<Option<UserPoolClientType>, CloudError> {
    let ledger = Ledger::read(&aws.pool.intents().await?);
    let known =
        |id: &str| ledger::letter(AppClient::NAME).is_some_and(|l| ledger.key_of(l, id).is_some());
    let list = aws.cognito.list_user_pool_clients().user_pool_id(pool).into_paginator();
    let listed = list.page_size(60).items().send().collect::<Result<Vec<_>, _>>().await;
    let listed = listed.map_err(failed("ListUserPoolClients"))?;
    let of_name = listed.into_iter().filter(|client| client.client_name() == name);
    let new = of_name.filter_map(|client| client.client_id).find(|id| !known(id));
    match new {
        Some(id) => describe(aws, pool, id).await,
        None => Ok(None),
    }
}

async fn describe(
    aws: &Aws,
    pool: &str,
    id: String,
) -> Result<Option<UserPoolClientType>, CloudError> {
    let self_registered = SelfRegistered::default();
    let describe = aws.cognito.describe_user_pool_client().user_pool_id(pool).client_id(id);
    let answer = describe.customize().interceptor(self_registered.clone()).send().await;
    let answer = found(answer.map_err(failed("DescribeUserPoolClient")))?;
    let client = answer.and_then(|answer| answer.user_pool_client);
    Ok(client.filter(|_| !self_registered.was_said()))
}

fn outputs(id: &str, client: &UserPoolClientType) -> Outputs {
    let name = client.client_name.clone().unwrap_or_default();
    Outputs::plain([("id", id.to_owned()), ("name", name)])
        .with_secret("client_secret", client.client_secret.clone())
}

fn state(pool: &str, client: &UserPoolClientType) -> Result<Value, CloudError> {
    let mut state = json!(read(client)?);
    state["user_pool_id"] = json!(pool);
    Ok(state)
}

fn live(
    pool: &Live,
    client: &UserPoolClientType,
    id: String,
    belongs: Belongs,
) -> Result<Live, CloudError> {
    let Belongs { address, ownership, key } = belongs;
    let mut state = state(&pool.id, client)?;
    state[KEY] = json!(key);
    Ok(Live { address, kind: AppClient::NAME, outputs: outputs(&id, client), id, state, ownership })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_cognitoidentityprovider::Client;
    use aws_sdk_cognitoidentityprovider::operation::create_user_pool_client::{
        CreateUserPoolClientInput, CreateUserPoolClientOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::delete_user_pool_client::DeleteUserPoolClientError;
    use aws_sdk_cognitoidentityprovider::operation::describe_user_pool_client::DescribeUserPoolClientOutput;
    use aws_sdk_cognitoidentityprovider::operation::list_user_pool_clients::ListUserPoolClientsOutput;
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool_client::{
        UpdateUserPoolClientInput, UpdateUserPoolClientOutput,
    };
    use aws_sdk_cognitoidentityprovider::types::error::ResourceNotFoundException;
    use aws_sdk_cognitoidentityprovider::types::{
        ExplicitAuthFlowsType, OAuthFlowType, TimeUnitsType, TokenValidityUnitsType,
        UserPoolClientDescription,
    };
    use aws_smithy_mocks::{Rule as MockRule, RuleMode, mock, mock_client};
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::aws::children::testing;
    use crate::aws::ledger::Ledger;

    fn declared(client: Value, strict: bool) -> Vec<Declared> {
        let stack = testing::stack(json!({ "app_clients": { "web": client } }));
        let given = Given { strict, ..Given::default() };
        testing::filled(AppClient::declare(&stack, &given))
    }

    fn full() -> Value {
        json!({
            "generate_secret": true,
            "access_token_validity": "90m",
            "id_token_validity": "3601s",
            "refresh_token_validity": "36h",
            "auth_session_validity": "15m",
            "read_attributes": ["email"],
            "explicit_auth_flows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "callback_urls": ["http://localhost"],
            "allowed_oauth_flows": ["code"],
            "allowed_oauth_scopes": ["openid"],
            "prevent_user_existence_errors": "ENABLED",
        })
    }

    fn units(
        access: TimeUnitsType,
        id: TimeUnitsType,
        refresh: TimeUnitsType,
    ) -> TokenValidityUnitsType {
        let units = TokenValidityUnitsType::builder().access_token(access).id_token(id);
        units.refresh_token(refresh).build()
    }

    fn expected() -> CreateUserPoolClientInput {
        CreateUserPoolClientInput::builder()
            .user_pool_id("p_1")
            .client_name("demo-web")
            .generate_secret(true)
            .access_token_validity(90)
            .id_token_validity(3601)
            .refresh_token_validity(36)
            .token_validity_units(units(
                TimeUnitsType::Minutes,
                TimeUnitsType::Seconds,
                TimeUnitsType::Hours,
            ))
            .auth_session_validity(15)
            .read_attributes("email")
            .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserSrpAuth)
            .explicit_auth_flows(ExplicitAuthFlowsType::AllowRefreshTokenAuth)
            .callback_urls("http://localhost")
            .allowed_o_auth_flows(OAuthFlowType::Code)
            .allowed_o_auth_scopes("openid")
            .allowed_o_auth_flows_user_pool_client(true)
            .prevent_user_existence_errors("ENABLED".into())
            .build()
            .unwrap()
    }

    /// What AWS answers for a client that was made so.
    fn answered(sent: &CreateUserPoolClientInput) -> UserPoolClientType {
        UserPoolClientType::builder()
            .client_id("c1")
            .set_client_secret(sent.generate_secret.unwrap_or(false).then(|| "hunter2".to_owned()))
            .set_user_pool_id(sent.user_pool_id.clone())
            .set_client_name(sent.client_name.clone())
            .set_refresh_token_validity(sent.refresh_token_validity)
            .set_access_token_validity(sent.access_token_validity)
            .set_id_token_validity(sent.id_token_validity)
            .set_token_validity_units(sent.token_validity_units.clone())
            .set_read_attributes(sent.read_attributes.clone())
            .set_write_attributes(sent.write_attributes.clone())
            .set_explicit_auth_flows(sent.explicit_auth_flows.clone())
            .set_supported_identity_providers(sent.supported_identity_providers.clone())
            .set_callback_urls(sent.callback_urls.clone())
            .set_logout_urls(sent.logout_urls.clone())
            .set_default_redirect_uri(sent.default_redirect_uri.clone())
            .set_allowed_o_auth_flows(sent.allowed_o_auth_flows.clone())
            .set_allowed_o_auth_scopes(sent.allowed_o_auth_scopes.clone())
            .set_allowed_o_auth_flows_user_pool_client(sent.allowed_o_auth_flows_user_pool_client)
            .set_analytics_configuration(sent.analytics_configuration.clone())
            .set_prevent_user_existence_errors(sent.prevent_user_existence_errors.clone())
            .enable_token_revocation(sent.enable_token_revocation.unwrap_or(true))
            .set_enable_propagate_additional_user_context_data(
                sent.enable_propagate_additional_user_context_data,
            )
            .auth_session_validity(sent.auth_session_validity.unwrap_or(3))
            .set_refresh_token_rotation(sent.refresh_token_rotation.clone())
            .build()
    }

    fn listed(ids: &'static [&'static str]) -> MockRule {
        mock!(Client::list_user_pool_clients)
            .match_requests(|sent| sent.max_results() == Some(60))
            .then_output(move || {
                let client =
                    |id: &&str| UserPoolClientDescription::builder().client_id(*id).build();
                let clients = ids.iter().map(client).collect();
                ListUserPoolClientsOutput::builder().set_user_pool_clients(Some(clients)).build()
            })
    }

    fn described(client: UserPoolClientType) -> MockRule {
        mock!(Client::describe_user_pool_client).then_output(move || {
            DescribeUserPoolClientOutput::builder().user_pool_client(client.clone()).build()
        })
    }

    fn aws(rules: &[&MockRule]) -> Aws {
        let cognito = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, rules);
        Aws { cognito, ..Aws::test() }
    }

    async fn observed(client: UserPoolClientType, pool: &Live, declared: &[Declared]) -> Live {
        let aws = aws(&[&listed(&["c1"]), &described(client)]);
        let scope = Scope::new(AppClient::NAME, declared, Some(pool));
        AppClient::observe(&aws, scope).await.unwrap().remove(0)
    }

    #[tokio::test]
    async fn a_create_sends_exactly_what_is_wanted() {
        let create = mock!(Client::create_user_pool_client)
            .match_requests(|sent| *sent == expected())
            .then_compute_output(|sent| {
                CreateUserPoolClientOutput::builder().user_pool_client(answered(sent)).build()
            });
        let aws = aws(&[&create]);
        let declared = declared(full(), false);
        let want = testing::wanted::<AppClient>(&declared[0]);
        let made = AppClient::create(&aws, &declared[0].address, want).await.unwrap();
        assert_eq!(made.id, "c1");
        assert_eq!(made.outputs.get("client_secret").unwrap().expose(), "hunter2");
        assert!(!format!("{made:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn what_was_made_as_declared_is_kept() {
        for (client, strict) in [
            (full(), false),
            (json!({}), false),
            (json!({}), true),
            (json!({ "read_attributes": null, "explicit_auth_flows": null }), false),
        ] {
            let sent = Arc::new(Mutex::new(None));
            let seen = Arc::clone(&sent);
            let create = mock!(Client::create_user_pool_client).then_compute_output(move |input| {
                *seen.lock().unwrap() = Some(answered(input));
                CreateUserPoolClientOutput::builder().user_pool_client(answered(input)).build()
            });
            let aws = aws(&[&create]);
            let declared = declared(client, strict);
            let want = testing::wanted::<AppClient>(&declared[0]);
            AppClient::create(&aws, &declared[0].address, want).await.unwrap();
            let answer = sent.lock().unwrap().take().unwrap();
            let mut ledger = Ledger::default();
            ledger.made('c', "web", "c1");
            let live = observed(answer, &testing::pool_with(&ledger), &declared).await;
            let plan = testing::plan::<AppClient>(declared, vec![live]);
            assert_eq!((plan.kept.len(), plan.steps.len()), (1, 0), "{:?}", plan.steps);
        }
    }

    #[tokio::test]
    async fn an_update_sends_every_setting_also_those_that_did_not_change() {
        let mut before = answered(&expected());
        before.callback_urls = None;
        let declared = declared(json!({ "callback_urls": ["http://localhost"] }), false);
        let live = observed(before.clone(), &testing::pool(json!({})), &declared).await;
        let update = mock!(Client::update_user_pool_client)
            .match_requests(|sent| {
                let all = expected();
                let wanted = UpdateUserPoolClientInput::builder()
                    .user_pool_id("p_1")
                    .client_id("c1")
                    .set_client_name(all.client_name)
                    .set_refresh_token_validity(all.refresh_token_validity)
                    .set_access_token_validity(all.access_token_validity)
                    .set_id_token_validity(all.id_token_validity)
                    .set_token_validity_units(all.token_validity_units)
                    .set_read_attributes(all.read_attributes)
                    .set_explicit_auth_flows(all.explicit_auth_flows)
                    .set_callback_urls(all.callback_urls)
                    .set_allowed_o_auth_flows(all.allowed_o_auth_flows)
                    .set_allowed_o_auth_scopes(all.allowed_o_auth_scopes)
                    .allowed_o_auth_flows_user_pool_client(true)
                    .set_prevent_user_existence_errors(all.prevent_user_existence_errors)
                    .enable_token_revocation(true)
                    .enable_propagate_additional_user_context_data(false)
                    .auth_session_validity(15)
                    .build();
                *sent == wanted.unwrap()
            })
            .then_output(|| {
                let client = answered(&expected());
                UpdateUserPoolClientOutput::builder().user_pool_client(client).build()
            });
        let aws = aws(&[&update, &described(before)]);
        let want = crate::plan::overlay(&live.state, &declared[0].want, AppClient::FIELDS);
        let want = serde_json::from_value(want).unwrap();
        let change = Change { live: &live, want, paths: vec!["callback_urls"] };
        let outputs = AppClient::update(&aws, change).await.unwrap();
        assert_eq!(outputs.get("id").unwrap().expose(), "c1");
    }

    #[tokio::test]
    async fn a_setting_that_is_null_in_the_file_is_left_out_of_the_update() {
        let declared = declared(json!({ "read_attributes": null }), false);
        let live = observed(answered(&expected()), &testing::pool(json!({})), &declared).await;
        let want = crate::plan::overlay(&live.state, &declared[0].want, AppClient::FIELDS);
        let want: State = serde_json::from_value(want).unwrap();
        assert_eq!(want.client.read_attributes, None);
        let plan = testing::plan::<AppClient>(declared, vec![live]);
        let paths: Vec<&str> = plan.steps[0].changes.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["read_attributes"]);
    }

    #[tokio::test]
    async fn lengths_are_read_in_their_units_and_as_the_defaults_where_aws_says_nothing() {
        let client = UserPoolClientType::builder().client_id("c1").client_name("demo-web");
        let lengths = |live: &Live| {
            ["access_token_validity", "id_token_validity", "refresh_token_validity"]
                .map(|path| live.state[path].as_u64().unwrap())
        };
        let pool = testing::pool(json!({}));
        let live = observed(client.clone().build(), &pool, &[]).await;
        assert_eq!(lengths(&live), [3_600, 3_600, 2_592_000]);
        let numbers = client.access_token_validity(2).id_token_validity(3);
        let numbers = numbers.refresh_token_validity(4);
        let live = observed(numbers.clone().build(), &pool, &[]).await;
        assert_eq!(lengths(&live), [7_200, 10_800, 345_600]);
        let units = units(TimeUnitsType::Seconds, TimeUnitsType::Days, TimeUnitsType::Minutes);
        let live = observed(numbers.token_validity_units(units).build(), &pool, &[]).await;
        assert_eq!(lengths(&live), [2, 259_200, 240]);
    }

    #[tokio::test]
    async fn a_client_that_an_application_registered_by_itself_is_not_seen() {
        let describe = mock!(Client::describe_user_pool_client).then_http_response(|| {
            let client = r#"{"UserPoolClient":{"ClientId":"c1","ClientName":"demo-web",
                "UserPoolId":"p_1","ClientType":"DCR"}}"#;
            HttpResponse::new(200.try_into().unwrap(), SdkBody::from(client))
        });
        let aws = aws(&[&listed(&["c1"]), &describe]);
        let pool = testing::pool(json!({}));
        let declared = declared(json!({}), false);
        let scope = Scope::new(AppClient::NAME, &declared, Some(&pool));
        assert_eq!(AppClient::observe(&aws, scope).await.unwrap(), []);
        assert_eq!(describe.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_client_that_is_gone_counts_as_deleted() {
        let delete = mock!(Client::delete_user_pool_client).then_error(|| {
            let meta = ErrorMetadata::builder().code("ResourceNotFoundException").build();
            let error = ResourceNotFoundException::builder().meta(meta).build();
            DeleteUserPoolClientError::ResourceNotFoundException(error)
        });
        let live = observed(answered(&expected()), &testing::pool(json!({})), &[]).await;
        AppClient::delete(&aws(&[&delete]), &live).await.unwrap();
        assert_eq!(delete.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_client_whose_answer_was_lost_is_found_by_its_name_and_not_made_twice() {
        let create = mock!(Client::create_user_pool_client)
            .then_http_response(|| HttpResponse::new(500.try_into().unwrap(), SdkBody::from("{}")));
        let list = mock!(Client::list_user_pool_clients).then_output(|| {
            let one = |id: &str, name: &str| {
                aws_sdk_cognitoidentityprovider::types::UserPoolClientDescription::builder()
                    .client_id(id)
                    .client_name(name)
                    .build()
            };
            ListUserPoolClientsOutput::builder()
                .user_pool_clients(one("1", "somebody's"))
                .user_pool_clients(one("2", "demo-web"))
                .build()
        });
        let describe = mock!(Client::describe_user_pool_client)
            .match_requests(|sent| sent.client_id() == Some("2"))
            .then_output(|| {
                let found = UserPoolClientType::builder().client_id("2").client_name("demo-web");
                DescribeUserPoolClientOutput::builder().user_pool_client(found.build()).build()
            });
        let aws = aws(&[&create, &list, &describe]);
        let want = testing::wanted::<AppClient>(&declared(json!({}), false)[0]);
        let address = Address::new(["user_pool", "app_clients", "web"]);
        assert_eq!(AppClient::create(&aws, &address, want).await.unwrap().id, "2");
        assert_eq!(create.num_calls(), 1);
    }

    #[test]
    fn grants_switch_oauth_on_and_a_secret_is_wanted_only_where_the_file_says_so() {
        let wanted = |client, strict| declared(client, strict).remove(0).want;
        let setting = "allowed_oauth_flows_user_pool_client";
        assert_eq!(wanted(json!({ "allowed_oauth_flows": ["code"] }), true)[setting], true);
        assert_eq!(wanted(json!({ "allowed_oauth_flows": [] }), false).get(setting), None);
        assert_eq!(wanted(json!({}), false).get("generate_secret"), None);
        assert_eq!(wanted(json!({ "generate_secret": null }), false)["generate_secret"], false);
        assert_eq!(wanted(json!({ "client_name": "Web" }), false)["client_name"], "Web");
    }
}
