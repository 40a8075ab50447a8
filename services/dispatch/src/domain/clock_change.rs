//! What happens to the clocks of an assignment beside its steps: what timers record, time that is charged to nobody,
//! and the clocks that law sets.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::PersonId;
use super::assignment::Assignment;
use super::clock::{IntervalKind, Mark, Stage, StageClock};
use super::delivery::Failure;
use super::event::{MovedDue, TaskChange};
use super::outage::{Freed, Span};
use super::statutory::StatutoryClock;
use super::supervision::{Rung, Supervision, Told};

/// What can happen to the clocks of an assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum ClockChange {
    Reminded {
        stage: Stage,
    },
    /// With when the first rung is told.
    Supervised {
        stage: Stage,
        #[serde(with = "us")]
        next: OffsetDateTime,
    },
    /// With when the next rung is told.
    Escalated {
        stage: Stage,
        rung: Box<Rung>,
        #[serde(with = "us")]
        next: OffsetDateTime,
    },
    OnAgenda {
        stage: Stage,
    },
    NotDelivered(Box<Failure>),
    /// Nobody confirms it when a step of the organization shows it.
    Delivered {
        person: Option<PersonId>,
        note: String,
        #[serde(with = "us")]
        since: OffsetDateTime,
        moved: Vec<MovedDue>,
    },
    StatutoryStarted(Box<StatutoryClock>),
    StatutoryExtended {
        clock: u16,
        document: String,
        person: PersonId,
        #[serde(with = "us")]
        due: OffsetDateTime,
        #[serde(with = "us")]
        warn: OffsetDateTime,
    },
    StatutoryStopped {
        clock: u16,
        document: String,
        person: PersonId,
    },
    StatutoryReminded {
        clock: u16,
    },
    StatutoryOverdue {
        clock: u16,
    },
    /// What was charged in it is charged to nobody.
    Excused {
        span: Span,
        freed: Vec<Freed>,
        moved: Vec<MovedDue>,
    },
}

impl ClockChange {
    /// As a change of the assignment `number`.
    pub fn of(self, number: u16) -> TaskChange {
        TaskChange::Clock { number, what: self }
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self {
            ClockChange::Reminded { .. } => "StageReminded",
            ClockChange::Supervised { .. } => "SupervisionOpened",
            ClockChange::Escalated { .. } => "StageEscalated",
            ClockChange::OnAgenda { .. } => "StageOnAgenda",
            ClockChange::NotDelivered(_) => "DeliveryFailed",
            ClockChange::Delivered { .. } => "DeliveryConfirmed",
            ClockChange::StatutoryStarted(_) => "StatutoryClockStarted",
            ClockChange::StatutoryExtended { .. } => "StatutoryClockExtended",
            ClockChange::StatutoryStopped { .. } => "StatutoryClockStopped",
            ClockChange::StatutoryReminded { .. } => "StatutoryClockReminded",
            ClockChange::StatutoryOverdue { .. } => "StatutoryClockOverdue",
            ClockChange::Excused { .. } => "OutageExcused",
        }
    }

    /// The stage it is about.
    pub fn stage(&self) -> Option<Stage> {
        match self {
            ClockChange::Reminded { stage }
            | ClockChange::Supervised { stage, .. }
            | ClockChange::Escalated { stage, .. }
            | ClockChange::OnAgenda { stage } => Some(*stage),
            _ => None,
        }
    }
}

impl Assignment {
    /// Folds one change of its clocks.
    pub(super) fn apply_clock(
        &mut self,
        what: &ClockChange,
        mark: impl Fn(IntervalKind, OffsetDateTime) -> Mark,
        at: OffsetDateTime,
    ) {
        match what {
            ClockChange::Reminded { stage } => {
                self.in_clock(*stage, |it| it.reminded = Some(at));
            }
            ClockChange::Supervised { stage, next } => self.in_clock(*stage, |it| {
                it.supervision = Some(Supervision {
                    since: at,
                    next: Some(*next),
                    rungs: vec![],
                    agenda: None,
                });
            }),
            ClockChange::Escalated { stage, rung, next } => self.in_supervision(*stage, |it| {
                it.next = Some(*next);
                it.rungs.push(Told {
                    rung: (**rung).clone(),
                    at,
                });
            }),
            ClockChange::OnAgenda { stage } => self.in_supervision(*stage, |it| {
                it.next = None;
                it.agenda = Some(at);
            }),
            ClockChange::NotDelivered(failure) => {
                let since = self
                    .ledger_end()
                    .map_or(failure.since, |it| it.max(failure.since));
                self.ledger.push(mark(IntervalKind::NotDelivered, since));
                self.undelivered = Some(since);
            }
            ClockChange::Delivered { moved, .. } => {
                self.ledger.push(mark(self.time_of_state(), at));
                self.undelivered = None;
                self.move_dues(moved, at);
            }
            ClockChange::StatutoryStarted(_)
            | ClockChange::StatutoryExtended { .. }
            | ClockChange::StatutoryStopped { .. }
            | ClockChange::StatutoryReminded { .. }
            | ClockChange::StatutoryOverdue { .. } => self.apply_statutory(what, at),
            ClockChange::Excused { freed, moved, .. } => {
                for it in freed {
                    let begins = mark(IntervalKind::NotDelivered, it.span.from);
                    let ends = it.ends.then(|| mark(it.kind, it.span.to));
                    self.ledger.extend([begins].into_iter().chain(ends));
                }
                self.move_dues(moved, at);
            }
        }
    }

    fn in_supervision(&mut self, stage: Stage, change: impl FnOnce(&mut Supervision)) {
        self.in_clock(stage, |clock: &mut StageClock| {
            if let Some(it) = clock.supervision.as_mut() {
                change(it);
            }
        });
    }
}
