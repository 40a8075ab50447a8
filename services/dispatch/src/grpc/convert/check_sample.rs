//! Checks by sample.

use liandong_calendar::civil;
use liandong_kit::name;
use liandong_proto::dispatch::{self as wire, event::Payload};
use sha2::{Digest, Sha256};
use time::{Date, Duration, OffsetDateTime};
use tonic::Status;
use uuid::Uuid;

use super::read::{Fields, LINE_MAX, TEXT_MAX};
use super::write;
use crate::domain::check_sample::{
    Change, CheckSampleEvent, Found, Planned, SampleFacts, Sampled, State,
};
use crate::domain::{
    AssignmentId, CheckSample, CheckSampleId, EvidenceId, OrganizationId, PersonId,
};
use crate::store::docket::begin;

const SAMPLE_MAX: i32 = 500;
const DAYS_MAX: i64 = 366;

/// A span of time.
type Span = (OffsetDateTime, OffsetDateTime);

/// What is planned, its list still to be found, and in which time the work was accepted.
pub(crate) fn plan(
    it: wire::PlanCheckSampleRequest,
    (organization, person): (OrganizationId, PersonId),
    now: OffsetDateTime,
) -> Result<(Planned, Span), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let title = fields.required("title", it.title, LINE_MAX);
    let area = fields.id_if("area", &it.area, "areas");
    let fit = (1..=SAMPLE_MAX).contains(&it.sample_size);
    fields
        .0
        .check(fit, "sample_size", "must be 1 to 500", "须为 1 至 500");
    let first = fields.day("first_day", &it.first_day);
    let days = first.zip(fields.day("last_day", &it.last_day));
    let today = civil::date(now);
    let past = |(first, last): (Date, Date)| {
        let long: Duration = last - first;
        (0..=DAYS_MAX).contains(&long.whole_days()) && today.is_some_and(|it| last < it)
    };
    fields.0.check(
        days.is_none_or(past),
        "last_day",
        "lies before the first day, more than 366 days after it, or not before today",
        "不得早于首日，不得晚于首日 366 天，且须早于今日",
    );
    let read = days.map(|(first_day, last_day)| {
        let after = last_day.next_day().unwrap_or(last_day);
        let planned = Planned {
            title,
            organization,
            person,
            first_day,
            last_day,
            area,
            sample: u16::try_from(it.sample_size).unwrap_or(u16::MAX),
            population: vec![],
        };
        (planned, (begin(first_day), begin(after)))
    });
    fields.all(read)
}

/// Which sample is drawn, and with which seed: a random one if none is named.
pub(crate) fn draw(it: &wire::DrawCheckSampleRequest) -> Result<(CheckSampleId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = sample_id(&mut fields, &it.name);
    let fit = it.seed.is_empty() || it.seed.len() >= 8 && name::check_id(&it.seed).is_ok();
    fields.0.check(
        fit,
        "seed",
        "8 to 64 letters, digits, `-`, `_` or `.`",
        "须为 8 至 64 个字母、数字、“-”、“_”或“.”",
    );
    let seed = if it.seed.is_empty() {
        Uuid::now_v7().simple().to_string()
    } else {
        it.seed.clone()
    };
    fields.all(id.map(|id| (id, seed)))
}

/// What was found: of which sample, of what, and with which evidence kept here.
pub(crate) fn found(
    it: wire::RecordSampleCheckRequest,
    person: PersonId,
    at: OffsetDateTime,
) -> Result<(CheckSampleId, AssignmentId, Found, Vec<EvidenceId>), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = sample_id(&mut fields, &it.name);
    let assignment = fields.assignment("assignment", &it.assignment);
    let note = if it.passed {
        fields.text("note", it.note, TEXT_MAX)
    } else {
        fields.required("note", it.note, TEXT_MAX)
    };
    let cited = fields.evidence("evidence", &it.evidence);
    let read = id.zip(assignment).map(|(id, assignment)| {
        let found = Found {
            passed: it.passed,
            note,
            evidence: it.evidence,
            person,
            at,
            reopened: vec![],
        };
        (id, assignment, found, cited)
    });
    fields.all(read)
}

/// Which sample is given up, and why.
pub(crate) fn cancel(
    it: &wire::CancelCheckSampleRequest,
) -> Result<(CheckSampleId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = sample_id(&mut fields, &it.name);
    let reason = fields.required("reason", it.reason.clone(), TEXT_MAX);
    fields.all(id.map(|id| (id, reason)))
}

/// `checkSamples/{uuid}`.
pub(crate) fn named(value: &str) -> Result<CheckSampleId, Status> {
    let mut fields = Fields::default();
    let id = sample_id(&mut fields, value);
    fields.all(id)
}

fn sample_id(fields: &mut Fields, value: &str) -> Option<CheckSampleId> {
    let id = fields.uuid("name", value, "checkSamples");
    id.map(CheckSampleId)
}

/// The id of something listed.
pub(crate) fn id(text: &str) -> CheckSampleId {
    CheckSampleId(Uuid::try_parse(text).unwrap_or_default())
}

/// A sample as it stands.
pub(crate) fn sample(id: CheckSampleId, version: i64, it: &CheckSample) -> wire::CheckSample {
    let shown = wire::CheckSample {
        name: write::check_sample(id),
        state: state(it.state),
        etag: version.to_string(),
        seed: it.seed.clone(),
        drawn: it.drawn.iter().map(sampled).collect(),
        plan_time: write::time_if(it.planned_at),
        draw_time: write::time_if(it.drawn_at),
        cancel_reason: it.cancel_reason.clone(),
        ..Default::default()
    };
    let Some(planned) = &it.planned else {
        return shown;
    };
    wire::CheckSample {
        title: planned.title.clone(),
        organization: write::organization(&planned.organization),
        person: planned.person.to_string(),
        first_day: planned.first_day.to_string(),
        last_day: planned.last_day.to_string(),
        area: planned.area.as_ref().map(write::area).unwrap_or_default(),
        sample_size: i32::from(planned.sample),
        population: population(planned),
        population_hash: population_hash(planned),
        ..shown
    }
}

/// An event of a sample, as readers see it.
pub(crate) fn happened(id: CheckSampleId, it: CheckSampleEvent) -> Payload {
    let facts = Some(facts(id, &it.facts));
    match it.change {
        Change::Planned(planned) => Payload::CheckSamplePlanned(wire::CheckSamplePlanned {
            facts,
            first_day: planned.first_day.to_string(),
            last_day: planned.last_day.to_string(),
            area: planned.area.as_ref().map(write::area).unwrap_or_default(),
            population: population(&planned),
            population_hash: population_hash(&planned),
        }),
        Change::Drawn { seed, drawn } => {
            let drawn = drawn.into_iter().map(|candidate| Sampled {
                candidate,
                found: None,
            });
            Payload::CheckSampleDrawn(wire::CheckSampleDrawn {
                facts,
                seed,
                drawn: drawn.map(|it| sampled(&it)).collect(),
            })
        }
        Change::Checked {
            sampled: it,
            checker,
        } => Payload::SampleChecked(wire::SampleChecked {
            facts,
            sampled: Some(sampled(&it)),
            checker: write::organization(&checker),
        }),
        Change::Cancelled { reason } => {
            Payload::CheckSampleCancelled(wire::CheckSampleCancelled { facts, reason })
        }
    }
}

fn facts(id: CheckSampleId, it: &SampleFacts) -> wire::CheckSampleFacts {
    let count = |it: usize| i32::try_from(it).unwrap_or(i32::MAX);
    wire::CheckSampleFacts {
        check_sample: write::check_sample(id),
        state: state(it.state),
        title: it.title.clone(),
        organization: write::organization(&it.organization),
        population_size: count(it.population),
        sample_size: count(it.sample),
        checked_count: count(it.checked),
        failed_count: count(it.failed),
    }
}

fn sampled(it: &Sampled) -> wire::SampledAssignment {
    let result = it.found.as_ref().map(|it| wire::SampleResult {
        passed: it.passed,
        note: it.note.clone(),
        evidence: it.evidence.clone(),
        person: it.person.to_string(),
        check_time: Some(write::time(it.at)),
        reopened_cases: it.reopened.iter().map(|it| write::case(*it)).collect(),
    });
    wire::SampledAssignment {
        assignment: write::assignment(it.candidate.assignment),
        organization: write::organization(&it.candidate.organization),
        result,
    }
}

fn population(it: &Planned) -> Vec<String> {
    let names = it.population.iter().map(|it| it.assignment);
    names.map(write::assignment).collect()
}

/// SHA-256 of the list, each name followed by a line feed: to be published before the seed.
fn population_hash(it: &Planned) -> String {
    let mut hash = Sha256::new();
    for name in population(it) {
        hash.update(name);
        hash.update("\n");
    }
    hex::encode(hash.finalize())
}

fn state(it: State) -> i32 {
    use wire::check_sample::State as Wire;
    let state = match it {
        State::Planned => Wire::Planned,
        State::Drawn => Wire::Drawn,
        State::Completed => Wire::Completed,
        State::Cancelled => Wire::Cancelled,
    };
    state as i32
}
