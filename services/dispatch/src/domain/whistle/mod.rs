//! Whistles (吹哨报到, M17): a call that obliges the called organizations to answer in time.
//!
//! ```text
//! Blown ─everybody who was called has answered─▶ Answered ─┐
//!   │ a call's time is over: the silent are on record (R19), │
//!   │ and the next tier is called                            │
//!   ├────────────── its task finished, or closed ────────────┴─▶ Closed
//!   └────────────── taken back ────────────────────────────────▶ Withdrawn
//! ```
//!
//! What must stay true: a call is answered once; whoever was silent stays on record, answered later or not; a whistle
//! goes up one tier at a time, and never back to somebody who was called already.

mod rules;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::assignment::Ground;
use super::clock::Deadline;
use super::outage::Span;
use super::{AreaId, CaseId, MatterId, OrganizationId, PersonId, TaskId};

/// The three kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// 群众诉求哨.
    #[default]
    PublicConcern,
    /// 联合执法哨.
    JointEnforcement,
    /// 应急处置哨: 事不完，人不撤.
    Emergency,
}

/// The three tiers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Tier {
    /// 社区.
    #[default]
    Community,
    /// 街道.
    Street,
    /// 区.
    District,
}

/// Where a whistle stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Somebody has not answered.
    #[default]
    Blown,
    /// Everybody has.
    Answered,
    /// Over, with its outcome.
    Closed,
    /// Taken back.
    Withdrawn,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// 已解决.
    Solved,
    /// 未解决.
    NotSolved,
    /// 不应吹哨.
    Unfounded,
}

/// Who answers for a tier above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Which tier.
    pub tier: Tier,
    /// Who.
    pub organization: OrganizationId,
}

/// 应哨.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Who.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What will be done, or why not.
    pub note: String,
    /// When people will be there.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub arrival: Option<OffsetDateTime>,
    /// Set if the call is disputed (R8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
}

/// One organization that was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Who.
    pub organization: OrganizationId,
    /// At which tier.
    pub tier: Tier,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Until when it answers.
    pub deadline: Deadline,
    /// What it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// When it was found silent.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub overdue: Option<OffsetDateTime>,
}

/// A whistle as it is blown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blown {
    /// Which of the three.
    pub kind: Kind,
    /// The blower's tier.
    pub tier: Tier,
    /// Who blew it.
    pub organization: OrganizationId,
    /// In person.
    pub person: PersonId,
    /// One line.
    pub title: String,
    /// What is needed.
    pub description: String,
    /// Where.
    pub area: AreaId,
    /// Inside the area.
    pub address: String,
    /// On which matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<MatterId>,
    /// About which cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseId>,
    /// Who is called, each once.
    pub calls: Vec<Call>,
    /// The tiers above, the nearest first.
    pub ladder: Vec<Rung>,
    /// Never scored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exercise: bool,
}

/// A whistle. Its default is before its first event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whistle {
    /// How many events it has had.
    pub version: i64,
    /// Where it stands.
    pub state: State,
    /// As it was blown, without its calls.
    pub blown: Blown,
    /// When.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub blown_at: Option<OffsetDateTime>,
    /// The tier it has reached.
    pub tier: Tier,
    /// Everybody who was called so far.
    pub calls: Vec<Call>,
    /// The task that was planned for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// When it ended.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<OffsetDateTime>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Why it ended so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub end_note: String,
    /// The outages that were taken off the time to answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excused: Vec<Span>,
}

/// What can happen to a whistle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum WhistleChange {
    Blown(Box<Blown>),
    Answered {
        organization: OrganizationId,
        answer: Answer,
    },
    /// R19.
    Unanswered {
        organization: OrganizationId,
        last_tier: bool,
    },
    /// With the call to the tier above.
    Escalated {
        call: Call,
        silent: Vec<OrganizationId>,
    },
    /// None: the task before was cancelled.
    Tasked {
        task: Option<TaskId>,
    },
    Closed {
        outcome: Outcome,
        note: String,
    },
    Withdrawn {
        reason: String,
    },
    /// The platform was away: who was called, with the new deadline.
    OutageExcused {
        span: Span,
        moved: Vec<(OrganizationId, Deadline)>,
    },
}

/// An event of a whistle, with what it leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhistleEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What happened.
    pub change: WhistleChange,
    /// Both sides, as they stand afterwards.
    pub facts: Box<WhistleFacts>,
}

/// A whistle after an event: all that inboxes and scoring need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhistleFacts {
    /// Where it stands.
    pub state: State,
    /// Which of the three.
    pub kind: Kind,
    /// The tier it has reached.
    pub tier: Tier,
    /// Who blew it.
    pub organization: OrganizationId,
    /// Where.
    pub area: AreaId,
    /// On which matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<MatterId>,
    /// When.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub blown_at: Option<OffsetDateTime>,
    /// Everybody who was called.
    pub calls: Vec<Call>,
    /// Its task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Never scored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exercise: bool,
}

impl Whistle {
    /// Folds one change. The only place that changes a whistle; total, so history always replays.
    pub fn apply(&mut self, change: &WhistleChange, at: OffsetDateTime) {
        self.version += 1;
        match change {
            WhistleChange::Blown(it) => {
                self.blown = (**it).clone();
                self.calls = std::mem::take(&mut self.blown.calls);
                self.tier = it.tier;
                self.blown_at = Some(at);
            }
            WhistleChange::Answered {
                organization,
                answer,
            } => {
                if let Some(call) = self.call_mut(organization) {
                    call.answer = Some(answer.clone());
                }
                if self.calls.iter().all(|it| it.answer.is_some()) {
                    self.state = State::Answered;
                }
            }
            WhistleChange::Unanswered { organization, .. } => {
                if let Some(call) = self.call_mut(organization) {
                    call.overdue = Some(at);
                }
            }
            WhistleChange::Escalated { call, .. } => {
                self.tier = call.tier;
                self.calls.push(call.clone());
            }
            WhistleChange::Tasked { task } => self.task = *task,
            WhistleChange::Closed { outcome, note } => {
                self.state = State::Closed;
                self.outcome = Some(*outcome);
                self.end_note.clone_from(note);
                self.ended_at = Some(at);
            }
            WhistleChange::Withdrawn { reason } => {
                self.state = State::Withdrawn;
                self.end_note.clone_from(reason);
                self.ended_at = Some(at);
            }
            WhistleChange::OutageExcused { span, moved } => self.apply_excuse(*span, moved, at),
        }
    }

    fn call_mut(&mut self, organization: &OrganizationId) -> Option<&mut Call> {
        self.calls
            .iter_mut()
            .find(|it| it.organization == *organization)
    }
}

impl WhistleEvent {
    /// Folds changes one after the other and puts beside each what it leaves behind.
    pub fn of(whistle: &Whistle, at: OffsetDateTime, changes: Vec<WhistleChange>) -> Vec<Self> {
        let mut after = whistle.clone();
        let record = |change: WhistleChange| {
            after.apply(&change, at);
            WhistleEvent {
                at,
                facts: Box::new(WhistleFacts::of(&after)),
                change,
            }
        };
        changes.into_iter().map(record).collect()
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            WhistleChange::Blown(_) => "WhistleBlown",
            WhistleChange::Answered { .. } => "WhistleAnswered",
            WhistleChange::Unanswered { .. } => "WhistleUnanswered",
            WhistleChange::Escalated { .. } => "WhistleEscalated",
            WhistleChange::Tasked { .. } => "WhistleTasked",
            WhistleChange::Closed { .. } => "WhistleClosed",
            WhistleChange::Withdrawn { .. } => "WhistleWithdrawn",
            WhistleChange::OutageExcused { .. } => "WhistleOutageExcused",
        }
    }
}

impl WhistleFacts {
    /// What a whistle looks like now.
    pub fn of(it: &Whistle) -> WhistleFacts {
        WhistleFacts {
            state: it.state,
            kind: it.blown.kind,
            tier: it.tier,
            organization: it.blown.organization.clone(),
            area: it.blown.area.clone(),
            matter: it.blown.matter.clone(),
            blown_at: it.blown_at,
            calls: it.calls.clone(),
            task: it.task,
            outcome: it.outcome,
            exercise: it.blown.exercise,
        }
    }
}
