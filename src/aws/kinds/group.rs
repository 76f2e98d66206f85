//! Groups of a user pool.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateGroup.html>

use aws_sdk_cognitoidentityprovider::types::GroupType;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::children::{self, Belongs, Child, Family};
use crate::aws::error::{deleted, failed, found, is_there, required};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::{Aws, hazards};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Pattern, Removal, Rule,
    escape,
};
use crate::spec::Stack;
use crate::spec::stack::Group as Settings;

/// The kind.
pub struct Group;

/// One group.
#[derive(Debug, Deserialize)]
pub struct State {
    user_pool_id: String,
    group_name: String,
    description: Option<String>,
    precedence: Option<i32>,
    role_arn: Option<String>,
}

const STAYS: &str = "AWS cannot take this back from a group that has it; only another value can be set, \
    or the group be removed and declared anew";

impl Kind for Group {
    const NAME: &'static str = "group";
    const PLACE: Pattern = Pattern("user_pool.groups.*");
    const FIELDS: &'static [Field] = &[
        Field { path: "user_pool_id", rule: Rule::Replaces("a group stands in one pool") },
        Field { path: "group_name", rule: Rule::Replaces("AWS cannot rename a group") },
        Field { path: "precedence", rule: Rule::Stays(STAYS) },
        Field { path: "role_arn", rule: Rule::Stays(STAYS) },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("name")];
    const PARENT: Option<&'static str> = Some("user_pool");
    const REFERS_TO: &'static [&'static str] = &["user_pool"];
    const GOES_WITH: &'static [&'static str] = &["user_pool"];
    const REMOVAL: Removal = Removal::Guarded;
    const HAZARDS: &'static [Hazard] = hazards::GROUP;
    type State = State;

    fn defaults() -> Value {
        json!({ "description": "", "precedence": null, "role_arn": null })
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let declare = |(key, group): (&String, &crate::spec::Settings<Settings>)| {
            let name = escape(key);
            let mut want = group.wanted(&Self::defaults(), given.strict);
            want.insert("user_pool_id".to_owned(), json!("${user_pool.id}"));
            want.insert("group_name".to_owned(), json!(name));
            Declared {
                address: Address::new(["user_pool", "groups", key]),
                kind: Self::NAME,
                want: Value::Object(want),
                after: Vec::new(),
                predicted: [("name", name.clone())].into(),
                name,
                origin: Origin::Made,
            }
        };
        stack.groups().map(declare).collect()
    }

    /// Lists the pool's groups, which tells all there is to know of them.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let pool = scope.parent()?;
        let list = aws.cognito.list_groups().user_pool_id(&pool.id).into_paginator();
        let listed = list.page_size(60).items().send().collect::<Result<Vec<_>, _>>().await;
        let groups = found(listed.map_err(failed("ListGroups")))?.unwrap_or_default();
        let child = |group: &GroupType| group.group_name.clone().unwrap_or_default();
        let children = groups.iter().map(child).map(|name| Child { id: name.clone(), name });
        let family = Family::of(Self::NAME, "groups", String::new(), pool);
        let expected = children::expected(scope);
        let mut belong = family.resolve(&expected, children.collect())?;
        let live = |group: GroupType| {
            let name = required(group.group_name.clone(), "GroupName")?;
            let belongs = required(belong.remove(&name), "GroupName")?;
            Ok(live(pool, &group, name, belongs))
        };
        groups.into_iter().map(live).collect()
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        let get = aws.cognito.get_group().user_pool_id(pool).group_name(&live.id);
        let answer = found(get.send().await.map_err(failed("GetGroup")))?;
        let group = answer.and_then(|answer| answer.group);
        Ok(Now::of(group.map(|group| state(pool, &live.id, &group))))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State { user_pool_id, group_name, description, precedence, role_arn } = &want;
        let create = aws
            .cognito
            .create_group()
            .user_pool_id(user_pool_id)
            .group_name(group_name)
            .set_description(description.clone().filter(|text| !text.is_empty()))
            .set_precedence(*precedence)
            .set_role_arn(role_arn.clone());
        match create.send().await.map_err(failed("CreateGroup")) {
            // An earlier try made it and its answer was lost; what is in our pool is ours.
            Err(error) if is_there(&error) => update(aws, &want, true, true, true).await?,
            other => other.map(drop)?,
        }
        Ok(Made { outputs: outputs(group_name), id: want.group_name })
    }

    /// Sends what changes: AWS keeps what is left out.
    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let touched = ["description", "precedence", "role_arn"].map(|path| change.touches(path));
        let [description, precedence, role_arn] = touched;
        update(aws, &change.want, description, precedence, role_arn).await?;
        Ok(outputs(&change.want.group_name))
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        let delete = aws.cognito.delete_group().user_pool_id(pool).group_name(&live.id);
        deleted(delete.send().await.map_err(failed("DeleteGroup")))
    }
}

/// Sets those members that are to be set. An empty description is none.
async fn update(
    aws: &Aws,
    want: &State,
    with_description: bool,
    with_precedence: bool,
    with_role: bool,
) -> Result<(), CloudError> {
    let State { user_pool_id, group_name, description, precedence, role_arn } = want;
    let description = with_description.then(|| description.clone().unwrap_or_default());
    let update = aws
        .cognito
        .update_group()
        .user_pool_id(user_pool_id)
        .group_name(group_name)
        .set_description(description)
        .set_precedence(precedence.filter(|_| with_precedence))
        .set_role_arn(role_arn.clone().filter(|_| with_role));
    update.send().await.map_err(failed("UpdateGroup")).map(drop)
}

fn outputs(name: &str) -> Outputs {
    Outputs::plain([("name", name.to_owned())])
}

fn state(pool: &str, name: &str, group: &GroupType) -> Value {
    json!({
        "user_pool_id": pool,
        "group_name": name,
        "description": group.description,
        "precedence": group.precedence,
        "role_arn": group.role_arn,
    })
}

fn live(pool: &Live, group: &GroupType, name: String, belongs: Belongs) -> Live {
    let Belongs { address, ownership, key: _ } = belongs;
    Live {
        address,
        kind: Group::NAME,
        state: state(&pool.id, &name, group),
        outputs: outputs(&name),
        id: name,
        ownership,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::Client;
    use aws_sdk_cognitoidentityprovider::operation::create_group::{
        CreateGroupError, CreateGroupInput, CreateGroupOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::delete_group::DeleteGroupError;
    use aws_sdk_cognitoidentityprovider::operation::list_groups::ListGroupsOutput;
    use aws_sdk_cognitoidentityprovider::operation::update_group::{
        UpdateGroupInput, UpdateGroupOutput,
    };
    use aws_sdk_cognitoidentityprovider::types::error::{
        GroupExistsException, ResourceNotFoundException,
    };
    use aws_smithy_mocks::{Rule as MockRule, RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::aws::children::testing;
    use crate::aws::ledger::Ledger;
    use crate::resource::Ownership;

    fn aws(rules: &[&MockRule]) -> Aws {
        let cognito = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, rules);
        Aws { cognito, ..Aws::test() }
    }

    fn listed(groups: Vec<GroupType>) -> MockRule {
        mock!(Client::list_groups).then_output(move || {
            ListGroupsOutput::builder().set_groups(Some(groups.clone())).build()
        })
    }

    fn group(name: &str) -> GroupType {
        GroupType::builder().group_name(name).description("Old").precedence(1).build()
    }

    async fn observed(groups: Vec<GroupType>, pool: &Live, declared: &[Declared]) -> Vec<Live> {
        let aws = aws(&[&listed(groups)]);
        Group::observe(&aws, Scope::new(Group::NAME, declared, Some(pool))).await.unwrap()
    }

    fn declared(groups: Value) -> Vec<Declared> {
        let stack = testing::stack(json!({ "groups": groups }));
        testing::filled(Group::declare(&stack, &Given::default()))
    }

    #[tokio::test]
    async fn a_group_is_made_as_declared_and_then_kept() {
        let create = mock!(Client::create_group)
            .match_requests(|sent| {
                let wanted = CreateGroupInput::builder().user_pool_id("p_1").group_name("A");
                *sent == wanted.description("Administrators").precedence(0).build().unwrap()
            })
            .then_output(|| CreateGroupOutput::builder().build());
        let declared =
            declared(json!({ "A": { "description": "Administrators", "precedence": 0 } }));
        let want = testing::wanted::<Group>(&declared[0]);
        let made = Group::create(&aws(&[&create]), &declared[0].address, want).await.unwrap();
        let mut ledger = Ledger::default();
        ledger.made('g', "A", &made.id);
        let live = GroupType::builder().group_name("A").description("Administrators").precedence(0);
        let live = observed(vec![live.build()], &testing::pool_with(&ledger), &declared).await;
        let plan = testing::plan::<Group>(declared, live);
        assert_eq!((plan.kept.len(), plan.steps.len()), (1, 0), "{:?}", plan.steps);
    }

    #[tokio::test]
    async fn a_group_that_an_earlier_try_made_is_set_as_wanted() {
        let create = mock!(Client::create_group).then_error(|| {
            let meta = ErrorMetadata::builder().code("GroupExistsException").build();
            let error = GroupExistsException::builder().meta(meta).build();
            CreateGroupError::GroupExistsException(error)
        });
        let update = mock!(Client::update_group)
            .match_requests(|sent| sent.precedence() == Some(3) && sent.description() == Some(""))
            .then_output(|| UpdateGroupOutput::builder().build());
        let declared = declared(json!({ "A": { "precedence": 3 } }));
        let want = testing::wanted::<Group>(&declared[0]);
        let address = &declared[0].address;
        Group::create(&aws(&[&create, &update]), address, want).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn an_update_sends_what_changes_and_clears_a_description_with_an_empty_one() {
        let update = mock!(Client::update_group)
            .match_requests(|sent| {
                let wanted = UpdateGroupInput::builder().user_pool_id("p_1").group_name("A");
                *sent == wanted.description("").build().unwrap()
            })
            .then_output(|| UpdateGroupOutput::builder().build());
        let declared = declared(json!({ "A": { "description": null } }));
        let live = observed(vec![group("A")], &testing::pool(json!({})), &declared).await;
        let want = crate::plan::overlay(&live[0].state, &declared[0].want, Group::FIELDS);
        let want = serde_json::from_value(want).unwrap();
        let change = Change { live: &live[0], want, paths: vec!["description"] };
        Group::update(&aws(&[&update]), change).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn what_aws_cannot_take_back_is_refused_and_what_the_file_drops_stays() {
        let live = || observed_of("A");
        let refused = declared(json!({ "A": { "precedence": null, "description": "New" } }));
        let plan = testing::plan::<Group>(refused, live().await);
        let refusals: Vec<&str> = plan.refusals.iter().filter_map(|r| r.path.as_deref()).collect();
        assert_eq!(refusals, ["precedence"]);
        let plan = testing::plan::<Group>(declared(json!({ "A": {} })), live().await);
        assert_eq!((plan.steps.len(), plan.refusals.len()), (0, 0));
        let noted: Vec<&str> = plan.undeclared.iter().map(|noted| noted.path.as_str()).collect();
        assert_eq!(noted, ["description", "precedence"]);
        let plan =
            testing::plan::<Group>(declared(json!({ "A": { "precedence": 2 } })), live().await);
        assert_eq!((plan.steps.len(), plan.refusals.len()), (1, 0));
    }

    /// A group that this stack made.
    async fn observed_of(name: &str) -> Vec<Live> {
        let mut ledger = Ledger::default();
        ledger.made('g', name, name);
        observed(vec![group(name)], &testing::pool_with(&ledger), &[]).await
    }

    #[tokio::test]
    async fn a_group_of_somebody_else_is_left_alone_and_one_that_is_no_longer_declared_goes() {
        let mut ledger = Ledger::default();
        ledger.made('g', "OLD", "OLD");
        let groups = vec![group("OLD"), group("THEIRS")];
        let live = observed(groups, &testing::pool_with(&ledger), &[]).await;
        let whose: Vec<(&str, bool)> = live
            .iter()
            .map(|live| (live.address.key(), live.ownership == Ownership::Ours))
            .collect();
        assert_eq!(whose, [("OLD", true), ("THEIRS", false)]);
    }

    #[tokio::test]
    async fn a_group_that_is_gone_counts_as_deleted() {
        let delete = mock!(Client::delete_group).then_error(|| {
            let meta = ErrorMetadata::builder().code("ResourceNotFoundException").build();
            let error = ResourceNotFoundException::builder().meta(meta).build();
            DeleteGroupError::ResourceNotFoundException(error)
        });
        let live = observed(vec![group("A")], &testing::pool(json!({})), &[]).await;
        Group::delete(&aws(&[&delete]), &live[0]).await.unwrap();
    }
}
