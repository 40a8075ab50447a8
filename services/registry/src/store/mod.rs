//! Where the registry is kept: the event log is the truth, the catalogue in memory is a fold of it. A process starts from
//! the states the log has come to and folds from there.
//!
//! ```text
//!  change ─▶ decide on the catalogue at revision r ─▶ committer: still revision r? ─▶ events, log
//!               ▲                                            │ no: somebody was faster      │
//!               └──────────── catch up ◀─────────────────────┴──────────────────────────────┘
//! ```
//!
//! What must stay true: a change is checked against the whole catalogue and stored only if that catalogue is still the
//! newest ([`Guard`]), so that two changes that fit alone but not together cannot both happen; a reader sees a change
//! as a whole or not at all.

mod aggregates;
mod follow;
mod migration;
mod tail;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use futures::TryStreamExt;
use liandong_kit::{
    clock::Clock,
    commit::{self, Author, Command, Committer, NoViews, NotLoaded, RequestKey, Work},
    db::Db,
    log::{Broken, Log, Proved},
};
use prost::Message;
use sea_orm::DbErr;
use time::OffsetDateTime;
use tokio::sync::watch;
use uuid::Uuid;

use self::aggregates::{GUARD, Guard, GuardEvent, record, touch};
pub use self::migration::Migrations;
pub(crate) use self::tail::Part;
use crate::domain::{Catalogue, Entry};

/// Aggregates of a district the committer keeps besides the catalogue: those of the last few changes, and the guard.
const KEPT: NonZeroUsize = NonZeroUsize::new(64).unwrap();
/// Times a change is decided anew because another one came first.
const ATTEMPTS: u32 = 16;

/// Proves a database of the registry, as after a restore: see [`Log::prove`].
pub async fn verify(db: Db, now: OffsetDateTime) -> Result<Vec<Proved>, Broken> {
    Log::new(db).prove(now, aggregates::check).await
}

/// The registry of every district in a database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    committer: Committer,
    clock: Clock,
    shared: Arc<Shared>,
}

/// A district's catalogue as this process has it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The catalogue.
    pub catalogue: Arc<Catalogue>,
    /// The epoch of the log it is folded from; `None`: there is none yet.
    pub epoch: Option<Uuid>,
    /// When it was last known to be the newest.
    pub confirmed_at: Option<OffsetDateTime>,
}

#[derive(Default)]
struct Shared {
    held: RwLock<HashMap<String, Held>>,
    /// Changes whenever a catalogue has, or is confirmed to be the newest.
    moved: watch::Sender<u64>,
    /// One catches up with a district at a time.
    catching_up: Turns,
}

/// A lock for each district that has been asked about.
#[derive(Default)]
struct Turns(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    /// A district's lock.
    fn of(&self, district: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(district.to_owned()).or_default())
    }
}

/// Why a change did not happen.
pub(crate) type Error<E> = commit::Error<E>;

/// Why the committer's rule said no.
enum No<E> {
    NotLoaded,
    /// The catalogue it was decided on is not the newest.
    Moved,
    Refused(E),
}

impl<E> From<NotLoaded> for No<E> {
    fn from(_: NotLoaded) -> Self {
        Self::NotLoaded
    }
}

/// What a change comes to: the entries to store (only those that differ) and the answer.
pub(crate) type Decision<R, E> = Result<(Vec<Entry>, R), E>;

impl Store {
    /// Opens the registry and folds its log. The tables must be there.
    pub async fn open(db: Db, clock: Clock) -> Result<Self, DbErr> {
        let committer = Committer::start_keeping(KEPT, db, clock.clone(), NoViews);
        let store = Self {
            committer,
            clock,
            shared: Arc::default(),
        };
        let districts = store.log().districts().await?;
        // Two at a time: while the rows of one are on their way, those of the other are read.
        futures::stream::iter(districts.into_iter().map(Ok))
            .try_for_each_concurrent(2, |district| {
                let store = store.clone();
                async move { store.catch_up(&district).await }
            })
            .await?;
        Ok(store)
    }

    /// The log behind it.
    pub fn log(&self) -> &Log {
        self.committer.log()
    }

    /// The time of this service.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// A district's newest catalogue; an empty one if nothing is registered there.
    pub fn catalogue(&self, district: &str) -> Arc<Catalogue> {
        self.held(district).catalogue
    }

    /// The same, with what is known about how new it is.
    pub fn held(&self, district: &str) -> Held {
        let held = self.shared.held.read();
        let held = held.unwrap_or_else(PoisonError::into_inner);
        held.get(district).cloned().unwrap_or_else(|| Held {
            catalogue: Arc::new(Catalogue::empty(district)),
            epoch: None,
            confirmed_at: None,
        })
    }

    /// Changes whenever a catalogue has, or is confirmed to be the newest.
    pub fn moved(&self) -> watch::Receiver<u64> {
        self.shared.moved.subscribe()
    }

    /// Lets `decide` say what is to be stored, checked against the newest catalogue, and stores it: all or nothing.
    /// `decide` may run several times. A repeated request gets the answer of the first.
    pub async fn change<R, E, F>(
        &self,
        author: Author,
        request: Option<RequestKey>,
        decide: F,
    ) -> Result<R, Error<E>>
    where
        R: Message + Default + Clone + Send + Sync + 'static,
        E: Clone + Send + Sync + 'static,
        F: Fn(&Catalogue, OffsetDateTime) -> Decision<R, E> + Send + Sync + 'static,
    {
        let decide = Arc::new(decide);
        let (district, now) = (author.district.clone(), self.now());
        for _ in 0..ATTEMPTS {
            let base = self.catalogue(&district);
            let (revision, rule) = (base.revision, Arc::clone(&decide));
            // Checking a city takes a while; the runtime must not wait for it.
            let decided = tokio::task::spawn_blocking(move || rule(&base, now));
            let decided = decided
                .await
                .map_err(|error| Error::Panicked(error.to_string()))?;
            let command = Command::new(author.clone(), now).request(request.clone());
            let settled = self
                .committer
                .change(command, move |work| settle(work, revision, &decided))
                .await;
            match settled {
                Err(Error::Refused(No::Moved)) => {
                    self.catch_up(&district).await.map_err(Error::Database)?
                }
                Err(error) => return Err(unwrap(error)),
                Ok(answer) => {
                    self.catch_up(&district).await.map_err(Error::Database)?;
                    return Ok(answer);
                }
            }
        }
        Err(Error::Database(DbErr::Custom(
            "too many changes of the registry at once".to_owned(),
        )))
    }
}

/// The committer's rule: what was decided, if the catalogue is still the one it was decided on.
fn settle<R: Clone, E: Clone>(
    work: &mut Work<'_>,
    revision: i64,
    decided: &Decision<R, E>,
) -> Result<R, No<E>> {
    if work.version::<Guard>(GUARD)? != revision {
        return Err(No::Moved);
    }
    let (entries, answer) = match decided {
        Ok(decided) => decided,
        Err(refusal) => return Err(No::Refused(refusal.clone())),
    };
    // All of them first, so that they are loaded with one statement and not one after the other.
    entries.iter().for_each(|it| touch(work, it));
    for entry in entries {
        record(work, entry)?;
    }
    if !entries.is_empty() {
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        work.record::<Guard>(GUARD, [GuardEvent::Changed { entries: count }])?;
    }
    Ok(answer.clone())
}

fn unwrap<E>(error: Error<No<E>>) -> Error<E> {
    match error {
        Error::Refused(No::Refused(refusal)) => Error::Refused(refusal),
        Error::Refused(No::NotLoaded | No::Moved) => {
            Error::Panicked("a change asked for what the committer does not load".to_owned())
        }
        Error::RequestIdReused => Error::RequestIdReused,
        Error::Database(error) => Error::Database(error),
        Error::Panicked(what) => Error::Panicked(what),
        Error::Stopping => Error::Stopping,
    }
}
