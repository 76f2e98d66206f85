//! `user_pool.resource_servers.<key>`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Texts;

/// The scopes that every pool has.
pub const STANDARD_SCOPES: &[&str] =
    &["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"];

/// A resource server: an API and the scopes that its callers can be granted. A client names one as
/// `<identifier>/<scope>` among its `allowed_oauth_scopes`.
///
/// AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateResourceServer.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateResourceServer"))]
pub struct ResourceServer {
    /// The key that the server had in this file before: the server is kept.
    pub was: Option<String>,
    /// What stands before the `/` of its scopes, as `https://api.example.com`. Fixed once it
    /// exists. Default: the key.
    pub identifier: Option<String>,
    /// Its name for people. Default: `<stack>-<key>`.
    pub name: Option<String>,
    /// The scopes: a name and what it allows. Where they are declared, others are removed.
    #[schemars(extend("x-keys" = "scope"))]
    pub scopes: Option<Texts>,
}

impl ResourceServer {
    /// Its identifier; `key` is where the file has it.
    pub fn identifier<'a>(&'a self, key: &'a str) -> &'a str {
        self.identifier.as_deref().or(self.was.as_deref()).unwrap_or(key)
    }
}
