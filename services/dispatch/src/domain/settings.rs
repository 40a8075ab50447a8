//! How a district runs its cases: limits of their stages, promised replies, what counts as a duplicate or a relapse,
//! when closed cases are revisited, how long personal data is kept. Versioned data, with a default for everything.

use std::collections::BTreeMap;

use liandong_calendar::{Limit, LimitKind};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::OrganizationId;
use super::case::Source;
use super::case::clock::CaseStage;

/// Its name: there is one for each district.
pub const CASE_SETTINGS: &str = "cases";

/// How a district runs its cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSettings {
    /// How long a pre-filing verification may take.
    pub verification: Limit,
    /// How long the intake may take.
    pub intake: Limit,
    /// How long the dispatch may take; continuous, so that it starts without asking a calendar.
    pub dispatch: Limit,
    /// The reply times that are publicly promised.
    pub replies: BTreeMap<Source, Limit>,
    /// Reports of the same matter within this distance may be the same, in metres.
    pub duplicate_distance_m: u32,
    /// And within this time, in hours.
    pub duplicate_hours: u32,
    /// Days after closing on which a case is revisited, rising.
    pub revisit_days: Vec<u16>,
    /// How long a revisit may take, from its day on.
    pub revisit: Limit,
    /// Who else may revisit any closed case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revisitor: Option<OrganizationId>,
    /// The same matter at the same place within so many days of a closing is a relapse.
    pub relapse_days: u16,
    /// For so many days personal data is kept after its case has ended.
    pub personal_data_days: u16,
    /// When it was last changed; none: the defaults.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<OffsetDateTime>,
}

/// The settings were changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsChanged {
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// From here on.
    pub settings: Box<CaseSettings>,
}

impl Default for CaseSettings {
    fn default() -> Self {
        let limit = |kind, amount| {
            Limit::new(kind, amount).unwrap_or_else(|_| unreachable!("an amount of at least one"))
        };
        CaseSettings {
            verification: limit(LimitKind::UrgentHours, 60),
            intake: limit(LimitKind::UrgentHours, 15),
            dispatch: limit(LimitKind::UrgentHours, 15),
            replies: BTreeMap::new(),
            duplicate_distance_m: 50,
            duplicate_hours: 24,
            revisit_days: vec![7, 30, 60],
            revisit: limit(LimitKind::WorkDays, 3),
            revisitor: None,
            relapse_days: 90,
            personal_data_days: 400,
            updated_at: None,
        }
    }
}

impl CaseSettings {
    /// How long a stage of a case may take.
    pub fn limit(&self, stage: CaseStage) -> Limit {
        match stage {
            CaseStage::Verification => self.verification,
            CaseStage::Intake => self.intake,
            CaseStage::Dispatch => self.dispatch,
        }
    }

    /// What changes them to `to`; the same changes nothing.
    pub fn change(&self, to: CaseSettings, at: OffsetDateTime) -> Option<SettingsChanged> {
        let same = CaseSettings {
            updated_at: self.updated_at,
            ..to.clone()
        };
        (*self != same).then(|| SettingsChanged {
            at,
            settings: Box::new(to),
        })
    }

    /// Folds one event.
    pub fn apply(&mut self, event: &SettingsChanged) {
        *self = CaseSettings {
            updated_at: Some(event.at),
            ..(*event.settings).clone()
        };
    }
}
