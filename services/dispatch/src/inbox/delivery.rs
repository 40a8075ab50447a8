//! The rules of one inbox stream. No I/O and no clock: events are read for it, times are told.
//!
//! ```text
//! log ─read─▶ queue ─next, while the window has room─▶ outstanding ─ack─▶ settled
//!               ▲                                          │
//!               └──── re-read from the nacked event ──nack─┘──5th time──▶ parked (left out of later reads)
//! ```
//!
//! `sent` is the stream's place: everything up to it was sent, filtered out or parked. A nack takes the stream back to
//! just before that event: it and what was sent after it come again, in order, so a consumer never sees an event
//! before an earlier one it has not dealt with.
//!
//! What must stay true: between two nacks positions only grow; at most `window` events are outstanding; `sent` and
//! [`settled`](Delivery::settled) never pass an event that was not sent, or not settled.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use liandong_kit::log::Recorded;

/// Failed deliveries after which an event is parked.
pub(crate) const DELIVERIES_MAX: u32 = 5;
/// Events read at once: as many as the window, within these.
const PAGE: (usize, usize) = (16, 200);

/// One stream's deliveries.
#[derive(Debug)]
pub(crate) struct Delivery {
    sent: i64,
    /// Read and not yet sent, oldest first.
    queue: VecDeque<Recorded>,
    /// There is nothing of this inbox between the end of the queue and here.
    known: i64,
    /// Whether there may be more after `known`.
    more: bool,
    /// Sent and not acknowledged, ascending.
    outstanding: VecDeque<i64>,
    /// The furthest `sent` has been: nobody can acknowledge beyond.
    reached: i64,
    window: usize,
    /// How often the delivery of an unsettled event has failed.
    failures: BTreeMap<i64, u32>,
    resume_at: Option<Instant>,
}

/// The event whose delivery to a group failed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suspect {
    /// Its position.
    pub position: i64,
    /// How often it failed.
    pub failures: u32,
}

/// An event to be sent now.
#[derive(Debug)]
pub(crate) struct Delivered {
    /// The event.
    pub event: Recorded,
    /// 1, and one more for each delivery of it that failed.
    pub attempt: u32,
}

/// What a nack means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nacked {
    /// The event comes again, with everything after it.
    Again(Suspect),
    /// It has failed too often: park it, then go on.
    Park(Suspect),
    /// It is not outstanding any more; nothing to do.
    Settled,
}

/// Why an ack or nack is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AckError {
    /// It names a place this stream has not sent yet.
    #[error("beyond position {reached}, the furthest that was sent")]
    Ahead {
        /// The furthest place sent.
        reached: i64,
    },
}

impl Delivery {
    /// Starts after `start`, knowing what the group failed at before.
    pub(crate) fn new(start: i64, window: usize, suspect: Option<Suspect>) -> Self {
        Self {
            sent: start,
            queue: VecDeque::new(),
            known: start,
            more: true,
            outstanding: VecDeque::new(),
            reached: start,
            window: window.max(1),
            failures: suspect
                .iter()
                .filter(|it| it.position > start)
                .map(|it| (it.position, it.failures))
                .collect(),
            resume_at: None,
        }
    }

    /// What to read: up to so many events after this position. None while nothing could be sent, or nothing is left.
    pub(crate) fn wants(&self, now: Instant) -> Option<(i64, usize)> {
        let waiting = self.resume_at.is_some_and(|at| at > now);
        let ready = self.more && self.queue.is_empty() && !self.is_full() && !waiting;
        ready.then(|| (self.known, self.window.clamp(PAGE.0, PAGE.1)))
    }

    /// Takes the answer to [`wants`](Self::wants): `events` are all there are after `after`, or the first `limit` of
    /// them. `head` is a place up to which everything was already committed before they were read, if that is known.
    pub(crate) fn read(
        &mut self,
        after: i64,
        limit: usize,
        events: Vec<Recorded>,
        head: Option<i64>,
    ) {
        if after != self.known || !self.queue.is_empty() {
            return;
        }
        self.more = events.len() >= limit;
        let last = events.last().map_or(after, |it| it.position);
        self.known = if self.more {
            last
        } else {
            last.max(head.unwrap_or(last))
        };
        self.queue.extend(events);
        self.advance();
    }

    /// There may be something new: read again.
    pub(crate) fn stir(&mut self) {
        self.more = true;
    }

    /// The next event to send, if the window has room and no retry is being waited for.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Delivered> {
        if self.resume_at.is_some_and(|at| at > now) {
            return None;
        }
        self.resume_at = None;
        if self.is_full() {
            return None;
        }
        let event = self.queue.pop_front()?;
        self.outstanding.push_back(event.position);
        self.sent = event.position;
        self.advance();
        Some(Delivered {
            attempt: 1 + self.failures.get(&event.position).copied().unwrap_or(0),
            event,
        })
    }

    /// Settles everything up to and including a place. Repeating it, or acknowledging less than before, changes nothing.
    ///
    /// # Errors
    /// The place lies beyond everything this stream has sent.
    pub(crate) fn ack(&mut self, through: i64) -> Result<(), AckError> {
        if through > self.reached {
            return Err(AckError::Ahead {
                reached: self.reached,
            });
        }
        while self.outstanding.front().is_some_and(|it| *it <= through) {
            self.outstanding.pop_front();
        }
        self.failures = self.failures.split_off(&(through + 1));
        if through > self.sent {
            // What a nack took back was acknowledged after all.
            self.resume_at = None;
            while self.queue.front().is_some_and(|it| it.position <= through) {
                self.queue.pop_front();
            }
            self.sent = through;
            self.known = self.known.max(through);
            self.more = true;
            self.advance();
        }
        Ok(())
    }

    /// Takes the stream back to just before an event, until `resume_at`.
    ///
    /// # Errors
    /// The event lies beyond everything this stream has sent.
    pub(crate) fn nack(&mut self, position: i64, resume_at: Instant) -> Result<Nacked, AckError> {
        if position > self.reached {
            return Err(AckError::Ahead {
                reached: self.reached,
            });
        }
        let Ok(index) = self.outstanding.binary_search(&position) else {
            return Ok(Nacked::Settled);
        };
        let failures = self.failures.entry(position).or_default();
        *failures += 1;
        let suspect = Suspect {
            position,
            failures: *failures,
        };
        self.outstanding.truncate(index);
        self.queue.clear();
        self.sent = position - 1;
        self.known = position - 1;
        self.more = true;
        if suspect.failures >= DELIVERIES_MAX {
            self.failures.remove(&position);
            self.resume_at = None;
            return Ok(Nacked::Park(suspect));
        }
        self.resume_at = Some(resume_at);
        Ok(Nacked::Again(suspect))
    }

    /// Changes how many events may be outstanding. Those already sent stay so.
    pub(crate) fn resize(&mut self, window: usize) {
        self.window = window.max(1);
    }

    /// The connection broke: the delivery of the oldest outstanding event has failed. None if all was settled.
    pub(crate) fn broken(&self) -> Option<Suspect> {
        let position = *self.outstanding.front()?;
        Some(Suspect {
            position,
            failures: 1 + self.failures.get(&position).copied().unwrap_or(0),
        })
    }

    /// Whether nothing may be sent before something is acknowledged.
    pub(crate) fn is_full(&self) -> bool {
        self.outstanding.len() >= self.window
    }

    /// Whether everything that was read is sent, and nothing is known to come after it.
    pub(crate) fn caught_up(&self) -> bool {
        self.queue.is_empty() && !self.more
    }

    /// Resume here and nothing is missed that was not sent.
    pub(crate) fn sent(&self) -> i64 {
        self.sent
    }

    /// Everything up to here needs no more delivery: acknowledged, filtered out or parked.
    pub(crate) fn settled(&self) -> i64 {
        self.outstanding.front().map_or(self.sent, |it| it - 1)
    }

    /// When a nacked event is to come again.
    pub(crate) fn resume_at(&self) -> Option<Instant> {
        self.resume_at
    }

    /// Once the queue is sent, so is everything known to hold nothing for this stream.
    fn advance(&mut self) {
        if self.queue.is_empty() {
            self.sent = self.sent.max(self.known);
        }
        self.reached = self.reached.max(self.sent);
    }
}

#[cfg(test)]
mod tests;
