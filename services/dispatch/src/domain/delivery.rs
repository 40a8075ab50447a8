//! Time that is charged to nobody: an order that could not be delivered.
//!
//! ```text
//! order ──── parked for its organization ──── known to have arrived
//!   └───────────── NOT_DELIVERED ────────────────┘   then the clocks are moved by what was not charged
//! ```
//!
//! It is known to have arrived when its organization takes a step, or when the organizer says how it arrived.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;
use uuid::Uuid;

use super::assignment::{Assignment, State};
use super::clock::{IntervalKind, WorkTime};
use super::clock_change::ClockChange;
use super::event::TaskChange;
use super::task::{self, Task};
use super::{OrganizationId, PersonId, Refusal};

/// What puts a duty on its reader: the orders whose delivery matters.
const ORDERS: [&str; 5] = [
    "AssignmentOffered",
    "ObjectionRuled",
    "RoundOpened",
    "AssignmentResumed",
    "AssignmentReported",
];

/// An order that was parked for a consumer group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The event.
    pub event: Uuid,
    /// Its kind.
    pub kind: String,
    /// Whose group.
    pub organization: OrganizationId,
    /// The group.
    pub group: String,
    /// How often it was delivered.
    pub attempts: u32,
    /// The last reason the consumer gave.
    pub reason: String,
    /// When the order was given.
    #[serde(with = "us")]
    pub since: OffsetDateTime,
}

impl Task {
    /// Books the time since an order as not delivered, if its organization still waits for it and has not shown by a
    /// step that it knows of it.
    pub fn not_delivered(&self, number: u16, failure: &Failure) -> Vec<TaskChange> {
        let Some(it) = self.assignment(number) else {
            return vec![];
        };
        let waits = self.state == task::State::Issued
            && it.state.is_open()
            && it.undelivered.is_none()
            && ORDERS.contains(&failure.kind.as_str())
            && *it.waits_for() == failure.organization
            && it.last_step().is_none_or(|at| at <= failure.since);
        if !waits {
            return vec![];
        }
        vec![ClockChange::NotDelivered(Box::new(failure.clone())).of(number)]
    }

    /// The organizer says how an order arrived that could not be delivered.
    pub fn confirm_delivery(
        &self,
        number: u16,
        person: &PersonId,
        note: &str,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(number)?;
        if it.undelivered.is_none() {
            return Err(Refusal::Delivered);
        }
        self.arrived(number, Some(person), note, time, at)
    }

    /// A step of the organization that is waited for shows that its order has arrived: then the clocks go on before
    /// anything else, and the step is judged by them.
    pub fn step(
        &self,
        number: u16,
        time: &WorkTime,
        at: OffsetDateTime,
        decide: impl Fn(&Task) -> Result<Vec<TaskChange>, Refusal>,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let arrived = self.arrived(number, None, "", time, at)?;
        if arrived.is_empty() {
            return decide(self);
        }
        let mut task = self.clone();
        for change in &arrived {
            task.apply(change, at);
        }
        let decided = decide(&task)?;
        if decided.is_empty() {
            return Ok(decided); // a repeat changes nothing
        }
        Ok(arrived.into_iter().chain(decided).collect())
    }

    fn arrived(
        &self,
        number: u16,
        person: Option<&PersonId>,
        note: &str,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let found = self.assignment(number);
        let Some((it, since)) = found.and_then(|it| Some((it, it.undelivered?))) else {
            return Ok(vec![]);
        };
        let delivered = ClockChange::Delivered {
            person: person.cloned(),
            note: note.to_owned(),
            since,
            moved: time.moved(it, it.state.running(), since, at)?,
        };
        Ok(vec![delivered.of(number)])
    }
}

impl Assignment {
    /// Who has to act next.
    fn waits_for(&self) -> &OrganizationId {
        if self.state == State::Reported {
            &self.offer.checker
        } else {
            &self.offer.organization
        }
    }

    /// When the organization that is waited for last showed that it knows of the assignment.
    fn last_step(&self) -> Option<OffsetDateTime> {
        if self.state == State::Reported {
            return None; // the checker's turn has only begun
        }
        let rounds = self.rounds.iter().flat_map(|it| {
            let reported = it.report.as_ref().map(|it| it.at);
            [it.committed_at, it.on_site_at, reported]
        });
        let asked = self.extensions.iter().map(|it| it.at);
        let asked = asked.chain(self.holds.iter().map(|it| it.at));
        let said = asked.chain(self.objections.iter().map(|it| it.at));
        let said = said.map(Some).chain([self.signed_at]).chain(rounds);
        said.flatten().max()
    }

    /// What time is in the present state.
    pub(super) fn time_of_state(&self) -> IntervalKind {
        match self.state {
            State::Reported => IntervalKind::WithOther,
            State::Objected => IntervalKind::Objection,
            State::OnHold => IntervalKind::Hold,
            it if it.is_open() => IntervalKind::Run,
            _ => IntervalKind::Ended,
        }
    }

    /// When the ledger's last span began.
    pub(super) fn ledger_end(&self) -> Option<OffsetDateTime> {
        self.ledger.iter().map(|it| it.at).max()
    }
}
