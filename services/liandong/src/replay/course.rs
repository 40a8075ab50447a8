//! The course of one case: at which instants its steps happen, so that it ends as the data says.
//!
//! ```text
//!  report ─ verify ─ file ─ plan ─ issue ─ sign ─ commit ─ arrive ─▶ handle ─▶ check
//!  └──────────── clock times on the day of the row ───────────┘      spread    check_after
//!                                    └──────── limit ────────▶ due
//! ```
//! Computed before anything is written, with the same calendar the registry uses; a case that would not end as the
//! data says is an error of its row.

use liandong_calendar::{Calendar, Limit, civil};
use sha2::{Digest, Sha256};
use time::{Date, OffsetDateTime};

use super::mapping::{Anchor, Clock, Finish, Outcome, Spread, Steps};

/// When the steps happen, UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Each step's instant, in the order of [`Step::ALL`].
    pub at: [OffsetDateTime; Step::ALL.len()],
    /// The deadline of the disposal.
    pub due: OffsetDateTime,
    /// The limit it comes from.
    pub limit: Limit,
}

/// A step of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Reported.
    Report,
    /// Verified to exist.
    Verify,
    /// Filed.
    File,
    /// Planned as a task.
    Plan,
    /// Issued.
    Issue,
    /// Signed.
    Sign,
    /// Committed.
    Commit,
    /// On site.
    Arrive,
    /// Disposed of and reported.
    Handle,
    /// Checked and passed: the task finishes, the case closes.
    Check,
}

/// Why a row has no course.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A date outside of the published calendar, or a time too far away.
    #[error("{0}")]
    Calendar(#[from] liandong_calendar::Error),
    /// The mapping's times make it late although it was on time, or the other way round.
    #[error(
        "{finish:?} by the data, but by the mapping it would be reported {at} with {due} as its deadline"
    )]
    Contradiction {
        /// As the data says.
        finish: Finish,
        /// When it would be reported.
        at: OffsetDateTime,
        /// Its deadline.
        due: OffsetDateTime,
    },
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 10] = [
        Self::Report,
        Self::Verify,
        Self::File,
        Self::Plan,
        Self::Issue,
        Self::Sign,
        Self::Commit,
        Self::Arrive,
        Self::Handle,
        Self::Check,
    ];

    /// The one after it.
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self as usize + 1).copied()
    }
}

impl Course {
    /// The course of the case `id`, filed on `day`.
    pub fn new(
        id: &str,
        day: Date,
        limit: Limit,
        outcome: &Outcome,
        steps: &Steps,
        calendar: &Calendar,
    ) -> Result<Self, Error> {
        let on = |clock: Clock| civil::instant(day, clock.0);
        let due = calendar.due(on(steps.issue), limit)?.at;
        let from = match outcome.reported.after {
            Anchor::Arrival => on(steps.arrive),
            Anchor::Deadline => due,
        };
        let handled = calendar.due(from, within(&outcome.reported, id))?.at;
        if (handled <= due) != (outcome.result == Finish::OnTime) {
            return Err(Error::Contradiction {
                finish: outcome.result,
                at: handled,
                due,
            });
        }
        let checked = calendar.due(handled, steps.check_after)?.at;
        Ok(Self {
            at: [
                on(steps.report),
                on(steps.verify),
                on(steps.file),
                on(steps.plan),
                on(steps.issue),
                on(steps.sign),
                on(steps.commit),
                on(steps.arrive),
                handled,
                checked,
            ],
            due,
            limit,
        })
    }

    /// When a step happens.
    pub fn of(&self, step: Step) -> OffsetDateTime {
        self.at[step as usize]
    }
}

/// The case's own place in a spread: evenly spread over cases, always the same for the same case.
fn within(spread: &Spread, id: &str) -> Limit {
    let hash = Sha256::digest(id.as_bytes());
    let number = hash
        .iter()
        .take(8)
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let step = spread.every.map_or(1, Limit::amount);
    let steps = u64::from((spread.to.amount() - spread.from.amount()) / step) + 1;
    let offset = u32::try_from(number % steps).unwrap_or_default() * step;
    Limit::new(spread.from.kind(), spread.from.amount() + offset).unwrap_or(spread.from)
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;
    use crate::replay::mapping::{Mapping, tests::SMALL};

    fn course(id: &str, outcome: &str, day: Date) -> Result<Course, Error> {
        let mapping = Mapping::parse(SMALL).unwrap();
        let limit = mapping.matter.limit;
        Course::new(
            id,
            day,
            limit,
            &mapping.outcome.values[outcome],
            &mapping.steps,
            &Calendar::national(),
        )
    }

    #[test]
    fn a_late_case_is_reported_after_its_deadline_and_one_on_time_before() {
        for number in 0..200 {
            let id = number.to_string();
            let good = course(&id, "good", date!(2018 - 02 - 10)).unwrap();
            assert!(
                good.of(Step::Handle) > good.of(Step::Arrive) && good.of(Step::Handle) <= good.due
            );
            let bad = course(&id, "bad", date!(2018 - 02 - 10)).unwrap();
            assert!(bad.of(Step::Handle) > bad.due);
            assert!(bad.at.is_sorted(), "the steps are in order");
        }
    }

    #[test]
    fn the_deadline_follows_the_working_calendar() {
        // Issued on the Friday before the Spring Festival of 2018; the 11th and the 24th are make-up workdays.
        let course = course("1", "good", date!(2018 - 02 - 09)).unwrap();
        assert_eq!(course.due, datetime!(2018-02-22 18:00 +8));
    }

    #[test]
    fn the_same_case_has_the_same_course_and_others_have_others() {
        let minutes: std::collections::BTreeSet<_> = (0..50)
            .map(|id| {
                course(&id.to_string(), "good", date!(2018 - 03 - 05))
                    .unwrap()
                    .of(Step::Handle)
            })
            .collect();
        assert!(minutes.len() > 20, "{}", minutes.len());
        assert_eq!(
            course("7", "good", date!(2018 - 03 - 05)).unwrap(),
            course("7", "good", date!(2018 - 03 - 05)).unwrap()
        );
    }

    #[test]
    fn times_that_contradict_the_data_are_refused() {
        let text = SMALL.replace("limit: 5 WORK_DAYS", "limit: 1 WORK_HOURS");
        let mapping = Mapping::parse(&text).unwrap();
        let outcome = &mapping.outcome.values["good"];
        let refused = Course::new(
            "1",
            date!(2018 - 03 - 05),
            mapping.matter.limit,
            outcome,
            &mapping.steps,
            &Calendar::national(),
        );
        assert!(matches!(
            refused,
            Err(Error::Contradiction {
                finish: Finish::OnTime,
                ..
            })
        ));
    }
}
