//! Duties: for areas of the role's tier inside the organization's own, by its people, as long as all of it lasts; and
//! one first responsible of a role for an area, a line and an hour.

use std::collections::{BTreeMap, HashMap};

use super::{Checks, duty_holders::of_turn};
use crate::domain::{Duty, DutyHolder, DutyScheme, Organization, Reason, WorkLine};

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    for duty in checks.each::<Duty>() {
        checks.period(&duty.id, "", &duty.validity);
        if checks.needs(duty, "scheme", &duty.scheme, &catalogue.duty_schemes)
            && let Some(scheme) = catalogue.duty_schemes.get(duty.scheme.as_str())
        {
            role(checks, duty, scheme);
        }
        checks.once(&duty.id, "work_lines", &duty.work_lines);
        for (index, line) in duty.work_lines.iter().enumerate() {
            checks.needs(
                duty,
                &format!("work_lines[{index}]"),
                line,
                &catalogue.work_lines,
            );
        }
        for (field, list) in [
            ("areas", duty.areas.is_empty()),
            ("work_lines", duty.work_lines.is_empty()),
        ] {
            if list {
                checks.add(
                    &duty.id,
                    field,
                    Reason::Missing,
                    "needs at least one",
                    "至少一个",
                );
            }
        }
        people(checks, duty);
        areas(checks, duty);
        roster(checks, duty);
    }
    if checks.compares::<Duty>() || checks.compares::<DutyScheme>() || checks.compares::<WorkLine>()
    {
        first_responsible(checks);
    }
}

/// The role is one of the scheme's, and the areas are of its tier.
fn role(checks: &mut Checks<'_>, duty: &Duty, scheme: &DutyScheme) {
    let Some((_, role)) = scheme.role(duty.role.as_str()) else {
        let text = format!("{} has no role {}", scheme.id, duty.role);
        let zh = format!("“{}”没有角色“{}”", scheme.name, duty.role);
        checks.add(&duty.id, "role", Reason::UnknownReference, text, zh);
        return;
    };
    for (index, area) in duty.areas.iter().enumerate() {
        let area = checks.catalogue.areas.get(area.as_str());
        if let Some(area) = area.filter(|it| !role.fits(it.level)) {
            let text = format!("{} is not of the tier the role {} is for", area.id, role.id);
            let zh = format!("“{}”的辖区级别与“{}”不符", area.name, role.name);
            checks.add(
                &duty.id,
                format!("areas[{index}]"),
                Reason::NotAllowed,
                text,
                zh,
            );
        }
    }
}

/// Everybody named is there as long as needed, and of the organization in whose name the duty is done.
fn people(checks: &mut Checks<'_>, duty: &Duty) {
    let catalogue = checks.catalogue;
    if duty.holder.is_none() && duty.roster.is_empty() {
        let text = "needs a holder or a roster";
        checks.add(
            &duty.id,
            "holder",
            Reason::Missing,
            text,
            "没有责任人或轮值表",
        );
    }
    if let Some(unit) = &duty.organization {
        checks.needs_unit(duty, "organization", unit);
    }
    for (index, deputy) in duty.deputies.iter().enumerate() {
        if Some(deputy) == duty.holder.as_ref() || duty.deputies[..index].contains(deputy) {
            let text = format!("{deputy} is named twice");
            checks.add(
                &duty.id,
                format!("deputies[{index}]"),
                Reason::Duplicate,
                text,
                "人员重复",
            );
        }
    }
    for (field, person) in duty.people() {
        if !checks.needs(duty, &field, person, &catalogue.duty_holders) {
            continue;
        }
        let Some(holder) = catalogue.duty_holders.get(person.as_str()) else {
            continue;
        };
        let stranger = duty
            .organization
            .as_ref()
            .filter(|unit| !belongs(checks, holder, unit.as_str()));
        if let Some(unit) = stranger {
            let text = format!("{person} is of {}, not of {unit}", holder.organization);
            checks.add(
                &duty.id,
                field,
                Reason::NotAllowed,
                text,
                format!("责任人“{}”不属于该单位", holder.name),
            );
        }
    }
}

/// Whether a holder works for a unit: as a member of it or of one it took over, or seconded to it.
fn belongs(checks: &Checks<'_>, holder: &DutyHolder, unit: &str) -> bool {
    let became = |day| {
        checks
            .catalogue
            .current(holder.organization.as_str(), day)
            .map(|it| it.id.as_str())
    };
    holder.organization.as_str() == unit
        || became(time::Date::MAX) == Some(unit)
        || checks.seconded(holder, unit)
}

/// The areas exist, and lie in the area of everybody's organization (a team's border, M6).
fn areas(checks: &mut Checks<'_>, duty: &Duty) {
    let catalogue = checks.catalogue;
    let unit = |id: &str| catalogue.current(id, time::Date::MAX);
    let own = duty.organization.as_ref().and_then(|it| unit(it.as_str()));
    let holders = duty
        .people()
        .filter_map(|(_, it)| catalogue.duty_holders.get(it.as_str()));
    let mut units: Vec<&Organization> = match own {
        Some(own) => vec![own],
        None => holders
            .filter_map(|it| unit(it.organization.as_str()))
            .collect(),
    };
    units.sort_by_key(|it| &it.id);
    units.dedup_by_key(|it| &it.id);
    checks.once(&duty.id, "areas", &duty.areas);
    for (index, area) in duty.areas.iter().enumerate() {
        let field = format!("areas[{index}]");
        if !checks.needs(duty, &field, area, &catalogue.areas) {
            continue;
        }
        for unit in &units {
            let outside = |around: &&crate::domain::AreaId| {
                !catalogue.lies_in(area.as_str(), around.as_str())
            };
            if let Some(around) = unit.area.as_ref().filter(outside) {
                let text = format!("{area} lies outside {around}, where {} works", unit.id);
                let zh = format!("“{area}”不在单位“{}”的辖区“{around}”之内", unit.id);
                checks.add(&duty.id, field.clone(), Reason::OutsideArea, text, zh);
            }
        }
    }
}

/// Turns lie inside the duty's hours and do not overlap.
fn roster(checks: &mut Checks<'_>, duty: &Duty) {
    for (index, turn) in duty.roster.iter().enumerate() {
        checks.period(&duty.id, &format!("roster[{index}]"), &turn.validity);
        let outside = turn.hours.without(&duty.hours);
        if !outside.is_empty() {
            let text = format!("outside the duty's hours: {}", outside.texts().join(", "));
            checks.add(
                &duty.id,
                of_turn(index, "hours"),
                Reason::NotAllowed,
                text,
                "轮值时段超出责任时段",
            );
        }
        let clashes = |it: &&crate::domain::DutyTurn| {
            it.validity.overlaps(&turn.validity) && !it.hours.and(&turn.hours).is_empty()
        };
        if let Some(other) = duty.roster[..index].iter().find(clashes) {
            let hours = other.hours.and(&turn.hours).texts().join(", ");
            let text = format!("two turns have {hours}");
            let zh = format!("轮值时段重叠：{hours}");
            checks.add(
                &duty.id,
                of_turn(index, "hours"),
                Reason::OverlappingValidity,
                text,
                zh,
            );
        }
    }
}

/// One first responsible of a role for an area, a line and an hour. Each pair of duties is named once, with the first
/// cell in which they meet.
fn first_responsible(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    let below = lines_below(checks);
    let mut cells: HashMap<(&str, &str, &str, &str), Vec<&Duty>> = HashMap::new();
    let mut clashes: BTreeMap<(&str, &str), (&str, &str, usize)> = BTreeMap::new();
    for duty in catalogue.duties.iter() {
        if !catalogue.role_of(duty).is_some_and(|(.., role)| role.first) {
            continue;
        }
        let mut lines: Vec<&str> = duty
            .work_lines
            .iter()
            .flat_map(|it| below.get(it.as_str()).into_iter().flatten().copied())
            .collect();
        lines.sort_unstable();
        lines.dedup();
        for area in &duty.areas {
            for line in &lines {
                let key = (
                    duty.scheme.as_str(),
                    duty.role.as_str(),
                    area.as_str(),
                    *line,
                );
                let there = cells.entry(key).or_default();
                for other in there.iter().filter(|it| clash(it, duty)) {
                    let pair = (duty.id.as_str(), other.id.as_str());
                    clashes.entry(pair).or_insert((area.as_str(), line, 0)).2 += 1;
                }
                there.push(duty);
            }
        }
    }
    for ((duty, other), (area, line, times)) in clashes {
        let Some(((duty, role), other)) = catalogue
            .duties
            .get(duty)
            .and_then(|it| Some((it, catalogue.role_of(it)?.2)))
            .zip(catalogue.duties.get(other))
        else {
            continue;
        };
        let hours = duty.hours.and(&other.hours).texts().join(", ");
        let more = if times > 1 {
            format!(" and {} more", times - 1)
        } else {
            String::new()
        };
        let text = format!(
            "{} is first responsible for {area} x {line}{more} too: {hours}",
            other.id
        );
        let zh = format!(
            "与“{}”的{}职责重叠：{area}，{line}，{hours}",
            other.id, role.name
        );
        checks.add(&duty.id, "hours", Reason::OverlappingValidity, text, zh);
    }
}

/// Whether two people have the same hours at the same time. The same person twice is one person.
fn clash(one: &Duty, other: &Duty) -> bool {
    let same = one.roster.is_empty() && other.roster.is_empty() && one.holder == other.holder;
    one.id != other.id
        && !same
        && one.validity.overlaps(&other.validity)
        && !one.hours.and(&other.hours).is_empty()
}

/// For each line the lines at the bottom below it; itself if there are none.
fn lines_below<'a>(checks: &Checks<'a>) -> HashMap<&'a str, Vec<&'a str>> {
    let lines = &checks.catalogue.work_lines;
    let headings: std::collections::HashSet<&str> = lines
        .iter()
        .filter_map(|it| Some(it.parent.as_ref()?.as_str()))
        .collect();
    let mut below: HashMap<&str, Vec<&str>> = HashMap::new();
    for line in lines.iter() {
        let id = line.id.as_str();
        if !headings.contains(id) {
            for above in checks.catalogue.line_path(id) {
                below.entry(above.id.as_str()).or_default().push(id);
            }
        }
    }
    below
}
