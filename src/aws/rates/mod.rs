//! How fast AWS may be asked: its quotas of requests a second, kept from this side.
//!
//! Every request of every client goes through one [`Rates`], below the SDK's own retries: it waits
//! there until its quotas allow it, and until nothing else writes to what it writes to. A service that
//! throttles all the same is asked less often for a while.
//!
//! | file | what |
//! |---|---|
//! | `quotas` | the table: how often which operations may be called |
//! | `bucket` | one quota at work |
//! | `call` | which operation a request is, and what it writes to |
//! | `client` | the HTTP client that all SDK clients share |

mod bucket;
mod call;
mod client;
mod quotas;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use bucket::Bucket;
use call::Call;
use quotas::QUOTAS;

pub use client::limited;

/// How many things of one kind are read at a time, and how many requests to one service may be on their
/// way: the quotas bite first.
pub const AT_ONCE: usize = 64;

/// How long requests are repeated where nothing has answered yet: somebody mistyped an address.
const HOPELESS: Duration = Duration::from_secs(4);

/// How long they are where something has: a network comes back, or it does not.
const OUTAGE: Duration = Duration::from_secs(30);

/// What is known of the rates of one account and region.
#[derive(Debug)]
pub struct Rates {
    /// Whether a quota counts before anything was throttled.
    from_the_start: bool,
    reach: Reach,
    buckets: Mutex<HashMap<Key, Arc<Bucket>>>,
    gates: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// Whether anything answers.
#[derive(Debug, Default)]
struct Reach {
    state: Mutex<(bool, Option<Instant>)>,
}

impl Reach {
    /// A request was answered.
    fn answered(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = (true, None);
    }

    /// A request was not; whether nothing has been answered for so long that it is not worth trying
    /// again.
    fn is_hopeless(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *state.1.get_or_insert_with(Instant::now);
        since.elapsed() > if state.0 { OUTAGE } else { HOPELESS }
    }
}

/// A row of the table, and the operation and pool where the row counts them apart.
type Key = (usize, Option<(String, String)>);

/// A request's turn: to be held until the answer is there.
struct Turn {
    buckets: Vec<Arc<Bucket>>,
    _permits: Vec<OwnedSemaphorePermit>,
}

impl Turn {
    /// The service said that this came too soon.
    fn was_too_soon(&self) {
        for bucket in &self.buckets {
            bucket.slow_down();
        }
    }
}

impl Rates {
    /// Rates of which nothing is known yet but the quotas.
    pub fn new(from_the_start: bool) -> Self {
        Self {
            from_the_start,
            reach: Reach::default(),
            buckets: Mutex::default(),
            gates: Mutex::default(),
        }
    }

    /// Waits until a request may be sent.
    async fn turn(&self, call: &Call) -> Turn {
        let mut permits = Vec::new();
        if let Some((name, width)) = call.gate() {
            permits.extend(self.gate(name, width).acquire_owned().await);
        }
        let buckets = self.buckets(call);
        // The narrow ones first: what waits for its own quota must not use up what all share.
        for bucket in &buckets {
            bucket.wait().await;
        }
        let service = self.gate(call.service.to_owned(), AT_ONCE);
        permits.extend(service.acquire_owned().await);
        Turn { buckets, _permits: permits }
    }

    fn gate(&self, name: String, width: usize) -> Arc<Semaphore> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        gates.entry(name).or_insert_with(|| Arc::new(Semaphore::new(width))).clone()
    }

    fn buckets(&self, call: &Call) -> Vec<Arc<Bucket>> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = QUOTAS.iter().enumerate().filter(|(_, quota)| quota.counts(call));
        let mut bucket = |(row, quota): (usize, &quotas::Quota)| {
            let apart = quota.of_each_pool.then(|| (call.operation.clone(), call.parent.clone()));
            let make = || Arc::new(Bucket::new(quota, self.from_the_start));
            buckets.entry((row, apart)).or_insert_with(make).clone()
        };
        rows.map(&mut bucket).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;

    fn call(operation: &str, pool: &str) -> Call {
        Call {
            service: "cognito-idp",
            operation: operation.to_owned(),
            parent: pool.to_owned(),
            writes: operation.starts_with("Create"),
        }
    }

    /// How long it takes until all of these had their turn, each of which lasts `lasting`.
    async fn all(rates: &Rates, calls: &[Call], lasting: Duration) -> f64 {
        let start = Instant::now();
        let one = async |call: &Call| {
            let turn = rates.turn(call).await;
            pause(lasting).await;
            drop(turn);
        };
        join_all(calls.iter().map(one)).await;
        start.elapsed().as_secs_f64()
    }

    #[expect(clippy::disallowed_methods, reason = "an answer takes its time")]
    async fn pause(lasting: Duration) {
        tokio::time::sleep(lasting).await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_operation_on_one_pool_is_called_five_times_a_second() {
        let rates = Rates::new(true);
        let reads = vec![call("DescribeUserPoolClient", "a"); 50];
        let took = all(&rates, &reads, Duration::ZERO).await;
        assert!((9.0..10.2).contains(&took), "{took}");
        let rates = Rates::new(true);
        let mut reads = vec![call("DescribeUserPoolClient", "a"); 25];
        reads.extend(vec![call("DescribeUserPoolClient", "b"); 25]);
        let took = all(&rates, &reads, Duration::ZERO).await;
        assert!((4.0..5.2).contains(&took), "two pools are two quotas: {took}");
    }

    #[tokio::test(start_paused = true)]
    async fn all_pools_together_share_the_quota_of_the_class() {
        let rates = Rates::new(true);
        let pools = (0..60).map(|n| call("DescribeUserPoolClient", &format!("pool{n}")));
        let took = all(&rates, &pools.collect::<Vec<_>>(), Duration::ZERO).await;
        assert!((3.0..3.4).contains(&took), "60 at 15 a second, the first 15 at once: {took}");
    }

    #[tokio::test(start_paused = true)]
    async fn where_nothing_is_throttled_an_endpoint_of_ones_own_is_not_held_back_and_else_it_is() {
        let rates = Rates::new(false);
        let reads = vec![call("DescribeUserPoolClient", "a"); 50];
        assert!(all(&rates, &reads, Duration::ZERO).await < 0.01);
        rates.turn(&reads[0]).await.was_too_soon();
        let took = all(&rates, &reads, Duration::ZERO).await;
        assert!(took > 9.0, "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_throttled_all_the_same_is_asked_less_often_for_a_while() {
        let rates = Rates::new(true);
        let reads = vec![call("DescribeUserPoolClient", "a"); 20];
        let usual = all(&rates, &reads, Duration::ZERO).await;
        for _ in 0..3 {
            rates.turn(&reads[0]).await.was_too_soon();
            pause(Duration::from_secs(1)).await;
        }
        let slow = all(&rates, &reads, Duration::ZERO).await;
        assert!(slow > 1.3 * usual, "{slow} after {usual}");
        pause(Duration::from_secs(60)).await;
        let again = all(&rates, &reads, Duration::ZERO).await;
        assert!(again < 1.1 * usual, "{again} after {usual}");
    }

    #[tokio::test(start_paused = true)]
    async fn where_nothing_answers_it_is_not_tried_for_ever() {
        let reach = Reach::default();
        assert!(!reach.is_hopeless());
        pause(Duration::from_secs(5)).await;
        assert!(reach.is_hopeless(), "nothing has ever answered");
        reach.answered();
        assert!(!reach.is_hopeless());
        pause(Duration::from_secs(20)).await;
        assert!(!reach.is_hopeless(), "it may come back");
        pause(Duration::from_secs(11)).await;
        assert!(reach.is_hopeless());
    }

    #[tokio::test(start_paused = true)]
    async fn app_clients_of_one_pool_are_written_one_at_a_time() {
        let rates = Rates::new(false);
        let second = Duration::from_secs(1);
        let writes = [call("CreateUserPoolClient", "a"), call("CreateUserPoolClient", "a")];
        assert!((2.0..2.1).contains(&all(&rates, &writes, second).await));
        let apart = [call("CreateUserPoolClient", "a"), call("CreateUserPoolClient", "b")];
        assert!((1.0..1.1).contains(&all(&rates, &apart, second).await), "two pools");
    }
}
