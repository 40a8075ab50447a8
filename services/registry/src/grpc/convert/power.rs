//! Powers.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry::{self as proto, power::Holder as WireHolder};

use super::{
    day as read_day, etag, id, kind,
    matter::{act, act_wire},
    name_of, optional, timestamp, validity, validity_wire,
};
use crate::{
    domain::{Act, BasisKind, Catalogue, Holder, Id, Kept, Power, PowerId},
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
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
    const WORDS: &'static Words = &[(
        "basis_kind",
        &[
            "DEVOLVED",
            "CONCENTRATED",
            "STATUTORY",
            "SECONDED",
            "ENTRUSTED",
        ],
    )];

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

impl Editable for Power {
    const FIELD: &'static str = "power";

    fn name_of(message: &proto::Power) -> &str {
        &message.name
    }

    fn read(bad: &mut Violations, own: Option<PowerId>, wire: &proto::Power) -> Option<Self> {
        let matters = each(bad, "matters", &wire.matters, |it| id(it));
        let holder = read_holder(bad, wire.holder.as_ref());
        let area = bad.take("area", optional(&wire.area));
        let basis_kind = bad.take("basis_kind", read_basis_kind(wire.basis_kind));
        let published_on = bad.take("published_on", read_day(&wire.published_on));
        let validity = validity(bad, "validity", wire.validity.as_ref());
        let acts = each(bad, "acts", &wire.acts, |it| read_act(*it));
        let delegator = bad.take("delegator", optional(&wire.delegator));
        let home = bad.take("home_organization", optional(&wire.home_organization));
        Some(Self {
            id: own?,
            matters: matters?,
            holder: holder?,
            area: area?,
            basis_kind: basis_kind?,
            basis: wire.basis.clone(),
            instrument: wire.instrument.clone(),
            published_on: published_on?,
            validity,
            acts: acts?,
            delegator: delegator?,
            home: home?,
        })
    }
}

/// Every element, or nothing if one of them cannot be read.
fn each<W, T>(
    bad: &mut Violations,
    field: &str,
    wire: &[W],
    read: impl Fn(&W) -> Result<T, FieldProblem>,
) -> Option<Vec<T>> {
    let each = wire.iter().enumerate();
    let all: Vec<_> = each
        .map(|(index, it)| bad.take(format!("{field}[{index}]"), read(it)))
        .collect();
    all.into_iter().collect()
}

fn read_holder(bad: &mut Violations, wire: Option<&WireHolder>) -> Option<Holder> {
    match wire {
        Some(WireHolder::Organization(name)) => {
            bad.take("organization", id(name)).map(Holder::Organization)
        }
        Some(WireHolder::HolderKind(text)) => bad.take("holder_kind", kind(text)).map(Holder::Kind),
        None => {
            let text = "one of organization and holder_kind is required";
            bad.add("holder", FieldProblem::new(text, "单位与单位类别须填一项"));
            None
        }
    }
}

fn read_act(wire: i32) -> Result<Act, FieldProblem> {
    act(wire)?.ok_or_else(|| FieldProblem::new("required", "必填"))
}

fn read_basis_kind(wire: i32) -> Result<BasisKind, FieldProblem> {
    use proto::BasisKind as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::Statutory) => Ok(BasisKind::Statutory),
        Ok(Wire::Concentrated) => Ok(BasisKind::Concentrated),
        Ok(Wire::Devolved) => Ok(BasisKind::Devolved),
        Ok(Wire::Entrusted) => Ok(BasisKind::Entrusted),
        Ok(Wire::Seconded) => Ok(BasisKind::Seconded),
        Ok(Wire::Unspecified) | Err(_) => Err(FieldProblem::new(
            "an unknown kind of basis",
            "未知的依据类别",
        )),
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
