//! Problems of functions and what stands around them, as they are printed.

use crate::problems::{messages, printed};

#[test]
fn a_named_role_is_somebody_elses_and_a_network_needs_a_role_that_may_connect() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
lambdas:
  theirs:
    runtime: python3.13
    handler: a.b
    code: x
    role: arn:aws:iam::123456789012:role/theirs
    managed_policies: []
    permissions_boundary: arn:aws:iam::aws:policy/PowerUserAccess
    inline_policies: { p: { Statement: { Effect: Allow, Action: a, Resource: "*" } } }
    vpc_config: { subnet_ids: [subnet-1] }
  ours:
    runtime: python3.13
    handler: a.b
    code: x
    role: { a: b }
    vpc_config: { subnet_ids: [subnet-1], security_group_ids: [sg-1] }
  wrong:
    runtime: python3.13
    handler: a.b
    code: x
    managed_policies: [AWSLambdaVPCAccessExecutionRole]
    permissions_boundary: PowerUserAccess
"#
    ));
}

#[test]
fn runtimes_that_aws_has_retired_name_their_successor_and_handlers_have_a_form() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
lambdas:
  old: { runtime: nodejs14.x, handler: index.handler, code: x }
  odd: { runtime: python3.99, handler: index.handler, code: x }
  form: { runtime: nodejs22.x, handler: index, code: x }
  net: { runtime: dotnet8, handler: "My::Method", code: x }
"#
    ));
}

#[test]
fn logs_have_one_place_and_levels_are_for_json() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
user_pool: {}
lambdas:
  text:
    runtime: python3.13
    handler: a.b
    code: x
    logging_config: { application_log_level: DEBUG, log_format: Text }
  json:
    runtime: python3.13
    handler: a.b
    code: x
    logging_config: { application_log_level: LOUD, log_format: JSON }
  two:
    runtime: python3.13
    handler: a.b
    code: x
    logging_config: { log_group: theirs }
    log_group: { retention_in_days: 7 }
  unknown: { runtime: python3.13, handler: a.b, code: x, log_group: { name: "x-${user_pool.id}" } }
  first: { runtime: python3.13, handler: a.b, code: x, log_group: { name: shared } }
  second: { runtime: python3.13, handler: a.b, code: x, log_group: { name: shared } }
"#
    ));
}

#[test]
fn queues_keys_addresses_and_code_are_checked() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
code_bucket: My_Bucket
lambdas:
  fn:
    runtime: python3.13
    handler: a.b
    code: { s3_key: fn.zip, path: x }
    dead_letter_config: arn:aws:lambda:us-east-1:123456789012:function:x
    kms_key_arn: alias/mine
    reserved_concurrent_executions: -1
    function_url: { auth_type: OPEN, cors: { allow_methods: [OPTIONS], max_age: 2d } }
  other: { runtime: python3.13, handler: a.b, code: [x], function_url: {} }
"#
    ));
}

#[test]
fn a_part_that_is_not_made_cannot_be_referred_to() {
    insta::assert_snapshot!(printed(
        r#"stack: demo
lambdas:
  fn:
    runtime: python3.13
    handler: a.b
    code: x
    role: arn:aws:iam::123456789012:role/theirs
    logging_config: { log_group: theirs }
outputs:
  url: ${lambdas.fn.function_url.url}
  role: ${lambdas.fn.role.arn}
  group: ${lambdas.fn.log_group.name}
"#
    ));
}
