//! The committer's statements. What a batch writes goes to the database in one request.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, QueryFilter, SqlErr, Statement, sea_query::OnConflict,
};
use time::OffsetDateTime;

use super::slot::{Key, Reader, Slot};
use crate::{
    db::{
        Db, micros,
        rows::{self, Guard, Writes},
    },
    log::{CHECKPOINT_EVERY, Head, Recorded, entity},
    sabotage::{Sabotage, on},
};

/// States that are made at once: a large import is written piece by piece, never held as text as a whole.
const PIECE: usize = 1000;

/// Earlier answers to requests: key → (body hash, answer).
pub(super) type Answers = HashMap<String, (String, Vec<u8>)>;

/// Locks a district's head row until the transaction ends, makes it for the district's first change, and reads the
/// earlier answers to these requests; all in one statement, if the head is where it was `last`.
///
/// PostgreSQL reads the answers as they were before it waited for the lock. So if somebody else has moved the head they
/// are read again; an answer of somebody who moved nothing is found when ours is to be kept beside it, and then the
/// transaction is run again ([`is_answered`]).
pub(super) async fn open(
    tx: &DatabaseTransaction,
    district: &str,
    keys: Vec<String>,
    last: Option<&Head>,
) -> Result<(Head, Answers), DbErr> {
    for _ in 0..2 {
        let Some((head, answers)) = locked(tx, district, keys.clone()).await? else {
            make_head(tx, district).await?;
            continue;
        };
        let answers = match last == Some(&head) || keys.is_empty() {
            true => answers,
            false => answers_to(tx, keys).await?,
        };
        return Ok((head, answers));
    }
    Err(DbErr::RecordNotFound(format!("head of {district}")))
}

/// Whether a request was answered by another replica after we had looked for its answer.
pub(super) fn is_answered(error: &DbErr) -> bool {
    let Some(SqlErr::UniqueConstraintViolation(what)) = error.sql_err() else {
        return false;
    };
    what.contains("request")
}

async fn locked(
    tx: &DatabaseTransaction,
    district: &str,
    keys: Vec<String>,
) -> Result<Option<(Head, Answers)>, DbErr> {
    let backend = tx.get_database_backend();
    let lock = match backend {
        DbBackend::Postgres if !on(Sabotage::LoosePositions) => " FOR UPDATE OF h",
        _ => "",
    };
    let (among, keys) = rows::listed(backend, "$2", keys);
    let text = format!(
        "SELECT h.epoch, h.position, h.hash, r.key, r.body_hash, r.answer \
         FROM log_head h LEFT JOIN request r ON r.key {among} WHERE h.district = $1{lock}"
    );
    let asked = Statement::from_sql_and_values(backend, text, [district.into(), keys]);
    let rows = tx.query_all_raw(asked).await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let head = Head {
        epoch: first.try_get_by_index(0)?,
        position: first.try_get_by_index(1)?,
        hash: first.try_get_by_index(2)?,
    };
    let mut answers = Answers::new();
    for row in &rows {
        if let Some(key) = row.try_get_by_index::<Option<String>>(3)? {
            let answer = (row.try_get_by_index(4)?, row.try_get_by_index(5)?);
            answers.insert(key, answer);
        }
    }
    Ok(Some((head, answers)))
}

async fn make_head(tx: &DatabaseTransaction, district: &str) -> Result<(), DbErr> {
    use entity::head::{ActiveModel, Column, Entity};
    let head = Head::empty();
    let row = ActiveModel {
        district: Set(district.to_owned()),
        epoch: Set(head.epoch),
        position: Set(head.position),
        hash: Set(head.hash),
    };
    let nothing = OnConflict::column(Column::District).do_nothing().to_owned();
    let insert = Entity::insert(row).on_conflict(nothing);
    insert.exec_without_returning(tx).await.map(drop)
}

async fn answers_to(tx: &DatabaseTransaction, keys: Vec<String>) -> Result<Answers, DbErr> {
    use entity::request::{Column, Entity};
    let rows = Entity::find()
        .filter(rows::among(tx, Column::Key, keys))
        .all(tx)
        .await?;
    let answer = |row: entity::request::Model| (row.key, (row.body_hash, row.answer));
    Ok(rows.into_iter().map(answer).collect())
}

/// Positions as an auto-increment column gives them: before the transaction that uses them has its turn.
pub(super) async fn take_positions(db: &Db, before: Head, many: usize) -> Result<Head, DbErr> {
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
        .query_one_raw(Statement::from_string(
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

/// Puts the head where the events end. Its row is locked: nobody else has moved it.
pub(super) async fn move_head(
    rows: &mut Writes<'_>,
    district: &str,
    head: &Head,
) -> Result<(), DbErr> {
    use entity::head::{ActiveModel, Column, Entity};
    if on(Sabotage::LoosePositions) {
        let update = Entity::update_many()
            .col_expr(Column::Position, head.position.into())
            .col_expr(Column::Hash, head.hash.clone().into())
            .filter(Column::District.eq(district))
            .filter(Column::Position.lt(head.position));
        return update.exec(rows.written().await?).await.map(drop);
    }
    let row = ActiveModel {
        district: Set(district.to_owned()),
        epoch: Set(head.epoch),
        position: Set(head.position),
        hash: Set(head.hash.clone()),
    };
    let moved = [Column::Position, Column::Hash];
    rows.upsert(vec![row], &[Column::District], &moved).await
}

/// Moves the head to where the events end, if it is still where they began; then it returns a row.
pub(super) fn moving(district: &str, before: &Head, after: &Head) -> Guard {
    Guard {
        text: "UPDATE log_head SET position = $1, hash = $2 \
               WHERE district = $3 AND epoch = $4 AND position = $5 AND hash = $6 RETURNING 1",
        values: vec![
            after.position.into(),
            after.hash.clone().into(),
            district.into(),
            before.epoch.into(),
            before.position.into(),
            before.hash.clone().into(),
        ],
    }
}

/// Keeps the running hash at every [`CHECKPOINT_EVERY`]th position.
pub(super) async fn checkpoints(
    rows: &mut Writes<'_>,
    district: &str,
    passed: &[(i64, String)],
    now: OffsetDateTime,
) -> Result<(), DbErr> {
    use entity::checkpoint::ActiveModel;
    let kept = passed
        .iter()
        .filter(|(position, _)| position % CHECKPOINT_EVERY == 0)
        .map(|(position, hash)| ActiveModel {
            district: Set(district.to_owned()),
            position: Set(*position),
            hash: Set(hash.clone()),
            recorded_at: Set(micros(now)),
        });
    rows.insert(kept.collect()).await
}

/// Loads what rules asked for.
pub(super) async fn load(
    tx: &impl ConnectionTrait,
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

pub(super) async fn keep_answers(
    rows: &mut Writes<'_>,
    answers: Vec<(String, String, Vec<u8>)>,
    now: OffsetDateTime,
) -> Result<(), DbErr> {
    use entity::request::ActiveModel;
    let kept = answers
        .into_iter()
        .map(|(key, body_hash, answer)| ActiveModel {
            key: Set(key),
            body_hash: Set(body_hash),
            answer: Set(answer),
            recorded_at: Set(micros(now)),
        });
    rows.insert(kept.collect()).await
}

pub(super) async fn events(rows: &mut Writes<'_>, events: Vec<Recorded>) -> Result<(), DbErr> {
    use entity::event::ActiveModel;
    let row = |event: Recorded| ActiveModel {
        district: Set(event.district),
        position: Set(event.position),
        id: Set(event.id),
        aggregate: Set(event.aggregate),
        aggregate_id: Set(event.aggregate_id),
        version: Set(event.version),
        kind: Set(event.kind),
        payload: Set(event.payload),
        person: Set(event.person),
        organization: Set(event.organization),
        occurred_at: Set(micros(event.occurred_at)),
        recorded_at: Set(micros(event.recorded_at)),
        traceparent: Set(event.traceparent),
        prev_hash: Set(event.prev_hash),
        hash: Set(event.hash),
    };
    rows.insert(events.into_iter().map(row).collect()).await
}

pub(super) async fn states(
    rows: &mut Writes<'_>,
    district: &str,
    changed: &HashMap<Key, Slot>,
) -> Result<(), DbErr> {
    use entity::aggregate::{ActiveModel, Column};
    // Grows to the largest once, instead of step by step for each.
    let mut json = Vec::new();
    let mut row = |(key, slot): &(&Key, &Slot)| {
        let wrong =
            |why: &dyn std::fmt::Display| DbErr::Json(format!("{} {}: {why}", key.kind, key.id));
        json.clear();
        slot.state.write_json(&mut json).map_err(|it| wrong(&it))?;
        let state = std::str::from_utf8(&json).map_err(|it| wrong(&it))?;
        Ok::<_, DbErr>(ActiveModel {
            district: Set(district.to_owned()),
            kind: Set(key.kind.to_owned()),
            id: Set(key.id.clone()),
            version: Set(slot.version),
            hash: Set(slot.hash.clone()),
            wake_at: Set(slot.state.wake_at()),
            state: Set(state.to_owned()),
        })
    };
    let key = [Column::District, Column::Kind, Column::Id];
    let newest = [Column::Version, Column::Hash, Column::WakeAt, Column::State];
    let changed: Vec<_> = changed.iter().collect();
    for part in changed.chunks(PIECE) {
        let part = part.iter().map(&mut row).collect::<Result<Vec<_>, _>>()?;
        rows.upsert(part, &key, &newest).await?;
    }
    Ok(())
}
