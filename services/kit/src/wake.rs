//! Timers without timer rows: an aggregate says when it wants to be looked at ([`Aggregate::wake_at`]), that time
//! is stored and indexed with its state, and this worker looks.
//!
//! What fires is decided by the state, inside the change that records it: so it fires exactly once, never early,
//! survives a restart, and a timer of an older state cannot exist. Two replicas may look at the same aggregate;
//! the second finds nothing due.
//!
//! [`Aggregate::wake_at`]: crate::log::Aggregate::wake_at

use std::{
    collections::{HashMap, HashSet},
    fmt::Display,
    future::Future,
    time::Duration,
};

use futures::{StreamExt, stream};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    db::{from_micros, micros},
    log::{
        Log,
        entity::aggregate::{Column, Entity},
    },
    sabotage::point,
};

const AT_ONCE: u64 = 256;

/// An aggregate whose time has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Due {
    /// Its district.
    pub district: String,
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// When it wanted to be looked at.
    pub wake_at: OffsetDateTime,
}

/// Looks at due aggregates, oldest first, until stopped. `tick` records what is due at the time it is given; after
/// it the aggregate must want a later time or none. One that fails is tried again later and holds nothing up.
pub async fn run<F, T, E>(log: Log, clock: Clock, stop: CancellationToken, tick: F)
where
    F: Fn(Due, OffsetDateTime) -> T,
    T: Future<Output = Result<(), E>>,
    E: Display,
{
    let worker = clock.worker();
    let mut commits = log.watch();
    let mut failing = Failing::by(&clock);
    loop {
        commits.mark_unchanged();
        log.take_wishes();
        let now = clock.now();
        let next = match look(&log, now, &mut failing, &tick).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "timers cannot be read");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        // Most commits want nothing sooner than what is waited for already: reading the table after each of them would
        // cost more than the commit. What failed is tried again after any of them.
        let signal = async {
            if failing.lately.is_empty() {
                log.wants_before(next).await;
            } else {
                let _ = commits.changed().await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = worker.idle(now, next, signal) => {}
        }
    }
}

/// Fires everything due at `now`; answers when the next one is due.
async fn look<F, T, E>(
    log: &Log,
    now: OffsetDateTime,
    failing: &mut Failing,
    tick: &F,
) -> Result<Option<OffsetDateTime>, DbErr>
where
    F: Fn(Due, OffsetDateTime) -> T,
    T: Future<Output = Result<(), E>>,
    E: Display,
{
    let mut fired: HashSet<Due> = HashSet::new();
    loop {
        let page = due(log, now, AT_ONCE + failing.lately.len() as u64).await?;
        let ready: Vec<Due> = page
            .into_iter()
            .filter(|it| failing.may_try(it, now))
            .collect();
        if ready.is_empty() {
            break;
        }
        let results: Vec<(Due, Result<(), E>)> = stream::iter(ready)
            .map(|due| async {
                let _ = point("due").await;
                let result = tick(due.clone(), now).await;
                let _ = point("fired").await;
                (due, result)
            })
            .buffer_unordered(AT_ONCE as usize)
            .collect()
            .await;
        for (due, result) in results {
            match result {
                Ok(()) if fired.insert(due.clone()) => failing.forget(&due),
                Ok(()) => failing.note(&due, now, &"it fired and is still due"),
                Err(error) => failing.note(&due, now, &error),
            }
        }
    }
    let next: Option<i64> = Entity::find()
        .select_only()
        .column(Column::WakeAt)
        .filter(Column::WakeAt.gt(micros(now)))
        .order_by_asc(Column::WakeAt)
        .limit(1)
        .into_tuple()
        .one(log.db().read())
        .await?;
    Ok(next.map(from_micros))
}

async fn due(log: &Log, now: OffsetDateTime, limit: u64) -> Result<Vec<Due>, DbErr> {
    let rows: Vec<(String, String, String, i64)> = Entity::find()
        .select_only()
        .columns([Column::District, Column::Kind, Column::Id, Column::WakeAt])
        .filter(Column::WakeAt.lte(micros(now)))
        .order_by_asc(Column::WakeAt)
        .limit(limit)
        .into_tuple()
        .all(log.db().read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|(district, kind, id, at)| Due {
            district,
            kind,
            id,
            wake_at: from_micros(at),
        })
        .collect())
}

/// What failed lately, and when it may be tried again: after a pause of real time, for a stuck timer must not spin; by
/// a virtual clock when it has moved, so that the same course of events has the same outcome.
struct Failing {
    is_virtual: bool,
    lately: HashMap<(String, String), Failed>,
}

struct Failed {
    tries: u32,
    not_before: Instant,
    seen_at: OffsetDateTime,
}

impl Failing {
    fn by(clock: &Clock) -> Self {
        Self {
            is_virtual: clock.is_virtual(),
            lately: HashMap::new(),
        }
    }

    fn may_try(&self, due: &Due, now: OffsetDateTime) -> bool {
        self.lately.get(&key(due)).is_none_or(|it| {
            if self.is_virtual {
                now > it.seen_at
            } else {
                Instant::now() >= it.not_before
            }
        })
    }

    fn forget(&mut self, due: &Due) {
        self.lately.remove(&key(due));
    }

    fn note(&mut self, due: &Due, now: OffsetDateTime, error: &dyn Display) {
        tracing::error!(%error, kind = due.kind, id = due.id, "timer failed");
        let tries = self.lately.get(&key(due)).map_or(0, |it| it.tries) + 1;
        let pause = Duration::from_millis(250) * 2u32.pow(tries.min(8));
        let failed = Failed {
            tries,
            not_before: Instant::now() + pause,
            seen_at: now,
        };
        self.lately.insert(key(due), failed);
    }
}

fn key(due: &Due) -> (String, String) {
    (due.kind.clone(), due.id.clone())
}
