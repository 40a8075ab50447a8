//! Borrowed powers: an entrusted one has a delegator and a term and is not passed on (R2), a seconded one has a home
//! department and a first day (M2). Each is worth what the one it is borrowed from holds itself, on every day of its
//! term.

use std::collections::{BTreeSet, HashSet};

use time::Date;

use super::Checks;
use crate::domain::{
    Area, BasisKind, Catalogue, Holder, Item, OrganizationId, Power, Reason, resolve::holds_itself,
};

pub(super) fn check(checks: &mut Checks<'_>, power: &Power, references: bool) {
    belongs(
        checks,
        power,
        "delegator",
        power.delegator.is_some(),
        BasisKind::Entrusted,
    );
    belongs(
        checks,
        power,
        "home",
        power.home.is_some(),
        BasisKind::Seconded,
    );
    match power.basis_kind {
        BasisKind::Entrusted => entrusted(checks, power),
        BasisKind::Seconded => seconded(checks, power),
        BasisKind::Devolved | BasisKind::Concentrated | BasisKind::Statutory => return,
    }
    let Some(own) = power.in_name_of() else {
        return;
    };
    if matches!(&power.holder, Holder::Organization(holder) if holder == own) {
        let text = "nobody borrows a power from itself";
        let zh = "不能委托给自己，也不能向自己派驻";
        checks.add(&power.id, field(power), Reason::NotAllowed, text, zh);
        return;
    }
    let complete = power.validity.first.is_some()
        && (power.validity.last.is_some() || power.basis_kind == BasisKind::Seconded);
    // A power that could not be read may be the very one that is needed.
    if references && complete && !checks.doubtful.has_any(Power::SECTION) {
        held_throughout(checks, power, own);
    }
}

fn belongs(checks: &mut Checks<'_>, power: &Power, field: &str, given: bool, kind: BasisKind) {
    if given && power.basis_kind != kind {
        let text = format!(
            "only a power that is {} has it, this one is {}",
            kind.word(),
            power.basis_kind.word()
        );
        let zh = format!("只有{}的权限才有此项", kind.zh());
        checks.add(&power.id, field, Reason::NotAllowed, text, zh);
    }
}

fn entrusted(checks: &mut Checks<'_>, power: &Power) {
    if power.validity.first.is_none() || power.validity.last.is_none() {
        let text = "an ENTRUSTED power needs a term: valid_from and valid_to";
        let zh = "委托必须有起止期限";
        checks.add(&power.id, "valid_to", Reason::EntrustedIncomplete, text, zh);
    }
    if power.delegator.is_none() {
        let text = "an ENTRUSTED power needs its delegator";
        let zh = "委托必须写明委托单位";
        checks.add(
            &power.id,
            "delegator",
            Reason::EntrustedIncomplete,
            text,
            zh,
        );
    }
}

fn seconded(checks: &mut Checks<'_>, power: &Power) {
    if power.validity.first.is_none() {
        let text = "a SECONDED power needs its first day: valid_from";
        checks.add(
            &power.id,
            "valid_from",
            Reason::Missing,
            text,
            "派驻必须有起始日期",
        );
    }
    if power.home.is_none() {
        let text = "a SECONDED power needs the home department in whose name officers act";
        checks.add(
            &power.id,
            "home",
            Reason::Missing,
            text,
            "派驻必须写明派出部门",
        );
    }
}

/// Whoever it is borrowed from must itself hold every matter and act, all the time. The first lack is reported.
fn held_throughout(checks: &mut Checks<'_>, power: &Power, own: &OrganizationId) {
    let catalogue = checks.catalogue;
    let holders_area = match &power.holder {
        Holder::Organization(id) => catalogue
            .organizations
            .get(id.as_str())
            .and_then(|it| it.area.as_ref()),
        Holder::Kind(_) => None,
    };
    let area = power.area.as_ref().or(holders_area).map(|it| it.as_str());
    let lack = turning_days(catalogue, power, own, area)
        .into_iter()
        .find_map(|day| {
            let acts = |matter| power.acts.iter().map(move |act| (matter, *act));
            let mut pairs = power.matters.iter().flat_map(acts);
            let lack =
                pairs.find(|(it, act)| !holds_itself(catalogue, own, it.as_str(), *act, area, day));
            lack.map(|(matter, act)| (matter, act, day))
        });
    let Some((matter, act, day)) = lack else {
        return;
    };
    if received(catalogue, own, matter.as_str(), day) {
        let text =
            format!("{own} itself holds {matter} only in another's name and cannot pass it on");
        let zh = "受委托或者受派驻的单位不得再委托";
        checks.add(&power.id, field(power), Reason::PassedOn, text, zh);
        return;
    }
    let reason = match power.basis_kind {
        BasisKind::Seconded => Reason::HomeWithoutPower,
        _ => Reason::DelegatorWithoutPower,
    };
    let text = format!(
        "{own} does not itself hold {matter} for {} on {day}",
        act.slug()
    );
    let zh = format!("{own}在{day}自身不具有该权限：{matter}，{}", act.zh());
    checks.add(&power.id, field(power), reason, text, zh);
}

/// Whether somebody holds a matter in another's name on a day.
fn received(catalogue: &Catalogue, unit: &OrganizationId, matter: &str, day: Date) -> bool {
    let Some(unit) = catalogue.current(unit.as_str(), day) else {
        return false;
    };
    let mut borrowed = catalogue
        .powers_over(matter)
        .filter(|it| it.basis_kind.is_borrowed());
    borrowed.any(|it| match &it.holder {
        Holder::Organization(id) => catalogue
            .current(id.as_str(), day)
            .is_some_and(|it| it.id == unit.id),
        Holder::Kind(kind) => *kind == unit.kind,
    })
}

/// The days of a borrowed power's term on which what it rests on may begin or cease: its ends, and where a power over
/// one of its matters or the organization itself begins or has ended, or the territory around its area changes.
fn turning_days(
    catalogue: &Catalogue,
    power: &Power,
    own: &OrganizationId,
    area: Option<&str>,
) -> BTreeSet<Date> {
    let term = power.validity;
    let powers = power
        .matters
        .iter()
        .flat_map(|it| catalogue.powers_over(it.as_str()));
    let powers = powers.filter(|it| !it.basis_kind.is_borrowed());
    let units = catalogue.organizations.get(own.as_str());
    let validities = powers
        .map(|it| it.validity)
        .chain(units.map(|it| it.validity));
    let turns = validities.flat_map(|it| [it.first, it.last.and_then(Date::next_day)]);
    let turns = turns.flatten().chain(territory(catalogue, area));
    let turns = turns.filter(|it| term.covers(*it));
    turns.chain(term.first).chain(term.last).collect()
}

/// The days on which an area, or one that is around it at some time, changes.
fn territory(catalogue: &Catalogue, area: Option<&str>) -> Vec<Date> {
    let (mut days, mut seen) = (Vec::new(), HashSet::new());
    let mut open: Vec<&str> = area.into_iter().collect();
    while let Some(area) = open.pop() {
        if !seen.insert(area) {
            continue;
        }
        for state in catalogue.areas.get(area).into_iter().flat_map(Area::states) {
            days.extend(state.validity.first);
            open.extend(state.parent.map(|it| it.as_str()));
        }
    }
    days
}

fn field(power: &Power) -> &'static str {
    match power.basis_kind {
        BasisKind::Seconded => "home",
        _ => "delegator",
    }
}
