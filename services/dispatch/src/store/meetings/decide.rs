//! A decision and what it does, in one change: all of it happens, or nothing (M30).

use std::sync::Arc;

use liandong_calendar::Limit;
use liandong_kit::commit::{Command, Work};
use prost::Message;
use time::OffsetDateTime;

use super::{Target, admits, receive};
use crate::domain::assignment::State as AssignmentState;
use crate::domain::case::State as CaseState;
use crate::domain::case::merge::Redirection;
use crate::domain::clock::WorkTime;
use crate::domain::dispute::{Referral, State as DisputeState};
use crate::domain::hand_back::Successor;
use crate::domain::hold::HoldGround;
use crate::domain::meeting::decision::Leave;
use crate::domain::meeting::{self, Decision, MeetingEvent, Subject};
use crate::domain::plan::Standing;
use crate::domain::{
    AssignmentId, Case, CaseId, Dispute, DisputeId, Meeting, OrganizationId, Refusal, Task, TaskId,
};
use crate::store::change::{Refused, expect, record_case, record_task};
use crate::store::disputes::{Decided, decide as end_dispute};
use crate::store::docket::{answered, record};
use crate::store::tiers::record_dispute;
use crate::store::{Error, Store};

/// Something to do, with what the registry says of it.
#[derive(Clone)]
pub(crate) enum Ready {
    /// Issues a task.
    Dispatch(TaskId, Vec<Standing>),
    /// Gives an order to somebody else.
    Redispatch(AssignmentId, Box<Successor>),
    /// Gives an order more time.
    Extend(AssignmentId, Option<Limit>),
    /// Pauses an order.
    Hold(AssignmentId, (Option<HoldGround>, Option<OffsetDateTime>)),
    /// Hands a case to a body outside.
    Transfer(CaseId, (String, String)),
    /// Lays a disputed duty on somebody; with who stands above the organizer.
    Designate(DisputeId, Box<Successor>, Option<OrganizationId>),
}

/// What the effects of a decision are done with.
struct Doing<'a> {
    meeting: &'a Meeting,
    decision: &'a Decision,
    leave: Leave,
    time: &'a WorkTime,
}

impl Store {
    /// Decides an item.
    pub(crate) async fn decide_item<R>(
        &self,
        command: Command,
        (id, etag, by): Target,
        (item, decision, effects): (u16, Decision, Vec<Ready>),
        (time, answer): (Arc<WorkTime>, impl Fn(i64, &Meeting) -> R + Send + 'static),
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let key = id.to_string();
            let before = work.get::<Meeting>(&key)?.cloned().unwrap_or_default();
            let version = work.version::<Meeting>(&key)?;
            let waits = before.may_decide(&by, item, &decision);
            if matches!(waits, Err(meeting::Refused::NotFound)) {
                return Err(Refusal::from(meeting::Refused::NotFound).into());
            }
            if !waits.clone().is_ok_and(|waits| !waits) {
                expect(&etag, version)?;
            }
            if waits.map_err(Refusal::from)? {
                let note = format!("{}（meetings/{id} 议题 {item}）", decision.text);
                let doing = Doing {
                    meeting: &before,
                    decision: &decision,
                    leave: Leave {
                        note: note.chars().take(4000).collect(),
                        person: decision.person.clone(),
                        at,
                    },
                    time: &time,
                };
                let works = doing.everything(work, &effects)?;
                let made = Decision {
                    works,
                    ..decision.clone()
                };
                record::<Meeting>(work, &key, &None, |it| {
                    Ok(MeetingEvent::of(it, at, it.decided(item, made)))
                })?;
                let after = work.get::<Meeting>(&key)?.cloned().unwrap_or_default();
                for (series, referral) in after.answers(id, item) {
                    receive(work, series, referral, at)?;
                }
            }
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }
}

impl Doing<'_> {
    /// Does everything, and says by which work it is seen how far it is.
    fn everything(&self, work: &mut Work<'_>, effects: &[Ready]) -> Result<Vec<Subject>, Refused> {
        let mut works = Vec::new();
        for subject in &self.decision.works {
            let there = admits(work, self.meeting, *subject)?;
            there
                .then_some(())
                .ok_or(Refusal::from(meeting::Refused::SubjectNotFound {
                    subject: *subject,
                }))?;
            works.push(*subject);
        }
        for it in effects {
            works.push(self.one(work, it)?);
        }
        Ok(works)
    }

    fn one(&self, work: &mut Work<'_>, it: &Ready) -> Result<Subject, Refused> {
        let at = self.leave.at;
        match it {
            Ready::Dispatch(id, standings) => {
                let task = self.task(work, *id, Refusal::TaskNotFound)?;
                let changes = task.issue(standings, self.time, at)?;
                record_task(work, *id, at, changes)?;
                Ok(Subject::Task(*id))
            }
            Ready::Redispatch(id, next) => {
                let task = self.task(work, id.task, Refusal::AssignmentNotFound)?;
                let note = &self.leave.note;
                let changes = task.withdraw(id.number, note, Some(next), self.time, at)?;
                record_task(work, id.task, at, changes)?;
                let after = self.task(work, id.task, Refusal::AssignmentNotFound)?;
                let to = &next.new.organization;
                let theirs = |it: &&crate::domain::Assignment| {
                    it.offer.organization == *to && it.state != AssignmentState::Withdrawn
                };
                let next = after.assignments.iter().rev().find(theirs);
                let number = next.map_or(id.number, crate::domain::Assignment::number);
                Ok(Subject::Assignment(AssignmentId { number, ..*id }))
            }
            Ready::Extend(id, limit) => {
                let task = self.task(work, id.task, Refusal::AssignmentNotFound)?;
                let changes = self.leave.extend(&task, (id.number, *limit), self.time)?;
                record_task(work, id.task, at, changes)?;
                Ok(Subject::Assignment(*id))
            }
            Ready::Hold(id, said) => {
                let task = self.task(work, id.task, Refusal::AssignmentNotFound)?;
                let changes = self.leave.hold(&task, id.number, *said)?;
                record_task(work, id.task, at, changes)?;
                Ok(Subject::Assignment(*id))
            }
            Ready::Transfer(id, to) => self.transfer(work, *id, to),
            Ready::Designate(id, holder, superior) => {
                self.designate(work, *id, holder, superior.as_ref())
            }
        }
    }

    /// A task the meeting may change.
    fn task(&self, work: &Work<'_>, id: TaskId, missing: Refusal) -> Result<Task, Refused> {
        let task = work.get::<Task>(&id.to_string())?;
        let all = self.meeting.participants();
        let seen = task
            .filter(|it| self.meeting.reaches(&it.area) && all.iter().any(|who| it.concerns(who)));
        let task = seen.ok_or(missing)?.clone();
        self.meeting
            .may_direct(&task.organizer, &task.area, self.decision)
            .map_err(Refusal::from)?;
        Ok(task)
    }

    fn transfer(
        &self,
        work: &mut Work<'_>,
        id: CaseId,
        (body, document_number): &(String, String),
    ) -> Result<Subject, Refused> {
        let missing = || Refusal::CaseNotFound { case: Some(id) };
        let case = work.get::<Case>(&id.to_string())?.ok_or_else(missing)?;
        let holder = &case.report.organization;
        let seen =
            self.meeting.reaches(&case.report.area) && self.meeting.participants().contains(holder);
        if !seen {
            return Err(missing().into());
        }
        self.meeting
            .may_direct(holder, &case.report.area, self.decision)
            .map_err(Refusal::from)?;
        let to = Redirection {
            from: CaseState::default(),
            body: body.clone(),
            reason: self.leave.note.clone(),
            document_number: document_number.clone(),
            person: self.leave.person.clone(),
            at: self.leave.at,
            receipt: None,
        };
        record_case(work, id, self.leave.at, |it| it.redirect(to))?;
        Ok(Subject::Case(id))
    }

    /// Takes the dispute to the tier that may designate, and designates there.
    fn designate(
        &self,
        work: &mut Work<'_>,
        id: DisputeId,
        holder: &Successor,
        superior: Option<&OrganizationId>,
    ) -> Result<Subject, Refused> {
        let at = self.leave.at;
        let all = self.meeting.participants();
        let load = |work: &Work<'_>| -> Result<Dispute, Refused> {
            let dispute = work.get::<Dispute>(&id.to_string())?;
            let seen = dispute.filter(|it| {
                self.meeting.reaches(&it.opened.area) && all.iter().any(|who| it.concerns(who))
            });
            Ok(seen.ok_or(Refusal::DisputeNotFound)?.clone())
        };
        let mut dispute = load(work)?;
        let organizer = dispute.opened.organizer.clone();
        let directs = |who: &OrganizationId| {
            let area = &dispute.opened.area;
            self.meeting.may_direct(who, area, self.decision)
        };
        // The chair itself decides if it stands above the organizer; else whoever organizes the task, if it agrees.
        let chair = &self.meeting.convened.organization;
        let above = dispute.superior.as_ref().or(superior);
        let decider = if dispute.state == DisputeState::District || above == Some(chair) {
            above.ok_or(Refusal::NoSuperior)?.clone()
        } else {
            organizer.clone()
        };
        directs(&decider).map_err(Refusal::from)?;
        while dispute.state.is_open() && dispute.may_designate(&decider).is_err() {
            let referral = Referral {
                by: Some(&organizer),
                note: &self.leave.note,
                superior: above_of(&dispute, superior),
            };
            record_dispute(work, id, at, |it| it.refer(referral, self.time, at))?;
            dispute = load(work)?;
        }
        dispute.may_designate(&decider)?;
        let decided = Decided {
            holder: holder.clone(),
            decider: Some(decider),
            note: self.leave.note.clone(),
            person: self.leave.person.clone(),
        };
        end_dispute(work, id, &decided, (self.time, at))?;
        Ok(Subject::Task(dispute.opened.task))
    }
}

fn above_of<'a>(
    dispute: &'a Dispute,
    superior: Option<&'a OrganizationId>,
) -> Option<&'a OrganizationId> {
    dispute.superior.as_ref().or(superior)
}
