//! Clocks of an assignment: one per stage and round, and the append-only ledger of what its time was.
//!
//! ```text
//!         offer      sign     object    ruled     commit    on site   report    check     (a hold pauses as an objection)
//! SIGN     ├──────────┤
//! COMMIT              ├────────║ paused ║──────────┤
//! ON_SITE                                          ├──────────┤
//! DISPOSAL ├───────────────────║ paused ║──────────────────────────────┤
//! CHECK                                                                 ├─────────┤   the checker's
//! ledger   RUN                 OBJECTION RUN                            WITH_OTHER ended
//! ```
//!
//! A deadline is computed once, when its clock starts, and kept with its limit, rule and calendar version (R9); a
//! pause moves it by the time that was not charged. Up to and including the due instant a stage is on time.

use std::collections::BTreeMap;

use liandong_calendar::{Calendar, Limit, LimitKind};
use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Duration, OffsetDateTime};

use super::supervision::Supervision;
use super::{OrganizationId, Refusal};

/// A stage of work that has a clock of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// 签收: from the offer.
    Sign,
    /// 接办: from the signature, or from the failed check.
    Commit,
    /// 报到: from the commitment.
    OnSite,
    /// 处置反馈: from the offer, or from the failed check.
    Disposal,
    /// 核查: from the report; charged to the checker.
    Check,
}

/// A limit with the rule it comes from, e.g. `matters/garbage-heap#default`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuledLimit {
    /// The limit.
    #[serde(rename = "l")]
    pub limit: Limit,
    /// The rule.
    #[serde(rename = "r")]
    pub rule: String,
}

/// When a clock runs out, with the rule it comes from (R9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// What was added.
    #[serde(rename = "l")]
    pub limit: Limit,
    /// When the clock started.
    #[serde(rename = "s", with = "us")]
    pub start: OffsetDateTime,
    /// When it runs out, pauses and extensions included.
    #[serde(rename = "d", with = "us")]
    pub due: OffsetDateTime,
    /// The rule.
    #[serde(rename = "r")]
    pub rule: String,
    /// Version of the working calendar.
    #[serde(rename = "c")]
    pub calendar: String,
}

/// One stage's clock in one round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageClock {
    /// Which stage.
    #[serde(rename = "g")]
    pub stage: Stage,
    /// Its deadline.
    #[serde(rename = "d")]
    pub deadline: Deadline,
    /// The deadline before the first pause or extension moved it.
    #[serde(
        rename = "o",
        default,
        with = "us::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub original_due: Option<OffsetDateTime>,
    /// When the stage was reached.
    #[serde(
        rename = "m",
        default,
        with = "us::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub met: Option<OffsetDateTime>,
    /// When it was found overdue.
    #[serde(
        rename = "v",
        default,
        with = "us::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub overdue: Option<OffsetDateTime>,
    /// When it stopped for good because the stage has to be begun anew, with a clock of its own.
    #[serde(
        rename = "w",
        default,
        with = "us::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub replaced: Option<OffsetDateTime>,
    /// When 80% of its time is used; none in what older releases recorded.
    #[serde(
        rename = "y",
        default,
        with = "us::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub warn: Option<OffsetDateTime>,
    /// When the reminder of that went out.
    #[serde(
        rename = "z",
        default,
        with = "us::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub reminded: Option<OffsetDateTime>,
    /// What is done about it since it is overdue.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub supervision: Option<Supervision>,
    /// The event that started it in the midst of a span of the ledger; none if the span's event did, and in what older
    /// releases recorded.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Begun>,
}

/// The event that started a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Its word in the log.
    #[serde(rename = "c")]
    pub cause: String,
    /// The task's version of it.
    #[serde(rename = "v")]
    pub version: i64,
}

/// How far a clock has run: at most 80%, at most all of its time, more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Light {
    /// 绿灯.
    Green,
    /// 黄灯.
    Yellow,
    /// 红灯.
    Red,
}

/// What a span of time on an assignment was (DOMAIN section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IntervalKind {
    /// Runs and is charged to the holder.
    Run,
    /// An objection waits for its ruling.
    Objection,
    /// An approved pause.
    Hold,
    /// The order could not be delivered, or the platform was away.
    NotDelivered,
    /// The work is with somebody else: the checker.
    WithOther,
    /// Over.
    Ended,
}

/// An entry of the interval ledger: from here on, time is of this kind. Only ever appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// What time is from here on.
    #[serde(rename = "k")]
    pub kind: IntervalKind,
    /// From when.
    #[serde(rename = "a", with = "us")]
    pub at: OffsetDateTime,
    /// The event that caused it.
    #[serde(rename = "c")]
    pub cause: String,
    /// The task's version of that event.
    #[serde(rename = "v")]
    pub version: i64,
}

/// A span of one clock, as it is explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// What it was.
    pub kind: IntervalKind,
    /// From when.
    pub start: OffsetDateTime,
    /// Until when; open while the clock runs.
    pub end: Option<OffsetDateTime>,
    /// Whether it counts against whoever has to reach the stage.
    pub charged: bool,
    /// The event that began it.
    pub cause: String,
    /// The task's version of that event.
    pub version: i64,
}

/// Working time: the district's calendar, and that of each organization which works at other hours.
#[derive(Clone, Debug)]
pub struct WorkTime {
    /// Days and office hours of the district.
    pub calendar: Calendar,
    /// The organizations with office hours of their own.
    pub own: BTreeMap<OrganizationId, Calendar>,
    /// The registry's version.
    pub version: String,
}

/// The limit of nothing: what a task has before its first event.
pub(super) fn no_limit() -> RuledLimit {
    // One minute is the smallest limit there is.
    let limit =
        Limit::new(LimitKind::UrgentHours, 1).unwrap_or_else(|_| unreachable!("one is an amount"));
    RuledLimit {
        limit,
        rule: String::new(),
    }
}

impl WorkTime {
    /// A clock of an organization that starts at `start`.
    pub fn clock(
        &self,
        whose: &OrganizationId,
        stage: Stage,
        ruled: &RuledLimit,
        start: OffsetDateTime,
    ) -> Result<StageClock, Refusal> {
        let due = self.due(whose, ruled.limit, start)?;
        let deadline = Deadline {
            limit: ruled.limit,
            start,
            due,
            rule: ruled.rule.clone(),
            calendar: self.version.clone(),
        };
        Ok(StageClock {
            stage,
            deadline,
            original_due: None,
            met: None,
            overdue: None,
            replaced: None,
            warn: Some(self.warn(whose, ruled.limit.kind(), start, due)?),
            reminded: None,
            supervision: None,
            begun: None,
        })
    }

    /// When 80% of the time from `start` to `due` is used: working time for limits in working time.
    pub(super) fn warn(
        &self,
        whose: &OrganizationId,
        kind: LimitKind,
        start: OffsetDateTime,
        due: OffsetDateTime,
    ) -> Result<OffsetDateTime, Refusal> {
        self.along(whose, kind, start, |calendar| {
            Ok(match calendar {
                None => (due - start) * 4 / 5,
                Some(it) => it.working_time_between(start, due)? * 4 / 5,
            })
        })
    }

    /// Where the warning moves when the time from one due instant to a later one is added.
    pub(super) fn warn_later(
        &self,
        whose: &OrganizationId,
        kind: LimitKind,
        warn: OffsetDateTime,
        (due, later): (OffsetDateTime, OffsetDateTime),
    ) -> Result<OffsetDateTime, Refusal> {
        self.along(whose, kind, warn, |calendar| {
            Ok(match calendar {
                None => (later - due) * 4 / 5,
                Some(it) => it.working_time_between(due, later)? * 4 / 5,
            })
        })
    }

    /// When half the limit has passed once more: the pace of supervision.
    pub(super) fn half_a_limit_after(
        &self,
        whose: &OrganizationId,
        limit: Limit,
        from: OffsetDateTime,
    ) -> Result<OffsetDateTime, Refusal> {
        let amount = limit.amount();
        self.along(whose, limit.kind(), from, |calendar| {
            let day = match calendar {
                None => Duration::DAY,
                Some(it) => office_day(it),
            };
            Ok(if limit.kind().in_minutes() {
                Duration::minutes(amount.into()) / 2
            } else {
                day * amount / 2
            })
        })
    }

    /// So much time after `from`: working time, by the organization's calendar, for limits in working time.
    fn along(
        &self,
        whose: &OrganizationId,
        kind: LimitKind,
        from: OffsetDateTime,
        much: impl FnOnce(Option<&Calendar>) -> Result<Duration, Refusal>,
    ) -> Result<OffsetDateTime, Refusal> {
        Ok(match kind {
            LimitKind::UrgentHours | LimitKind::CalendarDays => from + much(None)?,
            LimitKind::WorkHours | LimitKind::WorkDays => {
                let calendar = self.of(whose);
                calendar.add(from, much(Some(calendar))?)?
            }
        })
    }

    /// When a limit of an organization runs out.
    pub fn due(
        &self,
        whose: &OrganizationId,
        limit: Limit,
        start: OffsetDateTime,
    ) -> Result<OffsetDateTime, Refusal> {
        Ok(self.of(whose).due(start, limit)?.at)
    }

    /// The calendar an organization works by.
    fn of(&self, organization: &OrganizationId) -> &Calendar {
        self.own.get(organization).unwrap_or(&self.calendar)
    }

    /// Where a deadline moves when `from..to` is not charged: working time for limits in working time, else all of it.
    pub fn resumed(
        &self,
        whose: &OrganizationId,
        deadline: &Deadline,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<OffsetDateTime, Refusal> {
        self.shifted(whose, deadline, deadline.due, from, to)
    }

    /// Where an instant of a clock moves when `from..to` is not charged; what has passed by then stays.
    pub(super) fn shifted(
        &self,
        whose: &OrganizationId,
        deadline: &Deadline,
        it: OffsetDateTime,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<OffsetDateTime, Refusal> {
        let from = from.max(deadline.start);
        if from >= it || to <= from {
            return Ok(it);
        }
        Ok(match deadline.limit.kind() {
            LimitKind::UrgentHours | LimitKind::CalendarDays => it + (to - from),
            LimitKind::WorkHours | LimitKind::WorkDays => {
                let calendar = self.of(whose);
                calendar.add(it, calendar.working_time_between(from, to)?)?
            }
        })
    }
}

/// The office time of a working day.
fn office_day(calendar: &Calendar) -> Duration {
    let windows = calendar.office_hours().windows().iter();
    windows
        .map(|it| Duration::minutes(i64::from(it.to()) - i64::from(it.from())))
        .sum()
}

impl StageClock {
    /// Whether it has run out at `now` and this is not yet on record.
    pub fn is_newly_overdue(&self, now: OffsetDateTime) -> bool {
        let runs = self.met.is_none() && self.replaced.is_none();
        runs && self.overdue.is_none() && now > self.deadline.due
    }

    /// How far it has run, as far as is on record.
    pub fn light(&self) -> Light {
        let passed = |it: OffsetDateTime| self.met.is_some_and(|met| met > it);
        if self.overdue.is_some() || passed(self.deadline.due) {
            Light::Red
        } else if self.reminded.is_some() || self.warn.is_some_and(passed) {
            Light::Yellow
        } else {
            Light::Green
        }
    }

    /// The spans of this clock, cut out of the assignment's ledger. A stage that was reached in the moment in which
    /// its clock started has one, without length.
    pub fn intervals(&self, ledger: &[Mark]) -> Vec<Interval> {
        let (start, met) = (self.deadline.start, self.met.or(self.replaced));
        // What was booked afterwards stands where it belongs.
        let mut marks: Vec<&Mark> = ledger.iter().collect();
        marks.sort_by_key(|it| it.at);
        let ends = marks.iter().skip(1).map(|it| Some(it.at)).chain([None]);
        let spans: Vec<(&Mark, Option<OffsetDateTime>)> = marks.iter().copied().zip(ends).collect();
        let until = |next: Option<OffsetDateTime>| match (next, met) {
            (Some(next), Some(met)) => Some(next.min(met)),
            (next, met) => next.or(met),
        };
        let lasting = |(mark, next): &&(&Mark, Option<OffsetDateTime>)| {
            mark.kind != IntervalKind::Ended
                && until(*next).is_none_or(|end| end > mark.at.max(start))
        };
        let at_once = |(mark, next): &&(&Mark, Option<OffsetDateTime>)| {
            let own = (mark.kind == IntervalKind::WithOther) == (self.stage == Stage::Check);
            own && met == Some(start) && mark.at <= start && next.is_none_or(|next| next >= start)
        };
        let found: Vec<_> = spans.iter().filter(lasting).collect();
        let found = if found.is_empty() {
            spans.iter().find(at_once).into_iter().collect()
        } else {
            found
        };
        found
            .into_iter()
            .map(|(mark, next)| self.interval(mark, until(*next)))
            .collect()
    }

    /// The checker's clock runs while the work is with the checker; everybody else's while it is with them.
    fn interval(&self, mark: &Mark, end: Option<OffsetDateTime>) -> Interval {
        let checking = self.stage == Stage::Check && mark.kind == IntervalKind::WithOther;
        let first = mark.kind == IntervalKind::Run && mark.at <= self.deadline.start;
        // What was booked afterwards is the cause of what it says.
        let begun = self
            .begun
            .as_ref()
            .filter(|it| first && mark.version < it.version);
        let (cause, version) = match begun {
            Some(it) => (it.cause.clone(), it.version),
            None => (mark.cause.clone(), mark.version),
        };
        Interval {
            kind: if checking {
                IntervalKind::Run
            } else {
                mark.kind
            },
            start: mark.at.max(self.deadline.start),
            end,
            charged: checking || mark.kind == IntervalKind::Run,
            cause,
            version,
        }
    }
}
