//! The query tables of what people decide, written in the transaction that changes what they show.

use liandong_kit::commit::{Batch, Views};
use sea_orm::{DatabaseTransaction, DbErr};

use super::{outside, surveys};

/// Writes the query tables.
pub(crate) struct Rows;

#[async_trait::async_trait]
impl Views for Rows {
    async fn write(&self, tx: &DatabaseTransaction, batch: &Batch<'_>) -> Result<(), DbErr> {
        outside::write(tx, batch).await?;
        surveys::write(tx, batch).await
    }
}
