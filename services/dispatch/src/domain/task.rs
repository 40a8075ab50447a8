//! One piece of work by several organizations on one or more cases (联合任务), with its assignments: one aggregate,
//! so that its state is a fold of theirs and they change together.
//!
//! ```text
//! Planned ─issue─▶ Issued ─last needed assignment done─▶ Finished
//!     └───cancel──────┴──▶ Cancelled
//! ```
//!
//! What must stay true: a finished or cancelled task has no open assignment; rounds, objections and the interval
//! ledger only grow.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::assignment::{self, Assignment, Round};
use super::case::Source;
use super::clock::{IntervalKind, Mark, RuledLimit};
use super::dispute::Cause;
use super::event::TaskChange;
use super::ids::{DisputeId, WhistleId};
use super::parts::Parts;
use super::plan::{self, Plan};
use super::scene::SceneFinished;
use super::template::Copied;
use super::{Act, AreaId, CaseId, MatterId, OfficerId, OrganizationId, PersonId, Refusal};

/// Where a task stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Nobody has been told.
    #[default]
    Planned,
    /// Its assignments are with their organizations.
    Issued,
    /// Its completion rule is met.
    Finished,
    /// Given up.
    Cancelled,
}

/// A joint task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// How many events it has had.
    pub version: i64,
    /// Where it stands.
    pub state: State,
    /// What it works on.
    pub cases: Vec<CaseId>,
    /// Who planned it, issues it and rules on objections.
    pub organizer: OrganizationId,
    /// Who planned it in person.
    pub person: PersonId,
    /// Area of the first case.
    pub area: AreaId,
    /// Matter of the first case.
    pub matter: MatterId,
    /// Source of the first case.
    pub source: Source,
    /// When the first case was filed.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub filed_at: Option<OffsetDateTime>,
    /// The limit of the first case's filing condition.
    pub limit: RuledLimit,
    /// The plan.
    pub plan: Plan,
    /// The assignments.
    pub assignments: Parts,
    /// When it was planned.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub planned_at: Option<OffsetDateTime>,
    /// When it was issued.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<OffsetDateTime>,
    /// When it was finished or cancelled.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<OffsetDateTime>,
    /// Why it was cancelled.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cancel_reason: String,
    /// The catalogue it was issued under.
    pub catalogue_version: i64,
    /// On the real path, and never scored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exercise: bool,
    /// The whistle it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whistle: Option<WhistleId>,
    /// The template it was planned from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied: Option<Copied>,
    /// The lead's declaration, where everybody had to stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene_finished: Option<SceneFinished>,
    /// Every dispute about it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<DisputeId>,
    /// Whose duty it is, where that was decided before it was issued.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub designations: Vec<Designated>,
}

/// Whose duty something is, by the decision of a dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Designated {
    /// On which matter.
    pub matter: MatterId,
    /// What is to be done in law.
    pub act: Act,
    /// Whose it is.
    pub organization: OrganizationId,
    /// By which dispute.
    pub dispute: DisputeId,
}

/// A part for which by the registry nobody, or more than one, has the power.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contested {
    /// Nobody, or more than one.
    pub cause: Cause,
    /// On which matter.
    pub matter: MatterId,
    /// What is to be done in law.
    pub act: Act,
    /// Who should negotiate.
    pub parties: Vec<OrganizationId>,
}

impl Task {
    /// One of its assignments.
    pub fn assignment(&self, number: u16) -> Option<&Assignment> {
        self.assignments.get(index_of(number)?)
    }

    /// Whether an organization has, or had, anything to do with it.
    pub fn concerns(&self, organization: &OrganizationId) -> bool {
        self.organizer == *organization
            || self.assignments.iter().any(|it| it.concerns(organization))
    }

    /// Who has, or had, to do with a part of it: holders and checkers, some more than once.
    pub fn parties(&self) -> impl Iterator<Item = &OrganizationId> {
        let parts = self.assignments.iter().map(|it| &it.offer);
        parts.flat_map(|it| [&it.organization, &it.checker])
    }

    /// When the next of its running clocks runs out.
    pub fn due_at(&self) -> Option<OffsetDateTime> {
        let running = self.assignments.iter().flat_map(|it| self.running(it));
        running.map(|it| it.deadline.due).min()
    }

    /// The lead's organization, once issued.
    pub fn lead(&self) -> Option<&OrganizationId> {
        let live = self
            .assignments
            .iter()
            .rev()
            .filter(|it| it.state != assignment::State::Withdrawn);
        live.map(|it| &it.offer)
            .find(|it| it.role == super::Role::Lead)
            .map(|it| &it.organization)
    }

    /// Which officers its enforcing assignments keep from others, and for which of them (R3).
    pub fn booked(&self) -> impl Iterator<Item = (&OfficerId, &Assignment)> {
        self.assignments
            .iter()
            .flat_map(|it| it.booked().iter().map(move |officer| (officer, it)))
    }

    /// Gives it up.
    pub fn cancel(&self, reason: &str) -> Result<Vec<TaskChange>, Refusal> {
        match self.state {
            State::Cancelled if self.cancel_reason == reason => return Ok(vec![]),
            state @ (State::Finished | State::Cancelled) => {
                return Err(Refusal::TaskEnded { state });
            }
            State::Planned | State::Issued => {}
        }
        for it in &self.assignments {
            self.may_leave(it)?;
        }
        let mut changes = self.releases(true, None);
        changes.push(TaskChange::Cancelled {
            reason: reason.to_owned(),
        });
        Ok(changes)
    }

    /// What follows when the assignment `number` passes its check: the end, if the completion rule is met.
    pub(super) fn completed_by(&self, number: u16) -> Vec<TaskChange> {
        let is_done = |it: &Assignment| match it.state {
            assignment::State::Done | assignment::State::Withdrawn => true,
            _ => it.number() == number || !self.plan.completion.needs(it.offer.role),
        };
        if !self.assignments.iter().all(is_done) {
            return vec![];
        }
        let mut changes = self.releases(false, Some(number));
        changes.push(TaskChange::Finished {
            cases: self.cases.clone(),
        });
        changes
    }

    fn releases(&self, task_cancelled: bool, except: Option<u16>) -> Vec<TaskChange> {
        let open = self
            .assignments
            .iter()
            .filter(|it| it.state.is_open() && Some(it.number()) != except);
        open.map(|it| TaskChange::Released {
            number: it.number(),
            task_cancelled,
        })
        .collect()
    }

    /// When a timer must look at it: see [`super::supervision`] and [`super::statutory`]; or when a pause is over.
    pub fn wake_at(&self) -> Option<OffsetDateTime> {
        let parts = || self.assignments.iter();
        let statutory = parts().filter_map(Assignment::statutory_wake_at);
        let issued = parts().filter(|_| self.state == State::Issued);
        let others = issued.flat_map(|it| [it.stages_wake_at(), it.held_until()]);
        statutory.chain(others.flatten()).min()
    }

    /// Folds one change. The only place that changes a task; total, so history always replays.
    pub fn apply(&mut self, change: &TaskChange, at: OffsetDateTime) {
        self.version += 1;
        match change {
            TaskChange::Planned(it) => {
                self.cases.clone_from(&it.cases);
                self.organizer = it.organizer.clone();
                self.person = it.person.clone();
                self.area = it.area.clone();
                self.matter = it.matter.clone();
                self.source = it.source;
                self.filed_at = Some(it.filed_at);
                self.limit = it.limit.clone();
                self.plan = it.plan.clone();
                self.exercise = it.exercise;
                self.whistle = it.whistle;
                self.copied.clone_from(&it.copied);
                self.planned_at = Some(at);
            }
            TaskChange::Replanned(plan) => self.plan = (**plan).clone(),
            TaskChange::Issued {
                catalogue_version, ..
            } => {
                self.state = State::Issued;
                self.issued_at = Some(at);
                self.catalogue_version = *catalogue_version;
            }
            TaskChange::Finished { .. } => {
                self.state = State::Finished;
                self.ended_at = Some(at);
            }
            TaskChange::Cancelled { reason } => {
                self.state = State::Cancelled;
                self.ended_at = Some(at);
                self.cancel_reason.clone_from(reason);
            }
            TaskChange::Offered {
                offer,
                clocks,
                resumes,
                ..
            } => {
                let round = Round::new(1, at, clocks.clone());
                let informed = offer.role == super::Role::Awareness;
                self.assignments.push(Assignment {
                    offer: (**offer).clone(),
                    state: plan::first_state(offer.role),
                    offered_at: at,
                    signer: None,
                    signed_at: None,
                    officers: vec![],
                    hands: Default::default(),
                    rounds: if informed { vec![] } else { vec![round] },
                    objections: vec![],
                    extensions: vec![],
                    holds: vec![],
                    recusals: vec![],
                    acknowledged_at: None,
                    hand_backs: vec![],
                    dispute: None,
                    designation: None,
                    withdraw_reason: String::new(),
                    statutory: vec![],
                    undelivered: None,
                    ledger: if informed {
                        vec![]
                    } else {
                        let mut ledger = self.ledger_until_now(*resumes);
                        ledger.push(Mark::new(IntervalKind::Run, change, at, self.version));
                        ledger
                    },
                });
            }
            TaskChange::SceneFinished(it) => self.scene_finished = Some(it.clone()),
            TaskChange::Disputed { dispute, numbers } => {
                self.disputes.push(*dispute);
                for index in numbers.iter().filter_map(|it| index_of(*it)) {
                    if let Some(it) = self.assignments.get_mut(index) {
                        it.dispute = Some(*dispute);
                    }
                }
            }
            TaskChange::Designated {
                number: None,
                dispute,
                organization,
                matter,
                act,
                ..
            } => self.designations.push(Designated {
                matter: matter.clone(),
                act: *act,
                organization: organization.clone(),
                dispute: *dispute,
            }),
            other => {
                let version = self.version;
                let index = other.number().and_then(index_of);
                if let Some(it) = index.and_then(|it| self.assignments.get_mut(it)) {
                    it.apply(other, at, version);
                }
            }
        }
    }
}

/// Where the assignment of a number is kept.
fn index_of(number: u16) -> Option<usize> {
    usize::from(number).checked_sub(1)
}

impl Default for Task {
    /// Before its first event; never seen by a rule.
    fn default() -> Self {
        let limit = super::clock::no_limit();
        Task {
            version: 0,
            state: State::Planned,
            cases: vec![],
            organizer: OrganizationId::default(),
            person: PersonId::default(),
            area: AreaId::default(),
            matter: MatterId::default(),
            source: Source::default(),
            filed_at: None,
            limit,
            plan: Plan::default(),
            assignments: Parts::default(),
            planned_at: None,
            issued_at: None,
            ended_at: None,
            cancel_reason: String::new(),
            catalogue_version: 0,
            exercise: false,
            whistle: None,
            copied: None,
            scene_finished: None,
            disputes: vec![],
            designations: vec![],
        }
    }
}
