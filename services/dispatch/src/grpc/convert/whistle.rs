//! Whistles.

use liandong_proto::dispatch::{self as wire, event::Payload};

use super::{words, write};
use crate::domain::whistle::{Answer, Call, WhistleChange, WhistleEvent, WhistleFacts};
use crate::domain::{Whistle, WhistleId};

/// A whistle as it stands.
pub(crate) fn whistle(id: WhistleId, it: &Whistle) -> wire::Whistle {
    let blown = &it.blown;
    let rung = |it: &crate::domain::whistle::Rung| wire::WhistleRung {
        tier: words::whistle_tier(it.tier),
        organization: write::organization(&it.organization),
    };
    wire::Whistle {
        name: write::whistle(id),
        state: words::whistle_state(it.state),
        etag: it.version.to_string(),
        kind: words::whistle_kind(blown.kind),
        tier: words::whistle_tier(it.tier),
        organization: write::organization(&blown.organization),
        person: blown.person.to_string(),
        title: blown.title.clone(),
        description: blown.description.clone(),
        area: write::area(&blown.area),
        address: blown.address.clone(),
        matter: blown.matter.as_ref().map(write::matter).unwrap_or_default(),
        cases: blown.cases.iter().map(|it| write::case(*it)).collect(),
        calls: it.calls.iter().map(call).collect(),
        ladder: blown.ladder.iter().map(rung).collect(),
        task: it.task.map(write::task).unwrap_or_default(),
        blow_time: write::time_if(it.blown_at),
        end_time: write::time_if(it.ended_at),
        outcome: it.outcome.map(words::outcome).unwrap_or_default(),
        end_note: it.end_note.clone(),
        exercise: blown.exercise,
    }
}

fn call(it: &Call) -> wire::WhistleCall {
    wire::WhistleCall {
        organization: write::organization(&it.organization),
        tier: words::whistle_tier(it.tier),
        call_time: Some(write::time(it.at)),
        deadline: Some(write::deadline(&it.deadline)),
        answer: it.answer.as_ref().map(answer),
        overdue_time: write::time_if(it.overdue),
    }
}

fn answer(it: &Answer) -> wire::WhistleAnswer {
    wire::WhistleAnswer {
        person: it.person.to_string(),
        answer_time: Some(write::time(it.at)),
        note: it.note.clone(),
        arrival_time: write::time_if(it.arrival),
        ground: it.ground.map(words::ground).unwrap_or_default(),
    }
}

/// A whistle after an event.
pub(crate) fn facts(id: WhistleId, it: &WhistleFacts) -> wire::WhistleFacts {
    wire::WhistleFacts {
        whistle: write::whistle(id),
        state: words::whistle_state(it.state),
        kind: words::whistle_kind(it.kind),
        tier: words::whistle_tier(it.tier),
        organization: write::organization(&it.organization),
        area: write::area(&it.area),
        matter: it.matter.as_ref().map(write::matter).unwrap_or_default(),
        blow_time: write::time_if(it.blown_at),
        calls: it.calls.iter().map(call).collect(),
        task: it.task.map(write::task).unwrap_or_default(),
        outcome: it.outcome.map(words::outcome).unwrap_or_default(),
        exercise: it.exercise,
    }
}

/// What happened to a whistle.
pub(crate) fn payload(it: WhistleEvent) -> Payload {
    let facts = it.facts;
    let called = |who| facts.calls.iter().find(|it| it.organization == who);
    match it.change {
        WhistleChange::Blown(it) => Payload::WhistleBlown(wire::WhistleBlown {
            cases: it.cases.iter().map(|it| write::case(*it)).collect(),
            title: it.title,
            description: it.description,
            address: it.address,
        }),
        WhistleChange::Answered {
            organization,
            answer: given,
        } => Payload::WhistleAnswered(wire::WhistleAnswered {
            organization: write::organization(&organization),
            answer: Some(answer(&given)),
            on_time: called(organization).is_some_and(|it| it.overdue.is_none()),
        }),
        WhistleChange::Unanswered {
            organization,
            last_tier,
        } => Payload::WhistleUnanswered(wire::WhistleUnanswered {
            organization: write::organization(&organization),
            deadline: called(organization).map(|it| write::deadline(&it.deadline)),
            last_tier,
        }),
        WhistleChange::Escalated { call, silent } => {
            Payload::WhistleEscalated(wire::WhistleEscalated {
                tier: words::whistle_tier(call.tier),
                organization: write::organization(&call.organization),
                silent: silent.iter().map(write::organization).collect(),
                deadline: Some(write::deadline(&call.deadline)),
            })
        }
        WhistleChange::Tasked { task } => Payload::WhistleTasked(wire::WhistleTasked {
            task: task.map(write::task).unwrap_or_default(),
        }),
        WhistleChange::Closed { outcome, note } => Payload::WhistleClosed(wire::WhistleClosed {
            outcome: words::outcome(outcome),
            note,
        }),
        WhistleChange::Withdrawn { reason } => {
            Payload::WhistleWithdrawn(wire::WhistleWithdrawn { reason })
        }
    }
}
