//! Requests about inspections.

use liandong_kit::auth::Caller;
use liandong_kit::name;
use liandong_kit::status::FieldProblem;
use liandong_proto::dispatch as wire;
use time::{Date, OffsetDateTime};
use tonic::Status;

use super::read::{Fields, LINE_MAX, TEXT_MAX};
use super::words;
use crate::domain::inspection::{Finding, MergeAnswer, Object, Planned, Rounded};
use crate::domain::{Act, AreaId, InspectionId, MatterId, OrganizationId, PersonId, RoundId};

const MATTERS_MAX: usize = 50;
const OBJECTS_MAX: usize = 2_000;
/// Inspections of one draw.
const DRAWN_MAX: usize = 200;
const DAYS_MAX: i64 = 366;

/// A round; areas and matters are yet to be found in the registry.
pub(crate) fn plan_round(
    it: wire::PlanInspectionRoundRequest,
    caller: &Caller,
    today: Date,
) -> Result<Rounded, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let title = fields.required("title", it.title, LINE_MAX);
    let mode = fields.word("mode", it.mode, words::read_mode);
    let matters = matters(&mut fields, &it.matters);
    let days = days(&mut fields, (&it.first_day, &it.last_day), today);
    let objects = objects(&mut fields, it.objects);
    let sample = usize::try_from(it.sample_size)
        .ok()
        .filter(|it| *it <= DRAWN_MAX);
    let sample = fields.0.take(
        "sample_size",
        sample.ok_or_else(|| {
            FieldProblem::new(
                format!("must be 0 to {DRAWN_MAX}"),
                format!("须为 0 至 {DRAWN_MAX}"),
            )
        }),
    );
    let drawn = sample.map_or(0, |it| if it == 0 { objects.len() } else { it });
    fields.0.check(
        drawn <= DRAWN_MAX.min(objects.len().max(1)),
        "sample_size",
        "more than the list has, or more than are drawn at once",
        "抽取数量超过名单或单次上限",
    );
    let read = mode.zip(days).zip(sample);
    fields.all(read.map(|((mode, (first_day, last_day)), sample)| Rounded {
        title,
        organization: OrganizationId::from(caller.organization.as_str()),
        person: PersonId::from(caller.person.as_str()),
        mode,
        matters,
        objects,
        sample: u16::try_from(sample).unwrap_or(u16::MAX),
        first_day,
        last_day,
    }))
}

/// Which round is drawn, with which seed, and why objects are inspected apart.
pub(crate) fn draw(
    it: &wire::DrawInspectionRoundRequest,
) -> Result<(RoundId, String, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields
        .uuid("name", &it.name, "inspectionRounds")
        .map(RoundId);
    let fit = it.seed.is_empty() || it.seed.len() >= 8 && name::check_id(&it.seed).is_ok();
    fields.0.check(
        fit,
        "seed",
        "8 to 64 letters, digits, `-`, `_` or `.`",
        "须为 8 至 64 个字母、数字、“-”、“_”或“.”",
    );
    let reason = fields.text("separate_reason", it.separate_reason.clone(), TEXT_MAX);
    fields.all(id.map(|id| (id, it.seed.clone(), reason)))
}

/// A round, and why it is given up.
pub(crate) fn cancel_round(
    it: &wire::CancelInspectionRoundRequest,
) -> Result<(RoundId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields
        .uuid("name", &it.name, "inspectionRounds")
        .map(RoundId);
    let reason = fields.required("reason", it.reason.clone(), TEXT_MAX);
    fields.all(id.map(|id| (id, reason)))
}

/// `inspectionRounds/{uuid}`.
pub(crate) fn round_name(value: &str) -> Result<RoundId, Status> {
    let mut fields = Fields::default();
    let id = fields.uuid("name", value, "inspectionRounds").map(RoundId);
    fields.all(id)
}

/// An inspection; area and matters are yet to be found in the registry.
pub(crate) fn plan(
    it: wire::PlanInspectionRequest,
    caller: &Caller,
    today: Date,
) -> Result<Planned, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let mode = fields.word("mode", it.mode, words::read_mode);
    let matters = matters(&mut fields, &it.matters);
    let days = days(&mut fields, (&it.first_day, &it.last_day), today);
    let object = read_object(&mut fields, "object", it.object.unwrap_or_default());
    let separate_reason = fields.text("separate_reason", it.separate_reason, TEXT_MAX);
    let read = mode.zip(days).zip(object);
    fields.all(read.map(|((mode, (first_day, last_day)), object)| Planned {
        mode,
        object,
        matters,
        first_day,
        last_day,
        organization: OrganizationId::from(caller.organization.as_str()),
        person: PersonId::from(caller.person.as_str()),
        round: None,
        overlaps: vec![],
        separate_reason,
    }))
}

/// `inspections/{uuid}` of a request with a request id.
pub(crate) fn named(value: &str, request_id: &str) -> Result<InspectionId, Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.uuid("name", value, "inspections").map(InspectionId);
    fields.all(id)
}

/// Which inspection, and why or with which result.
pub(crate) fn because(
    (value, request_id): (&str, &str),
    field: &str,
    reason: String,
) -> Result<(InspectionId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.uuid("name", value, "inspections").map(InspectionId);
    let reason = fields.required(field, reason, TEXT_MAX);
    fields.all(id.map(|id| (id, reason)))
}

/// Something found.
pub(crate) fn found(
    it: wire::RecordInspectionFindingRequest,
    caller: &Caller,
    at: OffsetDateTime,
) -> Result<(InspectionId, Finding), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields
        .uuid("name", &it.name, "inspections")
        .map(InspectionId);
    let matter: Option<MatterId> = fields.id("matter", &it.matter, "matters");
    let title = fields.required("title", it.title, LINE_MAX);
    let description = fields.text("description", it.description, TEXT_MAX);
    let no_order_reason = fields.text("no_order_reason", it.no_order_reason, TEXT_MAX);
    fields.all(id.zip(matter).map(|(id, matter)| {
        let finding = Finding {
            matter,
            title,
            description,
            organization: OrganizationId::from(caller.organization.as_str()),
            person: PersonId::from(caller.person.as_str()),
            at,
            no_order_reason,
            order: None,
        };
        (id, finding)
    }))
}

/// What is to be mended by whom; organization and condition are yet to be found in the registry.
pub(crate) struct Rectify {
    pub(crate) id: InspectionId,
    pub(crate) finding: u16,
    pub(crate) organization: OrganizationId,
    pub(crate) condition: String,
    pub(crate) plan: String,
    pub(crate) duty: String,
    pub(crate) act: Act,
}

/// An order to mend.
pub(crate) fn rectify(it: wire::OrderRectificationRequest) -> Result<Rectify, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields
        .uuid("name", &it.name, "inspections")
        .map(InspectionId);
    let finding = u16::try_from(it.finding).ok().filter(|it| *it > 0);
    let finding = fields.0.take(
        "finding",
        finding.ok_or_else(|| FieldProblem::new("must be 1 or more", "须为 1 以上")),
    );
    let organization = fields.organization("organization", &it.organization);
    let act = fields.word_if("act", it.act, words::read_act);
    let condition = fields.text("condition", it.condition, LINE_MAX);
    let plan = fields.required("plan", it.plan, TEXT_MAX);
    let duty = fields.required("duty", it.duty, TEXT_MAX);
    let read = id.zip(finding).zip(organization);
    fields.all(read.map(|((id, finding), organization)| Rectify {
        id,
        finding,
        organization,
        condition,
        plan,
        duty,
        act: act.unwrap_or(Act::Dispose),
    }))
}

/// A proposal: from, into, why.
pub(crate) fn propose(
    it: &wire::ProposeInspectionMergeRequest,
) -> Result<(InspectionId, InspectionId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields
        .uuid("name", &it.name, "inspections")
        .map(InspectionId);
    let into = fields
        .uuid("into", &it.into, "inspections")
        .map(InspectionId);
    let reason = fields.text("reason", it.reason.clone(), TEXT_MAX);
    fields.all(id.zip(into).map(|(id, into)| (id, into, reason)))
}

/// An answer: into, from, and what.
pub(crate) fn answer(
    it: &wire::AnswerInspectionMergeRequest,
    caller: &Caller,
    at: OffsetDateTime,
) -> Result<(InspectionId, InspectionId, MergeAnswer), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let into = fields
        .uuid("name", &it.name, "inspections")
        .map(InspectionId);
    let from = fields
        .uuid("from", &it.from, "inspections")
        .map(InspectionId);
    let accepted =
        fields.word(
            "answer",
            it.answer,
            |number| match wire::inspection_merge::Answer::try_from(number).ok()? {
                wire::inspection_merge::Answer::Accepted => Some(true),
                wire::inspection_merge::Answer::Declined => Some(false),
                wire::inspection_merge::Answer::Unspecified => None,
            },
        );
    let note = if accepted == Some(false) {
        fields.required("note", it.note.clone(), TEXT_MAX)
    } else {
        fields.text("note", it.note.clone(), TEXT_MAX)
    };
    fields.all(
        into.zip(from)
            .zip(accepted)
            .map(|((into, from), accepted)| {
                let answer = MergeAnswer {
                    accepted,
                    note,
                    organization: OrganizationId::from(caller.organization.as_str()),
                    at,
                };
                (into, from, answer)
            }),
    )
}

fn matters(fields: &mut Fields, all: &[String]) -> Vec<MatterId> {
    fields
        .0
        .check(!all.is_empty(), "matters", "required", "必填");
    fields.many("matters", all.len(), MATTERS_MAX);
    let read = all.iter().take(MATTERS_MAX).enumerate();
    let mut matters: Vec<MatterId> = read
        .filter_map(|(index, it)| fields.id(&format!("matters[{index}]"), it, "matters"))
        .collect();
    matters.sort();
    matters.dedup();
    matters
}

fn days(fields: &mut Fields, (first, last): (&str, &str), today: Date) -> Option<(Date, Date)> {
    let first = fields.day("first_day", first);
    let last = fields.day("last_day", last);
    let past = first.is_none_or(|it| it >= today);
    fields
        .0
        .check(past, "first_day", "lies in the past", "不得早于当天");
    let (first, last) = first.zip(last)?;
    let fit = (0..=DAYS_MAX).contains(&(last - first).whole_days());
    fields.0.check(
        fit,
        "last_day",
        "lies before the first day, or more than 366 days after it",
        "不得早于首日，也不得晚于首日 366 天",
    );
    Some((first, last))
}

fn objects(fields: &mut Fields, all: Vec<wire::InspectedObject>) -> Vec<Object> {
    fields
        .0
        .check(!all.is_empty(), "objects", "required", "必填");
    fields.many("objects", all.len(), OBJECTS_MAX);
    let mut objects: Vec<Object> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for (index, it) in all.into_iter().take(OBJECTS_MAX).enumerate() {
        let field = format!("objects[{index}]");
        let Some(object) = read_object(fields, &field, it) else {
            continue;
        };
        fields.0.check(
            known.insert(object.reference.clone()),
            format!("{field}.reference"),
            "given twice",
            "重复",
        );
        objects.push(object);
    }
    objects
}

fn read_object(fields: &mut Fields, field: &str, it: wire::InspectedObject) -> Option<Object> {
    let of = |part: &str| format!("{field}.{part}");
    let collections = ["assets", "organizations", "premises"];
    let fits = collections
        .iter()
        .any(|of| name::id(&it.reference, of).is_ok());
    let reference = fits.then_some(it.reference).ok_or_else(|| {
        FieldProblem::new(
            "must be `assets/{code}`, `organizations/{slug}` or `premises/{code}`",
            "须为 assets/编码、organizations/编号 或 premises/编码",
        )
    });
    let reference = fields.0.take(of("reference"), reference);
    let title = fields.required(&of("title"), it.title, LINE_MAX);
    let area: Option<AreaId> = fields.id(&of("area"), &it.area, "areas");
    let address = fields.text(&of("address"), it.address, LINE_MAX);
    reference.zip(area).map(|(reference, area)| Object {
        reference,
        title,
        area,
        address,
    })
}
