//! A system that people use while it is changed: nothing of theirs is undone, nothing breaks, and
//! whoever wants to stop is obeyed.

mod interrupts;
mod load;
mod moved;
mod one_writer;
mod order;

use std::sync::{Arc, Mutex};

use crate::support::proxy::{Interference, Request, Verdict};

/// A stack in which every change can be made in place.
const STACK: &str = r#"
stack: busy
region: us-east-1
expires: 8h
user_pool:
  user_pool_tags: { team: data }
  password_policy: { minimum_length: 10 }
  auto_verified_attributes: [email]
  app_clients:
    web: { access_token_validity: 30m, callback_urls: ["https://app.example.com/cb"] }
lambdas:
  hello:
    runtime: nodejs22.x
    handler: index.handler
    code: code/add_claims
    memory_size: 256
    environment: { STACK: "${stack}" }
    log_group: { retention_in_days: 7 }
  other:
    runtime: nodejs22.x
    handler: index.handler
    code: code/add_claims
    log_group: { retention_in_days: 7 }
http_api:
  routes:
    GET /hello: { lambda: hello, operation_name: before }
    GET /other: { lambda: other }
"#;

/// Takes down every request that comes.
#[derive(Default)]
struct Recorder(Mutex<Vec<Request>>);

impl Recorder {
    fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The requests of an operation, in their order.
    fn of(&self, operation: &str) -> Vec<Request> {
        let all = self.0.lock().unwrap();
        all.iter().filter(|request| request.operation == operation).cloned().collect()
    }

    /// The operations, in their order.
    fn operations(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|request| request.operation.clone()).collect()
    }
}

impl Interference for Recorder {
    fn ask(&self, request: &Request) -> Verdict {
        self.0.lock().unwrap().push(request.clone());
        Verdict::Pass
    }
}

/// Lays replacements over the stack.
fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(STACK.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}
