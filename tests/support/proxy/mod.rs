//! A proxy between the program and an emulator: it notes every request, and interferes where a test
//! wants it to.
//!
//! Before a request is passed on, an [`Interference`] is asked what becomes of it. There are seeded
//! accidents and breaks at the n-th request (`faults`), and scripted answers (`script`).

pub mod answers;
pub mod faults;
pub mod rates;
pub mod script;
#[cfg(test)]
mod tests;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub use answers::Answer;
pub use wire::Request;

/// One request that reached the proxy.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `CreateUserPool`, or `POST /v2/apis`.
    pub operation: String,
    /// Whether it changes something.
    pub writes: bool,
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Verdict {
    /// It is passed on, and so is its answer.
    Pass,
    /// It gets this answer, and the emulator never sees it.
    Answer(Answer),
    /// The connection breaks, and the emulator never sees it.
    ResetBefore,
    /// It is passed on, and its answer says one thing in place of another.
    Alter(&'static str, &'static str),
    /// The emulator does it, and the connection breaks before the answer.
    LoseAfter,
    /// It gets no answer, ever, and the emulator never sees it.
    Hang,
    /// The program is killed ([`Proxy::aim_at`]); the emulator does it.
    Kill,
}

/// Decides what becomes of requests. Requests come at once: it is asked about one at a time, in the
/// order in which they are numbered.
pub trait Interference: Send + Sync {
    /// What becomes of this one.
    fn ask(&self, request: &Request) -> Verdict;

    /// It was answered, or its connection broke.
    fn ended(&self, _request: &Request) {}
}

/// Lets everything pass.
struct Nothing;

impl Interference for Nothing {
    fn ask(&self, _request: &Request) -> Verdict {
        Verdict::Pass
    }
}

/// A running proxy; it ends with the runtime that it was started on.
pub struct Proxy {
    address: SocketAddr,
    notes: Arc<Notes>,
}

struct Notes {
    upstream: u16,
    delay: Duration,
    seen: Mutex<Vec<Seen>>,
    /// What interferes, and how many requests it was asked about.
    interference: Mutex<(Arc<dyn Interference>, usize)>,
    victim: Mutex<Option<Pid>>,
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
        let notes = Arc::new(Notes {
            upstream,
            delay,
            seen: Mutex::default(),
            interference: Mutex::new((Arc::new(Nothing), 0)),
            victim: Mutex::default(),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let all = notes.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let notes = all.clone();
                // A client that goes away in the middle is no fault of the test's.
                tokio::spawn(async move { drop(serve(client, &notes).await) });
            }
        });
        Self { address, notes }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on this decides about every request; they are numbered from 1 again.
    pub fn interfere(&self, interference: Arc<dyn Interference>) {
        *lock(&self.notes.interference) = (interference, 0);
    }

    /// From now on everything passes.
    pub fn leave_alone(&self) {
        self.interfere(Arc::new(Nothing));
    }

    /// How many requests came since the last call of [`Proxy::interfere`].
    pub fn count(&self) -> usize {
        lock(&self.notes.interference).1
    }

    /// Says which process [`Verdict::Kill`] kills; it waits for this.
    pub fn aim_at(&self, victim: Option<Pid>) {
        *lock(&self.notes.victim) = victim;
    }

    /// What came since the last call.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut lock(&self.notes.seen))
    }

    /// Whether something was changed since the last call of `take`.
    pub fn has_seen_a_write(&self) -> bool {
        lock(&self.notes.seen).iter().any(|seen| seen.writes)
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

    /// Waits until no request is on its way: what a killed program sent is done by then.
    #[expect(clippy::disallowed_methods, reason = "what was sent takes a moment to be read")]
    pub async fn quiet(&self) {
        let mut calm = 0;
        while calm < 3 {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let idle = self.notes.now.load(Ordering::SeqCst) == 0;
            calm = if idle { calm + 1 } else { 0 };
        }
    }
}

/// A test that failed elsewhere must not hide behind a poisoned lock.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves one request; a connection has no more.
#[expect(clippy::disallowed_methods, reason = "a distance takes its time")]
async fn serve(mut client: TcpStream, notes: &Notes) -> io::Result<()> {
    let Some(mut request) = wire::read(&mut client).await? else { return Ok(()) };
    let now = notes.now.fetch_add(1, Ordering::SeqCst) + 1;
    notes.most.fetch_max(now, Ordering::SeqCst);
    let (interference, verdict) = {
        let mut interference = lock(&notes.interference);
        interference.1 += 1;
        request.n = interference.1;
        lock(&notes.seen).push(request.seen());
        let verdict = interference.0.ask(&request);
        (interference.0.clone(), verdict)
    };
    if !notes.delay.is_zero() {
        tokio::time::sleep(notes.delay).await;
    }
    let ended = carry_out(verdict, client, &request, notes).await;
    interference.ended(&request);
    notes.now.fetch_sub(1, Ordering::SeqCst);
    ended
}

async fn carry_out(
    verdict: Verdict,
    mut client: TcpStream,
    request: &Request,
    notes: &Notes,
) -> io::Result<()> {
    let upstream = notes.upstream;
    match verdict {
        Verdict::Pass => {
            let answer = wire::forward(request, upstream).await?;
            client.write_all(&answer).await?;
            client.shutdown().await
        }
        Verdict::Alter(from, to) => {
            let answer = wire::forward(request, upstream).await?;
            let answer = wire::altered(&answer, from, to);
            client.write_all(&answer).await?;
            client.shutdown().await
        }
        Verdict::Answer(answer) => {
            client.write_all(&answer.bytes()).await?;
            client.shutdown().await?;
            // What the client has still to send must not turn the answer into a reset.
            client.read(&mut [0; 1024]).await.map(drop)
        }
        Verdict::Hang => client.read(&mut [0; 1024]).await.map(drop),
        Verdict::ResetBefore => client.set_zero_linger(),
        Verdict::LoseAfter => {
            let _ = wire::forward(request, upstream).await?;
            client.set_zero_linger()
        }
        Verdict::Kill => {
            kill(notes).await;
            let _ = wire::forward(request, upstream).await?;
            client.set_zero_linger()
        }
    }
}

/// Kills the program, as soon as the test has said which process that is.
async fn kill(notes: &Notes) {
    loop {
        if let Some(victim) = *lock(&notes.victim) {
            // One that has just ended by itself is as dead.
            let _ = kill_process(victim, Signal::KILL);
            return;
        }
        tokio::task::yield_now().await;
    }
}
