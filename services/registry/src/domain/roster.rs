//! Rosters (排班, M12): who is on duty when.
//!
//! An organization that keeps a roster for a day sends only those who are on duty then; without one everybody on its
//! staff is taken to be at work. An officer has at most one shift at a time, whoever rosters it.

use serde::{Deserialize, Serialize};
use time::{Date, Duration, OffsetDateTime, Time};

use super::{Id, Item, OfficerId, OrganizationId, Validity, day};

/// The id of a roster.
pub type RosterId = Id<Roster>;

/// Most days on one roster: a quarter.
pub const DAYS_MAX: i64 = 92;
/// Most shifts on one roster: an event must stay readable.
pub const SHIFTS_MAX: usize = 2000;

/// An organization's roster for some days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Roster {
    /// Its id.
    pub id: RosterId,
    /// Whose roster.
    pub organization: OrganizationId,
    /// The days it is for; both ends are stated.
    pub validity: Validity,
    /// The shifts.
    pub shifts: Vec<Shift>,
    /// What is to be known about it.
    pub note: String,
}

/// One officer's stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Whose.
    pub officer: OfficerId,
    /// What for.
    pub kind: ShiftKind,
    /// From when: a whole minute.
    #[serde(with = "time::serde::timestamp")]
    pub start: OffsetDateTime,
    /// Until when: a whole minute.
    #[serde(with = "time::serde::timestamp")]
    pub end: OffsetDateTime,
    /// What is to be known about it.
    pub note: String,
}

/// What an officer does during a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ShiftKind {
    /// 值班.
    Duty,
    /// 加班.
    Overtime,
    /// 请假.
    Leave,
    /// 调休.
    Rest,
}

impl Item for Roster {
    const COLLECTION: &'static str = "rosters";
    const KIND: &'static str = "roster";
    const ENTERED: &'static str = "RosterEntered";
    const AMENDED: &'static str = "RosterAmended";

    fn id(&self) -> &RosterId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    /// Later shifts do not take place.
    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
        self.shifts.retain(|it| day::of(it.start) <= last);
        let over = last.next_day().map(midnight);
        let rests = self.shifts.iter_mut().filter(|it| !it.kind.is_work());
        rests.for_each(|it| it.end = over.map_or(it.end, |over| over.min(it.end)));
    }
}

impl Shift {
    /// Whether it shares time with an interval, or lies around an instant.
    pub fn overlaps(&self, start: OffsetDateTime, end: OffsetDateTime) -> bool {
        if start == end {
            self.start <= start && start < self.end
        } else {
            self.start < end && start < self.end
        }
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        self.end - self.start
    }

    /// Its parts, one for each civil day it touches.
    pub fn days(&self) -> impl Iterator<Item = (Date, OffsetDateTime, OffsetDateTime)> + use<> {
        let (start, end) = (self.start, self.end);
        let mut from = start;
        std::iter::from_fn(move || {
            if from >= end {
                return None;
            }
            let date = day::of(from);
            let midnight = date.next_day().map(midnight).unwrap_or(end);
            let part = (date, from, midnight.min(end));
            from = part.2;
            Some(part)
        })
    }
}

impl ShiftKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Duty, Self::Overtime, Self::Leave, Self::Rest];

    /// Whether the officer works.
    pub fn is_work(self) -> bool {
        matches!(self, Self::Duty | Self::Overtime)
    }

    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Duty => "duty",
            Self::Overtime => "overtime",
            Self::Leave => "leave",
            Self::Rest => "rest",
        }
    }
}

/// 0:00 of a civil day in Shanghai.
pub fn midnight(date: Date) -> OffsetDateTime {
    liandong_calendar::civil::instant(date, Time::MIDNIGHT)
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_night_shift_belongs_to_two_days() {
        let night = Shift {
            officer: Id::new("wang").unwrap(),
            kind: ShiftKind::Duty,
            start: datetime!(2026-02-06 20:00 +8),
            end: datetime!(2026-02-07 08:00 +8),
            note: String::new(),
        };
        let parts: Vec<_> = night.days().map(|(day, a, b)| (day, b - a)).collect();
        assert_eq!(
            parts,
            [
                (date!(2026 - 02 - 06), Duration::hours(4)),
                (date!(2026 - 02 - 07), Duration::hours(8))
            ]
        );
        assert!(night.overlaps(night.start, night.start) && !night.overlaps(night.end, night.end));
    }
}
