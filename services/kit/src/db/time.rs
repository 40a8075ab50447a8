//! Times in tables: whole microseconds since the Unix epoch, UTC.
//!
//! SQLite has no time type, and the text sqlx writes does not sort (`…:00.5Z` before `…:00Z`); an integer
//! means the same and sorts the same on both databases.

use time::OffsetDateTime;

/// A time as it is stored. Fractions of a microsecond are cut off.
pub fn micros(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos().div_euclid(1000)).unwrap_or(i64::MAX)
}

/// A stored time. Values outside the years ±9999 become the epoch.
pub fn from_micros(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
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
    }
}
