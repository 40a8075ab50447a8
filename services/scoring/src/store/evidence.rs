//! What the facts of rounds rest on: every event about them, in a table of its own. It is four fifths of what is kept
//! of a round, only added to, and not read where rounds are counted.

use liandong_kit::db::{from_micros, micros};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use super::{
    entity::fact_evidence as table,
    packed::{self, Fields, PACKED},
};
use crate::domain::event::Reference;

/// The round of an assignment of a task, and an event about it.
pub(super) type Proof<T> = (Uuid, (i32, i32), T);

/// Every event about the rounds of these tasks, in no order.
pub(super) async fn of(
    db: &impl ConnectionTrait,
    district: &str,
    tasks: &[Uuid],
) -> Result<Vec<Proof<Reference>>, DbErr> {
    use table::Column as C;
    let backend = db.get_database_backend();
    let columns = [
        packed::id(backend, C::Task.into_expr()),
        C::Assignment.into_expr(),
        C::Round.into_expr(),
        C::Position.into_expr(),
        packed::id(backend, C::Id.into_expr()),
        C::Kind.into_expr(),
        C::OccurredAt.into_expr(),
        C::TraceId.into_expr(),
    ];
    let select = table::Entity::find()
        .select_only()
        .column_as(packed::columns(columns), PACKED)
        .filter(C::District.eq(district))
        .filter(C::Task.is_in(tasks.iter().copied()));
    let page = packed::page(db, select.into_query()).await?;
    packed::rows(&page).map(proof).collect()
}

/// Keeps events that are new.
pub(super) async fn save(
    tx: &impl ConnectionTrait,
    district: &str,
    new: &[Proof<&Reference>],
) -> Result<(), DbErr> {
    let row = |(task, (assignment, round), it): &Proof<&Reference>| table::ActiveModel {
        district: Set(district.to_owned()),
        task: Set(*task),
        position: Set(it.position),
        assignment: Set(*assignment),
        round: Set(*round),
        id: Set(it.id),
        kind: Set(it.kind.clone()),
        occurred_at: Set(micros(it.occurred_at)),
        trace_id: Set(it.trace_id.clone()),
    };
    for part in super::parts(new) {
        table::Entity::insert_many(part.iter().map(row))
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

fn proof(packed: &str) -> Result<Proof<Reference>, DbErr> {
    let mut it = Fields::of(packed);
    let task = it.id()?;
    let at = (it.number()?, it.number()?);
    let reference = Reference {
        position: it.number()?,
        id: it.id()?,
        kind: it.text()?.to_owned(),
        occurred_at: from_micros(it.number()?),
        trace_id: it.text()?.to_owned(),
    };
    Ok((task, at, reference))
}
