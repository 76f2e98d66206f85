//! `lambdas.<key>`

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

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
#[schemars(extend(
    "x-model" = "lambda.CreateFunction",
    "if" = { "not": { "required": ["existing"] } },
    "then" = { "required": ["code", "runtime", "handler"] },
))]
pub struct Lambda {
    /// The name or the ARN of somebody else's function, in place of all other settings: it is read
    /// and referred to, never changed, and nobody is allowed to call it.
    pub existing: Option<String>,
    /// The key that the function had in this file before: the function is kept, and its name in AWS
    /// with it.
    pub was: Option<String>,
    /// The function's name in AWS. Default: `<stack>-<key>`.
    // AWS's model has the limits of an ARN.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-zA-Z0-9_-]+$"))]
    #[schemars(extend("x-expected" = "letters, digits, `-` and `_`"))]
    pub name: Option<String>,
    /// The code: a folder, a file or a `.zip`, relative to this file; or an object in S3. What a
    /// folder's `requirements.txt` (Python) or `package.json` (Node) names is installed for the
    /// runtime and the architecture, and packed with it. A `.provisionignore` in the folder, with
    /// the patterns of a `.gitignore`, keeps files out.
    #[serde(default)]
    pub code: Code,
    /// The runtime, as `python3.13` or `nodejs22.x`.
    // Those with which AWS makes new functions: its model has all that ever were.
    #[schemars(extend("enum" = [
        "nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "nodejs26.x",
        "python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13",
        "python3.14", "python3.15", "java8.al2", "java11", "java17", "java8.al2023",
        "java11.al2023", "java17.al2023", "java21", "java25", "dotnet6", "dotnet8", "dotnet10",
        "ruby3.2", "ruby3.3", "ruby3.4", "ruby4.0", "provided.al2", "provided.al2023",
    ]))]
    // Runtimes for which Lambda makes no functions any more, and what took their place:
    // <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>
    #[schemars(extend("x-retired" = {
        "nodejs": "nodejs24.x", "nodejs4.3": "nodejs24.x", "nodejs4.3-edge": "nodejs24.x",
        "nodejs6.10": "nodejs24.x", "nodejs8.10": "nodejs24.x", "nodejs10.x": "nodejs24.x",
        "nodejs12.x": "nodejs24.x", "nodejs14.x": "nodejs24.x",
        "python2.7": "python3.14", "python3.6": "python3.14", "python3.7": "python3.14",
        "ruby2.5": "ruby3.4", "ruby2.7": "ruby3.4", "java8": "java25",
        "dotnetcore1.0": "dotnet10", "dotnetcore2.0": "dotnet10", "dotnetcore2.1": "dotnet10",
        "dotnetcore3.1": "dotnet10", "go1.x": "provided.al2023", "provided": "provided.al2023",
    }))]
    #[serde(default)]
    pub runtime: String,
    /// What is called: `file.function`.
    #[schemars(length(min = 1))]
    #[serde(default)]
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
    // AWS's model has the limit of functions with an accelerator.
    #[schemars(range(max = 10240))]
    #[schemars(extend("x-model" = "lambda.CreateFunction.EphemeralStorage.Size"))]
    pub ephemeral_storage: Option<i32>,
    /// How many calls may run at one time, of the account's share; no more, and so many always.
    /// 0 stops all calls. AWS's default: what the account has left.
    #[schemars(extend("x-model" = "lambda.PutFunctionConcurrency.ReservedConcurrentExecutions"))]
    pub reserved_concurrent_executions: Option<i32>,
    /// Where events go that failed without anybody waiting: the ARN of a standard SQS queue or SNS
    /// topic. The role that is made for the function may send there.
    #[schemars(regex(pattern = r"^arn:aws[a-zA-Z-]*:(sqs|sns):[^:]+:[0-9]{12}:[^:]+$"))]
    #[schemars(extend("x-expected" = "the ARN of an SQS queue or SNS topic"))]
    pub dead_letter_config: Option<String>,
    /// How and where the function logs.
    pub logging_config: Option<LoggingConfig>,
    /// The ARN of the KMS key that encrypts the environment. AWS's default: a key of Lambda's.
    #[schemars(regex(pattern = r"^arn:aws[a-zA-Z-]*:kms:[^:]+:[0-9]{12}:(key|alias)/.+$"))]
    #[schemars(extend("x-expected" = "the ARN of a KMS key"))]
    pub kms_key_arn: Option<String>,
    /// The private network that the function is connected to. Its role must be able to make network
    /// interfaces: `managed_policies` with AWSLambdaVPCAccessExecutionRole is the usual way.
    pub vpc_config: Option<VpcConfig>,
    /// An HTTPS address of the function's own. Absent: none.
    pub function_url: Option<FunctionUrl>,
    /// Tags of the function, besides the stack's.
    #[serde(default)]
    #[schemars(extend("x-keys" = "tag"))]
    pub tags: Texts,
    /// The ARN of an existing role. Absent: a role is made for the function.
    #[schemars(regex(pattern = r"^arn:aws[a-zA-Z-]*:iam::[0-9]{12}:role/.+$"))]
    #[schemars(extend("x-expected" = "the ARN of a role"))]
    pub role: Option<String>,
    /// The name in AWS of the role that is made for the function. Default:
    /// `<stack>-<region>-<key>`. A role that is taken over needs its own name here.
    #[schemars(extend("x-model" = "iam.CreateRole.RoleName"))]
    pub role_name: Option<String>,
    /// The ARNs of managed policies of the function's role. Where this is written, others are
    /// detached; absent, what is attached stays. An account allows 10, or up to 25 where its quota
    /// was raised.
    #[schemars(length(max = 25))]
    #[schemars(extend("items" = {
        "type": "string", "pattern": "^arn:aws[a-zA-Z-]*:iam::([0-9]{12}|aws):policy/.+$",
        "x-expected": "the ARN of a managed policy",
    }))]
    pub managed_policies: Option<Vec<String>>,
    /// The ARN of the managed policy that bounds what the function's role may ever do.
    #[schemars(regex(pattern = r"^arn:aws[a-zA-Z-]*:iam::([0-9]{12}|aws):policy/.+$"))]
    #[schemars(extend("x-expected" = "the ARN of a managed policy"))]
    #[schemars(extend("x-model" = "iam.PutRolePermissionsBoundary.PermissionsBoundary"))]
    pub permissions_boundary: Option<String>,
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
    /// The group's name, for one that is made and owned. Default: `/aws/lambda/` and the function's
    /// name. A group that is there already is named in `logging_config` instead.
    #[schemars(extend("x-model" = "logs.CreateLogGroup.logGroupName"))]
    pub name: Option<String>,
    /// How many days logs are kept. AWS's default: for ever.
    #[schemars(extend("enum" = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653, null,
    ]))]
    pub retention_in_days: Option<i32>,
}

/// How and where a function logs.
///
/// AWS: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "lambda.CreateFunction.LoggingConfig"))]
pub struct LoggingConfig {
    /// `Text` or `JSON`. AWS's default: `Text`.
    pub log_format: Option<String>,
    /// The least grave of the function's own lines that are kept; with `JSON` alone. AWS's default:
    /// `INFO`.
    pub application_log_level: Option<String>,
    /// The least grave of Lambda's lines that are kept; with `JSON` alone. AWS's default: `INFO`.
    pub system_log_level: Option<String>,
    /// The name of an existing log group that is written to: it is neither made nor removed, and the
    /// function gets none of its own. Absent: the function's own group.
    pub log_group: Option<String>,
}

/// The private network of a function. Both lists empty: none.
///
/// AWS: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "lambda.CreateFunction.VpcConfig"))]
pub struct VpcConfig {
    /// The ids of the subnets.
    pub subnet_ids: Option<Vec<String>>,
    /// The ids of the security groups.
    pub security_group_ids: Option<Vec<String>>,
    /// Whether the function reaches out over IPv6 too. AWS's default: `false`.
    pub ipv6_allowed_for_dual_stack: Option<bool>,
}

/// The code of a function. Short form: the path of a folder, a file or a `.zip`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Code {
    /// A folder, a file or a `.zip`, relative to the stack file.
    Path(String),
    /// An object in S3.
    Object(CodeObject),
}

impl Default for Code {
    fn default() -> Self {
        Self::Path(String::new())
    }
}

impl fmt::Display for Code {
    /// Writes the path, or the object as a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Object(CodeObject { s3_bucket, s3_key, s3_object_version }) => {
                write!(f, "s3://{s3_bucket}/{s3_key}")?;
                s3_object_version.iter().try_for_each(|version| write!(f, "@{version}"))
            }
        }
    }
}

/// A `.zip` in S3, in the function's region. It is deployed when this text changes: without a version,
/// new contents under the same key are not seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "lambda.CreateFunction.Code"))]
pub struct CodeObject {
    /// The bucket.
    // AWS's pattern looks back, which `regex` does not.
    #[schemars(regex(pattern = r"^[0-9A-Za-z.\-_]*[0-9A-Za-z\-_]$"))]
    #[schemars(extend("x-expected" = "the name of a bucket"))]
    pub s3_bucket: String,
    /// The key of the object.
    pub s3_key: String,
    /// The version of the object, in a bucket with versions.
    pub s3_object_version: Option<String>,
}

/// An HTTPS address of a function's own.
///
/// AWS: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "lambda.CreateFunctionUrlConfig"))]
pub struct FunctionUrl {
    /// Who may call it: `AWS_IAM` for requests that are signed by somebody whom IAM allows to, `NONE`
    /// for anybody in the world.
    pub auth_type: String,
    /// Which pages of other origins may call it. Absent: none.
    pub cors: Option<FunctionUrlCors>,
    /// Whether an answer is sent when it is whole (`BUFFERED`) or as it comes (`RESPONSE_STREAM`).
    /// AWS's default: `BUFFERED`.
    pub invoke_mode: Option<String>,
}

/// Cross-origin resource sharing of a function's address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "lambda.CreateFunctionUrlConfig.Cors"))]
pub struct FunctionUrlCors {
    /// The origins, as `https://app.example.com`, or `*`.
    pub allow_origins: Option<Vec<String>>,
    /// The methods, or `*`. Lambda answers `OPTIONS` itself.
    #[schemars(extend("items" = { "type": "string", "enum": ["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"] }))]
    pub allow_methods: Option<Vec<String>>,
    /// The request headers, or `*`.
    pub allow_headers: Option<Vec<String>>,
    /// The response headers that a page may read.
    pub expose_headers: Option<Vec<String>>,
    /// Whether a page may send cookies and the like.
    pub allow_credentials: Option<bool>,
    /// How long a browser may keep the answer to a preflight, at most 1 day.
    #[schemars(extend("x-seconds" = [0, 86400]))]
    pub max_age: Option<Duration>,
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
