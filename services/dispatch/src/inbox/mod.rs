//! The departments' inboxes (DESIGN section 4): one ordered view of the district's log per organization.
//!
//! ```text
//! committer ─ Index::write ─▶ rows: one per event and organization in its audience, in the event's transaction
//! Delivery   the rules of one stream, without I/O: window, acks, nacks, progress     (pure, tested by property)
//! Cursor     a place in an inbox as consumers hold it
//! Streams    which streams are open here; a newer one of the same group fences the older
//! Acks       many streams' acknowledgements in one write
//! ```
//!
//! What must stay true: events come in log order; none is skipped; nothing a consumer is told to resume from lies
//! after an event it has not been sent; the server's place of a group never goes back, and never goes forward over
//! an event that was neither acknowledged, filtered out by the consumer, nor parked with an incident.

mod acks;
mod cursor;
mod delivery;
mod index;
pub(crate) mod retention;
mod streams;

#[cfg(test)]
pub(crate) use self::cursor::Cursor;
pub(crate) use self::{
    acks::{Ack, Acks, Kept, Saving},
    cursor::{CursorError, Extent, Owner},
    delivery::{AckError, DELIVERIES_MAX, Delivery, Nacked, Suspect},
    index::Index,
    streams::{GroupKey, Lease, Streams},
};
