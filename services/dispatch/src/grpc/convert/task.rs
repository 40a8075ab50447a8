//! Joint tasks: plans and rulings.

use liandong_proto::dispatch as wire;
use liandong_proto::types;
use tonic::Status;

use super::assignment::assignment;
use super::read::{Fields, TEXT_MAX};
use super::{course, words, write};
use crate::domain::assignment::Ruling;
use crate::domain::clock::RuledLimit;
use crate::domain::objection::NewHolder;
use crate::domain::plan::{Participant, Plan};
use crate::domain::{Act, AssignmentId, CaseId, OrganizationId, Role, Task, TaskId};
use crate::store::NewTask;

/// The most cases and the most parts of one task.
const MANY: usize = 100;
/// The rule of a limit that the plan itself sets.
const PLAN_RULE: &str = "plan";
/// The rule of a limit that a ruling sets.
const RULING_RULE: &str = "ruling";

/// A new task: its cases and its plan.
pub(crate) fn plan_task(it: wire::PlanTaskRequest) -> Result<NewTask, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    fields
        .0
        .check(!it.cases.is_empty(), "cases", "required", "必填");
    fields.0.check(
        it.cases.len() <= MANY,
        "cases",
        format!("at most {MANY}"),
        format!("最多 {MANY} 件"),
    );
    let mut cases: Vec<CaseId> = Vec::new();
    for (index, case) in it.cases.iter().take(MANY).enumerate() {
        let field = format!("cases[{index}]");
        if let Some(case) = fields.case(&field, case) {
            fields
                .0
                .check(!cases.contains(&case), field, "named twice", "重复");
            cases.push(case);
        }
    }
    let completion = fields.word_if(
        "completion_rule",
        it.completion_rule,
        words::read_completion,
    );
    let mut plan = plan(&mut fields, it.plan, it.participants, it.completion_rule);
    plan.until_scene_finished = it.until_scene_finished;
    let template = fields.id_if("template", &it.template, "taskTemplates");
    let whistle = if it.whistle.is_empty() {
        None
    } else {
        super::whistle::whistle_id(&mut fields, "whistle", &it.whistle)
    };
    fields.0.finish()?;
    Ok(NewTask {
        cases,
        plan,
        completion,
        template,
        whistle,
        exercise: it.exercise,
    })
}

/// Another plan for a task.
pub(crate) fn update_plan(it: wire::UpdatePlanRequest) -> Result<(TaskId, Plan), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let task = fields.task("name", &it.name);
    let mut plan = plan(&mut fields, it.plan, it.participants, it.completion_rule);
    plan.until_scene_finished = it.until_scene_finished;
    fields.0.finish()?;
    Ok((task.unwrap_or_default(), plan))
}

/// What is to be reached, how, and by whom.
pub(crate) fn plan(
    fields: &mut Fields,
    text: String,
    parts: Vec<wire::Participant>,
    completion: i32,
) -> Plan {
    let text = fields.text("plan", text, TEXT_MAX);
    let completion = fields
        .word_if("completion_rule", completion, words::read_completion)
        .unwrap_or_default();
    let few = parts.len() <= MANY;
    fields.0.check(
        few,
        "participants",
        format!("at most {MANY}"),
        format!("最多 {MANY} 个"),
    );
    let mut participants: Vec<Participant> = Vec::new();
    for (index, part) in parts.into_iter().take(MANY).enumerate() {
        let part = participant(fields, &format!("participants[{index}]"), part);
        let twice = participants
            .iter()
            .any(|it| it.organization == part.organization);
        fields.0.check(
            !twice,
            format!("participants[{index}].organization"),
            "takes part twice",
            "同一单位重复参加",
        );
        participants.push(part);
    }
    Plan {
        text,
        participants,
        completion,
        until_scene_finished: false,
    }
}

fn participant(fields: &mut Fields, path: &str, it: wire::Participant) -> Participant {
    let field = |name: &str| format!("{path}.{name}");
    let organization = fields.organization(&field("organization"), &it.organization);
    let role = fields
        .word(&field("role"), it.role, words::read_role)
        .unwrap_or_default();
    let act = if role == Role::Awareness {
        fields
            .word_if(&field("act"), it.act, words::read_act)
            .or(Some(Act::Report))
    } else {
        fields.word(&field("act"), it.act, words::read_act)
    };
    let limit = it
        .disposal_limit
        .and_then(|limit| fields.limit(&field("disposal_limit"), limit));
    Participant {
        organization: organization.unwrap_or_default(),
        role,
        act: act.unwrap_or_default(),
        duty: fields.text(&field("duty"), it.duty, TEXT_MAX),
        matter: fields.id_if(&field("matter"), &it.matter, "matters"),
        disposal: limit.map(|limit| RuledLimit {
            limit,
            rule: PLAN_RULE.into(),
        }),
        checker: fields.id_if(&field("checker"), &it.checker, "organizations"),
        resources: course::resources(fields, &field("resources"), it.resources),
        hand_over: it
            .hand_over
            .map(|it| course::hand_over(fields, &field("hand_over"), it)),
    }
}

/// A task's name and the request id, as every command carries them.
pub(crate) fn named(name: &str, request_id: &str) -> Result<TaskId, Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let task = fields.task("name", name);
    fields.0.finish()?;
    Ok(task.unwrap_or_default())
}

/// A task's name and the reason to give it up.
pub(crate) fn cancel(it: &wire::CancelTaskRequest) -> Result<(TaskId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let task = fields.task("name", &it.name);
    let reason = fields.required("reason", it.reason.clone(), TEXT_MAX);
    fields.0.finish()?;
    Ok((task.unwrap_or_default(), reason))
}

/// A ruling on an objection; with a new holder when it is upheld.
pub(crate) struct Rule {
    /// The disputed assignment.
    pub assignment: AssignmentId,
    /// Why it is ruled so.
    pub note: String,
    /// Who is responsible instead; none when the duty stands.
    pub new: Option<NewHolder>,
}

/// A ruling.
pub(crate) fn rule(it: &wire::RuleObjectionRequest) -> Result<Rule, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.assignment("name", &it.name);
    let ruling = fields.word("ruling", it.ruling, words::read_ruling);
    let note = fields.required("note", it.note.clone(), TEXT_MAX);
    let new = match ruling {
        Some(Ruling::Upheld) => Some(new_holder(&mut fields, it)),
        _ => {
            let none = it.new_organization.is_empty();
            fields.0.check(
                none,
                "new_organization",
                "only when upheld",
                "仅在异议成立时填写",
            );
            None
        }
    };
    fields.0.finish()?;
    Ok(Rule {
        assignment: id.unwrap_or_default(),
        note,
        new,
    })
}

fn new_holder(fields: &mut Fields, it: &wire::RuleObjectionRequest) -> NewHolder {
    let organization: Option<OrganizationId> =
        fields.organization("new_organization", &it.new_organization);
    let duty = fields.text("new_duty", it.new_duty.clone(), TEXT_MAX);
    let limit: Option<types::Limit> = it.new_disposal_limit;
    let limit = limit.and_then(|limit| fields.limit("new_disposal_limit", limit));
    NewHolder {
        organization: organization.unwrap_or_default(),
        act: fields.word_if("new_act", it.new_act, words::read_act),
        duty: (!duty.trim().is_empty()).then_some(duty),
        disposal: limit.map(|limit| RuledLimit {
            limit,
            rule: RULING_RULE.into(),
        }),
    }
}

/// A task as it stands.
pub(crate) fn task(id: TaskId, it: &Task) -> wire::Task {
    wire::Task {
        name: write::task(id),
        state: words::task_state(it.state),
        etag: it.version.to_string(),
        cases: it.cases.iter().map(|it| write::case(*it)).collect(),
        organizer: write::organization(&it.organizer),
        area: write::area(&it.area),
        matter: write::matter(&it.matter),
        plan: it.plan.text.clone(),
        completion_rule: words::completion(it.plan.completion),
        participants: it.plan.participants.iter().map(planned).collect(),
        assignments: it
            .assignments
            .iter()
            .map(|part| assignment(id, it, part))
            .collect(),
        person: it.person.to_string(),
        plan_time: write::time_if(it.planned_at),
        issue_time: write::time_if(it.issued_at),
        end_time: write::time_if(it.ended_at),
        cancel_reason: it.cancel_reason.clone(),
        catalogue_version: it.catalogue_version,
        exercise: it.exercise,
        whistle: it.whistle.map(write::whistle).unwrap_or_default(),
        template: it
            .copied
            .as_ref()
            .map(course::template_name)
            .unwrap_or_default(),
        template_version: it.copied.as_ref().map(|it| it.version).unwrap_or_default(),
        scene: it.plan.until_scene_finished.then(|| scene(it)),
        outstanding_acknowledgements: it
            .unacknowledged()
            .map(|part| {
                write::assignment(AssignmentId {
                    task: id,
                    number: part.number(),
                })
            })
            .collect(),
        outreach: words::outreach(it.plan.outreach()),
    }
}

fn scene(it: &Task) -> wire::Scene {
    let finished = it.scene_finished.as_ref();
    wire::Scene {
        person: finished.map(|it| it.person.to_string()).unwrap_or_default(),
        finish_time: finished.map(|it| write::time(it.at)),
        note: finished.map(|it| it.note.clone()).unwrap_or_default(),
    }
}

/// A part as planned.
pub(crate) fn planned(it: &Participant) -> wire::Participant {
    wire::Participant {
        organization: write::organization(&it.organization),
        role: words::role(it.role),
        act: words::act(it.act),
        duty: it.duty.clone(),
        matter: it.matter.as_ref().map(write::matter).unwrap_or_default(),
        disposal_limit: it.disposal.as_ref().map(|it| write::limit(it.limit)),
        checker: it
            .checker
            .as_ref()
            .map(write::organization)
            .unwrap_or_default(),
        resources: it.resources.iter().map(course::resource).collect(),
        hand_over: it.hand_over.as_ref().map(write::hand_over),
    }
}
