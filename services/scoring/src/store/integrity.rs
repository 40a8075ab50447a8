//! Closings by day, from the rollup.

use std::collections::BTreeMap;

use sea_orm::{
    ConnectionTrait, DbErr, ExprTrait,
    sea_query::{Alias, Expr, Func, Query},
};

use super::Store;
use crate::domain::{
    integrity::Closings,
    measure::Cell,
    period::{Period, parse_day},
};

impl Store {
    /// How many orders each organization closed on each day of a period.
    pub(crate) async fn closings(
        &self,
        district: &str,
        period: Period,
    ) -> Result<BTreeMap<String, Closings>, DbErr> {
        let column = Cell::CloseDone.column();
        // PostgreSQL sums integers to a decimal.
        let sum = Expr::expr(Func::sum(Expr::col(column))).cast_as(Alias::new("bigint"));
        let mut select = Query::select();
        select
            .from("rollup")
            .columns(["organization", "day"])
            .expr_as(sum, "closed")
            .and_where(Expr::col("district").eq(district))
            .and_where(Expr::col("day").between(
                period.first_day().to_string(),
                period.last_day().to_string(),
            ))
            .and_where(Expr::col(column).ne(0))
            .group_by_columns(["organization", "day"]);
        let mut all: BTreeMap<String, Closings> = BTreeMap::new();
        for row in self.db().read().query_all(&select).await? {
            let day: String = row.try_get("", "day")?;
            let day = parse_day(&day).ok_or_else(|| DbErr::Type(format!("no day: {day}")))?;
            let closings = all.entry(row.try_get("", "organization")?).or_default();
            closings.push((day, row.try_get("", "closed")?));
        }
        Ok(all)
    }
}
