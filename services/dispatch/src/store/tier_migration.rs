//! The tables of whistles, disputes and templates, written once for SQLite and PostgreSQL. Never edited after release:
//! add a new one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, string, uuid};

/// To be put into the service's migrator, after the rows of cases and tasks.
pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateTiers)]
}

struct CreateTiers;

impl MigrationName for CreateTiers {
    fn name(&self) -> &'static str {
        "dispatch_0130_create_tiers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTiers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            whistles(),
            parties("whistle_party"),
            disputes(),
            parties("dispute_party"),
            templates(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        for (name, table, time) in [
            ("whistle_row_list", "whistle_row", "blown_at"),
            ("dispute_row_list", "dispute_row", "opened_at"),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            index.col("district").col(time).col("id");
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn whistles() -> TableCreateStatement {
    Table::create()
        .table("whistle_row")
        .col(string("district"))
        .col(uuid("id"))
        .col(string("state"))
        .col(string("kind"))
        .col(string("tier"))
        .col(string("area"))
        .col(string("matter"))
        .col(string("organization"))
        .col(boolean("overdue"))
        .col(boolean("exercise"))
        .col(big_integer("blown_at"))
        .primary_key(Index::create().col("district").col("id"))
        .to_owned()
}

fn disputes() -> TableCreateStatement {
    Table::create()
        .table("dispute_row")
        .col(string("district"))
        .col(uuid("id"))
        .col(string("state"))
        .col(string("cause"))
        .col(string("area"))
        .col(string("matter"))
        .col(string("organizer"))
        .col(string("task"))
        .col(boolean("overdue"))
        .col(big_integer("opened_at"))
        .primary_key(Index::create().col("district").col("id"))
        .to_owned()
}

fn parties(table: &'static str) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(string("district"))
        .col(string("organization"))
        .col(uuid("id"))
        .primary_key(
            Index::create()
                .col("district")
                .col("organization")
                .col("id"),
        )
        .to_owned()
}

fn templates() -> TableCreateStatement {
    Table::create()
        .table("task_template_row")
        .col(string("district"))
        .col(string("organization"))
        .col(string("slug"))
        .col(boolean("retired"))
        .primary_key(
            Index::create()
                .col("district")
                .col("organization")
                .col("slug"),
        )
        .to_owned()
}
