//! What scoring keeps: facts, rollup, ledger and its place in dispatch's log, all moved in one transaction.
//!
//! ```text
//!  batch of events ─▶ lock the ledger's end ─▶ am I where I think? ─▶ load facts ─▶ fold (pure)
//!                  ─▶ facts, rollup, entries, ledger's end, cursor  ─▶ commit
//! ```
//!
//! Beside it stands scoring's own log: what people decide (funds, surveys, appeals) is recorded there by the kit's
//! committer, with author, request id and hash chain, and never mixes with what dispatch's events say.
//!
//! What must stay true: a batch takes effect exactly once, because the cursor moves in the same transaction and is
//! compared first; two consumers of one district cannot both apply it, because the ledger's end is locked.

mod aggregates;
pub(crate) mod appeals;
mod apply;
mod bare;
pub(crate) mod books;
pub(crate) mod change;
pub(crate) mod closing;
mod counts_migration;
mod days_migration;
mod decide;
mod decision_migration;
pub(crate) mod entity;
mod entity_outside;
mod evidence;
mod evidence_migration;
pub(crate) mod facts;
mod integrity;
pub(crate) mod items;
mod last_event_migration;
pub(crate) mod ledger;
mod migration;
pub(crate) mod outside;
mod packed;
mod people_migration;
pub(crate) mod recount;
pub(crate) mod rollup;
mod rollup_migration;
pub(crate) mod sheets;
mod surveys;
pub(crate) mod totals;
pub(crate) mod view;
mod views;

use liandong_kit::{
    clock::Clock,
    commit::Committer,
    cursor::{self, Place},
    db::{self, Db},
    log::{Broken, Log, Proved},
};
use sea_orm::DbErr;
use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

pub(crate) use self::apply::{Applied, Batch};
use self::books::Books;
use crate::domain::{feed::Follower, scheme::Book};

/// Scoring's name as a consumer of dispatch's log.
pub(crate) const CONSUMER: &str = "scoring";

/// Rows per statement at most: SQLite takes 32,766 values, and the widest table has 71 columns.
const ROWS: usize = 256;

/// Proves a database of scoring, as after a restore: its files and its own log; see [`Log::prove`]. Whether ledger, facts
/// and totals follow from dispatch's log is what the RPC `VerifyLedger` says.
pub async fn verify(db: Db, now: OffsetDateTime) -> Result<Vec<Proved>, Broken> {
    Log::new(db).prove(now, aggregates::check).await
}

/// Scoring's tables. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    db: Db,
    books: Books,
    committer: Committer,
}

impl Store {
    /// Opens the tables, making or updating them first.
    pub(crate) async fn open(db: Db, schemes: Book, clock: Clock) -> Result<Self, db::Error> {
        db.migrate::<migration::Migrator>().await?;
        let books = Books::new(schemes);
        let rows = views::Rows::new(books.clone());
        let committer = Committer::start(db.clone(), clock, rows);
        Ok(Self {
            db,
            books,
            committer,
        })
    }

    /// Scoring's own log: what people decided.
    pub(crate) fn log(&self) -> &Log {
        self.committer.log()
    }

    /// The database.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// The schemes every installation has.
    pub(crate) fn built_in(&self) -> &Book {
        self.books.built_in()
    }

    /// A district's schemes: those every installation has, and those it put in force.
    pub(crate) async fn schemes(&self, district: &str) -> Result<Book, DbErr> {
        let db = self.db.read();
        let end = ledger::end(db, district).await?;
        self.books.of(db, district, end.schemes).await
    }

    /// The latest instant of which anything is known.
    pub(crate) async fn latest(&self, district: &str) -> Result<OffsetDateTime, DbErr> {
        Ok(ledger::end(self.db.read(), district).await?.latest_at)
    }

    /// How far a district's log has been applied; `None` before the first batch.
    pub(crate) async fn place(&self, district: &str) -> Result<Option<Place>, DbErr> {
        cursor::load(self.db.read(), CONSUMER, district).await
    }

    /// One who follows a district's log from there on, and knows which event was applied last.
    pub(crate) async fn follower(&self, district: &str) -> Result<Follower, DbErr> {
        let Some(place) = self.place(district).await? else {
            return Ok(Follower::new(None, 0));
        };
        let end = ledger::end(self.db.read(), district).await?;
        // Another replica may have moved on in between: then it is not known.
        let last = end.last.filter(|it| it.position == place.position);
        // Of a log that was restored any epoch will do, but only with the event that was applied last in its place.
        Ok(match last {
            Some(last) => Follower::after(place.known_epoch(), place.position, last.event),
            None => Follower::new(Some(place.epoch), place.position),
        })
    }

    /// Takes the epoch of a log that was restored and holds what was applied; nothing if it is known by now.
    pub(crate) async fn adopt(
        &self,
        district: &str,
        place: Place,
        now: OffsetDateTime,
    ) -> Result<(), DbErr> {
        let district = district.to_owned();
        let adopted = self.db.write(move |tx| {
            let district = district.clone();
            Box::pin(async move {
                ledger::lock(tx, &district).await?;
                let known = cursor::load(tx, CONSUMER, &district).await?;
                let is_open =
                    |it: Place| it.known_epoch().is_none() && it.position == place.position;
                match known.is_some_and(is_open) {
                    true => cursor::save(tx, CONSUMER, &district, place, now).await,
                    false => Ok(()),
                }
            })
        });
        adopted.await
    }

    /// The districts that were ever followed.
    pub(crate) async fn districts(&self) -> Result<Vec<String>, DbErr> {
        ledger::districts(self.db.read()).await
    }
}

/// Cuts rows into parts of 256, 128, … 1: so few different statements are met again and again, and the database
/// need not read and plan a new one for every number of rows.
fn parts<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let size = rest.len().checked_ilog2().map(|it| 1 << it)?;
        let (part, behind) = rest.split_at(std::cmp::min(size, ROWS));
        rest = behind;
        Some(part)
    })
}

fn json(value: &impl Serialize) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Json(error.to_string()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))
}

#[cfg(test)]
mod tests;
