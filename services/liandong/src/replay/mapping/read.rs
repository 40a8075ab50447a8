//! How the words of a mapping are read.

use liandong_proto::dispatch::CaseSource;
use serde::{Deserialize, Deserializer, de::Error as _};
use time::{Date, Time, format_description::OwnedFormatItem, macros::format_description};

use super::{Clock, Source};

impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let source = CaseSource::from_str_name(&format!("CASE_SOURCE_{text}"));
        let known = source.filter(|it| *it != CaseSource::Unspecified);
        known.map(Self).ok_or_else(|| {
            D::Error::custom(format!(
                "unknown source `{text}`: use PATROL, HOTLINE, DIGITAL_CITY, MEDIA, LEADER, SUPERIOR, DEPARTMENT, \
                 RESIDENT_UNIT or PUBLIC"
            ))
        })
    }
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = Time::parse(&text, format_description!("[hour]:[minute]"));
        time.map(Self)
            .map_err(|_| D::Error::custom(format!("`{text}` is not a time of day such as `09:30`")))
    }
}

/// A date as the mapping writes it.
pub(in crate::replay) fn read_date(
    text: &str,
    format: &OwnedFormatItem,
) -> Result<Date, time::error::Parse> {
    Date::parse(text, format)
}
