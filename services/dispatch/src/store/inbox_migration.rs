//! The inbox's tables, written once for SQLite and PostgreSQL. Never edited after release: add a new one.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, integer, string, text, uuid},
};

/// To be put into the service's migrator, after kit's.
pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateInbox)]
}

struct CreateInbox;

impl MigrationName for CreateInbox {
    fn name(&self) -> &'static str {
        "dispatch_0002_create_inbox"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateInbox {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [entry(), group(), parked(), floor()] {
            manager.create_table(table).await?;
        }
        Ok(())
    }
}

fn entry() -> TableCreateStatement {
    Table::create()
        .table("inbox")
        .col(string("district"))
        .col(string("organization"))
        .col(big_integer("position"))
        .col(string("kind"))
        .primary_key(
            Index::create()
                .col("district")
                .col("organization")
                .col("position"),
        )
        .to_owned()
}

fn group() -> TableCreateStatement {
    Table::create()
        .table("inbox_group")
        .col(string("district"))
        .col(string("organization"))
        .col(string("grp"))
        .col(uuid("epoch"))
        .col(big_integer("acked"))
        .col(boolean("acknowledges"))
        .col(big_integer("generation"))
        .col(big_integer("suspect"))
        .col(integer("failures"))
        .col(big_integer("updated_at"))
        .primary_key(
            Index::create()
                .col("district")
                .col("organization")
                .col("grp"),
        )
        .to_owned()
}

fn parked() -> TableCreateStatement {
    Table::create()
        .table("inbox_parked")
        .col(string("district"))
        .col(string("organization"))
        .col(string("grp"))
        .col(big_integer("position"))
        .col(uuid("event"))
        .col(text("reason"))
        .col(integer("attempts"))
        .col(big_integer("parked_at"))
        .primary_key(
            Index::create()
                .col("district")
                .col("organization")
                .col("grp")
                .col("position"),
        )
        .to_owned()
}

fn floor() -> TableCreateStatement {
    Table::create()
        .table("inbox_floor")
        .col(string("district").primary_key())
        .col(big_integer("position"))
        .to_owned()
}
