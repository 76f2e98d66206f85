//! Declared and live resources in, a plan out: pure, synchronous, deterministic.
//!
//! No clock, no network, no printing, and no kind by name: what differs between kinds comes in as
//! [`crate::resource::KindInfo`]. A [`Plan`] leaves no choice to execution: each [`Step`] carries the
//! live resource, the wanted state, the reason, and what it waits for.

mod adopt;
mod build;
mod compare;
mod drift;
mod fill;
mod grants;
mod live_system;
mod notes;
mod order;
mod overlay;
mod policy;
mod risk;
mod saved;
mod step;
mod target;

#[cfg(test)]
mod tests;

pub use build::{Options, Subject, build};
pub use compare::{Change, Shown, differ};
pub use drift::{Source, Sources};
pub use fill::{Lookup, Wanted, fill};
pub use order::{Cycle, depends_on, order};
pub use overlay::overlay;
pub use policy::normal_form;
pub use risk::{AtStake, Risk};
pub use saved::{FieldsOf, Moved, Saved};
pub use step::{Action, Foreign, Plan, Refusal, Step, Undeclared};
