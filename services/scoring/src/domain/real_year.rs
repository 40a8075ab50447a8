//! A real year: 5,000 resident cases of Pingshan District, Shenzhen, 2018, by the unit that handled them. The file is
//! open data kept outside the repository; where it is not there, the test says so and proves nothing.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use time::Duration;
use uuid::Uuid;

use super::{
    account::Account,
    measure::PeriodCounts,
    number::{RATE_PLACES, fixed},
    period::{midnight, parse_day},
    scheme::Book,
    testing::{History, Script},
};

/// Each case one task with one lead; on time if the accepted report came by the deadline.
/// Proves M34, M35.
#[test]
fn cases_closed_on_time_are_what_the_data_says_for_every_unit() {
    let folder = std::env::var_os("LIANDONG_DATA").map(PathBuf::from);
    let folder = folder
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    let file = folder.join("pingshan_2018_cases.csv");
    let Ok(mut reader) = csv::Reader::from_path(&file) else {
        eprintln!("{} is not there", file.display());
        return;
    };
    let mut expected: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    let mut account = Account::new(Book::built_in().unwrap());
    for (number, record) in (1_u128..).zip(reader.records()) {
        let record = record.unwrap();
        let (day, unit, on_time) = (&record[1], &record[11], &record[12] == "按期办结");
        let known = expected.entry(unit.to_owned()).or_default();
        *known = (known.0 + i64::from(on_time), known.1 + 1);
        let start = midnight(parse_day(day).unwrap()) + Duration::hours(9);
        let hours = if on_time {
            20 + i64::try_from(number % 99).unwrap()
        } else {
            121
        };
        let script = Script::simple(unit, 120, hours);
        for event in &History::of(Uuid::from_u128(number), 0, start, &[script]).events {
            account.fold(event);
        }
    }
    let mut found: BTreeMap<String, PeriodCounts> = BTreeMap::new();
    for (key, counts) in &account.gained.0 {
        found
            .entry(key.organization.clone())
            .or_default()
            .within
            .merge(counts, 1);
    }
    let book = Book::built_in().unwrap();
    let indicator = book
        .get("national-department", 0)
        .unwrap()
        .indicator("case-on-time")
        .unwrap();
    let rate = |counts| super::measure::ratio(&indicator.numerator, &indicator.denominator, counts);
    let rates: BTreeMap<_, _> = found
        .iter()
        .map(|(unit, counts)| {
            (
                unit.clone(),
                (rate(counts).numerator, rate(counts).denominator),
            )
        })
        .collect();
    assert_eq!(rates, expected);
    assert_eq!((rates.len(), rates["8484"]), (109, (314, 316)));
    let all = found.values().fold(PeriodCounts::default(), |mut sum, it| {
        sum.within.merge(&it.within, 1);
        sum
    });
    assert_eq!((rate(&all).numerator, rate(&all).denominator), (4530, 5000));
    assert_eq!(fixed(rate(&all).percent().unwrap(), RATE_PLACES), "90.60");
}
