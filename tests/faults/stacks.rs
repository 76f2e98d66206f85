//! The stacks that are broken off, and what each is changed to: something new, something changed and
//! something gone, of as many kinds as the stack has and the emulators can serve.

/// One stack file of the project, and the same changed.
#[derive(Debug)]
pub struct Case {
    /// Its file in `stacks/`.
    pub name: &'static str,
    /// What is laid over it.
    pub changes: &'static str,
    /// What of the changes can never be undone, and is laid over the file for the way back.
    pub stays: &'static str,
    /// What the change deletes that must be allowed by name.
    pub gone: &'static [&'static str],
    /// What the way back deletes that must be allowed by name.
    pub back: &'static [&'static str],
}

/// All that are broken off.
pub const CASES: &[Case] = &[
    Case {
        name: "stepup-mfa",
        changes: r#"
extends: stepup-mfa.yaml
user_pool:
  password_policy: { minimum_length: 11 }
  app_clients:
    web: { auth_session_validity: 5m }
    batch: { generate_secret: true, explicit_auth_flows: [ALLOW_REFRESH_TOKEN_AUTH] }
  groups: { ADMINS: { precedence: 1 } }
  triggers: { verify_auth_challenge_response: Verify }
lambdas:
  DefineAuthChallenge: { timeout: 7s, log_group: { retention_in_days: 14 } }
  CreateAuthChallenge:
    code: ../lambdas/stepup_mfa/DefineAuthChallenge.mjs
    handler: DefineAuthChallenge.handler
    environment: { STAGE: changed }
  VerifyAuthChallenge: null
  Verify:
    runtime: nodejs22.x
    handler: VerifyAuthChallenge.handler
    code: ../lambdas/stepup_mfa/VerifyAuthChallenge.mjs
    environment: { USER_POOL_ID: "${user_pool.id}" }
http_api:
  authorizers: { pool: { jwt: { audience: ["${user_pool.app_clients.batch.id}"] } } }
  routes: { POST /define: { lambda: DefineAuthChallenge, authorizer: pool } }
"#,
        stays: "",
        gone: &[],
        back: &["user_pool.app_clients.batch", "user_pool.groups.ADMINS", "http_api"],
    },
    Case {
        name: "db2-token",
        changes: r#"
extends: db2-token.yaml
user_pool:
  password_policy: { minimum_length: 12 }
  custom_attributes: { plan: { type: string, max_length: 32 } }
  app_clients:
    db2: { access_token_validity: 30m, read_attributes: [email, "custom:plan"] }
    batch: { generate_secret: true, auth_session_validity: 5m }
  groups: { SYSADM: null, READERS: { precedence: 2 }, WRITERS: {} }
  users:
    test1: { groups: [READERS] }
    test2: { email: test2@example.com, password: { env: TEST1_PASSWORD }, groups: [READERS, WRITERS] }
  resource_servers: { tokens: { identifier: "https://tokens.example.com", scopes: { read: Reads } } }
  triggers: { pre_token_generation: claims }
lambdas:
  generateToken:
    timeout: 20s
    memory_size: 256
    environment: { STAGE: changed }
    log_group: { retention_in_days: 14 }
    inline_policies:
      db2-lambda-cognito-policy: null
      sign-in:
        Statement: { Effect: Allow, Action: "cognito-idp:Admin*", Resource: "${user_pool.arn}" }
  claims:
    runtime: nodejs22.x
    handler: index.handler
    code: ../lambdas/add_claims
    environment: { USER_POOL_ID: "${user_pool.id}" }
http_api:
  routes: { GET /token: null, GET /tokens: generateToken, POST /claims: claims }
"#,
        stays: "user_pool: { custom_attributes: { plan: { type: string, max_length: 32 } } }",
        gone: &["user_pool.groups.SYSADM"],
        back: &[
            "user_pool.app_clients.batch",
            "user_pool.groups.READERS",
            "user_pool.groups.WRITERS",
            "user_pool.resource_servers[\"https://tokens.example.com\"]",
        ],
    },
    Case {
        name: "auth-service",
        changes: r#"
extends: auth-service.yaml
user_pool:
  mfa_configuration: OPTIONAL
  software_token_mfa_configuration: { enabled: true }
  verification_message_template: { email_subject: Your code }
  domain: auth-service-${account}
  app_clients:
    service: { refresh_token_validity: 7d }
    page: { generate_secret: false }
  groups: { ADMINS: {} }
lambdas:
  signup: { memory_size: 128, environment: { STAGE: changed } }
  signin:
    inline_policies:
      auth-service: null
      sign-in: { Statement: { Effect: Allow, Action: "cognito-idp:*", Resource: "*" } }
  verify: null
http_api:
  cors: { allow_origins: ["https://app.example.com"] }
  authorizers: { pool: { jwt: { audience: ["${user_pool.app_clients.page.id}"] } } }
  routes:
    POST /verify: null
    POST /signin: { lambda: signin, timeout: 12s }
    GET /me: { lambda: signup, authorizer: pool }
outputs: { verify_url: null }
"#,
        stays: "",
        gone: &[],
        back: &["user_pool.app_clients.page", "user_pool.groups.ADMINS", "user_pool.domain"],
    },
    Case {
        name: "email-code",
        changes: r#"
extends: email-code.yaml
vars: { code_seconds: 240 }
user_pool:
  auto_verified_attributes: [email, phone_number]
  custom_attributes: { level: { type: number } }
  domain: email-code-${account}
  app_clients:
    web: { auth_session_validity: 4m, write_attributes: [email, "custom:authChallenge", "custom:level"] }
    other: { prevent_user_existence_errors: ENABLED }
  groups: { ADMINS: { precedence: 1 }, USERS: {} }
  users: { test1: { groups: [USERS] } }
  triggers: { verify_auth_challenge_response: null, post_confirmation: welcome }
lambdas:
  2faDefine: { log_group: { retention_in_days: 30 }, memory_size: 256 }
  2faCreate:
    inline_policies:
      send-code: { Statement: { Effect: Allow, Action: "ses:SendEmail", Resource: "*" } }
  2faVerify: null
  welcome: { runtime: nodejs22.x, handler: index.handler, code: ../lambdas/add_claims }
"#,
        stays: "user_pool: { custom_attributes: { level: { type: number } } }",
        gone: &[],
        back: &[
            "user_pool.app_clients.other",
            "user_pool.groups.ADMINS",
            "user_pool.groups.USERS",
            "user_pool.domain",
        ],
    },
    Case {
        name: "secured-api",
        changes: r#"
extends: secured-api.yaml
user_pool:
  password_policy: { minimum_length: 9 }
  app_clients:
    demo: { callback_urls: ["https://example.com/back"] }
    mobile: { generate_secret: false }
  groups: { BUYERS: {} }
lambdas:
  DemoAppLambda: { timeout: 9s, environment: { POOL: "${user_pool.id}" } }
  second: { runtime: nodejs22.x, handler: index.handler, code: ../lambdas/add_claims }
http_api:
  description: Changed
  authorizers:
    pool: { jwt: { audience: ["${user_pool.app_clients.demo.id}", "${user_pool.app_clients.mobile.id}"] } }
    gate: { lambda: second, identity_source: ["$request.header.x-key"] }
  routes:
    GET /Transactions: { lambda: DemoAppLambda, authorizer: gate }
    POST /Transactions: { lambda: second, authorizer: pool, scopes: [email] }
    ANY /site: { http: "https://example.com/", timeout: 11s }
  stages: { demo: null, live: { description: Live } }
"#,
        stays: "",
        gone: &[],
        back: &["user_pool.app_clients.mobile", "user_pool.groups.BUYERS"],
    },
];
