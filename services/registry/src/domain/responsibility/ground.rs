//! What the reports stand on: the areas and lines that are looked at, and the duties that reach them.

use std::collections::{HashMap, HashSet};

use time::Date;

use super::{Scope, nearest_line};
use crate::domain::{
    Area, AreaLevel, Catalogue, Duty, DutyRole, DutyScheme, WorkLine, week::WeekHours,
};

/// The areas, lines and duties of a report.
pub(super) struct Ground<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) day: Date,
    /// The lines at the bottom, by id.
    pub(super) lines: Vec<Line<'a>>,
    /// The areas that are looked at, by code.
    pub(super) places: Vec<Place<'a>>,
    /// Every live area inside the root, of whatever tier.
    pub(super) inside: HashSet<&'a str>,
    /// The duties that are live on the day, with somebody to do them.
    pub(super) duties: Vec<Live<'a>>,
    of_area: HashMap<&'a str, Vec<usize>>,
    /// The live schemes by the areas where they are in force.
    adopted: HashMap<&'a str, Vec<&'a DutyScheme>>,
}

/// A line at the bottom and those above it.
pub(super) struct Line<'a> {
    pub(super) line: &'a WorkLine,
    pub(super) path: Vec<&'a WorkLine>,
}

/// An area that is looked at and those around it.
pub(super) struct Place<'a> {
    pub(super) area: &'a Area,
    pub(super) path: Vec<&'a Area>,
}

/// A duty that is live, with those who are.
pub(super) struct Live<'a> {
    pub(super) duty: &'a Duty,
    pub(super) scheme: &'a DutyScheme,
    pub(super) role: &'a DutyRole,
    /// Which of the looked-at lines it is for.
    pub(super) lines: Vec<usize>,
    /// Who has it when.
    pub(super) shifts: Vec<(&'a str, WeekHours)>,
}

impl<'a> Ground<'a> {
    pub(super) fn of(catalogue: &'a Catalogue, scope: &Scope<'_>) -> Self {
        let day = scope.day;
        let lines = lines(catalogue, scope);
        let wanted = levels(catalogue, scope);
        let (mut places, mut inside) = (Vec::new(), HashSet::new());
        for area in catalogue.areas.iter().filter(|it| it.validity.covers(day)) {
            let path = catalogue.path_on(area.id.as_str(), day);
            let within = |root| path.iter().any(|it| it.id.as_str() == root);
            if scope.root.is_none_or(within) {
                inside.insert(area.id.as_str());
                if wanted.as_ref().is_none_or(|it| it.contains(&area.level)) {
                    places.push(Place { area, path });
                }
            }
        }
        let mut duties = Vec::new();
        let mut of_area: HashMap<&str, Vec<usize>> = HashMap::new();
        for live in catalogue
            .duties
            .iter()
            .filter_map(|it| live(catalogue, &lines, it, day))
        {
            for area in &live.duty.areas {
                of_area.entry(area.as_str()).or_default().push(duties.len());
            }
            duties.push(live);
        }
        let mut adopted: HashMap<&str, Vec<&DutyScheme>> = HashMap::new();
        for scheme in catalogue
            .duty_schemes
            .iter()
            .filter(|it| it.validity.covers(day))
        {
            for area in &scheme.areas {
                adopted.entry(area.as_str()).or_default().push(scheme);
            }
        }
        Self {
            catalogue,
            day,
            lines,
            places,
            inside,
            duties,
            of_area,
            adopted,
        }
    }

    /// The duties that reach a place: its own and those that reach down from around it, by their position.
    pub(super) fn reaching(&self, place: &Place<'a>) -> Vec<usize> {
        let mut found = Vec::new();
        for (distance, area) in place.path.iter().enumerate() {
            let here = self.of_area.get(area.id.as_str()).into_iter().flatten();
            found.extend(here.filter(|it| distance == 0 || self.duties[**it].duty.whole_subtree));
        }
        found
    }

    /// The scheme in force for a place and a line, as [`Catalogue::scheme_in_force`] finds it.
    pub(super) fn scheme(&self, place: &Place<'a>, line: &Line<'a>) -> Option<&'a DutyScheme> {
        place.path.iter().find_map(|area| {
            let here = self.adopted.get(area.id.as_str())?;
            nearest_line(here.iter().copied(), &line.path)
        })
    }
}

/// The live lines without live lines below them; of the wanted ones and those below, if any are named.
fn lines<'a>(catalogue: &'a Catalogue, scope: &Scope<'_>) -> Vec<Line<'a>> {
    let live = || {
        catalogue
            .work_lines
            .iter()
            .filter(|it| it.validity.covers(scope.day))
    };
    let headings: HashSet<&str> = live()
        .filter_map(|it| Some(it.parent.as_ref()?.as_str()))
        .collect();
    let bottom = live().filter(|it| !headings.contains(it.id.as_str()));
    let lines = bottom.map(|line| Line {
        line,
        path: catalogue.line_path(line.id.as_str()),
    });
    let wanted = |it: &Line<'_>| it.path.iter().any(|it| scope.lines.contains(&it.id));
    lines
        .filter(|it| scope.lines.is_empty() || wanted(it))
        .collect()
}

/// The wanted tiers; `None`: every one.
fn levels(catalogue: &Catalogue, scope: &Scope<'_>) -> Option<Vec<AreaLevel>> {
    if !scope.levels.is_empty() {
        return Some(scope.levels.to_vec());
    }
    let in_force = catalogue
        .duty_schemes
        .iter()
        .filter(|it| it.validity.covers(scope.day) && !it.areas.is_empty());
    let named: Vec<_> = in_force
        .flat_map(|it| &it.roles)
        .filter(|it| it.first)
        .filter_map(|it| it.level)
        .collect();
    (!named.is_empty()).then_some(named)
}

fn live<'a>(
    catalogue: &'a Catalogue,
    lines: &[Line<'a>],
    duty: &'a Duty,
    day: Date,
) -> Option<Live<'a>> {
    if !duty.validity.covers(day) {
        return None;
    }
    let (scheme, _, role) = catalogue.role_of(duty)?;
    let there = |id: &str| {
        catalogue
            .duty_holders
            .get(id)
            .is_some_and(|it| it.validity.covers(day))
    };
    let shifts = duty
        .shifts(day)
        .into_iter()
        .map(|(holder, hours)| (holder.as_str(), hours));
    let shifts: Vec<_> = shifts.filter(|(holder, _)| there(holder)).collect();
    let for_line = |(at, line): (usize, &Line<'a>)| {
        line.path
            .iter()
            .any(|it| duty.work_lines.contains(&it.id))
            .then_some(at)
    };
    Some(Live {
        duty,
        scheme,
        role,
        lines: lines.iter().enumerate().filter_map(for_line).collect(),
        shifts,
    })
}
