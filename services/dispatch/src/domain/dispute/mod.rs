//! Disputes about whose duty something is (推诿, M20; Penalty Law 25).
//!
//! ```text
//! Negotiation ─time over, or referred─▶ Street ─time over, or referred─▶ District
//!     │ all parties agree                 │ the organizer designates       │ its superior designates
//!     ▼                                   └──────────▶ Designated ◀────────┘
//!  Settled          the task or its orders end before: Lapsed
//! ```
//!
//! They open by themselves. What is decided binds: a designated organization does not object again.

mod rules;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::clock::Deadline;
use super::outage::Span;
use super::{Act, AreaId, MatterId, OrganizationId, PersonId, TaskId};

pub use self::rules::Referral;

/// Where a dispute stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// 协商.
    #[default]
    Negotiation,
    /// With the organizer.
    Street,
    /// With its superior.
    District,
    /// The parties agreed.
    Settled,
    /// 指定管辖.
    Designated,
    /// Pointless.
    Lapsed,
}

/// How it came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// They object and point at each other.
    #[default]
    OppositeObjections,
    /// By the registry nobody has the power.
    Nobody,
    /// By the registry several have it.
    Conflict,
    /// It objects for the second time.
    SecondObjection,
}

/// A tier it went through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Which.
    pub state: State,
    /// When it got there.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Until when it is to be decided there.
    pub deadline: Deadline,
    /// When it was found undecided.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub overdue: Option<OffsetDateTime>,
}

/// A dispute as it opens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// How it came about.
    pub cause: Cause,
    /// About which task.
    pub task: TaskId,
    /// About which of its assignments; none if it was not issued.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<u16>,
    /// On which matter.
    pub matter: MatterId,
    /// What is to be done in law.
    pub act: Act,
    /// Where.
    pub area: AreaId,
    /// Who designates at the street.
    pub organizer: OrganizationId,
    /// Who designates at the district, if it begins there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superior: Option<OrganizationId>,
    /// Who disputes.
    pub parties: Vec<OrganizationId>,
    /// Never scored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exercise: bool,
    /// Where it begins.
    pub tiers: Vec<Tier>,
}

/// What a party says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Which party.
    pub organization: OrganizationId,
    /// Whose duty it is.
    pub holder: OrganizationId,
    /// Why.
    pub note: String,
    /// Who.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// Who has the duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Who.
    pub holder: OrganizationId,
    /// Who decided; none if the parties agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decider: Option<OrganizationId>,
    /// On what grounds.
    pub note: String,
    /// In person.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Whose claim did not stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losers: Vec<OrganizationId>,
}

/// A dispute. Its default is before its first event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// How many events it has had.
    pub version: i64,
    /// Where it stands.
    pub state: State,
    /// As it opened, without its tiers.
    pub opened: Opened,
    /// When.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<OffsetDateTime>,
    /// Who designates at the district, once it got there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superior: Option<OrganizationId>,
    /// The tiers it went through, oldest first.
    pub tiers: Vec<Tier>,
    /// What the parties said: the latest of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub positions: Vec<Position>,
    /// Who has the duty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// When it ended.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<OffsetDateTime>,
    /// The outages that were taken off its tiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excused: Vec<Span>,
}

/// What can happen to a dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum DisputeChange {
    Opened(Box<Opened>),
    Stated(Position),
    /// Without a note: the time below was over.
    Referred {
        tier: Tier,
        organization: OrganizationId,
        note: String,
    },
    /// Nobody above.
    Overdue,
    Decided(Box<Decision>),
    Lapsed {
        reason: String,
    },
    /// The platform was away: the tier has until then.
    OutageExcused {
        span: Span,
        deadline: Deadline,
    },
}

/// An event of a dispute, with what it leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What happened.
    pub change: DisputeChange,
    /// As it stands afterwards.
    pub facts: Box<DisputeFacts>,
}

/// A dispute after an event: all that inboxes, agendas and scoring need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeFacts {
    /// Where it stands.
    pub state: State,
    /// How it came about.
    pub cause: Cause,
    /// About which task.
    pub task: TaskId,
    /// About which of its assignments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<u16>,
    /// On which matter.
    pub matter: MatterId,
    /// Where.
    pub area: AreaId,
    /// Who organizes the task.
    pub organizer: OrganizationId,
    /// Who designates at the district, once it got there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superior: Option<OrganizationId>,
    /// Who disputes.
    pub parties: Vec<OrganizationId>,
    /// When it opened.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<OffsetDateTime>,
    /// The deadline of the tier it is at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Deadline>,
    /// Who has the duty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Never scored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exercise: bool,
}

impl Dispute {
    /// Folds one change. The only place that changes a dispute; total, so history always replays.
    pub fn apply(&mut self, change: &DisputeChange, at: OffsetDateTime) {
        self.version += 1;
        match change {
            DisputeChange::Opened(it) => {
                self.opened = (**it).clone();
                self.tiers = std::mem::take(&mut self.opened.tiers);
                self.state = self.tiers.last().map(|it| it.state).unwrap_or_default();
                self.superior.clone_from(&it.superior);
                self.opened_at = Some(at);
            }
            DisputeChange::Stated(position) => {
                self.positions
                    .retain(|it| it.organization != position.organization);
                self.positions.push(position.clone());
            }
            DisputeChange::Referred {
                tier,
                organization,
                note,
            } => {
                if note.is_empty() {
                    self.mark_overdue(at);
                }
                if tier.state == State::District {
                    self.superior = Some(organization.clone());
                }
                self.state = tier.state;
                self.tiers.push(tier.clone());
            }
            DisputeChange::Overdue => self.mark_overdue(at),
            DisputeChange::Decided(it) => {
                self.state = if it.decider.is_some() {
                    State::Designated
                } else {
                    State::Settled
                };
                self.decision = Some((**it).clone());
                self.ended_at = Some(at);
            }
            DisputeChange::Lapsed { .. } => {
                self.state = State::Lapsed;
                self.ended_at = Some(at);
            }
            DisputeChange::OutageExcused { span, deadline } => {
                self.apply_excuse(*span, deadline, at);
            }
        }
    }

    fn mark_overdue(&mut self, at: OffsetDateTime) {
        if let Some(it) = self.tiers.last_mut() {
            it.overdue.get_or_insert(at);
        }
    }
}

impl DisputeEvent {
    /// Folds changes one after the other and puts beside each what it leaves behind.
    pub fn of(dispute: &Dispute, at: OffsetDateTime, changes: Vec<DisputeChange>) -> Vec<Self> {
        let mut after = dispute.clone();
        let record = |change: DisputeChange| {
            after.apply(&change, at);
            DisputeEvent {
                at,
                facts: Box::new(DisputeFacts::of(&after)),
                change,
            }
        };
        changes.into_iter().map(record).collect()
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            DisputeChange::Opened(_) => "DisputeOpened",
            DisputeChange::Stated(_) => "PositionStated",
            DisputeChange::Referred { .. } => "DisputeReferred",
            DisputeChange::Overdue => "DisputeOverdue",
            DisputeChange::Decided(_) => "DisputeDecided",
            DisputeChange::Lapsed { .. } => "DisputeLapsed",
            DisputeChange::OutageExcused { .. } => "DisputeOutageExcused",
        }
    }
}

impl DisputeFacts {
    /// What a dispute looks like now.
    pub fn of(it: &Dispute) -> DisputeFacts {
        DisputeFacts {
            state: it.state,
            cause: it.opened.cause,
            task: it.opened.task,
            assignments: it.opened.assignments.clone(),
            matter: it.opened.matter.clone(),
            area: it.opened.area.clone(),
            organizer: it.opened.organizer.clone(),
            superior: it.superior.clone(),
            parties: it.opened.parties.clone(),
            opened_at: it.opened_at,
            deadline: it.tiers.last().map(|it| it.deadline.clone()),
            decision: it.decision.clone(),
            exercise: it.opened.exercise,
        }
    }
}
