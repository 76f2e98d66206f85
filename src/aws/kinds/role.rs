//! The execution role of a function.
//!
//! Roles are global, so their names hold the region; they live under the path
//! `/provision/<region>/<stack>/`, so that one call lists those of a stack.
//!
//! A function that names an existing role has none of these.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_iam::types::{Role as IamRole, Tag};
use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::error::{deleted, failed, found, is_there, required, unbuildable};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::settle::{settled, until};
use crate::aws::{Aws, hazards, tags};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Ownership, Pattern,
    Replacing, Rule,
};
use crate::spec::stack::{Lambda, Texts};
use crate::spec::{Settings, Stack};

/// The kind.
pub struct Role;

/// What a role can be asked to be.
#[derive(Debug, Deserialize)]
pub struct State {
    role_name: String,
    path: String,
    assume_role_policy_document: Value,
    permissions_boundary: Option<String>,
    /// All of them: what is not here is detached.
    #[serde(default)]
    managed_policies: Vec<String>,
    tags: BTreeMap<String, String>,
}

/// What writes on a role may have to wait for.
const OTHERS: &str = "other changes of the role to end";

/// How long a role that was just made may not be shown.
const SHOWN: Duration = Duration::from_secs(120);

impl Kind for Role {
    const NAME: &'static str = "role";
    const PLACE: Pattern = Pattern("lambdas.*.role");
    const FIELDS: &'static [Field] = &[
        Field { path: "assume_role_policy_document", rule: Rule::Policy },
        Field { path: "role_name", rule: Rule::Replaces("IAM cannot rename a role") },
        // IAM cannot move a role, and one that was taken over may stand elsewhere.
        Field { path: "path", rule: Rule::WriteOnly },
        Field { path: "tags.provision:expires", rule: Rule::Once },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("arn"), OutputName::plain("name")];
    const HAZARDS: &'static [Hazard] = hazards::ROLE;
    const REPLACING: Replacing = Replacing::NewFirst;
    type State = State;

    fn defaults() -> Value {
        json!({ "managed_policies": [], "permissions_boundary": null })
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let made = stack.functions().filter(|(_, lambda)| lambda.given.role.is_none());
        made.map(|(key, lambda)| declare(stack, given, key, lambda)).collect()
    }

    /// Lists the stack's path, and reads the declared names, which may be taken by somebody else.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let (listed, declared) = futures::try_join!(
            aws.roles(),
            try_join_all(scope.own().map(|declared| read(aws, &declared.name))),
        )?;
        let declared: Vec<(IamRole, Vec<String>)> = declared.into_iter().flatten().collect();
        let is_new = |name: &&String| declared.iter().all(|(known, _)| known.role_name != **name);
        let rest = listed.iter().filter(is_new).map(|name| read(aws, name));
        let rest = try_join_all(rest).await?;
        let all = declared.iter().chain(rest.iter().flatten());
        let named = super::names(scope.own());
        let live = |(role, attached): &(IamRole, Vec<String>)| {
            let mut live = live(aws, role, attached)?;
            // A key may have changed, and a role keeps its name.
            if let Some(address) = named.get(&live.id) {
                live.address = address.clone();
            }
            Ok(live)
        };
        all.map(live).collect()
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let Some((role, attached)) = read(aws, &live.id).await? else { return Ok(Now::Gone) };
        Ok(Now::State(self::live(aws, &role, &attached)?.state))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State {
            role_name,
            path,
            assume_role_policy_document,
            permissions_boundary,
            managed_policies,
            tags,
        } = want;
        let create = aws
            .iam
            .create_role()
            .role_name(&role_name)
            .path(path)
            .assume_role_policy_document(assume_role_policy_document.to_string())
            .set_permissions_boundary(permissions_boundary)
            .set_tags(Some(iam_tags(&tags)?));
        let create = || async { create.clone().send().await.map_err(failed("CreateRole")) };
        let role = match settled("whom the role trusts to be known", create).await {
            Ok(answer) => required(answer.role, "Role")?,
            // An earlier try made it and its answer was lost.
            Err(error) if is_there(&error) => {
                let role = shown(aws, &role_name).await?;
                if live(aws, &role, &[])?.ownership != Ownership::Ours {
                    return Err(error);
                }
                role
            }
            Err(error) => return Err(error),
        };
        for policy in &managed_policies {
            attach(aws, &role_name, policy).await?;
        }
        Ok(Made { outputs: outputs(&role.arn, &role_name), id: role_name })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let State {
            role_name,
            path: _,
            assume_role_policy_document,
            permissions_boundary,
            managed_policies,
            tags,
        } = &change.want;
        if change.touches("assume_role_policy_document") {
            let update = || async {
                let update = aws
                    .iam
                    .update_assume_role_policy()
                    .role_name(role_name)
                    .policy_document(assume_role_policy_document.to_string());
                update.send().await.map_err(failed("UpdateAssumeRolePolicy"))
            };
            settled("whom the role trusts to be known", update).await?;
        }
        if change.touches("permissions_boundary") {
            bound(aws, role_name, permissions_boundary.as_deref()).await?;
        }
        if change.touches("managed_policies") {
            let attached = change.live.state["managed_policies"].as_array();
            let attached: Vec<&str> =
                attached.into_iter().flatten().filter_map(Value::as_str).collect();
            for policy in managed_policies.iter().filter(|p| !attached.contains(&p.as_str())) {
                attach(aws, role_name, policy).await?;
            }
            for policy in attached.iter().filter(|p| !managed_policies.iter().any(|m| m == **p)) {
                detach(aws, role_name, policy).await?;
            }
        }
        if change.touches("tags") {
            let tags = iam_tags(tags)?;
            let tag = || async {
                let tag = aws.iam.tag_role().role_name(role_name).set_tags(Some(tags.clone()));
                tag.send().await.map_err(failed("TagRole"))
            };
            settled(OTHERS, tag).await?;
        }
        Ok(Outputs::default())
    }

    /// Takes everything off the role first, whoever put it there: IAM deletes none that has policies,
    /// or that a machine has.
    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let name = &live.id;
        let inline = aws.iam.list_role_policies().role_name(name).into_paginator().items().send();
        let profiles = aws.iam.list_instance_profiles_for_role().role_name(name);
        let profiles = profiles.into_paginator().items().send();
        let (inline, profiles, attached) = futures::join!(
            inline.collect::<Result<Vec<_>, _>>(),
            profiles.collect::<Result<Vec<_>, _>>(),
            attached(aws, name),
        );
        let inline = found(inline.map_err(failed("ListRolePolicies")))?.unwrap_or_default();
        let profiles = found(profiles.map_err(failed("ListInstanceProfilesForRole")))?;
        for policy in inline {
            super::role_policy::delete(aws, name, &policy).await?;
        }
        for policy in found(attached)?.unwrap_or_default() {
            detach(aws, name, &policy).await?;
        }
        for profile in profiles.unwrap_or_default() {
            let profile = profile.instance_profile_name;
            let remove = || async {
                let remove = aws.iam.remove_role_from_instance_profile().role_name(name);
                let remove = remove.instance_profile_name(&profile).send().await;
                remove.map_err(failed("RemoveRoleFromInstanceProfile"))
            };
            deleted(settled(OTHERS, remove).await)?;
        }
        let delete = || async {
            aws.iam.delete_role().role_name(name).send().await.map_err(failed("DeleteRole"))
        };
        deleted(settled("the role to lose its policies", delete).await)
    }
}

fn declare(stack: &Stack, given: &Given, key: &str, lambda: &Settings<Lambda>) -> Declared {
    let address = super::function_address(key).child("role");
    let name = lambda.given.role_name.clone().unwrap_or_else(|| {
        format!("{}-{}-{}", stack.stack, given.region, super::first_key(key, &lambda.given))
    });
    let path = super::role_path(&stack.stack, &given.region);
    let mut tags = tags::wanted(stack, given, &address, &Texts::new());
    tags.insert(tags::REGION.to_owned(), json!(given.region));
    let mut want = lambda.wanted(&Role::defaults(), given.strict);
    want.retain(|setting, _| {
        ["managed_policies", "permissions_boundary"].contains(&setting.as_str())
    });
    want.insert("role_name".into(), json!(name));
    want.insert("path".into(), json!(path));
    want.insert("assume_role_policy_document".into(), trust());
    want.insert("tags".into(), tags.into());
    Declared {
        kind: Role::NAME,
        want: want.into(),
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

/// A role with the ARNs of its managed policies.
async fn read(aws: &Aws, name: &str) -> Result<Option<(IamRole, Vec<String>)>, CloudError> {
    let role = aws.iam.get_role().role_name(name).send();
    let (role, attached) = futures::join!(role, attached(aws, name));
    let role = found(role.map_err(failed("GetRole")))?.and_then(|answer| answer.role);
    // What is not there has none, and IAM may know that before or after it knows of the role.
    let attached = found(attached)?.unwrap_or_default();
    Ok(role.map(|role| (role, attached)))
}

/// A role that IAM says is there. Just after it was made IAM may not show it.
async fn shown(aws: &Aws, name: &str) -> Result<IamRole, CloudError> {
    let look = || async { Ok(read(aws, name).await?.map(|(role, _)| role)) };
    until(&format!("the role `{name}` to be shown"), SHOWN, look).await
}

/// The ARNs of a role's managed policies.
async fn attached(aws: &Aws, name: &str) -> Result<Vec<String>, CloudError> {
    let list = aws.iam.list_attached_role_policies().role_name(name).into_paginator().items();
    let attached = list.send().collect::<Result<Vec<_>, _>>().await;
    let attached = attached.map_err(failed("ListAttachedRolePolicies"))?;
    Ok(attached.into_iter().filter_map(|policy| policy.policy_arn).collect())
}

async fn attach(aws: &Aws, name: &str, policy: &str) -> Result<(), CloudError> {
    let attach = || async {
        let attach = aws.iam.attach_role_policy().role_name(name).policy_arn(policy);
        attach.send().await.map_err(failed("AttachRolePolicy"))
    };
    settled(OTHERS, attach).await.map(drop)
}

async fn detach(aws: &Aws, name: &str, policy: &str) -> Result<(), CloudError> {
    let detach = || async {
        let detach = aws.iam.detach_role_policy().role_name(name).policy_arn(policy);
        detach.send().await.map_err(failed("DetachRolePolicy"))
    };
    deleted(settled(OTHERS, detach).await)
}

/// Says what the role may do at most; everything where there is no boundary.
async fn bound(aws: &Aws, name: &str, boundary: Option<&str>) -> Result<(), CloudError> {
    let Some(boundary) = boundary else {
        let delete = || async {
            let delete = aws.iam.delete_role_permissions_boundary().role_name(name).send().await;
            delete.map_err(failed("DeleteRolePermissionsBoundary"))
        };
        return deleted(settled(OTHERS, delete).await);
    };
    let put = || async {
        let put = aws.iam.put_role_permissions_boundary().role_name(name);
        let put = put.permissions_boundary(boundary).send().await;
        put.map_err(failed("PutRolePermissionsBoundary"))
    };
    settled(OTHERS, put).await.map(drop)
}

fn outputs(arn: &str, name: &str) -> Outputs {
    Outputs::plain([("arn", arn.to_owned()), ("name", name.to_owned())])
}

fn live(aws: &Aws, role: &IamRole, attached: &[String]) -> Result<Live, CloudError> {
    let name = role.role_name.clone();
    let tags = role.tags.iter().flatten().map(|tag| (tag.key.clone(), tag.value.clone()));
    let tags = tags::read(Some(tags.collect()));
    let prefix = format!("{}-{}-", aws.stack, aws.region);
    let key = name.strip_prefix(&prefix).unwrap_or(&name);
    let is = |tag: &str, value: &str| tags.get(tag).is_some_and(|have| have == value);
    // One that was taken over keeps its path. IAM is global: the region counts too.
    let ours = role.path == super::role_path(&aws.stack, &aws.region)
        || (is(tags::STACK, &aws.stack) && is(tags::REGION, &aws.region));
    let document = role.assume_role_policy_document.as_deref().map(document).transpose()?;
    Ok(Live {
        address: super::function_address(key).child("role"),
        kind: Role::NAME,
        id: name.clone(),
        state: json!({
            "role_name": name,
            "path": role.path,
            "assume_role_policy_document": document,
            "permissions_boundary": role.permissions_boundary.as_ref()
                .and_then(|boundary| boundary.permissions_boundary_arn.as_ref()),
            "managed_policies": attached,
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
    use aws_sdk_iam::operation::attach_role_policy::AttachRolePolicyOutput;
    use aws_sdk_iam::operation::create_role::{CreateRoleError, CreateRoleOutput};
    use aws_sdk_iam::operation::delete_role::DeleteRoleOutput;
    use aws_sdk_iam::operation::delete_role_permissions_boundary::DeleteRolePermissionsBoundaryOutput;
    use aws_sdk_iam::operation::delete_role_policy::DeleteRolePolicyOutput;
    use aws_sdk_iam::operation::detach_role_policy::DetachRolePolicyOutput;
    use aws_sdk_iam::operation::get_role::GetRoleOutput;
    use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
    use aws_sdk_iam::operation::list_instance_profiles_for_role::ListInstanceProfilesForRoleOutput;
    use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput;
    use aws_sdk_iam::operation::remove_role_from_instance_profile::RemoveRoleFromInstanceProfileOutput;
    use aws_sdk_iam::types::error::EntityAlreadyExistsException;
    use aws_sdk_iam::types::{AttachedPolicy, InstanceProfile};
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
            permissions_boundary: None,
            managed_policies: Vec::new(),
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
            let attached = mock!(Client::list_attached_role_policies)
                .then_output(|| ListAttachedRolePoliciesOutput::builder().build());
            let iam = mock_client!(aws_sdk_iam, RuleMode::MatchAny, [&there, &get, &attached]);
            let aws = Aws { iam, ..Aws::test() };
            assert_eq!(Role::create(&aws, &Address::new(["x"]), want()).await.is_ok(), taken);
        }
    }

    #[tokio::test]
    async fn managed_policies_are_attached_before_others_go_and_the_rest_of_the_role_stays() {
        let live = live(&Aws::test(), &iam_role("/"), &["arn:old".into(), "arn:both".into()]);
        let live = live.unwrap();
        let attach = mock!(Client::attach_role_policy)
            .match_requests(|sent| sent.policy_arn() == Some("arn:new"))
            .then_output(|| AttachRolePolicyOutput::builder().build());
        let detach = mock!(Client::detach_role_policy)
            .match_requests(|sent| sent.policy_arn() == Some("arn:old"))
            .then_output(|| DetachRolePolicyOutput::builder().build());
        let iam = mock_client!(aws_sdk_iam, [&attach, &detach]);
        let want = State { managed_policies: vec!["arn:both".into(), "arn:new".into()], ..want() };
        let change = Change { live: &live, want, paths: vec!["managed_policies"] };
        Role::update(&Aws { iam, ..Aws::test() }, change).await.unwrap();
        assert_eq!((attach.num_calls(), detach.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn a_boundary_that_is_not_wanted_any_more_is_removed() {
        let delete = mock!(Client::delete_role_permissions_boundary)
            .then_output(|| DeleteRolePermissionsBoundaryOutput::builder().build());
        let iam = mock_client!(aws_sdk_iam, [&delete]);
        let live = live(&Aws::test(), &iam_role("/"), &[]).unwrap();
        let change = Change { live: &live, want: want(), paths: vec!["permissions_boundary"] };
        Role::update(&Aws { iam, ..Aws::test() }, change).await.unwrap();
        assert_eq!(delete.num_calls(), 1);
    }

    #[test]
    fn a_function_that_names_its_role_has_none_made() {
        let function = |role: Value| {
            let mut function = json!({ "code": "x", "runtime": "python3.13", "handler": "x.y" });
            function["role"] = role;
            let stack = json!({ "stack": "demo", "lambdas": { "fn": function } });
            Role::declare(&serde_json::from_value(stack).unwrap(), &Given::default()).len()
        };
        assert_eq!(function(json!("arn:aws:iam::123456789012:role/x")), 0);
        assert_eq!(function(Value::Null), 1);
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
        let profiles = mock!(Client::list_instance_profiles_for_role).then_output(|| {
            let profile = InstanceProfile::builder()
                .path("/")
                .instance_profile_name("a-machine")
                .instance_profile_id("AIPA")
                .arn("arn:aws:iam::123456789012:instance-profile/a-machine")
                .create_date(DateTime::from_secs(0))
                .set_roles(Some(Vec::new()))
                .build()
                .unwrap();
            let answer = ListInstanceProfilesForRoleOutput::builder().instance_profiles(profile);
            answer.build().unwrap()
        });
        let remove = mock!(Client::remove_role_from_instance_profile)
            .match_requests(|sent| sent.instance_profile_name() == Some("a-machine"))
            .then_output(|| RemoveRoleFromInstanceProfileOutput::builder().build());
        let rules = [&inline, &attached, &profiles, &delete_policy, &detach, &remove, &delete];
        let aws = Aws { iam: mock_client!(aws_sdk_iam, RuleMode::MatchAny, &rules), ..Aws::test() };
        let live = live(&aws, &iam_role("/provision/us-east-1/demo/"), &[]).unwrap();
        Role::delete(&aws, &live).await.unwrap();
        let calls = [&delete_policy, &detach, &remove, &delete].map(|rule| rule.num_calls());
        assert_eq!(calls, [1, 1, 1, 1]);
    }

    #[test]
    fn a_document_is_read_from_its_percent_encoding() {
        let read = document("%7B%22Version%22%3A%222012-10-17%22%7D").unwrap();
        assert_eq!(read, json!({ "Version": "2012-10-17" }));
    }
}
