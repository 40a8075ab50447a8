//! Templates of joint tasks (M18): plans an organization keeps for the next time. A task planned from one carries a
//! copy, so a template changes no task.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::plan::Plan;
use super::{CompletionRule, OrganizationId, PersonId, Refusal};

/// As a template is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Whose it is.
    pub organization: OrganizationId,
    /// A word of its choice.
    pub slug: String,
    /// One line.
    pub title: String,
    /// The plan.
    pub plan: Plan,
}

/// A template. Its default is before its first event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskTemplate {
    /// As it was written last.
    pub saved: Saved,
    /// Whether it was given up.
    pub retired: bool,
    /// Who changed it last.
    pub person: PersonId,
    /// When.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub at: Option<OffsetDateTime>,
}

/// What can happen to a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum TemplateChange {
    Saved(Box<Saved>),
    Retired,
}

/// An event of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Who did it.
    pub person: PersonId,
    /// What happened.
    pub change: TemplateChange,
}

/// What a plan takes from a template, and which version of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// `{organization}.{slug}`.
    pub template: String,
    /// How many events it had had.
    pub version: i64,
}

impl Saved {
    /// Its id: `{organization}.{slug}`.
    pub fn id(&self) -> String {
        format!("{}.{}", self.organization, self.slug)
    }
}

impl TaskTemplate {
    /// Writes it; the same again changes nothing.
    pub fn save(&self, exists: bool, saved: Saved) -> Option<TemplateChange> {
        let same = exists && !self.retired && self.saved == saved;
        (!same).then(|| TemplateChange::Saved(Box::new(saved)))
    }

    /// Gives it up.
    pub fn retire(&self) -> Option<TemplateChange> {
        (!self.retired).then_some(TemplateChange::Retired)
    }

    /// The plan of a task that is planned from it: what `plan` leaves out is copied.
    pub fn complete(
        &self,
        mut plan: Plan,
        completion: Option<CompletionRule>,
    ) -> Result<Plan, Refusal> {
        if self.retired {
            return Err(Refusal::TaskTemplateRetired);
        }
        let kept = &self.saved.plan;
        if plan.text.trim().is_empty() {
            plan.text.clone_from(&kept.text);
        }
        if plan.participants.is_empty() {
            plan.participants.clone_from(&kept.participants);
        }
        plan.completion = completion.unwrap_or(kept.completion);
        plan.until_scene_finished |= kept.until_scene_finished;
        Ok(plan)
    }

    /// Folds one event. The only place that changes a template; total, so history always replays.
    pub fn apply(&mut self, event: &TemplateEvent) {
        match &event.change {
            TemplateChange::Saved(it) => {
                self.saved = (**it).clone();
                self.retired = false;
            }
            TemplateChange::Retired => self.retired = true,
        }
        self.person = event.person.clone();
        self.at = Some(event.at);
    }
}

impl TemplateEvent {
    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            TemplateChange::Saved(_) => "TaskTemplateSaved",
            TemplateChange::Retired => "TaskTemplateRetired",
        }
    }
}
