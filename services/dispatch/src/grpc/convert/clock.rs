//! Clocks: lights, supervision, delivery, and those that law sets.

use liandong_proto::dispatch::{self as wire, event::Payload};
use time::OffsetDateTime;
use tonic::Status;

use super::read::{Fields, TEXT_MAX, time};
use super::{words, write};
use crate::domain::clock::{Stage, StageClock};
use crate::domain::clock_change::ClockChange;
use crate::domain::delivery::Failure;
use crate::domain::evidence::Required;
use crate::domain::statutory::{Paper, Start, StatutoryClock, StatutoryKind};
use crate::domain::supervision::{Rung, Supervision};
use crate::domain::{AssignmentId, Facts, PersonId};
use liandong_kit::status::FieldProblem;

/// A clock to be started. It may have started before it is put on record, never after.
pub(crate) fn start(
    it: &wire::StartStatutoryClockRequest,
    person: &str,
    now: OffsetDateTime,
) -> Result<(AssignmentId, Start), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.assignment("name", &it.name);
    let kind = fields.word("kind", it.kind, words::read_statutory);
    fields.0.check(
        kind != Some(StatutoryKind::Transfer),
        "kind",
        "only the decision about a transfer starts it",
        "移送时限由移送决定起算",
    );
    let document = fields.document(&it.document);
    let from = it.start_time.as_ref().map_or(Ok(now), time);
    let future = || FieldProblem::new("lies in the future", "不能晚于当前时间");
    let from = from.and_then(|it| if it > now { Err(future()) } else { Ok(it) });
    let from = fields.0.take("start_time", from);
    let read = id.zip(kind).zip(from).map(|((id, kind), from)| {
        let person = PersonId::from(person);
        let start = Start {
            kind,
            document,
            person,
            from,
        };
        (id, start)
    });
    fields.all(read)
}

/// What stops or extends a clock.
pub(crate) fn paper(
    (name, request_id): (&str, &str),
    clock: i32,
    document: &str,
    person: &str,
) -> Result<(AssignmentId, Paper), Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.assignment("name", name);
    let number = u16::try_from(clock).ok().filter(|it| *it > 0);
    let problem = FieldProblem::new("must be the number of a clock", "须为时限编号");
    let number = fields.0.take("clock", number.ok_or(problem));
    let document = fields.document(document);
    let read = id.zip(number).map(|(id, clock)| {
        let person = PersonId::from(person);
        let paper = Paper {
            clock,
            document,
            person,
        };
        (id, paper)
    });
    fields.all(read)
}

/// How an order arrived.
pub(crate) fn confirmed(
    it: &wire::ConfirmDeliveryRequest,
) -> Result<(AssignmentId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.assignment("name", &it.name);
    let note = fields.required("note", it.note.clone(), TEXT_MAX);
    fields.all(id.map(|id| (id, note)))
}

/// A stage's clock.
pub(crate) fn clock(it: &StageClock) -> wire::StageClock {
    wire::StageClock {
        stage: words::stage(it.stage),
        deadline: Some(write::deadline(&it.deadline)),
        met_time: write::time_if(it.met),
        overdue_time: write::time_if(it.overdue),
        replace_time: write::time_if(it.replaced),
        original_due_time: write::time_if(it.original_due),
        light: words::light(it.light()),
        warn_time: write::time_if(it.warn),
        remind_time: write::time_if(it.reminded),
        supervision: it.supervision.as_ref().map(supervision),
    }
}

fn supervision(it: &Supervision) -> wire::Supervision {
    let told = (1..)
        .zip(&it.rungs)
        .map(|(level, it)| rung(level, &it.rung, it.at));
    wire::Supervision {
        start_time: Some(write::time(it.since)),
        rungs: told.collect(),
        next_time: write::time_if(it.next),
        agenda_time: write::time_if(it.agenda),
    }
}

fn rung(level: i32, it: &Rung, at: OffsetDateTime) -> wire::EscalationRung {
    let text = |it: Option<String>| it.unwrap_or_default();
    wire::EscalationRung {
        level,
        area: write::area(&it.area),
        role: it.role.clone(),
        role_display_name: it.role_name.clone(),
        organization: text(it.organization.as_ref().map(write::organization)),
        duty: it.duty.clone(),
        person: text(it.person.as_ref().map(ToString::to_string)),
        tell_time: Some(write::time(at)),
    }
}

/// A clock that law sets.
pub(crate) fn statutory(it: &StatutoryClock) -> wire::StatutoryClock {
    wire::StatutoryClock {
        number: i32::from(it.number),
        kind: words::statutory(it.kind),
        document: it.document.clone(),
        deadline: Some(write::deadline(&it.deadline)),
        original_due_time: write::time_if(it.original_due),
        light: words::light(it.light()),
        warn_time: Some(write::time(it.warn)),
        overdue_time: write::time_if(it.overdue),
        stop_time: write::time_if(it.stopped),
        stop_document: it.stop_document.clone(),
        person: it.person.to_string(),
        follows: it.follows.map(i32::from).unwrap_or_default(),
    }
}

/// What happened to the clocks of an assignment. Deadlines are read off what the event left behind.
pub(crate) fn payload(what: ClockChange, facts: Option<&Facts>, at: OffsetDateTime) -> Payload {
    let statutory_clock = |number: u16| {
        let clocks = facts.map(|it| it.statutory.as_slice()).unwrap_or_default();
        clocks.iter().find(|it| it.number == number).map(statutory)
    };
    let of = |stage| stage_clock(facts, stage);
    let due = |stage| of(stage).map(|it| write::deadline(&it.deadline));
    match what {
        ClockChange::Reminded { stage } => Payload::StageReminded(wire::StageReminded {
            stage: words::stage(stage),
            deadline: due(stage),
        }),
        ClockChange::Supervised { stage, next } => {
            Payload::SupervisionOpened(wire::SupervisionOpened {
                stage: words::stage(stage),
                deadline: due(stage),
                next_time: Some(write::time(next)),
            })
        }
        ClockChange::Escalated {
            stage,
            rung: told,
            next,
        } => {
            let supervised = of(stage).and_then(|it| it.supervision.as_ref());
            let level = supervised.map_or(0, |it| it.rungs.len());
            let level = i32::try_from(level).unwrap_or(i32::MAX);
            Payload::StageEscalated(wire::StageEscalated {
                stage: words::stage(stage),
                deadline: due(stage),
                rung: Some(rung(level, &told, at)),
                next_time: Some(write::time(next)),
            })
        }
        ClockChange::OnAgenda { stage } => Payload::StageOnAgenda(wire::StageOnAgenda {
            stage: words::stage(stage),
            deadline: due(stage),
        }),
        ClockChange::NotDelivered(it) => Payload::DeliveryFailed(failed(*it)),
        ClockChange::Delivered {
            person,
            note,
            since,
            ..
        } => Payload::DeliveryConfirmed(wire::DeliveryConfirmed {
            person: person.map(|it| it.to_string()).unwrap_or_default(),
            note,
            since_time: Some(write::time(since)),
        }),
        ClockChange::Excused { span, .. } => super::outage::excused(span),
        ClockChange::StatutoryStarted(it) => {
            Payload::StatutoryClockStarted(wire::StatutoryClockStarted {
                clock: Some(statutory(&it)),
            })
        }
        ClockChange::StatutoryExtended {
            clock, document, ..
        } => Payload::StatutoryClockExtended(wire::StatutoryClockExtended {
            clock: statutory_clock(clock),
            document,
        }),
        ClockChange::StatutoryStopped { clock, .. } => {
            Payload::StatutoryClockStopped(wire::StatutoryClockStopped {
                clock: statutory_clock(clock),
            })
        }
        ClockChange::StatutoryReminded { clock } => {
            Payload::StatutoryClockReminded(wire::StatutoryClockReminded {
                clock: statutory_clock(clock),
            })
        }
        ClockChange::StatutoryOverdue { clock } => {
            Payload::StatutoryClockOverdue(wire::StatutoryClockOverdue {
                clock: statutory_clock(clock),
            })
        }
    }
}

/// Evidence that a report must carry.
pub(crate) fn required(it: &Required) -> wire::RequiredEvidence {
    wire::RequiredEvidence {
        kind: words::evidence_kind(it.kind),
        minimum_count: i32::from(it.count),
        description: it.description.clone(),
    }
}

/// The latest clock of a stage in the current round.
pub(crate) fn stage_clock(facts: Option<&Facts>, stage: Stage) -> Option<&StageClock> {
    let round = facts?.round.as_ref()?;
    round.clocks.iter().rev().find(|it| it.stage == stage)
}

fn failed(it: Failure) -> wire::DeliveryFailed {
    wire::DeliveryFailed {
        event: it.event.to_string(),
        kind: it.kind,
        organization: write::organization(&it.organization),
        group: it.group,
        attempts: i32::try_from(it.attempts).unwrap_or(i32::MAX),
        reason: it.reason,
        since_time: Some(write::time(it.since)),
    }
}
