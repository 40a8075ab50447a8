//! How much an organization may upload in a day. Bytes are set aside when an upload is announced, in the same change,
//! so that no number of uploads at once goes over it; an upload that is given up gives them back.

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, UtcOffset};

use super::Refused;
use crate::domain::{EvidenceId, OrganizationId};

/// An upload costs at least this, so that empty announcements are not free.
const CHARGE_MIN: i64 = 64 << 10;

/// An organization's bytes of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Set aside so far.
    pub used: i64,
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AllowanceEvent {
    /// Bytes were set aside.
    Used {
        /// For which upload.
        evidence: EvidenceId,
        /// How many.
        bytes: i64,
    },
    /// They were given back.
    Returned {
        /// By which upload.
        evidence: EvidenceId,
        /// How many.
        bytes: i64,
    },
}

/// The id of an organization's allowance at a time: the civil day in Asia/Shanghai.
pub fn day(organization: &OrganizationId, at: OffsetDateTime) -> String {
    // Asia/Shanghai has no daylight saving time.
    let local = UtcOffset::from_hms(8, 0, 0).map_or(at, |offset| at.to_offset(offset));
    format!("{organization}.{}", local.date())
}

/// What an upload of so many bytes costs.
pub fn charge(length: i64) -> i64 {
    length.max(CHARGE_MIN)
}

impl Allowance {
    /// Sets bytes aside, if so many are left of `max`.
    pub fn spend(
        &self,
        evidence: EvidenceId,
        bytes: i64,
        max: i64,
    ) -> Result<AllowanceEvent, Refused> {
        let left = max.saturating_sub(self.used).max(0);
        if bytes > left {
            return Err(Refused::AllowanceSpent { left });
        }
        Ok(AllowanceEvent::Used { evidence, bytes })
    }

    /// Folds one event.
    pub fn apply(&mut self, event: &AllowanceEvent) {
        match event {
            AllowanceEvent::Used { bytes, .. } => self.used += bytes,
            AllowanceEvent::Returned { bytes, .. } => self.used = (self.used - bytes).max(0),
        }
    }
}

impl AllowanceEvent {
    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self {
            AllowanceEvent::Used { .. } => "AllowanceUsed",
            AllowanceEvent::Returned { .. } => "AllowanceReturned",
        }
    }
}
