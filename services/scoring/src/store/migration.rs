//! Scoring's tables, written once for SQLite and PostgreSQL. Never edited after release: add a new one.
//!
//! Every table's key begins with the district, so that a city may be spread over databases by district.

use liandong_kit::log;
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, boolean_null, integer, string, text, uuid},
};

use super::{
    counts_migration::AddCounts, days_migration::WidenDays, decision_migration::AddDecisions,
    evidence_migration::PartEvidence, last_event_migration::AddLastEvent,
    rollup_migration::OrderRollup,
};
use crate::domain::measure::{CELLS, FIRST_CELLS};

/// Everything scoring keeps.
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = log::migrations();
        all.push(Box::new(CreateScoring));
        all.extend(super::people_migration::migrations());
        all.push(Box::new(AddDecisions));
        all.push(Box::new(AddCounts));
        all.push(Box::new(AddLastEvent));
        all.push(Box::new(WidenDays));
        all.push(Box::new(PartEvidence));
        all.push(Box::new(OrderRollup));
        all
    }
}

struct CreateScoring;

impl MigrationName for CreateScoring {
    fn name(&self) -> &'static str {
        "scoring_0001_create_scoring"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateScoring {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            fact(),
            task_fact(),
            case_fact(),
            rollup(),
            entry(),
            ledger_head(),
        ] {
            manager.create_table(table).await?;
        }
        for index in [entries_of_task(), entries_of_day(), reversals()] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn fact() -> TableCreateStatement {
    let mut table = Table::create().table("fact").to_owned();
    table
        .col(string("district"))
        .col(uuid("task"))
        .col(integer("assignment"))
        .col(integer("round"));
    table.col(big_integer("version"));
    for column in [
        "organization",
        "area",
        "matter",
        "source",
        "role",
        "standing",
    ] {
        table.col(string(column));
    }
    for column in [
        "offered_at",
        "sign_due_at",
        "signed_at",
        "sign_overdue_at",
        "on_site_due_at",
        "on_site_at",
        "on_site_overdue_at",
        "disposal_due_at",
        "reported_at",
        "disposal_overdue_at",
        "checked_at",
    ] {
        table.col(big_integer_null(column));
    }
    table
        .col(boolean_null("check_passed"))
        .col(integer("extensions"))
        .col(text("rulings"))
        .col(text("evidence"));
    table.primary_key(
        Index::create()
            .col("district")
            .col("task")
            .col("assignment")
            .col("round"),
    );
    table
}

fn task_fact() -> TableCreateStatement {
    Table::create()
        .table("task_fact")
        .col(string("district"))
        .col(uuid("task"))
        .col(big_integer("finished_at"))
        .col(big_integer("cases"))
        .col(text("evidence"))
        .primary_key(Index::create().col("district").col("task"))
        .to_owned()
}

fn case_fact() -> TableCreateStatement {
    Table::create()
        .table("case_fact")
        .col(string("district"))
        .col(uuid("case_id"))
        .col(big_integer("version"))
        .col(string("organization"))
        .col(string("area"))
        .col(string("matter"))
        .col(string("source"))
        .col(big_integer_null("reported_at"))
        .col(big_integer_null("filed_at"))
        .col(big_integer_null("closed_at"))
        .primary_key(Index::create().col("district").col("case_id"))
        .to_owned()
}

fn rollup() -> TableCreateStatement {
    let mut table = Table::create().table("rollup").to_owned();
    let mut key = Index::create();
    for column in super::rollup::KEY {
        table.col(string(column));
        key.col(column);
    }
    for cell in &CELLS[..FIRST_CELLS] {
        table.col(big_integer(cell.column()));
    }
    table.primary_key(&mut key);
    table
}

fn entry() -> TableCreateStatement {
    Table::create()
        .table("entry")
        .col(string("district"))
        .col(big_integer("sequence"))
        .col(uuid("task"))
        .col(integer("assignment"))
        .col(integer("round"))
        .col(string("scheme"))
        .col(string("rule"))
        .col(big_integer("occasion"))
        .col(integer("version"))
        .col(string("title"))
        .col(string("indicator"))
        .col(string("organization"))
        .col(string("day"))
        .col(big_integer("coefficient"))
        .col(big_integer("points"))
        .col(string("formula"))
        .col(text("inputs"))
        .col(text("evidence"))
        .col(text("cause"))
        .col(big_integer("reverses"))
        .col(big_integer("recorded_at"))
        .col(big_integer("posted_at"))
        .col(string("previous_hash"))
        .col(string("hash"))
        .primary_key(Index::create().col("district").col("sequence"))
        .to_owned()
}

fn ledger_head() -> TableCreateStatement {
    Table::create()
        .table("ledger_head")
        .col(string("district").primary_key())
        .col(big_integer("sequence"))
        .col(string("hash"))
        .to_owned()
}

fn entries_of_task() -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name("entry_task")
        .table("entry")
        .col("district")
        .col("task")
        .col("sequence")
        .to_owned()
}

/// A period's entries, however long the ledger is.
fn entries_of_day() -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name("entry_day")
        .table("entry")
        .col("district")
        .col("day")
        .col("organization")
        .to_owned()
}

/// An entry is reversed at most once: the database refuses a second time too.
fn reversals() -> IndexCreateStatement {
    Index::create()
        .name("entry_reverses")
        .table("entry")
        .col("district")
        .col("reverses")
        .and_where(Expr::col("reverses").ne(0))
        .unique()
        .to_owned()
}
