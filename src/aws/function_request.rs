//! Requests that make and change a function.

use std::collections::BTreeMap;

use aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationFluentBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    Architecture, Environment, EphemeralStorage, FunctionCode, Runtime, TracingConfig, TracingMode,
};
use serde::Deserialize;

use crate::engine::CloudError;
use crate::resource::Address;

use super::Aws;
use super::error::unbuildable;
use super::kind::Change;

/// What a function can be asked to be. Absent settings are left to AWS.
#[derive(Deserialize)]
pub struct State {
    /// The function's name.
    pub function_name: String,
    /// The ARN of its role.
    pub role: String,
    /// The runtime.
    pub runtime: String,
    /// What is called.
    pub handler: String,
    /// What it is for.
    pub description: Option<String>,
    /// Seconds.
    pub timeout: Option<i32>,
    /// Megabytes.
    pub memory_size: Option<i32>,
    /// All variables: what is not here is removed.
    pub environment: BTreeMap<String, String>,
    /// At most one.
    pub architectures: Option<Vec<String>>,
    /// ARNs, in their order.
    pub layers: Option<Vec<String>>,
    /// `Active` or `PassThrough`.
    pub tracing_config: Option<String>,
    /// Megabytes.
    pub ephemeral_storage: Option<i32>,
    /// The base64 SHA-256 of the zip.
    pub code_sha256: String,
    /// All tags.
    pub tags: BTreeMap<String, String>,
}

/// The zip of a function's code.
///
/// # Errors
///
/// A function without code: a fault of ours.
pub fn bundle(aws: &Aws, address: &Address) -> Result<Blob, CloudError> {
    let bundle = aws.bundles.get(address.key());
    let bundle = bundle.ok_or_else(|| CloudError::new(format!("`{address}` has no code")))?;
    Ok(Blob::new(bundle.zip.clone()))
}

/// Processors as the SDK names them.
pub fn architectures(names: &[String]) -> Vec<Architecture> {
    names.iter().map(|name| Architecture::from(name.as_str())).collect()
}

/// The request that makes a function.
///
/// # Errors
///
/// A request that cannot be built.
pub fn create_request(
    aws: &Aws,
    address: &Address,
    want: &State,
) -> Result<CreateFunctionFluentBuilder, CloudError> {
    let State {
        function_name,
        role,
        runtime,
        handler,
        description,
        timeout,
        memory_size,
        environment,
        architectures,
        layers,
        tracing_config,
        ephemeral_storage,
        code_sha256: _,
        tags,
    } = want;
    Ok(aws
        .lambda
        .create_function()
        .function_name(function_name)
        .role(role)
        .runtime(Runtime::from(runtime.as_str()))
        .handler(handler)
        .set_description(description.clone())
        .set_timeout(*timeout)
        .set_memory_size(*memory_size)
        .environment(variables(environment))
        .set_architectures(architectures.as_ref().map(|names| self::architectures(names)))
        .set_layers(layers.clone())
        .set_tracing_config(tracing_config.as_ref().map(|mode| tracing(mode)))
        .set_ephemeral_storage(ephemeral_storage.map(storage).transpose()?)
        .code(FunctionCode::builder().zip_file(bundle(aws, address)?).build())
        .set_tags(Some(tags.clone().into_iter().collect())))
}

/// Only what changes is sent; what goes back to AWS's default is sent as that default.
pub fn configuration_request(
    aws: &Aws,
    change: &Change<'_, State>,
) -> Result<UpdateFunctionConfigurationFluentBuilder, CloudError> {
    let want = &change.want;
    let mut request = aws.lambda.update_function_configuration().function_name(&want.function_name);
    if change.touches("role") {
        request = request.role(&want.role);
    }
    if change.touches("runtime") {
        request = request.runtime(Runtime::from(want.runtime.as_str()));
    }
    if change.touches("handler") {
        request = request.handler(&want.handler);
    }
    if change.touches("description") {
        request = request.description(want.description.clone().unwrap_or_default());
    }
    if change.touches("timeout") {
        request = request.timeout(want.timeout.unwrap_or(3));
    }
    if change.touches("memory_size") {
        request = request.memory_size(want.memory_size.unwrap_or(128));
    }
    if change.touches("environment") {
        request = request.environment(variables(&want.environment));
    }
    if change.touches("layers") {
        request = request.set_layers(Some(want.layers.clone().unwrap_or_default()));
    }
    if change.touches("tracing_config") {
        let mode = want.tracing_config.as_deref().unwrap_or("PassThrough");
        request = request.tracing_config(tracing(mode));
    }
    if change.touches("ephemeral_storage") {
        request = request.ephemeral_storage(storage(want.ephemeral_storage.unwrap_or(512))?);
    }
    Ok(request)
}

fn variables(all: &BTreeMap<String, String>) -> Environment {
    Environment::builder().set_variables(Some(all.clone().into_iter().collect())).build()
}

fn tracing(mode: &str) -> TracingConfig {
    TracingConfig::builder().mode(TracingMode::from(mode)).build()
}

fn storage(megabytes: i32) -> Result<EphemeralStorage, CloudError> {
    EphemeralStorage::builder().size(megabytes).build().map_err(|error| unbuildable(&error))
}
