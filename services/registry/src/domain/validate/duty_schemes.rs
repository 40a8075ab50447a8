//! Duty schemes: roles that make an order with a first responsible for each tier, and one scheme in force at a place.

use std::collections::{HashMap, HashSet};

use super::{Checks, at};
use crate::domain::{DutyRole, DutyScheme, Reason};

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    for scheme in checks.each::<DutyScheme>() {
        checks.filled(&scheme.id, "name", &scheme.name);
        checks.period(&scheme.id, "", &scheme.validity);
        roles(checks, scheme);
        checks.once(&scheme.id, "areas", &scheme.areas);
        for (index, area) in scheme.areas.iter().enumerate() {
            checks.needs(scheme, &format!("areas[{index}]"), area, &catalogue.areas);
        }
        checks.once(&scheme.id, "work_lines", &scheme.work_lines);
        for (index, line) in scheme.work_lines.iter().enumerate() {
            checks.needs(
                scheme,
                &format!("work_lines[{index}]"),
                line,
                &catalogue.work_lines,
            );
        }
    }
    if checks.compares::<DutyScheme>() {
        in_force(checks);
    }
}

fn roles(checks: &mut Checks<'_>, scheme: &DutyScheme) {
    let (id, mut seen) = (&scheme.id, HashSet::new());
    for (index, role) in scheme.roles.iter().enumerate() {
        let field = format!("roles[{index}]");
        checks.filled(id, at(&field, "name"), &role.name);
        if !seen.insert(role.id.as_str()) {
            let text = format!("the role {} is there twice", role.id);
            checks.add(
                id,
                at(&field, "id"),
                Reason::Duplicate,
                text,
                "角色编号重复",
            );
        }
        let clashes = |it: &&DutyRole| {
            it.first
                && role.first
                && (it.level.is_none() || role.level.is_none() || it.level == role.level)
        };
        if let Some(other) = scheme.roles[..index].iter().find(clashes) {
            let text = format!("{} is the first responsible of that tier already", other.id);
            let zh = format!("同级辖区的第一责任人已定为“{}”", other.name);
            checks.add(id, at(&field, "first"), Reason::NotAllowed, text, zh);
        }
    }
    if scheme.roles.iter().all(|it| !it.first) {
        let text = "no role is the first responsible";
        checks.add(id, "roles", Reason::Missing, text, "没有确定第一责任人");
    }
}

/// For one area and line only one scheme may be in force at a time, unless one names the line and the other all.
fn in_force(checks: &mut Checks<'_>) {
    let mut adopted: HashMap<&str, Vec<&DutyScheme>> = HashMap::new();
    for scheme in checks.catalogue.duty_schemes.iter() {
        for (index, area) in scheme.areas.iter().enumerate() {
            let here = adopted.entry(area.as_str()).or_default();
            let same = |it: &&&DutyScheme| {
                let shared = scheme
                    .work_lines
                    .iter()
                    .any(|line| it.work_lines.contains(line));
                let both_for_all = scheme.work_lines.is_empty() && it.work_lines.is_empty();
                it.id != scheme.id
                    && it.validity.overlaps(&scheme.validity)
                    && (shared || both_for_all)
            };
            if let Some(other) = here.iter().find(same) {
                let text = format!("{} is in force in {area} at the same time", other.id);
                let zh = format!("“{}”同期已在该辖区施行", other.name);
                checks.add(
                    &scheme.id,
                    format!("areas[{index}]"),
                    Reason::OverlappingValidity,
                    text,
                    zh,
                );
            }
            here.push(scheme);
        }
    }
}
