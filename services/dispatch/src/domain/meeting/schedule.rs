//! When a series meets: every week, or on the n-th such day of a month; on the next working day if that day has no
//! work.

use serde::{Deserialize, Serialize};
use time::{Date, Duration, Month, OffsetDateTime, Time, Weekday};

use crate::domain::Refusal;
use crate::domain::clock::WorkTime;

/// The last such day of a month.
pub const LAST: u8 = 5;
/// How far ahead a day is looked for.
const MONTHS: u32 = 14;
/// The longest row of days without work that is passed over.
const REST_MAX: u32 = 30;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rhythm {
    /// 周会.
    Weekly,
    /// 月讲评: which of the month's such days, 5 for the last.
    Monthly {
        /// Which.
        week: u8,
    },
}

/// When a series meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// How often.
    pub rhythm: Rhythm,
    /// On which day, 1 is Monday.
    pub weekday: u8,
    /// At which hour and minute, civil time.
    pub time: (u8, u8),
    /// How many days before the draft is drawn up.
    pub notice_days: u8,
}

impl Schedule {
    /// The first meeting after an instant.
    pub fn next(&self, after: OffsetDateTime, time: &WorkTime) -> Result<OffsetDateTime, Refusal> {
        let clock = Time::from_hms(self.time.0, self.time.1, 0).unwrap_or(Time::MIDNIGHT);
        // One that was put off may still lie ahead although its own day is past.
        let from = after - Duration::days(i64::from(REST_MAX));
        let from = liandong_calendar::civil::date(from).unwrap_or(after.date());
        for day in self.days(from) {
            let at = liandong_calendar::civil::instant(day, clock);
            if at + Duration::days(i64::from(REST_MAX)) <= after {
                continue;
            }
            let at = liandong_calendar::civil::instant(working(day, time)?, clock);
            if at > after {
                return Ok(at);
            }
        }
        Err(Refusal::CalendarNotPublished { year: after.year() })
    }

    /// When the draft of a meeting is drawn up.
    pub fn draft_at(&self, meeting: OffsetDateTime) -> OffsetDateTime {
        meeting - Duration::days(i64::from(self.notice_days))
    }

    /// The days it falls on, from a day on.
    fn days(&self, from: Date) -> Vec<Date> {
        let weekday = Weekday::Monday.nth_next(self.weekday.saturating_sub(1));
        match self.rhythm {
            Rhythm::Weekly => {
                let ahead = (7 + i64::from(weekday.number_days_from_monday())
                    - i64::from(from.weekday().number_days_from_monday()))
                    % 7;
                let first = from + Duration::days(ahead);
                (0..i64::from(MONTHS) * 4)
                    .map(|week| first + Duration::weeks(week))
                    .collect()
            }
            Rhythm::Monthly { week } => {
                let (mut year, mut month) = (from.year(), from.month());
                let mut days = Vec::new();
                for _ in 0..MONTHS {
                    days.extend(in_month((year, month), weekday, week).filter(|it| *it >= from));
                    if month == Month::December {
                        year += 1;
                    }
                    month = month.next();
                }
                days
            }
        }
    }
}

/// The n-th such day of a month.
fn in_month((year, month): (i32, Month), weekday: Weekday, week: u8) -> Option<Date> {
    let days =
        (1..=month.length(year)).filter_map(|day| Date::from_calendar_date(year, month, day).ok());
    let days: Vec<Date> = days.filter(|it| it.weekday() == weekday).collect();
    if week >= LAST {
        return days.last().copied();
    }
    days.get(usize::from(week.saturating_sub(1))).copied()
}

/// The day itself, or the next one with work.
fn working(day: Date, time: &WorkTime) -> Result<Date, Refusal> {
    for ahead in 0..i64::from(REST_MAX) {
        let day = day + Duration::days(ahead);
        if time.calendar.is_workday(day)? {
            return Ok(day);
        }
    }
    Ok(day)
}
