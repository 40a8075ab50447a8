//! How many have answered a survey.

use liandong_kit::commit::Batch;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, Set,
    entity::prelude::*, sea_query::OnConflict,
};

use super::Store;
use crate::domain::survey::Invitation;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "survey_answer")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) district: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) survey: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) token_hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Writes that tokens have answered.
pub(super) async fn write(tx: &DatabaseTransaction, batch: &Batch<'_>) -> Result<(), DbErr> {
    let answered: Vec<_> = batch
        .changed::<Invitation>()
        .filter(|(_, _, it)| it.answer.is_some())
        .map(|(hash, _, it)| ActiveModel {
            district: Set(batch.district().to_owned()),
            survey: Set(it.survey.clone().unwrap_or_default()),
            token_hash: Set(hash.to_owned()),
        })
        .collect();
    let nothing = OnConflict::columns([Column::District, Column::Survey, Column::TokenHash])
        .do_nothing()
        .to_owned();
    for part in super::parts(&answered) {
        Entity::insert_many(part.to_vec())
            .on_conflict(nothing.clone())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

impl Store {
    /// How many have answered a survey.
    pub(crate) async fn survey_answers(&self, district: &str, survey: &str) -> Result<u64, DbErr> {
        Entity::find()
            .filter(Column::District.eq(district))
            .filter(Column::Survey.eq(survey))
            .count(self.db().read())
            .await
    }
}
