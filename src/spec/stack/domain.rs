//! `user_pool.domain` and `user_pool.custom_domain`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::spec::settings::Settings;

/// What a prefix may be; AWS forbids some words besides.
pub(super) const PREFIX: &str = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$";

/// The prefix domain of a pool. Short form: the prefix alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Domain(pub Settings<DomainSettings>);

/// The long form of a prefix domain.
///
/// AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPoolDomain"))]
pub struct DomainSettings {
    /// The prefix: `https://<prefix>.auth.<region>.amazoncognito.com`. Unique in a region over all
    /// accounts, so `${account}` is a good part of it.
    pub domain: String,
    /// `1`: the classic hosted pages; `2`: managed login, which needs the tier `ESSENTIALS` or
    /// `PLUS`. AWS's default: 1.
    #[schemars(extend("enum" = [1, 2, null]))]
    pub managed_login_version: Option<i32>,
}

/// A domain of one's own for the sign-in pages. Its parent domain must resolve, and an alias record
/// for it must point at `${user_pool.custom_domain.cloud_front_domain}`.
///
/// AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-add-custom-domain.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateUserPoolDomain.CustomDomainConfig"))]
pub struct CustomDomain {
    /// The whole name, as `auth.example.com`.
    // AWS's model has the pattern of a prefix, which has no dot.
    #[schemars(length(min = 1, max = 253))]
    pub domain: String,
    /// The ARN of its certificate in AWS Certificate Manager; it must be in us-east-1.
    pub certificate_arn: String,
    /// `1`: the classic hosted pages; `2`: managed login, which needs the tier `ESSENTIALS` or
    /// `PLUS`. AWS's default: 1.
    #[schemars(extend("enum" = [1, 2, null]))]
    #[schemars(extend("x-model" = "cognito-idp.CreateUserPoolDomain.ManagedLoginVersion"))]
    pub managed_login_version: Option<i32>,
    /// The oldest version of TLS that a browser may speak.
    pub security_policy: Option<String>,
}
