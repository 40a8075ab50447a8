//! New years, city overrides, other office hours: data, and a version that tells them apart.

use liandong_calendar::{
    Calendar, Change, DayKind, Error, OfficeHours, SpecialDay, Tables, Year, table, year,
};
use time::macros::{date, datetime};

use crate::NATIONAL;

fn override_of(date: time::Date, change: Change) -> SpecialDay {
    SpecialDay {
        date,
        change,
        festival: "三月三".into(),
        notice: "某政办发〔2025〕1号".into(),
    }
}

#[test]
fn a_year_published_at_run_time_answers_what_was_refused() {
    let start = datetime!(2026-12-31 17:00 +8);
    let limit = "2 WORK_HOURS".parse().unwrap();
    assert_eq!(
        NATIONAL.due(start, limit),
        Err(Error::NotPublished { year: 2027 })
    );
    let next = table::parse("year 2027\nnotice 待定\noff 元旦 01-01\n")
        .unwrap()
        .remove(0);
    let calendar = NATIONAL.publish(next);
    assert_eq!(
        calendar.due(start, limit).unwrap().at,
        datetime!(2027-01-04 09:00 +8)
    );
    assert!(calendar.version().starts_with("national-2027."));
    assert_eq!(
        NATIONAL.is_workday(date!(2027 - 01 - 01)),
        Err(Error::NotPublished { year: 2027 })
    );
}

#[test]
fn a_city_decides_a_day_otherwise() {
    let (off, work) = (date!(2025 - 03 - 31), date!(2025 - 03 - 29));
    let city = NATIONAL
        .with_overrides(
            "南宁",
            vec![
                override_of(off, Change::Off),
                override_of(work, Change::Work),
            ],
        )
        .unwrap();
    assert_eq!(city.day(off), Ok(DayKind::Holiday("三月三")));
    assert_eq!(city.day(work), Ok(DayKind::MakeUp("三月三")));
    assert_eq!(city.workdays_in(2025), Ok(248));
    let due = city
        .due(
            datetime!(2025-03-28 17:00 +8),
            "10 WORK_HOURS".parse().unwrap(),
        )
        .unwrap();
    assert_eq!(due.at, datetime!(2025-04-01 09:00 +8));
    assert_eq!(due.calendar, city.version());
    assert_ne!(city.version(), NATIONAL.version());
}

#[test]
fn tables_that_cannot_be_right_are_refused() {
    let day = |date| override_of(date, Change::Off);
    let twice = NATIONAL.with_overrides(
        "某市",
        vec![day(date!(2025 - 03 - 31)), day(date!(2025 - 03 - 31))],
    );
    assert_eq!(
        twice.unwrap_err(),
        year::Error::Twice(date!(2025 - 03 - 31))
    );
    let unpublished = NATIONAL.with_overrides("某市", vec![day(date!(2027 - 03 - 31))]);
    assert_eq!(
        unpublished.unwrap_err(),
        year::Error::Unpublished(date!(2027 - 03 - 31))
    );
    let years = vec![Year::national()[0].clone(), Year::national()[0].clone()];
    let tables = Tables {
        name: "某市".into(),
        years,
        overrides: vec![],
        office_hours: OfficeHours::default(),
    };
    assert_eq!(
        Calendar::new(tables).unwrap_err(),
        year::Error::YearTwice(2015)
    );
}

#[test]
fn years_need_not_follow_one_another() {
    let years = Year::national()
        .iter()
        .filter(|it| [2018, 2025].contains(&it.year()))
        .cloned()
        .collect();
    let tables = Tables {
        name: "某市".into(),
        years,
        overrides: vec![],
        office_hours: OfficeHours::default(),
    };
    let calendar = Calendar::new(tables).unwrap();
    assert!(
        calendar
            .due(
                datetime!(2018-06-01 10:00 +8),
                "5 WORK_DAYS".parse().unwrap()
            )
            .is_ok()
    );
    let over_the_gap = calendar.due(
        datetime!(2018-12-28 10:00 +8),
        "5 WORK_DAYS".parse().unwrap(),
    );
    assert_eq!(over_the_gap, Err(Error::NotPublished { year: 2019 }));
    let between = calendar.working_time_between(
        datetime!(2018-06-01 10:00 +8),
        datetime!(2025-06-01 10:00 +8),
    );
    assert_eq!(between, Err(Error::NotPublished { year: 2019 }));
}

#[test]
fn a_calendar_survives_being_stored() {
    let text = serde_json::to_string(&*NATIONAL).unwrap();
    let back: Calendar = serde_json::from_str(&text).unwrap();
    assert_eq!(back.tables(), NATIONAL.tables());
    assert_eq!(back.version(), NATIONAL.version());
    assert!(text.contains(r#""date":"2025-01-26","change":"WORK","festival":"春节""#));
    assert!(text.contains(r#""office_hours":["08:00-12:00","14:00-18:00"]"#));
}

#[test]
fn what_is_stored_is_checked_when_it_is_read() {
    let text = r#"{"name":"某市","years":[{"year":2027,"days":[]}]}"#;
    let error = serde_json::from_str::<Calendar>(text)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the calendar of 2027 lists no days"),
        "{error}"
    );
}

#[test]
fn other_office_hours_are_another_version() {
    let hours = OfficeHours::new(vec!["09:00-17:00".parse().unwrap()]).unwrap();
    let calendar = NATIONAL.with_office_hours(hours);
    assert_ne!(calendar.version(), NATIONAL.version());
    let due = calendar
        .due(
            datetime!(2025-06-13 16:00 +8),
            "2 WORK_HOURS".parse().unwrap(),
        )
        .unwrap();
    assert_eq!(due.at, datetime!(2025-06-16 10:00 +8));
}
