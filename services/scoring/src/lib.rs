//! Scoring.
pub mod domain;
mod store;
