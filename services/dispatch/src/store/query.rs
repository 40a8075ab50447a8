//! What a list may be asked: conditions on its columns, joined by AND. The caller's organization is not one of them;
//! it is an argument of every list.

use liandong_kit::db::micros;
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{ColumnTrait, Condition};
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

/// What is asked of a list of cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CaseQuery {
    /// Which.
    pub terms: Vec<Term>,
    /// In which order.
    pub order: CaseOrder,
    /// Also counted by these fields.
    pub facets: Vec<&'static str>,
}

/// The order of a list of cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CaseOrder {
    /// By the report.
    Newest,
    /// By the report.
    Oldest,
    /// By when their running clocks run out; cases without one are left out.
    MostUrgent,
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
