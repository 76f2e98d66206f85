//! Answers by script: some calls of an operation get a given end, and all others pass.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::answers::error;
use super::{Interference, Request, Verdict};

/// How a call ends.
#[derive(Clone, Debug)]
pub enum End {
    /// With an error, and nothing is done: status, code, words.
    Error(u16, &'static str, String),
    /// It is done, and nobody is told.
    Lost,
    /// It is done, and its answer says one thing in place of another.
    Altered(&'static str, &'static str),
}

/// One line of a script.
#[derive(Debug)]
pub struct Line {
    /// The service and the operation, as `lambda:CreateFunction`.
    call: &'static str,
    /// Which calls of it, from 1.
    which: RangeInclusive<usize>,
    end: End,
    came: AtomicUsize,
}

impl Line {
    /// These calls of an operation end so.
    pub fn of(call: &'static str, which: RangeInclusive<usize>, end: End) -> Self {
        Self { call, which, end, came: AtomicUsize::new(0) }
    }

    /// The first `times` calls of an operation get this error.
    pub fn first(
        call: &'static str,
        times: usize,
        (status, code): (u16, &'static str),
        message: &str,
    ) -> Self {
        Self::of(call, 1..=times, End::Error(status, code, message.to_owned()))
    }

    /// How many calls ended so.
    pub fn given(&self) -> usize {
        let came = self.came.load(Ordering::SeqCst).min(*self.which.end());
        (came + 1).saturating_sub(*self.which.start())
    }
}

/// Lines, each counting for itself; the first that fits decides.
pub struct Script(pub Vec<Line>);

impl Interference for Script {
    fn ask(&self, request: &Request) -> Verdict {
        let call = format!("{}:{}", request.service, request.operation);
        for line in self.0.iter().filter(|line| line.call == call) {
            let n = line.came.fetch_add(1, Ordering::SeqCst) + 1;
            if line.which.contains(&n) {
                return match &line.end {
                    End::Error(status, code, message) => {
                        Verdict::Answer(error(request, *status, code, message))
                    }
                    End::Lost => Verdict::LoseAfter,
                    End::Altered(from, to) => Verdict::Alter(from, to),
                };
            }
        }
        Verdict::Pass
    }
}
