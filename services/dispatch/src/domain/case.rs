//! A reported problem.
//!
//! ```text
//! Reported ─verify─▶ Verified ─file─▶ Filed ─plan, issue─▶ Dispatched ─task finished─▶ Closed
//!     └──────────reject────┴──▶ Rejected  ◀─task cancelled──┘ (filed again)
//! ```

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::clock::RuledLimit;
use super::{AreaId, CaseId, MatterId, OrganizationId, PersonId, Refusal, TaskId};

/// Where a case stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Nobody has looked yet.
    #[default]
    Reported,
    /// Looked at before filing (核实).
    Verified,
    /// Taken up under a matter (立案).
    Filed,
    /// Part of an issued task.
    Dispatched,
    /// Its task is finished.
    Closed,
    /// Not filed.
    Rejected,
}

/// Where it came from (案件来源).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[allow(missing_docs)] // the words of the glossary
pub enum Source {
    #[default]
    Patrol,
    Hotline,
    DigitalCity,
    Media,
    Leader,
    Superior,
    Department,
    ResidentUnit,
    Public,
}

/// Why a case is not filed (不予立案).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RejectionReason {
    /// Verification found no problem.
    NotFound,
    /// Below every filing condition.
    BelowCondition,
    /// Outside the territory.
    OutsideArea,
    /// Already a case.
    Duplicate,
    /// Legal where and when it was seen.
    Lawful,
    /// Solved while it was verified.
    SolvedOnSite,
}

/// What was reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// Where it came from.
    pub source: Source,
    /// Its number there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub external_reference: String,
    /// One line.
    pub title: String,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The smallest area known.
    pub area: AreaId,
    /// Inside the area.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Who took it in and holds it.
    pub organization: OrganizationId,
    /// Who recorded it.
    pub person: PersonId,
    /// When it was reported, in microseconds; may lie before it was recorded.
    #[serde(with = "us::option")]
    pub reported_at: Option<OffsetDateTime>,
}

/// 核实: does it exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// Whether it does.
    pub exists: bool,
    /// Who looked.
    pub organization: OrganizationId,
    /// In person.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What was found.
    pub note: String,
}

/// 立案: under what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// The matter.
    pub matter: MatterId,
    /// Its filing condition that holds.
    pub condition: String,
    /// The limit the condition gives, with its rule.
    pub limit: RuledLimit,
    /// Who filed it.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What identifies the unlawful act; empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub act_reference: String,
}

/// 不予立案: why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The coded ground.
    pub reason: RejectionReason,
    /// In words.
    pub note: String,
    /// Who decided.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// What can happen to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum CaseChange {
    Reported(Box<Reported>),
    Verified(Verification),
    Filed(Box<Filing>),
    Rejected(Rejection),
    /// It is part of a task that is being planned.
    Planned {
        task: TaskId,
    },
    /// That task was issued.
    Dispatched {
        task: TaskId,
    },
    /// That task was finished.
    Closed {
        task: TaskId,
    },
    /// That task was cancelled.
    Returned {
        task: TaskId,
        reason: String,
    },
}

/// A reported problem.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Where it stands.
    pub state: State,
    /// What was reported.
    pub report: Reported,
    /// The pre-filing verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// The filing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<Filing>,
    /// Its task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// When it was closed.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<OffsetDateTime>,
    /// Why it was not filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
}

impl Case {
    /// Records whether the problem exists.
    pub fn verify(&self, found: Verification) -> Result<Vec<CaseChange>, Refusal> {
        match (self.state, &self.verification) {
            (State::Reported, _) => Ok(vec![CaseChange::Verified(found)]),
            (State::Verified, Some(it))
                if it.exists == found.exists && it.person == found.person =>
            {
                Ok(vec![])
            }
            (state, _) => Err(Refusal::CaseNotReported { state }),
        }
    }

    /// Takes the case up under a matter.
    pub fn file(&self, filing: Filing) -> Result<Vec<CaseChange>, Refusal> {
        match (self.state, &self.verification, &self.filing) {
            (State::Verified, Some(it), _) if it.exists => {
                Ok(vec![CaseChange::Filed(Box::new(filing))])
            }
            (State::Verified, ..) => Err(Refusal::ProblemNotFound),
            (State::Filed, _, Some(it))
                if it.matter == filing.matter && it.condition == filing.condition =>
            {
                Ok(vec![])
            }
            (state, ..) => Err(Refusal::CaseNotVerified { state }),
        }
    }

    /// Refuses to take it up.
    pub fn reject(&self, rejection: Rejection) -> Result<Vec<CaseChange>, Refusal> {
        match (self.state, &self.rejection) {
            (State::Reported | State::Verified, _) => Ok(vec![CaseChange::Rejected(rejection)]),
            (State::Rejected, Some(it)) if it.reason == rejection.reason => Ok(vec![]),
            (state, _) => Err(Refusal::CaseAlreadyFiled { state }),
        }
    }

    /// Makes it part of a task that is being planned: only a filed case, and of one live task only.
    pub fn plan(&self, id: CaseId, task: TaskId) -> Result<(&Filing, Vec<CaseChange>), Refusal> {
        match (self.state, &self.filing, self.task) {
            (State::Filed, Some(filing), None) => Ok((filing, vec![CaseChange::Planned { task }])),
            (state, _, task) => Err(Refusal::CaseNotFiled {
                case: id,
                state,
                task,
            }),
        }
    }

    /// Folds one change; total, so history always replays.
    pub fn apply(&mut self, change: &CaseChange, at: OffsetDateTime) {
        match change {
            CaseChange::Reported(report) => self.report = (**report).clone(),
            CaseChange::Verified(found) => {
                self.state = State::Verified;
                self.verification = Some(found.clone());
            }
            CaseChange::Filed(filing) => {
                self.state = State::Filed;
                self.filing = Some((**filing).clone());
            }
            CaseChange::Rejected(rejection) => {
                self.state = State::Rejected;
                self.rejection = Some(rejection.clone());
            }
            CaseChange::Planned { task } => self.task = Some(*task),
            CaseChange::Dispatched { task } => {
                self.state = State::Dispatched;
                self.task = Some(*task);
            }
            CaseChange::Closed { .. } => {
                self.state = State::Closed;
                self.closed_at = Some(at);
            }
            CaseChange::Returned { .. } => {
                self.state = State::Filed;
                self.task = None;
            }
        }
    }
}
