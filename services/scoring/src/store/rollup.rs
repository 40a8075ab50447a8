//! The rollup's table: one row per key, one column per cell of the domain. Changed only by adding to it.

use std::collections::BTreeMap;

use sea_orm::{
    ConnectionTrait, DbErr, ExprTrait, QueryResult,
    sea_query::{Expr, OnConflict, Order, Query, SelectStatement},
};
use time::Date;

use super::packed::{self, PACKED};
use crate::domain::{
    contribution::{Key, Rollup},
    measure::{CELLS, Cell, Counts, PeriodCounts},
    period::{Period, parse_day},
};

/// The columns of its primary key, in order: those it is summed by first, so that sums need no sorting.
pub(crate) const KEY: [&str; 7] = [
    "district",
    "day",
    "organization",
    "role",
    "area",
    "matter",
    "source",
];

const TABLE: &str = "rollup";

/// Which rows are summed; empty fields do not narrow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Only these organizations.
    pub(crate) organizations: Vec<String>,
    /// Only these roles.
    pub(crate) roles: Vec<String>,
    /// Only this area.
    pub(crate) area: String,
    /// Only this matter.
    pub(crate) matter: String,
    /// Only this source.
    pub(crate) source: String,
}

impl Filter {
    /// Whether it narrows by role alone, so that the totals say the same.
    pub(crate) fn is_by_role(&self) -> bool {
        self.organizations.is_empty()
            && self.area.is_empty()
            && self.matter.is_empty()
            && self.source.is_empty()
    }
}

/// Adds counts, making rows where there are none.
pub(crate) async fn add(
    tx: &impl ConnectionTrait,
    district: &str,
    gained: &Rollup,
) -> Result<(), DbErr> {
    let rows: Vec<_> = gained.0.iter().collect();
    for part in super::parts(&rows) {
        let mut insert = Query::insert();
        insert
            .into_table(TABLE)
            .columns(KEY.into_iter().chain(CELLS.iter().map(|it| it.column())));
        for (key, counts) in part {
            let [day, texts @ ..] = key_texts(key);
            let texts = [district.to_owned(), day]
                .into_iter()
                .chain(texts)
                .map(Expr::val);
            insert.values_panic(texts.chain(counts.0.iter().map(|count| Expr::val(*count))));
        }
        let mut conflict = OnConflict::columns(KEY);
        conflict.values(CELLS.iter().map(|cell| {
            let column = cell.column();
            (
                column,
                Expr::col((TABLE, column)).add(Expr::col(("excluded", column))),
            )
        }));
        insert.on_conflict(conflict);
        tx.execute(&insert).await?;
    }
    Ok(())
}

/// Every organization's counts in a period. Deadlines on `today` or later are not missed yet.
pub(crate) async fn period_counts(
    db: &impl ConnectionTrait,
    district: &str,
    period: Period,
    today: Date,
    filter: &Filter,
) -> Result<BTreeMap<String, PeriodCounts>, DbErr> {
    let (first, last) = (period.first_day(), period.last_day());
    let over = Ord::min(last, today.previous_day().unwrap_or(today));
    let mut sums: BTreeMap<String, PeriodCounts> = BTreeMap::new();

    let cells =
        |which: fn(&str) -> bool| CELLS.iter().copied().filter(move |it| which(it.column()));
    let within: Vec<Cell> = cells(|it| !is_open(it) && !is_late(it)).collect();
    let mut select = sum(district, &within, filter);
    select.and_where(Expr::col("day").between(first.to_string(), last.to_string()));
    for row in db.query_all(&select).await? {
        read(
            &row,
            &within,
            &mut sums
                .entry(row.try_get("", "organization")?)
                .or_default()
                .within,
        )?;
    }
    let late: Vec<Cell> = cells(is_late).collect();
    let mut select = sum(district, &late, filter);
    select.and_where(Expr::col("day").lte(last.to_string()));
    for row in db.query_all(&select).await? {
        read(
            &row,
            &late,
            &mut sums
                .entry(row.try_get("", "organization")?)
                .or_default()
                .until,
        )?;
    }
    let open: Vec<Cell> = cells(is_open).collect();
    let mut select = sum(district, &open, filter);
    select.and_where(Expr::col("day").lte(over.to_string()));
    for row in db.query_all(&select).await? {
        read(
            &row,
            &open,
            &mut sums
                .entry(row.try_get("", "organization")?)
                .or_default()
                .overdue,
        )?;
    }
    Ok(sums)
}

/// The next rows, by key, at most `limit`. Rows that came to nothing are rows all the same.
pub(crate) async fn rows_after(
    db: &impl ConnectionTrait,
    district: &str,
    after: Option<&Key>,
    limit: u64,
) -> Result<Vec<(Key, Counts)>, DbErr> {
    let columns = &KEY[1..];
    let mut select = Query::select();
    select
        .from(TABLE)
        .columns(columns.iter().copied())
        .expr_as(packed::cells(Expr::col), PACKED)
        .and_where(Expr::col("district").eq(district))
        .limit(limit);
    for column in columns {
        select.order_by(*column, Order::Asc);
    }
    if let Some(after) = after {
        let values = key_texts(after).map(Expr::val);
        select.and_where(
            Expr::tuple(columns.iter().map(|it| Expr::col(*it))).gt(Expr::tuple(values)),
        );
    }
    db.query_all(&select).await?.iter().map(row).collect()
}

/// The first and the last day of which there is anything.
pub(crate) async fn days(
    db: &impl ConnectionTrait,
    district: &str,
) -> Result<Option<(Date, Date)>, DbErr> {
    let mut ends = vec![];
    for order in [Order::Asc, Order::Desc] {
        let mut select = Query::select();
        select
            .from(TABLE)
            .column("day")
            .and_where(Expr::col("district").eq(district))
            .order_by("day", order)
            .limit(1);
        if let Some(row) = db.query_one(&select).await? {
            ends.push(day(&row)?);
        }
    }
    Ok(ends.first().copied().zip(ends.last().copied()))
}

/// What the rows of some days come to per organization, role and day; area, matter and source of the keys are empty.
pub(crate) async fn sums_by_day(
    db: &impl ConnectionTrait,
    district: &str,
    first: Date,
    last: Date,
) -> Result<Vec<(Key, Counts)>, DbErr> {
    let mut select = sum(district, &[], &Filter::default());
    select
        .columns(["day", "role"])
        .group_by_columns(["day", "role"])
        .expr_as(packed::cells(|it| Expr::col(it).sum()), PACKED)
        .and_where(Expr::col("day").between(first.to_string(), last.to_string()));
    let rows = db.query_all(&select).await?;
    let row = |row: &QueryResult| {
        let key = Key {
            day: day(row)?,
            organization: row.try_get("", "organization")?,
            area: String::new(),
            matter: String::new(),
            source: String::new(),
            role: row.try_get("", "role")?,
        };
        Ok((key, unpacked(row)?))
    };
    rows.iter().map(row).collect()
}

/// Whether there is such a row.
pub(crate) async fn has(
    db: &impl ConnectionTrait,
    district: &str,
    key: &Key,
) -> Result<bool, DbErr> {
    let mut select = Query::select();
    select
        .from(TABLE)
        .column("day")
        .and_where(Expr::col("district").eq(district));
    for (column, value) in KEY[1..].iter().zip(key_texts(key)) {
        select.and_where(Expr::col(*column).eq(value));
    }
    Ok(db.query_one(&select).await?.is_some())
}

fn sum(district: &str, cells: &[Cell], filter: &Filter) -> SelectStatement {
    let mut select = Query::select();
    select
        .from(TABLE)
        .column("organization")
        .group_by_col("organization");
    for cell in cells {
        // PostgreSQL sums bigint to numeric.
        select.expr_as(
            Expr::col(cell.column()).sum().cast_as("bigint"),
            cell.column(),
        );
    }
    select.and_where(Expr::col("district").eq(district));
    for (column, values) in [
        ("organization", &filter.organizations),
        ("role", &filter.roles),
    ] {
        if !values.is_empty() {
            select.and_where(Expr::col(column).is_in(values.iter().map(String::as_str)));
        }
    }
    for (column, value) in [
        ("area", &filter.area),
        ("matter", &filter.matter),
        ("source", &filter.source),
    ] {
        if !value.is_empty() {
            select.and_where(Expr::col(column).eq(value.as_str()));
        }
    }
    select
}

fn read(row: &QueryResult, cells: &[Cell], into: &mut Counts) -> Result<(), DbErr> {
    for cell in cells {
        into.add(*cell, row.try_get("", cell.column())?);
    }
    Ok(())
}

fn row(row: &QueryResult) -> Result<(Key, Counts), DbErr> {
    let text = |column: &str| row.try_get::<String>("", column);
    let key = Key {
        day: day(row)?,
        organization: text("organization")?,
        area: text("area")?,
        matter: text("matter")?,
        source: text("source")?,
        role: text("role")?,
    };
    Ok((key, unpacked(row)?))
}

fn unpacked(row: &QueryResult) -> Result<Counts, DbErr> {
    packed::counts(&row.try_get::<String>("", PACKED)?)
}

fn day(row: &QueryResult) -> Result<Date, DbErr> {
    let day: String = row.try_get("", "day")?;
    parse_day(&day).ok_or_else(|| DbErr::Type(format!("not a day: {day}")))
}

/// The key's columns after the district.
fn key_texts(key: &Key) -> [String; 6] {
    let text = String::clone;
    [
        key.day.to_string(),
        text(&key.organization),
        text(&key.role),
        text(&key.area),
        text(&key.matter),
        text(&key.source),
    ]
}

fn is_open(column: &str) -> bool {
    column.ends_with("_open")
}

fn is_late(column: &str) -> bool {
    column.ends_with("_late_in") || column.ends_with("_late_out")
}
