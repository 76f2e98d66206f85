//! A proxy between the program and an emulator that notes every request.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One request that went through.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `CreateUserPool`, or `POST /v2/apis`.
    pub operation: String,
    /// Whether it changes something.
    pub writes: bool,
}

/// A running proxy; it ends with the runtime that it was started on.
pub struct Proxy {
    address: SocketAddr,
    notes: Arc<Notes>,
}

#[derive(Default)]
struct Notes {
    seen: Mutex<Vec<Seen>>,
    /// How many requests are on their way, and the most that ever were.
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Proxy {
    /// Starts one in front of `upstream`, a port on this machine.
    pub async fn start(upstream: u16) -> Self {
        Self::with_delay(upstream, Duration::ZERO).await
    }

    /// Starts one that holds each request for a while, as a distance does.
    pub async fn with_delay(upstream: u16, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let notes: Arc<Notes> = Arc::default();
        let all = notes.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let notes = all.clone();
                // A client that goes away in the middle is no fault of the test's.
                tokio::spawn(async move {
                    drop(pass(client, upstream, delay, &notes).await);
                });
            }
        });
        Self { address, notes }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What went through since the last call.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.notes.seen.lock().unwrap())
    }

    /// Whether something was changed since the last call of `take`.
    pub fn has_seen_a_write(&self) -> bool {
        self.notes.seen.lock().unwrap().iter().any(|seen| seen.writes)
    }

    /// The most requests that were on their way at one time.
    pub fn most_at_once(&self) -> usize {
        self.notes.most.load(Ordering::SeqCst)
    }

    /// The operations that changed something since the last call of `take`.
    pub fn take_writes(&self) -> Vec<String> {
        let writes = self.take().into_iter().filter(|seen| seen.writes);
        writes.map(|seen| seen.operation).collect()
    }
}

/// Passes one request and its answer; a connection serves one.
#[expect(clippy::disallowed_methods, reason = "a distance takes its time")]
async fn pass(
    mut client: TcpStream,
    upstream: u16,
    delay: Duration,
    notes: &Notes,
) -> io::Result<()> {
    let (head, body) = request(&mut client).await?;
    if head.is_empty() {
        return Ok(());
    }
    notes.seen.lock().unwrap().push(note(&head, &body));
    let now = notes.now.fetch_add(1, Ordering::SeqCst) + 1;
    notes.most.fetch_max(now, Ordering::SeqCst);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let answered = answer(&mut client, upstream, &head, &body).await;
    notes.now.fetch_sub(1, Ordering::SeqCst);
    answered
}

async fn answer(client: &mut TcpStream, upstream: u16, head: &str, body: &[u8]) -> io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", upstream)).await?;
    let is_connection = |line: &&str| line.to_lowercase().starts_with("connection:");
    let kept: Vec<&str> = head.split("\r\n").filter(|line| !is_connection(line)).collect();
    let head = format!("{}\r\nConnection: close\r\n\r\n", kept.join("\r\n").trim_end());
    server.write_all(head.as_bytes()).await?;
    server.write_all(body).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    // The answer stands for itself, and the client must not wait for another on this connection.
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(answer.len());
    let (head, rest) = answer.split_at(end);
    let head = String::from_utf8_lossy(head);
    let kept: Vec<&str> = head.split("\r\n").filter(|line| !is_connection(line)).collect();
    client.write_all(format!("{}\r\nConnection: close", kept.join("\r\n")).as_bytes()).await?;
    client.write_all(rest).await?;
    client.shutdown().await
}

/// Reads one request: its head without the empty line, and its body.
async fn request(client: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let (end, length) = loop {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            return Ok((String::new(), Vec::new()));
        }
        read.extend_from_slice(&buffer[..count]);
        if let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            break (end, length.and_then(|n| n.trim().parse().ok()).unwrap_or(0));
        }
    };
    while read.len() < end + 4 + length {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            break;
        }
        read.extend_from_slice(&buffer[..count]);
    }
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    Ok((head, read.split_off(end + 4)))
}

fn note(head: &str, body: &[u8]) -> Seen {
    let body = String::from_utf8_lossy(body);
    let first = head.lines().next().unwrap_or_default();
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let target = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("x-amz-target").then(|| value.trim().to_owned())
    });
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned);
    let named = target.and_then(|t| t.rsplit('.').next().map(str::to_owned)).or(action);
    match named {
        Some(operation) => {
            const READS: &[&str] = &["Get", "List", "Describe", "AdminGet", "AdminList"];
            let writes = !READS.iter().any(|read| operation.starts_with(read));
            Seen { operation, writes }
        }
        None => {
            let path = path.split('?').next().unwrap_or_default();
            Seen { operation: format!("{method} {path}"), writes: method != "GET" }
        }
    }
}
