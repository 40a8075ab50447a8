//! The slow and obvious way, minute by minute and day by day, against the fast one.

use liandong_calendar::{Calendar, LimitKind, OfficeHours};
use proptest::prelude::*;
use time::macros::{datetime, offset};
use time::{Date, Duration, OffsetDateTime};

use crate::{NATIONAL, limit};

fn is_office_minute(calendar: &Calendar, at: OffsetDateTime) -> bool {
    let local = at.to_offset(offset!(+8));
    let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
    calendar.day(local.date()).unwrap().is_workday()
        && calendar
            .office_hours()
            .windows()
            .iter()
            .any(|it| (it.from()..it.to()).contains(&minute))
}

fn naive_hours(calendar: &Calendar, start: OffsetDateTime, amount: u32) -> OffsetDateTime {
    let (mut at, mut left) = (start, amount);
    while left > 0 {
        left -= u32::from(is_office_minute(calendar, at));
        at += Duration::minutes(1);
    }
    at
}

fn naive_days(
    calendar: &Calendar,
    start: OffsetDateTime,
    kind: LimitKind,
    amount: u32,
) -> OffsetDateTime {
    let mut day: Date = start.to_offset(offset!(+8)).date();
    let mut left = amount;
    while left > 0 {
        day = day.next_day().unwrap();
        left -=
            u32::from(kind == LimitKind::CalendarDays || calendar.day(day).unwrap().is_workday());
    }
    let close = calendar.office_hours().windows().last().unwrap().to();
    let end = if kind == LimitKind::CalendarDays {
        1440
    } else {
        i64::from(close)
    };
    day.midnight().assume_offset(offset!(+8)) + Duration::minutes(end)
}

fn calendars() -> impl Strategy<Value = Calendar> {
    let odd = vec!["00:00-00:30", "09:15-12:00", "12:00-12:45", "23:00-24:00"];
    let odd = odd.into_iter().map(|it| it.parse().unwrap()).collect();
    let odd = NATIONAL.with_office_hours(OfficeHours::new(odd).unwrap());
    prop_oneof![Just(NATIONAL.clone()), Just(odd)]
}

/// A minute of the years 2015 to 2025, so that the longest limits below stay inside the tables.
fn starts() -> impl Strategy<Value = OffsetDateTime> {
    (0..5_785_000_i64).prop_map(|it| datetime!(2015-01-01 00:00 +8) + Duration::minutes(it))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn work_hours_agree_with_counting_minutes(calendar in calendars(), start in starts(), amount in 1..6_000_u32) {
        let due = calendar.due(start, limit(LimitKind::WorkHours, amount)).unwrap().at;
        prop_assert_eq!(due, naive_hours(&calendar, start, amount));
    }

    #[test]
    fn days_agree_with_counting_days(calendar in calendars(), start in starts(), amount in 1..240_u32) {
        for kind in [LimitKind::WorkDays, LimitKind::CalendarDays] {
            let due = calendar.due(start, limit(kind, amount)).unwrap().at;
            prop_assert_eq!(due, naive_days(&calendar, start, kind, amount));
        }
    }

    #[test]
    fn working_time_agrees_with_counting_minutes(calendar in calendars(), start in starts(), length in 0..20_000_i64) {
        let minutes = (0..length).filter(|it| is_office_minute(&calendar, start + Duration::minutes(*it))).count();
        let between = calendar.working_time_between(start, start + Duration::minutes(length));
        prop_assert_eq!(between, Ok(Duration::minutes(minutes as i64)));
    }
}
