//! Rules about how many and how large: files that are made, not written.

/// A rule, what breaks it by one, and what is the most.
pub fn cases() -> Vec<(&'static str, String, String)> {
    vec![
        ("too-many-attributes", attributes(51), attributes(50)),
        ("too-many-routes", routes(301), routes(300)),
        ("too-many-groups", groups(101), groups(100)),
        ("too-many-resource-servers", servers(26), servers(25)),
        ("too-many-scopes", scopes(101), scopes(100)),
        ("image-too-large", image(1_000_002), image(999_999)),
        ("too-many-authorizers", authorizers(11), authorizers(10)),
        ("too-many-stages", stages(11), stages(10)),
        ("too-many-stage-variables", variables(101), variables(100)),
        ("too-long", log_format(3_073), log_format(3_072)),
        ("too-many-tags", tags(30, 11), tags(30, 10)),
        ("environment-too-large", environment(4_096), environment(4_095)),
        ("policies-too-large", policies(10_241), policies(10_240)),
    ]
}

fn many(count: usize, entry: impl Fn(usize) -> String) -> String {
    (0..count).map(entry).collect::<Vec<_>>().join(", ")
}

fn attributes(count: usize) -> String {
    format!(
        "user_pool: {{ custom_attributes: {{ {} }} }}",
        many(count, |i| format!("a{i}: string"))
    )
}

fn routes(count: usize) -> String {
    let function = "\"arn:aws:lambda:us-east-1:123456789012:function:f\"";
    format!("http_api: {{ routes: {{ {} }} }}", many(count, |i| format!("GET /{i}: {function}")))
}

fn groups(count: usize) -> String {
    let all = many(count, |i| format!("g{i}: {{}}"));
    let names = many(count, |i| format!("g{i}"));
    format!("user_pool: {{ groups: {{ {all} }}, users: {{ ann: {{ groups: [{names}] }} }} }}")
}

fn servers(count: usize) -> String {
    format!("user_pool: {{ resource_servers: {{ {} }} }}", many(count, |i| format!("r{i}: {{}}")))
}

fn scopes(count: usize) -> String {
    let scopes = many(count, |i| format!("s{i}: reads"));
    format!("user_pool: {{ resource_servers: {{ a: {{ scopes: {{ {scopes} }} }} }} }}")
}

/// Three bytes are four characters of Base64.
fn image(bytes: usize) -> String {
    let image = "AAAA".repeat(bytes / 3);
    let asset =
        format!("{{ category: FORM_LOGO, color_mode: LIGHT, extension: PNG, bytes: {image} }}");
    let style = format!("managed_login_branding: {{ assets: [{asset}] }}");
    format!("user_pool: {{ app_clients: {{ web: {{ {style} }} }} }}")
}

fn authorizers(count: usize) -> String {
    let jwt = "{ jwt: { audience: [x], issuer: \"https://issuer.example\" } }";
    format!("http_api: {{ authorizers: {{ {} }} }}", many(count, |i| format!("a{i}: {jwt}")))
}

fn stages(count: usize) -> String {
    format!("http_api: {{ stages: {{ {} }} }}", many(count, |i| format!("s{i}: {{}}")))
}

fn variables(count: usize) -> String {
    let all = many(count, |i| format!("v{i}: x"));
    format!("http_api: {{ stages: {{ prod: {{ stage_variables: {{ {all} }} }} }} }}")
}

fn log_format(bytes: usize) -> String {
    let id = "$context.requestId";
    let format = format!("{id}{}", "x".repeat(bytes - id.len()));
    format!("http_api: {{ stages: {{ prod: {{ access_log_settings: {{ format: {format} }} }} }} }}")
}

/// So many of the stack and so many of its pool.
fn tags(stack: usize, pool: usize) -> String {
    let stack = many(stack, |i| format!("s{i}: x"));
    let pool = many(pool, |i| format!("p{i}: x"));
    format!("tags: {{ {stack} }}\nuser_pool: {{ user_pool_tags: {{ {pool} }} }}")
}

fn function(setting: &str) -> String {
    format!("lambdas: {{ fn: {{ runtime: python3.13, handler: a.b, code: x, {setting} }} }}")
}

/// A name of one letter less than its value is long, and one byte to spare.
fn environment(bytes: usize) -> String {
    function(&format!("environment: {{ AB: {} }}", "x".repeat(bytes - 1)))
}

fn policies(characters: usize) -> String {
    let policy = |id: &str| {
        format!(
            "{{\"Id\":\"{id}\",\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}}}"
        )
    };
    let id = "x".repeat(characters - policy("").len());
    function(&format!("inline_policies: {{ p: {} }}", policy(&id)))
}
