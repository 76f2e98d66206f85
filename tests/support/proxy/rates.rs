//! Holds whoever asks to AWS's quotas of requests a second, as AWS does.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use super::answers::throttled;
use super::{Interference, Request, Verdict, lock};

/// A quota: the service, the operations (`*` for all), how many a second, how many at once, and
/// whether each operation and pool is counted for itself.
struct Row(&'static str, &'static [&'static str], f64, f64, bool);

const CLIENT_READ: &[&str] = &["DescribeUserPoolClient", "ListUserPoolClients"];
const CLIENT_WRITE: &[&str] =
    &["CreateUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient"];
const CHILD_READ: &[&str] = &["ListGroups", "ListResourceServers", "GetUserPoolMfaConfig"];
const CHILD_WRITE: &[&str] = &["CreateGroup", "DeleteGroup", "CreateResourceServer", "TagResource"];
const OTHER: &[&str] = &["GetFunction", "GetPolicy"];

/// The published quotas, written down apart from the program's own.
const ROWS: &[Row] = &[
    Row("cognito-idp", &["DescribeUserPool", "ListUserPools"], 15.0, 15.0, false),
    Row("cognito-idp", &["CreateUserPool", "UpdateUserPool", "DeleteUserPool"], 15.0, 15.0, false),
    Row("cognito-idp", CHILD_READ, 20.0, 20.0, false),
    Row("cognito-idp", CHILD_WRITE, 15.0, 15.0, false),
    Row("cognito-idp", CLIENT_READ, 15.0, 15.0, false),
    Row("cognito-idp", CLIENT_WRITE, 15.0, 15.0, false),
    Row("cognito-idp", CHILD_READ, 5.0, 5.0, true),
    Row("cognito-idp", CHILD_WRITE, 5.0, 5.0, true),
    Row("cognito-idp", CLIENT_READ, 5.0, 5.0, true),
    Row("cognito-idp", CLIENT_WRITE, 5.0, 5.0, true),
    Row("cognito-idp", &["AdminCreateUser"], 50.0, 50.0, false),
    Row("cognito-idp", &["AdminAddUserToGroup", "AdminDeleteUser"], 25.0, 25.0, false),
    Row("cognito-idp", &["AdminGetUser"], 120.0, 120.0, false),
    Row("cognito-idp", &["ListUsers"], 30.0, 30.0, false),
    Row("cognito-idp", &["AdminSetUserPassword"], 30.0, 30.0, false),
    Row("cognito-idp", &["AdminListGroupsForUser"], 50.0, 50.0, false),
    Row("lambda", &["GetFunction"], 100.0, 100.0, false),
    Row("lambda", &["GetPolicy"], 15.0, 15.0, false),
    Row("lambda", &["*"], 15.0, 15.0, false),
    Row("apigateway", &["*"], 10.0, 40.0, false),
    Row("ssm", &["*"], 40.0, 40.0, false),
];

/// Throttles what comes too soon.
#[derive(Default)]
pub struct Quotas {
    buckets: Mutex<BTreeMap<(usize, String), Bucket>>,
    throttled: Mutex<Vec<String>>,
}

struct Bucket {
    left: f64,
    at: Instant,
    /// How many it let through.
    passed: u32,
}

impl Row {
    fn counts(&self, request: &Request) -> bool {
        let name = request.operation.as_str();
        self.0 == request.service
            && match self.1 {
                ["*"] => !(self.0 == "lambda" && OTHER.contains(&name)),
                names => names.contains(&name),
            }
    }
}

impl Interference for Quotas {
    fn ask(&self, request: &Request) -> Verdict {
        let mut buckets = lock(&self.buckets);
        let now = Instant::now();
        let mut keys = Vec::new();
        for (index, row) in ROWS.iter().enumerate().filter(|(_, row)| row.counts(request)) {
            let apart = || format!("{} {}", request.operation, request.members["UserPoolId"]);
            let key = (index, if row.4 { apart() } else { String::new() });
            let new = || Bucket { left: row.3, at: now, passed: 0 };
            let bucket = buckets.entry(key.clone()).or_insert_with(new);
            let since = now.saturating_duration_since(bucket.at).as_secs_f64();
            (bucket.left, bucket.at) = ((bucket.left + since * row.2).min(row.3), now);
            keys.push(key);
        }
        if keys.iter().any(|key| buckets[key].left < 1.0) {
            lock(&self.throttled).push(request.operation.clone());
            return Verdict::Answer(throttled(request));
        }
        for key in &keys {
            let bucket = buckets.get_mut(key).unwrap();
            (bucket.left, bucket.passed) = (bucket.left - 1.0, bucket.passed + 1);
        }
        Verdict::Pass
    }
}

impl Quotas {
    /// The operations that were throttled, each time.
    pub fn throttled(&self) -> Vec<String> {
        lock(&self.throttled).clone()
    }

    /// The least time in which all that came could have come, in seconds: what the quota dictates that
    /// is used most.
    pub fn least(&self) -> f64 {
        let time = |((index, _), bucket): (&(usize, String), &Bucket)| {
            let row = &ROWS[*index];
            ((f64::from(bucket.passed) - row.3) / row.2).max(0.0)
        };
        lock(&self.buckets).iter().map(time).fold(0.0, f64::max)
    }
}
