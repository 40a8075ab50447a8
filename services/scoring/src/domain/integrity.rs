//! What may show that numbers are being made rather than problems solved (M45). It moves no points: a mark says that
//! somebody should look.

use rust_decimal::Decimal;
use time::{Date, Duration};

use super::{
    measure::{Measure, PeriodCounts},
    period::Period,
    ratio::Ratio,
};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Reported as solved although the first check found that it was not.
    ClosedNotFixed,
    /// Objected to rather than handled.
    Declined,
    /// Found by the street's own patrol.
    SelfFound,
    /// Closed in the last days of the period.
    EndOfPeriod,
    /// Closed on the busiest day.
    BatchClosing,
    /// Taken in and not filed.
    Unfiled,
    /// Verified by who organized the task or had a part in it.
    SelfVerified,
    /// There again at a revisit.
    RevisitFailed,
}

/// Every counter, with the percent from which on it is marked and the least it must be of.
pub const COUNTERS: [(Counter, i64, i64); 8] = [
    (Counter::ClosedNotFixed, 30, 10),
    (Counter::Declined, 20, 10),
    (Counter::SelfFound, 60, 20),
    (Counter::EndOfPeriod, 40, 10),
    (Counter::BatchClosing, 30, 10),
    (Counter::Unfiled, 50, 10),
    (Counter::SelfVerified, 50, 10),
    (Counter::RevisitFailed, 20, 5),
];

/// One counter of one organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// Which.
    pub counter: Counter,
    /// What it counts, of what.
    pub ratio: Ratio,
    /// From so many percent on it is marked.
    pub threshold: i64,
    /// Of fewer it is never marked.
    pub least: i64,
    /// Whether it is.
    pub marked: bool,
}

/// How many orders an organization closed on each day of a period.
pub type Closings = Vec<(Date, i64)>;

/// The counters of an organization in a period.
pub fn values(period: Period, counts: &PeriodCounts, closings: &Closings) -> Vec<Value> {
    let value = |(counter, threshold, least): (Counter, i64, i64)| {
        let ratio = ratio(counter, period, counts, closings);
        let share = ratio.share(Decimal::ONE_HUNDRED);
        let reached = share.is_some_and(|it| it >= Decimal::from(threshold));
        Value {
            counter,
            ratio,
            threshold,
            least,
            marked: reached && ratio.denominator >= least,
        }
    };
    COUNTERS.into_iter().map(value).collect()
}

/// The first of the days that count as the end of a period.
pub fn last_days(period: Period) -> Date {
    let days = if matches!(period, Period::Week(_)) {
        0
    } else {
        2
    };
    (period.last_day() - Duration::days(days)).max(period.first_day())
}

fn ratio(counter: Counter, period: Period, counts: &PeriodCounts, closings: &Closings) -> Ratio {
    let of = |measure: Measure| measure.count(counts);
    let closed: i64 = closings.iter().map(|(_, count)| count).sum();
    let (numerator, denominator) = match counter {
        Counter::ClosedNotFixed => {
            let checked = of(Measure::FirstChecked);
            (checked - of(Measure::FirstPassed), checked)
        }
        Counter::Declined => {
            let declined = of(Measure::ObjectionsRuled);
            (declined, declined + of(Measure::Handled))
        }
        Counter::SelfFound => (of(Measure::SelfFound), of(Measure::Offered)),
        Counter::EndOfPeriod => {
            let last = closings.iter().filter(|(day, _)| *day >= last_days(period));
            (last.map(|(_, count)| count).sum(), closed)
        }
        Counter::BatchClosing => {
            let most = closings.iter().map(|(_, count)| *count).max();
            (most.unwrap_or(0), closed)
        }
        Counter::Unfiled => {
            let reported = of(Measure::CasesReported);
            (reported - of(Measure::CasesFiled), reported)
        }
        Counter::SelfVerified => (of(Measure::CheckedInside), of(Measure::FirstChecked)),
        Counter::RevisitFailed => {
            let revisited = of(Measure::Revisited);
            (revisited - of(Measure::RevisitPassed), revisited)
        }
    };
    Ratio {
        numerator,
        denominator,
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::domain::measure::Cell;

    /// Twenty orders closed, nine of them on the last day of the month; a quiet unit beside it is not marked.
    /// Proves M45.
    #[test]
    fn a_batch_on_the_last_day_is_marked_and_a_few_are_not() {
        let month: Period = "2026-04".parse().unwrap();
        let closings = |last: i64, others: i64| {
            let mut all = vec![(date!(2026 - 04 - 30), last)];
            all.extend((1..=others).map(|it| (date!(2026 - 04 - 01) + Duration::days(it), 1)));
            all
        };
        let marked = |closings: &Closings| {
            let values = values(month, &PeriodCounts::default(), closings);
            let marked = values.into_iter().filter(|it| it.marked);
            marked.map(|it| it.counter).collect::<Vec<_>>()
        };
        assert_eq!(
            marked(&closings(9, 11)),
            [Counter::EndOfPeriod, Counter::BatchClosing]
        );
        assert_eq!(marked(&closings(4, 5)), [], "nine are too few to say");
        assert_eq!(marked(&closings(1, 19)), []);
        assert_eq!(marked(&vec![]), [], "nothing is not applicable");
    }

    /// Proves M45.
    #[test]
    fn counters_count_part_of_their_whole() {
        let mut counts = PeriodCounts::default();
        for (cell, count) in [
            (Cell::FirstChecked, 10),
            (Cell::FirstPassed, 7),
            (Cell::ObjectionsRuled, 5),
            (Cell::HandleDone, 15),
            (Cell::CasesReported, 12),
            (Cell::CasesFiled, 7),
            (Cell::CheckedInside, 4),
            (Cell::Revisited, 5),
            (Cell::RevisitPassed, 4),
        ] {
            counts.within.add(cell, count);
        }
        let values = values("2026-04".parse().unwrap(), &counts, &vec![]);
        let rates: Vec<_> = values
            .iter()
            .map(|it| (it.ratio.numerator, it.ratio.denominator, it.marked))
            .collect();
        assert_eq!(
            rates,
            [
                (3, 10, true),
                (5, 20, true),
                (0, 0, false),
                (0, 0, false),
                (0, 0, false),
                (5, 12, false),
                (4, 10, false),
                (1, 5, true),
            ]
        );
    }

    #[test]
    fn the_end_of_a_week_is_its_sunday() {
        let last = |text: &str| last_days(text.parse().unwrap());
        assert_eq!(last("2026-W14"), date!(2026 - 04 - 05));
        assert_eq!(last("2026-04"), date!(2026 - 04 - 28));
        assert_eq!(last("2026-04-03..2026-04-04"), date!(2026 - 04 - 03));
    }
}
