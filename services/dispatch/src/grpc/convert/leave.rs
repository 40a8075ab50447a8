//! What a holder asks leave for, and the answers: more time, a pause; and recusals.

use liandong_proto::dispatch as wire;
use time::OffsetDateTime;
use tonic::Status;

use super::read::{Fields, TEXT_MAX, time};
use super::{words, write};
use crate::domain::extension::{Answer, Extension};
use crate::domain::hold::{Hold, HoldGround};
use crate::domain::recusal::Recusal;
use crate::domain::{AssignmentId, OfficerId, PersonId};

/// A request for more time.
pub(crate) fn ask_extension(
    it: &wire::RequestExtensionRequest,
    person: &str,
    at: OffsetDateTime,
) -> Result<(AssignmentId, Extension), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.assignment("name", &it.name);
    let limit = fields.limit("limit", it.limit.unwrap_or_default());
    let note = fields.required("note", it.note.clone(), TEXT_MAX);
    let person = PersonId::from(person);
    let read = id.zip(limit).map(|(id, limit)| {
        let extension = Extension {
            limit,
            note,
            person,
            at,
            round: 0,
            answer: None,
        };
        (id, extension)
    });
    fields.all(read)
}

/// A request for a pause.
pub(crate) fn ask_hold(
    it: &wire::RequestHoldRequest,
    person: &str,
    at: OffsetDateTime,
) -> Result<(AssignmentId, Hold), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.assignment("name", &it.name);
    let ground: Option<HoldGround> = fields.word("ground", it.ground, words::read_hold_ground);
    let note = fields.required("note", it.note.clone(), TEXT_MAX);
    let until = it.until_time.as_ref();
    let until = until.map_or_else(|| Err(Fields::missing()), time);
    let until = fields.0.take("until_time", until);
    let person = PersonId::from(person);
    let read = id.zip(ground).zip(until).map(|((id, ground), until)| {
        let hold = Hold {
            ground,
            note,
            until,
            person,
            at,
            answer: None,
            resumed_at: None,
        };
        (id, hold)
    });
    fields.all(read)
}

/// An organizer's answer to either; who is declined learns why.
pub(crate) fn answer(
    (name, request_id): (&str, &str),
    decision: i32,
    note: &str,
    person: &str,
    at: OffsetDateTime,
) -> Result<(AssignmentId, Answer), Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.assignment("name", name);
    let granted = fields.word("decision", decision, words::read_decision);
    let note = match granted {
        Some(false) => fields.required("note", note.to_owned(), TEXT_MAX),
        _ => fields.text("note", note.to_owned(), TEXT_MAX),
    };
    let person = PersonId::from(person);
    let read = id.zip(granted).map(|(id, granted)| {
        let answer = Answer {
            granted,
            note,
            person,
            at,
        };
        (id, answer)
    });
    fields.all(read)
}

/// A recusal.
pub(crate) fn recusal(
    it: &wire::DeclareRecusalRequest,
    person: &str,
    at: OffsetDateTime,
) -> Result<(AssignmentId, Recusal), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.assignment("name", &it.name);
    let officer: Option<OfficerId> = fields.id("officer", &it.officer, "officers");
    let reason = fields.required("reason", it.reason.clone(), TEXT_MAX);
    let person = PersonId::from(person);
    let read = id.zip(officer).map(|(id, officer)| {
        let recusal = Recusal {
            officer,
            reason,
            person,
            at,
        };
        (id, recusal)
    });
    fields.all(read)
}

/// More time, as it was asked for and answered.
pub(crate) fn extension(it: &Extension) -> wire::Extension {
    wire::Extension {
        limit: Some(write::limit(it.limit)),
        note: it.note.clone(),
        person: it.person.to_string(),
        ask_time: Some(write::time(it.at)),
        answer: it.answer.as_ref().map(answered),
    }
}

/// A pause, as it was asked for and answered.
pub(crate) fn hold(it: &Hold) -> wire::Hold {
    wire::Hold {
        ground: words::hold_ground(it.ground),
        note: it.note.clone(),
        until_time: Some(write::time(it.until)),
        person: it.person.to_string(),
        ask_time: Some(write::time(it.at)),
        answer: it.answer.as_ref().map(answered),
        resume_time: write::time_if(it.resumed_at),
    }
}

/// An answer.
pub(crate) fn answered(it: &Answer) -> wire::Answer {
    wire::Answer {
        decision: words::decision(it.granted),
        note: it.note.clone(),
        person: it.person.to_string(),
        answer_time: Some(write::time(it.at)),
    }
}

/// A recusal, as it stands.
pub(crate) fn recused(it: &Recusal) -> wire::Recusal {
    wire::Recusal {
        officer: write::officer(&it.officer),
        reason: it.reason.clone(),
        person: it.person.to_string(),
        declare_time: Some(write::time(it.at)),
    }
}
