//! A new epoch: what an operator does once after a backup was put back.
//!
//! ```text
//! readers' places  … 61 62 63 64│          of the old epoch: refused, with an alarm
//! the log          … 61 62│63' 64' …       restored to 62, goes on otherwise: the same positions, other events
//! ```
//!
//! Positions alone cannot tell 63 from 63'. So the epoch changes: whoever holds a place of the old one is told, instead
//! of reading on as if nothing had happened.

use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{Log, entity};

/// A district's log whose epoch changed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Renewed {
    /// Its code.
    pub district: String,
    /// Where the log ends; everything up to here is as it was.
    pub position: i64,
    /// The epoch before.
    pub was: Uuid,
    /// The epoch from now on.
    pub epoch: Uuid,
}

impl Log {
    /// Begins a new epoch in every district of the database. Places in these logs that anybody holds are void from now
    /// on. Places of this service in other services' logs forget the epoch they were of: the consumer learns the present
    /// one, and by the last event it applied it sees for itself whether that log is the one it followed.
    pub async fn begin_epoch(&self) -> Result<Vec<Renewed>, DbErr> {
        self.db().write(|tx| Box::pin(begin(tx))).await
    }
}

async fn begin(tx: &DatabaseTransaction) -> Result<Vec<Renewed>, DbErr> {
    use entity::{cursor, head::Column};
    let heads = entity::head::Entity::find()
        .order_by_asc(Column::District)
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut renewed = Vec::with_capacity(heads.len());
    for head in heads {
        let it = Renewed {
            district: head.district,
            position: head.position,
            was: head.epoch,
            epoch: Uuid::now_v7(),
        };
        entity::head::Entity::update_many()
            .col_expr(Column::Epoch, Expr::value(it.epoch))
            .filter(Column::District.eq(&it.district))
            .exec(tx)
            .await?;
        renewed.push(it);
    }
    cursor::Entity::update_many()
        .col_expr(cursor::Column::Epoch, Expr::value(Uuid::nil()))
        .exec(tx)
        .await?;
    Ok(renewed)
}
