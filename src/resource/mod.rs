//! The nouns that every other layer speaks of: addresses, references, declared and live
//! resources, outputs.
//!
//! Nothing here does I/O, and nothing here knows AWS, YAML or the terminal.

mod address;
mod causes;
mod duration;
mod field;
mod hazard;
pub mod mask;
mod secret;
pub mod shown;
mod state;
mod template;

pub use address::{Address, BadAddress, Pattern};
pub use causes::with_causes;
pub use duration::{duration_seconds, duration_text};
pub use field::{
    AtStake, Field, KindInfo, OutputName, Removal, Replacing, Rule, Vocabulary, Written,
};
pub use hazard::{Hazard, RiskKind, Severity, When};
pub use secret::{Cleartext, Secret};
pub use state::{Context, Declared, Live, Origin, OutputValue, Outputs, Ownership};
pub use template::{BadTemplate, Piece, Reference, Template, closing_brace, escape};
