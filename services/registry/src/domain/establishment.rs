//! What an organization should have (编制, 配备标准) and may cost, by date.

use serde::{Deserialize, Serialize};

use super::Validity;

/// The kind of an emergency squad (应急小分队, M3).
pub const EMERGENCY_SQUAD: &str = "emergency-squad";
/// The kind of a liaison station (社区城管联系站, M3).
pub const LIAISON_STATION: &str = "liaison-station";

/// Norms for some time. What is `None` is not stated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Establishment {
    /// When they apply.
    pub validity: Validity,
    /// How many people it should have.
    pub staff_norm: Option<u32>,
    /// The fewest it may have.
    pub staff_min: Option<u32>,
    /// The most it may have.
    pub staff_max: Option<u32>,
    /// How many serviceable vehicles it should have.
    pub vehicle_norm: Option<u32>,
    /// The least it should be given a year, in fen.
    pub budget_min: Option<i64>,
    /// The most it should be given a year, in fen.
    pub budget_max: Option<i64>,
    /// What it is given a year, in fen.
    pub budget: Option<i64>,
    /// The document it comes from.
    pub basis: String,
}

impl Establishment {
    /// Whether any norm is stated.
    pub fn has_norms(&self) -> bool {
        let counts = [
            self.staff_norm,
            self.staff_min,
            self.staff_max,
            self.vehicle_norm,
        ];
        counts.iter().any(Option::is_some) || self.budget_min.is_some() || self.budget_max.is_some()
    }
}
