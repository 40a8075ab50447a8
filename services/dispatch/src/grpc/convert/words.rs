//! Coded words, both ways.

use liandong_proto::{dispatch as wire, types};

use crate::domain::assignment::{Ground, Ruling, State};
use crate::domain::campaign::{self, Measure};
use crate::domain::case::clock::CaseStage;
use crate::domain::case::triage::Way;
use crate::domain::case::{self, RejectionReason, Source, people, revisit};
use crate::domain::clock::{IntervalKind, Light, Stage};
use crate::domain::evidence::{self, Media, SharedCopy, View};
use crate::domain::hold::HoldGround;
use crate::domain::inspection::{self, Mode, RoundState};
use crate::domain::patrol::{self, FindingKind, PlanState};
use crate::domain::statutory::StatutoryKind;
use crate::domain::{Act, CompletionRule, Outreach, Role, task};
use crate::domain::{dispute, meeting, whistle};

/// The wire's number of a coded word, and for those that requests carry, the way back.
macro_rules! words {
    ($($(#[$doc:meta])* $write:ident $(, $read:ident)?: $domain:ty = $wire:ty { $($name:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        pub(crate) fn $write(word: $domain) -> i32 {
            match word {
                $(<$domain>::$name => <$wire>::$name as i32,)+
            }
        }

        words!(@read $($read)?: $domain = $wire { $($name),+ });
    )+};
    (@read : $domain:ty = $wire:ty { $($name:ident),+ }) => {};
    (@read $read:ident: $domain:ty = $wire:ty { $($name:ident),+ }) => {
        /// The word of a number; none if it is unspecified or unknown.
        pub(crate) fn $read(number: i32) -> Option<$domain> {
            match <$wire>::try_from(number).ok()? {
                $(<$wire>::$name => Some(<$domain>::$name),)+
                #[allow(unreachable_patterns)]
                _ => None,
            }
        }
    };
}

words! {
    /// What an organization does in law.
    act, read_act: Act = types::Act {
        Inspect, OrderCorrection, Stop, Penalise, Seize, Coerce, Dispose, Persuade, Report, Support,
    }
    /// What an organization is in a task.
    role, read_role: Role = wire::Role { Lead, CoHandler, Support, Awareness }
    /// When a task is finished.
    completion, read_completion: CompletionRule = wire::task::CompletionRule { All, LeadAndCo }
    /// Which kind of work it is.
    outreach: Outreach = wire::OutreachKind { Service, Management, Enforcement }
    /// Where a meeting stands.
    meeting_state: meeting::State = wire::meeting::State { Draft, Open, Closed, Cancelled }
    /// How an organization takes part in a meeting.
    presence, read_presence: meeting::Presence = wire::attendance::State {
        Present, Excused, Absent,
    }
    /// Why something is on an agenda.
    item_kind, read_item_kind: meeting::Kind = wire::agenda_item::Kind {
        PreviousDecision, Answer, Forwarded, Escalated, Overdue, Dispute, Rework, FailedRevisit, Hold,
        UnansweredWhistle, Undelivered, Relapse, Manual,
    }
    /// Where an item of an agenda stands.
    item_state: meeting::ItemState = wire::agenda_item::State {
        Open, Decided, Forwarded, Removed,
    }
    /// How far a decision is.
    follow_up: meeting::FollowUp = wire::meeting_decision::FollowUp {
        None, Open, Overdue, Done, Dropped,
    }
    /// Where a case came from.
    source, read_source: Source = wire::CaseSource {
        Patrol, Hotline, DigitalCity, Media, Leader, Superior, Department, ResidentUnit, Public,
    }
    /// Why a case is not filed.
    rejection, read_rejection: RejectionReason = wire::RejectionReason {
        NotFound, BelowCondition, OutsideArea, Duplicate, Lawful, SolvedOnSite,
    }
    /// Where a case stands.
    case_state: case::State = wire::case::State {
        Reported, Verified, Filed, Dispatched, Closed, Rejected, Merged, Redirected,
    }
    /// Which way a case goes.
    triage, read_triage: Way = wire::TriageKind {
        OnSite, OwnPower, Push, Joint, Consultation, Service,
    }
    /// A stage of a case.
    case_stage: CaseStage = wire::CaseStage { Verification, Intake, Dispatch }
    /// What a person is in a case.
    person_kind, read_person_kind: people::Kind = wire::PersonKind {
        Reporter, Complainant, Whistleblower, Party,
    }
    /// Where a revisit stands.
    revisit_state: revisit::State = wire::revisit::State {
        Planned, Due, Passed, Failed, Cancelled,
    }
    /// Where a task stands.
    task_state: task::State = wire::task::State { Planned, Issued, Finished, Cancelled }
    /// Where an assignment stands.
    state: State = wire::assignment::State {
        Offered, Signed, Committed, OnSite, Reported, Done, Objected, OnHold, Withdrawn, Informed,
        Released,
    }
    /// Why an order is disputed.
    ground, read_ground: Ground = wire::ObjectionGround {
        NotOurDuty, OutsideArea, FactsDiffer, AlreadyFiled, PowerLapsed, Recusal, Duplicate,
    }
    /// How an objection was ruled.
    ruling, read_ruling: Ruling = wire::objection::Ruling { Upheld, Rejected }
    /// Why an assignment is paused.
    hold_ground, read_hold_ground: HoldGround = wire::HoldGround {
        PlannedWorks, Weather, Litigation, Funds, ThirdParty, Approval,
    }
    /// Which whistle.
    whistle_kind, read_whistle_kind: whistle::Kind = wire::WhistleKind {
        PublicConcern, JointEnforcement, Emergency,
    }
    /// Which tier.
    whistle_tier: whistle::Tier = wire::WhistleTier { Community, Street, District }
    /// Where a whistle stands.
    whistle_state: whistle::State = wire::whistle::State { Blown, Answered, Closed, Withdrawn }
    /// What came of a whistle.
    outcome, read_outcome: whistle::Outcome = wire::whistle::Outcome { Solved, NotSolved, Unfounded }
    /// Where a dispute stands.
    dispute_state: dispute::State = wire::dispute::State {
        Negotiation, Street, District, Settled, Designated, Lapsed,
    }
    /// How a dispute came about.
    cause: dispute::Cause = wire::dispute::Cause {
        OppositeObjections, Nobody, Conflict, SecondObjection,
    }
    /// A stage of work.
    stage: Stage = wire::Stage { Sign, Commit, OnSite, Disposal, Check }
    /// How far a clock has run.
    light: Light = wire::Light { Green, Yellow, Red }
    /// A clock that law sets.
    statutory, read_statutory: StatutoryKind = wire::StatutoryKind {
        Decision, Seizure, PreservedEvidence, TransferDecision, Transfer,
    }
    /// What kind of evidence something is.
    evidence_kind: evidence::Kind = wire::EvidenceKind { Photo, Video, Document }
    /// What evidence is.
    media, read_media: Media = wire::MediaType { Jpeg, Png, Webp, Mp4, ThreeGp, Pdf }
    /// Which copy of it.
    copy, read_copy: View = wire::EvidenceCopy { Original, Shared }
    /// Where an upload stands.
    upload_state: evidence::State = wire::upload::State { Open, Stored, Refused, Abandoned, Expired }
    /// Why bytes are no evidence.
    unfit: evidence::Ground = wire::EvidenceRefusal {
        WrongHash, NotAllowed, Heic, OtherMedia, TooLarge, TooManyPixels, Damaged, HiddenContent,
    }
    /// Where a plan of patrols stands.
    plan_state: PlanState = wire::patrol_plan::State { Active, Ended }
    /// Where a daily log stands.
    log_state: patrol::State = wire::daily_log::State {
        Expected, Submitted, Late, Missing, Excused, Voluntary,
    }
    /// Where a campaign stands.
    campaign_state: campaign::State = wire::campaign::State { Planned, Running, Closed, Cancelled }
    /// What a campaign's target counts.
    measure, read_measure: Measure = wire::campaign_target::Measure {
        CasesClosed, TasksFinished, InspectionsConcluded, FindingsMended,
    }
    /// Who looks and who mends.
    mode, read_mode: Mode = wire::InspectionMode {
        DistrictFindsStreetMends, BlockFindsLineMends, Department,
    }
    /// Where a round of inspections stands.
    round_state: RoundState = wire::inspection_round::State { Planned, Drawn, Cancelled }
    /// Where an inspection stands.
    inspection_state: inspection::State = wire::inspection::State {
        Planned, InProgress, Concluded, Merged, Cancelled,
    }
    /// What became of something found on patrol.
    patrol_finding: FindingKind = wire::patrol_finding::Kind { FixedOnSite, Case, MissingLog }
}

/// What a span of time was. What is over has no word.
pub(crate) fn interval(kind: IntervalKind) -> i32 {
    let kind = match kind {
        IntervalKind::Run => wire::IntervalKind::Run,
        IntervalKind::Objection => wire::IntervalKind::Objection,
        IntervalKind::Hold => wire::IntervalKind::Hold,
        IntervalKind::WithOther => wire::IntervalKind::WithOther,
        IntervalKind::NotDelivered => wire::IntervalKind::NotDelivered,
        IntervalKind::Ended => wire::IntervalKind::Unspecified,
    };
    kind as i32
}

/// What an organizer answered.
pub(crate) fn decision(granted: bool) -> i32 {
    (if granted {
        wire::answer::Decision::Granted
    } else {
        wire::answer::Decision::Declined
    }) as i32
}

/// What an organizer answers; unspecified and unknown numbers read as none.
pub(crate) fn read_decision(number: i32) -> Option<bool> {
    match wire::answer::Decision::try_from(number).ok()? {
        wire::answer::Decision::Granted => Some(true),
        wire::answer::Decision::Declined => Some(false),
        wire::answer::Decision::Unspecified => None,
    }
}

/// What there is for those who may not see an original.
pub(crate) fn shared_copy(copy: &SharedCopy) -> i32 {
    let copy = match copy {
        SharedCopy::Redrawn { .. } => wire::SharedCopy::Redrawn,
        SharedCopy::Cleaned { .. } => wire::SharedCopy::Cleaned,
        SharedCopy::Withheld => wire::SharedCopy::Withheld,
    };
    copy as i32
}

/// What a check found.
pub(crate) fn check_result(passed: bool) -> i32 {
    (if passed {
        wire::check::Result::Pass
    } else {
        wire::check::Result::Fail
    }) as i32
}

/// What a check found; unspecified and unknown numbers read as none.
pub(crate) fn read_check_result(number: i32) -> Option<bool> {
    match wire::check::Result::try_from(number).ok()? {
        wire::check::Result::Pass => Some(true),
        wire::check::Result::Fail => Some(false),
        wire::check::Result::Unspecified => None,
    }
}
