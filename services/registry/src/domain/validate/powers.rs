//! Powers: a basis, a holder that may have one, nothing it outlives, nothing said twice.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use time::Date;

use super::{Checks, borrowed};
use crate::domain::{Act, Holder, MatterId, OrganizationId, Power, PowerId, Reason};

pub(super) fn check(checks: &mut Checks<'_>) {
    for power in checks.each::<Power>() {
        let references = references(checks, power);
        checks.period(&power.id, "", &power.validity);
        if power.matters.is_empty() {
            checks.add(
                &power.id,
                "matters",
                Reason::Missing,
                "needs at least one matter",
                "至少需要一个事项",
            );
        }
        if power.acts.is_empty() {
            checks.add(
                &power.id,
                "acts",
                Reason::Missing,
                "needs at least one act",
                "至少需要一种执法行为",
            );
        }
        if power.basis.trim().is_empty() {
            checks.add(
                &power.id,
                "basis",
                Reason::NoBasis,
                "a power needs a basis",
                "执法权限必须有依据",
            );
        }
        resident_unit(checks, power);
        once(checks, power);
        borrowed::check(checks, power, references);
    }
    if checks.compares::<Power>() {
        overlaps(checks);
    }
}

/// Whether everything it refers to is there.
fn references(checks: &mut Checks<'_>, power: &Power) -> bool {
    let catalogue = checks.catalogue;
    let mut all = true;
    for (index, matter) in power.matters.iter().enumerate() {
        let field = format!("matters[{index}]");
        all &= checks.refers(&power.id, field.clone(), matter, &catalogue.matters);
        let ends = catalogue.matters.get(matter.as_str());
        outlived(
            checks,
            power,
            field,
            matter.as_str(),
            ends.and_then(|it| it.validity.last),
        );
    }
    if let Holder::Organization(holder) = &power.holder {
        all &= checks.refers(&power.id, "holder", holder, &catalogue.organizations);
        ended(checks, power, holder);
    }
    if let Some(area) = &power.area {
        all &= checks.refers(&power.id, "area", area, &catalogue.areas);
        let ends = catalogue.areas.get(area.as_str());
        outlived(
            checks,
            power,
            "area".into(),
            area.as_str(),
            ends.and_then(|it| it.validity.last),
        );
    }
    if let Some(delegator) = &power.delegator {
        all &= checks.refers(&power.id, "delegator", delegator, &catalogue.organizations);
    }
    if let Some(home) = &power.home {
        all &= checks.refers(&power.id, "home", home, &catalogue.organizations);
    }
    all
}

/// A power must not go on after a matter it is over, or the area it holds in, has ended.
fn outlived(checks: &mut Checks<'_>, power: &Power, field: String, id: &str, last: Option<Date>) {
    if let Some(last) = last.filter(|it| power.validity.outlasts(*it)) {
        let text = format!("goes on after {id} has ended on {last}");
        let zh = format!("所涉条目已于{last}终止，权限仍在有效期内");
        checks.add(&power.id, field, Reason::InUse, text, zh);
    }
}

/// A matter or an act that is listed twice was meant to be another one.
fn once(checks: &mut Checks<'_>, power: &Power) {
    let mut matters = HashSet::new();
    for (index, it) in power.matters.iter().enumerate() {
        if !matters.insert(it.as_str()) {
            let text = format!("{it} is listed twice");
            checks.add(
                &power.id,
                format!("matters[{index}]"),
                Reason::Duplicate,
                text,
                "事项重复",
            );
        }
    }
    let mut acts = HashSet::new();
    for (index, it) in power.acts.iter().enumerate() {
        if !acts.insert(*it) {
            let text = format!("{} is listed twice", it.slug());
            checks.add(
                &power.id,
                format!("acts[{index}]"),
                Reason::Duplicate,
                text,
                "执法行为重复",
            );
        }
    }
}

/// A power must not go on after its holder has ended without a successor.
fn ended(checks: &mut Checks<'_>, power: &Power, holder: &OrganizationId) {
    let last = checks.catalogue.ends_on(holder.as_str());
    if let Some(last) = last.filter(|it| power.validity.outlasts(*it)) {
        let text =
            format!("goes on after its holder {holder} has ended on {last} without a successor");
        checks.add(
            &power.id,
            "holder",
            Reason::InUse,
            text,
            format!("权限单位已于{last}撤销且无承继单位"),
        );
    }
}

/// Resident units have duties and pledges, never powers (M1).
fn resident_unit(checks: &mut Checks<'_>, power: &Power) {
    let resident = match &power.holder {
        Holder::Organization(id) => checks
            .catalogue
            .organizations
            .get(id.as_str())
            .is_some_and(|it| it.is_resident_unit()),
        Holder::Kind(kind) => kind.member() == Some(crate::domain::MemberKind::ResidentUnit),
    };
    if resident && power.acts.iter().any(|it| *it != Act::Dispose) {
        let text = "resident units have duties and pledges, never powers";
        checks.add(
            &power.id,
            "holder",
            Reason::NotAllowed,
            text,
            "辖区单位只有义务和承诺，不能有执法权",
        );
    }
}

/// The same holder, matter, act, place and basis twice at a time: which entry counts would be a guess. Each pair of powers
/// is named once, with the first matter.
fn overlaps(checks: &mut Checks<'_>) {
    let mut held: HashMap<_, Vec<&Power>> = HashMap::new();
    let mut clashes: BTreeMap<(&PowerId, &PowerId), (&MatterId, usize)> = BTreeMap::new();
    for power in checks.catalogue.powers.iter() {
        for matter in power.matters.iter().collect::<BTreeSet<_>>() {
            let key = (matter, &power.holder, power.area.as_ref(), power.basis_kind);
            let earlier = held.entry(key).or_default();
            let same = |it: &&&Power| {
                it.validity.overlaps(&power.validity)
                    && it.acts.iter().any(|act| power.acts.contains(act))
            };
            if let Some(other) = earlier.iter().find(same) {
                let pair = (&power.id, &other.id);
                clashes.entry(pair).or_insert((matter, 0)).1 += 1;
            }
            earlier.push(power);
        }
    }
    for ((power, other), (matter, times)) in clashes {
        let more = match times {
            1 => String::new(),
            _ => format!(" and {} more", times - 1),
        };
        let text = format!("says the same of {matter}{more} as {other} for an overlapping time");
        let text_zh = format!("与{other}对同一事项的有效期重叠（{matter}等{times}项）");
        checks.add(power, "", Reason::OverlappingValidity, text, text_zh);
    }
}
