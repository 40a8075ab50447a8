//! Disputes.

use liandong_kit::auth::Caller;
use liandong_proto::dispatch::{self as wire, event::Payload};
use time::OffsetDateTime;
use tonic::Status;

use super::read::{Fields, TEXT_MAX};
use super::{words, write};
use crate::domain::clock::RuledLimit;
use crate::domain::dispute::{Decision, DisputeChange, DisputeEvent, DisputeFacts, Position, Tier};
use crate::domain::objection::NewHolder;
use crate::domain::{AssignmentId, Dispute, DisputeId, OrganizationId, PersonId, TaskId};

/// A dispute as it stands.
pub(crate) fn dispute(id: DisputeId, it: &Dispute) -> wire::Dispute {
    let opened = &it.opened;
    wire::Dispute {
        name: write::dispute(id),
        state: words::dispute_state(it.state),
        etag: it.version.to_string(),
        cause: words::cause(opened.cause),
        task: write::task(opened.task),
        assignments: assignments(opened.task, &opened.assignments),
        matter: write::matter(&opened.matter),
        act: words::act(opened.act),
        area: write::area(&opened.area),
        organizer: write::organization(&opened.organizer),
        superior: it
            .superior
            .as_ref()
            .map(write::organization)
            .unwrap_or_default(),
        parties: opened.parties.iter().map(write::organization).collect(),
        positions: it.positions.iter().map(position).collect(),
        tiers: it.tiers.iter().map(tier).collect(),
        decision: it.decision.as_ref().map(decision),
        open_time: write::time_if(it.opened_at),
        end_time: write::time_if(it.ended_at),
        exercise: opened.exercise,
    }
}

fn assignments(task: TaskId, numbers: &[u16]) -> Vec<String> {
    let named = |number: &u16| {
        write::assignment(AssignmentId {
            task,
            number: *number,
        })
    };
    numbers.iter().map(named).collect()
}

fn position(it: &Position) -> wire::DisputePosition {
    wire::DisputePosition {
        organization: write::organization(&it.organization),
        holder: write::organization(&it.holder),
        note: it.note.clone(),
        person: it.person.to_string(),
        state_time: Some(write::time(it.at)),
    }
}

fn tier(it: &Tier) -> wire::DisputeTier {
    wire::DisputeTier {
        state: words::dispute_state(it.state),
        start_time: Some(write::time(it.at)),
        deadline: Some(write::deadline(&it.deadline)),
        overdue_time: write::time_if(it.overdue),
    }
}

fn decision(it: &Decision) -> wire::DisputeDecision {
    wire::DisputeDecision {
        holder: write::organization(&it.holder),
        decider: it
            .decider
            .as_ref()
            .map(write::organization)
            .unwrap_or_default(),
        note: it.note.clone(),
        person: it.person.to_string(),
        decide_time: Some(write::time(it.at)),
        losers: it.losers.iter().map(write::organization).collect(),
    }
}

/// A dispute after an event.
pub(crate) fn facts(id: DisputeId, it: &DisputeFacts) -> wire::DisputeFacts {
    wire::DisputeFacts {
        dispute: write::dispute(id),
        state: words::dispute_state(it.state),
        cause: words::cause(it.cause),
        task: write::task(it.task),
        assignments: assignments(it.task, &it.assignments),
        matter: write::matter(&it.matter),
        area: write::area(&it.area),
        organizer: write::organization(&it.organizer),
        parties: it.parties.iter().map(write::organization).collect(),
        open_time: write::time_if(it.opened_at),
        decision: it.decision.as_ref().map(decision),
        exercise: it.exercise,
    }
}

/// What happened to a dispute.
pub(crate) fn payload(it: DisputeEvent) -> Payload {
    let deadline = it.facts.deadline.as_ref().map(write::deadline);
    match it.change {
        DisputeChange::Opened(it) => Payload::DisputeOpened(wire::DisputeOpened {
            act: words::act(it.act),
            deadline,
        }),
        DisputeChange::Stated(it) => Payload::PositionStated(wire::PositionStated {
            position: Some(position(&it)),
        }),
        DisputeChange::Referred {
            tier,
            organization,
            note,
        } => Payload::DisputeReferred(wire::DisputeReferred {
            state: words::dispute_state(tier.state),
            organization: write::organization(&organization),
            note,
            deadline,
        }),
        DisputeChange::Overdue => Payload::DisputeOverdue(wire::DisputeOverdue { deadline }),
        DisputeChange::Decided(it) => Payload::DisputeDecided(wire::DisputeDecided {
            decision: Some(decision(&it)),
        }),
        DisputeChange::Lapsed { reason } => Payload::DisputeLapsed(wire::DisputeLapsed { reason }),
        DisputeChange::OutageExcused { span, deadline } => {
            super::outage::dispute_excused(span, &deadline)
        }
    }
}

/// `disputes/{uuid}`.
pub(crate) fn named(name: &str) -> Result<DisputeId, Status> {
    let mut fields = Fields::default();
    let id = dispute_id(&mut fields, name);
    fields.all(id)
}

fn dispute_id(fields: &mut Fields, name: &str) -> Option<DisputeId> {
    let id = liandong_kit::name::uuid(name, "disputes");
    fields.0.take("name", id).map(DisputeId)
}

/// What a party says.
pub(crate) fn position_of(
    it: &wire::StatePositionRequest,
    caller: &Caller,
    at: OffsetDateTime,
) -> Result<(DisputeId, Position), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = dispute_id(&mut fields, &it.name);
    let position = Position {
        organization: OrganizationId::from(caller.organization.as_str()),
        holder: fields
            .organization("holder", &it.holder)
            .unwrap_or_default(),
        note: fields.required("note", it.note.clone(), TEXT_MAX),
        person: PersonId::from(caller.person.as_str()),
        at,
    };
    Ok((fields.all(id)?, position))
}

/// Why a dispute goes up.
pub(crate) fn refer(it: &wire::ReferDisputeRequest) -> Result<(DisputeId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = dispute_id(&mut fields, &it.name);
    let note = fields.required("note", it.note.clone(), TEXT_MAX);
    Ok((fields.all(id)?, note))
}

/// Who has the duty, and on what grounds.
pub(crate) fn designate(
    it: &wire::DesignateHolderRequest,
) -> Result<(DisputeId, NewHolder, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = dispute_id(&mut fields, &it.name);
    let organization = fields.organization("holder", &it.holder);
    let duty = fields.text("duty", it.duty.clone(), TEXT_MAX);
    let limit = it.disposal_limit;
    let limit = limit.and_then(|limit| fields.limit("disposal_limit", limit));
    let new = NewHolder {
        organization: organization.unwrap_or_default(),
        act: fields.word_if("act", it.act, words::read_act),
        duty: (!duty.trim().is_empty()).then_some(duty),
        disposal: limit.map(|limit| RuledLimit {
            limit,
            rule: "dispute".into(),
        }),
    };
    let note = fields.required("note", it.note.clone(), TEXT_MAX);
    Ok((fields.all(id)?, new, note))
}
