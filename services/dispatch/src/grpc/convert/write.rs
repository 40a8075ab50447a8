//! Small values on their way out: names, times, limits.

use liandong_calendar::{Limit, LimitKind};
use liandong_kit::name;
use liandong_proto::types;
use prost_types::Timestamp;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

use crate::domain::clock::Deadline;
use crate::domain::resource::HandOver;
use crate::domain::{
    AreaId, AssignmentId, CampaignId, CaseId, CheckSampleId, DisputeId, EvidenceId, HolderId,
    InspectionId, MatterId, MeetingId, MeetingSeriesId, OfficerId, OrganizationId, OutageId,
    PartyId, PatrolPlanId, RecordId, RoundId, TaskId, WhistleId,
};

/// A time as texts and the metadata of errors have it.
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}

/// `cases/{uuid}`.
pub(crate) fn case(id: CaseId) -> String {
    name::of("cases", id)
}

/// `cases/{uuid}/revisits/{n}`.
pub(crate) fn revisit(case: CaseId, number: u16) -> String {
    format!("cases/{case}/revisits/{number}")
}

/// `people/{uuid}`.
pub(crate) fn person(id: RecordId) -> String {
    name::of("people", id)
}

/// `parties/{uuid}`.
pub(crate) fn party(id: PartyId) -> String {
    name::of("parties", id)
}

/// `tasks/{uuid}`.
pub(crate) fn task(id: TaskId) -> String {
    name::of("tasks", id)
}

/// `tasks/{uuid}/assignments/{n}`.
pub(crate) fn assignment(id: AssignmentId) -> String {
    format!("tasks/{}/assignments/{}", id.task, id.number)
}

/// `evidence/{uuid}`.
pub(crate) fn evidence(id: EvidenceId) -> String {
    name::of("evidence", id)
}

/// `whistles/{uuid}`.
pub(crate) fn whistle(id: WhistleId) -> String {
    name::of("whistles", id)
}

/// `disputes/{uuid}`.
pub(crate) fn dispute(id: DisputeId) -> String {
    name::of("disputes", id)
}

/// `organizations/{slug}`.
pub(crate) fn organization(id: &OrganizationId) -> String {
    name::of("organizations", id)
}

/// `areas/{code}`.
pub(crate) fn area(id: &AreaId) -> String {
    name::of("areas", id)
}

/// `matters/{slug}`.
pub(crate) fn matter(id: &MatterId) -> String {
    name::of("matters", id)
}

/// `officers/{slug}`.
pub(crate) fn officer(id: &OfficerId) -> String {
    name::of("officers", id)
}

/// `dutyHolders/{slug}`.
pub(crate) fn holder(id: &HolderId) -> String {
    name::of("dutyHolders", id)
}

/// `dutyHolders/{slug}/dailyLogs/{day}`.
pub(crate) fn daily_log(holder: &HolderId, day: Date) -> String {
    format!("dutyHolders/{holder}/dailyLogs/{day}")
}

/// `patrolPlans/{uuid}`.
pub(crate) fn patrol_plan(id: PatrolPlanId) -> String {
    name::of("patrolPlans", id)
}

/// `inspectionRounds/{uuid}`.
pub(crate) fn round(id: RoundId) -> String {
    name::of("inspectionRounds", id)
}

/// `inspections/{uuid}`.
pub(crate) fn inspection(id: InspectionId) -> String {
    name::of("inspections", id)
}

/// `campaigns/{uuid}`.
pub(crate) fn campaign(id: CampaignId) -> String {
    name::of("campaigns", id)
}

/// `meetingSeries/{uuid}`.
pub(crate) fn meeting_series(id: MeetingSeriesId) -> String {
    name::of("meetingSeries", id)
}

/// `meetings/{uuid}`.
pub(crate) fn meeting(id: MeetingId) -> String {
    name::of("meetings", id)
}

/// `checkSamples/{uuid}`.
pub(crate) fn check_sample(id: CheckSampleId) -> String {
    name::of("checkSamples", id)
}

/// `outages/{uuid}`.
pub(crate) fn outage(id: OutageId) -> String {
    name::of("outages", id)
}

/// How many, as the wire counts.
pub(crate) fn count(many: impl TryInto<i32>) -> i32 {
    many.try_into().unwrap_or(i32::MAX)
}

/// What goes with work that is pushed down.
pub(crate) fn hand_over(it: &HandOver) -> liandong_proto::registry::HandOver {
    use liandong_proto::registry as wire;
    let people = it.people.iter().map(|it| wire::HandOverPerson {
        display_name: it.name.clone(),
        organization: it
            .organization
            .as_ref()
            .map(organization)
            .unwrap_or_default(),
        duty: it.duty.clone(),
    });
    let things = it.things.iter().map(|it| wire::HandOverThing {
        display_name: it.name.clone(),
        quantity: it.quantity,
    });
    wire::HandOver {
        handing_organization: it.from.as_ref().map(organization).unwrap_or_default(),
        power: it.power.clone(),
        fund_line: it.fund_line.clone(),
        fund_fen: it.fund_fen,
        people: people.collect(),
        things: things.collect(),
    }
}

/// A time.
pub(crate) fn time(at: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or_default(),
    }
}

/// A time, if there is one.
pub(crate) fn time_if(at: Option<OffsetDateTime>) -> Option<Timestamp> {
    at.map(time)
}

/// A limit.
pub(crate) fn limit(limit: Limit) -> types::Limit {
    let kind = match limit.kind() {
        LimitKind::UrgentHours => types::LimitKind::UrgentHours,
        LimitKind::WorkHours => types::LimitKind::WorkHours,
        LimitKind::WorkDays => types::LimitKind::WorkDays,
        LimitKind::CalendarDays => types::LimitKind::CalendarDays,
    };
    types::Limit {
        kind: kind as i32,
        amount: i32::try_from(limit.amount()).unwrap_or(i32::MAX),
    }
}

/// A deadline with its rule (R9).
pub(crate) fn deadline(it: &Deadline) -> types::Deadline {
    types::Deadline {
        limit: Some(limit(it.limit)),
        start_time: Some(time(it.start)),
        due_time: Some(time(it.due)),
        rule: it.rule.clone(),
        calendar_version: it.calendar.clone(),
    }
}
