//! A round of inspections, drawn from a fixed list by a published seed.

use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Date, OffsetDateTime};

use super::{Mode, Object, Refused};
use crate::domain::{InspectionId, MatterId, OrganizationId, PersonId, lot};

/// Where a round stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RoundState {
    /// The list is fixed; nothing is drawn.
    #[default]
    Planned,
    /// Its inspections exist.
    Drawn,
    /// Given up before the draw.
    Cancelled,
}

/// What was planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rounded {
    /// One line.
    pub title: String,
    /// Who inspects.
    pub organization: OrganizationId,
    /// Who planned it.
    pub person: PersonId,
    /// Who looks and who mends.
    pub mode: Mode,
    /// What is looked at.
    pub matters: Vec<MatterId>,
    /// The list.
    pub objects: Vec<Object>,
    /// How many are drawn; 0 for all.
    pub sample: u16,
    /// The first day.
    pub first_day: Date,
    /// The last one.
    pub last_day: Date,
}

/// What can happen to a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum RoundChange {
    Planned(Box<Rounded>),
    Drawn {
        seed: String,
        inspections: Vec<InspectionId>,
    },
    Cancelled {
        reason: String,
    },
}

/// An event of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Whose round.
    pub organization: OrganizationId,
    /// What happened.
    pub change: RoundChange,
}

/// A round of inspections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectionRound {
    /// Where it stands.
    pub state: RoundState,
    /// What was planned; none before the first event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Rounded>,
    /// What it was drawn with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seed: String,
    /// The drawn inspections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inspections: Vec<InspectionId>,
    /// Why it was given up.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cancel_reason: String,
    /// When it was planned.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub planned_at: Option<OffsetDateTime>,
    /// When it was drawn.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub drawn_at: Option<OffsetDateTime>,
}

/// Draws from a list by the objects' references ([`lot::order`]). `sample` 0 draws all.
pub fn draw<'a>(objects: &'a [Object], seed: &str, sample: u16) -> Vec<&'a Object> {
    let mut all = lot::order(objects, seed, |it| it.reference.clone());
    if sample > 0 {
        all.truncate(sample.into());
    }
    all
}

impl InspectionRound {
    /// What was planned, for the organization whose it is; for everybody else it is not there.
    pub fn of(&self, organization: &OrganizationId) -> Result<&Rounded, Refused> {
        let planned = self.planned.as_ref();
        planned
            .filter(|it| it.organization == *organization)
            .ok_or(Refused::RoundNotFound)
    }

    /// What is drawn with a seed; nothing if it was drawn with this very one already.
    pub fn draw(
        &self,
        organization: &OrganizationId,
        seed: &str,
    ) -> Result<Option<Vec<&Object>>, Refused> {
        let planned = self.of(organization)?;
        match self.state {
            RoundState::Planned => Ok(Some(draw(&planned.objects, seed, planned.sample))),
            RoundState::Drawn if self.seed == seed => Ok(None),
            state => Err(Refused::RoundNotPlanned { state }),
        }
    }

    /// Gives it up.
    pub fn cancel(
        &self,
        organization: &OrganizationId,
        reason: &str,
    ) -> Result<Vec<RoundChange>, Refused> {
        self.of(organization)?;
        match self.state {
            RoundState::Planned => Ok(vec![RoundChange::Cancelled {
                reason: reason.to_owned(),
            }]),
            RoundState::Cancelled if self.cancel_reason == reason => Ok(vec![]),
            state => Err(Refused::RoundNotPlanned { state }),
        }
    }

    /// Folds one event; total, so history always replays.
    pub fn apply(&mut self, event: &RoundEvent) {
        match &event.change {
            RoundChange::Planned(it) => {
                self.planned = Some((**it).clone());
                self.planned_at = Some(event.at);
            }
            RoundChange::Drawn { seed, inspections } => {
                self.state = RoundState::Drawn;
                self.seed.clone_from(seed);
                self.inspections.clone_from(inspections);
                self.drawn_at = Some(event.at);
            }
            RoundChange::Cancelled { reason } => {
                self.state = RoundState::Cancelled;
                self.cancel_reason.clone_from(reason);
            }
        }
    }
}

impl RoundEvent {
    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            RoundChange::Planned(_) => "InspectionRoundPlanned",
            RoundChange::Drawn { .. } => "InspectionRoundDrawn",
            RoundChange::Cancelled { .. } => "InspectionRoundCancelled",
        }
    }

    /// Who is told: whose round it is.
    pub fn audience(&self) -> Vec<OrganizationId> {
        vec![self.organization.clone()]
    }
}
