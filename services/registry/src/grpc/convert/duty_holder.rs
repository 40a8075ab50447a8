//! Duty holders: the full record.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{etag, filled, id as reference, name_of, optional, timestamp, validity, validity_wire};
use crate::{
    domain::{Absence, Catalogue, DutyHolder, DutyHolderId, Kept, PublicField},
    grpc::resource::{Editable, Resource},
};

impl Resource for DutyHolder {
    type Message = proto::DutyHolder;
    const MISSING: &'static str = "DUTY_HOLDER_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["organization", "officer", "person"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::DutyHolder {
        let holder = &kept.item;
        let absences = holder.absences.iter().map(|it| proto::Absence {
            validity: validity_wire(&it.validity),
            reason: it.reason.clone(),
        });
        proto::DutyHolder {
            name: holder.id.name(),
            display_name: holder.name.clone(),
            organization: holder.organization.name(),
            post: holder.post.clone(),
            phone: holder.phone.clone(),
            photo_uri: holder.photo.clone(),
            public_fields: holder.public.iter().map(|it| field(*it).into()).collect(),
            officer: name_of(holder.officer.as_ref()),
            person: name_of(holder.person.as_ref()),
            absences: absences.collect(),
            validity: validity_wire(&holder.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "organization" => self.organization.name() == value,
            "officer" => name_of(self.officer.as_ref()) == value,
            _ => name_of(self.person.as_ref()) == value,
        }
    }
}

impl Editable for DutyHolder {
    const FIELD: &'static str = "duty_holder";

    fn name_of(message: &proto::DutyHolder) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        id: Option<DutyHolderId>,
        message: &proto::DutyHolder,
    ) -> Option<Self> {
        filled(bad, "display_name", &message.display_name);
        let organization = bad.take("organization", reference(&message.organization));
        let each = message.public_fields.iter().enumerate();
        let public = each
            .filter_map(|(index, it)| bad.take(format!("public_fields[{index}]"), public(*it)))
            .collect();
        let officer = bad.take("officer", optional(&message.officer));
        let person = bad.take("person", optional(&message.person));
        let mut absences = Vec::new();
        for (index, it) in message.absences.iter().enumerate() {
            absences.push(Absence {
                validity: validity(
                    bad,
                    &format!("absences[{index}].validity"),
                    it.validity.as_ref(),
                ),
                reason: it.reason.clone(),
            });
        }
        let validity = validity(bad, "validity", message.validity.as_ref());
        Some(Self {
            id: id?,
            name: message.display_name.clone(),
            organization: organization?,
            post: message.post.clone(),
            phone: message.phone.clone(),
            photo: message.photo_uri.clone(),
            public,
            officer: officer?,
            person: person?,
            absences,
            validity,
        })
    }
}

fn field(field: PublicField) -> proto::PublicField {
    match field {
        PublicField::Name => proto::PublicField::DisplayName,
        PublicField::Organization => proto::PublicField::Organization,
        PublicField::Post => proto::PublicField::Post,
        PublicField::Phone => proto::PublicField::Phone,
        PublicField::Photo => proto::PublicField::Photo,
    }
}

fn public(wire: i32) -> Result<PublicField, FieldProblem> {
    let mut all = PublicField::ALL.into_iter();
    all.find(|it| i32::from(field(*it)) == wire)
        .ok_or_else(|| FieldProblem::new(format!("no field {wire} to publish"), "未知的公示项"))
}
