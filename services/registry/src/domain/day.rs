//! Civil days as they are stored: `2026-02-14`.

use time::{Date, OffsetDateTime, macros::format_description};

time::serde::format_description!(pub(crate) iso, Date, "[year]-[month]-[day]");

/// Reads `YYYY-MM-DD`.
pub fn parse(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// The civil day (Asia/Shanghai) of an instant; the last representable day beyond the end of time.
pub fn of(at: OffsetDateTime) -> Date {
    liandong_calendar::civil::date(at).unwrap_or(Date::MAX)
}
