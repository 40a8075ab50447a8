//! What the server keeps for a consumer group: its place, its generation, what failed, what was given up.
//!
//! All of it is written inside [`Db::write`](liandong_kit::db::Db::write), which runs to its end whoever goes away.

use liandong_kit::{
    db::{Db, micros},
    log::Recorded,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, OnConflict},
};
use time::OffsetDateTime;

pub(crate) use super::inbox_entity::{group::Model as Group, parked::Model as Parked};
use super::inbox_entity::{
    group::{ActiveModel, Column, Entity},
    parked,
};
use crate::inbox::{Extent, GroupKey, Owner, Suspect};

/// Opens a stream: a generation of its own, which fences every older one. A new group stands at the earliest place. One
/// that comes with a cursor of a restored log goes on in it.
pub(crate) async fn open(
    db: &Db,
    key: &GroupKey,
    extent: &Extent,
    now: OffsetDateTime,
) -> Result<Group, DbErr> {
    let (key, extent) = (key.clone(), extent.clone());
    db.write(move |tx| {
        let (key, extent) = (key.clone(), extent.clone());
        Box::pin(async move { opened(tx, &key, &extent, now).await })
    })
    .await
}

async fn opened(
    tx: &DatabaseTransaction,
    key: &GroupKey,
    extent: &Extent,
    now: OffsetDateTime,
) -> Result<Group, DbErr> {
    use sea_orm::ExprTrait as _;
    let again = OnConflict::columns([Column::District, Column::Organization, Column::Grp])
        .value(
            Column::Generation,
            Expr::col((Entity, Column::Generation)).add(1),
        )
        .to_owned();
    Entity::insert(fresh(key, extent, 1, now))
        .on_conflict(again)
        .exec_without_returning(tx)
        .await?;
    let mut group = locked(tx, key)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("inbox group".into()))?;
    adopt(tx, key, extent, &mut group).await?;
    Ok(group)
}

/// Puts a group into the present epoch: its place was restored together with the log, so it is the same place in it.
async fn adopt(
    tx: &DatabaseTransaction,
    key: &GroupKey,
    extent: &Extent,
    group: &mut Group,
) -> Result<(), DbErr> {
    if group.epoch == extent.epoch {
        return Ok(());
    }
    group.epoch = extent.epoch;
    group.acked = Ord::min(group.acked, extent.head);
    let update = of(key).col_expr(Column::Epoch, Expr::value(group.epoch));
    let update = update.col_expr(Column::Acked, Expr::value(group.acked));
    update.exec(tx).await.map(drop)
}

/// Notes that a group pulls; one that is there already stays as it is.
pub(crate) async fn join(
    db: &Db,
    key: &GroupKey,
    extent: &Extent,
    now: OffsetDateTime,
) -> Result<(), DbErr> {
    let (key, extent) = (key.clone(), extent.clone());
    db.write(move |tx| {
        let (key, extent) = (key.clone(), extent.clone());
        Box::pin(async move { joined(tx, &key, &extent, now).await })
    })
    .await
}

async fn joined(
    tx: &DatabaseTransaction,
    key: &GroupKey,
    extent: &Extent,
    now: OffsetDateTime,
) -> Result<(), DbErr> {
    let first = OnConflict::columns([Column::District, Column::Organization, Column::Grp])
        .do_nothing()
        .to_owned();
    let insert = Entity::insert(fresh(key, extent, 0, now)).on_conflict(first);
    insert.exec_without_returning(tx).await.map(drop)
}

/// Moves a group's place forward, never back, and answers where it is; `None` if `fence` is no longer its generation.
/// `explicit`: the consumer itself said so.
pub(crate) async fn ack(
    tx: &DatabaseTransaction,
    key: &GroupKey,
    extent: &Extent,
    (fence, through, explicit): (Option<i64>, i64, bool),
    now: OffsetDateTime,
) -> Result<Option<i64>, DbErr> {
    if fence.is_none() {
        joined(tx, key, extent, now).await?;
    }
    if advance(tx, key, extent, (fence, through, explicit), now).await? {
        return Ok(Some(through));
    }
    let group = locked(tx, key).await?;
    let ours = group.filter(|it| fence.is_none_or(|fence| fence == it.generation));
    let Some(mut group) = ours else {
        return Ok(None);
    };
    adopt(tx, key, extent, &mut group).await?;
    Ok(Some(group.acked))
}

/// Whether the place moved: it does not if it is there already, or if the generation is another.
async fn advance(
    tx: &DatabaseTransaction,
    key: &GroupKey,
    extent: &Extent,
    (fence, through, explicit): (Option<i64>, i64, bool),
    now: OffsetDateTime,
) -> Result<bool, DbErr> {
    let settled = |column: Column, zero: Expr| {
        Expr::case(Column::Suspect.lte(through), zero).finally(Expr::col(column))
    };
    let mut update = of(key)
        .filter(Column::Acked.lt(through))
        .col_expr(Column::Acked, Expr::value(through))
        .col_expr(Column::Epoch, Expr::value(extent.epoch))
        .col_expr(
            Column::Suspect,
            settled(Column::Suspect, Expr::value(0_i64)).into(),
        )
        .col_expr(
            Column::Failures,
            settled(Column::Failures, Expr::value(0_i32)).into(),
        )
        .col_expr(Column::UpdatedAt, Expr::value(micros(now)));
    if explicit {
        update = update.col_expr(Column::Acknowledges, Expr::value(true));
    }
    if let Some(fence) = fence {
        update = update.filter(Column::Generation.eq(fence));
    }
    Ok(update.exec(tx).await?.rows_affected > 0)
}

/// Remembers which event's delivery failed last.
pub(crate) async fn suspect(db: &Db, key: &GroupKey, suspect: Suspect) -> Result<(), DbErr> {
    let key = key.clone();
    db.write(move |tx| {
        let key = key.clone();
        Box::pin(async move { suspected(tx, &key, suspect).await })
    })
    .await
}

/// Gives an event up for a group.
pub(crate) async fn park(
    db: &Db,
    key: &GroupKey,
    event: Recorded,
    (suspect, reason): (Suspect, String),
    now: OffsetDateTime,
) -> Result<(), DbErr> {
    let row = parked::Model {
        district: key.owner.district.clone(),
        organization: key.owner.organization.clone(),
        grp: key.group.clone(),
        position: event.position,
        event: event.id,
        reason,
        attempts: i32::try_from(suspect.failures).unwrap_or(i32::MAX),
        parked_at: micros(now),
    };
    let key = key.clone();
    db.write(move |tx| {
        let (key, row) = (key.clone(), row.clone());
        Box::pin(async move {
            use parked::Column as It;
            let once = OnConflict::columns([It::District, It::Organization, It::Grp, It::Position])
                .do_nothing()
                .to_owned();
            let row = parked::ActiveModel::from(row).reset_all();
            parked::Entity::insert(row)
                .on_conflict(once)
                .exec_without_returning(tx)
                .await?;
            suspected(
                tx,
                &key,
                Suspect {
                    position: 0,
                    failures: 0,
                },
            )
            .await
        })
    })
    .await
}

/// A group as it stands.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    key: &GroupKey,
) -> Result<Option<Group>, DbErr> {
    Entity::find_by_id(id(key)).one(db).await
}

/// Every group of an organization, by name.
pub(crate) async fn all(db: &impl ConnectionTrait, owner: &Owner) -> Result<Vec<Group>, DbErr> {
    Entity::find()
        .filter(Column::District.eq(&owner.district))
        .filter(Column::Organization.eq(&owner.organization))
        .order_by_asc(Column::Grp)
        .all(db)
        .await
}

/// What an organization's groups have given up, oldest first.
pub(crate) async fn parked(db: &impl ConnectionTrait, owner: &Owner) -> Result<Vec<Parked>, DbErr> {
    parked::Entity::find()
        .filter(parked::Column::District.eq(&owner.district))
        .filter(parked::Column::Organization.eq(&owner.organization))
        .order_by_asc(parked::Column::Position)
        .all(db)
        .await
}

async fn suspected(
    tx: &DatabaseTransaction,
    key: &GroupKey,
    suspect: Suspect,
) -> Result<(), DbErr> {
    of(key)
        .col_expr(Column::Suspect, Expr::value(suspect.position))
        .col_expr(
            Column::Failures,
            Expr::value(i32::try_from(suspect.failures).unwrap_or(i32::MAX)),
        )
        .exec(tx)
        .await?;
    Ok(())
}

async fn locked(tx: &DatabaseTransaction, key: &GroupKey) -> Result<Option<Group>, DbErr> {
    Entity::find_by_id(id(key)).lock_exclusive().one(tx).await
}

fn id(key: &GroupKey) -> (String, String, String) {
    (
        key.owner.district.clone(),
        key.owner.organization.clone(),
        key.group.clone(),
    )
}

fn of(key: &GroupKey) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::District.eq(&key.owner.district))
        .filter(Column::Organization.eq(&key.owner.organization))
        .filter(Column::Grp.eq(&key.group))
}

fn fresh(key: &GroupKey, extent: &Extent, generation: i64, now: OffsetDateTime) -> ActiveModel {
    ActiveModel {
        district: Set(key.owner.district.clone()),
        organization: Set(key.owner.organization.clone()),
        grp: Set(key.group.clone()),
        epoch: Set(extent.epoch),
        acked: Set(extent.floor),
        acknowledges: Set(false),
        generation: Set(generation),
        suspect: Set(0),
        failures: Set(0),
        updated_at: Set(micros(now)),
    }
}
