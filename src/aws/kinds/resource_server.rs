//! Resource servers of a user pool: APIs, and the scopes that clients can be granted.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateResourceServer.html>

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::{ResourceServerScopeType, ResourceServerType};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::children::{self, Belongs, Child, Family};
use crate::aws::error::{deleted, failed, found, required, unbuildable};
use crate::aws::kind::{Change, Given, KEY, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::{Aws, hazards};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Pattern, Removal,
    Replacing, Rule, escape,
};
use crate::spec::stack::{AppClient, ResourceServer as Settings};
use crate::spec::{Stack, default_name};

/// The kind.
pub struct ResourceServer;

/// How many are listed at a time; AWS lists no more.
const PAGE: i32 = 50;

/// One resource server.
#[derive(Clone, Debug, Deserialize)]
pub struct State {
    user_pool_id: String,
    identifier: String,
    name: String,
    /// What each scope allows, by its name.
    #[serde(default)]
    scopes: BTreeMap<String, String>,
}

impl Kind for ResourceServer {
    const NAME: &'static str = "resource_server";
    const PLACE: Pattern = Pattern("user_pool.resource_servers.*");
    const FIELDS: &'static [Field] = &[
        Field {
            path: "user_pool_id",
            rule: Rule::Replaces("a resource server stands in one pool"),
        },
        Field {
            path: "identifier",
            rule: Rule::Replaces("AWS cannot change the identifier of a resource server"),
        },
        Field { path: "scopes", rule: Rule::Exclusive },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("identifier")];
    const PARENT: Option<&'static str> = Some("user_pool");
    const REFERS_TO: &'static [&'static str] = &["user_pool"];
    const GOES_WITH: &'static [&'static str] = &["user_pool"];
    const REMOVAL: Removal = Removal::Guarded;
    const REPLACING: Replacing = Replacing::NewFirst;
    const HAZARDS: &'static [Hazard] = hazards::RESOURCE_SERVER;
    type State = State;

    fn defaults() -> Value {
        json!({ "scopes": {} })
    }

    /// The identifier is what AWS knows one by, so that is its name here.
    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let declare = |(key, server): (&String, &crate::spec::Settings<Settings>)| {
            let identifier = identifier(key, &server.given);
            let name = default_name(server.given.name.as_ref(), &stack.stack, &escape(key));
            let mut want = server.wanted(&Self::defaults(), given.strict);
            want.insert("user_pool_id".to_owned(), json!("${user_pool.id}"));
            want.insert("identifier".to_owned(), json!(identifier));
            want.insert("name".to_owned(), json!(name));
            want.insert(KEY.to_owned(), json!(key));
            want.remove("was");
            let was = server.given.was.clone();
            Declared {
                address: address(key),
                kind: Self::NAME,
                want: Value::Object(want),
                after: Vec::new(),
                predicted: [("identifier", identifier.clone())].into(),
                name: identifier,
                origin: was.map_or(Origin::Made, Origin::Renamed),
            }
        };
        stack.resource_servers().map(declare).collect()
    }

    /// Lists the pool's resource servers, which tells all there is to know of them.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let pool = scope.parent()?;
        let list = aws.cognito.list_resource_servers().user_pool_id(&pool.id).into_paginator();
        let listed = list.page_size(PAGE).items().send().collect::<Result<Vec<_>, _>>().await;
        let servers = found(listed.map_err(failed("ListResourceServers")))?.unwrap_or_default();
        let children = servers.iter().filter_map(|server| server.identifier.clone());
        let children = children.map(|id| Child { name: id.clone(), id });
        let family = Family::of(Self::NAME, "resource_servers", String::new(), pool);
        let mut belong = family.resolve(&children::expected(scope), children.collect())?;
        let live = |server: ResourceServerType| {
            let id = required(server.identifier.clone(), "Identifier")?;
            let belongs = required(belong.remove(&id), "Identifier")?;
            Ok(live(pool, &server, id, belongs))
        };
        servers.into_iter().map(live).collect()
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        let now = describe(aws, pool, &live.id).await?;
        Ok(Now::of(now.map(|now| state(pool, &live.id, &now))))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State { user_pool_id, identifier, name, scopes } = &want;
        let create = aws
            .cognito
            .create_resource_server()
            .user_pool_id(user_pool_id)
            .identifier(identifier)
            .name(name)
            .set_scopes(Some(typed(scopes)?));
        if let Err(error) = create.send().await.map_err(failed("CreateResourceServer")) {
            // An earlier try made it and its answer was lost: AWS has no error of its own for that.
            if error.code.as_deref() != Some("InvalidParameterException")
                || describe(aws, user_pool_id, identifier).await?.is_none()
            {
                return Err(error);
            }
            update(aws, &want).await?;
        }
        Ok(Made { outputs: outputs(identifier), id: want.identifier })
    }

    /// Sends everything: AWS takes the scopes that are left out as removed.
    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        update(aws, &change.want).await?;
        Ok(outputs(&change.live.id))
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        let delete = aws.cognito.delete_resource_server().user_pool_id(pool).identifier(&live.id);
        deleted(delete.send().await.map_err(failed("DeleteResourceServer")))
    }
}

fn address(key: &str) -> Address {
    Address::new(["user_pool", "resource_servers", key])
}

/// The identifier as a template; one that is the key is no template.
fn identifier(key: &str, server: &Settings) -> String {
    // AWS cannot change it, so it stays what it was under the key before.
    let key = server.was.as_deref().unwrap_or(key);
    server.identifier.clone().unwrap_or_else(|| escape(key))
}

/// The resource servers of the file whose scopes a client names: they must be there first. One that
/// is named by a reference is found by that.
pub fn granted_by(stack: &Stack, client: &AppClient) -> Vec<Address> {
    let scopes = client.allowed_oauth_scopes.iter().flatten();
    let named: Vec<&str> = scopes
        .filter_map(|scope| scope.rsplit_once('/').map(|(identifier, _)| identifier))
        .collect();
    let servers = stack.resource_servers();
    let granting = servers.filter(|(key, server)| {
        let identifier = identifier(key, &server.given);
        named.iter().any(|named| *named == identifier)
    });
    granting.map(|(key, _)| address(key)).collect()
}

fn typed(scopes: &BTreeMap<String, String>) -> Result<Vec<ResourceServerScopeType>, CloudError> {
    let scope = |(name, description): (&String, &String)| {
        ResourceServerScopeType::builder()
            .scope_name(name)
            .scope_description(description)
            .build()
            .map_err(|error| unbuildable(&error))
    };
    scopes.iter().map(scope).collect()
}

async fn update(aws: &Aws, want: &State) -> Result<(), CloudError> {
    let State { user_pool_id, identifier, name, scopes } = want;
    let update = aws
        .cognito
        .update_resource_server()
        .user_pool_id(user_pool_id)
        .identifier(identifier)
        .name(name)
        .set_scopes(Some(typed(scopes)?));
    update.send().await.map_err(failed("UpdateResourceServer")).map(drop)
}

async fn describe(
    aws: &Aws,
    pool: &str,
    identifier: &str,
) -> Result<Option<ResourceServerType>, CloudError> {
    let describe = aws.cognito.describe_resource_server().user_pool_id(pool).identifier(identifier);
    let answer = found(describe.send().await.map_err(failed("DescribeResourceServer")))?;
    Ok(answer.and_then(|answer| answer.resource_server))
}

fn outputs(identifier: &str) -> Outputs {
    Outputs::plain([("identifier", identifier.to_owned())])
}

fn state(pool: &str, identifier: &str, server: &ResourceServerType) -> Value {
    let scopes = server.scopes().iter();
    let scopes: BTreeMap<&str, &str> =
        scopes.map(|scope| (scope.scope_name(), scope.scope_description())).collect();
    json!({
        "user_pool_id": pool,
        "identifier": identifier,
        "name": server.name,
        "scopes": scopes,
    })
}

fn with_key(mut state: Value, key: &str) -> Value {
    state[KEY] = json!(key);
    state
}

fn live(pool: &Live, server: &ResourceServerType, id: String, belongs: Belongs) -> Live {
    let Belongs { address, ownership, key } = belongs;
    Live {
        address,
        kind: ResourceServer::NAME,
        state: with_key(state(&pool.id, &id, server), &key),
        outputs: outputs(&id),
        id,
        ownership,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::Client;
    use aws_sdk_cognitoidentityprovider::operation::create_resource_server::{
        CreateResourceServerError, CreateResourceServerInput, CreateResourceServerOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::delete_resource_server::DeleteResourceServerError;
    use aws_sdk_cognitoidentityprovider::operation::describe_resource_server::DescribeResourceServerOutput;
    use aws_sdk_cognitoidentityprovider::operation::list_resource_servers::ListResourceServersOutput;
    use aws_sdk_cognitoidentityprovider::operation::update_resource_server::{
        UpdateResourceServerInput, UpdateResourceServerOutput,
    };
    use aws_sdk_cognitoidentityprovider::types::error::{
        InvalidParameterException, ResourceNotFoundException,
    };
    use aws_smithy_mocks::{Rule as MockRule, RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::aws::children::testing;
    use crate::aws::ledger::Ledger;
    use crate::engine::Cloud;
    use crate::resource::Cleartext;
    use crate::resource::Ownership;

    fn aws(rules: &[&MockRule]) -> Aws {
        let cognito = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, rules);
        Aws { cognito, ..Aws::test() }
    }

    fn declared(servers: Value) -> Vec<Declared> {
        let stack = testing::stack(json!({ "resource_servers": servers }));
        testing::filled(ResourceServer::declare(&stack, &Given::default()))
    }

    fn one() -> Value {
        json!({ "api": { "identifier": "https://api.example.com", "scopes": { "write": "W", "read": "R" } } })
    }

    fn scopes(names: &[&str]) -> Vec<ResourceServerScopeType> {
        let scope = |name: &&str| {
            let scope = ResourceServerScopeType::builder().scope_name(*name);
            scope.scope_description(name[..1].to_uppercase()).build().unwrap()
        };
        names.iter().map(scope).collect()
    }

    fn server(identifier: &str, names: &[&str]) -> ResourceServerType {
        ResourceServerType::builder()
            .user_pool_id("p_1")
            .identifier(identifier)
            .name("demo-api")
            .set_scopes(Some(scopes(names)))
            .build()
    }

    async fn observed(servers: Vec<ResourceServerType>, pool: &Live, of: &[Declared]) -> Vec<Live> {
        let list = mock!(Client::list_resource_servers)
            .match_requests(|sent| sent.max_results() == Some(50))
            .then_output(move || {
                let servers = Some(servers.clone());
                ListResourceServersOutput::builder().set_resource_servers(servers).build().unwrap()
            });
        let scope = Scope::new(ResourceServer::NAME, of, Some(pool));
        ResourceServer::observe(&aws(&[&list]), scope).await.unwrap()
    }

    fn described(names: &'static [&'static str]) -> MockRule {
        mock!(Client::describe_resource_server).then_output(move || {
            let server = server("https://api.example.com", names);
            DescribeResourceServerOutput::builder().resource_server(server).build()
        })
    }

    fn updated(names: &'static [&'static str]) -> MockRule {
        mock!(Client::update_resource_server)
            .match_requests(move |sent| {
                let wanted = UpdateResourceServerInput::builder().user_pool_id("p_1");
                let wanted = wanted.identifier("https://api.example.com").name("demo-api");
                *sent == wanted.set_scopes(Some(scopes(names))).build().unwrap()
            })
            .then_output(|| UpdateResourceServerOutput::builder().build())
    }

    #[tokio::test]
    async fn a_server_is_made_as_declared_and_kept_in_whatever_order_aws_answers() {
        let create = mock!(Client::create_resource_server)
            .match_requests(|sent| {
                let wanted = CreateResourceServerInput::builder().user_pool_id("p_1");
                let wanted = wanted.identifier("https://api.example.com").name("demo-api");
                *sent == wanted.set_scopes(Some(scopes(&["read", "write"]))).build().unwrap()
            })
            .then_output(|| CreateResourceServerOutput::builder().build());
        let declared = declared(one());
        let want = testing::wanted::<ResourceServer>(&declared[0]);
        let made = ResourceServer::create(&aws(&[&create]), &declared[0].address, want).await;
        let mut ledger = Ledger::default();
        ledger.made('r', "api", &made.unwrap().id);
        let there = vec![server("https://api.example.com", &["write", "read"])];
        let live = observed(there, &testing::pool_with(&ledger), &declared).await;
        let plan = testing::plan::<ResourceServer>(declared, live);
        assert_eq!((plan.kept.len(), plan.steps.len()), (1, 0), "{:?}", plan.steps);
    }

    #[tokio::test]
    async fn one_that_an_earlier_try_made_is_set_as_wanted_and_any_other_refusal_is_an_error() {
        let create = || {
            mock!(Client::create_resource_server).then_error(|| {
                let meta = ErrorMetadata::builder().code("InvalidParameterException").build();
                let error = InvalidParameterException::builder().meta(meta).build();
                CreateResourceServerError::InvalidParameterException(error)
            })
        };
        let declared = declared(one());
        let want = || testing::wanted::<ResourceServer>(&declared[0]);
        let update = updated(&["read", "write"]);
        let there = aws(&[&create(), &described(&["read"]), &update]);
        ResourceServer::create(&there, &declared[0].address, want()).await.unwrap();
        assert_eq!(update.num_calls(), 1);
        let nothing = mock!(Client::describe_resource_server)
            .then_output(|| DescribeResourceServerOutput::builder().build());
        let refusing = aws(&[&create(), &nothing]);
        let error = ResourceServer::create(&refusing, &declared[0].address, want()).await;
        assert!(error.unwrap_err().message.contains("InvalidParameterException"));
    }

    #[tokio::test]
    async fn scopes_that_are_not_declared_go_and_stay_where_none_are() {
        let pool = testing::pool(json!({}));
        let there = || vec![server("https://api.example.com", &["read", "old"])];
        let with_scopes = declared(one());
        let live = observed(there(), &pool, &with_scopes).await;
        let plan = testing::plan::<ResourceServer>(with_scopes.clone(), live.clone());
        let paths: Vec<&str> = plan.steps[0].changes.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["scopes.old", "scopes.write"]);
        let update = updated(&["read", "write"]);
        let want = testing::wanted::<ResourceServer>(&with_scopes[0]);
        let change = Change { live: &live[0], want, paths };
        let aws = aws(&[&described(&["old", "read"]), &update]);
        ResourceServer::update(&aws, change).await.unwrap();
        assert_eq!(update.num_calls(), 1);

        let none = declared(json!({ "api": { "identifier": "https://api.example.com" } }));
        let plan = testing::plan::<ResourceServer>(none, live);
        assert_eq!((plan.steps.len(), plan.undeclared.len()), (0, 1));
    }

    #[tokio::test]
    async fn another_name_leaves_the_scopes_that_somebody_added_meanwhile() {
        let declared = declared(json!({ "api": { "identifier": "https://api.example.com" } }));
        let pool = testing::pool(json!({}));
        let there = vec![server("https://api.example.com", &["read"])];
        let mut live = observed(there, &pool, &declared).await;
        live[0].state["name"] = json!("Before");
        let plan = testing::plan::<ResourceServer>(declared.clone(), live.clone());
        let step = &plan.steps[0];
        let update = updated(&["read", "write"]);
        let want = || Cleartext::new(testing::filled(declared.clone())[0].want.clone());
        let mut same = server("https://api.example.com", &["read", "write"]);
        same.name = Some("Before".to_owned());
        let described = mock!(Client::describe_resource_server).then_output(move || {
            DescribeResourceServerOutput::builder().resource_server(same.clone()).build()
        });
        let aws = aws(&[&described, &update]);
        Cloud::update(&aws, step, &live[0], want()).await.unwrap();
        assert_eq!(update.num_calls(), 1);
        let other = Live { state: json!({ "name": "Another" }), ..live[0].clone() };
        let error = Cloud::update(&aws, step, &other, want()).await.unwrap_err();
        assert!(error.message.contains("`name` has moved"), "{error}");
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn another_identifier_is_another_server_and_a_server_by_hand_is_left_alone() {
        let mut ledger = Ledger::default();
        ledger.made('r', "api", "old");
        ledger.made('r', "gone", "gone");
        let servers = ["by-hand", "gone", "old"].map(|identifier| server(identifier, &["read"]));
        let declared = declared(json!({ "api": { "identifier": "new", "name": "demo-api" } }));
        let live = observed(servers.into(), &testing::pool_with(&ledger), &declared).await;
        let whose: Vec<(&str, bool)> = live
            .iter()
            .map(|live| (live.address.key(), live.ownership == Ownership::Ours))
            .collect();
        assert_eq!(whose, [("by-hand", false), ("gone", true), ("api", true)]);
        let plan = testing::plan::<ResourceServer>(declared, live);
        assert_eq!(plan.refusals[0].path.as_deref(), Some("identifier"));
        assert_eq!(plan.foreign.len(), 1);
        assert!(plan.steps.iter().all(|step| step.guarded && step.address.key() == "gone"));
    }

    #[tokio::test]
    async fn a_server_that_is_gone_counts_as_deleted() {
        let delete = mock!(Client::delete_resource_server).then_error(|| {
            let meta = ErrorMetadata::builder().code("ResourceNotFoundException").build();
            let error = ResourceNotFoundException::builder().meta(meta).build();
            DeleteResourceServerError::ResourceNotFoundException(error)
        });
        let pool = testing::pool(json!({}));
        let live = observed(vec![server("x", &[])], &pool, &[]).await;
        ResourceServer::delete(&aws(&[&delete]), &live[0]).await.unwrap();
    }

    #[test]
    fn a_client_waits_for_the_servers_whose_scopes_it_names_in_either_way() {
        let scopes = [
            "openid",
            "https://api.example.com/read",
            "plain/write",
            "${user_pool.resource_servers.by_reference.identifier}/read",
        ];
        let server = json!({ "scopes": { "read": "R", "write": "W" } });
        let stack = testing::stack(json!({
            "resource_servers": {
                "api": { "identifier": "https://api.example.com", "scopes": { "read": "R" } },
                "plain": server, "by_reference": server, "other": server,
            },
            "app_clients": { "web": { "allowed_oauth_scopes": scopes } },
        }));
        let kinds = super::super::declare(&stack, &Given::default());
        let all = kinds.iter().map(|declared| declared.address.clone()).collect();
        let client = kinds.iter().find(|declared| declared.kind == "app_client").unwrap();
        let needed: Vec<String> =
            crate::plan::depends_on(client, &all).iter().map(ToString::to_string).collect();
        assert_eq!(
            needed,
            [
                "user_pool",
                "user_pool.resource_servers.api",
                "user_pool.resource_servers.by_reference",
                "user_pool.resource_servers.plain",
            ]
        );
    }
}
