//! lib
pub mod aws;
pub mod bundle;
pub mod engine;
pub mod plan;
pub mod resource;
pub mod spec;
