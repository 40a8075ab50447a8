//! An order that comes back to an organization that had it before: its clock goes on where it stopped. Another
//! organization has a fresh one (DOMAIN section 7).
//!
//! ```text
//! its first order   RUN ─────┤ taken back
//! somebody else's            ├──────── RUN ────────┤ taken back
//! its second order  RUN ─────┼──── WITH_OTHER ─────┼─ RUN ─────
//! ```

use time::OffsetDateTime;

use super::assignment::{Assignment, Offer, State};
use super::clock::{IntervalKind, Mark, Stage, StageClock, WorkTime};
use super::task::Task;
use super::{Refusal, Role};

impl Task {
    /// The order of the same organization on the same matter that was taken back last, with its clock.
    pub(super) fn earlier(&self, offer: &Offer) -> Option<&Assignment> {
        let theirs = |it: &&Assignment| {
            let of = &it.offer;
            it.state == State::Withdrawn
                && of.role != Role::Awareness
                && (&of.organization, &of.matter) == (&offer.organization, &offer.matter)
        };
        let last = self.assignments.iter().rev().find(theirs)?;
        last.stopped().map(|_| last)
    }

    /// The ledger of an order that goes on, up to now: while somebody else had it, time was with the other.
    pub(super) fn ledger_until_now(&self, resumes: Option<u16>) -> Vec<Mark> {
        let earlier = resumes.and_then(|it| self.assignment(it));
        let mut ledger = earlier.map(|it| it.ledger.clone()).unwrap_or_default();
        for mark in &mut ledger {
            if mark.kind == IntervalKind::Ended {
                mark.kind = IntervalKind::WithOther;
            }
        }
        ledger
    }
}

impl Assignment {
    /// Its disposal's clock that never reached its end, and when it stopped to run.
    fn stopped(&self) -> Option<(&StageClock, OffsetDateTime)> {
        let clock = self.clock(Stage::Disposal).filter(|it| it.met.is_none())?;
        let mut marks: Vec<&Mark> = self.ledger.iter().collect();
        marks.sort_by_key(|it| it.at); // of equal ones the last counts
        let ran = marks.iter().rposition(|it| it.kind == IntervalKind::Run)?;
        Some((clock, marks.get(ran + 1)?.at))
    }
}

impl WorkTime {
    /// The disposal's clock of an order that was taken back, as it goes on: moved by the time since it stopped. What
    /// was late stays late.
    pub(super) fn resumed_clock(
        &self,
        earlier: &Assignment,
        at: OffsetDateTime,
    ) -> Result<StageClock, Refusal> {
        let (whose, limits) = (&earlier.offer.organization, &earlier.offer.limits);
        let Some((clock, stopped)) = earlier.stopped() else {
            return self.clock(whose, Stage::Disposal, &limits.disposal, at);
        };
        let (deadline, late) = (&clock.deadline, clock.overdue);
        let due = self.resumed(whose, deadline, stopped, at)?;
        let warn = clock.warn;
        let warn = warn.map(|it| self.shifted(whose, deadline, it, stopped, at));
        let mut resumed = clock.clone();
        resumed.original_due.get_or_insert(deadline.due);
        (resumed.deadline.due, resumed.warn) = (due, warn.transpose()?);
        (resumed.overdue, resumed.supervision) = (late.filter(|_| due < at), None);
        Ok(resumed)
    }
}
