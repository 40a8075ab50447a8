//! A standing order to patrol. It opens the days one after the other, none twice and none left out, however long
//! nobody looked.

use liandong_calendar::civil;
use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Date, Duration, OffsetDateTime, Time};

use super::Refused;
use crate::domain::{AreaId, OrganizationId, PersonId};

/// Where a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PlanState {
    /// Days are still to be opened.
    Active,
    /// All of them are.
    Ended,
}

/// What was ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// One line.
    pub title: String,
    /// Who ordered it.
    pub organization: OrganizationId,
    /// In person.
    pub person: PersonId,
    /// Where, with everything inside.
    pub area: AreaId,
    /// Minutes after midnight by which a log is due.
    pub due_minute: u16,
    /// The first day.
    pub first_day: Date,
    /// The last one; none for open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day: Option<Date>,
}

/// What can happen to a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum PlanChange {
    Created(Box<Planned>),
    Ended { last_day: Date },
    DayOpened { day: Date, expected: u32 },
}

/// An event of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Whose plan.
    pub organization: OrganizationId,
    /// What happened.
    pub change: PlanChange,
}

/// A standing order to patrol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatrolPlan {
    /// What was ordered; none before the first event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Planned>,
    /// The last day whose logs were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_through: Option<Date>,
    /// When it was ordered.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<OffsetDateTime>,
}

impl PatrolPlan {
    /// Where it stands.
    pub fn state(&self) -> PlanState {
        match self.next_day() {
            Some(_) => PlanState::Active,
            None => PlanState::Ended,
        }
    }

    /// The plan, for the organization that ordered it; for everybody else it is not there.
    pub fn of(&self, organization: &OrganizationId) -> Result<&Planned, Refused> {
        let planned = self.planned.as_ref();
        planned
            .filter(|it| it.organization == *organization)
            .ok_or(Refused::PlanNotFound)
    }

    /// Ends it on a day.
    pub fn end(
        &self,
        organization: &OrganizationId,
        last_day: Date,
    ) -> Result<Vec<PlanChange>, Refused> {
        let planned = self.of(organization)?;
        if planned.last_day == Some(last_day) {
            return Ok(vec![]);
        }
        if self.state() == PlanState::Ended {
            return Err(Refused::PlanEnded);
        }
        match self.opened_through {
            Some(day) if last_day < day => Err(Refused::DayAlreadyOpened { day }),
            _ => Ok(vec![PlanChange::Ended { last_day }]),
        }
    }

    /// The day whose logs are to be asked for at `now`.
    pub fn day_to_open(&self, now: OffsetDateTime) -> Option<Date> {
        self.next_day().filter(|day| begin(*day) <= now)
    }

    /// Records that the logs of a day were asked for; a second time changes nothing.
    pub fn open(&self, day: Date, expected: u32) -> Option<PlanChange> {
        (self.next_day() == Some(day)).then_some(PlanChange::DayOpened { day, expected })
    }

    /// Until when the log of a day is due.
    pub fn due(&self, day: Date) -> Option<OffsetDateTime> {
        let minute = self.planned.as_ref()?.due_minute;
        Some(begin(day) + Duration::minutes(minute.into()))
    }

    /// When a timer must look at it: when its next day begins.
    pub fn wake_at(&self) -> Option<OffsetDateTime> {
        self.next_day().map(begin)
    }

    /// Folds one event; total, so history always replays.
    pub fn apply(&mut self, event: &PlanEvent) {
        match &event.change {
            PlanChange::Created(planned) => {
                self.planned = Some((**planned).clone());
                self.created_at = Some(event.at);
            }
            PlanChange::Ended { last_day } => {
                if let Some(planned) = &mut self.planned {
                    planned.last_day = Some(*last_day);
                }
            }
            PlanChange::DayOpened { day, .. } => self.opened_through = Some(*day),
        }
    }

    fn next_day(&self) -> Option<Date> {
        let planned = self.planned.as_ref()?;
        let next = match self.opened_through {
            Some(day) => day.next_day()?,
            None => planned.first_day,
        };
        planned
            .last_day
            .is_none_or(|last| next <= last)
            .then_some(next)
    }
}

impl PlanEvent {
    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            PlanChange::Created(_) => "PatrolPlanCreated",
            PlanChange::Ended { .. } => "PatrolPlanEnded",
            PlanChange::DayOpened { .. } => "PatrolDayOpened",
        }
    }

    /// Who is told: who ordered it.
    pub fn audience(&self) -> Vec<OrganizationId> {
        vec![self.organization.clone()]
    }
}

fn begin(day: Date) -> OffsetDateTime {
    civil::instant(day, Time::MIDNIGHT)
}
