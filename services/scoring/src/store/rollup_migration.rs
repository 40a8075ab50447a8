//! The rollup in the order it is summed in: by day, organization and role, before area, matter and source. Summed in
//! another order all its rows of a year had to be sorted first.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, string},
};

use super::{
    evidence_migration::{drop_before, rebuild},
    rollup::KEY,
};
use crate::domain::measure::{CELLS, THIRD_CELLS};

/// The same rows under a key in another order.
pub(super) struct OrderRollup;

impl MigrationName for OrderRollup {
    fn name(&self) -> &'static str {
        "scoring_0008_order_rollup"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for OrderRollup {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create().table("rollup").to_owned();
        let mut key = Index::create();
        for column in KEY {
            table.col(string(column));
            key.col(column);
        }
        let cells = CELLS[..THIRD_CELLS].iter().map(|it| it.column());
        for column in cells.clone() {
            table.col(big_integer(column).default(0));
        }
        table.primary_key(&mut key);
        let columns: Vec<_> = KEY.into_iter().chain(cells).collect();
        rebuild(manager, "rollup", table, &columns).await?;
        drop_before(manager, "rollup").await
    }
}
