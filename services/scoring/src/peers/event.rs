//! Dispatch's wire events as the domain's. An event that cannot be understood is an error, never nothing.

use liandong_kit::{db::from_micros, name};
use liandong_proto::dispatch::{
    self as wire, AssignmentFacts, CaseFacts, CaseStage, DailyLogFacts, RevisitRecorded,
    SampleChecked, Stage, assignment::State, check, event::Payload, objection::Ruling, revisit,
};
use prost_types::Timestamp;
use time::OffsetDateTime;
use uuid::Uuid;

use super::apart;
use crate::domain::{
    event::{
        CaseSnapshot, Change, Check, Clock, Event, Part, Post, Reference, Snapshot, StageClock,
        Standing,
    },
    feed::Stop,
};

/// Why a field cannot be read.
pub(super) type Why = String;

/// Reads an event.
pub(crate) fn read(it: &wire::Event) -> Result<Event, Stop> {
    let position = it.position;
    try_read(it).map_err(|why| Stop::Unreadable { position, why })
}

fn try_read(it: &wire::Event) -> Result<Event, Why> {
    let payload = it.payload.as_ref().ok_or("an unknown kind of event")?;
    let reference = Reference {
        position: it.position,
        id: Uuid::parse_str(&it.id).map_err(|error| format!("id {}: {error}", it.id))?,
        kind: kind(payload).to_owned(),
        occurred_at: required(it.occur_time, "occur_time")?,
        trace_id: it.trace_id.clone(),
    };
    Ok(Event {
        recorded_at: required(it.record_time, "record_time")?,
        version: it.version,
        change: change(it, payload, &reference)?,
        reference,
    })
}

fn change(it: &wire::Event, payload: &Payload, reference: &Reference) -> Result<Change, Why> {
    if let Some(facts) = &it.facts {
        return assignment(facts, payload);
    }
    if let Payload::SampleChecked(it) = payload {
        return sampled(it);
    }
    if let Some(facts) = &it.whistle_facts {
        let sheet = apart::whistle(facts, it.version, reference)?;
        return Ok(Change::Sheet(Box::new(sheet)));
    }
    if let Some(facts) = &it.dispute_facts {
        let sheet = apart::dispute(facts, it.version, reference)?;
        return Ok(Change::Sheet(Box::new(sheet)));
    }
    // A revisit is the task's matter: what the case says with it comes again with its next event.
    if let Payload::RevisitRecorded(it) = payload
        && let Some(revisited) = revisited(it)?
    {
        return Ok(revisited);
    }
    if let Some(facts) = it.case_facts.as_ref().filter(|it| !it.exercise) {
        return Ok(Change::Case(uuid(&facts.case, "cases")?, case(facts)?));
    }
    if let Some(facts) = daily_log(payload) {
        let sheet = apart::daily_log(facts, it.version, reference)?;
        return Ok(Change::Sheet(Box::new(sheet)));
    }
    match payload {
        Payload::TaskFinished(finished) => Ok(Change::Finished {
            task: uuid(&it.aggregate, "tasks")?,
            cases: i64::try_from(finished.cases.len()).unwrap_or(i64::MAX),
        }),
        _ => Ok(Change::Nothing),
    }
}

/// The daily log an event is about.
fn daily_log(payload: &Payload) -> Option<&DailyLogFacts> {
    match payload {
        Payload::DailyLogExpected(it) => it.facts.as_ref(),
        Payload::DailyLogSubmitted(it) => it.facts.as_ref(),
        Payload::DailyLogAmended(it) => it.facts.as_ref(),
        Payload::DailyLogMissing(it) => it.facts.as_ref(),
        Payload::DailyLogExcused(it) => it.facts.as_ref(),
        Payload::DailyLogOutageExcused(it) => it.facts.as_ref(),
        _ => None,
    }
}

fn assignment(it: &AssignmentFacts, payload: &Payload) -> Result<Change, Why> {
    // An exercise is nobody's score.
    if it.exercise {
        return Ok(Change::Nothing);
    }
    let (task, number) =
        name::nested(&it.assignment, "tasks", "assignments").map_err(|why| why.english)?;
    let assignment = i32::try_from(number).map_err(|why| why.to_string())?;
    let ruled = match payload {
        Payload::ObjectionRuled(ruled) => match ruled.ruling() {
            Ruling::Unspecified => return Err("an objection was ruled neither way".into()),
            ruling => Some(ruling == Ruling::Upheld),
        },
        _ => None,
    };
    let snapshot = Box::new(snapshot(it)?);
    Ok(Change::Assignment {
        part: Part {
            task,
            assignment,
            round: it.round,
        },
        snapshot,
        ruled,
    })
}

/// A revisit of what a task did; nothing if the case was put right on site.
fn revisited(it: &RevisitRecorded) -> Result<Option<Change>, Why> {
    let Some(revisit) = it.revisit.as_ref().filter(|_| !it.task.is_empty()) else {
        return Ok(None);
    };
    let passed = match revisit.state() {
        revisit::State::Passed => true,
        revisit::State::Failed => false,
        _ => return Err("a revisit was recorded neither way".into()),
    };
    Ok(Some(Change::Revisited {
        task: uuid(&it.task, "tasks")?,
        at: required(revisit.revisit_time, "revisit_time")?,
        passed,
    }))
}

/// A check by sample looks at a task's result some time later, as a revisit does.
fn sampled(it: &SampleChecked) -> Result<Change, Why> {
    let sampled = it.sampled.as_ref().ok_or("nothing was looked at")?;
    let result = sampled.result.as_ref().ok_or("nothing was found")?;
    let (task, _) =
        name::nested(&sampled.assignment, "tasks", "assignments").map_err(|why| why.english)?;
    Ok(Change::Revisited {
        task,
        at: required(result.check_time, "check_time")?,
        passed: result.passed,
    })
}

fn snapshot(it: &AssignmentFacts) -> Result<Snapshot, Why> {
    let result = match it.check_result() {
        check::Result::Unspecified => None,
        result => Some(result == check::Result::Pass),
    };
    let check = time(it.check_time)?
        .zip(result)
        .map(|(at, passed)| Check { at, passed });
    Ok(Snapshot {
        organization: id(&it.organization, "organizations")?,
        area: id(&it.area, "areas")?,
        matter: optional_id(&it.matter, "matters")?,
        source: short(it.source().as_str_name(), "CASE_SOURCE_")?,
        role: short(it.role().as_str_name(), "ROLE_")?,
        organizer: optional_id(&it.organizer, "organizations")?,
        checker: optional_id(&it.checker, "organizations")?,
        standing: standing(it)?,
        offered_at: time(it.offer_time)?,
        sign: clock(it, Stage::Sign, it.sign_time)?,
        on_site: clock(it, Stage::OnSite, it.on_site_time)?,
        disposal: clock(it, Stage::Disposal, it.report_time)?,
        check,
        extensions: it.extensions,
    })
}

fn case(it: &CaseFacts) -> Result<CaseSnapshot, Why> {
    Ok(CaseSnapshot {
        organization: id(&it.organization, "organizations")?,
        area: id(&it.area, "areas")?,
        matter: optional_id(&it.matter, "matters")?,
        source: short(it.source().as_str_name(), "CASE_SOURCE_")?,
        reported_at: time(it.report_time)?,
        filed_at: time(it.file_time)?,
        closed_at: time(it.close_time)?,
        stages: stages(it)?,
    })
}

/// The clocks of the posts that take a case in and dispatch it, of every round.
fn stages(it: &CaseFacts) -> Result<Vec<StageClock>, Why> {
    let mut stages = vec![];
    for clock in &it.clocks {
        let post = match clock.stage() {
            CaseStage::Intake => Post::Intake,
            CaseStage::Dispatch => Post::Dispatch,
            CaseStage::Verification | CaseStage::Unspecified => continue,
        };
        let due = clock.deadline.as_ref().and_then(|it| it.due_time);
        stages.push(StageClock {
            post,
            round: clock.round,
            due_at: time(due)?,
            done_at: time(clock.met_time)?,
        });
    }
    Ok(stages)
}

/// A stage's clock: the latest, if the stage was begun anew after a pause or a recusal. What was not late when it was
/// paused owes nothing until it goes on: its deadline is moved then.
fn clock(facts: &AssignmentFacts, stage: Stage, done: Option<Timestamp>) -> Result<Clock, Why> {
    let it = facts.clocks.iter().rev().find(|it| it.stage() == stage);
    let done = it.map_or(done, |it| it.met_time);
    let overdue = it.and_then(|it| it.overdue_time);
    let stands = matches!(facts.state(), State::OnHold | State::Objected);
    let paused = stands && done.is_none() && overdue.is_none();
    let deadline = it.and_then(|it| it.deadline.as_ref());
    let due = deadline.and_then(|it| it.due_time).filter(|_| !paused);
    Ok(Clock {
        due_at: time(due)?,
        done_at: time(done)?,
        overdue_at: time(overdue)?,
    })
}

fn standing(it: &AssignmentFacts) -> Result<Standing, Why> {
    match it.state() {
        State::Unspecified => Err("an assignment without a state".into()),
        _ if it.organization == it.organizer => Ok(Standing::Uncounted),
        State::Withdrawn | State::Released => Ok(Standing::Released),
        State::Informed => Ok(Standing::Uncounted),
        State::Offered
        | State::Signed
        | State::Committed
        | State::OnSite
        | State::Reported
        | State::Done
        | State::Objected
        | State::OnHold => Ok(Standing::Owing),
    }
}

pub(super) fn id(text: &str, collection: &str) -> Result<String, Why> {
    name::id(text, collection)
        .map(str::to_owned)
        .map_err(|why| why.english)
}

pub(super) fn optional_id(text: &str, collection: &str) -> Result<String, Why> {
    if text.is_empty() {
        Ok(String::new())
    } else {
        id(text, collection)
    }
}

pub(super) fn uuid(text: &str, collection: &str) -> Result<Uuid, Why> {
    name::uuid(text, collection).map_err(|why| why.english)
}

/// `CASE_SOURCE_PATROL` → `PATROL`; never UNSPECIFIED.
fn short(name: &str, prefix: &str) -> Result<String, Why> {
    let short = name.strip_prefix(prefix).unwrap_or(name);
    if short == "UNSPECIFIED" {
        Err(format!("{name} is none"))
    } else {
        Ok(short.to_owned())
    }
}

fn required(at: Option<Timestamp>, field: &str) -> Result<OffsetDateTime, Why> {
    time(at)?.ok_or_else(|| format!("{field} is missing"))
}

pub(super) fn time(at: Option<Timestamp>) -> Result<Option<OffsetDateTime>, Why> {
    let Some(at) = at else { return Ok(None) };
    let micros = at
        .seconds
        .checked_mul(1_000_000)
        .and_then(|it| it.checked_add(i64::from(at.nanos / 1000)));
    micros
        .map(|it| Some(from_micros(it)))
        .ok_or_else(|| format!("{at} is no time"))
}

fn kind(payload: &Payload) -> &'static str {
    macro_rules! names {
        ($($name:ident),* $(,)?) => {
            match payload { $(Payload::$name(_) => stringify!($name),)* }
        };
    }
    names!(
        CaseReported,
        CaseVerified,
        CaseFiled,
        CaseRejected,
        CaseDispatched,
        CaseClosed,
        CaseReturned,
        TaskPlanned,
        TaskReplanned,
        TaskIssued,
        TaskFinished,
        TaskCancelled,
        AssignmentOffered,
        AssignmentSigned,
        AssignmentCommitted,
        AssignmentObjected,
        ObjectionRuled,
        WithdrawalAcknowledged,
        AssignmentReportedIn,
        AssignmentReported,
        AssignmentChecked,
        RoundOpened,
        AssignmentReleased,
        StageOverdue,
        ExtensionRequested,
        ExtensionAnswered,
        HoldRequested,
        HoldAnswered,
        AssignmentResumed,
        RecusalDeclared,
        CasePlanned,
        OfficerBooked,
        OfficerReleased,
        ActClaimed,
        UploadStarted,
        EvidenceStored,
        EvidenceRefused,
        UploadAbandoned,
        UploadExpired,
        AllowanceUsed,
        AllowanceReturned,
        PatrolPlanCreated,
        PatrolPlanEnded,
        PatrolDayOpened,
        DailyLogExpected,
        DailyLogSubmitted,
        DailyLogAmended,
        DailyLogMissing,
        DailyLogExcused,
        DailyLogOutageExcused,
        InspectionRoundPlanned,
        InspectionRoundDrawn,
        InspectionRoundCancelled,
        InspectionPlanned,
        InspectionOverlapFound,
        InspectionMergeProposed,
        InspectionMergeAnswered,
        InspectionMerged,
        InspectionStarted,
        InspectionFindingRecorded,
        RectificationOrdered,
        InspectionConcluded,
        InspectionCancelled,
        InspectedObjectOpened,
        InspectedObjectReleased,
        CampaignCreated,
        CampaignUpdated,
        CampaignStarted,
        CampaignMembersAdded,
        CampaignMembersRemoved,
        CampaignClosed,
        CampaignCancelled,
        CheckSamplePlanned,
        CheckSampleDrawn,
        SampleChecked,
        CheckSampleCancelled,
        CaseTriaged,
        CaseDisposedOnSite,
        CaseMerged,
        CaseAbsorbed,
        CaseRedirected,
        RedirectReceipted,
        CaseStageOverdue,
        ReporterReplied,
        ReplyOverdue,
        RevisitDue,
        RevisitRecorded,
        RevisitOverdue,
        CaseReopened,
        RelapseFound,
        RootCauseNoted,
        PersonRecorded,
        PersonalDataRead,
        PersonalDataErased,
        ConsultationHeld,
        StageReminded,
        SupervisionOpened,
        StageEscalated,
        StageOnAgenda,
        DeliveryFailed,
        DeliveryConfirmed,
        StatutoryClockStarted,
        StatutoryClockExtended,
        StatutoryClockStopped,
        StatutoryClockReminded,
        StatutoryClockOverdue,
        OutageExcused,
        CaseOutageExcused,
        WhistleOutageExcused,
        DisputeOutageExcused,
        OutageRecorded,
        OffencesLookedUp,
        PenaltyDecided,
        CommunityServiceDone,
        CaseSettingsChanged,
        CaseRelapsed,
        SceneFinished,
        HandBackRequested,
        HandBackAnswered,
        AssignmentWithdrawn,
        ResourcesStated,
        DutyDesignated,
        TaskDisputed,
        TaskTemplateSaved,
        TaskTemplateRetired,
        WhistleBlown,
        WhistleAnswered,
        WhistleUnanswered,
        WhistleEscalated,
        WhistleTasked,
        WhistleClosed,
        WhistleWithdrawn,
        DisputeOpened,
        PositionStated,
        DisputeReferred,
        DisputeOverdue,
        DisputeDecided,
        DisputeLapsed,
        MeetingSeriesSaved,
        MeetingSeriesEnded,
        MeetingMissed,
        MeetingReferralReceived,
        MeetingReferralsTaken,
        MeetingNumbered,
        MeetingConvened,
        MeetingMoved,
        AgendaBuilt,
        AgendaItemRemoved,
        MeetingOpened,
        AttendanceRecorded,
        RankingShown,
        MeetingItemDecided,
        MeetingItemForwarded,
        MeetingClosed,
        MeetingCancelled,
        DigestIssued,
        DigestSigned,
        AddendumAdded,
    )
}

#[cfg(test)]
mod tests;
