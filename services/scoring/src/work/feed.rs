//! One district's consumer of dispatch's log.
//!
//! ```text
//!  Connecting ─first frame─▶ Running ─gap, foreign epoch, position back, unreadable─▶ Stopped, for good
//!      ▲                        │
//!      └──── backoff ◀──away────┘
//! ```
//!
//! Frames are read ahead while a batch is written; what has come meanwhile makes the next batch, so batches grow
//! with the backlog and a single event is applied at once.

use std::{sync::Arc, time::Duration};

use liandong_kit::{clock::Clock, cursor::Place, telemetry};
use sea_orm::DbErr;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};
use uuid::Uuid;

use super::status::{Board, State};
use crate::{
    domain::{
        event::Event,
        feed::{Follower, Stop, Verdict},
    },
    peers::dispatch::{Dispatch, Failure, Frame},
    store::{Applied, Batch, Store},
};

/// Events per transaction.
const BATCH: usize = 500;
/// Links a span keeps.
const LINKS: usize = 100;
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_LAST: Duration = Duration::from_secs(5);

/// One district's consumer.
pub(crate) struct Feed {
    pub(crate) district: String,
    pub(crate) store: Store,
    pub(crate) dispatch: Dispatch,
    pub(crate) clock: Clock,
    pub(crate) board: Board,
    /// Held while a batch is written; a verification holds it while it compares.
    pub(crate) gate: Arc<Mutex<()>>,
}

/// Why the present stream is given up.
enum Break {
    Away(String),
    /// Another replica moved the cursor.
    Moved,
    Stop(Stop),
}

impl Feed {
    /// Follows the log until `stop`, or until something is wrong with it; answers what.
    pub(crate) async fn run(self, stop: CancellationToken) -> Option<Stop> {
        let mut backoff = BACKOFF_FIRST;
        loop {
            let position = self.board.read().position;
            let failure = tokio::select! {
                () = stop.cancelled() => return None,
                failure = self.follow() => failure,
            };
            if self.board.read().position != position {
                backoff = BACKOFF_FIRST;
            }
            match failure {
                Break::Moved => continue,
                Break::Stop(reason) => {
                    tracing::error!(
                        district = %self.district,
                        reason = reason.reason(),
                        detail = %reason,
                        "scoring has stopped: nothing is applied until someone has looked at dispatch's log"
                    );
                    self.board
                        .write(|it| it.state = State::Stopped(reason.clone()));
                    return Some(reason);
                }
                Break::Away(why) => {
                    tracing::debug!(district = %self.district, why, "dispatch is away");
                    self.board.write(|it| it.state = State::Connecting(why));
                }
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(backoff) => {}
            }
            backoff = (backoff * 2).min(BACKOFF_LAST);
        }
    }

    /// Follows one stream until it breaks. Nothing is lost when this is dropped: a batch is written on a task of
    /// its own, and the cursor says whether it took effect.
    async fn follow(&self) -> Break {
        match self.try_follow().await {
            Ok(never) => match never {},
            Err(failure) => failure,
        }
    }

    async fn try_follow(&self) -> Result<std::convert::Infallible, Break> {
        let mut follower = self.store.follower(&self.district).await?;
        let (epoch, position) = (follower.epoch(), follower.position());
        self.board
            .write(|it| (it.epoch, it.position) = (epoch, position));
        let mut frames = self.dispatch.watch(epoch, follower.from(), true).await?;
        let mut is_restored = epoch.is_none() && position > 0;
        loop {
            let (events, traces) = self.gather(&mut frames, &mut follower).await?;
            if !events.is_empty() {
                self.apply(&follower, events, traces).await?;
                is_restored = false;
            } else if let Some(epoch) = follower.epoch()
                && is_restored
                && follower.has_met_last()
            {
                let place = Place { epoch, position };
                self.store
                    .adopt(&self.district, place, self.clock.now())
                    .await?;
                tracing::warn!(district = %self.district, %epoch, position, "dispatch's log was restored: going on with it");
                is_restored = false;
            }
        }
    }

    /// Waits for a frame, then takes what else is there, up to a batch.
    async fn gather(
        &self,
        frames: &mut mpsc::Receiver<Result<Frame, Failure>>,
        follower: &mut Follower,
    ) -> Result<(Vec<Event>, Vec<String>), Break> {
        let (mut events, mut traces) = (vec![], vec![]);
        let mut next = frames.recv().await;
        loop {
            let ended = || Break::Away("the stream ended".to_owned());
            match next.ok_or_else(ended)?? {
                Frame::Head { epoch, position } => {
                    follower.head(&epoch, position).map_err(Break::Stop)?;
                    self.board.write(|it| {
                        it.state = State::Running;
                        it.epoch = follower.epoch();
                        it.head = position;
                        it.contact = Some(self.clock.now());
                    });
                }
                Frame::Events(batch) => {
                    for (event, traceparent) in batch {
                        let at = &event.reference;
                        match follower.event(at.position, at.id).map_err(Break::Stop)? {
                            Verdict::Drop => continue,
                            Verdict::Apply => events.push(event),
                        }
                        if !traceparent.is_empty() && traces.last() != Some(&traceparent) {
                            traces.push(traceparent);
                        }
                    }
                }
            }
            if follower.epoch().is_none() && !events.is_empty() {
                // The log has just begun: its epoch comes with the next progress.
                next = frames.recv().await;
                continue;
            }
            if events.len() >= BATCH {
                return Ok((events, traces));
            }
            // A stop behind events that were already gathered comes again with the next stream.
            match frames.try_recv() {
                Ok(Ok(frame)) => next = Some(Ok(frame)),
                Ok(Err(failure)) if events.is_empty() => return Err(failure.into()),
                Ok(Err(_)) | Err(_) => return Ok((events, traces)),
            }
        }
    }

    async fn apply(
        &self,
        follower: &Follower,
        events: Vec<Event>,
        traces: Vec<String>,
    ) -> Result<(), Break> {
        let epoch = follower.epoch().ok_or_else(|| {
            Break::Stop(Stop::EpochChanged {
                expected: Uuid::nil(),
                found: String::new(),
            })
        })?;
        let first = events.first().map_or(0, |it| it.reference.position);
        let span = info_span!(
            "apply events",
            district = %self.district,
            first,
            count = events.len(),
            entries = tracing::field::Empty,
        );
        telemetry::root(&span);
        for part in traces.chunks(LINKS) {
            // A span keeps some hundred links; the rest go to spans beneath it.
            let part_span = if part.len() == traces.len() {
                span.clone()
            } else {
                info_span!(parent: &span, "apply part of events")
            };
            part.iter()
                .for_each(|it| telemetry::link_to(&part_span, it));
        }
        let batch = Batch {
            district: self.district.clone(),
            epoch,
            after: first - 1,
            events: events.into(),
            now: self.clock.now(),
        };
        let _turn = self.gate.lock().await;
        match self.store.apply(batch).instrument(span.clone()).await? {
            Applied::Done(entries) => {
                span.record("entries", entries);
                self.board.write(|it| {
                    it.position = follower.position();
                    it.head = it.head.max(it.position);
                    it.contact = Some(self.clock.now());
                });
                Ok(())
            }
            Applied::Moved => Err(Break::Moved),
            Applied::Broken(stop) => Err(Break::Stop(stop)),
        }
    }
}

impl From<DbErr> for Break {
    fn from(error: DbErr) -> Self {
        match error {
            // What is stored cannot be read back.
            DbErr::Type(why) | DbErr::Json(why) => Self::Stop(Stop::Damaged(why)),
            other => {
                tracing::warn!(error = %other, "scoring's database");
                Self::Away(format!("scoring's own database: {other}"))
            }
        }
    }
}

impl From<Failure> for Break {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Away(status) => Self::Away(status.message().to_owned()),
            Failure::Stop(stop) => Self::Stop(stop),
        }
    }
}
