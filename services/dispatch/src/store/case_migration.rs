//! What lists of cases know beside their state, revisits, and the records of people, which are kept apart from the
//! log. Written once for SQLite and PostgreSQL. Never edited after release.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, integer, integer_null, string, text, uuid,
};

pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(WidenCases),
        Box::new(CreateRevisits),
        Box::new(CreatePeople),
    ]
}

struct WidenCases;

impl MigrationName for WidenCases {
    fn name(&self) -> &'static str {
        "dispatch_0010_widen_cases"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for WidenCases {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let words = ["about", "address", "object", "triage"];
        let words = words.map(|it| string(it).default("").to_owned());
        let numbers = ["latitude", "longitude"].map(integer_null);
        let times = ["closed_at", "due_at"].map(big_integer_null);
        let overdue = boolean("overdue").default(false).to_owned();
        let columns = words.into_iter().chain(numbers).chain(times);
        for column in columns.chain([overdue]) {
            let table = Table::alter()
                .table("case_row")
                .add_column(column)
                .to_owned();
            manager.alter_table(table).await?;
        }
        let about = Query::update()
            .table("case_row")
            .value("about", Expr::col("matter"))
            .to_owned();
        manager.execute(about).await?;
        for (name, columns) in [
            ("case_row_about", ["about", "reported_at"]),
            ("case_row_closed", ["about", "closed_at"]),
            ("case_row_due", ["organization", "due_at"]),
        ] {
            let index = Index::create()
                .name(name)
                .table("case_row")
                .col("district")
                .col(columns[0])
                .col(columns[1])
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

struct CreateRevisits;

impl MigrationName for CreateRevisits {
    fn name(&self) -> &'static str {
        "dispatch_0011_create_revisits"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateRevisits {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("revisit_row")
            .col(string("district"))
            .col(uuid("id"))
            .col(integer("number"))
            .col(string("state"))
            .col(string("organization"))
            .col(string("area"))
            .col(string("matter"))
            .col(boolean("overdue"))
            .col(big_integer("due_at"))
            .primary_key(Index::create().col("district").col("id").col("number"))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("revisit_row_due")
            .table("revisit_row")
            .col("district")
            .col("state")
            .col("due_at")
            .to_owned();
        manager.create_index(index).await
    }
}

struct CreatePeople;

impl MigrationName for CreatePeople {
    fn name(&self) -> &'static str {
        "dispatch_0012_create_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreatePeople {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let people = Table::create()
            .table("person_row")
            .col(string("district"))
            .col(uuid("id"))
            .col(uuid("case"))
            .col(binary("salt"))
            .col(text("record"))
            .col(boolean("referred"))
            .col(big_integer("recorded_at"))
            .primary_key(Index::create().col("district").col("id"))
            .to_owned();
        manager.create_table(people).await?;
        let index = Index::create()
            .name("person_row_referred")
            .table("person_row")
            .col("referred")
            .col("recorded_at")
            .to_owned();
        manager.create_index(index).await?;
        let keys = Table::create()
            .table("identity_key")
            .col(string("district"))
            .col(binary("secret"))
            .primary_key(Index::create().col("district"))
            .to_owned();
        manager.create_table(keys).await
    }
}
