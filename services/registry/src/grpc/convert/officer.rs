//! Officers and their certificates.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{etag, id, timestamp, validity, validity_wire};
use crate::{
    domain::{Absence, Catalogue, Certificate, Kept, Officer, OfficerId, OfficerKind},
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
};

impl Resource for Officer {
    type Message = proto::Officer;
    const MISSING: &'static str = "OFFICER_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["organization", "kind", "case_files"];
    const WORDS: &'static Words = &[
        ("kind", &["OFFICER", "AUXILIARY"]),
        ("case_files", &["true", "false"]),
    ];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Officer {
        let officer = &kept.item;
        let kind = match officer.kind {
            OfficerKind::Officer => proto::OfficerKind::Officer,
            OfficerKind::Auxiliary => proto::OfficerKind::Auxiliary,
        };
        let absences = officer.absences.iter().map(|it| proto::Absence {
            validity: validity_wire(&it.validity),
            reason: it.reason.clone(),
        });
        proto::Officer {
            name: officer.id.name(),
            display_name: officer.name.clone(),
            kind: kind.into(),
            organization: officer.organization.name(),
            certificates: officer.certificates.iter().map(certificate).collect(),
            may_prepare_case_files: officer.case_files,
            absences: absences.collect(),
            validity: validity_wire(&officer.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "organization" => self.organization.name() == value,
            "case_files" => self.case_files.to_string() == value,
            _ => kind_word(self.kind) == value,
        }
    }
}

/// A certificate.
pub(in crate::grpc) fn certificate(it: &Certificate) -> proto::Certificate {
    proto::Certificate {
        number: it.number.clone(),
        issuer: it.issuer.clone(),
        field: it.field.clone(),
        validity: validity_wire(&it.validity),
    }
}

/// The word filters use for a kind.
fn kind_word(kind: OfficerKind) -> &'static str {
    match kind {
        OfficerKind::Officer => "OFFICER",
        OfficerKind::Auxiliary => "AUXILIARY",
    }
}

impl Editable for Officer {
    const FIELD: &'static str = "officer";

    fn name_of(message: &proto::Officer) -> &str {
        &message.name
    }

    fn read(bad: &mut Violations, own: Option<OfficerId>, wire: &proto::Officer) -> Option<Self> {
        let kind = bad.take("kind", kind(wire.kind));
        let organization = bad.take("organization", id(&wire.organization));
        let named = !wire.display_name.trim().is_empty();
        bad.check(named, "display_name", "required", "必填");
        let certificates = wire.certificates.iter().enumerate().map(|(index, it)| {
            let field = format!("certificates[{index}]");
            let numbered = !it.number.trim().is_empty();
            bad.check(numbered, format!("{field}.number"), "required", "必填");
            Certificate {
                number: it.number.clone(),
                issuer: it.issuer.clone(),
                field: it.field.clone(),
                validity: validity(bad, &format!("{field}.validity"), it.validity.as_ref()),
            }
        });
        let certificates = certificates.collect();
        let absences = wire.absences.iter().enumerate().map(|(index, it)| Absence {
            validity: validity(
                bad,
                &format!("absences[{index}].validity"),
                it.validity.as_ref(),
            ),
            reason: it.reason.clone(),
        });
        let absences = absences.collect();
        let validity = validity(bad, "validity", wire.validity.as_ref());
        Some(Officer {
            id: own?,
            name: wire.display_name.clone(),
            kind: kind?,
            organization: organization?,
            certificates,
            case_files: wire.may_prepare_case_files,
            absences,
            validity,
        })
    }
}

fn kind(wire: i32) -> Result<OfficerKind, FieldProblem> {
    match proto::OfficerKind::try_from(wire) {
        Ok(proto::OfficerKind::Officer) => Ok(OfficerKind::Officer),
        Ok(proto::OfficerKind::Auxiliary) => Ok(OfficerKind::Auxiliary),
        _ => Err(FieldProblem::new(
            "must be OFFICER or AUXILIARY",
            "应为执法人员或者协管",
        )),
    }
}
