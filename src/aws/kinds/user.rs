//! Declared users of a user pool. Users are data: nobody is ever deleted because the file no longer
//! names them.
//!
//! Undeclared attributes stay, and so do memberships in undeclared groups: a group that is removed
//! from a user in the file is left as it is. A password is set when the user is made, or when the
//! user still waits for a first one; it is never read or compared.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::operation::admin_get_user::AdminGetUserOutput;
use aws_sdk_cognitoidentityprovider::types::{AttributeType, MessageActionType, UserStatusType};
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::error::{deleted, failed, found, is_there, required, unbuildable};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::password::{self, Password, Source};
use crate::aws::{Aws, Generated};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Live, Origin, OutputName, Outputs, Ownership, Pattern, Removal, Rule,
    escape,
};
use crate::spec::Stack;
use crate::spec::stack::{User as Settings, UserPool};

/// The kind.
pub struct User;

/// How many users are read at once.
const AT_ONCE: usize = 10;

/// Attributes that count as verified when they are declared, and the attribute that says so.
const VERIFIED: [(&str, &str); 2] =
    [("email", "email_verified"), ("phone_number", "phone_number_verified")];

/// One user.
#[derive(Debug, Deserialize)]
pub struct State {
    user_pool_id: String,
    user_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    confirmed: bool,
    password: Option<Source>,
}

impl Kind for User {
    const NAME: &'static str = "user";
    const PLACE: Pattern = Pattern("user_pool.users.*");
    const FIELDS: &'static [Field] = &[
        Field { path: "user_pool_id", rule: Rule::Immutable("a user stands in one pool") },
        Field { path: "user_name", rule: Rule::Immutable("a user cannot be renamed") },
        Field { path: "password", rule: Rule::WriteOnly },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("name"), OutputName::plain("sub")];
    const PARENT: Option<&'static str> = Some("user_pool");
    const REFERS_TO: &'static [&'static str] = &["user_pool", "group"];
    const GOES_WITH: &'static [&'static str] = &["user_pool"];
    const REMOVAL: Removal = Removal::Never;
    type State = State;

    fn declare(stack: &Stack, _: &Given) -> Vec<Declared> {
        let Some(pool) = stack.pool() else { return Vec::new() };
        let users = pool.users.iter().filter_map(|(key, user)| Some((key, user.as_ref()?)));
        users.map(|(key, user)| declared(pool, key, user)).collect()
    }

    /// Reads the declared users only, each by its name.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let pool = scope.parent()?;
        let reads: Vec<_> = scope.own().map(|declared| read(aws, pool, declared)).collect();
        let users: Vec<Option<Live>> =
            stream::iter(reads).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(users.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, address: &Address, want: State) -> Result<Made, CloudError> {
        let State { user_pool_id, user_name, attributes, groups, confirmed: _, password: _ } =
            &want;
        let password = resolved(aws, &want)?;
        let create = aws
            .cognito
            .admin_create_user()
            .user_pool_id(user_pool_id)
            .username(user_name)
            .set_user_attributes(Some(typed(attributes)?))
            .message_action(MessageActionType::Suppress)
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
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        let delete = aws.cognito.admin_delete_user().user_pool_id(pool).username(&live.id);
        deleted(delete.send().await.map_err(failed("AdminDeleteUser")))
    }
}

fn declared(pool: &UserPool, key: &str, user: &Settings) -> Declared {
    let Settings { email, phone_number, attributes, password, groups } = user;
    let place = Address::new(["user_pool"]);
    let mut all: BTreeMap<&str, &str> = BTreeMap::new();
    for (value, (name, verified)) in [email, phone_number].into_iter().zip(VERIFIED) {
        if let Some(value) = value {
            all.insert(name, value);
            all.insert(verified, "true");
        }
    }
    all.extend(attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let name = escape(key);
    let mut want = json!({
        "user_pool_id": "${user_pool.id}",
        "user_name": name,
        "attributes": all,
        "groups": groups.iter().map(|group| escape(group)).collect::<Vec<_>>(),
    });
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

/// The attributes to send: those that differ. With an address or a number goes that it is
/// verified, because AWS takes that back when the value changes.
fn changed(live: &Value, want: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let differs = |name: &str, value: &str| live[name].as_str().unwrap_or_default() != value;
    let mut changed: BTreeMap<String, String> = want.clone();
    changed.retain(|name, value| differs(name, value));
    for (name, verified) in VERIFIED {
        if changed.contains_key(name)
            && let Some(value) = want.get(verified)
        {
            changed.insert(verified.to_owned(), value.clone());
        }
    }
    changed
}

fn typed(attributes: &BTreeMap<String, String>) -> Result<Vec<AttributeType>, CloudError> {
    let attribute = |(name, value): (&String, &String)| {
        AttributeType::builder().name(name).value(value).build()
    };
    attributes.iter().map(attribute).collect::<Result<_, _>>().map_err(|error| unbuildable(&error))
}

fn pairs(attributes: Option<Vec<AttributeType>>) -> BTreeMap<String, String> {
    let attributes = attributes.unwrap_or_default().into_iter();
    attributes.filter_map(|attribute| Some((attribute.name, attribute.value?))).collect()
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
    let waits = user.user_status == Some(UserStatusType::ForceChangePassword);
    let attributes = pairs(user.user_attributes);
    Ok(Some(Live {
        address: declared.address.clone(),
        kind: User::NAME,
        id: user.username,
        outputs: outputs(name, attributes.get("sub").cloned()),
        state: json!({
            "user_pool_id": pool.id,
            "user_name": name,
            "attributes": attributes,
            "groups": groups,
            "confirmed": !waits,
        }),
        ownership: Ownership::Ours,
    }))
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
    use aws_sdk_cognitoidentityprovider::operation::admin_get_user::AdminGetUserError;
    use aws_sdk_cognitoidentityprovider::operation::admin_list_groups_for_user::AdminListGroupsForUserOutput;
    use aws_sdk_cognitoidentityprovider::operation::admin_set_user_password::{
        AdminSetUserPasswordInput, AdminSetUserPasswordOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::admin_update_user_attributes::AdminUpdateUserAttributesOutput;
    use aws_sdk_cognitoidentityprovider::types::error::{
        UserNotFoundException, UsernameExistsException,
    };
    use aws_sdk_cognitoidentityprovider::types::{GroupType, UserType};
    use aws_smithy_mocks::{Rule as MockRule, RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;
    use tokio::sync::mpsc;

    use super::*;
    use crate::aws::children::testing;

    fn state(more: Value) -> State {
        let mut state = json!({ "user_pool_id": "p_1", "user_name": "ann" });
        crate::spec::lay_over(&mut state, more);
        serde_json::from_value(state).unwrap()
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
