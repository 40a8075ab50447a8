//! Where a problem is, and whether two of them are at the same place (M16).

use serde::{Deserialize, Serialize};

use super::Case;
use crate::domain::{AreaId, CaseId};

/// A point on the ground, in units of 1e-7 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// North of the equator positive.
    #[serde(rename = "y")]
    pub latitude_e7: i32,
    /// East of Greenwich positive.
    #[serde(rename = "x")]
    pub longitude_e7: i32,
}

/// What says where a problem is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The point, if known.
    pub position: Option<Position>,
    /// The smallest area known.
    pub area: AreaId,
    /// Inside the area.
    pub address: String,
    /// What it is about.
    pub object: String,
}

/// A case that may be the same as another, or came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearby {
    /// Which.
    pub case: CaseId,
    /// How far, in metres; 0 at the same object or address.
    pub distance_m: u32,
}

impl Position {
    /// The range of latitudes and of longitudes.
    pub const LATITUDE_MAX: i32 = 900_000_000;
    /// See [`Self::LATITUDE_MAX`].
    pub const LONGITUDE_MAX: i32 = 1_800_000_000;

    /// How far apart two points are, in metres, rounded up: on a sphere, good to half a percent.
    pub fn metres_to(self, other: Position) -> u32 {
        const EARTH_M: f64 = 6_371_008.8;
        let radians = |e7: i32| (f64::from(e7) / 1e7).to_radians();
        let (here, there) = (radians(self.latitude_e7), radians(other.latitude_e7));
        let up = ((there - here) / 2.0).sin();
        let along = ((radians(other.longitude_e7) - radians(self.longitude_e7)) / 2.0).sin();
        let half = (up * up + here.cos() * there.cos() * along * along).clamp(0.0, 1.0);
        // Millimetres below a whole metre are the arithmetic's, not the place's.
        let metres = (2.0 * EARTH_M * half.sqrt().asin() - 1e-3).ceil().max(0.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // at most half the equator
        let whole = metres as u32;
        whole
    }

    /// The corners of a box around it that holds every point within a distance: the lower, then the upper ones.
    pub fn around(self, metres: u32) -> (Position, Position) {
        // A degree of latitude is at least 110,574 m long.
        let up = f64::from(metres) / 110_574.0;
        let width = (f64::from(self.latitude_e7) / 1e7)
            .to_radians()
            .cos()
            .max(0.01);
        let e7 = |degrees: f64| {
            #[allow(clippy::cast_possible_truncation)] // floating to integer saturates
            let whole = (degrees * 1e7).ceil() as i32;
            whole.saturating_add(1)
        };
        let (up, along) = (e7(up), e7(up / width));
        let corner = |sign: i32| Position {
            latitude_e7: self.latitude_e7.saturating_add(sign * up),
            longitude_e7: self.longitude_e7.saturating_add(sign * along),
        };
        (corner(-1), corner(1))
    }
}

impl Place {
    /// Where a case is.
    pub fn of(case: &Case) -> Place {
        let report = &case.report;
        Place {
            position: report.position,
            area: report.area.clone(),
            address: report.address.clone(),
            object: report.object.clone(),
        }
    }

    /// How far apart two places are, in metres; none if that cannot be said. Points decide if both are known;
    /// else the same object, or the same address, in the same area is the same place.
    pub fn metres_to(&self, other: &Place) -> Option<u32> {
        if let (Some(here), Some(there)) = (self.position, other.position) {
            return Some(here.metres_to(there));
        }
        let same = |a: &str, b: &str| !a.trim().is_empty() && a.trim() == b.trim();
        let here = self.area == other.area
            && (same(&self.object, &other.object) || same(&self.address, &other.address));
        here.then_some(0)
    }
}
