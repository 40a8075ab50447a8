//! Reading the log: in order, one aggregate's history, folded states, and following it as it grows.

use std::time::Duration;

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;
use tokio::sync::watch;
use uuid::Uuid;

use super::{Aggregate, GENESIS, Recorded, entity};
use crate::db::{Db, from_micros, micros};

/// Another replica's commits are noticed within this time; our own at once.
const POLL: Duration = Duration::from_millis(250);

/// A handle for reading a service's log. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Log {
    db: Db,
    commits: watch::Sender<u64>,
    /// The earliest time at which something that was committed wants to be looked at, until a timer takes note.
    wanted: watch::Sender<Option<i64>>,
}

/// Where a district's log ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Changes when the log is restored from a backup: cursors of the old epoch are void.
    pub epoch: Uuid,
    /// Position of the last event; 0 while there is none.
    pub position: i64,
    /// The running hash over all events.
    pub hash: String,
}

/// An aggregate's folded state.
#[derive(Clone, Debug)]
pub struct Loaded<A> {
    /// Its id.
    pub id: String,
    /// How many events it has had; the etag.
    pub version: i64,
    /// The state.
    pub state: A,
}

impl Log {
    /// The log in a database, for reading. A service that writes has its committer's.
    pub fn new(db: Db) -> Self {
        Self {
            db,
            commits: watch::Sender::new(0),
            wanted: watch::Sender::new(None),
        }
    }

    /// A transaction is committed; the earliest of its states' wishes to be looked at is `wake_at`.
    pub(crate) fn committed(&self, wake_at: Option<i64>) {
        self.commits.send_modify(|count| *count += 1);
        if let Some(at) = wake_at {
            self.wanted.send_if_modified(|wanted| {
                let earlier = wanted.is_none_or(|it| at < it);
                if earlier {
                    *wanted = Some(at);
                }
                earlier
            });
        }
    }

    /// Takes note of every wish so far: what is read from now on shows it.
    pub(crate) fn take_wishes(&self) {
        self.wanted.send_replace(None);
    }

    /// Returns when something was committed, since [`Log::take_wishes`], that wants to be looked at before `next`.
    pub(crate) async fn wants_before(&self, next: Option<OffsetDateTime>) {
        let next = next.map(micros);
        let mut wanted = self.wanted.subscribe();
        let sooner = |it: &Option<i64>| it.is_some_and(|at| next.is_none_or(|next| at < next));
        let _ = wanted.wait_for(sooner).await;
    }

    /// The database it is kept in.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Changes after every commit of this process.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }

    /// Returns after the next commit: at once for ours, within a quarter of a second for another replica's.
    /// Take `commits` from [`Log::watch`] before reading, so that nothing is missed.
    pub async fn wait(&self, commits: &mut watch::Receiver<u64>) {
        let _ = tokio::time::timeout(POLL, commits.changed()).await;
        commits.mark_unchanged();
    }

    /// The districts that have a log.
    pub async fn districts(&self) -> Result<Vec<String>, DbErr> {
        use entity::head::{Column, Entity};
        let rows = Entity::find()
            .order_by_asc(Column::District)
            .all(self.db.read())
            .await?;
        Ok(rows.into_iter().map(|row| row.district).collect())
    }

    /// Where a district's log ends; `None` if it has none yet.
    pub async fn head(&self, district: &str) -> Result<Option<Head>, DbErr> {
        let row = entity::head::Entity::find_by_id(district)
            .one(self.db.read())
            .await?;
        Ok(row.map(|row| Head {
            epoch: row.epoch,
            position: row.position,
            hash: row.hash,
        }))
    }

    /// The events after a position, oldest first, at most `limit`.
    pub async fn read(
        &self,
        district: &str,
        after: i64,
        limit: u64,
    ) -> Result<Vec<Recorded>, DbErr> {
        use entity::event::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::District.eq(district))
            .filter(Column::Position.gt(after))
            .order_by_asc(Column::Position)
            .limit(limit)
            .all(self.db.read())
            .await?;
        Ok(rows.into_iter().map(recorded).collect())
    }

    /// Every event of one aggregate, oldest first.
    pub async fn history(
        &self,
        district: &str,
        aggregate: &str,
        id: &str,
    ) -> Result<Vec<Recorded>, DbErr> {
        use entity::event::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::District.eq(district))
            .filter(Column::Aggregate.eq(aggregate))
            .filter(Column::AggregateId.eq(id))
            .order_by_asc(Column::Version)
            .all(self.db.read())
            .await?;
        Ok(rows.into_iter().map(recorded).collect())
    }

    /// One aggregate's state, if it exists.
    pub async fn load<A: Aggregate>(
        &self,
        district: &str,
        id: &str,
    ) -> Result<Option<Loaded<A>>, DbErr> {
        Ok(self.load_many::<A>(district, &[id]).await?.pop())
    }

    /// Several aggregates' states; those that do not exist are left out.
    pub async fn load_many<A: Aggregate>(
        &self,
        district: &str,
        ids: &[&str],
    ) -> Result<Vec<Loaded<A>>, DbErr> {
        use entity::aggregate::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::District.eq(district))
            .filter(Column::Kind.eq(A::KIND))
            .filter(Column::Id.is_in(ids.iter().copied()))
            .all(self.db.read())
            .await?;
        rows.into_iter().map(loaded).collect()
    }

    /// The aggregates of a kind behind an id, by id, at most `limit`.
    pub async fn load_after<A: Aggregate>(
        &self,
        district: &str,
        after: &str,
        limit: u64,
    ) -> Result<Vec<Loaded<A>>, DbErr> {
        use entity::aggregate::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::District.eq(district))
            .filter(Column::Kind.eq(A::KIND))
            .filter(Column::Id.gt(after))
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(self.db.read())
            .await?;
        rows.into_iter().map(loaded).collect()
    }

    /// Every aggregate of a kind, by id. For what a service keeps in memory.
    pub async fn load_all<A: Aggregate>(&self, district: &str) -> Result<Vec<Loaded<A>>, DbErr> {
        use entity::aggregate::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::District.eq(district))
            .filter(Column::Kind.eq(A::KIND))
            .order_by_asc(Column::Id)
            .all(self.db.read())
            .await?;
        rows.into_iter().map(loaded).collect()
    }
}

fn loaded<A: Aggregate>(row: entity::aggregate::Model) -> Result<Loaded<A>, DbErr> {
    let state = serde_json::from_str(&row.state).map_err(|error| DbErr::Json(error.to_string()))?;
    Ok(Loaded {
        id: row.id,
        version: row.version,
        state,
    })
}

/// An event from its row.
pub fn recorded(row: entity::event::Model) -> Recorded {
    Recorded {
        id: row.id,
        district: row.district,
        position: row.position,
        aggregate: row.aggregate,
        aggregate_id: row.aggregate_id,
        version: row.version,
        kind: row.kind,
        payload: row.payload,
        person: row.person,
        organization: row.organization,
        occurred_at: from_micros(row.occurred_at),
        recorded_at: from_micros(row.recorded_at),
        traceparent: row.traceparent,
        prev_hash: row.prev_hash,
        hash: row.hash,
    }
}

impl Head {
    /// The head of a log that has no event yet.
    pub(crate) fn empty() -> Self {
        Self {
            epoch: Uuid::now_v7(),
            position: 0,
            hash: GENESIS.to_owned(),
        }
    }
}
