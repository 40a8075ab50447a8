//! What the calendar promises, from outside.
#![allow(clippy::unwrap_used)] // tests; clippy only sees those marked #[test]

mod days;
mod examples;
mod explanations;
mod oracle;
mod properties;
mod publishing;

use liandong_calendar::{Calendar, Limit, LimitKind};
use std::sync::LazyLock;
use time::OffsetDateTime;

/// The calendar of most tests.
static NATIONAL: LazyLock<Calendar> = LazyLock::new(Calendar::national);

fn limit(kind: LimitKind, amount: u32) -> Limit {
    Limit::new(kind, amount).unwrap()
}

fn due(start: OffsetDateTime, text: &str) -> OffsetDateTime {
    NATIONAL.due(start, text.parse().unwrap()).unwrap().at
}
