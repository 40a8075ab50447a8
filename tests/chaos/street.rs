//! The demo street, and who acts on it.

use liandong_proto::types::Role;

use crate::caller::Who;

/// The street, as a file.
pub(crate) const FILE: &str = include_str!("../../deploy/demo/street.yaml");
/// A grid.
pub(crate) const GRID: &str = "areas/990101001001001";
/// Solid work for the sanitation bureau.
pub(crate) const GARBAGE: &str = "matters/garbage-heap";
/// Who leads it.
pub(crate) const LEAD: &str = "sanitation";
/// Who checks and does no work.
pub(crate) const CENTRE: &str = "supervision-centre";

/// Nine more departments that support.
pub(crate) const DEPARTMENTS: [&str; 9] = [
    "enforcement-bureau",
    "construction",
    "market-supervision",
    "planning",
    "environment",
    "traffic-police",
    "municipal-works",
    "landscaping",
    "community-jinxiu",
];

/// Who commands for the street; there are several.
pub(crate) fn coordinator(number: usize) -> Who {
    let person = format!("coordinator-{number}");
    Who::new("street-office", &person, &[Role::Coordinator, Role::Viewer])
}

/// Who acts for a department.
pub(crate) fn handler(organization: &str) -> Who {
    Who::new(
        organization,
        &format!("{organization}-handler"),
        &[Role::Handler],
    )
}

/// Who checks.
pub(crate) fn checker() -> Who {
    Who::new(CENTRE, "yang-yonghua", &[Role::Checker])
}

/// Who reads everything.
pub(crate) fn auditor() -> Who {
    Who::new("audit", "lu-zimin", &[Role::Auditor])
}

/// Who assesses.
pub(crate) fn assessor() -> Who {
    Who::new("assessment-office", "xu-xiaoli", &[Role::Assessor])
}

/// Who maintains the registry.
pub(crate) fn registrar() -> Who {
    Who::new("justice", "cai-shaohua", &[Role::Registrar])
}
