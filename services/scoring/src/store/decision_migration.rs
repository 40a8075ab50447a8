//! The second set of tables: decisions and what they change, totals, what people put in force and closed.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, integer, string, text, uuid},
};

use crate::domain::measure::{CELLS, Cell, FIRST_CELLS, SECOND_CELLS};

/// The cells it knew.
const KNOWN: &[Cell] = CELLS.split_at(SECOND_CELLS).0;

/// Decisions, exemptions, sheets, totals, schemes in force, closed periods, items.
pub(super) struct AddDecisions;

impl MigrationName for AddDecisions {
    fn name(&self) -> &'static str {
        "scoring_0002_add_decisions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddDecisions {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for cell in &KNOWN[FIRST_CELLS..] {
            add(manager, "rollup", big_integer(cell.column()).default(0)).await?;
        }
        add(manager, "ledger_head", big_integer("schemes").default(0)).await?;
        add(manager, "ledger_head", big_integer("latest_at").default(0)).await?;
        // Rounds that were kept before are looked at whatever the period.
        add(manager, "fact", string("first_day").default("")).await?;
        add(manager, "fact", string("last_day").default("9999-12-31")).await?;
        add(manager, "case_fact", text("stages").default("[]")).await?;
        for table in [
            revisit(),
            decision(),
            exemption(),
            sheet(),
            total(),
            points_total(),
            scheme_version(),
            closed_period(),
            edition(),
            item(),
        ] {
            manager.create_table(table).await?;
        }
        let mut days = Index::create();
        days.name("fact_days")
            .table("fact")
            .col("district")
            .col("last_day");
        manager.create_index(days.to_owned()).await?;
        let mut items = Index::create();
        items
            .name("item_organization")
            .table("item")
            .col("district")
            .col("organization")
            .col("day");
        manager.create_index(items.to_owned()).await?;
        fill(manager).await
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

/// Sums what is there already.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let names: Vec<_> = KNOWN.iter().map(|it| it.column()).collect();
    let columns = names.join(", ");
    let sums: Vec<_> = names.iter().map(|it| format!("SUM({it})")).collect();
    let sums = sums.join(", ");
    for span in [
        "'D' || day",
        "'M' || SUBSTR(day, 1, 7)",
        "'Y' || SUBSTR(day, 1, 4)",
    ] {
        for statement in [
            format!(
                "INSERT INTO total (district, span, organization, role, {columns}) \
                 SELECT district, {span}, organization, role, {sums} FROM rollup \
                 GROUP BY district, {span}, organization, role"
            ),
            format!(
                "INSERT INTO points_total (district, span, organization, scheme, rule, entries, points) \
                 SELECT district, {span}, organization, scheme, rule, \
                 SUM(CASE WHEN reverses = 0 THEN 1 ELSE -1 END), SUM(points) FROM entry \
                 GROUP BY district, {span}, organization, scheme, rule"
            ),
        ] {
            manager
                .get_connection()
                .execute_unprepared(&statement)
                .await?;
        }
    }
    Ok(())
}

/// What was decided in scoring's own log, and behind which event of dispatch's it took effect.
fn decision() -> TableCreateStatement {
    Table::create()
        .table("decision")
        .col(string("district"))
        .col(big_integer("number"))
        .col(big_integer("after"))
        .col(text("reference"))
        .col(big_integer("recorded_at"))
        .col(text("decision"))
        .primary_key(Index::create().col("district").col("number"))
        .to_owned()
}

/// A look at a task's result some time later.
fn revisit() -> TableCreateStatement {
    Table::create()
        .table("revisit")
        .col(string("district"))
        .col(uuid("task"))
        .col(big_integer("position"))
        .col(big_integer("at"))
        .col(boolean("passed"))
        .col(text("evidence"))
        .primary_key(Index::create().col("district").col("task").col("position"))
        .to_owned()
}

fn exemption() -> TableCreateStatement {
    Table::create()
        .table("exemption")
        .col(string("district"))
        .col(uuid("task"))
        .col(integer("assignment"))
        .col(integer("round"))
        .col(string("topic"))
        .primary_key(
            Index::create()
                .col("district")
                .col("task")
                .col("assignment")
                .col("round")
                .col("topic"),
        )
        .to_owned()
}

fn sheet() -> TableCreateStatement {
    Table::create()
        .table("sheet")
        .col(string("district"))
        .col(string("kind"))
        .col(uuid("id"))
        .col(text("content"))
        .primary_key(Index::create().col("district").col("kind").col("id"))
        .to_owned()
}

fn total() -> TableCreateStatement {
    let mut table = Table::create().table("total").to_owned();
    let mut key = Index::create();
    for column in super::totals::KEY {
        table.col(string(column));
        key.col(column);
    }
    for cell in KNOWN {
        table.col(big_integer(cell.column()));
    }
    table.primary_key(&mut key);
    table
}

fn points_total() -> TableCreateStatement {
    let mut table = Table::create().table("points_total").to_owned();
    let mut key = Index::create();
    for column in super::totals::POINTS_KEY {
        table.col(string(column));
        key.col(column);
    }
    table.col(big_integer("entries")).col(big_integer("points"));
    table.primary_key(&mut key);
    table
}

fn scheme_version() -> TableCreateStatement {
    Table::create()
        .table("scheme_version")
        .col(string("district"))
        .col(big_integer("number"))
        .col(string("scheme"))
        .col(integer("version"))
        .col(big_integer("put_at"))
        .col(text("document"))
        .primary_key(Index::create().col("district").col("number"))
        .to_owned()
}

fn closed_period() -> TableCreateStatement {
    Table::create()
        .table("closed_period")
        .col(string("district"))
        .col(string("scheme"))
        .col(string("period"))
        .col(string("last_day"))
        .col(big_integer("version"))
        .col(string("state"))
        .primary_key(Index::create().col("district").col("scheme").col("period"))
        .to_owned()
}

fn edition() -> TableCreateStatement {
    Table::create()
        .table("edition")
        .col(string("district"))
        .col(string("scheme"))
        .col(string("period"))
        .col(integer("number"))
        .col(text("content"))
        .primary_key(
            Index::create()
                .col("district")
                .col("scheme")
                .col("period")
                .col("number"),
        )
        .to_owned()
}

fn item() -> TableCreateStatement {
    Table::create()
        .table("item")
        .col(string("district"))
        .col(uuid("id"))
        .col(string("organization"))
        .col(string("day"))
        .primary_key(Index::create().col("district").col("id"))
        .to_owned()
}
