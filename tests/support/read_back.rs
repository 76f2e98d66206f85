//! All that is in an account, answer by answer as the emulator gives it: what is somebody else's must
//! read the same after the program was there, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use aws_config::{Region, SdkConfig};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetryConfig;

use super::inventory;

/// The last answer, as it came.
#[derive(Clone, Debug, Default)]
struct Recorder(Arc<Mutex<String>>);

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        // Only now has it been read whole.
        let body = String::from_utf8_lossy(answer.body().bytes().ok_or("the answer is a stream")?);
        *self.0.lock().unwrap() = format!("{} {}", answer.status().as_u16(), settled(&body));
        Ok(())
    }
}

/// An answer without what differs each time that it is given; moto invents accounts.
fn settled(body: &str) -> String {
    let id = regex::Regex::new(
        r#"(?i)<RequestId>[^<]*</RequestId>|"(Location|AWSAccountId)": ?"[^"]*""#,
    )
    .unwrap();
    id.replace_all(body, "").into_owned()
}

/// What there is, by names and ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    pub pools: BTreeSet<String>,
    pub functions: BTreeSet<String>,
    pub roles: BTreeSet<String>,
    pub apis: BTreeSet<String>,
    pub log_groups: BTreeSet<String>,
    pub parameters: BTreeSet<String>,
}

/// Reads one region of an emulator.
pub struct Reader {
    last: Recorder,
    pools: aws_sdk_cognitoidentityprovider::Client,
    lambda: aws_sdk_lambda::Client,
    iam: aws_sdk_iam::Client,
    api: aws_sdk_apigatewayv2::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    ssm: aws_sdk_ssm::Client,
}

/// Sends a request, and keeps the answer under a label, whatever it is.
macro_rules! keep {
    ($reader:expr, $all:expr, $label:expr, $request:expr) => {{
        let answer = $request.send().await;
        $all.insert($label, $reader.last.0.lock().unwrap().clone());
        answer
    }};
}

impl Reader {
    /// Of a region.
    pub fn new(url: &str, region: &'static str) -> Self {
        let config: SdkConfig = inventory::config(url)
            .into_builder()
            .region(Region::new(region))
            .retry_config(RetryConfig::disabled())
            .build();
        let last = Recorder::default();
        macro_rules! client {
            ($service:ident) => {{
                let config = $service::config::Builder::from(&config).interceptor(last.clone());
                $service::Client::from_conf(config.build())
            }};
        }
        Self {
            pools: client!(aws_sdk_cognitoidentityprovider),
            lambda: client!(aws_sdk_lambda),
            iam: client!(aws_sdk_iam),
            api: client!(aws_sdk_apigatewayv2),
            logs: client!(aws_sdk_cloudwatchlogs),
            ssm: client!(aws_sdk_ssm),
            last,
        }
    }

    /// What there is now.
    pub async fn holdings(&self) -> Holdings {
        let pools = self.pools.list_user_pools().max_results(60).send().await.unwrap();
        let functions = self.lambda.list_functions().send().await.unwrap();
        let roles = self.iam.list_roles().send().await.unwrap();
        let apis = self.api.get_apis().send().await.unwrap();
        let groups = self.logs.describe_log_groups().send().await.unwrap();
        let parameters = self.ssm.describe_parameters().send().await.unwrap();
        let some = |name: Option<&str>| name.map(str::to_owned);
        Holdings {
            pools: pools.user_pools().iter().filter_map(|pool| some(pool.id())).collect(),
            functions: functions
                .functions()
                .iter()
                .filter_map(|f| some(f.function_name()))
                .collect(),
            roles: roles.roles().iter().map(|role| role.role_name().to_owned()).collect(),
            apis: apis.items().iter().filter_map(|api| some(api.api_id())).collect(),
            log_groups: groups
                .log_groups()
                .iter()
                .filter_map(|g| some(g.log_group_name()))
                .collect(),
            parameters: parameters.parameters().iter().filter_map(|p| some(p.name())).collect(),
        }
    }

    /// Every answer about some holdings.
    pub async fn read(&self, holdings: &Holdings) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for pool in &holdings.pools {
            self.pool(pool, &mut all).await;
        }
        for function in &holdings.functions {
            self.function(function, &mut all).await;
        }
        for role in &holdings.roles {
            self.role(role, &mut all).await;
        }
        for api in &holdings.apis {
            self.api(api, &mut all).await;
        }
        for name in &holdings.log_groups {
            let read = self.logs.describe_log_groups().log_group_name_prefix(name);
            let found = keep!(self, all, format!("log group {name}"), read).unwrap();
            // Groups whose names begin the same are in the same answer, ours too.
            let own = found.log_groups().iter().find(|group| group.log_group_name() == Some(name));
            all.insert(format!("log group {name}"), format!("{own:?}"));
            if let Some(arn) = own.and_then(|group| group.arn()) {
                let tags =
                    self.logs.list_tags_for_resource().resource_arn(arn.trim_end_matches(":*"));
                let _ = keep!(self, all, format!("log group {name} tags"), tags);
            }
        }
        for name in &holdings.parameters {
            let read = self.ssm.get_parameter().name(name);
            let _ = keep!(self, all, format!("parameter {name}"), read);
        }
        all
    }

    /// A pool and all that stands in it.
    pub async fn pool(&self, id: &str, all: &mut BTreeMap<String, String>) {
        let of = |what: &str| format!("pool {id} {what}");
        let describe = self.pools.describe_user_pool().user_pool_id(id);
        let described = keep!(self, all, of(""), describe);
        if let Some(domain) = described.ok().and_then(|d| d.user_pool?.domain) {
            let describe = self.pools.describe_user_pool_domain().domain(domain);
            let _ = keep!(self, all, of("domain"), describe);
        }
        let mfa = self.pools.get_user_pool_mfa_config().user_pool_id(id);
        let _ = keep!(self, all, of("mfa"), mfa);
        let list = self.pools.list_user_pool_clients().user_pool_id(id).max_results(60);
        for client in keep!(self, all, of("clients"), list).unwrap().user_pool_clients() {
            let client = client.client_id().unwrap();
            let describe =
                self.pools.describe_user_pool_client().user_pool_id(id).client_id(client);
            let _ = keep!(self, all, of(client), describe);
        }
        let _ = keep!(self, all, of("groups"), self.pools.list_groups().user_pool_id(id));
        let users = self.pools.list_users().user_pool_id(id);
        for user in keep!(self, all, of("users"), users).unwrap().users() {
            let name = user.username().unwrap();
            let list = self.pools.admin_list_groups_for_user().user_pool_id(id).username(name);
            let _ = keep!(self, all, of(&format!("groups of {name}")), list);
        }
        let list = self.pools.list_resource_servers().user_pool_id(id).max_results(50);
        let _ = keep!(self, all, of("resource servers"), list);
        let list = self.pools.list_identity_providers().user_pool_id(id);
        for provider in keep!(self, all, of("providers"), list).unwrap().providers() {
            let name = provider.provider_name().unwrap();
            let read = self.pools.describe_identity_provider().user_pool_id(id).provider_name(name);
            let _ = keep!(self, all, of(name), read);
        }
    }

    async fn function(&self, name: &str, all: &mut BTreeMap<String, String>) {
        let of = |what: &str| format!("function {name} {what}");
        let _ = keep!(self, all, of(""), self.lambda.get_function().function_name(name));
        let _ = keep!(self, all, of("policy"), self.lambda.get_policy().function_name(name));
        let url = self.lambda.get_function_url_config().function_name(name);
        let _ = keep!(self, all, of("url"), url);
        let most = self.lambda.get_function_concurrency().function_name(name);
        let _ = keep!(self, all, of("concurrency"), most);
    }

    async fn role(&self, name: &str, all: &mut BTreeMap<String, String>) {
        let of = |what: &str| format!("role {name} {what}");
        let _ = keep!(self, all, of(""), self.iam.get_role().role_name(name));
        let attached = self.iam.list_attached_role_policies().role_name(name);
        let _ = keep!(self, all, of("attached"), attached);
        let listed = keep!(self, all, of("inline"), self.iam.list_role_policies().role_name(name));
        for policy in listed.unwrap().policy_names() {
            let read = self.iam.get_role_policy().role_name(name).policy_name(policy);
            let _ = keep!(self, all, of(policy), read);
        }
    }

    async fn api(&self, id: &str, all: &mut BTreeMap<String, String>) {
        let of = |what: &str| format!("api {id} {what}");
        let _ = keep!(self, all, of(""), self.api.get_api().api_id(id));
        let _ = keep!(self, all, of("routes"), self.api.get_routes().api_id(id));
        let _ = keep!(self, all, of("integrations"), self.api.get_integrations().api_id(id));
        let _ = keep!(self, all, of("authorizers"), self.api.get_authorizers().api_id(id));
        let _ = keep!(self, all, of("stages"), self.api.get_stages().api_id(id));
    }
}
