//! `lambdas.<key>`

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Texts;
use crate::spec::duration::Duration;

/// A Lambda function with its role, policies and log group.
///
/// AWS: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "lambda.CreateFunction"))]
pub struct Lambda {
    /// The function's name in AWS. Default: `<stack>-<key>`.
    // AWS's model has the limits of an ARN.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-zA-Z0-9_-]+$"))]
    #[schemars(extend("x-expected" = "letters, digits, `-` and `_`"))]
    pub name: Option<String>,
    /// The code: a folder, a file or a `.zip`, relative to this file.
    pub code: String,
    /// The runtime, as `python3.13` or `nodejs22.x`.
    // Those with which AWS makes new functions: its model has all that ever were.
    #[schemars(extend("enum" = [
        "nodejs20.x", "nodejs22.x", "nodejs24.x",
        "python3.10", "python3.11", "python3.12", "python3.13", "python3.14",
        "java11", "java17", "java21", "java25", "java8.al2", "dotnet8", "dotnet10",
        "ruby3.2", "ruby3.3", "ruby3.4", "provided.al2", "provided.al2023",
    ]))]
    pub runtime: String,
    /// What is called: `file.function`.
    #[schemars(length(min = 1))]
    pub handler: String,
    /// What the function is for.
    pub description: Option<String>,
    /// How long a call may take, 1 second to 15 minutes. AWS's default: 3 seconds.
    #[schemars(extend("x-seconds" = [1, 900]))]
    pub timeout: Option<Duration>,
    /// Memory in MB. AWS's default: 128.
    // AWS's model has the limit of managed instances.
    #[schemars(range(max = 10240))]
    pub memory_size: Option<i32>,
    /// Environment variables. What is not declared is removed. Values may be `${env.…}` and
    /// `${secret.…}`.
    #[serde(default)]
    #[schemars(extend("x-sensitive" = true, "x-keys" = "environment variable"))]
    #[schemars(extend("x-model" = "lambda.CreateFunction.Environment.Variables"))]
    pub environment: Texts,
    /// The processor. AWS's default: `x86_64`.
    pub architectures: Option<Vec<String>>,
    /// The ARNs of layer versions, in their order.
    #[schemars(length(max = 5))]
    pub layers: Option<Vec<String>>,
    /// `Active`: calls are traced with X-Ray. AWS's default: `PassThrough`.
    #[schemars(extend("x-model" = "lambda.CreateFunction.TracingConfig.Mode"))]
    pub tracing_config: Option<String>,
    /// The size of `/tmp` in MB. AWS's default: 512.
    // AWS's model has the limit of managed instances.
    #[schemars(range(max = 10240))]
    #[schemars(extend("x-model" = "lambda.CreateFunction.EphemeralStorage.Size"))]
    pub ephemeral_storage: Option<i32>,
    /// Tags of the function, besides the stack's.
    #[serde(default)]
    #[schemars(extend("x-keys" = "tag"))]
    pub tags: Texts,
    /// Policies of the function's role, by name. What is not declared is removed.
    #[serde(default)]
    #[schemars(extend("x-keys" = "policy"))]
    #[schemars(extend("x-key-model" = "iam.PutRolePolicy.PolicyName"))]
    pub inline_policies: BTreeMap<String, Option<PolicyDocument>>,
    /// The function's log group.
    pub log_group: Option<LogGroup>,
}

/// The settings of a function's log group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "logs.PutRetentionPolicy"))]
pub struct LogGroup {
    /// How many days logs are kept. AWS's default: for ever.
    #[schemars(extend("enum" = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653, null,
    ]))]
    pub retention_in_days: Option<i32>,
}

/// An IAM policy document. Every scalar is a text with the file's spelling: an account id keeps
/// its leading zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyDocument(pub Value);

impl JsonSchema for PolicyDocument {
    fn schema_name() -> Cow<'static, str> {
        "PolicyDocument".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "x-policy": true,
            "description": "An IAM policy document. `Version` is 2012-10-17 unless it says otherwise. \
                References of the stack file and IAM's own variables, as `${aws:username}`, may stand in it. \
                AWS: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>",
            "required": ["Statement"],
            "properties": {
                "Version": {
                    "type": "string",
                    "enum": ["2012-10-17", "2008-10-17"],
                    "description": "The version of IAM's language. Default: 2012-10-17.",
                },
                "Id": { "type": "string", "description": "A name for the policy." },
                "Statement": { "description": "What is allowed or denied.", "anyOf": [
                    { "type": "array", "items": { "$ref": "#/$defs/PolicyStatement" } },
                    { "$ref": "#/$defs/PolicyStatement" },
                ], "x-expected": "a statement or a list of statements" },
            },
            "additionalProperties": false,
        })
    }
}

/// The schema of one statement of a policy.
pub(in crate::spec) fn statement_schema() -> Value {
    let one_or_more = |description: &str| {
        serde_json::json!({
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
            "x-expected": "a text or a list of texts",
            "description": description,
        })
    };
    serde_json::json!({
        "type": "object",
        "description": "A statement of an IAM policy.",
        "required": ["Effect"],
        "properties": {
            "Sid": {
                "type": "string",
                "pattern": "^[A-Za-z0-9]*$",
                "x-expected": "letters and digits",
                "description": "A name for the statement: letters and digits.",
            },
            "Effect": {
                "type": "string",
                "enum": ["Allow", "Deny"],
                "description": "Whether it allows or denies.",
            },
            "Action": one_or_more("What may be done, as `ses:SendEmail` or `s3:Get*`."),
            "NotAction": one_or_more("Everything but these actions."),
            "Resource": one_or_more("What it may be done with: ARNs, or `*`."),
            "NotResource": one_or_more("Everything but these resources."),
            "Condition": {
                "type": "object",
                "description": "When: an operator, a key and its values, as \
                    `StringEquals: { aws:PrincipalTag/team: data }`.",
            },
        },
        "additionalProperties": false,
    })
}
