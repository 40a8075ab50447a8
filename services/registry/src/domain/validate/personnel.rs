//! Officers, their certificates, and the people who may log in.

use std::collections::HashMap;

use super::{Checks, at};
use crate::domain::{Officer, OfficerKind, Person, Reason};

pub(super) fn check(checks: &mut Checks<'_>) {
    for officer in checks.each::<Officer>() {
        checks.filled(&officer.id, "name", &officer.name);
        checks.period(&officer.id, "", &officer.validity);
        checks.needs_unit(officer, "organization", &officer.organization);
        for (index, absence) in officer.absences.iter().enumerate() {
            checks.period(
                &officer.id,
                &format!("absences[{index}]"),
                &absence.validity,
            );
        }
        certificates(checks, officer);
    }
    if checks.compares::<Officer>() {
        numbers(checks);
    }
    for person in checks.each::<Person>() {
        checks.filled(&person.id, "name", &person.name);
        checks.period(&person.id, "", &person.validity);
        checks.needs_unit(person, "organization", &person.organization);
        if person.roles.is_empty() {
            checks.add(
                &person.id,
                "roles",
                Reason::Missing,
                "needs at least one role",
                "至少需要一个角色",
            );
        }
    }
}

fn certificates(checks: &mut Checks<'_>, officer: &Officer) {
    if officer.kind == OfficerKind::Auxiliary && !officer.certificates.is_empty() {
        let text = "an auxiliary has no enforcement certificate";
        checks.add(
            &officer.id,
            "certificates[0]",
            Reason::NotAllowed,
            text,
            "协管人员没有执法证",
        );
    }
    for (index, certificate) in officer.certificates.iter().enumerate() {
        let field = format!("certificates[{index}]");
        checks.filled(&officer.id, at(&field, "number"), &certificate.number);
        checks.period(&officer.id, &field, &certificate.validity);
        let mut earlier = officer.certificates[..index]
            .iter()
            .filter(|it| it.shares_field(certificate));
        if earlier.any(|it| it.validity.overlaps(&certificate.validity)) {
            let text = "two certificates of one field are valid at the same time";
            checks.add(
                &officer.id,
                field,
                Reason::OverlappingValidity,
                text,
                "同一领域的执法证有效期重叠",
            );
        }
    }
}

/// An issuer gives a certificate number to one officer, who may have it renewed under the same number. Without an
/// issuer a number may be anybody's.
fn numbers(checks: &mut Checks<'_>) {
    let mut given: HashMap<&str, Vec<(&str, &Officer)>> = HashMap::new();
    for officer in checks.catalogue.officers.iter() {
        for (index, certificate) in officer.certificates.iter().enumerate() {
            let (number, issuer) = (certificate.number.trim(), certificate.issuer.trim());
            let earlier = given.entry(number).or_default();
            let owner = earlier.iter().find(|(other, owner)| {
                owner.id != officer.id
                    && (*other == issuer || other.is_empty() || issuer.is_empty())
            });
            if let Some((_, owner)) = owner
                && !number.is_empty()
            {
                let text = format!("the certificate {number} belongs to {}", owner.id);
                let field = format!("certificates[{index}].number");
                let zh = format!("执法证号已属于{}", owner.id);
                checks.add(&officer.id, field, Reason::Duplicate, text, zh);
            }
            earlier.push((issuer, officer));
        }
    }
}
