//! Norm, actual, gap (M3, M12, A1): whether organizations have the people, vehicles and money they should.
//!
//! Everybody is counted once, where they serve: a seconded officer with the host. So sums count nobody twice. In a
//! sum a surplus in one unit fills no gap in another.

use std::collections::{HashMap, HashSet};

use time::Date;

use super::{
    Catalogue, Establishment, OfficerKind, Organization, ShiftKind,
    establishment::{EMERGENCY_SQUAD, LIAISON_STATION},
    roster::midnight,
};

/// People and equipment of one organization, or of several together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Staffing<'a> {
    /// Whose; `None`: a sum.
    pub organization: Option<&'a Organization>,
    /// The norms of the day; in a sum those that are stated, added up.
    pub establishment: Option<Establishment>,
    /// Officers of its own who serve here.
    pub own: u32,
    /// Officers seconded from elsewhere.
    pub seconded: u32,
    /// Auxiliaries.
    pub temporary: u32,
    /// Officers of its own who serve elsewhere; not part of the staff.
    pub away: u32,
    /// Officers here with a certificate valid on the day.
    pub certified: u32,
    /// Of these, who may prepare case files.
    pub case_files: u32,
    /// Absent, or on leave by the roster and not on duty.
    pub absent: u32,
    /// Serviceable vehicles.
    pub vehicles: u32,
    /// Vehicles that cannot be used.
    pub unserviceable: u32,
    /// People lacking to the norm.
    pub staff_gap: u32,
    /// Serviceable vehicles lacking to the norm.
    pub vehicle_gap: u32,
    /// What is lacking or too much.
    pub findings: Vec<Finding>,
}

/// What is lacking or too much: what there is, and the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A squad or station without minimum and maximum staff.
    NoNorm,
    /// Fewer people than the norm.
    StaffBelowNorm(u32, u32),
    /// Fewer people than the minimum.
    StaffBelowMinimum(u32, u32),
    /// More people than the maximum.
    StaffAboveMaximum(u32, u32),
    /// Fewer serviceable vehicles than the norm.
    VehiclesBelowNorm(u32, u32),
    /// A liaison station without a budget or its bounds.
    NoBudget,
    /// Less money than the minimum, in fen.
    BudgetBelowMinimum(i64, i64),
    /// More money than the maximum, in fen.
    BudgetAboveMaximum(i64, i64),
}

impl Staffing<'_> {
    /// Everybody who serves here.
    pub fn staff(&self) -> u32 {
        self.own + self.seconded + self.temporary
    }
}

/// The organizations a report is about, live on a day: one, everything below it in the line as well, or all. The
/// asked one comes first, the others in the order of their ids.
pub fn scope<'a>(
    catalogue: &'a Catalogue,
    top: Option<&'a Organization>,
    below: bool,
    on: Date,
) -> Vec<&'a Organization> {
    let live = catalogue
        .organizations
        .iter()
        .filter(|it| it.validity.covers(on));
    match top {
        None => live.collect(),
        Some(top) if !below => vec![top],
        Some(top) => {
            let below = live.filter(|it| it.id != top.id && in_line(catalogue, it, top, on));
            std::iter::once(top).chain(below).collect()
        }
    }
}

/// Whether an organization is, or stands below, another in the line (条).
pub fn in_line(catalogue: &Catalogue, unit: &Organization, top: &Organization, on: Date) -> bool {
    line(catalogue, unit, on).iter().any(|it| it.id == top.id)
}

/// An organization and its superiors in the line, the nearest first. Ends where a tree closes on itself.
pub fn line<'a>(
    catalogue: &'a Catalogue,
    unit: &'a Organization,
    on: Date,
) -> Vec<&'a Organization> {
    let (mut line, mut seen) = (Vec::new(), HashSet::new());
    let mut next = Some(unit);
    while let Some(unit) = next.filter(|it| seen.insert(it.id.as_str())) {
        line.push(unit);
        let parent = unit.parent.as_ref();
        next = parent.and_then(|it| catalogue.current(it.as_str(), on));
    }
    line
}

/// People and equipment of organizations on a day, and all of them together.
pub fn report<'a>(
    catalogue: &'a Catalogue,
    units: &[&'a Organization],
    on: Date,
) -> (Vec<Staffing<'a>>, Staffing<'a>) {
    let mut rows: HashMap<&str, Staffing<'a>> = HashMap::new();
    for unit in units {
        let row = Staffing {
            organization: Some(unit),
            establishment: unit.establishment_on(on).cloned(),
            ..Staffing::default()
        };
        rows.insert(unit.id.as_str(), row);
    }
    people(catalogue, &mut rows, on);
    for vehicle in catalogue
        .vehicles
        .iter()
        .filter(|it| it.validity.covers(on))
    {
        let unit = catalogue.current(vehicle.organization.as_str(), on);
        let Some(row) = unit.and_then(|it| rows.get_mut(it.id.as_str())) else {
            continue;
        };
        if vehicle.unserviceable {
            row.unserviceable += 1;
        } else {
            row.vehicles += 1;
        }
    }
    let mut each = Vec::with_capacity(units.len());
    let mut total = Staffing::default();
    for unit in units {
        if let Some(mut row) = rows.remove(unit.id.as_str()) {
            compare(&mut row);
            add(&mut total, &row);
            each.push(row);
        }
    }
    (each, total)
}

fn people<'a>(catalogue: &'a Catalogue, rows: &mut HashMap<&str, Staffing<'a>>, on: Date) {
    let current = |id: &str| catalogue.current(id, on).map(|it| it.id.as_str());
    let live = catalogue
        .secondments
        .iter()
        .filter(|it| it.validity.covers(on));
    let hosts: HashMap<&str, &str> = live
        .filter_map(|it| Some((it.officer.as_str(), current(it.host.as_str())?)))
        .collect();
    let on_leave = on_leave(catalogue, on);
    for officer in catalogue
        .officers
        .iter()
        .filter(|it| it.validity.covers(on))
    {
        let home = current(officer.organization.as_str());
        let host = hosts.get(officer.id.as_str()).copied();
        let guest = host.is_some() && host != home;
        if guest && let Some(row) = home.and_then(|it| rows.get_mut(it)) {
            row.away += 1;
        }
        let Some(row) = host.or(home).and_then(|it| rows.get_mut(it)) else {
            continue;
        };
        match officer.kind {
            OfficerKind::Auxiliary => row.temporary += 1,
            OfficerKind::Officer if guest => row.seconded += 1,
            OfficerKind::Officer => row.own += 1,
        }
        let certified = officer.kind == OfficerKind::Officer
            && officer.certificates.iter().any(|it| it.validity.covers(on));
        row.certified += u32::from(certified);
        row.case_files += u32::from(certified && officer.case_files);
        let absent = officer.absences.iter().any(|it| it.validity.covers(on));
        row.absent += u32::from(absent || on_leave.contains(officer.id.as_str()));
    }
}

/// Who is on leave by a roster on a day and not on duty that day.
fn on_leave(catalogue: &Catalogue, on: Date) -> HashSet<&str> {
    let start = midnight(on);
    let end = on.next_day().map_or(start, midnight);
    let rosters = catalogue.rosters.iter().filter(|it| it.validity.covers(on));
    let shifts: Vec<_> = rosters
        .flat_map(|it| &it.shifts)
        .filter(|it| it.overlaps(start, end))
        .collect();
    let who = |wanted: fn(ShiftKind) -> bool| {
        let wanted = shifts.iter().filter(move |it| wanted(it.kind));
        wanted.map(|it| it.officer.as_str()).collect::<HashSet<_>>()
    };
    let working = who(ShiftKind::is_work);
    let mut leaving = who(|it| it == ShiftKind::Leave);
    leaving.retain(|it| !working.contains(it));
    leaving
}

/// Compares what there is with the norms.
fn compare(row: &mut Staffing<'_>) {
    let unit = row.organization;
    let is = |kind: &str| unit.is_some_and(|it: &Organization| it.kind.as_str() == kind);
    let (squad, station) = (is(EMERGENCY_SQUAD), is(LIAISON_STATION));
    let norms = row.establishment.clone().unwrap_or_default();
    let (staff, vehicles) = (row.staff(), row.vehicles);
    let mut found = Vec::new();
    if (squad || station) && (norms.staff_min.is_none() || norms.staff_max.is_none()) {
        found.push(Finding::NoNorm);
    }
    if let Some(norm) = norms.staff_norm.filter(|it| staff < *it) {
        row.staff_gap = norm - staff;
        found.push(Finding::StaffBelowNorm(staff, norm));
    }
    if let Some(min) = norms.staff_min.filter(|it| staff < *it) {
        found.push(Finding::StaffBelowMinimum(staff, min));
    }
    if let Some(max) = norms.staff_max.filter(|it| staff > *it) {
        found.push(Finding::StaffAboveMaximum(staff, max));
    }
    if let Some(norm) = norms.vehicle_norm.filter(|it| vehicles < *it) {
        row.vehicle_gap = norm - vehicles;
        found.push(Finding::VehiclesBelowNorm(vehicles, norm));
    }
    let bounded = norms.budget_min.is_some() && norms.budget_max.is_some();
    if station && (norms.budget.is_none() || !bounded) {
        found.push(Finding::NoBudget);
    }
    if let Some(budget) = norms.budget {
        if let Some(min) = norms.budget_min.filter(|it| budget < *it) {
            found.push(Finding::BudgetBelowMinimum(budget, min));
        }
        if let Some(max) = norms.budget_max.filter(|it| budget > *it) {
            found.push(Finding::BudgetAboveMaximum(budget, max));
        }
    }
    row.findings = found;
}

fn add(total: &mut Staffing<'_>, row: &Staffing<'_>) {
    total.own += row.own;
    total.seconded += row.seconded;
    total.temporary += row.temporary;
    total.away += row.away;
    total.certified += row.certified;
    total.case_files += row.case_files;
    total.absent += row.absent;
    total.vehicles += row.vehicles;
    total.unserviceable += row.unserviceable;
    total.staff_gap += row.staff_gap;
    total.vehicle_gap += row.vehicle_gap;
    if let Some(norms) = &row.establishment {
        let sum = total.establishment.get_or_insert_default();
        count(&mut sum.staff_norm, norms.staff_norm);
        count(&mut sum.staff_min, norms.staff_min);
        count(&mut sum.staff_max, norms.staff_max);
        count(&mut sum.vehicle_norm, norms.vehicle_norm);
        money(&mut sum.budget_min, norms.budget_min);
        money(&mut sum.budget_max, norms.budget_max);
        money(&mut sum.budget, norms.budget);
    }
}

fn count(sum: &mut Option<u32>, more: Option<u32>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0).saturating_add(more));
    }
}

fn money(sum: &mut Option<i64>, more: Option<i64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0).saturating_add(more));
    }
}
