//! Whether an officer is at work by the rosters of the unit that commands.

use std::collections::HashMap;

use time::{Date, OffsetDateTime};

use super::{Obstacle, Presence, Question};
use crate::domain::{
    Catalogue, Officer, Organization, Shift, ShiftKind, Validity, day, roster::midnight,
};

/// The rosters that have to do with a question.
pub(super) struct Rosters<'a> {
    /// The days for which a unit keeps one.
    kept: HashMap<&'a str, Vec<Validity>>,
    /// Each officer's shifts, whoever rostered them.
    shifts: HashMap<&'a str, Vec<&'a Shift>>,
}

impl<'a> Rosters<'a> {
    pub(super) fn of(catalogue: &'a Catalogue, question: &Question<'_>) -> Self {
        let (first, last) = question.days();
        // A night shift of the day before may reach into the first one.
        let near = Validity {
            first: first.previous_day().or(Some(first)),
            last: Some(last),
        };
        let (mut kept, mut shifts): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = Default::default();
        for roster in catalogue
            .rosters
            .iter()
            .filter(|it| it.validity.overlaps(&near))
        {
            if let Some(unit) = catalogue.current(roster.organization.as_str(), first) {
                kept.entry(unit.id.as_str())
                    .or_default()
                    .push(roster.validity);
            }
            for shift in &roster.shifts {
                shifts
                    .entry(shift.officer.as_str())
                    .or_default()
                    .push(shift);
            }
        }
        Self { kept, shifts }
    }

    /// Why an officer whom a unit commands is not at work when asked for.
    pub(super) fn obstacle(
        &self,
        unit: &Organization,
        officer: &Officer,
        question: &Question<'_>,
    ) -> Option<Obstacle<'a>> {
        let kept = self.kept.get(unit.id.as_str())?;
        let keeps = |on: Date| kept.iter().any(|it| it.covers(on));
        let shifts = self.shifts.get(officer.id.as_str());
        let shifts = shifts.map_or(&[][..], Vec::as_slice);
        let (start, end) = (question.start, question.end);
        let end = match question.presence {
            Presence::Sometime if start == end => day::of(start).next_day().map_or(end, midnight),
            _ => end,
        };
        let at_work = match question.presence {
            Presence::Sometime => {
                let works = |it: &&Shift| it.kind.is_work() && it.overlaps(start, end);
                days(start, end).any(|(on, _, _)| !keeps(on)) || shifts.iter().any(works)
            }
            Presence::Throughout => days(start, end)
                .filter(|(on, _, _)| keeps(*on))
                .all(|(_, from, to)| covered(shifts, from, to)),
        };
        if at_work {
            return None;
        }
        let is = |kind| {
            shifts
                .iter()
                .any(|it| it.kind == kind && it.overlaps(start, end))
        };
        Some(if is(ShiftKind::Leave) {
            Obstacle::OnLeave
        } else if is(ShiftKind::Rest) {
            Obstacle::Resting
        } else {
            Obstacle::OffRoster
        })
    }
}

/// The parts of an interval, one for each civil day; an instant is one part.
fn days(
    start: OffsetDateTime,
    end: OffsetDateTime,
) -> impl Iterator<Item = (Date, OffsetDateTime, OffsetDateTime)> {
    let mut next = Some(start);
    std::iter::from_fn(move || {
        let from = next?;
        let on = day::of(from);
        let to = on.next_day().map_or(end, midnight).min(end);
        next = (to < end).then_some(to);
        Some((on, from, to))
    })
}

/// Whether somebody works from one instant to another without a gap.
fn covered(shifts: &[&Shift], from: OffsetDateTime, to: OffsetDateTime) -> bool {
    let mut reached = from;
    // Each round takes the shift around the instant that is reached; there are few per officer.
    while let Some(shift) = shifts
        .iter()
        .find(|it| it.kind.is_work() && it.start <= reached && reached < it.end)
    {
        reached = shift.end;
        if reached >= to {
            return true;
        }
    }
    false
}
