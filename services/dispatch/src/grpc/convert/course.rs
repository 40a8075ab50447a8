//! What becomes of orders and plans besides the steps: resources, hand-backs, withdrawals, designations, templates.

use liandong_proto::dispatch::{self as wire, event::Payload};

use super::{leave, task, words, write};
use crate::domain::hand_back::HandBack;
use crate::domain::resource::Resource;
use crate::domain::template::{Copied, Saved, TemplateChange, TemplateEvent};
use crate::domain::{AssignmentId, OrganizationId, PersonId, TaskChange, TaskId};

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

fn asked_back(it: HandBack) -> Payload {
    Payload::HandBackRequested(wire::HandBackRequested {
        proposed_organization: organization_if(it.proposed.as_ref()),
        note: it.note,
    })
}
