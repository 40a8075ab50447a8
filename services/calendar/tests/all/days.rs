//! Every single day of the built-in years.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use liandong_calendar::{DayKind, Year};
use time::macros::{date, format_description};
use time::{Date, Weekday};

use crate::NATIONAL;

/// Year, working days, and FNV-1a over one letter a day: `w`orkday, `m`ake-up, `h`oliday on a
/// weekday, `-` weekend. Computed from the published facts by another program.
const YEARS: [(i32, u16, u64); 12] = [
    (2015, 249, 0xa9ab0c697e821dcb),
    (2016, 250, 0x1adca642b180dc52),
    (2017, 249, 0xd4e7fb6b73021a2e),
    (2018, 250, 0xbdefade26c1054a6),
    (2019, 250, 0x0b875e91f8a2e297),
    (2020, 249, 0x7d9f9dd93872b442),
    (2021, 250, 0x4cbf9500d078ace2),
    (2022, 249, 0x399865e8b0f5aa5e),
    (2023, 249, 0x22881fe3e8ceebfc),
    (2024, 251, 0xfa756910b840d4be),
    (2025, 248, 0xf632c384ba2f07ca),
    (2026, 248, 0xe93ef2bb78b55db1),
];

fn days_of(year: i32) -> impl Iterator<Item = Date> {
    let first = Date::from_ordinal_date(year, 1).unwrap();
    std::iter::successors(Some(first), |it| it.next_day()).take_while(move |it| it.year() == year)
}

fn letter(date: Date) -> char {
    match NATIONAL.day(date).unwrap() {
        DayKind::Workday => 'w',
        DayKind::MakeUp(_) => 'm',
        DayKind::Holiday(_) => 'h',
        DayKind::Weekend => '-',
    }
}

#[test]
fn every_year_has_its_working_days_and_its_digest() {
    for (year, workdays, digest) in YEARS {
        assert_eq!(NATIONAL.workdays_in(year), Ok(workdays), "{year}");
        let worked = days_of(year)
            .filter(|it| NATIONAL.is_workday(*it).unwrap())
            .count();
        assert_eq!(worked, usize::from(workdays), "{year}");
        let found = days_of(year)
            .map(letter)
            .fold(0xcbf2_9ce4_8422_2325_u64, |sum, it| {
                (sum ^ it as u64).wrapping_mul(0x0100_0000_01b3)
            });
        assert_eq!(found, digest, "{year}");
    }
}

#[test]
fn every_day_is_what_the_published_facts_say() {
    let folder = std::env::var_os("LIANDONG_DATA").map(PathBuf::from);
    let folder = folder
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    let file = folder.join("statutory_days_2015_2026.csv");
    let Ok(mut reader) = csv::Reader::from_path(&file) else {
        eprintln!(
            "{} is not there; the digests above still hold",
            file.display()
        );
        return;
    };
    let iso = format_description!("[year]-[month]-[day]");
    let facts: BTreeMap<Date, (String, String)> = reader
        .records()
        .map(|it| it.unwrap())
        .map(|it| {
            (
                Date::parse(&it[0], iso).unwrap(),
                (it[1].to_owned(), it[2].to_owned()),
            )
        })
        .collect();
    assert!(facts.len() > 300);
    for date in (2015..=2026).flat_map(days_of) {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        let fact = facts
            .get(&date)
            .map(|(kind, festival)| (kind.as_str(), festival.as_str()));
        match (fact, NATIONAL.day(date).unwrap()) {
            (Some(("holiday", festival)), DayKind::Holiday(ours)) => {
                assert!(same(festival, ours), "{date}")
            }
            (Some(("make_up_workday", festival)), DayKind::MakeUp(ours)) => {
                assert!(same(festival, ours), "{date}")
            }
            (Some(("holiday_on_weekend", _)), DayKind::Weekend) => assert!(weekend, "{date}"),
            (None, DayKind::Weekend) => assert!(weekend, "{date}"),
            (None, DayKind::Workday) => assert!(!weekend, "{date}"),
            (fact, ours) => panic!("{date} is {ours:?}, published as {fact:?}"),
        }
    }
}

/// One festival of 2015 has a name too long for a table.
fn same(festival: &str, ours: &str) -> bool {
    festival == ours || (festival.contains("70周年纪念日") && ours == "抗战胜利70周年纪念日")
}

#[test]
fn every_day_names_the_notice_it_rests_on() {
    for year in Year::national() {
        let of_the_year = format!("国办发明电〔{}〕", year.year() - 1);
        assert!(
            year.notices().iter().any(|it| it.starts_with(&of_the_year)),
            "{}",
            year.year()
        );
        assert!(
            year.days().iter().all(|it| it.notice.ends_with('号')),
            "{}",
            year.year()
        );
    }
    let last = Year::national()
        .iter()
        .find(|it| it.year() == 2018)
        .unwrap()
        .days()
        .last()
        .unwrap();
    assert_eq!(
        (last.date, last.notice.as_str()),
        (date!(2018 - 12 - 31), "国办发明电〔2018〕15号")
    );
}
