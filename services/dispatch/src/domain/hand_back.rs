//! An order goes to somebody else: handed back by agreement (退回), taken back by the organizer, or laid on somebody by
//! the decision of a dispute, which binds (M20).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::assignment::{Assignment, Offer, Ruled, Ruling, State};
use super::clock::{Stage, WorkTime};
use super::event::TaskChange;
use super::extension::{Answer, same_answer};
use super::ids::DisputeId;
use super::objection::NewHolder;
use super::plan::Standing;
use super::refusal::Missing;
use super::resource::HandOver;
use super::task::{self, Task};
use super::{OrganizationId, PersonId, Refusal, Role};

/// A request to hand an order back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandBack {
    /// Why.
    pub note: String,
    /// Who should have it instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<OrganizationId>,
    /// Who asked.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// The answer; none while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// Somebody new, with what the registry says of them.
#[derive(Clone, Debug)]
pub struct Successor {
    /// Who, and as what.
    pub new: NewHolder,
    /// Whether it may (R1).
    pub standing: Standing,
}

/// How a dispute about a task was decided.
#[derive(Clone, Debug)]
pub struct Designation {
    /// Which dispute.
    pub dispute: DisputeId,
    /// The disputed assignments; none if the task was not issued.
    pub assignments: Vec<u16>,
    /// Who has the duty.
    pub holder: Successor,
    /// On what grounds.
    pub note: String,
    /// Who decided.
    pub person: PersonId,
}

impl HandBack {
    /// Whether it was granted.
    pub fn is_granted(&self) -> bool {
        self.answer.as_ref().is_some_and(|it| it.granted)
    }
}

impl Task {
    /// Asks to hand an order back. The duty stands until it is granted.
    pub fn ask_hand_back(&self, number: u16, asked: HandBack) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.may_go(number)?;
        match it.hand_backs.last() {
            Some(last) if last.answer.is_none() => {
                let same = (&last.person, &last.note) == (&asked.person, &asked.note);
                return if same {
                    Ok(vec![])
                } else {
                    Err(Refusal::HandBackPending)
                };
            }
            _ => {}
        }
        match it.state {
            State::Offered => return Err(Refusal::NotSigned { state: it.state }),
            State::OnHold => return Err(it.on_hold()),
            _ => {}
        }
        if let Some(dispute) = it.designation {
            return Err(Refusal::DesignationBinds { dispute });
        }
        Ok(vec![TaskChange::HandBackAsked {
            number,
            asked: Box::new(asked),
        }])
    }

    /// Answers what was asked; granted, the order goes to somebody else.
    pub fn answer_hand_back(
        &self,
        number: u16,
        answer: Answer,
        successor: Option<&Successor>,
        time: &WorkTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.assignment(number).ok_or(Refusal::AssignmentNotFound)?;
        let asked = it.hand_backs.last().ok_or(Refusal::NoHandBackAsked)?;
        if let Some(given) = &asked.answer {
            return if same_answer(given, &answer) {
                Ok(vec![])
            } else {
                Err(Refusal::NoHandBackAsked)
            };
        }
        let at = answer.at;
        let mut changes = vec![TaskChange::HandBackAnswered {
            number,
            answer,
            new_organization: successor.map(|it| it.new.organization.clone()),
        }];
        match successor {
            Some(next) => {
                let it = self.may_go(number)?;
                changes.push(self.offered(self.succeeded(it, next)?, time, at)?);
            }
            None => {
                self.open(number)?;
            }
        }
        Ok(changes)
    }

    /// Takes an order back; with somebody new it goes on.
    pub fn withdraw(
        &self,
        number: u16,
        reason: &str,
        successor: Option<&Successor>,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let again = self.assignment(number);
        if again.is_some_and(|it| it.state == State::Withdrawn && it.withdraw_reason == reason) {
            return Ok(vec![]);
        }
        let it = self.may_go(number)?;
        if it.offer.role == Role::Lead && successor.is_none() {
            return Err(Refusal::LeadNeeded);
        }
        let mut changes = vec![TaskChange::Withdrawn {
            number,
            reason: reason.to_owned(),
            new_organization: successor.map(|it| it.new.organization.clone()),
        }];
        match successor {
            Some(next) => changes.push(self.offered(self.succeeded(it, next)?, time, at)?),
            None => changes.extend(self.completed_by(number)),
        }
        Ok(changes)
    }

    /// Lays a disputed duty on somebody, for good: their own objection falls, those of others stand, and who was
    /// not part of it is sent an order.
    pub fn designate(
        &self,
        it: &Designation,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let holder = &it.holder.new.organization;
        it.holder.standing.may_hold()?;
        let disputed = || {
            let parts = it.assignments.iter().filter_map(|it| self.assignment(*it));
            parts.filter(|it| it.state == State::Objected)
        };
        if self.state == task::State::Planned {
            return Ok(vec![self.designated(it, None, Role::Support)]);
        }
        let Some(first) = disputed().next() else {
            return Err(Refusal::TaskEnded { state: self.state });
        };
        let role = disputed().map(|it| it.offer.role).min().unwrap_or_default();
        let mut changes = Vec::new();
        for part in disputed() {
            let theirs = part.offer.organization == *holder;
            changes.push(self.ruled(part, !theirs, it, time, at)?);
            if theirs {
                changes.push(self.designated(it, Some(part.number()), role));
            }
        }
        if disputed().all(|it| it.offer.organization != *holder) {
            let offer = self.succeeded(first, &it.holder)?;
            let number = offer.number;
            changes.push(self.offered(offer, time, at)?);
            changes.push(self.designated(it, Some(number), role));
        }
        Ok(changes)
    }

    /// As what somebody would be designated, and with what record of handing over.
    pub fn designated_as(
        &self,
        disputed: &[u16],
        holder: &OrganizationId,
    ) -> (Role, Option<HandOver>) {
        let parts = || disputed.iter().filter_map(|it| self.assignment(*it));
        let role = parts().map(|it| it.offer.role).min();
        let own = parts().find(|it| it.offer.organization == *holder);
        let hand_over = own.and_then(|it| it.offer.hand_over.clone());
        (role.unwrap_or(Role::Support), hand_over)
    }

    fn ruled(
        &self,
        part: &Assignment,
        upheld: bool,
        it: &Designation,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<TaskChange, Refusal> {
        let from = part.objections.last().map_or(at, |it| it.at);
        let stages = [Stage::Commit, Stage::Disposal];
        let (ruling, moved) = if upheld {
            (Ruling::Upheld, vec![])
        } else {
            (Ruling::Rejected, time.moved(part, &stages, from, at)?)
        };
        Ok(TaskChange::Ruled {
            number: part.number(),
            ruled: Ruled {
                ruling,
                note: it.note.clone(),
                person: it.person.clone(),
                at,
            },
            new_organization: upheld.then(|| it.holder.new.organization.clone()),
            moved,
        })
    }

    fn designated(&self, it: &Designation, number: Option<u16>, role: Role) -> TaskChange {
        TaskChange::Designated {
            number,
            dispute: it.dispute,
            organization: it.holder.new.organization.clone(),
            matter: it.holder.standing.matter.clone(),
            act: it.holder.standing.act,
            role,
        }
    }

    /// What is sent to whom takes an order over: its power is asked again (R1), and it does not check itself (R10).
    pub(super) fn succeeded(&self, it: &Assignment, next: &Successor) -> Result<Offer, Refusal> {
        let (new, standing) = (&next.new, &next.standing);
        self.may_take_over(&new.organization)?;
        let act = new.act.unwrap_or(it.offer.act);
        let asked = (&standing.organization, &standing.matter, standing.act);
        if asked != (&new.organization, &it.offer.matter, act) {
            return Err(Refusal::PlanChanged);
        }
        standing.may_hold()?;
        let checker = if it.offer.checker == new.organization {
            &self.organizer
        } else {
            &it.offer.checker
        };
        if *checker == new.organization {
            let missing = vec![Missing::Checker {
                organization: new.organization.clone(),
            }];
            return Err(Refusal::PlanIncomplete { missing });
        }
        let mut limits = standing.limits.clone();
        let disposal = new.disposal.as_ref().unwrap_or(&it.offer.limits.disposal);
        limits.disposal.clone_from(disposal);
        Ok(Offer {
            number: u16::try_from(self.assignments.len() + 1).unwrap_or(u16::MAX),
            organization: new.organization.clone(),
            act,
            duty: new.duty.clone().unwrap_or_else(|| it.offer.duty.clone()),
            checker: checker.clone(),
            power: standing.power.clone(),
            limits,
            evidence: standing.evidence.clone(),
            catalogue_copy: standing.copy,
            replaces: Some(it.number()),
            hand_over: None,
            ..it.offer.clone()
        })
    }

    /// An order that may leave its holder: neither reported, nor disputed, nor on a scene that is not finished.
    fn may_go(&self, number: u16) -> Result<&Assignment, Refusal> {
        let it = self.open(number)?;
        match it.state {
            State::Reported => return Err(Refusal::AlreadyReported),
            State::Objected => {
                return Err(it.dispute.map_or(Refusal::ObjectionPending, |dispute| {
                    Refusal::Disputed { dispute }
                }));
            }
            _ => {}
        }
        self.may_leave(it)?;
        Ok(it)
    }

    /// Old holders who were told that their order was taken back or cancelled, and have not said that they know.
    pub fn unacknowledged(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments
            .iter()
            .filter(|it| self.must_acknowledge(it))
    }

    /// Whether a former holder has still to acknowledge.
    pub fn must_acknowledge(&self, it: &Assignment) -> bool {
        let gone = match it.state {
            State::Withdrawn => true,
            State::Released => self.state == task::State::Cancelled,
            _ => false,
        };
        gone && it.acknowledged_at.is_none()
    }
}
