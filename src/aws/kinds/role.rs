//! The execution role of a function.
//!
//! Roles are global, so their names hold the region; they live under the path
//! `/provision/<region>/<stack>/`, so that one call lists those of a stack.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>

use std::collections::BTreeMap;

use aws_sdk_iam::types::{Role as IamRole, Tag};
use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::error::{deleted, failed, found, is_there, required, unbuildable};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::settle::settled;
use crate::aws::{Aws, tags};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Live, Origin, OutputName, Outputs, Ownership, Pattern, Rule,
};
use crate::spec::Stack;
use crate::spec::stack::Texts;

/// The kind.
pub struct Role;

/// What a role can be asked to be.
#[derive(Debug, Deserialize)]
pub struct State {
    role_name: String,
    path: String,
    assume_role_policy_document: Value,
    tags: BTreeMap<String, String>,
}

impl Kind for Role {
    const NAME: &'static str = "role";
    const PLACE: Pattern = Pattern("lambdas.*.role");
    const FIELDS: &'static [Field] = &[
        Field { path: "assume_role_policy_document", rule: Rule::Policy },
        Field { path: "role_name", rule: Rule::Replaces("IAM cannot rename a role") },
        Field { path: "path", rule: Rule::Replaces("IAM cannot move a role to another path") },
        Field { path: "tags.provision:expires", rule: Rule::Once },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("arn"), OutputName::plain("name")];
    type State = State;

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let declare = |key: &String| {
            let address = super::function_address(key).child("role");
            let name = format!("{}-{}-{key}", stack.stack, given.region);
            let path = super::role_path(&stack.stack, &given.region);
            let mut tags = tags::wanted(stack, given, &address, &Texts::new());
            tags.insert(tags::REGION.to_owned(), json!(given.region));
            Declared {
                kind: Self::NAME,
                want: json!({
                    "role_name": name,
                    "path": path,
                    "assume_role_policy_document": trust(),
                    "tags": tags,
                }),
                after: Vec::new(),
                predicted: [
                    ("arn", format!("arn:{}:iam::${{account}}:role{path}{name}", partition(given))),
                    ("name", name.clone()),
                ]
                .into(),
                name,
                address,
                origin: Origin::Made,
            }
        };
        stack.functions().map(|(key, _)| declare(key)).collect()
    }

    /// Lists the stack's path, and reads the declared names, which may be taken by somebody else.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let (listed, declared) = futures::try_join!(
            aws.roles(),
            try_join_all(scope.own().map(|declared| read(aws, &declared.name))),
        )?;
        let declared: Vec<IamRole> = declared.into_iter().flatten().collect();
        let is_new = |name: &&String| declared.iter().all(|known| known.role_name != **name);
        let rest = listed.iter().filter(is_new).map(|name| read(aws, name));
        let rest = try_join_all(rest).await?;
        declared.iter().chain(rest.iter().flatten()).map(|role| live(aws, role)).collect()
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State { role_name, path, assume_role_policy_document, tags } = want;
        let create = aws
            .iam
            .create_role()
            .role_name(&role_name)
            .path(path)
            .assume_role_policy_document(assume_role_policy_document.to_string())
            .set_tags(Some(iam_tags(&tags)?));
        match create.send().await.map_err(failed("CreateRole")) {
            Ok(answer) => {
                let role = required(answer.role, "Role")?;
                Ok(Made { id: role_name.clone(), outputs: outputs(&role.arn, &role_name) })
            }
            // An earlier try made it and its answer was lost.
            Err(error) if is_there(&error) => match read(aws, &role_name).await? {
                Some(role) if live(aws, &role)?.ownership == Ownership::Ours => {
                    Ok(Made { id: role_name.clone(), outputs: outputs(&role.arn, &role_name) })
                }
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let State { role_name, path: _, assume_role_policy_document, tags } = &change.want;
        if change.touches("assume_role_policy_document") {
            let update = aws
                .iam
                .update_assume_role_policy()
                .role_name(role_name)
                .policy_document(assume_role_policy_document.to_string());
            update.send().await.map_err(failed("UpdateAssumeRolePolicy"))?;
        }
        if change.touches("tags") {
            let tag = aws.iam.tag_role().role_name(role_name).set_tags(Some(iam_tags(tags)?));
            tag.send().await.map_err(failed("TagRole"))?;
        }
        Ok(Outputs::default())
    }

    /// Takes everything off the role first: IAM deletes none that has policies.
    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let name = &live.id;
        let inline = aws.iam.list_role_policies().role_name(name).into_paginator().items().send();
        let attached =
            aws.iam.list_attached_role_policies().role_name(name).into_paginator().items().send();
        let (inline, attached) = futures::join!(
            inline.collect::<Result<Vec<_>, _>>(),
            attached.collect::<Result<Vec<_>, _>>()
        );
        let inline = found(inline.map_err(failed("ListRolePolicies")))?.unwrap_or_default();
        let attached = found(attached.map_err(failed("ListAttachedRolePolicies")))?;
        for policy in inline {
            let delete = aws.iam.delete_role_policy().role_name(name).policy_name(policy);
            deleted(delete.send().await.map_err(failed("DeleteRolePolicy")))?;
        }
        for policy in attached.unwrap_or_default() {
            let detach =
                aws.iam.detach_role_policy().role_name(name).set_policy_arn(policy.policy_arn);
            deleted(detach.send().await.map_err(failed("DetachRolePolicy")))?;
        }
        let delete = || async {
            aws.iam.delete_role().role_name(name).send().await.map_err(failed("DeleteRole"))
        };
        deleted(settled("the role to lose its policies", delete).await)
    }
}

fn partition(given: &Given) -> String {
    crate::resource::Context::new("", &given.region, "").partition
}

/// Lambda may take the role on.
fn trust() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }],
    })
}

fn iam_tags(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, CloudError> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(|error| unbuildable(&error))
}

async fn read(aws: &Aws, name: &str) -> Result<Option<IamRole>, CloudError> {
    let answer = aws.iam.get_role().role_name(name).send().await;
    Ok(found(answer.map_err(failed("GetRole")))?.and_then(|answer| answer.role))
}

fn outputs(arn: &str, name: &str) -> Outputs {
    Outputs::plain([("arn", arn.to_owned()), ("name", name.to_owned())])
}

fn live(aws: &Aws, role: &IamRole) -> Result<Live, CloudError> {
    let name = role.role_name.clone();
    let tags = role.tags.iter().flatten().map(|tag| (tag.key.clone(), tag.value.clone()));
    let tags = tags::read(Some(tags.collect()));
    let prefix = format!("{}-{}-", aws.stack, aws.region);
    let key = name.strip_prefix(&prefix).unwrap_or(&name);
    let ours = role.path == super::role_path(&aws.stack, &aws.region);
    let document = role.assume_role_policy_document.as_deref().map(document).transpose()?;
    Ok(Live {
        address: super::function_address(key).child("role"),
        kind: Role::NAME,
        id: name.clone(),
        state: json!({
            "role_name": name,
            "path": role.path,
            "assume_role_policy_document": document,
            "tags": tags::state(&tags),
        }),
        outputs: outputs(&role.arn, &name),
        ownership: if ours { Ownership::Ours } else { tags::owner(&tags, "") },
    })
}

/// A policy document as IAM answers it: JSON, percent-encoded.
pub(super) fn document(encoded: &str) -> Result<Value, CloudError> {
    let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8_lossy();
    serde_json::from_str(&decoded)
        .map_err(|error| CloudError::new(format!("IAM answered a policy that is no JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::Client;
    use aws_sdk_iam::operation::create_role::{CreateRoleError, CreateRoleOutput};
    use aws_sdk_iam::operation::delete_role::DeleteRoleOutput;
    use aws_sdk_iam::operation::delete_role_policy::DeleteRolePolicyOutput;
    use aws_sdk_iam::operation::detach_role_policy::DetachRolePolicyOutput;
    use aws_sdk_iam::operation::get_role::GetRoleOutput;
    use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
    use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput;
    use aws_sdk_iam::types::AttachedPolicy;
    use aws_sdk_iam::types::error::EntityAlreadyExistsException;
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use aws_smithy_types::DateTime;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn iam_role(path: &str) -> IamRole {
        IamRole::builder()
            .role_name("demo-us-east-1-fn")
            .role_id("AROA")
            .path(path)
            .arn("arn:aws:iam::123456789012:role/provision/us-east-1/demo/demo-us-east-1-fn")
            .create_date(DateTime::from_secs(0))
            .assume_role_policy_document("%7B%22Version%22%3A%222012-10-17%22%7D")
            .build()
            .unwrap()
    }

    fn want() -> State {
        State {
            role_name: "demo-us-east-1-fn".into(),
            path: "/provision/us-east-1/demo/".into(),
            assume_role_policy_document: trust(),
            tags: [("provision:stack".to_owned(), "demo".to_owned())].into(),
        }
    }

    #[tokio::test]
    async fn a_role_is_made_under_the_stacks_path_for_lambda_alone() {
        let create = mock!(Client::create_role)
            .match_requests(|sent| {
                let trust = sent.assume_role_policy_document().unwrap_or_default();
                sent.path() == Some("/provision/us-east-1/demo/")
                    && trust.contains("lambda.amazonaws.com")
                    && sent.tags().len() == 1
            })
            .then_output(|| {
                CreateRoleOutput::builder().role(iam_role("/provision/us-east-1/demo/")).build()
            });
        let aws = Aws { iam: mock_client!(aws_sdk_iam, [&create]), ..Aws::test() };
        let made = Role::create(&aws, &Address::new(["x"]), want()).await.unwrap();
        assert_eq!(made.id, "demo-us-east-1-fn");
    }

    #[tokio::test]
    async fn a_role_that_is_there_is_taken_where_it_is_ours_and_refused_where_it_is_not() {
        let there = || {
            mock!(Client::create_role).then_error(|| {
                let meta = ErrorMetadata::builder().code("EntityAlreadyExists").build();
                let there = EntityAlreadyExistsException::builder().meta(meta).build();
                CreateRoleError::EntityAlreadyExistsException(there)
            })
        };
        for (path, taken) in [("/provision/us-east-1/demo/", true), ("/", false)] {
            let there = there();
            let get = mock!(Client::get_role)
                .then_output(move || GetRoleOutput::builder().role(iam_role(path)).build());
            let iam = mock_client!(aws_sdk_iam, RuleMode::MatchAny, [&there, &get]);
            let aws = Aws { iam, ..Aws::test() };
            assert_eq!(Role::create(&aws, &Address::new(["x"]), want()).await.is_ok(), taken);
        }
    }

    #[tokio::test]
    async fn a_role_loses_everything_before_it_is_deleted() {
        let inline = mock!(Client::list_role_policies).then_output(|| {
            ListRolePoliciesOutput::builder().policy_names("by-hand").build().unwrap()
        });
        let attached = mock!(Client::list_attached_role_policies).then_output(|| {
            let policy = AttachedPolicy::builder().policy_arn("arn:aws:iam::aws:policy/X").build();
            ListAttachedRolePoliciesOutput::builder().attached_policies(policy).build()
        });
        let delete_policy = mock!(Client::delete_role_policy)
            .match_requests(|sent| sent.policy_name() == Some("by-hand"))
            .then_output(|| DeleteRolePolicyOutput::builder().build());
        let detach = mock!(Client::detach_role_policy)
            .then_output(|| DetachRolePolicyOutput::builder().build());
        let delete = mock!(Client::delete_role).then_output(|| DeleteRoleOutput::builder().build());
        let rules = [&inline, &attached, &delete_policy, &detach, &delete];
        let aws = Aws { iam: mock_client!(aws_sdk_iam, RuleMode::MatchAny, &rules), ..Aws::test() };
        let live = live(&aws, &iam_role("/provision/us-east-1/demo/")).unwrap();
        Role::delete(&aws, &live).await.unwrap();
        let calls = [&delete_policy, &detach, &delete].map(|rule| rule.num_calls());
        assert_eq!(calls, [1, 1, 1]);
    }

    #[test]
    fn a_document_is_read_from_its_percent_encoding() {
        let read = document("%7B%22Version%22%3A%222012-10-17%22%7D").unwrap();
        assert_eq!(read, json!({ "Version": "2012-10-17" }));
    }
}
