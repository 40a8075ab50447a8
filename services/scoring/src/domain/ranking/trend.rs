//! How a row stands beside the same row one period earlier, and which parts moved it.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::Row;
use crate::domain::{period::Period, scheme::Scheme};

/// A row beside the same row one period earlier.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Trend {
    /// The period before.
    pub period: String,
    /// The place then.
    pub rank: Option<i32>,
    /// The points then.
    pub points: Decimal,
    /// Points gained since.
    pub change: Decimal,
    /// The parts that moved, the largest change first.
    pub parts: Vec<PartChange>,
}

/// How a part moved.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PartChange {
    /// The part's id within the scheme.
    pub id: String,
    /// Its name on screens.
    pub title: String,
    /// Points gained.
    pub change: Decimal,
    /// The computation then.
    pub before: String,
    /// The computation now.
    pub now: String,
}

/// Puts rows beside those of the period before, ranked by the same scheme. Who had no score then, or has none now, has
/// no trend.
pub fn add_trends(scheme: &Scheme, rows: &mut [Row], period: Period, before: &[Row]) {
    let before: HashMap<&str, &Row> = before
        .iter()
        .map(|it| (it.organization.as_str(), it))
        .collect();
    for row in rows {
        let old = before.get(row.organization.as_str());
        row.trend = old.and_then(|old| trend(scheme, row, period, old));
    }
}

fn trend(scheme: &Scheme, row: &Row, period: Period, old: &Row) -> Option<Trend> {
    let (now, then) = (row.composite.points?, old.composite.points?);
    let pairs = row.composite.parts.iter().zip(&old.composite.parts);
    let mut parts: Vec<_> = scheme
        .parts
        .iter()
        .zip(pairs)
        .map(|(part, (now, then))| PartChange {
            id: part.id.clone(),
            title: part.title.clone(),
            change: now.points.unwrap_or_default() - then.points.unwrap_or_default(),
            before: then.formula.clone(),
            now: now.formula.clone(),
        })
        .filter(|it| !it.change.is_zero())
        .collect();
    parts.sort_by_key(|it| std::cmp::Reverse(it.change.abs()));
    Some(Trend {
        period: period.to_string(),
        rank: old.rank,
        points: then,
        change: now - then,
        parts,
    })
}
