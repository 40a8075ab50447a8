//! The queue, and the task that empties it.

use std::{num::NonZeroUsize, sync::Arc};

use prost::Message;
use sea_orm::DbErr;
use tokio::sync::{mpsc, oneshot};
use tracing::{Instrument, info_span};

use super::{
    Command, Error, Views, Work,
    change::{Change, Pending, Settled},
    known::Known,
    work::NotLoaded,
    write::{self},
};
use crate::{
    clock::Clock,
    db::{Db, is_lost_race},
    log::{Aggregate, Log},
    sabotage::{Sabotage, on},
};

mod transaction;

use self::transaction::{Failure, Writer};

/// Changes that wait for the next commit; more make their callers wait.
const QUEUE: usize = 4096;
/// Aggregates kept in memory per district, unless the service says otherwise.
const KEPT: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();
/// Times a batch that lost a race is run again.
const ATTEMPTS: u32 = 5;

/// Changes aggregates: the only way to. Cheap to clone; stops when the last clone is dropped.
#[derive(Clone)]
pub struct Committer {
    queue: mpsc::Sender<Box<dyn Pending>>,
    log: Log,
    known: Known,
}

impl Committer {
    /// Starts the committer of a database. One per database and process.
    pub fn start(db: Db, clock: Clock, views: impl Views) -> Self {
        Self::start_keeping(KEPT, db, clock, views)
    }

    /// The same for a service that seldom changes the same aggregate again: it keeps so many in memory per district.
    pub fn start_keeping(kept: NonZeroUsize, db: Db, clock: Clock, views: impl Views) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let most = db.changes();
        let log = Log::new(db);
        let known = Known::new(kept);
        let writer = Writer::new(log.clone(), clock, Arc::new(views), known.clone());
        crate::telemetry::spawn_worker(run(writer, waiting, most));
        Self { queue, log, known }
    }

    /// An aggregate as it was when this process last committed it, if that is not long ago. Another replica may have
    /// changed it since, so it is good only for what never changes of it; and for that, it costs nothing.
    pub fn known<A: Aggregate>(&self, district: &str, id: &str) -> Option<Arc<A>> {
        self.known.get(district, id)
    }

    /// The log it writes.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Lets `rule` decide on the aggregates it asks for, and saves what it records: all or nothing.
    ///
    /// The rule may run several times, so it must be pure: times, ids and answers of peers are made before and moved
    /// into it. Once begun, a change runs to its end even if the caller goes away.
    ///
    /// # Errors
    /// See [`Error`]; the rule's own refusal comes back as [`Error::Refused`].
    pub async fn change<R, E, F>(&self, command: Command, rule: F) -> Result<R, Error<E>>
    where
        R: Message + Default + Send + 'static,
        E: From<NotLoaded> + Send + 'static,
        F: Fn(&mut Work<'_>) -> Result<R, E> + Send + 'static,
    {
        let span = info_span!("commit", district = command.author.district);
        let (sender, answer) = oneshot::channel();
        let change = Change {
            command,
            span: span.clone(),
            rule,
            result: None,
            sender,
        };
        async move {
            self.queue
                .send(Box::new(change))
                .await
                .map_err(|_| Error::Stopping)?;
            answer.await.unwrap_or(Err(Error::Stopping))
        }
        .instrument(span)
        .await
    }
}

async fn run(
    mut writer: Writer,
    mut waiting: mpsc::Receiver<Box<dyn Pending>>,
    most: NonZeroUsize,
) {
    let mut batch = Vec::with_capacity(most.get());
    while waiting.recv_many(&mut batch, most.get()).await > 0 {
        while let Some(first) = batch.first() {
            // One district at a time; its changes keep their order.
            let district = first.command().author.district.clone();
            let is_ours = |it: &mut Box<dyn Pending>| it.command().author.district == district;
            let ours = batch.extract_if(.., is_ours).collect();
            commit(&mut writer, &district, ours).await;
        }
    }
}

/// Commits the changes together, and one by one if the database refuses one of them.
async fn commit(writer: &mut Writer, district: &str, mut changes: Vec<Box<dyn Pending>>) {
    let span = info_span!(parent: None, "commit batch", district, changes = changes.len(), events = tracing::field::Empty);
    crate::telemetry::root(&span);
    for change in &changes {
        crate::telemetry::link(&span, change.span());
    }
    match attempt(writer, district, &mut changes)
        .instrument(span)
        .await
    {
        Ok(settled) => {
            for (change, settled) in changes.into_iter().zip(settled) {
                change.reply(settled);
            }
        }
        Err(Failure::Before(_)) if changes.len() > 1 => {
            for change in changes {
                Box::pin(commit(writer, district, vec![change])).await;
            }
        }
        // A commit whose answer got lost may have happened: nobody may run it again but the caller, with its request id.
        Err(Failure::Before(error) | Failure::InCommit(error)) => {
            tracing::error!(%error, district, changes = changes.len(), "changes could not be committed");
            let text = error.to_string();
            for change in changes {
                change.reply(match on(Sabotage::TrustTheDisk) {
                    true => Settled::Decided,
                    false => Settled::Database(DbErr::Custom(text.clone())),
                });
            }
        }
    }
}

async fn attempt(
    writer: &mut Writer,
    district: &str,
    changes: &mut [Box<dyn Pending>],
) -> Result<Vec<Settled>, Failure> {
    let mut tries = 0;
    loop {
        tries += 1;
        match writer.transaction(district, changes).await {
            Err(Failure::Before(error))
                if (is_lost_race(&error) || write::is_answered(&error)) && tries < ATTEMPTS => {}
            settled => return settled,
        }
    }
}
