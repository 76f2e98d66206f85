//! Lambda functions.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{FunctionConfiguration, LastUpdateStatus, State as FunctionState};
use futures::future::try_join_all;
use serde_json::{Value, json};

use crate::aws::error::{deleted, failed, found, is_there, required};
use crate::aws::function_request::{
    State, architectures, bundle, configuration_request, create_request,
};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::settle::{settled, until};
use crate::aws::{Aws, connect, tags};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Live, Origin, OutputName, Outputs, Ownership, Pattern, Removal, Rule,
};
use crate::spec::stack::Lambda;
use crate::spec::{Settings, Stack};

/// The kind.
pub struct Function;

/// How long a function may take to become active or to take a change over.
const DEADLINE: Duration = Duration::from_secs(300);

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
];

impl Kind for Function {
    const NAME: &'static str = "function";
    const PLACE: Pattern = Pattern("lambdas.*");
    const FIELDS: &'static [Field] = &[
        Field { path: "function_name", rule: Rule::Replaces("Lambda cannot rename a function") },
        Field { path: "environment", rule: Rule::Exclusive },
        Field { path: "environment", rule: Rule::Sensitive },
        Field { path: "layers", rule: Rule::Ordered },
        Field { path: "timeout", rule: Rule::Seconds },
        Field { path: "tags.provision:expires", rule: Rule::Once },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("arn"), OutputName::plain("name")];
    const REFERS_TO: &'static [&'static str] = &["role", "log_group"];
    const REMOVAL: Removal = Removal::Free;
    type State = State;

    fn defaults() -> Value {
        json!({
            "description": "",
            "timeout": 3,
            "memory_size": 128,
            "environment": {},
            "architectures": ["x86_64"],
            "layers": [],
            "tracing_config": "PassThrough",
            "ephemeral_storage": 512,
        })
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        stack.functions().map(|(key, lambda)| declare(stack, given, key, lambda)).collect()
    }

    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let declared = async {
            let reads = scope.own().map(|declared| async move {
                let answer = read(aws, &declared.name).await?;
                answer.map(|answer| live(aws, &declared.address, answer)).transpose()
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

    async fn create(aws: &Aws, address: &Address, want: State) -> Result<Made, CloudError> {
        let name = want.function_name.clone();
        let create = || async {
            let bytes = bundle(aws, address)?.as_ref().len();
            let create = create_request(aws, address, &want)?.customize();
            let sent = create.config_override(connect::upload(bytes)).send().await;
            sent.map(drop).map_err(failed("CreateFunction"))
        };
        match settled(&format!("the role of `{name}` to be known to Lambda"), create).await {
            Err(error) if is_there(&error) => existing(aws, &want, error).await?,
            other => other?,
        }
        let answer = ready(aws, &name).await?;
        Ok(Made { id: name, outputs: outputs(&required(answer.configuration, "Configuration")?)? })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let name = &change.want.function_name;
        let code = change.touches("code_sha256") || change.touches("architectures");
        let tags = change.touches("tags");
        let others = |path: &&str| {
            !path.starts_with("code_sha256")
                && !path.starts_with("architectures")
                && !path.starts_with("tags")
        };
        if change.paths.iter().any(others) {
            let update = || async {
                let sent = configuration_request(aws, &change)?.send().await;
                sent.map_err(failed("UpdateFunctionConfiguration"))
            };
            settled(&format!("`{name}` and its role to be ready"), update).await?;
            ready(aws, name).await?;
        }
        if code {
            let address = &change.live.address;
            let zip = bundle(aws, address)?;
            let update = || async {
                let architectures = change.want.architectures.as_ref().map(|a| architectures(a));
                let update = aws
                    .lambda
                    .update_function_code()
                    .function_name(name)
                    .zip_file(zip.clone())
                    .set_architectures(architectures);
                let update =
                    update.customize().config_override(connect::upload(zip.as_ref().len()));
                update.send().await.map_err(failed("UpdateFunctionCode"))
            };
            settled(&format!("`{name}` to be ready"), update).await?;
            ready(aws, name).await?;
        }
        if tags && let Some(arn) = change.live.outputs.get("arn") {
            let tags = change.want.tags.clone().into_iter().collect();
            let tag = aws.lambda.tag_resource().resource(arn.expose()).set_tags(Some(tags));
            tag.send().await.map_err(failed("TagResource"))?;
        }
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
    let role = address.child("role").child("arn");
    want.insert("role".into(), json!(format!("${{{role}}}")));
    want.insert("code_sha256".into(), json!(given.bundles.get(key)));
    want.insert("tags".into(), tags::wanted(stack, given, &address, &lambda.given.tags).into());
    Declared {
        kind: Function::NAME,
        want: want.into(),
        // Made first, or a first call would make a log group without owner and retention.
        after: vec![address.child("log_group")],
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
    let ours = tags::owner(&tags::read(answer.tags), &aws.stack) == Ownership::Ours;
    let sha256 = answer.configuration.and_then(|about| about.code_sha256);
    // An earlier try made it and its answer was lost.
    if ours && sha256.as_ref() == Some(&want.code_sha256) { Ok(()) } else { Err(error) }
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
    let name = required(about.function_name, "FunctionName")?;
    let environment: BTreeMap<String, String> =
        about.environment.and_then(|e| e.variables).unwrap_or_default().into_iter().collect();
    let architectures: Vec<String> =
        about.architectures.iter().flatten().map(|a| a.as_str().to_owned()).collect();
    let layers: Vec<String> =
        about.layers.into_iter().flatten().filter_map(|layer| layer.arn).collect();
    Ok(Live {
        address: address.clone(),
        kind: Function::NAME,
        id: name.clone(),
        state: json!({
            "function_name": name,
            "role": about.role,
            "runtime": about.runtime.map(|runtime| runtime.as_str().to_owned()),
            "handler": about.handler,
            "description": about.description.unwrap_or_default(),
            "timeout": about.timeout,
            "memory_size": about.memory_size,
            "environment": environment,
            "architectures": architectures,
            "layers": layers,
            "tracing_config": about.tracing_config.and_then(|c| c.mode).map(|m| m.as_str().to_owned()),
            "ephemeral_storage": about.ephemeral_storage.map(|storage| storage.size),
            "code_sha256": about.code_sha256,
            "tags": tags::state(&tags),
        }),
        outputs,
        ownership: tags::owner(&tags, &aws.stack),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_sdk_lambda::Client;
    use aws_sdk_lambda::operation::create_function::{CreateFunctionError, CreateFunctionOutput};
    use aws_sdk_lambda::operation::delete_function::DeleteFunctionError;
    use aws_sdk_lambda::operation::update_function_code::UpdateFunctionCodeOutput;
    use aws_sdk_lambda::operation::update_function_configuration::UpdateFunctionConfigurationOutput;
    use aws_sdk_lambda::types::EnvironmentResponse;
    use aws_sdk_lambda::types::error::{InvalidParameterValueException, ResourceNotFoundException};
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
