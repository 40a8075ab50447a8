//! Cases.

use liandong_proto::dispatch as wire;
use time::OffsetDateTime;
use tonic::Status;

use super::read::{self, Fields, LINE_MAX, TEXT_MAX};
use super::{case_course as course, penalty, person, revisit, words, write};
use crate::domain::case::{Case, RejectionReason, Reported};
use crate::domain::{AreaId, CaseId, MatterId, OrganizationId, PersonId};

/// How long after it an unlawful act is pursued at most (Penalty Law 36).
const PURSUED: time::Duration = time::Duration::days(5 * 365);

/// A problem to be recorded; the area is yet to be found in the registry.
pub(crate) fn report(
    it: wire::ReportCaseRequest,
    organization: &str,
    person: &str,
    now: OffsetDateTime,
) -> Result<Reported, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let source = fields.word("source", it.source, words::read_source);
    let area: Option<AreaId> = fields.id("area", &it.area, "areas");
    let reported_at = it.report_time.map(|at| read::time(&at)).transpose();
    let reported_at = fields
        .0
        .take("report_time", reported_at)
        .flatten()
        .unwrap_or(now);
    fields.0.check(
        reported_at <= now,
        "report_time",
        "lies in the future",
        "不得晚于当前时间",
    );
    fields.0.check(
        reported_at >= now - PURSUED,
        "report_time",
        "lies more than five years back: after that nothing is pursued any more (Penalty Law 36)",
        "距今已超过五年，超出行政处罚追责时效（行政处罚法第三十六条）",
    );
    let title = fields.required("title", it.title, LINE_MAX);
    let description = fields.text("description", it.description, TEXT_MAX);
    let address = fields.text("address", it.address, LINE_MAX);
    let object = fields.text("object", it.object, LINE_MAX);
    let reported = Reported {
        exercise: it.exercise,
        source: source.unwrap_or_default(),
        external_reference: fields.numbered("external_reference", it.external_reference, LINE_MAX),
        title,
        description,
        area: area.unwrap_or_default(),
        address,
        organization: OrganizationId::from(organization),
        person: PersonId::from(person),
        reported_at: Some(reported_at),
        position: it
            .position
            .and_then(|it| course::read_position(&mut fields, it)),
        object,
        supposed_matter: fields.id_if("supposed_matter", &it.supposed_matter, "matters"),
        clock: None,
        promise: None,
    };
    fields.0.finish()?;
    Ok(reported)
}

/// A pre-filing verification: which case, and the note.
pub(crate) fn verify(it: &wire::VerifyCaseRequest) -> Result<(CaseId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let case = fields.case("name", &it.name);
    let note = fields.text("note", it.note.clone(), TEXT_MAX);
    fields.0.finish()?;
    Ok((case.unwrap_or_default(), note))
}

/// What is to be filed under which matter.
pub(crate) struct File {
    /// The case.
    pub case: CaseId,
    /// The matter, yet to be found in the registry.
    pub matter: MatterId,
    /// The filing condition; empty if the matter has only one.
    pub condition: String,
    /// What identifies the unlawful act.
    pub act_reference: String,
    /// Why it is a case although a zone permits it (R14).
    pub zone_reason: String,
}

/// A filing.
pub(crate) fn file(it: &wire::FileCaseRequest) -> Result<File, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let case = fields.case("name", &it.name);
    let matter: Option<MatterId> = fields.id("matter", &it.matter, "matters");
    let condition = fields.text("condition", it.condition.clone(), LINE_MAX);
    let act_reference = fields.text(
        "act_reference",
        it.act_reference.trim().to_owned(),
        LINE_MAX,
    );
    let zone_reason = fields.text("zone_reason", it.zone_reason.trim().to_owned(), LINE_MAX);
    fields.0.finish()?;
    Ok(File {
        case: case.unwrap_or_default(),
        matter: matter.unwrap_or_default(),
        condition,
        act_reference,
        zone_reason,
    })
}

/// A refusal to file.
pub(crate) fn reject(
    it: &wire::RejectCaseRequest,
) -> Result<(CaseId, RejectionReason, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let case = fields.case("name", &it.name);
    let reason = fields.word("reason", it.reason, words::read_rejection);
    let note = fields.text("note", it.note.clone(), TEXT_MAX);
    fields.0.finish()?;
    Ok((
        case.unwrap_or_default(),
        reason.unwrap_or(RejectionReason::NotFound),
        note,
    ))
}

/// `cases/{uuid}`.
pub(crate) fn name(value: &str) -> Result<CaseId, Status> {
    let mut fields = Fields::default();
    let case = fields.case("name", value);
    fields.0.finish()?;
    Ok(case.unwrap_or_default())
}

/// `cases/{uuid}`, what something belongs to.
pub(crate) fn parent(value: &str) -> Result<CaseId, Status> {
    let mut fields = Fields::default();
    let case = fields.case("parent", value);
    fields.0.finish()?;
    Ok(case.unwrap_or_default())
}

/// A case as it stands.
pub(crate) fn case(id: CaseId, version: i64, it: &Case) -> wire::Case {
    let report = &it.report;
    wire::Case {
        name: write::case(id),
        state: words::case_state(it.state),
        etag: version.to_string(),
        source: words::source(report.source),
        external_reference: report.external_reference.clone(),
        title: report.title.clone(),
        description: report.description.clone(),
        area: write::area(&report.area),
        address: report.address.clone(),
        organization: write::organization(&report.organization),
        person: report.person.to_string(),
        report_time: write::time_if(report.reported_at),
        verification: it.verification.as_ref().map(verification),
        filing: it.filing.as_ref().map(filing),
        task: it.task.map(write::task).unwrap_or_default(),
        close_time: write::time_if(it.closed_at),
        rejection: it.rejection.as_ref().map(rejection),
        position: report.position.map(course::position),
        object: report.object.clone(),
        supposed_matter: report
            .supposed_matter
            .as_ref()
            .map(write::matter)
            .unwrap_or_default(),
        triage: it.triage.as_ref().map(course::triage),
        clocks: it.clocks.iter().map(course::clock).collect(),
        replies: it.replies.iter().map(|it| course::reply(id, it)).collect(),
        merged_into: it.merged_into.map(write::case).unwrap_or_default(),
        merged_cases: it.merged.iter().map(|it| write::case(*it)).collect(),
        redirection: it.redirection.as_ref().map(course::redirection),
        round: i32::from(it.round()),
        rounds: (1..)
            .zip(&it.rounds)
            .map(|(number, it)| revisit::round(number, it))
            .collect(),
        revisits: it
            .revisits
            .iter()
            .map(|it| revisit::revisit(id, it))
            .collect(),
        relapse_of: it.relapse_of.map(write::case).unwrap_or_default(),
        relapses: it.relapses.iter().map(|it| write::case(*it)).collect(),
        root_causes: it.root_causes.iter().map(revisit::root_cause).collect(),
        people: person::references(it),
        consultations: it.consultations.iter().map(course::consultation).collect(),
        look_ups: it.look_ups.iter().map(penalty::history).collect(),
        exercise: report.exercise,
    }
}

/// A verification.
pub(crate) fn verification(it: &crate::domain::case::Verification) -> wire::Verification {
    wire::Verification {
        exists: it.exists,
        organization: write::organization(&it.organization),
        person: it.person.to_string(),
        verify_time: Some(write::time(it.at)),
        note: it.note.clone(),
    }
}

/// A filing.
pub(crate) fn filing(it: &crate::domain::case::Filing) -> wire::Filing {
    let zone = it.zone.as_ref();
    wire::Filing {
        matter: write::matter(&it.matter),
        condition: it.condition.clone(),
        limit: Some(write::limit(it.limit.limit)),
        person: it.person.to_string(),
        file_time: Some(write::time(it.at)),
        act_reference: it.act_reference.clone(),
        zone: zone
            .map(|it| format!("zones/{}", it.zone))
            .unwrap_or_default(),
        zone_reason: zone.map(|it| it.reason.clone()).unwrap_or_default(),
    }
}

/// A rejection.
pub(crate) fn rejection(it: &crate::domain::case::Rejection) -> wire::Rejection {
    wire::Rejection {
        reason: words::rejection(it.reason),
        note: it.note.clone(),
        person: it.person.to_string(),
        reject_time: Some(write::time(it.at)),
    }
}
