//! The query tables of what people decide: outside records, answers of surveys, appeals.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, string},
};

/// To be put behind the others.
pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreatePeople)]
}

struct CreatePeople;

impl MigrationName for CreatePeople {
    fn name(&self) -> &'static str {
        "scoring_0003_create_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreatePeople {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [outside_record(), survey_answer()] {
            manager.create_table(table).await?;
        }
        manager.create_index(records_of_day()).await
    }
}

fn outside_record() -> TableCreateStatement {
    Table::create()
        .table("outside_record")
        .col(string("district"))
        .col(string("source"))
        .col(string("record"))
        .col(string("kind"))
        .col(string("organization"))
        .col(string("day"))
        .col(big_integer("total"))
        .col(big_integer("on_time"))
        .col(big_integer("satisfied"))
        .col(big_integer("repeated"))
        .col(boolean("withdrawn"))
        .col(big_integer("revision"))
        .primary_key(Index::create().col("district").col("source").col("record"))
        .to_owned()
}

/// That a token answered, and no more: the ratings are in the log.
fn survey_answer() -> TableCreateStatement {
    Table::create()
        .table("survey_answer")
        .col(string("district"))
        .col(string("survey"))
        .col(string("token_hash"))
        .primary_key(
            Index::create()
                .col("district")
                .col("survey")
                .col("token_hash"),
        )
        .to_owned()
}

/// A period's records, however many there are of others.
fn records_of_day() -> IndexCreateStatement {
    Index::create()
        .name("outside_record_day")
        .table("outside_record")
        .col("district")
        .col("day")
        .to_owned()
}
