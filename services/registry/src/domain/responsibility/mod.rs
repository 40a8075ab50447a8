//! Who is responsible (M6, M7, M8, M13), asked of a catalogue as of a day.
//!
//! ```text
//!  work lines ── duty schemes (roles) ── duty holders
//!       └──────────────┴── duties ──────────┘      area x line x role x hours -> person + organization
//!                            │
//!   [`chain`]   who answers at a moment, rung by rung, and why others do not
//!   [`coverage`] whether every area and line has exactly one first responsible in every hour of the week
//!   [`readiness`] whether an area has its five: person, organization, money, facility, rule
//!   [`cards`]    what everybody may know; [`logs`] who owes a daily log
//! ```
//!
//! What must stay true: a line stands for the lines below it; a duty for its areas, and for everything inside them
//! only if it says so. Reports are made of intervals of the week, never of single hours.

pub mod cards;
pub mod chain;
pub mod coverage;
mod ground;
pub mod logs;
#[cfg(test)]
mod properties;
pub mod readiness;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use time::Date;

use self::ground::Ground;
use super::{
    Area, AreaLevel, Catalogue, Duty, DutyHolder, DutyRole, DutyScheme, Organization, WorkLine,
    WorkLineId,
};

/// What a report looks at.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// An area with everything inside; `None`: the whole district.
    pub root: Option<&'a str>,
    /// The tiers of the areas; none: those for which the schemes in force have a first responsible.
    pub levels: &'a [AreaLevel],
    /// The lines, with those below them; none: all.
    pub lines: &'a [WorkLineId],
    /// As of when.
    pub day: Date,
}

impl Scope<'_> {
    /// The whole district, all its tiers and lines.
    pub fn district(day: Date) -> Self {
        Self {
            root: None,
            levels: &[],
            lines: &[],
            day,
        }
    }
}

impl Catalogue {
    /// A line and those above it, the nearest first. Ends where the tree closes on itself.
    pub fn line_path(&self, line: &str) -> Vec<&WorkLine> {
        let mut path = Vec::new();
        let mut seen = HashSet::new();
        let mut next = self.work_lines.get(line);
        while let Some(line) = next.filter(|it| seen.insert(it.id.as_str())) {
            path.push(line);
            let parent = line.parent.as_ref();
            next = parent.and_then(|it| self.work_lines.get(it.as_str()));
        }
        path
    }

    /// The line a matter leads to on a day.
    pub fn line_of(&self, matter: &str, day: Date) -> Option<&WorkLine> {
        let leads = |it: &&WorkLine| {
            it.validity.covers(day) && it.matters.iter().any(|it| it.as_str() == matter)
        };
        self.work_lines.iter().find(leads)
    }

    /// The scheme in force on a day for a place (an area and those around it, the nearest first) and a line (and
    /// those above it): of the nearest area, there one that names the line before one for all.
    pub fn scheme_in_force(
        &self,
        path: &[&Area],
        lines: &[&WorkLine],
        day: Date,
    ) -> Option<&DutyScheme> {
        let live = || {
            self.duty_schemes
                .iter()
                .filter(|it| it.validity.covers(day))
        };
        path.iter()
            .find_map(|area| nearest_line(live().filter(|it| it.areas.contains(&area.id)), lines))
    }

    /// The organization in whose name a holder has a duty on a day: the duty's, else the holder's own; its successor
    /// if it has ended.
    pub fn answerable<'a>(
        &'a self,
        duty: &'a Duty,
        holder: &'a DutyHolder,
        day: Date,
    ) -> Option<&'a Organization> {
        let id = duty.organization.as_ref().unwrap_or(&holder.organization);
        self.current(id.as_str(), day)
    }

    /// A duty's scheme and role, and the role's place in the scheme's order.
    pub fn role_of(&self, duty: &Duty) -> Option<(&DutyScheme, usize, &DutyRole)> {
        let scheme = self.duty_schemes.get(duty.scheme.as_str())?;
        let (place, role) = scheme.role(duty.role.as_str())?;
        Some((scheme, place, role))
    }
}

/// Of the schemes of an area the one for a line (and those above it): one that names a near line before one that names
/// a line further up, before one for all.
fn nearest_line<'a>(
    schemes: impl Iterator<Item = &'a DutyScheme>,
    lines: &[&WorkLine],
) -> Option<&'a DutyScheme> {
    let ranked = schemes.filter_map(|scheme| {
        let named = lines
            .iter()
            .position(|it| scheme.work_lines.contains(&it.id));
        let rank = if scheme.work_lines.is_empty() {
            usize::MAX
        } else {
            named?
        };
        Some((rank, scheme))
    });
    ranked
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, scheme)| scheme)
}
