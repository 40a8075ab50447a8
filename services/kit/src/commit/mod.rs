//! The one way to change aggregates.
//!
//! ```text
//! caller ─┐                     ┌─ lock the head ─ load what is missing ─ decide, apply, one after the other ─┐
//! caller ─┼─▶ queue ─▶ batch ─▶ │                                                                            │
//! caller ─┘                     └─ events, states, views, answers, head ─ COMMIT ◀───────────────────────────┘
//! ```
//!
//! Changes that wait while a commit runs share the next one: no timer, no linger, and a lone change commits at once.
//! A refused change does not touch its neighbours; one whose rows the database refuses fails alone, because its
//! batch is then run again one by one. The rule is a pure closure: it may be run several times, and has an effect once.
//!
//! What must stay true: everything of a change (events, state, views, answer) is in one transaction; the head row is
//! locked first, so that on PostgreSQL several replicas take turns and what is loaded cannot change underneath; a
//! request id answers the same bytes for ever, and the same id with another body is refused.

mod batch;
mod change;
mod committer;
mod known;
mod slot;
#[cfg(test)]
mod tests;
mod work;
mod write;

use prost::Message;
use sea_orm::DbErr;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

pub use self::batch::{Batch, Happened};
pub use self::committer::Committer;
pub use self::work::{NotLoaded, Work};
use crate::db::rows::Writes;
pub use crate::log::Author;

/// A service's query tables (lists, inbox index), written in the transaction that changes what they show.
#[async_trait::async_trait]
pub trait Views: Send + Sync + 'static {
    /// Writes the rows for everything the batch changed; they go to the database together.
    async fn write(&self, rows: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr>;

    /// Whether it writes rows only, and asks for no transaction ([`Writes::written`]): then PostgreSQL can commit a
    /// batch in one round trip.
    fn rows_only(&self) -> bool {
        true
    }
}

/// For a service whose lists are kept in memory.
#[derive(Clone, Copy, Debug)]
pub struct NoViews;

#[async_trait::async_trait]
impl Views for NoViews {
    async fn write(&self, _: &mut Writes<'_>, _: &Batch<'_>) -> Result<(), DbErr> {
        Ok(())
    }
}

/// Who wants a change, and when.
#[derive(Clone, Debug)]
pub struct Command {
    author: Author,
    occurred_at: OffsetDateTime,
    request: Option<RequestKey>,
    traceparent: String,
    validate_only: bool,
}

impl Command {
    /// A change by `author` at `now`, on the current trace.
    pub fn new(author: Author, now: OffsetDateTime) -> Self {
        Self {
            author,
            occurred_at: now,
            request: None,
            traceparent: crate::telemetry::current_traceparent(),
            validate_only: false,
        }
    }

    /// When it happens.
    pub fn occurred_at(&self) -> OffsetDateTime {
        self.occurred_at
    }

    /// Only says what would come of it (AIP-163): whoever runs it must see that nothing is recorded. Its request id
    /// stays unused.
    #[must_use]
    pub fn validate_only(mut self, only: bool) -> Self {
        self.validate_only = only;
        if only {
            self.request = None;
        }
        self
    }

    /// Whether nothing may be recorded.
    pub fn is_validate_only(&self) -> bool {
        self.validate_only
    }

    /// Makes it safe to repeat: the same request answers the same bytes and has its effect once.
    #[must_use]
    pub fn request(mut self, request: Option<RequestKey>) -> Self {
        self.request = request;
        self
    }
}

/// What makes two requests the same one (AIP-155).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    method: &'static str,
    request_id: String,
    body_hash: String,
}

impl RequestKey {
    /// `None` if the caller gave no `request_id`.
    pub fn of(method: &'static str, request_id: &str, message: &impl Message) -> Option<Self> {
        (!request_id.is_empty()).then(|| Self {
            method,
            request_id: request_id.to_owned(),
            body_hash: hex::encode(Sha256::digest(message.encode_to_vec())),
        })
    }

    /// Request ids belong to a caller and a method: nobody can be answered with somebody else's answer.
    fn row(&self, author: &Author) -> String {
        let mut sha = Sha256::new();
        for part in [
            &author.district,
            &author.organization,
            &author.person,
            self.method,
            &self.request_id,
        ] {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part);
        }
        hex::encode(sha.finalize())
    }
}

/// Why a change did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error<E> {
    /// The rules said no.
    #[error("refused")]
    Refused(E),
    /// This request id was used with another body.
    #[error("request id reused with another body")]
    RequestIdReused,
    /// The database is away or refused; whether the change happened is unknown if the connection broke in the commit.
    #[error("database")]
    Database(#[source] DbErr),
    /// The rule panicked; nothing happened.
    #[error("the rule panicked: {0}")]
    Panicked(String),
    /// The service is stopping; nothing happened.
    #[error("stopping")]
    Stopping,
}

impl<E> Error<E> {
    /// Puts another refusal in its place.
    pub fn map<F>(self, with: impl FnOnce(E) -> F) -> Error<F> {
        match self {
            Self::Refused(refusal) => Error::Refused(with(refusal)),
            Self::RequestIdReused => Error::RequestIdReused,
            Self::Database(error) => Error::Database(error),
            Self::Panicked(what) => Error::Panicked(what),
            Self::Stopping => Error::Stopping,
        }
    }
}
