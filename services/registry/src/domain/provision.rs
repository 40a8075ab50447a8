//! What an area is provided with besides people: money, facilities, rules (五落实, M8).

use serde::{Deserialize, Serialize};
use time::Date;

use super::{AreaId, Id, Item, OrganizationId, Validity, WorkLineId};

/// The id of a provision.
pub type ProvisionId = Id<Provision>;

/// Money, a facility or a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provision {
    /// The id.
    pub id: ProvisionId,
    /// In Chinese.
    pub name: String,
    /// Which of the three.
    pub kind: ProvisionKind,
    /// The area.
    pub area: AreaId,
    /// Also for everything inside the area.
    pub whole_subtree: bool,
    /// For which lines; none: all.
    pub work_lines: Vec<WorkLineId>,
    /// In fen; above 0 for money, the worth of a facility.
    pub amount_fen: i64,
    /// How many, for a facility.
    pub quantity: u32,
    /// The document.
    pub basis: String,
    /// Who provides it.
    pub organization: Option<OrganizationId>,
    /// When it is there.
    pub validity: Validity,
}

/// The three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProvisionKind {
    /// 经费.
    Money,
    /// 设施.
    Facility,
    /// 制度.
    Rule,
}

impl ProvisionKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Money, Self::Facility, Self::Rule];

    /// As written in a street file and in filters (there in upper case).
    pub fn word(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Facility => "facility",
            Self::Rule => "rule",
        }
    }
}

impl Item for Provision {
    const COLLECTION: &'static str = "provisions";
    const SECTION: &'static str = "provisions";
    const KIND: &'static str = "provision";
    const ENTERED: &'static str = "ProvisionEntered";
    const AMENDED: &'static str = "ProvisionAmended";

    fn id(&self) -> &ProvisionId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
