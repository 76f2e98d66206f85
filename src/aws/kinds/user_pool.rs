//! User pools.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html>

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_sdk_cognitoidentityprovider::operation::create_user_pool::builders::CreateUserPoolFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    AliasAttributeType, DeletionProtectionType, SchemaAttributeType, UserPoolType,
    UsernameAttributeType, UsernameConfigurationType,
};
use futures::StreamExt;
use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::error::{deleted, failed, found, required, unbuildable};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::ledger::{self, Ledger};
use crate::aws::moved::Now;
use crate::aws::pool_body::{self, Settings};
use crate::aws::pool_mfa::{self, Mfa};
use crate::aws::rates::AT_ONCE;
use crate::aws::settle::{made_once, settled};
use crate::aws::{Aws, hazards, once, tags, user_pool_domain, zeros};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, AtStake, Context, Declared, Field, Hazard, Live, Origin, OutputName, Outputs,
    Ownership, Pattern, Removal, Rule,
};
use crate::spec::Stack;

/// The kind.
pub struct UserPool;

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
        Field { path: "standard_attributes", rule: Rule::Immutable(FIXED) },
        Field { path: "custom_attributes", rule: Rule::Exclusive },
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
    const AT_STAKE: Option<AtStake> = Some(AtStake {
        count: "estimated_number_of_users",
        noun: "user",
        way_out: "for another, declare a second stack with a new pool, bring its users over with the \
                  trigger `user_migration` or by an import, then destroy this one",
    });
    const PROTECTION: Option<(&'static str, &'static str)> =
        Some(("deletion_protection", "ACTIVE"));
    const HAZARDS: &'static [Hazard] = hazards::USER_POOL;
    type State = State;

    fn defaults() -> Value {
        json!({
            "alias_attributes": [],
            "username_attributes": [],
            "username_configuration": { "case_sensitive": true },
            "mfa_configuration": "OFF",
            "software_token_mfa_configuration": { "enabled": false },
            "sms_mfa_configuration": { "enabled": false },
            "email_mfa_configuration": { "enabled": false },
            "web_authn_configuration": { "factor_configuration": "SINGLE_FACTOR" },
            "allowed_first_auth_factors": ["PASSWORD"],
            "attributes_require_verification_before_update": [],
            "email_configuration": {
                "email_sending_account": "COGNITO_DEFAULT",
                "source_arn": null,
                "reply_to_email_address": null,
                "from": null,
                "configuration_set": null,
            },
            "sms_configuration": null,
            "verification_message_template": {
                "sms_message": null,
                "email_message": null,
                "email_subject": null,
                "email_message_by_link": null,
                "email_subject_by_link": null,
                "default_email_option": "CONFIRM_WITH_CODE",
            },
            "sms_authentication_message": null,
            "device_configuration": null,
            "user_pool_add_ons": { "advanced_security_mode": "OFF", "custom_auth_mode": null },
            "key_configuration": { "key_type": "AWS_OWNED_KEY", "kms_key_arn": null },
            "issuer_configuration": "ORIGINAL",
            "password_policy": {
                "minimum_length": 8,
                "require_lowercase": true,
                "require_numbers": true,
                "require_symbols": true,
                "require_uppercase": true,
                "password_history_size": 0,
                "temporary_password_validity_days": 7,
            },
            "admin_create_user_config": {
                "allow_admin_create_user_only": false,
                "invite_message_template": {
                    "sms_message": null,
                    "email_message": null,
                    "email_subject": null,
                },
            },
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
        if let Some(id) = &pool.existing {
            return vec![Declared {
                address,
                kind: Self::NAME,
                name: id.clone(),
                want: json!({}),
                after: Vec::new(),
                predicted: [("id", id.clone())].into(),
                origin: Origin::Existing,
            }];
        }
        let mut want = settings.wanted(&Self::defaults(), given.strict);
        pool_body::only_settings(&mut want);
        pool_mfa::enable(&mut want);
        pool_body::clear_dependants(&mut want);
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
        let mut predicted: BTreeMap<&'static str, String> = [("name", name.clone())].into();
        if let Some(form) = want.get("issuer_configuration").and_then(Value::as_str) {
            predicted.insert("issuer", issuer(&given.region, "${user_pool.id}", Some(form)));
        }
        let want = want.into();
        vec![Declared {
            address,
            kind: Self::NAME,
            name,
            want,
            after: Vec::new(),
            predicted,
            origin: Origin::Made,
        }]
    }

    /// Takes the tagging API's hint where a pool's own tags confirm it; else reads the whole list.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let declared = scope.own().next();
        let wanted = declared.map(|declared| declared.name.as_str());
        let hinted = aws.hints("cognito-idp", "userpool/").await?;
        let mut ours = try_join_all(hinted.iter().map(|id| read(aws, id))).await?;
        ours.retain(|pool| pool.as_ref().is_some_and(|pool| is_ours(aws, pool)));
        if let Some(existing) = declared.filter(|declared| declared.origin == Origin::Existing) {
            return self::existing(aws, &existing.name, ours.into_iter().flatten().next()).await;
        }
        let mut foreign = Vec::new();
        if let (true, Some(id)) = (ours.is_empty(), aws.adopted_id(&Address::new(["user_pool"]))) {
            foreign.extend(read(aws, id).await?.map(Some));
        } else if ours.is_empty() {
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
        if pools.is_empty() && !aws.beside {
            pools.extend(one_to_adopt(aws, foreign.into_iter().flatten().collect())?);
        }
        let Some(pool) = pools.pop() else { return Ok(Vec::new()) };
        // The second factors take a request of their own.
        let mfa = match (&pool.id, declared.filter(|d| pool_mfa::is_wanted(&d.want))) {
            (Some(id), Some(_)) => Some(pool_mfa::read(&aws.cognito, id).await?),
            _ => None,
        };
        let mut live = live(aws, pool)?;
        if let (Some(mfa), Value::Object(state)) = (mfa, &mut live.state)
            && let Value::Object(mfa) = pool_mfa::state(&mfa)
        {
            state.extend(mfa);
        }
        keep_ours(&mut live, declared);
        Ok(vec![live])
    }

    /// The pool's writer reads it before it writes.
    async fn now(_: &Aws, _: &Live) -> Result<Now, CloudError> {
        Ok(Now::Watched)
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State { settings, mfa } = want;
        let body = settings.body()?;
        let all = pool_body::attributes(&settings.custom_attributes)?;
        let (mut schema, added): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|attribute| !pool_body::is_standard(attribute.name().unwrap_or_default()));
        schema.extend(pool_body::standard_schema(&settings.standard_attributes));
        let mut tags = settings.user_pool_tags.clone();
        tags.extend(with_attributes(aws.pool.intents().await?, &settings).tags());
        let create = create(aws, &settings, body)?
            .set_schema(some(schema))
            .set_user_pool_tags(Some(tags.clone().into_iter().collect()));
        let create = || async {
            let create = create.clone().customize().config_override(once::cognito());
            let sent = create.mutate_request(zeros::leave_out).send().await;
            required(sent.map_err(failed("CreateUserPool"))?.user_pool, "UserPool")
        };
        let create = || settled("the pool's sender to be known", create);
        let find = || async {
            let pools = candidates(aws, Some(&settings.pool_name)).await?;
            Ok(pools.into_iter().find(|pool| is_ours(aws, pool)))
        };
        let pool = made_once(create, find).await?;
        let id = required(pool.id.clone(), "Id")?;
        aws.pool.created(&id, required(pool.arn.clone(), "Arn")?, tags);
        if !added.is_empty() {
            add_attributes(aws, &id, added).await?;
        }
        if !mfa.is_default() {
            aws.pool.mfa(&id, Box::new(move |_| Ok(mfa))).await?;
        }
        Ok(Made { outputs: outputs(aws, &pool)?, id })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let id = &change.live.id;
        let State { settings, mfa } = change.want;
        if change.paths.iter().any(|path| path.starts_with("custom_attributes")) {
            let new =
                change.paths.iter().filter_map(|path| path.strip_prefix("custom_attributes."));
            let all = &settings.custom_attributes;
            let new = new.filter_map(|name| Some((name.to_owned(), all.get(name)?.clone())));
            let new: BTreeMap<String, String> = new.collect();
            add_attributes(aws, id, pool_body::attributes(&new)?).await?;
            for name in new.keys() {
                aws.pool.note(ledger::ATTRIBUTE, name, Some(name), None);
            }
        }
        let (of_mfa, mut of_pool): (Vec<String>, Vec<String>) =
            pool_body::tops(change.paths.iter().copied())
                .into_iter()
                .partition(|setting| pool_mfa::SETTINGS.contains(&setting.as_str()));
        of_pool.retain(|setting| setting != "custom_attributes");
        let planned = &change.live.state;
        let mfa_first = pool_mfa::goes_first(planned, &mfa, &settings)?;
        let mut mfa = (!of_mfa.is_empty()).then_some((mfa, of_mfa));
        if mfa_first && let Some((mfa, of_mfa)) = mfa.take() {
            set_mfa(aws, id, planned, mfa, of_mfa).await?;
        }
        let mut outputs = Outputs::default();
        if !of_pool.is_empty() {
            if of_pool.iter().any(|setting| setting == "issuer_configuration") {
                outputs = outputs.with(
                    "issuer",
                    issuer(&aws.region, id, settings.issuer_configuration.as_deref()),
                );
            }
            let planned = planned.clone();
            // Of the tags only those that change: the ledger is among the others, and moves.
            let tags = change.paths.iter().filter(|path| path.starts_with("user_pool_tags."));
            let tags: Vec<String> = tags.map(|path| (*path).to_owned()).collect();
            let mut settings = settings;
            settings
                .user_pool_tags
                .retain(|tag, _| tags.contains(&format!("user_pool_tags.{tag}")));
            let patch = move |body: &mut UserPoolType| {
                let now = pool_body::state(body);
                pool_body::moved(&planned, &now, &of_pool)?;
                pool_body::moved(&planned, &now, &tags)?;
                let touched = |setting: &str| of_pool.iter().any(|path| path == setting);
                *body = settings.lay_over(body.clone(), touched)?;
                Ok(())
            };
            aws.pool.patch(id, Box::new(patch)).await?;
        }
        if let Some((mfa, of_mfa)) = mfa {
            set_mfa(aws, id, planned, mfa, of_mfa).await?;
        }
        Ok(outputs)
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

/// All that a pool can be asked to be.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct State {
    #[serde(flatten)]
    settings: Settings,
    #[serde(flatten)]
    mfa: Mfa,
}

/// The request for a new pool, but for its attributes and tags.
fn create(
    aws: &Aws,
    want: &Settings,
    body: UserPoolType,
) -> Result<CreateUserPoolFluentBuilder, CloudError> {
    let aliases = want.alias_attributes.iter().flatten().map(String::as_str);
    let usernames = want.username_attributes.iter().flatten().map(String::as_str);
    let case = want.username_configuration.as_ref().and_then(|c| c.case_sensitive);
    let case = case
        .map(|sensitive| UsernameConfigurationType::builder().case_sensitive(sensitive).build());
    let case = case.transpose().map_err(|error| unbuildable(&error))?;
    Ok(aws
        .cognito
        .create_user_pool()
        .pool_name(&want.pool_name)
        .set_policies(body.policies)
        .set_deletion_protection(body.deletion_protection)
        .set_admin_create_user_config(body.admin_create_user_config)
        .set_account_recovery_setting(body.account_recovery_setting)
        .set_auto_verified_attributes(body.auto_verified_attributes)
        .set_user_attribute_update_settings(body.user_attribute_update_settings)
        .set_verification_message_template(body.verification_message_template)
        .set_sms_authentication_message(body.sms_authentication_message)
        .set_email_configuration(body.email_configuration)
        .set_sms_configuration(body.sms_configuration)
        .set_device_configuration(body.device_configuration)
        .set_user_pool_add_ons(body.user_pool_add_ons)
        .set_user_pool_tier(body.user_pool_tier)
        .set_key_configuration(body.key_configuration)
        .set_issuer_configuration(body.issuer_configuration)
        .set_acr_configuration(body.acr_configuration)
        .set_username_configuration(case)
        .set_alias_attributes(some(aliases.map(AliasAttributeType::from).collect()))
        .set_username_attributes(some(usernames.map(UsernameAttributeType::from).collect())))
}

/// The ledger with the attributes that are made together with the pool.
fn with_attributes(intents: BTreeMap<String, String>, want: &Settings) -> Ledger {
    let mut ledger = Ledger::read(&intents);
    for name in want.custom_attributes.keys() {
        ledger.made(ledger::ATTRIBUTE, name, name);
    }
    ledger
}

/// Leaves those custom attributes in the state that the file declares or the stack once made: others
/// are somebody else's, and stay.
pub(in crate::aws) fn keep_ours(live: &mut Live, declared: Option<&Declared>) {
    let ledger = Ledger::of(&live.state["user_pool_tags"]);
    let is_declared = |name: &str| {
        declared.is_some_and(|declared| declared.want["custom_attributes"].get(name).is_some())
    };
    if let Value::Object(attributes) = &mut live.state["custom_attributes"] {
        attributes.retain(|name, _| {
            is_declared(name) || ledger.key_of(ledger::ATTRIBUTE, name).is_some()
        });
    }
}

/// Sets the second factors, unless they are no longer what the plan saw.
async fn set_mfa(
    aws: &Aws,
    pool: &str,
    planned: &Value,
    wanted: Mfa,
    settings: Vec<String>,
) -> Result<(), CloudError> {
    let planned = planned.clone();
    let patch = move |now: &Value| {
        pool_body::moved(&planned, now, &settings)?;
        Ok(wanted)
    };
    aws.pool.mfa(pool, Box::new(patch)).await
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

async fn add_attributes(
    aws: &Aws,
    pool: &str,
    attributes: Vec<SchemaAttributeType>,
) -> Result<(), CloudError> {
    // AWS takes 25 at a time.
    for some in attributes.chunks(25) {
        let add = aws.cognito.add_custom_attributes().user_pool_id(pool);
        let add = add.set_custom_attributes(Some(some.to_vec()));
        match add.send().await.map_err(failed("AddCustomAttributes")) {
            Ok(_) => {}
            // The SDK asked again after an answer was lost, and AWS refuses to add them twice.
            Err(error) if error.code.as_deref() == Some("InvalidParameterException") => {
                let there = read(aws, pool).await?;
                let there = there.as_ref().map(pool_body::custom).unwrap_or_default();
                let is_there = |attribute: &SchemaAttributeType| {
                    attribute.name().is_some_and(|name| there.contains_key(name))
                };
                if !some.iter().all(is_there) {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
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

/// Somebody else's pool, which the file uses.
async fn existing(
    aws: &Aws,
    id: &str,
    ours: Option<UserPoolType>,
) -> Result<Vec<Live>, CloudError> {
    if let Some(ours) = ours.as_ref().and_then(UserPoolType::id).filter(|ours| *ours != id) {
        let message = format!("the file uses the pool `{id}`, and this stack made `{ours}`");
        return Err(
            CloudError::new(message).help("destroy the stack first, or declare its own pool again")
        );
    }
    let pool = read(aws, id).await?.map(|pool| live(aws, pool)).transpose()?;
    Ok(pool.map(|pool| Live { ownership: Ownership::Existing, ..pool }).into_iter().collect())
}

/// The one pool of the wanted name that is not ours; of several only its id can name the one that
/// is to be taken over.
fn one_to_adopt(aws: &Aws, pools: Vec<UserPoolType>) -> Result<Option<UserPoolType>, CloudError> {
    let address = Address::new(["user_pool"]);
    if pools.len() > 1 && aws.adopt.contains_key(&address) {
        let ids: Vec<&str> = pools.iter().filter_map(UserPoolType::id).collect();
        let message = format!("`--adopt {address}` may mean {}", ids.join(" or "));
        return Err(CloudError::new(message).help("`--adopt user_pool=ID` says which"));
    }
    Ok(pools.into_iter().next())
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

/// What stands in the pool's tokens as the issuer.
fn issuer(region: &str, id: &str, form: Option<&str>) -> String {
    let context = Context::new("", region, "");
    let suffix = if context.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let host = if form == Some("UPDATED") { "issuer-cognito-idp" } else { "cognito-idp" };
    format!("https://{host}.{region}.{suffix}/{id}")
}

fn outputs(aws: &Aws, pool: &UserPoolType) -> Result<Outputs, CloudError> {
    let id = required(pool.id.clone(), "Id")?;
    let form = pool.issuer_configuration().and_then(|issuer| issuer.r#type());
    Ok(Outputs::plain([
        ("arn", required(pool.arn.clone(), "Arn")?),
        ("name", pool.name.clone().unwrap_or_default()),
        ("issuer", issuer(&aws.region, &id, form.map(|form| form.as_str()))),
        ("id", id),
    ]))
}

pub(in crate::aws) fn live(aws: &Aws, pool: UserPoolType) -> Result<Live, CloudError> {
    let tags = tags::read(pool.user_pool_tags.clone());
    let mut state = pool_body::state(&pool);
    state["triggers"] = super::pool_triggers::read(pool.lambda_config.as_ref());
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
    use aws_sdk_cognitoidentityprovider::operation::list_user_pools::ListUserPoolsOutput;
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool::UpdateUserPoolOutput;
    use aws_sdk_cognitoidentityprovider::types::UserPoolDescriptionType;
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

    fn settings(text: &str) -> State {
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
        assert_eq!(expires.settings.initial_deletion_protection, None);
        let off = settings("stack: demo\nuser_pool: { deletion_protection: INACTIVE }\n");
        assert_eq!(off.settings.initial_deletion_protection, None);
        assert_eq!(off.settings.deletion_protection.as_deref(), Some("INACTIVE"));
    }

    #[tokio::test]
    async fn a_pool_whose_answer_was_lost_is_found_and_not_made_twice() {
        let create = mock!(Client::create_user_pool).then_error(|| {
            CreateUserPoolError::InternalErrorException(InternalErrorException::builder().build())
        });
        let list = mock!(Client::list_user_pools).then_output(|| {
            let listed = UserPoolDescriptionType::builder().id("us-east-1_x").name("demo");
            ListUserPoolsOutput::builder().user_pools(listed.build()).build()
        });
        let describe = mock!(Client::describe_user_pool)
            .then_output(|| DescribeUserPoolOutput::builder().user_pool(made()).build());
        let add = mock!(Client::add_custom_attributes)
            .then_output(|| AddCustomAttributesOutput::builder().build());
        let mocks = [&create, &list, &describe, &add];
        let client = mock_client!(
            aws_sdk_cognitoidentityprovider,
            aws_smithy_mocks::RuleMode::MatchAny,
            mocks
        );
        let aws = Aws::with_cognito(client);
        let address = Address::new(["user_pool"]);
        let found = UserPool::create(&aws, &address, settings(FILE)).await.unwrap();
        assert_eq!((found.id.as_str(), create.num_calls()), ("us-east-1_x", 1));
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

    #[tokio::test]
    async fn factors_go_before_what_they_need_is_taken_away_and_come_after_it() {
        use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
        use aws_sdk_cognitoidentityprovider::operation::set_user_pool_mfa_config::SetUserPoolMfaConfigOutput;
        use aws_sdk_cognitoidentityprovider::types::{
            EmailConfigurationType, EmailMfaConfigType, EmailSendingAccountType, UserPoolMfaType,
        };
        use std::sync::{Arc, Mutex};
        for (mode, sender, first) in [("ON", "DEVELOPER", false), ("OFF", "COGNITO_DEFAULT", true)]
        {
            let now = || {
                let mut pool = made();
                pool.mfa_configuration = Some(UserPoolMfaType::Optional);
                pool.email_configuration = Some(
                    EmailConfigurationType::builder()
                        .email_sending_account(EmailSendingAccountType::Developer)
                        .build(),
                );
                pool
            };
            let factors = || {
                GetUserPoolMfaConfigOutput::builder()
                    .mfa_configuration(UserPoolMfaType::Optional)
                    .email_mfa_configuration(EmailMfaConfigType::builder().build())
                    .build()
            };
            let order: Arc<Mutex<Vec<&str>>> = Arc::default();
            let (sent_mfa, sent_pool) = (order.clone(), order.clone());
            let describe = mock!(Client::describe_user_pool)
                .then_output(move || DescribeUserPoolOutput::builder().user_pool(now()).build());
            let get = mock!(Client::get_user_pool_mfa_config).then_output(factors);
            let set = mock!(Client::set_user_pool_mfa_config).then_output(move || {
                sent_mfa.lock().unwrap().push("mfa");
                SetUserPoolMfaConfigOutput::builder().build()
            });
            let update = mock!(Client::update_user_pool).then_output(move || {
                sent_pool.lock().unwrap().push("pool");
                UpdateUserPoolOutput::builder().build()
            });
            let mocks = [&describe, &get, &set, &update];
            let aws = Aws::with_cognito(mock_client!(
                aws_sdk_cognitoidentityprovider,
                aws_smithy_mocks::RuleMode::MatchAny,
                mocks
            ));
            let mut planned = live(&aws, now()).unwrap();
            let state = planned.state.as_object_mut().unwrap();
            state.extend(pool_mfa::state(&factors()).as_object().unwrap().clone());
            let factor = if first { "" } else { "\n  email_mfa_configuration: {}" };
            let identity = "arn:aws:ses:us-east-1:123456789012:identity/x@example.com";
            let arn = if first { String::new() } else { format!(", source_arn: \"{identity}\"") };
            let want = settings(&format!(
                "stack: demo\nuser_pool:\n  name: new\n  mfa_configuration: \"{mode}\"{factor}\n  \
                 email_configuration: {{ email_sending_account: {sender}{arn} }}\n"
            ));
            let change = Change {
                live: &planned,
                want,
                paths: vec!["mfa_configuration", "pool_name", "email_configuration"],
            };
            UserPool::update(&aws, change).await.unwrap();
            let expected = if first { ["mfa", "pool"] } else { ["pool", "mfa"] };
            assert_eq!(*order.lock().unwrap(), expected, "{mode}");
        }
    }
}
