//! What a function can be asked to be, and what AWS says that it is.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::{FunctionConfiguration, LoggingConfig, VpcConfigResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::tags;

/// Where Lambda writes logs when it is told nothing else: this and the function's name.
pub const LOGS: &str = "/aws/lambda/";

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
    /// Of the account's share; none where it takes what is left.
    pub reserved_concurrent_executions: Option<i32>,
    /// The ARN of a queue or topic; empty for none.
    pub dead_letter_config: Option<String>,
    /// How and where it logs.
    #[serde(default)]
    pub logging_config: Logging,
    /// The ARN of a key; empty for Lambda's own.
    pub kms_key_arn: Option<String>,
    /// The private network.
    pub vpc_config: Option<Vpc>,
    /// The base64 SHA-256 of the zip; none for an object in S3 that somebody else put there.
    pub code_sha256: Option<String>,
    /// Where the code is in S3; none for code that goes in the request.
    pub s3_bucket: Option<String>,
    /// The object's key.
    pub s3_key: Option<String>,
    /// The object's version.
    pub s3_object_version: Option<String>,
    /// All tags.
    pub tags: BTreeMap<String, String>,
}

/// How and where a function logs.
#[derive(Default, Deserialize)]
pub struct Logging {
    /// `Text` or `JSON`.
    pub log_format: Option<String>,
    /// With `JSON` alone.
    pub application_log_level: Option<String>,
    /// With `JSON` alone.
    pub system_log_level: Option<String>,
    /// None for the group that has the function's name.
    pub log_group: Option<String>,
}

impl Logging {
    /// Whether lines are JSON, and so have levels.
    pub fn is_json(&self) -> bool {
        self.log_format.as_deref() == Some("JSON")
    }
}

/// The private network of a function.
#[derive(Default, Deserialize)]
pub struct Vpc {
    /// Ids; none for no network.
    #[serde(default)]
    pub subnet_ids: Vec<String>,
    /// Ids; none for no network.
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// Whether it reaches out over IPv6 too.
    pub ipv6_allowed_for_dual_stack: Option<bool>,
}

/// AWS's defaults, in the shape of the state.
pub fn defaults() -> Value {
    json!({
        "description": "",
        "timeout": 3,
        "memory_size": 128,
        "environment": {},
        "architectures": ["x86_64"],
        "layers": [],
        "tracing_config": "PassThrough",
        "ephemeral_storage": 512,
        "reserved_concurrent_executions": null,
        "dead_letter_config": "",
        "logging_config": {
            "log_format": "Text",
            "application_log_level": "INFO",
            "system_log_level": "INFO",
            "log_group": null,
        },
        "kms_key_arn": "",
        "vpc_config": {
            "subnet_ids": [], "security_group_ids": [], "ipv6_allowed_for_dual_stack": false,
        },
    })
}

/// A function as AWS describes it, in the shape of the state.
pub fn state(
    name: &str,
    about: FunctionConfiguration,
    reserved: Option<i32>,
    tags: &BTreeMap<String, String>,
) -> Value {
    let environment: BTreeMap<String, String> =
        about.environment.and_then(|e| e.variables).unwrap_or_default().into_iter().collect();
    let architectures: Vec<String> =
        about.architectures.iter().flatten().map(|a| a.as_str().to_owned()).collect();
    let layers: Vec<String> =
        about.layers.into_iter().flatten().filter_map(|layer| layer.arn).collect();
    json!({
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
        "reserved_concurrent_executions": reserved,
        "dead_letter_config": about.dead_letter_config.and_then(|c| c.target_arn).unwrap_or_default(),
        "logging_config": about.logging_config.map(|config| logging(name, config)),
        "kms_key_arn": about.kms_key_arn.unwrap_or_default(),
        "vpc_config": network(about.vpc_config),
        "code_sha256": about.code_sha256,
        "tags": tags::state(tags),
    })
}

/// AWS always says which group is written to, also where it is the function's own.
fn logging(name: &str, config: LoggingConfig) -> Value {
    let own = format!("{LOGS}{name}");
    json!({
        "log_format": config.log_format.map(|format| format.as_str().to_owned()),
        "application_log_level": config.application_log_level.map(|level| level.as_str().to_owned()),
        "system_log_level": config.system_log_level.map(|level| level.as_str().to_owned()),
        "log_group": config.log_group.filter(|group| *group != own),
    })
}

fn network(config: Option<VpcConfigResponse>) -> Value {
    let (subnets, groups, ipv6) = match config {
        Some(c) => (c.subnet_ids, c.security_group_ids, c.ipv6_allowed_for_dual_stack),
        None => (None, None, None),
    };
    json!({
        "subnet_ids": subnets.unwrap_or_default(),
        "security_group_ids": groups.unwrap_or_default(),
        "ipv6_allowed_for_dual_stack": ipv6.unwrap_or_default(),
    })
}
