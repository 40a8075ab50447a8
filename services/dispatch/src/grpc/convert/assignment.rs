//! Assignments: orders, steps, checks, clocks.

use liandong_kit::auth::Caller;
use liandong_proto::dispatch as wire;
use time::OffsetDateTime;
use tonic::Status;

use super::read::{Fields, TEXT_MAX};
use super::{clock, course, leave, words, write};
use crate::domain::assignment::{Assignment, Check, Objection, Report, Round};
use crate::domain::clock::{Interval, StageClock};
use crate::domain::{AssignmentId, EvidenceId, OfficerId, OrganizationId, PersonId, Task, TaskId};

/// The most officers in one request.
const MANY: usize = 50;

/// `tasks/{uuid}/assignments/{n}` and the request id, as every step carries them.
pub(crate) fn named(name: &str, request_id: &str) -> Result<AssignmentId, Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.assignment("name", name);
    fields.0.finish()?;
    Ok(id.unwrap_or_default())
}

/// An assignment and officers.
pub(crate) fn with_officers(
    name: &str,
    officers: &[String],
    request_id: &str,
) -> Result<(AssignmentId, Vec<OfficerId>), Status> {
    officers_and(Fields::default(), (name, officers, request_id))
}

/// An arrival: the assignment, who is there, and why coercion cannot wait; that may be empty.
pub(crate) fn arrival(
    it: &wire::ReportInRequest,
) -> Result<(AssignmentId, Vec<OfficerId>, String), Status> {
    let mut fields = Fields::default();
    let reason = fields.text("emergency_reason", it.emergency_reason.clone(), TEXT_MAX);
    let (id, officers) = officers_and(fields, (&it.name, &it.officers, &it.request_id))?;
    Ok((id, officers, reason))
}

fn officers_and(
    mut fields: Fields,
    (name, officers, request_id): (&str, &[String], &str),
) -> Result<(AssignmentId, Vec<OfficerId>), Status> {
    fields.request_id(request_id);
    let id = fields.assignment("name", name);
    fields.0.check(
        officers.len() <= MANY,
        "officers",
        format!("at most {MANY}"),
        format!("最多 {MANY} 名"),
    );
    let mut ids: Vec<OfficerId> = Vec::new();
    for (index, officer) in officers.iter().take(MANY).enumerate() {
        let field = format!("officers[{index}]");
        if let Some(officer) = fields.id::<OfficerId>(&field, officer, "officers") {
            fields
                .0
                .check(!ids.contains(&officer), field, "named twice", "重复");
            ids.push(officer);
        }
    }
    fields.0.finish()?;
    Ok((id.unwrap_or_default(), ids))
}

/// An objection.
pub(crate) fn object(
    it: &wire::ObjectAssignmentRequest,
    caller: &Caller,
    at: OffsetDateTime,
) -> Result<(AssignmentId, Objection, Vec<EvidenceId>), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.assignment("name", &it.name);
    let ground = fields.word("ground", it.ground, words::read_ground);
    let note = fields.required("note", it.note.clone(), TEXT_MAX);
    let proposed = fields.proposed(&it.proposed_organization, &caller.organization);
    let cited = fields.evidence("evidence", &it.evidence);
    fields.0.finish()?;
    let ground = ground.unwrap_or(crate::domain::assignment::Ground::NotOurDuty);
    Ok((
        id.unwrap_or_default(),
        Objection {
            ground,
            note,
            proposed,
            person: PersonId::from(caller.person.as_str()),
            at,
            evidence: it.evidence.clone(),
            ruled: None,
            to_superior: it.to_superior,
        },
        cited,
    ))
}

/// A result with its evidence.
pub(crate) fn report(
    it: &wire::ReportAssignmentRequest,
    person: &str,
    at: OffsetDateTime,
) -> Result<(AssignmentId, Report, Vec<EvidenceId>), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.assignment("name", &it.name);
    let note = fields.required("note", it.note.clone(), TEXT_MAX);
    let cited = fields.evidence("evidence", &it.evidence);
    fields.0.finish()?;
    let report = Report {
        person: PersonId::from(person),
        at,
        note,
        evidence: it.evidence.clone(),
    };
    Ok((id.unwrap_or_default(), report, cited))
}

/// A check; of which units its maker is, only the registry knows.
pub(crate) fn check(
    it: &wire::CheckAssignmentRequest,
    organization: &str,
    person: &str,
    at: OffsetDateTime,
) -> Result<(AssignmentId, Check, Vec<EvidenceId>), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.assignment("name", &it.name);
    let passed = fields.word("result", it.result, words::read_check_result);
    let note = match passed {
        Some(false) => fields.required("note", it.note.clone(), TEXT_MAX),
        _ => fields.text("note", it.note.clone(), TEXT_MAX),
    };
    let cited = fields.evidence("evidence", &it.evidence);
    fields.0.finish()?;
    let (organization, person) = (OrganizationId::from(organization), PersonId::from(person));
    Ok((
        id.unwrap_or_default(),
        Check {
            passed: passed.unwrap_or_default(),
            organization,
            person,
            units: vec![],
            at,
            note,
            evidence: it.evidence.clone(),
        },
        cited,
    ))
}

/// One assignment of a task as it stands.
pub(crate) fn assignment(id: TaskId, task: &Task, it: &Assignment) -> wire::Assignment {
    let offer = &it.offer;
    let named = |number| write::assignment(AssignmentId { task: id, number });
    wire::Assignment {
        name: named(offer.number),
        state: words::state(it.state),
        etag: task.version.to_string(),
        organization: write::organization(&offer.organization),
        role: words::role(offer.role),
        act: words::act(offer.act),
        duty: offer.duty.clone(),
        matter: write::matter(&offer.matter),
        checker: write::organization(&offer.checker),
        power: offer
            .power
            .as_ref()
            .map(|it| format!("powers/{it}"))
            .unwrap_or_default(),
        offer_time: Some(write::time(it.offered_at)),
        signer: it
            .signer
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        sign_time: write::time_if(it.signed_at),
        officers: it.officers.iter().map(write::officer).collect(),
        rounds: it.rounds.iter().map(round).collect(),
        objections: it.objections.iter().map(objection).collect(),
        replaces: offer.replaces.map(named).unwrap_or_default(),
        acknowledge_time: write::time_if(it.acknowledged_at),
        cases: task.cases.iter().map(|it| write::case(*it)).collect(),
        organizer: write::organization(&task.organizer),
        area: write::area(&task.area),
        plan: task.plan.text.clone(),
        extensions: it.extensions.iter().map(leave::extension).collect(),
        holds: it.holds.iter().map(leave::hold).collect(),
        recusals: it.recusals.iter().map(leave::recused).collect(),
        statutory_clocks: it.statutory.iter().map(clock::statutory).collect(),
        undelivered_since_time: write::time_if(it.undelivered),
        catalogue_copy_time: write::time_if(offer.catalogue_copy),
        required_evidence: offer.evidence.iter().map(clock::required).collect(),
        resources: offer.resources.iter().map(course::resource).collect(),
        hand_over: offer.hand_over.as_ref().map(write::hand_over),
        hand_backs: it.hand_backs.iter().map(course::handed_back).collect(),
        designation: it.designation.map(write::dispute).unwrap_or_default(),
        withdraw_reason: it.withdraw_reason.clone(),
        acknowledgement_outstanding: task.must_acknowledge(it),
        dispute: it.dispute.map(write::dispute).unwrap_or_default(),
        exercise: task.exercise,
    }
}

fn round(it: &Round) -> wire::Round {
    wire::Round {
        number: i32::from(it.number),
        start_time: Some(write::time(it.started_at)),
        clocks: it.clocks.iter().map(clock::clock).collect(),
        commit_time: write::time_if(it.committed_at),
        on_site_time: write::time_if(it.on_site_at),
        report: it.report.as_ref().map(reported),
        check: it.check.as_ref().map(checked),
        emergency_reason: it.emergency.clone(),
    }
}

/// A result.
pub(crate) fn reported(it: &Report) -> wire::Report {
    wire::Report {
        person: it.person.to_string(),
        report_time: Some(write::time(it.at)),
        note: it.note.clone(),
        evidence: it.evidence.clone(),
    }
}

/// A check.
pub(crate) fn checked(it: &Check) -> wire::Check {
    wire::Check {
        result: words::check_result(it.passed),
        organization: write::organization(&it.organization),
        person: it.person.to_string(),
        check_time: Some(write::time(it.at)),
        note: it.note.clone(),
        evidence: it.evidence.clone(),
    }
}

fn objection(it: &Objection) -> wire::Objection {
    let ruled = it.ruled.as_ref();
    wire::Objection {
        ground: words::ground(it.ground),
        note: it.note.clone(),
        proposed_organization: it
            .proposed
            .as_ref()
            .map(write::organization)
            .unwrap_or_default(),
        person: it.person.to_string(),
        object_time: Some(write::time(it.at)),
        ruling: ruled.map(|it| words::ruling(it.ruling)).unwrap_or_default(),
        ruling_note: ruled.map(|it| it.note.clone()).unwrap_or_default(),
        ruling_person: ruled.map(|it| it.person.to_string()).unwrap_or_default(),
        rule_time: ruled.map(|it| write::time(it.at)),
        evidence: it.evidence.clone(),
        to_superior: it.to_superior,
    }
}

/// Every clock of an assignment with its spans.
pub(crate) fn explained(it: &Assignment) -> Vec<wire::ClockExplanation> {
    let clocks = it
        .rounds
        .iter()
        .flat_map(|round| round.clocks.iter().map(move |clock| (round.number, clock)));
    clocks
        .map(|(round, clock)| wire::ClockExplanation {
            round: i32::from(round),
            clock: Some(clock::clock(clock)),
            original_due_time: Some(write::time(
                clock.original_due.unwrap_or(clock.deadline.due),
            )),
            intervals: clock
                .intervals(&it.ledger)
                .iter()
                .map(|it| span(clock, it))
                .collect(),
        })
        .collect()
}

fn span(clock: &StageClock, it: &Interval) -> wire::ClockInterval {
    wire::ClockInterval {
        kind: words::interval(it.kind),
        start_time: Some(write::time(it.start)),
        end_time: write::time_if(it.end),
        charged: it.charged,
        cause: it.cause.clone(),
        cause_version: it.version,
        rule: clock.deadline.rule.clone(),
        calendar_version: clock.deadline.calendar.clone(),
    }
}
