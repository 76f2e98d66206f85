//! A plain HTTP client for what the stacks serve.

use base64::Engine;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// Gets a URL, with Basic credentials where there are some.
pub async fn get(url: &str, credentials: Option<(&str, &str)>) -> Answer {
    let authorization = credentials.map(|(user, password)| {
        let text = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        format!("Authorization: Basic {text}")
    });
    get_with(url, authorization.as_deref()).await
}

/// Gets a URL, with one header where there is one.
pub async fn get_with(url: &str, header: Option<&str>) -> Answer {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let header = header.map_or_else(String::new, |header| format!("{header}\r\n"));
    let request =
        format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n{header}Connection: close\r\n\r\n");
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Answer { status, body: body.to_owned() }
}
