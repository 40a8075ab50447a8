//! Secondments (M2): of the home unit's own officer, with its own powers, one at a time, while on the staff.

use std::collections::HashMap;

use time::Date;

use super::Checks;
use crate::domain::{
    BasisKind, Officer, OfficerKind, Organization, Power, Reason, Secondment, capacity::holds,
};

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    let mut lent: HashMap<&str, Vec<&Secondment>> = HashMap::new();
    for it in checks.each_beside::<Secondment>() {
        checks.period(&it.id, "", &it.validity);
        let Some(first) = it.validity.first else {
            let (text, zh) = ("needs a first day", "缺少起始日期");
            checks.add(&it.id, "valid_from", Reason::Missing, text, zh);
            continue;
        };
        units(checks, it, first);
        if checks.needs(it, "officer", &it.officer, &catalogue.officers)
            && let Some(officer) = catalogue.officers.get(it.officer.as_str())
        {
            staff(checks, it, officer, first);
        }
        for (index, power) in it.powers.iter().enumerate() {
            let field = format!("powers[{index}]");
            if checks.refers(&it.id, field.clone(), power, &catalogue.powers)
                && let Some(power) = catalogue.powers.get(power.as_str())
            {
                brings(checks, it, &field, power, first);
            }
        }
        let earlier = lent.entry(it.officer.as_str()).or_default();
        if let Some(other) = earlier
            .iter()
            .find(|other| other.validity.overlaps(&it.validity))
        {
            let text = format!("{} is seconded by {} at the time", it.officer, other.id);
            let zh = format!("该人员同期已由{}派驻", other.id);
            checks.add(&it.id, "", Reason::OverlappingValidity, text, zh);
        }
        earlier.push(it);
    }
}

fn units(checks: &mut Checks<'_>, it: &Secondment, first: Date) {
    let catalogue = checks.catalogue;
    if checks.needs_unit(it, "host", &it.host)
        && let Some(host) = catalogue.current(it.host.as_str(), first)
    {
        if host.is_resident_unit() {
            let (text, zh) = (
                "officers are not seconded to resident units",
                "不得派驻到辖区单位",
            );
            checks.add(&it.id, "host", Reason::NotAllowed, text, zh);
        }
        exists(checks, it, "host", host, first);
    }
    if checks.needs_unit(it, "home", &it.home)
        && let Some(home) = catalogue.current(it.home.as_str(), first)
    {
        exists(checks, it, "home", home, first);
        let host = catalogue.current(it.host.as_str(), first);
        if host.is_some_and(|host| host.id == home.id) {
            let (text, zh) = ("nobody is seconded to the home unit", "不能派驻到本单位");
            checks.add(&it.id, "host", Reason::NotAllowed, text, zh);
        }
    }
}

/// A unit must be there when the secondment begins.
fn exists(checks: &mut Checks<'_>, it: &Secondment, field: &str, unit: &Organization, first: Date) {
    if unit.validity.first.is_some_and(|begins| first < begins) {
        let text = format!("begins before {} exists", unit.id);
        let zh = "早于该单位的设立日期";
        checks.add(&it.id, field, Reason::NotAllowed, text, zh);
    }
}

fn staff(checks: &mut Checks<'_>, it: &Secondment, officer: &Officer, first: Date) {
    let catalogue = checks.catalogue;
    let home = catalogue.current(officer.organization.as_str(), first);
    let lender = catalogue.current(it.home.as_str(), first);
    if let (Some(home), Some(lender)) = (home, lender)
        && home.id != lender.id
    {
        let text = format!("{} is on the staff of {}", officer.id, home.id);
        let zh = format!("该人员属于{}", home.id);
        checks.add(&it.id, "home", Reason::NotAllowed, text, zh);
    }
    if officer.kind == OfficerKind::Auxiliary && !it.powers.is_empty() {
        let (text, zh) = ("an auxiliary brings no powers", "协管人员不带执法权限");
        checks.add(&it.id, "powers", Reason::NotAllowed, text, zh);
    }
    let before = officer.validity.first.is_some_and(|begins| first < begins);
    if before {
        let (text, zh) = (
            "begins before the officer is on the staff",
            "早于该人员入职",
        );
        checks.add(&it.id, "valid_from", Reason::NotAllowed, text, zh);
    }
}

/// A power that is brought is the home unit's own, and of the time.
fn brings(checks: &mut Checks<'_>, it: &Secondment, field: &str, power: &Power, first: Date) {
    let home = checks.catalogue.current(it.home.as_str(), first);
    if let Some(home) = home
        && !holds(checks.catalogue, power, home, first)
    {
        let text = format!("{} is no power of {}", power.id, home.id);
        let zh = format!("不是{}的权限", home.id);
        checks.add(&it.id, field, Reason::NotAllowed, text, zh);
    }
    if matches!(power.basis_kind, BasisKind::Entrusted | BasisKind::Seconded) {
        let kind = power.basis_kind.word();
        let text = format!("{kind} powers are not the home unit's own and cannot be passed on");
        let zh = "委托或者派驻取得的权限不得再带出";
        checks.add(&it.id, field, Reason::PassedOn, text, zh);
    }
    if !power.validity.overlaps(&it.validity) {
        let text = format!("holds {} only, never during the secondment", power.validity);
        let zh = "权限有效期与派驻期间不重叠";
        checks.add(&it.id, field, Reason::NotAllowed, text, zh);
    }
}
