//! Problems of what stands below a user pool.

use super::messages;

#[test]
fn domains_that_aws_would_refuse_are_refused_here() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
user_pool:
  user_pool_tier: LITE
  domain: { domain: My_prefix, managed_login_version: 2 }
  custom_domain:
    domain: auth
    certificate_arn: arn:aws:acm:eu-west-1:123456789012:certificate/1
    managed_login_version: 3
"#
    ));
    insta::assert_snapshot!(messages(
        r#"stack: demo
user_pool:
  domain: { domain: amazonite }
  custom_domain: { domain: x.auth.us-east-1.amazoncognito.com, certificate_arn: my-certificate }
"#
    ));
}

#[test]
fn either_form_of_a_domain_is_taken_and_what_is_neither_is_said_to_be() {
    let custom = "custom_domain: { domain: auth.example.com, certificate_arn: \
        \"arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/1\", security_policy: TLS_V1_2_2021 }";
    for domain in ["my-prefix", "{ domain: \"x-${account}\", managed_login_version: 2 }"] {
        let text = format!("stack: demo\nuser_pool:\n  domain: {domain}\n  {custom}\n");
        assert_eq!(messages(&text), "", "{text}");
    }
    insta::assert_snapshot!(messages("stack: demo\nuser_pool: { domain: [a] }\n"));
    insta::assert_snapshot!(messages(
        "stack: demo\nuser_pool: { domain: { prefix: a, managed_login_version: 1 } }\n"
    ));
}

#[test]
fn resource_servers_that_aws_would_refuse_are_refused_here() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
user_pool:
  resource_servers:
    "https://api.example.com": { scopes: { read: Read } }
    same: { identifier: "https://api.example.com", name: Same }
    "a key": {}
    scopes: { scopes: { a/b: With a slash, "two words": Two, empty: "" } }
    wrong: { identifier: "with space", name: "a/b" }
"#
    ));
    let servers: String = (0..26).map(|n| format!("    s{n}: {{}}\n")).collect();
    let scopes: String = (0..101).map(|n| format!("s{n}: x, ")).collect();
    insta::assert_snapshot!(messages(&format!(
        "stack: demo\nuser_pool:\n  resource_servers:\n{servers}    many: {{ scopes: {{ {scopes} }} }}\n"
    )));
}

#[test]
fn scopes_that_are_not_there_are_found_however_they_are_named() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
user_pool:
  resource_servers:
    api: { identifier: "https://api.example.com", scopes: { read: Read, write: Write } }
    empty: {}
  app_clients:
    web:
      allowed_oauth_scopes:
        - openid
        - aws.cognito.signin.user.admin
        - https://api.example.com/read
        - ${user_pool.resource_servers.api.identifier}/write
        - https://api.example.com/reed
        - https://api.exampel.com/read
        - ${user_pool.resource_servers.api.identifier}/delete
        - ${user_pool.resource_servers.apo.identifier}/read
        - empty/read
        - opneid
        - admin
        - other/x
    machine:
      generate_secret: true
      allowed_oauth_flows: [client_credentials]
      allowed_oauth_scopes: [email]
    good:
      generate_secret: true
      allowed_oauth_flows: [client_credentials]
      allowed_oauth_scopes: ["https://api.example.com/read"]
"#
    ));
}

#[test]
fn groups_and_users_that_aws_would_refuse_are_refused_here() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
user_pool:
  username_attributes: [email]
  custom_attributes:
    plan: string
    level: { type: number, mutable: false }
    secret: { type: string, developer_only_attribute: true }
  groups:
    reference: { role_arn: "${lambdas.fn.arn}" }
    user: { role_arn: "arn:aws:iam::123456789012:user/ann" }
    good: { role_arn: "arn:aws:iam::123456789012:role/path/name" }
  users:
    good@example.com:
      attributes: { name: Ann, "custom:plan": gold, "custom:level": 3, "dev:custom:secret": x }
      invite: true
      groups: [good]
    ann@example.com:
      email: bob@example.com
      attributes: { plan: gold, "custom:paln": gold, sub: x, email: c@example.com, nmae: Ann }
    both: { email: b@example.com, password: "${env.X}", invite: true }
    nobody: { invite: true }
    no-phone: { email: n@example.com, invite: { desired_delivery_mediums: [SMS, EMAIL] } }
    odd: { email: o@example.com, invite: maybe }
lambdas:
  fn: { runtime: python3.13, handler: a.b, code: x }
"#
    ));
}

#[test]
fn a_style_is_a_mapping_and_its_images_are_base64() {
    insta::assert_snapshot!(messages(
        r#"stack: demo
user_pool:
  app_clients:
    web:
      managed_login_branding:
        settings: { components: { form: { borderRadius: 8 } }, list: [1, { a: null }] }
        assets:
          - { category: FORM_LOGO, color_mode: LIGHT, extension: SVG, bytes: "<svg/>" }
          - { category: FORM_LOGO, color_mode: DARK, extension: SVG, bytes: PHN2Zy8+ }
    none: { managed_login_branding: null }
"#
    ));
    insta::assert_snapshot!(messages(
        r#"stack: demo
user_pool:
  app_clients:
    web: { managed_login_branding: { assets: [{ category: FORM_LOGO, color_mode: DARK }] } }
    other: { managed_login_branding: { setings: {} } }
"#
    ));
}
