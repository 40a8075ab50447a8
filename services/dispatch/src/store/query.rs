//! What a list may be asked: conditions on its columns, joined by AND. The caller's organization is not one of them;
//! it is an argument of every list.

use liandong_kit::db::micros;
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select};
use time::OffsetDateTime;

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// The field, one of the list's.
    pub field: &'static str,
    /// What of it.
    pub test: Test,
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    /// Exactly this text.
    Is(String),
    /// Begins with this text.
    Begins(String),
    /// This or that.
    Flag(bool),
    /// At this very time.
    At(OffsetDateTime),
    /// At or after.
    Since(OffsetDateTime),
    /// Before.
    Before(OffsetDateTime),
}

/// What is asked of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListQuery {
    /// Which.
    pub terms: Vec<Term>,
    /// In which order.
    pub order: Order,
    /// Also counted by these fields.
    pub facets: Vec<&'static str>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// By the time it began.
    Newest,
    /// By the time it began.
    Oldest,
    /// By when their running clocks run out; what has none is left out.
    MostUrgent,
}

impl Order {
    /// The rows in it, and the column they are ordered by: when they began, or when they are due.
    pub(crate) fn of<E: EntityTrait>(
        self,
        rows: Select<E>,
        began: E::Column,
        due: E::Column,
    ) -> (Select<E>, E::Column) {
        match self {
            Order::Newest | Order::Oldest => (rows, began),
            Order::MostUrgent => (rows.filter(due.is_not_null()), due),
        }
    }

    /// Which way it goes.
    pub(crate) fn direction(self) -> sea_orm::Order {
        match self {
            Order::Newest => sea_orm::Order::Desc,
            Order::Oldest | Order::MostUrgent => sea_orm::Order::Asc,
        }
    }
}

/// The condition on a column.
pub(crate) fn on(column: impl ColumnTrait, test: &Test) -> Expr {
    match test {
        Test::Is(text) => column.eq(text.as_str()),
        Test::Begins(text) => {
            column.like(LikeExpr::new(format!("{}%", escaped(text))).escape('\\'))
        }
        Test::Flag(flag) => column.eq(*flag),
        Test::At(time) => column.eq(micros(*time)),
        Test::Since(time) => column.gte(micros(*time)),
        Test::Before(time) => column.lt(micros(*time)),
    }
}

/// All of them.
pub(crate) fn all<C: ColumnTrait>(terms: &[Term], column: impl Fn(&str) -> Option<C>) -> Condition {
    let known = terms
        .iter()
        .filter_map(|term| column(term.field).map(|it| on(it, &term.test)));
    known.fold(Condition::all(), Condition::add)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}
