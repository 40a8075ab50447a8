//! The territory tree (M5): city, district, street, community, grid, lane.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Id, Item, Validity};

/// The code of an area.
pub type AreaId = Id<Area>;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Its code: official (GB/T 2260 and what continues it) or an own one.
    pub id: AreaId,
    /// In Chinese.
    pub name: String,
    /// Its tier.
    pub level: AreaLevel,
    /// The area around it.
    pub parent: Option<AreaId>,
    /// What it is, as data: `village`, `market`; may be empty.
    pub kind: String,
    /// Households, if counted.
    pub households: Option<u32>,
    /// Residents, if counted.
    pub residents: Option<u32>,
    /// When it existed.
    pub validity: Validity,
    /// Other names or address codes that resolve to it.
    pub aliases: Vec<String>,
}

/// Tiers of the tree, the widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AreaLevel {
    /// 市.
    City,
    /// 区/县.
    District,
    /// 街道/镇.
    Street,
    /// 社区/村.
    Community,
    /// 网格.
    Grid,
    /// 街巷、路段.
    Lane,
}

impl Item for Area {
    const COLLECTION: &'static str = "areas";
    const KIND: &'static str = "area";
    const ENTERED: &'static str = "AreaEntered";
    const AMENDED: &'static str = "AreaAmended";

    fn id(&self) -> &AreaId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
