//! Columns of the table; nothing else. Times are microseconds since the epoch, UTC.
#![allow(missing_docs, unreachable_pub)]

use sea_orm::entity::prelude::*;

/// Like calls of one minute.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "denied_call")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub district: String,
    pub organization: String,
    pub person: String,
    pub method: String,
    pub code: String,
    pub reason: String,
    pub address: String,
    pub trace_id: String,
    pub count: i64,
    pub first_at: i64,
    pub last_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
