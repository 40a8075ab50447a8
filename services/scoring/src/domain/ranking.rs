//! The league table: best first, equal points share a place, who has no score has no place.

use rust_decimal::Decimal;

use super::{
    composite::{self, Composite, Value},
    measure::PeriodCounts,
    scheme::Scheme,
};

/// One organization's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// From 1; equal points share it and the next is skipped. Absent without a score.
    pub rank: Option<i32>,
    /// Its id.
    pub organization: String,
    /// Its score.
    pub composite: Composite,
    /// Others have exactly the same points.
    pub tied: bool,
    /// The largest denominator of its rates is below the scheme's small-sample limit.
    pub small_sample: bool,
}

/// Ranks organizations by a scheme. Those with equal points, and those without a score, are ordered by id.
pub fn rank(
    scheme: &Scheme,
    organizations: impl IntoIterator<Item = (String, PeriodCounts)>,
) -> Vec<Row> {
    let mut rows: Vec<Row> = organizations
        .into_iter()
        .map(|(organization, counts)| row(scheme, organization, &counts))
        .collect();
    let points = |row: &Row| row.composite.points;
    // `None` sorts below every number, so reversed it comes last.
    rows.sort_by(|one, other| {
        points(other)
            .cmp(&points(one))
            .then_with(|| one.organization.cmp(&other.organization))
    });
    let all: Vec<Option<Decimal>> = rows.iter().map(points).collect();
    for (row, mine) in rows.iter_mut().zip(&all).filter(|(_, mine)| mine.is_some()) {
        let better = all.iter().filter(|it| *it > mine).count();
        row.rank = i32::try_from(better + 1).ok();
        row.tied = all.iter().filter(|it| *it == mine).count() > 1;
    }
    rows
}

fn row(scheme: &Scheme, organization: String, counts: &PeriodCounts) -> Row {
    let composite = composite::score(scheme, counts);
    let sample = composite.parts.iter().map(|part| match part.value {
        Value::Rate(rate) => rate.denominator,
        Value::Volume(_) => 0,
    });
    let small_sample =
        composite.points.is_some() && sample.max().unwrap_or(0) < scheme.small_sample;
    Row {
        rank: None,
        organization,
        composite,
        tied: false,
        small_sample,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{measure::Cell, scheme::Book};

    fn counts(handled: i64, on_time: i64) -> PeriodCounts {
        let mut counts = PeriodCounts::default();
        counts.within.add(Cell::HandleDone, handled);
        counts.within.add(Cell::HandleOnTime, on_time);
        counts
    }

    /// Proves M32.
    #[test]
    fn equal_points_share_a_place_and_small_samples_are_marked() {
        let book = Book::built_in().unwrap();
        let scheme = book.get("national-department", 0).unwrap();
        let rows = rank(
            scheme,
            [
                ("police", counts(10, 5)),
                ("idle", counts(0, 0)),
                ("market", counts(8, 8)),
                ("construction", counts(2, 2)),
                ("sanitation", counts(4, 3)),
            ]
            .map(|(id, counts)| (id.to_owned(), counts)),
        );
        let seen: Vec<_> = rows
            .iter()
            .map(|it| (it.organization.as_str(), it.rank, it.tied, it.small_sample))
            .collect();
        assert_eq!(
            seen,
            [
                ("construction", Some(1), true, true),
                ("market", Some(1), true, false),
                ("sanitation", Some(3), false, true),
                ("police", Some(4), false, false),
                ("idle", None, false, false),
            ]
        );
    }
}
