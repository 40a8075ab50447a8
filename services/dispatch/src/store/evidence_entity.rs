//! A row per piece of evidence, whatever became of its upload: for lists, and to know which bytes are needed.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_row")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub district: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub state: String,
    pub case: Option<Uuid>,
    pub task: Option<Uuid>,
    /// The assignment's; 0 for evidence of a whole task or a case.
    pub number: i32,
    /// SHA-256 of the original, hex.
    pub content: String,
    /// SHA-256 of the copy for others; empty if there is none.
    pub shared: String,
    pub started_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
