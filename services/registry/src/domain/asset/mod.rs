//! Municipal components (部件): what stands where, whose it is, who keeps it in order (M9).
//!
//! A code has 16 digits by GB/T 30428.2, and as many as its kind says elsewhere:
//!
//! ```text
//!  3 2 0 3 1 1   0 1   0 2   0 0 0 0 1 7
//!  district      class kind  serial
//!  (GB/T 2260)
//! ```
//! A state is never overwritten: each has a first day, so that a past day is answered as it was.

mod near;
mod responsible;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::Date;

pub use self::{
    near::{Near, Nearby},
    responsible::{Reason as ResponsibleReason, ReasonCode, Responsible, responsible},
};
use super::{AreaId, Id, Item, OrganizationId, Validity, day, geometry::Point};

/// The id of a kind of asset.
pub type AssetKindId = Id<AssetKind>;
/// The id of an asset: its code.
pub type AssetId = Id<Asset>;

/// A kind of asset (部件小类), as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssetKind {
    /// Its id.
    pub id: AssetKindId,
    /// In Chinese.
    pub name: String,
    /// The class it belongs to (大类), in Chinese.
    pub class_name: String,
    /// Two digits of the class and two of the kind; empty: codes are not checked against it.
    pub class_code: String,
    /// How many digits the codes of its assets have.
    pub code_digits: u32,
    /// When it is in use.
    pub validity: Validity,
}

/// A municipal component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// Its code.
    pub id: AssetId,
    /// In Chinese.
    pub name: String,
    /// What it is.
    pub kind: AssetKindId,
    /// 权属单位.
    pub owner: Option<OrganizationId>,
    /// 养护单位.
    pub maintenance_unit: Option<OrganizationId>,
    /// 主管部门.
    pub competent_unit: Option<OrganizationId>,
    /// Where it is; `None`: not surveyed.
    pub position: Option<Point>,
    /// The area it is in, usually a grid.
    pub area: AreaId,
    /// Where it is, in words.
    pub address: String,
    /// Every state it has been in, the oldest first; at least one.
    pub states: Vec<StateChange>,
    /// Where the entry comes from.
    pub source: String,
    /// Anything else.
    pub note: String,
    /// When it is registered.
    pub validity: Validity,
}

/// A state and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// The state.
    pub state: AssetState,
    /// The first day in it; `None` for the first one only: since the asset is registered.
    #[serde(with = "day::iso::option", default)]
    pub first: Option<Date>,
    /// What was found.
    pub note: String,
}

/// In which condition an asset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AssetState {
    /// 完好.
    InUse,
    /// 破损.
    Damaged,
    /// 丢失.
    Missing,
    /// 废弃.
    Abandoned,
    /// 移除.
    Removed,
}

impl AssetKind {
    /// Digits of a code by GB/T 30428.2.
    pub const CODE_DIGITS: u32 = 16;
    /// Digits before the serial: six of the district, four of class and kind.
    pub const PREFIX_DIGITS: u32 = 10;
}

impl Asset {
    /// The state on a day; before the first one, the first.
    pub fn state_on(&self, day: Date) -> AssetState {
        let mut by_then = self.states.iter().rev();
        let known = by_then.find(|it| it.first.is_none_or(|first| first <= day));
        known
            .or_else(|| self.states.first())
            .map_or(AssetState::InUse, |it| it.state)
    }

    /// Records a state from a day on. Recording the state it is in by then changes nothing.
    pub fn record(&mut self, change: StateChange) {
        let same = self.states.last().is_some_and(|it| {
            let by_then = it.first.is_none() || it.first <= change.first;
            it.state == change.state && by_then
        });
        if !same {
            self.states.push(change);
        }
    }
}

impl AssetState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::InUse,
        Self::Damaged,
        Self::Missing,
        Self::Abandoned,
        Self::Removed,
    ];

    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::InUse => "IN_USE",
            Self::Damaged => "DAMAGED",
            Self::Missing => "MISSING",
            Self::Abandoned => "ABANDONED",
            Self::Removed => "REMOVED",
        }
    }

    /// In Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::InUse => "完好",
            Self::Damaged => "破损",
            Self::Missing => "丢失",
            Self::Abandoned => "废弃",
            Self::Removed => "移除",
        }
    }

    /// Reads a word: that of a street file, or the Chinese one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|it| it.word().eq_ignore_ascii_case(text) || it.zh() == text)
    }
}

impl Item for AssetKind {
    const COLLECTION: &'static str = "assetKinds";
    const SECTION: &'static str = "asset_kinds";
    const KIND: &'static str = "asset_kind";
    const ENTERED: &'static str = "AssetKindEntered";
    const AMENDED: &'static str = "AssetKindAmended";

    fn id(&self) -> &AssetKindId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}

impl Item for Asset {
    const COLLECTION: &'static str = "assets";
    const SECTION: &'static str = "assets";
    const KIND: &'static str = "asset";
    const ENTERED: &'static str = "AssetEntered";
    const AMENDED: &'static str = "AssetAmended";

    fn id(&self) -> &AssetId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
