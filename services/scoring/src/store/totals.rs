//! The totals: the rollup and the ledger's points, per organization by day, month and year. Changed only by adding.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sea_orm::{
    Condition, ConnectionTrait, DbErr, ExprTrait, QueryResult,
    sea_query::{Expr, OnConflict, Order, Query, SelectStatement},
};

use super::{
    ledger::{decimal, whole},
    packed::{self, PACKED},
};
use crate::domain::{
    composite::RuleSums,
    measure::{CELLS, Cell, Counts, PeriodCounts},
    period::Period,
    totals::{Key, Points, PointsKey, Range, until, within},
};

/// The columns of the key of `total`.
pub(crate) const KEY: [&str; 4] = ["district", "span", "organization", "role"];
/// The columns of the key of `points_total`.
pub(crate) const POINTS_KEY: [&str; 5] = ["district", "span", "organization", "scheme", "rule"];

const TABLE: &str = "total";
const POINTS: &str = "points_total";

/// Adds counts, making rows where there are none.
pub(crate) async fn add(
    tx: &impl ConnectionTrait,
    district: &str,
    gained: &BTreeMap<Key, Counts>,
) -> Result<(), DbErr> {
    let rows: Vec<_> = gained.iter().collect();
    for part in super::parts(&rows) {
        let mut insert = Query::insert();
        let cells = CELLS.iter().map(|it| it.column());
        insert
            .into_table(TABLE)
            .columns(KEY.into_iter().chain(cells));
        for (key, counts) in part {
            let texts = [district, &key.span, &key.organization, &key.role].map(Expr::val);
            let counts = counts.0.iter().map(|count| Expr::val(*count));
            insert.values_panic(texts.into_iter().chain(counts));
        }
        insert.on_conflict(adding(TABLE, &KEY, CELLS.iter().map(|it| it.column())));
        tx.execute(&insert).await?;
    }
    Ok(())
}

/// Adds entries, making rows where there are none.
pub(crate) async fn add_points(
    tx: &impl ConnectionTrait,
    district: &str,
    gained: &BTreeMap<PointsKey, Points>,
) -> Result<(), DbErr> {
    let rows: Vec<_> = gained.iter().collect();
    for part in super::parts(&rows) {
        let mut insert = Query::insert();
        insert
            .into_table(POINTS)
            .columns(POINTS_KEY.into_iter().chain(["entries", "points"]));
        for (key, it) in part {
            let texts = [
                district,
                &key.span,
                &key.organization,
                &key.scheme,
                &key.rule,
            ];
            let numbers = [it.entries, whole(it.points)?].map(Expr::val);
            insert.values_panic(texts.map(Expr::val).into_iter().chain(numbers));
        }
        insert.on_conflict(adding(POINTS, &POINTS_KEY, ["entries", "points"]));
        tx.execute(&insert).await?;
    }
    Ok(())
}

fn adding(
    table: &'static str,
    key: &[&'static str],
    columns: impl IntoIterator<Item = &'static str>,
) -> OnConflict {
    let mut conflict = OnConflict::columns(key.iter().copied());
    conflict.values(columns.into_iter().map(|column| {
        let sum = Expr::col((table, column)).add(Expr::col(("excluded", column)));
        (column, sum)
    }));
    conflict
}

/// Every organization's counts in a period. Deadlines on `today` or later are not missed yet. No roles: every one.
pub(crate) async fn period_counts(
    db: &impl ConnectionTrait,
    district: &str,
    period: Period,
    today: time::Date,
    roles: &[String],
) -> Result<BTreeMap<String, PeriodCounts>, DbErr> {
    let last = period.last_day();
    let over = Ord::min(last, today.previous_day().unwrap_or(today));
    let cells =
        |which: fn(&str) -> bool| CELLS.iter().copied().filter(move |it| which(it.column()));
    let mut sums: BTreeMap<String, PeriodCounts> = BTreeMap::new();
    let of_period: Vec<Cell> = cells(|it| !is_open(it) && !is_late(it)).collect();
    for row in sum(db, district, &of_period, roles, within(period)).await? {
        let known = sums.entry(row.try_get("", "organization")?).or_default();
        read(&row, &of_period, &mut known.within)?;
    }
    let late: Vec<Cell> = cells(is_late).collect();
    for row in sum(db, district, &late, roles, until(last)).await? {
        let known = sums.entry(row.try_get("", "organization")?).or_default();
        read(&row, &late, &mut known.until)?;
    }
    let open: Vec<Cell> = cells(is_open).collect();
    for row in sum(db, district, &open, roles, until(over)).await? {
        let known = sums.entry(row.try_get("", "organization")?).or_default();
        read(&row, &open, &mut known.overdue)?;
    }
    Ok(sums)
}

/// What every organization's standing entries of a scheme come to in a period, by rule.
pub(crate) async fn period_points(
    db: &impl ConnectionTrait,
    district: &str,
    period: Period,
    scheme: &str,
) -> Result<BTreeMap<String, RuleSums>, DbErr> {
    let mut select = Query::select();
    select
        .from(POINTS)
        .columns(["organization", "rule"])
        .group_by_columns(["organization", "rule"])
        .and_where(Expr::col("district").eq(district))
        .and_where(Expr::col("scheme").eq(scheme))
        .cond_where(spans(within(period)));
    for column in ["entries", "points"] {
        select.expr_as(Expr::col(column).sum().cast_as("bigint"), column);
    }
    let mut sums: BTreeMap<String, RuleSums> = BTreeMap::new();
    for row in db.query_all(&select).await? {
        let (entries, points): (i64, i64) =
            (row.try_get("", "entries")?, row.try_get("", "points")?);
        if entries != 0 || points != 0 {
            let known = sums.entry(row.try_get("", "organization")?).or_default();
            known.insert(row.try_get("", "rule")?, (entries, decimal(points)));
        }
    }
    Ok(sums)
}

async fn sum(
    db: &impl ConnectionTrait,
    district: &str,
    cells: &[Cell],
    roles: &[String],
    ranges: Vec<Range>,
) -> Result<Vec<QueryResult>, DbErr> {
    let mut select = Query::select();
    select
        .from(TABLE)
        .column("organization")
        .group_by_col("organization")
        .and_where(Expr::col("district").eq(district))
        .cond_where(spans(ranges));
    for cell in cells {
        // PostgreSQL sums bigint to numeric.
        let sum = Expr::col(cell.column()).sum().cast_as("bigint");
        select.expr_as(sum, cell.column());
    }
    if !roles.is_empty() {
        select.and_where(Expr::col("role").is_in(roles.iter().map(String::as_str)));
    }
    db.query_all(&select).await
}

fn spans(ranges: Vec<Range>) -> Condition {
    let between = |(from, to): Range| Expr::col("span").between(from, to);
    { ranges.into_iter() }.fold(Condition::any(), |all, it| all.add(between(it)))
}

/// The next rows, by key, at most `limit`. Rows that came to nothing are rows all the same.
pub(crate) async fn rows_after(
    db: &impl ConnectionTrait,
    district: &str,
    after: Option<&Key>,
    limit: u64,
) -> Result<Vec<(Key, Counts)>, DbErr> {
    let columns = KEY[1..].iter().copied();
    let after = after.map(|it| vec![it.span.clone(), it.organization.clone(), it.role.clone()]);
    let mut select = page(TABLE, columns, &KEY[1..], district, after, limit);
    select.expr_as(packed::cells(Expr::col), PACKED);
    let rows = db.query_all(&select).await?;
    let key = |row: &QueryResult| -> Result<_, DbErr> {
        let counts = packed::counts(&row.try_get::<String>("", PACKED)?)?;
        let key = Key {
            span: row.try_get("", "span")?,
            organization: row.try_get("", "organization")?,
            role: row.try_get("", "role")?,
        };
        Ok((key, counts))
    };
    rows.iter().map(key).collect()
}

/// The next rows of points, by key, at most `limit`.
pub(crate) async fn points_after(
    db: &impl ConnectionTrait,
    district: &str,
    after: Option<&PointsKey>,
    limit: u64,
) -> Result<Vec<(PointsKey, Points)>, DbErr> {
    let columns = POINTS_KEY[1..].iter().copied().chain(["entries", "points"]);
    let after = after.map(|it| {
        let texts = [&it.span, &it.organization, &it.scheme, &it.rule];
        texts.map(String::clone).to_vec()
    });
    let select = page(POINTS, columns, &POINTS_KEY[1..], district, after, limit);
    let rows = db.query_all(&select).await?;
    let key = |row: &QueryResult| -> Result<_, DbErr> {
        let key = PointsKey {
            span: row.try_get("", "span")?,
            organization: row.try_get("", "organization")?,
            scheme: row.try_get("", "scheme")?,
            rule: row.try_get("", "rule")?,
        };
        let points: Decimal = decimal(row.try_get("", "points")?);
        let entries = row.try_get("", "entries")?;
        Ok((key, Points { entries, points }))
    };
    rows.iter().map(key).collect()
}

fn page(
    table: &'static str,
    columns: impl Iterator<Item = &'static str>,
    key: &[&'static str],
    district: &str,
    after: Option<Vec<String>>,
    limit: u64,
) -> SelectStatement {
    let mut select = Query::select();
    select
        .from(table)
        .columns(columns)
        .and_where(Expr::col("district").eq(district))
        .limit(limit);
    for column in key {
        select.order_by(*column, Order::Asc);
    }
    if let Some(after) = after {
        let columns = Expr::tuple(key.iter().map(|it| Expr::col(*it)));
        select.and_where(columns.gt(Expr::tuple(after.into_iter().map(Expr::val))));
    }
    select
}

fn read(row: &QueryResult, cells: &[Cell], into: &mut Counts) -> Result<(), DbErr> {
    for cell in cells {
        into.add(*cell, row.try_get("", cell.column())?);
    }
    Ok(())
}

fn is_open(column: &str) -> bool {
    column.ends_with("_open")
}

fn is_late(column: &str) -> bool {
    column.ends_with("_late_in") || column.ends_with("_late_out")
}
