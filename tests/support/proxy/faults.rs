//! Accidents: seeded ones, and one break at the n-th request.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use super::answers::{expired, internal, throttled, unavailable};
use super::{Interference, Request, Verdict, lock};

/// What breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    /// The program is killed after the n-th request was done; what it sent after that is lost.
    Kill,
    /// The n-th request does not reach AWS.
    Cut,
    /// The n-th request is done, and its answer never comes.
    Lose,
    /// As [`Break::Cut`], and so are all that come after it.
    CutFromThere,
    /// As [`Break::Lose`], and those that come after it do not reach AWS.
    LoseAndCut,
}

/// One break, at one request.
pub struct BreakAt {
    /// What breaks.
    pub what: Break,
    /// At which request, from 1.
    pub n: usize,
}

impl Interference for BreakAt {
    fn ask(&self, request: &Request) -> Verdict {
        let is_after = request.n > self.n;
        match self.what {
            _ if request.n < self.n => Verdict::Pass,
            Break::Kill | Break::LoseAndCut | Break::CutFromThere if is_after => {
                Verdict::ResetBefore
            }
            Break::Cut | Break::Lose if is_after => Verdict::Pass,
            Break::Kill => Verdict::Kill,
            Break::Cut | Break::CutFromThere => Verdict::ResetBefore,
            Break::Lose | Break::LoseAndCut => Verdict::LoseAfter,
        }
    }
}

/// Accidents by chance: the same seed meets the n-th call of an operation with the same one, however
/// the calls are interleaved.
pub struct Chance {
    seed: u64,
    /// Of a thousand requests.
    throttled: u64,
    failed: u64,
    reset: u64,
    calls: Mutex<BTreeMap<String, u64>>,
    injected: AtomicUsize,
}

impl Chance {
    /// So many of a thousand requests are throttled, fail with 500 or 503, or are reset: half of
    /// these before AWS has done them, half after.
    pub fn new(seed: u64, throttled: u64, failed: u64, reset: u64) -> Self {
        let calls = Mutex::default();
        Self { seed, throttled, failed, reset, calls, injected: AtomicUsize::new(0) }
    }

    /// How many accidents there were.
    pub fn injected(&self) -> usize {
        self.injected.load(Ordering::SeqCst)
    }

    fn decide(&self, request: &Request) -> Verdict {
        let name = format!("{}:{}", request.service, request.operation);
        let mut calls = lock(&self.calls);
        let call = calls.entry(name.clone()).or_default();
        *call += 1;
        let hash = Sha256::digest(format!("{}/{name}/{call}", self.seed));
        let drawn = u64::from(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])) % 1000;
        let is_odd = hash[4] % 2 == 1;
        if drawn < self.throttled {
            Verdict::Answer(throttled(request))
        } else if drawn < self.throttled + self.failed {
            Verdict::Answer(if is_odd { internal(request) } else { unavailable(request) })
        } else if drawn < self.throttled + self.failed + self.reset {
            if is_odd { Verdict::LoseAfter } else { Verdict::ResetBefore }
        } else {
            Verdict::Pass
        }
    }
}

impl Interference for Chance {
    fn ask(&self, request: &Request) -> Verdict {
        let verdict = self.decide(request);
        if !matches!(verdict, Verdict::Pass) {
            self.injected.fetch_add(1, Ordering::SeqCst);
        }
        verdict
    }
}

/// Credentials whose time is over from the n-th request on.
pub struct ExpiredFrom(pub usize);

impl Interference for ExpiredFrom {
    fn ask(&self, request: &Request) -> Verdict {
        if request.n < self.0 { Verdict::Pass } else { Verdict::Answer(expired(request)) }
    }
}
