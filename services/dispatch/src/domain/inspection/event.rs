//! What happens to an inspection, and what it leaves behind for readers of the log.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::{Finding, Inspection, Merge, MergeAnswer, Mode, Order, Planned, State};
use crate::domain::{AreaId, InspectionId, OrganizationId, RoundId};

/// What can happen to an inspection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum Change {
    Planned(Box<Planned>),
    /// Another one of the same object was planned for the same days.
    Overlapped {
        other: InspectionId,
        organization: OrganizationId,
    },
    MergeProposed(Merge),
    /// Accepted: it takes over matters and days.
    MergeAnswered {
        from: InspectionId,
        answer: MergeAnswer,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken: Option<Box<Planned>>,
    },
    Merged {
        into: InspectionId,
    },
    Started,
    FindingRecorded(Box<Finding>),
    Ordered {
        finding: u16,
        order: Order,
    },
    Concluded {
        conclusion: String,
    },
    Cancelled {
        reason: String,
    },
}

/// An inspection after an event: all that readers of the log need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Where it stands.
    pub state: State,
    /// Who inspects.
    pub organization: OrganizationId,
    /// Who inspects along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partners: Vec<OrganizationId>,
    /// Who looks and who mends.
    pub mode: Mode,
    /// What is inspected.
    pub reference: String,
    /// Where.
    pub area: AreaId,
    /// The round it was drawn in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<RoundId>,
    /// How many findings there are.
    pub findings: u32,
    /// Who mends them by order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mends: Vec<OrganizationId>,
}

/// An event of an inspection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectionEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What happened.
    pub change: Change,
    /// The inspection as it stands afterwards; never folded.
    pub facts: Option<Box<Facts>>,
}

impl InspectionEvent {
    /// Folds changes one after the other and puts beside each what it leaves behind.
    pub fn of(
        it: &Inspection,
        at: OffsetDateTime,
        changes: impl IntoIterator<Item = Change>,
    ) -> Vec<InspectionEvent> {
        let mut after = it.clone();
        let record = |change: Change| {
            let mut event = InspectionEvent {
                at,
                change,
                facts: None,
            };
            after.apply(&event);
            event.facts = Facts::of(&after).map(Box::new);
            event
        };
        changes.into_iter().map(record).collect()
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            Change::Planned(_) => "InspectionPlanned",
            Change::Overlapped { .. } => "InspectionOverlapFound",
            Change::MergeProposed(_) => "InspectionMergeProposed",
            Change::MergeAnswered { .. } => "InspectionMergeAnswered",
            Change::Merged { .. } => "InspectionMerged",
            Change::Started => "InspectionStarted",
            Change::FindingRecorded(_) => "InspectionFindingRecorded",
            Change::Ordered { .. } => "RectificationOrdered",
            Change::Concluded { .. } => "InspectionConcluded",
            Change::Cancelled { .. } => "InspectionCancelled",
        }
    }

    /// Who is told: who inspects, who proposed to, and who mends of the order and the end.
    pub fn audience(&self) -> Vec<OrganizationId> {
        let Some(facts) = &self.facts else {
            return vec![];
        };
        let mut all = vec![facts.organization.clone()];
        all.extend(facts.partners.iter().cloned());
        match &self.change {
            Change::MergeAnswered { answer, .. } => all.push(answer.organization.clone()),
            Change::Ordered { .. } | Change::Concluded { .. } => {
                all.extend(facts.mends.iter().cloned())
            }
            _ => {}
        }
        all.sort();
        all.dedup();
        all
    }
}

impl Facts {
    fn of(it: &Inspection) -> Option<Facts> {
        let planned = it.planned.as_ref()?;
        Some(Facts {
            state: it.state,
            organization: planned.organization.clone(),
            partners: it.partners.clone(),
            mode: planned.mode,
            reference: planned.object.reference.clone(),
            area: planned.object.area.clone(),
            round: planned.round,
            findings: u32::try_from(it.findings.len()).unwrap_or(u32::MAX),
            mends: it.mends(),
        })
    }
}
