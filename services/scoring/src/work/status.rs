//! What a feed is doing, for those who ask.

use time::OffsetDateTime;
use tokio::sync::watch;
use uuid::Uuid;

use crate::domain::feed::Stop;

/// What a feed is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Not connected; holds the last failure.
    Connecting(String),
    /// Applying events.
    Running,
    /// Stopped for good.
    Stopped(Stop),
}

/// How far a feed has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// What it is doing.
    pub(crate) state: State,
    /// The log's epoch, once known.
    pub(crate) epoch: Option<Uuid>,
    /// The last position applied.
    pub(crate) position: i64,
    /// The newest position heard of.
    pub(crate) head: i64,
    /// When it last heard from dispatch.
    pub(crate) contact: Option<OffsetDateTime>,
}

/// Where a feed says what it is doing.
#[derive(Clone, Debug)]
pub(crate) struct Board(watch::Sender<Status>);

impl Board {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Status {
            state: State::Connecting(String::new()),
            epoch: None,
            position: 0,
            head: 0,
            contact: None,
        }))
    }

    /// What is known now.
    pub(crate) fn read(&self) -> Status {
        self.0.borrow().clone()
    }

    /// Writes down what has changed.
    pub(crate) fn write(&self, change: impl FnOnce(&mut Status)) {
        self.0.send_modify(change);
    }
}
