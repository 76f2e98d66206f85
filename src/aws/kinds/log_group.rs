//! The log group of a function, or of a stage of the API.
//!
//! A function's is made before the function is first called, because Lambda would make one that keeps
//! logs for ever and says nothing of its owner. One of a function of ours is ours also without tags:
//! AWS left it behind. One of another name is ours by its tags alone; and a function that writes to a
//! group of somebody else's has none.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatchlogs::types::LogGroup as AwsLogGroup;
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::error::{deleted, failed, found, is_there, required};
use crate::aws::function_state::LOGS as FOLDER;
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::rates::AT_ONCE;
use crate::aws::settle::settled;
use crate::aws::{Aws, hazards, tags};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Context, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Ownership,
    Pattern, Replacing, Rule,
};
use crate::spec::Stack;
use crate::spec::stack::{DEFAULT_STAGE, Lambda, Texts};

/// The kind.
pub struct LogGroup;

/// Where stages write: the folder of what AWS's services deliver.
const STAGES: &str = "/aws/vendedlogs/apigateway/";

/// What writes on a group may have to wait for.
const OTHERS: &str = "other changes of the log group to end";

/// What a log group can be asked to be.
#[derive(Debug, Deserialize)]
pub struct State {
    log_group_name: String,
    retention_in_days: Option<i32>,
    tags: BTreeMap<String, String>,
}

impl Kind for LogGroup {
    const NAME: &'static str = "log_group";
    const PLACE: Pattern = Pattern("lambdas.*.log_group");
    const FIELDS: &'static [Field] = &[
        Field { path: "log_group_name", rule: Rule::Replaces("AWS cannot rename a log group") },
        Field { path: "tags.provision:expires", rule: Rule::Once },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("name"), OutputName::plain("arn")];
    const HAZARDS: &'static [Hazard] = hazards::LOG_GROUP;
    const REPLACING: Replacing = Replacing::NewFirst;
    type State = State;

    fn defaults() -> Value {
        json!({ "retention_in_days": null })
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let is_own = |lambda: &Lambda| {
            lambda.logging_config.as_ref().is_none_or(|logging| logging.log_group.is_none())
        };
        let own = stack.functions().filter(|(_, lambda)| is_own(&lambda.given));
        let of_functions = own.map(|(key, lambda)| {
            let name = name(stack, key, &lambda.given);
            let all = lambda.wanted(&json!({ "log_group": Self::defaults() }), given.strict);
            declare(stack, given, address(key), name, all.get("log_group"))
        });
        let stages = stack.http_api.as_ref().map(|api| api.given.stages()).unwrap_or_default();
        let of_stages = stages.iter().filter_map(|(key, stage)| {
            let logs = stage.given.access_log_settings.as_ref()?;
            if logs.destination_arn.is_some() {
                return None;
            }
            let name = format!("{STAGES}{}-{}", stack.stack, key.trim_start_matches('$'));
            let defaults = json!({ "access_log_settings": Self::defaults() });
            let all = stage.wanted(&defaults, given.strict);
            let settings = all.get("access_log_settings");
            Some(declare(stack, given, of_stage(key), name, settings))
        });
        of_functions.chain(of_stages).collect()
    }

    /// Lists what has the stack's prefix, and reads declared and tagged ones of other names.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let [functions, stages] = [FOLDER, STAGES].map(|folder| format!("{folder}{}-", aws.stack));
        let names = super::names(scope.own());
        let is_listed = |name: &str| name.starts_with(&functions) || name.starts_with(&stages);
        let others = names.keys().filter(|name| !is_listed(name));
        let hinted = async {
            let hints = aws.hints("logs", "log-group:").await?;
            let hints = hints.iter().map(|name| name.trim_end_matches(":*"));
            try_join_all(hints.filter(|name| !is_listed(name)).map(|name| exact(aws, name))).await
        };
        let others = try_join_all(others.map(|name| exact(aws, name)));
        let listed = try_join_all([&functions, &stages].map(|prefix| list(aws, prefix)));
        let (listed, others, hinted) = futures::try_join!(listed, others, hinted)?;
        let all = listed.into_iter().flatten();
        let all = all.chain(others.into_iter().chain(hinted).flatten());
        let all: BTreeMap<String, AwsLogGroup> =
            all.filter_map(|group| Some((group.log_group_name.clone()?, group))).collect();
        let functions = scope.declared.iter().filter(|declared| declared.kind == "function");
        let functions: BTreeSet<String> =
            functions.map(|function| format!("{FOLDER}{}", function.name)).collect();
        let read = |(name, group)| live(aws, name, group, &names, &functions);
        let found: Vec<Option<Live>> =
            stream::iter(all).map(read).buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let arn = live.outputs.get("arn").map_or("", |arn| arn.expose());
        let tags = aws.logs.list_tags_for_resource().resource_arn(arn).send();
        let (group, tags) = futures::join!(exact(aws, &live.id), tags);
        let tags = found(tags.map_err(failed("ListTagsForResource")))?;
        Ok(Now::of(
            group?
                .zip(tags)
                .map(|(group, answer)| state(&live.id, &group, &tags::read(answer.tags))),
        ))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State { log_group_name: name, retention_in_days, tags } = want;
        let context = Context::new(&aws.stack, &aws.region, aws.account().await?);
        let arn = context.arn("logs", &format!("log-group:{name}"));
        let create = || async {
            let create = aws.logs.create_log_group().log_group_name(&name);
            let create = create.set_tags(Some(tags.clone().into_iter().collect()));
            create.send().await.map_err(failed("CreateLogGroup"))
        };
        match settled(OTHERS, create).await {
            Ok(_) => {}
            // A call of the function made it meanwhile, or an earlier try whose answer was lost.
            Err(error) if is_there(&error) => {
                let found = aws.logs.list_tags_for_resource().resource_arn(&arn).send().await;
                let found = found.map_err(failed("ListTagsForResource"))?.tags;
                if owner(&tags::read(found), &aws.stack, name.starts_with(FOLDER))
                    != Ownership::Ours
                {
                    return Err(error);
                }
                tag(aws, &arn, tags.into_iter().collect()).await?;
            }
            Err(error) => return Err(error),
        }
        if let Some(days) = retention_in_days {
            keep(aws, &name, Some(days)).await?;
        }
        Ok(Made { outputs: outputs(&name, &arn), id: name })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let State { log_group_name, retention_in_days, tags } = &change.want;
        if change.touches("retention_in_days") {
            keep(aws, log_group_name, *retention_in_days).await?;
        }
        if let Some(tags) = tags::changed(&change, tags) {
            let context = Context::new(&aws.stack, &aws.region, aws.account().await?);
            let arn = context.arn("logs", &format!("log-group:{log_group_name}"));
            tag(aws, &arn, tags.into_iter().collect()).await?;
        }
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let delete = || async {
            let delete = aws.logs.delete_log_group().log_group_name(&live.id);
            delete.send().await.map_err(failed("DeleteLogGroup"))
        };
        deleted(settled(OTHERS, delete).await)
    }
}

fn address(key: &str) -> Address {
    super::function_address(key).child("log_group")
}

/// The address of the group that is made for a stage.
pub(super) fn of_stage(stage: &str) -> Address {
    super::stage::address(stage).child("log_group")
}

/// One group; `settings` may say how long it keeps what is written.
fn declare(
    stack: &Stack,
    given: &Given,
    address: Address,
    name: String,
    settings: Option<&Value>,
) -> Declared {
    let mut want = json!({
        "log_group_name": name,
        "tags": tags::wanted(stack, given, &address, &Texts::new()),
    });
    if let Some(days) = settings.and_then(|group| group.get("retention_in_days")) {
        want["retention_in_days"] = days.clone();
    }
    let arn = super::arn(given, "logs", &format!("log-group:{name}"));
    Declared {
        address,
        kind: LogGroup::NAME,
        want,
        after: Vec::new(),
        predicted: [("name", name.clone()), ("arn", arn)].into(),
        name,
        origin: Origin::Made,
    }
}

/// The address of a group that the file does not declare.
fn leftover(stack: &str, name: &str) -> Address {
    let prefix = format!("{stack}-");
    if let Some(rest) = name.strip_prefix(STAGES) {
        let key = rest.strip_prefix(&prefix).unwrap_or(name);
        return of_stage(if key == "default" { DEFAULT_STAGE } else { key });
    }
    let key = name.strip_prefix(FOLDER).unwrap_or(name);
    address(key.strip_prefix(&prefix).unwrap_or(name))
}

/// Says how long logs are kept; for ever where there is no number of days.
async fn keep(aws: &Aws, name: &str, days: Option<i32>) -> Result<(), CloudError> {
    let put = || async {
        match days {
            Some(days) => {
                let put = aws.logs.put_retention_policy().log_group_name(name);
                let put = put.retention_in_days(days).send().await;
                put.map(drop).map_err(failed("PutRetentionPolicy"))
            }
            None => {
                let delete = aws.logs.delete_retention_policy().log_group_name(name).send().await;
                delete.map(drop).map_err(failed("DeleteRetentionPolicy"))
            }
        }
    };
    settled(OTHERS, put).await
}

async fn tag(aws: &Aws, arn: &str, tags: BTreeMap<String, String>) -> Result<(), CloudError> {
    let tag = || async {
        let tags = tags.clone().into_iter().collect();
        let tag = aws.logs.tag_resource().resource_arn(arn).set_tags(Some(tags));
        tag.send().await.map_err(failed("TagResource"))
    };
    settled(OTHERS, tag).await.map(drop)
}

/// The groups whose names start so.
async fn list(aws: &Aws, prefix: &str) -> Result<Vec<AwsLogGroup>, CloudError> {
    let list = aws.logs.describe_log_groups().log_group_name_prefix(prefix).into_paginator();
    let pages: Vec<_> =
        list.send().collect::<Result<_, _>>().await.map_err(failed("DescribeLogGroups"))?;
    Ok(pages.into_iter().flat_map(|page| page.log_groups.unwrap_or_default()).collect())
}

/// The group of that name.
async fn exact(aws: &Aws, name: &str) -> Result<Option<AwsLogGroup>, CloudError> {
    let found = list(aws, name).await?;
    Ok(found.into_iter().find(|group| group.log_group_name.as_deref() == Some(name)))
}

fn outputs(name: &str, arn: &str) -> Outputs {
    Outputs::plain([("name", name.to_owned()), ("arn", arn.to_owned())])
}

/// The name of the group that a function has of its own.
pub(super) fn name(stack: &Stack, key: &str, lambda: &Lambda) -> String {
    let named = lambda.log_group.as_ref().and_then(|group| group.name.clone());
    named.unwrap_or_else(|| format!("{FOLDER}{}", super::function_name(stack, key, lambda)))
}

/// Whose a group is. One that has a function's name is the function's also without tags: AWS made it.
/// Any other, as a stage's, is not made by itself.
fn owner(tags: &BTreeMap<String, String>, stack: &str, of_function: bool) -> Ownership {
    if of_function && !tags.contains_key(tags::STACK) {
        return Ownership::Ours;
    }
    tags::owner(tags, stack)
}

fn state(name: &str, group: &AwsLogGroup, tags: &BTreeMap<String, String>) -> Value {
    json!({
        "log_group_name": name,
        "retention_in_days": group.retention_in_days,
        "tags": tags::state(tags),
    })
}

/// One group with its tags; none for somebody else's, or where it went meanwhile.
async fn live(
    aws: &Aws,
    name: String,
    group: AwsLogGroup,
    declared: &BTreeMap<String, Address>,
    functions: &BTreeSet<String>,
) -> Result<Option<Live>, CloudError> {
    let arn = required(group.arn.clone(), "arn")?;
    let arn = arn.trim_end_matches(":*");
    let read = aws.logs.list_tags_for_resource().resource_arn(arn).send().await;
    let Some(answer) = found(read.map_err(failed("ListTagsForResource")))? else {
        return Ok(None);
    };
    let tags = tags::read(answer.tags);
    let address = match declared.get(&name) {
        Some(address) => address.clone(),
        None if tags::owner(&tags, &aws.stack) != Ownership::Ours => return Ok(None),
        None => {
            let free = leftover(&aws.stack, &name);
            // What has that key may have another name by now.
            let is_another = declared.values().any(|other| *other == free);
            if is_another { address(&name) } else { free }
        }
    };
    let state = state(&name, &group, &tags);
    Ok(Some(Live {
        address,
        kind: LogGroup::NAME,
        state,
        outputs: outputs(&name, arn),
        ownership: owner(&tags, &aws.stack, functions.contains(&name)),
        id: name,
    }))
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatchlogs::Client;
    use aws_sdk_cloudwatchlogs::operation::create_log_group::{
        CreateLogGroupError, CreateLogGroupOutput,
    };
    use aws_sdk_cloudwatchlogs::operation::delete_log_group::DeleteLogGroupError;
    use aws_sdk_cloudwatchlogs::operation::delete_retention_policy::DeleteRetentionPolicyOutput;
    use aws_sdk_cloudwatchlogs::operation::describe_log_groups::DescribeLogGroupsOutput;
    use aws_sdk_cloudwatchlogs::operation::list_tags_for_resource::ListTagsForResourceOutput;
    use aws_sdk_cloudwatchlogs::operation::put_retention_policy::PutRetentionPolicyOutput;
    use aws_sdk_cloudwatchlogs::operation::tag_resource::TagResourceOutput;
    use aws_sdk_cloudwatchlogs::types::error::{
        ResourceAlreadyExistsException, ResourceNotFoundException,
    };
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;
    use tokio::sync::OnceCell;

    use super::*;

    const ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:";

    fn declared(function: Value) -> Vec<Declared> {
        let mut all = json!({ "code": "x", "runtime": "python3.13", "handler": "x.y" });
        crate::spec::lay_over(&mut all, function);
        let stack = json!({ "stack": "demo", "lambdas": { "fn": all } });
        let given = Given { region: "us-east-1".into(), ..Given::default() };
        LogGroup::declare(&serde_json::from_value(stack).unwrap(), &given)
    }

    fn want(days: Option<i32>) -> State {
        State {
            log_group_name: "/aws/lambda/demo-fn".into(),
            retention_in_days: days,
            tags: [("k".to_owned(), "v".to_owned())].into(),
        }
    }

    fn some_live() -> Live {
        Live {
            address: address("fn"),
            kind: LogGroup::NAME,
            id: "/aws/lambda/demo-fn".into(),
            state: json!({}),
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        }
    }

    #[test]
    fn no_retention_is_left_alone_and_null_is_for_ever() {
        let of = |function| declared(function)[0].want.get("retention_in_days").cloned();
        assert_eq!(of(json!({})), None);
        assert_eq!(of(json!({ "log_group": { "retention_in_days": 7 } })), Some(json!(7)));
        assert_eq!(of(json!({ "log_group": { "retention_in_days": null } })), Some(json!(null)));
        assert_eq!(of(json!({ "log_group": null })), Some(json!(null)));
    }

    #[tokio::test]
    async fn the_group_of_a_function_is_ours_and_others_are_by_their_tags() {
        let groups = mock!(Client::describe_log_groups).then_compute_output(|sent| {
            let prefix = sent.log_group_name_prefix().unwrap_or_default();
            let names = ["demo-fn", "demo-old", "demo-x-fn", "mine", "mine-too", "named"];
            let names = names.map(|name| format!("/aws/lambda/{name}"));
            let groups = names.iter().filter(|name| name.starts_with(prefix)).map(|name| {
                let group = AwsLogGroup::builder().log_group_name(name);
                group.arn(format!("{ARN}{name}:*")).retention_in_days(7).build()
            });
            DescribeLogGroupsOutput::builder().set_log_groups(Some(groups.collect())).build()
        });
        let tags = mock!(Client::list_tags_for_resource).then_compute_output(|sent| {
            let arn = sent.resource_arn().unwrap_or_default();
            let owner = match arn.rsplit('/').next() {
                Some("demo-old" | "named") => Some("demo"),
                Some("demo-x-fn") => Some("demo-x"),
                _ => None,
            };
            let tags = owner.map(|owner| [(tags::STACK.to_owned(), owner.to_owned())].into());
            ListTagsForResourceOutput::builder().set_tags(tags).build()
        });
        let client = mock_client!(aws_sdk_cloudwatchlogs, RuleMode::MatchAny, [&groups, &tags]);
        let tagged = vec![format!("{ARN}/aws/lambda/named"), format!("{ARN}/aws/lambda/gone")];
        let aws = Aws { logs: client, tagged: OnceCell::new_with(Some(tagged)), ..Aws::test() };
        let mut declared = declared(json!({}));
        declared.extend(super::tests::declared(json!({ "name": "mine" })));
        declared[1].address = address("second");
        declared.extend(["demo-fn", "mine"].map(|name| Declared {
            address: Address::new(["lambdas", name]),
            kind: "function",
            name: name.to_owned(),
            want: json!({}),
            after: Vec::new(),
            predicted: [].into(),
            origin: Origin::Made,
        }));
        let scope = Scope::new("log_group", &declared, None);
        let found = LogGroup::observe(&aws, scope).await.unwrap();
        let shown: Vec<String> = found.iter().map(|live| live.address.to_string()).collect();
        let named = "lambdas[\"/aws/lambda/named\"].log_group";
        let expected =
            ["lambdas.fn.log_group", "lambdas.old.log_group", "lambdas.second.log_group", named];
        assert_eq!(shown, expected);
        assert!(found.iter().all(|live| live.ownership == Ownership::Ours));
        assert_eq!(
            found[0].outputs,
            outputs("/aws/lambda/demo-fn", &format!("{ARN}/aws/lambda/demo-fn"))
        );
        assert_eq!(found[0].state["retention_in_days"], 7);
    }

    fn of_stages(stages: Value) -> Vec<Declared> {
        let stack = json!({ "stack": "demo", "http_api": { "stages": stages } });
        let given = Given { region: "us-east-1".into(), ..Given::default() };
        LogGroup::declare(&serde_json::from_value(stack).unwrap(), &given)
    }

    #[test]
    fn a_stage_that_logs_has_a_group_unless_it_names_another() {
        let declared = of_stages(json!({
            "$default": { "access_log_settings": { "retention_in_days": 30 } },
            "elsewhere": { "access_log_settings": { "destination_arn": "arn:x" } },
            "prod": { "access_log_settings": {} },
            "quiet": {},
        }));
        let shown: Vec<(String, String)> =
            declared.iter().map(|one| (one.address.to_string(), one.name.clone())).collect();
        let expected = [
            ("http_api.stages[\"$default\"].log_group", "default"),
            ("http_api.stages.prod.log_group", "prod"),
        ];
        let expected =
            expected.map(|(address, name)| (address.to_owned(), format!("{STAGES}demo-{name}")));
        assert_eq!(shown, expected);
        assert_eq!(declared[0].want["retention_in_days"], 30);
        assert_eq!(declared[1].want.get("retention_in_days"), None);
    }

    #[tokio::test]
    async fn the_group_of_a_stage_is_ours_by_its_tags_alone() {
        let groups = mock!(Client::describe_log_groups).then_compute_output(|sent| {
            let prefix = sent.log_group_name_prefix().unwrap_or_default();
            let names = ["demo-default", "demo-old", "demo-prod", "demo-x-prod"];
            let names = names.map(|name| format!("{STAGES}{name}"));
            let groups = names.iter().filter(|name| name.starts_with(prefix)).map(|name| {
                let group = AwsLogGroup::builder().log_group_name(name);
                group.arn(format!("{ARN}{name}:*")).build()
            });
            DescribeLogGroupsOutput::builder().set_log_groups(Some(groups.collect())).build()
        });
        let tags = mock!(Client::list_tags_for_resource).then_compute_output(|sent| {
            let arn = sent.resource_arn().unwrap_or_default();
            let is_ours = arn.ends_with("demo-default") || arn.ends_with("demo-old");
            let tags = is_ours.then(|| [(tags::STACK.to_owned(), "demo".to_owned())].into());
            ListTagsForResourceOutput::builder().set_tags(tags).build()
        });
        let client = mock_client!(aws_sdk_cloudwatchlogs, RuleMode::MatchAny, [&groups, &tags]);
        let aws = Aws { logs: client, tagged: OnceCell::new_with(Some(Vec::new())), ..Aws::test() };
        let declared = of_stages(json!({ "prod": { "access_log_settings": {} } }));
        let scope = Scope::new("log_group", &declared, None);
        let found = LogGroup::observe(&aws, scope).await.unwrap();
        let shown = found
            .iter()
            .map(|live| format!("{} {}", live.address, live.ownership == Ownership::Ours));
        let expected = [
            "http_api.stages[\"$default\"].log_group true",
            "http_api.stages.old.log_group true",
            "http_api.stages.prod.log_group false",
        ];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn a_group_of_a_name_of_its_own_is_ours_by_its_tags_alone() {
        let declared = declared(json!({ "log_group": { "name": "/team/app" } }));
        assert_eq!(declared[0].name, "/team/app");
        for (owner, ours) in [(Some("demo"), true), (None, false), (Some("other"), false)] {
            let groups = mock!(Client::describe_log_groups).then_compute_output(|sent| {
                let is_asked = sent.log_group_name_prefix() == Some("/team/app");
                let group = AwsLogGroup::builder().log_group_name("/team/app");
                let group = group.arn(format!("{ARN}/team/app:*")).build();
                let groups = is_asked.then_some(group).into_iter().collect();
                DescribeLogGroupsOutput::builder().set_log_groups(Some(groups)).build()
            });
            let tags = mock!(Client::list_tags_for_resource).then_output(move || {
                let tags = owner.map(|owner| [(tags::STACK.to_owned(), owner.to_owned())].into());
                ListTagsForResourceOutput::builder().set_tags(tags).build()
            });
            let logs = mock_client!(aws_sdk_cloudwatchlogs, RuleMode::MatchAny, [&groups, &tags]);
            let aws = Aws { logs, tagged: OnceCell::new_with(Some(vec![])), ..Aws::test() };
            let scope = Scope::new("log_group", &declared, None);
            let found = LogGroup::observe(&aws, scope).await.unwrap();
            assert_eq!(found[0].ownership == Ownership::Ours, ours, "{owner:?}");
        }
    }

    #[test]
    fn a_function_that_writes_to_another_group_has_none() {
        assert!(declared(json!({ "logging_config": { "log_group": "theirs" } })).is_empty());
    }

    #[tokio::test]
    async fn the_group_that_is_made_has_its_tags_at_once() {
        let create = mock!(Client::create_log_group)
            .match_requests(|sent| {
                sent.log_group_name() == Some("/aws/lambda/demo-fn")
                    && sent.tags().is_some_and(|tags| tags["k"] == "v")
            })
            .then_output(|| CreateLogGroupOutput::builder().build());
        let keep = mock!(Client::put_retention_policy)
            .match_requests(|sent| sent.retention_in_days() == Some(7))
            .then_output(|| PutRetentionPolicyOutput::builder().build());
        let client = mock_client!(aws_sdk_cloudwatchlogs, [&create, &keep]);
        let aws = Aws { logs: client, ..Aws::test() };
        LogGroup::create(&aws, &address("fn"), want(Some(7))).await.unwrap();
        assert_eq!((create.num_calls(), keep.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn a_group_that_is_there_already_is_taken_unless_it_is_another_stacks() {
        let create = || {
            mock!(Client::create_log_group).then_error(|| {
                let code = ErrorMetadata::builder().code("ResourceAlreadyExistsException").build();
                let error = ResourceAlreadyExistsException::builder().meta(code).build();
                CreateLogGroupError::ResourceAlreadyExistsException(error)
            })
        };
        let tags = |owner: Option<&'static str>| {
            mock!(Client::list_tags_for_resource).then_output(move || {
                let tags = owner.map(|owner| (tags::STACK.to_owned(), owner.to_owned()));
                ListTagsForResourceOutput::builder()
                    .set_tags(Some(tags.into_iter().collect()))
                    .build()
            })
        };
        let tag = mock!(Client::tag_resource)
            .match_requests(|sent| {
                sent.resource_arn() == Some(&format!("{ARN}/aws/lambda/demo-fn"))
            })
            .then_output(|| TagResourceOutput::builder().build());
        let client = mock_client!(aws_sdk_cloudwatchlogs, [&create(), &tags(None), &tag]);
        let aws = Aws { logs: client, ..Aws::test() };
        LogGroup::create(&aws, &address("fn"), want(None)).await.unwrap();
        assert_eq!(tag.num_calls(), 1);

        let client = mock_client!(aws_sdk_cloudwatchlogs, [&create(), &tags(Some("other"))]);
        let aws = Aws { logs: client, ..Aws::test() };
        assert!(LogGroup::create(&aws, &address("fn"), want(None)).await.is_err());
    }

    #[tokio::test]
    async fn logs_are_kept_for_ever_again_where_no_number_of_days_is_wanted() {
        let delete = mock!(Client::delete_retention_policy)
            .match_requests(|sent| sent.log_group_name() == Some("/aws/lambda/demo-fn"))
            .then_output(|| DeleteRetentionPolicyOutput::builder().build());
        let aws = Aws { logs: mock_client!(aws_sdk_cloudwatchlogs, [&delete]), ..Aws::test() };
        let live = some_live();
        let change = Change { live: &live, want: want(None), paths: vec!["retention_in_days"] };
        LogGroup::update(&aws, change).await.unwrap();
        assert_eq!(delete.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_group_that_is_gone_counts_as_deleted() {
        let delete = mock!(Client::delete_log_group).then_error(|| {
            let code = ErrorMetadata::builder().code("ResourceNotFoundException").build();
            let error = ResourceNotFoundException::builder().meta(code).build();
            DeleteLogGroupError::ResourceNotFoundException(error)
        });
        let aws = Aws { logs: mock_client!(aws_sdk_cloudwatchlogs, [&delete]), ..Aws::test() };
        assert_eq!(LogGroup::delete(&aws, &some_live()).await, Ok(()));
    }
}
