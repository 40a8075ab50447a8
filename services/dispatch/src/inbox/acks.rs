//! Many streams' acknowledgements in one write. An acknowledgement is answered when it is on disk.

use std::{sync::Arc, time::Duration};

use liandong_kit::{clock::Clock, db::Db, telemetry};
use sea_orm::DbErr;
use tokio::sync::{mpsc, oneshot};

use super::{Extent, GroupKey};
use crate::store::inbox_group;

/// At most one write in this time, so that acknowledgements never crowd out the committer.
const PACE: Duration = Duration::from_millis(50);
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

async fn run(db: Db, clock: Clock, mut waiting: mpsc::UnboundedReceiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
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
        tokio::time::sleep(PACE).await;
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
