//! Inline policies of an execution role: what the file says, and what every function needs.
//!
//! A kind of its own, so that roles are made at once and IAM's propagation overlaps with the rest:
//! a policy may refer to what is made later.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>

use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use super::role::document;
use crate::aws::error::{deleted, failed, found};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::settle::settled;
use crate::aws::{Aws, hazards};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, Outputs, Ownership, Pattern, Rule,
};
use crate::spec::Stack;
use crate::spec::stack::Lambda;

/// The kind.
pub struct RolePolicy;

/// The policy that a made role always has: its logs, and tracing and dead letters where they are on.
pub(super) const OWN: &str = "provision-basics";

/// What a change of a role waits for.
const OTHERS: &str = "other changes of the role to end";

/// One inline policy.
#[derive(Debug, Deserialize)]
pub struct State {
    role_name: String,
    policy_name: String,
    policy_document: Value,
}

impl Kind for RolePolicy {
    const NAME: &'static str = "role_policy";
    const PLACE: Pattern = Pattern("lambdas.*.inline_policies.*");
    const FIELDS: &'static [Field] = &[
        Field { path: "policy_document", rule: Rule::Policy },
        Field { path: "role_name", rule: Rule::Replaces("a policy stands in one role") },
    ];
    const PARENT: Option<&'static str> = Some("role");
    const REFERS_TO: &'static [&'static str] = &["role"];
    const HAZARDS: &'static [Hazard] = hazards::ROLE_POLICY;
    const GOES_BEFORE: &'static [&'static str] = &["function"];
    type State = State;

    fn written(live: &Live, _: &[Live]) -> Option<(Address, Value)> {
        Some((live.address.clone(), live.state["policy_document"].clone()))
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let of_function = |(key, lambda): (&String, &crate::spec::Settings<Lambda>)| {
            let function = super::function_address(key);
            let own = basics(stack, given, key, &lambda.given);
            let written = lambda.given.inline_policies.iter();
            let written =
                written.filter_map(|(name, policy)| Some((name.clone(), policy.clone()?.0)));
            let all = written.chain([(OWN.to_owned(), own)]);
            all.map(move |(name, mut policy)| {
                // IAM's own default is the version of 2008, which knows no variables.
                if let Value::Object(policy) = &mut policy {
                    policy.entry("Version").or_insert("2012-10-17".into());
                }
                Declared {
                    address: function.child("inline_policies").child(&name),
                    kind: Self::NAME,
                    want: json!({
                        "role_name": format!("${{{}}}", function.child("role").child("name")),
                        "policy_name": name,
                        "policy_document": policy,
                    }),
                    name,
                    after: Vec::new(),
                    predicted: [].into(),
                    origin: Origin::Made,
                }
            })
            .collect::<Vec<_>>()
        };
        let made = stack.functions().filter(|(_, lambda)| lambda.given.role.is_none());
        made.flat_map(of_function).collect()
    }

    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let role = scope.parent()?;
        let list = aws.iam.list_role_policies().role_name(&role.id).into_paginator().items().send();
        let names = list.collect::<Result<Vec<_>, _>>().await.map_err(failed("ListRolePolicies"));
        let names = found(names)?.unwrap_or_default();
        let reads = names.iter().map(|name| live(aws, role, name));
        Ok(try_join_all(reads).await?.into_iter().flatten().collect())
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let role = live.state["role_name"].as_str().unwrap_or_default();
        Ok(Now::of(read(aws, role, &live.id).await?))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        put(aws, &want).await?;
        Ok(Made { id: want.policy_name, outputs: Outputs::default() })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        put(aws, &change.want).await?;
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let role = live.state["role_name"].as_str().unwrap_or_default();
        delete(aws, role, &live.id).await
    }
}

/// Removes a policy from a role; one that is gone, or whose role is, counts as removed.
pub(super) async fn delete(aws: &Aws, role: &str, policy: &str) -> Result<(), CloudError> {
    let delete = || async {
        let delete = aws.iam.delete_role_policy().role_name(role).policy_name(policy);
        delete.send().await.map_err(failed("DeleteRolePolicy"))
    };
    deleted(settled(OTHERS, delete).await)
}

/// Replaces the policy of that name.
async fn put(aws: &Aws, want: &State) -> Result<(), CloudError> {
    let State { role_name, policy_name, policy_document } = want;
    let put = || async {
        let put = aws
            .iam
            .put_role_policy()
            .role_name(role_name)
            .policy_name(policy_name)
            .policy_document(policy_document.to_string());
        put.send().await.map_err(failed("PutRolePolicy"))
    };
    settled(OTHERS, put).await.map(drop)
}

/// A policy's state.
async fn read(aws: &Aws, role: &str, name: &str) -> Result<Option<Value>, CloudError> {
    let get = aws.iam.get_role_policy().role_name(role).policy_name(name);
    let Some(answer) = found(get.send().await.map_err(failed("GetRolePolicy")))? else {
        return Ok(None);
    };
    Ok(Some(json!({
        "role_name": role,
        "policy_name": name,
        "policy_document": document(&answer.policy_document)?,
    })))
}

async fn live(aws: &Aws, role: &Live, name: &str) -> Result<Option<Live>, CloudError> {
    let Some(state) = read(aws, &role.id, name).await? else { return Ok(None) };
    let function = role.address.parent().unwrap_or_else(|| role.address.clone());
    Ok(Some(Live {
        address: function.child("inline_policies").child(name),
        kind: RolePolicy::NAME,
        id: name.to_owned(),
        state,
        outputs: Outputs::default(),
        ownership: Ownership::Ours,
    }))
}

/// The least that a function needs: to write its own logs, and traces and dead letters where they are
/// on.
///
/// It may not make its log group: that is ours, and a function that outlives it would make it again.
fn basics(stack: &Stack, given: &Given, key: &str, lambda: &Lambda) -> Value {
    let named = lambda.logging_config.as_ref().and_then(|logging| logging.log_group.clone());
    let group = named.unwrap_or_else(|| super::log_group::name(stack, key, lambda));
    let group = super::arn(given, "logs", &format!("log-group:{group}:*"));
    let mut statements = vec![json!({
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": group,
    })];
    if lambda.tracing_config.as_deref() == Some("Active") {
        statements.push(json!({
            "Effect": "Allow",
            "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            "Resource": "*",
        }));
    }
    if let Some(target) = lambda.dead_letter_config.as_ref().filter(|target| !target.is_empty()) {
        // An ARN that is not known yet may be of either.
        let actions = match target {
            target if target.contains(":sqs:") => json!("sqs:SendMessage"),
            target if target.contains(":sns:") => json!("sns:Publish"),
            _ => json!(["sqs:SendMessage", "sns:Publish"]),
        };
        statements.push(json!({ "Effect": "Allow", "Action": actions, "Resource": target }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::Client;
    use aws_sdk_iam::operation::put_role_policy::PutRolePolicyOutput;
    use aws_smithy_mocks::{mock, mock_client};

    use super::*;

    /// The policy that a made role always has, of a function with these settings.
    fn own(settings: Value) -> Option<Value> {
        let mut function = json!({ "code": "x", "runtime": "python3.13", "handler": "x.y" });
        crate::spec::lay_over(&mut function, settings);
        let stack = json!({ "stack": "demo", "lambdas": { "fn": function } });
        let given = Given { region: "us-east-1".into(), ..Given::default() };
        let declared = RolePolicy::declare(&serde_json::from_value(stack).unwrap(), &given);
        declared.into_iter().find(|d| d.name == OWN).map(|d| d.want["policy_document"].clone())
    }

    #[test]
    fn a_made_role_may_write_to_its_group_and_its_dead_letters_and_nothing_else() {
        let group = |name: &str| format!("arn:aws:logs:us-east-1:${{account}}:log-group:{name}:*");
        let statements = |settings| own(settings).unwrap()["Statement"].clone();
        let plain = statements(json!({}));
        assert_eq!(plain.as_array().map(Vec::len), Some(1));
        assert_eq!(plain[0]["Resource"], group("/aws/lambda/demo-fn"));
        let named = statements(json!({ "log_group": { "name": "mine" } }));
        assert_eq!(named[0]["Resource"], group("mine"));
        let theirs = statements(json!({ "logging_config": { "log_group": "theirs" } }));
        assert_eq!(theirs[0]["Resource"], group("theirs"));
        for (target, actions) in [
            ("arn:aws:sqs:us-east-1:1:q", json!("sqs:SendMessage")),
            ("arn:aws:sns:us-east-1:1:t", json!("sns:Publish")),
            ("${ssm./failed}", json!(["sqs:SendMessage", "sns:Publish"])),
        ] {
            let statement = statements(json!({ "dead_letter_config": target }))[1].clone();
            assert_eq!((&statement["Resource"], &statement["Action"]), (&json!(target), &actions));
        }
        assert_eq!(own(json!({ "role": "arn:aws:iam::123456789012:role/x" })), None);
    }

    #[tokio::test]
    async fn the_policy_that_is_sent_is_the_one_that_is_wanted() {
        let put = mock!(Client::put_role_policy)
            .match_requests(|sent| {
                let text = sent.policy_document().unwrap_or_default();
                let document: Value = serde_json::from_str(text).unwrap_or_default();
                sent.role_name() == Some("demo-us-east-1-fn")
                    && sent.policy_name() == Some("p")
                    && document["Statement"][0]["Resource"] == "arn:x"
            })
            .then_output(|| PutRolePolicyOutput::builder().build());
        let aws = Aws { iam: mock_client!(aws_sdk_iam, [&put]), ..Aws::test() };
        let want = State {
            role_name: "demo-us-east-1-fn".into(),
            policy_name: "p".into(),
            policy_document: json!({ "Statement": [{ "Resource": "arn:x" }] }),
        };
        RolePolicy::create(&aws, &Address::new(["x"]), want).await.unwrap();
        assert_eq!(put.num_calls(), 1);
    }
}
