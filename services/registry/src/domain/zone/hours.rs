//! Hours of a zone: windows of the week by season, in the civil time of Shanghai, half-open.

use std::fmt;

use liandong_calendar::civil;
use serde::{Deserialize, Serialize};
use time::{Date, Duration, Month, OffsetDateTime};

use crate::domain::Validity;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// The hours of a part of the year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Season {
    /// The days on which it holds.
    pub validity: Validity,
    /// If it returns every year: from when to when, both days included. The end may lie before the beginning: over
    /// the new year.
    pub yearly: Option<(MonthDay, MonthDay)>,
    /// Its hours; at least one.
    pub windows: Vec<Window>,
}

/// Hours of a week: from the first minute until just before the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The days on which it begins, 1 Monday to 7 Sunday, in order; none: every day.
    pub weekdays: Vec<u8>,
    /// The minute of the day at which it begins, 0 to 1439.
    pub start: u16,
    /// The minute before which it ends, 1 to 1440; if not after `start`, on the next day.
    pub end: u16,
}

/// A day of any year: `05-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonthDay {
    month: u8,
    day: u8,
}

/// The end of the window of some season that an instant lies in, the latest if there are several; `None`: none.
pub fn within(seasons: &[Season], at: OffsetDateTime) -> Option<OffsetDateTime> {
    let (day, minute) = civil_minute(at)?;
    let midnight = civil_midnight(at)?;
    let ends = seasons.iter().flat_map(|season| {
        let windows = season.windows.iter();
        windows.filter_map(move |it| it.end_after(season, day, minute))
    });
    let length = Duration::minutes(i64::from(ends.max()?));
    midnight.checked_add(length)
}

fn civil_minute(at: OffsetDateTime) -> Option<(Date, u16)> {
    let local = at.checked_to_offset(civil::SHANGHAI)?;
    let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
    Some((local.date(), minute))
}

fn civil_midnight(at: OffsetDateTime) -> Option<OffsetDateTime> {
    let local = at.checked_to_offset(civil::SHANGHAI)?;
    Some(local.replace_time(time::Time::MIDNIGHT))
}

impl Season {
    /// Whether it holds on a day.
    pub fn covers(&self, day: Date) -> bool {
        let of_year = MonthDay {
            month: day.month().into(),
            day: day.day(),
        };
        self.validity.covers(day)
            && self.yearly.is_none_or(|(first, last)| {
                if first <= last {
                    (first..=last).contains(&of_year)
                } else {
                    of_year >= first || of_year <= last
                }
            })
    }
}

impl Window {
    /// Reads `06:00-09:00` or `1,3-5 18:00-02:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (days, hours) = match text.trim().split_once(' ') {
            Some((days, hours)) => (weekdays(days)?, hours.trim()),
            None => (Vec::new(), text.trim()),
        };
        let (start, end) = hours.split_once('-')?;
        Self::new(days, minute(start)?, minute(end)?)
    }

    /// Checks the days and minutes.
    pub fn new(mut weekdays: Vec<u8>, start: u16, end: u16) -> Option<Self> {
        weekdays.sort_unstable();
        weekdays.dedup();
        let sound = weekdays.iter().all(|it| (1..=7).contains(it))
            && start < DAY
            && (1..=DAY).contains(&end)
            && start != end;
        if weekdays.len() == 7 {
            weekdays.clear();
        }
        sound.then_some(Self {
            weekdays,
            start,
            end,
        })
    }

    fn begins_on(&self, day: Date) -> bool {
        let number = day.weekday().number_from_monday();
        self.weekdays.is_empty() || self.weekdays.contains(&number)
    }

    fn is_overnight(&self) -> bool {
        self.end <= self.start
    }

    /// If a minute of a day lies in it: when it ends, in minutes from that day's midnight.
    fn end_after(&self, season: &Season, day: Date, minute: u16) -> Option<u16> {
        let begins = |day: Date| self.begins_on(day) && season.covers(day);
        if begins(day) && minute >= self.start {
            if self.is_overnight() {
                return Some(DAY + self.end);
            }
            if minute < self.end {
                return Some(self.end);
            }
        }
        let before = day.previous_day()?;
        (self.is_overnight() && minute < self.end && begins(before)).then_some(self.end)
    }

    /// Whether some minute of the week is in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let mine = self.spans();
        let theirs = other.spans();
        mine.iter()
            .any(|a| theirs.iter().any(|b| a.0 < b.1 && b.0 < a.1))
    }

    /// Its minutes of the week, cut at its end.
    fn spans(&self) -> Vec<(u32, u32)> {
        const WEEK: u32 = 7 * 24 * 60;
        let mut all = Vec::new();
        for day in 1..=7_u8 {
            if !self.weekdays.is_empty() && !self.weekdays.contains(&day) {
                continue;
            }
            let midnight = u32::from(day - 1) * u32::from(DAY);
            let after = if self.is_overnight() { DAY } else { 0 };
            let start = midnight + u32::from(self.start);
            let end = midnight + u32::from(self.end + after);
            all.push((start, end.min(WEEK)));
            if end > WEEK {
                all.push((0, end - WEEK));
            }
        }
        all
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.weekdays.is_empty() {
            let days: Vec<_> = self.weekdays.iter().map(u8::to_string).collect();
            write!(f, "{} ", days.join(","))?;
        }
        f.write_str(&clock(self.start))?;
        f.write_str("-")?;
        f.write_str(&clock(self.end))
    }
}

/// `06:00`; 1440 is `24:00`.
pub(crate) fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Reads `06:00`, up to `24:00`.
pub(crate) fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits =
        |it: &str| (it.len() == 2 && it.bytes().all(|it| it.is_ascii_digit())).then_some(());
    digits(hour)?;
    digits(minute)?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= DAY).then_some(all)
}

/// `1,3-5`.
fn weekdays(text: &str) -> Option<Vec<u8>> {
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u8, u8) = (first.parse().ok()?, last.parse().ok()?);
        if first > last || last > 7 {
            return None;
        }
        days.extend(first..=last);
    }
    Some(days)
}

impl MonthDay {
    /// Reads `05-01`; the 29th of February is one too.
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = text.split_once('-')?;
        if month.len() != 2 || day.len() != 2 {
            return None;
        }
        let (month, day): (u8, u8) = (month.parse().ok()?, day.parse().ok()?);
        let length = Month::try_from(month).ok()?.length(2024); // a leap year
        (1..=length).contains(&day).then_some(Self { month, day })
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl From<MonthDay> for String {
    fn from(day: MonthDay) -> Self {
        day.to_string()
    }
}

impl TryFrom<String> for MonthDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(text)
    }
}
