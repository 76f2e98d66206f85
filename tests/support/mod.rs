//! What tests share.

pub mod echo;
pub mod emulators;
pub mod forge;
pub mod holdings;
pub mod http;
pub mod inventory;
pub mod memory;
pub mod proxy;
pub mod read_back;
pub mod run;
