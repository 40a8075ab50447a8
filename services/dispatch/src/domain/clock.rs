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
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

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
        let (from, due) = (from.max(deadline.start), deadline.due);
        if from >= due || to <= from {
            return Ok(due);
        }
        Ok(match deadline.limit.kind() {
            LimitKind::UrgentHours | LimitKind::CalendarDays => due + (to - from),
            LimitKind::WorkHours | LimitKind::WorkDays => {
                let calendar = self.of(whose);
                calendar.add(due, calendar.working_time_between(from, to)?)?
            }
        })
    }
}

impl StageClock {
    /// Whether it has run out at `now` and this is not yet on record.
    pub fn is_newly_overdue(&self, now: OffsetDateTime) -> bool {
        let runs = self.met.is_none() && self.replaced.is_none();
        runs && self.overdue.is_none() && now > self.deadline.due
    }

    /// The spans of this clock, cut out of the assignment's ledger. A stage that was reached in the moment in which
    /// its clock started has one, without length.
    pub fn intervals(&self, ledger: &[Mark]) -> Vec<Interval> {
        let (start, met) = (self.deadline.start, self.met.or(self.replaced));
        let ends = ledger.iter().skip(1).map(|it| Some(it.at)).chain([None]);
        let spans: Vec<(&Mark, Option<OffsetDateTime>)> = ledger.iter().zip(ends).collect();
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
        Interval {
            kind: if checking {
                IntervalKind::Run
            } else {
                mark.kind
            },
            start: mark.at.max(self.deadline.start),
            end,
            charged: checking || mark.kind == IntervalKind::Run,
            cause: mark.cause.clone(),
            version: mark.version,
        }
    }
}
