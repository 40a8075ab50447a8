//! Evidence files: looking into them, and keeping them. Rules on who may do what are in [`crate::domain::evidence`].
//!
//! ```text
//! UploadEvidence ─ segments ─▶ Store ─▶ {store}/uploads/{upload}/{attempt}/{offset}
//! FinishUpload ── whole ─▶ examine ─ original, shared copy ─▶ {store}/blobs/{ab}/{sha256} ─▶ the event says stored
//! sweep: what no event speaks of, after a day
//! ```
//!
//! What must stay true: a segment or blob is durable before anybody is told of it; an event never points to bytes
//! that are not there, while bytes without an event do no harm; where bytes lie is said by their hash, never by a
//! name that came from outside; one file is looked into at a time, so that memory has a bound.

mod config;
pub(crate) mod examine;
mod store;
pub(crate) mod sweep;
#[cfg(test)]
mod tests;

pub use self::config::EvidenceConfig;
pub(crate) use self::store::{Place, Store, StoreError, hash};
