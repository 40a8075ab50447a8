//! The third set of tables: what outside records, surveys and self-verified results add to the counts, and appeals.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, integer, string, uuid},
};

use crate::domain::measure::{CELLS, SECOND_CELLS, THIRD_CELLS};

/// Further cells, appeals, exemptions with their occasion.
pub(super) struct AddCounts;

impl MigrationName for AddCounts {
    fn name(&self) -> &'static str {
        "scoring_0004_add_counts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddCounts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for cell in &CELLS[SECOND_CELLS..THIRD_CELLS] {
            add(manager, "rollup", big_integer(cell.column()).default(0)).await?;
            add(manager, "total", big_integer(cell.column()).default(0)).await?;
        }
        add(manager, "fact", string("organizer").default("")).await?;
        add(manager, "fact", string("checker").default("")).await?;
        // Nothing could be exempt before there were appeals: the table is empty.
        let old = Table::drop().table("exemption").to_owned();
        manager.drop_table(old).await?;
        for table in [exemption(), appeal(), appeal_reviewer()] {
            manager.create_table(table).await?;
        }
        for index in [open_appeals(), appeals_of(), reviews_of()] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: impl IntoColumnDef,
) -> Result<(), DbErr> {
    let table = Table::alter().table(table).add_column(column).to_owned();
    manager.alter_table(table).await
}

fn exemption() -> TableCreateStatement {
    let mut table = Table::create()
        .table("exemption")
        .col(string("district"))
        .col(uuid("task"))
        .col(integer("assignment"))
        .col(integer("round"))
        .col(string("topic"))
        .col(big_integer("occasion"))
        .to_owned();
    let mut key = Index::create();
    for column in [
        "district",
        "task",
        "assignment",
        "round",
        "topic",
        "occasion",
    ] {
        key.col(column);
    }
    table.primary_key(&mut key);
    table
}

fn appeal() -> TableCreateStatement {
    Table::create()
        .table("appeal")
        .col(string("district"))
        .col(big_integer("sequence"))
        .col(string("organization"))
        .col(string("scheme"))
        .col(string("day"))
        .col(string("state"))
        .col(boolean("open"))
        .primary_key(Index::create().col("district").col("sequence"))
        .to_owned()
}

fn appeal_reviewer() -> TableCreateStatement {
    Table::create()
        .table("appeal_reviewer")
        .col(string("district"))
        .col(big_integer("sequence"))
        .col(string("person"))
        .primary_key(
            Index::create()
                .col("district")
                .col("sequence")
                .col("person"),
        )
        .to_owned()
}

/// Those not decided, for rankings: few, however many were.
fn open_appeals() -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name("appeal_open")
        .table("appeal")
        .col("district")
        .col("open")
        .col("day");
    index.to_owned()
}

fn appeals_of() -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name("appeal_organization")
        .table("appeal")
        .col("district")
        .col("organization")
        .col("sequence");
    index.to_owned()
}

fn reviews_of() -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name("appeal_reviewer_person")
        .table("appeal_reviewer")
        .col("district")
        .col("person")
        .col("sequence");
    index.to_owned()
}
