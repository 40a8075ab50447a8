//! What communities may be asked to take on (社区准入清单), and what must go with it (权、费、人、物随事转; R12, M24).
//!
//! ```text
//!  work for a community ─▶ matter on a list? ─▶ as helper? ─▶ power? fund? people? things? ─▶ allowed
//!                               └──────────────────┴──────────────┴─ no ─▶ every obstacle at once
//! ```

mod hand_over;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::Date;

pub use self::hand_over::{
    HandOver, NamedPower, Obstacle, ObstacleCode, Person, Question, ReceiverRole, Thing, Verdict,
    check,
};
use super::{AreaId, Catalogue, Id, Item, Kind, MatterId, Organization, OrganizationId, Validity};

/// The id of an access list.
pub type AccessListId = Id<AccessList>;

/// Matters that may be handed down, as help only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessList {
    /// Its id.
    pub id: AccessListId,
    /// The title in Chinese.
    pub name: String,
    /// To whom.
    pub receiver: Receiver,
    /// The matters; at least one.
    pub entries: Vec<AccessEntry>,
    /// What it rests on; never empty.
    pub basis: String,
    /// When it holds.
    pub validity: Validity,
}

/// To whom a list applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receiver {
    /// One community.
    Organization(OrganizationId),
    /// Every organization of a kind that works in an area; `None`: in the whole district.
    Kind(Kind, Option<AreaId>),
}

/// A matter on a list, and what at least goes with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessEntry {
    /// The matter.
    pub matter: MatterId,
    /// The least money, in fen; 0: any amount above nothing.
    pub fund_fen_min: i64,
    /// The least number of people; 0: at least one.
    pub people_min: u32,
    /// Things that must be among those handed over; none: anything, but something.
    pub things: Vec<String>,
    /// Anything else.
    pub note: String,
}

impl AccessList {
    /// Whether it applies to a unit.
    pub fn is_for(&self, catalogue: &Catalogue, unit: &Organization) -> bool {
        match &self.receiver {
            Receiver::Organization(id) => *id == unit.id,
            Receiver::Kind(kind, area) => {
                let works_there = |around: &AreaId| {
                    let own = unit.area.as_ref();
                    own.is_some_and(|own| catalogue.lies_in(own.as_str(), around.as_str()))
                };
                *kind == unit.kind && area.as_ref().is_none_or(works_there)
            }
        }
    }

    /// The entry of a matter.
    pub fn entry(&self, matter: &str) -> Option<&AccessEntry> {
        self.entries.iter().find(|it| it.matter.as_str() == matter)
    }
}

impl Item for AccessList {
    const COLLECTION: &'static str = "accessLists";
    const SECTION: &'static str = "access_lists";
    const KIND: &'static str = "access_list";
    const ENTERED: &'static str = "AccessListEntered";
    const AMENDED: &'static str = "AccessListAmended";

    fn id(&self) -> &AccessListId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
