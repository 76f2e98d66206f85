//! Whatever breaks: nothing is doubled, nothing is lost, nothing is orphaned.

mod chance;
mod crash;
mod grounds;
mod site;
mod stacks;
mod waits;

use std::io::Write as _;

/// Says how a long test gets on; the harness shows it with `--nocapture`.
fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A variable of the environment that chooses what a long test does.
#[expect(clippy::disallowed_methods, reason = "a test has no command line")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
