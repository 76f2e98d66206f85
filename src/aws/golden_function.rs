//! A function with everything around it, as AWS answers after it was made: with defaults filled in,
//! lists in another order, members that nobody asked for, policies percent-encoded, single texts for
//! lists. It plans as kept.

use aws_sdk_cloudwatchlogs::operation::describe_log_groups::DescribeLogGroupsOutput;
use aws_sdk_cloudwatchlogs::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_cloudwatchlogs::types::LogGroup;
use aws_sdk_iam::operation::get_role::GetRoleOutput;
use aws_sdk_iam::operation::get_role_policy::GetRolePolicyOutput;
use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, PermissionsBoundaryAttachmentType, Role,
};
use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::operation::get_function_url_config::GetFunctionUrlConfigOutput;
use aws_sdk_lambda::operation::get_policy::GetPolicyOutput;
use aws_sdk_lambda::types as lambda;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use aws_smithy_types::DateTime;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::kind::Given;
use super::{Aws, kinds};
use crate::plan::{self, Action, Lookup, Plan, Subject};
use crate::resource::{Declared, Live, Piece};

const ACCOUNT: &str = "123456789012";
const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:failed";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:demo-fn";
const GROUP: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/demo-fn";
const ROLE: &str = "arn:aws:iam::123456789012:role/provision/us-east-1/demo/demo-us-east-1-fn";
const VPC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
const XRAY: &str = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess";
const BOUNDARY: &str = "arn:aws:iam::aws:policy/PowerUserAccess";

/// A function with nothing but what it needs, and one with everything.
fn bare() -> Value {
    json!({ "code": "x", "runtime": "python3.13", "handler": "a.b" })
}

fn whole() -> Value {
    json!({
        "code": "x", "runtime": "python3.13", "handler": "a.b", "timeout": "30s",
        "environment": { "A": "1" },
        "reserved_concurrent_executions": 0,
        "dead_letter_config": QUEUE,
        "kms_key_arn": KEY,
        "logging_config": { "log_format": "JSON", "application_log_level": "WARN" },
        "vpc_config": { "subnet_ids": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"] },
        "managed_policies": [VPC, XRAY],
        "permissions_boundary": BOUNDARY,
        "inline_policies": { "p": { "Statement": {
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/*"],
        } } },
        "log_group": { "retention_in_days": 7 },
        "function_url": {
            "auth_type": "NONE",
            "cors": { "allow_origins": ["https://b", "https://a"], "allow_headers": ["X-Token"],
                "allow_credentials": false },
        },
    })
}

fn declare(function: &Value) -> Vec<Declared> {
    let stack = json!({ "stack": "demo", "lambdas": { "fn": function } });
    let given = Given {
        region: "us-east-1".into(),
        bundles: [("fn".to_owned(), "sha=".to_owned())].into(),
        ..Given::default()
    };
    kinds::declare(&serde_json::from_value(stack).unwrap(), &given)
}

fn tags(address: &str) -> std::collections::HashMap<String, String> {
    let tags = [("provision:stack", "demo"), ("provision:address", address), ("aws:x", "y")];
    tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// What GetFunction answers of a function whose settings are all AWS's.
fn defaults() -> lambda::builders::FunctionConfigurationBuilder {
    let storage = lambda::EphemeralStorage::builder().size(512).build().unwrap();
    let snap = lambda::SnapStartResponse::builder().apply_on(lambda::SnapStartApplyOn::None);
    let logging = lambda::LoggingConfig::builder().log_format(lambda::LogFormat::Text);
    let network = lambda::VpcConfigResponse::builder().vpc_id("");
    lambda::FunctionConfiguration::builder()
        .function_name("demo-fn")
        .function_arn(FUNCTION)
        .runtime(lambda::Runtime::Python313)
        .role(ROLE)
        .handler("a.b")
        .code_size(1)
        .description("")
        .timeout(3)
        .memory_size(128)
        .last_modified("2026-01-01T00:00:00.000+0000")
        .code_sha256("sha=")
        .version("$LATEST")
        .vpc_config(
            network
                .set_subnet_ids(Some(vec![]))
                .set_security_group_ids(Some(vec![]))
                .ipv6_allowed_for_dual_stack(false)
                .build(),
        )
        .tracing_config(
            lambda::TracingConfigResponse::builder().mode(lambda::TracingMode::PassThrough).build(),
        )
        .revision_id("r")
        .state(lambda::State::Active)
        .last_update_status(lambda::LastUpdateStatus::Successful)
        .package_type(lambda::PackageType::Zip)
        .architectures(lambda::Architecture::X8664)
        .ephemeral_storage(storage)
        .snap_start(snap.build())
        .logging_config(logging.log_group("/aws/lambda/demo-fn").build())
}

/// The same of the function with everything.
fn settings() -> lambda::FunctionConfiguration {
    let logging = lambda::LoggingConfig::builder()
        .log_format(lambda::LogFormat::Json)
        .application_log_level(lambda::ApplicationLogLevel::Warn)
        .system_log_level(lambda::SystemLogLevel::Info)
        .log_group("/aws/lambda/demo-fn");
    let network = lambda::VpcConfigResponse::builder()
        .subnet_ids("subnet-2")
        .subnet_ids("subnet-1")
        .security_group_ids("sg-1")
        .vpc_id("vpc-1")
        .ipv6_allowed_for_dual_stack(false);
    defaults()
        .timeout(30)
        .environment(lambda::EnvironmentResponse::builder().variables("A", "1").build())
        .dead_letter_config(lambda::DeadLetterConfig::builder().target_arn(QUEUE).build())
        .kms_key_arn(KEY)
        .logging_config(logging.build())
        .vpc_config(network.build())
        .build()
}

fn statement(id: &str, action: &str, condition: Value) -> Value {
    json!({
        "Sid": id, "Effect": "Allow", "Principal": "*", "Action": action, "Resource": FUNCTION,
        "Condition": condition,
    })
}

fn lambda_with(about: lambda::FunctionConfiguration, whole: bool) -> aws_sdk_lambda::Client {
    use aws_sdk_lambda::Client;
    let reserved = lambda::Concurrency::builder().reserved_concurrent_executions(0).build();
    let get = mock!(Client::get_function).then_output(move || {
        GetFunctionOutput::builder()
            .configuration(about.clone())
            .set_tags(Some(tags("lambdas.fn")))
            .set_concurrency(whole.then(|| reserved.clone()))
            .build()
    });
    // The ids follow from what the statements say.
    let url = json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } });
    let through = json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } });
    let statements = [
        statement("provision-function_url-x", "lambda:InvokeFunctionUrl", url),
        statement("provision-function_url_invoke-x", "lambda:InvokeFunction", through),
        json!({ "Sid": "by-hand", "Principal": { "AWS": "AIDAEXAMPLE" } }),
    ];
    let policy = json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements });
    let policy = if whole { policy.to_string() } else { String::new() };
    let policy = mock!(Client::get_policy)
        .then_output(move || GetPolicyOutput::builder().policy(&policy).build());
    let config = mock!(Client::get_function_url_config).then_output(|| {
        let cors = lambda::Cors::builder()
            .allow_origins("https://a")
            .allow_origins("https://b")
            .allow_headers("x-token")
            .max_age(0)
            .build();
        GetFunctionUrlConfigOutput::builder()
            .function_url("https://x.lambda-url.us-east-1.on.aws/")
            .function_arn(FUNCTION)
            .auth_type(lambda::FunctionUrlAuthType::None)
            .invoke_mode(lambda::InvokeMode::Buffered)
            .cors(cors)
            .creation_time("t")
            .last_modified_time("t")
            .build()
            .unwrap()
    });
    let none = mock!(Client::get_function_url_config).then_error(|| {
        use aws_sdk_lambda::operation::get_function_url_config::GetFunctionUrlConfigError as E;
        let code = aws_smithy_types::error::ErrorMetadata::builder();
        E::generic(code.code("ResourceNotFoundException").build())
    });
    let url = if whole { &config } else { &none };
    mock_client!(aws_sdk_lambda, RuleMode::MatchAny, [&get, &policy, url])
}

fn encoded(document: &Value) -> String {
    utf8_percent_encode(&document.to_string(), NON_ALPHANUMERIC).to_string()
}

fn iam_with(whole: bool) -> aws_sdk_iam::Client {
    use aws_sdk_iam::Client;
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": { "Action": ["sts:AssumeRole"], "Effect": "Allow",
            "Principal": { "Service": ["lambda.amazonaws.com"] } },
    });
    let get = mock!(Client::get_role).then_output(move || {
        let boundary = AttachedPermissionsBoundary::builder()
            .permissions_boundary_type(PermissionsBoundaryAttachmentType::Policy)
            .permissions_boundary_arn(BOUNDARY)
            .build();
        let tag = |(key, value): (String, String)| {
            aws_sdk_iam::types::Tag::builder().key(key).value(value).build().unwrap()
        };
        let mut all = tags("lambdas.fn.role");
        all.insert("provision:region".to_owned(), "us-east-1".to_owned());
        let role = Role::builder()
            .role_name("demo-us-east-1-fn")
            .role_id("AROAEXAMPLE")
            .path("/provision/us-east-1/demo/")
            .arn(ROLE)
            .create_date(DateTime::from_secs(0))
            .assume_role_policy_document(encoded(&trust))
            .max_session_duration(3600)
            .description("")
            .set_permissions_boundary(whole.then_some(boundary))
            .set_tags(Some(all.into_iter().map(tag).collect()));
        GetRoleOutput::builder().role(role.build().unwrap()).build()
    });
    let attached = mock!(Client::list_attached_role_policies).then_output(move || {
        let policy = |arn: &str| AttachedPolicy::builder().policy_arn(arn).build();
        let all = if whole { vec![policy(XRAY), policy(VPC)] } else { vec![] };
        ListAttachedRolePoliciesOutput::builder().set_attached_policies(Some(all)).build()
    });
    let names = mock!(Client::list_role_policies).then_output(move || {
        let names = ["p", "provision-basics"].map(str::to_owned);
        let names = names[usize::from(!whole)..].to_vec();
        ListRolePoliciesOutput::builder().set_policy_names(Some(names)).build().unwrap()
    });
    let policy = mock!(Client::get_role_policy).then_compute_output(move |sent| {
        let name = sent.policy_name().unwrap_or_default();
        let logs = json!({
            "Action": ["logs:PutLogEvents", "logs:CreateLogStream"], "Effect": "Allow",
            "Resource": [format!("{GROUP}:*")],
        });
        let dead = json!({
            "Resource": [QUEUE], "Action": ["sqs:SendMessage"], "Effect": "Allow",
        });
        let statements = match name {
            "p" => json!({
                "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/*", "Effect": "Allow",
            }),
            _ if whole => json!([dead, logs]),
            _ => logs,
        };
        let document = json!({ "Statement": statements, "Version": "2012-10-17" });
        GetRolePolicyOutput::builder()
            .role_name("demo-us-east-1-fn")
            .policy_name(name)
            .policy_document(encoded(&document))
            .build()
            .unwrap()
    });
    mock_client!(aws_sdk_iam, RuleMode::MatchAny, [&get, &attached, &names, &policy])
}

fn logs_with(days: Option<i32>) -> aws_sdk_cloudwatchlogs::Client {
    use aws_sdk_cloudwatchlogs::Client;
    let groups = mock!(Client::describe_log_groups).then_output(move || {
        let group = LogGroup::builder().log_group_name("/aws/lambda/demo-fn").stored_bytes(0);
        let group = group.arn(format!("{GROUP}:*")).set_retention_in_days(days).build();
        DescribeLogGroupsOutput::builder().log_groups(group).build()
    });
    let tagged = mock!(Client::list_tags_for_resource).then_output(|| {
        ListTagsForResourceOutput::builder().set_tags(Some(tags("lambdas.fn.log_group"))).build()
    });
    mock_client!(aws_sdk_cloudwatchlogs, RuleMode::MatchAny, [&groups, &tagged])
}

/// Reads all kinds of a function and compares.
async fn planned(
    declared: Vec<Declared>,
    about: lambda::FunctionConfiguration,
    whole: bool,
) -> Plan {
    let aws = Aws {
        lambda: lambda_with(about, whole),
        iam: iam_with(whole),
        logs: logs_with(whole.then_some(7)),
        tagged: OnceCell::new_with(Some(vec![])),
        roles: OnceCell::new_with(Some(vec!["demo-us-east-1-fn".to_owned()])),
        ..Aws::test()
    };
    let mut live: Vec<Live> = Vec::new();
    for name in ["role", "role_policy", "function", "log_group", "permission", "function_url"] {
        let kind = kinds::find(name).unwrap();
        let parent =
            kind.parent().and_then(|parent| live.iter().find(|l| l.kind == parent)).cloned();
        live.extend(kind.observe(&aws, &declared, parent).await.unwrap());
    }
    let lookup = |piece: &Piece| match piece {
        Piece::Account => Lookup::Plain(ACCOUNT.to_owned()),
        _ => Lookup::Unknown,
    };
    let kinds = kinds::infos();
    let subject = Subject { declared, live, kinds: &kinds, lookup: &lookup };
    plan::build(subject, &plan::Options::default()).unwrap()
}

/// `address setting` of everything that a plan would change, and of what it leaves.
fn shown(plan: &Plan) -> (Vec<String>, Vec<String>) {
    let changes = plan.steps.iter().flat_map(|step| {
        let line = |change: &plan::Change| format!("{} {}", step.address, change.path);
        let all: Vec<String> = step.changes.iter().map(line).collect();
        match step.action {
            Action::Delete => vec![format!("{} {}", step.action, step.address)],
            _ => all,
        }
    });
    let left = plan.undeclared.iter().map(|note| format!("{} {}", note.address, note.path));
    (changes.collect(), left.collect())
}

#[tokio::test]
async fn a_bare_function_plans_as_kept() {
    let plan = planned(declare(&bare()), defaults().build(), false).await;
    assert_eq!((shown(&plan), plan.kept.len()), ((vec![], vec![]), 4));
}

#[tokio::test]
async fn a_function_with_everything_plans_as_kept() {
    let plan = planned(declare(&whole()), settings(), true).await;
    assert_eq!((shown(&plan), plan.kept.len()), ((vec![], vec![]), 8));
}

#[tokio::test]
async fn settings_that_the_file_drops_stay_and_wiring_goes() {
    let plan = planned(declare(&bare()), settings(), true).await;
    let (changes, left) = shown(&plan);
    let fn_ = "lambdas.fn";
    let expected = [
        "environment.A",
        ".inline_policies.provision-basics policy_document",
        "delete .inline_policies.p",
        "delete .permissions.function_url",
        "delete .permissions.function_url_invoke",
        "delete .function_url",
    ];
    let spelled = |text: &str| match text.strip_prefix("delete ") {
        Some(rest) => format!("delete {fn_}{rest}"),
        None if text.starts_with('.') => format!("{fn_}{text}"),
        None => format!("{fn_} {text}"),
    };
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all
    };
    assert_eq!(sorted(changes), sorted(expected.map(spelled).to_vec()));
    let expected = [
        " dead_letter_config",
        " kms_key_arn",
        " logging_config.application_log_level",
        " logging_config.log_format",
        " reserved_concurrent_executions",
        " timeout",
        " vpc_config",
        ".log_group retention_in_days",
        ".role managed_policies",
        ".role permissions_boundary",
    ];
    assert_eq!(sorted(left), sorted(expected.map(|text| format!("{fn_}{text}")).to_vec()));
}

#[tokio::test]
async fn a_function_that_gets_a_named_role_is_changed_before_its_own_goes() {
    let mut file = bare();
    file["role"] = json!("arn:aws:iam::123456789012:role/theirs");
    let plan = planned(declare(&file), defaults().build(), false).await;
    let steps: Vec<String> =
        plan.steps.iter().map(|step| format!("{} {}", step.action, step.address)).collect();
    assert_eq!(
        steps,
        [
            "update lambdas.fn",
            "delete lambdas.fn.inline_policies.provision-basics",
            "delete lambdas.fn.role"
        ]
    );
    let function = &plan.steps[0].address;
    assert!(plan.steps[1..].iter().all(|step| step.waits_for.contains(function)));
}
