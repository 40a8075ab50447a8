//! What an outage means for the clocks of orders.

use super::{Freed, Span};
use crate::domain::assignment::Assignment;
use crate::domain::clock::{IntervalKind, Stage, StageClock, WorkTime};
use crate::domain::clock_change::ClockChange;
use crate::domain::event::{MovedDue, TaskChange};
use crate::domain::task::{self, Task};
use crate::domain::{OrganizationId, Refusal};

impl Task {
    /// Takes an outage off the clocks of its assignments; what was taken off already is not taken off again.
    pub fn excuse(&self, outage: Span, time: &WorkTime) -> Result<Vec<TaskChange>, Refusal> {
        let mut changes = Vec::new();
        let issued = self.state == task::State::Issued;
        for it in self.assignments.iter().filter(|_| issued) {
            let freed = it.charged_in(outage);
            if !it.state.is_open() || freed.is_empty() {
                continue;
            }
            let clocks = it.latest_clocks();
            let moved = clocks.map(|clock| time.moved_by(it.holder_of(clock.stage), clock, &freed));
            let moved: Vec<Option<MovedDue>> = moved.collect::<Result<_, _>>()?;
            let what = ClockChange::Excused {
                span: outage,
                freed,
                moved: moved.into_iter().flatten().collect(),
            };
            changes.push(what.of(it.number()));
        }
        Ok(changes)
    }
}

impl Assignment {
    /// What of a span is charged to somebody: the holder, or the checker. Cut at the ledger's marks.
    fn charged_in(&self, outage: Span) -> Vec<Freed> {
        let mut marks: Vec<_> = self.ledger.iter().collect();
        marks.sort_by_key(|it| it.at); // of equal ones the last counts
        let ends = marks.iter().skip(1).map(|it| Some(it.at)).chain([None]);
        let charged = |kind| matches!(kind, IntervalKind::Run | IntervalKind::WithOther);
        let spans = marks
            .iter()
            .zip(ends)
            .filter(|(mark, _)| charged(mark.kind));
        let freed = spans.filter_map(|(mark, end)| {
            let span = outage.between(mark.at, end)?;
            Some(Freed {
                span,
                kind: mark.kind,
                ends: end != Some(span.to),
            })
        });
        freed.collect()
    }

    /// The clocks of the current round, of a stage that was begun anew only the latest.
    fn latest_clocks(&self) -> impl Iterator<Item = &StageClock> {
        let clocks = self.round().map(|it| it.clocks.as_slice());
        let all = clocks.unwrap_or_default().iter();
        all.filter(move |it| self.clock(it.stage) == Some(*it))
    }
}

impl WorkTime {
    /// Where a clock runs out when some time was not charged; none if it ran in none of it.
    fn moved_by(
        &self,
        whose: &OrganizationId,
        clock: &StageClock,
        freed: &[Freed],
    ) -> Result<Option<MovedDue>, Refusal> {
        let (deadline, ended) = (&clock.deadline, clock.met.or(clock.replaced));
        let checks = clock.stage == Stage::Check;
        let (mut due, mut warn) = (deadline.due, clock.warn);
        for it in freed {
            let theirs = checks == (it.kind == IntervalKind::WithOther);
            let Some(Span { from, to }) = it.span.before(ended).filter(|_| theirs) else {
                continue;
            };
            due = self.shifted(whose, deadline, due, from, to)?;
            if let Some(it) = warn.as_mut() {
                *it = self.shifted(whose, deadline, *it, from, to)?;
            }
        }
        let stage = clock.stage;
        Ok((due != deadline.due).then_some(MovedDue { stage, due, warn }))
    }
}
