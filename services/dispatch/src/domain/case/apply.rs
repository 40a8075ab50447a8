//! Folding changes into a case. The only place that changes one; total, so history always replays.

use time::OffsetDateTime;

use super::clock::PromisedReply;
use super::revisit::{self, FormerRound};
use super::{Case, CaseChange, Reported, State};
use crate::domain::CaseId;

impl Case {
    /// Folds one change.
    pub fn apply(&mut self, change: &CaseChange, at: OffsetDateTime) {
        match change {
            CaseChange::Reported(report) => self.begin(report),
            CaseChange::Verified(found) => {
                self.state = State::Verified;
                self.verification = Some(found.clone());
                self.clocks.extend(found.clock.clone());
            }
            CaseChange::Filed(filing) => {
                self.state = State::Filed;
                self.filing = Some((**filing).clone());
                self.clocks.extend(filing.clock.clone());
            }
            CaseChange::Rejected(rejection) => {
                self.state = State::Rejected;
                self.rejection = Some(rejection.clone());
            }
            CaseChange::Triaged(triage) => self.triage = Some((**triage).clone()),
            CaseChange::DisposedOnSite { triage, revisits } => {
                self.triage = Some((**triage).clone());
                self.close(revisits, at);
            }
            CaseChange::Consulted(it) => self.consultations.push((**it).clone()),
            CaseChange::Planned { task } => self.task = Some(*task),
            CaseChange::Dispatched { task } => {
                self.state = State::Dispatched;
                self.task = Some(*task);
            }
            CaseChange::Closed { revisits, .. } => self.close(revisits, at),
            CaseChange::Returned { clock, .. } => {
                self.state = State::Filed;
                self.task = None;
                // Under a plan that was never issued its clock ran on: giving the plan up buys no time.
                let runs = |new: &super::CaseClock| {
                    let mut own = self.clocks.iter();
                    own.any(|it| it.runs() && it.stage == new.stage)
                };
                let new = clock.clone().filter(|new| !runs(new));
                self.clocks.extend(new);
            }
            CaseChange::Merged { into, .. } => {
                self.state = State::Merged;
                self.merged_into = Some(*into);
                self.merged_at = Some(at);
                self.replies.clear();
                self.people.clear();
            }
            CaseChange::Absorbed(it) => {
                self.merged.push(it.case);
                self.replies.extend(it.replies.iter().cloned());
                self.people.extend(it.people.iter().cloned());
                self.hasten(&it.clocks);
            }
            CaseChange::Redirected(it) => {
                self.state = State::Redirected;
                self.redirection = Some(it.clone());
            }
            CaseChange::Receipted { receipt, clock } => {
                if let Some(it) = &mut self.redirection {
                    it.receipt = Some(receipt.clone());
                    if !receipt.accepted {
                        self.state = it.from;
                    }
                }
                self.clocks.extend(clock.clone());
            }
            CaseChange::Overdue { clock } => {
                let stage = |it: &&mut super::CaseClock| it.stage == clock.stage;
                if let Some(it) = self.clocks.iter_mut().rev().find(stage) {
                    it.overdue = Some(at);
                }
            }
            CaseChange::Replied(reply) => self.reply(reply),
            CaseChange::ReplyOverdue(reply) => self.reply(&PromisedReply {
                overdue: Some(at),
                ..reply.clone()
            }),
            CaseChange::RevisitDue(it) | CaseChange::Revisited { revisit: it, .. } => {
                self.in_revisit(it.number, |own| own.clone_from(it));
            }
            CaseChange::RevisitOverdue(it) => {
                self.in_revisit(it.number, |own| own.overdue = Some(at));
            }
            CaseChange::Reopened(it) => self.reopen(&it.former, it.clock.as_ref()),
            CaseChange::RelapseFound { earlier, .. } => self.relapse_of = Some(*earlier),
            CaseChange::Relapsed { by, .. } => self.relapses.push(*by),
            CaseChange::RootCauseNoted(it) => self.root_causes.push(it.clone()),
            CaseChange::PersonRecorded(it) => self.people.push(it.clone()),
            CaseChange::PeopleRead { .. } => {}
            CaseChange::PeopleErased { people, .. } => {
                let erased = self.people.iter_mut().filter(|it| people.contains(&it.id));
                erased.for_each(|it| it.erased_at = Some(at));
            }
            CaseChange::OffencesLookedUp(it) => self.look_ups.push(it.clone()),
            CaseChange::OutageExcused {
                span,
                clocks,
                replies,
                revisits,
            } => self.apply_excuse(*span, (clocks, replies, revisits), at),
        }
        self.stop_clocks(at);
    }

    fn begin(&mut self, report: &Reported) {
        self.report = report.clone();
        self.clocks.extend(self.report.clock.take());
        let promise = self.report.promise.take();
        self.replies.extend(promise.map(|deadline| PromisedReply {
            case: None,
            source: self.report.source,
            external_reference: self.report.external_reference.clone(),
            deadline,
            given: None,
            overdue: None,
        }));
    }

    fn close(&mut self, revisits: &[revisit::Revisit], at: OffsetDateTime) {
        self.state = State::Closed;
        self.closed_at = Some(at);
        self.revisits.extend(revisits.iter().cloned());
    }

    fn reopen(&mut self, former: &FormerRound, clock: Option<&super::CaseClock>) {
        self.state = State::Filed;
        self.closed_at = None;
        self.task = None;
        self.triage = None;
        self.rounds.push(former.clone());
        self.clocks.extend(clock.cloned());
        let open = self.revisits.iter_mut().filter(|it| it.state.is_open());
        open.for_each(|it| it.state = revisit::State::Cancelled);
    }

    fn in_revisit(&mut self, number: u16, change: impl FnOnce(&mut revisit::Revisit)) {
        let index = usize::from(number).checked_sub(1);
        if let Some(it) = index.and_then(|it| self.revisits.get_mut(it)) {
            change(it);
        }
    }

    fn reply(&mut self, reply: &PromisedReply) {
        let same = |it: &&mut PromisedReply| it.case == reply.case;
        if let Some(it) = self.replies.iter_mut().find(same) {
            *it = reply.clone();
        }
    }
}

/// The case a promise was made for, when it is told of beside the case that owes it now.
pub(super) fn promised_in(reply: &PromisedReply, owner: CaseId) -> CaseId {
    reply.case.unwrap_or(owner)
}
