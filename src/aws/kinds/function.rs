//! Lambda functions.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>

use std::time::Duration;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{FunctionConfiguration, LastUpdateStatus, State as FunctionState};
use futures::future::try_join_all;
use serde_json::{Value, json};

use crate::aws::error::{deleted, failed, found, is_there, required};
use crate::aws::function_code::{self, source};
use crate::aws::function_request::{code_request, configuration_request, create_request};
use crate::aws::function_state::{self, State};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::settle::{Patience, settled, until};
use crate::aws::{Aws, hazards, moved, tags};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Ownership, Pattern,
    Removal, Replacing, Rule,
};
use crate::spec::stack::Lambda;
use crate::spec::{Settings, Stack};

/// The kind.
pub struct Function;

/// How long a function may take to become active or to take a change over.
const DEADLINE: Duration = Duration::from_secs(300);

/// What a fresh read adds to the state: the revision, which changes with every write.
const REVISION: &str = "revision_id";

/// The settings of the file that are the function's own.
const SETTINGS: &[&str] = &[
    "runtime",
    "handler",
    "description",
    "timeout",
    "memory_size",
    "environment",
    "architectures",
    "layers",
    "tracing_config",
    "ephemeral_storage",
    "reserved_concurrent_executions",
    "dead_letter_config",
    "logging_config",
    "kms_key_arn",
    "vpc_config",
];

/// What has a request of its own; everything else goes with the configuration.
const APART: &[&str] = &["code_sha256", "architectures", "reserved_concurrent_executions", "tags"];

impl Kind for Function {
    const NAME: &'static str = "function";
    const PLACE: Pattern = Pattern("lambdas.*");
    const FIELDS: &'static [Field] = &[
        Field { path: "function_name", rule: Rule::Replaces("Lambda cannot rename a function") },
        Field { path: "environment", rule: Rule::Exclusive },
        Field { path: "environment", rule: Rule::Sensitive },
        Field { path: "layers", rule: Rule::Ordered },
        Field { path: "timeout", rule: Rule::Seconds },
        Field { path: "s3_bucket", rule: Rule::WriteOnly },
        Field { path: "s3_key", rule: Rule::WriteOnly },
        Field { path: "s3_object_version", rule: Rule::WriteOnly },
        Field { path: "tags.provision:expires", rule: Rule::Once },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("arn"), OutputName::plain("name")];
    const REFERS_TO: &'static [&'static str] = &["role", "role_policy", "log_group"];
    const REMOVAL: Removal = Removal::Free;
    const HAZARDS: &'static [Hazard] = hazards::FUNCTION;
    const REPLACING: Replacing = Replacing::NewFirst;
    type State = State;

    fn defaults() -> Value {
        function_state::defaults()
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let existing = stack.all_functions().filter_map(|(key, lambda)| {
            let named = lambda.given.existing.as_ref()?;
            let name = named.rsplit(':').next().unwrap_or(named).to_owned();
            Some(Declared {
                address: super::function_address(key),
                kind: Self::NAME,
                want: json!({}),
                after: Vec::new(),
                predicted: [("name", name.clone())].into(),
                name,
                origin: Origin::Existing,
            })
        });
        let made = stack.functions().map(|(key, lambda)| declare(stack, given, key, lambda));
        made.chain(existing).collect()
    }

    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let declared = async {
            let reads = scope.own().map(|declared| async move {
                let answer = read(aws, &declared.name).await?;
                let found =
                    answer.map(|answer| live(aws, &declared.address, answer)).transpose()?;
                Ok::<_, CloudError>(found.map(|live| match declared.origin {
                    Origin::Existing => Live { ownership: Ownership::Existing, ..live },
                    Origin::Made | Origin::Renamed(_) => live,
                }))
            });
            try_join_all(reads).await
        };
        let hinted = async {
            let names = names(aws).await?;
            let is_declared = |name: &String| scope.own().any(|d| d.name == *name);
            let reads = names.iter().filter(|name| !is_declared(name)).map(|name| async move {
                let answer = read(aws, name).await?;
                answer.map(|answer| live(aws, &address(aws, &answer, name), answer)).transpose()
            });
            try_join_all(reads).await
        };
        let (declared, hinted) = futures::try_join!(declared, hinted)?;
        // A hint can be out of date: only what its own tags confirm counts.
        let ours = hinted.into_iter().flatten().filter(|live| live.ownership == Ownership::Ours);
        let mut all: Vec<Live> = declared.into_iter().flatten().collect();
        for mut live in ours {
            // A function that was renamed in the file, and one of its new name: two at one address.
            if all.iter().any(|other| other.address == live.address) {
                live.address = super::function_address(&live.id);
            }
            all.push(live);
        }
        Ok(all)
    }

    /// With the revision, at which alone the first write is made.
    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let Some(answer) = read(aws, &live.id).await? else { return Ok(Now::Gone) };
        let revision = revision(&answer);
        let mut state = self::live(aws, &live.address, answer)?.state;
        state[REVISION] = json!(revision);
        Ok(Now::State(state))
    }

    async fn create(aws: &Aws, address: &Address, want: State) -> Result<Made, CloudError> {
        let name = want.function_name.clone();
        let source = source(aws, address, &want).await?;
        let create = || async {
            let sent = create_request(aws, source.clone(), &want)?.send().await;
            sent.map(drop).map_err(failed("CreateFunction"))
        };
        match settled(&format!("the role of `{name}` to be known to Lambda"), create).await {
            Err(error) if is_there(&error) => existing(aws, &want, error).await?,
            other => other?,
        }
        let answer = ready(aws, &name).await?;
        if want.reserved_concurrent_executions.is_some() {
            reserve(aws, &want).await?;
        }
        Ok(Made { id: name, outputs: outputs(&required(answer.configuration, "Configuration")?)? })
    }

    /// One request after the other, each once the function is ready again.
    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let want = &change.want;
        let name = &want.function_name;
        let mut revision = change.live.state[REVISION].as_str().map(str::to_owned);
        let is_apart = |path: &&str| APART.iter().any(|apart| path.starts_with(apart));
        let (apart, together): (Vec<&str>, Vec<&str>) =
            change.paths.iter().copied().partition(is_apart);
        if !together.is_empty() {
            let update = |revision: Option<String>| async {
                let update = configuration_request(aws, &change)?.set_revision_id(revision);
                update.send().await.map(drop).map_err(failed("UpdateFunctionConfiguration"))
            };
            let waiting_for = format!("`{name}` and its role to be ready");
            at_revision(aws, &change, &together, revision, &waiting_for, update).await?;
            revision = self::revision(&ready(aws, name).await?);
        }
        if is_other_code(&change) {
            let source = source(aws, &change.live.address, want).await?;
            let update = |revision: Option<String>| async {
                let update = code_request(aws, source.clone(), want).set_revision_id(revision);
                update.send().await.map(drop).map_err(failed("UpdateFunctionCode"))
            };
            let waiting_for = format!("`{name}` to be ready");
            let code: Vec<&str> = apart.into_iter().filter(|path| is_code(path)).collect();
            at_revision(aws, &change, &code, revision, &waiting_for, update).await?;
            ready(aws, name).await?;
        }
        if change.touches("reserved_concurrent_executions") {
            reserve(aws, want).await?;
        }
        tag(aws, &change).await?;
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let delete = || async {
            let delete = aws.lambda.delete_function().function_name(&live.id);
            delete.send().await.map_err(failed("DeleteFunction"))
        };
        deleted(settled(&format!("`{}` to be ready", live.id), delete).await)
    }
}

fn declare(stack: &Stack, given: &Given, key: &str, lambda: &Settings<Lambda>) -> Declared {
    let address = super::function_address(key);
    let name = super::function_name(stack, key, &lambda.given);
    let mut want = lambda.wanted(&Function::defaults(), given.strict);
    want.retain(|setting, _| SETTINGS.contains(&setting.as_str()));
    want.insert("function_name".into(), json!(name));
    let made = format!("${{{}}}", address.child("role").child("arn"));
    want.insert("role".into(), json!(lambda.given.role.as_ref().unwrap_or(&made)));
    let logging = want.remove("logging_config").unwrap_or_default();
    want.insert("logging_config".into(), self::logging(&address, &lambda.given, logging));
    let mut tags = tags::wanted(stack, given, &address, &lambda.given.tags);
    function_code::declare(stack, given, key, &lambda.given.code, &mut want, &mut tags);
    want.insert("tags".into(), tags.into());
    // Made first, or a first call would make a log group without owner and retention.
    let mut after = vec![address.child("log_group")];
    if lambda.given.dead_letter_config.is_some() && lambda.given.role.is_none() {
        // Lambda asks whether the role may send there.
        after.push(address.child("inline_policies").child(super::role_policy::OWN));
    }
    Declared {
        kind: Function::NAME,
        want: want.into(),
        after,
        predicted: [
            ("arn", super::arn(given, "lambda", &format!("function:{name}"))),
            ("name", name.clone()),
        ]
        .into(),
        name,
        address,
        origin: Origin::Made,
    }
}

/// How the function logs. Where it does is wiring: the role's policy and the group follow it, so what
/// the file does not say is the group of the function's own name.
fn logging(address: &Address, lambda: &Lambda, wanted: Value) -> Value {
    let mut logging = match wanted {
        Value::Object(logging) => logging,
        _ => serde_json::Map::new(),
    };
    // Text has no levels.
    if logging.get("log_format") != Some(&json!("JSON")) {
        logging.retain(|setting, _| !setting.ends_with("_log_level"));
    }
    let own = lambda.log_group.as_ref().and_then(|group| group.name.as_ref());
    let own = own.map(|_| format!("${{{}}}", address.child("log_group").child("name")));
    let named = lambda.logging_config.as_ref().and_then(|logging| logging.log_group.clone());
    logging.insert("log_group".to_owned(), json!(named.or(own)));
    logging.into()
}

/// Writes at the revision that was read last, so that nothing that somebody else writes meanwhile is
/// lost. Where the function has another one by then, it is read again, and written to unless what
/// changes has itself moved: its own permissions and states move the revision too.
async fn at_revision<F>(
    aws: &Aws,
    change: &Change<'_, State>,
    paths: &[&str],
    mut revision: Option<String>,
    waiting_for: &str,
    update: impl Fn(Option<String>) -> F,
) -> Result<(), CloudError>
where
    F: Future<Output = Result<(), CloudError>>,
{
    let mut patience = Patience::new(waiting_for);
    loop {
        match update(revision).await {
            Err(error) => patience.after(error).await?,
            Ok(()) => return Ok(()),
        }
        let answer = required(read(aws, &change.live.id).await?, "Function")?;
        revision = self::revision(&answer);
        let now = live(aws, &change.live.address, answer)?.state;
        let settings = paths.iter().map(|path| path.split('.').next().unwrap_or(path));
        moved::check(&change.live.state, &now, settings, Function::FIELDS)?;
    }
}

fn revision(answer: &GetFunctionOutput) -> Option<String> {
    answer.configuration.as_ref().and_then(|about| about.revision_id.clone())
}

/// Whether a setting goes with the code.
fn is_code(path: &str) -> bool {
    path.starts_with("code_sha256") || path.starts_with("architectures")
}

/// Whether the code is to be sent: it is other code, or it runs on other processors.
fn is_other_code(change: &Change<'_, State>) -> bool {
    let is_object = change.want.tags.contains_key(tags::CODE);
    change.touches("code_sha256")
        || change.touches("architectures")
        || (is_object && change.touches(&format!("tags.{}", tags::CODE)))
}

/// Sets aside a share of the account's concurrency, or gives it back.
async fn reserve(aws: &Aws, want: &State) -> Result<(), CloudError> {
    let name = &want.function_name;
    let reserve = || async {
        match want.reserved_concurrent_executions {
            Some(reserved) => {
                let put = aws.lambda.put_function_concurrency().function_name(name);
                let put = put.reserved_concurrent_executions(reserved).send().await;
                put.map(drop).map_err(failed("PutFunctionConcurrency"))
            }
            None => {
                let delete = aws.lambda.delete_function_concurrency().function_name(name);
                let delete = delete.send().await;
                delete.map(drop).map_err(failed("DeleteFunctionConcurrency"))
            }
        }
    };
    settled(&format!("`{name}` to be ready"), reserve).await
}

/// Writes the tags that change, last of all: one of them says which code runs.
async fn tag(aws: &Aws, change: &Change<'_, State>) -> Result<(), CloudError> {
    let Some(arn) = change.live.outputs.get("arn") else { return Ok(()) };
    let wanted = &change.want.tags;
    if let Some(tags) = tags::changed(change, wanted) {
        let tag = || async {
            let tag = aws.lambda.tag_resource().resource(arn.expose());
            let tag = tag.set_tags(Some(tags.clone())).send().await;
            tag.map_err(failed("TagResource"))
        };
        settled("the function to be ready", tag).await?;
    }
    if change.touches(&format!("tags.{}", tags::CODE)) && !wanted.contains_key(tags::CODE) {
        let untag = || async {
            let untag = aws.lambda.untag_resource().resource(arn.expose()).tag_keys(tags::CODE);
            untag.send().await.map_err(failed("UntagResource"))
        };
        settled("the function to be ready", untag).await?;
    }
    Ok(())
}

/// The names of functions that may be ours: what the tagging API knows, which can lag, and what the
/// names of our roles say.
async fn names(aws: &Aws) -> Result<Vec<String>, CloudError> {
    let (mut names, roles) = futures::try_join!(aws.hints("lambda", "function:"), aws.roles())?;
    let prefix = format!("{}-{}-", aws.stack, aws.region);
    let keys = roles.iter().filter_map(|role| role.strip_prefix(&prefix));
    names.extend(keys.map(|key| format!("{}-{key}", aws.stack)));
    names.sort();
    names.dedup();
    Ok(names)
}

/// The address that a function's own tag says; else what its name says.
fn address(aws: &Aws, answer: &GetFunctionOutput, name: &str) -> Address {
    let tag = answer.tags().and_then(|tags| tags.get(tags::ADDRESS));
    let tagged = tag.and_then(|tag| tag.parse().ok()).filter(|a| Function::PLACE.matches(a));
    let key = name.strip_prefix(&format!("{}-", aws.stack)).unwrap_or(name);
    tagged.unwrap_or_else(|| super::function_address(key))
}

async fn read(aws: &Aws, name: &str) -> Result<Option<GetFunctionOutput>, CloudError> {
    let answer = aws.lambda.get_function().function_name(name).send().await;
    found(answer.map_err(failed("GetFunction")))
}

/// Waits until a function is active and no update is under way.
async fn ready(aws: &Aws, name: &str) -> Result<GetFunctionOutput, CloudError> {
    until(&format!("the function `{name}` to become active"), DEADLINE, || async {
        let answer = required(read(aws, name).await?, name)?;
        let Some(about) = &answer.configuration else { return Ok(None) };
        let failed = |reason: Option<&String>| {
            let reason = reason.map_or("no reason is given", String::as_str);
            Err(CloudError::new(format!("the function `{name}` failed: {reason}")))
        };
        match (&about.state, &about.last_update_status) {
            (Some(FunctionState::Failed), _) => failed(about.state_reason.as_ref()),
            (_, Some(LastUpdateStatus::Failed)) => failed(about.last_update_status_reason.as_ref()),
            (Some(FunctionState::Pending), _) | (_, Some(LastUpdateStatus::InProgress)) => Ok(None),
            _ => Ok(Some(answer)),
        }
    })
    .await
}

/// A function of the wanted name is there although the plan found none.
async fn existing(aws: &Aws, want: &State, error: CloudError) -> Result<(), CloudError> {
    let Some(answer) = read(aws, &want.function_name).await? else { return Err(error) };
    let tags = tags::read(answer.tags);
    let sha256 = answer.configuration.and_then(|about| about.code_sha256);
    let is_code = match &want.code_sha256 {
        Some(wanted) => sha256.as_ref() == Some(wanted),
        None => tags.get(tags::CODE) == want.tags.get(tags::CODE),
    };
    // An earlier try made it and its answer was lost.
    let ours = tags::owner(&tags, &aws.stack) == Ownership::Ours;
    if ours && is_code { Ok(()) } else { Err(error) }
}

fn outputs(about: &FunctionConfiguration) -> Result<Outputs, CloudError> {
    let arn = required(about.function_arn.clone(), "FunctionArn")?;
    let name = required(about.function_name.clone(), "FunctionName")?;
    Ok(Outputs::plain([("arn", arn), ("name", name)]))
}

fn live(aws: &Aws, address: &Address, answer: GetFunctionOutput) -> Result<Live, CloudError> {
    let about = required(answer.configuration, "Configuration")?;
    let tags = tags::read(answer.tags);
    let outputs = outputs(&about)?;
    let name = required(about.function_name.clone(), "FunctionName")?;
    let reserved = answer.concurrency.and_then(|share| share.reserved_concurrent_executions);
    Ok(Live {
        address: address.clone(),
        kind: Function::NAME,
        state: function_state::state(&name, about, reserved, &tags),
        outputs,
        ownership: tags::owner(&tags, &aws.stack),
        id: name,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_sdk_lambda::Client;
    use aws_sdk_lambda::operation::create_function::{CreateFunctionError, CreateFunctionOutput};
    use aws_sdk_lambda::operation::delete_function::DeleteFunctionError;
    use aws_sdk_lambda::operation::delete_function_concurrency::DeleteFunctionConcurrencyOutput;
    use aws_sdk_lambda::operation::put_function_concurrency::PutFunctionConcurrencyOutput;
    use aws_sdk_lambda::operation::tag_resource::TagResourceOutput;
    use aws_sdk_lambda::operation::untag_resource::UntagResourceOutput;
    use aws_sdk_lambda::operation::update_function_code::UpdateFunctionCodeOutput;
    use aws_sdk_lambda::operation::update_function_configuration::{
        UpdateFunctionConfigurationError, UpdateFunctionConfigurationOutput,
    };
    use aws_sdk_lambda::types::error::{InvalidParameterValueException, ResourceNotFoundException};
    use aws_sdk_lambda::types::{EnvironmentResponse, LogFormat};
    use aws_smithy_mocks::{RuleMode, mock, mock_client};

    use super::*;
    use crate::bundle::Bundle;

    fn aws(lambda: Client) -> Aws {
        let bundle = Bundle {
            zip: b"zip".to_vec(),
            sha256: "sha".to_owned(),
            entries: Vec::new(),
            unzipped_bytes: 0,
            left_out: Vec::new(),
        };
        let bundles = [("fn".to_owned(), Arc::new(bundle))].into();
        Aws { lambda, bundles, ..Aws::test() }
    }

    fn want() -> State {
        let state = json!({
            "function_name": "demo-fn", "role": "arn:aws:iam::123456789012:role/x",
            "runtime": "python3.13", "handler": "a.b", "timeout": 30, "memory_size": null,
            "environment": { "A": "1" }, "code_sha256": "sha", "tags": { "team": "data" },
        });
        serde_json::from_value(state).unwrap()
    }

    fn answer(state: FunctionState) -> GetFunctionOutput {
        let about = FunctionConfiguration::builder()
            .function_name("demo-fn")
            .function_arn("arn:aws:lambda:us-east-1:123456789012:function:demo-fn")
            .state(state)
            .code_sha256("sha")
            .build();
        GetFunctionOutput::builder().configuration(about).tags(tags::STACK, "demo").build()
    }

    fn get(state: FunctionState) -> aws_smithy_mocks::Rule {
        mock!(Client::get_function).then_output(move || answer(state.clone()))
    }

    fn unassumable() -> CreateFunctionError {
        let error = InvalidParameterValueException::builder()
            .message("The role defined for the function cannot be assumed by Lambda.");
        let meta = aws_smithy_types::error::ErrorMetadata::builder()
            .code("InvalidParameterValueException")
            .message("The role defined for the function cannot be assumed by Lambda.")
            .build();
        CreateFunctionError::InvalidParameterValueException(error.meta(meta).build())
    }

    #[tokio::test(start_paused = true)]
    async fn a_create_waits_for_the_role_and_for_the_function() {
        let refused = mock!(Client::create_function)
            .sequence()
            .error(unassumable)
            .times(2)
            .output(|| CreateFunctionOutput::builder().build())
            .build();
        let pending = mock!(Client::get_function)
            .sequence()
            .output(|| answer(FunctionState::Pending))
            .times(2)
            .output(|| answer(FunctionState::Active))
            .build();
        let client = mock_client!(aws_sdk_lambda, RuleMode::MatchAny, [&refused, &pending]);
        let address = super::super::function_address("fn");
        let made = Function::create(&aws(client), &address, want()).await.unwrap();
        assert_eq!(made.id, "demo-fn");
        assert_eq!((refused.num_calls(), pending.num_calls()), (3, 3));
    }

    /// A function at a revision, with so much memory.
    fn at(revision: &'static str, memory: i32) -> aws_smithy_mocks::Rule {
        mock!(Client::get_function).then_output(move || {
            let mut answer = answer(FunctionState::Active);
            if let Some(about) = &mut answer.configuration {
                about.revision_id = Some(revision.to_owned());
                about.memory_size = Some(memory);
            }
            answer
        })
    }

    #[tokio::test(start_paused = true)]
    async fn each_write_is_made_at_the_revision_that_was_read_before_it() {
        let expects = |revision: &'static str| {
            mock!(Client::update_function_configuration)
                .match_requests(move |sent| sent.revision_id() == Some(revision))
        };
        let raced = || {
            expects("r1").then_error(|| {
                let code = "PreconditionFailedException";
                let meta = aws_smithy_types::error::ErrorMetadata::builder().code(code).build();
                UpdateFunctionConfigurationError::generic(meta)
            })
        };
        let update =
            expects("r2").then_output(|| UpdateFunctionConfigurationOutput::builder().build());
        let code = mock!(Client::update_function_code)
            .match_requests(|sent| sent.revision_id() == Some("r3"))
            .then_output(|| UpdateFunctionCodeOutput::builder().build());
        let (second, third, fourth) = (at("r2", 128), at("r3", 256), at("r4", 256));
        let first = raced();
        let mocks = [&first, &second, &update, &third, &code, &fourth];
        let cloud = aws(mock_client!(aws_sdk_lambda, mocks));
        let address = super::super::function_address("fn");
        let mut live = live(&cloud, &address, answer(FunctionState::Active)).unwrap();
        live.state["memory_size"] = json!(128);
        live.state[REVISION] = json!("r1");
        let paths = vec!["code_sha256", "memory_size"];
        Function::update(&cloud, Change { live: &live, want: want(), paths }).await.unwrap();
        assert_eq!((update.num_calls(), code.num_calls()), (1, 1));

        // What somebody set meanwhile is not written over.
        let (first, moved) = (raced(), at("r2", 1024));
        let cloud = aws(mock_client!(aws_sdk_lambda, [&first, &moved]));
        let paths = vec!["memory_size"];
        let change = Change { live: &live, want: want(), paths };
        let error = Function::update(&cloud, change).await.unwrap_err();
        assert!(error.message.contains("`memory_size` has moved since the plan"), "{error}");
    }

    #[tokio::test]
    async fn an_update_sends_what_changes_and_nothing_else() {
        let update = mock!(Client::update_function_configuration)
            .match_requests(|sent| {
                sent.timeout() == Some(30)
                    && sent.memory_size() == Some(128)
                    && sent.environment().is_none()
                    && sent.role().is_none()
                    && sent.handler().is_none()
            })
            .then_output(|| UpdateFunctionConfigurationOutput::builder().build());
        let active = get(FunctionState::Active);
        let client = mock_client!(aws_sdk_lambda, RuleMode::MatchAny, [&update, &active]);
        let aws = aws(client);
        let address = super::super::function_address("fn");
        let live = live(&aws, &address, answer(FunctionState::Active)).unwrap();
        let change = Change { live: &live, want: want(), paths: vec!["memory_size", "timeout"] };
        Function::update(&aws, change).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn new_code_is_uploaded_and_the_configuration_is_not_touched() {
        let code = mock!(Client::update_function_code)
            .match_requests(|sent| sent.zip_file().is_some_and(|zip| zip.as_ref() == b"zip"))
            .then_output(|| UpdateFunctionCodeOutput::builder().build());
        let active = get(FunctionState::Active);
        let client = mock_client!(aws_sdk_lambda, RuleMode::MatchAny, [&code, &active]);
        let aws = aws(client);
        let address = super::super::function_address("fn");
        let live = live(&aws, &address, answer(FunctionState::Active)).unwrap();
        let change = Change { live: &live, want: want(), paths: vec!["code_sha256"] };
        Function::update(&aws, change).await.unwrap();
        assert_eq!(code.num_calls(), 1);
    }

    #[tokio::test]
    async fn what_goes_back_to_aws_default_is_sent_as_that_default() {
        let update = mock!(Client::update_function_configuration)
            .match_requests(|sent| {
                let logging = sent.logging_config();
                let network = sent.vpc_config();
                sent.dead_letter_config().and_then(|c| c.target_arn()) == Some("")
                    && sent.kms_key_arn() == Some("")
                    && logging.and_then(|l| l.log_format()) == Some(&LogFormat::Text)
                    && logging.is_some_and(|l| l.application_log_level().is_none())
                    && logging.and_then(|l| l.log_group()) == Some("/aws/lambda/demo-fn")
                    && network.is_some_and(|n| n.subnet_ids.as_deref() == Some(&[]))
                    && network.is_some_and(|n| n.security_group_ids.as_deref() == Some(&[]))
                    // What another key encrypts is sent again.
                    && sent.environment().and_then(|e| e.variables()).is_some_and(|v| v["A"] == "1")
                    && sent.timeout().is_none()
            })
            .then_output(|| UpdateFunctionConfigurationOutput::builder().build());
        let active = get(FunctionState::Active);
        let aws = aws(mock_client!(aws_sdk_lambda, RuleMode::MatchAny, [&update, &active]));
        let address = super::super::function_address("fn");
        let live = live(&aws, &address, answer(FunctionState::Active)).unwrap();
        let mut want = want();
        want.logging_config.application_log_level = Some("DEBUG".to_owned());
        let paths =
            vec!["dead_letter_config", "kms_key_arn", "logging_config.log_format", "vpc_config.x"];
        Function::update(&aws, Change { live: &live, want, paths }).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn concurrency_is_set_aside_and_given_back_without_touching_the_rest() {
        let put = mock!(Client::put_function_concurrency)
            .match_requests(|sent| sent.reserved_concurrent_executions() == Some(0))
            .then_output(|| PutFunctionConcurrencyOutput::builder().build());
        let delete = mock!(Client::delete_function_concurrency)
            .then_output(|| DeleteFunctionConcurrencyOutput::builder().build());
        let aws = aws(mock_client!(aws_sdk_lambda, RuleMode::MatchAny, [&put, &delete]));
        let address = super::super::function_address("fn");
        let live = live(&aws, &address, answer(FunctionState::Active)).unwrap();
        for reserved in [Some(0), None] {
            let want = State { reserved_concurrent_executions: reserved, ..want() };
            let paths = vec!["reserved_concurrent_executions"];
            Function::update(&aws, Change { live: &live, want, paths }).await.unwrap();
        }
        assert_eq!((put.num_calls(), delete.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn another_object_in_s3_is_deployed_and_remembered_and_forgotten_for_code_of_the_file() {
        let tag = format!("tags.{}", tags::CODE);
        let code = mock!(Client::update_function_code)
            .match_requests(|sent| {
                sent.s3_bucket() == Some("b")
                    && sent.s3_key() == Some("k.zip")
                    && sent.s3_object_version() == Some("2")
                    && sent.zip_file().is_none()
            })
            .then_output(|| UpdateFunctionCodeOutput::builder().build());
        let remember = mock!(Client::tag_resource)
            .match_requests(|sent| sent.tags().is_some_and(|t| t[tags::CODE] == "s3://b/k.zip@2"))
            .then_output(|| TagResourceOutput::builder().build());
        let forget = mock!(Client::untag_resource)
            .match_requests(|sent| sent.tag_keys() == [tags::CODE])
            .then_output(|| UntagResourceOutput::builder().build());
        let active = get(FunctionState::Active);
        let rules = [&code, &remember, &forget, &active];
        let lambda = mock_client!(aws_sdk_lambda, RuleMode::MatchAny, rules);
        let aws = Aws { lambda, ..Aws::test() };
        let address = super::super::function_address("fn");
        let live = live(&aws, &address, answer(FunctionState::Active)).unwrap();
        let object = State {
            s3_bucket: Some("b".into()),
            s3_key: Some("k.zip".into()),
            s3_object_version: Some("2".into()),
            tags: [(tags::CODE.to_owned(), "s3://b/k.zip@2".to_owned())].into(),
            ..want()
        };
        Function::update(&aws, Change { live: &live, want: object, paths: vec![&tag] })
            .await
            .unwrap();
        assert_eq!((code.num_calls(), remember.num_calls(), forget.num_calls()), (1, 1, 0));
        Function::update(&aws, Change { live: &live, want: want(), paths: vec![&tag] })
            .await
            .unwrap();
        assert_eq!((code.num_calls(), remember.num_calls(), forget.num_calls()), (1, 1, 1));
    }

    #[test]
    fn a_named_group_is_written_to_and_levels_need_json() {
        let of = |settings: Value| {
            let mut function = json!({ "code": "x", "runtime": "python3.13", "handler": "a.b" });
            crate::spec::lay_over(&mut function, settings);
            let stack = json!({ "stack": "demo", "lambdas": { "fn": function } });
            let stack = serde_json::from_value(stack).unwrap();
            let given = Given { strict: true, ..Given::default() };
            Function::declare(&stack, &given)[0].want["logging_config"].clone()
        };
        assert_eq!(of(json!({})), json!({ "log_format": "Text", "log_group": null }));
        let own = of(json!({ "log_group": { "name": "mine" } }));
        assert_eq!(own["log_group"], "${lambdas.fn.log_group.name}");
        let theirs = of(json!({ "logging_config": { "log_group": "x", "log_format": "JSON" } }));
        assert_eq!(
            (&theirs["log_group"], &theirs["system_log_level"]),
            (&json!("x"), &json!("INFO"))
        );
    }

    #[tokio::test]
    async fn a_function_that_failed_is_an_error_with_its_reason() {
        let failed = mock!(Client::get_function).then_output(|| {
            let about = FunctionConfiguration::builder()
                .state(FunctionState::Failed)
                .state_reason("the layer is gone")
                .build();
            GetFunctionOutput::builder().configuration(about).build()
        });
        let aws = aws(mock_client!(aws_sdk_lambda, [&failed]));
        let error = ready(&aws, "demo-fn").await.unwrap_err();
        assert!(error.message.contains("the layer is gone"), "{error}");
    }

    #[tokio::test]
    async fn a_function_that_is_gone_counts_as_deleted() {
        let gone = mock!(Client::delete_function).then_error(|| {
            let meta = aws_smithy_types::error::ErrorMetadata::builder()
                .code("ResourceNotFoundException")
                .build();
            let gone = ResourceNotFoundException::builder().meta(meta).build();
            DeleteFunctionError::ResourceNotFoundException(gone)
        });
        let aws = aws(mock_client!(aws_sdk_lambda, [&gone]));
        let address = super::super::function_address("fn");
        let live = live(&aws, &address, answer(FunctionState::Active)).unwrap();
        assert_eq!(Function::delete(&aws, &live).await, Ok(()));
    }

    #[test]
    fn the_environment_of_somebody_elses_function_is_never_shown() {
        let about = FunctionConfiguration::builder()
            .function_name("x")
            .function_arn("arn:x")
            .environment(EnvironmentResponse::builder().variables("KEY", "hunter2").build())
            .build();
        let address = super::super::function_address("x");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _guard = runtime.enter();
        let answer = GetFunctionOutput::builder().configuration(about).build();
        let live = live(&Aws::test(), &address, answer).unwrap();
        assert_eq!(live.ownership, Ownership::Unowned);
        assert!(!format!("{live:?}").contains("hunter2"));
    }
}
