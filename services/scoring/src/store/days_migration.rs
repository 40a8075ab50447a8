//! The tasks of a period are found in an index alone: the rows themselves, with their evidence, are many times as large.

use sea_orm_migration::prelude::*;

/// First day and task beside the last day.
pub(super) struct WidenDays;

impl MigrationName for WidenDays {
    fn name(&self) -> &'static str {
        "scoring_0006_widen_days"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for WidenDays {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut wide = Index::create();
        wide.name("fact_period").table("fact");
        for column in ["district", "last_day", "first_day", "task"] {
            wide.col(column);
        }
        manager.create_index(wide.to_owned()).await?;
        let narrow = Index::drop().name("fact_days").table("fact").to_owned();
        manager.drop_index(narrow).await
    }
}
