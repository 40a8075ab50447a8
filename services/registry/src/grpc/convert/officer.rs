//! Officers, checks of officers, people.

use ::time::Date;
use liandong_kit::status::Violations;
use liandong_proto::{registry as proto, types};

use tonic::Status;

use super::{etag, id, instant, required_instant, timestamp, validity_wire};
use crate::{
    domain::{
        Catalogue, Certificate, Item, Kept, Officer, OfficerKind, OrganizationId, Person, Role,
        capacity::{Check, Obstacle},
        day,
    },
    grpc::resource::Resource,
};

impl Resource for Officer {
    type Message = proto::Officer;
    const MISSING: &'static str = "OFFICER_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["organization", "kind"];

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
            _ => kind_word(self.kind) == value,
        }
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
fn kind_word(kind: OfficerKind) -> &'static str {
    match kind {
        OfficerKind::Officer => "OFFICER",
        OfficerKind::Auxiliary => "AUXILIARY",
    }
}

/// Officers in one check.
const CHECK_MAX: usize = 200;

/// A question about officers.
pub(in crate::grpc) struct Asked {
    /// Bare ids. Unknown ones are an answer, malformed names are not.
    pub(in crate::grpc) officers: Vec<String>,
    pub(in crate::grpc) organization: OrganizationId,
    /// The first day.
    pub(in crate::grpc) first: Date,
    /// The last day.
    pub(in crate::grpc) last: Date,
}

impl Asked {
    /// A question from the wire.
    pub(in crate::grpc) fn read(wire: &proto::CheckOfficersRequest) -> Result<Self, Status> {
        let mut bad = Violations::new();
        let few = wire.officers.len() <= CHECK_MAX;
        bad.check(few, "officers", "at most 200", "最多 200 人");
        let each = wire.officers.iter().enumerate().filter_map(|(index, it)| {
            let id = liandong_kit::name::id(it, Officer::COLLECTION);
            bad.take(format!("officers[{index}]"), id.map(str::to_owned))
        });
        let officers = each.collect();
        let organization = bad.take("organization", id(&wire.organization));
        let start = bad.take("start_time", required_instant(wire.start_time.as_ref()));
        let end = wire.end_time.as_ref().map(instant).transpose();
        let end = bad.take("end_time", end).flatten().or(start);
        let order = start <= end;
        bad.check(
            order,
            "end_time",
            "must not be before start_time",
            "不能早于开始时间",
        );
        match (organization, start, end) {
            (Some(organization), Some(start), Some(end)) if bad.is_empty() => Ok(Self {
                officers,
                organization,
                first: day::of(start),
                last: day::of(end),
            }),
            _ => Err(bad.into()),
        }
    }
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

impl Resource for Person {
    type Message = proto::Person;
    const MISSING: &'static str = "PERSON_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["organization", "role"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Person {
        let person = &kept.item;
        proto::Person {
            name: person.id.name(),
            display_name: person.name.clone(),
            organization: person.organization.name(),
            roles: person.roles.iter().map(|it| role(*it).into()).collect(),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "organization" => self.organization.name() == value,
            _ => self.roles.iter().any(|it| it.word() == value),
        }
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
