//! Writes denied calls, many at once, and forgets old ones.

use std::time::Duration;

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use tokio::{sync::mpsc, time::Instant};

use super::{
    Asked, WAITING,
    entity::{ActiveModel, Column, Entity, Model},
    tally::Tally,
};
use crate::{
    clock,
    db::{Db, micros, rows::Writes},
};

/// How long a call may be counted only in memory, if one like it is on disk.
const LAG: Duration = Duration::from_secs(1);
/// Six months.
const KEPT: time::Duration = time::Duration::days(183);
/// How often old rows are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(6 * 3600);

/// Records what is asked until nobody can ask any more.
pub(super) async fn keep(db: Db, mut asked: mpsc::Receiver<Asked>) {
    let mut tally = Tally::default();
    let mut due: Option<Instant> = None;
    let mut sweep = Instant::now();
    loop {
        let next = tokio::time::timeout_at(due.unwrap_or(sweep), asked.recv()).await;
        let over = matches!(next, Ok(None));
        let mut waiting = Vec::new();
        let first = next.ok().flatten();
        let more = std::iter::from_fn(|| asked.try_recv().ok());
        for it in first.into_iter().chain(more).take(WAITING) {
            if tally.count(it.denied) {
                waiting.push(it.recorded);
            } else {
                it.recorded.send(()).ok(); // the caller may have gone
            }
            due = due.or_else(|| Some(Instant::now() + LAG));
        }
        if !waiting.is_empty() || over || due.is_some_and(|it| it <= Instant::now()) {
            due = write(&db, &mut tally).await;
        }
        for recorded in waiting {
            recorded.send(()).ok(); // the caller may have gone
        }
        if over {
            return;
        }
        if sweep <= Instant::now() {
            sweep = Instant::now() + SWEEP_EVERY;
            forget(&db).await;
        }
    }
}

/// Writes what has changed; when to try again if that failed.
async fn write(db: &Db, tally: &mut Tally) -> Option<Instant> {
    let rows = tally.take();
    let written = rows.clone();
    let result = db
        .write(move |tx| {
            let rows: Vec<ActiveModel> = rows.iter().cloned().map(Model::into).collect();
            let replaced = &[Column::Count, Column::LastAt];
            Box::pin(async move {
                let mut writes = Writes::new(tx);
                writes.upsert(rows, &[Column::Id], replaced).await?;
                writes.finish().await
            })
        })
        .await;
    let error = result.err()?;
    tracing::error!(%error, "denied calls could not be recorded; they will be tried again");
    tally.give_back(written);
    Some(Instant::now() + LAG)
}

async fn forget(db: &Db) {
    let old = micros(clock::wall() - KEPT);
    let result: Result<(), DbErr> = db
        .write(move |tx| {
            let old = Entity::delete_many().filter(Column::LastAt.lt(old));
            Box::pin(async move { old.exec(tx).await.map(drop) })
        })
        .await;
    if let Err(error) = result {
        tracing::warn!(%error, "old denied calls could not be forgotten");
    }
}
