//! What must hold for every start and every limit.

use liandong_calendar::{DayKind, Error, LimitKind};
use proptest::prelude::*;
use time::macros::{datetime, offset};
use time::{Duration, OffsetDateTime};

use crate::{NATIONAL, limit};

/// Any microsecond of the years 2015 to 2024.
fn starts() -> impl Strategy<Value = OffsetDateTime> {
    (0..315_500_000_000_000_i64)
        .prop_map(|it| datetime!(2015-01-01 00:00 +8) + Duration::microseconds(it))
}

fn kinds() -> impl Strategy<Value = LimitKind> {
    (0..4_usize).prop_map(|it| LimitKind::ALL[it])
}

/// Amounts that last at most a year and a half.
fn amounts(kind: LimitKind) -> impl Strategy<Value = u32> {
    match kind {
        LimitKind::UrgentHours => 1..700_000_u32,
        LimitKind::WorkHours => 1..170_000,
        LimitKind::WorkDays => 1..350,
        LimitKind::CalendarDays => 1..500,
    }
}

fn limits() -> impl Strategy<Value = (LimitKind, u32)> {
    kinds().prop_flat_map(|kind| (Just(kind), amounts(kind)))
}

fn due(start: OffsetDateTime, kind: LimitKind, amount: u32) -> OffsetDateTime {
    NATIONAL.due(start, limit(kind, amount)).unwrap().at
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_later_start_is_never_due_earlier(a in starts(), b in starts(), (kind, amount) in limits()) {
        let (a, b) = (a.min(b), a.max(b));
        prop_assert!(due(a, kind, amount) <= due(b, kind, amount));
    }

    #[test]
    fn a_longer_limit_is_due_later(start in starts(), (kind, amount) in limits(), more in 1..100_u32) {
        prop_assert!(due(start, kind, amount) < due(start, kind, amount + more));
        prop_assert!(start < due(start, kind, amount));
    }

    #[test]
    fn hours_add_up(start in starts(), a in 1..80_000_u32, b in 1..80_000_u32) {
        for kind in [LimitKind::WorkHours, LimitKind::UrgentHours] {
            prop_assert_eq!(due(due(start, kind, a), kind, b), due(start, kind, a + b));
        }
    }

    #[test]
    fn days_add_up_from_one_office_day_to_the_next(start in starts(), a in 1..170_u32, b in 1..170_u32) {
        let kind = LimitKind::WorkDays;
        prop_assert_eq!(due(due(start, kind, a), kind, b), due(start, kind, a + b));
    }

    #[test]
    fn working_time_to_the_deadline_is_the_limit(start in starts(), amount in 1..170_000_u32) {
        let end = due(start, LimitKind::WorkHours, amount);
        let worked = NATIONAL.working_time_between(start, end);
        prop_assert_eq!(worked, Ok(Duration::minutes(i64::from(amount))));
    }

    #[test]
    fn work_never_ends_outside_an_office_window(start in starts(), days in any::<bool>(), amount in 1..350_u32) {
        let kind = if days { LimitKind::WorkDays } else { LimitKind::WorkHours };
        let end = due(start, kind, amount).to_offset(offset!(+8));
        prop_assert!(NATIONAL.is_workday(end.date()).unwrap());
        let micros = (end - end.replace_time(time::Time::MIDNIGHT)).whole_microseconds();
        let inside = NATIONAL.office_hours().windows().iter().any(|it| {
            let (from, to) = (i128::from(it.from()) * 60_000_000, i128::from(it.to()) * 60_000_000);
            from < micros && micros <= to
        });
        prop_assert!(inside, "{end}");
        if kind == LimitKind::WorkDays {
            prop_assert_eq!(end.time(), time::macros::time!(18:00));
        }
    }

    #[test]
    fn days_off_give_no_working_time_and_make_up_days_give_a_full_day(start in starts()) {
        let date = start.to_offset(offset!(+8)).date();
        let midnight = date.midnight().assume_offset(offset!(+8));
        let worked = NATIONAL.working_time_between(midnight, midnight + Duration::DAY).unwrap();
        let expected = match NATIONAL.day(date).unwrap() {
            DayKind::Workday | DayKind::MakeUp(_) => Duration::hours(8),
            DayKind::Weekend | DayKind::Holiday(_) => Duration::ZERO,
        };
        prop_assert_eq!(worked, expected);
    }

    #[test]
    fn an_answer_never_leaves_the_published_years(start in starts(), kind in kinds(), amount in 1..=i32::MAX as u32) {
        match NATIONAL.due(start, limit(kind, amount)) {
            Ok(due) => prop_assert!(due.at <= datetime!(2027-01-01 00:00 +8)),
            Err(error) => prop_assert_eq!(error, Error::NotPublished { year: 2027 }),
        }
    }

    #[test]
    fn nothing_is_answered_about_an_unpublished_year(days in 0..300_000_i64, kind in kinds()) {
        let start = datetime!(2027-01-01 00:00 +8) + Duration::days(days);
        let year = start.year();
        prop_assert_eq!(NATIONAL.due(start, limit(kind, 1)).unwrap_err(), Error::NotPublished { year });
        prop_assert_eq!(NATIONAL.is_workday(start.date()), Err(Error::NotPublished { year }));
    }
}
