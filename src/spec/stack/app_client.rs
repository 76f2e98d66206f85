//! `user_pool.app_clients.<key>`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ManagedLoginBranding;
use crate::spec::duration::Duration;
use crate::spec::settings::Settings;

/// An app client: what an application signs people in with.
///
/// AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPoolClient"))]
pub struct AppClient {
    /// The client's name in AWS. Default: `<stack>-<key>`.
    pub client_name: Option<String>,
    /// The key that the client had in this file before: the client is kept and renamed.
    pub was: Option<String>,
    /// Whether the client has a secret. Fixed once it exists. Default: `false`.
    pub generate_secret: Option<bool>,
    /// How long an access token is good for, 5 minutes to 1 day. AWS's default: 1 hour.
    #[schemars(extend("x-seconds" = [300, 86400]))]
    pub access_token_validity: Option<Duration>,
    /// How long an id token is good for, 5 minutes to 1 day. AWS's default: 1 hour.
    #[schemars(extend("x-seconds" = [300, 86400]))]
    pub id_token_validity: Option<Duration>,
    /// How long a refresh token is good for, 1 hour to 3650 days. AWS's default: 30 days.
    #[schemars(extend("x-seconds" = [3600, 315360000]))]
    pub refresh_token_validity: Option<Duration>,
    /// How long an answer to a challenge may take, 3 to 15 whole minutes. AWS's default: 3 minutes.
    #[schemars(extend("x-seconds" = [180, 900]))]
    pub auth_session_validity: Option<Duration>,
    /// Attributes that the client may read; attributes of one's own as `custom:NAME`. AWS's
    /// default: all standard attributes.
    pub read_attributes: Option<Vec<String>>,
    /// Attributes that the client may write. AWS's default: all standard attributes.
    pub write_attributes: Option<Vec<String>>,
    /// The ways to sign in. AWS's default: refresh token, SRP and custom challenge.
    pub explicit_auth_flows: Option<Vec<String>>,
    /// Who may vouch for people: `COGNITO` and the names of identity providers.
    pub supported_identity_providers: Option<Vec<String>>,
    /// Where the hosted page may send people after sign-in: https, or http on localhost.
    pub callback_urls: Option<Vec<String>>,
    /// Where the hosted page may send people after sign-out.
    pub logout_urls: Option<Vec<String>>,
    /// The callback URL that is taken where the application names none.
    pub default_redirect_uri: Option<String>,
    /// The OAuth 2.0 grants. Declaring any switches `allowed_oauth_flows_user_pool_client` on,
    /// unless the file says otherwise.
    pub allowed_oauth_flows: Option<Vec<String>>,
    /// The OAuth 2.0 scopes.
    pub allowed_oauth_scopes: Option<Vec<String>>,
    /// Whether the client may use OAuth 2.0 at all. AWS's default: `false`.
    pub allowed_oauth_flows_user_pool_client: Option<bool>,
    /// Where Amazon Pinpoint gets its events.
    pub analytics_configuration: Option<AnalyticsConfiguration>,
    /// `ENABLED`: a wrong user name gives the same error as a wrong password. AWS's default:
    /// `LEGACY`; the console chooses `ENABLED`.
    pub prevent_user_existence_errors: Option<String>,
    /// Whether refresh tokens can be revoked. AWS's default: `true`.
    pub enable_token_revocation: Option<bool>,
    /// Whether the application may pass on its user's address and device. Needs a secret. AWS's
    /// default: `false`.
    pub enable_propagate_additional_user_context_data: Option<bool>,
    /// Whether each use of a refresh token gives a new one.
    pub refresh_token_rotation: Option<RefreshTokenRotation>,
    /// The style of its managed-login pages. Where a domain has `managed_login_version: 2`, a client
    /// with the grant `code` or `implicit` gets Cognito's own style unless the file says otherwise:
    /// without any, AWS shows no page. `null`: none.
    pub managed_login_branding: Option<Settings<ManagedLoginBranding>>,
}

impl AppClient {
    /// Whether people sign in to it on the pool's pages.
    pub fn signs_in(&self) -> bool {
        let grants = self.allowed_oauth_flows.iter().flatten();
        self.allowed_oauth_flows_user_pool_client != Some(false)
            && grants.into_iter().any(|grant| matches!(grant.as_str(), "code" | "implicit"))
    }
}

/// Where Amazon Pinpoint gets its events: an `application_arn`, or an `application_id` with role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPoolClient.AnalyticsConfiguration"))]
pub struct AnalyticsConfiguration {
    /// The id of a Pinpoint project.
    pub application_id: Option<String>,
    /// The ARN of a Pinpoint project.
    pub application_arn: Option<String>,
    /// The role that lets Cognito publish.
    pub role_arn: Option<String>,
    /// The external id of that role.
    pub external_id: Option<String>,
    /// Whether user data is shared.
    pub user_data_shared: Option<bool>,
}

/// Whether each use of a refresh token gives a new one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPoolClient.RefreshTokenRotation"))]
pub struct RefreshTokenRotation {
    /// `ENABLED` or `DISABLED`.
    pub feature: String,
    /// How long the old token still works, at most 60 seconds.
    pub retry_grace_period_seconds: Option<i32>,
}
