//! What belongs on an agenda is found by an index of nothing else. Written once for SQLite and PostgreSQL. Never edited
//! after release.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::boolean;

pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(MarkAgenda)]
}

struct MarkAgenda;

impl MigrationName for MarkAgenda {
    fn name(&self) -> &'static str {
        "dispatch_0140_mark_agenda"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for MarkAgenda {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["case_row", "assignment_row"] {
            let column = boolean("agenda").default(false).to_owned();
            let widened = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(widened).await?;
            let index = Index::create()
                .name(format!("{table}_agenda"))
                .table(table)
                .col("district")
                .col("area")
                .and_where(Expr::col("agenda"))
                .to_owned();
            manager.create_index(index).await?;
        }
        // What is overdue, paused or open again when this comes; the rest is marked as it changes.
        let orders = Query::update()
            .table("assignment_row")
            .value("agenda", true)
            .and_where(Expr::col("overdue").or(Expr::col("state").eq("ON_HOLD")))
            .to_owned();
        manager.execute(orders).await
    }
}
