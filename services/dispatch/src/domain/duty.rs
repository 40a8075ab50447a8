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

/// A reference to an unlawful act as it is compared: however wide, spaced and cased it was typed, the same act is the same.
pub(super) fn act_key(reference: &str) -> String {
    let narrow = |it: char| match it {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(it) - 0xfee0).unwrap_or(it),
        _ => it,
    };
    let text: String = reference
        .chars()
        .map(narrow)
        .flat_map(char::to_uppercase)
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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
        let name = format!("{matter}\n{area}\n{}", act_key(act_reference));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves R5.
    #[test]
    fn an_act_is_the_same_however_it_was_typed() {
        let id = |act| ActClaim::id(&MatterId::from("m"), &AreaId::from("1"), act);
        let act = id("川A12345 2026-11-20");
        for typed in [
            "川a12345 2026-11-20",
            " 川Ａ１２３４５　2026-11-20 ",
            "川A12345   2026-11-20",
        ] {
            assert_eq!(id(typed), act, "{typed}");
        }
        assert_ne!(id("川A12346 2026-11-20"), act);
    }
}
