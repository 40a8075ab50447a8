//! Provisions.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{
    etag, filled, id as reference,
    list::{ids, names},
    name_of, optional, timestamp, validity, validity_wire,
};
use crate::{
    domain::{Catalogue, Kept, Provision, ProvisionId, ProvisionKind},
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
};

impl Resource for Provision {
    type Message = proto::Provision;
    const MISSING: &'static str = "PROVISION_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["area", "kind", "work_line"];
    const WORDS: &'static Words = &[("kind", &["MONEY", "FACILITY", "RULE"])];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Provision {
        let provision = &kept.item;
        proto::Provision {
            name: provision.id.name(),
            display_name: provision.name.clone(),
            kind: kind(provision.kind).into(),
            area: provision.area.name(),
            whole_subtree: provision.whole_subtree,
            work_lines: names(&provision.work_lines),
            amount_fen: provision.amount_fen,
            quantity: i32::try_from(provision.quantity).unwrap_or(i32::MAX),
            basis: provision.basis.clone(),
            organization: name_of(provision.organization.as_ref()),
            validity: validity_wire(&provision.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "area" => self.area.name() == value,
            "kind" => self.kind.word().to_uppercase() == value,
            _ => self.work_lines.iter().any(|it| it.name() == value),
        }
    }
}

impl Editable for Provision {
    const FIELD: &'static str = "provision";

    fn name_of(message: &proto::Provision) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        id: Option<ProvisionId>,
        message: &proto::Provision,
    ) -> Option<Self> {
        filled(bad, "display_name", &message.display_name);
        let kind = bad.take("kind", read_kind(message.kind));
        let area = bad.take("area", reference(&message.area));
        let work_lines = ids(bad, "work_lines", &message.work_lines);
        let quantity = u32::try_from(message.quantity);
        bad.check(
            quantity.is_ok(),
            "quantity",
            "must not be negative",
            "不能为负数",
        );
        let organization = bad.take("organization", optional(&message.organization));
        let validity = validity(bad, "validity", message.validity.as_ref());
        Some(Self {
            id: id?,
            name: message.display_name.clone(),
            kind: kind?,
            area: area?,
            whole_subtree: message.whole_subtree,
            work_lines,
            amount_fen: message.amount_fen,
            quantity: quantity.ok()?,
            basis: message.basis.clone(),
            organization: organization?,
            validity,
        })
    }
}

fn kind(kind: ProvisionKind) -> proto::ProvisionKind {
    match kind {
        ProvisionKind::Money => proto::ProvisionKind::Money,
        ProvisionKind::Facility => proto::ProvisionKind::Facility,
        ProvisionKind::Rule => proto::ProvisionKind::Rule,
    }
}

fn read_kind(wire: i32) -> Result<ProvisionKind, FieldProblem> {
    let mut all = ProvisionKind::ALL.into_iter();
    all.find(|it| i32::from(kind(*it)) == wire)
        .ok_or_else(|| FieldProblem::new("must be money, facility or rule", "应为经费、设施或制度"))
}
