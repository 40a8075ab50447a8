//! Which event of dispatch's log was applied last: if another stands in its place, the log is not the one followed.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, uuid_null},
};

/// The last event and its position, in the transaction that applied it. Not known of what was applied before.
pub(super) struct AddLastEvent;

impl MigrationName for AddLastEvent {
    fn name(&self) -> &'static str {
        "scoring_0005_add_last_event"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddLastEvent {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let position = big_integer("last_position").default(0).to_owned();
        for column in [uuid_null("last_event"), position] {
            let mut table = Table::alter();
            table.table("ledger_head").add_column(column);
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
