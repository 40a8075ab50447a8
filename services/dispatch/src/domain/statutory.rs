//! Clocks that law sets (R17), of assignments with an enforcing act. Their holder starts and stops them by documents.
//! They are counted by the calendar alone: no pause, no objection and no check stops them, and they go on when the
//! assignment is done. Only when it is taken back or released do they end: the duty is another's then, or nobody's.
//!
//! | Clock | Limit | From |
//! |---|---|---|
//! | decision | 90 days (Penalty Law 60) | filing |
//! | seizure | 30 days, once 30 more (Coercion Law 25) | seizure |
//! | preserved evidence | 7 working days (Penalty Law 56, 85) | registration |
//! | transfer decision | 3 days (Regulation on the transfer of suspected crimes, 5) | report to the head of the unit |
//! | transfer | 24 hours (the same) | the decision to transfer |

use liandong_calendar::{Limit, LimitKind};
use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Duration, OffsetDateTime};

use super::assignment::{Assignment, State};
use super::clock::{Deadline, Light, RuledLimit, WorkTime};
use super::clock_change::ClockChange;
use super::event::TaskChange;
use super::task::Task;
use super::{PersonId, Refusal};

/// How long an extension of a seizure lasts (Coercion Law 25).
const SEIZURE_EXTENSION: Duration = Duration::days(30);

/// A clock that law sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StatutoryKind {
    /// 作出处罚决定.
    Decision,
    /// 查封扣押.
    Seizure,
    /// 先行登记保存.
    PreservedEvidence,
    /// 移送涉嫌犯罪案件的决定.
    TransferDecision,
    /// 移送涉嫌犯罪案件.
    Transfer,
}

/// One such clock of an assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatutoryClock {
    /// From 1.
    pub number: u16,
    /// Which.
    pub kind: StatutoryKind,
    /// The document that started it.
    pub document: String,
    /// Who started it.
    pub person: PersonId,
    /// When it runs out.
    pub deadline: Deadline,
    /// When it ran out before it was extended.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub original_due: Option<OffsetDateTime>,
    /// When 80% of its time is used.
    #[serde(with = "us")]
    pub warn: OffsetDateTime,
    /// When the reminder of that went out.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub reminded: Option<OffsetDateTime>,
    /// When it was found overdue.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub overdue: Option<OffsetDateTime>,
    /// When it was stopped.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub stopped: Option<OffsetDateTime>,
    /// What stopped it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stop_document: String,
    /// The clock it follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<u16>,
}

/// What starts a clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Which.
    pub kind: StatutoryKind,
    /// The document.
    pub document: String,
    /// Who put it on record.
    pub person: PersonId,
    /// From when it runs: not later than now.
    pub from: OffsetDateTime,
}

/// What stops or extends a clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Its number in the assignment.
    pub clock: u16,
    /// The document.
    pub document: String,
    /// Who put it on record.
    pub person: PersonId,
}

impl StatutoryKind {
    /// How long it is, and by which provision (R9).
    pub fn limit(self) -> RuledLimit {
        let (kind, amount, rule) = match self {
            Self::Decision => (LimitKind::CalendarDays, 90, "laws/penalty-law#60"),
            Self::Seizure => (LimitKind::CalendarDays, 30, "laws/coercion-law#25"),
            Self::PreservedEvidence => (LimitKind::WorkDays, 7, "laws/penalty-law#56"),
            Self::TransferDecision => (
                LimitKind::CalendarDays,
                3,
                "laws/crime-transfer-regulation#5",
            ),
            Self::Transfer => (
                LimitKind::UrgentHours,
                24 * 60,
                "laws/crime-transfer-regulation#5",
            ),
        };
        let limit = Limit::new(kind, amount).unwrap_or_else(|_| unreachable!("an amount"));
        RuledLimit {
            limit,
            rule: rule.into(),
        }
    }
}

impl Task {
    /// Starts a clock.
    pub fn start_statutory(
        &self,
        number: u16,
        start: &Start,
        time: &WorkTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.enforcing(number)?;
        let same = |it: &&StatutoryClock| it.kind == start.kind && it.document == start.document;
        if let Some(there) = it.statutory.iter().find(same) {
            return if there.deadline.start == start.from {
                Ok(vec![])
            } else {
                Err(Refusal::StatutoryClockExists {
                    clock: there.number,
                })
            };
        }
        if it.state == State::Objected {
            return Err(Refusal::ObjectionPending);
        }
        if self.filed_at.is_some_and(|filed| start.from < filed) {
            return Err(Refusal::StartsBeforeFiling);
        }
        let clock = it.new_statutory(start, None, time)?;
        Ok(vec![
            ClockChange::StatutoryStarted(Box::new(clock)).of(number),
        ])
    }

    /// Extends a seizure, once and before it has run out.
    pub fn extend_statutory(
        &self,
        number: u16,
        paper: &Paper,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.enforcing(number)?;
        let clock = it.running_statutory(paper.clock)?;
        if clock.kind != StatutoryKind::Seizure {
            return Err(Refusal::NotExtendable);
        }
        if clock.original_due.is_some() {
            return Err(Refusal::NoMoreExtensions);
        }
        let deadline = &clock.deadline;
        if clock.overdue.is_some() || at > deadline.due {
            return Err(Refusal::ExtensionTooLate);
        }
        // It ends at 24:00 of a day; so does the extension.
        let due = deadline.due + SEIZURE_EXTENSION;
        let (whose, kind) = (&it.offer.organization, deadline.limit.kind());
        let extended = ClockChange::StatutoryExtended {
            clock: paper.clock,
            document: paper.document.clone(),
            person: paper.person.clone(),
            due,
            warn: time.warn(whose, kind, deadline.start, due)?,
        };
        Ok(vec![extended.of(number)])
    }

    /// Stops a clock. A decision to transfer a suspected crime starts the clock of the transfer.
    pub fn stop_statutory(
        &self,
        number: u16,
        paper: &Paper,
        transfer: bool,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.enforcing(number)?;
        let found = it.statutory.iter().find(|it| it.number == paper.clock);
        if found.is_some_and(|it| it.stopped.is_some() && it.stop_document == paper.document) {
            return Ok(vec![]);
        }
        let clock = it.running_statutory(paper.clock)?;
        let mut changes = Vec::new();
        if clock.is_newly_overdue(at) {
            changes.push(ClockChange::StatutoryOverdue { clock: paper.clock }.of(number));
        }
        let stopped = ClockChange::StatutoryStopped {
            clock: paper.clock,
            document: paper.document.clone(),
            person: paper.person.clone(),
        };
        changes.push(stopped.of(number));
        if transfer {
            if clock.kind != StatutoryKind::TransferDecision {
                return Err(Refusal::NoTransferDecision);
            }
            let start = Start {
                kind: StatutoryKind::Transfer,
                document: paper.document.clone(),
                person: paper.person.clone(),
                from: at,
            };
            let next = it.new_statutory(&start, Some(paper.clock), time)?;
            changes.push(ClockChange::StatutoryStarted(Box::new(next)).of(number));
        }
        Ok(changes)
    }

    /// An assignment with an enforcing act that its holder has signed.
    fn enforcing(&self, number: u16) -> Result<&Assignment, Refusal> {
        let it = self.assignment(number).ok_or(Refusal::AssignmentNotFound)?;
        match it.state {
            State::Informed => Err(Refusal::AwarenessOnly),
            State::Withdrawn => Err(Refusal::Withdrawn),
            State::Released => Err(Refusal::TaskEnded { state: self.state }),
            State::Offered => Err(Refusal::NotSigned { state: it.state }),
            _ if !it.offer.act.enforces() => Err(Refusal::NotEnforcing { act: it.offer.act }),
            _ => Ok(it),
        }
    }
}

impl Assignment {
    /// The clocks that law sets and that run.
    pub fn statutory_running(&self) -> impl Iterator<Item = &StatutoryClock> {
        let ended = matches!(self.state, State::Withdrawn | State::Released);
        let clocks = self.statutory.iter();
        clocks.filter(move |it| !ended && it.stopped.is_none())
    }

    /// When a timer must look at them.
    pub(super) fn statutory_wake_at(&self) -> Option<OffsetDateTime> {
        let times = self.statutory_running().filter_map(|it| {
            let due = it.overdue.is_none().then_some(it.deadline.due);
            [it.unsaid_warning(), due].into_iter().flatten().min()
        });
        times.min().map(|it| it + Duration::MICROSECOND)
    }

    /// The reminders and overdue marks whose time has come.
    pub(super) fn statutory_ticks(&self, now: OffsetDateTime) -> Vec<(OffsetDateTime, TaskChange)> {
        let tick = |it: &StatutoryClock| {
            let clock = it.number;
            if it.is_newly_overdue(now) {
                return Some((it.deadline.due, ClockChange::StatutoryOverdue { clock }));
            }
            let warn = it.unsaid_warning().filter(|warn| now > *warn)?;
            Some((warn, ClockChange::StatutoryReminded { clock }))
        };
        let number = self.number();
        let ticks = self.statutory_running().filter_map(tick);
        ticks.map(|(at, what)| (at, what.of(number))).collect()
    }

    /// Folds one change of these clocks.
    pub(super) fn apply_statutory(&mut self, what: &ClockChange, at: OffsetDateTime) {
        let mut change = |number: u16, change: &dyn Fn(&mut StatutoryClock)| {
            if let Some(it) = self.statutory.iter_mut().find(|it| it.number == number) {
                change(it);
            }
        };
        match what {
            ClockChange::StatutoryStarted(clock) => self.statutory.push((**clock).clone()),
            ClockChange::StatutoryExtended {
                clock, due, warn, ..
            } => change(*clock, &|it| {
                it.original_due = Some(it.deadline.due);
                it.deadline.due = *due;
                it.warn = *warn;
                it.reminded = it.reminded.filter(|_| *warn < at);
            }),
            ClockChange::StatutoryStopped {
                clock, document, ..
            } => change(*clock, &|it| {
                it.stopped = Some(at);
                it.stop_document.clone_from(document);
            }),
            ClockChange::StatutoryReminded { clock } => {
                change(*clock, &|it| it.reminded = Some(at));
            }
            ClockChange::StatutoryOverdue { clock } => change(*clock, &|it| it.overdue = Some(at)),
            _ => {}
        }
    }

    fn running_statutory(&self, number: u16) -> Result<&StatutoryClock, Refusal> {
        let found = self.statutory.iter().find(|it| it.number == number);
        match found {
            None => Err(Refusal::NoSuchClock),
            Some(it) if it.stopped.is_some() => Err(Refusal::ClockStopped),
            Some(it) => Ok(it),
        }
    }

    fn new_statutory(
        &self,
        start: &Start,
        follows: Option<u16>,
        time: &WorkTime,
    ) -> Result<StatutoryClock, Refusal> {
        let ruled = start.kind.limit();
        let whose = &self.offer.organization;
        let due = time.due(whose, ruled.limit, start.from)?;
        Ok(StatutoryClock {
            number: u16::try_from(self.statutory.len() + 1).unwrap_or(u16::MAX),
            kind: start.kind,
            document: start.document.clone(),
            person: start.person.clone(),
            warn: time.warn(whose, ruled.limit.kind(), start.from, due)?,
            deadline: Deadline {
                limit: ruled.limit,
                start: start.from,
                due,
                rule: ruled.rule,
                calendar: time.version.clone(),
            },
            original_due: None,
            reminded: None,
            overdue: None,
            stopped: None,
            stop_document: String::new(),
            follows,
        })
    }
}

impl StatutoryClock {
    /// How far it has run, as far as is on record.
    pub fn light(&self) -> Light {
        let passed = |it: OffsetDateTime| self.stopped.is_some_and(|stopped| stopped > it);
        if self.overdue.is_some() || passed(self.deadline.due) {
            Light::Red
        } else if self.reminded.is_some() || passed(self.warn) {
            Light::Yellow
        } else {
            Light::Green
        }
    }

    fn is_newly_overdue(&self, now: OffsetDateTime) -> bool {
        self.stopped.is_none() && self.overdue.is_none() && now > self.deadline.due
    }

    fn unsaid_warning(&self) -> Option<OffsetDateTime> {
        let quiet = self.reminded.is_none() && self.overdue.is_none();
        quiet.then_some(self.warn)
    }
}
