//! Who of an organization's staff may enforce on given days, and why not the others (R3).
//!
//! Recusal and double booking are not known here: they belong to the task.

use std::collections::HashSet;

use time::Date;

use super::{Catalogue, Certificate, Officer, OfficerKind, Organization};

/// The answer for one officer.
#[derive(Clone, Debug, PartialEq)]
pub struct Check<'a> {
    /// As asked.
    pub id: &'a str,
    /// Who it is, if known.
    pub officer: Option<&'a Officer>,
    /// The certificate that is valid throughout.
    pub certificate: Option<&'a Certificate>,
    /// Every reason why the officer does not count; none: counts.
    pub obstacles: Vec<Obstacle<'a>>,
}

/// Why an officer does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle<'a> {
    /// No such officer.
    Unknown,
    /// Named before.
    Repeated,
    /// On another organization's staff.
    OtherOrganization(&'a str),
    /// An auxiliary.
    Auxiliary,
    /// Not on the staff on every day.
    NotOnStaff,
    /// Has no certificate.
    NoCertificate,
    /// None is valid on every day.
    CertificateNotValid,
    /// Absent on one of the days, for this reason.
    Absent(&'a str),
}

/// Checks officers who would enforce for an organization from a first to a last day.
pub fn check<'a>(
    catalogue: &'a Catalogue,
    organization: &Organization,
    officers: &'a [String],
    first: Date,
    last: Date,
) -> Vec<Check<'a>> {
    let mut seen = HashSet::new();
    let each = officers.iter().map(|id| {
        let mut check = of(catalogue, organization, id, first, last);
        if !seen.insert(id.as_str()) {
            check.obstacles.push(Obstacle::Repeated);
        }
        check
    });
    each.collect()
}

fn of<'a>(
    catalogue: &'a Catalogue,
    organization: &Organization,
    id: &'a str,
    first: Date,
    last: Date,
) -> Check<'a> {
    let Some(officer) = catalogue.officers.get(id) else {
        return Check {
            id,
            officer: None,
            certificate: None,
            obstacles: vec![Obstacle::Unknown],
        };
    };
    let mut obstacles = Vec::new();
    let home = catalogue.current(officer.organization.as_str(), first);
    if home.is_none_or(|it| it.id != organization.id) {
        obstacles.push(Obstacle::OtherOrganization(
            home.map_or(officer.organization.as_str(), |it| it.id.as_str()),
        ));
    }
    if !officer.validity.covers_all(first, last) {
        obstacles.push(Obstacle::NotOnStaff);
    }
    let certificate = officer
        .certificates
        .iter()
        .find(|it| it.validity.covers_all(first, last));
    match officer.kind {
        OfficerKind::Auxiliary => obstacles.push(Obstacle::Auxiliary),
        OfficerKind::Officer if officer.certificates.is_empty() => {
            obstacles.push(Obstacle::NoCertificate)
        }
        OfficerKind::Officer if certificate.is_none() => {
            obstacles.push(Obstacle::CertificateNotValid)
        }
        OfficerKind::Officer => {}
    }
    let days = super::Validity {
        first: Some(first),
        last: Some(last),
    };
    let absences = officer
        .absences
        .iter()
        .filter(|it| it.validity.overlaps(&days));
    obstacles.extend(absences.map(|it| Obstacle::Absent(&it.reason)));
    Check {
        id,
        officer: Some(officer),
        certificate,
        obstacles,
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::town;

    fn obstacles(ids: &[&str], organization: &str, first: Date, last: Date) -> Vec<Vec<String>> {
        let catalogue = town::catalogue();
        let ids: Vec<String> = ids.iter().map(|it| (*it).to_owned()).collect();
        let organization = catalogue.current(organization, first).unwrap();
        let checks = check(&catalogue, organization, &ids, first, last);
        checks
            .iter()
            .map(|it| it.obstacles.iter().map(|it| format!("{it:?}")).collect())
            .collect()
    }

    /// Proves M12.
    #[test]
    fn only_certified_present_officers_of_the_unit_count() {
        let day = date!(2026 - 02 - 01);
        let found = obstacles(
            &["wang", "li", "zhao", "qian", "sun", "nobody", "wang"],
            "squad",
            day,
            day,
        );
        let none: Vec<String> = Vec::new();
        assert_eq!(found[0], none);
        assert_eq!(found[1], none);
        assert_eq!(found[2], ["OtherOrganization(\"traffic\")"]);
        assert_eq!(found[3], ["NoCertificate"]);
        assert_eq!(found[4], ["Auxiliary"]);
        assert_eq!(found[5], ["Unknown"]);
        assert_eq!(found[6], ["Repeated"]);
    }

    /// Proves M12.
    #[test]
    fn a_certificate_must_be_valid_on_every_day() {
        let over = |last| obstacles(&["wang"], "squad", date!(2028 - 12 - 31), last).remove(0);
        assert!(over(date!(2028 - 12 - 31)).is_empty());
        assert_eq!(over(date!(2029 - 01 - 01)), ["CertificateNotValid"]);
        let at = |day| obstacles(&["li"], "squad", day, day).remove(0);
        assert!(
            at(date!(2025 - 12 - 31)).is_empty() && at(date!(2026 - 01 - 01)).is_empty(),
            "renewed in time"
        );
        let renewed = obstacles(
            &["li"],
            "squad",
            date!(2025 - 12 - 31),
            date!(2026 - 01 - 01),
        )
        .remove(0);
        assert_eq!(
            renewed,
            ["CertificateNotValid"],
            "no single certificate covers both days"
        );
    }

    #[test]
    fn an_absent_officer_cannot_be_sent() {
        let at = |day| obstacles(&["li"], "squad", day, day).remove(0);
        assert!(at(date!(2026 - 03 - 01)).is_empty());
        assert_eq!(at(date!(2026 - 03 - 02)), ["Absent(\"培训\")"]);
        let over = obstacles(
            &["li"],
            "squad",
            date!(2026 - 03 - 01),
            date!(2026 - 03 - 03),
        )
        .remove(0);
        assert_eq!(over.len(), 1);
    }
}
