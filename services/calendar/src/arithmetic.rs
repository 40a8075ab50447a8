//! Adding limits to instants, and measuring the working time between two.
//!
//! All of it is counted from the start of a year: `office time passed = working days before x
//! office day + passed today`. A limit that does not fit into its year goes on in the next with
//! what is left, so the cost grows with the years it spans and not with its days.

use serde::{Deserialize, Serialize};
use time::{Date, Duration, OffsetDateTime, UtcOffset};

use crate::calendar::Calendar;
use crate::civil::{self, DAY};
use crate::limit::{Limit, LimitKind};

/// When a clock runs out, and by which calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The instant, in UTC. Up to and including it the work is on time.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// When the clock started, in UTC and whole microseconds.
    #[serde(with = "time::serde::rfc3339")]
    pub start: OffsetDateTime,
    /// What was added.
    pub limit: Limit,
    /// [`Calendar::version`].
    pub calendar: String,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The calculation touches a day of a year whose calendar is not published.
    #[error("calendar for {year} not published")]
    NotPublished {
        /// The first such year.
        year: i32,
    },
    /// Working time can only be added forward.
    #[error("a negative working time cannot be added")]
    Negative,
}

impl Calendar {
    /// When a limit that starts at `start` runs out.
    ///
    /// - `URGENT_HOURS`: continuously.
    /// - `WORK_HOURS`: office time; used up exactly at the end of a window, it is due there.
    /// - `WORK_DAYS`: the first working day after the start's date is day 1; due when the office
    ///   closes on day n.
    /// - `CALENDAR_DAYS`: the day after the start's date is day 1; due at 24:00 of day n, which
    ///   is the next day's 00:00.
    ///
    /// # Errors
    /// [`Error::NotPublished`] if any day from the start's to the last one of the limit lies in a
    /// year that is not published, whatever the kind.
    pub fn due(&self, start: OffsetDateTime, limit: Limit) -> Result<Due, Error> {
        let start = whole_micros(start);
        let (date, _) = self.split(start)?;
        let amount = i64::from(limit.amount());
        let at = match limit.kind() {
            LimitKind::UrgentHours => {
                self.add_continuous(start, date, Duration::minutes(amount))?
            }
            LimitKind::WorkHours => self.add(start, Duration::minutes(amount))?,
            LimitKind::WorkDays => civil::at(
                self.workday_after(date, amount)?,
                self.office_hours().close(),
            ),
            LimitKind::CalendarDays => civil::at(self.day_after(date, amount)?, DAY),
        };
        Ok(Due {
            at,
            start,
            limit,
            calendar: self.version().to_owned(),
        })
    }

    /// The first instant at which `working` office time has passed since `start`, in UTC.
    /// No time at all gives the start itself, whether or not an office is open then.
    ///
    /// # Errors
    /// As [`Calendar::due`], and [`Error::Negative`].
    pub fn add(&self, start: OffsetDateTime, working: Duration) -> Result<OffsetDateTime, Error> {
        let start = whole_micros(start);
        let (date, _) = self.split(start)?;
        // Longer than a calendar can be: runs into the first missing year like any other.
        let working = i64::try_from(working.whole_microseconds()).unwrap_or(i64::MAX / 2);
        match working {
            ..0 => return Err(Error::Negative),
            0 => return Ok(start),
            _ => {}
        }
        let office_day = self.office_hours().day();
        let mut year = date.year();
        let mut target = self.passed_in_year(start)?.saturating_add(working);
        loop {
            // The day on which the target is reached at the latest moment possible: its end.
            let index = self.year(year)?;
            if let Some(day) = index.workday((target - 1) / office_day) {
                let passed = (target - 1) % office_day + 1;
                return Ok(civil::at(day, self.office_hours().reached(passed)));
            }
            target -= index.total() * office_day;
            year += 1;
        }
    }

    /// Office time from `a` to `b`; negative if `b` is the earlier.
    ///
    /// # Errors
    /// [`Error::NotPublished`] if a year from the one of `a` to the one of `b` is missing.
    pub fn working_time_between(
        &self,
        a: OffsetDateTime,
        b: OffsetDateTime,
    ) -> Result<Duration, Error> {
        let (a, b) = (whole_micros(a), whole_micros(b));
        if b < a {
            return self.working_time_between(b, a).map(|it| -it);
        }
        let (from, to) = (self.split(a)?.0.year(), self.split(b)?.0.year());
        let mut micros = self.passed_in_year(b)? - self.passed_in_year(a)?;
        for year in from..to {
            micros += self.year(year)?.total() * self.office_hours().day();
        }
        Ok(Duration::microseconds(micros))
    }

    /// Office time since the beginning of the civil year of `at`, in microseconds.
    fn passed_in_year(&self, at: OffsetDateTime) -> Result<i64, Error> {
        let (date, moment) = self.split(at)?;
        let index = self.year(date.year())?;
        let today = if index.is_workday(date) {
            self.office_hours().passed(moment)
        } else {
            0
        };
        Ok(index.before(date) * self.office_hours().day() + today)
    }

    /// The working day number `n` after `date`; day 1 is the first one.
    fn workday_after(&self, date: Date, n: i64) -> Result<Date, Error> {
        let mut year = date.year();
        let index = self.year(year)?;
        let mut rank = index.before(date) + i64::from(index.is_workday(date)) + n - 1;
        loop {
            let index = self.year(year)?;
            if let Some(day) = index.workday(rank) {
                return Ok(day);
            }
            rank -= index.total();
            year += 1;
        }
    }

    /// The day `n` days after `date`.
    fn day_after(&self, date: Date, n: i64) -> Result<Date, Error> {
        let day = date.checked_add(Duration::days(n));
        self.published(date.year(), day.map(Date::year))?;
        day.ok_or(Error::NotPublished { year: date.year() })
    }

    fn add_continuous(
        &self,
        start: OffsetDateTime,
        date: Date,
        length: Duration,
    ) -> Result<OffsetDateTime, Error> {
        let end = start.checked_add(length);
        // An end at midnight belongs to the day before it.
        let last = end.and_then(|it| civil::date(it - Duration::microseconds(1)));
        self.published(date.year(), last.map(Date::year))?;
        end.ok_or(Error::NotPublished { year: date.year() })
    }

    /// Whether every year from `first` to `last` is published; without a last one none ever is.
    fn published(&self, first: i32, last: Option<i32>) -> Result<(), Error> {
        (first..=last.unwrap_or(i32::MAX)).try_for_each(|year| self.year(year).map(|_| ()))
    }

    pub(crate) fn split(&self, at: OffsetDateTime) -> Result<(Date, i64), Error> {
        let (date, moment) = civil::split(at).ok_or(Error::NotPublished { year: at.year() })?;
        self.year(date.year())?;
        Ok((date, moment))
    }
}

/// In UTC without the nanoseconds that no database keeps.
fn whole_micros(at: OffsetDateTime) -> OffsetDateTime {
    let nanos = i64::from(at.nanosecond() % 1000);
    let at = at - Duration::nanoseconds(nanos);
    at.checked_to_offset(UtcOffset::UTC).unwrap_or(at)
}
