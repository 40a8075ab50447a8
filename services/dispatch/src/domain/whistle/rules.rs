//! Blowing, answering, going up, ending.

use time::OffsetDateTime;

use super::{Answer, Blown, Call, Kind, Outcome, Rung, State, Whistle, WhistleChange};
use crate::domain::clock::{Deadline, RuledLimit, WorkTime};
use crate::domain::{OrganizationId, Refusal, TaskId};

impl Kind {
    /// How long a call has to be answered, in the written form of limits.
    pub fn answer_time(self) -> &'static str {
        match self {
            Kind::PublicConcern => "1 WORK_DAYS",
            Kind::JointEnforcement => "4 WORK_HOURS",
            Kind::Emergency => "30 URGENT_MINUTES",
        }
    }

    /// The rule that says so (R9).
    pub fn rule(self) -> &'static str {
        match self {
            Kind::PublicConcern => "whistle#public-concern",
            Kind::JointEnforcement => "whistle#joint-enforcement",
            Kind::Emergency => "whistle#emergency",
        }
    }
}

impl Blown {
    /// Calls these organizations, all until the same deadline of their own calendars.
    pub fn call(
        &mut self,
        organizations: &[OrganizationId],
        limit: &RuledLimit,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<(), Refusal> {
        let tier = self.tier;
        for organization in organizations {
            let rung = Rung {
                tier,
                organization: organization.clone(),
            };
            self.calls.push(Call::of(rung, limit, time, at)?);
        }
        Ok(())
    }
}

impl Call {
    fn of(
        rung: Rung,
        limit: &RuledLimit,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Call, Refusal> {
        let deadline = Deadline {
            limit: limit.limit,
            start: at,
            due: time.due(&rung.organization, limit.limit, at)?,
            rule: limit.rule.clone(),
            calendar: time.version.clone(),
        };
        Ok(Call {
            organization: rung.organization,
            tier: rung.tier,
            at,
            deadline,
            answer: None,
            overdue: None,
        })
    }

    fn is_newly_silent(&self, now: OffsetDateTime) -> bool {
        self.answer.is_none() && self.overdue.is_none() && now > self.deadline.due
    }
}

impl Whistle {
    /// Whether an organization blew it or was called.
    pub fn concerns(&self, organization: &OrganizationId) -> bool {
        self.blown.organization == *organization || self.called(organization).is_some()
    }

    /// Whether somebody was silent.
    pub fn was_silent(&self) -> bool {
        self.calls.iter().any(|it| it.overdue.is_some())
    }

    fn called(&self, organization: &OrganizationId) -> Option<&Call> {
        self.calls
            .iter()
            .find(|it| it.organization == *organization)
    }

    pub(in crate::domain) fn is_open(&self) -> bool {
        matches!(self.state, State::Blown | State::Answered)
    }

    fn open(&self) -> Result<(), Refusal> {
        if self.is_open() {
            Ok(())
        } else {
            Err(Refusal::WhistleEnded { state: self.state })
        }
    }

    /// 应哨: once for each who was called. Too late is on record first, whether or not a timer was quicker.
    pub fn answer(
        &self,
        organization: &OrganizationId,
        answer: Answer,
    ) -> Result<Vec<WhistleChange>, Refusal> {
        let call = self.called(organization).ok_or(Refusal::WhistleNotFound)?;
        if let Some(given) = &call.answer {
            let at = given.at;
            let same = *given == Answer { at, ..answer };
            return if same {
                Ok(vec![])
            } else {
                Err(Refusal::WhistleAnswered {
                    by: given.person.clone(),
                })
            };
        }
        self.open()?;
        let late = call
            .is_newly_silent(answer.at)
            .then(|| self.unanswered(call));
        let answered = WhistleChange::Answered {
            organization: organization.clone(),
            answer,
        };
        Ok(late.into_iter().chain([answered]).collect())
    }

    fn unanswered(&self, call: &Call) -> WhistleChange {
        WhistleChange::Unanswered {
            organization: call.organization.clone(),
            last_tier: self.next_rung().is_none(),
        }
    }

    /// The tier above that has not been called yet.
    fn next_rung(&self) -> Option<&Rung> {
        let above = |it: &&Rung| it.tier > self.tier && self.called(&it.organization).is_none();
        self.blown.ladder.iter().find(above)
    }

    /// When a timer must look at it.
    pub fn wake_at(&self) -> Option<OffsetDateTime> {
        if !self.is_open() {
            return None;
        }
        if self.silent().next().is_some() && self.next_rung().is_some() {
            return self.silent().filter_map(|it| it.overdue).min();
        }
        let waiting = self
            .calls
            .iter()
            .filter(|it| it.answer.is_none() && it.overdue.is_none());
        waiting
            .map(|it| it.deadline.due + time::Duration::MICROSECOND)
            .min()
    }

    /// Who was called at this tier, or below it, and is silent: what takes it to the next one.
    fn silent(&self) -> impl Iterator<Item = &Call> {
        self.calls
            .iter()
            .filter(|it| it.tier == self.tier && it.overdue.is_some() && it.answer.is_none())
    }

    /// Puts on record who is silent (R19).
    pub fn tick(&self, now: OffsetDateTime) -> Vec<WhistleChange> {
        if !self.is_open() {
            return vec![];
        }
        let late = self.calls.iter().filter(|it| it.is_newly_silent(now));
        late.map(|it| self.unanswered(it)).collect()
    }

    /// Whether it has to go up.
    pub fn goes_up(&self) -> bool {
        self.is_open() && self.silent().next().is_some() && self.next_rung().is_some()
    }

    /// Calls the tier above, because those below are silent (R19).
    pub fn escalate(
        &self,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<WhistleChange>, Refusal> {
        let Some(rung) = self.next_rung().filter(|_| self.goes_up()) else {
            return Ok(vec![]);
        };
        let Some(silent) = self.silent().next() else {
            return Ok(vec![]);
        };
        let limit = RuledLimit {
            limit: silent.deadline.limit,
            rule: silent.deadline.rule.clone(),
        };
        Ok(vec![WhistleChange::Escalated {
            call: Call::of(rung.clone(), &limit, time, at)?,
            silent: self.silent().map(|it| it.organization.clone()).collect(),
        }])
    }

    /// A task is planned for it, by who blew it or was called.
    pub fn plan(
        &self,
        task: TaskId,
        organizer: &OrganizationId,
        exercise: bool,
    ) -> Result<Vec<WhistleChange>, Refusal> {
        if !self.concerns(organizer) {
            return Err(Refusal::WhistleNotFound);
        }
        self.open()?;
        match self.task {
            Some(it) if it == task => return Ok(vec![]),
            Some(task) => return Err(Refusal::WhistleTasked { task }),
            None => {}
        }
        if self.blown.exercise != exercise {
            return Err(Refusal::ExerciseMismatch);
        }
        Ok(vec![WhistleChange::Tasked { task: Some(task) }])
    }

    /// What follows when its task ends.
    pub fn task_ended(&self, task: TaskId, finished: bool) -> Vec<WhistleChange> {
        if self.task != Some(task) || !self.is_open() {
            return vec![];
        }
        if finished {
            vec![WhistleChange::Closed {
                outcome: Outcome::Solved,
                note: String::new(),
            }]
        } else {
            vec![WhistleChange::Tasked { task: None }]
        }
    }

    /// Ends it with its outcome.
    pub fn close(
        &self,
        by: &OrganizationId,
        outcome: Outcome,
        note: &str,
    ) -> Result<Vec<WhistleChange>, Refusal> {
        self.blown_by(by)?;
        if self.state == State::Closed && self.outcome == Some(outcome) && self.end_note == note {
            return Ok(vec![]);
        }
        self.open()?;
        self.without_task()?;
        Ok(vec![WhistleChange::Closed {
            outcome,
            note: note.to_owned(),
        }])
    }

    /// Takes it back.
    pub fn withdraw(
        &self,
        by: &OrganizationId,
        reason: &str,
    ) -> Result<Vec<WhistleChange>, Refusal> {
        self.blown_by(by)?;
        if self.state == State::Withdrawn && self.end_note == reason {
            return Ok(vec![]);
        }
        self.open()?;
        self.without_task()?;
        Ok(vec![WhistleChange::Withdrawn {
            reason: reason.to_owned(),
        }])
    }

    fn blown_by(&self, organization: &OrganizationId) -> Result<(), Refusal> {
        if self.blown.organization == *organization {
            Ok(())
        } else {
            Err(Refusal::WhistleNotFound)
        }
    }

    fn without_task(&self) -> Result<(), Refusal> {
        match self.task {
            Some(task) => Err(Refusal::WhistleTasked { task }),
            None => Ok(()),
        }
    }
}
