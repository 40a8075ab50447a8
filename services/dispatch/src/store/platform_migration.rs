//! What the platform knows of itself: its last sign of life, and its copies of the registry; and what lists know
//! since then. Written once for SQLite and PostgreSQL. Never edited after release.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, binary, boolean, integer, string};

pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(WidenLists),
        Box::new(CreatePlatform),
        Box::new(MarkReplies),
        Box::new(OrderAssignments),
    ]
}

struct WidenLists;

impl MigrationName for WidenLists {
    fn name(&self) -> &'static str {
        "dispatch_0141_widen_lists"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for WidenLists {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let exercise = boolean("exercise").default(false).to_owned();
        for (table, column) in [
            ("case_row", exercise),
            ("task_row", big_integer_null("due_at")),
            ("assignment_row", big_integer_null("accepted_at")),
        ] {
            let widened = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(widened).await?;
        }
        for (name, table, columns) in [
            ("task_row_due", "task_row", &["due_at", "id"][..]),
            (
                "assignment_row_due",
                "assignment_row",
                &["organization", "due_at"],
            ),
            (
                "assignment_row_accepted",
                "assignment_row",
                &["accepted_at"],
            ),
        ] {
            let mut index = Index::create();
            index.name(name).table(table).col("district");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

struct CreatePlatform;

impl MigrationName for CreatePlatform {
    fn name(&self) -> &'static str {
        "dispatch_0142_create_platform"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreatePlatform {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let life = Table::create()
            .table("sign_of_life")
            .col(integer("id").primary_key())
            .col(big_integer("seen_at"))
            .to_owned();
        manager.create_table(life).await?;
        let copies = Table::create()
            .table("registry_copy")
            .col(string("district"))
            .col(string("part"))
            .col(binary("content"))
            .col(big_integer("confirmed_at"))
            .primary_key(Index::create().col("district").col("part"))
            .to_owned();
        manager.create_table(copies).await
    }
}

struct MarkReplies;

impl MigrationName for MarkReplies {
    fn name(&self) -> &'static str {
        "dispatch_0143_mark_replies"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for MarkReplies {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // True of what is there already: it is looked at once too often, and never overlooked.
        let owes = boolean("owes_reply").default(true).to_owned();
        let widened = Table::alter().table("case_row").add_column(owes).to_owned();
        manager.alter_table(widened).await?;
        let index = Index::create()
            .name("case_row_replies")
            .table("case_row")
            .col("district")
            .col("owes_reply")
            .to_owned();
        manager.create_index(index).await
    }
}

/// A page of an organization's assignments is read off an index that has them in the list's whole order, and nothing
/// has to be sorted, however many there are.
struct OrderAssignments;

impl MigrationName for OrderAssignments {
    fn name(&self) -> &'static str {
        "dispatch_0144_order_assignments"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for OrderAssignments {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (old, name, time) in [
            (
                "assignment_row_holder",
                "assignment_row_newest",
                "offered_at",
            ),
            ("assignment_row_due", "assignment_row_urgent", "due_at"),
        ] {
            let old = Index::drop().name(old).table("assignment_row").to_owned();
            manager.drop_index(old).await?;
            let mut index = Index::create();
            index.name(name).table("assignment_row");
            for column in ["district", "organization", time, "task", "number"] {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
