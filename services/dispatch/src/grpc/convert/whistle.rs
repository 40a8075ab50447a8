//! Whistles.

use liandong_calendar::Limit;
use liandong_kit::auth::Caller;
use liandong_proto::dispatch::{self as wire, event::Payload};
use liandong_proto::types;
use time::{Duration, OffsetDateTime};
use tonic::Status;

use super::read::{Fields, LINE_MAX, TEXT_MAX};
use super::{read, words, write};
use crate::domain::clock::RuledLimit;
use crate::domain::whistle::{
    Answer, Blown, Call, Kind, Outcome, WhistleChange, WhistleEvent, WhistleFacts,
};
use crate::domain::{OrganizationId, PersonId, Whistle, WhistleId};

/// The most organizations one whistle calls.
const CALLED_MAX: usize = 50;
/// The most cases of one whistle.
const CASES_MAX: usize = 100;

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
            punctual: called(organization).is_some_and(|it| it.overdue.is_none()),
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
        WhistleChange::OutageExcused { span, .. } => super::outage::whistle_excused(span),
    }
}

/// A whistle as it is asked to be blown.
pub(crate) struct Blow {
    /// What, without tiers and calls.
    pub blown: Blown,
    /// Who is called.
    pub called: Vec<OrganizationId>,
    /// How long they have to answer.
    pub limit: RuledLimit,
}

/// A new whistle.
pub(crate) fn blow(it: wire::BlowWhistleRequest, caller: &Caller) -> Result<Blow, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let kind = fields
        .word("kind", it.kind, words::read_whistle_kind)
        .unwrap_or_default();
    let few = (1..=CALLED_MAX).contains(&it.organizations.len());
    fields.0.check(
        few,
        "organizations",
        format!("1 to {CALLED_MAX}"),
        format!("须为 1 至 {CALLED_MAX} 个单位"),
    );
    let mut called: Vec<OrganizationId> = Vec::new();
    for (index, name) in it.organizations.iter().take(CALLED_MAX).enumerate() {
        let field = format!("organizations[{index}]");
        let Some(id) = fields.organization(&field, name) else {
            continue;
        };
        let other = id.as_str() != caller.organization;
        fields
            .0
            .check(other, &field, "calls itself", "不能向本单位吹哨");
        fields
            .0
            .check(!called.contains(&id), &field, "called twice", "重复");
        called.push(id);
    }
    let mut cases = Vec::new();
    let few = it.cases.len() <= CASES_MAX;
    fields.0.check(
        few,
        "cases",
        format!("at most {CASES_MAX}"),
        format!("最多 {CASES_MAX} 件"),
    );
    for (index, name) in it.cases.iter().take(CASES_MAX).enumerate() {
        let field = format!("cases[{index}]");
        if let Some(case) = fields.case(&field, name) {
            fields
                .0
                .check(!cases.contains(&case), &field, "named twice", "重复");
            cases.push(case);
        }
    }
    let limit = answer_limit(&mut fields, kind, it.answer_limit);
    let blown = Blown {
        kind,
        organization: OrganizationId::from(caller.organization.as_str()),
        person: PersonId::from(caller.person.as_str()),
        title: fields.required("title", it.title, LINE_MAX),
        description: fields.required("description", it.description, TEXT_MAX),
        area: fields.id("area", &it.area, "areas").unwrap_or_default(),
        address: fields.text("address", it.address, LINE_MAX),
        matter: fields.id_if("matter", &it.matter, "matters"),
        cases,
        exercise: it.exercise,
        ..Blown::default()
    };
    fields.0.finish()?;
    Ok(Blow {
        blown,
        called,
        limit,
    })
}

/// The caller's own limit, or the kind's. An emergency's may only be shorter.
fn answer_limit(fields: &mut Fields, kind: Kind, own: Option<types::Limit>) -> RuledLimit {
    let of_kind: Limit = kind
        .answer_time()
        .parse()
        .unwrap_or_else(|_| unreachable!("`{}` is a limit", kind.answer_time()));
    let own = own.and_then(|it| fields.limit("answer_limit", it));
    if let (Kind::Emergency, Some(own)) = (kind, own) {
        let shorter = own.kind() == of_kind.kind() && own.amount() <= of_kind.amount();
        fields.0.check(
            shorter,
            "answer_limit",
            "an emergency is answered within 30 minutes",
            "应急哨须在 30 分钟内应哨",
        );
    }
    RuledLimit {
        rule: own.map_or(kind.rule(), |_| "whistle#caller").to_owned(),
        limit: own.unwrap_or(of_kind),
    }
}

/// `whistles/{uuid}`.
pub(crate) fn named(name: &str) -> Result<WhistleId, Status> {
    let mut fields = Fields::default();
    let id = whistle_id(&mut fields, "name", name);
    fields.all(id)
}

/// `whistles/{uuid}` in a field.
pub(crate) fn whistle_id(fields: &mut Fields, field: &str, name: &str) -> Option<WhistleId> {
    let id = liandong_kit::name::uuid(name, "whistles");
    fields.0.take(field, id).map(WhistleId)
}

/// An answer to a call.
pub(crate) fn answer_of(
    it: &wire::AnswerWhistleRequest,
    caller: &Caller,
    at: OffsetDateTime,
) -> Result<(WhistleId, Answer), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = whistle_id(&mut fields, "name", &it.name);
    let arrival = it.arrival_time.as_ref();
    let arrival = arrival.and_then(|it| fields.0.take("arrival_time", read::time(it)));
    // Who is there already says when they came; who is on the way comes while the whistle can wait.
    let soon = |it: OffsetDateTime| (at - Duration::days(1)..at + Duration::days(31)).contains(&it);
    fields.0.check(
        arrival.is_none_or(soon),
        "arrival_time",
        "must lie between a day ago and a month from now",
        "须在一天前至一个月内",
    );
    let given = Answer {
        person: PersonId::from(caller.person.as_str()),
        at,
        note: fields.required("note", it.note.clone(), TEXT_MAX),
        arrival,
        ground: fields.word_if("ground", it.ground, words::read_ground),
    };
    Ok((fields.all(id)?, given))
}

/// How a whistle ends.
pub(crate) fn close(
    it: &wire::CloseWhistleRequest,
) -> Result<(WhistleId, Outcome, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = whistle_id(&mut fields, "name", &it.name);
    let outcome = fields.word("outcome", it.outcome, words::read_outcome);
    let note = if outcome == Some(Outcome::Solved) {
        fields.text("note", it.note.clone(), TEXT_MAX)
    } else {
        fields.required("note", it.note.clone(), TEXT_MAX)
    };
    let (id, outcome) = fields.all(id.zip(outcome))?;
    Ok((id, outcome, note))
}

/// Why a whistle is taken back.
pub(crate) fn withdraw(it: &wire::WithdrawWhistleRequest) -> Result<(WhistleId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = whistle_id(&mut fields, "name", &it.name);
    let reason = fields.required("reason", it.reason.clone(), TEXT_MAX);
    Ok((fields.all(id)?, reason))
}
