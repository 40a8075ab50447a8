//! Powers.

use ::time::Date;
use liandong_proto::registry as proto;

use super::{etag, matter::act_wire, name_of, timestamp, validity_wire};
use crate::{
    domain::{BasisKind, Catalogue, Holder, Id, Kept, Power},
    grpc::resource::Resource,
};

impl Resource for Power {
    type Message = proto::Power;
    const MISSING: &'static str = "POWER_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &[
        "matter",
        "organization",
        "holder_kind",
        "area",
        "basis_kind",
        "delegator",
    ];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Power {
        let power = &kept.item;
        let holder = match &power.holder {
            Holder::Organization(id) => proto::power::Holder::Organization(id.name()),
            Holder::Kind(kind) => proto::power::Holder::HolderKind(kind.to_string()),
        };
        proto::Power {
            name: power.id.name(),
            matters: power.matters.iter().map(Id::name).collect(),
            holder: Some(holder),
            area: name_of(power.area.as_ref()),
            basis_kind: basis_kind(power.basis_kind).into(),
            basis: power.basis.clone(),
            instrument: power.instrument.clone(),
            published_on: power
                .published_on
                .map(|it| it.to_string())
                .unwrap_or_default(),
            validity: validity_wire(&power.validity),
            acts: power.acts.iter().map(|it| act_wire(*it).into()).collect(),
            delegator: name_of(power.delegator.as_ref()),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
            home_organization: name_of(power.home.as_ref()),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "matter" => self.matters.iter().any(|it| it.name() == value),
            "organization" => {
                matches!(&self.holder, Holder::Organization(id) if id.name() == value)
            }
            "holder_kind" => matches!(&self.holder, Holder::Kind(kind) if kind.as_str() == value),
            "area" => name_of(self.area.as_ref()) == value,
            "basis_kind" => self.basis_kind.word() == value,
            _ => name_of(self.delegator.as_ref()) == value,
        }
    }
}

/// What a power rests on.
pub(in crate::grpc) fn basis_kind(kind: BasisKind) -> proto::BasisKind {
    match kind {
        BasisKind::Statutory => proto::BasisKind::Statutory,
        BasisKind::Concentrated => proto::BasisKind::Concentrated,
        BasisKind::Devolved => proto::BasisKind::Devolved,
        BasisKind::Entrusted => proto::BasisKind::Entrusted,
        BasisKind::Seconded => proto::BasisKind::Seconded,
    }
}
