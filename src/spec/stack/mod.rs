//! The types of a stack file. Their doc comments are the descriptions in the JSON Schema.

mod app_client;
mod authorizer;
mod branding;
mod domain;
mod http_api;
mod lambda;
mod messages;
mod mfa;
mod resource_server;
mod short_forms;
mod stage;
mod user;
mod user_pool;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub use app_client::{AnalyticsConfiguration, AppClient, RefreshTokenRotation};
pub use authorizer::{Authorizer, JwtConfiguration};
pub use branding::{Asset, ManagedLoginBranding, Style};
pub use domain::{CustomDomain, Domain, DomainSettings};
pub use http_api::{Cors, DEFAULT_STAGE, HttpApi, Route, RouteSettings};
pub(in crate::spec) use lambda::statement_schema;
pub use lambda::{
    Code, CodeObject, FunctionUrl, FunctionUrlCors, Lambda, LogGroup, LoggingConfig,
    PolicyDocument, VpcConfig,
};
pub use messages::{
    EmailConfiguration, EumsSms, InviteMessageTemplate, SmsConfiguration,
    VerificationMessageTemplate,
};
pub use mfa::{
    DeviceConfiguration, EmailMfa, KeyConfiguration, SmsMfa, SoftwareTokenMfa, UserPoolAddOns,
    WebAuthnConfiguration,
};
pub use resource_server::{ResourceServer, STANDARD_SCOPES};
pub use stage::{AccessLogSettings, Stage, StageRouteSettings};
pub use user::{Group, Invite, InviteSettings, Password, PasswordSource, User};
pub use user_pool::{
    AdminCreateUserConfig, AttributeType, CustomAttribute, PasswordPolicy, STANDARD_ATTRIBUTES,
    StandardAttribute, Trigger, TriggerFunction, UserPool, UsernameConfiguration,
};

use super::duration::Duration;
use super::settings::Settings;

/// Text entries of a map that may be references.
pub type Texts = BTreeMap<String, String>;

/// A stack file of `provision`: an authentication back end on AWS.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// The stack's identity: with account and region it says what is the same stack. Lower-case
    /// letters, digits and `-`, at most 31. May hold `${var.…}`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,30}$"))]
    #[schemars(extend("x-expected" = "lower-case letters, digits and `-`, from a letter, at most 31 characters"))]
    pub stack: String,
    /// The region, as `us-east-1`. Absent: the AWS configuration's. May hold `${var.…}`.
    #[schemars(regex(pattern = r"^[a-z]{2,4}(-[a-z]+)+-[0-9]$"))]
    #[schemars(extend("x-expected" = "a region, as `us-east-1`"))]
    pub region: Option<String>,
    /// The only account in which this file may be applied: any other is refused before the first
    /// write. Twelve digits. May hold `${var.…}`.
    #[schemars(regex(pattern = r"^[0-9]{12}$"))]
    #[schemars(extend("x-expected" = "an account id of twelve digits"))]
    pub account: Option<String>,
    /// Marks a demo environment: how long after its first apply it may be removed. Such a stack
    /// is destroyed without further confirmation. 1 minute to 1 year.
    #[schemars(extend("x-seconds" = [60, 31536000]))]
    pub expires: Option<Duration>,
    /// Tags of everything in the stack that carries tags. Tags that are not declared stay.
    #[serde(default)]
    #[schemars(extend("x-keys" = "tag"))]
    pub tags: Texts,
    /// Defaults of the variables that `${var.NAME}` stands for; `--var` and `--var-file` override.
    #[serde(default)]
    pub vars: BTreeMap<String, Value>,
    /// An S3 bucket in the stack's region through which code of more than 50 MB goes to Lambda. The
    /// objects are named for their contents and stay there.
    #[schemars(length(min = 3, max = 63), regex(pattern = r"^[0-9a-z][0-9a-z.-]*[0-9a-z]$"))]
    #[schemars(extend("x-expected" = "the name of a bucket"))]
    pub code_bucket: Option<String>,
    /// The Cognito user pool.
    pub user_pool: Option<Settings<UserPool>>,
    /// The Lambda functions, by key. A function's AWS name is `<stack>-<key>` unless `name` is set.
    #[serde(default)]
    pub lambdas: BTreeMap<String, Option<Settings<Lambda>>>,
    /// The HTTP API.
    pub http_api: Option<Settings<HttpApi>>,
    /// Values to print and to hand to other programs: `provision outputs`.
    #[serde(default)]
    pub outputs: Texts,
}

impl Stack {
    /// The functions that the stack makes: those of the file, less what it removes with `null` and
    /// what is somebody else's.
    pub fn functions(&self) -> impl Iterator<Item = (&String, &Settings<Lambda>)> {
        self.all_functions().filter(|(_, lambda)| lambda.given.existing.is_none())
    }

    /// The same with those of others that the file uses.
    pub fn all_functions(&self) -> impl Iterator<Item = (&String, &Settings<Lambda>)> {
        self.lambdas.iter().filter_map(|(key, lambda)| Some((key, lambda.as_ref()?)))
    }

    /// The pool.
    pub fn pool(&self) -> Option<&UserPool> {
        self.user_pool.as_ref().map(|pool| &pool.given)
    }

    /// The pool's app clients.
    pub fn app_clients(&self) -> impl Iterator<Item = (&String, &Settings<AppClient>)> {
        let clients = self.pool().into_iter().flat_map(|pool| &pool.app_clients);
        clients.filter_map(|(key, client)| Some((key, client.as_ref()?)))
    }

    /// The pool's groups.
    pub fn groups(&self) -> impl Iterator<Item = (&String, &Settings<Group>)> {
        let groups = self.pool().into_iter().flat_map(|pool| &pool.groups);
        groups.filter_map(|(key, group)| Some((key, group.as_ref()?)))
    }

    /// The pool's users.
    pub fn users(&self) -> impl Iterator<Item = (&String, &Settings<User>)> {
        let users = self.pool().into_iter().flat_map(|pool| &pool.users);
        users.filter_map(|(key, user)| Some((key, user.as_ref()?)))
    }

    /// The pool's resource servers.
    pub fn resource_servers(&self) -> impl Iterator<Item = (&String, &Settings<ResourceServer>)> {
        let servers = self.pool().into_iter().flat_map(|pool| &pool.resource_servers);
        servers.filter_map(|(key, server)| Some((key, server.as_ref()?)))
    }

    /// Whether a domain of the pool serves managed login in place of the classic pages.
    pub fn has_managed_login(&self) -> bool {
        let Some(pool) = self.pool() else { return false };
        let prefix = pool.domain.as_ref().and_then(|domain| domain.0.given.managed_login_version);
        let custom = pool.custom_domain.as_ref().and_then(|d| d.given.managed_login_version);
        prefix == Some(2) || custom == Some(2)
    }

    /// The routes of the API, by route key.
    pub fn routes(&self) -> impl Iterator<Item = (&String, &RouteSettings)> {
        let routes = self.http_api.iter().flat_map(|api| &api.given.routes);
        routes.filter_map(|(key, route)| Some((key, &route.as_ref()?.0)))
    }

    /// The authorizers of the API, by key.
    pub fn authorizers(&self) -> impl Iterator<Item = (&String, &Settings<Authorizer>)> {
        let authorizers = self.http_api.iter().flat_map(|api| &api.given.authorizers);
        authorizers.filter_map(|(key, authorizer)| Some((key, authorizer.as_ref()?)))
    }
}

/// The AWS name of a resource: `name` where it is given, else `<stack>-<key>`.
pub fn default_name(name: Option<&String>, stack: &str, key: &str) -> String {
    name.cloned().unwrap_or_else(|| format!("{stack}-{key}"))
}
