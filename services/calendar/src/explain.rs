//! A deadline taken apart: which stretches of time counted, which did not, and why.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Date, Duration, OffsetDateTime};

use crate::arithmetic::{Due, Error};
use crate::calendar::{Calendar, DayKind};
use crate::civil::{self, DAY, SHANGHAI};
use crate::limit::{Limit, LimitKind};

/// Every interval from the start to the due instant, without gaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The answer that is explained.
    pub due: Due,
    /// In order; each begins where the one before it ends.
    pub intervals: Vec<Interval>,
}

/// A stretch of time that counts in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// Its beginning, in UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// Its end, in UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub to: OffsetDateTime,
    /// What it adds to the limit.
    pub count: Count,
    /// Why.
    pub why: Why,
}

/// What an interval adds to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Count {
    /// Nothing.
    Nothing,
    /// Its length.
    Time(Duration),
    /// It is the day with this number, from 1.
    Day(u32),
}

/// Why an interval counts or does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// Every minute counts.
    Continuous,
    /// Inside an office window.
    OfficeHours,
    /// A working day, counted as a whole.
    Workday,
    /// A make-up workday (调休) of this festival, counted as a whole.
    MakeUp(String),
    /// A calendar day, counted as a whole.
    CalendarDay,
    /// The rest of the day on which the clock starts.
    StartDay,
    /// A working day outside its office windows.
    OfficeClosed,
    /// A plain Saturday or Sunday.
    Weekend,
    /// A day off (放假) of this festival.
    Holiday(String),
}

impl Calendar {
    /// [`Calendar::due`], interval by interval. Costs a step per day: for people, not for loops.
    pub fn explain(&self, start: OffsetDateTime, limit: Limit) -> Result<Explanation, Error> {
        let due = self.due(start, limit)?;
        let mut walk = Walk {
            from: due.start,
            to: due.at,
            intervals: Vec::new(),
        };
        if limit.kind() == LimitKind::UrgentHours {
            walk.push(due.at, Count::Time(due.at - due.start), Why::Continuous);
        } else {
            let (start_day, _) = self.split(due.start)?;
            let mut day = start_day;
            let mut number = 0;
            while walk.from < walk.to {
                match limit.kind() {
                    LimitKind::WorkHours => self.office_day(&mut walk, day)?,
                    _ if day == start_day => {
                        walk.push(civil::at(day, DAY), Count::Nothing, Why::StartDay)
                    }
                    kind => self.whole_day(&mut walk, day, kind, &mut number)?,
                }
                day = day.saturating_add(Duration::days(1));
            }
        }
        Ok(Explanation {
            due,
            intervals: walk.intervals,
        })
    }

    /// A day of which office time counts.
    fn office_day(&self, walk: &mut Walk, day: Date) -> Result<(), Error> {
        let kind = self.day(day)?;
        if kind.is_workday() {
            for (from, to) in self.office_hours().windows().iter().map(|it| it.micros()) {
                walk.push(civil::at(day, from), Count::Nothing, Why::OfficeClosed);
                let begin = walk.from;
                let end = civil::at(day, to).min(walk.to);
                walk.push(end, Count::Time(end - begin), Why::OfficeHours);
            }
            walk.push(civil::at(day, DAY), Count::Nothing, Why::OfficeClosed);
        } else {
            walk.push(civil::at(day, DAY), Count::Nothing, free(kind));
        }
        Ok(())
    }

    /// A day that counts as one or not at all.
    fn whole_day(
        &self,
        walk: &mut Walk,
        day: Date,
        kind: LimitKind,
        number: &mut u32,
    ) -> Result<(), Error> {
        let end = civil::at(day, DAY);
        let why = match (kind, self.day(day)?) {
            (LimitKind::CalendarDays, _) => Why::CalendarDay,
            (_, DayKind::Workday) => Why::Workday,
            (_, DayKind::MakeUp(festival)) => Why::MakeUp(festival.to_owned()),
            (_, other) => {
                walk.push(end, Count::Nothing, free(other));
                return Ok(());
            }
        };
        *number += 1;
        walk.push(end, Count::Day(*number), why);
        Ok(())
    }
}

fn free(kind: DayKind<'_>) -> Why {
    match kind {
        DayKind::Holiday(festival) => Why::Holiday(festival.to_owned()),
        _ => Why::Weekend,
    }
}

/// Intervals laid end to end from the start up to the due instant.
struct Walk {
    from: OffsetDateTime,
    to: OffsetDateTime,
    intervals: Vec<Interval>,
}

impl Walk {
    /// Goes on to `to`, or to the due instant if that comes first. What adds nothing for the same
    /// reason as before lengthens the interval before.
    fn push(&mut self, to: OffsetDateTime, count: Count, why: Why) {
        let to = to.min(self.to);
        if to <= self.from {
            return;
        }
        match self.intervals.last_mut() {
            Some(last) if count == Count::Nothing && last.why == why => last.to = to,
            _ => self.intervals.push(Interval {
                from: self.from,
                to,
                count,
                why,
            }),
        }
        self.from = to;
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Continuous => f.write_str("continuous"),
            Why::OfficeHours => f.write_str("office hours"),
            Why::Workday => f.write_str("working day"),
            Why::MakeUp(festival) => write!(f, "make-up workday of {festival}"),
            Why::CalendarDay => f.write_str("calendar day"),
            Why::StartDay => f.write_str("day of the start"),
            Why::OfficeClosed => f.write_str("office closed"),
            Why::Weekend => f.write_str("weekend"),
            Why::Holiday(festival) => write!(f, "holiday of {festival}"),
        }
    }
}

impl fmt::Display for Interval {
    /// `2025-01-27 17:30 .. 2025-01-27 18:00  +0:30  office hours`, in the time of Shanghai.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = |at: OffsetDateTime| {
            let at = at.checked_to_offset(SHANGHAI).unwrap_or(at);
            format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute())
        };
        let count = match self.count {
            Count::Nothing => "-".to_owned(),
            Count::Time(it) => format!("+{}:{:02}", it.whole_hours(), it.whole_minutes() % 60),
            Count::Day(number) => format!("day {number}"),
        };
        write!(
            f,
            "{} .. {}  {count}  {}",
            civil(self.from),
            civil(self.to),
            self.why
        )
    }
}
