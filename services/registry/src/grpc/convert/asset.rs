//! Assets and their kinds.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{
    day, etag, geometry, id, name_of, optional, position, text, timestamp, validity, validity_wire,
};
use crate::{
    domain::{
        Asset, AssetId, AssetKind, AssetKindId, Catalogue, Kept,
        asset::{AssetState, Nearby, ReasonCode, Responsible, ResponsibleReason, StateChange},
    },
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
};

impl Resource for AssetKind {
    type Message = proto::AssetKind;
    const MISSING: &'static str = "ASSET_KIND_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["class_code", "class_name"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::AssetKind {
        let kind = &kept.item;
        proto::AssetKind {
            name: kind.id.name(),
            display_name: kind.name.clone(),
            class_name: kind.class_name.clone(),
            class_code: kind.class_code.clone(),
            code_digits: i32::try_from(kind.code_digits).unwrap_or(i32::MAX),
            validity: validity_wire(&kind.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "class_code" => self.class_code == value,
            _ => self.class_name == value,
        }
    }
}

impl Editable for AssetKind {
    const FIELD: &'static str = "asset_kind";

    fn name_of(message: &proto::AssetKind) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        id: Option<AssetKindId>,
        message: &proto::AssetKind,
    ) -> Option<Self> {
        let digits = match message.code_digits {
            0 => Ok(Self::CODE_DIGITS),
            digits => u32::try_from(digits)
                .map_err(|_| FieldProblem::new("must not be negative", "不能为负")),
        };
        let name = text(bad, "display_name", &message.display_name);
        let class_name = text(bad, "class_name", &message.class_name);
        let code_digits = bad.take("code_digits", digits);
        let validity = validity(bad, "validity", message.validity.as_ref());
        Some(Self {
            id: id?,
            name: name?,
            class_name: class_name?,
            class_code: message.class_code.clone(),
            code_digits: code_digits?,
            validity,
        })
    }
}

impl Resource for Asset {
    type Message = proto::Asset;
    const MISSING: &'static str = "ASSET_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &[
        "kind",
        "class_name",
        "owner",
        "maintenance_unit",
        "competent_unit",
        "state",
        "area",
        "within",
    ];
    const WORDS: &'static Words = &[(
        "state",
        &["IN_USE", "DAMAGED", "MISSING", "ABANDONED", "REMOVED"],
    )];

    fn wire(kept: &Kept<Self>, on: Date) -> proto::Asset {
        let asset = &kept.item;
        proto::Asset {
            name: asset.id.name(),
            display_name: asset.name.clone(),
            kind: asset.kind.name(),
            owner: name_of(asset.owner.as_ref()),
            maintenance_unit: name_of(asset.maintenance_unit.as_ref()),
            competent_unit: name_of(asset.competent_unit.as_ref()),
            position: asset.position.map(geometry::point_wire),
            area: asset.area.name(),
            address: asset.address.clone(),
            state: state_wire(asset.state_on(on)).into(),
            states: asset.states.iter().map(change_wire).collect(),
            source: asset.source.clone(),
            note: asset.note.clone(),
            validity: validity_wire(&asset.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "kind" => self.kind.name() == value,
            "class_name" => {
                let kind = catalogue.asset_kinds.get(self.kind.as_str());
                kind.is_some_and(|it| it.class_name == value)
            }
            "owner" => name_of(self.owner.as_ref()) == value,
            "maintenance_unit" => name_of(self.maintenance_unit.as_ref()) == value,
            "competent_unit" => name_of(self.competent_unit.as_ref()) == value,
            "area" => self.area.name() == value,
            _ => value
                .strip_prefix("areas/")
                .is_some_and(|it| catalogue.lies_in(self.area.as_str(), it)),
        }
    }

    fn holds_on(&self, catalogue: &Catalogue, on: Date, field: &str, value: &str) -> bool {
        match field {
            "state" => self.state_on(on).word() == value,
            _ => self.holds(catalogue, field, value),
        }
    }
}

impl Editable for Asset {
    const FIELD: &'static str = "asset";
    const OUTPUT_ONLY: &'static [&'static str] = &["state"];

    fn name_of(message: &proto::Asset) -> &str {
        &message.name
    }

    fn read(bad: &mut Violations, code: Option<AssetId>, message: &proto::Asset) -> Option<Self> {
        let name = text(bad, "display_name", &message.display_name);
        let kind = bad.take("kind", id(&message.kind));
        let area = bad.take("area", id(&message.area));
        let owner = bad.take("owner", optional(&message.owner));
        let maintenance_unit = bad.take("maintenance_unit", optional(&message.maintenance_unit));
        let competent_unit = bad.take("competent_unit", optional(&message.competent_unit));
        let position = position(bad, "position", message.position.as_ref());
        let states = states(bad, message);
        let validity = validity(bad, "validity", message.validity.as_ref());
        Some(Self {
            id: code?,
            name: name?,
            kind: kind?,
            owner: owner?,
            maintenance_unit: maintenance_unit?,
            competent_unit: competent_unit?,
            position,
            area: area?,
            address: message.address.clone(),
            states,
            source: message.source.clone(),
            note: message.note.clone(),
            validity,
        })
    }
}

/// `states`; without them `state` is the first one.
fn states(bad: &mut Violations, message: &proto::Asset) -> Vec<StateChange> {
    if message.states.is_empty() {
        let state = match message.state {
            0 => Some(AssetState::InUse),
            given => bad.take("state", state(given)),
        };
        let only = state.map(|state| StateChange {
            state,
            first: None,
            note: String::new(),
        });
        return only.into_iter().collect();
    }
    let mut states = Vec::new();
    for (index, it) in message.states.iter().enumerate() {
        let state = bad.take(format!("states[{index}].state"), state(it.state));
        let first = bad.take(format!("states[{index}].first_day"), day(&it.first_day));
        if let (Some(state), Some(first)) = (state, first) {
            let note = it.note.clone();
            states.push(StateChange { state, first, note });
        }
    }
    states
}

/// A state from the wire.
pub(in crate::grpc) fn state(wire: i32) -> Result<AssetState, FieldProblem> {
    use proto::AssetState as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::InUse) => Ok(AssetState::InUse),
        Ok(Wire::Damaged) => Ok(AssetState::Damaged),
        Ok(Wire::Missing) => Ok(AssetState::Missing),
        Ok(Wire::Abandoned) => Ok(AssetState::Abandoned),
        Ok(Wire::Removed) => Ok(AssetState::Removed),
        Ok(Wire::Unspecified) => Err(FieldProblem::new("required", "必填")),
        Err(_) => Err(FieldProblem::new("an unknown state", "未知的部件状态")),
    }
}

fn state_wire(state: AssetState) -> proto::AssetState {
    match state {
        AssetState::InUse => proto::AssetState::InUse,
        AssetState::Damaged => proto::AssetState::Damaged,
        AssetState::Missing => proto::AssetState::Missing,
        AssetState::Abandoned => proto::AssetState::Abandoned,
        AssetState::Removed => proto::AssetState::Removed,
    }
}

fn change_wire(change: &StateChange) -> proto::AssetStateChange {
    proto::AssetStateChange {
        state: state_wire(change.state).into(),
        first_day: change.first.map(|it| it.to_string()).unwrap_or_default(),
        note: change.note.clone(),
    }
}

/// An asset near a point.
pub(in crate::grpc) fn near(
    catalogue: &Catalogue,
    near: &Nearby<'_>,
    on: Date,
) -> Option<proto::NearAsset> {
    let kept = catalogue.assets.kept(near.asset.as_str())?;
    Some(proto::NearAsset {
        asset: Some(Asset::wire(kept, on)),
        distance_cm: i32::try_from(near.distance).unwrap_or(i32::MAX),
    })
}

/// Who is to see to an asset.
pub(in crate::grpc) fn responsible(
    answer: &Responsible<'_>,
    on: Date,
    catalogue_version: i64,
) -> proto::ResolveResponsibleUnitResponse {
    let outcome = match answer.unit {
        Some(_) => proto::ResponsibleUnitOutcome::Resolved,
        None => proto::ResponsibleUnitOutcome::Nobody,
    };
    proto::ResolveResponsibleUnitResponse {
        outcome: outcome.into(),
        organization: name_of(answer.unit.map(|it| &it.id)),
        display_name: answer
            .unit
            .map(|it| it.name_on(on).to_owned())
            .unwrap_or_default(),
        registered_organization: name_of(answer.registered),
        reasons: answer.reasons.iter().map(reason).collect(),
        catalogue_version,
    }
}

fn reason(reason: &ResponsibleReason) -> proto::ResponsibleUnitReason {
    use proto::ResponsibleUnitReasonCode as Wire;
    let code = match reason.code {
        ReasonCode::Maintains => Wire::Maintains,
        ReasonCode::Owns => Wire::Owns,
        ReasonCode::InCharge => Wire::InCharge,
        ReasonCode::Succeeds => Wire::Succeeds,
        ReasonCode::NotLive => Wire::NotLive,
        ReasonCode::NotRegistered => Wire::NotRegistered,
        ReasonCode::AssetNotRegistered => Wire::AssetNotRegistered,
        ReasonCode::AssetRemoved => Wire::AssetRemoved,
    };
    proto::ResponsibleUnitReason {
        code: code.into(),
        organization: name_of(reason.organization.as_ref()),
        text_zh: reason.text_zh.clone(),
        text: reason.text.clone(),
    }
}
