//! Requests that make and change a function.

use std::collections::BTreeMap;

use aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder;
use aws_sdk_lambda::operation::update_function_code::builders::UpdateFunctionCodeFluentBuilder;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationFluentBuilder;
use aws_sdk_lambda::types::{
    ApplicationLogLevel, Architecture, DeadLetterConfig, Environment, EphemeralStorage, LogFormat,
    LoggingConfig, Runtime, SystemLogLevel, TracingConfig, TracingMode, VpcConfig,
};

use crate::engine::CloudError;

use super::Aws;
use super::error::unbuildable;
use super::function_code::Source;
use super::function_state::{LOGS, Logging, State, Vpc};
use super::kind::Change;

/// The request that makes a function.
///
/// # Errors
///
/// A request that cannot be built.
pub fn create_request(
    aws: &Aws,
    source: Source,
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
        // It has a request of its own.
        reserved_concurrent_executions: _,
        dead_letter_config,
        logging_config,
        kms_key_arn,
        vpc_config,
        code_sha256: _,
        s3_bucket: _,
        s3_key: _,
        s3_object_version: _,
        tags,
    } = want;
    let target = dead_letter_config.clone().filter(|target| !target.is_empty());
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
        .set_architectures(architectures.as_ref().map(|names| processors(names)))
        .set_layers(layers.clone())
        .set_tracing_config(tracing_config.as_ref().map(|mode| tracing(mode)))
        .set_ephemeral_storage(ephemeral_storage.map(storage).transpose()?)
        .set_dead_letter_config(target.map(dead_letters))
        .set_logging_config(first_logging(logging_config))
        .set_kms_key_arn(kms_key_arn.clone().filter(|key| !key.is_empty()))
        .set_vpc_config(vpc_config.as_ref().map(network))
        .code(source.code())
        .set_tags(Some(tags.clone().into_iter().collect())))
}

/// Only what changes is sent; what goes back to AWS's default is sent as that default.
///
/// # Errors
///
/// A request that cannot be built.
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
    // What one key encrypted is not encrypted again with another by itself.
    if change.touches("environment") || change.touches("kms_key_arn") {
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
    Ok(surroundings(request, change))
}

/// What stands around a function: keys, queues, logs and networks.
fn surroundings(
    mut request: UpdateFunctionConfigurationFluentBuilder,
    change: &Change<'_, State>,
) -> UpdateFunctionConfigurationFluentBuilder {
    let want = &change.want;
    if change.touches("dead_letter_config") {
        let target = want.dead_letter_config.clone().unwrap_or_default();
        request = request.dead_letter_config(dead_letters(target));
    }
    if change.touches("kms_key_arn") {
        request = request.kms_key_arn(want.kms_key_arn.clone().unwrap_or_default());
    }
    if change.touches("logging_config") {
        request = request.logging_config(logging(&want.function_name, &want.logging_config));
    }
    if change.touches("vpc_config") {
        request = request.vpc_config(match &want.vpc_config {
            Some(vpc) => network(vpc),
            None => network(&Vpc::default()),
        });
    }
    request
}

/// The request that puts other code in a function's place.
pub fn code_request(aws: &Aws, source: Source, want: &State) -> UpdateFunctionCodeFluentBuilder {
    let request = aws
        .lambda
        .update_function_code()
        .function_name(&want.function_name)
        .set_architectures(want.architectures.as_ref().map(|names| processors(names)));
    match source {
        Source::Zip(zip) => request.zip_file(zip),
        Source::Object { bucket, key, version } => {
            request.s3_bucket(bucket).s3_key(key).set_s3_object_version(version)
        }
    }
}

/// Processors as the SDK names them.
fn processors(names: &[String]) -> Vec<Architecture> {
    names.iter().map(|name| Architecture::from(name.as_str())).collect()
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

fn dead_letters(target: String) -> DeadLetterConfig {
    DeadLetterConfig::builder().target_arn(target).build()
}

fn network(vpc: &Vpc) -> VpcConfig {
    let Vpc { subnet_ids, security_group_ids, ipv6_allowed_for_dual_stack } = vpc;
    VpcConfig::builder()
        .set_subnet_ids(Some(subnet_ids.clone()))
        .set_security_group_ids(Some(security_group_ids.clone()))
        .set_ipv6_allowed_for_dual_stack(*ipv6_allowed_for_dual_stack)
        .build()
}

/// For a new function: nothing where nothing is asked for.
fn first_logging(want: &Logging) -> Option<LoggingConfig> {
    let Logging { log_format, application_log_level: _, system_log_level: _, log_group } = want;
    if log_format.is_none() && log_group.is_none() {
        return None;
    }
    Some(levels(want).set_log_group(log_group.clone()).build())
}

/// The whole block: Lambda replaces it whole.
fn logging(name: &str, want: &Logging) -> LoggingConfig {
    let group = want.log_group.clone().unwrap_or_else(|| format!("{LOGS}{name}"));
    levels(want).log_group(group).build()
}

/// The format, and the levels that `JSON` alone has.
fn levels(want: &Logging) -> aws_sdk_lambda::types::builders::LoggingConfigBuilder {
    let format = want.log_format.as_deref().unwrap_or("Text");
    let builder = LoggingConfig::builder().log_format(LogFormat::from(format));
    if !want.is_json() {
        return builder;
    }
    let (application, system) = (&want.application_log_level, &want.system_log_level);
    builder
        .set_application_log_level(application.as_deref().map(ApplicationLogLevel::from))
        .set_system_log_level(system.as_deref().map(SystemLogLevel::from))
}
