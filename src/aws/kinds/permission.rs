//! Who may call a function: the statements of its resource policy that triggers, routes and an address
//! of its own need.
//!
//! Nobody declares them: there is one for the API and one for the pool, whatever the number of
//! routes and triggers, one for each authorizer, and two for an address that is open to anybody.
//! Statements cannot be changed, and writes at the same time can lose some, so
//! each write is read back, and a function's permissions wait for each other.
//!
//! Sources: <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_lambda::types::FunctionUrlAuthType;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::authorizer;
use crate::aws::api_gateway::{self, reference};
use crate::aws::error::{deleted, failed, found, is_there};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::rates::AT_ONCE;
use crate::aws::settle::{Patience, settled, until};
use crate::aws::{Aws, moved};
use crate::engine::{CloudError, Made};
use crate::resource::{Address, Declared, Live, Origin, Outputs, Ownership, Pattern};
use crate::spec::Stack;

/// The kind.
pub struct Permission;

/// The permission of the stack's API.
pub(super) const HTTP_API: &str = "http_api";

/// The permission of the stack's pool.
pub(super) const USER_POOL: &str = "user_pool";

/// The permission to call the function's address, and the one to call the function through it: an open
/// address needs both.
const FUNCTION_URL: &str = "function_url";
const THROUGH_URL: &str = "function_url_invoke";

/// What most permissions allow.
const INVOKE: &str = "lambda:InvokeFunction";

/// How the ids of our statements start.
const OURS: &str = "provision-";

/// How long a write may take to show in the policy.
const SHOWN: Duration = Duration::from_secs(20);

/// At every so many looks, a write that does not show is taken for lost and made again.
const LOST: u32 = 7;

/// What a permission can be asked to be.
#[derive(Debug, Deserialize)]
pub struct State {
    function_name: String,
    action: String,
    principal: String,
    source_arn: Option<String>,
    source_account: Option<String>,
    function_url_auth_type: Option<String>,
    invoked_via_function_url: Option<bool>,
}

/// The settings that make a statement another one.
const SAID: &[&str] = &[
    "action",
    "principal",
    "source_arn",
    "source_account",
    "function_url_auth_type",
    "invoked_via_function_url",
];

impl Kind for Permission {
    const NAME: &'static str = "permission";
    const PLACE: Pattern = Pattern("lambdas.*.permissions.*");
    const REFERS_TO: &'static [&'static str] = &["function"];
    const GOES_BEFORE: &'static [&'static str] = &["authorizer", "integration"];
    const GOES_WITH: &'static [&'static str] = &["function"];
    type State = State;

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let mut sources: BTreeMap<&String, Vec<(String, Value)>> = BTreeMap::new();
        let mut call = |named: &str, source: &str, of: &Value| {
            let Some((key, lambda)) = super::function_of(stack, named) else { return };
            // Nothing is added to what is somebody else's.
            if lambda.given.existing.is_some() {
                return;
            }
            let all = sources.entry(key).or_default();
            if !all.iter().any(|(known, _)| known == source) {
                all.push((source.to_owned(), of.clone()));
            }
        };
        let id = reference(&api_gateway::address(), "id");
        let api = |path: &str| {
            let arn = super::arn(given, "execute-api", &format!("{id}/{path}"));
            json!({ "action": INVOKE, "principal": "apigateway.amazonaws.com", "source_arn": arn })
        };
        for named in stack.routes().filter_map(|(_, route)| route.lambda.as_deref()) {
            call(named, HTTP_API, &api("*/*"));
        }
        for (key, authorizer) in stack.authorizers() {
            if let Some((function, _)) = authorizer::called(stack, &authorizer.given) {
                let id = reference(&authorizer::address(key), "id");
                call(function, &authorizer::source(key), &api(&format!("authorizers/{id}")));
            }
        }
        let pool = json!({
            "action": INVOKE,
            "principal": "cognito-idp.amazonaws.com",
            "source_arn": reference(&Address::new([USER_POOL]), "arn"),
            "source_account": "${account}",
        });
        let triggers = stack.pool().into_iter().flat_map(|pool| pool.triggers.values());
        triggers.for_each(|trigger| call(&trigger.lambda, USER_POOL, &pool));
        let url = json!({
            "action": "lambda:InvokeFunctionUrl", "principal": "*",
            "function_url_auth_type": "NONE",
        });
        let through = json!({
            "action": INVOKE, "principal": "*", "invoked_via_function_url": true,
        });
        let open = stack.functions().filter(|(_, lambda)| {
            lambda.given.function_url.as_ref().is_some_and(|url| url.auth_type == "NONE")
        });
        for (key, _) in open {
            call(key, FUNCTION_URL, &url);
            call(key, THROUGH_URL, &through);
        }
        sources.into_iter().flat_map(|(key, sources)| declare(key, &sources)).collect()
    }

    /// Reads the policies of all functions of the file: one may have a permission that the file no
    /// longer asks for.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let functions = scope.declared.iter().filter(|declared| declared.kind == "function");
        let functions = super::names(functions);
        let read = |(name, function)| observe(aws, name, function);
        let found: Vec<Vec<Live>> =
            stream::iter(functions).map(read).buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Adding a statement overwrites nothing; one that is to go is read again just before, and goes at
    /// the revision of the policy that was read then.
    async fn now(_: &Aws, _: &Live) -> Result<Now, CloudError> {
        Ok(Now::Watched)
    }

    async fn create(aws: &Aws, address: &Address, want: State) -> Result<Made, CloudError> {
        let id = statement_id(address.key(), &want);
        put(aws, &id, &want).await?;
        Ok(Made { id, outputs: Outputs::default() })
    }

    /// Adds the new statement before the old ones go, so that calls are allowed all the time.
    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let Change { live, want, paths: _ } = &change;
        let there = statement_ids(live);
        let mut kept = live.id.clone();
        if SAID.iter().any(|path| change.touches(path)) {
            kept = statement_id(live.address.key(), want);
            if kept == live.id {
                // Somebody put another statement in the place of ours.
                take_away(aws, live, &kept).await?;
            }
            if kept == live.id || !there.contains(&kept) {
                put(aws, &kept, want).await?;
            }
        }
        for old in there.iter().filter(|id| **id != kept) {
            take_away(aws, live, old).await?;
        }
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        for id in statement_ids(live) {
            take_away(aws, live, &id).await?;
        }
        Ok(())
    }
}

/// The address of the permission of `source` to call a function of the file.
pub(super) fn address(function: &str, source: &str) -> Address {
    super::function_address(function).child("permissions").child(source)
}

/// The permissions of one function: one after the other, so each waits for all before it.
fn declare(function: &str, sources: &[(String, Value)]) -> Vec<Declared> {
    let mut before: Vec<Address> = Vec::new();
    let declare = |(source, of): &(String, Value)| {
        let mut want = of.clone();
        want["function_name"] = json!(reference(&super::function_address(function), "name"));
        // Statements of an earlier source, which are to go.
        want["left_over"] = json!([]);
        let address = address(function, source);
        let after = before.clone();
        before.push(address.clone());
        Declared {
            address,
            kind: Permission::NAME,
            name: String::new(),
            want,
            after,
            predicted: [].into(),
            origin: Origin::Made,
        }
    };
    sources.iter().map(declare).collect()
}

/// The id of a statement: it follows from what the statement says.
fn statement_id(source: &str, want: &State) -> String {
    let State {
        function_name: _,
        action,
        principal,
        source_arn,
        source_account,
        function_url_auth_type,
        invoked_via_function_url,
    } = want;
    let said = [source_arn, source_account, function_url_auth_type];
    let said = said.map(|text| text.as_deref().unwrap_or_default()).join("\n");
    let through = invoked_via_function_url.unwrap_or_default();
    let hash = Sha256::digest(format!("{action}\n{principal}\n{said}\n{through}"));
    let hash: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{OURS}{source}-{hash}")
}

/// The ids of all statements that one live permission stands for.
fn statement_ids(live: &Live) -> Vec<String> {
    let left_over = live.state["left_over"].as_array().into_iter().flatten();
    let left_over = left_over.filter_map(Value::as_str).map(str::to_owned);
    [live.id.clone()].into_iter().chain(left_over).collect()
}

/// Adds a statement until the policy shows it.
async fn put(aws: &Aws, id: &str, want: &State) -> Result<(), CloudError> {
    let mut looks = 0;
    let look = || {
        let is_due = looks % LOST == 0;
        looks += 1;
        async move {
            if is_due {
                add(aws, id, want).await?;
            }
            let (statements, _) = policy(aws, &want.function_name).await?;
            Ok(statements.iter().any(|statement| statement["Sid"] == id).then_some(()))
        }
    };
    let waiting_for =
        format!("the permission `{id}` to show in the policy of `{}`", want.function_name);
    until(&waiting_for, SHOWN, look).await
}

/// Removes a statement until the policy no longer shows it.
async fn take_away(aws: &Aws, live: &Live, id: &str) -> Result<(), CloudError> {
    let function = live.state["function_name"].as_str().unwrap_or_default();
    let mut looks = 0;
    let look = || {
        let is_due = looks % LOST == 0;
        looks += 1;
        async move {
            let mut patience = Patience::new("other changes of the permissions to end");
            loop {
                let (statements, revision) = policy(aws, function).await?;
                let Some(statement) = statements.into_iter().find(|s| s["Sid"] == id) else {
                    return Ok(Some(()));
                };
                if !is_due {
                    return Ok(None);
                }
                if id == live.id {
                    let now = said(&statement);
                    moved::check(&live.state, &now, SAID.iter().copied(), &[])?;
                }
                match remove(aws, function, id, revision).await {
                    Err(error) => patience.after(error).await?,
                    Ok(()) => break,
                }
            }
            let (statements, _) = policy(aws, function).await?;
            Ok(statements.iter().all(|statement| statement["Sid"] != id).then_some(()))
        }
    };
    until(&format!("the permission `{id}` to leave the policy of `{function}`"), SHOWN, look).await
}

/// Adds the statement, unless it is there.
async fn add(aws: &Aws, id: &str, want: &State) -> Result<(), CloudError> {
    let State {
        function_name,
        action,
        principal,
        source_arn,
        source_account,
        function_url_auth_type,
        invoked_via_function_url,
    } = want;
    let auth_type = function_url_auth_type.as_deref().map(FunctionUrlAuthType::from);
    let add = || async {
        let add = aws
            .lambda
            .add_permission()
            .function_name(function_name)
            .statement_id(id)
            .action(action)
            .principal(principal)
            .set_source_arn(source_arn.clone())
            .set_source_account(source_account.clone())
            .set_function_url_auth_type(auth_type.clone())
            .set_invoked_via_function_url(*invoked_via_function_url);
        add.send().await.map_err(failed("AddPermission"))
    };
    match settled("the function to be ready", add).await {
        // The id follows from the statement, so the same id is the same statement.
        Err(error) if is_there(&error) => Ok(()),
        // A function that was just made is not known everywhere at once.
        other => deleted(other),
    }
}

async fn remove(
    aws: &Aws,
    function: &str,
    id: &str,
    revision: Option<String>,
) -> Result<(), CloudError> {
    let remove = aws.lambda.remove_permission().function_name(function).statement_id(id);
    let remove = remove.set_revision_id(revision).send().await;
    deleted(remove.map_err(failed("RemovePermission")))
}

/// The statements of a function's policy and its revision; none where there is no policy or no
/// function.
async fn policy(aws: &Aws, function: &str) -> Result<(Vec<Value>, Option<String>), CloudError> {
    let answer = aws.lambda.get_policy().function_name(function).send().await;
    let answer = found(answer.map_err(failed("GetPolicy")))?;
    let revision = answer.as_ref().and_then(|answer| answer.revision_id.clone());
    let Some(text) = answer.and_then(|answer| answer.policy).filter(|text| !text.is_empty()) else {
        return Ok((Vec::new(), None));
    };
    let mut policy: Value = serde_json::from_str(&text).map_err(|error| {
        CloudError::new(format!("Lambda answered a policy that is no JSON: {error}"))
    })?;
    let statements = match policy["Statement"].take() {
        Value::Array(statements) => statements,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    Ok((statements, revision))
}

/// Our permissions of one function; of two of a source, the later ones are left over.
async fn observe(aws: &Aws, name: String, function: Address) -> Result<Vec<Live>, CloudError> {
    let mut sources: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for statement in policy(aws, &name).await?.0 {
        let Some(id) = statement["Sid"].as_str() else { continue };
        let source = id.strip_prefix(OURS).and_then(|rest| rest.rsplit_once('-'));
        if let Some((source, _)) = source {
            let statements = sources.entry(source.to_owned()).or_default();
            statements.insert(id.to_owned(), statement);
        }
    }
    let live = |(source, mut statements): (String, BTreeMap<String, Value>)| {
        let (id, statement) = statements.pop_first()?;
        let mut state = said(&statement);
        state["function_name"] = json!(name);
        state["left_over"] = json!(statements.into_keys().collect::<Vec<_>>());
        Some(Live {
            address: address(function.key(), &source),
            kind: Permission::NAME,
            id,
            state,
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        })
    };
    Ok(sources.into_iter().filter_map(live).collect())
}

/// What a statement says, in the shape of the state.
fn said(statement: &Value) -> Value {
    json!({
        "action": text(&statement["Action"]),
        "principal": principal(statement),
        "source_arn": condition(statement, "aws:SourceArn"),
        "source_account": condition(statement, "aws:SourceAccount"),
        "function_url_auth_type": condition(statement, "lambda:FunctionUrlAuthType"),
        "invoked_via_function_url": condition(statement, "lambda:InvokedViaFunctionUrl")
            .map(|value| value.eq_ignore_ascii_case("true")),
    })
}

fn principal(statement: &Value) -> Option<&str> {
    let principal = &statement["Principal"];
    text(principal).or_else(|| principal.as_object()?.values().find_map(text))
}

/// What a statement demands of a key, whatever the operator and the key's spelling.
fn condition<'a>(statement: &'a Value, key: &str) -> Option<&'a str> {
    let operators = statement["Condition"].as_object()?.values().filter_map(Value::as_object);
    let mut keys = operators.flatten();
    keys.find(|(name, _)| name.eq_ignore_ascii_case(key)).and_then(|(_, value)| text(value))
}

/// A text, or a list with one.
fn text(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| match value.as_array().map(Vec::as_slice) {
        Some([one]) => one.as_str(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::Client;
    use aws_sdk_lambda::operation::add_permission::{AddPermissionError, AddPermissionOutput};
    use aws_sdk_lambda::operation::get_policy::{GetPolicyError, GetPolicyOutput};
    use aws_sdk_lambda::operation::remove_permission::{
        RemovePermissionError, RemovePermissionOutput,
    };
    use aws_sdk_lambda::types::error::{ResourceConflictException, ResourceNotFoundException};
    use aws_smithy_mocks::{Rule, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    const API: &str = "arn:aws:execute-api:us-east-1:123456789012:a1/*/*";

    fn want() -> State {
        State {
            function_name: "demo-fn".into(),
            action: INVOKE.into(),
            principal: "apigateway.amazonaws.com".into(),
            source_arn: Some(API.into()),
            source_account: None,
            function_url_auth_type: None,
            invoked_via_function_url: None,
        }
    }

    fn id() -> String {
        statement_id(HTTP_API, &want())
    }

    fn shows(ids: &[&str]) -> Rule {
        let statements: Vec<Value> = ids.iter().map(|id| json!({ "Sid": id })).collect();
        let policy = json!({ "Statement": statements }).to_string();
        mock!(Client::get_policy)
            .match_requests(|sent| sent.function_name() == Some("demo-fn"))
            .then_output(move || {
                GetPolicyOutput::builder().policy(&policy).revision_id("r1").build()
            })
    }

    fn added() -> Rule {
        mock!(Client::add_permission)
            .match_requests(|sent| {
                sent.function_name() == Some("demo-fn")
                    && sent.statement_id() == Some(&id())
                    && sent.action() == Some("lambda:InvokeFunction")
                    && sent.principal() == Some("apigateway.amazonaws.com")
                    && sent.source_arn() == Some(API)
                    && sent.source_account().is_none()
            })
            .then_output(|| AddPermissionOutput::builder().build())
    }

    fn removed(id: &'static str) -> Rule {
        mock!(Client::remove_permission)
            .match_requests(move |sent| {
                sent.function_name() == Some("demo-fn")
                    && sent.statement_id() == Some(id)
                    && sent.revision_id() == Some("r1")
            })
            .then_output(|| RemovePermissionOutput::builder().build())
    }

    fn function() -> Declared {
        Declared {
            address: super::super::function_address("fn"),
            kind: "function",
            name: "demo-fn".into(),
            want: json!({}),
            after: Vec::new(),
            predicted: [].into(),
            origin: Origin::Made,
        }
    }

    async fn observed(answer: Rule) -> Vec<Live> {
        let aws = Aws { lambda: mock_client!(aws_sdk_lambda, [&answer]), ..Aws::test() };
        let declared = [function()];
        Permission::observe(&aws, Scope::new("permission", &declared, None)).await.unwrap()
    }

    async fn some_live(ids: &[&str]) -> Live {
        observed(shows(ids)).await.remove(0)
    }

    #[test]
    fn there_is_one_for_the_api_and_one_for_the_pool_whatever_the_number_of_uses() {
        let function = json!({ "code": "x", "runtime": "python3.13", "handler": "x.y" });
        let stack = json!({
            "stack": "demo",
            "lambdas": { "fn": function, "idle": function },
            "http_api": { "routes": {
                "GET /a": "fn", "GET /b": "${lambdas.fn.arn}", "GET /c": "arn:aws:lambda:x",
            } },
            "user_pool": { "triggers": { "pre_sign_up": "fn", "post_confirmation": "fn" } },
        });
        let stack: Stack = serde_json::from_value(stack).unwrap();
        let given = Given { region: "us-east-1".into(), ..Given::default() };
        let declared = Permission::declare(&stack, &given);
        let shown = |one: &Declared| {
            let want = ["function_name", "principal", "source_arn", "source_account"];
            let want = want.map(|path| one.want[path].as_str().unwrap_or_default().to_owned());
            (one.address.to_string(), want)
        };
        let expected = [
            (
                "lambdas.fn.permissions.http_api".to_owned(),
                [
                    "${lambdas.fn.name}",
                    "apigateway.amazonaws.com",
                    "arn:aws:execute-api:us-east-1:${account}:${http_api.id}/*/*",
                    "",
                ]
                .map(str::to_owned),
            ),
            (
                "lambdas.fn.permissions.user_pool".to_owned(),
                [
                    "${lambdas.fn.name}",
                    "cognito-idp.amazonaws.com",
                    "${user_pool.arn}",
                    "${account}",
                ]
                .map(str::to_owned),
            ),
        ];
        assert_eq!(declared.iter().map(shown).collect::<Vec<_>>(), expected);
        assert_eq!(declared[1].after, [declared[0].address.clone()]);
    }

    #[test]
    fn each_authorizer_has_its_own_and_those_of_one_function_wait_for_each_other() {
        let function = json!({ "code": "x", "runtime": "python3.13", "handler": "x.y" });
        let stack = json!({
            "stack": "demo",
            "lambdas": { "fn": function },
            "http_api": {
                "authorizers": { "a": { "lambda": "fn" }, "b": { "lambda": "${lambdas.fn.arn}" } },
                "routes": { "GET /a": "fn", "GET /b": { "http": "https://example.com" } },
            },
            "user_pool": { "triggers": { "pre_sign_up": "fn" } },
        });
        let given = Given { region: "us-east-1".into(), ..Given::default() };
        let declared = Permission::declare(&serde_json::from_value(stack).unwrap(), &given);
        let keys: Vec<&str> = declared.iter().map(|one| one.address.key()).collect();
        assert_eq!(keys, [HTTP_API, "authorizer-a", "authorizer-b", USER_POOL]);
        let source = "arn:aws:execute-api:us-east-1:${account}:${http_api.id}/authorizers/\
            ${http_api.authorizers.a.id}";
        assert_eq!(declared[1].want["source_arn"], source);
        let before: Vec<Address> = declared[..3].iter().map(|one| one.address.clone()).collect();
        assert_eq!(declared[3].after, before);
    }

    #[tokio::test]
    async fn the_permission_of_an_authorizer_is_known_again_by_its_statement() {
        let id = "provision-authorizer-my-gate-0123456789ab";
        let found = observed(shows(&[id])).await;
        assert_eq!(found[0].address, address("fn", "authorizer-my-gate"));
        assert_eq!(found[0].id, id);
    }

    #[tokio::test]
    async fn the_api_and_nobody_else_is_allowed_to_call() {
        let (add, read) = (added(), shows(&[&id()]));
        let aws = Aws { lambda: mock_client!(aws_sdk_lambda, [&add, &read]), ..Aws::test() };
        let made = Permission::create(&aws, &address("fn", HTTP_API), want()).await.unwrap();
        assert_eq!((add.num_calls(), made.id), (1, id()));
        assert!(id().starts_with("provision-http_api-") && id().len() == 31, "{}", id());
    }

    #[tokio::test]
    async fn an_open_address_is_allowed_to_be_called_and_to_call_through() {
        let url = json!({ "auth_type": "NONE" });
        let function = json!({
            "code": "x", "runtime": "python3.13", "handler": "x.y", "function_url": url,
        });
        let mut signed = function.clone();
        signed["function_url"]["auth_type"] = json!("AWS_IAM");
        let stack = json!({ "stack": "demo", "lambdas": { "fn": function, "signed": signed } });
        let stack: Stack = serde_json::from_value(stack).unwrap();
        let declared = Permission::declare(&stack, &Given::default());
        let keys: Vec<&str> = declared.iter().map(|d| d.address.key()).collect();
        assert_eq!(keys, [FUNCTION_URL, THROUGH_URL]);
        for (declared, through) in declared.iter().zip([None, Some(true)]) {
            let mut want = declared.want.clone();
            want["function_name"] = json!("demo-fn");
            let want: State = serde_json::from_value(want).unwrap();
            let auth_type = through.is_none().then_some(FunctionUrlAuthType::None);
            let add = mock!(Client::add_permission)
                .match_requests(move |sent| {
                    sent.principal() == Some("*")
                        && sent.source_arn().is_none()
                        && sent.function_url_auth_type() == auth_type.as_ref()
                        && sent.invoked_via_function_url() == through
                })
                .then_output(|| AddPermissionOutput::builder().build());
            let read = shows(&[&statement_id(declared.address.key(), &want)]);
            let aws = Aws { lambda: mock_client!(aws_sdk_lambda, [&add, &read]), ..Aws::test() };
            Permission::create(&aws, &declared.address, want).await.unwrap();
            assert_eq!(add.num_calls(), 1);
        }
    }

    #[tokio::test]
    async fn a_pool_is_held_to_its_account() {
        let add = mock!(Client::add_permission)
            .match_requests(|sent| {
                sent.principal() == Some("cognito-idp.amazonaws.com")
                    && sent.source_arn() == Some("arn:pool")
                    && sent.source_account() == Some("123456789012")
            })
            .then_output(|| AddPermissionOutput::builder().build());
        let want = State {
            principal: "cognito-idp.amazonaws.com".into(),
            source_arn: Some("arn:pool".into()),
            source_account: Some("123456789012".into()),
            ..want()
        };
        let read = shows(&[&statement_id(USER_POOL, &want)]);
        let aws = Aws { lambda: mock_client!(aws_sdk_lambda, [&add, &read]), ..Aws::test() };
        Permission::create(&aws, &address("fn", USER_POOL), want).await.unwrap();
        assert_eq!(add.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_statement_that_is_there_already_is_done() {
        let add = mock!(Client::add_permission).then_error(|| {
            let code = ErrorMetadata::builder().code("ResourceConflictException").build();
            let error = ResourceConflictException::builder().message("already exists").meta(code);
            AddPermissionError::ResourceConflictException(error.build())
        });
        let read = shows(&[&id()]);
        let aws = Aws { lambda: mock_client!(aws_sdk_lambda, [&add, &read]), ..Aws::test() };
        assert!(Permission::create(&aws, &address("fn", HTTP_API), want()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_statement_that_does_not_show_is_added_again() {
        let (first, again) = (added(), added());
        let hidden: Vec<Rule> = (0..LOST).map(|_| shows(&["foreign"])).collect();
        let last = shows(&[&id()]);
        let rules = [&first].into_iter().chain(&hidden).chain([&again, &last]);
        let aws = Aws { lambda: mock_client!(aws_sdk_lambda, rules), ..Aws::test() };
        Permission::create(&aws, &address("fn", HTTP_API), want()).await.unwrap();
        assert_eq!(again.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_new_source_is_allowed_before_the_old_one_goes() {
        let old = "provision-http_api-000000000000";
        let live = some_live(&[old]).await;
        let (add, both, again, remove, one) =
            (added(), shows(&[old, &id()]), shows(&[old, &id()]), removed(old), shows(&[&id()]));
        let rules = [&add, &both, &again, &remove, &one];
        let aws = Aws { lambda: mock_client!(aws_sdk_lambda, rules), ..Aws::test() };
        let change = Change { live: &live, want: want(), paths: vec!["source_arn"] };
        Permission::update(&aws, change).await.unwrap();
        assert_eq!((add.num_calls(), remove.num_calls()), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_statement_goes_at_the_revision_that_was_read_and_not_where_it_says_something_else() {
        let old = "provision-http_api-000000000000";
        let live = some_live(&[old]).await;
        let raced = mock!(Client::remove_permission).then_error(|| {
            let meta = ErrorMetadata::builder().code("PreconditionFailedException").build();
            RemovePermissionError::generic(meta)
        });
        let (first, second, remove, none) =
            (shows(&[old]), shows(&[old]), removed(old), shows(&[]));
        let mocks = [&first, &raced, &second, &remove, &none];
        let aws = Aws { lambda: mock_client!(aws_sdk_lambda, mocks), ..Aws::test() };
        Permission::delete(&aws, &live).await.unwrap();
        assert_eq!((raced.num_calls(), remove.num_calls()), (1, 1));

        let policy = json!({ "Statement": [{ "Sid": old, "Action": "lambda:GetFunction" }] });
        let other = mock!(Client::get_policy).then_output(move || {
            GetPolicyOutput::builder().policy(policy.to_string()).revision_id("r1").build()
        });
        let aws = Aws { lambda: mock_client!(aws_sdk_lambda, [&other]), ..Aws::test() };
        let error = Permission::delete(&aws, &live).await.unwrap_err();
        assert!(error.message.contains("`action` has moved since the plan"), "{error}");
    }

    #[tokio::test]
    async fn a_statement_that_an_interrupted_change_left_is_removed_and_the_right_one_stays() {
        let (old, id) = ("provision-http_api-000000000000", id());
        let live = some_live(&[old, &id]).await;
        assert_eq!((live.id.as_str(), &live.state["left_over"]), (old, &json!([id])));
        let (both, remove, one) = (shows(&[old, &id]), removed(old), shows(&[&id]));
        let mocks = [&both, &remove, &one];
        let aws = Aws { lambda: mock_client!(aws_sdk_lambda, mocks), ..Aws::test() };
        let paths = vec!["left_over", "source_arn"];
        Permission::update(&aws, Change { live: &live, want: want(), paths }).await.unwrap();
        assert_eq!(remove.num_calls(), 1);
    }

    #[tokio::test]
    async fn the_policy_is_read_whatever_its_spelling_and_foreign_statements_are_ignored() {
        let ours = json!({
            "Sid": "provision-user_pool-0123456789ab",
            "Principal": { "Service": "cognito-idp.amazonaws.com" },
            "Action": "lambda:InvokeFunction",
            "Condition": {
                "StringLike": { "aws:SourceArn": ["arn:pool"] },
                "StringEquals": { "AWS:SourceAccount": "1" },
            },
        });
        let one = json!({ "Statement": ours }).to_string();
        let both = json!({ "Statement": [{ "Sid": "theirs" }, ours] }).to_string();
        for policy in [one, both] {
            let found = observed(
                mock!(Client::get_policy)
                    .then_output(move || GetPolicyOutput::builder().policy(&policy).build()),
            )
            .await;
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].address, address("fn", USER_POOL));
            let expected = json!({
                "function_name": "demo-fn",
                "action": "lambda:InvokeFunction",
                "principal": "cognito-idp.amazonaws.com",
                "source_arn": "arn:pool",
                "source_account": "1",
                "function_url_auth_type": null,
                "invoked_via_function_url": null,
                "left_over": [],
            });
            assert_eq!(found[0].state, expected);
        }
    }

    #[tokio::test]
    async fn no_policy_is_no_permission() {
        let missing = mock!(Client::get_policy).then_error(|| {
            let code = ErrorMetadata::builder().code("ResourceNotFoundException").build();
            let error = ResourceNotFoundException::builder().meta(code).build();
            GetPolicyError::ResourceNotFoundException(error)
        });
        assert_eq!(observed(missing).await, []);
        let empty = mock!(Client::get_policy).then_output(|| GetPolicyOutput::builder().build());
        assert_eq!(observed(empty).await, []);
        assert_eq!(observed(shows(&[])).await, []);
    }
}
