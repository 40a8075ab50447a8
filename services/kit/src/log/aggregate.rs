//! What is recorded, and what it folds into.

use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;
use uuid::Uuid;

/// Something that only events change. `Default` is what it is before its first event.
pub trait Aggregate:
    Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The word for it in the log, e.g. `task`. Never changed once released.
    const KIND: &'static str;
    /// What can happen to it.
    type Event: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;

    /// The word for this kind of event in the log, e.g. `AssignmentSigned`. Never changed once released.
    fn kind_of(event: &Self::Event) -> &'static str;

    /// Folds one event. Total: history always replays.
    fn apply(&mut self, event: &Self::Event);

    /// The earliest instant at which a timer must look at it; `None` for never. See [`crate::wake`].
    fn wake_at(&self) -> Option<OffsetDateTime> {
        None
    }
}

/// Who changes something: recorded with every event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The district whose log it goes to.
    pub district: String,
    /// The organization acting.
    pub organization: String,
    /// The person acting, or the service for what happens by itself.
    pub person: String,
}

/// One event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Unique for ever; consumers drop repeats by it.
    pub id: Uuid,
    /// The district whose log this is.
    pub district: String,
    /// Place in the district's log: 1, 2, 3, … without gaps, in commit order.
    pub position: i64,
    /// Kind of the aggregate that changed.
    pub aggregate: String,
    /// Its id.
    pub aggregate_id: String,
    /// Its version after this event: 1, 2, 3, …
    pub version: i64,
    /// What happened, as [`Aggregate::kind_of`] says.
    pub kind: String,
    /// The event as JSON.
    pub payload: String,
    /// Who did it.
    pub person: String,
    /// For which organization.
    pub organization: String,
    /// When it happened.
    pub occurred_at: OffsetDateTime,
    /// When it was written.
    pub recorded_at: OffsetDateTime,
    /// W3C trace context of the command; empty if there was none.
    pub traceparent: String,
    /// Hash of the aggregate's event before this one, [`super::GENESIS`] for the first.
    pub prev_hash: String,
    /// SHA-256 over the whole event but `id`, in hex.
    pub hash: String,
}

impl Recorded {
    /// The event, if it is one of this kind of aggregate.
    ///
    /// # Errors
    /// The payload is not what this release understands.
    pub fn decode<A: Aggregate>(&self) -> Result<Option<A::Event>, serde_json::Error> {
        if self.aggregate == A::KIND {
            serde_json::from_str(&self.payload).map(Some)
        } else {
            Ok(None)
        }
    }
}
