//! What an outage means for everything that is owed beside the work on orders: by cases, whistles, disputes and
//! daily logs.

use liandong_calendar::civil;
use time::{Duration, OffsetDateTime, Time};

use super::Span;
use crate::domain::case::CaseChange;
use crate::domain::case::clock::{CaseClock, PromisedReply};
use crate::domain::case::revisit::{self, Revisit};
use crate::domain::clock::{Deadline, WorkTime};
use crate::domain::dispute::{self, DisputeChange};
use crate::domain::patrol::{Change as LogChange, DailyLog, FindingKind, State as LogState};
use crate::domain::whistle::{Call, Whistle, WhistleChange};
use crate::domain::{Case, Dispute, OrganizationId, Refusal};

impl WorkTime {
    /// The same deadline when some time was not charged; none if it ran in none of it.
    pub(in crate::domain) fn excused(
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
    /// Takes an outage off its clocks, and off the replies and revisits it owes; what was taken off already is not
    /// taken off again.
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
        let revisits = self.excused_revisits(outage, time)?;
        if clocks.is_empty() && replies.is_empty() && revisits.is_empty() {
            return Ok(vec![]);
        }
        Ok(vec![CaseChange::OutageExcused {
            span: outage,
            clocks,
            replies,
            revisits,
        }])
    }

    /// The revisits that are to be recorded later. Each knows itself what was taken off it: it may have begun after an
    /// outage that lay in its time.
    fn excused_revisits(&self, outage: Span, time: &WorkTime) -> Result<Vec<Revisit>, Refusal> {
        let mut moved = Vec::new();
        let begun = |it: &&Revisit| it.state != revisit::State::Cancelled;
        for it in self.revisits.iter().filter(begun) {
            let visited = it.visited.as_ref().map(|it| it.at);
            let spans = outage.without(&it.excused);
            let spans = spans.iter().filter_map(|span| span.before(visited));
            let Some(deadline) = &it.deadline else {
                continue;
            };
            if let Some(deadline) = time.excused(&self.report.organization, deadline, spans)? {
                let mut revisit = it.clone();
                revisit.deadline = Some(deadline);
                revisit.excused.push(outage);
                moved.push(revisit);
            }
        }
        Ok(moved)
    }

    /// Folds it: what is in time now was never late.
    pub(in crate::domain) fn apply_excuse(
        &mut self,
        span: Span,
        (clocks, replies, revisits): (&[CaseClock], &[PromisedReply], &[Revisit]),
        at: OffsetDateTime,
    ) {
        self.excused.push(span);
        for it in revisits {
            if let Some(own) = self.revisits.iter_mut().find(|own| own.number == it.number) {
                let visited = it.visited.as_ref().map_or(at, |it| it.at);
                let late = |due: &Deadline| due.due < visited;
                own.overdue = own
                    .overdue
                    .filter(|_| it.deadline.as_ref().is_none_or(late));
                own.deadline.clone_from(&it.deadline);
                own.excused.clone_from(&it.excused);
            }
        }
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
    pub(in crate::domain) fn apply_excuse(
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

impl Dispute {
    /// Takes an outage off the time in which its tier has to end it.
    pub fn excuse(&self, outage: Span, time: &WorkTime) -> Result<Vec<DisputeChange>, Refusal> {
        let Some(tier) = self.tiers.last().filter(|_| self.state.is_open()) else {
            return Ok(vec![]);
        };
        let decides = match self.state {
            dispute::State::District => self.superior.as_ref(),
            _ => None,
        };
        let whose = decides.unwrap_or(&self.opened.organizer);
        let spans = outage.without(&self.excused).into_iter();
        let deadline = time.excused(whose, &tier.deadline, spans)?;
        let span = outage;
        let moved = deadline.map(|deadline| DisputeChange::OutageExcused { span, deadline });
        Ok(moved.into_iter().collect())
    }

    /// Folds it: a tier that is in time now was never late.
    pub(in crate::domain) fn apply_excuse(
        &mut self,
        span: Span,
        deadline: &Deadline,
        at: OffsetDateTime,
    ) {
        self.excused.push(span);
        if let Some(tier) = self.tiers.last_mut() {
            tier.deadline.clone_from(deadline);
            tier.overdue = tier.overdue.filter(|_| deadline.due < at);
        }
    }
}

impl DailyLog {
    /// Takes an outage off the time in which it is to be handed in: from the beginning of its day.
    pub fn excuse_outage(&self, outage: Span) -> Option<LogChange> {
        let (owed, whose) = (self.expected.as_ref()?, self.whose.as_ref()?);
        let begun = civil::instant(whose.day, Time::MIDNIGHT);
        let mut due = owed.due;
        for it in outage.without(&self.excused) {
            let it = it.between(begun, self.submitted_at());
            due += it.map_or(Duration::ZERO, |it| match it.from < due {
                true => it.to - it.from,
                false => Duration::ZERO,
            });
        }
        let moved = due != owed.due && self.state != LogState::Excused;
        moved.then_some(LogChange::OutageExcused { span: outage, due })
    }

    /// Folds it: what is in time now was never missing, and never late.
    pub(in crate::domain) fn apply_excuse(
        &mut self,
        span: Span,
        due: OffsetDateTime,
        at: OffsetDateTime,
    ) {
        self.excused.push(span);
        if let Some(owed) = &mut self.expected {
            owed.due = due;
        }
        let (handed, missed) = (
            self.submitted_at(),
            matches!(self.state, LogState::Missing | LogState::Late),
        );
        if missed && handed.unwrap_or(at) <= due {
            self.state = match handed {
                Some(_) => LogState::Submitted,
                None => LogState::Expected,
            };
            self.findings
                .retain(|it| it.kind != FindingKind::MissingLog);
        }
    }
}
