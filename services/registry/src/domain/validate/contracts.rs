//! Contracts: parties of the right kind, items told apart, signatures of the parties alone (M11).

use time::Duration;

use super::{Checks, at, units};
use crate::domain::{
    Contract, MemberKind, OrganizationId, Reason,
    contract::{ContractKind, Target},
    id::is_slug,
};

const YEARS_MAX: i64 = 10;
const ITEMS_MAX: usize = 200;
const POINTS_MAX: u32 = 10_000;

pub(super) fn check(checks: &mut Checks<'_>) {
    for contract in checks.each::<Contract>() {
        checks.filled(&contract.id, "name", &contract.name);
        if let Some((first, last)) = units::both_ends(checks, &contract.id, &contract.validity)
            && last - first > Duration::days(YEARS_MAX * 366)
        {
            let text = format!("a contract lasts at most {YEARS_MAX} years");
            let zh = format!("责任书期限不超过{YEARS_MAX}年");
            checks.add(&contract.id, "valid_to", Reason::NotAllowed, text, zh);
        }
        parties(checks, contract);
        items(checks, contract);
        signatories(checks, contract);
    }
}

fn parties(checks: &mut Checks<'_>, contract: &Contract) {
    let party = match contract.kind {
        ContractKind::StreetCommunity => (MemberKind::Community, "a community", "社区"),
        ContractKind::StreetResidentUnit | ContractKind::Pledge => {
            (MemberKind::ResidentUnit, "a resident unit", "辖区单位")
        }
    };
    let street = (MemberKind::StreetOffice, "a street office", "街道办事处");
    party_of(checks, contract, "street", &contract.street, street);
    party_of(checks, contract, "party", &contract.party, party);
}

fn party_of(
    checks: &mut Checks<'_>,
    contract: &Contract,
    field: &'static str,
    unit: &OrganizationId,
    (kind, wanted, zh): (MemberKind, &str, &str),
) {
    if !checks.needs_unit(contract, field, unit) {
        return;
    }
    let unit = checks.catalogue.organizations.get(unit.as_str());
    if let Some(unit) = unit.filter(|it| it.kind.member() != Some(kind)) {
        let text = format!("{} is not {wanted}", unit.id);
        let zh = format!("{}不是{zh}", unit.id);
        checks.add(&contract.id, field, Reason::NotAllowed, text, zh);
    }
}

fn items(checks: &mut Checks<'_>, contract: &Contract) {
    if contract.items.is_empty() {
        let (text, zh) = ("needs at least one item", "至少需要一个责任事项");
        checks.add(&contract.id, "items", Reason::Missing, text, zh);
    }
    let items = units::few(checks, &contract.id, "items", &contract.items, ITEMS_MAX);
    for (index, item) in items.iter().enumerate() {
        let field = format!("items[{index}]");
        if !is_slug(&item.id) {
            let text = format!("`{}` is not an id", item.id);
            let zh = format!("“{}”不是有效的编号", item.id);
            checks.add(&contract.id, at(&field, "id"), Reason::Malformed, text, zh);
        }
        if contract.items[..index].iter().any(|it| it.id == item.id) {
            let text = format!("the item {} is there twice", item.id);
            let zh = format!("责任事项“{}”重复", item.id);
            checks.add(&contract.id, at(&field, "id"), Reason::Duplicate, text, zh);
        }
        checks.filled(&contract.id, at(&field, "title"), &item.title);
        if let Target::Words(words) = &item.target {
            checks.filled(&contract.id, at(&field, "target"), words);
        }
        if item.points_max > POINTS_MAX {
            let text = format!("at most {POINTS_MAX} points");
            let zh = format!("分值不超过{POINTS_MAX}");
            checks.add(
                &contract.id,
                at(&field, "points"),
                Reason::Malformed,
                text,
                zh,
            );
        }
        if let Some(matter) = &item.matter {
            let matters = &checks.catalogue.matters;
            checks.needs(contract, &at(&field, "matter"), matter, matters);
        }
    }
}

fn signatories(checks: &mut Checks<'_>, contract: &Contract) {
    let may_sign = contract.must_sign();
    let all = &contract.signatories;
    let all = units::few(checks, &contract.id, "signatories", all, ITEMS_MAX);
    for (index, signatory) in all.iter().enumerate() {
        let field = format!("signatories[{index}]");
        let unit = &signatory.organization;
        checks.filled(&contract.id, at(&field, "person"), &signatory.person);
        let field = at(&field, "organization");
        if !units::existed(checks, &contract.id, &field, unit, signatory.signed_on) {
            continue;
        }
        if !may_sign.contains(&unit) {
            let text = format!("{unit} is not one of those who sign it");
            let zh = format!("{unit}不是本责任书的签订方");
            checks.add(&contract.id, field.as_str(), Reason::NotAllowed, text, zh);
        }
        let mut earlier = contract.signatories[..index].iter();
        if earlier.any(|it| it.organization == *unit) {
            let (text, zh) = (
                format!("{unit} has signed already"),
                format!("{unit}已签字"),
            );
            checks.add(&contract.id, field, Reason::Duplicate, text, zh);
        }
    }
}
