//! What tests share.

pub mod emulators;
pub mod holdings;
pub mod http;
pub mod inventory;
pub mod memory;
pub mod proxy;
pub mod run;
