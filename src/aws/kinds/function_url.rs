//! The HTTPS address of a function's own.
//!
//! A function has one or none; whatever it has is ours as the function is. Who may call an open one is
//! said by two statements of the function's policy (`permission.rs`).
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html>

use aws_sdk_lambda::operation::get_function_url_config::GetFunctionUrlConfigOutput;
use aws_sdk_lambda::types::{Cors as AwsCors, FunctionUrlAuthType, InvokeMode};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::error::{deleted, failed, found, is_there};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::rates::AT_ONCE;
use crate::aws::settle::settled;
use crate::aws::{Aws, hazards};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Ownership, Pattern,
    Removal, Rule,
};
use crate::spec::Stack;

/// The kind.
pub struct FunctionUrl;

/// What writes on a function may have to wait for.
const READY: &str = "the function to be ready";

/// What an address can be asked to be.
#[derive(Debug, Deserialize)]
pub struct State {
    function_name: String,
    auth_type: String,
    invoke_mode: Option<String>,
    #[serde(default)]
    cors: Cors,
}

/// Which pages of other origins may call it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
struct Cors {
    allow_origins: Option<Vec<String>>,
    allow_methods: Option<Vec<String>>,
    allow_headers: Option<Vec<String>>,
    expose_headers: Option<Vec<String>>,
    allow_credentials: Option<bool>,
    max_age: Option<i32>,
}

impl Kind for FunctionUrl {
    const NAME: &'static str = "function_url";
    const PLACE: Pattern = Pattern("lambdas.*.function_url");
    const FIELDS: &'static [Field] = &[
        Field {
            path: "auth_type",
            rule: Rule::Opens("NONE", "anybody in the world can call the function at its address"),
        },
        Field { path: "cors", rule: Rule::Exclusive },
        Field { path: "cors.allow_headers", rule: Rule::IgnoreCase },
        Field { path: "cors.expose_headers", rule: Rule::IgnoreCase },
        Field { path: "cors.max_age", rule: Rule::Seconds },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("url")];
    const REFERS_TO: &'static [&'static str] = &["function"];
    const GOES_WITH: &'static [&'static str] = &["function"];
    // A new one gets another address.
    const REMOVAL: Removal = Removal::Guarded;
    const HAZARDS: &'static [Hazard] = hazards::FUNCTION_URL;
    type State = State;

    fn defaults() -> Value {
        json!({ "invoke_mode": "BUFFERED" })
    }

    fn written(live: &Live, _: &[Live]) -> Option<(Address, Value)> {
        crate::aws::written::function_url(live)
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let with_url = stack.functions().filter(|(_, lambda)| lambda.given.function_url.is_some());
        let declare = |(key, lambda): (&String, &crate::spec::Settings<_>)| {
            let defaults = json!({ "function_url": Self::defaults() });
            let all = lambda.wanted(&defaults, given.strict);
            let mut want = all.get("function_url").cloned().unwrap_or_default();
            want["cors"] = said(want["cors"].take());
            let function = super::function_address(key);
            want["function_name"] = json!(format!("${{{}}}", function.child("name")));
            Declared {
                address: function.child("function_url"),
                kind: Self::NAME,
                name: String::new(),
                want,
                after: Vec::new(),
                predicted: [].into(),
                origin: Origin::Made,
            }
        };
        with_url.map(declare).collect()
    }

    /// Reads those of all functions of the file: one may have an address that the file no longer asks
    /// for.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let functions = scope.declared.iter().filter(|declared| declared.kind == "function");
        let functions = super::names(functions);
        let read = |(name, function): (String, Address)| async move {
            let answer = read(aws, &name).await?;
            Ok::<_, CloudError>(answer.map(|answer| live(&function, name, &answer)))
        };
        let found: Vec<Option<Live>> =
            stream::iter(functions).map(read).buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let answer = read(aws, &live.id).await?;
        Ok(Now::of(answer.map(|answer| state(&live.id, &answer))))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State { function_name, auth_type, invoke_mode, cors } = &want;
        let create = || async {
            let create = aws
                .lambda
                .create_function_url_config()
                .function_name(function_name)
                .auth_type(FunctionUrlAuthType::from(auth_type.as_str()))
                .set_invoke_mode(invoke_mode.as_deref().map(InvokeMode::from))
                .set_cors((*cors != Cors::default()).then(|| block(cors.clone())));
            create.send().await.map_err(failed("CreateFunctionUrlConfig"))
        };
        let url = match settled(READY, create).await {
            Ok(answer) => answer.function_url,
            // An earlier try made it and its answer was lost, or somebody did meanwhile.
            Err(error) if is_there(&error) => update(aws, &want).await?,
            Err(error) => return Err(error),
        };
        Ok(Made { id: want.function_name, outputs: outputs(&url) })
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let url = update(aws, &change.want).await?;
        Ok(outputs(&url))
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let delete = || async {
            let delete = aws.lambda.delete_function_url_config().function_name(&live.id);
            delete.send().await.map_err(failed("DeleteFunctionUrlConfig"))
        };
        deleted(settled(READY, delete).await)
    }
}

/// What a CORS block says besides AWS's defaults, so that absent and default are equal.
fn said(cors: Value) -> Value {
    let Value::Object(mut cors) = cors else { return json!({}) };
    let is_default = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    cors.retain(|_, value| !is_default(value));
    cors.into()
}

/// The block for a request; an empty one takes away what is there.
fn block(cors: Cors) -> AwsCors {
    let Cors {
        allow_origins,
        allow_methods,
        allow_headers,
        expose_headers,
        allow_credentials,
        max_age,
    } = cors;
    AwsCors::builder()
        .set_allow_origins(allow_origins)
        .set_allow_methods(allow_methods)
        .set_allow_headers(allow_headers)
        .set_expose_headers(expose_headers)
        .set_allow_credentials(allow_credentials)
        .set_max_age(max_age)
        .build()
}

/// Sends everything, the block of CORS whole; the address.
async fn update(aws: &Aws, want: &State) -> Result<String, CloudError> {
    let State { function_name, auth_type, invoke_mode, cors } = want;
    let update = || async {
        let update = aws
            .lambda
            .update_function_url_config()
            .function_name(function_name)
            .auth_type(FunctionUrlAuthType::from(auth_type.as_str()))
            .set_invoke_mode(invoke_mode.as_deref().map(InvokeMode::from))
            .cors(block(cors.clone()));
        update.send().await.map_err(failed("UpdateFunctionUrlConfig"))
    };
    Ok(settled(READY, update).await?.function_url)
}

async fn read(aws: &Aws, name: &str) -> Result<Option<GetFunctionUrlConfigOutput>, CloudError> {
    let answer = aws.lambda.get_function_url_config().function_name(name).send().await;
    found(answer.map_err(failed("GetFunctionUrlConfig")))
}

/// Without the slash at its end, as the address of an API.
fn outputs(url: &str) -> Outputs {
    Outputs::plain([("url", url.trim_end_matches('/').to_owned())])
}

fn state(name: &str, answer: &GetFunctionUrlConfigOutput) -> Value {
    let cors = answer.cors.as_ref().map(|cors| {
        json!({
            "allow_origins": cors.allow_origins,
            "allow_methods": cors.allow_methods,
            "allow_headers": cors.allow_headers,
            "expose_headers": cors.expose_headers,
            "allow_credentials": cors.allow_credentials,
            "max_age": cors.max_age,
        })
    });
    json!({
        "function_name": name,
        "auth_type": answer.auth_type.as_str(),
        "invoke_mode": answer.invoke_mode.as_ref().map(InvokeMode::as_str),
        "cors": said(cors.unwrap_or_default()),
    })
}

fn live(function: &Address, name: String, answer: &GetFunctionUrlConfigOutput) -> Live {
    Live {
        address: function.child("function_url"),
        kind: FunctionUrl::NAME,
        state: state(&name, answer),
        outputs: outputs(&answer.function_url),
        ownership: Ownership::Ours,
        id: name,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::Client;
    use aws_sdk_lambda::operation::create_function_url_config::{
        CreateFunctionUrlConfigError, CreateFunctionUrlConfigOutput,
    };
    use aws_sdk_lambda::operation::delete_function_url_config::DeleteFunctionUrlConfigError;
    use aws_sdk_lambda::operation::update_function_url_config::UpdateFunctionUrlConfigOutput;
    use aws_sdk_lambda::types::error::{ResourceConflictException, ResourceNotFoundException};
    use aws_smithy_mocks::{Rule as Mock, RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn want(cors: Value) -> State {
        let want = json!({ "function_name": "demo-fn", "auth_type": "NONE", "cors": cors });
        serde_json::from_value(want).unwrap()
    }

    fn aws(rules: &[&Mock]) -> Aws {
        Aws { lambda: mock_client!(aws_sdk_lambda, RuleMode::MatchAny, rules), ..Aws::test() }
    }

    fn updated() -> UpdateFunctionUrlConfigOutput {
        UpdateFunctionUrlConfigOutput::builder()
            .function_url("https://x.lambda-url.us-east-1.on.aws/")
            .function_arn("arn:x")
            .auth_type(FunctionUrlAuthType::None)
            .creation_time("now")
            .last_modified_time("now")
            .build()
            .unwrap()
    }

    fn some_live() -> Live {
        Live {
            address: Address::new(["lambdas", "fn", "function_url"]),
            kind: FunctionUrl::NAME,
            id: "demo-fn".into(),
            state: json!({ "function_name": "demo-fn" }),
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        }
    }

    #[tokio::test]
    async fn a_new_address_sends_what_is_declared_and_its_url_has_no_slash_at_its_end() {
        let create = mock!(Client::create_function_url_config)
            .match_requests(|sent| {
                sent.function_name() == Some("demo-fn")
                    && sent.auth_type() == Some(&FunctionUrlAuthType::None)
                    && sent.cors().is_none()
                    && sent.invoke_mode().is_none()
            })
            .then_output(|| {
                CreateFunctionUrlConfigOutput::builder()
                    .function_url("https://x.lambda-url.us-east-1.on.aws/")
                    .function_arn("arn:x")
                    .auth_type(FunctionUrlAuthType::None)
                    .creation_time("now")
                    .build()
                    .unwrap()
            });
        let (aws, address) = (aws(&[&create]), some_live().address);
        let made = FunctionUrl::create(&aws, &address, want(json!({}))).await.unwrap();
        let url = "https://x.lambda-url.us-east-1.on.aws".to_owned();
        assert_eq!(made.outputs, Outputs::plain([("url", url)]));
    }

    #[tokio::test]
    async fn an_address_that_is_there_is_made_as_it_is_wanted() {
        let there = mock!(Client::create_function_url_config).then_error(|| {
            let meta = ErrorMetadata::builder().code("ResourceConflictException").build();
            let error = ResourceConflictException::builder().meta(meta).build();
            CreateFunctionUrlConfigError::ResourceConflictException(error)
        });
        let update = mock!(Client::update_function_url_config).then_output(updated);
        let aws = aws(&[&there, &update]);
        let made = FunctionUrl::create(&aws, &some_live().address, want(json!({}))).await;
        assert!(made.is_ok() && update.num_calls() == 1);
    }

    #[tokio::test]
    async fn cors_is_sent_whole_and_an_empty_block_takes_it_away() {
        for cors in [json!({}), json!({ "allow_origins": ["*"], "max_age": 60 })] {
            let wanted = want(cors.clone());
            let expected = block(wanted.cors.clone());
            let update = mock!(Client::update_function_url_config)
                .match_requests(move |sent| sent.cors() == Some(&expected))
                .then_output(updated);
            let live = some_live();
            let change = Change { live: &live, want: wanted, paths: vec!["cors.max_age"] };
            FunctionUrl::update(&aws(&[&update]), change).await.unwrap();
            assert_eq!(update.num_calls(), 1, "{cors}");
        }
    }

    #[tokio::test]
    async fn an_address_that_is_gone_counts_as_deleted() {
        let gone = mock!(Client::delete_function_url_config).then_error(|| {
            let meta = ErrorMetadata::builder().code("ResourceNotFoundException").build();
            let error = ResourceNotFoundException::builder().meta(meta).build();
            DeleteFunctionUrlConfigError::ResourceNotFoundException(error)
        });
        assert_eq!(FunctionUrl::delete(&aws(&[&gone]), &some_live()).await, Ok(()));
    }
}
