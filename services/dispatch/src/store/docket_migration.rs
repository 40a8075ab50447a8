//! The tables of the docket, written once for SQLite and PostgreSQL. Never edited after release.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string};

pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateDocket)]
}

struct CreateDocket;

impl MigrationName for CreateDocket {
    fn name(&self) -> &'static str {
        "dispatch_0020_create_docket"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateDocket {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rows = Table::create()
            .table("docket_row")
            .col(string("district"))
            .col(string("kind"))
            .col(string("id"))
            .col(string("state"))
            .col(string("organization"))
            .col(string("area"))
            .col(string("subject"))
            .col(big_integer("at"))
            .primary_key(Index::create().col("district").col("kind").col("id"))
            .to_owned();
        manager.create_table(rows).await?;
        let parties = Table::create()
            .table("docket_party")
            .col(string("district"))
            .col(string("kind"))
            .col(string("organization"))
            .col(string("id"))
            .primary_key(
                Index::create()
                    .col("district")
                    .col("kind")
                    .col("organization")
                    .col("id"),
            )
            .to_owned();
        manager.create_table(parties).await?;
        for (name, columns) in [
            ("docket_row_list", &["kind", "at", "id"][..]),
            ("docket_row_owner", &["kind", "organization", "at", "id"]),
            ("docket_row_state", &["kind", "state", "at", "id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("docket_row").col("district");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
