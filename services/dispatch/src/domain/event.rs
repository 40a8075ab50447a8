//! What is recorded: a change, when it happened, and what it left behind.
//!
//! The change alone folds into state. The facts beside it repeat the state that readers of the log need (inboxes,
//! scoring), so that no reader ever has to call back; they are never folded.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::assignment::{Check, Objection, Offer, Report, Ruled};
use super::case::{Case, CaseChange};
use super::clock::{Begun, Stage, StageClock};
use super::clock_change::ClockChange;
use super::extension::{Answer, Extension};
use super::facts::{CaseFacts, Facts};
use super::hand_back::HandBack;
use super::hold::Hold;
use super::ids::DisputeId;
use super::plan::{Plan, Planned};
use super::recusal::Recusal;
use super::resource::Resource;
use super::scene::SceneFinished;
use super::{Act, AssignmentId, CaseId, MatterId, OfficerId, OrganizationId, PersonId, Role, Task};

/// What can happen to a joint task and its assignments. `number` is the assignment's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum TaskChange {
    Planned(Box<Planned>),
    Replanned(Box<Plan>),
    Issued {
        catalogue_version: i64,
        parts: u16,
    },
    /// Its cases are closed in the same change.
    Finished {
        cases: Vec<CaseId>,
    },
    Cancelled {
        reason: String,
    },
    /// With the task's plan, for the participant to read, and the clocks that start.
    Offered {
        offer: Box<Offer>,
        plan: String,
        clocks: Vec<StageClock>,
        /// The earlier assignment of the same organization whose clock goes on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resumes: Option<u16>,
    },
    /// With the clock of the commitment.
    Signed {
        number: u16,
        person: PersonId,
        clock: StageClock,
    },
    /// With the clock of the arrival.
    Committed {
        number: u16,
        person: PersonId,
        officers: Vec<OfficerId>,
        clock: StageClock,
    },
    Objected {
        number: u16,
        objection: Box<Objection>,
    },
    /// When rejected: where the clocks that were paused now run out.
    Ruled {
        number: u16,
        ruled: Ruled,
        new_organization: Option<OrganizationId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        moved: Vec<MovedDue>,
    },
    ExtensionAsked {
        number: u16,
        extension: Box<Extension>,
    },
    /// When granted: where the disposal's clock now runs out.
    ExtensionAnswered {
        number: u16,
        answer: Answer,
        moved: Option<MovedDue>,
    },
    HoldAsked {
        number: u16,
        hold: Box<Hold>,
    },
    /// When granted, the pause begins.
    HoldAnswered {
        number: u16,
        answer: Answer,
    },
    /// Where the paused clocks now run out, and the clock of a commitment that has to be made again. Nobody resumes
    /// a pause whose time is over.
    Resumed {
        number: u16,
        person: Option<PersonId>,
        moved: Vec<MovedDue>,
        clock: Option<StageClock>,
    },
    /// If the commitment falls: with the clock of the next one.
    Recused {
        number: u16,
        recusal: Recusal,
        falls: bool,
        clock: Option<StageClock>,
    },
    Acknowledged {
        number: u16,
        person: PersonId,
    },
    ReportedIn {
        number: u16,
        person: PersonId,
        officers: Vec<OfficerId>,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        emergency: String,
    },
    /// With the clock of the check.
    Reported {
        number: u16,
        report: Report,
        clock: StageClock,
    },
    Checked {
        number: u16,
        check: Check,
    },
    /// A failed check opened a rework round with clocks of its own.
    RoundOpened {
        number: u16,
        round: u16,
        clocks: Vec<StageClock>,
    },
    Released {
        number: u16,
        task_cancelled: bool,
    },
    /// Everybody may leave.
    SceneFinished(SceneFinished),
    HandBackAsked {
        number: u16,
        asked: Box<HandBack>,
    },
    /// When granted: to whom it goes.
    HandBackAnswered {
        number: u16,
        answer: Answer,
        new_organization: Option<OrganizationId>,
    },
    /// By the organizer.
    Withdrawn {
        number: u16,
        reason: String,
        new_organization: Option<OrganizationId>,
    },
    ResourcesStated {
        number: u16,
        resources: Vec<Resource>,
    },
    /// A dispute about these assignments, or about a task that is not issued, is open.
    Disputed {
        dispute: DisputeId,
        numbers: Vec<u16>,
    },
    /// A decision that binds: of an assignment, or of what will be one.
    Designated {
        number: Option<u16>,
        dispute: DisputeId,
        organization: OrganizationId,
        matter: MatterId,
        act: Act,
        role: Role,
    },
    Overdue {
        number: u16,
        stage: Stage,
    },
    Clock {
        number: u16,
        what: ClockChange,
    },
}

/// Where a clock runs out after a pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedDue {
    /// Which clock of the current round.
    pub stage: Stage,
    /// Its new due instant.
    #[serde(with = "us")]
    pub due: OffsetDateTime,
    /// When 80% of its time is used then; none in what older releases recorded.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub warn: Option<OffsetDateTime>,
}

/// An event of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What happened.
    pub change: TaskChange,
    /// The assignment it concerns, as it stands afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Box<Facts>>,
}

/// An event of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What happened.
    pub change: CaseChange,
    /// The case as it stands afterwards.
    pub facts: Box<CaseFacts>,
}

/// An event of an officer's duty (R3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DutyEvent {
    /// Committed to an enforcing assignment.
    Booked {
        /// Which.
        assignment: AssignmentId,
        /// For whom.
        organization: OrganizationId,
    },
    /// Free again.
    Released {
        /// From which.
        assignment: AssignmentId,
    },
}

/// The event of a claim on an unlawful act (R5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// The case that was first.
    pub case: CaseId,
    /// Who filed it.
    pub organization: OrganizationId,
    /// What identifies the act.
    pub act_reference: String,
}

impl TaskEvent {
    /// Folds changes one after the other and puts beside each what it leaves behind.
    pub fn of(task: &Task, at: OffsetDateTime, changes: Vec<TaskChange>) -> Vec<TaskEvent> {
        let mut after = task.clone();
        let record = |mut change: TaskChange| {
            change.begin_clock(after.version + 1);
            after.apply(&change, at);
            let facts = change
                .number()
                .and_then(|it| Facts::of(&after, it))
                .map(Box::new);
            TaskEvent { at, change, facts }
        };
        changes.into_iter().map(record).collect()
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        self.change.kind()
    }
}

impl TaskChange {
    /// Notes on a clock that starts in the midst of a span of the ledger that this is its event, the task's `version`-th.
    fn begin_clock(&mut self, version: i64) {
        let cause = self.kind().to_owned();
        let clock = match self {
            Self::Signed { clock, .. } | Self::Committed { clock, .. } => Some(clock),
            Self::Recused { clock, .. } => clock.as_mut(),
            _ => None,
        };
        if let Some(clock) = clock {
            clock.begun = Some(Begun { cause, version });
        }
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self {
            TaskChange::Planned(_) => "TaskPlanned",
            TaskChange::Replanned(_) => "TaskReplanned",
            TaskChange::Issued { .. } => "TaskIssued",
            TaskChange::Finished { .. } => "TaskFinished",
            TaskChange::Cancelled { .. } => "TaskCancelled",
            TaskChange::Offered { .. } => "AssignmentOffered",
            TaskChange::Signed { .. } => "AssignmentSigned",
            TaskChange::Committed { .. } => "AssignmentCommitted",
            TaskChange::Objected { .. } => "AssignmentObjected",
            TaskChange::Ruled { .. } => "ObjectionRuled",
            TaskChange::ExtensionAsked { .. } => "ExtensionRequested",
            TaskChange::ExtensionAnswered { .. } => "ExtensionAnswered",
            TaskChange::HoldAsked { .. } => "HoldRequested",
            TaskChange::HoldAnswered { .. } => "HoldAnswered",
            TaskChange::Resumed { .. } => "AssignmentResumed",
            TaskChange::Recused { .. } => "RecusalDeclared",
            TaskChange::Acknowledged { .. } => "WithdrawalAcknowledged",
            TaskChange::ReportedIn { .. } => "AssignmentReportedIn",
            TaskChange::Reported { .. } => "AssignmentReported",
            TaskChange::Checked { .. } => "AssignmentChecked",
            TaskChange::RoundOpened { .. } => "RoundOpened",
            TaskChange::Released { .. } => "AssignmentReleased",
            TaskChange::Overdue { .. } => "StageOverdue",
            TaskChange::SceneFinished(_) => "SceneFinished",
            TaskChange::HandBackAsked { .. } => "HandBackRequested",
            TaskChange::HandBackAnswered { .. } => "HandBackAnswered",
            TaskChange::Withdrawn { .. } => "AssignmentWithdrawn",
            TaskChange::ResourcesStated { .. } => "ResourcesStated",
            TaskChange::Disputed { .. } => "TaskDisputed",
            TaskChange::Designated { .. } => "DutyDesignated",
            TaskChange::Clock { what, .. } => what.kind(),
        }
    }

    /// The assignment it concerns.
    pub fn number(&self) -> Option<u16> {
        match self {
            Self::Planned(_)
            | Self::Replanned(_)
            | Self::Issued { .. }
            | Self::Finished { .. }
            | Self::Cancelled { .. }
            | Self::Disputed { .. } => None,
            Self::Designated { number, .. } => *number,
            Self::SceneFinished(it) => Some(it.number),
            Self::Offered { offer, .. } => Some(offer.number),
            Self::Signed { number, .. }
            | Self::Committed { number, .. }
            | Self::Objected { number, .. }
            | Self::Ruled { number, .. }
            | Self::ExtensionAsked { number, .. }
            | Self::ExtensionAnswered { number, .. }
            | Self::HoldAsked { number, .. }
            | Self::HoldAnswered { number, .. }
            | Self::Resumed { number, .. }
            | Self::Recused { number, .. }
            | Self::Acknowledged { number, .. }
            | Self::ReportedIn { number, .. }
            | Self::Reported { number, .. }
            | Self::Checked { number, .. }
            | Self::RoundOpened { number, .. }
            | Self::Released { number, .. }
            | Self::HandBackAsked { number, .. }
            | Self::HandBackAnswered { number, .. }
            | Self::Withdrawn { number, .. }
            | Self::ResourcesStated { number, .. }
            | Self::Overdue { number, .. }
            | Self::Clock { number, .. } => Some(*number),
        }
    }
}

impl CaseEvent {
    /// Folds changes one after the other and puts beside each what it leaves behind.
    pub fn of(case: &Case, at: OffsetDateTime, changes: Vec<CaseChange>) -> Vec<CaseEvent> {
        let mut after = case.clone();
        let record = |change: CaseChange| {
            after.apply(&change, at);
            CaseEvent {
                at,
                facts: Box::new(CaseFacts::of(&after)),
                change,
            }
        };
        changes.into_iter().map(record).collect()
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            CaseChange::Reported(_) => "CaseReported",
            CaseChange::Verified(_) => "CaseVerified",
            CaseChange::Filed(_) => "CaseFiled",
            CaseChange::Rejected(_) => "CaseRejected",
            CaseChange::Planned { .. } => "CasePlanned",
            CaseChange::Dispatched { .. } => "CaseDispatched",
            CaseChange::Closed { .. } => "CaseClosed",
            CaseChange::Returned { .. } => "CaseReturned",
            CaseChange::Triaged(_) => "CaseTriaged",
            CaseChange::DisposedOnSite { .. } => "CaseDisposedOnSite",
            CaseChange::Consulted(_) => "ConsultationHeld",
            CaseChange::Merged { .. } => "CaseMerged",
            CaseChange::Absorbed(_) => "CaseAbsorbed",
            CaseChange::Redirected(_) => "CaseRedirected",
            CaseChange::Receipted { .. } => "RedirectReceipted",
            CaseChange::Overdue { .. } => "CaseStageOverdue",
            CaseChange::Replied(_) => "ReporterReplied",
            CaseChange::ReplyOverdue(_) => "ReplyOverdue",
            CaseChange::RevisitDue(_) => "RevisitDue",
            CaseChange::Revisited { .. } => "RevisitRecorded",
            CaseChange::RevisitOverdue(_) => "RevisitOverdue",
            CaseChange::Reopened(_) => "CaseReopened",
            CaseChange::RelapseFound { .. } => "RelapseFound",
            CaseChange::Relapsed { .. } => "CaseRelapsed",
            CaseChange::RootCauseNoted(_) => "RootCauseNoted",
            CaseChange::PersonRecorded(_) => "PersonRecorded",
            CaseChange::PeopleRead { .. } => "PersonalDataRead",
            CaseChange::PeopleErased { .. } => "PersonalDataErased",
            CaseChange::OffencesLookedUp(_) => "OffencesLookedUp",
            CaseChange::OutageExcused { .. } => "CaseOutageExcused",
        }
    }
}

impl DutyEvent {
    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self {
            DutyEvent::Booked { .. } => "OfficerBooked",
            DutyEvent::Released { .. } => "OfficerReleased",
        }
    }
}
