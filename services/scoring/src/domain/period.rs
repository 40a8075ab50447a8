//! Civil periods in Asia/Shanghai: whole days, weeks Monday to Sunday.
//!
//! China has had one time zone without summer time since 1992, so the civil day is the UTC time shifted by eight
//! hours. A day belongs to exactly one week, month, quarter and year.

use std::{fmt, str::FromStr};

use time::{Date, Duration, Month, OffsetDateTime, UtcOffset, Weekday};

/// The longest interval that may be asked for, in days: five years.
const LONGEST_DAYS: i64 = 5 * 366;

/// A span of whole civil days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// Monday to Sunday; holds its Monday.
    Week(Date),
    /// A calendar month; holds its first day.
    Month(Date),
    /// Three calendar months; holds its first day.
    Quarter(Date),
    /// A calendar year; holds its first day.
    Year(Date),
    /// Any days, both included.
    Interval(Date, Date),
}

/// The text is no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a period: {0:?}; expected 2026-W14, 2026-04, 2026-Q2, 2026 or 2026-04-03..2026-04-17")]
pub struct Malformed(pub String);

/// The civil day an instant falls on.
pub fn civil_day(time: OffsetDateTime) -> Date {
    time.to_offset(shanghai()).date()
}

/// The first instant of a civil day, UTC.
pub fn midnight(day: Date) -> OffsetDateTime {
    day.midnight()
        .assume_offset(shanghai())
        .to_offset(UtcOffset::UTC)
}

/// The time as people in Asia/Shanghai write it, RFC 3339 with +08:00.
pub fn civil_text(time: OffsetDateTime) -> String {
    time.to_offset(shanghai())
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}

impl Period {
    /// The month a day belongs to.
    pub fn month_of(day: Date) -> Self {
        Self::Month(day - Duration::days(i64::from(day.day()) - 1))
    }

    /// The week, month, quarter and year a day belongs to.
    pub fn holding(day: Date) -> [Self; 4] {
        let monday = day - Duration::days(i64::from(day.weekday().number_days_from_monday()));
        let quarter = (u8::from(day.month()) - 1) / 3 * 3;
        [
            Self::Week(monday),
            Self::month_of(day),
            Self::Quarter(first_of(day.year(), Month::January.nth_next(quarter))),
            Self::Year(first_of(day.year(), Month::January)),
        ]
    }

    /// The first day.
    pub fn first_day(self) -> Date {
        match self {
            Self::Week(day)
            | Self::Month(day)
            | Self::Quarter(day)
            | Self::Year(day)
            | Self::Interval(day, _) => day,
        }
    }

    /// The last day.
    pub fn last_day(self) -> Date {
        match self {
            Self::Week(monday) => monday + Duration::days(6),
            Self::Month(first) => last_of_month(first.year(), first.month()),
            Self::Quarter(first) => last_of_month(first.year(), first.month().nth_next(2)),
            Self::Year(first) => last_of_month(first.year(), Month::December),
            Self::Interval(_, last) => last,
        }
    }

    /// The period before, of the same length.
    pub fn before(self) -> Self {
        let eve = self.first_day() - Duration::DAY;
        let month = Self::month_of(eve).first_day();
        match self {
            Self::Week(monday) => Self::Week(monday - Duration::WEEK),
            Self::Month(_) => Self::Month(month),
            // The month before a quarter is the last of the one before it.
            Self::Quarter(_) => Self::Quarter(first_of(eve.year(), eve.month().nth_prev(2))),
            Self::Year(_) => Self::Year(first_of(eve.year(), Month::January)),
            Self::Interval(first, last) => {
                let days = last - first + Duration::DAY;
                Self::Interval(first - days, last - days)
            }
        }
    }

    /// Whether a day belongs to it.
    pub fn contains(self, day: Date) -> bool {
        self.first_day() <= day && day <= self.last_day()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.first_day();
        match self {
            Self::Week(monday) => {
                let (year, week, _) = monday.to_iso_week_date();
                write!(f, "{year:04}-W{week:02}")
            }
            Self::Month(_) => write!(f, "{:04}-{:02}", first.year(), u8::from(first.month())),
            Self::Quarter(_) => write!(
                f,
                "{:04}-Q{}",
                first.year(),
                u8::from(first.month()).div_ceil(3)
            ),
            Self::Year(_) => write!(f, "{:04}", first.year()),
            Self::Interval(first, last) => write!(f, "{first}..{last}"),
        }
    }
}

impl FromStr for Period {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        parse(text)
            .filter(|period| period.to_string() == text)
            .ok_or_else(|| Malformed(text.to_owned()))
    }
}

/// Parses leniently; the caller compares with the one way a period is written.
fn parse(text: &str) -> Option<Period> {
    if let Some((first, last)) = text.split_once("..") {
        let (first, last) = (parse_day(first)?, parse_day(last)?);
        let within = first <= last && (last - first).whole_days() < LONGEST_DAYS;
        return within.then_some(Period::Interval(first, last));
    }
    let (year, rest) = text.split_once('-').unwrap_or((text, ""));
    let year: i32 = year
        .parse()
        .ok()
        .filter(|year| (1992..=9998).contains(year))?;
    let start = |month| Date::from_calendar_date(year, month, 1).ok();
    match rest.as_bytes().first() {
        None => start(Month::January).map(Period::Year),
        Some(b'W') => Date::from_iso_week_date(year, rest[1..].parse().ok()?, Weekday::Monday)
            .ok()
            .map(Period::Week),
        Some(b'Q') => {
            let quarter: u8 = rest[1..]
                .parse()
                .ok()
                .filter(|quarter| (1..=4).contains(quarter))?;
            start(Month::try_from(quarter * 3 - 2).ok()?).map(Period::Quarter)
        }
        Some(_) => start(Month::try_from(rest.parse::<u8>().ok()?).ok()?).map(Period::Month),
    }
}

/// Reads `2026-04-17`.
pub fn parse_day(text: &str) -> Option<Date> {
    Date::parse(
        text,
        time::macros::format_description!("[year]-[month]-[day]"),
    )
    .ok()
}

fn first_of(year: i32, month: Month) -> Date {
    // Every month of every year that can be parsed has its first day.
    Date::from_calendar_date(year, month, 1).unwrap_or(Date::MIN)
}

/// The last day of a month.
pub(super) fn last_of_month(year: i32, month: Month) -> Date {
    // Every month of every year that can be parsed has its last day.
    Date::from_calendar_date(year, month, month.length(year)).unwrap_or(Date::MAX)
}

fn shanghai() -> UtcOffset {
    time::macros::offset!(+8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::{date, datetime};

    use super::*;

    fn span(text: &str) -> (Date, Date) {
        let period: Period = text.parse().unwrap();
        (period.first_day(), period.last_day())
    }

    /// Proves M38.
    #[test]
    fn periods_are_civil_and_weeks_run_monday_to_sunday() {
        assert_eq!(
            span("2026-W01"),
            (date!(2025 - 12 - 29), date!(2026 - 01 - 04))
        );
        assert_eq!(
            span("2026-W14"),
            (date!(2026 - 03 - 30), date!(2026 - 04 - 05))
        );
        assert_eq!(
            span("2024-02"),
            (date!(2024 - 02 - 01), date!(2024 - 02 - 29))
        );
        assert_eq!(
            span("2026-Q4"),
            (date!(2026 - 10 - 01), date!(2026 - 12 - 31))
        );
        assert_eq!(span("2018"), (date!(2018 - 01 - 01), date!(2018 - 12 - 31)));
        assert_eq!(
            span("2026-04-03..2026-04-17"),
            (date!(2026 - 04 - 03), date!(2026 - 04 - 17))
        );
        assert_eq!(
            civil_day(datetime!(2026-03-31 16:00 UTC)),
            date!(2026 - 04 - 01)
        );
        assert_eq!(
            civil_day(datetime!(2026-03-31 15:59:59.999999 UTC)),
            date!(2026 - 03 - 31)
        );
        assert_eq!(
            midnight(date!(2026 - 04 - 01)),
            datetime!(2026-03-31 16:00 UTC)
        );
    }

    #[test]
    fn anything_else_is_no_period() {
        for text in [
            "",
            "26",
            "2026-",
            "2026-13",
            "2026-00",
            "2026-4",
            "2026-Q5",
            "2026-Q0",
            "2026-W54",
            "2025-W53",
            "2026-W1",
            "2026-04-17",
            "2026-04-17..2026-04-03",
            "2026-04-03..",
            "2026-02-29..2026-03-01",
            "20260",
            "2026-Qx",
            "春节",
            "2020-01-01..2026-01-01",
            "2026-春",
            "+2026",
            "2026-+4",
        ] {
            assert_eq!(
                text.parse::<Period>(),
                Err(Malformed(text.to_owned())),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_day_is_in_one_period_of_each_kind(number in 0_i64..20_000) {
            let day = date!(1992-01-06) + Duration::days(number);
            let (year, week, _) = day.to_iso_week_date();
            for text in [format!("{year:04}-W{week:02}"), day.to_string()[..7].to_owned(), day.to_string()[..4].to_owned()] {
                let period: Period = text.parse().unwrap();
                prop_assert!(period.contains(day));
                prop_assert_eq!(period.to_string(), text);
            }
            prop_assert!(Period::month_of(day).contains(day));
            for text in [format!("{year:04}-W{week:02}"), day.to_string()[..7].to_owned(), day.to_string()[..4].to_owned(),
                format!("{:04}-Q{}", day.year(), u8::from(day.month()).div_ceil(3))]
            {
                let period: Period = text.parse().unwrap();
                let before = period.before();
                prop_assert_eq!(before.last_day() + Duration::DAY, period.first_day());
                prop_assert!(before.first_day() < before.last_day());
            }
        }
    }
}
