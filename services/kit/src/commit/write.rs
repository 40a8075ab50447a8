//! The committer's statements: one per table and batch.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QuerySelect, sea_query::OnConflict,
};
use time::OffsetDateTime;

use super::slot::{Key, Reader, Slot};
use crate::{
    db::{Db, micros, rows},
    log::{CHECKPOINT_EVERY, Head, Recorded, entity},
    sabotage::{Sabotage, on},
};

/// Rows that are made at once: a large import is written piece by piece, never held as text as a whole.
const PIECE: usize = 1000;

/// Locks a district's head row until the transaction ends; makes it for the district's first change.
pub(super) async fn lock_head(tx: &DatabaseTransaction, district: &str) -> Result<Head, DbErr> {
    use entity::head::{ActiveModel, Column, Entity};
    for _ in 0..2 {
        let mut head = Entity::find_by_id(district);
        if !on(Sabotage::LoosePositions) {
            head = head.lock_exclusive();
        }
        if let Some(row) = head.one(tx).await? {
            return Ok(Head {
                epoch: row.epoch,
                position: row.position,
                hash: row.hash,
            });
        }
        let head = Head::empty();
        let row = ActiveModel {
            district: Set(district.to_owned()),
            epoch: Set(head.epoch),
            position: Set(head.position),
            hash: Set(head.hash),
        };
        let nothing = OnConflict::column(Column::District).do_nothing().to_owned();
        Entity::insert(row)
            .on_conflict(nothing)
            .exec_without_returning(tx)
            .await?;
    }
    Err(DbErr::RecordNotFound(format!("head of {district}")))
}

/// Positions as an auto-increment column gives them: before the transaction that uses them has its turn.
pub(super) async fn take_positions(db: &Db, before: Head, many: usize) -> Result<Head, DbErr> {
    use sea_orm::ConnectionTrait;
    let statements = [
        "CREATE SEQUENCE IF NOT EXISTS loose_position".to_owned(),
        format!(
            "SELECT setval('loose_position', {}) WHERE NOT (SELECT is_called FROM loose_position)",
            before.position.max(1)
        ),
    ];
    for statement in statements {
        // Two replicas may make it at once: then it is there.
        let _ = db.read().execute_unprepared(&statement).await;
    }
    let take = format!(
        "SELECT max(nextval('loose_position')) FROM generate_series(1, {})",
        many.max(1)
    );
    let row = db
        .read()
        .query_one_raw(sea_orm::Statement::from_string(
            db.read().get_database_backend(),
            take,
        ))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("positions".to_owned()))?;
    let last: i64 = row.try_get_by_index(0)?;
    Ok(Head {
        position: last - many as i64,
        ..before
    })
}

pub(super) async fn move_head(
    tx: &DatabaseTransaction,
    district: &str,
    before: &Head,
    head: &Head,
) -> Result<(), DbErr> {
    use entity::head::{Column, Entity};
    let mut update = Entity::update_many()
        .col_expr(Column::Position, head.position.into())
        .col_expr(Column::Hash, head.hash.clone().into())
        .filter(Column::District.eq(district));
    if on(Sabotage::LoosePositions) {
        update = update.filter(Column::Position.lt(head.position));
        return update.exec(tx).await.map(drop);
    }
    let done = update
        .filter(Column::Position.eq(before.position))
        .exec(tx)
        .await?;
    if done.rows_affected == 1 {
        Ok(())
    } else {
        Err(DbErr::RecordNotUpdated)
    }
}

/// Keeps the running hash at every [`CHECKPOINT_EVERY`]th position.
pub(super) async fn checkpoints(
    tx: &DatabaseTransaction,
    district: &str,
    passed: Vec<(i64, String)>,
    now: OffsetDateTime,
) -> Result<(), DbErr> {
    use entity::checkpoint::ActiveModel;
    let rows: Vec<_> = passed
        .into_iter()
        .filter(|(position, _)| position % CHECKPOINT_EVERY == 0)
        .map(|(position, hash)| ActiveModel {
            district: Set(district.to_owned()),
            position: Set(position),
            hash: Set(hash),
            recorded_at: Set(micros(now)),
        })
        .collect();
    if !rows.is_empty() {
        rows::insert(tx, rows).await?;
    }
    Ok(())
}

/// Loads what rules asked for.
pub(super) async fn load(
    tx: &DatabaseTransaction,
    district: &str,
    missing: HashMap<Key, Reader>,
) -> Result<Vec<(Key, Slot)>, DbErr> {
    use entity::aggregate::{Column, Entity, Model};
    let mut by_kind: HashMap<&'static str, Vec<(Key, Reader)>> = HashMap::new();
    for (key, reader) in missing {
        by_kind.entry(key.kind).or_default().push((key, reader));
    }
    let mut slots = Vec::new();
    for (kind, wanted) in by_kind {
        let mut found: HashMap<String, Model> = HashMap::new();
        let ids = wanted.iter().map(|(key, _)| key.id.clone()).collect();
        let rows = Entity::find()
            .filter(Column::District.eq(district))
            .filter(Column::Kind.eq(kind))
            .filter(rows::among(tx, Column::Id, ids))
            .all(tx)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
        for (key, reader) in wanted {
            let slot = reader(found.get(&key.id))
                .map_err(|error| DbErr::Json(format!("{kind} {}: {error}", key.id)))?;
            slots.push((key, slot));
        }
    }
    Ok(slots)
}

/// Earlier answers to these requests: key → (body hash, answer).
pub(super) async fn answers(
    tx: &DatabaseTransaction,
    keys: Vec<String>,
) -> Result<HashMap<String, (String, Vec<u8>)>, DbErr> {
    use entity::request::{Column, Entity};
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = Entity::find()
        .filter(rows::among(tx, Column::Key, keys))
        .all(tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.key, (row.body_hash, row.answer)))
        .collect())
}

pub(super) async fn keep_answers(
    tx: &DatabaseTransaction,
    answers: Vec<(String, String, Vec<u8>)>,
    now: OffsetDateTime,
) -> Result<(), DbErr> {
    use entity::request::ActiveModel;
    let rows = answers
        .into_iter()
        .map(|(key, body_hash, answer)| ActiveModel {
            key: Set(key),
            body_hash: Set(body_hash),
            answer: Set(answer),
            recorded_at: Set(micros(now)),
        });
    rows::insert(tx, rows.collect()).await
}

pub(super) async fn events(tx: &DatabaseTransaction, events: &[Recorded]) -> Result<(), DbErr> {
    use entity::event::ActiveModel;
    for part in events.chunks(PIECE) {
        let rows = part.iter().map(|event| ActiveModel {
            district: Set(event.district.clone()),
            position: Set(event.position),
            id: Set(event.id),
            aggregate: Set(event.aggregate.clone()),
            aggregate_id: Set(event.aggregate_id.clone()),
            version: Set(event.version),
            kind: Set(event.kind.clone()),
            payload: Set(event.payload.clone()),
            person: Set(event.person.clone()),
            organization: Set(event.organization.clone()),
            occurred_at: Set(micros(event.occurred_at)),
            recorded_at: Set(micros(event.recorded_at)),
            traceparent: Set(event.traceparent.clone()),
            prev_hash: Set(event.prev_hash.clone()),
            hash: Set(event.hash.clone()),
        });
        rows::insert(tx, rows.collect()).await?;
    }
    Ok(())
}

pub(super) async fn states(
    tx: &DatabaseTransaction,
    district: &str,
    changed: &HashMap<Key, Slot>,
) -> Result<(), DbErr> {
    use entity::aggregate::{ActiveModel, Column};
    let row = |(key, slot): &(&Key, &Slot)| {
        let state = slot.state.json();
        let state = state.map_err(|it| DbErr::Json(format!("{} {}: {it}", key.kind, key.id)))?;
        Ok::<_, DbErr>(ActiveModel {
            district: Set(district.to_owned()),
            kind: Set(key.kind.to_owned()),
            id: Set(key.id.clone()),
            version: Set(slot.version),
            hash: Set(slot.hash.clone()),
            wake_at: Set(slot.state.wake_at()),
            state: Set(state),
        })
    };
    let key = [Column::District, Column::Kind, Column::Id];
    let newest = [Column::Version, Column::Hash, Column::WakeAt, Column::State];
    let changed: Vec<_> = changed.iter().collect();
    for part in changed.chunks(PIECE) {
        let rows = part.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        rows::upsert(tx, rows, &key, &newest).await?;
    }
    Ok(())
}
