//! Vehicles of organizations (M12).

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Id, Item, OrganizationId, Validity};

/// The id of a vehicle.
pub type VehicleId = Id<Vehicle>;

/// A vehicle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Its id.
    pub id: VehicleId,
    /// Its number plate.
    pub plate: String,
    /// What it is, as data, in Chinese.
    pub kind: String,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Whether it cannot be used; then it counts towards no norm.
    pub unserviceable: bool,
    /// What is to be known about it.
    pub note: String,
    /// When the organization has it.
    pub validity: Validity,
}

impl Item for Vehicle {
    const COLLECTION: &'static str = "vehicles";
    const KIND: &'static str = "vehicle";
    const ENTERED: &'static str = "VehicleEntered";
    const AMENDED: &'static str = "VehicleAmended";

    fn id(&self) -> &VehicleId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
