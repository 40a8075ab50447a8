//! The query tables of what people decide, written in the transaction that changes what they show.

use liandong_kit::commit::{Batch, Views};
use sea_orm::{DatabaseTransaction, DbErr};

/// Writes the query tables.
pub(crate) struct Rows;

#[async_trait::async_trait]
impl Views for Rows {
    async fn write(&self, _: &DatabaseTransaction, _: &Batch<'_>) -> Result<(), DbErr> {
        Ok(())
    }
}
