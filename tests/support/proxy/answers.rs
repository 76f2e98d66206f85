//! Errors as AWS words them on the wire: a shape for each protocol.

use serde_json::json;

use super::Request;

/// An answer that the proxy gives itself.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, besides those of length and connection.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// It on the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let headers: String =
            self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (status, length) = (self.status, self.body.len());
        let head = format!(
            "HTTP/1.1 {status} x\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
        );
        [head.as_bytes(), &self.body].concat()
    }
}

/// An error of a service, in the shape of its protocol.
pub fn error(request: &Request, status: u16, code: &str, message: &str) -> Answer {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let id = header("x-amzn-requestid", "00000000-0000-4000-8000-000000000000");
    let xml = |root: &str, end: &str| {
        let message = message.replace('&', "&amp;").replace('<', "&lt;");
        let kind = if status < 500 { "Sender" } else { "Receiver" };
        let inner = format!("<Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message>");
        (header("content-type", "text/xml"), format!("{root}<Error>{inner}</Error>{end}"))
    };
    let (typed, body) = match request.service.as_str() {
        // The query protocol.
        "iam" | "sts" => xml("<ErrorResponse>", "<RequestId>r</RequestId></ErrorResponse>"),
        // REST with XML.
        "s3" => xml("", ""),
        // REST with JSON: the code is in a header.
        "lambda" | "apigateway" => {
            let kind = if status < 500 { "User" } else { "Service" };
            let body = match request.service.as_str() {
                "lambda" => json!({ "Type": kind, "message": message }),
                _ => json!({ "message": message }),
            };
            let headers = vec![
                header("content-type", "application/json"),
                header("x-amzn-errortype", code),
                id,
            ];
            return Answer { status, headers, body: body.to_string().into_bytes() };
        }
        // JSON 1.1.
        _ => {
            let body = json!({ "__type": code, "message": message });
            (header("content-type", "application/x-amz-json-1.1"), body.to_string())
        }
    };
    Answer { status, headers: vec![typed, id], body: body.into_bytes() }
}

/// What the service says to who asks too often.
pub fn throttled(request: &Request) -> Answer {
    let (status, code) = match request.service.as_str() {
        "cognito-idp" => (400, "TooManyRequestsException"),
        "lambda" | "apigateway" => (429, "TooManyRequestsException"),
        "iam" | "sts" => (400, "Throttling"),
        "tagging" => (400, "ThrottledException"),
        "s3" => (503, "SlowDown"),
        _ => (400, "ThrottlingException"),
    };
    error(request, status, code, "Rate exceeded")
}

/// What the service says when it failed itself.
pub fn internal(request: &Request) -> Answer {
    let code = match request.service.as_str() {
        "cognito-idp" => "InternalErrorException",
        "lambda" => "ServiceException",
        "iam" => "ServiceFailure",
        "ssm" => "InternalServerError",
        "tagging" => "InternalServiceException",
        _ => "InternalFailure",
    };
    error(request, 500, code, "Internal error")
}

/// What the service says when it cannot be had for now.
pub fn unavailable(request: &Request) -> Answer {
    let code = match request.service.as_str() {
        "iam" | "sts" | "s3" => "ServiceUnavailable",
        _ => "ServiceUnavailableException",
    };
    error(request, 503, code, "Service unavailable")
}

/// What the service says to credentials whose time is over.
pub fn expired(request: &Request) -> Answer {
    let (status, code) = match request.service.as_str() {
        "iam" | "sts" => (403, "ExpiredToken"),
        "s3" => (400, "ExpiredToken"),
        "lambda" | "apigateway" => (403, "ExpiredTokenException"),
        _ => (400, "ExpiredTokenException"),
    };
    error(request, status, code, "The security token included in the request is expired")
}
