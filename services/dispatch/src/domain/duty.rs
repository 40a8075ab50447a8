//! What keeps two units from taking the same officer, or the same unlawful act, at once.
//!
//! Each officer and each act is a small aggregate with an id of its own, so two commands for the same one meet there.

use serde::{Deserialize, Serialize};

use super::event::{Claimed, DutyEvent};
use super::{AreaId, AssignmentId, CaseId, MatterId, OfficerId, OrganizationId, Refusal};

/// Where an officer is committed: to one enforcing assignment at a time (R3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// The assignment that has the officer.
    pub assignment: Option<AssignmentId>,
}

impl Duty {
    /// Commits the officer; a repeat changes nothing.
    pub fn book(
        &self,
        officer: &OfficerId,
        assignment: AssignmentId,
        organization: &OrganizationId,
    ) -> Result<Option<DutyEvent>, Refusal> {
        match self.assignment {
            None => Ok(Some(DutyEvent::Booked {
                assignment,
                organization: organization.clone(),
            })),
            Some(it) if it == assignment => Ok(None),
            Some(it) => Err(Refusal::OfficerBusy {
                officer: officer.clone(),
                assignment: it,
            }),
        }
    }

    /// Frees the officer, if it is this assignment that has them.
    pub fn release(&self, assignment: AssignmentId) -> Option<DutyEvent> {
        (self.assignment == Some(assignment)).then_some(DutyEvent::Released { assignment })
    }

    /// Folds one event.
    pub fn apply(&mut self, event: &DutyEvent) {
        self.assignment = match event {
            DutyEvent::Booked { assignment, .. } => Some(*assignment),
            DutyEvent::Released { .. } => None,
        };
    }
}

/// Who was first to file an unlawful act (R5; Penalty Law 25).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActClaim {
    /// The case and its organization; none before.
    pub first: Option<(CaseId, OrganizationId)>,
}

impl ActClaim {
    /// The claim's name: the same act has the same one, whoever files it.
    pub fn id(matter: &MatterId, area: &AreaId, act_reference: &str) -> uuid::Uuid {
        let name = format!("{matter}\n{area}\n{}", act_reference.trim());
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes())
    }

    /// The first case wins; a repeat by it changes nothing.
    pub fn claim(
        &self,
        case: CaseId,
        organization: &OrganizationId,
        act: &str,
    ) -> Result<Option<Claimed>, Refusal> {
        match &self.first {
            None => Ok(Some(Claimed {
                case,
                organization: organization.clone(),
                act_reference: act.to_owned(),
            })),
            Some((first, _)) if *first == case => Ok(None),
            Some((case, organization)) => Err(Refusal::ActAlreadyFiled {
                case: *case,
                organization: organization.clone(),
            }),
        }
    }

    /// Folds one event.
    pub fn apply(&mut self, event: &Claimed) {
        self.first = Some((event.case, event.organization.clone()));
    }
}
