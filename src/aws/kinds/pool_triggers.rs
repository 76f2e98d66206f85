//! The functions that a user pool calls.
//!
//! A kind of its own, after the pool, the functions, their policies and their permissions: that is
//! what opens the circle of a function that needs the pool's id and is that pool's trigger.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_LambdaConfigType.html>

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::LambdaConfigType;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::{Aws, pool_body};
use crate::engine::{CloudError, Made};
use crate::resource::{Address, Declared, Field, Live, Outputs, Ownership, Pattern, Rule};
use crate::spec::Stack;
use crate::spec::stack::Lambda;

/// The kind.
pub struct PoolTriggers;

/// All triggers of one pool.
#[derive(Debug, Deserialize)]
pub struct State {
    user_pool_id: String,
    /// ARNs by the trigger's name in the file.
    triggers: BTreeMap<String, String>,
}

impl Kind for PoolTriggers {
    const NAME: &'static str = "pool_triggers";
    const PLACE: Pattern = Pattern("user_pool.triggers");
    const FIELDS: &'static [Field] = &[
        Field { path: "triggers", rule: Rule::Exclusive },
        Field { path: "user_pool_id", rule: Rule::Replaces("triggers belong to one pool") },
    ];
    const PARENT: Option<&'static str> = Some("user_pool");
    const REFERS_TO: &'static [&'static str] = &["function", "permission"];
    const GOES_WITH: &'static [&'static str] = &["user_pool"];
    type State = State;

    fn declare(stack: &Stack, _: &Given) -> Vec<Declared> {
        let Some(pool) = stack.pool().filter(|pool| !pool.triggers.is_empty()) else {
            return Vec::new();
        };
        let mut after = Vec::new();
        let mut triggers = BTreeMap::new();
        for (trigger, function) in &pool.triggers {
            let name =
                serde_json::to_value(trigger).ok().and_then(|v| v.as_str().map(str::to_owned));
            if let Some((key, lambda)) = super::function_of(stack, function) {
                after.extend(needed(key, &lambda.given));
            }
            triggers.insert(name.unwrap_or_default(), super::function_arn(stack, function));
        }
        vec![Declared {
            address: Address::new(["user_pool", "triggers"]),
            kind: Self::NAME,
            name: String::new(),
            want: json!({ "user_pool_id": "${user_pool.id}", "triggers": triggers }),
            after,
            predicted: [].into(),
        }]
    }

    /// What the pool's own description says.
    async fn observe(_: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let pool = scope.parent()?;
        let triggers = &pool.state["triggers"];
        if triggers.as_object().is_none_or(serde_json::Map::is_empty) {
            return Ok(Vec::new());
        }
        Ok(vec![Live {
            address: Address::new(["user_pool", "triggers"]),
            kind: Self::NAME,
            id: pool.id.clone(),
            state: json!({ "user_pool_id": pool.id, "triggers": triggers }),
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        }])
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let id = want.user_pool_id.clone();
        set(aws, &id, want.triggers, &json!({})).await?;
        Ok(Made { id, outputs: Outputs::default() })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let planned = change.live.state["triggers"].clone();
        set(aws, &change.want.user_pool_id, change.want.triggers, &planned).await?;
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        set(aws, &live.id, BTreeMap::new(), &live.state["triggers"]).await
    }
}

/// What must be there before Cognito calls a function: its policies, and the permission to call it.
fn needed(key: &str, lambda: &Lambda) -> Vec<Address> {
    let function = super::function_address(key);
    let policies = lambda.inline_policies.keys();
    let mut all: Vec<Address> =
        policies.map(|name| function.child("inline_policies").child(name)).collect();
    all.push(function.child("inline_policies").child("provision-basics"));
    all.push(function.child("permissions").child("user_pool"));
    all
}

/// Sets all triggers, unless they are no longer what the plan saw.
async fn set(
    aws: &Aws,
    pool: &str,
    wanted: BTreeMap<String, String>,
    planned: &Value,
) -> Result<(), CloudError> {
    let planned = planned.clone();
    aws.pool
        .patch(
            pool,
            Box::new(move |body| {
                let config = body.lambda_config.take();
                if json!(read(config.as_ref())) != planned {
                    return Err(pool_body::has_moved("triggers"));
                }
                body.lambda_config = Some(lay(config, &wanted));
                Ok(())
            }),
        )
        .await
}

/// Sets the triggers that the file can name, and keeps the rest of the configuration.
fn lay(config: Option<LambdaConfigType>, wanted: &BTreeMap<String, String>) -> LambdaConfigType {
    let mut config = config.unwrap_or_else(|| LambdaConfigType::builder().build());
    let arn = |name: &str| wanted.get(name).cloned();
    config.pre_sign_up = arn("pre_sign_up");
    config.custom_message = arn("custom_message");
    config.post_confirmation = arn("post_confirmation");
    config.pre_authentication = arn("pre_authentication");
    config.post_authentication = arn("post_authentication");
    config.define_auth_challenge = arn("define_auth_challenge");
    config.create_auth_challenge = arn("create_auth_challenge");
    config.verify_auth_challenge_response = arn("verify_auth_challenge_response");
    config.user_migration = arn("user_migration");
    config.pre_token_generation = arn("pre_token_generation");
    // AWS keeps the ARN in two places, and refuses a request in which they differ.
    config.pre_token_generation_config = match &config.pre_token_generation {
        None => None,
        Some(arn) => config.pre_token_generation_config.map(|mut versioned| {
            versioned.lambda_arn = arn.clone();
            versioned
        }),
    };
    config
}

/// The triggers of a pool, by their names in the file.
pub(super) fn read(config: Option<&LambdaConfigType>) -> BTreeMap<&'static str, String> {
    let Some(config) = config else { return BTreeMap::new() };
    let versioned = config.pre_token_generation_config.as_ref().map(|v| v.lambda_arn.clone());
    let all = [
        ("pre_sign_up", config.pre_sign_up.clone()),
        ("custom_message", config.custom_message.clone()),
        ("post_confirmation", config.post_confirmation.clone()),
        ("pre_authentication", config.pre_authentication.clone()),
        ("post_authentication", config.post_authentication.clone()),
        ("define_auth_challenge", config.define_auth_challenge.clone()),
        ("create_auth_challenge", config.create_auth_challenge.clone()),
        ("verify_auth_challenge_response", config.verify_auth_challenge_response.clone()),
        ("user_migration", config.user_migration.clone()),
        ("pre_token_generation", config.pre_token_generation.clone().or(versioned)),
    ];
    all.into_iter().filter_map(|(name, arn)| Some((name, arn.filter(|a| !a.is_empty())?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_triggers_keeps_what_the_file_cannot_name() {
        let config =
            LambdaConfigType::builder().kms_key_id("arn:key").pre_sign_up("arn:old").build();
        let wanted = [("define_auth_challenge".to_owned(), "arn:new".to_owned())].into();
        let laid = lay(Some(config), &wanted);
        assert_eq!(laid.kms_key_id(), Some("arn:key"));
        assert_eq!(laid.pre_sign_up(), None, "wiring is exclusive");
        assert_eq!(read(Some(&laid)), [("define_auth_challenge", "arn:new".to_owned())].into());
    }
}
