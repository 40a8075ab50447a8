//! The coverage report (M7): every area, line and hour of the week has exactly one first responsible.
//!
//! A cell is an area and a line. What it demands: the hours asked for, else those the scheme in force demands of its
//! first role, else the whole week. Absences are no gaps here: the report is about the plan of the week, the chain
//! about a moment. The same person in two duties is one person.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Ground, Scope,
    ground::{Line, Place},
};
use crate::domain::{
    Area, Catalogue, Duty, DutyHolder, DutyRole, WorkLine,
    week::{Span, WEEK, WeekHours},
};

/// The report.
#[derive(Debug, Default)]
pub struct Coverage<'a> {
    /// By area, line and kind; what is about a holder comes last.
    pub findings: Vec<Finding<'a>>,
    /// How many cells there should be.
    pub expected_cells: u32,
    /// How many have exactly one first responsible in all the hours they demand.
    pub covered_cells: u32,
    /// Over all cells.
    pub minutes: Minutes,
    /// Hours of the week in which the cells stand the same.
    pub spans: Vec<(WeekHours, Cells)>,
    /// Areas looked at.
    pub areas: u32,
    /// Those with some first responsible for some line and hour.
    pub areas_with_holder: u32,
    /// Holders with first responsibility for one of the areas itself.
    pub holders: u32,
    /// Pairs of holder and area.
    pub assignments: u32,
}

/// Minutes of the week, summed over cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minutes {
    /// Demanded.
    pub expected: i64,
    /// With exactly one.
    pub covered: i64,
    /// With nobody.
    pub gap: i64,
    /// With more than one.
    pub overlap: i64,
}

/// How many cells stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cells {
    /// Exactly one.
    pub covered: i32,
    /// Nobody.
    pub gap: i32,
    /// More than one.
    pub overlap: i32,
}

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// An area without any first responsible.
    AreaWithoutHolder,
    /// Nobody is first responsible (空白/盲区).
    Gap,
    /// More than one is.
    Overlap,
    /// A further role does not cover the hours it must.
    RoleGap,
    /// A holder without any area.
    HolderWithoutArea,
    /// A holder with more areas than the role allows.
    TooManyAreas,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::AreaWithoutHolder,
        Self::Gap,
        Self::Overlap,
        Self::RoleGap,
        Self::HolderWithoutArea,
        Self::TooManyAreas,
    ];
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding<'a> {
    /// What.
    pub kind: FindingKind,
    /// The area, unless it is about a holder.
    pub area: Option<&'a Area>,
    /// The line, if about one.
    pub line: Option<&'a WorkLine>,
    /// The role, if about one.
    pub role: Option<&'a DutyRole>,
    /// The hours.
    pub hours: WeekHours,
    /// The duties.
    pub duties: Vec<&'a Duty>,
    /// The holder, if about one.
    pub holder: Option<&'a DutyHolder>,
    /// How many areas the holder has.
    pub count: u32,
    /// How many it may have.
    pub limit: u32,
}

impl Coverage<'_> {
    /// How many findings there are of a kind.
    pub fn count(&self, kind: FindingKind) -> u32 {
        count(self.findings.iter().filter(|it| it.kind == kind).count())
    }

    /// Pairs of holder and area beyond one for each holder.
    pub fn beyond_one(&self) -> u32 {
        self.assignments - self.holders
    }
}

/// Makes the report. `hours`: what every cell demands; `None`: what the schemes demand.
pub fn coverage<'a>(
    catalogue: &'a Catalogue,
    scope: &Scope<'_>,
    hours: Option<&WeekHours>,
) -> Coverage<'a> {
    let ground = Ground::of(catalogue, scope);
    let mut report = Coverage {
        areas: count(ground.places.len()),
        ..Coverage::default()
    };
    let mut week = Week::new();
    for place in &ground.places {
        look(&ground, place, hours, &mut report, &mut week);
    }
    report.spans = week.spans();
    (report.holders, report.assignments) = assignments(&ground);
    report.findings.extend(idle(&ground, scope.root));
    report.findings.extend(overloaded(&ground));
    report
}

/// Looks at the cells of an area.
fn look<'a>(
    ground: &Ground<'a>,
    place: &Place<'a>,
    hours: Option<&WeekHours>,
    report: &mut Coverage<'a>,
    week: &mut Week,
) {
    let (mut first, mut others) = (
        vec![Vec::new(); ground.lines.len()],
        vec![Vec::new(); ground.lines.len()],
    );
    for at in ground.reaching(place) {
        let lists = if ground.duties[at].role.first {
            &mut first
        } else {
            &mut others
        };
        for line in &ground.duties[at].lines {
            lists[*line].push(at);
        }
    }
    let (mut findings, mut somebody) = (Vec::new(), false);
    for (line, (first, others)) in ground.lines.iter().zip(first.iter().zip(&others)) {
        let scheme = ground.scheme(place, line);
        let fits = |it: &&DutyRole| it.first && it.fits(place.area.level);
        let demanded = scheme
            .and_then(|it| it.roles.iter().find(fits))
            .map(|it| &it.required);
        let demand = hours
            .or(demanded.filter(|it| !it.is_empty()))
            .cloned()
            .unwrap_or_else(WeekHours::whole);
        let cell = Cell::of(ground, first);
        somebody |= !cell.some.is_empty();
        let (gap, overlap) = (demand.without(&cell.some), demand.and(&cell.several));
        let covered = demand.without(&gap).without(&overlap);
        week.add(&covered, |it| &mut it.covered);
        week.add(&gap, |it| &mut it.gap);
        week.add(&overlap, |it| &mut it.overlap);
        report.minutes.expected += demand.minutes();
        report.minutes.covered += covered.minutes();
        report.minutes.gap += gap.minutes();
        report.minutes.overlap += overlap.minutes();
        report.expected_cells += 1;
        report.covered_cells += u32::from(gap.is_empty() && overlap.is_empty());
        let found = |kind, hours, duties| finding(kind, place, line, hours, duties);
        if !gap.is_empty() {
            findings.push(found(FindingKind::Gap, gap, ground.named(first)));
        }
        if !overlap.is_empty() {
            let in_it = cell.duties_in(ground, first, &overlap);
            findings.push(found(FindingKind::Overlap, overlap, in_it));
        }
        let further = scheme.iter().flat_map(|it| &it.roles).filter(|it| {
            !it.first && it.level == Some(place.area.level) && !it.required.is_empty()
        });
        for role in further {
            let of_role = |at: &&usize| {
                ground.duties[**at].role.id == role.id
                    && scheme.is_some_and(|it| it.id == ground.duties[**at].scheme.id)
            };
            let own: Vec<usize> = others.iter().filter(of_role).copied().collect();
            let gap = role.required.without(&Cell::of(ground, &own).some);
            if !gap.is_empty() {
                let found = found(FindingKind::RoleGap, gap, ground.named(&own));
                findings.push(Finding {
                    role: Some(role),
                    ..found
                });
            }
        }
    }
    report.areas_with_holder += u32::from(somebody);
    if !somebody && !ground.lines.is_empty() {
        report.findings.push(Finding {
            area: Some(place.area),
            ..empty(FindingKind::AreaWithoutHolder)
        });
    }
    report.findings.extend(findings);
}

/// When a cell has somebody, and when more than one.
struct Cell {
    some: WeekHours,
    several: WeekHours,
}

impl Cell {
    fn of(ground: &Ground<'_>, duties: &[usize]) -> Self {
        let shifts = duties.iter().flat_map(|it| &ground.duties[*it].shifts);
        let mut spans: Vec<(Span, &str)> = shifts
            .flat_map(|(who, hours)| hours.spans().iter().map(|it| (*it, *who)))
            .collect();
        spans.sort_unstable();
        let mut several = Vec::new();
        for (at, (span, who)) in spans.iter().enumerate() {
            let later = spans[at + 1..].iter().take_while(|(it, _)| it.0 < span.1);
            several.extend(
                later
                    .filter(|(_, other)| other != who)
                    .map(|(it, _)| (it.0, it.1.min(span.1))),
            );
        }
        Self {
            some: WeekHours::of(spans.into_iter().map(|(span, _)| span).collect()),
            several: WeekHours::of(several),
        }
    }

    fn duties_in<'a>(
        &self,
        ground: &Ground<'a>,
        duties: &[usize],
        hours: &WeekHours,
    ) -> Vec<&'a Duty> {
        let in_them = |it: &&usize| {
            ground.duties[**it]
                .shifts
                .iter()
                .any(|(_, shift)| !shift.and(hours).is_empty())
        };
        let named: Vec<usize> = duties.iter().filter(in_them).copied().collect();
        ground.named(&named)
    }
}

impl<'a> Ground<'a> {
    fn named(&self, duties: &[usize]) -> Vec<&'a Duty> {
        duties.iter().map(|it| self.duties[*it].duty).collect()
    }
}

fn finding<'a>(
    kind: FindingKind,
    place: &Place<'a>,
    line: &Line<'a>,
    hours: WeekHours,
    duties: Vec<&'a Duty>,
) -> Finding<'a> {
    Finding {
        area: Some(place.area),
        line: Some(line.line),
        hours,
        duties,
        ..empty(kind)
    }
}

fn empty<'a>(kind: FindingKind) -> Finding<'a> {
    Finding {
        kind,
        area: None,
        line: None,
        role: None,
        hours: WeekHours::NONE,
        duties: Vec::new(),
        holder: None,
        count: 0,
        limit: 0,
    }
}

/// How many holders have first responsibility for a looked-at area itself, and how many pairs there are.
fn assignments(ground: &Ground<'_>) -> (u32, u32) {
    let looked: BTreeSet<&str> = ground.places.iter().map(|it| it.area.id.as_str()).collect();
    let mut pairs = BTreeSet::new();
    for live in ground.duties.iter().filter(|it| it.role.first) {
        for area in live
            .duty
            .areas
            .iter()
            .filter(|it| looked.contains(it.as_str()))
        {
            pairs.extend(live.shifts.iter().map(|(who, _)| (*who, area.as_str())));
        }
    }
    let holders: BTreeSet<&str> = pairs.iter().map(|(who, _)| *who).collect();
    (count(holders.len()), count(pairs.len()))
}

/// Holders without any duty whose organization works inside the root.
fn idle<'a>(ground: &Ground<'a>, root: Option<&str>) -> Vec<Finding<'a>> {
    let catalogue = ground.catalogue;
    let mut busy: BTreeSet<&str> = BTreeSet::new();
    for live in &ground.duties {
        busy.extend(live.shifts.iter().map(|(who, _)| *who));
        busy.extend(live.duty.deputies.iter().map(|it| it.as_str()));
    }
    let inside = |holder: &DutyHolder| {
        let home = catalogue.current(holder.organization.as_str(), ground.day);
        let area = home.and_then(|it| it.area.as_ref());
        root.is_none() || area.is_some_and(|it| ground.inside.contains(it.as_str()))
    };
    let live = catalogue
        .duty_holders
        .iter()
        .filter(|it| it.validity.covers(ground.day));
    let idle = live.filter(|it| !busy.contains(it.id.as_str()) && inside(it));
    idle.map(|holder| Finding {
        holder: Some(holder),
        ..empty(FindingKind::HolderWithoutArea)
    })
    .collect()
}

/// Holders with more areas than a role allows, one of them inside the root.
fn overloaded<'a>(ground: &Ground<'a>) -> Vec<Finding<'a>> {
    type Load<'a> = (BTreeSet<&'a str>, BTreeSet<&'a str>, &'a DutyRole);
    let mut loads: BTreeMap<(&str, &str, &str), Load<'a>> = BTreeMap::new();
    let mut of_id: HashMap<&str, &Duty> = HashMap::new();
    for live in ground
        .duties
        .iter()
        .filter(|it| it.role.max_areas.is_some())
    {
        of_id.insert(live.duty.id.as_str(), live.duty);
        for (who, _) in &live.shifts {
            let key = (*who, live.scheme.id.as_str(), live.role.id.as_str());
            let load = loads
                .entry(key)
                .or_insert_with(|| (BTreeSet::new(), BTreeSet::new(), live.role));
            load.0.extend(live.duty.areas.iter().map(|it| it.as_str()));
            load.1.insert(live.duty.id.as_str());
        }
    }
    let too_many = loads
        .into_iter()
        .filter_map(|((who, ..), (areas, duties, role))| {
            let limit = role.max_areas.filter(|it| areas.len() > *it as usize)?;
            areas.iter().find(|it| ground.inside.contains(**it))?;
            Some(Finding {
                role: Some(role),
                duties: duties
                    .iter()
                    .filter_map(|it| of_id.get(it).copied())
                    .collect(),
                holder: ground.catalogue.duty_holders.get(who),
                count: count(areas.len()),
                limit,
                ..empty(FindingKind::TooManyAreas)
            })
        });
    too_many.collect()
}

/// How the cells stand in every minute of the week, kept as what changes when.
struct Week(Vec<Cells>);

impl Week {
    fn new() -> Self {
        Self(vec![Cells::default(); usize::from(WEEK) + 1])
    }

    fn add(&mut self, hours: &WeekHours, field: impl Fn(&mut Cells) -> &mut i32) {
        for (from, to) in hours.spans() {
            *field(&mut self.0[usize::from(*from)]) += 1;
            *field(&mut self.0[usize::from(*to)]) -= 1;
        }
    }

    /// Hours with the same numbers together, in the order in which they first come.
    fn spans(&self) -> Vec<(WeekHours, Cells)> {
        let mut groups: Vec<(Vec<Span>, Cells)> = Vec::new();
        let mut places: HashMap<(i32, i32, i32), usize> = HashMap::new();
        let (mut now, mut from) = (Cells::default(), 0);
        for minute in 0..=WEEK {
            let step = self.0[usize::from(minute)];
            let next = Cells {
                covered: now.covered + step.covered,
                gap: now.gap + step.gap,
                overlap: now.overlap + step.overlap,
            };
            if next != now || minute == WEEK {
                if from < minute {
                    let place = *places
                        .entry((now.covered, now.gap, now.overlap))
                        .or_insert(groups.len());
                    if place == groups.len() {
                        groups.push((Vec::new(), now));
                    }
                    groups[place].0.push((from, minute));
                }
                (now, from) = (next, minute);
            }
        }
        groups
            .into_iter()
            .map(|(spans, cells)| (WeekHours::of(spans), cells))
            .collect()
    }
}

fn count(it: usize) -> u32 {
    u32::try_from(it).unwrap_or(u32::MAX)
}
