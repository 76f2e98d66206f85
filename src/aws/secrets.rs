//! References that the environment or AWS answers: `${env.…}`, `${secret.…}`, `${ssm.…}`.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use futures::future::join_all;
use serde_json::Value;

use crate::plan::Lookup;
use crate::resource::{Declared, Piece, Secret, Template};

use super::Environment;
use super::error::failed;
use super::retries::patient;

/// The values of the references of a file, each read once.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeMap<String, Lookup>);

impl Secrets {
    /// Reads all that `declared` and `more` refer to, concurrently. What is missing or may not be
    /// read becomes [`Lookup::Missing`]: an error only where a step needs it.
    pub async fn read(
        config: &SdkConfig,
        environment: &Environment,
        declared: &[Declared],
        more: impl Iterator<Item = &String>,
    ) -> Self {
        let mut pieces = BTreeMap::new();
        declared.iter().for_each(|declared| collect(&declared.want, &mut pieces));
        more.for_each(|text| collect(&Value::String(text.clone()), &mut pieces));
        let reads = pieces.into_iter().map(|(name, piece)| async move {
            let value = match &piece {
                Piece::Environment(variable) => match environment(variable) {
                    Some(value) => Lookup::Secret(Secret::new(value)),
                    None => {
                        Lookup::Missing(format!("the environment variable `{variable}` is not set"))
                    }
                },
                Piece::Secret(name) => secret(config, name).await,
                Piece::Parameter(name) => parameter(config, name).await,
                _ => Lookup::Unknown,
            };
            (name, value)
        });
        Self(join_all(reads).await.into_iter().collect())
    }

    /// What a piece stands for.
    pub fn get(&self, piece: &Piece) -> Lookup {
        self.0.get(&piece.to_string()).cloned().unwrap_or(Lookup::Unknown)
    }
}

fn collect(value: &Value, pieces: &mut BTreeMap<String, Piece>) {
    match value {
        Value::String(text) => {
            let template = Template::parse(text);
            for piece in template.iter().flat_map(Template::pieces) {
                if piece.is_secret() || matches!(piece, Piece::Parameter(_)) {
                    pieces.insert(piece.to_string(), piece.clone());
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, pieces)),
        Value::Object(map) => map.values().for_each(|below| collect(below, pieces)),
        _ => {}
    }
}

/// `NAME`, or `NAME#KEY` for one member of a secret that is a JSON object.
async fn secret(config: &SdkConfig, reference: &str) -> Lookup {
    let (name, key) = match reference.split_once('#') {
        Some((name, key)) => (name, Some(key)),
        None => (reference, None),
    };
    let client = patient!(aws_sdk_secretsmanager, config);
    let answer = client.get_secret_value().secret_id(name).send().await;
    let text = match answer.map_err(failed("GetSecretValue")) {
        Ok(answer) => answer.secret_string,
        Err(error) => return Lookup::Missing(format!("the secret `{name}`: {error}")),
    };
    let Some(text) = text else {
        return Lookup::Missing(format!("the secret `{name}` is binary"));
    };
    let Some(key) = key else { return Lookup::Secret(Secret::new(text)) };
    let member = serde_json::from_str::<Value>(&text).ok().and_then(|json| json.get(key).cloned());
    match member {
        Some(Value::String(value)) => Lookup::Secret(Secret::new(value)),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => {
            Lookup::Secret(Secret::new(value.to_string()))
        }
        _ => Lookup::Missing(format!("the secret `{name}` has no text `{key}`")),
    }
}

async fn parameter(config: &SdkConfig, name: &str) -> Lookup {
    let client = patient!(aws_sdk_ssm, config);
    let answer = client.get_parameter().name(name).send().await.map_err(failed("GetParameter"));
    let parameter = match answer {
        Ok(answer) => answer.parameter,
        Err(error) => return Lookup::Missing(format!("the parameter `{name}`: {error}")),
    };
    let secure = parameter
        .as_ref()
        .and_then(|p| p.r#type.as_ref())
        .is_some_and(|kind| *kind == aws_sdk_ssm::types::ParameterType::SecureString);
    match parameter.and_then(|parameter| parameter.value) {
        // What is encrypted there stands in sensitive settings alone, as `${secret.…}`.
        Some(_) if secure => Lookup::Missing(format!(
            "the parameter `{name}` is a SecureString: keep it in Secrets Manager, `${{secret.…}}`"
        )),
        Some(value) => Lookup::Plain(value),
        None => Lookup::Missing(format!("the parameter `{name}` has no value")),
    }
}
