//! Rules about the user pool.

use super::{Case, case};

pub const CASES: &[Case] = &[
    case(
        "alias-or-username",
        "user_pool: { alias_attributes: [email], username_attributes: [email] }",
        "user_pool: { alias_attributes: [email], username_attributes: [] }",
    ),
    case(
        "admin-only-alone",
        "user_pool: { account_recovery_setting: [admin_only, verified_email] }",
        "user_pool: { account_recovery_setting: [admin_only] }",
    ),
    case(
        "attribute-prefix",
        "user_pool: { custom_attributes: { \"custom:plan\": string } }",
        "user_pool: { custom_attributes: { plan: string } }",
    ),
    case(
        "length-of-no-text",
        "user_pool: { custom_attributes: { level: { type: number, max_length: 3 } } }",
        "user_pool: { custom_attributes: { level: { type: number, max_value: 3 } } }",
    ),
    case(
        "length-of-no-text",
        "user_pool: { standard_attributes: { updated_at: { max_length: 3 } } }",
        "user_pool: { standard_attributes: { nickname: { max_length: 3 } } }",
    ),
    case(
        "range-of-no-number",
        "user_pool: { custom_attributes: { plan: { type: string, min_value: 3 } } }",
        "user_pool: { custom_attributes: { plan: { type: string, min_length: 3 } } }",
    ),
    case(
        "crossed-limits",
        "user_pool: { custom_attributes: { plan: { type: string, min_length: 9, max_length: 3 } } }",
        "user_pool: { custom_attributes: { plan: { type: string, min_length: 3, max_length: 9 } } }",
    ),
    case(
        "crossed-limits",
        "user_pool: { standard_attributes: { name: { min_length: 9, max_length: 3 } } }",
        "user_pool: { standard_attributes: { name: { min_length: 3, max_length: 3 } } }",
    ),
    case(
        "unknown-standard-attribute",
        "user_pool: { standard_attributes: { mail: { required: true } } }",
        "user_pool: { standard_attributes: { email: { required: true } } }",
    ),
    case(
        "attribute-of-cognito",
        "user_pool: { standard_attributes: { sub: { required: true } } }",
        "user_pool: { standard_attributes: { name: { required: true } } }",
    ),
    case(
        "update-needs-auto-verified",
        "user_pool: { attributes_require_verification_before_update: [email] }",
        "user_pool:
          auto_verified_attributes: [email]
          attributes_require_verification_before_update: [email]",
    ),
    case(
        "own-key-needs-arn",
        "user_pool: { key_configuration: { key_type: CUSTOMER_MANAGED_KEY } }",
        "user_pool: { key_configuration: { key_type: AWS_OWNED_KEY } }",
    ),
    case(
        "key-of-aws-has-no-arn",
        "user_pool: { key_configuration: { kms_key_arn: \"arn:aws:kms:us-east-1:123456789012:key/a\" } }",
        "user_pool: { key_configuration: {
            key_type: CUSTOMER_MANAGED_KEY,
            kms_key_arn: \"arn:aws:kms:us-east-1:123456789012:key/a\" } }",
    ),
    case(
        "same-level-name",
        "user_pool: { acr_configuration: { Level1: \"urn:cognito:loa:2\" } }",
        "user_pool: { acr_configuration: { Level1: \"urn:cognito:loa:2\", Level2: strong } }",
    ),
    case(
        "custom-auth-mode-needs-protection",
        "user_pool: { user_pool_add_ons: { custom_auth_mode: AUDIT } }",
        "user_pool:
          user_pool_tier: PLUS
          user_pool_add_ons: { advanced_security_mode: AUDIT, custom_auth_mode: AUDIT }",
    ),
    case(
        "mfa-needs-factor",
        "user_pool: { mfa_configuration: \"ON\" }",
        "user_pool: { mfa_configuration: \"ON\", software_token_mfa_configuration: {} }",
    ),
    case(
        "factor-without-mfa",
        "user_pool: { software_token_mfa_configuration: { enabled: true } }",
        "user_pool: { software_token_mfa_configuration: { enabled: false } }",
    ),
    case(
        "sms-mfa-needs-sender",
        "user_pool: { mfa_configuration: OPTIONAL, sms_mfa_configuration: {} }",
        "user_pool:
          mfa_configuration: OPTIONAL
          sms_mfa_configuration: {}
          sms_configuration: { sns_caller_arn: \"arn:aws:iam::123456789012:role/sms\" }",
    ),
    case(
        "email-mfa-needs-ses",
        "user_pool: { mfa_configuration: OPTIONAL, email_mfa_configuration: {} }",
        "user_pool:
          mfa_configuration: OPTIONAL
          email_mfa_configuration: {}
          email_configuration:
            email_sending_account: DEVELOPER
            source_arn: arn:aws:ses:us-east-1:123456789012:identity/you@example.com",
    ),
    case(
        "authenticator-is-second-factor",
        "user_pool: { allowed_first_auth_factors: [PASSWORD, SOFTWARE_TOKEN] }",
        "user_pool: { allowed_first_auth_factors: [PASSWORD, WEB_AUTHN] }",
    ),
    case(
        "otp-beside-required-mfa",
        "user_pool:
          mfa_configuration: \"ON\"
          software_token_mfa_configuration: {}
          allowed_first_auth_factors: [PASSWORD, EMAIL_OTP]",
        "user_pool:
          mfa_configuration: OPTIONAL
          software_token_mfa_configuration: {}
          allowed_first_auth_factors: [PASSWORD, EMAIL_OTP]",
    ),
    case(
        "passkey-beside-required-mfa",
        "user_pool:
          mfa_configuration: \"ON\"
          software_token_mfa_configuration: {}
          allowed_first_auth_factors: [PASSWORD, WEB_AUTHN]",
        "user_pool:
          mfa_configuration: \"ON\"
          software_token_mfa_configuration: {}
          allowed_first_auth_factors: [PASSWORD, WEB_AUTHN]
          web_authn_configuration: { factor_configuration: MULTI_FACTOR_WITH_USER_VERIFICATION }",
    ),
    case(
        "sms-otp-needs-sender",
        "user_pool: { allowed_first_auth_factors: [PASSWORD, SMS_OTP] }",
        "user_pool:
          allowed_first_auth_factors: [PASSWORD, SMS_OTP]
          sms_configuration: { sns_caller_arn: \"arn:aws:iam::123456789012:role/sms\" }",
    ),
    case(
        "developer-mail-needs-source",
        "user_pool: { email_configuration: { email_sending_account: DEVELOPER } }",
        "user_pool: { email_configuration: { email_sending_account: COGNITO_DEFAULT } }",
    ),
    case(
        "not-an-ses-identity",
        "user_pool: { email_configuration: { source_arn: \"arn:aws:sns:us-east-1:123456789012:topic\" } }",
        "user_pool: { email_configuration: {
            source_arn: \"arn:aws:ses:us-east-1:123456789012:identity/example.com\" } }",
    ),
    case(
        "sms-needs-sender",
        "user_pool: { sms_configuration: { external_id: x } }",
        "user_pool: { sms_configuration: {
            external_id: x, sns_caller_arn: \"arn:aws:iam::123456789012:role/sms\" } }",
    ),
    case(
        "two-sms-senders",
        "user_pool: { sms_configuration: {
            sns_caller_arn: \"arn:aws:iam::123456789012:role/sms\",
            eums_sms: { caller_arn: \"arn:aws:iam::123456789012:role/sms\" } } }",
        "user_pool: { sms_configuration: {
            eums_sms: { caller_arn: \"arn:aws:iam::123456789012:role/sms\" } } }",
    ),
    case(
        "not-a-role",
        "user_pool: { sms_configuration: { sns_caller_arn: \"arn:aws:iam::123456789012:user/sms\" } }",
        "user_pool: { sms_configuration: { sns_caller_arn: \"arn:aws:iam::123456789012:role/sms\" } }",
    ),
    case(
        "link-needs-domain",
        "user_pool: { verification_message_template: { default_email_option: CONFIRM_WITH_LINK } }",
        "user_pool:
          domain: demo
          verification_message_template: { default_email_option: CONFIRM_WITH_LINK }",
    ),
    case(
        "sender-needs-key",
        "user_pool: { triggers: {
            custom_email_sender: \"arn:aws:lambda:us-east-1:123456789012:function:mail\" } }",
        "user_pool:
          kms_key_id: arn:aws:kms:us-east-1:123456789012:key/a
          triggers:
            custom_email_sender: arn:aws:lambda:us-east-1:123456789012:function:mail",
    ),
    case(
        "trigger-version",
        "user_pool: { triggers: { pre_sign_up: {
            lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", lambda_version: V2_0 } } }",
        "user_pool: { triggers: { pre_token_generation: {
            lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", lambda_version: V2_0 } } }",
    ),
    case(
        "unknown-function",
        "user_pool: { triggers: { pre_sign_up: nope } }",
        "{ user_pool: { triggers: { pre_sign_up: fn } },
          lambdas: { fn: { runtime: python3.13, handler: a.b, code: x } }, stack: demo }",
    ),
    case(
        "function-arn-form",
        "user_pool: { triggers: { pre_sign_up: \"arn:aws:lambda:us-east-1:123:function:f\" } }",
        "user_pool: { triggers: { pre_sign_up: \"arn:aws:lambda:us-east-1:123456789012:function:f:live\" } }",
    ),
    case(
        "passwordless-needs-essentials",
        "user_pool: { user_pool_tier: LITE, allowed_first_auth_factors: [PASSWORD, EMAIL_OTP] }",
        "user_pool: { user_pool_tier: ESSENTIALS, allowed_first_auth_factors: [PASSWORD, EMAIL_OTP] }",
    ),
    case(
        "email-mfa-needs-essentials",
        "user_pool:
          user_pool_tier: LITE
          mfa_configuration: OPTIONAL
          email_mfa_configuration: {}
          email_configuration:
            email_sending_account: DEVELOPER
            source_arn: arn:aws:ses:us-east-1:123456789012:identity/you@example.com",
        "user_pool:
          user_pool_tier: LITE
          mfa_configuration: OPTIONAL
          software_token_mfa_configuration: {}",
    ),
    case(
        "passkey-mfa-needs-essentials",
        "user_pool:
          user_pool_tier: LITE
          web_authn_configuration: { factor_configuration: MULTI_FACTOR_WITH_USER_VERIFICATION }",
        "user_pool: { web_authn_configuration: { factor_configuration: MULTI_FACTOR_WITH_USER_VERIFICATION } }",
    ),
    case(
        "password-history-needs-essentials",
        "user_pool: { user_pool_tier: LITE, password_policy: { password_history_size: 3 } }",
        "user_pool: { user_pool_tier: LITE, password_policy: { password_history_size: 0 } }",
    ),
    case(
        "level-names-need-essentials",
        "user_pool: { user_pool_tier: LITE, acr_configuration: { Level1: weak } }",
        "user_pool: { user_pool_tier: PLUS, acr_configuration: { Level1: weak } }",
    ),
    case(
        "token-version-needs-essentials",
        "user_pool:
          user_pool_tier: LITE
          triggers: { pre_token_generation: {
            lambda: \"arn:aws:lambda:us-east-1:123456789012:function:f\", lambda_version: V2_0 } }",
        "user_pool:
          user_pool_tier: LITE
          triggers: { pre_token_generation: \"arn:aws:lambda:us-east-1:123456789012:function:f\" }",
    ),
    case(
        "threat-protection-needs-plus",
        "user_pool: { user_pool_add_ons: { advanced_security_mode: ENFORCED } }",
        "user_pool: { user_pool_tier: PLUS, user_pool_add_ons: { advanced_security_mode: ENFORCED } }",
    ),
    case("domain-word", "user_pool: { domain: my-aws-app }", "user_pool: { domain: my-app }"),
    case(
        "unknown-group",
        "user_pool: { users: { ann: { groups: [admins] } } }",
        "user_pool: { groups: { admins: {} }, users: { ann: { groups: [admins] } } }",
    ),
    case(
        "password-in-file",
        "user_pool: { users: { ann: { password: hunter2 } } }",
        "user_pool: { users: { ann: { password: \"${env.ANN}\" } } }",
    ),
    case(
        "no-password-source",
        "user_pool: { users: { ann: { password: {} } } }",
        "user_pool: { users: { ann: { password: { else: generate } } } }",
    ),
    case(
        "beside-existing",
        "user_pool: { existing: us-east-1_AbCdEfGhI, name: mine }",
        "user_pool: { existing: us-east-1_AbCdEfGhI }",
    ),
    case(
        "domain-of-amazon",
        "user_pool: { custom_domain: { domain: demo.auth.us-east-1.amazoncognito.com, certificate_arn: \"arn:aws:acm:us-east-1:123456789012:certificate/a\" } }",
        "user_pool: { custom_domain: { domain: auth.example.com, certificate_arn: \"arn:aws:acm:us-east-1:123456789012:certificate/a\" } }",
    ),
    case(
        "domain-not-whole",
        "user_pool: { custom_domain: { domain: example, certificate_arn: \"arn:aws:acm:us-east-1:123456789012:certificate/a\" } }",
        "user_pool: { custom_domain: { domain: example.com, certificate_arn: \"arn:aws:acm:us-east-1:123456789012:certificate/a\" } }",
    ),
    case(
        "certificate-region",
        "user_pool: { custom_domain: { domain: auth.example.com, certificate_arn: \"arn:aws:acm:eu-west-1:123456789012:certificate/a\" } }",
        "user_pool: { custom_domain: { domain: auth.example.com, certificate_arn: \"arn:aws:acm:us-east-1:123456789012:certificate/a\" } }",
    ),
    case(
        "not-a-certificate",
        "user_pool: { custom_domain: { domain: auth.example.com, certificate_arn: \"arn:aws:iam::123456789012:server-certificate/a\" } }",
        "user_pool: { custom_domain: { domain: auth.example.com, certificate_arn: \"arn:aws:acm:us-east-1:123456789012:certificate/a\" } }",
    ),
    case(
        "managed-login-needs-essentials",
        "user_pool: { user_pool_tier: LITE, domain: { domain: demo, managed_login_version: 2 } }",
        "user_pool: { user_pool_tier: LITE, domain: { domain: demo, managed_login_version: 1 } }",
    ),
    case(
        "not-a-role",
        "user_pool: { groups: { a: { role_arn: \"arn:aws:iam::123456789012:user/u\" } } }",
        "user_pool: { groups: { a: { role_arn: \"arn:aws:iam::123456789012:role/r\" } } }",
    ),
    case(
        "another-address",
        "user_pool: { username_attributes: [email], users: { ann@example.com: { email: bob@example.com } } }",
        "user_pool: { username_attributes: [email], users: { ann@example.com: { email: ann@example.com } } }",
    ),
    case(
        "user-name-not-an-address",
        "user_pool: { username_attributes: [email], users: { ann: {} } }",
        "user_pool: { username_attributes: [email], users: { ann@example.com: {} } }",
    ),
    case(
        "user-name-not-an-address",
        "user_pool: { username_attributes: [phone_number], users: { ann@example.com: {} } }",
        "user_pool: { username_attributes: [phone_number], users: { \"+15551234567\": {} } }",
    ),
    case(
        "user-name-not-an-address",
        "user_pool: { username_attributes: [email, phone_number], users: { ann: {} } }",
        "user_pool: { username_attributes: [email, phone_number], users: { \"+15551234567\": {} } }",
    ),
    case(
        "user-name-like-alias",
        "user_pool: { alias_attributes: [email], users: { ann@example.com: {} } }",
        "user_pool: { alias_attributes: [email], users: { ann: { email: ann@example.com } } }",
    ),
    case(
        "attribute-of-cognito",
        "user_pool: { users: { ann: { attributes: { sub: x } } } }",
        "user_pool: { users: { ann: { attributes: { nickname: x } } } }",
    ),
    case(
        "unknown-user-attribute",
        "user_pool: { users: { ann: { attributes: { nick: x } } } }",
        "user_pool: { users: { ann: { attributes: { nickname: x } } } }",
    ),
    case(
        "attribute-twice",
        "user_pool: { users: { ann: { email: ann@example.com, attributes: { email: ann@example.com } } } }",
        "user_pool: { users: { ann: { attributes: { email: ann@example.com } } } }",
    ),
    case(
        "invitation-beside-password",
        "user_pool: { users: { ann: { email: ann@example.com, invite: true, password: { else: generate } } } }",
        "user_pool: { users: { ann: { email: ann@example.com, invite: true } } }",
    ),
    case(
        "invitation-needs-address",
        "user_pool: { users: { ann: { invite: true } } }",
        "user_pool: { users: { ann: { invite: true, email: ann@example.com } } }",
    ),
    case(
        "invitation-medium",
        "user_pool: { users: { ann: { email: ann@example.com, invite: { desired_delivery_mediums: [SMS] } } } }",
        "user_pool: { users: { ann: { email: ann@example.com, invite: { desired_delivery_mediums: [EMAIL] } } } }",
    ),
    case(
        "resource-server-key",
        "user_pool: { resource_servers: { \"a/b\": {} } }",
        "user_pool: { resource_servers: { \"a/b\": { name: a b } } }",
    ),
    case(
        "resource-server-identifier",
        "user_pool: { resource_servers: { orders of mine: {} } }",
        "user_pool: { resource_servers: { orders of mine: { identifier: orders } } }",
    ),
    case(
        "same-identifier",
        "user_pool: { resource_servers: { a: { identifier: x }, b: { identifier: x } } }",
        "user_pool: { resource_servers: { a: { identifier: x }, b: { identifier: y } } }",
    ),
    case(
        "scope-with-slash",
        "user_pool: { resource_servers: { a: { scopes: { \"a/read\": reads } } } }",
        "user_pool: { resource_servers: { a: { scopes: { read: reads } } } }",
    ),
    case(
        "scope-name",
        "user_pool: { resource_servers: { a: { scopes: { two words: reads } } } }",
        "user_pool: { resource_servers: { a: { scopes: { two-words: reads } } } }",
    ),
    case(
        "scope-description",
        "user_pool: { resource_servers: { a: { scopes: { read: \"\" } } } }",
        "user_pool: { resource_servers: { a: { scopes: { read: reads } } } }",
    ),
    case(
        "machine-grant-needs-scope",
        "{ stack: demo, user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { web: { allowed_oauth_scopes: [openid] , generate_secret: true, allowed_oauth_flows: [client_credentials]} } } }",
        "{ stack: demo, user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { web: { allowed_oauth_scopes: [orders/read] , generate_secret: true, allowed_oauth_flows: [client_credentials]} } } }",
    ),
    case(
        "unknown-scope",
        "{ stack: demo, user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { web: { allowed_oauth_scopes: [opnid] } } } }",
        "{ stack: demo, user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { web: { allowed_oauth_scopes: [openid] } } } }",
    ),
    case(
        "unknown-resource-server",
        "{ stack: demo, user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { web: { allowed_oauth_scopes: [oders/read] } } } }",
        "{ stack: demo, user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { web: { allowed_oauth_scopes: [orders/read] } } } }",
    ),
    case(
        "scope-not-of-server",
        "{ stack: demo, user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { web: { allowed_oauth_scopes: [orders/write] } } } }",
        "{ stack: demo, user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { web: { allowed_oauth_scopes: [orders/read] } } } }",
    ),
];
