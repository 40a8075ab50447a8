//! Powers: a basis, a holder that may have one, and for entrusted ones a delegator, a term and no passing on (R2).

use std::collections::HashMap;

use time::Date;

use super::Checks;
use crate::domain::{
    Act, BasisKind, Holder, Item, OrganizationId, Power, Reason, resolve::holds_itself,
};

pub(super) fn check(checks: &mut Checks<'_>) {
    for power in checks.catalogue.powers.iter() {
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
        if power.basis_kind == BasisKind::Entrusted {
            entrusted(checks, power, references);
        } else if power.delegator.is_some() {
            let text = format!(
                "only an ENTRUSTED power has a delegator, this one is {}",
                power.basis_kind.word()
            );
            checks.add(
                &power.id,
                "delegator",
                Reason::NotAllowed,
                text,
                "只有委托的权限才有委托单位",
            );
        }
    }
    overlaps(checks);
}

/// Whether everything it refers to is there.
fn references(checks: &mut Checks<'_>, power: &Power) -> bool {
    let catalogue = checks.catalogue;
    let mut all = true;
    for (index, matter) in power.matters.iter().enumerate() {
        all &= checks.refers(
            &power.id,
            format!("matters[{index}]"),
            matter,
            &catalogue.matters,
        );
    }
    if let Holder::Organization(holder) = &power.holder {
        all &= checks.refers(&power.id, "holder", holder, &catalogue.organizations);
        ended(checks, power, holder);
    }
    if let Some(area) = &power.area {
        all &= checks.refers(&power.id, "area", area, &catalogue.areas);
    }
    if let Some(delegator) = &power.delegator {
        all &= checks.refers(&power.id, "delegator", delegator, &catalogue.organizations);
    }
    all
}

/// A power must not go on after its holder has ended without a successor.
fn ended(checks: &mut Checks<'_>, power: &Power, holder: &OrganizationId) {
    let Some(holder) = checks.catalogue.organizations.get(holder.as_str()) else {
        return;
    };
    let Some(last) = holder.validity.last else {
        return;
    };
    if holder.successor.is_none() && power.validity.outlasts(last) {
        let text = format!(
            "goes on after its holder {} has ended on {last} without a successor",
            holder.id
        );
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

fn entrusted(checks: &mut Checks<'_>, power: &Power, references: bool) {
    let (first, last) = (power.validity.first, power.validity.last);
    if first.is_none() || last.is_none() {
        let text = "an ENTRUSTED power needs a term: valid_from and valid_to";
        checks.add(
            &power.id,
            "valid_to",
            Reason::EntrustedIncomplete,
            text,
            "委托必须有起止期限",
        );
    }
    let Some(delegator) = &power.delegator else {
        let text = "an ENTRUSTED power needs its delegator";
        checks.add(
            &power.id,
            "delegator",
            Reason::EntrustedIncomplete,
            text,
            "委托必须写明委托单位",
        );
        return;
    };
    if matches!(&power.holder, Holder::Organization(holder) if holder == delegator) {
        let text = "nobody entrusts a power to itself";
        checks.add(
            &power.id,
            "delegator",
            Reason::NotAllowed,
            text,
            "不能委托给自己",
        );
        return;
    }
    if let (true, Some(first), Some(last)) = (references, first, last) {
        // A power that could not be read may be the very one the delegator holds.
        if !checks.doubtful.has_any(Power::SECTION) {
            let _ = delegated(checks, power, delegator, first)
                && delegated(checks, power, delegator, last);
        }
    }
}

/// The delegator must itself hold every matter and act it entrusts, other than by entrustment. Whether it does.
fn delegated(
    checks: &mut Checks<'_>,
    power: &Power,
    delegator: &OrganizationId,
    day: Date,
) -> bool {
    let catalogue = checks.catalogue;
    let own_area = match &power.holder {
        Holder::Organization(id) => catalogue
            .organizations
            .get(id.as_str())
            .and_then(|it| it.area.as_ref()),
        Holder::Kind(_) => None,
    };
    let area = power.area.as_ref().or(own_area).map(|it| it.as_str());
    let pairs = power
        .matters
        .iter()
        .flat_map(|matter| power.acts.iter().map(move |act| (matter, *act)));
    let mut lacking =
        pairs.filter(|(it, act)| !holds_itself(catalogue, delegator, it.as_str(), *act, area, day));
    let Some((matter, act)) = lacking.next() else {
        return true;
    };
    let received = catalogue.powers_over(matter.as_str()).any(|it| {
        it.basis_kind == BasisKind::Entrusted
            && it.holder == Holder::Organization(delegator.clone())
    });
    if received {
        let text = format!("{delegator} holds {matter} only by entrustment and cannot pass it on");
        checks.add(
            &power.id,
            "delegator",
            Reason::PassedOn,
            text,
            "受委托单位不得再委托",
        );
    } else {
        let text = format!(
            "{delegator} does not itself hold {matter} for {} on {day}",
            act.slug()
        );
        let text_zh = format!("委托单位在{day}自身不具有该权限：{matter}，{}", act.zh());
        checks.add(
            &power.id,
            "delegator",
            Reason::DelegatorWithoutPower,
            text,
            text_zh,
        );
    }
    false
}

/// The same holder, matter, place and basis twice at a time: which entry counts would be a guess.
fn overlaps(checks: &mut Checks<'_>) {
    let mut held: HashMap<String, Vec<&Power>> = HashMap::new();
    for power in checks.catalogue.powers.iter() {
        let mut acts: Vec<_> = power.acts.iter().map(|it| it.slug()).collect();
        acts.sort_unstable();
        for matter in &power.matters {
            let key = format!(
                "{matter} {:?} {:?} {:?} {acts:?}",
                power.holder, power.area, power.basis_kind
            );
            let earlier = held.entry(key).or_default();
            if let Some(other) = earlier
                .iter()
                .find(|it| it.validity.overlaps(&power.validity))
            {
                let text = format!(
                    "says the same of {matter} as {} for an overlapping time",
                    other.id
                );
                let text_zh = format!("与{}对同一事项的有效期重叠", other.id);
                checks.add(&power.id, "", Reason::OverlappingValidity, text, text_zh);
            }
            earlier.push(power);
        }
    }
}
