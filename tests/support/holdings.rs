//! Everything that an emulator holds, in full, with names in place of ids: two runs that end alike
//! have equal holdings.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{http, inventory};

/// Members that differ from run to run and say nothing.
const VOLATILE: &[&str] = &[
    "ClientSecret",
    "Code",
    "CreatedDate",
    "CreationDate",
    "LastModified",
    "LastModifiedDate",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
    "RevisionId",
    "State",
    "StateReason",
    "StateReasonCode",
    "UserCreateDate",
    "UserLastModifiedDate",
    "apiEndpoint",
    "createdDate",
    "creationTime",
    "deploymentId",
    "lastUpdatedDate",
    "provision:expires",
    "storedBytes",
];

/// What a stack can leave behind, one thing each: what it is, then all that it is.
pub type Holdings = BTreeMap<String, Value>;

/// An emulator that is being read.
struct Reader {
    url: String,
    found: Vec<(String, Value)>,
    /// The name of what has an id.
    names: BTreeMap<String, String>,
}

/// Reads it all; `prefixes` are the domains that may be there.
pub async fn read(port: u16, prefixes: &[String]) -> Holdings {
    let url = format!("http://127.0.0.1:{port}");
    let mut reader = Reader { url, found: Vec::new(), names: BTreeMap::new() };
    reader.pools(prefixes).await;
    reader.functions().await;
    reader.roles().await;
    reader.apis().await;
    reader.logs().await;
    reader.parameters().await;
    let Reader { found, names, .. } = reader;
    let mut all = Holdings::new();
    for (what, value) in found {
        let what = named(&what, &names);
        let value = plain(value, &names);
        // Two of one name are two.
        let mut name = what.clone();
        while all.contains_key(&name) {
            name.push_str(" again");
        }
        all.insert(name, value);
    }
    all
}

impl Reader {
    async fn ask(
        &self,
        service: &str,
        method: &str,
        path: &str,
        target: &str,
        body: &str,
    ) -> Value {
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=0"
        );
        let headers = [
            ("authorization", signed.as_str()),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target),
        ];
        let headers = if target.is_empty() { &headers[..1] } else { &headers[..] };
        let answer = http::send(method, &format!("{}{path}", self.url), headers, body).await;
        // What is not there, and what the emulator lacks.
        if answer.status == 200 { answer.json() } else { Value::Null }
    }

    async fn json(&self, service: &str, operation: &str, members: Value) -> Value {
        let prefix = match service {
            "cognito-idp" => "AWSCognitoIdentityProviderService",
            "logs" => "Logs_20140328",
            _ => "AmazonSSM",
        };
        let target = format!("{prefix}.{operation}");
        self.ask(service, "POST", "/", &target, &members.to_string()).await
    }

    async fn get(&self, service: &str, path: &str) -> Value {
        self.ask(service, "GET", path, "", "").await
    }

    fn hold(&mut self, what: String, value: Value) {
        self.found.push((what, value));
    }

    fn name(&mut self, id: &Value, name: String) {
        if let Some(id) = id.as_str() {
            self.names.insert(id.to_owned(), name);
        }
    }

    async fn pools(&mut self, prefixes: &[String]) {
        let listed = self.json("cognito-idp", "ListUserPools", json!({ "MaxResults": 60 })).await;
        for pool in list(&listed["UserPools"]) {
            let id = pool["Id"].clone();
            self.name(&id, format!("<pool {}>", text(&pool["Name"])));
            self.pool(&id, text(&pool["Name"])).await;
        }
        for domain in prefixes {
            let asked = json!({ "Domain": domain });
            let found = self.json("cognito-idp", "DescribeUserPoolDomain", asked).await;
            let pool = found["DomainDescription"]["UserPoolId"].clone();
            if pool.is_string() {
                self.hold(format!("domain {domain}"), json!({ "pool": pool }));
            }
        }
    }

    async fn pool(&mut self, id: &Value, name: &str) {
        let asked = json!({ "UserPoolId": id });
        let all = json!({ "UserPoolId": id, "MaxResults": 50 });
        let cognito = "cognito-idp";
        let mut children = BTreeMap::new();
        let clients = self.json(cognito, "ListUserPoolClients", all.clone()).await;
        for client in list(&clients["UserPoolClients"]) {
            let (id, name) = (client["ClientId"].clone(), text(&client["ClientName"]).to_owned());
            children.insert(('c', hash(text(&id), 5)), format!("client {name}"));
            self.name(&id, format!("<client {name}>"));
            let asked = json!({ "UserPoolId": client["UserPoolId"], "ClientId": id });
            let client = self.json(cognito, "DescribeUserPoolClient", asked).await;
            self.hold(format!("client {name}"), client);
        }
        for group in list(&self.json(cognito, "ListGroups", asked.clone()).await["Groups"]) {
            let name = text(&group["GroupName"]);
            children.insert(('g', hash(name, 5)), format!("group {name}"));
            self.hold(format!("group {name}"), group.clone());
        }
        for user in list(&self.json(cognito, "ListUsers", asked.clone()).await["Users"]) {
            let name = text(&user["Username"]);
            let attributes = list(&user["Attributes"]);
            let sub = attributes.iter().find(|attribute| attribute["Name"] == "sub");
            let sub = sub.map(|sub| sub["Value"].clone()).unwrap_or_default();
            self.name(&sub, format!("<user {name}>"));
            let asked = json!({ "UserPoolId": id, "Username": name });
            let groups = self.json(cognito, "AdminListGroupsForUser", asked).await;
            let groups: Vec<Value> =
                list(&groups["Groups"]).iter().map(|group| group["GroupName"].clone()).collect();
            self.hold(format!("user {name}"), json!({ "user": user, "groups": groups }));
        }
        let servers = self.json(cognito, "ListResourceServers", all).await;
        for server in list(&servers["ResourceServers"]) {
            let identifier = text(&server["Identifier"]);
            children.insert(('r', hash(identifier, 5)), format!("resource server {identifier}"));
            self.hold(format!("resource server {identifier}"), server.clone());
        }
        let mut pool = self.json(cognito, "DescribeUserPool", asked.clone()).await;
        let pool = &mut pool["UserPool"];
        for attribute in list(&pool["SchemaAttributes"]) {
            if let Some(name) = text(&attribute["Name"]).strip_prefix("custom:") {
                children.insert(('a', hash(name, 5)), format!("attribute {name}"));
            }
        }
        for domain in ["Domain", "CustomDomain"].map(|member| text(&pool[member]).to_owned()) {
            children.insert(('d', hash(&domain, 5)), format!("domain {domain}"));
        }
        let ledger = ledger(&mut pool["UserPoolTags"], &children);
        let mfa = self.json(cognito, "GetUserPoolMfaConfig", asked).await;
        let pool = json!({ "pool": pool, "ledger": ledger, "mfa": mfa });
        self.hold(format!("pool {name}"), pool);
    }

    async fn functions(&mut self) {
        let listed = self.get("lambda", "/2015-03-31/functions").await;
        for function in list(&listed["Functions"]) {
            let name = text(&function["FunctionName"]);
            let path = format!("/2015-03-31/functions/{name}");
            let mut all = self.get("lambda", &path).await;
            let policy = self.get("lambda", &format!("{path}/policy")).await;
            all["Policy"] = serde_json::from_str(text(&policy["Policy"])).unwrap_or_default();
            self.hold(format!("function {name}"), all);
        }
    }

    async fn roles(&mut self) {
        let iam = aws_sdk_iam::Client::new(&inventory::config(&self.url));
        let listed = iam.list_roles().path_prefix("/provision/").send().await.unwrap();
        for role in listed.roles {
            let name = role.role_name();
            let got = iam.get_role().role_name(name).send().await.unwrap().role.unwrap();
            let tags: BTreeMap<&str, &str> =
                got.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            let mut policies = Map::new();
            let named = iam.list_role_policies().role_name(name).send().await.unwrap();
            for policy in named.policy_names {
                let get = iam.get_role_policy().role_name(name).policy_name(&policy);
                policies.insert(policy, document(&get.send().await.unwrap().policy_document));
            }
            let attached = iam.list_attached_role_policies().role_name(name).send().await.unwrap();
            let attached: BTreeSet<&str> =
                attached.attached_policies().iter().filter_map(|p| p.policy_arn()).collect();
            let trust = document(got.assume_role_policy_document().unwrap_or_default());
            let value = json!({
                "arn": got.arn(),
                "tags": tags,
                "trust": trust,
                "policies": policies,
                "attached": attached,
                "session": got.max_session_duration(),
                "boundary": got.permissions_boundary().and_then(|b| b.permissions_boundary_arn()),
            });
            self.hold(format!("role {name}"), value);
        }
    }

    async fn apis(&mut self) {
        let listed = self.get("apigateway", "/v2/apis").await;
        for api in list(&listed["items"]) {
            let (id, name) = (text(&api["apiId"]).to_owned(), text(&api["name"]));
            self.name(&api["apiId"], format!("<api {name}>"));
            self.hold(format!("api {name}"), api.clone());
            for (part, id_of, name_of) in [
                ("authorizers", "authorizerId", "name"),
                ("integrations", "integrationId", "integrationUri"),
                ("routes", "routeId", "routeKey"),
                ("stages", "", "stageName"),
            ] {
                let parts = self.get("apigateway", &format!("/v2/apis/{id}/{part}")).await;
                for one in list(&parts["items"]) {
                    let label = format!("{part} of {name}: {}", text(&one[name_of]));
                    self.name(&one[id_of], format!("<{label}>"));
                    self.hold(label, one.clone());
                }
            }
        }
    }

    async fn logs(&mut self) {
        let listed = self.json("logs", "DescribeLogGroups", json!({})).await;
        for group in list(&listed["logGroups"]) {
            let arn = text(&group["arn"]).trim_end_matches(":*");
            let asked = json!({ "resourceArn": arn });
            let tags = self.json("logs", "ListTagsForResource", asked).await;
            let value = json!({ "group": group, "tags": tags["tags"] });
            self.hold(format!("log group {}", text(&group["logGroupName"])), value);
        }
    }

    /// The lock's parameter, of which what it says last counts.
    async fn parameters(&mut self) {
        let asked = json!({ "Path": "/", "Recursive": true });
        let listed = self.json("ssm", "GetParametersByPath", asked).await;
        for parameter in list(&listed["Parameters"]) {
            let value: Value = serde_json::from_str(text(&parameter["Value"])).unwrap_or_default();
            let record = json!({ "record": value["record"] });
            self.hold(format!("parameter {}", text(&parameter["Name"])), record);
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A policy as IAM gives it: percent-encoded.
fn document(text: &str) -> Value {
    let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The short hash of the ledger, once more: here it is the format that is held to.
fn hash(text: &str, length: usize) -> String {
    let letters: Vec<char> =
        ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '=']).collect();
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(length).map(|byte| letters[usize::from(byte % 64)]).collect()
}

/// Takes the ledger out of a pool's tags: of each entry the child that it is of.
fn ledger(tags: &mut Value, children: &BTreeMap<(char, String), String>) -> Value {
    let Value::Object(tags) = tags else { return Value::Null };
    let mut entries = BTreeSet::new();
    let values: Vec<String> = tags
        .iter()
        .filter(|(key, _)| key.starts_with("provision:ledger-"))
        .map(|(_, value)| text(value).to_owned())
        .collect();
    for chunk in values.iter().flat_map(|value| value.as_bytes().chunks(12)) {
        let entry = String::from_utf8_lossy(chunk);
        let (kind, id) = (entry.chars().next().unwrap_or(' '), entry.get(7..).unwrap_or_default());
        let child = children.get(&(kind, id.to_owned())).map_or("nothing that is there", |c| c);
        let child = if id == "-----" { "an intent" } else { child };
        entries.insert(format!("{}: {child}", entry.get(..7).unwrap_or_default()));
    }
    tags.retain(|key, _| !key.starts_with("provision:ledger-"));
    json!(entries)
}

fn named(text: &str, names: &BTreeMap<String, String>) -> String {
    names.iter().fold(text.to_owned(), |text, (id, name)| text.replace(id, name))
}

/// A value without what is volatile, with names for ids, in one order.
fn plain(value: Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(named(&text, names)),
        Value::Array(all) => {
            let mut all: Vec<Value> = all.into_iter().map(|value| plain(value, names)).collect();
            all.sort_by_key(ToString::to_string);
            Value::Array(all)
        }
        Value::Object(all) => {
            // An empty text is how API Gateway is told of none.
            let says = |value: &Value| !value.is_null() && *value != "";
            let all = all.into_iter().filter(|(_, value)| says(value));
            let all = all.filter(|(key, _)| !VOLATILE.contains(&key.as_str()));
            let all: BTreeMap<String, Value> = all
                .map(|(key, value)| match (key.as_str(), &value) {
                    // Its end is a hash of what the statement says, ids included.
                    ("Sid", Value::String(sid)) => {
                        let end = sid.rfind('-').unwrap_or(sid.len());
                        (key, json!(sid[..end]))
                    }
                    _ => (named(&key, names), plain(value, names)),
                })
                .collect();
            Value::Object(all.into_iter().collect())
        }
        other => other,
    }
}

/// What differs, a line each.
pub fn differences(expected: &Holdings, found: &Holdings) -> Vec<String> {
    let keys: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let mut lines = Vec::new();
    for key in keys {
        match (expected.get(key), found.get(key)) {
            (None, Some(_)) => lines.push(format!("there is also {key}")),
            (Some(_), None) => lines.push(format!("{key} is missing")),
            (Some(expected), Some(found)) => {
                differ(key, expected, found, &mut lines);
            }
            (None, None) => {}
        }
    }
    lines
}

fn differ(at: &str, expected: &Value, found: &Value, lines: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for key in keys {
                let of = |side: &Map<String, Value>| side.get(key).cloned().unwrap_or_default();
                differ(&format!("{at} / {key}"), &of(left), &of(right), lines);
            }
        }
        (left, right) if left != right => lines.push(format!("{at}: {left} became {right}")),
        _ => {}
    }
}
