//! Powers (执法权限): who may act on which matters, where, since when, on what basis.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Act, AreaId, Id, Item, Kind, MatterId, OrganizationId, Validity, day};

/// The id of a power.
pub type PowerId = Id<Power>;

/// Who may act, on what, where, when, why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// Its id.
    pub id: PowerId,
    /// On what; at least one.
    pub matters: Vec<MatterId>,
    /// Who.
    pub holder: Holder,
    /// Where. `None`: wherever the holder works.
    pub area: Option<AreaId>,
    /// What it rests on.
    pub basis_kind: BasisKind,
    /// The citation; never empty.
    pub basis: String,
    /// The instrument it was given by.
    pub instrument: String,
    /// When the instrument was published. An enforcing act needs a published power (R1).
    #[serde(with = "day::iso::option")]
    pub published_on: Option<Date>,
    /// When it holds; an entrusted power has both ends (R2).
    pub validity: Validity,
    /// What may be done under it; at least one.
    pub acts: Vec<Act>,
    /// For an entrusted power: in whose name (R2).
    pub delegator: Option<OrganizationId>,
    /// For a seconded power: the home department in whose name its officers act at the holder's (M2).
    #[serde(default)]
    pub home: Option<OrganizationId>,
}

impl Power {
    /// In whose name acts are done, if not in the holder's own: the delegator's or the home department's.
    pub fn in_name_of(&self) -> Option<&OrganizationId> {
        match self.basis_kind {
            BasisKind::Entrusted => self.delegator.as_ref(),
            BasisKind::Seconded => self.home.as_ref(),
            BasisKind::Devolved | BasisKind::Concentrated | BasisKind::Statutory => None,
        }
    }
}

/// Who holds a power.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// One organization.
    Organization(OrganizationId),
    /// Every organization of a kind, each where it works.
    Kind(Kind),
}

/// What a power rests on, in the order in which holders are ranked.
///
/// A power that was handed down to a street or concentrated in one organ was taken from the organ the statute
/// names, so it goes before it (Penalty Law 18, 24). One who acts by secondment or in another's name comes after
/// the one whose power it is (20-21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BasisKind {
    /// 交由街道 (24).
    Devolved,
    /// 相对集中 (18).
    Concentrated,
    /// 法定.
    Statutory,
    /// 派驻.
    Seconded,
    /// 委托 (20-21).
    Entrusted,
}

impl BasisKind {
    /// Every kind, the strongest first.
    pub const ALL: [Self; 5] = [
        Self::Devolved,
        Self::Concentrated,
        Self::Statutory,
        Self::Seconded,
        Self::Entrusted,
    ];

    /// Whether a power of this kind is somebody else's: worth what that one holds, and never passed on (R2, M2).
    pub fn is_borrowed(self) -> bool {
        matches!(self, Self::Entrusted | Self::Seconded)
    }

    /// In Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Devolved => "交由街道",
            Self::Concentrated => "相对集中",
            Self::Statutory => "法定",
            Self::Seconded => "派驻",
            Self::Entrusted => "委托",
        }
    }

    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Devolved => "DEVOLVED",
            Self::Concentrated => "CONCENTRATED",
            Self::Statutory => "STATUTORY",
            Self::Seconded => "SECONDED",
            Self::Entrusted => "ENTRUSTED",
        }
    }
}

impl Item for Power {
    const COLLECTION: &'static str = "powers";
    const KIND: &'static str = "power";
    const ENTERED: &'static str = "PowerEntered";
    const AMENDED: &'static str = "PowerAmended";

    fn id(&self) -> &PowerId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
