//! How far a consumer has come in somebody else's log. Kept in the consumer's own database, saved in the very
//! transaction that applies the events, so that every event takes effect exactly once.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set, sea_query::OnConflict};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    db::micros,
    log::entity::cursor::{ActiveModel, Column, Entity},
};

/// A place in a district's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The log's epoch when it was read; nil once an operator has said that one of the two databases was restored
    /// ([`Log::begin_epoch`](crate::log::Log::begin_epoch)), until the log is next met.
    pub epoch: Uuid,
    /// The last position applied; the next wanted is one more.
    pub position: i64,
}

impl Place {
    /// The epoch, unless it is to be learned anew.
    pub fn known_epoch(self) -> Option<Uuid> {
        Some(self.epoch).filter(|it| !it.is_nil())
    }
}

/// Where a consumer stands in a district's log; `None` before its first event.
pub async fn load(
    db: &impl ConnectionTrait,
    consumer: &str,
    district: &str,
) -> Result<Option<Place>, DbErr> {
    let row = Entity::find_by_id((consumer.to_owned(), district.to_owned()))
        .one(db)
        .await?;
    Ok(row.map(|row| Place {
        epoch: row.epoch,
        position: row.position,
    }))
}

/// Moves a consumer's cursor; call it in the transaction that applies the events.
pub async fn save(
    tx: &impl ConnectionTrait,
    consumer: &str,
    district: &str,
    place: Place,
    now: OffsetDateTime,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        consumer: Set(consumer.to_owned()),
        district: Set(district.to_owned()),
        epoch: Set(place.epoch),
        position: Set(place.position),
        updated_at: Set(micros(now)),
    };
    Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::Consumer, Column::District])
                .update_columns([Column::Epoch, Column::Position, Column::UpdatedAt])
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
