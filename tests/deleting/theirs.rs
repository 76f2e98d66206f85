//! What other people have in an account, beside a stack and in it: of the same names where AWS allows
//! that, with tags that are nearly the stack's, under paths that begin as the stack's do.

use std::time::Duration;

use aws_sdk_apigatewayv2 as apigateway;
use aws_sdk_cognitoidentityprovider::types as cognito;
use aws_sdk_lambda::client::Waiters;

use crate::support::inventory;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// Makes a pool, an API, roles, functions, log groups and parameters by hand.
pub async fn make(url: &str) {
    let config = inventory::config(url);
    let function = function(&config).await;
    pool(&config, &function).await;
    api(&config, &function).await;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    for name in ["/aws/lambda/whole-tokens", "/aws/lambda/whole", "/aws/lambda/whole-token-2"] {
        logs.create_log_group().log_group_name(name).send().await.unwrap();
        logs.put_retention_policy().log_group_name(name).retention_in_days(3).send().await.unwrap();
    }
    let ssm = aws_sdk_ssm::Client::new(&config);
    for name in ["/provision/whole/lock2", "/provision/whole", "/provision/whole-/lock"] {
        let text = aws_sdk_ssm::types::ParameterType::String;
        ssm.put_parameter().name(name).value("theirs").r#type(text).send().await.unwrap();
    }
}

/// A function whose name begins as one of the stack's does, with a permission that looks like ours.
async fn function(config: &aws_config::SdkConfig) -> String {
    let iam = aws_sdk_iam::Client::new(config);
    let mut arn = String::new();
    for (name, path) in [
        ("whole-us-east-1-tokens", "/"),
        ("whole-us-east-1-token-2", "/provision/us-east-1/whole2/"),
        ("whole-eu-west-1-token-2", "/provision/eu-west-1/whole/"),
        ("whole-us-east-1-token-3", "/provision/us-east-1/"),
    ] {
        let role = iam.create_role().role_name(name).path(path).assume_role_policy_document(TRUST);
        let stack = aws_sdk_iam::types::Tag::builder().key("provision:stack").value("whole2");
        arn = role.tags(stack.build().unwrap()).send().await.unwrap().role.unwrap().arn;
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ses:SendEmail","Resource":"*"}]}"#;
        let put = iam.put_role_policy().role_name(name).policy_name("sign-in");
        put.policy_document(policy).send().await.unwrap();
    }
    let lambda = aws_sdk_lambda::Client::new(config);
    let zip =
        aws_sdk_lambda::primitives::Blob::new(include_bytes!("../support/empty.zip").to_vec());
    let environment = aws_sdk_lambda::types::Environment::builder().variables("SECRET", "theirs");
    let made = lambda
        .create_function()
        .function_name("whole-tokens")
        .role(arn)
        .runtime(aws_sdk_lambda::types::Runtime::Python313)
        .handler("a.b")
        .environment(environment.build())
        .tags("provision:stack", "whole2")
        .tags("provision:address", "lambdas.token")
        .code(aws_sdk_lambda::types::FunctionCode::builder().zip_file(zip).build())
        .send()
        .await
        .unwrap();
    for id in ["provision-http_api-0123456789ab", "theirs"] {
        let add = lambda.add_permission().function_name("whole-tokens").statement_id(id);
        let add = add.action("lambda:InvokeFunction").principal("apigateway.amazonaws.com");
        let source = "arn:aws:execute-api:us-east-1:000000000000:theirs/*/*";
        add.source_arn(source).send().await.unwrap();
    }
    let active = lambda.wait_until_function_active_v2().function_name("whole-tokens");
    active.wait(Duration::from_secs(30)).await.unwrap();
    made.function_arn.unwrap()
}

/// A pool of the stack's own pool's name, with children of the names of that one's.
async fn pool(config: &aws_config::SdkConfig, function: &str) {
    let client = aws_sdk_cognitoidentityprovider::Client::new(config);
    let made = client
        .create_user_pool()
        .pool_name("whole")
        .user_pool_tags("provision:stack", "whole2")
        .user_pool_tags("provision:stacks", "whole")
        .user_pool_tags("Provision:Stack", "whole")
        .user_pool_tags("provision:address", "user_pool")
        .lambda_config(cognito::LambdaConfigType::builder().pre_sign_up(function).build())
        .send()
        .await
        .unwrap();
    let pool = made.user_pool.unwrap().id.unwrap();
    children(&client, &pool, "whole-web", "SYSADM", "test1").await;
    let domain = client.create_user_pool_domain().user_pool_id(&pool).domain("whole-theirs");
    domain.send().await.unwrap();
}

/// Makes an app client, a group, a user and an identity provider in a pool.
pub async fn children(
    client: &aws_sdk_cognitoidentityprovider::Client,
    pool: &str,
    name: &str,
    group: &str,
    user: &str,
) {
    let made = client.create_user_pool_client().user_pool_id(pool).client_name(name);
    made.generate_secret(true).send().await.unwrap();
    let made = client.create_group().user_pool_id(pool).group_name(group);
    made.description("theirs").send().await.unwrap();
    let email =
        cognito::AttributeType::builder().name("email").value(format!("{user}@example.com"));
    let made = client.admin_create_user().user_pool_id(pool).username(user);
    let made = made.temporary_password("Theirs-Alone-99").user_attributes(email.build().unwrap());
    made.message_action(cognito::MessageActionType::Suppress).send().await.unwrap();
    let join = client.admin_add_user_to_group().user_pool_id(pool).username(user);
    join.group_name(group).send().await.unwrap();
    client
        .create_identity_provider()
        .user_pool_id(pool)
        .provider_name("TheirOkta")
        .provider_type(cognito::IdentityProviderTypeType::Oidc)
        .provider_details("client_id", "theirs")
        .provider_details("client_secret", "theirs")
        .provider_details("attributes_request_method", "GET")
        .provider_details("oidc_issuer", "https://theirs.example.com")
        .provider_details("authorize_scopes", "openid")
        .send()
        .await
        .unwrap();
}

/// An API of the stack's own API's name, with a route of the same key.
async fn api(config: &aws_config::SdkConfig, function: &str) {
    let client = apigateway::Client::new(config);
    let http = apigateway::types::ProtocolType::Http;
    let made = client.create_api().name("whole").protocol_type(http);
    let made = made.tags("provision:stack", "WHOLE").tags("provision:address", "http_api");
    let api = made.send().await.unwrap().api_id.unwrap();
    let integration = client
        .create_integration()
        .api_id(&api)
        .integration_type(apigateway::types::IntegrationType::AwsProxy)
        .integration_uri(function)
        .payload_format_version("2.0")
        .send()
        .await
        .unwrap();
    let target = format!("integrations/{}", integration.integration_id.unwrap());
    let route = client.create_route().api_id(&api).route_key("GET /token").target(target);
    route.send().await.unwrap();
    let stage = client.create_stage().api_id(&api).stage_name("$default").auto_deploy(true);
    stage.send().await.unwrap();
}
