//! The sections `officers`, `auxiliaries` and `people`.

use super::{
    Section,
    fields::Fields,
    write::{Map, Written},
};
use crate::domain::{Absence, Certificate, Entry, Officer, OfficerKind, Person, Reason, Role};

const ROLE: (&str, &str) = (
    "one of VIEWER, HANDLER, COORDINATOR, CHECKER, REGISTRAR, ASSESSOR, AUDITOR",
    "角色",
);

pub(super) fn officers(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("officers") {
        let certificates = certificates(&fields);
        let case_files = fields.truth("case_files");
        staff(
            section,
            fields,
            OfficerKind::Officer,
            certificates,
            case_files,
        );
    }
    for fields in root.maps("auxiliaries") {
        staff(section, fields, OfficerKind::Auxiliary, Vec::new(), false);
    }
}

fn staff(
    section: &mut Section<'_>,
    fields: Fields<'_>,
    kind: OfficerKind,
    certificates: Vec<Certificate>,
    case_files: bool,
) {
    let id = fields.needed_id("id");
    let name = fields.needed_text("name");
    let organization = fields.needed_id("organization");
    let validity = fields.validity();
    let absences = absences(&fields);
    let item = (|| {
        let (id, name, organization) = (id.clone()?, name?, organization?);
        Some(Officer {
            id,
            name,
            kind,
            organization,
            certificates,
            case_files,
            absences,
            validity,
        })
    })();
    section.entry(fields, id.as_ref(), item.map(Entry::Officer));
}

/// Days on which somebody is away.
pub(super) fn absences(fields: &Fields<'_>) -> Vec<Absence> {
    let mut absences = Vec::new();
    for each in fields.maps("absences") {
        let reason = each.text("reason").unwrap_or_default();
        absences.push(Absence {
            validity: each.validity(),
            reason,
        });
        each.finish();
    }
    absences
}

/// The inverse of [`absences`].
pub(super) fn written_absences(absences: &[Absence]) -> impl Iterator<Item = Map> {
    let each = absences.iter();
    each.map(|it| Map::new().validity(it.validity).words("reason", &it.reason))
}

/// `certificate` (one) or `certificates` (past and present).
fn certificates(fields: &Fields<'_>) -> Vec<Certificate> {
    let mut each = fields.maps("certificates");
    if let Some(node) = fields.node("certificate") {
        if each.is_empty() {
            let path = super::fields::join(&fields.path, "certificate");
            each.extend(Fields::of(fields.findings, path, node));
        } else {
            let text = "give `certificate` or `certificates`, not both";
            fields.wrong(
                "certificate",
                Reason::NotAllowed,
                text,
                "“certificate”与“certificates”只能写一个",
            );
        }
    }
    let mut all = Vec::new();
    for it in each {
        let number = it.needed_text("number");
        let issuer = it.text("issuer").unwrap_or_default();
        let field = it.text("field").unwrap_or_default();
        let validity = it.validity();
        all.extend(number.map(|number| Certificate {
            number,
            issuer,
            field,
            validity,
        }));
        it.finish();
    }
    all
}

pub(super) fn people(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("people") {
        let id = fields.needed_id("id");
        let name = fields.needed_text("name");
        let organization = fields.needed_id("organization");
        let roles = fields.values("roles", ROLE, role);
        let validity = fields.validity();
        let item = (|| {
            Some(Person {
                id: id.clone()?,
                name: name?,
                organization: organization?,
                roles,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Person));
    }
}

fn role(text: &str) -> Option<Role> {
    Role::ALL
        .into_iter()
        .find(|it| it.word().eq_ignore_ascii_case(text))
}

/// An officer, or an auxiliary in a section of its own.
impl Written for Officer {
    fn write(&self) -> Map {
        let certificates = self.certificates.iter().map(|it| {
            Map::new()
                .text("number", &it.number)
                .words("issuer", &it.issuer)
                .words("field", &it.field)
                .validity(it.validity)
        });
        Map::new()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("organization", &self.organization)
            .maps("certificates", certificates)
            .truth("case_files", self.case_files)
            .maps("absences", written_absences(&self.absences))
            .validity(self.validity)
    }
}

impl Written for Person {
    fn write(&self) -> Map {
        Map::new()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("organization", &self.organization)
            .texts("roles", self.roles.iter().map(|it| it.word()))
            .validity(self.validity)
    }
}
