//! AWS as a [`Cloud`](crate::engine::Cloud). The only folder that names an SDK type.
//!
//! | file | what |
//! |---|---|
//! | `kind` | what a kind of resource is |
//! | `kinds/` | one file per kind, and the registry |
//! | `connect` | clients and credentials |
//! | `error` | AWS's errors as ours |
//! | `settle`, `interruption` | all waiting, and how it ends where somebody wants to stop |
//! | `observe` | reading everything at once |
//! | `moved` | whether what a plan saw is still so, just before it is written over |
//! | `rates`, `retries` | how often AWS may be asked, and asked again |
//! | `once`, `zeros` | creates that are not repeated; members that nobody set |
//! | `pool`, `pool_body`, `ledger` | the one writer of a user pool, its body, and what it remembers in the pool's tags |
//! | `pool_mfa` | second factors of a pool |
//! | `api_gateway`, `called` | what the kinds of an HTTP API share; what its integrations call |
//! | `children`, `tags` | ownership |
//! | `written` | how a file declares what was made by hand |
//! | `lock`, `this_machine` | keeps two applies of one stack apart; whether a holder can be alive |
//! | `client_settings`, `stage_settings`, `authorizer_settings` | settings, to AWS and back |
//! | `function_state`, `function_request`, `function_code` | a function's settings, requests and code |
//! | `self_registered` | tells clients that applications registered themselves |
//! | `style` | the documents and images of a managed-login style |
//! | `user_attributes` | the attributes of users |
//! | `user_pool_domain` | what a prefix domain and a domain of one's own share |
//! | `password` | passwords that are made here |
//! | `secrets` | references that AWS or the environment answers |

mod api_gateway;
mod authorizer_settings;
mod called;
mod children;
mod client_settings;
mod cloud;
mod connect;
mod error;
mod function_code;
mod function_request;
mod function_state;
#[cfg(test)]
mod golden_function;
#[cfg(test)]
mod golden_pool;
mod hazards;
mod interruption;
mod kind;
pub mod kinds;
mod ledger;
pub mod lock;
mod moved;
mod observe;
mod once;
mod password;
mod pool;
mod pool_body;
mod pool_mfa;
pub mod rates;
mod retries;
mod secrets;
mod self_registered;
mod settle;
mod stage_settings;
mod style;
mod tags;
mod this_machine;
mod user_attributes;
mod user_pool_domain;
mod written;
mod zeros;

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_config::SdkConfig;
use tokio::sync::{OnceCell, mpsc, watch};

use crate::bundle::Bundle;
use crate::engine::CloudError;
use crate::resource::{Address, Secret};

use interruption::Interruption;

pub use cloud::note_what_was_made;
pub use connect::{Connection, connect};
pub use kind::{AnyKind, Change, Given, Kind, Scope};
pub use moved::Now;
pub use secrets::Secrets;
pub use tags::EXPIRES;
pub use this_machine::this_process;

use retries::patient;

/// The moment so many seconds from now, as the tag of a demo environment holds it.
pub fn expiry(seconds: u32) -> String {
    let then = std::time::SystemTime::now() + std::time::Duration::from_secs(seconds.into());
    let then = aws_sdk_sts::primitives::DateTime::from(then);
    let whole = aws_sdk_sts::primitives::DateTime::from_secs(then.secs());
    whole.fmt(aws_sdk_sts::primitives::DateTimeFormat::DateTime).unwrap_or_default()
}

/// Reads an environment variable of whoever runs the program.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A password that was made for a user, to be shown once.
#[derive(Debug)]
pub struct Generated {
    /// The user.
    pub address: Address,
    /// The password.
    pub password: Secret,
}

/// One account and region, as one stack sees it.
pub struct Aws {
    cognito: aws_sdk_cognitoidentityprovider::Client,
    lambda: aws_sdk_lambda::Client,
    iam: aws_sdk_iam::Client,
    api: aws_sdk_apigatewayv2::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    s3: aws_sdk_s3::Client,
    tagging: aws_sdk_resourcegroupstagging::Client,
    ssm: aws_sdk_ssm::Client,
    sts: aws_sdk_sts::Client,
    stack: String,
    region: String,
    account: OnceCell<String>,
    tagged: OnceCell<Vec<String>>,
    roles: OnceCell<Vec<String>>,
    bundles: BTreeMap<String, Arc<Bundle>>,
    secrets: Secrets,
    environment: Environment,
    generated: mpsc::UnboundedSender<Generated>,
    pool: pool::Writer,
    adopt: BTreeMap<Address, Option<String>>,
    beside: bool,
    interruption: Interruption,
}

/// What an [`Aws`] is made of besides its configuration.
pub struct Parts {
    /// The stack's name.
    pub stack: String,
    /// The region.
    pub region: String,
    /// The code of the functions, by their keys.
    pub bundles: BTreeMap<String, Arc<Bundle>>,
    /// The values that the file refers to.
    pub secrets: Secrets,
    /// The environment.
    pub environment: Environment,
    /// Where generated passwords go.
    pub generated: mpsc::UnboundedSender<Generated>,
    /// What is to be taken over, where it is nobody's: by address, with its id where it was given.
    pub adopt: BTreeMap<Address, Option<String>>,
    /// Whether a pool or an API is made beside a foreign one of the same name.
    pub beside: bool,
    /// Holds `true` once somebody wants to stop.
    pub stop: watch::Receiver<bool>,
}

/// Users are counted up to here: a pool may hold millions, and AWS lists 60 at a time.
pub const MOST_USERS: usize = 1000;

#[cfg(test)]
impl Aws {
    /// An AWS that answers nothing: tests put mocked clients in its fields. The stack is `demo` in
    /// `us-east-1` of the account `123456789012`.
    pub(crate) fn test() -> Self {
        let keys = aws_sdk_sts::config::Credentials::for_tests();
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("us-east-1"))
            .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(keys))
            .endpoint_url("http://127.0.0.1:9")
            .http_client(aws_smithy_http_client::test_util::NeverClient::new())
            .build();
        let aws = Self::new(
            &config,
            Parts {
                stack: "demo".to_owned(),
                region: "us-east-1".to_owned(),
                bundles: BTreeMap::new(),
                secrets: Secrets::default(),
                environment: Arc::new(|_| None),
                generated: mpsc::unbounded_channel().0,
                adopt: BTreeMap::new(),
                beside: false,
                stop: watch::channel(false).1,
            },
        );
        Self { account: OnceCell::new_with(Some("123456789012".to_owned())), ..aws }
    }

    /// The same with a mocked Cognito, which the pool's writer uses too.
    pub(crate) fn with_cognito(cognito: aws_sdk_cognitoidentityprovider::Client) -> Self {
        let aws = Self::test();
        let pool = pool::Writer::start(cognito.clone(), aws.interruption.clone());
        Self { cognito, pool, ..aws }
    }
}

/// A client of S3; at an endpoint of one's own the bucket is in the path, for its name is in no DNS.
fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let by_path = config.endpoint_url().is_some();
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(by_path).build();
    aws_sdk_s3::Client::from_conf(config)
}

impl Aws {
    /// Makes the clients. Must be called within a tokio runtime: the pool's writer is a task.
    pub fn new(config: &SdkConfig, parts: Parts) -> Self {
        let Parts { stack, region, bundles, secrets, environment, generated, adopt, beside, stop } =
            parts;
        let interruption = Interruption::new(stop);
        let cognito = patient!(aws_sdk_cognitoidentityprovider, config);
        Self {
            pool: pool::Writer::start(cognito.clone(), interruption.clone()),
            cognito,
            lambda: patient!(aws_sdk_lambda, config),
            iam: patient!(aws_sdk_iam, config),
            api: patient!(aws_sdk_apigatewayv2, config),
            logs: patient!(aws_sdk_cloudwatchlogs, config),
            s3: s3(config),
            tagging: patient!(aws_sdk_resourcegroupstagging, config),
            ssm: patient!(aws_sdk_ssm, config),
            sts: patient!(aws_sdk_sts, config),
            stack,
            region,
            account: OnceCell::new(),
            tagged: OnceCell::new(),
            roles: OnceCell::new(),
            bundles,
            secrets,
            environment,
            generated,
            adopt,
            beside,
            interruption,
        }
    }

    /// The stack's lock.
    pub fn lock(&self) -> lock::Lock {
        lock::Lock::new(self.ssm.clone(), &self.stack, self.interruption.clone())
    }

    /// The id of the resource that is to be taken over at an address, where one was given.
    fn adopted_id(&self, address: &Address) -> Option<&str> {
        self.adopt.get(address).and_then(|id| id.as_deref())
    }

    /// The account that the credentials belong to; asked once.
    ///
    /// # Errors
    ///
    /// Credentials that are missing, wrong or expired.
    pub async fn account(&self) -> Result<&str, CloudError> {
        let ask = || async {
            let answer = self.sts.get_caller_identity().send().await;
            let identity = answer.map_err(error::failed("GetCallerIdentity"))?;
            error::required(identity.account, "Account")
        };
        self.account.get_or_try_init(ask).await.map(String::as_str)
    }

    /// How many users a pool holds besides those that are declared; counted no further than
    /// [`MOST_USERS`].
    ///
    /// # Errors
    ///
    /// A list that cannot be read.
    pub async fn count_users(&self, pool: &str, declared: &[&str]) -> Result<usize, CloudError> {
        let list = self.cognito.list_users().user_pool_id(pool).into_paginator();
        let mut users = list.items().send();
        let is_declared = |user: &aws_sdk_cognitoidentityprovider::types::UserType| {
            let names = user.attributes().iter();
            let names = names.filter(|a| ["email", "phone_number"].contains(&a.name()));
            let mut names = names.filter_map(|a| a.value()).chain(user.username());
            names.any(|name| declared.contains(&name))
        };
        let mut others = 0;
        while let Some(user) = users.next().await {
            let user = user.map_err(error::failed("ListUsers"))?;
            others += usize::from(!is_declared(&user));
            if others == MOST_USERS {
                break;
            }
        }
        Ok(others)
    }

    /// How many identity providers a pool has: what signs people in with accounts of elsewhere.
    ///
    /// # Errors
    ///
    /// A list that cannot be read.
    pub async fn count_providers(&self, pool: &str) -> Result<usize, CloudError> {
        let list = self.cognito.list_identity_providers().user_pool_id(pool).into_paginator();
        let listed = list.items().send().collect::<Result<Vec<_>, _>>().await;
        Ok(listed.map_err(error::failed("ListIdentityProviders"))?.len())
    }

    /// The ARNs that the tagging API knows of this stack: hints, each to be confirmed by a read.
    ///
    /// It is eventually consistent, blind to roles, and can show what is gone.
    async fn tagged(&self) -> Result<&[String], CloudError> {
        let ask = || async {
            let filter = aws_sdk_resourcegroupstagging::types::TagFilter::builder()
                .key(tags::STACK)
                .values(&self.stack)
                .build();
            let pages = self.tagging.get_resources().tag_filters(filter).into_paginator().items();
            let found = pages.send().collect::<Result<Vec<_>, _>>().await;
            let found = found.map_err(error::failed("GetResources"))?;
            Ok(found.into_iter().filter_map(|resource| resource.resource_arn).collect())
        };
        self.tagged.get_or_try_init(ask).await.map(Vec::as_slice)
    }

    /// The names of the roles under the stack's path; listed once.
    async fn roles(&self) -> Result<&[String], CloudError> {
        let ask = || async {
            let path = kinds::role_path(&self.stack, &self.region);
            let list = self.iam.list_roles().path_prefix(path).into_paginator().items().send();
            let listed = list.collect::<Result<Vec<_>, _>>().await;
            let listed = listed.map_err(error::failed("ListRoles"))?;
            Ok(listed.into_iter().map(|role| role.role_name).collect())
        };
        self.roles.get_or_try_init(ask).await.map(Vec::as_slice)
    }

    /// The hints of one service: what follows `PREFIX` in ARNs as `arn:P:SERVICE:R:A:PREFIXname`.
    async fn hints(&self, service: &str, prefix: &str) -> Result<Vec<String>, CloudError> {
        let name = |arn: &String| {
            let mut parts = arn.splitn(6, ':').skip(2);
            let (of, rest) = (parts.next()?, parts.nth(2)?);
            (of == service).then(|| rest.strip_prefix(prefix).map(str::to_owned)).flatten()
        };
        let mut names: Vec<String> = self.tagged().await?.iter().filter_map(name).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
}
