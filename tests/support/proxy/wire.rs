//! Requests as they come over the wire, and which operation of AWS each is.

use std::io;

use serde_json::{Map, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Seen;

/// A request that reached the proxy.
#[derive(Clone, Debug)]
pub struct Request {
    /// The service that it is signed for, as `cognito-idp`, `lambda`, `apigateway`, `iam`, `logs`.
    pub service: String,
    /// AWS's name of the operation; `POST /some/path` where the proxy has none for it.
    pub operation: String,
    /// Whether it changes something.
    pub writes: bool,
    /// Its members: the body's, for a form as texts; and those of the path, under AWS's names.
    pub members: Value,
    /// The how many-th it is since the interference began, from 1.
    pub n: usize,
    head: String,
    body: Vec<u8>,
}

/// The operations that are told by method and path. `{}` stands for any one part of the path, and
/// `{Name}` for one that is a member.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("CreateFunction", "POST", "/2015-03-31/functions"),
    ("ListFunctions", "GET", "/2015-03-31/functions"),
    ("GetFunction", "GET", "/2015-03-31/functions/{FunctionName}"),
    ("DeleteFunction", "DELETE", "/2015-03-31/functions/{FunctionName}"),
    ("UpdateFunctionCode", "PUT", "/2015-03-31/functions/{FunctionName}/code"),
    ("UpdateFunctionConfiguration", "PUT", "/2015-03-31/functions/{FunctionName}/configuration"),
    ("GetPolicy", "GET", "/2015-03-31/functions/{FunctionName}/policy"),
    ("AddPermission", "POST", "/2015-03-31/functions/{FunctionName}/policy"),
    ("RemovePermission", "DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}"),
    ("TagResource", "POST", "/2017-03-31/tags/{Resource}"),
    ("UntagResource", "DELETE", "/2017-03-31/tags/{Resource}"),
    ("ListTags", "GET", "/2017-03-31/tags/{Resource}"),
    ("PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{FunctionName}/concurrency"),
    ("DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency"),
    ("GetFunctionConcurrency", "GET", "/2019-09-30/functions/{FunctionName}/concurrency"),
    ("CreateFunctionUrlConfig", "POST", "/2021-10-31/functions/{FunctionName}/url"),
    ("GetFunctionUrlConfig", "GET", "/2021-10-31/functions/{FunctionName}/url"),
    ("UpdateFunctionUrlConfig", "PUT", "/2021-10-31/functions/{FunctionName}/url"),
    ("DeleteFunctionUrlConfig", "DELETE", "/2021-10-31/functions/{FunctionName}/url"),
    ("CreateApi", "POST", "/v2/apis"),
    ("GetApis", "GET", "/v2/apis"),
    ("GetApi", "GET", "/v2/apis/{ApiId}"),
    ("UpdateApi", "PATCH", "/v2/apis/{ApiId}"),
    ("DeleteApi", "DELETE", "/v2/apis/{ApiId}"),
    ("DeleteCorsConfiguration", "DELETE", "/v2/apis/{ApiId}/cors"),
    ("CreateRoute", "POST", "/v2/apis/{ApiId}/routes"),
    ("GetRoutes", "GET", "/v2/apis/{ApiId}/routes"),
    ("GetRoute", "GET", "/v2/apis/{ApiId}/routes/{RouteId}"),
    ("UpdateRoute", "PATCH", "/v2/apis/{ApiId}/routes/{RouteId}"),
    ("DeleteRoute", "DELETE", "/v2/apis/{ApiId}/routes/{RouteId}"),
    ("CreateIntegration", "POST", "/v2/apis/{ApiId}/integrations"),
    ("GetIntegrations", "GET", "/v2/apis/{ApiId}/integrations"),
    ("GetIntegration", "GET", "/v2/apis/{ApiId}/integrations/{IntegrationId}"),
    ("UpdateIntegration", "PATCH", "/v2/apis/{ApiId}/integrations/{IntegrationId}"),
    ("DeleteIntegration", "DELETE", "/v2/apis/{ApiId}/integrations/{IntegrationId}"),
    ("CreateAuthorizer", "POST", "/v2/apis/{ApiId}/authorizers"),
    ("GetAuthorizers", "GET", "/v2/apis/{ApiId}/authorizers"),
    ("GetAuthorizer", "GET", "/v2/apis/{ApiId}/authorizers/{AuthorizerId}"),
    ("UpdateAuthorizer", "PATCH", "/v2/apis/{ApiId}/authorizers/{AuthorizerId}"),
    ("DeleteAuthorizer", "DELETE", "/v2/apis/{ApiId}/authorizers/{AuthorizerId}"),
    ("CreateStage", "POST", "/v2/apis/{ApiId}/stages"),
    ("GetStages", "GET", "/v2/apis/{ApiId}/stages"),
    ("GetStage", "GET", "/v2/apis/{ApiId}/stages/{StageName}"),
    ("UpdateStage", "PATCH", "/v2/apis/{ApiId}/stages/{StageName}"),
    ("DeleteStage", "DELETE", "/v2/apis/{ApiId}/stages/{StageName}"),
    ("DeleteAccessLogSettings", "DELETE", "/v2/apis/{ApiId}/stages/{StageName}/accesslogsettings"),
    (
        "DeleteRouteSettings",
        "DELETE",
        "/v2/apis/{ApiId}/stages/{StageName}/routesettings/{RouteKey}",
    ),
    ("GetTags", "GET", "/v2/tags/{ResourceArn}"),
    ("TagResource", "POST", "/v2/tags/{ResourceArn}"),
    ("UntagResource", "DELETE", "/v2/tags/{ResourceArn}"),
];

/// How the names of operations begin that change nothing.
const READS: &[&str] = &["Get", "List", "Describe", "AdminGet", "AdminList"];

impl Request {
    /// What a test is told of it.
    pub fn seen(&self) -> Seen {
        let operation = match target(&self.head).is_some() || action(&self.body).is_some() {
            true => self.operation.clone(),
            false => {
                let (method, path) = line(&self.head);
                format!("{method} {path}")
            }
        };
        Seen { operation, writes: self.writes }
    }

    fn new(head: String, body: Vec<u8>) -> Self {
        let (method, path) = line(&head);
        let json = || serde_json::from_slice(&body).unwrap_or_else(|_| Value::Object(Map::new()));
        let (operation, members) = match (target(&head), action(&body)) {
            (Some(operation), _) => (Some(operation), json()),
            (None, Some((operation, members))) => (Some(operation), members),
            (None, None) => {
                let mut members = json();
                let named = OPERATIONS.iter().find_map(|(name, by, template)| {
                    let labels = (*by == method).then(|| labels(template, path))??;
                    Some(((*name).to_owned(), labels))
                });
                let (operation, labels) = named.unzip();
                if let Value::Object(members) = &mut members {
                    members.extend(labels.unwrap_or_default());
                }
                (operation, members)
            }
        };
        let writes = match (&operation, target(&head).is_some() || action(&body).is_some()) {
            (Some(operation), true) => !READS.iter().any(|read| operation.starts_with(read)),
            _ => method != "GET",
        };
        let operation = operation.unwrap_or_else(|| format!("{method} {path}"));
        Self { service: service(&head), operation, writes, members, n: 0, head, body }
    }
}

/// Method and path, without the query.
fn line(head: &str) -> (&str, &str) {
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    (method, path.split('?').next().unwrap_or_default())
}

fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim())
    })
}

/// The operation of JSON 1.1.
fn target(head: &str) -> Option<String> {
    header(head, "x-amz-target")?.rsplit('.').next().map(str::to_owned)
}

/// The operation of a form, and its members.
fn action(body: &[u8]) -> Option<(String, Value)> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.starts_with("Action="))?;
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let members: Map<String, Value> =
        pairs.map(|(name, value)| (decode(name), Value::from(decode(value)))).collect();
    Some((members.get("Action")?.as_str()?.to_owned(), Value::Object(members)))
}

/// The service in the scope of the signature.
fn service(head: &str) -> String {
    let scope = header(head, "authorization").and_then(|value| value.split("Credential=").nth(1));
    let service = scope.and_then(|scope| scope.split('/').nth(3));
    service.unwrap_or_default().to_owned()
}

/// The parts of a path that are members, where it is of this form.
fn labels(template: &str, path: &str) -> Option<Map<String, Value>> {
    let (parts, found): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.trim_end_matches('/').split('/').collect());
    if parts.len() != found.len() {
        return None;
    }
    let mut labels = Map::new();
    for (part, found) in parts.into_iter().zip(found) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => {
                let value = percent_encoding::percent_decode_str(found).decode_utf8_lossy();
                labels.insert(name.to_owned(), Value::from(value.into_owned()));
            }
            None if part == found => {}
            None => return None,
        }
    }
    Some(labels)
}

/// Reads one request; none where the client went away.
pub async fn read(client: &mut TcpStream) -> io::Result<Option<Request>> {
    let mut read = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let (end, length) = loop {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            return Ok(None);
        }
        read.extend_from_slice(&buffer[..count]);
        if let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]);
            let length = header(&head, "content-length").and_then(|n| n.parse().ok());
            break (end, length.unwrap_or(0));
        }
    };
    while read.len() < end + 4 + length {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            return Ok(None);
        }
        read.extend_from_slice(&buffer[..count]);
    }
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    Ok(Some(Request::new(head, read.split_off(end + 4))))
}

/// Passes a request on; the whole answer.
pub async fn forward(request: &Request, upstream: u16) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(("127.0.0.1", upstream)).await?;
    let head = closing(&request.head);
    server.write_all(format!("{head}\r\n\r\n").as_bytes()).await?;
    server.write_all(&request.body).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    // The answer stands for itself, and the client must not wait for another on this connection.
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(answer.len());
    let (head, rest) = answer.split_at(end);
    let mut closed = closing(&String::from_utf8_lossy(head)).into_bytes();
    closed.extend_from_slice(rest);
    Ok(closed)
}

/// An answer that says one thing in place of another.
pub fn altered(answer: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let body = body.replace(from, to);
    let is_length = |line: &&str| line.to_lowercase().starts_with("content-length:");
    let kept: Vec<&str> = head.split("\r\n").filter(|line| !is_length(line)).collect();
    let length = body.len();
    format!("{}\r\nContent-Length: {length}\r\n\r\n{body}", kept.join("\r\n")).into_bytes()
}

/// A head that says that nothing comes after this on the connection.
fn closing(head: &str) -> String {
    let is_connection = |line: &&str| line.to_lowercase().starts_with("connection:");
    let kept: Vec<&str> = head.split("\r\n").filter(|line| !is_connection(line)).collect();
    format!("{}\r\nConnection: close", kept.join("\r\n").trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(head: &str, body: &str) -> Request {
        let signed = "authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/SERVICE/\
                      aws4_request, SignedHeaders=host, Signature=0";
        Request::new(format!("{head}\r\n{signed}"), body.as_bytes().to_vec())
    }

    #[test]
    fn an_operation_is_told_in_each_protocol_with_its_members() {
        let json = request(
            "POST / HTTP/1.1\r\nX-Amz-Target: AWSCognitoIdentityProviderService.DescribeUserPool",
            r#"{"UserPoolId":"p"}"#,
        );
        assert_eq!((json.operation.as_str(), json.writes), ("DescribeUserPool", false));
        assert_eq!((&json.members["UserPoolId"], json.service.as_str()), (&"p".into(), "SERVICE"));
        let form = request("POST / HTTP/1.1", "Action=CreateRole&Path=%2Fx%2F");
        assert_eq!((form.operation.as_str(), form.writes), ("CreateRole", true));
        assert_eq!(form.members["Path"], "/x/");
        let rest = request("PATCH /v2/apis/a1/routes/r1?x=y HTTP/1.1", r#"{"target":"t"}"#);
        assert_eq!((rest.operation.as_str(), rest.writes), ("UpdateRoute", true));
        assert_eq!(
            rest.members,
            serde_json::json!({"target": "t", "ApiId": "a1", "RouteId": "r1"})
        );
        assert_eq!(rest.seen().operation, "PATCH /v2/apis/a1/routes/r1");
    }
}
