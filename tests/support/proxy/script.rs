//! Answers by script: the n-th to m-th call of an operation gets a given error, then it passes.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::answers::error;
use super::{Interference, Request, Verdict};

/// One line of a script.
#[derive(Debug)]
pub struct Line {
    /// The service and the operation, as `lambda:CreateFunction`.
    pub call: &'static str,
    /// Which calls of it, from 1.
    pub which: std::ops::RangeInclusive<usize>,
    /// The status, the code and the words of the error.
    pub status: u16,
    /// See `status`.
    pub code: &'static str,
    /// See `status`.
    pub message: String,
    came: AtomicUsize,
}

impl Line {
    /// The first `times` calls of an operation get this error.
    pub fn first(
        call: &'static str,
        times: usize,
        (status, code): (u16, &'static str),
        message: &str,
    ) -> Self {
        let came = AtomicUsize::new(0);
        let message = message.to_owned();
        Self { call, which: 1..=times, status, code, message, came }
    }

    /// How many calls got the error.
    pub fn given(&self) -> usize {
        let came = self.came.load(Ordering::SeqCst).min(*self.which.end());
        (came + 1).saturating_sub(*self.which.start())
    }
}

/// Lines, each counting for itself; the first that fits answers.
pub struct Script(pub Vec<Line>);

impl Interference for Script {
    fn ask(&self, request: &Request) -> Verdict {
        let call = format!("{}:{}", request.service, request.operation);
        for line in self.0.iter().filter(|line| line.call == call) {
            let n = line.came.fetch_add(1, Ordering::SeqCst) + 1;
            if line.which.contains(&n) {
                return Verdict::Answer(error(request, line.status, line.code, &line.message));
            }
        }
        Verdict::Pass
    }
}
