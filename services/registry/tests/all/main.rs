//! What the registry makes of real files.
#![allow(clippy::unwrap_used)] // tests; clippy only sees those marked #[test]

mod demo_street;
mod service;
