//! When an agent does something: inside working time where the limit counts working time, rounded to five minutes.

use liandong_calendar::Calendar;
use time::{Duration, OffsetDateTime};

use super::{dice::Dice, profile::Profile};

/// People look at their clocks in steps.
const STEP: i64 = 5 * 60;

/// Finds times.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    calendar: Calendar,
    /// So many times faster than life; 1 under the virtual clock.
    hurry: f64,
}

/// A deadline as an agent sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    /// When it runs out.
    pub(super) due: OffsetDateTime,
    /// Whether it runs day and night.
    pub(super) urgent: bool,
}

impl Pace {
    /// The national working calendar.
    pub(super) fn new(hurry: f64) -> Self {
        Self {
            calendar: Calendar::national(),
            hurry: hurry.max(1.0),
        }
    }

    /// When a department with this profile reaches a stage that begins `now`.
    pub(super) fn reach(
        &self,
        profile: Profile,
        dice: Dice,
        now: OffsetDateTime,
        deadline: Deadline,
        decision: &[&str],
    ) -> OffsetDateTime {
        let named = |what| [&[what], decision].concat();
        let share = dice.share(&named("share"));
        if dice.happens(profile.late, &named("late")) || deadline.due <= now {
            return self.later(
                deadline.due.max(now),
                deadline.urgent,
                30 + (share * 420.0) as i64,
                now,
            );
        }
        // Around the usual pace, never quite at the deadline.
        let part = (profile.pace * (0.4 + 1.2 * share)).clamp(0.02, 0.92);
        let at = if deadline.urgent {
            now + (deadline.due - now) * part
        } else {
            let working = self
                .calendar
                .working_time_between(now, deadline.due)
                .unwrap_or(deadline.due - now);
            self.calendar
                .add(now, working * part)
                .unwrap_or(deadline.due)
        };
        self.rounded(now, at.min(deadline.due))
    }

    /// So many minutes later: of working time, or of any.
    pub(super) fn after(&self, now: OffsetDateTime, urgent: bool, minutes: i64) -> OffsetDateTime {
        self.later(now, urgent, minutes, now)
    }

    fn later(
        &self,
        from: OffsetDateTime,
        urgent: bool,
        minutes: i64,
        now: OffsetDateTime,
    ) -> OffsetDateTime {
        let length = Duration::minutes(minutes);
        let at = if urgent {
            from + length
        } else {
            self.calendar.add(from, length).unwrap_or(from + length)
        };
        self.rounded(now, at)
    }

    /// The next step of people's clocks, or sooner where there is a hurry.
    fn rounded(&self, now: OffsetDateTime, at: OffsetDateTime) -> OffsetDateTime {
        if self.hurry > 1.0 {
            return now + (at - now) / self.hurry;
        }
        let over = at.unix_timestamp().rem_euclid(STEP);
        let whole = at.replace_nanosecond(0).unwrap_or(at);
        if over == 0 && whole == at {
            at
        } else {
            whole + Duration::seconds(STEP - over)
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::simulate::profile::of_kind;

    #[test]
    fn a_punctual_department_is_on_time_and_a_late_one_is_not() {
        let (pace, now) = (Pace::new(1.0), datetime!(2026-03-06 16:00 +8));
        let deadline = Deadline {
            due: datetime!(2026-03-13 18:00 +8),
            urgent: false,
        };
        for order in 0..200 {
            let order = order.to_string();
            let at = |late| {
                let profile = Profile {
                    late,
                    ..of_kind("sanitation")
                };
                pace.reach(profile, Dice::new(1), now, deadline, &["report", &order])
            };
            assert!(at(0.0) > now && at(0.0) <= deadline.due, "{}", at(0.0));
            assert!(at(1.0) > deadline.due);
            assert_eq!(at(0.0).minute() % 5, 0);
        }
    }

    #[test]
    fn nobody_works_at_night_unless_it_is_urgent() {
        let (pace, evening) = (Pace::new(1.0), datetime!(2026-03-06 19:00 +8));
        assert_eq!(
            pace.after(evening, false, 60),
            datetime!(2026-03-09 09:00 +8)
        );
        assert_eq!(
            pace.after(evening, true, 60),
            datetime!(2026-03-06 20:00 +8)
        );
    }

    #[test]
    fn in_a_hurry_everything_takes_a_part_of_its_time() {
        let now = datetime!(2026-03-06 09:00 +8);
        assert_eq!(Pace::new(60.0).after(now, true, 60), now + Duration::MINUTE);
    }
}
