//! Triage, clocks, merging, redirecting and replies of cases.

use liandong_kit::status::FieldProblem;
use liandong_proto::{dispatch as wire, types};
use time::OffsetDateTime;
use tonic::Status;

use super::read::{self, Fields, LINE_MAX, TEXT_MAX};
use super::{person, words, write};
use crate::domain::case::clock::{CaseClock, PromisedReply};
use crate::domain::case::merge::{Receipt, Redirection};
use crate::domain::case::place::Position;
use crate::domain::case::triage::{Consultation, Triage, Way};
use crate::domain::{Act, CaseId, EvidenceId, OrganizationId, PersonId};

/// Cases that are merged at once, at most.
const MERGED_MAX: usize = 50;
/// Units and people at a meeting, at most.
const MANY: usize = 50;

/// A decision on which way a case goes.
pub(crate) struct ReadTriage {
    /// The case.
    pub case: CaseId,
    /// The decision.
    pub triage: Triage,
    /// For the holder's own power: with which act.
    pub act: Act,
    /// Evidence kept here that it refers to.
    pub cited: Vec<EvidenceId>,
}

/// Who asks, and when.
pub(crate) type By = (PersonId, OffsetDateTime);

/// A point.
pub(crate) fn read_position(fields: &mut Fields, it: wire::Position) -> Option<Position> {
    let inside = |value: i32, max: i32| value.unsigned_abs() <= max.unsigned_abs();
    let ok = inside(it.latitude_e7, Position::LATITUDE_MAX)
        && inside(it.longitude_e7, Position::LONGITUDE_MAX);
    fields.0.check(
        ok,
        "position",
        "not a point on the ground",
        "不是有效的坐标",
    );
    ok.then_some(Position {
        latitude_e7: it.latitude_e7,
        longitude_e7: it.longitude_e7,
    })
}

/// Which way a case is to go, and for the holder's own power with which act.
pub(crate) fn read_triage(
    it: wire::TriageCaseRequest,
    (person, at): By,
) -> Result<ReadTriage, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let case = fields.case("name", &it.name);
    let way = fields.word("kind", it.kind, words::read_triage);
    let organization: Option<OrganizationId> =
        fields.id_if("organization", &it.organization, "organizations");
    if let Some(way) = way {
        fields.0.check(
            (way == Way::Push) != it.organization.is_empty(),
            "organization",
            "needed for PUSH, and only for it",
            "交办时必填，其他方式不填",
        );
        fields.0.check(
            way == Way::OwnPower || it.act == 0,
            "act",
            "only for OWN_POWER",
            "仅用于自处",
        );
        fields.0.check(
            way == Way::OnSite || it.evidence.is_empty(),
            "evidence",
            "only for ON_SITE",
            "仅用于现场处置",
        );
    }
    let act = fields.word_if("act", it.act, words::read_act);
    let note = fields.text("note", it.note.clone(), TEXT_MAX);
    let cited = fields.evidence("evidence", &it.evidence);
    fields.0.finish()?;
    let triage = Triage {
        way: way.unwrap_or(Way::Push),
        organization,
        power: None,
        note,
        evidence: it.evidence,
        person,
        at,
    };
    Ok(ReadTriage {
        case: case.unwrap_or_default(),
        triage,
        act: act.unwrap_or_default(),
        cited,
    })
}

fn many(fields: &mut Fields, field: &str, count: usize) {
    fields.0.check(
        count <= MANY,
        field,
        format!("at most {MANY}"),
        format!("最多 {MANY} 项"),
    );
}

/// A meeting of the parties.
pub(crate) fn read_consultation(
    it: wire::RecordConsultationRequest,
    (person, now): By,
) -> Result<(CaseId, Consultation), Status> {
    use wire::consultation::Outcome;
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let case = fields.case("name", &it.name);
    let given = it.consultation.is_some();
    fields.0.check(given, "consultation", "required", "必填");
    let met = it.consultation.unwrap_or_default();
    let outcome = fields.word(
        "consultation.outcome",
        met.outcome,
        |it| match Outcome::try_from(it).ok()? {
            Outcome::Agreed => Some(true),
            Outcome::Failed => Some(false),
            Outcome::Unspecified => None,
        },
    );
    many(
        &mut fields,
        "consultation.organizations",
        met.organizations.len(),
    );
    many(&mut fields, "consultation.people", met.people.len());
    let organizations = met.organizations.iter();
    let organizations: Vec<_> = organizations
        .filter_map(|it| fields.organization("consultation.organizations", it))
        .collect();
    let people = person::read_ids(&mut fields, "consultation.people", &met.people);
    fields.0.check(
        organizations.len() + people.len() > 1,
        "consultation.organizations",
        "at least two meet",
        "会商至少两方参加",
    );
    let at = met.meet_time.map(|at| read::time(&at)).transpose();
    let met_at = fields.0.take("consultation.meet_time", at).flatten();
    let met_at = met_at.unwrap_or(now);
    fields.0.check(
        met_at <= now,
        "consultation.meet_time",
        "lies in the future",
        "不得晚于当前时间",
    );
    let agreement = "consultation.agreement";
    fields.0.check(
        !met.agreement.trim().is_empty(),
        agreement,
        "required",
        "必填",
    );
    let agreement = fields.text(agreement, met.agreement.clone(), TEXT_MAX);
    fields.0.finish()?;
    let met = Consultation {
        organizations,
        people,
        agreed: outcome.unwrap_or_default(),
        agreement,
        person,
        met_at,
    };
    Ok((case.unwrap_or_default(), met))
}

/// Which cases become part of which, and why.
pub(crate) fn read_merge(
    it: &wire::MergeCasesRequest,
) -> Result<(CaseId, Vec<CaseId>, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let into = fields.case("name", &it.name);
    fields.0.check(
        (1..=MERGED_MAX).contains(&it.cases.len()),
        "cases",
        format!("1 to {MERGED_MAX}"),
        format!("1 至 {MERGED_MAX} 个"),
    );
    let cases = it.cases.iter();
    let cases: Vec<CaseId> = cases.filter_map(|it| fields.case("cases", it)).collect();
    let mut distinct: Vec<CaseId> = cases.iter().copied().chain(into).collect();
    distinct.sort();
    distinct.dedup();
    fields.0.check(
        distinct.len() == cases.len() + usize::from(into.is_some()),
        "cases",
        "the same case twice",
        "案件重复",
    );
    let reason = fields.text("reason", it.reason.clone(), TEXT_MAX);
    fields.0.finish()?;
    Ok((into.unwrap_or_default(), cases, reason))
}

/// To whom a case is handed.
pub(crate) fn read_redirection(
    it: &wire::RedirectCaseRequest,
    (person, at): By,
) -> Result<(CaseId, Redirection), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let case = fields.case("name", &it.name);
    let to = Redirection {
        from: Default::default(),
        body: fields.required("body", it.body.clone(), LINE_MAX),
        reason: fields.required("reason", it.reason.clone(), TEXT_MAX),
        document_number: fields.numbered("document_number", it.document_number.clone(), LINE_MAX),
        person,
        at,
        receipt: None,
    };
    fields.0.finish()?;
    Ok((case.unwrap_or_default(), to))
}

/// What that body answered.
pub(crate) fn read_receipt(
    it: &wire::RecordReceiptRequest,
    (person, at): By,
) -> Result<(CaseId, Receipt), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let case = fields.case("name", &it.name);
    let reference = it.external_reference.clone();
    let receipt = Receipt {
        accepted: it.accepted,
        external_reference: fields.numbered("external_reference", reference, LINE_MAX),
        note: fields.text("note", it.note.clone(), TEXT_MAX),
        person,
        at,
    };
    fields.0.finish()?;
    Ok((case.unwrap_or_default(), receipt))
}

/// Whom a reply went to, and what it said.
pub(crate) fn read_reply(
    it: &wire::ReplyToReporterRequest,
) -> Result<(CaseId, Option<CaseId>, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let case = fields.case("name", &it.name);
    let which = match it.reported_case.as_str() {
        "" => None,
        name => fields.case("reported_case", name),
    };
    let text = fields.required("text", it.text.clone(), TEXT_MAX);
    fields.0.finish()?;
    Ok((case.unwrap_or_default(), which, text))
}

/// Where to look for duplicates: the case, how far, how many hours; 0 as the settings say.
pub(crate) fn read_duplicates(
    it: &wire::QueryDuplicatesRequest,
) -> Result<(CaseId, Option<u32>, Option<u32>), Status> {
    let mut fields = Fields::default();
    let case = fields.case("name", &it.name);
    let distance = number(&mut fields, "distance_m", it.distance_m, 5_000);
    let hours = number(&mut fields, "hours", it.hours, 8_760);
    fields.0.finish()?;
    Ok((case.unwrap_or_default(), distance, hours))
}

/// A number of at least 1; 0 is none.
pub(crate) fn number(fields: &mut Fields, field: &str, value: i32, max: u32) -> Option<u32> {
    if value == 0 {
        return None;
    }
    let number = u32::try_from(value).ok().filter(|it| *it <= max);
    let problem = || {
        FieldProblem::new(
            format!("must be from 1 to {max}"),
            format!("须在 1 至 {max} 之间"),
        )
    };
    fields.0.take(field, number.ok_or_else(problem))
}

/// A point.
pub(crate) fn position(it: Position) -> wire::Position {
    wire::Position {
        latitude_e7: it.latitude_e7,
        longitude_e7: it.longitude_e7,
    }
}

/// A decision on which way a case goes.
pub(crate) fn triage(it: &Triage) -> wire::Triage {
    wire::Triage {
        kind: words::triage(it.way),
        organization: it
            .organization
            .as_ref()
            .map(write::organization)
            .unwrap_or_default(),
        note: it.note.clone(),
        person: it.person.to_string(),
        triage_time: Some(write::time(it.at)),
        evidence: it.evidence.clone(),
        power: it
            .power
            .as_ref()
            .map(|it| format!("powers/{it}"))
            .unwrap_or_default(),
    }
}

/// A meeting of the parties.
pub(crate) fn consultation(it: &Consultation) -> wire::Consultation {
    use wire::consultation::Outcome;
    let outcome = if it.agreed {
        Outcome::Agreed
    } else {
        Outcome::Failed
    };
    wire::Consultation {
        organizations: it.organizations.iter().map(write::organization).collect(),
        people: it.people.iter().map(|it| write::person(*it)).collect(),
        outcome: outcome as i32,
        agreement: it.agreement.clone(),
        person: it.person.to_string(),
        meet_time: Some(write::time(it.met_at)),
    }
}

/// A stage's clock.
pub(crate) fn clock(it: &CaseClock) -> wire::CaseClock {
    wire::CaseClock {
        stage: words::case_stage(it.stage),
        deadline: Some::<types::Deadline>(write::deadline(&it.deadline)),
        met_time: write::time_if(it.met),
        overdue_time: write::time_if(it.overdue),
        round: i32::from(it.round),
    }
}

/// A promised reply; `owner` is the case that owes it.
pub(crate) fn reply(owner: CaseId, it: &PromisedReply) -> wire::PromisedReply {
    let given = it.given.as_ref();
    wire::PromisedReply {
        case: write::case(it.case.unwrap_or(owner)),
        source: words::source(it.source),
        external_reference: it.external_reference.clone(),
        deadline: Some(write::deadline(&it.deadline)),
        reply_time: given.map(|it| write::time(it.at)),
        person: given.map(|it| it.person.to_string()).unwrap_or_default(),
        text: given.map(|it| it.text.clone()).unwrap_or_default(),
        overdue_time: write::time_if(it.overdue),
    }
}

/// Where a case was handed to.
pub(crate) fn redirection(it: &Redirection) -> wire::Redirection {
    wire::Redirection {
        body: it.body.clone(),
        reason: it.reason.clone(),
        document_number: it.document_number.clone(),
        person: it.person.to_string(),
        redirect_time: Some(write::time(it.at)),
        receipt: it.receipt.as_ref().map(receipt),
    }
}

/// What was answered there.
pub(crate) fn receipt(it: &Receipt) -> wire::RedirectReceipt {
    wire::RedirectReceipt {
        accepted: it.accepted,
        external_reference: it.external_reference.clone(),
        note: it.note.clone(),
        person: it.person.to_string(),
        receipt_time: Some(write::time(it.at)),
    }
}
