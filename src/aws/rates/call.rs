//! Which operation a request is, and what it writes to.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

/// How many writes to one HTTP API may be on their way: AWS refuses more ("Unable to complete operation
/// due to concurrent modification").
const OF_AN_API: usize = 4;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The service's name in signatures; empty where its rates are nobody's business.
    pub service: &'static str,
    /// The operation, as `CreateUserPoolClient`; where the path has to say it, only those that matter.
    pub operation: String,
    /// What it is about: the id of a pool or an API, the name of a function or a role.
    pub parent: String,
    /// Whether it changes something.
    pub writes: bool,
}

/// The services that name the operation in a header, by the beginning of its value.
const BY_TARGET: &[(&str, &str)] = &[
    ("AWSCognitoIdentityProviderService.", "cognito-idp"),
    ("Logs_20140328.", "logs"),
    ("AmazonSSM.", "ssm"),
    ("ResourceGroupsTaggingAPI_20170126.", "tagging"),
];

impl Call {
    /// Takes a request apart.
    pub fn of(request: &HttpRequest) -> Self {
        if let Some(target) = request.headers().get("x-amz-target") {
            return Self::of_target(target, request.body().bytes());
        }
        let path = request.uri();
        let path = path
            .split_once("://")
            .map_or(path, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        let path = path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            ["v2", rest @ ..] => Self::of_api(request.method(), rest),
            [version, "functions", rest @ ..] if is_date(version) => {
                Self::of_function(request.method(), rest)
            }
            [version, ..] if is_date(version) => Self::named("lambda", "Other", ""),
            [""] | [] => Self::of_form(request.body().bytes()),
            _ => Self::named("", "", ""),
        }
    }

    fn named(service: &'static str, operation: &str, parent: &str) -> Self {
        let reads = ["Get", "List", "Describe", "AdminGet", "AdminList"];
        Self {
            service,
            operation: operation.to_owned(),
            parent: parent.to_owned(),
            writes: !reads.iter().any(|read| operation.starts_with(read)),
        }
    }

    fn of_target(target: &str, body: Option<&[u8]>) -> Self {
        let known = BY_TARGET.iter().find_map(|(beginning, service)| {
            target.strip_prefix(beginning).map(|operation| (*service, operation))
        });
        let Some((service, operation)) = known else { return Self::named("", target, "") };
        // Bodies of the others are not looked at: their quotas are of the whole account.
        let body = body.filter(|_| service == "cognito-idp");
        let body = body.and_then(|body| serde_json::from_slice::<Value>(body).ok());
        let pool = body.as_ref().and_then(|body| body["UserPoolId"].as_str());
        Self::named(service, operation, pool.unwrap_or_default())
    }

    fn of_api(method: &str, path: &[&str]) -> Self {
        let api = match path {
            ["apis", api, ..] => api,
            _ => "",
        };
        let operation = if method == "GET" { "Get" } else { "Write" };
        Self::named("apigateway", operation, api)
    }

    fn of_function(method: &str, path: &[&str]) -> Self {
        let (name, operation) = match (method, path) {
            ("GET", [name]) => (*name, "GetFunction"),
            ("GET", [name, "policy"]) => (*name, "GetPolicy"),
            ("GET", [name, ..]) => (*name, "GetOther"),
            ("POST", [name, "policy"]) => (*name, "AddPermission"),
            ("DELETE", [name, "policy", ..]) => (*name, "RemovePermission"),
            ("PUT", [name, "code"]) => (*name, "UpdateFunctionCode"),
            (_, [name, ..]) => (*name, "Other"),
            (_, []) => ("", "CreateFunction"),
        };
        Self::named("lambda", operation, name)
    }

    fn of_form(body: Option<&[u8]>) -> Self {
        let body = String::from_utf8_lossy(body.unwrap_or_default());
        let field = |name: &str| {
            let mut fields = body.split('&').filter_map(|field| field.split_once('='));
            fields.find(|(key, _)| *key == name).map_or("", |(_, value)| value).to_owned()
        };
        let service = match field("Version").as_str() {
            "2010-05-08" => "iam",
            "2011-06-15" => "sts",
            _ => "",
        };
        Self::named(service, &field("Action"), &field("RoleName"))
    }

    /// Whether AWS reads a function's code, from a bucket perhaps, before it answers.
    pub fn takes_code(&self) -> bool {
        matches!(self.operation.as_str(), "CreateFunction" | "UpdateFunctionCode")
    }

    /// What only so many may write to at a time, and how many.
    pub fn gate(&self) -> Option<(String, usize)> {
        if !self.writes || self.parent.is_empty() {
            return None;
        }
        let one_of = |names: &[&str]| names.contains(&self.operation.as_str());
        let width = match self.service {
            "apigateway" => OF_AN_API,
            "iam" => 1,
            "lambda" if one_of(&["AddPermission", "RemovePermission"]) => 1,
            "cognito-idp" if self.operation.ends_with("UserPoolClient") => 1,
            _ => return None,
        };
        Some((format!("{} {}", self.service, self.parent), width))
    }
}

/// Whether a part of a path is the version of Lambda's API, as `2015-03-31`.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn of(method: &str, uri: &str, target: Option<&str>, body: &str) -> Call {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method(method).unwrap();
        request.set_uri(uri).unwrap();
        if let Some(target) = target {
            request.headers_mut().insert("x-amz-target", target.to_owned());
        }
        Call::of(&request)
    }

    fn told(call: &Call) -> (&str, &str, &str) {
        (call.service, &call.operation, &call.parent)
    }

    #[test]
    fn a_request_is_told_by_its_header_its_form_or_its_path() {
        let target = "AWSCognitoIdentityProviderService.CreateGroup";
        let group = of("POST", "https://x/", Some(target), r#"{"UserPoolId":"us-east-1_a"}"#);
        assert_eq!(told(&group), ("cognito-idp", "CreateGroup", "us-east-1_a"));
        let form = "Action=CreateRole&Version=2010-05-08&RoleName=r";
        assert_eq!(told(&of("POST", "https://iam/", None, form)), ("iam", "CreateRole", "r"));
        let policy = of("GET", "http://h:1/2015-03-31/functions/f/policy?q=1", None, "");
        assert_eq!(told(&policy), ("lambda", "GetPolicy", "f"));
        let function = of("GET", "http://h:1/2015-03-31/functions/f", None, "");
        assert_eq!(told(&function), ("lambda", "GetFunction", "f"));
        let route = of("POST", "https://h/v2/apis/a/routes", None, "{}");
        assert_eq!(told(&route), ("apigateway", "Write", "a"));
        assert_eq!(told(&of("PUT", "https://h/bucket/key", None, "")), ("", "", ""));
    }

    #[test]
    fn only_what_collides_is_written_one_at_a_time() {
        let sdk = "AWSCognitoIdentityProviderService.";
        let gate = |operation: &str| {
            let target = format!("{sdk}{operation}");
            of("POST", "/", Some(&target), r#"{"UserPoolId":"p"}"#).gate()
        };
        assert_eq!(gate("UpdateUserPoolClient"), Some(("cognito-idp p".to_owned(), 1)));
        assert_eq!(gate("DescribeUserPoolClient"), None);
        assert_eq!(gate("CreateGroup"), None);
        let add = of("POST", "https://h/2015-03-31/functions/f/policy", None, "{}");
        assert_eq!(add.gate(), Some(("lambda f".to_owned(), 1)));
        let route = of("DELETE", "https://h/v2/apis/a/routes/r", None, "");
        assert_eq!(route.gate(), Some(("apigateway a".to_owned(), OF_AN_API)));
    }
}
