//! Organizations: names by date, a tree that ends, successors, and nobody left behind when one ends.

use time::Date;

use super::{Checks, at};
use crate::domain::{Organization, OrganizationId, OrganizationName, Reason};

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    for unit in checks.each::<Organization>() {
        checks.period(&unit.id, "", &unit.validity);
        names(checks, unit);
        if let Some(area) = &unit.area {
            checks.needs(unit, "area", area, &catalogue.areas);
        }
        if let Some(parent) = &unit.parent
            && checks.refers(&unit.id, "parent", parent, &catalogue.organizations)
        {
            let parent_of = |id: &str| {
                let unit = catalogue.organizations.get(id)?;
                unit.parent.as_ref().map(|it| it.as_str())
            };
            checks.ends(&unit.id, "parent", parent_of);
            outlives(checks, unit, parent.as_str());
        }
        if let Some(successor) = &unit.successor
            && checks.refers(&unit.id, "successor", successor, &catalogue.organizations)
        {
            let next = |id: &str| {
                let unit = catalogue.organizations.get(id)?;
                unit.successor.as_ref().map(|it| it.as_str())
            };
            checks.ends(&unit.id, "successor", next);
            if unit.validity.last.is_none() {
                let text = "has a successor but no last day";
                checks.add(
                    &unit.id,
                    "successor",
                    Reason::Missing,
                    text,
                    "有承继单位却没有终止日期",
                );
            }
            takes_over(checks, unit, "successor", successor);
        }
        for (index, further) in unit.further_successors.iter().enumerate() {
            takes_over(
                checks,
                unit,
                &format!("further_successors[{index}]"),
                further,
            );
        }
    }
}

fn names(checks: &mut Checks<'_>, unit: &Organization) {
    if unit.names.is_empty() {
        checks.add(
            &unit.id,
            "name",
            Reason::Missing,
            "needs a name",
            "缺少名称",
        );
    }
    for (index, name) in unit.names.iter().enumerate() {
        let field = format!("names[{index}]");
        checks.filled(&unit.id, at(&field, "name"), &name.text);
        checks.period(&unit.id, &field, &name.validity);
        let earlier: &[OrganizationName] = &unit.names[..index];
        if earlier
            .iter()
            .any(|it| it.validity.overlaps(&name.validity))
        {
            let text = format!(
                "the name {} is in use while an earlier one still is",
                name.text
            );
            checks.add(
                &unit.id,
                field,
                Reason::OverlappingValidity,
                text,
                "名称的使用期间重叠",
            );
        }
    }
}

/// Whoever takes over must be there on the day after.
fn takes_over(
    checks: &mut Checks<'_>,
    unit: &Organization,
    field: &str,
    successor: &OrganizationId,
) {
    let Some(first) = unit.validity.last.and_then(Date::next_day) else {
        return;
    };
    let there = checks.catalogue.organizations.get(successor.as_str());
    if there.is_some_and(|it| !it.validity.covers(first)) {
        let text = format!("{successor} takes over on {first}, but does not exist on that day");
        let zh = format!("承继单位“{successor}”在{first}不存在");
        checks.add(&unit.id, field, Reason::NotAllowed, text, zh);
    }
}

/// A unit whose superior ends without a successor must not go on.
fn outlives(checks: &mut Checks<'_>, unit: &Organization, parent: &str) {
    let last = checks.catalogue.ends_on(parent);
    if let Some(last) = last.filter(|it| unit.validity.outlasts(*it)) {
        let text =
            format!("goes on after its superior {parent} has ended on {last} without a successor");
        checks.add(
            &unit.id,
            "parent",
            Reason::InUse,
            text,
            format!("上级单位已于{last}撤销且无承继单位"),
        );
    }
}
