//! A deadline can be taken apart, and its parts make the deadline.

use liandong_calendar::{Count, LimitKind};
use proptest::prelude::*;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::{NATIONAL, limit};

fn lines(start: OffsetDateTime, text: &str) -> Vec<String> {
    let explanation = NATIONAL.explain(start, text.parse().unwrap()).unwrap();
    explanation
        .intervals
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn office_time_over_the_spring_festival_is_explained() {
    assert_eq!(
        lines(datetime!(2025-01-27 17:30 +8), "2 WORK_HOURS"),
        [
            "2025-01-27 17:30 .. 2025-01-27 18:00  +0:30  office hours",
            "2025-01-27 18:00 .. 2025-01-28 00:00  -  office closed",
            "2025-01-28 00:00 .. 2025-02-01 00:00  -  holiday of 春节",
            "2025-02-01 00:00 .. 2025-02-03 00:00  -  weekend",
            "2025-02-03 00:00 .. 2025-02-05 00:00  -  holiday of 春节",
            "2025-02-05 00:00 .. 2025-02-05 08:00  -  office closed",
            "2025-02-05 08:00 .. 2025-02-05 09:30  +1:30  office hours",
        ]
    );
}

#[test]
fn working_days_over_a_make_up_saturday_are_numbered() {
    assert_eq!(
        lines(datetime!(2025-02-06 10:00 +8), "3 WORK_DAYS"),
        [
            "2025-02-06 10:00 .. 2025-02-07 00:00  -  day of the start",
            "2025-02-07 00:00 .. 2025-02-08 00:00  day 1  working day",
            "2025-02-08 00:00 .. 2025-02-09 00:00  day 2  make-up workday of 春节",
            "2025-02-09 00:00 .. 2025-02-10 00:00  -  weekend",
            "2025-02-10 00:00 .. 2025-02-10 18:00  day 3  working day",
        ]
    );
}

#[test]
fn an_explanation_survives_being_stored() {
    let explanation = NATIONAL
        .explain(
            datetime!(2025-09-30 17:30:10.5 +8),
            "5 WORK_DAYS".parse().unwrap(),
        )
        .unwrap();
    let text = serde_json::to_string(&explanation).unwrap();
    assert!(text.contains(r#""limit":"5 WORK_DAYS""#), "{text}");
    assert_eq!(
        serde_json::from_str::<liandong_calendar::Explanation>(&text).unwrap(),
        explanation
    );
}

proptest! {
    #[test]
    fn intervals_leave_no_gap_and_count_up_to_the_limit(
        minutes in 0..5_000_000_i64, kind in 0..4_usize, amount in 1..300_u32, micros in 0..60_000_000_i64,
    ) {
        let start = datetime!(2015-01-01 00:00 +8) + Duration::minutes(minutes) + Duration::microseconds(micros);
        let kind = LimitKind::ALL[kind];
        let explanation = NATIONAL.explain(start, limit(kind, amount)).unwrap();
        let intervals = &explanation.intervals;
        prop_assert_eq!(intervals[0].from, start);
        prop_assert_eq!(intervals.last().unwrap().to, explanation.due.at);
        prop_assert!(intervals.windows(2).all(|it| it[0].to == it[1].from));
        prop_assert!(intervals.iter().all(|it| it.from < it.to));
        let time: Duration = intervals.iter().map(|it| match it.count {
            Count::Time(length) => length,
            _ => Duration::ZERO,
        }).sum();
        let days = intervals.iter().filter(|it| matches!(it.count, Count::Day(_))).count();
        if kind.in_minutes() {
            prop_assert_eq!((time, days), (Duration::minutes(i64::from(amount)), 0));
        } else {
            prop_assert_eq!((time, days), (Duration::ZERO, amount as usize));
        }
    }
}
