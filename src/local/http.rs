//! The two requests that are put to MiniStack itself.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{LocalError, VERSION};

const HEALTH_DEADLINE: Duration = Duration::from_secs(5);
const RESET_DEADLINE: Duration = Duration::from_secs(60);

/// The part of the answer that says who answers.
#[derive(Deserialize)]
struct Health {
    version: String,
    auth: String,
    /// Free text that MiniStack takes from `MINISTACK_EDITION`: the label.
    edition: String,
}

/// Returns whether the MiniStack with that label answers on the port.
pub(super) async fn answers(port: u16, label: &str) -> bool {
    let Ok((200, body)) = request(port, "GET", "/_ministack/health", HEALTH_DEADLINE).await else {
        return false;
    };
    serde_json::from_slice::<Health>(&body).is_ok_and(|health| {
        health.version == VERSION && health.auth == "enabled" && health.edition == label
    })
}

/// Empties the MiniStack on the port.
pub(super) async fn reset(port: u16) -> Result<(), LocalError> {
    let failed = |source| LocalError::Request { port, action: "reset", source };
    match request(port, "POST", "/_ministack/reset", RESET_DEADLINE).await.map_err(failed)? {
        (200, _) => Ok(()),
        (status, _) => Err(failed(io::Error::other(format!("it answered HTTP status {status}")))),
    }
}

/// Sends a request without a body; returns the answer's status and body.
///
/// HTTP/1.0, so that the answer is neither chunked nor followed by another.
async fn request(
    port: u16,
    method: &str,
    path: &str,
    at_most: Duration,
) -> io::Result<(u16, Vec<u8>)> {
    let exchange = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        io::Result::Ok(answer)
    };
    let answer = timeout(at_most, exchange).await.map_err(io::Error::from)??;
    split(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer"))
}

/// Takes an answer apart: the status, and what follows the empty line.
fn split(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let head_end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..head_end]).ok()?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer[head_end + 4..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn an_answer_is_taken_apart() {
        let answer = b"HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(split(answer), Some((200, b"{}".to_vec())));
        assert_eq!(split(b"HTTP/1.0 503 Service Unavailable\r\n\r\n"), Some((503, Vec::new())));
        assert_eq!(split(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), None);
        assert_eq!(split(b""), None);
    }
}
