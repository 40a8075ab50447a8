//! Civil days as they are stored: `2026-02-14`.

use time::{Date, OffsetDateTime, macros::format_description};

time::serde::format_description!(pub(crate) iso, Date, "[year]-[month]-[day]");

/// Reads `YYYY-MM-DD`.
pub fn parse(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// Writes `YYYY-MM-DD`; years beyond four digits as the calendar has them.
pub fn text(day: Date) -> String {
    let (year, month, number) = day.to_calendar_date();
    let Some(year) = u16::try_from(year).ok().filter(|it| *it < 10_000) else {
        return day.to_string();
    };
    let digit = |it: u16| char::from(b'0' + (it % 10) as u8);
    let two = |it: u8| [digit(u16::from(it) / 10), digit(u16::from(it))];
    let year = [year / 1000, year / 100, year / 10, year].map(digit);
    let mut text = String::with_capacity(10);
    text.extend(year);
    text.push('-');
    text.extend(two(month.into()));
    text.push('-');
    text.extend(two(number));
    text
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
