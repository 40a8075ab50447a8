//! Checks beside the work they are about: a row for each, which the database itself refuses if whoever checked is of the
//! holder or had a hand in it (R10). The rule has decided already; this is the second lock, for a day when the rule is
//! wrong. Nobody reads these rows.

use liandong_kit::commit::Batch;
use liandong_kit::db::rows::Writes;
use sea_orm::{DbErr, Set};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, string, text, uuid};
use uuid::Uuid;

use self::entity::ActiveModel;
use crate::domain::{Task, TaskChange};

mod entity {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "verdict_row")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub task: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub round: i32,
        /// Who did the work.
        pub holder: String,
        /// Who had a hand in it, each between two bars.
        #[sea_orm(column_type = "Text")]
        pub hands: String,
        /// Who checked it.
        pub checker: String,
        /// In person.
        pub person: String,
        /// The units that person belongs to, each between two bars.
        #[sea_orm(column_type = "Text")]
        pub units: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Writes the checks of a batch.
pub(super) async fn write(rows: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
    let verdicts = batch.happened().filter_map(|it| {
        let event = it.of::<Task>()?;
        let TaskChange::Checked { number, check } = &event.change else {
            return None;
        };
        let id = it.recorded.aggregate_id.as_str();
        let task = batch.before::<Task>(id).or_else(|| batch.after(id))?;
        let part = task.assignment(*number)?;
        Some(ActiveModel {
            district: Set(batch.district().to_owned()),
            task: Set(Uuid::try_parse(id).ok()?),
            number: Set(i32::from(*number)),
            round: Set(part.round().map_or(1, |it| i32::from(it.number))),
            holder: Set(part.offer.organization.to_string()),
            hands: Set(barred(&part.hands)),
            checker: Set(check.organization.to_string()),
            person: Set(check.person.to_string()),
            units: Set(barred(&check.units)),
        })
    });
    rows.insert(verdicts.collect()).await
}

/// `|a||b|`: so that a name can be found as a whole.
fn barred<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    let names = names.into_iter();
    names.map(|it| format!("|{}|", it.to_string())).collect()
}

/// The table with its locks.
pub(super) struct CreateVerdicts;

impl MigrationName for CreateVerdicts {
    fn name(&self) -> &'static str {
        "dispatch_0170_create_verdicts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateVerdicts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let without = |names: &str, name: &str| {
            format!("replace({names}, '|' || {name} || '|', '') = {names}")
        };
        let verdicts = Table::create()
            .table("verdict_row")
            .col(string("district"))
            .col(uuid("task"))
            .col(integer("number"))
            .col(integer("round"))
            .col(string("holder"))
            .col(text("hands"))
            .col(string("checker"))
            .col(string("person"))
            .col(text("units"))
            .primary_key(
                Index::create()
                    .col("district")
                    .col("task")
                    .col("number")
                    .col("round"),
            )
            .check(Expr::cust("checker <> holder"))
            .check(Expr::cust(without("hands", "person")))
            .check(Expr::cust(without("units", "holder")))
            .to_owned();
        manager.create_table(verdicts).await
    }
}
