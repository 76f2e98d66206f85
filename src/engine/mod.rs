//! Carries plans out against a [`Cloud`].
//!
//! Knows no AWS: what a create is, a kind says. Decides nothing: what to do, the plan says. Events
//! are the only way from here to whoever shows progress.

mod cloud;
mod execute;
mod run;

pub use cloud::{Cloud, CloudError, Made};
pub use execute::{Event, execute};
pub use run::{Ending, Endings};
