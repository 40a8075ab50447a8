//! The platform was away (平台停机): that time is charged to nobody.
//!
//! ```text
//! ledger   RUN ─────────────────────┬─ HOLD ─┬─ RUN ────      what was charged in the outage becomes NOT_DELIVERED,
//! outage             ├─────────────────────────┤             what was not charged anyhow stays as it is: two outages
//! becomes  RUN ──────┤ NOT_DELIVERED├─ HOLD ─┤ ├ RUN ──      that overlap, or one in a pause, are not counted twice
//! ```
//!
//! Clocks of the current round that ran meanwhile run out that much later, and what was found overdue only for the
//! outage is so no longer. Clocks that law sets run on.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;
use uuid::Uuid;

use super::assignment::Assignment;
use super::case::CaseChange;
use super::case::clock::{CaseClock, PromisedReply};
use super::clock::{Deadline, IntervalKind, StageClock, WorkTime};
use super::clock_change::ClockChange;
use super::event::{MovedDue, TaskChange};
use super::ids::OutageId;
use super::task::{self, Task};
use super::whistle::{Call, Whistle, WhistleChange};
use super::{Case, OrganizationId, PersonId, Refusal};

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Since when.
    #[serde(rename = "f", with = "us")]
    pub from: OffsetDateTime,
    /// Until when.
    #[serde(rename = "t", with = "us")]
    pub to: OffsetDateTime,
}

/// A span of time on an assignment's ledger that is charged to nobody after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freed {
    /// When.
    #[serde(rename = "s")]
    pub span: Span,
    /// What time was until then.
    #[serde(rename = "k")]
    pub kind: IntervalKind,
    /// Whether it ends with the outage, and time is again what it was.
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    pub ends: bool,
}

/// An outage as it is put on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// When.
    pub span: Span,
    /// Why.
    pub reason: String,
    /// Whether the service found it by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detected: bool,
    /// Who recorded it.
    pub person: PersonId,
    /// In whose name; none if the service did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationId>,
    /// Tasks of which clocks were moved.
    pub tasks: u32,
    /// Cases of which clocks or replies were moved.
    pub cases: u32,
    /// Whistles of which answers were moved.
    pub whistles: u32,
}

/// The event of an outage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageRecorded {
    /// When it was recorded.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// The outage.
    pub away: Away,
}

/// An outage. Its default is before its only event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// As it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<OutageRecorded>,
}

impl Span {
    /// The outage of a span: the same times are the same outage.
    pub fn id(&self) -> OutageId {
        let micros = |it: OffsetDateTime| it.unix_timestamp_nanos() / 1_000;
        let name = format!("outage:{}:{}", micros(self.from), micros(self.to));
        OutageId(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
    }

    /// What of it lies before an instant; nothing if that is nothing.
    fn before(self, end: Option<OffsetDateTime>) -> Option<Span> {
        let to = end.map_or(self.to, |it| it.min(self.to));
        (self.from < to).then_some(Span { to, ..self })
    }

    /// What of it lies between two instants.
    fn between(self, from: OffsetDateTime, to: Option<OffsetDateTime>) -> Option<Span> {
        let from = from.max(self.from);
        Span { from, ..self }.before(to)
    }

    /// What of it is in none of the others.
    fn without(self, others: &[Span]) -> Vec<Span> {
        let mut left = vec![self];
        for other in others {
            let cut = |it: Span| {
                let before = it.before(Some(other.from));
                [before, it.between(other.to, None)].into_iter().flatten()
            };
            left = left.into_iter().flat_map(cut).collect();
        }
        left
    }
}

impl Outage {
    /// Folds its event.
    pub fn apply(&mut self, event: &OutageRecorded) {
        self.recorded = Some(event.clone());
    }
}

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
        let checks = clock.stage == super::clock::Stage::Check;
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

    /// The same deadline when some time was not charged; none if it ran in none of it.
    fn excused(
        &self,
        whose: &OrganizationId,
        deadline: &Deadline,
        spans: impl Iterator<Item = Span>,
    ) -> Result<Option<Deadline>, Refusal> {
        let mut due = deadline.due;
        for Span { from, to } in spans {
            due = self.shifted(whose, deadline, due, from, to)?;
        }
        Ok((due != deadline.due).then(|| Deadline {
            due,
            ..deadline.clone()
        }))
    }
}

impl Case {
    /// Takes an outage off its clocks and off the replies it owes; what was taken off already is not taken off again.
    pub fn excuse(&self, outage: Span, time: &WorkTime) -> Result<Vec<CaseChange>, Refusal> {
        let whose = &self.report.organization;
        let spans = outage.without(&self.excused);
        let until = |end| spans.iter().filter_map(move |it| it.before(end));
        let (mut clocks, mut replies) = (Vec::new(), Vec::new());
        for it in &self.clocks {
            if let Some(deadline) = time.excused(whose, &it.deadline, until(it.met))? {
                clocks.push(CaseClock {
                    deadline,
                    ..it.clone()
                });
            }
        }
        for it in &self.replies {
            let given = it.given.as_ref().map(|it| it.at);
            if let Some(deadline) = time.excused(whose, &it.deadline, until(given))? {
                replies.push(PromisedReply {
                    deadline,
                    ..it.clone()
                });
            }
        }
        if clocks.is_empty() && replies.is_empty() {
            return Ok(vec![]);
        }
        Ok(vec![CaseChange::OutageExcused {
            span: outage,
            clocks,
            replies,
        }])
    }

    /// Folds it: what is in time now was never late.
    pub(super) fn apply_excuse(
        &mut self,
        span: Span,
        (clocks, replies): (&[CaseClock], &[PromisedReply]),
        at: OffsetDateTime,
    ) {
        self.excused.push(span);
        for it in clocks {
            let same = |own: &&mut CaseClock| {
                (own.stage, own.round, own.deadline.start)
                    == (it.stage, it.round, it.deadline.start)
            };
            if let Some(own) = self.clocks.iter_mut().find(same) {
                own.deadline = it.deadline.clone();
                own.overdue = own
                    .overdue
                    .filter(|_| it.deadline.due < own.met.unwrap_or(at));
            }
        }
        for it in replies {
            let same = |own: &&mut PromisedReply| own.case == it.case;
            if let Some(own) = self.replies.iter_mut().find(same) {
                let given = own.given.as_ref().map_or(at, |it| it.at);
                own.deadline = it.deadline.clone();
                own.overdue = own.overdue.filter(|_| it.deadline.due < given);
            }
        }
    }
}

impl Whistle {
    /// Takes an outage off the time in which the called organizations have to answer.
    pub fn excuse(&self, outage: Span, time: &WorkTime) -> Result<Vec<WhistleChange>, Refusal> {
        let spans = outage.without(&self.excused);
        let mut moved = Vec::new();
        for it in self.calls.iter().filter(|_| self.is_open()) {
            let answered = it.answer.as_ref().map(|it| it.at);
            let spans = spans.iter().filter_map(|span| span.before(answered));
            if let Some(deadline) = time.excused(&it.organization, &it.deadline, spans)? {
                moved.push((it.organization.clone(), deadline));
            }
        }
        if moved.is_empty() {
            return Ok(vec![]);
        }
        let span = outage;
        Ok(vec![WhistleChange::OutageExcused { span, moved }])
    }

    /// Folds it: who is in time now was never silent.
    pub(super) fn apply_excuse(
        &mut self,
        span: Span,
        moved: &[(OrganizationId, Deadline)],
        at: OffsetDateTime,
    ) {
        self.excused.push(span);
        for (organization, deadline) in moved {
            let same = |it: &&mut Call| it.organization == *organization;
            if let Some(call) = self.calls.iter_mut().find(same) {
                let answered = call.answer.as_ref().map_or(at, |it| it.at);
                call.deadline = deadline.clone();
                call.overdue = call.overdue.filter(|_| deadline.due < answered);
            }
        }
    }
}
