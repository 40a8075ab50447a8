//! The table of deadlines every implementation must reproduce, and the edges around it.

use liandong_calendar::{Error, Limit};
use time::Duration;
use time::macros::datetime;

use crate::{NATIONAL, due};

#[test]
fn the_eight_examples_come_out() {
    let table = [
        (
            datetime!(2025-01-26 09:00 +8),
            "4 WORK_HOURS",
            datetime!(2025-01-26 15:00 +8),
        ),
        (
            datetime!(2025-01-27 17:30 +8),
            "2 WORK_HOURS",
            datetime!(2025-02-05 09:30 +8),
        ),
        (
            datetime!(2025-01-27 17:30 +8),
            "2 URGENT_HOURS",
            datetime!(2025-01-27 19:30 +8),
        ),
        (
            datetime!(2025-06-13 11:30 +8),
            "2 WORK_HOURS",
            datetime!(2025-06-13 15:30 +8),
        ),
        (
            datetime!(2026-02-14 17:00 +8),
            "4 WORK_HOURS",
            datetime!(2026-02-24 11:00 +8),
        ),
        (
            datetime!(2025-01-27 10:00 +8),
            "7 WORK_DAYS",
            datetime!(2025-02-12 18:00 +8),
        ),
        (
            datetime!(2025-09-26 10:00 +8),
            "5 WORK_DAYS",
            datetime!(2025-10-10 18:00 +8),
        ),
        (
            datetime!(2025-07-01 00:00 +8),
            "90 CALENDAR_DAYS",
            datetime!(2025-09-30 00:00 +8),
        ),
    ];
    for (start, limit, expected) in table {
        assert_eq!(due(start, limit), expected, "{start} + {limit}");
    }
}

#[test]
fn a_limit_used_up_at_the_end_of_a_window_is_due_there() {
    assert_eq!(
        due(datetime!(2025-06-13 08:00 +8), "4 WORK_HOURS"),
        datetime!(2025-06-13 12:00 +8)
    );
    assert_eq!(
        due(datetime!(2025-06-13 12:30 +8), "4 WORK_HOURS"),
        datetime!(2025-06-13 18:00 +8)
    );
    assert_eq!(
        due(datetime!(2025-06-13 14:00 +8), "8 WORK_HOURS"),
        datetime!(2025-06-16 12:00 +8)
    );
    assert_eq!(
        due(datetime!(2025-06-13 18:00 +8), "1 WORK_MINUTES"),
        datetime!(2025-06-16 08:01 +8)
    );
}

#[test]
fn a_start_outside_office_hours_waits_for_the_office() {
    for start in [
        datetime!(2025-06-13 18:00 +8),
        datetime!(2025-06-14 03:00 +8),
        datetime!(2025-06-16 07:59 +8),
    ] {
        assert_eq!(
            due(start, "30 WORK_MINUTES"),
            datetime!(2025-06-16 08:30 +8)
        );
    }
    assert_eq!(
        due(datetime!(2025-06-14 10:00 +8), "1 WORK_DAYS"),
        datetime!(2025-06-16 18:00 +8)
    );
}

#[test]
fn seconds_and_microseconds_are_kept_and_nanoseconds_are_not() {
    let start = datetime!(2025-06-13 11:59:59.000_001_999 +8);
    assert_eq!(
        due(start, "1 WORK_MINUTES"),
        datetime!(2025-06-13 14:00:59.000_001 +8)
    );
    assert_eq!(
        due(start, "1 URGENT_MINUTES"),
        datetime!(2025-06-13 12:00:59.000_001 +8)
    );
}

#[test]
fn the_civil_date_counts_whatever_the_offset_of_the_instant() {
    // 2025-06-12 16:30 UTC is half past midnight of the 13th in Shanghai.
    assert_eq!(
        due(datetime!(2025-06-12 16:30 UTC), "1 CALENDAR_DAYS"),
        datetime!(2025-06-15 00:00 +8)
    );
    assert_eq!(
        due(datetime!(2025-06-12 16:30 UTC), "1 WORK_DAYS"),
        datetime!(2025-06-16 18:00 +8)
    );
}

#[test]
fn a_limit_may_pass_the_end_of_a_year() {
    assert_eq!(
        due(datetime!(2025-12-31 17:00 +8), "2 WORK_HOURS"),
        datetime!(2026-01-04 09:00 +8)
    );
    assert_eq!(
        due(datetime!(2025-12-31 17:00 +8), "1 WORK_DAYS"),
        datetime!(2026-01-04 18:00 +8)
    );
    assert_eq!(
        due(datetime!(2015-01-01 00:00 +8), "2992 WORK_DAYS"),
        datetime!(2026-12-31 18:00 +8)
    );
}

#[test]
fn an_unpublished_year_is_an_error_with_its_number() {
    let refused = |start, text: &str| {
        NATIONAL
            .due(start, text.parse::<Limit>().unwrap())
            .unwrap_err()
    };
    let missing = Error::NotPublished { year: 2027 };
    let start = datetime!(2026-12-31 17:00 +8);
    for text in [
        "61 WORK_MINUTES",
        "1 WORK_DAYS",
        "1 CALENDAR_DAYS",
        "421 URGENT_MINUTES",
    ] {
        assert_eq!(refused(start, text), missing, "{text}");
    }
    assert_eq!(missing.to_string(), "calendar for 2027 not published");
    for text in [
        "2147483647 WORK_DAYS",
        "2147483647 CALENDAR_DAYS",
        "2147483647 WORK_MINUTES",
    ] {
        assert_eq!(refused(start, text), missing, "{text}");
    }
    assert_eq!(refused(start, "2147483647 URGENT_MINUTES"), missing);
    assert_eq!(
        refused(datetime!(2014-12-31 23:59 +8), "1 WORK_HOURS"),
        Error::NotPublished { year: 2014 }
    );
    assert_eq!(
        refused(datetime!(9999-12-31 23:59 UTC), "1 CALENDAR_DAYS"),
        Error::NotPublished { year: 9999 }
    );
}

#[test]
fn the_last_moment_of_the_last_year_is_still_covered() {
    let start = datetime!(2026-12-31 17:00 +8);
    assert_eq!(due(start, "1 WORK_HOURS"), datetime!(2026-12-31 18:00 +8));
    assert_eq!(due(start, "7 URGENT_HOURS"), datetime!(2027-01-01 00:00 +8));
    assert_eq!(
        due(datetime!(2026-12-30 17:00 +8), "1 CALENDAR_DAYS"),
        datetime!(2027-01-01 00:00 +8)
    );
}

#[test]
fn working_time_is_measured_both_ways() {
    let (a, b) = (
        datetime!(2025-01-27 17:30 +8),
        datetime!(2025-02-05 09:30 +8),
    );
    assert_eq!(NATIONAL.working_time_between(a, b), Ok(Duration::hours(2)));
    assert_eq!(NATIONAL.working_time_between(b, a), Ok(Duration::hours(-2)));
    let year = (
        datetime!(2025-01-01 00:00 +8),
        datetime!(2026-01-01 00:00 +8),
    );
    assert_eq!(
        NATIONAL.working_time_between(year.0, year.1),
        Ok(Duration::hours(248 * 8))
    );
    let beyond = NATIONAL.working_time_between(a, datetime!(2027-01-01 00:00 +8));
    assert_eq!(beyond, Err(Error::NotPublished { year: 2027 }));
}

#[test]
fn adding_no_time_changes_nothing_and_time_is_never_taken_back() {
    let night = datetime!(2025-01-27 23:30 +8);
    assert_eq!(NATIONAL.add(night, Duration::ZERO), Ok(night));
    assert_eq!(
        NATIONAL.add(night, Duration::minutes(-1)),
        Err(Error::Negative)
    );
    assert_eq!(
        NATIONAL.add(night, Duration::MAX),
        Err(Error::NotPublished { year: 2027 })
    );
}
