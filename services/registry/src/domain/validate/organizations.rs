//! Organizations: names by date, a tree that ends, successors, and nobody left behind when one ends.

use super::{Checks, at};
use crate::domain::{Organization, OrganizationName, Reason};

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

/// A unit whose superior ends without a successor must not go on.
fn outlives(checks: &mut Checks<'_>, unit: &Organization, parent: &str) {
    let Some(parent) = checks.catalogue.organizations.get(parent) else {
        return;
    };
    let Some(last) = parent.validity.last else {
        return;
    };
    if parent.successor.is_none() && unit.validity.outlasts(last) {
        let text = format!(
            "goes on after its superior {} has ended on {last} without a successor",
            parent.id
        );
        checks.add(
            &unit.id,
            "parent",
            Reason::InUse,
            text,
            format!("上级单位已于{last}撤销且无承继单位"),
        );
    }
}
