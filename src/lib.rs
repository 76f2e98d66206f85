//! lib
pub mod aws;
pub mod bundle;
pub mod cli;
pub mod engine;
pub mod local;
pub mod plan;
pub mod report;
pub mod resource;
pub mod spec;
