//! Outages.

use liandong_kit::status::FieldProblem;
use liandong_proto::dispatch::{self as wire, event::Payload};
use time::{Duration, OffsetDateTime};
use tonic::Status;

use super::read::{Fields, TEXT_MAX, time};
use super::{case_course, revisit, write};
use crate::domain::case::clock::{CaseClock, PromisedReply};
use crate::domain::case::revisit::Revisit;
use crate::domain::clock::Deadline;
use crate::domain::outage::{Away, OutageRecorded, Span};
use crate::domain::{CaseId, OrganizationId, OutageId, PersonId};

const LONGEST: Duration = Duration::days(31);

/// An outage that somebody records.
pub(crate) fn record(
    it: wire::RecordOutageRequest,
    (organization, person): (OrganizationId, PersonId),
    now: OffsetDateTime,
) -> Result<Away, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let mut at = |field: &str, value: Option<prost_types::Timestamp>| {
        let value = value.as_ref().ok_or_else(Fields::missing).and_then(time);
        let future = || FieldProblem::new("lies in the future", "不能晚于当前时间");
        let value = value.and_then(|it| if it > now { Err(future()) } else { Ok(it) });
        fields.0.take(field, value)
    };
    let (from, to) = (at("start_time", it.start_time), at("end_time", it.end_time));
    let span = from.zip(to).map(|(from, to)| Span { from, to });
    let fit = |it: Span| it.from < it.to && it.to - it.from <= LONGEST;
    fields.0.check(
        span.is_none_or(fit),
        "end_time",
        "lies before the start, or more than 31 days after it",
        "不得早于开始时间，也不得晚于开始时间 31 天",
    );
    let reason = fields.required("reason", it.reason, TEXT_MAX);
    let away = span.map(|span| Away {
        span,
        reason,
        detected: false,
        person,
        organization: Some(organization),
        tasks: 0,
        cases: 0,
        whistles: 0,
        disputes: 0,
        logs: 0,
    });
    fields.all(away)
}

/// An outage on record.
pub(crate) fn outage(id: OutageId, it: &OutageRecorded) -> wire::Outage {
    let away = &it.away;
    let count = |it: u32| i32::try_from(it).unwrap_or(i32::MAX);
    wire::Outage {
        name: write::outage(id),
        start_time: Some(write::time(away.span.from)),
        end_time: Some(write::time(away.span.to)),
        reason: away.reason.clone(),
        detected: away.detected,
        person: away.person.to_string(),
        record_time: Some(write::time(it.at)),
        task_count: count(away.tasks),
        case_count: count(away.cases),
        whistle_count: count(away.whistles),
        dispute_count: count(away.disputes),
        daily_log_count: count(away.logs),
    }
}

/// Its event, as readers see it.
pub(crate) fn recorded(id: OutageId, it: &OutageRecorded) -> Payload {
    Payload::OutageRecorded(wire::OutageRecorded {
        outage: Some(outage(id, it)),
    })
}

/// What it meant for an assignment.
pub(crate) fn excused(it: Span) -> Payload {
    Payload::OutageExcused(wire::OutageExcused {
        outage: write::outage(it.id()),
        start_time: Some(write::time(it.from)),
        end_time: Some(write::time(it.to)),
    })
}

/// What it meant for a case.
pub(crate) fn case_excused(
    id: CaseId,
    it: Span,
    (clocks, replies, revisits): (&[CaseClock], &[PromisedReply], &[Revisit]),
) -> Payload {
    Payload::CaseOutageExcused(wire::CaseOutageExcused {
        outage: write::outage(it.id()),
        start_time: Some(write::time(it.from)),
        end_time: Some(write::time(it.to)),
        clocks: clocks.iter().map(case_course::clock).collect(),
        replies: replies
            .iter()
            .map(|it| case_course::reply(id, it))
            .collect(),
        revisits: revisits.iter().map(|it| revisit::revisit(id, it)).collect(),
    })
}

/// What it meant for a whistle.
pub(crate) fn whistle_excused(it: Span) -> Payload {
    Payload::WhistleOutageExcused(wire::WhistleOutageExcused {
        outage: write::outage(it.id()),
        start_time: Some(write::time(it.from)),
        end_time: Some(write::time(it.to)),
    })
}

/// What it meant for a dispute.
pub(crate) fn dispute_excused(it: Span, deadline: &Deadline) -> Payload {
    Payload::DisputeOutageExcused(wire::DisputeOutageExcused {
        outage: write::outage(it.id()),
        start_time: Some(write::time(it.from)),
        end_time: Some(write::time(it.to)),
        deadline: Some(write::deadline(deadline)),
    })
}

/// What it meant for a daily log.
pub(crate) fn log_excused(it: Span, facts: Option<wire::DailyLogFacts>) -> Payload {
    Payload::DailyLogOutageExcused(wire::DailyLogOutageExcused {
        facts,
        outage: write::outage(it.id()),
        start_time: Some(write::time(it.from)),
        end_time: Some(write::time(it.to)),
    })
}
