//! Vehicles.

use ::time::Date;
use liandong_kit::status::Violations;
use liandong_proto::registry as proto;

use super::{etag, id, timestamp, validity, validity_wire};
use crate::{
    domain::{Catalogue, Kept, Vehicle, VehicleId},
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
};

impl Resource for Vehicle {
    type Message = proto::Vehicle;
    const MISSING: &'static str = "VEHICLE_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["organization", "kind", "plate", "unserviceable"];
    const WORDS: &'static Words = &[("unserviceable", &["true", "false"])];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Vehicle {
        let it = &kept.item;
        proto::Vehicle {
            name: it.id.name(),
            plate: it.plate.clone(),
            kind: it.kind.clone(),
            organization: it.organization.name(),
            unserviceable: it.unserviceable,
            note: it.note.clone(),
            validity: validity_wire(&it.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "organization" => self.organization.name() == value,
            "kind" => self.kind == value,
            "plate" => self.plate == value,
            _ => self.unserviceable.to_string() == value,
        }
    }
}

impl Editable for Vehicle {
    const FIELD: &'static str = "vehicle";

    fn name_of(message: &proto::Vehicle) -> &str {
        &message.name
    }

    fn read(bad: &mut Violations, own: Option<VehicleId>, wire: &proto::Vehicle) -> Option<Self> {
        let organization = bad.take("organization", id(&wire.organization));
        for (field, text) in [("plate", &wire.plate), ("kind", &wire.kind)] {
            bad.check(!text.trim().is_empty(), field, "required", "必填");
        }
        let validity = validity(bad, "validity", wire.validity.as_ref());
        Some(Vehicle {
            id: own?,
            plate: wire.plate.clone(),
            kind: wire.kind.clone(),
            organization: organization?,
            unserviceable: wire.unserviceable,
            note: wire.note.clone(),
            validity,
        })
    }
}
