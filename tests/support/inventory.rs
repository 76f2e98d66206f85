//! Everything that an emulator holds, read past the program; and what somebody else does there.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cognitoidentityprovider::types as cognito;
use serde_json::{Value, json};

/// Names and ids of everything that a stack can leave behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Inventory(Vec<String>);

/// What an SDK needs to call an emulator.
pub fn config(url: &str) -> SdkConfig {
    let keys = aws_sdk_sts::config::Credentials::new("test", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(keys))
        .build()
}

fn pools(url: &str) -> aws_sdk_cognitoidentityprovider::Client {
    aws_sdk_cognitoidentityprovider::Client::new(&config(url))
}

fn s3(url: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(&config(url)).force_path_style(true);
    aws_sdk_s3::Client::from_conf(config.build())
}

/// The id of a pool of this name.
async fn pool_id(url: &str, name: &str) -> String {
    let listed = pools(url).list_user_pools().max_results(60).send().await.unwrap();
    let pool = listed.user_pools().iter().find(|pool| pool.name() == Some(name));
    pool.unwrap().id().unwrap().to_owned()
}

fn policy(pool: &cognito::UserPoolType) -> cognito::PasswordPolicyType {
    pool.policies().and_then(|policies| policies.password_policy()).unwrap().clone()
}

/// The pool of a stack, and its client `web`.
async fn pool_and_client(
    url: &str,
    stack: &str,
) -> (cognito::UserPoolType, cognito::UserPoolClientType) {
    let id = pool_id(url, stack).await;
    let pool = pools(url).describe_user_pool().user_pool_id(&id).send().await.unwrap();
    let listed = pools(url).list_user_pool_clients().user_pool_id(&id).max_results(60);
    let listed = listed.send().await.unwrap();
    let name = format!("{stack}-web");
    let client = listed.user_pool_clients().iter().find(|c| c.client_name() == Some(&name));
    let client_id = client.unwrap().client_id().unwrap();
    let client = pools(url).describe_user_pool_client().user_pool_id(&id).client_id(client_id);
    let client = client.send().await.unwrap().user_pool_client.unwrap();
    (pool.user_pool.unwrap(), client)
}

/// The only API of an emulator, and its route `GET /hello`.
async fn api_and_route(url: &str) -> (String, aws_sdk_apigatewayv2::types::Route) {
    let api = aws_sdk_apigatewayv2::Client::new(&config(url));
    let id = api.get_apis().send().await.unwrap().items()[0].api_id().unwrap().to_owned();
    let routes = api.get_routes().api_id(&id).send().await.unwrap().items.unwrap();
    let route = routes.into_iter().find(|route| route.route_key() == Some("GET /hello"));
    (id, route.unwrap())
}

impl Inventory {
    /// Reads it all.
    pub async fn read(url: &str) -> Self {
        let config = config(url);
        let mut all = Vec::new();
        let listed = pools(url).list_user_pools().max_results(60).send().await.unwrap();
        all.extend(listed.user_pools().iter().map(|pool| format!("pool {:?}", pool.id())));
        let lambda = aws_sdk_lambda::Client::new(&config);
        let listed = lambda.list_functions().send().await.unwrap();
        all.extend(listed.functions().iter().map(|f| format!("function {:?}", f.function_name())));
        let iam = aws_sdk_iam::Client::new(&config);
        let listed = iam.list_roles().send().await.unwrap();
        all.extend(listed.roles().iter().map(|role| format!("role {}", role.role_name())));
        let api = aws_sdk_apigatewayv2::Client::new(&config);
        let listed = api.get_apis().send().await.unwrap();
        all.extend(listed.items().iter().map(|api| format!("api {:?}", api.api_id())));
        let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
        let listed = logs.describe_log_groups().send().await.unwrap();
        all.extend(
            listed.log_groups().iter().map(|g| format!("log group {:?}", g.log_group_name())),
        );
        all.sort();
        Self(all)
    }

    /// Settings of a pool that an update could reset.
    pub async fn pool_settings(url: &str, name: &str) -> Value {
        let id = pool_id(url, name).await;
        let pool = pools(url).describe_user_pool().user_pool_id(id).send().await.unwrap();
        let pool = pool.user_pool.unwrap();
        let policy = pool.policies().and_then(|policies| policies.password_policy());
        json!({
            "minimum_length": policy.and_then(|policy| policy.minimum_length),
            "auto_verified": pool.auto_verified_attributes().iter().map(|a| a.as_str()).collect::<Vec<_>>(),
            "template": pool.verification_message_template().map(|template| format!("{template:?}")),
            "sms_message": pool.sms_authentication_message(),
            "triggers": pool.lambda_config().map(|config| format!("{config:?}")),
            "admin_only": pool.admin_create_user_config().map(|c| c.allow_admin_create_user_only),
            "recovery": pool.account_recovery_setting().map(|recovery| format!("{recovery:?}")),
            "device": pool.device_configuration().map(|device| format!("{device:?}")),
            "tags": pool.user_pool_tags().map(|tags| tags.len()),
        })
    }

    /// Changes settings that the file does not declare, as somebody does in the console.
    pub async fn set_by_hand(url: &str, name: &str) {
        let client = pools(url);
        let id = pool_id(url, name).await;
        let pool = client.describe_user_pool().user_pool_id(&id).send().await.unwrap();
        let pool = pool.user_pool.unwrap();
        let device = cognito::DeviceConfigurationType::builder()
            .challenge_required_on_new_device(true)
            .device_only_remembered_on_user_prompt(true)
            .build();
        let template = cognito::VerificationMessageTemplateType::builder()
            .default_email_option(cognito::DefaultEmailOptionType::ConfirmWithCode)
            .email_subject("Your code")
            .build();
        client
            .update_user_pool()
            .user_pool_id(id)
            .set_policies(pool.policies)
            .set_lambda_config(pool.lambda_config)
            .set_auto_verified_attributes(pool.auto_verified_attributes)
            .set_admin_create_user_config(pool.admin_create_user_config)
            .set_account_recovery_setting(pool.account_recovery_setting)
            .set_deletion_protection(pool.deletion_protection)
            .set_user_pool_tier(pool.user_pool_tier)
            .set_user_pool_tags(pool.user_pool_tags)
            .sms_authentication_message("Your code is {####}")
            .verification_message_template(template)
            .device_configuration(device)
            .send()
            .await
            .unwrap();
    }

    /// Makes resources of the names that the stack wants, as another team would.
    pub async fn make_foreign(url: &str) {
        let config = config(url);
        pools(url).create_user_pool().pool_name("whole").send().await.unwrap();
        let api = aws_sdk_apigatewayv2::Client::new(&config);
        let http = aws_sdk_apigatewayv2::types::ProtocolType::Http;
        api.create_api().name("whole").protocol_type(http).send().await.unwrap();
        let iam = aws_sdk_iam::Client::new(&config);
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let role = iam.create_role().role_name("whole-us-east-1-claims");
        let role = role.assume_role_policy_document(trust);
        let role = role.send().await.unwrap().role.unwrap();
        let zip = aws_sdk_lambda::primitives::Blob::new(include_bytes!("empty.zip").to_vec());
        aws_sdk_lambda::Client::new(&config)
            .create_function()
            .function_name("whole-token")
            .role(role.arn)
            .runtime(aws_sdk_lambda::types::Runtime::Python313)
            .handler("a.b")
            .code(aws_sdk_lambda::types::FunctionCode::builder().zip_file(zip).build())
            .send()
            .await
            .unwrap();
        // What stands by that function is theirs too, also where it looks like ours.
        let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
        logs.create_log_group().log_group_name("/aws/lambda/whole-token").send().await.unwrap();
        aws_sdk_lambda::Client::new(&config)
            .add_permission()
            .function_name("whole-token")
            .statement_id("provision-http_api-0123456789ab")
            .action("lambda:InvokeFunction")
            .principal("apigateway.amazonaws.com")
            .source_arn("arn:aws:execute-api:us-east-1:000000000000:theirs/*/*")
            .send()
            .await
            .unwrap();
    }

    /// Makes a role that Lambda may take on; its ARN.
    pub async fn make_role(url: &str, name: &str) -> String {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let create = aws_sdk_iam::Client::new(&config(url)).create_role().role_name(name);
        let made = create.assume_role_policy_document(trust).send().await.unwrap();
        made.role.unwrap().arn
    }

    /// Makes a bucket.
    pub async fn make_bucket(url: &str, name: &str) {
        s3(url).create_bucket().bucket(name).send().await.unwrap();
    }

    /// Puts an object into a bucket.
    pub async fn put_object(url: &str, bucket: &str, key: &str, bytes: Vec<u8>) {
        s3(url).put_object().bucket(bucket).key(key).body(bytes.into()).send().await.unwrap();
    }

    /// The keys of a bucket's objects.
    pub async fn objects(url: &str, bucket: &str) -> Vec<String> {
        let listed = s3(url).list_objects_v2().bucket(bucket).send().await.unwrap();
        listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
    }

    /// Keeps a parameter and a secret, as whoever runs the account does.
    pub async fn keep_values(url: &str) {
        let config = config(url);
        let text = aws_sdk_ssm::types::ParameterType::String;
        let put = aws_sdk_ssm::Client::new(&config).put_parameter().name("/demo/purpose");
        put.value("Signs people in").r#type(text).send().await.unwrap();
        let create =
            aws_sdk_secretsmanager::Client::new(&config).create_secret().name("demo/token");
        create.secret_string(r#"{"token":"hunter2-of-aws"}"#).send().await.unwrap();
    }

    /// A variable of a function's environment.
    pub async fn variable(url: &str, function: &str, name: &str) -> Option<String> {
        let client = aws_sdk_lambda::Client::new(&config(url));
        let about =
            client.get_function_configuration().function_name(function).send().await.unwrap();
        about.environment.and_then(|e| e.variables).and_then(|all| all.get(name).cloned())
    }

    /// Signs somebody in; the id token and the access token.
    pub async fn sign_in(url: &str, client: &str, user: &str, password: &str) -> [String; 2] {
        let answer = pools(url)
            .initiate_auth()
            .client_id(client)
            .auth_flow(cognito::AuthFlowType::UserPasswordAuth)
            .auth_parameters("USERNAME", user)
            .auth_parameters("PASSWORD", password);
        let tokens = answer.send().await.unwrap().authentication_result.unwrap();
        [tokens.id_token.unwrap(), tokens.access_token.unwrap()]
    }

    /// Gives the only API of an emulator an authorizer and a stage, as somebody does in the console.
    pub async fn add_to_api_by_hand(url: &str) {
        use aws_sdk_apigatewayv2::types::{AuthorizerType, JwtConfiguration};
        let client = aws_sdk_apigatewayv2::Client::new(&config(url));
        let apis = client.get_apis().send().await.unwrap();
        let api = apis.items()[0].api_id().unwrap();
        let jwt = JwtConfiguration::builder().issuer("https://example.com").audience("x").build();
        client
            .create_authorizer()
            .api_id(api)
            .name("by hand")
            .authorizer_type(AuthorizerType::Jwt)
            .identity_source("$request.header.Authorization")
            .jwt_configuration(jwt)
            .send()
            .await
            .unwrap();
        client.create_stage().api_id(api).stage_name("by-hand").send().await.unwrap();
    }

    /// Changes a pool's password policy, the length of a client's access tokens, a function's memory
    /// and a route's name, as somebody does in the console: the stack's own, by its name. Each time to other
    /// `hours`.
    pub async fn change_by_hand(url: &str, stack: &str, hours: i32) {
        let (pool, client) = pool_and_client(url, stack).await;
        let mut policy = policy(&pool);
        policy.minimum_length = Some(20);
        let policies = cognito::UserPoolPolicyType::builder().password_policy(policy).build();
        let update = pools(url).update_user_pool().user_pool_id(pool.id().unwrap());
        let update = update
            .policies(policies)
            .set_auto_verified_attributes(pool.auto_verified_attributes)
            .set_lambda_config(pool.lambda_config)
            .set_user_pool_tags(pool.user_pool_tags);
        update.send().await.unwrap();
        let units = cognito::TokenValidityUnitsType::builder();
        let units = units.access_token(cognito::TimeUnitsType::Hours).build();
        let update = pools(url).update_user_pool_client();
        update
            .set_user_pool_id(client.user_pool_id)
            .set_client_id(client.client_id)
            .set_client_name(client.client_name)
            .set_callback_urls(client.callback_urls)
            .access_token_validity(hours)
            .token_validity_units(units)
            .send()
            .await
            .unwrap();
        let lambda = aws_sdk_lambda::Client::new(&config(url));
        let update = lambda.update_function_configuration().memory_size(1024);
        update.function_name(format!("{stack}-hello")).send().await.unwrap();
        let api = aws_sdk_apigatewayv2::Client::new(&config(url));
        let (id, route) = api_and_route(url).await;
        let update = api.update_route().api_id(id).route_id(route.route_id().unwrap());
        update.operation_name(format!("by hand {hours}")).send().await.unwrap();
    }

    /// What those are now.
    pub async fn changed_by_hand(url: &str, stack: &str) -> Value {
        let (pool, client) = pool_and_client(url, stack).await;
        let lambda = aws_sdk_lambda::Client::new(&config(url));
        let function = lambda.get_function_configuration().function_name(format!("{stack}-hello"));
        let (_, route) = api_and_route(url).await;
        json!([
            policy(&pool).minimum_length,
            client.access_token_validity,
            function.send().await.unwrap().memory_size,
            route.operation_name,
        ])
    }

    /// Makes an app client, as somebody does in the console.
    pub async fn add_client_by_hand(url: &str, pool: &str, name: &str) {
        let id = pool_id(url, pool).await;
        let create = pools(url).create_user_pool_client().user_pool_id(id).client_name(name);
        create.send().await.unwrap();
    }

    /// Gives a pool a prefix domain, as somebody does in the console.
    pub async fn add_domain_by_hand(url: &str, pool: &str, prefix: &str) {
        let id = pool_id(url, pool).await;
        pools(url).create_user_pool_domain().user_pool_id(id).domain(prefix).send().await.unwrap();
    }

    /// Whether a pool has this domain.
    pub async fn has_domain(url: &str, domain: &str) -> bool {
        let answer = pools(url).describe_user_pool_domain().domain(domain).send().await.unwrap();
        answer.domain_description.is_some_and(|domain| domain.user_pool_id.is_some())
    }

    /// The names of a pool's app clients, sorted.
    pub async fn client_names(url: &str, pool: &str) -> Vec<String> {
        let id = pool_id(url, pool).await;
        let listed = pools(url).list_user_pool_clients().user_pool_id(id).max_results(60);
        let listed = listed.send().await.unwrap();
        let clients = listed.user_pool_clients().iter();
        let mut names: Vec<String> =
            clients.filter_map(|client| client.client_name().map(str::to_owned)).collect();
        names.sort();
        names
    }
}
