//! Moments on the command line: a day, or a minute of it, in Asia/Shanghai.

use std::str::FromStr;

use liandong_calendar::civil::SHANGHAI;
use prost_types::Timestamp;
use time::{
    Date, OffsetDateTime, PrimitiveDateTime, Time, format_description::well_known::Rfc3339,
    macros::format_description,
};

use crate::output::words;

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When(OffsetDateTime);

impl When {
    /// For a request.
    pub(super) fn timestamp(self) -> Timestamp {
        words::timestamp(self.0)
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = || {
            let day = Date::parse(text, format_description!("[year]-[month]-[day]"));
            day.map(|it| it.with_time(Time::MIDNIGHT))
        };
        let minute = || {
            let form = format_description!("[year]-[month]-[day]T[hour]:[minute]");
            PrimitiveDateTime::parse(text, form)
        };
        let civil = day()
            .or_else(|_| minute())
            .map(|it| it.assume_offset(SHANGHAI));
        let at = civil.or_else(|_| OffsetDateTime::parse(text, &Rfc3339));
        at.map(Self).map_err(|_| {
            "a day such as 2026-02-14, a minute such as 2026-02-14T07:30 (Asia/Shanghai), or an RFC 3339 time".to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_is_a_day_a_minute_or_an_instant() {
        let read = |text: &str| text.parse::<When>().map(|it| it.0.to_utc());
        assert_eq!(
            read("2026-02-14"),
            Ok(datetime!(2026-02-13 16:00 UTC).to_utc())
        );
        assert_eq!(
            read("2026-02-14T07:30"),
            Ok(datetime!(2026-02-13 23:30 UTC).to_utc())
        );
        assert_eq!(
            read("2026-02-14T07:30:00Z"),
            Ok(datetime!(2026-02-14 07:30 UTC).to_utc())
        );
        for bad in ["", "14.2.2026", "2026-02-30", "2026-02-14T25:00", "now"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
