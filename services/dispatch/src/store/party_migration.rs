//! The rows of parties, in the order of their lists. Written once for SQLite and PostgreSQL. Never edited after release.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string, uuid, uuid_null};

pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateParties)]
}

struct CreateParties;

impl MigrationName for CreateParties {
    fn name(&self) -> &'static str {
        "dispatch_0145_create_parties"
    }
}

/// The columns, in the order in which the statements below select them.
const COLUMNS: &str = "district, kind, organization, began_at, id, due_at, through";

#[async_trait::async_trait]
impl MigrationTrait for CreateParties {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = Index::create();
        for column in ["district", "kind", "organization", "began_at", "id"] {
            key.col(column);
        }
        let table = Table::create()
            .table("party_row")
            .col(string("district"))
            .col(string("kind"))
            .col(string("organization"))
            .col(big_integer("began_at"))
            .col(uuid("id"))
            .col(big_integer_null("due_at"))
            .col(uuid_null("through"))
            .primary_key(&mut key)
            .to_owned();
        manager.create_table(table).await?;
        let mut due = Index::create();
        due.name("party_row_due").table("party_row");
        for column in ["district", "kind", "organization", "due_at", "id"] {
            due.col(column);
        }
        due.and_where(Expr::col("due_at").is_not_null());
        manager.create_index(due.to_owned()).await?;
        for fill in fill() {
            manager.get_connection().execute_unprepared(&fill).await?;
        }
        // What these were for is read off the parties' rows now.
        for (name, table) in [
            ("case_row_due", "case_row"),
            ("task_row_organizer", "task_row"),
        ] {
            let old = Index::drop().name(name).table(table).to_owned();
            manager.drop_index(old).await?;
        }
        Ok(())
    }
}

/// The statements that write the rows of what is there: of whose it is, and of whoever has or checks a part of its task.
pub(super) fn fill() -> [String; 2] {
    const NO_TIME: &str = "CAST(NULL AS bigint)";
    const NO_TASK: &str = "CAST(NULL AS uuid)";
    let join = "JOIN assignment_row a ON a.district = r.district AND a.task =";
    let tasks = |party: &str| {
        format!(
            "SELECT r.district, 'TASK', a.{party}, r.planned_at, r.id, r.due_at, {NO_TASK} \
             FROM task_row r {join} r.id"
        )
    };
    let cases = |party: &str| {
        format!(
            "SELECT r.district, 'CASE', a.{party}, r.reported_at, r.id, {NO_TIME}, r.task \
             FROM case_row r {join} r.task WHERE a.{party} <> r.organization"
        )
    };
    let held = |kind: &str, table: &str, party: &str, began: &str| {
        format!("SELECT district, '{kind}', {party}, {began}, id, due_at, {NO_TASK} FROM {table}")
    };
    let all = [
        [
            held("TASK", "task_row", "organizer", "planned_at"),
            tasks("organization"),
            tasks("checker"),
        ],
        [
            held("CASE", "case_row", "organization", "reported_at"),
            cases("organization"),
            cases("checker"),
        ],
    ];
    // UNION leaves out what is there twice.
    all.map(|of| format!("INSERT INTO party_row ({COLUMNS}) {}", of.join(" UNION ")))
}
