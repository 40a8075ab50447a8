//! Clocks of a case, charged to whoever holds it, and the replies promised to reporters (承诺).
//!
//! ```text
//! VERIFICATION Reported ├─────┤ Verified, or any end
//! INTAKE                      ├─────┤ Filed, or any end
//! DISPATCH                          ├──────┤ Dispatched, put right on site, or any end; again when it is filed again
//! ```
//!
//! A clock is a clock of the state it runs in: leaving the state stops it, by whatever way.

use liandong_calendar::{Limit, LimitKind};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::refusal::Refused;
use super::{Case, CaseChange, Source, State};
use crate::domain::clock::{Deadline, WorkTime};
use crate::domain::{CaseId, OrganizationId, PersonId, Refusal};

/// A stage of a case that has a clock of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CaseStage {
    /// 核实: from the report.
    Verification,
    /// 受理立案: from the verification.
    Intake,
    /// 派遣: from the filing, or from being filed again.
    Dispatch,
}

/// One stage's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseClock {
    /// Which stage.
    pub stage: CaseStage,
    /// The round it belongs to, from 1.
    pub round: u16,
    /// Its deadline.
    pub deadline: Deadline,
    /// When the stage was left.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub met: Option<OffsetDateTime>,
    /// When it was found overdue.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub overdue: Option<OffsetDateTime>,
}

/// A reply that was publicly promised to a reporter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromisedReply {
    /// The merged case it came with; none: this one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// Where that report came from.
    pub source: Source,
    /// Its number there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub external_reference: String,
    /// By when.
    pub deadline: Deadline,
    /// The reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<GivenReply>,
    /// When it was found overdue.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub overdue: Option<OffsetDateTime>,
}

/// What a reporter was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenReply {
    /// Who told them.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What, without personal data.
    pub text: String,
}

impl CaseStage {
    /// The state in which its clock runs.
    pub fn state(self) -> State {
        match self {
            Self::Verification => State::Reported,
            Self::Intake => State::Verified,
            Self::Dispatch => State::Filed,
        }
    }

    /// The rule its limit comes from.
    fn rule(self) -> &'static str {
        match self {
            Self::Verification => "settings/cases#verification",
            Self::Intake => "settings/cases#intake",
            Self::Dispatch => "settings/cases#dispatch",
        }
    }
}

impl CaseClock {
    /// The clock of a stage of `whose` that starts now.
    pub fn start(
        (stage, round, limit): (CaseStage, u16, Limit),
        whose: &OrganizationId,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<CaseClock, Refusal> {
        let deadline = deadline((stage.rule(), limit), whose, time, at)?;
        Ok(CaseClock {
            stage,
            round,
            deadline,
            met: None,
            overdue: None,
        })
    }

    /// The clock of the dispatch. Its limit runs day and night, so that it also starts where no calendar is asked.
    pub fn dispatch(round: u16, limit: Limit, at: OffsetDateTime) -> CaseClock {
        debug_assert_eq!(limit.kind(), LimitKind::UrgentHours);
        let deadline = Deadline {
            limit,
            start: at,
            due: at + time::Duration::minutes(i64::from(limit.amount())),
            rule: CaseStage::Dispatch.rule().into(),
            calendar: String::new(),
        };
        CaseClock {
            stage: CaseStage::Dispatch,
            round,
            deadline,
            met: None,
            overdue: None,
        }
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.met.is_none()
    }

    fn is_newly_overdue(&self, now: OffsetDateTime) -> bool {
        self.runs() && self.overdue.is_none() && now > self.deadline.due
    }
}

impl PromisedReply {
    fn waits(&self) -> bool {
        self.given.is_none() && self.overdue.is_none()
    }
}

/// A deadline by a rule of the settings.
pub fn deadline(
    (rule, limit): (&str, Limit),
    whose: &OrganizationId,
    time: &WorkTime,
    start: OffsetDateTime,
) -> Result<Deadline, Refusal> {
    Ok(Deadline {
        limit,
        start,
        due: time.due(whose, limit, start)?,
        rule: rule.into(),
        calendar: time.version.clone(),
    })
}

impl Case {
    /// Whether something that runs on it now is overdue.
    pub fn is_overdue(&self) -> bool {
        let clock = self
            .clocks
            .iter()
            .any(|it| it.runs() && it.overdue.is_some());
        let owed = |it: &PromisedReply| it.given.is_none() && it.overdue.is_some();
        clock || self.replies.iter().any(owed)
    }

    /// Whether a reply was not given, or not in time: an outage may still excuse it.
    pub fn owes_reply(&self) -> bool {
        let mut replies = self.replies.iter();
        replies.any(|it| it.given.is_none() || it.overdue.is_some())
    }

    /// When the next of its running clocks runs out.
    pub fn due_at(&self) -> Option<OffsetDateTime> {
        let clocks = self.clocks.iter().filter(|it| it.runs());
        clocks.map(|it| it.deadline.due).min()
    }

    /// Puts on record what has run out by `now`, the earliest first.
    pub fn tick(&self, now: OffsetDateTime) -> Vec<CaseChange> {
        let clocks = self.clocks.iter().filter(|it| it.is_newly_overdue(now));
        let clocks = clocks.map(|it| {
            let change = CaseChange::Overdue { clock: it.clone() };
            (it.deadline.due, change)
        });
        let replies = self.replies.iter();
        let replies = replies.filter(|it| it.waits() && now > it.deadline.due);
        let replies = replies.map(|it| (it.deadline.due, CaseChange::ReplyOverdue(it.clone())));
        let mut late: Vec<_> = clocks
            .chain(replies)
            .chain(self.late_revisits(now))
            .collect();
        late.sort_by_key(|(due, _)| *due);
        late.into_iter().map(|(_, change)| change).collect()
    }

    /// When a timer must look at it.
    pub fn wake_at(&self) -> Option<OffsetDateTime> {
        let after = |due: OffsetDateTime| due + time::Duration::MICROSECOND;
        let clocks = self.clocks.iter();
        let clocks = clocks.filter(|it| it.runs() && it.overdue.is_none());
        let clocks = clocks.map(|it| after(it.deadline.due));
        let replies = self.replies.iter().filter(|it| it.waits());
        let replies = replies.map(|it| after(it.deadline.due));
        clocks
            .chain(replies)
            .chain(self.revisits_wake_at())
            .chain(self.people_expire_at())
            .min()
    }

    /// Tells a reporter; all that still wait if none is named.
    pub fn reply_to(
        &self,
        own: CaseId,
        which: Option<CaseId>,
        given: &GivenReply,
    ) -> Result<Vec<CaseChange>, Refusal> {
        let named = |it: &&PromisedReply| {
            which.is_none_or(|which| super::apply::promised_in(it, own) == which)
        };
        let mut found = self.replies.iter().filter(named).peekable();
        if found.peek().is_none() {
            return Err(Refused::NoReplyPromised.into());
        }
        let waiting = found.filter(|it| it.given.is_none());
        let replied = waiting.map(|it| {
            CaseChange::Replied(PromisedReply {
                given: Some(given.clone()),
                ..it.clone()
            })
        });
        Ok(replied.collect())
    }

    /// Stops every clock whose state was left.
    pub(super) fn stop_clocks(&mut self, at: OffsetDateTime) {
        let state = self.state;
        let left = |it: &&mut CaseClock| it.runs() && it.stage.state() != state;
        self.clocks
            .iter_mut()
            .filter(left)
            .for_each(|it| it.met = Some(at));
    }

    /// Takes over clocks that run out earlier than its own.
    pub(super) fn hasten(&mut self, others: &[CaseClock]) {
        for other in others {
            let same = |it: &&mut CaseClock| it.runs() && it.stage == other.stage;
            if let Some(it) = self.clocks.iter_mut().find(same) {
                it.deadline = other.deadline.clone();
            }
        }
    }
}
