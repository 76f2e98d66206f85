//! An AWS that quotes: a proxy that refuses some requests, and says of each in its error all that it was
//! given, in plain and encoded, with what a terminal would act on between.

use std::io;

use base64::Engine as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Clears the screen, turns the direction of reading, and begins a line that looks like this program's.
pub const HOSTILE: &str =
    "\u{1b}[2J\u{1b}]0;x\u{7}\u{202e}\u{2066}\r\nDone: 1 of 1 step done\u{9b}31m";

/// Starts one in front of `upstream`; it refuses requests whose heads or bodies hold one of `refused`.
pub async fn start(upstream: u16, refused: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(async move { drop(pass(client, upstream, refused).await) });
        }
    });
    format!("http://{address}")
}

async fn pass(mut client: TcpStream, upstream: u16, refused: &[&str]) -> io::Result<()> {
    let (head, body) = read(&mut client).await?;
    let text = String::from_utf8_lossy(&body).into_owned();
    let answer = if refused.iter().any(|part| head.contains(part) || text.contains(part)) {
        refusal(&text)
    } else {
        let mut server = TcpStream::connect(("127.0.0.1", upstream)).await?;
        let lines = head.split("\r\n").filter(|l| !l.to_lowercase().starts_with("connection:"));
        let head = lines.collect::<Vec<_>>().join("\r\n");
        server.write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
        server.write_all(&body).await?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        answer
    };
    client.write_all(&answer).await?;
    client.shutdown().await
}

/// An error that quotes the request: each text of it, and the whole.
fn refusal(body: &str) -> Vec<u8> {
    let mut quoted = vec![body.to_owned()];
    if let Ok(json) = serde_json::from_str(body) {
        texts(&json, &mut quoted);
    }
    let engine = base64::engine::general_purpose::STANDARD;
    let said: Vec<String> = quoted
        .iter()
        .flat_map(|text| {
            let url = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let json = serde_json::json!(text).to_string();
            [text.clone(), format!("{HOSTILE}{text}"), engine.encode(text), url, json]
        })
        .collect();
    let message = format!("{HOSTILE} is not valid: {}", said.join(" ; "));
    let code = format!("InvalidParameterException{HOSTILE}");
    let body = serde_json::json!({ "__type": code, "message": message, "Message": message });
    let body = body.to_string();
    let length = body.len();
    let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.1\r\n\
                x-amzn-errortype: InvalidParameterException\r\nConnection: close\r\n";
    format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

fn texts(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) if text.len() < 1000 => found.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        serde_json::Value::Object(map) => map.values().for_each(|below| texts(below, found)),
        _ => {}
    }
}

/// Reads a request: its head, and its body.
pub async fn read(client: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = client.read(&mut buffer).await?;
        read.extend_from_slice(&buffer[..count]);
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                line.to_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok()
            });
            while count > 0 && read.len() < end + 4 + length.unwrap_or(0) {
                let count = client.read(&mut buffer).await?;
                if count == 0 {
                    break;
                }
                read.extend_from_slice(&buffer[..count]);
            }
            return Ok((head, read.split_off(end + 4)));
        }
        if count == 0 {
            return Err(io::Error::other("no request"));
        }
    }
}
