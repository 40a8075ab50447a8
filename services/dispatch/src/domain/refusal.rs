//! Every way the rules say no, with what the caller needs to know to do better.

use liandong_calendar::Limit;
use time::OffsetDateTime;

use super::assignment::State;
use super::ids::DisputeId;
use super::rest::Rest;
use super::{
    Act, AssignmentId, CaseId, MatterId, OfficerId, OrganizationId, PersonId, TaskId, case,
    dispute, task, whistle,
};

/// Why a change is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the message says it
pub enum Refusal {
    #[error("no such case")]
    CaseNotFound { case: Option<CaseId> },
    #[error("no such task")]
    TaskNotFound,
    #[error("no such assignment")]
    AssignmentNotFound,
    #[error("the resource was changed meanwhile")]
    StaleEtag { current: i64 },
    #[error("the plan was changed while powers were being asked")]
    PlanChanged,
    #[error("the working calendar for {year} is not published")]
    CalendarNotPublished { year: i32 },

    #[error("the case is past its verification")]
    CaseNotReported { state: case::State },
    #[error("the case is not waiting to be filed")]
    CaseNotVerified { state: case::State },
    #[error("verification found no such problem")]
    ProblemNotFound,
    #[error("the case is already filed or ended")]
    CaseAlreadyFiled { state: case::State },
    #[error("case {case} is not filed, or is part of another task")]
    CaseNotFiled {
        case: CaseId,
        state: case::State,
        task: Option<TaskId>,
    },
    #[error("the same act was filed first by {organization}, case {case} (R5)")]
    ActAlreadyFiled {
        case: CaseId,
        organization: OrganizationId,
    },

    #[error("the task is not being planned any more")]
    TaskNotPlanned { state: task::State },
    #[error("the task has ended")]
    TaskEnded { state: task::State },
    #[error("the plan is incomplete (R7)")]
    PlanIncomplete { missing: Vec<Missing> },
    #[error("an enforcing part has no live, published power (R1)")]
    NoPower { parts: Vec<Powerless> },

    #[error("the assignment is for information only")]
    AwarenessOnly,
    #[error("the assignment was withdrawn")]
    Withdrawn,
    #[error("the assignment is done")]
    AlreadyDone,
    #[error("the assignment is not signed")]
    NotSigned { state: State },
    #[error("the assignment was signed by {by}")]
    AlreadySigned { by: String },
    #[error("the organization has already committed")]
    AlreadyCommitted { state: State },
    #[error("the officers were changed while the registry was being asked")]
    OfficersChanged,
    #[error("the assignment is on hold")]
    OnHold { until: Option<OffsetDateTime> },
    #[error("the assignment is not on hold")]
    NotOnHold { state: State },
    #[error("a request for more time waits for its answer")]
    ExtensionPending,
    #[error("there is no request for more time to answer")]
    NoExtensionAsked,
    #[error("the deadline has passed: what is overdue is not extended")]
    ExtensionTooLate,
    #[error("an extension adds at most the original limit, {at_most}")]
    ExtensionTooLong { at_most: Limit },
    #[error("an assignment is extended twice at most")]
    NoMoreExtensions,
    #[error("a request for a pause waits for its answer")]
    HoldPending,
    #[error("there is no request for a pause to answer")]
    NoHoldAsked,
    #[error("a pause ends in the future, and within a year: by {until}")]
    HoldTooLong { until: OffsetDateTime },
    #[error("an assignment is paused once at most")]
    SecondHold,
    #[error("an objection waits for its ruling")]
    ObjectionPending,
    #[error("a second objection goes only to a meeting or a superior")]
    SecondObjection,
    #[error("the first objection goes to the organizer")]
    FirstObjection,
    #[error("the duty was designated by dispute {dispute}, which binds (M20)")]
    DesignationBinds { dispute: DisputeId },
    #[error("the duty was designated to {organization} by dispute {dispute}, which binds (M20)")]
    DesignatedElsewhere {
        organization: OrganizationId,
        dispute: DisputeId,
    },
    #[error("dispute {dispute} decides about it")]
    Disputed { dispute: DisputeId },
    #[error("several organizations hold the power with the same rank; a dispute decides (M20)")]
    JurisdictionDisputed { dispute: Option<DisputeId> },
    #[error("no such dispute")]
    DisputeNotFound,
    #[error("the dispute has ended")]
    DisputeEnded { state: dispute::State },
    #[error("there is no tier above")]
    LastTier,
    #[error("the registry knows nobody above the organizer")]
    NoSuperior,
    #[error("at this tier another organization decides")]
    NotYourTier { state: dispute::State },
    #[error("a request to hand it back waits for its answer")]
    HandBackPending,
    #[error("there is no request to hand it back to answer")]
    NoHandBackAsked,
    #[error("the lead is withdrawn only with somebody who takes over")]
    LeadNeeded,
    #[error("the lead has not declared the scene finished: nobody leaves before")]
    SceneNotFinished { lead: Option<OrganizationId> },
    #[error("only the lead declares the scene finished")]
    NotLead,
    #[error("there is no scene to finish")]
    NoScene,
    #[error("coercion at night or on a statutory holiday needs an emergency and its reason (R13)")]
    TimeOfRest { rest: Rest },
    #[error("work is handed down to a community without what has to go with it (R12)")]
    HandOverIncomplete { parts: Vec<NotHandedOver> },
    #[error("no such whistle")]
    WhistleNotFound,
    #[error("the whistle has ended")]
    WhistleEnded { state: whistle::State },
    #[error("{by} has answered for the organization")]
    WhistleAnswered { by: PersonId },
    #[error("task {task} was planned for the whistle")]
    WhistleTasked { task: TaskId },
    #[error("an exercise and what is none do not go together")]
    ExerciseMismatch,
    #[error("no such template")]
    TaskTemplateNotFound,
    #[error("the template was given up")]
    TaskTemplateRetired,
    #[error("there is no objection to rule on")]
    NotObjected { state: State },
    #[error("{organization} already takes part in the task")]
    AlreadyTakesPart { organization: OrganizationId },
    #[error("the assignment was not withdrawn")]
    NotWithdrawn { state: State },
    #[error("{able} of the {needed} officers an enforcing act needs (R3)")]
    TooFewOfficers {
        needed: usize,
        able: usize,
        obstacles: Vec<Obstacle>,
    },
    #[error("officer {officer} is committed to another enforcing assignment (R3)")]
    OfficerBusy {
        officer: OfficerId,
        assignment: AssignmentId,
    },
    #[error("the organization has not committed")]
    NotCommitted { state: State },
    #[error("the officers have already arrived")]
    AlreadyOnSite,
    #[error("the officers have not arrived")]
    NotOnSite { state: State },
    #[error("the result was already reported")]
    AlreadyReported,
    #[error(transparent)]
    Evidence(#[from] super::evidence::Refused),
    #[error(transparent)]
    Patrol(#[from] super::patrol::Refused),
    #[error(transparent)]
    Inspection(#[from] super::inspection::Refused),
    #[error(transparent)]
    Campaign(#[from] super::campaign::Refused),
    #[error(transparent)]
    Meeting(#[from] super::meeting::Refused),
    #[error(transparent)]
    CheckSample(#[from] super::check_sample::Refused),
    #[error(transparent)]
    Case(#[from] super::case::refusal::Refused),
    #[error("there is no reported result to check")]
    NotReported { state: State },
    #[error("{who} had a part in the work and may not check it (R10)")]
    CheckerIsHandler { who: String },

    #[error("the matter requires more evidence of a report")]
    EvidenceLacking {
        lacking: Vec<super::evidence::Lacking>,
    },
    #[error("the order was delivered")]
    Delivered,
    #[error("only an enforcing act has clocks that law sets (R17), not {act:?}")]
    NotEnforcing { act: Act },
    #[error("clock {clock} was started by the same document at another time")]
    StatutoryClockExists { clock: u16 },
    #[error("a clock that law sets does not start before the case is filed")]
    StartsBeforeFiling,
    #[error("no such clock")]
    NoSuchClock,
    #[error("the clock was stopped")]
    ClockStopped,
    #[error("only a seizure is extended (Coercion Law 25)")]
    NotExtendable,
    #[error("only the decision about a transfer starts the clock of the transfer")]
    NoTransferDecision,
}

/// What a plan lacks (R7, R10).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Missing {
    /// Nobody takes part.
    Participants,
    /// Nobody leads.
    Lead,
    /// More than one leads.
    SingleLead,
    /// What is to be reached and how.
    Plan,
    /// A stated duty.
    Duty { organization: OrganizationId },
    /// A checker other than the handler.
    Checker { organization: OrganizationId },
}

/// An enforcing part without power (R1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Powerless {
    /// Who.
    pub organization: OrganizationId,
    /// What it was to do.
    pub act: Act,
    /// On which matter.
    pub matter: MatterId,
    /// Who may, by rank.
    pub holders: Vec<OrganizationId>,
    /// Why it may not, as the registry says.
    pub why: Vec<Why>,
}

/// Work that is handed down to a community without what has to go with it (R12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotHandedOver {
    /// To whom.
    pub organization: OrganizationId,
    /// What.
    pub matter: MatterId,
    /// Everything that is missing.
    pub missing: Vec<Why>,
}

/// Why an officer does not count (R3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Who.
    pub officer: OfficerId,
    /// Every reason.
    pub why: Vec<Why>,
}

/// A reason in two languages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Why {
    /// English.
    pub text: String,
    /// Chinese.
    pub zh: String,
}

impl From<liandong_calendar::Error> for Refusal {
    fn from(error: liandong_calendar::Error) -> Self {
        match error {
            liandong_calendar::Error::NotPublished { year } => Self::CalendarNotPublished { year },
            // Time only ever runs forward here; the earliest year stands for "no such time".
            liandong_calendar::Error::Negative => Self::CalendarNotPublished { year: 0 },
        }
    }
}
