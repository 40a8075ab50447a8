//! What happens by itself as a clock runs: a reminder before the deadline, supervision (督办) after it.
//!
//! ```text
//! start ────────── 80% ────── due ──── +½ limit ── +½ limit ── ... ── nobody is left
//!   green            │ yellow   │ red      │            │                  │
//!                 reminder   overdue,    first        second rung       the next
//!                            supervised  rung told    (段长→路长→片长)     meeting's agenda
//! ```
//!
//! It stops when the stage is reached, and rests while the clock is paused. The rungs are asked of the registry when
//! their time has come, so whoever is on duty then is told.

use liandong_calendar::Limit;
use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Duration, OffsetDateTime};

use super::assignment::Assignment;
use super::clock::{Stage, StageClock, WorkTime};
use super::clock_change::ClockChange;
use super::event::TaskChange;
use super::task::Task;
use super::{AreaId, OrganizationId, PersonId};

/// What is done about a stage that is overdue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    /// When it began.
    #[serde(rename = "s", with = "us")]
    pub since: OffsetDateTime,
    /// When the next rung is told; none when nobody is left.
    #[serde(
        rename = "n",
        default,
        with = "us::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub next: Option<OffsetDateTime>,
    /// Who was told so far, the nearest first.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub rungs: Vec<Told>,
    /// When it was put on the next meeting's agenda.
    #[serde(
        rename = "a",
        default,
        with = "us::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub agenda: Option<OffsetDateTime>,
}

/// Somebody up the duty chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// What the role is responsible for.
    pub area: AreaId,
    /// The role within the scheme.
    pub role: String,
    /// Its name in Chinese.
    pub role_name: String,
    /// In whose name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationId>,
    /// The duty that appoints them.
    pub duty: String,
    /// Who logs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
}

/// A rung that was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Who.
    pub rung: Rung,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

impl Task {
    /// What no calendar is needed for: the reminders and overdue marks whose time has come, the earliest first.
    pub fn tick(&self, now: OffsetDateTime) -> Vec<TaskChange> {
        let mut due: Vec<(OffsetDateTime, TaskChange)> = Vec::new();
        for it in &self.assignments {
            let number = it.number();
            for clock in self.running(it) {
                let stage = clock.stage;
                if clock.is_newly_overdue(now) {
                    let overdue = TaskChange::Overdue { number, stage };
                    due.push((clock.deadline.due, overdue));
                } else if let Some(warn) = clock.unsaid_warning().filter(|it| now > *it) {
                    let reminded = ClockChange::Reminded { stage }.of(number);
                    due.push((warn, reminded));
                }
            }
            due.extend(it.statutory_ticks(now));
        }
        due.sort_by_key(|(at, _)| *at);
        due.into_iter().map(|(_, change)| change).collect()
    }

    /// The stages of which somebody must be told now, by assignment.
    pub fn to_supervise(&self, now: OffsetDateTime) -> Vec<(u16, Stage)> {
        let parts = self.assignments.iter();
        let stages = parts.flat_map(|it| self.running(it).map(move |clock| (it.number(), clock)));
        let ready = stages.filter(|(_, clock)| clock.supervise_at().is_some_and(|at| at <= now));
        ready.map(|(number, clock)| (number, clock.stage)).collect()
    }

    /// Whether a stage is supervised already, so that a rung is told next.
    pub fn is_supervised(&self, number: u16, stage: Stage) -> bool {
        let clock = self.assignment(number).and_then(|it| it.clock(stage));
        clock.is_some_and(|it| it.supervision.is_some())
    }

    /// Opens supervision of an overdue stage, or tells the next of `chain`, or puts it on the agenda when nobody is
    /// left.
    pub fn supervise(
        &self,
        (number, stage): (u16, Stage),
        chain: &[Rung],
        time: Option<&WorkTime>,
        now: OffsetDateTime,
    ) -> Vec<TaskChange> {
        let Some(it) = self.assignment(number) else {
            return vec![];
        };
        let mut running = self.running(it);
        let clock = running.find(|it| it.stage == stage);
        let due = |it: &&StageClock| it.supervise_at().is_some_and(|at| at <= now);
        let Some(clock) = clock.filter(due) else {
            return vec![];
        };
        // The pace is no deadline: without a calendar for it, time is simply counted on.
        let (whose, limit) = (it.holder_of(stage), clock.deadline.limit);
        let next = time.and_then(|it| it.half_a_limit_after(whose, limit, now).ok());
        let next = next.unwrap_or_else(|| now + half(limit));
        let rungs = clock.supervision.as_ref().map(|it| it.rungs.len());
        let change = match rungs.map(|told| chain.get(told)) {
            None => ClockChange::Supervised { stage, next },
            Some(Some(rung)) => ClockChange::Escalated {
                stage,
                rung: Box::new(rung.clone()),
                next,
            },
            Some(None) => ClockChange::OnAgenda { stage },
        };
        vec![change.of(number)]
    }

    /// The clocks of an assignment that run: none unless the task does.
    pub fn running<'a>(
        &self,
        it: &'a Assignment,
    ) -> impl Iterator<Item = &'a StageClock> + use<'a> {
        let issued = self.state == super::task::State::Issued;
        it.running().filter(move |_| issued)
    }
}

impl Assignment {
    /// When a timer must look at its stages.
    pub(super) fn stages_wake_at(&self) -> Option<OffsetDateTime> {
        let times = self.running().flat_map(|clock| {
            let due = clock.overdue.is_none().then_some(clock.deadline.due);
            let said = [clock.unsaid_warning(), due].into_iter().flatten();
            said.map(|it| it + Duration::MICROSECOND)
                .chain(clock.supervise_at())
        });
        times.min()
    }

    /// Who has to reach a stage.
    pub(super) fn holder_of(&self, stage: Stage) -> &OrganizationId {
        if stage == Stage::Check {
            &self.offer.checker
        } else {
            &self.offer.organization
        }
    }

    /// Whether an organization was told of it as a rung of the duty chain.
    pub fn was_told_to(&self, organization: &OrganizationId) -> bool {
        self.supervisions()
            .flat_map(|it| &it.rungs)
            .any(|it| it.rung.organization.as_ref() == Some(organization))
    }

    /// Whether a stage that still runs waits for the next meeting.
    pub fn is_on_agenda(&self) -> bool {
        let agenda = |it: &StageClock| {
            it.supervision
                .as_ref()
                .is_some_and(|it| it.agenda.is_some())
        };
        self.running().any(agenda)
    }

    fn supervisions(&self) -> impl Iterator<Item = &Supervision> {
        let clocks = self.rounds.iter().flat_map(|it| &it.clocks);
        clocks.filter_map(|it| it.supervision.as_ref())
    }
}

/// Half a limit, day and night.
fn half(limit: Limit) -> Duration {
    let one = if limit.kind().in_minutes() {
        Duration::MINUTE
    } else {
        Duration::DAY
    };
    one * limit.amount() / 2
}

impl StageClock {
    /// When its reminder goes out, if it has not.
    fn unsaid_warning(&self) -> Option<OffsetDateTime> {
        let quiet = self.reminded.is_none() && self.overdue.is_none();
        self.warn.filter(|_| quiet)
    }

    /// When somebody is told next that it is overdue.
    fn supervise_at(&self) -> Option<OffsetDateTime> {
        match (&self.supervision, self.overdue) {
            (Some(it), _) => it.next,
            // In older releases clocks that are overdue are not supervised.
            (None, overdue) => overdue.filter(|_| self.warn.is_some()),
        }
    }
}
