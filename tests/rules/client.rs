//! Rules about app clients.

use super::{Case, case};

pub const CASES: &[Case] = &[
    case(
        "mixed-flows",
        "user_pool: { app_clients: { web: { explicit_auth_flows: [ALLOW_USER_SRP_AUTH, USER_PASSWORD_AUTH] } } }",
        "user_pool: { app_clients: { web: { explicit_auth_flows: [USER_PASSWORD_AUTH] } } }",
    ),
    case(
        "refresh-missing",
        "user_pool: { app_clients: { web: { explicit_auth_flows: [ALLOW_USER_SRP_AUTH] } } }",
        "user_pool: { app_clients: { web: { explicit_auth_flows: [ALLOW_USER_SRP_AUTH, ALLOW_REFRESH_TOKEN_AUTH] } } }",
    ),
    case(
        "rotation-beside-refresh",
        "user_pool: { app_clients: { web: {
            explicit_auth_flows: [ALLOW_USER_SRP_AUTH, ALLOW_REFRESH_TOKEN_AUTH],
            refresh_token_rotation: { feature: ENABLED } } } }",
        "user_pool: { app_clients: { web: {
            explicit_auth_flows: [ALLOW_USER_SRP_AUTH],
            refresh_token_rotation: { feature: ENABLED } } } }",
    ),
    case(
        "custom-auth-needs-triggers",
        "{ stack: demo, user_pool: {
            triggers: { define_auth_challenge: \"arn:aws:lambda:us-east-1:123456789012:function:f\" },
            app_clients: { web: { explicit_auth_flows: [ALLOW_CUSTOM_AUTH, ALLOW_REFRESH_TOKEN_AUTH] } } } }",
        "{ stack: demo, user_pool: {
            triggers: {
              define_auth_challenge: \"arn:aws:lambda:us-east-1:123456789012:function:f\",
              create_auth_challenge: \"arn:aws:lambda:us-east-1:123456789012:function:g\" },
            app_clients: { web: { explicit_auth_flows: [ALLOW_CUSTOM_AUTH, ALLOW_REFRESH_TOKEN_AUTH] } } } }",
    ),
    case(
        "user-auth-needs-essentials",
        "user_pool:
          user_pool_tier: LITE
          app_clients: { web: { explicit_auth_flows: [ALLOW_USER_AUTH, ALLOW_REFRESH_TOKEN_AUTH] } }",
        "user_pool:
          user_pool_tier: ESSENTIALS
          app_clients: { web: { explicit_auth_flows: [ALLOW_USER_AUTH, ALLOW_REFRESH_TOKEN_AUTH] } }",
    ),
    case(
        "oauth-off",
        "user_pool: { app_clients: { web: {
            callback_urls: [\"https://a.example\"], allowed_oauth_flows_user_pool_client: false } } }",
        "user_pool: { app_clients: { web: { callback_urls: [\"https://a.example\"] } } }",
    ),
    case(
        "machine-grant-alone",
        "user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { machine: {
            generate_secret: true, allowed_oauth_flows: [client_credentials, code],
            allowed_oauth_scopes: [orders/read], callback_urls: [\"https://a.example\"] } } }",
        "user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { machine: {
            generate_secret: true, allowed_oauth_flows: [client_credentials],
            allowed_oauth_scopes: [orders/read] } } }",
    ),
    case(
        "machine-grant-needs-secret",
        "user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { machine: {
            allowed_oauth_flows: [client_credentials], allowed_oauth_scopes: [orders/read] } } }",
        "user_pool: { resource_servers: { orders: { scopes: { read: reads } } }, app_clients: { machine: {
            generate_secret: true, allowed_oauth_flows: [client_credentials],
            allowed_oauth_scopes: [orders/read] } } }",
    ),
    case(
        "grant-needs-callback",
        "user_pool: { app_clients: { web: { allowed_oauth_flows: [code], allowed_oauth_scopes: [openid] } } }",
        "user_pool: { app_clients: { web: {
            allowed_oauth_flows: [code], allowed_oauth_scopes: [openid], callback_urls: [\"myapp://signed-in\"] } } }",
    ),
    case(
        "grant-needs-scope",
        "user_pool: { app_clients: { web: { allowed_oauth_flows: [code], callback_urls: [\"https://a.example\"] } } }",
        "user_pool: { app_clients: { web: {
            allowed_oauth_flows: [code], allowed_oauth_scopes: [openid], callback_urls: [\"https://a.example\"] } } }",
    ),
    case(
        "url-not-absolute",
        "user_pool: { app_clients: { web: {
            allowed_oauth_flows_user_pool_client: true, callback_urls: [localhost] } } }",
        "user_pool: { app_clients: { web: {
            allowed_oauth_flows_user_pool_client: true, callback_urls: [\"http://localhost\"] } } }",
    ),
    case(
        "url-fragment",
        "user_pool: { app_clients: { web: {
            allowed_oauth_flows_user_pool_client: true, callback_urls: [\"https://a.example/#b\"] } } }",
        "user_pool: { app_clients: { web: {
            allowed_oauth_flows_user_pool_client: true, callback_urls: [\"https://a.example/b\"] } } }",
    ),
    case(
        "url-not-encrypted",
        "user_pool: { app_clients: { web: {
            allowed_oauth_flows_user_pool_client: true, logout_urls: [\"http://a.example\"] } } }",
        "user_pool: { app_clients: { web: {
            allowed_oauth_flows_user_pool_client: true, logout_urls: [\"http://127.0.0.1:3000/out\"] } } }",
    ),
    case(
        "redirect-not-a-callback",
        "user_pool: { app_clients: { web: {
            allowed_oauth_flows_user_pool_client: true, callback_urls: [\"https://a.example\"],
            default_redirect_uri: \"https://b.example\" } } }",
        "user_pool: { app_clients: { web: {
            allowed_oauth_flows_user_pool_client: true, callback_urls: [\"https://a.example\"],
            default_redirect_uri: \"https://a.example\" } } }",
    ),
    case(
        "unknown-attribute",
        "user_pool: { custom_attributes: { plan: string }, app_clients: { web: { read_attributes: [\"custom:pln\"] } } }",
        "user_pool: { custom_attributes: { plan: string }, app_clients: { web: { read_attributes: [\"custom:plan\"] } } }",
    ),
    case(
        "attribute-not-writable",
        "user_pool: { app_clients: { web: { write_attributes: [email_verified] } } }",
        "user_pool: { app_clients: { web: { read_attributes: [email_verified] } } }",
    ),
    case(
        "immutable-attribute-written",
        "user_pool: { standard_attributes: { name: { mutable: false } }, app_clients: { web: { write_attributes: [name] } } }",
        "user_pool: { standard_attributes: { name: { mutable: true } }, app_clients: { web: { write_attributes: [name] } } }",
    ),
    case(
        "required-attribute-not-written",
        "user_pool: { standard_attributes: { name: { required: true } }, app_clients: { web: { write_attributes: [email] } } }",
        "user_pool: { standard_attributes: { name: { required: true } }, app_clients: { web: { write_attributes: [name] } } }",
    ),
    case(
        "unknown-identity-provider",
        "user_pool: { app_clients: { web: { supported_identity_providers: [Cognito] } } }",
        "user_pool: { app_clients: { web: { supported_identity_providers: [COGNITO] } } }",
    ),
    case(
        "not-whole-minutes",
        "user_pool: { app_clients: { web: { auth_session_validity: 200s } } }",
        "user_pool: { app_clients: { web: { auth_session_validity: 240s } } }",
    ),
    case(
        "context-data-needs-secret",
        "user_pool: { app_clients: { web: { enable_propagate_additional_user_context_data: true } } }",
        "user_pool: { app_clients: { web: {
            generate_secret: true, enable_propagate_additional_user_context_data: true } } }",
    ),
    case(
        "client-key",
        "user_pool: { app_clients: { \"web/1\": {} } }",
        "user_pool: { app_clients: { \"web/1\": { client_name: web 1 } } }",
    ),
    case(
        "same-client-name",
        "user_pool: { app_clients: { web: {}, other: { client_name: demo-web } } }",
        "user_pool: { app_clients: { web: {}, other: { client_name: demo-other } } }",
    ),
    case(
        "token-outlives-refresh",
        "user_pool: { app_clients: { web: { access_token_validity: 8h, refresh_token_validity: 1h } } }",
        "user_pool: { app_clients: { web: { access_token_validity: 8h, refresh_token_validity: 8h } } }",
    ),
    case(
        "analytics-needs-project",
        "user_pool: { app_clients: { web: { analytics_configuration: { user_data_shared: true } } } }",
        "user_pool: { app_clients: { web: { analytics_configuration: {
            application_arn: \"arn:aws:mobiletargeting:us-east-1:123456789012:apps/a\" } } } }",
    ),
    case(
        "two-analytics-projects",
        "user_pool: { app_clients: { web: { analytics_configuration: {
            application_id: abc,
            application_arn: \"arn:aws:mobiletargeting:us-east-1:123456789012:apps/a\" } } } }",
        "user_pool: { app_clients: { web: { analytics_configuration: {
            application_id: abc, role_arn: \"arn:aws:iam::123456789012:role/pinpoint\" } } } }",
    ),
    case(
        "analytics-needs-role",
        "user_pool: { app_clients: { web: { analytics_configuration: { application_id: abc } } } }",
        "user_pool: { app_clients: { web: { analytics_configuration: {
            application_id: abc, role_arn: \"arn:aws:iam::123456789012:role/pinpoint\" } } } }",
    ),
    case(
        "not-base64",
        "user_pool: { app_clients: { web: { managed_login_branding: { assets: [{ category: FORM_LOGO, color_mode: LIGHT, extension: SVG, bytes: \"no!\" }] } } } }",
        "user_pool: { app_clients: { web: { managed_login_branding: { assets: [{ category: FORM_LOGO, color_mode: LIGHT, extension: SVG, bytes: \"eHg=\" }] } } } }",
    ),
];
