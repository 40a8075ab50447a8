//! The registry: who is responsible for a place, who holds which power there, who may act for them, and which days
//! are working days.
//!
//! ```text
//!  grpc ─▶ catalogue in memory (every read) ─▶ domain: resolve, capacity, locate, deadlines
//!    └───▶ store (every change): decide on the catalogue ─▶ committer ─▶ log ─▶ the catalogue follows
//! ```

pub mod domain;
mod grpc;
mod program;
mod serve;
mod store;
pub mod street;
#[cfg(test)]
mod town;

pub use self::{
    program::Registry,
    serve::{Config, serve},
    store::{Migrations, Store, verify},
};
