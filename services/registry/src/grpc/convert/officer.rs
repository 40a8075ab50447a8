//! Officers, checks of officers, people.

use liandong_kit::status::FieldProblem;
use liandong_proto::{registry as proto, types};

use super::{etag, timestamp, validity_wire};
use crate::domain::{
    Certificate, Item, Kept, Officer, OfficerKind, Person, Role,
    capacity::{Check, Obstacle},
};

/// An officer.
pub(in crate::grpc) fn wire(kept: &Kept<Officer>) -> proto::Officer {
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

fn certificate(it: &Certificate) -> proto::Certificate {
    proto::Certificate {
        number: it.number.clone(),
        issuer: it.issuer.clone(),
        field: it.field.clone(),
        validity: validity_wire(&it.validity),
    }
}

/// The word filters use for a kind.
pub(in crate::grpc) fn kind_word(kind: OfficerKind) -> &'static str {
    match kind {
        OfficerKind::Officer => "OFFICER",
        OfficerKind::Auxiliary => "AUXILIARY",
    }
}

/// What an officer's name in a check asks for. Unknown ids are an answer, malformed names are not.
pub(in crate::grpc) fn asked(name: &str) -> Result<String, FieldProblem> {
    liandong_kit::name::id(name, Officer::COLLECTION).map(str::to_owned)
}

/// The answer for one officer.
pub(in crate::grpc) fn check(check: &Check<'_>) -> proto::OfficerCheck {
    proto::OfficerCheck {
        officer: liandong_kit::name::of(Officer::COLLECTION, check.id),
        display_name: check.officer.map(|it| it.name.clone()).unwrap_or_default(),
        may_enforce: check.obstacles.is_empty(),
        obstacles: check.obstacles.iter().map(obstacle).collect(),
        certificate: check.certificate.map(certificate),
        may_prepare_case_files: check.officer.is_some_and(|it| it.case_files),
    }
}

fn obstacle(it: &Obstacle<'_>) -> proto::OfficerObstacle {
    use proto::OfficerObstacleCode as Code;
    let (code, text, text_zh) = match it {
        Obstacle::Unknown => (
            Code::Unknown,
            "no such officer".to_owned(),
            "没有此人".to_owned(),
        ),
        Obstacle::Repeated => (Code::Repeated, "named twice".into(), "重复列出".into()),
        Obstacle::OtherOrganization(home) => (
            Code::OtherOrganization,
            format!("on the staff of {home}"),
            "属于其他单位".into(),
        ),
        Obstacle::Auxiliary => (
            Code::Auxiliary,
            "an auxiliary never counts".into(),
            "协管人员不计入执法人员".into(),
        ),
        Obstacle::NotOnStaff => (
            Code::NotOnStaff,
            "not on the staff throughout".into(),
            "期间不在编".into(),
        ),
        Obstacle::NoCertificate => (
            Code::NoCertificate,
            "has no certificate".into(),
            "无执法证".into(),
        ),
        Obstacle::CertificateNotValid => (
            Code::CertificateNotValid,
            "no certificate is valid throughout".into(),
            "执法证不在有效期内".into(),
        ),
        Obstacle::Absent(why) => (
            Code::Absent,
            format!("absent: {why}"),
            format!("不在岗：{why}"),
        ),
    };
    proto::OfficerObstacle {
        code: code.into(),
        text_zh,
        text,
    }
}

/// A person.
pub(in crate::grpc) fn person(kept: &Kept<Person>) -> proto::Person {
    let person = &kept.item;
    proto::Person {
        name: person.id.name(),
        display_name: person.name.clone(),
        organization: person.organization.name(),
        roles: person.roles.iter().map(|it| role(*it).into()).collect(),
        update_time: Some(timestamp(kept.changed_at)),
    }
}

fn role(role: Role) -> types::Role {
    match role {
        Role::Viewer => types::Role::Viewer,
        Role::Handler => types::Role::Handler,
        Role::Coordinator => types::Role::Coordinator,
        Role::Checker => types::Role::Checker,
        Role::Registrar => types::Role::Registrar,
        Role::Assessor => types::Role::Assessor,
        Role::Auditor => types::Role::Auditor,
    }
}
