//! The functions that a user pool calls.
//!
//! A kind of its own, after the pool, the functions, their policies and their permissions: that is
//! what opens the circle of a function that needs the pool's id and is that pool's trigger.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_LambdaConfigType.html>

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::{
    CustomEmailLambdaVersionConfigType, CustomSmsLambdaVersionConfigType,
    InboundFederationLambdaType, LambdaConfigType, PreTokenGenerationVersionConfigType,
    UserPoolType,
};
use aws_smithy_types::error::operation::BuildError;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::error::unbuildable;
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::{Aws, hazards, moved};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, Outputs, Ownership, Pattern, Rule,
};
use crate::spec::Stack;
use crate::spec::stack::{Lambda, Trigger};

/// The kind.
pub struct PoolTriggers;

/// The only shape of the event that most triggers have, and the default of the others.
const FIRST_VERSION: &str = "V1_0";

/// All triggers of one pool.
#[derive(Debug, Deserialize)]
pub struct State {
    user_pool_id: String,
    #[serde(flatten)]
    wiring: Wiring,
}

/// What a pool calls, and how.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wiring {
    /// ARNs by the trigger's name in the file.
    triggers: BTreeMap<String, String>,
    /// The shape of the event, of those triggers that have more than one.
    lambda_versions: BTreeMap<String, String>,
    /// The key that codes are encrypted with for custom senders.
    kms_key_id: Option<String>,
}

impl Kind for PoolTriggers {
    const NAME: &'static str = "pool_triggers";
    const PLACE: Pattern = Pattern("user_pool.triggers");
    const FIELDS: &'static [Field] = &[
        Field { path: "triggers", rule: Rule::Exclusive },
        Field { path: "lambda_versions", rule: Rule::Exclusive },
        Field { path: "user_pool_id", rule: Rule::Replaces("triggers belong to one pool") },
    ];
    const PARENT: Option<&'static str> = Some("user_pool");
    const REFERS_TO: &'static [&'static str] = &["function", "permission"];
    const GOES_WITH: &'static [&'static str] = &["user_pool"];
    const HAZARDS: &'static [Hazard] = hazards::POOL_TRIGGERS;
    type State = State;

    fn written(live: &Live, _: &[Live]) -> Option<(Address, Value)> {
        let mut triggers = live.state["triggers"].clone();
        if let Some(version) = live.state["lambda_versions"]["pre_token_generation"].as_str()
            && version != FIRST_VERSION
        {
            let lambda = triggers["pre_token_generation"].take();
            triggers["pre_token_generation"] =
                json!({ "lambda": lambda, "lambda_version": version });
        }
        let mut pool = json!({ "triggers": triggers });
        if let Some(key) = live.state["kms_key_id"].as_str() {
            pool["kms_key_id"] = json!(key);
        }
        Some((Address::new(["user_pool"]), pool))
    }

    fn declare(stack: &Stack, _: &Given) -> Vec<Declared> {
        let Some(pool) = stack.pool().filter(|pool| !pool.triggers.is_empty()) else {
            return Vec::new();
        };
        let mut after = Vec::new();
        let mut triggers = BTreeMap::new();
        let mut versions = BTreeMap::new();
        for (trigger, function) in &pool.triggers {
            if let Some((key, lambda)) = super::function_of(stack, &function.lambda) {
                after.extend(needed(key, &lambda.given));
            }
            triggers.insert(trigger.name(), super::function_arn(stack, &function.lambda));
            if *trigger == Trigger::PreTokenGeneration {
                let version = function.lambda_version.as_deref().unwrap_or(FIRST_VERSION);
                versions.insert(trigger.name(), version);
            }
        }
        vec![Declared {
            address: Address::new(["user_pool", "triggers"]),
            kind: Self::NAME,
            name: String::new(),
            want: json!({
                "user_pool_id": "${user_pool.id}",
                "triggers": triggers,
                "lambda_versions": versions,
                "kms_key_id": pool.kms_key_id,
            }),
            after,
            predicted: [].into(),
            origin: Origin::Made,
        }]
    }

    /// What the pool's own description says.
    async fn observe(_: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let pool = scope.parent()?;
        let mut state = pool.state["triggers"].clone();
        let calls_nothing = state["triggers"].as_object().is_none_or(serde_json::Map::is_empty);
        if calls_nothing && state["kms_key_id"].is_null() {
            return Ok(Vec::new());
        }
        state["user_pool_id"] = json!(pool.id);
        Ok(vec![Live {
            address: Address::new(["user_pool", "triggers"]),
            kind: Self::NAME,
            id: pool.id.clone(),
            state,
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        }])
    }

    /// The pool's writer reads them before it writes.
    async fn now(_: &Aws, _: &Live) -> Result<Now, CloudError> {
        Ok(Now::Watched)
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let id = want.user_pool_id.clone();
        set(aws, &id, want.wiring, &read(None)).await?;
        Ok(Made { id, outputs: Outputs::default() })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        set(aws, &change.want.user_pool_id, change.want.wiring, &change.live.state).await?;
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        set(aws, &live.id, Wiring::default(), &live.state).await
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
async fn set(aws: &Aws, pool: &str, wanted: Wiring, planned: &Value) -> Result<(), CloudError> {
    let planned = planned.clone();
    let patch = move |body: &mut UserPoolType| {
        let config = body.lambda_config.take();
        let now = read(config.as_ref());
        let all = ["triggers", "lambda_versions", "kms_key_id"];
        moved::check(&planned, &now, all.into_iter(), PoolTriggers::FIELDS)?;
        body.lambda_config = Some(lay(&wanted)?);
        Ok(())
    };
    aws.pool.patch(pool, Box::new(patch)).await
}

/// The configuration with exactly these triggers.
fn lay(wanted: &Wiring) -> Result<LambdaConfigType, CloudError> {
    let arn = |name: &str| wanted.triggers.get(name).cloned();
    let built = |error: BuildError| unbuildable(&error);
    // The older member alone means the first version.
    let version = wanted.lambda_versions.get("pre_token_generation");
    let version = version.filter(|version| *version != FIRST_VERSION);
    let pre_token = arn("pre_token_generation").zip(version).map(|(arn, version)| {
        PreTokenGenerationVersionConfigType::builder()
            .lambda_version(version.as_str().into())
            .lambda_arn(arn)
            .build()
    });
    let text = arn("custom_sms_sender").map(|arn| {
        let sender = CustomSmsLambdaVersionConfigType::builder();
        sender.lambda_version(FIRST_VERSION.into()).lambda_arn(arn).build()
    });
    let email = arn("custom_email_sender").map(|arn| {
        let sender = CustomEmailLambdaVersionConfigType::builder();
        sender.lambda_version(FIRST_VERSION.into()).lambda_arn(arn).build()
    });
    let federation = arn("inbound_federation").map(|arn| {
        let trigger = InboundFederationLambdaType::builder();
        trigger.lambda_version(FIRST_VERSION.into()).lambda_arn(arn).build()
    });
    Ok(LambdaConfigType::builder()
        .set_pre_sign_up(arn("pre_sign_up"))
        .set_custom_message(arn("custom_message"))
        .set_post_confirmation(arn("post_confirmation"))
        .set_pre_authentication(arn("pre_authentication"))
        .set_post_authentication(arn("post_authentication"))
        .set_define_auth_challenge(arn("define_auth_challenge"))
        .set_create_auth_challenge(arn("create_auth_challenge"))
        .set_verify_auth_challenge_response(arn("verify_auth_challenge_response"))
        .set_user_migration(arn("user_migration"))
        // AWS keeps the ARN in two places, and refuses a request in which they differ.
        .set_pre_token_generation(arn("pre_token_generation"))
        .set_pre_token_generation_config(pre_token.transpose().map_err(built)?)
        .set_custom_sms_sender(text.transpose().map_err(built)?)
        .set_custom_email_sender(email.transpose().map_err(built)?)
        .set_inbound_federation(federation.transpose().map_err(built)?)
        .set_kms_key_id(wanted.kms_key_id.clone())
        .build())
}

/// What a pool calls, in the shape of [`Wiring`].
pub(super) fn read(config: Option<&LambdaConfigType>) -> Value {
    let none = LambdaConfigType::builder().build();
    let config = config.unwrap_or(&none);
    let versioned = config.pre_token_generation_config();
    let all = [
        (Trigger::PreSignUp, config.pre_sign_up()),
        (Trigger::CustomMessage, config.custom_message()),
        (Trigger::PostConfirmation, config.post_confirmation()),
        (Trigger::PreAuthentication, config.pre_authentication()),
        (Trigger::PostAuthentication, config.post_authentication()),
        (Trigger::DefineAuthChallenge, config.define_auth_challenge()),
        (Trigger::CreateAuthChallenge, config.create_auth_challenge()),
        (Trigger::VerifyAuthChallengeResponse, config.verify_auth_challenge_response()),
        (Trigger::UserMigration, config.user_migration()),
        (
            Trigger::PreTokenGeneration,
            config.pre_token_generation().or(versioned.map(|v| v.lambda_arn())),
        ),
        (Trigger::CustomSmsSender, config.custom_sms_sender().map(|s| s.lambda_arn())),
        (Trigger::CustomEmailSender, config.custom_email_sender().map(|s| s.lambda_arn())),
        (Trigger::InboundFederation, config.inbound_federation().map(|f| f.lambda_arn())),
    ];
    let triggers: BTreeMap<&str, &str> = all
        .into_iter()
        .filter_map(|(trigger, arn)| Some((trigger.name(), arn.filter(|arn| !arn.is_empty())?)))
        .collect();
    let mut versions = BTreeMap::new();
    if triggers.contains_key("pre_token_generation") {
        // Where only the older member is set, its version is the first.
        let version = versioned.map_or(FIRST_VERSION, |v| v.lambda_version().as_str());
        versions.insert("pre_token_generation", version);
    }
    let key = config.kms_key_id().filter(|key| !key.is_empty());
    json!({ "triggers": triggers, "lambda_versions": versions, "kms_key_id": key })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wiring(value: Value) -> Wiring {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_is_set_is_read_back_and_wiring_is_exclusive() {
        let wanted = json!({
            "triggers": {
                "define_auth_challenge": "arn:a",
                "pre_token_generation": "arn:b",
                "custom_email_sender": "arn:c",
            },
            "lambda_versions": { "pre_token_generation": "V2_0" },
            "kms_key_id": "arn:key",
        });
        let laid = lay(&wiring(wanted.clone())).unwrap();
        assert_eq!(laid.pre_token_generation(), Some("arn:b"), "both members say the same");
        assert_eq!(read(Some(&laid)), wanted);
        assert_eq!(read(Some(&lay(&Wiring::default()).unwrap())), read(None));
    }

    #[test]
    fn an_older_member_alone_is_the_first_version() {
        let config = LambdaConfigType::builder().pre_token_generation("arn:b").build();
        let state = read(Some(&config));
        assert_eq!(state["lambda_versions"], json!({ "pre_token_generation": "V1_0" }));
        let config = LambdaConfigType::builder().pre_sign_up("").kms_key_id("").build();
        assert_eq!(read(Some(&config)), read(None), "an empty text is none");
    }
}
