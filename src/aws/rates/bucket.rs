//! One quota at work: who asks is told when it may go.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::quotas::Quota;

/// How much of a quota is used: clocks and distances are not exact.
const SHARE: f64 = 0.97;

/// How much of what may come at once is used.
const AT_ONCE: f64 = 0.85;

/// What is left of the rate each time that the service says that it is too much.
const SLOWER: f64 = 0.8;

/// How long it is not slowed down again: what was on its way already says nothing new.
const ONE_ANSWER: Duration = Duration::from_secs(1);

/// The least that is left of the rate.
const SLOWEST: f64 = 0.1;

/// How much of the whole rate comes back in a second.
const RECOVERY: f64 = 0.05;

/// A quota and how far it is used up: the generic cell rate algorithm, first come, first served.
#[derive(Debug)]
pub struct Bucket {
    interval: Duration,
    /// How far ahead of the even pace a request may be: what may come at once.
    ahead: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    counts: bool,
    /// When the next request would be due at an even pace.
    due: Instant,
    /// The share of the rate that the service is known to bear.
    share: f64,
    /// When the share was last looked at.
    seen: Instant,
    /// When it was last slowed down.
    slowed: Option<Instant>,
}

impl Bucket {
    /// A quota of which nothing is used; `counts` is whether it counts before anything was throttled.
    pub fn new(quota: &Quota, counts: bool) -> Self {
        let now = Instant::now();
        let interval = Duration::from_secs_f64(1.0 / (quota.per_second * SHARE));
        // Fewer than AWS would let through: the first of them may travel longer than the last.
        let ahead = interval.mul_f64((quota.burst * AT_ONCE - 1.0).max(0.0));
        let state = Mutex::new(State { counts, due: now, share: 1.0, seen: now, slowed: None });
        Self { interval, ahead, state }
    }

    /// Waits for one's turn.
    pub async fn wait(&self) {
        if let Some(when) = self.reserve(Instant::now()) {
            tokio::time::sleep_until(when).await;
        }
    }

    /// When the next request may go; none where the quota does not count.
    fn reserve(&self, now: Instant) -> Option<Instant> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.counts {
            return None;
        }
        let seen = now.saturating_duration_since(state.seen).as_secs_f64();
        state.share = (state.share + seen * RECOVERY).min(1.0);
        state.seen = now;
        let when = state.due.checked_sub(self.ahead).map_or(now, |when| when.max(now));
        state.due = state.due.max(now) + self.interval.div_f64(state.share);
        Some(when)
    }

    /// The service said that a request came too soon: all that is at hand is gone, and what follows
    /// goes slower.
    pub fn slow_down(&self) {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.slowed.is_some_and(|then| now.saturating_duration_since(then) < ONE_ANSWER) {
            return;
        }
        state.share = if state.counts { (state.share * SLOWER).max(SLOWEST) } else { 1.0 };
        (state.counts, state.slowed) = (true, Some(now));
        state.seen = now;
        state.due = state.due.max(now + self.ahead + self.interval);
    }
}
