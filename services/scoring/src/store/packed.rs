//! Many columns of a row as one text, and many rows too. A database hands every row over by itself, and every value of it,
//! each allocated and looked up by its name; where millions of rows with dozens of numbers are read, that is most of the
//! time.

use std::str::{FromStr, Split};

use liandong_kit::db::from_micros;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr,
    sea_query::{Expr, Func, Query, SelectStatement},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::measure::{CELLS, Counts};

/// The name of the packed column.
pub(super) const PACKED: &str = "packed";
/// Between two values. No value contains it: ids are checked, and JSON escapes it.
const BETWEEN: char = '\u{1f}';
/// Between two rows.
const BETWEEN_ROWS: char = '\u{1e}';

/// These columns, in order; absent values are empty. One function writes the whole row on both databases: each more
/// of every value is felt over millions of them.
pub(super) fn columns(all: impl IntoIterator<Item = Expr>) -> Expr {
    let all: Vec<Expr> = all.into_iter().collect();
    let pattern = vec!["%s"; all.len()].join(&BETWEEN.to_string());
    let arguments = std::iter::once(Expr::val(pattern)).chain(all);
    Func::cust("format").args(arguments).into()
}

/// An id among the columns.
pub(super) fn id(backend: DbBackend, column: Expr) -> Expr {
    match backend {
        DbBackend::Sqlite => Func::cust("hex").arg(column).into(),
        _ => column,
    }
}

/// The rows of a selection whose only column is [`PACKED`], as one text; [`rows`] takes them apart. Their order is lost.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    select: SelectStatement,
) -> Result<String, DbErr> {
    let between = Expr::val(BETWEEN_ROWS.to_string());
    let all = Func::cust("string_agg").args([Expr::col(PACKED), between]);
    let mut whole = Query::select();
    whole.expr_as(all, PACKED).from_subquery(select, "page");
    let row = db.query_one(&whole).await?;
    let text = row.map(|it| it.try_get::<Option<String>>("", PACKED));
    Ok(text.transpose()?.flatten().unwrap_or_default())
}

/// The packed rows of a page.
pub(super) fn rows(page: &str) -> impl Iterator<Item = &str> {
    page.split(BETWEEN_ROWS).filter(|it| !it.is_empty())
}

/// Every cell, each as `number` says; none of them is absent.
pub(super) fn cells(number: impl Fn(&'static str) -> Expr) -> Expr {
    columns(CELLS.iter().map(|it| number(it.column())))
}

/// The counts of packed cells.
pub(super) fn counts(packed: &str) -> Result<Counts, DbErr> {
    let (mut fields, mut counts) = (Fields::of(packed), Counts::default());
    for cell in CELLS {
        counts.add(*cell, fields.number()?);
    }
    Ok(counts)
}

/// What was packed, in order.
pub(super) struct Fields<'a>(Split<'a, char>);

impl<'a> Fields<'a> {
    pub(super) fn of(packed: &'a str) -> Self {
        Self(packed.split(BETWEEN))
    }

    pub(super) fn text(&mut self) -> Result<&'a str, DbErr> {
        let next = self.0.next();
        next.ok_or_else(|| DbErr::Type("fewer values than columns".to_owned()))
    }

    pub(super) fn id(&mut self) -> Result<Uuid, DbErr> {
        let text = self.text()?;
        Uuid::parse_str(text).map_err(|_| DbErr::Type(format!("not an id: {text}")))
    }

    pub(super) fn number<T: FromStr>(&mut self) -> Result<T, DbErr> {
        number(self.text()?)
    }

    pub(super) fn time(&mut self) -> Result<Option<OffsetDateTime>, DbErr> {
        match self.text()? {
            "" => Ok(None),
            text => Ok(Some(from_micros(number(text)?))),
        }
    }

    /// As SQLite writes it, or PostgreSQL.
    pub(super) fn yes(&mut self) -> Result<Option<bool>, DbErr> {
        match self.text()? {
            "" => Ok(None),
            "1" | "t" => Ok(Some(true)),
            "0" | "f" => Ok(Some(false)),
            other => Err(DbErr::Type(format!("neither yes nor no: {other}"))),
        }
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, DbErr> {
    let number = text.parse();
    number.map_err(|_| DbErr::Type(format!("not a number: {text}")))
}
