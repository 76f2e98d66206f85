//! Taking over what the console made: a pool with its client, a function with its role, an API.

use aws_sdk_cognitoidentityprovider::types as cognito;
use serde_json::Value;

use crate::end_to_end::World;
use crate::support::emulators::Emulator;
use crate::support::inventory;

/// What a file says of it at first: nothing of the wiring.
const FILE: &str = r#"
stack: adopted
region: us-east-1
user_pool:
  password_policy: { minimum_length: 10 }
  app_clients:
    web: { client_name: My web app }
lambdas:
  hello:
    name: hello
    role: ROLE
    runtime: python3.13
    handler: generate_token.lambda_handler
    code: code/generate_token
http_api: {}
outputs: { url: "${http_api.url}" }
"#;

/// What the console made, by its ids.
struct ByHand {
    pool: String,
    client: String,
    role: String,
    function: String,
}

/// Clicks it together, as the console's wizards do.
async fn click(url: &str) -> ByHand {
    let config = inventory::config(url);
    let (role, function) = click_function(&config).await;
    let (pool, client) = click_pool(&config, &function).await;
    click_api(&config, &function).await;
    ByHand { pool, client, role, function }
}

async fn click_pool(config: &aws_config::SdkConfig, function: &str) -> (String, String) {
    let client = aws_sdk_cognitoidentityprovider::Client::new(config);
    let password = cognito::PasswordPolicyType::builder()
        .minimum_length(8)
        .require_lowercase(true)
        .require_numbers(true)
        .require_symbols(true)
        .require_uppercase(true)
        .temporary_password_validity_days(7)
        .build();
    let way = cognito::RecoveryOptionType::builder()
        .name(cognito::RecoveryOptionNameType::VerifiedEmail)
        .priority(1)
        .build()
        .unwrap();
    let updates = cognito::UserAttributeUpdateSettingsType::builder()
        .attributes_require_verification_before_update(cognito::VerifiedAttributeType::Email);
    let made = client
        .create_user_pool()
        .pool_name("adopted")
        .policies(cognito::UserPoolPolicyType::builder().password_policy(password).build())
        .deletion_protection(cognito::DeletionProtectionType::Active)
        .username_configuration(
            cognito::UsernameConfigurationType::builder().case_sensitive(false).build().unwrap(),
        )
        .account_recovery_setting(
            cognito::AccountRecoverySettingType::builder().recovery_mechanisms(way).build(),
        )
        .auto_verified_attributes(cognito::VerifiedAttributeType::Email)
        .user_attribute_update_settings(updates.build())
        .user_pool_tags("owner", "somebody")
        .lambda_config(cognito::LambdaConfigType::builder().post_confirmation(function).build())
        .send()
        .await
        .unwrap();
    let pool = made.user_pool.unwrap().id.unwrap();
    aws_sdk_lambda::Client::new(config)
        .add_permission()
        .function_name("hello")
        .statement_id("lambda-6f1c2e0e-1f0e-4a55-9c61-0b6a4f6ddc02")
        .action("lambda:InvokeFunction")
        .principal("cognito-idp.amazonaws.com")
        .source_arn(format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}"))
        .send()
        .await
        .unwrap();
    let invite = client.admin_create_user().user_pool_id(&pool).username("ann");
    invite.message_action(cognito::MessageActionType::Suppress).send().await.unwrap();
    let units = cognito::TokenValidityUnitsType::builder()
        .access_token(cognito::TimeUnitsType::Minutes)
        .id_token(cognito::TimeUnitsType::Minutes)
        .refresh_token(cognito::TimeUnitsType::Days);
    let web = client
        .create_user_pool_client()
        .user_pool_id(&pool)
        .client_name("My web client")
        .explicit_auth_flows(cognito::ExplicitAuthFlowsType::AllowUserSrpAuth)
        .explicit_auth_flows(cognito::ExplicitAuthFlowsType::AllowRefreshTokenAuth)
        .access_token_validity(45)
        .id_token_validity(60)
        .refresh_token_validity(30)
        .token_validity_units(units.build())
        .prevent_user_existence_errors(cognito::PreventUserExistenceErrorTypes::Enabled)
        .supported_identity_providers("COGNITO")
        .allowed_o_auth_flows_user_pool_client(true)
        .allowed_o_auth_flows(cognito::OAuthFlowType::Code)
        .allowed_o_auth_scopes("openid")
        .callback_urls("https://app.example.com/cb")
        .send()
        .await
        .unwrap();
    (pool, web.user_pool_client.unwrap().client_id.unwrap())
}

async fn click_function(config: &aws_config::SdkConfig) -> (String, String) {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let role = aws_sdk_iam::Client::new(config)
        .create_role()
        .role_name("hello-role-abc12345")
        .path("/service-role/")
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let role = role.role.unwrap().arn;
    let lambda = aws_sdk_lambda::Client::new(config);
    let zip = aws_sdk_lambda::primitives::Blob::new(include_bytes!("support/empty.zip").to_vec());
    let function = lambda
        .create_function()
        .function_name("hello")
        .role(&role)
        .runtime(aws_sdk_lambda::types::Runtime::Python313)
        .handler("generate_token.lambda_handler")
        .code(aws_sdk_lambda::types::FunctionCode::builder().zip_file(zip).build())
        .environment(
            aws_sdk_lambda::types::Environment::builder().variables("TABLE", "hunter2").build(),
        )
        .send()
        .await
        .unwrap();
    let function = function.function_arn.unwrap();
    (role, function)
}

async fn click_api(config: &aws_config::SdkConfig, function: &str) {
    let client = aws_sdk_apigatewayv2::Client::new(config);
    let http = aws_sdk_apigatewayv2::types::ProtocolType::Http;
    let api = client.create_api().name("adopted").protocol_type(http).send().await.unwrap();
    let api = api.api_id.unwrap();
    let integration = client
        .create_integration()
        .api_id(&api)
        .integration_type(aws_sdk_apigatewayv2::types::IntegrationType::AwsProxy)
        .integration_uri(function)
        .payload_format_version("2.0")
        .send()
        .await
        .unwrap();
    let target = format!("integrations/{}", integration.integration_id.unwrap());
    let route = client.create_route().api_id(&api).route_key("ANY /hello").target(target);
    route.send().await.unwrap();
    let stage = client.create_stage().api_id(&api).stage_name("$default").auto_deploy(true);
    stage.send().await.unwrap();
}

/// The YAML that a refusal says to paste, with what the variable stands for in the file.
fn pasted(stderr: &str, root: &str) -> String {
    let lines = stderr.lines().skip_while(|line| *line != format!("    {root}:"));
    let block = lines.take_while(|line| line.starts_with("    "));
    block.map(|line| format!("{}\n", &line[4..])).collect()
}

/// Lays pasted YAML over the file, as somebody does with an editor.
fn paste(world: &World, file: &str, blocks: &[String]) {
    std::fs::write(world.path().join("base.yaml"), file).unwrap();
    let mut below = "base.yaml".to_owned();
    for (index, block) in blocks.iter().enumerate() {
        let name = if index + 1 == blocks.len() { "stack".into() } else { format!("over{index}") };
        let text = format!("extends: {below}\n{block}");
        std::fs::write(world.path().join(format!("{name}.yaml")), text).unwrap();
        below = format!("{name}.yaml");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_console_made_is_taken_over_without_a_loss_on_ministack() {
    // GetApis shows the tags of the creation alone there: an API that is taken over looks as before.
    taken_over(Emulator::ministack().await, &["user_pool", "lambdas.hello"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_console_made_is_taken_over_without_a_loss_on_moto() {
    taken_over(Emulator::moto().await, &["user_pool", "lambdas.hello", "http_api"]).await;
}

async fn taken_over(emulator: Emulator, addresses: &[&'static str]) {
    let world = World::new(emulator).await;
    let has_api = addresses.contains(&"http_api");
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    let by_hand = click(&url).await;
    let mut file = FILE.replace("ROLE", &by_hand.role);
    if !has_api {
        file =
            file.lines().filter(|line| !line.contains("http_api")).collect::<Vec<_>>().join("\n");
    }
    world.write(&file);
    let before = world.inventory().await;

    // Nobody's resources of the wanted names are refused, with the way to take them over.
    let refused = world.run(&["apply", "--yes"]).await.exits(4);
    for address in addresses {
        let way = format!("`--adopt '{address}'` takes it over");
        assert!(refused.stderr.contains(&way), "{address}: {}", refused.stderr);
    }

    // Wiring that the file does not declare would go: refused, with what to paste.
    let client = format!("user_pool.app_clients.web={}", by_hand.client);
    let adopt = addresses.iter().copied().chain([client.as_str()]);
    let adopt: Vec<&str> = adopt.flat_map(|address| ["--adopt", address]).collect();
    let with = |command: &[&'static str]| [command.to_vec(), adopt.clone()].concat();
    let refused = world.run(&with(&["apply", "--yes"])).await.exits(4);
    assert!(!refused.stderr.contains("hunter2"), "{}", refused.stderr);
    let roots = addresses.iter().map(|address| address.split('.').next().unwrap());
    let blocks: Vec<String> = roots.map(|root| pasted(&refused.stderr, root)).collect();
    assert!(blocks[0].contains(&format!("post_confirmation: {}", by_hand.function)), "{blocks:?}");
    assert!(blocks[1].contains("TABLE: ${env.TABLE}"), "{blocks:?}");
    assert!(!has_api || blocks[2].contains("ANY /hello"), "{blocks:?}");
    assert_eq!(world.inventory().await, before, "nothing was written");

    let blocks: Vec<String> =
        blocks.iter().map(|block| block.replace("env.TABLE", "env.TOKEN_SECRET")).collect();
    paste(&world, &file, &blocks);
    let planned = world.run(&with(&["plan", "--format", "json"])).await.exits(0);
    let planned: Value = serde_json::from_str(&planned.stdout).unwrap();
    let actions: Vec<&str> = planned["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["action"] != "update")
        .map(|step| step["address"].as_str().unwrap())
        .filter(|address| !address.contains("permissions") && !address.ends_with("log_group"))
        .collect();
    assert_eq!(actions, Vec::<&str>::new(), "what is there is changed, not made anew");
    let done = world.run(&with(&["apply", "--yes"])).await;
    let failed = done.stderr.lines().filter(|line| line.starts_with("failed ")).collect::<Vec<_>>();
    // moto cannot tag stages.
    let stage = "failed update http_api.stages[\"$default\"]: TagResource";
    assert!(failed.iter().all(|line| has_api && line.starts_with(stage)), "{failed:?}");

    // From now on it is the stack's, and what the file does not mention is as it was.
    let plan = world.plan().await;
    let open = plan["changes"].as_array().unwrap().iter();
    let open: Vec<&str> = open.map(|step| step["address"].as_str().unwrap()).collect();
    let gap: &[&str] = if has_api { &["http_api.stages[\"$default\"]"] } else { &[] };
    assert_eq!(open, gap);
    let client = aws_sdk_cognitoidentityprovider::Client::new(&inventory::config(&url));
    let describe = client.describe_user_pool().user_pool_id(&by_hand.pool).send().await.unwrap();
    let pool = describe.user_pool.unwrap();
    assert_eq!(pool.auto_verified_attributes(), [cognito::VerifiedAttributeType::Email]);
    assert_eq!(pool.user_pool_tags().unwrap()["owner"], "somebody");
    assert!(pool.lambda_config().unwrap().post_confirmation().is_some());
    let policy = pool.policies().unwrap().password_policy().unwrap();
    assert_eq!(policy.minimum_length(), Some(10));
    client.admin_get_user().user_pool_id(&by_hand.pool).username("ann").send().await.unwrap();
    let describe = client.describe_user_pool_client().user_pool_id(&by_hand.pool);
    let web = describe.client_id(&by_hand.client).send().await.unwrap().user_pool_client.unwrap();
    assert_eq!(web.client_name(), Some("My web app"));
    assert_eq!(web.access_token_validity(), Some(45));
    assert_eq!(web.callback_urls(), ["https://app.example.com/cb"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_another_stacks_is_never_taken_over_and_a_second_one_can_be_made() {
    let world = World::new(Emulator::ministack().await).await;
    world.write("stack: one\nregion: us-east-1\nexpires: 8h\nuser_pool: { name: shared }\n");
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    world.write("stack: two\nregion: us-east-1\nexpires: 8h\nuser_pool: { name: shared }\n");
    let refused = world.run(&["apply", "--yes", "--adopt", "user_pool"]).await.exits(4);
    assert!(refused.stderr.contains("belongs to the stack `one`"), "{}", refused.stderr);
    assert!(refused.stderr.contains("cannot be taken over"), "{}", refused.stderr);
    let _ = world.run(&["apply", "--yes", "--beside"]).await.exits(0);
    let again = world.run(&["apply", "--yes"]).await.exits(0);
    assert!(again.stdout.contains("No changes"), "{}", again.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebody_elses_is_used_and_never_touched() {
    let world = World::new(Emulator::ministack().await).await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    let by_hand = click(&url).await;
    let before = world.inventory().await;
    world.write(&format!(
        "stack: user\nregion: us-east-1\nuser_pool: {{ existing: {} }}\nlambdas:\n  theirs: \
         {{ existing: {} }}\nhttp_api:\n  name: mine\n  authorizers: {{ pool: {{ jwt: {{ \
         audience: [{}] }} }} }}\n  routes: {{ GET /x: {{ lambda: theirs, authorizer: pool }} }}\n\
         outputs: {{ pool: \"${{user_pool.id}}\", url: \"${{http_api.url}}\" }}\n",
        by_hand.pool, by_hand.function, by_hand.client
    ));
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    let writes = world.proxy.take_writes();
    let theirs = |write: &&String| write.contains("cognito") || write.contains("functions/hello");
    assert!(!writes.iter().any(|write| theirs(&write)), "{writes:?}");
    let again = world.run(&["apply", "--yes"]).await.exits(0);
    assert!(again.stdout.contains("No changes"), "{}", again.stdout);
    let outputs = world.run(&["outputs", "--format", "json"]).await.exits(0);
    assert!(outputs.stdout.contains(&by_hand.pool), "{}", outputs.stdout);
    let _ = world.run(&["destroy", "--yes"]).await.exits(0);
    assert_eq!(world.inventory().await, before);

    world.write("stack: user\nregion: us-east-1\nuser_pool: { existing: us-east-1_nothere00 }\n");
    let refused = world.run(&["plan"]).await.exits(4);
    assert!(refused.stderr.contains("there is no `us-east-1_nothere00`"), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_key_keeps_its_client_and_its_function() {
    let world = World::new(Emulator::ministack().await).await;
    let file = "stack: renamed\nregion: us-east-1\nexpires: 8h\nuser_pool:\n  app_clients: { web: {} }\n\
                lambdas:\n  fn: { runtime: python3.13, handler: generate_token.lambda_handler, \
                code: code/generate_token }\noutputs: { client: \"${user_pool.app_clients.web.id}\", \
                fn: \"${lambdas.fn.arn}\" }\n";
    world.write(file);
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    let before = world.run(&["outputs", "--format", "json"]).await.exits(0).stdout;
    let renamed = file
        .replace("web: {}", "site: { was: web }")
        .replace("app_clients.web", "app_clients.site")
        .replace("  fn: {", "  token: { was: fn,")
        .replace("lambdas.fn", "lambdas.token");
    world.write(&renamed);
    let plan = world.plan().await;
    let actions: Vec<&str> =
        plan["changes"].as_array().unwrap().iter().map(|s| s["action"].as_str().unwrap()).collect();
    assert!(!actions.is_empty() && actions.iter().all(|action| *action == "update"), "{plan:#}");
    let _ = world.run(&["apply", "--yes"]).await.exits(0);
    let after = world.run(&["outputs", "--format", "json"]).await.exits(0).stdout;
    assert_eq!(after, before);
    let again = world.run(&["apply", "--yes"]).await.exits(0);
    assert!(again.stdout.contains("No changes"), "{}", again.stdout);
    // The client's name changed with the key, and the ledger with it: the word can go.
    world.write(&renamed.replace("{ was: web }", "{}"));
    assert_eq!(world.plan().await["changes"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_made_by_hand_is_taken_over_with_its_policies() {
    let world = World::new(Emulator::ministack().await).await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    let _ = click(&url).await;
    let iam = aws_sdk_iam::Client::new(&inventory::config(&url));
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ses:SendEmail","Resource":"*"}]}"#;
    let put = iam.put_role_policy().role_name("hello-role-abc12345").policy_name("mail");
    put.policy_document(policy).send().await.unwrap();
    let file = "stack: adopted\nregion: us-east-1\nlambdas:\n  hello:\n    name: hello\n    role_name: \
                hello-role-abc12345\n    runtime: python3.13\n    handler: \
                generate_token.lambda_handler\n    code: code/generate_token\n    environment: { TABLE: \
                people }\n";
    world.write(file);
    let adopt = ["apply", "--yes", "--adopt", "lambdas.hello", "--adopt", "lambdas.hello.role"];
    let refused = world.run(&adopt).await.exits(4);
    assert!(refused.stderr.contains("Action: ses:SendEmail"), "{}", refused.stderr);
    paste(&world, file, &[pasted(&refused.stderr, "lambdas")]);
    let _ = world.run(&adopt).await.exits(0);
    let again = world.run(&["apply", "--yes"]).await.exits(0);
    assert!(again.stdout.contains("No changes"), "{}", again.stdout);
    let policies = iam.list_role_policies().role_name("hello-role-abc12345").send().await.unwrap();
    assert_eq!(policies.policy_names(), ["mail", "provision-basics"]);
}
