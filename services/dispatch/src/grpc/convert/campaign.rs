//! Campaigns.

use liandong_kit::name;
use liandong_kit::status::FieldProblem;
use liandong_proto::dispatch::{self as wire, event::Payload};
use tonic::Status;
use uuid::Uuid;

use super::read::{Fields, LINE_MAX, TEXT_MAX};
use super::{words, write};
use crate::domain::campaign::{
    Campaign, CampaignEvent, Change, Facts, Member, Progress, Scope, Target,
};
use crate::domain::{AreaId, CampaignId, CaseId, InspectionId, MatterId, OrganizationId, TaskId};

const AREAS_MAX: usize = 200;
const MATTERS_MAX: usize = 50;
const TARGETS_MAX: usize = 20;
const ORGANIZATIONS_MAX: usize = 100;
const MEMBERS_MAX: usize = 100;
const DAYS_MAX: i64 = 732;

/// What a campaign is to do; areas, matters and organizations are yet to be found in the registry.
pub(crate) fn create(it: wire::CreateCampaignRequest) -> Result<Scope, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let plan = wire::CampaignPlan {
        title: it.title,
        plan: it.plan,
        areas: it.areas,
        matters: it.matters,
        first_day: it.first_day,
        last_day: it.last_day,
        targets: it.targets,
        organizations: it.organizations,
    };
    let scope = scope(&mut fields, plan);
    fields.all(Some(scope))
}

/// Which campaign is to do what instead, and why.
pub(crate) fn update(
    it: wire::UpdateCampaignRequest,
) -> Result<(CampaignId, Scope, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.uuid("name", &it.name, "campaigns").map(CampaignId);
    let reason = fields.text("reason", it.reason, TEXT_MAX);
    let plan = wire::CampaignPlan {
        title: it.title,
        plan: it.plan,
        areas: it.areas,
        matters: it.matters,
        first_day: it.first_day,
        last_day: it.last_day,
        targets: it.targets,
        organizations: it.organizations,
    };
    let scope = scope(&mut fields, plan);
    fields.all(id.map(|id| (id, scope, reason)))
}

/// `campaigns/{uuid}` of a request with a request id.
pub(crate) fn named(value: &str, request_id: &str) -> Result<CampaignId, Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.uuid("name", value, "campaigns").map(CampaignId);
    fields.all(id)
}

/// Which campaign, and why.
pub(crate) fn because(
    (value, request_id): (&str, &str),
    (field, reason): (&str, String),
) -> Result<(CampaignId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.uuid("name", value, "campaigns").map(CampaignId);
    let reason = fields.required(field, reason, TEXT_MAX);
    fields.all(id.map(|id| (id, reason)))
}

/// How a campaign is closed: which, the report, why while work goes on.
pub(crate) fn close(
    it: wire::CloseCampaignRequest,
) -> Result<(CampaignId, String, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.uuid("name", &it.name, "campaigns").map(CampaignId);
    let report = fields.required("report", it.report, TEXT_MAX);
    let reason = fields.text("unfinished_reason", it.unfinished_reason, TEXT_MAX);
    fields.all(id.map(|id| (id, report, reason)))
}

/// Members by name.
pub(crate) fn added(
    it: &wire::AddCampaignMembersRequest,
) -> Result<(CampaignId, Vec<Member>), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.uuid("name", &it.name, "campaigns").map(CampaignId);
    let members = members(&mut fields, &it.members);
    Ok((fields.all(id)?, members))
}

/// What no longer belongs to a campaign, and why.
pub(crate) fn removed(
    it: &wire::RemoveCampaignMembersRequest,
) -> Result<(CampaignId, Vec<Member>, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.uuid("name", &it.name, "campaigns").map(CampaignId);
    let members = members(&mut fields, &it.members);
    let reason = fields.required("reason", it.reason.clone(), TEXT_MAX);
    Ok((fields.all(id)?, members, reason))
}

fn members(fields: &mut Fields, names: &[String]) -> Vec<Member> {
    fields
        .0
        .check(!names.is_empty(), "members", "required", "必填");
    fields.many("members", names.len(), MEMBERS_MAX);
    let read = names.iter().take(MEMBERS_MAX).enumerate();
    read.filter_map(|(index, it)| fields.0.take(format!("members[{index}]"), member(it)))
        .collect()
}

fn member(value: &str) -> Result<Member, FieldProblem> {
    let of = |collection: &str| name::uuid(value, collection);
    match value.split_once('/').map(|it| it.0) {
        Some("cases") => of("cases").map(CaseId).map(Member::Case),
        Some("tasks") => of("tasks").map(TaskId).map(Member::Task),
        Some("inspections") => of("inspections").map(InspectionId).map(Member::Inspection),
        _ => Err(FieldProblem::new(
            "must be `cases/{uuid}`, `tasks/{uuid}` or `inspections/{uuid}`",
            "须为 cases/编号、tasks/编号 或 inspections/编号",
        )),
    }
}

fn scope(fields: &mut Fields, it: wire::CampaignPlan) -> Scope {
    let title = fields.required("title", it.title, LINE_MAX);
    let plan = fields.text("plan", it.plan, TEXT_MAX);
    let areas: Vec<AreaId> = ids(fields, ("areas", &it.areas), ("areas", AREAS_MAX, true));
    let matters: Vec<MatterId> = ids(
        fields,
        ("matters", &it.matters),
        ("matters", MATTERS_MAX, true),
    );
    let organizations: Vec<OrganizationId> = ids(
        fields,
        ("organizations", &it.organizations),
        ("organizations", ORGANIZATIONS_MAX, false),
    );
    let first = fields.day("first_day", &it.first_day);
    let days = first.zip(fields.day("last_day", &it.last_day));
    let fit = |(first, last): (time::Date, time::Date)| {
        (0..=DAYS_MAX).contains(&(last - first).whole_days())
    };
    fields.0.check(
        days.is_none_or(fit),
        "last_day",
        "lies before the first day, or more than 732 days after it",
        "不得早于首日，也不得晚于首日 732 天",
    );
    Scope {
        title,
        plan,
        areas,
        matters,
        days,
        targets: targets(fields, &it.targets),
        organizations,
    }
}

fn targets(fields: &mut Fields, all: &[wire::CampaignTarget]) -> Vec<Target> {
    fields.many("targets", all.len(), TARGETS_MAX);
    let mut targets: Vec<Target> = Vec::new();
    for (index, it) in all.iter().take(TARGETS_MAX).enumerate() {
        let of = |field: &str| format!("targets[{index}].{field}");
        let measure = fields.word(&of("measure"), it.measure, words::read_measure);
        fields.0.check(
            it.amount > 0,
            of("amount"),
            "must be 1 or more",
            "须为 1 以上",
        );
        let Some(measure) = measure else { continue };
        let twice = targets.iter().any(|it| it.measure == measure);
        fields.0.check(!twice, of("measure"), "given twice", "重复");
        targets.push(Target {
            measure,
            amount: it.amount,
        });
    }
    targets
}

/// Names of a collection, each once, in order.
fn ids<T: From<String> + Ord>(
    fields: &mut Fields,
    (field, names): (&str, &[String]),
    (collection, max, required): (&str, usize, bool),
) -> Vec<T> {
    fields
        .0
        .check(!required || !names.is_empty(), field, "required", "必填");
    fields.many(field, names.len(), max);
    let read = names.iter().take(max).enumerate();
    let mut all: Vec<T> = read
        .filter_map(|(index, it)| fields.id(&format!("{field}[{index}]"), it, collection))
        .collect();
    all.sort();
    all.dedup();
    all
}

/// A campaign as it stands, with how far it is; a closed one with how far it was.
pub(crate) fn campaign(
    id: CampaignId,
    version: i64,
    it: &Campaign,
    now: Option<(&Progress, time::OffsetDateTime)>,
) -> wire::Campaign {
    let closed = it.closing.as_ref().map(|it| &it.progress).zip(it.ended_at);
    let progress = closed.or(now);
    let scope = plan(&it.scope, progress.map(|it| it.0));
    let closing = it.closing.as_ref();
    wire::Campaign {
        name: write::campaign(id),
        state: words::campaign_state(it.state),
        etag: version.to_string(),
        title: scope.title,
        plan: scope.plan,
        organization: write::organization(&it.organization),
        person: it.person.to_string(),
        organizations: scope.organizations,
        areas: scope.areas,
        matters: scope.matters,
        first_day: scope.first_day,
        last_day: scope.last_day,
        targets: scope.targets,
        members: it.members.iter().map(ToString::to_string).collect(),
        progress: progress.map(|(it, at)| self::progress(it, at)),
        report: closing.map(|it| it.report.clone()).unwrap_or_default(),
        unfinished_reason: closing
            .map(|it| it.unfinished_reason.clone())
            .unwrap_or_default(),
        cancel_reason: it.cancel_reason.clone(),
        create_time: write::time_if(it.created_at),
        start_time: write::time_if(it.started_at),
        end_time: write::time_if(it.ended_at),
    }
}

fn plan(it: &Scope, progress: Option<&Progress>) -> wire::CampaignPlan {
    let target = |it: &Target| wire::CampaignTarget {
        measure: words::measure(it.measure),
        amount: it.amount,
        reached: progress
            .map(|all| all.reached(it.measure))
            .unwrap_or_default(),
    };
    let day = |day: Option<time::Date>| day.map(|it| it.to_string()).unwrap_or_default();
    wire::CampaignPlan {
        title: it.title.clone(),
        plan: it.plan.clone(),
        areas: it.areas.iter().map(write::area).collect(),
        matters: it.matters.iter().map(write::matter).collect(),
        first_day: day(it.days.map(|it| it.0)),
        last_day: day(it.days.map(|it| it.1)),
        targets: it.targets.iter().map(target).collect(),
        organizations: it.organizations.iter().map(write::organization).collect(),
    }
}

fn progress(it: &Progress, at: time::OffsetDateTime) -> wire::CampaignProgress {
    wire::CampaignProgress {
        case_count: it.cases,
        closed_case_count: it.closed_cases,
        rejected_case_count: it.rejected_cases,
        task_count: it.tasks,
        finished_task_count: it.finished_tasks,
        cancelled_task_count: it.cancelled_tasks,
        overdue_assignment_count: it.overdue_assignments,
        rework_count: it.reworks,
        inspection_count: it.inspections,
        concluded_inspection_count: it.concluded_inspections,
        dropped_inspection_count: it.dropped_inspections,
        finding_count: it.findings,
        mended_finding_count: it.mended_findings,
        as_of_time: Some(write::time(at)),
    }
}

/// An event of a campaign, as readers see it.
pub(crate) fn happened(id: CampaignId, it: CampaignEvent) -> Payload {
    let facts = Some(facts(id, &it.facts));
    let names = |all: &[Member]| all.iter().map(ToString::to_string).collect();
    match it.change {
        Change::Created { scope, .. } => Payload::CampaignCreated(wire::CampaignCreated {
            facts,
            plan: Some(plan(&scope, None)),
        }),
        Change::Updated { scope, reason } => Payload::CampaignUpdated(wire::CampaignUpdated {
            facts,
            plan: Some(plan(&scope, None)),
            reason,
        }),
        Change::Started => Payload::CampaignStarted(wire::CampaignStarted { facts }),
        Change::MembersAdded { members } => {
            Payload::CampaignMembersAdded(wire::CampaignMembersAdded {
                facts,
                members: names(&members),
            })
        }
        Change::MembersRemoved { members, reason } => {
            Payload::CampaignMembersRemoved(wire::CampaignMembersRemoved {
                facts,
                members: names(&members),
                reason,
            })
        }
        Change::Closed(closing) => Payload::CampaignClosed(wire::CampaignClosed {
            facts,
            report: closing.report,
            progress: Some(progress(&closing.progress, it.at)),
            unfinished_reason: closing.unfinished_reason,
        }),
        Change::Cancelled { reason } => {
            Payload::CampaignCancelled(wire::CampaignCancelled { facts, reason })
        }
    }
}

fn facts(id: CampaignId, it: &Facts) -> wire::CampaignFacts {
    wire::CampaignFacts {
        campaign: write::campaign(id),
        state: words::campaign_state(it.state),
        title: it.title.clone(),
        organization: write::organization(&it.organization),
        organizations: it.organizations.iter().map(write::organization).collect(),
        member_count: write::count(it.members),
    }
}

/// The id of something listed.
pub(crate) fn id(text: &str) -> CampaignId {
    CampaignId(Uuid::try_parse(text).unwrap_or_default())
}
