//! Hours of a month from the rosters and the working calendar (M12): duty, overtime, rest taken and owed (加班, 调休).
//!
//! Overtime earns rest minute by minute, and so does duty on a day off: a weekend or a holiday by the working
//! calendar. Rest is taken in office time, so a rest shift over a weekend costs nothing. What is owed is carried
//! from month to month.

use std::collections::BTreeMap;

use liandong_calendar::{Calendar, DayKind, Error};
use time::{Date, Month, OffsetDateTime};

use super::{Catalogue, Officer, Organization, Shift, ShiftKind, roster::midnight};

/// An officer's hours in a month, in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// On duty.
    pub duty: i64,
    /// Of these on a day off.
    pub duty_off: i64,
    /// Overtime.
    pub overtime: i64,
    /// Of these on a day off.
    pub overtime_off: i64,
    /// Duty and overtime on days off of a festival.
    pub holiday: i64,
    /// On leave, in office time.
    pub leave: i64,
    /// Rest owed from before.
    pub brought: i64,
    /// Rest taken, in office time.
    pub taken: i64,
}

impl Hours {
    /// Rest earned in the month.
    pub fn earned(&self) -> i64 {
        self.overtime + self.duty_off
    }

    /// Rest owed at the end of the month; negative: taken in advance.
    pub fn owed(&self) -> i64 {
        self.brought + self.earned() - self.taken
    }
}

/// The hours of a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Report<'a> {
    /// By the officer's id: who has a shift in the month, or rest owed.
    pub officers: BTreeMap<&'a str, (Option<&'a Officer>, Hours)>,
    /// The office time of the month.
    pub office: i64,
}

/// Adds up what an organization's rosters say of a month, in its own office hours.
///
/// # Errors
/// [`Error::NotPublished`] if a year that matters has no working calendar.
pub fn report<'a>(
    catalogue: &'a Catalogue,
    organization: &Organization,
    (year, month): (i32, Month),
) -> Result<Report<'a>, Error> {
    let calendar = catalogue.calendar_of(organization);
    let Some((start, end)) = bounds(year, month) else {
        return Err(Error::NotPublished { year });
    };
    let mut officers: BTreeMap<&str, (Option<&Officer>, Hours)> = BTreeMap::new();
    let first = start.0;
    let own = catalogue.rosters.iter().filter(|it| {
        let unit = catalogue.current(it.organization.as_str(), first);
        unit.is_some_and(|it| it.id == organization.id)
    });
    for shift in own.flat_map(|it| &it.shifts) {
        let before = clip(shift, None, start.1);
        let within = clip(shift, Some(start.1), end);
        if before.is_none() && within.is_none() {
            continue;
        }
        let id = shift.officer.as_str();
        let of = officers
            .entry(id)
            .or_insert_with(|| (catalogue.officers.get(id), Hours::default()));
        if let Some(before) = before {
            let mut earlier = Hours::default();
            count(calendar, &before, &mut earlier)?;
            of.1.brought += earlier.owed();
        }
        if let Some(within) = within {
            count(calendar, &within, &mut of.1)?;
        }
    }
    officers.retain(|_, (_, hours)| *hours != Hours::default());
    let office = calendar.working_time_between(start.1, end)?.whole_minutes();
    Ok(Report { officers, office })
}

/// The first day of a month with its midnight, and the midnight that ends it.
fn bounds(year: i32, month: Month) -> Option<((Date, OffsetDateTime), OffsetDateTime)> {
    let first = Date::from_calendar_date(year, month, 1).ok()?;
    let last = Date::from_calendar_date(year, month, month.length(year)).ok()?;
    Some(((first, midnight(first)), midnight(last.next_day()?)))
}

/// The part of a shift between two instants.
fn clip(shift: &Shift, from: Option<OffsetDateTime>, to: OffsetDateTime) -> Option<Shift> {
    let start = from.map_or(shift.start, |it| it.max(shift.start));
    let end = shift.end.min(to);
    (start < end).then(|| Shift {
        start,
        end,
        ..shift.clone()
    })
}

fn count(calendar: &Calendar, shift: &Shift, hours: &mut Hours) -> Result<(), Error> {
    if !shift.kind.is_work() {
        let office = calendar.working_time_between(shift.start, shift.end)?;
        let into = match shift.kind {
            ShiftKind::Leave => &mut hours.leave,
            _ => &mut hours.taken,
        };
        *into += office.whole_minutes();
        return Ok(());
    }
    for (date, from, to) in shift.days() {
        let minutes = (to - from).whole_minutes();
        let kind = calendar.day(date)?;
        let off = if kind.is_workday() { 0 } else { minutes };
        if shift.kind == ShiftKind::Duty {
            hours.duty += minutes;
            hours.duty_off += off;
        } else {
            hours.overtime += minutes;
            hours.overtime_off += off;
        }
        if matches!(kind, DayKind::Holiday(_)) {
            hours.holiday += minutes;
        }
    }
    Ok(())
}
