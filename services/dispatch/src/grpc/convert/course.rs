//! What becomes of orders and plans besides the steps: resources, hand-backs, withdrawals, designations, templates.

use liandong_kit::auth::Caller;
use liandong_proto::dispatch::{self as wire, event::Payload};
use time::OffsetDateTime;
use tonic::Status;

use super::read::{Fields, LINE_MAX, TEXT_MAX};
use super::{leave, task, words, write};
use crate::domain::clock::RuledLimit;
use crate::domain::hand_back::HandBack;
use crate::domain::objection::NewHolder;
use crate::domain::resource::{HandOver, HandOverPerson, HandOverThing, Resource};
use crate::domain::template::{Copied, Saved, TemplateChange, TemplateEvent};
use crate::domain::{AssignmentId, OrganizationId, PersonId, TaskChange, TaskId, TaskTemplate};

/// The most kinds of resources of one part.
const RESOURCES_MAX: usize = 50;
/// The most of one kind.
const COUNT_MAX: i32 = 1_000_000;

fn named(task: TaskId, number: u16) -> String {
    write::assignment(AssignmentId { task, number })
}

fn organization_if(it: Option<&OrganizationId>) -> String {
    it.map(write::organization).unwrap_or_default()
}

/// What is required, had and lacking.
pub(crate) fn resource(it: &Resource) -> wire::Resource {
    let count = |it: u32| i32::try_from(it).unwrap_or(i32::MAX);
    wire::Resource {
        kind: it.kind.clone(),
        required: count(it.required),
        have: count(it.have),
        need: count(it.need()),
    }
}

/// The template a plan was copied from.
pub(crate) fn template_name(it: &Copied) -> String {
    format!("taskTemplates/{}", it.template)
}

/// A template as it stands.
pub(crate) fn template(
    version: i64,
    it: &Saved,
    retired: bool,
    person: &PersonId,
) -> wire::TaskTemplate {
    wire::TaskTemplate {
        name: format!("taskTemplates/{}", it.id()),
        title: it.title.clone(),
        plan: it.plan.text.clone(),
        participants: it.plan.participants.iter().map(task::planned).collect(),
        completion_rule: words::completion(it.plan.completion),
        until_scene_finished: it.plan.until_scene_finished,
        organization: write::organization(&it.organization),
        version,
        etag: version.to_string(),
        retired,
        person: person.to_string(),
        update_time: None,
    }
}

/// What happened to a template.
pub(crate) fn template_payload(version: i64, it: TemplateEvent) -> Payload {
    match it.change {
        TemplateChange::Saved(saved) => {
            let template = wire::TaskTemplate {
                update_time: Some(write::time(it.at)),
                ..template(version, &saved, false, &it.person)
            };
            Payload::TaskTemplateSaved(wire::TaskTemplateSaved {
                template: Some(template),
            })
        }
        TemplateChange::Retired => Payload::TaskTemplateRetired(wire::TaskTemplateRetired {}),
    }
}

/// What happened to an order besides the steps; none for the steps themselves.
pub(crate) fn payload(id: TaskId, it: TaskChange) -> Option<Payload> {
    Some(match it {
        TaskChange::SceneFinished(it) => Payload::SceneFinished(wire::SceneFinished {
            assignment: named(id, it.number),
            note: it.note,
            person: it.person.to_string(),
        }),
        TaskChange::HandBackAsked { asked, .. } => asked_back(*asked),
        TaskChange::HandBackAnswered {
            answer,
            new_organization,
            ..
        } => Payload::HandBackAnswered(wire::HandBackAnswered {
            answer: Some(leave::answered(&answer)),
            new_organization: organization_if(new_organization.as_ref()),
        }),
        TaskChange::Withdrawn {
            reason,
            new_organization,
            ..
        } => Payload::AssignmentWithdrawn(wire::AssignmentWithdrawn {
            reason,
            new_organization: organization_if(new_organization.as_ref()),
        }),
        TaskChange::ResourcesStated { resources, .. } => {
            Payload::ResourcesStated(wire::ResourcesStated {
                resources: resources.iter().map(resource).collect(),
            })
        }
        TaskChange::Disputed { dispute, numbers } => Payload::TaskDisputed(wire::TaskDisputed {
            dispute: write::dispute(dispute),
            assignments: numbers.into_iter().map(|it| named(id, it)).collect(),
        }),
        TaskChange::Designated {
            dispute,
            organization,
            matter,
            act,
            ..
        } => Payload::DutyDesignated(wire::DutyDesignated {
            dispute: write::dispute(dispute),
            organization: write::organization(&organization),
            matter: write::matter(&matter),
            act: words::act(act),
        }),
        _ => return None,
    })
}

/// A request to hand an order back, as it stands.
pub(crate) fn handed_back(it: &HandBack) -> wire::HandBack {
    wire::HandBack {
        note: it.note.clone(),
        proposed_organization: organization_if(it.proposed.as_ref()),
        person: it.person.to_string(),
        ask_time: Some(write::time(it.at)),
        answer: it.answer.as_ref().map(leave::answered),
    }
}

fn asked_back(it: HandBack) -> Payload {
    Payload::HandBackRequested(wire::HandBackRequested {
        proposed_organization: organization_if(it.proposed.as_ref()),
        note: it.note,
    })
}

/// A template with its version.
pub(crate) fn kept(version: i64, it: &TaskTemplate) -> wire::TaskTemplate {
    wire::TaskTemplate {
        update_time: write::time_if(it.at),
        ..template(version, &it.saved, it.retired, &it.person)
    }
}

/// `taskTemplates/{organization}.{slug}`: its id, and the request id as every command carries it.
pub(crate) fn template_named(name: &str, request_id: &str) -> Result<String, Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.id::<String>("name", name, "taskTemplates");
    fields.all(id)
}

/// A template as its organization writes it.
pub(crate) fn save(
    it: wire::SaveTaskTemplateRequest,
    organization: &OrganizationId,
) -> Result<Saved, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.id::<String>("name", &it.name, "taskTemplates");
    let slug = id.as_deref().and_then(|it| {
        let rest = it.strip_prefix(organization.as_str())?.strip_prefix('.')?;
        (!rest.is_empty()).then(|| rest.to_owned())
    });
    fields.0.check(
        id.is_none() || slug.is_some(),
        "name",
        format!("must begin with `taskTemplates/{organization}.`"),
        format!("须以“taskTemplates/{organization}.”开头"),
    );
    let title = fields.required("title", it.title, LINE_MAX);
    let mut plan = task::plan(&mut fields, it.plan, it.participants, it.completion_rule);
    plan.until_scene_finished = it.until_scene_finished;
    let slug = fields.all(slug)?;
    Ok(Saved {
        organization: organization.clone(),
        slug,
        title,
        plan,
    })
}

/// What a part requires and has.
pub(crate) fn resources(
    fields: &mut Fields,
    path: &str,
    resources: Vec<wire::Resource>,
) -> Vec<Resource> {
    let few = resources.len() <= RESOURCES_MAX;
    fields.0.check(
        few,
        path,
        format!("at most {RESOURCES_MAX}"),
        format!("最多 {RESOURCES_MAX} 项"),
    );
    let mut read: Vec<Resource> = Vec::new();
    for (index, it) in resources.into_iter().take(RESOURCES_MAX).enumerate() {
        let path = format!("{path}[{index}]");
        let kind = fields.required(&format!("{path}.kind"), it.kind, LINE_MAX);
        let twice = read.iter().any(|it| it.kind == kind);
        fields
            .0
            .check(!twice, format!("{path}.kind"), "named twice", "重复");
        let bounded = |it: i32, least: i32| (least..=COUNT_MAX).contains(&it);
        for (name, value, least) in [("required", it.required, 1), ("have", it.have, 0)] {
            fields.0.check(
                bounded(value, least),
                format!("{path}.{name}"),
                format!("{least} to {COUNT_MAX}"),
                format!("须为 {least} 至 {COUNT_MAX}"),
            );
        }
        read.push(Resource {
            kind,
            required: u32::try_from(it.required).unwrap_or_default(),
            have: u32::try_from(it.have).unwrap_or_default(),
        });
    }
    read
}

/// What goes with work that is pushed down. Whether it is enough, the registry says.
pub(crate) fn hand_over(
    fields: &mut Fields,
    path: &str,
    it: liandong_proto::registry::HandOver,
) -> HandOver {
    let few = it.people.len() <= RESOURCES_MAX && it.things.len() <= RESOURCES_MAX;
    fields.0.check(
        few,
        path,
        format!("at most {RESOURCES_MAX} people and {RESOURCES_MAX} things"),
        format!("人员、物品各最多 {RESOURCES_MAX} 项"),
    );
    fields.0.check(
        it.fund_fen >= 0,
        format!("{path}.fund_fen"),
        "must not be negative",
        "不能为负数",
    );
    let people = it.people.into_iter().take(RESOURCES_MAX);
    let people = people.enumerate().map(|(index, it)| {
        let path = format!("{path}.people[{index}]");
        HandOverPerson {
            name: fields.required(&format!("{path}.display_name"), it.display_name, LINE_MAX),
            organization: fields.id_if(
                &format!("{path}.organization"),
                &it.organization,
                "organizations",
            ),
            duty: fields.text(&format!("{path}.duty"), it.duty, LINE_MAX),
        }
    });
    let people = people.collect();
    let things = it.things.into_iter().take(RESOURCES_MAX);
    let things = things.enumerate().map(|(index, it)| {
        let path = format!("{path}.things[{index}]");
        fields.0.check(
            (1..=COUNT_MAX).contains(&it.quantity),
            format!("{path}.quantity"),
            format!("1 to {COUNT_MAX}"),
            format!("须为 1 至 {COUNT_MAX}"),
        );
        HandOverThing {
            name: fields.required(&format!("{path}.display_name"), it.display_name, LINE_MAX),
            quantity: it.quantity,
        }
    });
    let things = things.collect();
    HandOver {
        from: fields.id_if(
            &format!("{path}.handing_organization"),
            &it.handing_organization,
            "organizations",
        ),
        power: fields.text(&format!("{path}.power"), it.power, LINE_MAX),
        fund_line: fields.text(&format!("{path}.fund_line"), it.fund_line, LINE_MAX),
        fund_fen: it.fund_fen,
        people,
        things,
    }
}

/// A request to hand an order back.
pub(crate) fn ask_back(
    it: &wire::RequestHandBackRequest,
    caller: &Caller,
    at: OffsetDateTime,
) -> Result<(AssignmentId, HandBack), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.assignment("name", &it.name);
    let asked = HandBack {
        note: fields.required("note", it.note.clone(), TEXT_MAX),
        proposed: fields.proposed(&it.proposed_organization, &caller.organization),
        person: PersonId::from(caller.person.as_str()),
        at,
        answer: None,
    };
    Ok((fields.all(id)?, asked))
}

/// Who takes an order over, if somebody is named.
pub(crate) fn new_holder(
    it: Option<wire::NewHolder>,
    needed: bool,
) -> Result<Option<NewHolder>, Status> {
    let mut fields = Fields::default();
    let Some(it) = it else {
        fields.0.check(!needed, "new_holder", "required", "必填");
        fields.0.finish()?;
        return Ok(None);
    };
    let organization = fields.organization("new_holder.organization", &it.organization);
    let duty = fields.text("new_holder.duty", it.duty, TEXT_MAX);
    let limit = it.disposal_limit;
    let limit = limit.and_then(|limit| fields.limit("new_holder.disposal_limit", limit));
    let act = fields.word_if("new_holder.act", it.act, words::read_act);
    Ok(Some(NewHolder {
        organization: fields.all(organization)?,
        act,
        duty: (!duty.trim().is_empty()).then_some(duty),
        disposal: limit.map(|limit| RuledLimit {
            limit,
            rule: "organizer".into(),
        }),
    }))
}

/// An assignment and a text about it that must be there.
pub(crate) fn noted(
    (name, request_id): (&str, &str),
    (field, text): (&str, &str),
) -> Result<(AssignmentId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.assignment("name", name);
    let text = fields.required(field, text.to_owned(), TEXT_MAX);
    Ok((fields.all(id)?, text))
}

/// What an organization says it has.
pub(crate) fn stated(
    it: &wire::StateResourcesRequest,
) -> Result<(AssignmentId, Vec<Resource>), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.assignment("name", &it.name);
    let resources = resources(&mut fields, "resources", it.resources.clone());
    Ok((fields.all(id)?, resources))
}
