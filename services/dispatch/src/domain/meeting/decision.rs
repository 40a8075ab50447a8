//! What was decided (M30), and how far it is: read off the work, never typed.

use liandong_calendar::Limit;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::Subject;
use crate::domain::assignment::State as AssignmentState;
use crate::domain::case::State as CaseState;
use crate::domain::clock::{Deadline, WorkTime};
use crate::domain::extension::{Answer, Extension};
use crate::domain::hold::{Hold, HoldGround};
use crate::domain::objection::NewHolder;
use crate::domain::task::State as TaskState;
use crate::domain::{
    AssignmentId, Case, CaseId, DisputeId, OrganizationId, PersonId, Refusal, Task, TaskChange,
    TaskId,
};

/// Something that is done in the change that records the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// A planned task is issued.
    Dispatch {
        /// Which.
        task: TaskId,
    },
    /// An order goes to somebody else.
    Redispatch {
        /// Which.
        assignment: AssignmentId,
        /// To whom.
        to: NewHolder,
    },
    /// An order has more time.
    Extend {
        /// Which.
        assignment: AssignmentId,
        /// How much; none: as asked for.
        limit: Option<Limit>,
    },
    /// An order is paused.
    Hold {
        /// Which.
        assignment: AssignmentId,
        /// On which ground; none: as asked for.
        ground: Option<HoldGround>,
        /// Until when; none: as asked for.
        #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
        until: Option<OffsetDateTime>,
    },
    /// A case is handed to a body outside the linkage.
    Transfer {
        /// Which.
        case: CaseId,
        /// To whom.
        body: String,
        /// The number of the letter.
        document_number: String,
    },
    /// A disputed duty is laid on somebody.
    Designate {
        /// Which.
        dispute: DisputeId,
        /// On whom.
        holder: NewHolder,
    },
}

/// Somebody who did not agree, or took no part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// Who.
    pub organization: OrganizationId,
    /// Why.
    pub note: String,
}

/// What was decided on an item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What.
    pub text: String,
    /// On which basis.
    pub basis: String,
    /// Who leads; none: nothing is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<OrganizationId>,
    /// Who helps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helpers: Vec<OrganizationId>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Deadline>,
    /// How it is tested.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub acceptance_test: String,
    /// Who did not agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dissents: Vec<Voice>,
    /// Who took no part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recusals: Vec<Voice>,
    /// What was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// The work that shows how far it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub works: Vec<Subject>,
    /// Who recorded it.
    pub person: PersonId,
    /// When.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub at: Option<OffsetDateTime>,
}

/// How far a piece of work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Progress {
    /// It goes on.
    Open,
    /// Done.
    Done,
    /// Given up.
    Dropped,
}

/// How far what was decided is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FollowUp {
    /// Nothing is to be done.
    None,
    /// Work goes on.
    Open,
    /// After the deadline.
    Overdue,
    /// Everything is done.
    Done,
    /// The work was given up.
    Dropped,
}

impl Decision {
    /// Everybody it binds: who leads, who helps, who holds what it laid on them.
    pub fn bound(&self) -> Vec<OrganizationId> {
        let holders = self.effects.iter().filter_map(|it| match it {
            Effect::Redispatch { to, .. } => Some(&to.organization),
            Effect::Designate { holder, .. } => Some(&holder.organization),
            _ => None,
        });
        let all = self.lead.iter().chain(&self.helpers).chain(holders);
        let mut all: Vec<_> = all.cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether two say the same; who recorded it and when is left aside.
    pub fn says_the_same(&self, other: &Decision) -> bool {
        let bare = |it: &Decision| Decision {
            person: PersonId::default(),
            at: None,
            deadline: None,
            works: vec![],
            ..it.clone()
        };
        bare(self) == bare(other)
    }
}

impl FollowUp {
    /// From the work and the deadline.
    pub fn of(work: &[Progress], deadline: Option<&Deadline>, now: OffsetDateTime) -> FollowUp {
        if work.is_empty() {
            return FollowUp::None;
        }
        if work.contains(&Progress::Open) {
            let late = deadline.is_some_and(|it| now > it.due);
            return if late {
                FollowUp::Overdue
            } else {
                FollowUp::Open
            };
        }
        if work.contains(&Progress::Done) {
            FollowUp::Done
        } else {
            FollowUp::Dropped
        }
    }

    /// Whether work goes on.
    pub fn is_open(self) -> bool {
        matches!(self, FollowUp::Open | FollowUp::Overdue)
    }
}

impl Progress {
    /// Of a task.
    pub fn of_task(it: &Task) -> Progress {
        match it.state {
            TaskState::Planned | TaskState::Issued => Progress::Open,
            TaskState::Finished => Progress::Done,
            TaskState::Cancelled => Progress::Dropped,
        }
    }

    /// Of one order of a task.
    pub fn of_assignment(it: &Task, number: u16) -> Progress {
        match it.assignment(number).map(|it| it.state) {
            Some(AssignmentState::Done | AssignmentState::Informed) => Progress::Done,
            Some(AssignmentState::Withdrawn | AssignmentState::Released) | None => match it.state {
                TaskState::Finished => Progress::Done,
                _ => Progress::Dropped,
            },
            Some(_) => Progress::Open,
        }
    }

    /// Of a case.
    pub fn of_case(it: &Case) -> Progress {
        match it.state {
            CaseState::Closed => Progress::Done,
            CaseState::Rejected | CaseState::Merged => Progress::Dropped,
            CaseState::Redirected => {
                let receipt = it.redirection.as_ref().and_then(|it| it.receipt.as_ref());
                match receipt {
                    Some(it) if it.accepted => Progress::Done,
                    _ => Progress::Open,
                }
            }
            _ => Progress::Open,
        }
    }
}

/// Who gives leave in the name of a meeting, and why.
#[derive(Clone, Debug)]
pub struct Leave {
    /// Why.
    pub note: String,
    /// Who records it.
    pub person: PersonId,
    /// When.
    pub at: OffsetDateTime,
}

impl Leave {
    fn granted(&self) -> Answer {
        Answer {
            granted: true,
            note: self.note.clone(),
            person: self.person.clone(),
            at: self.at,
        }
    }

    /// More time for an order: what was asked for, or what the meeting gives of its own accord.
    pub fn extend(
        &self,
        task: &Task,
        (number, limit): (u16, Option<Limit>),
        time: &WorkTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let mut task = task.clone();
        let mut changes = Vec::new();
        let part = task.assignment(number).ok_or(Refusal::AssignmentNotFound)?;
        let asked = part.extensions.last().filter(|it| it.answer.is_none());
        let asked = asked.map(|it| it.limit);
        match (asked, limit) {
            (Some(asked), limit) if limit.is_none_or(|it| it == asked) => {}
            (Some(_), _) => return Err(Refusal::ExtensionPending),
            (None, None) => return Err(Refusal::NoExtensionAsked),
            (None, Some(limit)) => {
                let extension = Extension {
                    limit,
                    note: self.note.clone(),
                    person: self.person.clone(),
                    at: self.at,
                    round: 0,
                    answer: None,
                };
                changes = task.ask_extension(number, extension)?;
            }
        }
        for change in &changes {
            task.apply(change, self.at);
        }
        changes.extend(task.answer_extension(number, self.granted(), time)?);
        Ok(changes)
    }

    /// A pause for an order: what was asked for, or what the meeting gives of its own accord.
    pub fn hold(
        &self,
        task: &Task,
        number: u16,
        (ground, until): (Option<HoldGround>, Option<OffsetDateTime>),
    ) -> Result<Vec<TaskChange>, Refusal> {
        let mut task = task.clone();
        let mut changes = Vec::new();
        let part = task.assignment(number).ok_or(Refusal::AssignmentNotFound)?;
        let asked = part.holds.last().filter(|it| it.answer.is_none());
        match (asked, ground.zip(until)) {
            (Some(_), None) => {}
            (Some(it), Some(said)) if (it.ground, it.until) == said => {}
            (Some(_), Some(_)) => return Err(Refusal::HoldPending),
            (None, None) => return Err(Refusal::NoHoldAsked),
            (None, Some((ground, until))) => {
                let hold = Hold {
                    ground,
                    note: self.note.clone(),
                    until,
                    person: self.person.clone(),
                    at: self.at,
                    answer: None,
                    resumed_at: None,
                };
                changes = task.ask_hold(number, hold)?;
            }
        }
        for change in &changes {
            task.apply(change, self.at);
        }
        changes.extend(task.answer_hold(number, self.granted())?);
        Ok(changes)
    }
}
