//! Responsibility contracts (责任书) and pledges (承诺书) between a street and its communities and resident units,
//! and what came of their items (M11).
//!
//! ```text
//!  Drafted ─everybody who must has signed─▶ Signed ─first day─▶ InForce ─last day over─▶ Ended
//! ```
//! The state is never stored: it is a fold of the signatures and the period, as of a day.

mod contest;
mod number;
mod report;
mod rhythm;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::Date;

pub use self::{
    contest::{Contest, ContestId, Row, table},
    number::{Number, NumberTarget, TargetSense},
    report::{ItemReport, PeriodReport, Report, Status, report},
    rhythm::{Rhythm, rounds},
};
use super::{Id, Item, MatterId, OrganizationId, Validity, day};

/// The id of a contract.
pub type ContractId = Id<Contract>;
/// The id of a result.
pub type ContractResultId = Id<ContractResult>;

/// A responsibility contract or a pledge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// The title in Chinese.
    pub name: String,
    /// Between whom.
    pub kind: ContractKind,
    /// The street.
    pub street: OrganizationId,
    /// The community or the resident unit.
    pub party: OrganizationId,
    /// The programme it belongs to; may be empty.
    pub programme: String,
    /// The number of the document; may be empty.
    pub document_number: String,
    /// What is promised; at least one.
    pub items: Vec<ContractItem>,
    /// Its period, with both ends.
    pub validity: Validity,
    /// Who has signed.
    pub signatories: Vec<Signatory>,
}

/// Between whom a contract is, and so who must sign it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContractKind {
    /// 街道与社区: both sign.
    StreetCommunity,
    /// 街道与辖区单位: both sign.
    StreetResidentUnit,
    /// 承诺书: the resident unit alone signs.
    Pledge,
}

/// One item of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractItem {
    /// Its id within the contract.
    pub id: String,
    /// The duty in Chinese.
    pub title: String,
    /// What is to be reached.
    pub target: Target,
    /// How often it is looked at.
    pub rhythm: Rhythm,
    /// The most points one result can bring.
    pub points_max: u32,
    /// The matter it is about.
    pub matter: Option<MatterId>,
}

/// What is to be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// In words.
    Words(String),
    /// As a number.
    Number(NumberTarget),
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatory {
    /// For whom.
    pub organization: OrganizationId,
    /// Who signed, by name.
    pub person: String,
    /// In which office; may be empty.
    pub office: String,
    /// On which day.
    #[serde(with = "day::iso")]
    pub signed_on: Date,
}

/// Where a contract stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContractState {
    /// A signature is missing.
    Drafted,
    /// Signed by all, not begun.
    Signed,
    /// Signed by all, within its period.
    InForce,
    /// Its period is over.
    Ended,
}

/// What came of an item in a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContractResult {
    /// Its id.
    pub id: ContractResultId,
    /// The contract.
    pub contract: ContractId,
    /// The item's id within it.
    pub item: String,
    /// One of the periods the item's rhythm makes, with both ends.
    pub period: Validity,
    /// Whether it was kept.
    pub outcome: Outcome,
    /// What was measured, if the target is a number.
    pub number: Option<Number>,
    /// The points it brings.
    pub points: u32,
    /// Who found so; never the party itself (R10).
    pub recorded_by: OrganizationId,
    /// On which day.
    #[serde(with = "day::iso")]
    pub recorded_on: Date,
    /// What was found.
    pub note: String,
    /// Where the evidence is.
    pub evidence: Vec<String>,
    /// The last day on which it counts, if it was withdrawn.
    #[serde(with = "day::iso::option", default)]
    pub withdrawn_on: Option<Date>,
}

/// Whether an item was kept in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// 达标.
    Met,
    /// 未达标.
    Missed,
}

impl Contract {
    /// Who must sign it.
    pub fn must_sign(&self) -> Vec<&OrganizationId> {
        match self.kind {
            ContractKind::Pledge => vec![&self.party],
            _ => vec![&self.street, &self.party],
        }
    }

    /// Whose signature is missing on a day.
    pub fn missing_on(&self, day: Date) -> Vec<&OrganizationId> {
        let signed = |unit: &OrganizationId| {
            let mut all = self.signatories.iter();
            all.any(|it| it.organization == *unit && it.signed_on <= day)
        };
        let all = self.must_sign().into_iter();
        all.filter(|it| !signed(it)).collect()
    }

    /// Adds a signature; the same one again changes nothing.
    pub fn sign(&mut self, signatory: Signatory) {
        if !self.signatories.contains(&signatory) {
            self.signatories.push(signatory);
        }
    }

    /// Where it stands on a day.
    pub fn state_on(&self, day: Date) -> ContractState {
        if self.validity.last.is_some_and(|last| last < day) {
            ContractState::Ended
        } else if !self.missing_on(day).is_empty() {
            ContractState::Drafted
        } else if self.validity.covers(day) {
            ContractState::InForce
        } else {
            ContractState::Signed
        }
    }

    /// The item with this id.
    pub fn item(&self, id: &str) -> Option<&ContractItem> {
        self.items.iter().find(|it| it.id == id)
    }
}

impl ContractKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [
        Self::StreetCommunity,
        Self::StreetResidentUnit,
        Self::Pledge,
    ];

    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::StreetCommunity => "STREET_COMMUNITY",
            Self::StreetResidentUnit => "STREET_RESIDENT_UNIT",
            Self::Pledge => "PLEDGE",
        }
    }
}

impl ContractState {
    /// As filters write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Drafted => "DRAFTED",
            Self::Signed => "SIGNED",
            Self::InForce => "IN_FORCE",
            Self::Ended => "ENDED",
        }
    }
}

impl Outcome {
    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Met => "MET",
            Self::Missed => "MISSED",
        }
    }
}

impl Item for Contract {
    const COLLECTION: &'static str = "contracts";
    const SECTION: &'static str = "contracts";
    const KIND: &'static str = "contract";
    const ENTERED: &'static str = "ContractEntered";
    const AMENDED: &'static str = "ContractAmended";

    fn id(&self) -> &ContractId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}

impl Item for ContractResult {
    const COLLECTION: &'static str = "contractResults";
    const SECTION: &'static str = "contract_results";
    const KIND: &'static str = "contract_result";
    const ENTERED: &'static str = "ContractResultEntered";
    const AMENDED: &'static str = "ContractResultAmended";

    fn id(&self) -> &ContractResultId {
        &self.id
    }

    /// A result counts from the day it is recorded until it is withdrawn.
    fn validity(&self) -> Validity {
        Validity {
            first: Some(self.recorded_on),
            last: self.withdrawn_on,
        }
    }

    fn end(&mut self, last: Date) {
        self.withdrawn_on = Some(last);
    }
}
