//! 事不完，人不撤: where a plan says so, and always for an emergency whistle, nobody who is on the scene leaves or
//! reports off before the lead declares the scene finished (M17).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::assignment::{Assignment, State};
use super::event::TaskChange;
use super::task::Task;
use super::{PersonId, Refusal, Role};

/// The lead's declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SceneFinished {
    /// By which assignment.
    pub number: u16,
    /// Who.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What was found.
    pub note: String,
}

impl Task {
    /// Whether everybody has to stay.
    pub fn is_scene_open(&self) -> bool {
        self.plan.until_scene_finished && self.scene_finished.is_none()
    }

    /// Refuses to let somebody leave the scene.
    pub(super) fn may_leave(&self, it: &Assignment) -> Result<(), Refusal> {
        if self.is_scene_open() && it.state == State::OnSite {
            return Err(self.scene_not_finished());
        }
        Ok(())
    }

    /// Who has to declare it finished.
    pub(super) fn scene_not_finished(&self) -> Refusal {
        Refusal::SceneNotFinished {
            lead: self.lead().cloned(),
        }
    }

    /// The lead, on the scene, says that it is over.
    pub fn finish_scene(&self, declared: SceneFinished) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(declared.number)?;
        if it.offer.role != Role::Lead {
            return Err(Refusal::NotLead);
        }
        if !self.plan.until_scene_finished {
            return Err(Refusal::NoScene);
        }
        if let Some(last) = &self.scene_finished {
            let same = (&last.person, &last.note) == (&declared.person, &declared.note);
            return if same {
                Ok(vec![])
            } else {
                Err(Refusal::NoScene)
            };
        }
        if it.state != State::OnSite {
            return Err(Refusal::NotOnSite { state: it.state });
        }
        Ok(vec![TaskChange::SceneFinished(declared)])
    }
}
