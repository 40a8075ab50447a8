//! The query tables, written once for SQLite and PostgreSQL. Never edited after release: add a new migration.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, string, uuid, uuid_null,
};

/// Everything dispatch keeps: the log, its query tables, the inboxes.
pub(crate) struct Migrations;

impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = liandong_kit::log::migrations();
        all.push(Box::new(CreateRows));
        all.extend(super::inbox_migration::migrations());
        all.extend(super::evidence_migration::migrations());
        all.extend(super::docket_migration::migrations());
        all.extend(super::tier_migration::migrations());
        all.extend(super::case_migration::migrations());
        all.extend(super::meeting_migration::migrations());
        all.extend(super::platform_migration::migrations());
        all.extend(super::party_migration::migrations());
        all.push(Box::new(super::verdict_rows::CreateVerdicts));
        all
    }
}

struct CreateRows;

impl MigrationName for CreateRows {
    fn name(&self) -> &'static str {
        "dispatch_0001_create_rows"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateRows {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [cases(), tasks(), assignments()] {
            manager.create_table(table).await?;
        }
        let index = |name: &str, table: &'static str, columns: &[&'static str]| {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            index
        };
        for index in [
            index(
                "case_row_list",
                "case_row",
                &["district", "reported_at", "id"],
            ),
            index(
                "case_row_holder",
                "case_row",
                &["district", "organization", "reported_at", "id"],
            ),
            index("case_row_task", "case_row", &["district", "task"]),
            index(
                "case_row_reference",
                "case_row",
                &["district", "external_reference"],
            ),
            index(
                "task_row_list",
                "task_row",
                &["district", "planned_at", "id"],
            ),
            index(
                "task_row_organizer",
                "task_row",
                &["district", "organizer", "planned_at", "id"],
            ),
            index(
                "assignment_row_holder",
                "assignment_row",
                &["district", "organization", "offered_at"],
            ),
            index(
                "assignment_row_checker",
                "assignment_row",
                &["district", "checker", "state", "due_at"],
            ),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn cases() -> TableCreateStatement {
    Table::create()
        .table("case_row")
        .col(string("district"))
        .col(uuid("id"))
        .col(string("state"))
        .col(string("source"))
        .col(string("area"))
        .col(string("matter"))
        .col(string("organization"))
        .col(string("external_reference"))
        .col(uuid_null("task"))
        .col(big_integer("reported_at"))
        .primary_key(Index::create().col("district").col("id"))
        .to_owned()
}

fn tasks() -> TableCreateStatement {
    Table::create()
        .table("task_row")
        .col(string("district"))
        .col(uuid("id"))
        .col(string("state"))
        .col(string("area"))
        .col(string("matter"))
        .col(string("organizer"))
        .col(boolean("overdue"))
        .col(big_integer("planned_at"))
        .primary_key(Index::create().col("district").col("id"))
        .to_owned()
}

fn assignments() -> TableCreateStatement {
    Table::create()
        .table("assignment_row")
        .col(string("district"))
        .col(uuid("task"))
        .col(integer("number"))
        .col(string("organization"))
        .col(string("checker"))
        .col(string("state"))
        .col(string("role"))
        .col(string("area"))
        .col(string("matter"))
        .col(boolean("overdue"))
        .col(big_integer("offered_at"))
        .col(big_integer_null("due_at"))
        .primary_key(Index::create().col("district").col("task").col("number"))
        .to_owned()
}
