//! Many streams' acknowledgements in one write. An acknowledgement is answered when it is on disk.

use std::{sync::Arc, time::Duration};

use liandong_kit::{clock::Clock, db::Db, telemetry};
use sea_orm::DbErr;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until, timeout_at},
};

use super::{Extent, GroupKey};
use crate::store::inbox_group;

/// Streams' acknowledgements are written once in this time, so that they never crowd out the committer.
const PACE: Duration = Duration::from_millis(50);
/// One that a pull waits for is not kept waiting so long: only so many times as long as the write before it took, so
/// that no more than a fifth of the time is spent on acknowledgements.
const REST: u32 = 4;
const BATCH: usize = 512;

/// Where consumers' places are kept. Cheap to clone; stops when the last clone is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Acks(mpsc::UnboundedSender<Waiting>);

/// A place on its way to the disk; it gets there whether or not anybody waits.
#[derive(Debug)]
pub(crate) struct Saving(oneshot::Receiver<Result<Kept, DbErr>>);

/// A group's place to be kept.
#[derive(Clone, Debug)]
pub(crate) struct Ack {
    /// Whose.
    pub key: GroupKey,
    /// The inbox when the place was read.
    pub extent: Extent,
    /// The generation of the stream, if it comes from one.
    pub fence: Option<i64>,
    /// The place.
    pub through: i64,
    /// Whether the consumer itself said so; otherwise nothing of its kinds was there to be said.
    pub explicit: bool,
}

/// What became of an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The group's place is here now, on disk.
    Through(i64),
    /// A newer stream has the group.
    Superseded,
}

struct Waiting {
    ack: Ack,
    answer: oneshot::Sender<Result<Kept, DbErr>>,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.ack.fmt(f)
    }
}

impl Acks {
    /// Starts the writer. One per database and process.
    pub(crate) fn start(db: Db, clock: Clock) -> Self {
        // Bounded by its users: a stream or a pull has at most one acknowledgement here.
        let (sender, waiting) = mpsc::unbounded_channel();
        telemetry::spawn_worker(run(db, clock, waiting));
        Self(sender)
    }

    /// Begins to keep a place.
    pub(crate) fn save(&self, ack: Ack) -> Saving {
        let (answer, kept) = oneshot::channel();
        // If the writer is gone, so is `answer`, and `kept` says so.
        let _ = self.0.send(Waiting { ack, answer });
        Saving(kept)
    }
}

impl Saving {
    /// Where the place is now, when it is on disk. May be cancelled and asked again.
    pub(crate) async fn kept(&mut self) -> Result<Kept, DbErr> {
        (&mut self.0)
            .await
            .unwrap_or_else(|_| Err(DbErr::Custom("stopping".into())))
    }
}

impl Waiting {
    /// Whether somebody is held up until it is kept: a stream goes on meanwhile.
    fn is_urgent(&self) -> bool {
        self.ack.fence.is_none()
    }
}

/// When the next write may be.
#[derive(Clone, Copy, Debug)]
struct Pace {
    urgent: Instant,
    usual: Instant,
}

impl Pace {
    /// After a write that began then.
    fn after(began: Instant) -> Self {
        let now = Instant::now();
        let usual = now + PACE;
        Self {
            urgent: usual.min(now + (now - began) * REST),
            usual,
        }
    }

    /// Waits until what is here may be written, and takes in what comes meanwhile.
    async fn keep(self, waiting: &mut mpsc::UnboundedReceiver<Waiting>, batch: &mut Vec<Waiting>) {
        while batch.len() < BATCH && !batch.iter().any(Waiting::is_urgent) {
            let more = waiting.recv_many(batch, BATCH - batch.len());
            match timeout_at(self.usual, more).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return,
            }
        }
        sleep_until(self.urgent).await;
    }
}

async fn run(db: Db, clock: Clock, mut waiting: mpsc::UnboundedReceiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut pace = Pace::after(Instant::now());
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        pace.keep(&mut waiting, &mut batch).await;
        let began = Instant::now();
        let (acks, answers): (Vec<Ack>, Vec<_>) =
            batch.drain(..).map(|it| (it.ack, it.answer)).unzip();
        match write(&db, &clock, acks).await {
            Ok(kept) => {
                for (answer, kept) in answers.into_iter().zip(kept) {
                    let _ = answer.send(Ok(kept));
                }
            }
            Err(error) => {
                tracing::error!(%error, "acknowledgements cannot be kept");
                for answer in answers {
                    let _ = answer.send(Err(DbErr::Custom(error.to_string())));
                }
            }
        }
        pace = Pace::after(began);
    }
}

async fn write(db: &Db, clock: &Clock, acks: Vec<Ack>) -> Result<Vec<Kept>, DbErr> {
    let (acks, now) = (Arc::new(acks), clock.now());
    db.write(move |tx| {
        let acks = acks.clone();
        Box::pin(async move {
            let mut kept = Vec::with_capacity(acks.len());
            for Ack {
                key,
                extent,
                fence,
                through,
                explicit,
            } in acks.iter()
            {
                let place =
                    inbox_group::ack(tx, key, extent, (*fence, *through, *explicit), now).await?;
                kept.push(place.map_or(Kept::Superseded, Kept::Through));
            }
            Ok(kept)
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::inbox::Owner;

    const MS: Duration = Duration::from_millis(1);

    fn ack(fence: Option<i64>) -> Waiting {
        let owner = Owner {
            district: "990101".into(),
            organization: "sanitation".into(),
        };
        let key = GroupKey {
            owner: owner.clone(),
            group: "work".into(),
        };
        let extent = Extent {
            owner,
            epoch: Uuid::nil(),
            floor: 0,
            head: 9,
        };
        let ack = Ack {
            key,
            extent,
            fence,
            through: 7,
            explicit: true,
        };
        let (answer, _) = oneshot::channel();
        Waiting { ack, answer }
    }

    /// When the next write is, after one that took so long, if these acknowledgements come so long after it.
    async fn written(took: Duration, come: &[(Duration, Option<i64>)]) -> (Duration, usize) {
        let began = Instant::now();
        tokio::time::advance(took).await;
        let (pace, done) = (Pace::after(began), Instant::now());
        let (sender, mut waiting) = mpsc::unbounded_channel();
        for (after, fence) in come.iter().copied() {
            let sender = sender.clone();
            tokio::spawn(async move {
                sleep_until(done + after).await;
                sender.send(ack(fence)).ok();
            });
        }
        let mut batch = Vec::new();
        waiting.recv_many(&mut batch, BATCH).await;
        pace.keep(&mut waiting, &mut batch).await;
        (done.elapsed(), batch.len())
    }

    #[tokio::test(start_paused = true)]
    async fn streams_wait_for_each_other_and_a_pull_only_for_the_writer() {
        let (stream, pull) = (Some(1), None);
        let streams = [(MS, stream), (30 * MS, stream), (70 * MS, stream)];
        assert_eq!(written(2 * MS, &streams).await, (PACE, 2));
        assert_eq!(written(2 * MS, &[(MS, pull)]).await, (8 * MS, 1));
        let both = [(MS, stream), (20 * MS, pull)];
        assert_eq!(written(2 * MS, &both).await, (20 * MS, 2));
        // However slow the disk is, nobody waits longer than a stream does.
        assert_eq!(written(900 * MS, &[(MS, pull)]).await, (PACE, 1));
        assert_eq!(written(2 * MS, &[(800 * MS, stream)]).await, (800 * MS, 1));
    }
}
