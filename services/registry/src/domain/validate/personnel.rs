//! Officers, their certificates, and the people who may log in.

use std::collections::HashMap;

use super::{Checks, at};
use crate::domain::{Officer, OfficerKind, Reason};

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    for officer in catalogue.officers.iter() {
        checks.filled(&officer.id, "name", &officer.name);
        checks.period(&officer.id, "", &officer.validity);
        if checks.refers(
            &officer.id,
            "organization",
            &officer.organization,
            &catalogue.organizations,
        ) {
            ended(checks, officer);
        }
        for (index, absence) in officer.absences.iter().enumerate() {
            checks.period(
                &officer.id,
                &format!("absences[{index}]"),
                &absence.validity,
            );
        }
        certificates(checks, officer);
    }
    numbers(checks);
    for person in catalogue.people.iter() {
        checks.filled(&person.id, "name", &person.name);
        checks.refers(
            &person.id,
            "organization",
            &person.organization,
            &catalogue.organizations,
        );
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

/// An officer must not stay on the staff of a unit that has ended without a successor.
fn ended(checks: &mut Checks<'_>, officer: &Officer) {
    let Some(home) = checks
        .catalogue
        .organizations
        .get(officer.organization.as_str())
    else {
        return;
    };
    let Some(last) = home.validity.last else {
        return;
    };
    if home.successor.is_none() && officer.validity.outlasts(last) {
        let text = format!(
            "stays on the staff of {} after its end on {last} without a successor",
            home.id
        );
        checks.add(
            &officer.id,
            "organization",
            Reason::InUse,
            text,
            format!("所在单位已于{last}撤销且无承继单位"),
        );
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
            .filter(|it| it.field == certificate.field);
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

/// A certificate number belongs to one officer.
fn numbers(checks: &mut Checks<'_>) {
    let mut owners: HashMap<&str, &Officer> = HashMap::new();
    for officer in checks.catalogue.officers.iter() {
        for (index, certificate) in officer.certificates.iter().enumerate() {
            let owner = *owners.entry(&certificate.number).or_insert(officer);
            if owner.id != officer.id && !certificate.number.is_empty() {
                let text = format!(
                    "the certificate {} belongs to {}",
                    certificate.number, owner.id
                );
                let field = format!("certificates[{index}].number");
                checks.add(
                    &officer.id,
                    field,
                    Reason::Duplicate,
                    text,
                    format!("执法证号已属于{}", owner.id),
                );
            }
        }
    }
}
