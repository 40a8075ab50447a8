//! The table of evidence, written once for SQLite and PostgreSQL. Never edited after release.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, string, uuid, uuid_null};

pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateEvidence)]
}

struct CreateEvidence;

impl MigrationName for CreateEvidence {
    fn name(&self) -> &'static str {
        "dispatch_0003_create_evidence"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateEvidence {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("evidence_row")
            .col(string("district"))
            .col(uuid("id"))
            .col(string("state"))
            .col(uuid_null("case"))
            .col(uuid_null("task"))
            .col(integer("number"))
            .col(string("content"))
            .col(string("shared"))
            .col(big_integer("started_at"))
            .primary_key(Index::create().col("district").col("id"))
            .to_owned();
        manager.create_table(table).await?;
        for (name, columns) in [
            ("evidence_row_case", ["case", "started_at"]),
            ("evidence_row_task", ["task", "started_at"]),
            ("evidence_row_content", ["content", "state"]),
            ("evidence_row_shared", ["shared", "state"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("evidence_row").col("district");
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
