//! What the agents' calls have in common.

use liandong_proto::{
    dispatch::{AssignmentFacts, Stage},
    types::LimitKind,
};
use sha2::{Digest, Sha256};

use super::pace::Deadline;
use crate::output::words;

/// A change that may be sent again if its answer was lost: it carries a request id.
pub(super) trait Change {
    /// Sets the request id.
    fn set_request_id(&mut self, id: String);
}

macro_rules! changes {
    ($($request:ident)*) => {
        $(impl Change for liandong_proto::dispatch::$request {
            fn set_request_id(&mut self, id: String) {
                self.request_id = id;
            }
        })*
    };
}

changes! {
    ReportCaseRequest VerifyCaseRequest FileCaseRequest RejectCaseRequest
    PlanTaskRequest IssueTaskRequest RuleObjectionRequest
    SignAssignmentRequest CommitAssignmentRequest ObjectAssignmentRequest ReportInRequest ReportAssignmentRequest
    AcknowledgeWithdrawalRequest CheckAssignmentRequest
}

/// The deadline of a stage that is still running.
pub(super) fn deadline(facts: &AssignmentFacts, stage: Stage) -> Option<Deadline> {
    let clock = facts
        .clocks
        .iter()
        .find(|it| it.stage() == stage && it.met_time.is_none())?;
    let deadline = clock.deadline.as_ref()?;
    let kind = deadline
        .limit
        .as_ref()
        .map(|it| it.kind())
        .unwrap_or_default();
    let urgent = matches!(kind, LimitKind::UrgentHours | LimitKind::CalendarDays);
    Some(Deadline {
        due: words::instant(deadline.due_time.as_ref()?)?,
        urgent,
    })
}

/// SHA-256 in hex, standing for a photograph.
pub(super) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex::encode(hash.finalize())
}
