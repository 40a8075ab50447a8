//! Matters (事项): kinds of problem, when they are filed, when they may be closed, how long they may take.

use liandong_calendar::{Limit, LimitKind};
use serde::{Deserialize, Serialize};
use time::Date;

use super::{EvidenceRequirement, Id, Item, Kind, Validity};

/// The id of a matter.
pub type MatterId = Id<Matter>;

/// An entry of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matter {
    /// Its id.
    pub id: MatterId,
    /// In Chinese.
    pub title: String,
    /// Data, not an enum.
    pub category: String,
    /// Its code in the standard or platform it comes from.
    pub external_code: String,
    /// What forbids or obliges.
    pub basis: Vec<LegalBasis>,
    /// When it is filed; at least one.
    pub conditions: Vec<FilingCondition>,
    /// What is done about it unless the question says otherwise.
    pub default_act: Act,
    /// Which kinds of organization help.
    pub helpers: Vec<Kind>,
    /// Limits of the stages.
    pub stages: StageLimits,
    /// 首违不罚 (Penalty Law 33).
    pub first_offence_exempt: bool,
    /// When the entry is in force.
    pub validity: Validity,
    /// With certificates of which fields officers may enforce it; none: its category's.
    #[serde(default)]
    pub certificate_fields: Vec<String>,
    /// Which evidence the work must leave behind.
    #[serde(default)]
    pub evidence: Vec<EvidenceRequirement>,
}

/// A provision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalBasis {
    /// The law, regulation or rule.
    pub law: String,
    /// Its articles.
    pub article: String,
}

/// A condition under which a matter is filed, with its own limit and its own end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilingCondition {
    /// Unique within the matter.
    pub id: String,
    /// When it applies (立案条件).
    pub text: String,
    /// How long the disposal may take.
    pub limit: Limit,
    /// What must be true for the case to be closed (结案条件).
    pub close: String,
}

/// How long each stage of an assignment may take.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageLimits {
    /// To the signature (签收).
    pub sign: Option<Limit>,
    /// From there to the commitment (接办).
    pub commit: Option<Limit>,
    /// From there to the arrival (报到).
    pub on_site: Option<Limit>,
    /// From the report to its check (核查).
    pub check: Option<Limit>,
}

/// What may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Act {
    /// 检查.
    Inspect,
    /// 责令改正.
    OrderCorrection,
    /// 责令停止.
    Stop,
    /// 行政处罚.
    Penalise,
    /// 查封扣押.
    Seize,
    /// 行政强制执行.
    Coerce,
    /// 处置: does the work itself; a duty, not a power over anybody.
    Dispose,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 7] = [
        Self::Inspect,
        Self::OrderCorrection,
        Self::Stop,
        Self::Penalise,
        Self::Seize,
        Self::Coerce,
        Self::Dispose,
    ];

    /// Whether it needs a live, published power (R1) and two certified officers (R3).
    pub fn enforces(self) -> bool {
        matches!(self, Self::Penalise | Self::Seize | Self::Coerce)
    }

    /// In Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Inspect => "检查",
            Self::OrderCorrection => "责令改正",
            Self::Stop => "责令停止",
            Self::Penalise => "行政处罚",
            Self::Seize => "查封扣押",
            Self::Coerce => "行政强制执行",
            Self::Dispose => "处置",
        }
    }

    /// As written in a street file.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Inspect => "inspect",
            Self::OrderCorrection => "order_correction",
            Self::Stop => "stop",
            Self::Penalise => "penalise",
            Self::Seize => "seize",
            Self::Coerce => "coerce",
            Self::Dispose => "dispose",
        }
    }
}

impl Matter {
    /// The fields of certificates with which officers may enforce it.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let category = self.certificate_fields.is_empty().then_some(&self.category);
        let each = self.certificate_fields.iter().chain(category);
        each.map(|it| it.trim())
    }

    /// The evidence that is required when an act is done.
    pub fn evidence_for(&self, act: Act) -> impl Iterator<Item = &EvidenceRequirement> {
        self.evidence.iter().filter(move |it| it.holds_for(act))
    }
}

impl StageLimits {
    /// The same with the suite's defaults where nothing is said: sign 2 and commit 4 work hours, on site and
    /// check one working day.
    pub fn or_default(&self) -> Self {
        let of =
            |given: Option<Limit>, kind, amount| given.or_else(|| Limit::new(kind, amount).ok());
        Self {
            sign: of(self.sign, LimitKind::WorkHours, 2 * 60),
            commit: of(self.commit, LimitKind::WorkHours, 4 * 60),
            on_site: of(self.on_site, LimitKind::WorkDays, 1),
            check: of(self.check, LimitKind::WorkDays, 1),
        }
    }
}

impl Item for Matter {
    const COLLECTION: &'static str = "matters";
    const KIND: &'static str = "matter";
    const ENTERED: &'static str = "MatterEntered";
    const AMENDED: &'static str = "MatterAmended";

    fn id(&self) -> &MatterId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
