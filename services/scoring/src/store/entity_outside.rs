//! Columns of the outside records; nothing else. Days are `2026-04-17`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outside_record")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) district: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) source: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) record: String,
    pub(crate) kind: String,
    pub(crate) organization: String,
    pub(crate) day: String,
    pub(crate) total: i64,
    pub(crate) on_time: i64,
    pub(crate) satisfied: i64,
    pub(crate) repeated: i64,
    pub(crate) withdrawn: bool,
    pub(crate) revision: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
