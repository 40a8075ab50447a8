//! Vehicles: a plate belongs to one vehicle at a time.

use std::collections::HashMap;

use super::Checks;
use crate::domain::{Reason, Vehicle};

pub(super) fn check(checks: &mut Checks<'_>) {
    let mut plates: HashMap<&str, Vec<&Vehicle>> = HashMap::new();
    for vehicle in checks.each_beside::<Vehicle>() {
        let id = &vehicle.id;
        checks.filled(id, "plate", &vehicle.plate);
        checks.filled(id, "kind", &vehicle.kind);
        checks.period(id, "", &vehicle.validity);
        checks.needs_unit(vehicle, "organization", &vehicle.organization);
        let plate = vehicle.plate.trim();
        let earlier = plates.entry(plate).or_default();
        let other = earlier
            .iter()
            .find(|it| it.validity.overlaps(&vehicle.validity));
        if let Some(other) = other.filter(|_| !plate.is_empty()) {
            let text = format!("the plate {plate} belongs to {} at the time", other.id);
            let zh = format!("车牌同时属于{}", other.id);
            checks.add(id, "plate", Reason::Duplicate, text, zh);
        }
        earlier.push(vehicle);
    }
}
