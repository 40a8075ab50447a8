//! Records of people: what is kept as JSON apart from the log, and what others see of it.

use liandong_kit::name;
use liandong_kit::status::Problem;
use liandong_proto::dispatch as wire;
use serde::{Deserialize, Serialize};
use tonic::Status;

use super::read::{Fields, LINE_MAX, TEXT_MAX};
use super::{words, write};
use crate::domain::case::people::{Kind, PersonRef, masked};
use crate::domain::{Case, CaseId, RecordId};

/// Records that are read or erased at once, at most.
const MANY: usize = 200;

/// A record as it is kept.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    name: String,
    phone: String,
    identity: String,
    address: String,
    note: String,
}

// Its fields are never to be found in a log line.
impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Record(…)")
    }
}

impl Record {
    /// What identifies the person or firm, in one spelling; empty if nothing does.
    pub(crate) fn identity(&self) -> String {
        let kept = self.identity.chars().filter(|it| it.is_alphanumeric());
        kept.flat_map(char::to_uppercase).collect()
    }

    /// As it is kept.
    pub(crate) fn to_text(&self) -> Result<String, Status> {
        serde_json::to_string(self).map_err(|error| Problem::internal(error).into())
    }

    /// What it says.
    pub(crate) fn read(text: &str) -> Result<wire::PersonData, Status> {
        let it: Record = serde_json::from_str(text).map_err(Problem::internal)?;
        Ok(wire::PersonData {
            name: it.name,
            phone: it.phone,
            identity_number: it.identity,
            address: it.address,
            note: it.note,
        })
    }
}

/// What others see of it.
pub(crate) fn mask(it: &wire::PersonData) -> wire::PersonData {
    wire::PersonData {
        name: masked(&it.name),
        phone: masked(&it.phone),
        identity_number: masked(&it.identity_number),
        address: String::new(),
        note: String::new(),
    }
}

/// A record to be made.
pub(crate) fn read_record(it: wire::RecordPersonRequest) -> Result<(CaseId, Kind, Record), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let case = fields.case("parent", &it.parent);
    let kind = fields.word("kind", it.kind, words::read_person_kind);
    let data = it.data.unwrap_or_default();
    let record = Record {
        name: fields.numbered("data.name", data.name, LINE_MAX),
        phone: fields.numbered("data.phone", data.phone, LINE_MAX),
        identity: fields.numbered("data.identity_number", data.identity_number, LINE_MAX),
        address: fields.numbered("data.address", data.address, LINE_MAX),
        note: fields.numbered("data.note", data.note, TEXT_MAX),
    };
    fields
        .0
        .check(record != Record::default(), "data", "required", "必填");
    fields.0.finish()?;
    Ok((
        case.unwrap_or_default(),
        kind.unwrap_or(Kind::Reporter),
        record,
    ))
}

/// Names of records.
pub(crate) fn read_ids(fields: &mut Fields, field: &str, names: &[String]) -> Vec<RecordId> {
    fields.0.check(
        names.len() <= MANY,
        field,
        format!("at most {MANY}"),
        format!("最多 {MANY} 项"),
    );
    let names = names.iter().take(MANY);
    let ids = names.filter_map(|it| fields.0.take(field, name::uuid(it, "people")));
    ids.map(RecordId).collect()
}

/// Which records of which case, and why.
pub(crate) fn read_reason(
    (parent, people, reason, request_id): (&str, &[String], &str, &str),
    some: bool,
) -> Result<(CaseId, Vec<RecordId>, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let case = fields.case("parent", parent);
    fields
        .0
        .check(!some || !people.is_empty(), "people", "required", "必填");
    let mut people = read_ids(&mut fields, "people", people);
    people.sort();
    people.dedup();
    let reason = fields.required("reason", reason.to_owned(), LINE_MAX);
    fields.0.finish()?;
    Ok((case.unwrap_or_default(), people, reason))
}

/// That there is a record.
pub(crate) fn reference(it: &PersonRef) -> wire::PersonReference {
    wire::PersonReference {
        name: write::person(it.id),
        kind: words::person_kind(it.kind),
        party: it.party.map(write::party).unwrap_or_default(),
        hash: it.hash.clone(),
        record_time: Some(write::time(it.at)),
        expire_time: None,
        erase_time: write::time_if(it.erased_at),
    }
}

/// The same, with when it will be erased.
pub(crate) fn reference_in(case: &Case, it: &PersonRef) -> wire::PersonReference {
    wire::PersonReference {
        expire_time: write::time_if(case.expires_at(it)),
        ..reference(it)
    }
}

/// The people of a case whom everybody may know of who sees the case.
pub(crate) fn references(case: &Case) -> Vec<wire::PersonReference> {
    let known = case.people.iter();
    let known = known.filter(|it| it.kind != Kind::Whistleblower);
    known.map(|it| reference_in(case, it)).collect()
}
