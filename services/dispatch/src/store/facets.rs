//! What the newer lists share: newest first by keyset, and how a whole list is spread over the values of its fields.

use liandong_kit::page::PageRequest;
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::Store;
use super::lists::{Page, older};

/// The most values of one field.
const VALUES: u64 = 100;

/// A field with the rows of each of its values, the most frequent first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Which field.
    pub field: &'static str,
    /// Its values.
    pub values: Vec<(String, i64)>,
}

/// A list by time and id.
pub(super) trait Listed<E: EntityTrait> {
    /// The newest first, after a key.
    fn newest(self, time: E::Column, id: E::Column, after: Option<(i64, Uuid)>) -> Select<E>;
}

impl<E: EntityTrait> Listed<E> for Select<E> {
    fn newest(self, time: E::Column, id: E::Column, after: Option<(i64, Uuid)>) -> Select<E> {
        let rows = self.select_only().columns([time, id]);
        let rows = match after {
            Some((at, key)) => rows.filter(older(time, id, at, key)),
            None => rows,
        };
        rows.order_by_desc(time).order_by_desc(id)
    }
}

impl Store {
    /// A page of such a list.
    pub(super) async fn page<E: EntityTrait>(
        &self,
        rows: Select<E>,
        page: &PageRequest,
    ) -> Result<Page<Uuid>, DbErr> {
        let rows = rows.limit(page.limit()).into_tuple::<(i64, Uuid)>();
        let rows = rows.all(self.log().db().read()).await?;
        let (rows, next) = page.cut(rows, |(at, id)| format!("{at}:{id}"));
        Ok((rows.into_iter().map(|(_, id)| id).collect(), next))
    }

    /// How a list is spread over the values of fields; unknown fields are left out.
    pub(super) async fn spread<E: EntityTrait>(
        &self,
        rows: Select<E>,
        facets: &[&'static str],
        column: impl Fn(&str) -> Option<E::Column>,
    ) -> Result<Vec<Counts>, DbErr> {
        let mut counted = Vec::new();
        for field in facets {
            let Some(column) = column(field) else {
                continue;
            };
            let (value, count) = (Alias::new("value"), Alias::new("count"));
            let values = rows
                .clone()
                .select_only()
                .column_as(column.into_expr().cast_as("text"), "value")
                .column_as(Expr::val(1).count(), "count")
                .group_by(column)
                .order_by_desc(Expr::col(count))
                .order_by_asc(Expr::col(value))
                .limit(VALUES)
                .into_tuple::<(String, i64)>()
                .all(self.log().db().read())
                .await?;
            counted.push(Counts { field, values });
        }
        Ok(counted)
    }
}
