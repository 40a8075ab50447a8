//! Pauses (挂账): asked for by the holder with a coded ground, granted by the organizer, once in an assignment's life
//! and for a year at most.
//!
//! ```text
//! Signed, Committed, OnSite ─granted─▶ OnHold ─resumed, or the time is over─▶ Signed: officers are committed anew
//! ```
//!
//! What is paused charges nobody and keeps no officer. When it goes on, the clocks that were running are moved by
//! the time that was not charged; a commitment or arrival of before counts no more, and its stage gets a new clock.

use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Date, OffsetDateTime};

use super::assignment::{Assignment, State};
use super::clock::{Stage, StageClock, WorkTime};
use super::event::{MovedDue, TaskChange};
use super::extension::{Answer, same_answer};
use super::task::Task;
use super::{PersonId, Refusal};

/// Coded grounds for a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HoldGround {
    /// 列入工程计划.
    PlannedWorks,
    /// 天气、季节原因.
    Weather,
    /// 涉诉、复议.
    Litigation,
    /// 经费未落实.
    Funds,
    /// 待第三方配合.
    ThirdParty,
    /// 需专项审批.
    Approval,
}

/// A pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The coded ground.
    pub ground: HoldGround,
    /// In words.
    pub note: String,
    /// Until when at most.
    #[serde(with = "us")]
    pub until: OffsetDateTime,
    /// Who asked.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// The answer; none while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// When the work went on.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub resumed_at: Option<OffsetDateTime>,
}

impl Task {
    /// Asks for a pause.
    pub fn ask_hold(&self, number: u16, mut hold: Hold) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.in_work(number)?;
        self.may_leave(it)?;
        match it.holds.last().map(|last| (last, &last.answer)) {
            Some((last, None)) if (last.ground, last.until) == (hold.ground, hold.until) => {
                return Ok(vec![]);
            }
            Some((_, None)) => return Err(Refusal::HoldPending),
            _ if it.holds.iter().any(Hold::is_granted) => return Err(Refusal::SecondHold),
            _ => {}
        }
        hold.may_begin(hold.at)?;
        (hold.answer, hold.resumed_at) = (None, None);
        Ok(vec![TaskChange::HoldAsked {
            number,
            hold: Box::new(hold),
        }])
    }

    /// Answers what was asked.
    pub fn answer_hold(&self, number: u16, answer: Answer) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(number)?;
        let asked = it.holds.last().ok_or(Refusal::NoHoldAsked)?;
        if let Some(given) = &asked.answer {
            return if same_answer(given, &answer) {
                Ok(vec![])
            } else {
                Err(Refusal::NoHoldAsked)
            };
        }
        let it = self.in_work(number)?;
        let mut changes = Vec::new();
        if answer.granted {
            self.may_leave(it)?;
            asked.may_begin(answer.at)?;
            // What is late already stays late.
            let stages = it.state.running().iter();
            changes.extend(stages.filter_map(|stage| it.late(*stage, answer.at)));
        }
        changes.push(TaskChange::HoldAnswered { number, answer });
        Ok(changes)
    }

    /// Goes on: a person before the time is over, or nobody when it is.
    pub fn resume(
        &self,
        number: u16,
        person: Option<&PersonId>,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(number)?;
        let hold = it.holds.last().filter(|_| it.state == State::OnHold);
        let granted = hold.and_then(|it| it.answer.as_ref());
        let Some(from) = granted.map(|it| it.at) else {
            return Err(Refusal::NotOnHold { state: it.state });
        };
        let moved = time.moved(it, &[Stage::Commit, Stage::Disposal], from, at)?;
        Ok(vec![TaskChange::Resumed {
            number,
            person: person.cloned(),
            moved,
            clock: it.commit_anew(time, at)?,
        }])
    }

    /// The pauses whose time is over.
    pub fn to_resume(&self, now: OffsetDateTime) -> impl Iterator<Item = u16> {
        let over = move |it: &&Assignment| it.held_until().is_some_and(|until| until <= now);
        self.assignments.iter().filter(over).map(Assignment::number)
    }
}

impl Hold {
    /// Whether it was granted.
    pub fn is_granted(&self) -> bool {
        self.answer.as_ref().is_some_and(|it| it.granted)
    }

    fn may_begin(&self, at: OffsetDateTime) -> Result<(), Refusal> {
        let until = a_year_after(at);
        if self.until <= at || self.until > until {
            return Err(Refusal::HoldTooLong { until });
        }
        Ok(())
    }
}

impl Assignment {
    /// Until when it is paused; none if it is not.
    pub fn held_until(&self) -> Option<OffsetDateTime> {
        let hold = self.holds.last().filter(|_| self.state == State::OnHold);
        hold.map(|it| it.until)
    }

    /// Why nothing can be done with it while it is paused.
    pub(super) fn on_hold(&self) -> Refusal {
        Refusal::OnHold {
            until: self.held_until(),
        }
    }

    /// The clock of a commitment that has to be made again; none if it was not made yet.
    pub(super) fn commit_anew(
        &self,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Option<StageClock>, Refusal> {
        let made = self.clock(Stage::Commit).is_some_and(|it| it.met.is_some());
        let (whose, limit) = (&self.offer.organization, &self.offer.limits.commit);
        made.then(|| time.clock(whose, Stage::Commit, limit, at))
            .transpose()
    }
}

impl WorkTime {
    /// Where the unmet clocks of these stages run out after a pause that charges nobody.
    pub(super) fn moved(
        &self,
        it: &Assignment,
        stages: &[Stage],
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<Vec<MovedDue>, Refusal> {
        let mut moved = Vec::new();
        for clock in stages.iter().filter_map(|stage| it.clock(*stage)) {
            let (deadline, stage) = (&clock.deadline, clock.stage);
            let whose = it.holder_of(stage);
            let due = self.resumed(whose, deadline, from, to)?;
            if clock.met.is_none() && due != deadline.due {
                let warn = clock.warn;
                let warn = warn.map(|warn| self.shifted(whose, deadline, warn, from, to));
                let warn = warn.transpose()?;
                moved.push(MovedDue { stage, due, warn });
            }
        }
        Ok(moved)
    }
}

/// The same civil day and hour a year later; for the 29th of February the 28th.
fn a_year_after(at: OffsetDateTime) -> OffsetDateTime {
    let date = at.date();
    let (year, month) = (date.year() + 1, date.month());
    let day = Date::from_calendar_date(year, month, date.day())
        .or_else(|_| Date::from_calendar_date(year, month, 28));
    day.map_or(at, |day| at.replace_date(day))
}
