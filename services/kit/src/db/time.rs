//! Times in tables: whole microseconds since the Unix epoch, UTC.
//!
//! SQLite has no time type, and the text sqlx writes does not sort (`…:00.5Z` before `…:00Z`); an integer
//! means the same and sorts the same on both databases.

use time::{Duration, OffsetDateTime};

/// A time as it is stored. Fractions of a microsecond are cut off.
pub fn micros(time: OffsetDateTime) -> i64 {
    let whole = time.unix_timestamp().saturating_mul(1_000_000);
    whole.saturating_add(time.microsecond().into())
}

/// A stored time. Values outside the years ±9999 become the epoch.
pub fn from_micros(micros: i64) -> OffsetDateTime {
    // Not by way of nanoseconds, which take 128 bits: millions of times are read at once.
    let rest = Duration::microseconds(micros.rem_euclid(1_000_000));
    let whole = OffsetDateTime::from_unix_timestamp(micros.div_euclid(1_000_000));
    whole.map_or(OffsetDateTime::UNIX_EPOCH, |it| it + rest)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_time_survives_storing() {
        let time = datetime!(2025-01-27 17:30:00.123456 +8);
        assert_eq!(from_micros(micros(time)), time);
        assert_eq!(micros(datetime!(1969-12-31 23:59:59.999999 UTC)), -1);
        assert_eq!(from_micros(-1), datetime!(1969-12-31 23:59:59.999999 UTC));
        assert_eq!(from_micros(i64::MIN), OffsetDateTime::UNIX_EPOCH);
    }
}
