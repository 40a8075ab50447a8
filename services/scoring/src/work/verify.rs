//! Verification: everything once more from dispatch's log, compared bit for bit with what is stored.
//!
//! ```text
//!  1. recompute up to the cursor, comparing the ledger entry by entry as it grows
//!  2. hold the feed's gate, recompute what came meanwhile
//!  3. compare facts, cases, sheets, rollup and totals; the cursor must not have moved (another replica), and
//!     nothing may have been decided, or 2 begins again
//! ```

use std::collections::{BTreeMap, VecDeque};

use liandong_kit::cursor::Place;
use sea_orm::DbErr;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::feeds::Handle;
use crate::{
    domain::{
        account::{Account, Ledger},
        compare::{self, Difference},
        decision::Decided,
        entry::{Entry, Head, Move},
        event::{Event, Reference},
        feed::{Follower, Stop, Verdict},
        totals::{self, Points, PointsKey, add_entry},
    },
    peers::dispatch::{Failure, Frame},
    store::{
        Store, facts,
        ledger::{self, Sort},
        sheets,
    },
};

pub(crate) mod recount;
mod sums;

/// Rows per page while comparing.
const PAGE: u64 = 1000;
/// How often it is tried again because another replica moved the cursor.
const ATTEMPTS: usize = 10;

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verification {
    /// What differs first; nothing if all is equal.
    pub(crate) difference: Option<Difference>,
    /// The place that was compared; none if nothing was ever applied.
    pub(crate) place: Option<Place>,
    /// The end of the recomputed ledger.
    pub(crate) head: Head,
    /// Rounds compared.
    pub(crate) facts: i64,
    /// Rows of the rollup compared; from the facts alone, sums of a day.
    pub(crate) rows: i64,
}

/// How far it has come, in events or facts, and where it will stop, as known now; 0: not known.
pub(crate) type Progress = (i64, i64);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Scoring's own database.
    #[error("database")]
    Database(#[from] DbErr),
    /// Dispatch is away.
    #[error("dispatch is away: {0}")]
    Away(String),
    /// The log itself is not what it was.
    #[error("the log cannot be followed: {0}")]
    Stop(Stop),
    /// Other replicas never stood still.
    #[error("the cursor moved on during every attempt")]
    Busy,
    /// Nobody listens any more.
    #[error("the caller is gone")]
    Gone,
}

/// A verification at work.
struct Recomputation<'a> {
    store: &'a Store,
    handle: &'a Handle,
    district: &'a str,
    progress: &'a mpsc::Sender<Progress>,
    account: Account,
    ledger: Ledger,
    follower: Follower,
    /// Decisions that wait for the event they took effect behind.
    waiting: VecDeque<Decided>,
    /// The number of the last decision that was read.
    decided: i64,
    points: BTreeMap<PointsKey, Points>,
    stored: Stored,
    difference: Option<Difference>,
}

/// The stored ledger, read page by page.
#[derive(Default)]
struct Stored {
    page: VecDeque<Entry>,
    read: i64,
}

/// Verifies a district.
pub(crate) async fn run(
    store: &Store,
    handle: &Handle,
    district: &str,
    progress: &mpsc::Sender<Progress>,
) -> Result<Verification, Error> {
    let mut until = Until::now(store, district).await?;
    let schemes = store.built_in();
    let mut it = Recomputation {
        store,
        handle,
        district,
        progress,
        account: Account::new(schemes.clone()),
        ledger: Ledger::new(district, Head::default(), schemes.clone()),
        follower: Follower::new(until.place.and_then(Place::known_epoch), 0),
        waiting: VecDeque::new(),
        decided: 0,
        points: BTreeMap::new(),
        stored: Stored::default(),
        difference: None,
    };
    it.recompute_to(until).await?;
    let _turn = handle.gate.lock().await;
    for _ in 0..ATTEMPTS {
        until = Until::now(store, district).await?;
        it.recompute_to(until).await?;
        let found = it.compare(until.place).await?;
        if Until::now(store, district).await? == until {
            return Ok(found);
        }
        it.difference = None;
    }
    Err(Error::Busy)
}

/// How far both logs are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Until {
    place: Option<Place>,
    decided: i64,
}

impl Until {
    async fn now(store: &Store, district: &str) -> Result<Self, DbErr> {
        // The decision first: what it took effect behind was applied before.
        let decided = sheets::last_decision(store.db().read(), district).await?;
        let place = store.place(district).await?;
        Ok(Self { place, decided })
    }
}

impl Recomputation<'_> {
    /// Folds events up to a place, and each decision behind its event; compares each entry with the stored one.
    async fn recompute_to(&mut self, until: Until) -> Result<(), Error> {
        while self.decided < until.decided {
            let db = self.store.db().read();
            let page = sheets::decisions_after(db, self.district, self.decided, PAGE).await?;
            let Some(last) = page.last() else { break };
            self.decided = last.number;
            self.waiting.extend(page);
        }
        let to = until.place.map_or(0, |it| it.position);
        self.decide().await?;
        let (epoch, from) = (self.follower.epoch(), self.follower.position());
        if from >= to {
            return Ok(());
        }
        let mut frames = self.handle.dispatch.watch(epoch, from, false).await?;
        while self.follower.position() < to {
            let ended = || Error::Away("its log ended early".to_owned());
            match frames.recv().await.ok_or_else(ended)?? {
                Frame::Head { epoch, position } => {
                    self.follower.head(&epoch, position).map_err(Error::Stop)?;
                }
                Frame::Events(events) => {
                    for (event, _) in events {
                        let at = &event.reference;
                        let verdict = self
                            .follower
                            .event(at.position, at.id)
                            .map_err(Error::Stop)?;
                        if verdict == Verdict::Apply {
                            self.fold(&event).await?;
                            self.decide().await?;
                        }
                        if self.follower.position() == to {
                            break;
                        }
                    }
                    let step = (self.follower.position(), to);
                    self.progress.send(step).await.map_err(|_| Error::Gone)?;
                }
            }
        }
        Ok(())
    }

    async fn fold(&mut self, event: &Event) -> Result<(), Error> {
        let moves = self.account.fold(event);
        self.write(moves, &event.reference, event.recorded_at).await
    }

    /// Carries out the decisions that took effect behind the last event.
    async fn decide(&mut self) -> Result<(), Error> {
        let position = self.follower.position();
        while let Some(it) = self.waiting.pop_front_if(|it| it.after <= position) {
            let moves = self.account.decide(&it.decision);
            self.ledger.judge_by(self.account.schemes());
            self.write(moves, &it.reference, it.recorded_at).await?;
        }
        Ok(())
    }

    async fn write(
        &mut self,
        moves: Vec<Move>,
        cause: &Reference,
        recorded_at: OffsetDateTime,
    ) -> Result<(), Error> {
        for it in moves {
            let entry = self
                .ledger
                .write(it, cause, recorded_at)
                .map_err(|missing| Error::Stop(Stop::Damaged(missing.to_string())))?;
            add_entry(&mut self.points, &entry);
            if self.difference.is_none() {
                let stored = self.stored.next(self.store, self.district).await?;
                self.difference = compare::entries(stored.as_ref(), Some(&entry));
            }
        }
        Ok(())
    }

    /// Compares everything else, as it stands.
    async fn compare(&mut self, place: Option<Place>) -> Result<Verification, Error> {
        if self.difference.is_none() {
            self.difference = self.compare_end().await?;
        }
        if self.difference.is_none() {
            self.difference = self.compare_tasks().await?;
        }
        if self.difference.is_none() {
            self.difference = self.compare_cases().await?;
        }
        if self.difference.is_none() {
            self.difference = self.compare_sheets().await?;
        }
        if self.difference.is_none() {
            self.difference = self.compare_rollup().await?;
        }
        if self.difference.is_none() {
            let totals = totals::of(&self.account.gained);
            self.difference = sums::compare_totals(self.store, self.district, totals).await?;
        }
        if self.difference.is_none() {
            self.difference = self.compare_points().await?;
        }
        let rounds = self
            .account
            .tasks
            .values()
            .map(|it| it.fact().rounds.len())
            .sum::<usize>();
        Ok(Verification {
            difference: self.difference.clone(),
            place,
            head: self.ledger.head.clone(),
            facts: i64::try_from(rounds).unwrap_or(i64::MAX),
            rows: i64::try_from(self.account.gained.0.len()).unwrap_or(i64::MAX),
        })
    }

    /// The stored ledger must end where the recomputed one does, in its rows and by its own account.
    async fn compare_end(&mut self) -> Result<Option<Difference>, Error> {
        if let Some(extra) = self.stored.peek(self.store, self.district).await? {
            return Ok(compare::entries(Some(extra), None));
        }
        let (stored, head) = (
            ledger::head(self.store.db().read(), self.district).await?,
            &self.ledger.head,
        );
        let text = |it: &Head| format!("{} {}", it.sequence, it.hash);
        Ok((stored != *head).then(|| Difference {
            part: "ledger",
            row: "head".to_owned(),
            field: "hash",
            stored: text(&stored),
            recomputed: text(head),
        }))
    }

    async fn compare_tasks(&self) -> Result<Option<Difference>, Error> {
        let (db, mut after) = (self.store.db().read(), None::<Uuid>);
        loop {
            let stored = facts::tasks_after(db, self.district, after, PAGE).await?;
            let last = stored.keys().next_back().copied();
            let recomputed: BTreeMap<Uuid, _> = slice(&self.account.tasks, after, last)
                .map(|(id, it)| (*id, it.fact()))
                .collect();
            for id in union(stored.keys(), recomputed.keys()) {
                let name = format!("tasks/{id}");
                let found = compare::tasks(&name, stored.get(id), recomputed.get(id).copied());
                if found.is_some() {
                    return Ok(found);
                }
            }
            if last.is_none() {
                return Ok(None);
            }
            after = last;
        }
    }

    async fn compare_cases(&self) -> Result<Option<Difference>, Error> {
        let (db, mut after) = (self.store.db().read(), None::<Uuid>);
        loop {
            let stored = facts::cases_after(db, self.district, after, PAGE).await?;
            let last = stored.keys().next_back().copied();
            let recomputed: BTreeMap<Uuid, _> = slice(&self.account.cases, after, last)
                .filter_map(|(id, it)| Some((*id, it.as_ref()?)))
                .collect();
            for id in union(stored.keys(), recomputed.keys()) {
                let name = format!("cases/{id}");
                let found = compare::cases(&name, stored.get(id), recomputed.get(id).copied());
                if found.is_some() {
                    return Ok(found);
                }
            }
            if last.is_none() {
                return Ok(None);
            }
            after = last;
        }
    }
}

impl Stored {
    async fn next(&mut self, store: &Store, district: &str) -> Result<Option<Entry>, DbErr> {
        self.peek(store, district).await?;
        let next = self.page.pop_front();
        self.read = next.as_ref().map_or(self.read, |it| it.sequence);
        Ok(next)
    }

    async fn peek(&mut self, store: &Store, district: &str) -> Result<Option<&Entry>, DbErr> {
        if self.page.is_empty() {
            let all = ledger::Filter::default();
            let db = store.db().read();
            let page = ledger::list(db, district, &all, Sort::Sequence, self.read, PAGE).await?;
            self.page = page.into_iter().map(|(entry, _)| entry).collect();
        }
        Ok(self.page.front())
    }
}

/// What lies behind `after` and not behind `last`; with no `last`, all the rest.
fn slice<V>(
    all: &BTreeMap<Uuid, V>,
    after: Option<Uuid>,
    last: Option<Uuid>,
) -> impl Iterator<Item = (&Uuid, &V)> {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    all.range((
        after.map_or(Unbounded, Excluded),
        last.map_or(Unbounded, Included),
    ))
}

fn union<'a>(
    one: impl Iterator<Item = &'a Uuid>,
    other: impl Iterator<Item = &'a Uuid>,
) -> std::collections::BTreeSet<&'a Uuid> {
    one.chain(other).collect()
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Away(status) => Self::Away(status.message().to_owned()),
            Failure::Stop(stop) => Self::Stop(stop),
        }
    }
}
