//! What a meeting is asked to decide.

use liandong_proto::dispatch::{self as wire, decision_effect::Effect as Asked};
use time::OffsetDateTime;
use tonic::Status;
use uuid::Uuid;

use super::meeting_read::{number, work};
use super::read::{Fields, LINE_MAX, TEXT_MAX, time};
use super::words;
use crate::domain::clock::RuledLimit;
use crate::domain::meeting::decision::Voice;
use crate::domain::meeting::{Decision, Effect, Subject};
use crate::domain::objection::NewHolder;
use crate::domain::{DisputeId, MeetingId, OrganizationId, PersonId};

const HELPERS_MAX: usize = 100;
const VOICES_MAX: usize = 50;
const EFFECTS_MAX: usize = 20;
const WORKS_MAX: usize = 50;

/// A decision as it is asked for, and how long its lead has; its deadline is counted by the lead's calendar.
pub(crate) struct DecisionAsked {
    /// Of which meeting.
    pub meeting: MeetingId,
    /// On which item.
    pub item: u16,
    /// What.
    pub decision: Decision,
    /// How long the lead has.
    pub limit: Option<liandong_calendar::Limit>,
    /// Everybody it names who need not take part in the meeting, with the field.
    pub named: Vec<(String, OrganizationId)>,
}

/// A decision.
pub(crate) fn decide(
    it: wire::DecideItemRequest,
    person: &str,
    at: OffsetDateTime,
) -> Result<DecisionAsked, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.uuid("name", &it.name, "meetings").map(MeetingId);
    let item = number(&mut fields, it.item);
    let text = fields.required("text", it.text, TEXT_MAX);
    let basis = fields.required("basis", it.basis, TEXT_MAX);
    let lead: Option<OrganizationId> = fields.id_if("lead", &it.lead, "organizations");
    let limit = it.limit.and_then(|it| fields.limit("limit", it));
    let acceptance_test = fields.text("acceptance_test", it.acceptance_test, TEXT_MAX);
    if lead.is_some() {
        let tested = !acceptance_test.trim().is_empty();
        fields
            .0
            .check(tested, "acceptance_test", "required", "必填");
        let timed = it.limit.is_some();
        fields.0.check(timed, "limit", "required", "必填");
    }
    fields.many("helpers", it.helpers.len(), HELPERS_MAX);
    let helpers = (0..).zip(it.helpers.iter().take(HELPERS_MAX));
    let helpers = helpers.filter_map(|(n, it)| {
        let field = format!("helpers[{n}]");
        let id = fields.organization(&field, it)?;
        Some((field, id))
    });
    let mut named: Vec<(String, OrganizationId)> = helpers.collect();
    let mut helpers: Vec<OrganizationId> = named.iter().map(|it| it.1.clone()).collect();
    named.extend(lead.iter().map(|it| ("lead".to_owned(), it.clone())));
    helpers.sort();
    helpers.dedup();
    let led = lead.is_some() || helpers.is_empty();
    fields
        .0
        .check(led, "helpers", "nobody leads", "没有牵头单位");
    let dissents = it.dissents.into_iter().map(|it| (it.organization, it.note));
    let dissents = voices(&mut fields, ("dissents", "note"), dissents.collect());
    let recusals = it
        .recusals
        .into_iter()
        .map(|it| (it.organization, it.reason));
    let recusals = voices(&mut fields, ("recusals", "reason"), recusals.collect());
    fields.many("effects", it.effects.len(), EFFECTS_MAX);
    let mut effects = Vec::new();
    for (index, asked) in it.effects.into_iter().take(EFFECTS_MAX).enumerate() {
        let field = format!("effects[{index}]");
        let read = effect(&mut fields, &field, asked);
        named.extend(read.iter().filter_map(|it| {
            let (of, it) = match it {
                Effect::Redispatch { to, .. } => ("redispatch.new_holder", to),
                Effect::Designate { holder, .. } => ("designate.holder", holder),
                _ => return None,
            };
            Some((
                format!("{field}.{of}.organization"),
                it.organization.clone(),
            ))
        }));
        effects.extend(read);
    }
    fields.many("works", it.works.len(), WORKS_MAX);
    let works = (0..).zip(it.works.iter().take(WORKS_MAX));
    let works = works.filter_map(|(n, it)| fields.0.take(format!("works[{n}]"), work(it)));
    let works: Vec<Subject> = works.collect();
    let decision = Decision {
        text,
        basis,
        lead,
        helpers,
        deadline: None,
        acceptance_test,
        dissents,
        recusals,
        effects,
        works,
        person: PersonId::from(person),
        at: Some(at),
    };
    fields.all(id.zip(item).map(|(meeting, item)| DecisionAsked {
        meeting,
        item,
        decision,
        limit,
        named,
    }))
}

fn voices(
    fields: &mut Fields,
    (field, why): (&str, &str),
    all: Vec<(String, String)>,
) -> Vec<Voice> {
    fields.many(field, all.len(), VOICES_MAX);
    let mut voices = Vec::new();
    for (index, (organization, note)) in all.into_iter().take(VOICES_MAX).enumerate() {
        let note = fields.required(&format!("{field}[{index}].{why}"), note, TEXT_MAX);
        let of = format!("{field}[{index}].organization");
        let organization = fields.organization(&of, &organization);
        voices.extend(organization.map(|organization| Voice { organization, note }));
    }
    voices
}

fn effect(fields: &mut Fields, at: &str, it: wire::DecisionEffect) -> Option<Effect> {
    let of = |field: &str| format!("{at}.{field}");
    match it.effect {
        None => fields.0.take(at, Err(Fields::missing())),
        Some(Asked::Dispatch(it)) => {
            let task = fields.task(&of("dispatch.task"), &it.task)?;
            Some(Effect::Dispatch { task })
        }
        Some(Asked::Redispatch(it)) => {
            let assignment = fields.assignment(&of("redispatch.assignment"), &it.assignment);
            let to = new_holder(fields, &of("redispatch.new_holder"), it.new_holder);
            Some(Effect::Redispatch {
                assignment: assignment?,
                to: to?,
            })
        }
        Some(Asked::Extend(it)) => {
            let assignment = fields.assignment(&of("extend.assignment"), &it.assignment);
            let limit = it.limit.map(|it| fields.limit(&of("extend.limit"), it));
            Some(Effect::Extend {
                assignment: assignment?,
                limit: limit.flatten(),
            })
        }
        Some(Asked::Hold(it)) => {
            let assignment = fields.assignment(&of("hold.assignment"), &it.assignment);
            let ground = fields.word_if(&of("hold.ground"), it.ground, words::read_hold_ground);
            let until = it.until_time.as_ref().map(time).transpose();
            let until = fields.0.take(of("hold.until_time"), until)?;
            let (both, field) = (ground.is_some() == until.is_some(), of("hold.ground"));
            let english = "ground and until_time come together";
            fields.0.check(both, field, english, "理由与期限须同时填写");
            Some(Effect::Hold {
                assignment: assignment?,
                ground,
                until,
            })
        }
        Some(Asked::Transfer(it)) => {
            let case = fields.case(&of("transfer.case"), &it.case);
            let body = fields.required(&of("transfer.body"), it.body, LINE_MAX);
            let number = of("transfer.document_number");
            let document_number = fields.numbered(&number, it.document_number, LINE_MAX);
            Some(Effect::Transfer {
                case: case?,
                body,
                document_number,
            })
        }
        Some(Asked::Designate(it)) => {
            let dispute: Option<Uuid> =
                fields.uuid(&of("designate.dispute"), &it.dispute, "disputes");
            let holder = new_holder(fields, &of("designate.holder"), it.holder);
            Some(Effect::Designate {
                dispute: DisputeId(dispute?),
                holder: holder?,
            })
        }
    }
}

fn new_holder(fields: &mut Fields, at: &str, it: Option<wire::NewHolder>) -> Option<NewHolder> {
    let Some(it) = it else {
        return fields.0.take(at, Err(Fields::missing()));
    };
    let of = |field: &str| format!("{at}.{field}");
    let organization = fields.organization(&of("organization"), &it.organization);
    let duty = fields.text(&of("duty"), it.duty, TEXT_MAX);
    let limit = it.disposal_limit;
    let limit = limit.and_then(|it| fields.limit(&of("disposal_limit"), it));
    let act = fields.word_if(&of("act"), it.act, words::read_act);
    Some(NewHolder {
        organization: organization?,
        act,
        duty: (!duty.trim().is_empty()).then_some(duty),
        disposal: limit.map(|limit| RuledLimit {
            limit,
            rule: "meeting".into(),
        }),
    })
}
