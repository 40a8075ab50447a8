//! What may be done next, by the state a refused change found: a caller that comes at the wrong time learns the right
//! step, not only that this was none. Whether the caller may take it is another question, as are the other rules of
//! that step.

use super::refusal::Refusal;
use super::{
    assignment, campaign, case, check_sample, dispute, inspection, meeting, patrol, task, whistle,
};

/// In which state a refused change found what it was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Found {
    Case(case::State),
    /// Verified, but not there.
    NoProblem,
    Task(task::State),
    Assignment(assignment::State),
    Whistle(whistle::State),
    Dispute(dispute::State),
    Inspection(inspection::State),
    Campaign(campaign::State),
    Meeting(meeting::State),
    PatrolPlan(patrol::PlanState),
    DailyLog(patrol::State),
    Round(inspection::RoundState),
    CheckSample(check_sample::State),
}

impl Refusal {
    /// The state that was in the way; none if the refusal is about something else.
    pub fn found(&self) -> Option<Found> {
        use assignment::State as Part;
        Some(match self {
            Refusal::CaseNotReported { state }
            | Refusal::CaseNotVerified { state }
            | Refusal::CaseAlreadyFiled { state } => Found::Case(*state),
            // A filed case that is part of another task is not planned again: its task is named instead.
            Refusal::CaseNotFiled { state, task, .. } if task.is_none() => Found::Case(*state),
            Refusal::ProblemNotFound => Found::NoProblem,
            Refusal::Case(it) => return it.found(),
            Refusal::TaskNotPlanned { state } | Refusal::TaskEnded { state } => Found::Task(*state),
            Refusal::NotSigned { state }
            | Refusal::AlreadyCommitted { state }
            | Refusal::NotOnHold { state }
            | Refusal::NotObjected { state }
            | Refusal::NotWithdrawn { state }
            | Refusal::NotCommitted { state }
            | Refusal::NotOnSite { state }
            | Refusal::NotReported { state } => Found::Assignment(*state),
            Refusal::AwarenessOnly => Found::Assignment(Part::Informed),
            Refusal::Withdrawn => Found::Assignment(Part::Withdrawn),
            Refusal::AlreadyDone => Found::Assignment(Part::Done),
            Refusal::OnHold { .. } => Found::Assignment(Part::OnHold),
            Refusal::ObjectionPending => Found::Assignment(Part::Objected),
            Refusal::AlreadyOnSite => Found::Assignment(Part::OnSite),
            Refusal::AlreadyReported => Found::Assignment(Part::Reported),
            Refusal::WhistleEnded { state } => Found::Whistle(*state),
            Refusal::DisputeEnded { state } | Refusal::NotYourTier { state } => {
                Found::Dispute(*state)
            }
            Refusal::Inspection(inspection::Refused::Ended { state }) => Found::Inspection(*state),
            Refusal::Inspection(inspection::Refused::NotStarted) => {
                Found::Inspection(inspection::State::Planned)
            }
            Refusal::Campaign(
                campaign::Refused::Ended { state } | campaign::Refused::NotRunning { state },
            ) => Found::Campaign(*state),
            Refusal::Inspection(inspection::Refused::RoundNotPlanned { state }) => {
                Found::Round(*state)
            }
            Refusal::CheckSample(check_sample::Refused::NotPlanned { state }) => {
                Found::CheckSample(*state)
            }
            Refusal::Patrol(it) => return it.found(),
            Refusal::Meeting(
                meeting::Refused::NotDraft { state }
                | meeting::Refused::NotOpen { state }
                | meeting::Refused::NotClosed { state }
                | meeting::Refused::Over { state },
            ) => Found::Meeting(*state),
            _ => return None,
        })
    }
}

impl case::refusal::Refused {
    fn found(&self) -> Option<Found> {
        use case::refusal::Refused;
        match self {
            Refused::NotMergeable { state, .. }
            | Refused::NotRedirectable { state, .. }
            | Refused::NoReceiptOwed { state }
            | Refused::NotClosed { state }
            | Refused::Ended { state } => Some(Found::Case(*state)),
            _ => None,
        }
    }
}

impl patrol::Refused {
    fn found(&self) -> Option<Found> {
        use patrol::PlanState;
        match self {
            Self::PlanEnded => Some(Found::PatrolPlan(PlanState::Ended)),
            Self::DayAlreadyOpened { .. } => Some(Found::PatrolPlan(PlanState::Active)),
            Self::LogAlreadySubmitted { state } | Self::LogNotSubmitted { state } => {
                Some(Found::DailyLog(*state))
            }
            _ => None,
        }
    }
}

impl Found {
    /// The methods that lead on from there; none if it has ended.
    pub fn next(self) -> &'static [&'static str] {
        match self {
            Self::Case(it) => of_case(it),
            Self::NoProblem => &["RejectCase"],
            Self::Task(it) => of_task(it),
            Self::Assignment(it) => of_assignment(it),
            Self::Whistle(whistle::State::Blown | whistle::State::Answered) => &[
                "AnswerWhistle",
                "PlanTask",
                "CloseWhistle",
                "WithdrawWhistle",
            ],
            Self::Whistle(whistle::State::Closed | whistle::State::Withdrawn) => &[],
            Self::Dispute(it) => of_dispute(it),
            Self::Inspection(it) => of_inspection(it),
            Self::Campaign(it) => of_campaign(it),
            Self::Meeting(it) => of_meeting(it),
            Self::PatrolPlan(patrol::PlanState::Active) => &["EndPatrolPlan"],
            Self::PatrolPlan(patrol::PlanState::Ended) => &[],
            Self::DailyLog(it) => of_daily_log(it),
            Self::Round(it) => of_round(it),
            Self::CheckSample(it) => of_check_sample(it),
        }
    }
}

fn of_case(it: case::State) -> &'static [&'static str] {
    match it {
        case::State::Reported => &["VerifyCase", "RejectCase", "MergeCases", "RedirectCase"],
        case::State::Verified => &["FileCase", "RejectCase", "MergeCases", "RedirectCase"],
        case::State::Filed => &["TriageCase", "PlanTask", "MergeCases", "RedirectCase"],
        // Its task goes on.
        case::State::Dispatched => &[],
        case::State::Closed => &["RecordRevisit", "ReopenCase", "RecordRootCause"],
        case::State::Redirected => &["RecordReceipt"],
        case::State::Rejected | case::State::Merged => &[],
    }
}

fn of_task(it: task::State) -> &'static [&'static str] {
    match it {
        task::State::Planned => &["UpdatePlan", "IssueTask", "CancelTask"],
        // Its assignments go on.
        task::State::Issued => &["CancelTask"],
        // Whoever had a part of it says that it was told.
        task::State::Cancelled => &["AcknowledgeWithdrawal"],
        task::State::Finished => &[],
    }
}

fn of_assignment(it: assignment::State) -> &'static [&'static str] {
    use assignment::State;
    match it {
        State::Offered => &["SignAssignment", "DeclareRecusal", "WithdrawAssignment"],
        State::Signed => &[
            "CommitAssignment",
            "ObjectAssignment",
            "RequestExtension",
            "RequestHold",
            "RequestHandBack",
            "DeclareRecusal",
            "WithdrawAssignment",
        ],
        State::Committed => &[
            "ReportIn",
            "RequestExtension",
            "RequestHold",
            "RequestHandBack",
            "DeclareRecusal",
            "WithdrawAssignment",
        ],
        State::OnSite => &[
            "ReportAssignment",
            "RequestExtension",
            "RequestHold",
            "RequestHandBack",
            "DeclareRecusal",
            "WithdrawAssignment",
        ],
        State::Reported => &["CheckAssignment"],
        State::Objected => &["RuleObjection", "DeclareRecusal"],
        State::OnHold => &["ResumeAssignment", "DeclareRecusal", "WithdrawAssignment"],
        State::Withdrawn => &["AcknowledgeWithdrawal"],
        // Who was released because the task was given up acknowledges, and was told; who was because it is done does not.
        State::Done | State::Informed | State::Released => &[],
    }
}

fn of_dispute(it: dispute::State) -> &'static [&'static str] {
    use dispute::State;
    match it {
        State::Negotiation => &["StatePosition", "ReferDispute"],
        State::Street => &["StatePosition", "DesignateHolder", "ReferDispute"],
        State::District => &["StatePosition", "DesignateHolder"],
        State::Settled | State::Designated | State::Lapsed => &[],
    }
}

fn of_inspection(it: inspection::State) -> &'static [&'static str] {
    use inspection::State;
    match it {
        State::Planned => &[
            "StartInspection",
            "ProposeInspectionMerge",
            "CancelInspection",
        ],
        State::InProgress => &[
            "RecordInspectionFinding",
            "OrderRectification",
            "ConcludeInspection",
        ],
        State::Concluded | State::Merged | State::Cancelled => &[],
    }
}

fn of_campaign(it: campaign::State) -> &'static [&'static str] {
    use campaign::State;
    match it {
        State::Planned => &["UpdateCampaign", "StartCampaign", "CancelCampaign"],
        State::Running => &[
            "UpdateCampaign",
            "AddCampaignMembers",
            "CloseCampaign",
            "CancelCampaign",
        ],
        State::Closed | State::Cancelled => &[],
    }
}

fn of_meeting(it: meeting::State) -> &'static [&'static str] {
    use meeting::State;
    match it {
        State::Draft => &[
            "UpdateMeeting",
            "BuildAgenda",
            "AddAgendaItem",
            "RemoveAgendaItem",
            "RecordAttendance",
            "OpenMeeting",
            "CancelMeeting",
        ],
        State::Open => &[
            "BuildAgenda",
            "AddAgendaItem",
            "RemoveAgendaItem",
            "RecordAttendance",
            "ShowRanking",
            "DecideItem",
            "ForwardItem",
            "CloseMeeting",
        ],
        State::Closed => &["AddAddendum", "SignDigest", "ExportMeeting"],
        State::Cancelled => &[],
    }
}

fn of_daily_log(it: patrol::State) -> &'static [&'static str] {
    use patrol::State;
    match it {
        State::Expected | State::Missing => &["SubmitDailyLog", "ExcuseDailyLog"],
        State::Excused => &["SubmitDailyLog"],
        State::Submitted | State::Late | State::Voluntary => &["AmendDailyLog"],
    }
}

fn of_round(it: inspection::RoundState) -> &'static [&'static str] {
    use inspection::RoundState;
    match it {
        RoundState::Planned => &["DrawInspectionRound", "CancelInspectionRound"],
        // Its inspections go on.
        RoundState::Drawn | RoundState::Cancelled => &[],
    }
}

fn of_check_sample(it: check_sample::State) -> &'static [&'static str] {
    use check_sample::State;
    match it {
        State::Planned => &["DrawCheckSample", "CancelCheckSample"],
        State::Drawn => &["RecordSampleCheck"],
        State::Completed | State::Cancelled => &[],
    }
}
