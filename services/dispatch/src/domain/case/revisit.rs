//! Is it still solved: revisits after closing, reopening, relapses (M25).
//!
//! ```text
//! Planned ─its day─▶ Due ─still solved─▶ Passed
//!    └─reopened before─▶ Cancelled ◀──┴──not solved─▶ Failed: the case is filed again, round + 1
//! ```
//!
//! Who revisits neither handled the case nor checked it, and is no officer of who handled it, at home or where they
//! serve (R10). A revisit's day is a civil day; it is to be recorded
//! within a limit that the working calendar counts from that day.

use std::collections::BTreeSet;

use liandong_calendar::civil;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::clock::{CaseClock, deadline};
use super::refusal::Refused;
use super::{Case, CaseChange, State as CaseState};
use crate::domain::clock::{Deadline, WorkTime};
use crate::domain::outage::{Span, apart};
use crate::domain::{
    CaseId, CaseSettings, CheckSampleId, OrganizationId, PersonId, Refusal, Task, TaskId,
};

/// Where a revisit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // the module draws them
pub enum State {
    Planned,
    Due,
    Passed,
    Failed,
    Cancelled,
}

/// One look at a closed case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revisit {
    /// Its number in the case, from 1, over all rounds.
    pub number: u16,
    /// The round that was closed, from 1.
    pub round: u16,
    /// Days after the closing.
    pub after_days: u16,
    /// Where it stands.
    pub state: State,
    /// The beginning of its civil day.
    #[serde(with = "us")]
    pub planned_at: OffsetDateTime,
    /// By when it is to be recorded, once it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Deadline>,
    /// When it was found overdue.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub overdue: Option<OffsetDateTime>,
    /// Who else may record it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revisitor: Option<OrganizationId>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visited: Option<Visited>,
    /// The outages that were taken off the time for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excused: Vec<Span>,
}

/// What a revisit found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visited {
    /// Whether it is still solved.
    pub passed: bool,
    /// Who went.
    pub organization: OrganizationId,
    /// In person.
    pub person: PersonId,
    /// The units that the person belonged to then as an officer, at home or where they serve (R10).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<OrganizationId>,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// In words.
    pub note: String,
    /// Its evidence, as in a report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// Why a closed case is open again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// A revisit found it unsolved.
    Revisit {
        /// Which.
        number: u16,
    },
    /// It came back.
    Relapse {
        /// The case that showed it.
        case: CaseId,
    },
    /// A check by sample found it unsolved.
    Sample {
        /// Which.
        sample: CheckSampleId,
    },
}

/// A round that was closed and did not last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerRound {
    /// Its task; none if it was put right on site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// When it was closed.
    #[serde(with = "us")]
    pub closed_at: OffsetDateTime,
    /// When it was reopened.
    #[serde(with = "us")]
    pub reopened_at: OffsetDateTime,
    /// Why.
    pub cause: Cause,
}

/// A closed case is open again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// The round that ended.
    pub former: FormerRound,
    /// The new round.
    pub round: u16,
    /// The clock of its dispatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<CaseClock>,
    /// Who reopened it.
    pub person: PersonId,
}

/// 根因: why a problem keeps coming back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootCause {
    /// The round of the case.
    pub round: u16,
    /// In words.
    pub note: String,
    /// What would end it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remedy: String,
    /// Who noted it.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// Who had a part in solving a case, and so may not say whether it is still solved (R10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hands {
    /// The organizations that handled it.
    pub organizations: BTreeSet<OrganizationId>,
    /// Everybody who handled or checked it.
    pub people: BTreeSet<PersonId>,
}

impl State {
    /// Whether it is still to come.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::Due)
    }
}

impl Revisit {
    /// The series of a case that is closed now, a revisit for each number of days.
    pub fn series(case: &Case, days: &[u16], closed_at: OffsetDateTime) -> Vec<Revisit> {
        let Some(closed) = civil::date(closed_at) else {
            return vec![];
        };
        let first = u16::try_from(case.revisits.len()).unwrap_or(u16::MAX);
        let planned = |(number, after_days): (u16, &u16)| {
            let day = closed.checked_add(time::Duration::days(i64::from(*after_days)))?;
            Some(Revisit {
                number,
                round: case.round(),
                after_days: *after_days,
                state: State::Planned,
                planned_at: civil::instant(day, time::Time::MIDNIGHT),
                deadline: None,
                overdue: None,
                revisitor: None,
                visited: None,
                excused: vec![],
            })
        };
        let numbers = first.saturating_add(1)..;
        numbers.zip(days).filter_map(planned).collect()
    }

    /// When the limit on recording it starts: the evening before its day, so that the day itself counts.
    pub fn eve(&self) -> OffsetDateTime {
        self.planned_at - time::Duration::MICROSECOND
    }

    fn runs_out(&self) -> Option<OffsetDateTime> {
        let due = self.deadline.as_ref()?.due;
        (self.state == State::Due && self.overdue.is_none()).then_some(due)
    }
}

impl Hands {
    /// Who worked on a task and who checked it.
    pub fn of(task: &Task) -> Hands {
        let mut hands = Hands::default();
        for it in &task.assignments {
            if !it.hands.is_empty() {
                hands.organizations.insert(it.offer.organization.clone());
            }
            hands.people.extend(it.hands.iter().cloned());
            let checks = it.rounds.iter().filter_map(|it| it.check.as_ref());
            hands.people.extend(checks.map(|it| it.person.clone()));
        }
        hands
    }
}

impl Case {
    /// The task of a round, from 1.
    pub fn task_of_round(&self, round: u16) -> Option<TaskId> {
        let index = usize::from(round).checked_sub(1)?;
        match self.rounds.get(index) {
            Some(former) => former.task,
            None => self.task,
        }
    }

    /// Whether one of its revisits that has begun is for the district's revisitor to make.
    pub fn is_revisited_by(&self, organization: &OrganizationId) -> bool {
        let theirs = self.revisits.iter();
        theirs
            .filter_map(|it| it.revisitor.as_ref())
            .any(|it| it == organization)
    }

    /// Who put it right on site.
    pub fn hands_on_site(&self) -> Hands {
        Hands {
            organizations: [self.report.organization.clone()].into(),
            people: self.triage.iter().map(|it| it.person.clone()).collect(),
        }
    }

    /// A revisit by its number.
    pub fn revisit(&self, number: u16) -> Option<&Revisit> {
        self.revisits.get(usize::from(number).checked_sub(1)?)
    }

    /// Begins the revisits whose day has come by `now`; each is to be recorded within a limit, in which the known
    /// outages do not count.
    pub fn begin_revisits(
        &self,
        (settings, time): (&CaseSettings, &WorkTime),
        outages: &[Span],
        now: OffsetDateTime,
    ) -> Result<Vec<CaseChange>, Refusal> {
        let spans = apart(outages);
        let begun = self.revisits_to_begin(now).map(|it| {
            let rule = ("settings/cases#revisit", settings.revisit);
            let whose = &self.report.organization;
            let planned = deadline(rule, whose, time, it.eve())?;
            let moved = time.excused(whose, &planned, spans.iter().copied())?;
            Ok(CaseChange::RevisitDue(Box::new(Revisit {
                state: State::Due,
                excused: moved.iter().flat_map(|_| outages.to_vec()).collect(),
                deadline: Some(moved.unwrap_or(planned)),
                revisitor: settings.revisitor.clone(),
                ..it.clone()
            })))
        });
        begun.collect()
    }

    /// The revisits whose day has come by `now`.
    pub fn revisits_to_begin(&self, now: OffsetDateTime) -> impl Iterator<Item = &Revisit> {
        self.revisits
            .iter()
            .filter(move |it| it.state == State::Planned && it.planned_at <= now)
    }

    /// Records what a revisit found. A failed one reopens the case.
    pub fn visit(
        &self,
        number: u16,
        visited: Visited,
        hands: &Hands,
        clock: CaseClock,
    ) -> Result<Vec<CaseChange>, Refusal> {
        let it = self.revisit(number).ok_or(Refused::RevisitNotFound)?;
        if hands.organizations.contains(&visited.organization) {
            return Err(Refusal::CheckerIsHandler {
                who: visited.organization.to_string(),
            });
        }
        let serves = |it: &OrganizationId| hands.organizations.contains(it);
        if hands.people.contains(&visited.person) || visited.units.iter().any(serves) {
            return Err(Refusal::CheckerIsHandler {
                who: visited.person.to_string(),
            });
        }
        if let Some(last) = &it.visited
            && last.passed == visited.passed
            && last.person == visited.person
        {
            return Ok(vec![]);
        }
        if it.state != State::Due {
            return Err(Refused::RevisitNotDue {
                state: it.state,
                planned_at: it.planned_at,
            }
            .into());
        }
        let (passed, person, at) = (visited.passed, visited.person.clone(), visited.at);
        let visited = CaseChange::Revisited {
            task: self.task,
            handlers: hands.organizations.iter().cloned().collect(),
            revisit: Box::new(Revisit {
                state: if passed { State::Passed } else { State::Failed },
                visited: Some(visited),
                ..it.clone()
            }),
        };
        let reopened = if passed {
            None
        } else {
            Some(self.reopened(Cause::Revisit { number }, person, at, clock)?)
        };
        Ok([visited].into_iter().chain(reopened).collect())
    }

    /// Opens a closed case again because another one showed that the problem came back.
    pub fn relapse(
        &self,
        by: CaseId,
        person: PersonId,
        at: OffsetDateTime,
        clock: CaseClock,
    ) -> Result<Vec<CaseChange>, Refusal> {
        let cause = Cause::Relapse { case: by };
        if self.rounds.last().is_some_and(|it| it.cause == cause) {
            return Ok(vec![]);
        }
        if !self.relapses.contains(&by) {
            return Err(Refused::NotARelapse { case: by }.into());
        }
        Ok(vec![self.reopened(cause, person, at, clock)?])
    }

    /// Whether it is closed, by a task.
    pub fn is_closed_by(&self, task: TaskId) -> bool {
        self.state == CaseState::Closed && self.task == Some(task)
    }

    /// Opens it again because a check by sample found the work of a task unsolved; nothing if it is not closed by it.
    pub fn sampled(
        &self,
        (sample, task): (CheckSampleId, TaskId),
        person: &PersonId,
        at: OffsetDateTime,
        clock: CaseClock,
    ) -> Result<Vec<CaseChange>, Refusal> {
        if !self.is_closed_by(task) {
            return Ok(vec![]);
        }
        let cause = Cause::Sample { sample };
        Ok(vec![self.reopened(cause, person.clone(), at, clock)?])
    }

    fn reopened(
        &self,
        cause: Cause,
        person: PersonId,
        at: OffsetDateTime,
        clock: CaseClock,
    ) -> Result<CaseChange, Refusal> {
        let (CaseState::Closed, Some(closed_at)) = (self.state, self.closed_at) else {
            return Err(Refused::NotClosed { state: self.state }.into());
        };
        let former = FormerRound {
            task: self.task,
            closed_at,
            reopened_at: at,
            cause,
        };
        Ok(CaseChange::Reopened(Box::new(Reopened {
            former,
            round: self.round().saturating_add(1),
            clock: Some(clock),
            person,
        })))
    }

    /// Notes why it keeps coming back.
    pub fn note_root_cause(&self, cause: RootCause) -> Vec<CaseChange> {
        let same = self
            .root_causes
            .last()
            .is_some_and(|it| it.note == cause.note && it.remedy == cause.remedy);
        if same {
            vec![]
        } else {
            vec![CaseChange::RootCauseNoted(cause)]
        }
    }

    pub(super) fn late_revisits(
        &self,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = (OffsetDateTime, CaseChange)> {
        self.revisits.iter().filter_map(move |it| {
            let due = it.runs_out().filter(|due| now > *due)?;
            Some((due, CaseChange::RevisitOverdue(Box::new(it.clone()))))
        })
    }

    pub(super) fn revisits_wake_at(&self) -> impl Iterator<Item = OffsetDateTime> {
        self.revisits.iter().filter_map(|it| match it.state {
            State::Planned => Some(it.planned_at),
            _ => it.runs_out().map(|due| due + time::Duration::MICROSECOND),
        })
    }
}
