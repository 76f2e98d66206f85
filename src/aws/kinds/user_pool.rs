//! User pools.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html>

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_sdk_cognitoidentityprovider::types::{
    AliasAttributeType, DeletionProtectionType, UserPoolType, UsernameAttributeType,
    UsernameConfigurationType,
};
use futures::StreamExt;
use futures::future::try_join_all;
use serde_json::{Value, json};

use crate::aws::error::{deleted, failed, found, required, unbuildable};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::pool_body::{self, Settings};
use crate::aws::settle::settled;
use crate::aws::{Aws, once, tags, user_pool_domain, zeros};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Context, Declared, Field, Live, OutputName, Outputs, Ownership, Pattern, Removal, Rule,
};
use crate::spec::Stack;

/// The kind.
pub struct UserPool;

/// The settings of the file that are the pool's own.
const SETTINGS: &[&str] = &[
    "alias_attributes",
    "username_attributes",
    "username_configuration",
    "password_policy",
    "admin_create_user_config",
    "account_recovery_setting",
    "auto_verified_attributes",
    "deletion_protection",
    "user_pool_tier",
];

/// How many pools are described at a time: Cognito allows 15 a second.
const AT_ONCE: usize = 10;

/// A pool of an earlier try is at most so old.
const RECENT: Duration = Duration::from_secs(24 * 3600);

const FIXED: &str =
    "Cognito fixes it when the pool is made; another needs a new pool, without its users";

impl Kind for UserPool {
    const NAME: &'static str = "user_pool";
    const PLACE: Pattern = Pattern("user_pool");
    const FIELDS: &'static [Field] = &[
        Field { path: "alias_attributes", rule: Rule::Immutable(FIXED) },
        Field { path: "username_attributes", rule: Rule::Immutable(FIXED) },
        Field { path: "username_configuration", rule: Rule::Immutable(FIXED) },
        Field {
            path: "custom_attributes",
            rule: Rule::AddOnly("Cognito can neither change nor remove an attribute"),
        },
        Field { path: "account_recovery_setting", rule: Rule::Ordered },
        Field { path: "initial_deletion_protection", rule: Rule::WriteOnly },
        Field { path: "user_pool_tags.provision:expires", rule: Rule::Once },
    ];
    const OUTPUTS: &'static [OutputName] = &[
        OutputName::plain("id"),
        OutputName::plain("arn"),
        OutputName::plain("name"),
        OutputName::plain("issuer"),
    ];
    const REMOVAL: Removal = Removal::OnlyByDestroy;
    const PROTECTION: Option<(&'static str, &'static str)> =
        Some(("deletion_protection", "ACTIVE"));
    type State = Settings;

    fn defaults() -> Value {
        json!({
            "alias_attributes": [],
            "username_attributes": [],
            "username_configuration": { "case_sensitive": true },
            "password_policy": {
                "minimum_length": 8,
                "require_lowercase": true,
                "require_numbers": true,
                "require_symbols": true,
                "require_uppercase": true,
                "password_history_size": 0,
                "temporary_password_validity_days": 7,
            },
            "admin_create_user_config": { "allow_admin_create_user_only": false },
            "account_recovery_setting": ["verified_email", "verified_phone_number"],
            "auto_verified_attributes": [],
            "deletion_protection": "INACTIVE",
            "user_pool_tier": "ESSENTIALS",
        })
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let Some(settings) = &stack.user_pool else { return Vec::new() };
        let pool = &settings.given;
        let address = Address::new(["user_pool"]);
        let mut want = settings.wanted(&Self::defaults(), given.strict);
        want.retain(|setting, _| SETTINGS.contains(&setting.as_str()));
        if !want.contains_key("deletion_protection") && stack.expires.is_none() {
            want.insert("initial_deletion_protection".into(), json!("ACTIVE"));
        }
        let name = pool.name.clone().unwrap_or_else(|| stack.stack.clone());
        let attributes: BTreeMap<&String, String> = pool
            .custom_attributes
            .iter()
            .map(|(name, attribute)| (name, pool_body::spell(attribute)))
            .collect();
        want.insert("pool_name".into(), json!(name));
        want.insert("custom_attributes".into(), json!(attributes));
        let tags = tags::wanted(stack, given, &address, &pool.user_pool_tags);
        want.insert("user_pool_tags".into(), tags.into());
        let predicted = [("name", name.clone())].into();
        let want = want.into();
        vec![Declared { address, kind: Self::NAME, name, want, after: Vec::new(), predicted }]
    }

    /// Takes the tagging API's hint where a pool's own tags confirm it; else reads the whole list.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let wanted = scope.own().next().map(|declared| declared.name.as_str());
        let hinted = aws.hints("cognito-idp", "userpool/").await?;
        let mut ours = try_join_all(hinted.iter().map(|id| read(aws, id))).await?;
        ours.retain(|pool| pool.as_ref().is_some_and(|pool| is_ours(aws, pool)));
        let mut foreign = Vec::new();
        if ours.is_empty() {
            for pool in candidates(aws, wanted).await? {
                let ours = if is_ours(aws, &pool) { &mut ours } else { &mut foreign };
                ours.push(Some(pool));
            }
        }
        let mut pools: Vec<UserPoolType> = ours.into_iter().flatten().collect();
        if pools.len() > 1 {
            let ids: Vec<&str> = pools.iter().filter_map(UserPoolType::id).collect();
            let message = format!("the stack has two user pools: {}", ids.join(" and "));
            return Err(CloudError::new(message)
                .help("remove the tag `provision:stack` from the one that is not to be kept"));
        }
        if pools.is_empty() {
            pools.extend(foreign.into_iter().flatten().take(1));
        }
        pools.into_iter().map(|pool| live(aws, pool)).collect()
    }

    async fn create(aws: &Aws, _: &Address, want: Settings) -> Result<Made, CloudError> {
        let body = want.lay_over(UserPoolType::builder().build())?;
        let (in_schema, added): (Vec<_>, Vec<_>) = pool_body::attributes(&want.custom_attributes)?
            .into_iter()
            .partition(|attribute| !pool_body::is_standard(attribute.name().unwrap_or_default()));
        let mut tags = want.user_pool_tags.clone();
        tags.extend(aws.pool.intents().await?);
        let aliases = want.alias_attributes.iter().flatten().map(String::as_str);
        let usernames = want.username_attributes.iter().flatten().map(String::as_str);
        let case = want.username_configuration.as_ref().and_then(|c| c.case_sensitive);
        let case = case.map(|sensitive| {
            UsernameConfigurationType::builder().case_sensitive(sensitive).build()
        });
        let case = case.transpose().map_err(|error| unbuildable(&error))?;
        let create = aws
            .cognito
            .create_user_pool()
            .pool_name(&want.pool_name)
            .set_policies(body.policies)
            .set_deletion_protection(body.deletion_protection)
            .set_admin_create_user_config(body.admin_create_user_config)
            .set_account_recovery_setting(body.account_recovery_setting)
            .set_auto_verified_attributes(body.auto_verified_attributes)
            .set_user_pool_tier(body.user_pool_tier)
            .set_username_configuration(case)
            .set_alias_attributes(some(aliases.map(AliasAttributeType::from).collect()))
            .set_username_attributes(some(usernames.map(UsernameAttributeType::from).collect()))
            .set_schema(some(in_schema))
            .set_user_pool_tags(Some(tags.clone().into_iter().collect()));
        let create = create.customize().config_override(once::cognito());
        let sent = create.mutate_request(zeros::leave_out).send().await;
        let pool = required(sent.map_err(failed("CreateUserPool"))?.user_pool, "UserPool")?;
        let id = required(pool.id.clone(), "Id")?;
        aws.pool.created(&id, required(pool.arn.clone(), "Arn")?, tags);
        if !added.is_empty() {
            add_attributes(aws, &id, added).await?;
        }
        Ok(Made { outputs: outputs(aws, &pool)?, id })
    }

    async fn update(aws: &Aws, change: Change<'_, Settings>) -> Result<Outputs, CloudError> {
        let id = &change.live.id;
        if change.touches("custom_attributes") {
            let new =
                change.paths.iter().filter_map(|path| path.strip_prefix("custom_attributes."));
            let all = &change.want.custom_attributes;
            let new = new.filter_map(|name| Some((name.to_owned(), all.get(name)?.clone())));
            add_attributes(aws, id, pool_body::attributes(&new.collect())?).await?;
        }
        let others = |path: &&str| !path.starts_with("custom_attributes");
        if change.paths.iter().any(others) {
            let paths: Vec<String> =
                change.paths.iter().filter(|p| others(p)).map(|p| (*p).to_owned()).collect();
            let planned = change.live.state.clone();
            let patch = move |body: &mut UserPoolType| {
                pool_body::moved(&planned, &pool_body::state(body), &paths)?;
                *body = change.want.lay_over(body.clone())?;
                Ok(())
            };
            aws.pool.patch(id, Box::new(patch)).await?;
        }
        Ok(Outputs::default())
    }

    /// Lifts the protection first, where there is one: the plan has said so.
    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        if live.state["deletion_protection"] == "ACTIVE" {
            let lift = |body: &mut UserPoolType| {
                body.deletion_protection = Some(DeletionProtectionType::Inactive);
                Ok(())
            };
            match aws.pool.patch(&live.id, Box::new(lift)).await {
                Err(error) if crate::aws::error::is_gone(&error) => return Ok(()),
                other => other?,
            }
        }
        user_pool_domain::delete_rest(aws, live).await?;
        let delete = || async {
            let delete = aws.cognito.delete_user_pool().user_pool_id(&live.id);
            delete.send().await.map_err(failed("DeleteUserPool"))
        };
        deleted(settled("the pool's domain to go", delete).await)?;
        aws.pool.pool_gone();
        Ok(())
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

async fn add_attributes(
    aws: &Aws,
    pool: &str,
    attributes: Vec<aws_sdk_cognitoidentityprovider::types::SchemaAttributeType>,
) -> Result<(), CloudError> {
    // AWS takes 25 at a time.
    for some in attributes.chunks(25) {
        let add = aws.cognito.add_custom_attributes().user_pool_id(pool);
        let add = add.set_custom_attributes(Some(some.to_vec()));
        add.send().await.map_err(failed("AddCustomAttributes"))?;
    }
    Ok(())
}

async fn read(aws: &Aws, id: &str) -> Result<Option<UserPoolType>, CloudError> {
    let answer = aws.cognito.describe_user_pool().user_pool_id(id).send().await;
    Ok(found(answer.map_err(failed("DescribeUserPool")))?.and_then(|answer| answer.user_pool))
}

fn is_ours(aws: &Aws, pool: &UserPoolType) -> bool {
    tags::owner(&tags::read(pool.user_pool_tags.clone()), &aws.stack) == Ownership::Ours
}

/// Every pool that may be ours: those of the wanted name and the recent ones; all, where the file is
/// gone and no name is known.
async fn candidates(aws: &Aws, wanted: Option<&str>) -> Result<Vec<UserPoolType>, CloudError> {
    let pages = aws.cognito.list_user_pools().max_results(60).into_paginator().items().send();
    let listed = pages.collect::<Result<Vec<_>, _>>().await.map_err(failed("ListUserPools"))?;
    let since = SystemTime::now() - RECENT;
    let is_recent = |made: Option<&aws_sdk_cognitoidentityprovider::primitives::DateTime>| {
        made.and_then(|made| SystemTime::try_from(*made).ok()).is_none_or(|made| made > since)
    };
    let ids = listed.into_iter().filter(|pool| {
        wanted.is_none_or(|name| pool.name() == Some(name)) || is_recent(pool.creation_date())
    });
    let ids: Vec<String> = ids.filter_map(|pool| pool.id).collect();
    let reads = futures::stream::iter(ids).map(|id| async move { read(aws, &id).await });
    let pools: Vec<_> = reads.buffer_unordered(AT_ONCE).collect().await;
    let pools = pools.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
    let mut pools: Vec<UserPoolType> = pools
        .filter(|pool| is_ours(aws, pool) || wanted.is_some_and(|name| pool.name() == Some(name)))
        .collect();
    pools.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(pools)
}

fn outputs(aws: &Aws, pool: &UserPoolType) -> Result<Outputs, CloudError> {
    let id = required(pool.id.clone(), "Id")?;
    let context = Context::new(&aws.stack, &aws.region, "");
    let suffix = if context.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    Ok(Outputs::plain([
        ("arn", required(pool.arn.clone(), "Arn")?),
        ("name", pool.name.clone().unwrap_or_default()),
        ("issuer", format!("https://cognito-idp.{}.{suffix}/{id}", aws.region)),
        ("id", id),
    ]))
}

fn live(aws: &Aws, pool: UserPoolType) -> Result<Live, CloudError> {
    let tags = tags::read(pool.user_pool_tags.clone());
    let mut state = pool_body::state(&pool);
    state["triggers"] = json!(super::pool_triggers::read(pool.lambda_config.as_ref()));
    Ok(Live {
        address: Address::new(["user_pool"]),
        kind: UserPool::NAME,
        id: required(pool.id.clone(), "Id")?,
        state,
        outputs: outputs(aws, &pool)?,
        ownership: tags::owner(&tags, &aws.stack),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::Client;
    use aws_sdk_cognitoidentityprovider::operation::add_custom_attributes::AddCustomAttributesOutput;
    use aws_sdk_cognitoidentityprovider::operation::create_user_pool::{
        CreateUserPoolError, CreateUserPoolOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::delete_user_pool::{
        DeleteUserPoolError, DeleteUserPoolOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::describe_user_pool::DescribeUserPoolOutput;
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool::UpdateUserPoolOutput;
    use aws_sdk_cognitoidentityprovider::types::error::{
        InternalErrorException, ResourceNotFoundException,
    };
    use aws_smithy_mocks::{mock, mock_client};

    use super::*;
    use crate::spec::{Options, load_text};

    fn declared(text: &str) -> Declared {
        let path = std::path::Path::new("x.yaml");
        let vocabulary = crate::aws::kinds::vocabulary();
        let loaded = load_text(path, text, &Options::default(), &vocabulary).unwrap();
        let given = Given { region: "us-east-1".to_owned(), ..Given::default() };
        UserPool::declare(&loaded.stack, &given).remove(0)
    }

    fn settings(text: &str) -> Settings {
        serde_json::from_value(declared(text).want).unwrap()
    }

    fn made() -> UserPoolType {
        UserPoolType::builder()
            .id("us-east-1_x")
            .arn("arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_x")
            .name("demo")
            .user_pool_tags(tags::STACK, "demo")
            .build()
    }

    const FILE: &str =
        "stack: demo\nuser_pool: { custom_attributes: { plan: string, name: number } }\n";

    #[tokio::test]
    async fn a_new_pool_is_protected_tagged_and_gets_standard_names_by_the_second_call() {
        let create = mock!(Client::create_user_pool)
            .match_requests(|sent| {
                let names: Vec<_> = sent.schema().iter().filter_map(|a| a.name()).collect();
                let tags = sent.user_pool_tags().unwrap();
                names == ["plan"]
                    && sent.deletion_protection() == Some(&DeletionProtectionType::Active)
                    && tags.get(tags::STACK).map(String::as_str) == Some("demo")
                    && sent.policies().is_none()
            })
            .then_output(|| CreateUserPoolOutput::builder().user_pool(made()).build());
        let add = mock!(Client::add_custom_attributes)
            .match_requests(|sent| sent.custom_attributes()[0].name() == Some("name"))
            .then_output(|| AddCustomAttributesOutput::builder().build());
        let client = mock_client!(aws_sdk_cognitoidentityprovider, [&create, &add]);
        let aws = Aws::with_cognito(client);
        let made =
            UserPool::create(&aws, &Address::new(["user_pool"]), settings(FILE)).await.unwrap();
        assert_eq!(made.id, "us-east-1_x");
        assert_eq!((create.num_calls(), add.num_calls()), (1, 1));
    }

    #[test]
    fn a_demo_environment_gets_no_protection_and_a_declared_one_stays_as_declared() {
        let expires = settings("stack: demo\nexpires: 8h\nuser_pool: {}\n");
        assert_eq!(expires.initial_deletion_protection, None);
        let off = settings("stack: demo\nuser_pool: { deletion_protection: INACTIVE }\n");
        assert_eq!(off.initial_deletion_protection, None);
        assert_eq!(off.deletion_protection.as_deref(), Some("INACTIVE"));
    }

    #[tokio::test]
    async fn a_create_whose_answer_is_lost_is_not_sent_again() {
        let create = mock!(Client::create_user_pool).then_error(|| {
            CreateUserPoolError::InternalErrorException(InternalErrorException::builder().build())
        });
        let client = mock_client!(aws_sdk_cognitoidentityprovider, [&create]);
        let aws = Aws::with_cognito(client);
        let address = Address::new(["user_pool"]);
        assert!(UserPool::create(&aws, &address, settings(FILE)).await.is_err());
        assert_eq!(create.num_calls(), 1);
    }

    #[tokio::test]
    async fn what_moved_since_the_plan_is_not_written_over() {
        let planned = live(&Aws::test(), made()).unwrap();
        let describe = mock!(Client::describe_user_pool).then_output(|| {
            let mut moved = made();
            moved.name = Some("renamed by hand".to_owned());
            DescribeUserPoolOutput::builder().user_pool(moved).build()
        });
        let client = mock_client!(aws_sdk_cognitoidentityprovider, [&describe]);
        let aws = Aws::with_cognito(client);
        let want = settings("stack: demo\nuser_pool: { name: new }\n");
        let change = Change { live: &planned, want, paths: vec!["pool_name"] };
        let error = UserPool::update(&aws, change).await.unwrap_err();
        assert!(error.message.contains("has moved since the plan"), "{error}");
    }

    #[tokio::test]
    async fn protection_is_lifted_before_the_delete_and_gone_is_success() {
        let protected = || {
            let mut pool = made();
            pool.deletion_protection = Some(DeletionProtectionType::Active);
            pool
        };
        let describe = mock!(Client::describe_user_pool)
            .then_output(move || DescribeUserPoolOutput::builder().user_pool(protected()).build());
        let update = mock!(Client::update_user_pool)
            .match_requests(|sent| {
                sent.deletion_protection() == Some(&DeletionProtectionType::Inactive)
                    && sent.pool_name() == Some("demo")
            })
            .then_output(|| UpdateUserPoolOutput::builder().build());
        let delete =
            mock!(Client::delete_user_pool).then_output(|| DeleteUserPoolOutput::builder().build());
        let client = mock_client!(aws_sdk_cognitoidentityprovider, [&describe, &update, &delete]);
        let aws = Aws::with_cognito(client);
        UserPool::delete(&aws, &live(&aws, protected()).unwrap()).await.unwrap();
        assert_eq!((update.num_calls(), delete.num_calls()), (1, 1));

        let gone = mock!(Client::delete_user_pool).then_error(|| {
            let meta = aws_smithy_types::error::ErrorMetadata::builder();
            let meta = meta.code("ResourceNotFoundException").build();
            let gone = ResourceNotFoundException::builder().meta(meta).build();
            DeleteUserPoolError::ResourceNotFoundException(gone)
        });
        let aws = Aws::with_cognito(mock_client!(aws_sdk_cognitoidentityprovider, [&gone]));
        assert_eq!(UserPool::delete(&aws, &live(&aws, made()).unwrap()).await, Ok(()));
    }
}
