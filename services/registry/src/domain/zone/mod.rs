//! Designated zones (疏导点): where and when trade without a licence is no case (M10; R14, 无证无照经营查处办法 3).
//!
//! ```text
//!  Proposed ─street, urban management and squad approve─▶ Approved ─first day─▶ Open ◀─▶ Suspended
//!                                                                             └─last day over─▶ Ended
//! ```
//! The state is never stored: it is a fold of approvals, suspensions and days, as of a day.

mod check;
mod hours;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::Date;

pub(crate) use self::hours::{clock, minute};
pub use self::{
    check::{Answer, Finding, FindingCode, Outcome, Question, check},
    hours::{MonthDay, Season, Window, within},
};
use super::{
    AreaId, Id, Item, MatterId, OrganizationId, Validity, day,
    distance::{self, Centimetres},
    geometry::{Boundary, Point},
};

/// The id of a zone.
pub type ZoneId = Id<Zone>;

/// A designated zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// Its id.
    pub id: ZoneId,
    /// In Chinese.
    pub name: String,
    /// The area it is in, or which it is.
    pub area: AreaId,
    /// Its own boundary; `None`: the whole area.
    pub shape: Option<Shape>,
    /// The place in words.
    pub address: String,
    /// Its hours by season; at least one.
    pub seasons: Vec<Season>,
    /// The kinds of trade that are allowed; at least one.
    pub trades: Vec<String>,
    /// The matters that are no case inside it; at least one.
    pub matters: Vec<MatterId>,
    /// How many stalls it has room for.
    pub capacity: u32,
    /// The approvals.
    pub approvals: Vec<Approval>,
    /// When it was or is suspended.
    pub suspensions: Vec<Suspension>,
    /// Its first and last day.
    pub validity: Validity,
}

/// A boundary of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// By its corners.
    Polygons(Boundary),
    /// Around a middle.
    Circle {
        /// The middle.
        middle: Point,
        /// In metres.
        radius_m: u32,
    },
}

/// Who must approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Party {
    /// 街道.
    Street,
    /// 城市管理部门.
    UrbanManagement,
    /// 执法中队.
    EnforcementSquad,
}

/// An approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Which of the three.
    pub party: Party,
    /// Who.
    pub organization: OrganizationId,
    /// On which day.
    #[serde(with = "day::iso")]
    pub approved_on: Date,
    /// The number of the document.
    pub document_number: String,
}

/// Days on which a zone is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// The days.
    pub validity: Validity,
    /// Why.
    pub ground: String,
    /// Who suspended it.
    pub organization: Option<OrganizationId>,
}

/// Where a zone stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneState {
    /// An approval is missing.
    Proposed,
    /// Approved, not begun.
    Approved,
    /// Open, in its hours.
    Open,
    /// Suspended.
    Suspended,
    /// Its last day is over.
    Ended,
}

impl Zone {
    /// Whose approval is missing on a day.
    pub fn missing_on(&self, day: Date) -> Vec<Party> {
        let approved = |party: Party| {
            let mut all = self.approvals.iter();
            all.any(|it| it.party == party && it.approved_on <= day)
        };
        let all = Party::ALL.into_iter();
        all.filter(|it| !approved(*it)).collect()
    }

    /// Adds an approval; the same one again changes nothing.
    pub fn approve(&mut self, approval: Approval) {
        if !self.approvals.contains(&approval) {
            self.approvals.push(approval);
        }
    }

    /// Adds a suspension; the same one again changes nothing.
    pub fn suspend(&mut self, suspension: Suspension) {
        if !self.suspensions.contains(&suspension) {
            self.suspensions.push(suspension);
        }
    }

    /// Opens it again from a day on: the suspension of that day ends the day before, or is gone if it begins then.
    pub fn resume(&mut self, first: Date) {
        for suspension in &mut self.suspensions {
            if suspension.validity.covers(first) {
                suspension.validity.last = first.previous_day();
            }
        }
        self.suspensions.retain(|it| !it.validity.is_backwards());
    }

    /// Where it stands on a day.
    pub fn state_on(&self, day: Date) -> ZoneState {
        if self.validity.last.is_some_and(|last| last < day) {
            ZoneState::Ended
        } else if !self.missing_on(day).is_empty() {
            ZoneState::Proposed
        } else if !self.validity.covers(day) {
            ZoneState::Approved
        } else if self.suspensions.iter().any(|it| it.validity.covers(day)) {
            ZoneState::Suspended
        } else {
            ZoneState::Open
        }
    }
}

impl Shape {
    /// Whether a point lies in it; on its border counts as inside.
    pub fn contains(&self, point: Point) -> bool {
        self.distance(point) == 0
    }

    /// How far a point is from it; 0 inside.
    pub fn distance(&self, point: Point) -> Centimetres {
        match self {
            Self::Polygons(boundary) if boundary.contains(point) || boundary.borders(point) => 0,
            Self::Polygons(boundary) => distance::to_border(boundary, point),
            Self::Circle { middle, radius_m } => {
                let radius = Centimetres::from(*radius_m) * 100;
                (distance::between(*middle, point) - radius).max(0)
            }
        }
    }
}

impl Party {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Street, Self::UrbanManagement, Self::EnforcementSquad];

    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Street => "STREET",
            Self::UrbanManagement => "URBAN_MANAGEMENT",
            Self::EnforcementSquad => "ENFORCEMENT_SQUAD",
        }
    }

    /// In Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Street => "街道",
            Self::UrbanManagement => "城管部门",
            Self::EnforcementSquad => "执法中队",
        }
    }
}

impl ZoneState {
    /// As filters write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::Approved => "APPROVED",
            Self::Open => "OPEN",
            Self::Suspended => "SUSPENDED",
            Self::Ended => "ENDED",
        }
    }
}

impl Item for Zone {
    const COLLECTION: &'static str = "zones";
    const SECTION: &'static str = "zones";
    const KIND: &'static str = "zone";
    const ENTERED: &'static str = "ZoneEntered";
    const AMENDED: &'static str = "ZoneAmended";

    fn id(&self) -> &ZoneId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
