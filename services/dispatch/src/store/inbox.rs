//! Reading and writing inboxes. Every query takes the organization: there is no variant without it.

use liandong_kit::db::rows::Writes;
use liandong_kit::log::{Log, Recorded, entity::event, recorded};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, RelationDef, Select, Set,
};
use uuid::Uuid;

use super::inbox_entity::{entry, floor, parked};
use crate::inbox::{Extent, GroupKey, Owner};

/// One event in one organization's inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) organization: String,
    pub(crate) position: i64,
    pub(crate) kind: String,
}

/// Puts events into inboxes; call it in the transaction that appends them.
pub(crate) async fn insert(
    out: &mut Writes<'_>,
    district: &str,
    entries: &[Entry],
) -> Result<(), DbErr> {
    let rows: Vec<_> = { entries.iter() }
        .map(|it| entry::ActiveModel {
            district: Set(district.to_owned()),
            organization: Set(it.organization.clone()),
            position: Set(it.position),
            kind: Set(it.kind.clone()),
        })
        .collect();
    out.insert(rows).await
}

/// How far an inbox reaches. Read before its events, everything up to the head is there to be read.
pub(crate) async fn extent(log: &Log, owner: &Owner) -> Result<Extent, DbErr> {
    let head = log.head(&owner.district).await?;
    let floor = floor::Entity::find_by_id(owner.district.as_str())
        .one(log.db().read())
        .await?;
    Ok(Extent {
        owner: owner.clone(),
        epoch: head.as_ref().map_or(Uuid::nil(), |it| it.epoch),
        floor: floor.map_or(0, |it| it.position),
        head: head.map_or(0, |it| it.position),
    })
}

/// The events after a position that a group has not given up, oldest first. `kinds` empty means all.
pub(crate) async fn read(
    db: &impl ConnectionTrait,
    key: &GroupKey,
    kinds: &[String],
    after: i64,
    limit: usize,
) -> Result<Vec<Recorded>, DbErr> {
    let relation: RelationDef = event::Entity::belongs_to(entry::Entity)
        .from((event::Column::District, event::Column::Position))
        .to((entry::Column::District, entry::Column::Position))
        .into();
    let rows = waiting(
        event::Entity::find().join(JoinType::InnerJoin, relation),
        key,
        kinds,
        after,
    )
    .order_by_asc(entry::Column::Position)
    .limit(limit as u64)
    .all(db)
    .await?;
    Ok(rows.into_iter().map(recorded).collect())
}

/// Events that are counted at most for an answer that a consumer waits for: to count a million takes longer than to
/// read a page of them.
pub(crate) const COUNTED: u64 = 10_000;

/// How many events of a group wait after a position; counts at most so many.
pub(crate) async fn backlog(
    db: &impl ConnectionTrait,
    key: &GroupKey,
    kinds: &[String],
    after: i64,
    most: Option<u64>,
) -> Result<i64, DbErr> {
    let positions = entry::Entity::find()
        .select_only()
        .column(entry::Column::Position);
    // Counts the rows of a subquery, so the limit holds.
    let some = waiting(positions, key, kinds, after).limit(most);
    Ok(i64::try_from(some.count(db).await?).unwrap_or(i64::MAX))
}

/// Removes inbox rows up to a position, and remembers that they are gone.
pub(crate) async fn compact(
    tx: &impl ConnectionTrait,
    district: &str,
    through: i64,
) -> Result<u64, DbErr> {
    use sea_orm::sea_query::OnConflict;
    let row = floor::ActiveModel {
        district: Set(district.to_owned()),
        position: Set(through),
    };
    floor::Entity::insert(row)
        .on_conflict(
            OnConflict::column(floor::Column::District)
                .update_column(floor::Column::Position)
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    let gone = entry::Entity::delete_many()
        .filter(entry::Column::District.eq(district))
        .filter(entry::Column::Position.lte(through))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected)
}

fn waiting<E: EntityTrait>(
    select: Select<E>,
    key: &GroupKey,
    kinds: &[String],
    after: i64,
) -> Select<E> {
    let GroupKey { owner, group } = key;
    let given_up = parked::Entity::find()
        .select_only()
        .column(parked::Column::Position)
        .filter(parked::Column::District.eq(&owner.district))
        .filter(parked::Column::Organization.eq(&owner.organization))
        .filter(parked::Column::Grp.eq(group))
        .into_query();
    let select = select
        .filter(entry::Column::District.eq(&owner.district))
        .filter(entry::Column::Organization.eq(&owner.organization))
        .filter(entry::Column::Position.gt(after))
        .filter(entry::Column::Position.not_in_subquery(given_up));
    if kinds.is_empty() {
        select
    } else {
        select.filter(entry::Column::Kind.is_in(kinds))
    }
}
