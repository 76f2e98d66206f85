//! Rules about functions and their policies.

use super::{Case, case};

pub const CASES: &[Case] = &[
    case(
        "name-holds-reference",
        "{ stack: demo, user_pool: {},
          lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, name: \"fn-${user_pool.id}\" } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, name: \"fn-${region}\" } }",
    ),
    case(
        "function-key",
        "lambdas: { \"a.b\": { runtime: python3.13, handler: a.b, code: x } }",
        "lambdas: { a-b: { runtime: python3.13, handler: a.b, code: x } }",
    ),
    case(
        "function-name-too-long",
        "lambdas: { a123456789b123456789c123456789d123456789e123456789f123456789: {
            runtime: python3.13, handler: a.b, code: x } }",
        "lambdas: { a123456789b123456789c123456789d123456789e123456789f123456789: {
            runtime: python3.13, handler: a.b, code: x, name: short } }",
    ),
    case(
        "same-function-name",
        "lambdas: {
            one: { runtime: python3.13, handler: a.b, code: x, name: fn },
            two: { runtime: python3.13, handler: a.b, code: x, name: fn } }",
        "lambdas: {
            one: { runtime: python3.13, handler: a.b, code: x, name: fn },
            two: { runtime: python3.13, handler: a.b, code: x, name: fn2 } }",
    ),
    case(
        "same-role-name",
        "lambdas: {
            Fn: { runtime: python3.13, handler: a.b, code: x },
            fn: { runtime: python3.13, handler: a.b, code: x } }",
        "lambdas: {
            Fn: { runtime: python3.13, handler: a.b, code: x },
            fn2: { runtime: python3.13, handler: a.b, code: x } }",
    ),
    case(
        "reserved-environment",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, environment: { AWS_REGION: x } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, environment: { MY_REGION: x } } }",
    ),
    case(
        "policy-character",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Id: \"日\", Statement: { Effect: Allow, Action: \"s3:*\", Resource: \"*\" } } } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Id: \"é\", Statement: { Effect: Allow, Action: \"s3:*\", Resource: \"*\" } } } } }",
    ),
    case(
        "policy-without-statement",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: { p: { Statement: [] } } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {} } }",
    ),
    case(
        "same-statement-name",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: { p: { Statement: [
            { Sid: A, Effect: Allow, Action: \"s3:Get*\", Resource: \"*\" },
            { Sid: A, Effect: Allow, Action: \"s3:Put*\", Resource: \"*\" } ] } } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: { p: { Statement: [
            { Sid: A, Effect: Allow, Action: \"s3:Get*\", Resource: \"*\" },
            { Sid: B, Effect: Allow, Action: \"s3:Put*\", Resource: \"*\" } ] } } } }",
    ),
    case(
        "statement-incomplete",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: \"s3:*\" } } } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: \"s3:*\", NotResource: \"arn:aws:s3:::b\" } } } } }",
    ),
    case(
        "statement-says-both",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: \"s3:*\", NotAction: \"s3:Get*\", Resource: \"*\" } } } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Deny, NotAction: \"s3:Get*\", Resource: \"*\" } } } } }",
    ),
    case(
        "policy-action-form",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: [\"s3:Get*\", GetObject], Resource: \"*\" } } } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: [\"s3:Get*\", \"*\"], Resource: \"*\" } } } } }",
    ),
    case(
        "policy-resource-form",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: \"s3:Get*\", Resource: my-bucket } } } } }",
        "{ stack: demo, user_pool: {}, lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: \"s3:Get*\", Resource: [\"arn:aws:s3:::b\", \"${user_pool.arn}\"] } } } } } }",
    ),
    case(
        "empty-policy-list",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: [], Resource: \"*\" } } } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: [\"s3:*\"], Resource: \"*\" } } } } }",
    ),
    case(
        "unknown-condition-operator",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: \"s3:*\", Resource: \"*\", Condition: {
              StringEqual: { \"aws:PrincipalTag/team\": data } } } } } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: \"s3:*\", Resource: \"*\", Condition: {
              \"ForAnyValue:StringEqualsIfExists\": { \"aws:PrincipalTag/team\": data } } } } } } }",
    ),
    case(
        "condition-form",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: \"s3:*\", Resource: \"*\", Condition: { Bool: x } } } } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, inline_policies: {
            p: { Statement: { Effect: Allow, Action: \"s3:*\", Resource: \"*\", Condition: {
              Bool: { \"aws:SecureTransport\": true } } } } } } }",
    ),
    case(
        "policies-beside-role",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, role: \"arn:aws:iam::123456789012:role/r\",
            managed_policies: [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"] } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x,
            managed_policies: [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"] } }",
    ),
    case(
        "handler-form",
        "lambdas: { fn: { runtime: python3.13, handler: index, code: x } }",
        "lambdas: { fn: { runtime: provided.al2023, handler: index, code: x } }",
    ),
    case(
        "two-log-groups",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, logging_config: { log_group: theirs },
            log_group: { retention_in_days: 7 } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, logging_config: { log_group: theirs } } }",
    ),
    case(
        "log-group-name-holds-reference",
        "{ stack: demo, user_pool: {}, lambdas: { fn: { runtime: python3.13, handler: a.b, code: x,
            log_group: { name: \"${user_pool.id}\" } } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, log_group: { name: \"${region}\" } } }",
    ),
    case(
        "same-log-group",
        "lambdas: {
            one: { runtime: python3.13, handler: a.b, code: x, log_group: { name: logs } },
            two: { runtime: python3.13, handler: a.b, code: x, log_group: { name: logs } } }",
        "lambdas: {
            one: { runtime: python3.13, handler: a.b, code: x, log_group: { name: logs } },
            two: { runtime: python3.13, handler: a.b, code: x, logging_config: { log_group: logs } } }",
    ),
    case(
        "level-needs-json",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, logging_config: { system_log_level: WARN } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x,
            logging_config: { log_format: JSON, system_log_level: WARN } } }",
    ),
    case(
        "network-incomplete",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, role: \"arn:aws:iam::123456789012:role/r\",
            vpc_config: { subnet_ids: [subnet-1] } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x, role: \"arn:aws:iam::123456789012:role/r\",
            vpc_config: { subnet_ids: [subnet-1], security_group_ids: [sg-1] } } }",
    ),
    case(
        "role-may-not-connect",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x,
            vpc_config: { subnet_ids: [subnet-1], security_group_ids: [sg-1] } } }",
        "lambdas: { fn: { runtime: python3.13, handler: a.b, code: x,
            managed_policies: [\"arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole\"],
            vpc_config: { subnet_ids: [subnet-1], security_group_ids: [sg-1] } } }",
    ),
    case(
        "part-not-made",
        "{ stack: demo, lambdas: { fn: { runtime: python3.13, handler: a.b, code: x } },
          outputs: { url: \"${lambdas.fn.function_url.url}\" } }",
        "{ stack: demo, lambdas: { fn: { runtime: python3.13, handler: a.b, code: x,
            function_url: { auth_type: AWS_IAM } } }, outputs: { url: \"${lambdas.fn.function_url.url}\" } }",
    ),
    case(
        "missing-setting",
        "lambdas: { fn: { runtime: python3.13, code: x } }",
        "lambdas: { fn: { existing: theirs } }",
    ),
];
