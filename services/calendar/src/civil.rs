//! Between instants and the civil time of Asia/Shanghai (UTC+8, no summer time since 1991).

use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// The offset of Asia/Shanghai.
pub const SHANGHAI: UtcOffset = time::macros::offset!(+8);

/// Microseconds in a minute.
pub(crate) const MINUTE: i64 = 60_000_000;

/// Microseconds in a day.
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;

/// The instant at which `time_of_day` is reached on `date` in Shanghai, as UTC.
pub fn instant(date: Date, time_of_day: Time) -> OffsetDateTime {
    PrimitiveDateTime::new(date, time_of_day)
        .assume_offset(SHANGHAI)
        .to_offset(UtcOffset::UTC)
}

/// The civil date in Shanghai, or nothing at the very ends of representable time.
pub fn date(at: OffsetDateTime) -> Option<Date> {
    at.checked_to_offset(SHANGHAI).map(OffsetDateTime::date)
}

/// The instant `micros` after the midnight that begins `date`; 24:00 is the next day's 00:00.
pub(crate) fn at(date: Date, micros: i64) -> OffsetDateTime {
    instant(date, Time::MIDNIGHT) + Duration::microseconds(micros)
}

/// The civil date and the microseconds since its midnight.
pub(crate) fn split(at: OffsetDateTime) -> Option<(Date, i64)> {
    let local = at.checked_to_offset(SHANGHAI)?;
    let (hour, minute, second, micro) = local.to_hms_micro();
    let minutes = i64::from(hour) * 60 + i64::from(minute);
    Some((
        local.date(),
        minutes * MINUTE + i64::from(second) * 1_000_000 + i64::from(micro),
    ))
}
