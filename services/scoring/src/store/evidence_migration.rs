//! What the facts of rounds rest on is kept apart from them: it was four fifths of each row, and counting rounds had to
//! walk over it.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, boolean_null, integer, string, text, uuid},
    sea_orm::DbBackend,
};

/// A table of evidence, a row per event; the rounds without it, in the order of their key.
pub(super) struct PartEvidence;

impl MigrationName for PartEvidence {
    fn name(&self) -> &'static str {
        "scoring_0007_part_evidence"
    }
}

/// What a round keeps.
const COLUMNS: [&str; 29] = [
    "district",
    "task",
    "assignment",
    "round",
    "version",
    "organization",
    "area",
    "matter",
    "source",
    "role",
    "organizer",
    "checker",
    "standing",
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
    "check_passed",
    "extensions",
    "rulings",
    "first_day",
    "last_day",
];

#[async_trait::async_trait]
impl MigrationTrait for PartEvidence {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let narrow = Index::drop().name("fact_period").table("fact").to_owned();
        manager.drop_index(narrow).await?;
        rebuild(manager, "fact", fact(), &COLUMNS).await?;
        create_in_order(manager, fact_evidence()).await?;
        let evidence = match manager.get_database_backend() {
            DbBackend::Sqlite => FROM_SQLITE,
            _ => FROM_POSTGRESQL,
        };
        let db = manager.get_connection();
        db.execute_unprepared(evidence).await?;
        drop_before(manager, "fact").await?;
        manager.create_index(days()).await
    }
}

/// Puts a table with these columns in the place of the one of its name, which stays as `…_before`.
pub(super) async fn rebuild(
    manager: &SchemaManager<'_>,
    name: &'static str,
    table: TableCreateStatement,
    columns: &[&str],
) -> Result<(), DbErr> {
    let before = format!("{name}_before");
    let rename = Table::rename().table(name, before.clone()).to_owned();
    manager.rename_table(rename).await?;
    create_in_order(manager, table).await?;
    let columns = columns.join(", ");
    let rows = format!("INSERT INTO {name} ({columns}) SELECT {columns} FROM {before}");
    manager.get_connection().execute_unprepared(&rows).await?;
    Ok(())
}

/// Drops what [`rebuild`] left.
pub(super) async fn drop_before(
    manager: &SchemaManager<'_>,
    name: &'static str,
) -> Result<(), DbErr> {
    let before = Table::drop().table(format!("{name}_before")).to_owned();
    manager.drop_table(before).await
}

/// Creates a table whose rows lie in the order of its key, as they are read; where they do not, each is looked up.
async fn create_in_order(
    manager: &SchemaManager<'_>,
    mut table: TableCreateStatement,
) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Sqlite {
        table.extra("WITHOUT ROWID");
    }
    manager.create_table(table).await
}

const FROM_SQLITE: &str = "INSERT INTO fact_evidence \
    (district, task, assignment, round, position, id, kind, occurred_at, trace_id) \
    SELECT district, task, assignment, round, value ->> 'position', unhex(value ->> 'id', '-'), \
    value ->> 'kind', value ->> 'occurred_at', value ->> 'trace_id' \
    FROM fact_before, json_each(evidence)";

const FROM_POSTGRESQL: &str = "INSERT INTO fact_evidence \
    (district, task, assignment, round, position, id, kind, occurred_at, trace_id) \
    SELECT district, task, assignment, round, (value ->> 'position')::bigint, (value ->> 'id')::uuid, \
    value ->> 'kind', (value ->> 'occurred_at')::bigint, value ->> 'trace_id' \
    FROM fact_before, json_array_elements(evidence::json)";

fn fact() -> TableCreateStatement {
    let mut table = Table::create().table("fact").to_owned();
    for column in COLUMNS {
        match column {
            "task" => table.col(uuid(column)),
            "assignment" | "round" | "extensions" => table.col(integer(column)),
            "version" => table.col(big_integer(column)),
            "check_passed" => table.col(boolean_null(column)),
            "rulings" => table.col(text(column)),
            time if time.ends_with("_at") => table.col(big_integer_null(column)),
            _ => table.col(string(column)),
        };
    }
    let mut key = Index::create();
    for column in &COLUMNS[..4] {
        key.col(*column);
    }
    table.primary_key(&mut key);
    table
}

fn fact_evidence() -> TableCreateStatement {
    Table::create()
        .table("fact_evidence")
        .col(string("district"))
        .col(uuid("task"))
        .col(integer("assignment"))
        .col(integer("round"))
        .col(big_integer("position"))
        .col(uuid("id"))
        .col(string("kind"))
        .col(big_integer("occurred_at"))
        .col(string("trace_id"))
        .primary_key(
            Index::create()
                .col("district")
                .col("task")
                .col("assignment")
                .col("round")
                .col("position"),
        )
        .to_owned()
}

/// The tasks of a period are found in it alone.
fn days() -> IndexCreateStatement {
    let mut index = Index::create();
    index.name("fact_period").table("fact");
    for column in ["district", "last_day", "first_day", "task"] {
        index.col(column);
    }
    index.to_owned()
}

#[cfg(test)]
mod tests {
    use liandong_kit::testing::databases;
    use sea_orm_migration::sea_orm::ConnectionTrait;

    use crate::{
        domain::testing::sample_log,
        store::{
            facts,
            tests::{DISTRICT, fill, store, stored_rollup},
        },
    };

    /// The rows as they were before.
    const BACK: &str = "ALTER TABLE fact ADD COLUMN evidence text NOT NULL DEFAULT '[]';
        UPDATE fact SET evidence = (SELECT {all} FROM fact_evidence AS it
            WHERE it.district = fact.district AND it.task = fact.task
            AND it.assignment = fact.assignment AND it.round = fact.round);
        DROP TABLE fact_evidence;
        DELETE FROM seaql_migrations
            WHERE version IN ('scoring_0007_part_evidence', 'scoring_0008_order_rollup')";
    const SQLITE: &str = "json_group_array(json_object('position', position, \
        'id', lower(substr(hex(id), 1, 8) || '-' || substr(hex(id), 9, 4) || '-' || substr(hex(id), 13, 4) \
        || '-' || substr(hex(id), 17, 4) || '-' || substr(hex(id), 21)), \
        'kind', kind, 'occurred_at', occurred_at, 'trace_id', trace_id))";
    const POSTGRESQL: &str = "json_agg(json_build_object('position', position, 'id', id, \
        'kind', kind, 'occurred_at', occurred_at, 'trace_id', trace_id))::text";

    /// Facts that were kept with their evidence in each row are the same afterwards, in every field.
    /// Proves M34.
    #[tokio::test]
    async fn evidence_in_the_rows_of_before_is_carried_over() {
        let events = sample_log();
        let first = events.len() / 2;
        for database in databases().await {
            let begun = store(&database).await;
            fill(&begun, &events[..first], 500).await;
            let kept = facts::tasks_after(begun.db().read(), DISTRICT, None, 1000).await;
            let (kept, sums) = (kept.unwrap(), stored_rollup(&begun).await);
            let mut rounds = kept.values().flat_map(|it| it.rounds.values());
            assert!(rounds.any(|it| it.evidence.len() > 1));
            let all = if begun.db().is_postgres() {
                POSTGRESQL
            } else {
                SQLITE
            };
            for sql in BACK.replace("{all}", all).split(';') {
                let sql = sql.to_owned();
                let done = begun.db().write(move |tx| {
                    let sql = sql.clone();
                    Box::pin(async move { tx.execute_unprepared(&sql).await })
                });
                done.await.unwrap();
            }
            drop(begun);
            let carried = store(&database).await;
            let found = facts::tasks_after(carried.db().read(), DISTRICT, None, 1000).await;
            assert_eq!(found.unwrap(), kept, "{}", database.name);
            assert_eq!(stored_rollup(&carried).await, sums, "{}", database.name);
        }
    }
}
