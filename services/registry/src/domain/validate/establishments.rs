//! Norms of organizations: one at a time, bounds in order, money not negative; and who took over after a split.

use super::{Checks, at};
use crate::domain::{Establishment, Organization, Reason};

pub(super) fn check(checks: &mut Checks<'_>) {
    for unit in checks.each::<Organization>() {
        for (index, norms) in unit.establishments.iter().enumerate() {
            let field = format!("establishments[{index}]");
            checks.period(&unit.id, &field, &norms.validity);
            bounds(checks, unit, &field, norms);
            let mut earlier = unit.establishments[..index].iter();
            if earlier.any(|it| it.validity.overlaps(&norms.validity)) {
                let text = "applies while earlier norms still do";
                let zh = "编制标准的适用期间重叠";
                checks.add(&unit.id, field, Reason::OverlappingValidity, text, zh);
            }
        }
        successors(checks, unit);
    }
}

fn bounds(checks: &mut Checks<'_>, unit: &Organization, field: &str, norms: &Establishment) {
    let staff = [
        ("staff_max", norms.staff_min, norms.staff_max),
        ("staff_norm", norms.staff_min, norms.staff_norm),
        ("staff_max", norms.staff_norm, norms.staff_max),
    ];
    let staff = staff.map(|(key, low, high)| (key, low.map(i64::from), high.map(i64::from)));
    let money = [("budget_max", norms.budget_min, norms.budget_max)];
    for (key, low, high) in staff.into_iter().chain(money) {
        if let (Some(low), Some(high)) = (low, high)
            && high < low
        {
            let text = format!("{high} is less than the bound below it, {low}");
            let zh = format!("{high}小于下限{low}");
            checks.add(&unit.id, at(field, key), Reason::NotAllowed, text, zh);
        }
    }
    let amounts = [
        ("budget_min", norms.budget_min),
        ("budget_max", norms.budget_max),
        ("budget", norms.budget),
    ];
    for (key, _) in amounts
        .into_iter()
        .filter(|(_, it)| it.is_some_and(|it| it < 0))
    {
        let (text, zh) = ("must not be negative", "不能为负数");
        checks.add(&unit.id, at(field, key), Reason::NotAllowed, text, zh);
    }
}

fn successors(checks: &mut Checks<'_>, unit: &Organization) {
    for (index, further) in unit.further_successors.iter().enumerate() {
        let field = format!("further_successors[{index}]");
        let table = &checks.catalogue.organizations;
        checks.refers(&unit.id, field.clone(), further, table);
        let repeated = unit.further_successors[..index].contains(further);
        if repeated || unit.successor.as_ref() == Some(further) || *further == unit.id {
            let (text, zh) = ("takes over already", "承继单位重复");
            checks.add(&unit.id, field, Reason::Duplicate, text, zh);
        }
    }
    if !unit.further_successors.is_empty() && unit.successor.is_none() {
        let text = "needs a `successor`, the one its id means from then on";
        let zh = "缺少主要承继单位";
        checks.add(&unit.id, "successor", Reason::Missing, text, zh);
    }
}
