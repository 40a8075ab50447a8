//! Scoring.
pub mod domain;
