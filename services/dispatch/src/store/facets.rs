//! How a whole list is spread over the values of its fields.

use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryOrder, QuerySelect, Select};

use super::Store;

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

impl Store {
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
