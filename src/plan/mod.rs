//! Declared and live resources in, a plan out: pure, synchronous, deterministic.
//!
//! No clock, no network, no printing, and no kind by name: what differs between kinds comes in as
//! [`crate::resource::KindInfo`]. A [`Plan`] leaves no choice to execution: each [`Step`] carries the
//! live resource, the wanted state, the reason, and what it waits for.

mod adopt;
mod build;
mod compare;
mod fill;
mod live_system;
mod notes;
mod order;
mod overlay;
mod policy;
mod step;
mod target;

#[cfg(test)]
mod tests;

pub use build::{Options, Subject, build};
pub use compare::{Change, Shown, differ};
pub use fill::{Lookup, Wanted, fill};
pub use order::{Cycle, depends_on, order};
pub use overlay::overlay;
pub use policy::normal_form;
pub use step::{Action, Foreign, Plan, Refusal, Step, Undeclared};
