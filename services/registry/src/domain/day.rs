//! Civil days as they are stored: `2026-02-14`.

use time::{Date, OffsetDateTime, macros::format_description};

time::serde::format_description!(pub(crate) iso, Date, "[year]-[month]-[day]");

/// Reads `YYYY-MM-DD`.
pub fn parse(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// Writes `YYYY-MM-DD`; years beyond four digits as the calendar has them.
pub fn text(day: Date) -> String {
    match Text::of(day) {
        Text::Long(text) => text,
        short @ Text::Short(_) => short.as_str().to_owned(),
    }
}

/// A written day, as a rule without an allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// `2026-02-14`.
    Short([u8; 10]),
    /// With a year beyond four digits.
    Long(String),
}

impl Text {
    /// Writes `YYYY-MM-DD`.
    pub fn of(day: Date) -> Self {
        let (year, month, number) = day.to_calendar_date();
        let Some(year) = u16::try_from(year).ok().filter(|it| *it < 10_000) else {
            return Self::Long(day.to_string());
        };
        let digit = |it: u16| b'0' + (it % 10) as u8;
        let (month, number) = (u16::from(u8::from(month)), u16::from(number));
        Self::Short([
            digit(year / 1000),
            digit(year / 100),
            digit(year / 10),
            digit(year),
            b'-',
            digit(month / 10),
            digit(month),
            b'-',
            digit(number / 10),
            digit(number),
        ])
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Short(digits) => std::str::from_utf8(digits).unwrap_or_default(),
            Self::Long(text) => text,
        }
    }
}

/// The civil day (Asia/Shanghai) of an instant; the last representable day beyond the end of time.
pub fn of(at: OffsetDateTime) -> Date {
    liandong_calendar::civil::date(at).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::Date;

    proptest! {
        #[test]
        fn a_day_is_written_as_the_calendar_writes_it(julian in Date::MIN.to_julian_day()..=Date::MAX.to_julian_day()) {
            let day = Date::from_julian_day(julian).unwrap();
            prop_assert_eq!(super::text(day), day.to_string());
        }

        #[test]
        fn a_day_of_our_time_is_read_as_it_was_written(julian in 2_415_021..2_488_070_i32) {
            let day = Date::from_julian_day(julian).unwrap();
            prop_assert_eq!(super::parse(&super::text(day)), Some(day));
        }
    }
}
