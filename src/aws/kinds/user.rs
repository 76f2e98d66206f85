//! Declared users of a user pool. Users are data: nobody is ever deleted because the file no longer
//! names them.
//!
//! Undeclared attributes stay, and so do memberships in undeclared groups: a group that is removed
//! from a user in the file is left as it is. A password is set when the user is made, or when the
//! user still waits for a first one; it is never read or compared. Nor is an invitation: it is sent
//! when the user is made, and the user then waits for nobody but himself.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::operation::admin_get_user::AdminGetUserOutput;
use aws_sdk_cognitoidentityprovider::types::{
    DeliveryMediumType, MessageActionType, UserStatusType,
};
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::error::{deleted, failed, found, is_there, required};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::password::{self, Password, Source};
use crate::aws::rates::AT_ONCE;
use crate::aws::user_attributes::{self, changed, immutable, pairs, typed};
use crate::aws::{Aws, Generated, hazards};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Ownership, Pattern,
    Removal, Rule, escape,
};
use crate::spec::stack::{Invite, User as Written, UserPool};
use crate::spec::{Settings, Stack};

/// The kind.
pub struct User;

/// Where a live state says which attributes cannot change.
const IMMUTABLE: &str = "immutable_attributes";

/// One user.
#[derive(Debug, Deserialize)]
pub struct State {
    user_pool_id: String,
    user_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    groups: Vec<String>,
    enabled: Option<bool>,
    #[serde(default)]
    confirmed: bool,
    password: Option<Source>,
    /// How the invitation is sent; none for a user that gets none.
    #[serde(default)]
    invite: Vec<String>,
}

impl Kind for User {
    const NAME: &'static str = "user";
    const PLACE: Pattern = Pattern("user_pool.users.*");
    const FIELDS: &'static [Field] = &[
        Field { path: "user_pool_id", rule: Rule::Immutable("a user stands in one pool") },
        Field { path: "user_name", rule: Rule::Immutable("a user cannot be renamed") },
        Field {
            path: "attributes",
            rule: Rule::Fixed(IMMUTABLE, "the pool's schema makes this attribute immutable"),
        },
        Field { path: "password", rule: Rule::WriteOnly },
        Field { path: "invite", rule: Rule::WriteOnly },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("name"), OutputName::plain("sub")];
    const PARENT: Option<&'static str> = Some("user_pool");
    const REFERS_TO: &'static [&'static str] = &["user_pool", "group"];
    const GOES_WITH: &'static [&'static str] = &["user_pool"];
    const REMOVAL: Removal = Removal::Never;
    const HAZARDS: &'static [Hazard] = hazards::USER;
    type State = State;

    fn defaults() -> Value {
        json!({ "enabled": true })
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let Some(pool) = stack.pool() else { return Vec::new() };
        let declare = |(key, user): (&String, &Settings<Written>)| {
            let mut declared = declared(pool, key, &user.given);
            let mut settings = user.wanted(&Self::defaults(), given.strict);
            if let Some(enabled) = settings.remove("enabled") {
                declared.want["enabled"] = enabled;
            }
            declared
        };
        stack.users().map(declare).collect()
    }

    /// Reads the declared users only, each by its name.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let pool = scope.parent()?;
        let reads: Vec<_> = scope.own().map(|declared| read(aws, pool, declared)).collect();
        let users: Vec<Option<Live>> =
            stream::iter(reads).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(users.into_iter().flatten().collect())
    }

    /// Not the groups: the user is added to those that are missing, whatever the others are.
    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        let name = live.state["user_name"].as_str().unwrap_or_default();
        Ok(Now::of(get(aws, pool, name).await?.map(|user| state(pool, name, user))))
    }

    async fn create(aws: &Aws, address: &Address, want: State) -> Result<Made, CloudError> {
        let State {
            user_pool_id,
            user_name,
            attributes,
            groups,
            enabled,
            confirmed: _,
            password: _,
            invite,
        } = &want;
        let password = resolved(aws, &want)?;
        let create = aws
            .cognito
            .admin_create_user()
            .user_pool_id(user_pool_id)
            .username(user_name)
            .set_user_attributes(Some(typed(attributes)?))
            .set_message_action(invite.is_empty().then_some(MessageActionType::Suppress))
            .set_desired_delivery_mediums(mediums(invite))
            .set_temporary_password(password.as_ref().map(|p| p.secret.expose().to_owned()));
        let made = match create.send().await.map_err(failed("AdminCreateUser")) {
            // An earlier try made it and its answer was lost: what is left to do is done now.
            Err(error) if is_there(&error) => None,
            other => other?.user,
        };
        if let Some(password) = password {
            set(aws, address, &want, password).await?;
        }
        join(aws, &want, groups).await?;
        if *enabled == Some(false) {
            enable(aws, &want, false).await?;
        }
        let (id, sub) = match made {
            Some(made) => (made.username, pairs(made.attributes).remove("sub")),
            None => {
                let user = required(get(aws, user_pool_id, user_name).await?, "User")?;
                (Some(user.username), pairs(user.user_attributes).remove("sub"))
            }
        };
        let id = id.unwrap_or_else(|| user_name.clone());
        Ok(Made { id, outputs: outputs(user_name, sub) })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let want = &change.want;
        let live = change.live;
        let changed = changed(&live.state["attributes"], &want.attributes);
        if !changed.is_empty() {
            let update = aws
                .cognito
                .admin_update_user_attributes()
                .user_pool_id(&want.user_pool_id)
                .username(&want.user_name)
                .set_user_attributes(Some(typed(&changed)?));
            update.send().await.map_err(failed("AdminUpdateUserAttributes"))?;
        }
        if change.touches("confirmed") && want.confirmed {
            let password = resolved(aws, want)?.ok_or_else(|| {
                CloudError::new("the user has no permanent password yet, and the file's is missing")
                    .help("set the variable or the secret that `password` names")
            })?;
            set(aws, &live.address, want, password).await?;
        }
        let there = live.state["groups"].as_array().cloned().unwrap_or_default();
        let missing = want.groups.iter().filter(|group| !there.contains(&json!(group)));
        join(aws, want, missing).await?;
        if change.touches("enabled") {
            enable(aws, want, want.enabled.unwrap_or(true)).await?;
        }
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        let delete = aws.cognito.admin_delete_user().user_pool_id(pool).username(&live.id);
        deleted(delete.send().await.map_err(failed("AdminDeleteUser")))
    }
}

fn declared(pool: &UserPool, key: &str, user: &Written) -> Declared {
    let Written { email: _, phone_number: _, attributes: _, enabled: _, invite, password, groups } =
        user;
    let place = Address::new(["user_pool"]);
    let all = user_attributes::wanted(user);
    let name = escape(key);
    let mut want = json!({
        "user_pool_id": "${user_pool.id}",
        "user_name": name,
        "attributes": all,
        "groups": groups.iter().map(|group| escape(group)).collect::<Vec<_>>(),
    });
    if let Some(Invite(Some(invite))) = invite {
        let medium = if all.contains_key("email") || !all.contains_key("phone_number") {
            "EMAIL"
        } else {
            "SMS"
        };
        let mediums = invite.desired_delivery_mediums.clone();
        want["invite"] = json!(mediums.unwrap_or_else(|| vec![medium.to_owned()]));
    }
    if let Some(password) = password {
        want["confirmed"] = json!(true);
        let policy = pool.password_policy.as_ref();
        let least = policy.and_then(|policy| policy.minimum_length).unwrap_or_default();
        want["password"] = password::declared(password, least);
    }
    Declared {
        address: place.child("users").child(key),
        kind: User::NAME,
        want,
        after: groups.iter().map(|group| place.child("groups").child(group)).collect(),
        predicted: [("name", name.clone())].into(),
        name,
        origin: Origin::Made,
    }
}

/// The password that the file asks for; none where it asks for none.
fn resolved(aws: &Aws, want: &State) -> Result<Option<Password>, CloudError> {
    let get = |source: &Source| source.password(&want.user_name, &aws.environment);
    want.password.as_ref().map(get).transpose()
}

/// Sets the permanent password; one that was made here is handed out first: if this ends in between, a
/// password that nobody knows would stay.
async fn set(
    aws: &Aws,
    address: &Address,
    want: &State,
    password: Password,
) -> Result<(), CloudError> {
    let Password { secret, is_new } = password;
    if is_new {
        let generated = Generated { address: address.clone(), password: secret.clone() };
        aws.generated.send(generated).map_err(|_| {
            CloudError::new("a password was made, and there was nobody to show it to")
        })?;
    }
    let set = aws
        .cognito
        .admin_set_user_password()
        .user_pool_id(&want.user_pool_id)
        .username(&want.user_name)
        .password(secret.expose())
        .permanent(true);
    set.send().await.map_err(failed("AdminSetUserPassword")).map(drop)
}

/// Lets the user sign in, or no longer.
async fn enable(aws: &Aws, want: &State, enabled: bool) -> Result<(), CloudError> {
    let State { user_pool_id: pool, user_name: name, .. } = want;
    if enabled {
        let enable = aws.cognito.admin_enable_user().user_pool_id(pool).username(name);
        return enable.send().await.map_err(failed("AdminEnableUser")).map(drop);
    }
    let disable = aws.cognito.admin_disable_user().user_pool_id(pool).username(name);
    disable.send().await.map_err(failed("AdminDisableUser")).map(drop)
}

/// How an invitation is sent. AWS's own default is a text message.
fn mediums(invite: &[String]) -> Option<Vec<DeliveryMediumType>> {
    let mediums: Vec<_> =
        invite.iter().map(|medium| DeliveryMediumType::from(medium.as_str())).collect();
    (!mediums.is_empty()).then_some(mediums)
}

/// Adds the user to groups; adding twice does no harm.
async fn join(
    aws: &Aws,
    want: &State,
    groups: impl IntoIterator<Item = &String>,
) -> Result<(), CloudError> {
    let add = async |group: &String| {
        let add = aws
            .cognito
            .admin_add_user_to_group()
            .user_pool_id(&want.user_pool_id)
            .username(&want.user_name)
            .group_name(group);
        add.send().await.map_err(failed("AdminAddUserToGroup"))
    };
    try_join_all(groups.into_iter().map(add)).await.map(drop)
}

fn outputs(name: &str, sub: Option<String>) -> Outputs {
    let outputs = Outputs::plain([("name", name.to_owned())]);
    if let Some(sub) = sub { outputs.with("sub", sub) } else { outputs }
}

async fn get(aws: &Aws, pool: &str, name: &str) -> Result<Option<AdminGetUserOutput>, CloudError> {
    let get = aws.cognito.admin_get_user().user_pool_id(pool).username(name);
    found(get.send().await.map_err(failed("AdminGetUser")))
}

async fn read(aws: &Aws, pool: &Live, declared: &Declared) -> Result<Option<Live>, CloudError> {
    let name = declared.address.key();
    let Some(user) = get(aws, &pool.id, name).await? else { return Ok(None) };
    let groups = if declared.after.is_empty() {
        Vec::new()
    } else {
        let list = aws.cognito.admin_list_groups_for_user().user_pool_id(&pool.id).username(name);
        let list = list.into_paginator().page_size(60).items().send();
        let groups = list.collect::<Result<Vec<_>, _>>().await;
        found(groups.map_err(failed("AdminListGroupsForUser")))?.unwrap_or_default()
    };
    let is_declared = |group: &String| declared.after.iter().any(|a| a.key() == group.as_str());
    let groups: Vec<String> =
        groups.into_iter().filter_map(|group| group.group_name).filter(is_declared).collect();
    let id = user.username.clone();
    let mut state = state(&pool.id, name, user);
    state["groups"] = json!(groups);
    state[IMMUTABLE] = json!(immutable(pool));
    let sub = state["attributes"]["sub"].as_str().map(str::to_owned);
    Ok(Some(Live {
        address: declared.address.clone(),
        kind: User::NAME,
        id,
        outputs: outputs(name, sub),
        state,
        ownership: Ownership::Ours,
    }))
}

/// What the user's own description says.
fn state(pool: &str, name: &str, user: AdminGetUserOutput) -> Value {
    let waits = user.user_status == Some(UserStatusType::ForceChangePassword);
    json!({
        "user_pool_id": pool,
        "user_name": name,
        "attributes": pairs(user.user_attributes),
        "enabled": user.enabled,
        "confirmed": !waits,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_sdk_cognitoidentityprovider::Client;
    use aws_sdk_cognitoidentityprovider::operation::admin_add_user_to_group::AdminAddUserToGroupOutput;
    use aws_sdk_cognitoidentityprovider::operation::admin_create_user::{
        AdminCreateUserError, AdminCreateUserOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::admin_delete_user::AdminDeleteUserError;
    use aws_sdk_cognitoidentityprovider::operation::admin_disable_user::AdminDisableUserOutput;
    use aws_sdk_cognitoidentityprovider::operation::admin_enable_user::AdminEnableUserOutput;
    use aws_sdk_cognitoidentityprovider::operation::admin_get_user::AdminGetUserError;
    use aws_sdk_cognitoidentityprovider::operation::admin_list_groups_for_user::AdminListGroupsForUserOutput;
    use aws_sdk_cognitoidentityprovider::operation::admin_set_user_password::{
        AdminSetUserPasswordInput, AdminSetUserPasswordOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::admin_update_user_attributes::AdminUpdateUserAttributesOutput;
    use aws_sdk_cognitoidentityprovider::types::error::{
        UserNotFoundException, UsernameExistsException,
    };
    use aws_sdk_cognitoidentityprovider::types::{AttributeType, GroupType, UserType};
    use aws_smithy_mocks::{Rule as MockRule, RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;
    use tokio::sync::mpsc;

    use super::*;
    use crate::aws::children::testing;
    use crate::plan;

    fn state(more: Value) -> State {
        let mut state = json!({ "user_pool_id": "p_1", "user_name": "ann" });
        crate::spec::lay_over(&mut state, more);
        serde_json::from_value(state).unwrap()
    }

    fn declared(users: Value) -> Vec<Declared> {
        let stack = testing::stack(json!({ "users": users }));
        testing::filled(User::declare(&stack, &Given::default()))
    }

    /// The user `ann` as she is.
    fn live_with(more: Value) -> Live {
        let mut state = json!({ "user_pool_id": "p_1", "user_name": "ann", "attributes": {} });
        crate::spec::lay_over(&mut state, more);
        Live {
            address: address(),
            kind: "user",
            id: "uuid-1".to_owned(),
            state,
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        }
    }

    fn address() -> Address {
        Address::new(["user_pool", "users", "ann"])
    }

    fn attribute(name: &str, value: &str) -> AttributeType {
        AttributeType::builder().name(name).value(value).build().unwrap()
    }

    fn created() -> AdminCreateUserOutput {
        let user = UserType::builder().username("ann").attributes(attribute("sub", "s-1"));
        AdminCreateUserOutput::builder().user(user.build()).build()
    }

    fn there() -> AdminGetUserOutput {
        AdminGetUserOutput::builder()
            .username("uuid-1")
            .user_status(UserStatusType::ForceChangePassword)
            .enabled(true)
            .user_attributes(attribute("sub", "s-1"))
            .user_attributes(attribute("email", "a@x.org"))
            .user_attributes(attribute("email_verified", "true"))
            .build()
            .unwrap()
    }

    fn set_to(expected: &'static str) -> MockRule {
        mock!(Client::admin_set_user_password)
            .match_requests(move |sent: &AdminSetUserPasswordInput| {
                sent.password() == Some(expected)
                    && sent.permanent() == Some(true)
                    && sent.username() == Some("ann")
            })
            .then_output(|| AdminSetUserPasswordOutput::builder().build())
    }

    #[tokio::test]
    async fn a_user_is_made_silently_with_a_permanent_password_and_its_groups() {
        let create = mock!(Client::admin_create_user)
            .match_requests(|sent| {
                sent.message_action() == Some(&MessageActionType::Suppress)
                    && sent.temporary_password() == Some("hunter2")
                    && sent.user_attributes()
                        == [attribute("email", "a@x.org"), attribute("email_verified", "true")]
            })
            .then_output(created);
        let set = set_to("hunter2");
        let add = mock!(Client::admin_add_user_to_group)
            .match_requests(|sent| sent.group_name() == Some("A") && sent.username() == Some("ann"))
            .then_output(|| AdminAddUserToGroupOutput::builder().build());
        let cognito = mock_client!(
            aws_sdk_cognitoidentityprovider,
            RuleMode::MatchAny,
            [&create, &set, &add]
        );
        let environment = |name: &str| (name == "ANN").then(|| "hunter2".to_owned());
        let aws = Aws { cognito, environment: Arc::new(environment), ..Aws::test() };
        let want = state(json!({
            "attributes": { "email": "a@x.org", "email_verified": "true" },
            "groups": ["A"],
            "confirmed": true,
            "password": { "env": "ANN", "generate": true, "length": 20 },
        }));
        let made = User::create(&aws, &address(), want).await.unwrap();
        assert_eq!((create.num_calls(), set.num_calls(), add.num_calls()), (1, 1, 1));
        assert_eq!(made.outputs, outputs("ann", Some("s-1".to_owned())));
    }

    #[tokio::test]
    async fn an_invited_user_gets_a_message_and_no_password_and_is_then_finished() {
        let create = mock!(Client::admin_create_user)
            .match_requests(|sent| {
                sent.message_action().is_none()
                    && sent.desired_delivery_mediums() == [DeliveryMediumType::Email]
                    && sent.temporary_password().is_none()
            })
            .then_output(created);
        let get = mock!(Client::admin_get_user).then_output(there);
        let cognito =
            mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, [&create, &get]);
        let aws = Aws { cognito, ..Aws::test() };
        let declared = declared(json!({ "ann": { "email": "a@x.org", "invite": true } }));
        let want = testing::wanted::<User>(&declared[0]);
        User::create(&aws, &address(), want).await.unwrap();
        let plan = testing::plan::<User>(declared.clone(), Vec::new());
        let shown = plan.steps[0].changes.iter().find(|change| change.path == "invite").unwrap();
        assert_eq!(shown.after, plan::Shown::Value(json!(["EMAIL"])));

        // The user still has to choose a password: that is nobody's business but the user's.
        let pool = testing::pool(json!({}));
        let scope = Scope::new(User::NAME, &declared, Some(&pool));
        let live = User::observe(&aws, scope).await.unwrap();
        let plan = testing::plan::<User>(declared, live);
        assert_eq!((plan.kept.len(), plan.steps.len()), (1, 0), "{:?}", plan.steps);
    }

    #[test]
    fn an_invitation_goes_by_mail_where_it_can_and_as_the_file_says() {
        let mediums = |user: Value| declared(json!({ "ann": user }))[0].want["invite"].clone();
        let phone = json!({ "phone_number": "+15551234567", "invite": true });
        assert_eq!(mediums(phone), json!(["SMS"]));
        let both = json!({ "email": "a@x", "phone_number": "+1", "invite": true });
        assert_eq!(mediums(both), json!(["EMAIL"]));
        let named =
            json!({ "email": "a@x", "invite": { "desired_delivery_mediums": ["SMS", "EMAIL"] } });
        assert_eq!(mediums(named), json!(["SMS", "EMAIL"]));
        assert_eq!(mediums(json!({ "email": "a@x", "invite": false })), Value::Null);
    }

    #[tokio::test]
    async fn a_new_disabled_user_is_made_then_disabled_and_can_be_enabled_again() {
        let create = mock!(Client::admin_create_user).then_output(created);
        let disable = mock!(Client::admin_disable_user)
            .match_requests(|sent| sent.username() == Some("ann"))
            .then_output(|| AdminDisableUserOutput::builder().build());
        let enable = mock!(Client::admin_enable_user)
            .match_requests(|sent| sent.username() == Some("ann"))
            .then_output(|| AdminEnableUserOutput::builder().build());
        let rules = [&create, &disable, &enable];
        let cognito = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, rules);
        let aws = Aws { cognito, ..Aws::test() };
        User::create(&aws, &address(), state(json!({ "enabled": false }))).await.unwrap();
        assert_eq!((create.num_calls(), disable.num_calls(), enable.num_calls()), (1, 1, 0));
        let live = live_with(json!({ "enabled": false }));
        for enabled in [json!(true), Value::Null] {
            let declared = declared(json!({ "ann": { "enabled": enabled } }));
            let plan = testing::plan::<User>(declared.clone(), vec![live.clone()]);
            assert_eq!(plan.steps[0].changes[0].path, "enabled");
            let want = testing::wanted::<User>(&declared[0]);
            let change = Change { live: &live, want, paths: vec!["enabled"] };
            User::update(&aws, change).await.unwrap();
        }
        assert_eq!((disable.num_calls(), enable.num_calls()), (1, 2));
        let undeclared = testing::plan::<User>(declared(json!({ "ann": {} })), vec![live]);
        assert_eq!(
            (undeclared.steps.len(), undeclared.undeclared[0].path.as_str()),
            (0, "enabled")
        );
    }

    #[tokio::test]
    async fn an_attribute_that_the_pool_makes_immutable_can_be_set_once_and_not_changed() {
        let get = mock!(Client::admin_get_user).then_output(|| {
            let user = AdminGetUserOutput::builder().username("ann").enabled(true);
            let user = user.user_attributes(attribute("custom:level", "1"));
            user.user_attributes(attribute("custom:plan", "free")).build().unwrap()
        });
        let cognito = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, [&get]);
        let aws = Aws { cognito, ..Aws::test() };
        let pool = testing::pool(json!({ "custom_attributes": {
            "level": "number immutable", "code": "string immutable of 0 to 9 characters", "plan": "string",
        } }));
        let refused = async |attributes: Value| -> Vec<String> {
            let declared = declared(json!({ "ann": { "attributes": attributes } }));
            let scope = Scope::new(User::NAME, &declared, Some(&pool));
            let live = User::observe(&aws, scope).await.unwrap();
            let plan = testing::plan::<User>(declared, live);
            plan.refusals.into_iter().filter_map(|refusal| refusal.path).collect()
        };
        let changed = json!({ "custom:level": "2", "custom:plan": "gold", "custom:code": "x" });
        assert_eq!(refused(changed).await, ["attributes.custom:level"]);
        assert_eq!(refused(json!({ "custom:level": "1" })).await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_user_that_an_earlier_try_made_gets_what_is_left() {
        let create = mock!(Client::admin_create_user).then_error(|| {
            let meta = ErrorMetadata::builder().code("UsernameExistsException").build();
            let error = UsernameExistsException::builder().meta(meta).build();
            AdminCreateUserError::UsernameExistsException(error)
        });
        let (set, get) = (set_to("hunter2"), mock!(Client::admin_get_user).then_output(there));
        let cognito = mock_client!(
            aws_sdk_cognitoidentityprovider,
            RuleMode::MatchAny,
            [&create, &set, &get]
        );
        let aws = Aws { cognito, ..Aws::test() };
        let want = state(json!({ "confirmed": true, "password": { "reference": "hunter2" } }));
        assert!(!format!("{want:?}").contains("hunter2"));
        let made = User::create(&aws, &address(), want).await.unwrap();
        assert_eq!((made.id.as_str(), set.num_calls()), ("uuid-1", 1));
    }

    #[tokio::test]
    async fn a_user_without_a_password_gets_none() {
        let create = mock!(Client::admin_create_user)
            .match_requests(|sent| sent.temporary_password().is_none())
            .then_output(created);
        let cognito = mock_client!(aws_sdk_cognitoidentityprovider, [&create]);
        let aws = Aws { cognito, ..Aws::test() };
        User::create(&aws, &address(), state(json!({}))).await.unwrap();
        assert_eq!(create.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_password_that_is_missing_is_made_and_handed_out_or_an_error_before_any_call() {
        let create = mock!(Client::admin_create_user).then_output(created);
        let set = mock!(Client::admin_set_user_password)
            .match_requests(|sent| sent.password().is_some_and(|text| text.len() == 24))
            .then_output(|| AdminSetUserPasswordOutput::builder().build());
        let cognito =
            mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, [&create, &set]);
        let (generated, mut shown) = mpsc::unbounded_channel();
        let empty = |_: &str| Some(String::new());
        let aws = Aws { cognito, generated, environment: Arc::new(empty), ..Aws::test() };
        let source = json!({ "password": { "env": "ANN", "generate": true, "length": 24 } });
        User::create(&aws, &address(), state(source)).await.unwrap();
        let made = shown.try_recv().unwrap();
        assert_eq!(made.address, address());
        assert!(!format!("{made:?}").contains(made.password.expose()));

        let source = json!({ "password": { "env": "ANN", "generate": false, "length": 20 } });
        let error = User::create(&aws, &address(), state(source)).await.unwrap_err();
        assert!(error.message.contains("`ANN`"), "{error}");
        assert_eq!(create.num_calls(), 1);
    }

    #[tokio::test]
    async fn what_differs_is_sent_and_a_new_address_stays_verified() {
        let update = mock!(Client::admin_update_user_attributes)
            .match_requests(|sent| {
                sent.user_attributes()
                    == [attribute("email", "b@x.org"), attribute("email_verified", "true")]
            })
            .then_output(|| AdminUpdateUserAttributesOutput::builder().build());
        let add = mock!(Client::admin_add_user_to_group)
            .match_requests(|sent| sent.group_name() == Some("B"))
            .then_output(|| AdminAddUserToGroupOutput::builder().build());
        let set = set_to("hunter2");
        let cognito = mock_client!(
            aws_sdk_cognitoidentityprovider,
            RuleMode::MatchAny,
            [&update, &add, &set]
        );
        let aws = Aws { cognito, ..Aws::test() };
        let attributes = |email| json!({ "sub": "s-1", "email": email, "email_verified": "true", "name": "Ann" });
        let live = Live {
            address: address(),
            kind: "user",
            id: "uuid-1".to_owned(),
            state: json!({ "attributes": attributes("a@x.org"), "groups": ["A"] }),
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        };
        let want = state(json!({
            "attributes": attributes("b@x.org"),
            "groups": ["A", "B"],
            "confirmed": true,
            "password": { "reference": "hunter2" },
        }));
        let change = Change { live: &live, want, paths: vec!["attributes.email", "groups"] };
        User::update(&aws, change).await.unwrap();
        assert_eq!((update.num_calls(), add.num_calls(), set.num_calls()), (1, 1, 0));

        let want = state(json!({
            "attributes": attributes("a@x.org"),
            "groups": ["A"],
            "confirmed": true,
            "password": { "reference": "hunter2" },
        }));
        let change = Change { live: &live, want, paths: vec!["confirmed"] };
        User::update(&aws, change).await.unwrap();
        assert_eq!((update.num_calls(), add.num_calls(), set.num_calls()), (1, 1, 1));
    }

    #[tokio::test]
    async fn only_declared_users_and_their_declared_groups_are_read() {
        let get = mock!(Client::admin_get_user)
            .match_requests(|sent| sent.username() == Some("ann"))
            .then_output(there);
        let gone = mock!(Client::admin_get_user)
            .match_requests(|sent| sent.username() == Some("bob"))
            .then_error(|| {
                let meta = ErrorMetadata::builder().code("UserNotFoundException").build();
                let error = UserNotFoundException::builder().meta(meta).build();
                AdminGetUserError::UserNotFoundException(error)
            });
        let groups = mock!(Client::admin_list_groups_for_user).then_output(|| {
            let group = |name: &str| GroupType::builder().group_name(name).build();
            AdminListGroupsForUserOutput::builder().groups(group("A")).groups(group("Z")).build()
        });
        let cognito = mock_client!(
            aws_sdk_cognitoidentityprovider,
            RuleMode::MatchAny,
            [&get, &gone, &groups]
        );
        let aws = Aws { cognito, ..Aws::test() };
        let stack = testing::stack(json!({
            "groups": { "A": {} },
            "users": {
                "ann": { "email": "a@x.org", "groups": ["A"], "password": { "env": "ANN" } },
                "bob": { "groups": ["A"] },
            },
        }));
        let declared = testing::filled(User::declare(&stack, &Given::default()));
        assert_eq!(declared[0].after, [Address::new(["user_pool", "groups", "A"])]);
        let pool = testing::pool(json!({}));
        let scope = Scope::new(User::NAME, &declared, Some(&pool));
        let live = User::observe(&aws, scope).await.unwrap();
        assert_eq!((live.len(), groups.num_calls()), (1, 1), "no groups of who is not there");
        assert_eq!(live[0].state["groups"], json!(["A"]));
        let plan = testing::plan::<User>(declared, live);
        let changes: Vec<(&str, Vec<&str>)> = plan
            .steps
            .iter()
            .map(|s| (s.address.key(), s.changes.iter().map(|c| c.path.as_str()).collect()))
            .collect();
        let of_bob = vec!["groups", "user_name", "user_pool_id"];
        assert_eq!(changes, [("ann", vec!["confirmed"]), ("bob", of_bob)]);
    }

    #[tokio::test]
    async fn a_user_that_is_gone_counts_as_deleted() {
        let delete = mock!(Client::admin_delete_user).then_error(|| {
            let meta = ErrorMetadata::builder().code("UserNotFoundException").build();
            let error = UserNotFoundException::builder().meta(meta).build();
            AdminDeleteUserError::UserNotFoundException(error)
        });
        let cognito = mock_client!(aws_sdk_cognitoidentityprovider, [&delete]);
        let aws = Aws { cognito, ..Aws::test() };
        let live = Live {
            address: address(),
            kind: "user",
            id: "uuid-1".to_owned(),
            state: json!({ "user_pool_id": "p_1" }),
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        };
        User::delete(&aws, &live).await.unwrap();
    }

    #[test]
    fn a_password_is_at_least_as_long_as_the_pool_asks_and_is_declared_without_its_value() {
        let stack = testing::stack(json!({
            "password_policy": { "minimum_length": 30 },
            "users": {
                "ann": { "password": { "env": "ANN", "else": "generate" } },
                "bob": { "password": "${env.BOB}" },
                "eve": {},
            },
        }));
        let declared = User::declare(&stack, &Given::default());
        let of = |index: usize| declared[index].want.get("password").cloned();
        assert_eq!(of(0), Some(json!({ "env": "ANN", "generate": true, "length": 30 })));
        assert_eq!(of(1), Some(json!({ "reference": "${env.BOB}" })));
        assert_eq!((of(2), declared[2].want.get("confirmed")), (None, None));
    }
}
