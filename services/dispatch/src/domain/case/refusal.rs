//! Every way the rules of cases say no, beyond those of a case on its way into a task.

use time::OffsetDateTime;

use super::State;
use super::revisit;
use super::triage::{Misfit, Way};
use crate::domain::{CaseId, MatterId, OrganizationId, TaskId};

/// Why a change of a case, or a decision about its people, is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the message says it
pub enum Refused {
    #[error("it was seen inside the designated zone {zone} and its hours: no case (R14)")]
    InDesignatedZone {
        zone: String,
        until: Option<OffsetDateTime>,
    },
    #[error("the area is wider than an open zone in it: the point must be known (R14)")]
    PlaceTooWide,
    #[error("case {case} was triaged for something else than this plan")]
    TriagedOtherwise {
        case: CaseId,
        way: Way,
        organization: Option<OrganizationId>,
        misfits: Vec<Misfit>,
    },
    #[error("the case was not triaged for a consultation")]
    NotForConsultation,
    #[error("case {case} cannot be merged")]
    NotMergeable {
        case: CaseId,
        state: State,
        task: Option<TaskId>,
    },
    #[error("case {case} is filed under {matter}, the other one under {other}")]
    OtherMatter {
        case: CaseId,
        matter: MatterId,
        other: MatterId,
    },
    #[error("the case cannot be redirected any more")]
    NotRedirectable { state: State, task: Option<TaskId> },
    #[error("no receipt is owed for the case")]
    NoReceiptOwed { state: State },
    #[error("no reply was promised for this report")]
    NoReplyPromised,
    #[error("no such revisit")]
    RevisitNotFound,
    #[error("the revisit is not due")]
    RevisitNotDue {
        state: revisit::State,
        planned_at: OffsetDateTime,
    },
    #[error("case {case} was not found to repeat this one")]
    NotARelapse { case: CaseId },
    #[error("the case is not closed")]
    NotClosed { state: State },
    #[error("the case has ended")]
    Ended { state: State },
    #[error("no such record of a person, or it is not for the caller to read")]
    PersonNotFound,
    #[error("the assignment is not to penalise")]
    NotPenalising,
    #[error("the identity of the party is not on record")]
    PartyUnknown,
    #[error("the party was fined for the same act by {organization}, case {case} (R6)")]
    AlreadyFined {
        case: CaseId,
        organization: OrganizationId,
    },
    #[error("only a first offence that is corrected goes without a penalty")]
    NoLeniency {
        same_matter: u16,
        corrected: bool,
        exempt: bool,
    },
    #[error("no such decision")]
    PenaltyNotFound,
    #[error("the decision was not for community service")]
    NoCommunityService,
}
