//! The hash chain: what makes a changed, dropped or reordered event visible.

use sha2::{Digest, Sha256};

use super::Recorded;
use crate::db::micros;

/// The hash of an event: SHA-256 over its fields, each preceded by its length, `prev_hash` first.
pub(crate) fn chain(event: &Recorded) -> String {
    let mut sha = Sha256::new();
    let mut field = |bytes: &[u8]| {
        sha.update((bytes.len() as u64).to_be_bytes());
        sha.update(bytes);
    };
    field(event.prev_hash.as_bytes());
    field(event.district.as_bytes());
    field(&event.position.to_be_bytes());
    field(event.aggregate.as_bytes());
    field(event.aggregate_id.as_bytes());
    field(&event.version.to_be_bytes());
    field(event.kind.as_bytes());
    field(event.payload.as_bytes());
    field(event.person.as_bytes());
    field(event.organization.as_bytes());
    field(&micros(event.occurred_at).to_be_bytes());
    field(&micros(event.recorded_at).to_be_bytes());
    field(event.traceparent.as_bytes());
    hex::encode(sha.finalize())
}

/// The running hash of a district's log after one more event: covers every event up to here.
pub(crate) fn running(before: &str, event_hash: &str) -> String {
    let mut sha = Sha256::new();
    sha.update(before.as_bytes());
    sha.update(event_hash.as_bytes());
    hex::encode(sha.finalize())
}
