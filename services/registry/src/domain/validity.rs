//! On which civil days something holds. Both ends are included.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::Date;

use super::day;

/// From a first to a last day; open where it is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// The first day; `None`: since ever.
    #[serde(with = "day::iso::option", default)]
    pub first: Option<Date>,
    /// The last day; `None`: until further notice.
    #[serde(with = "day::iso::option", default)]
    pub last: Option<Date>,
}

/// Where a day stands to a validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Before the first day.
    NotYet,
    /// Inside.
    Valid,
    /// After the last day.
    Over,
}

impl Validity {
    /// Always.
    pub const ALWAYS: Self = Self {
        first: None,
        last: None,
    };

    /// Where a day stands.
    pub fn standing(&self, day: Date) -> Standing {
        if self.first.is_some_and(|first| day < first) {
            Standing::NotYet
        } else if self.last.is_some_and(|last| day > last) {
            Standing::Over
        } else {
            Standing::Valid
        }
    }

    /// Whether it holds on a day.
    pub fn covers(&self, day: Date) -> bool {
        self.standing(day) == Standing::Valid
    }

    /// Whether it holds on every day of an interval.
    pub fn covers_all(&self, first: Date, last: Date) -> bool {
        self.covers(first) && self.covers(last)
    }

    /// Whether some day belongs to both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins_by = |one: &Self, end: &Self| match (one.first, end.last) {
            (Some(first), Some(last)) => first <= last,
            _ => true,
        };
        begins_by(self, other) && begins_by(other, self)
    }

    /// Whether it ends before it begins.
    pub fn is_backwards(&self) -> bool {
        matches!((self.first, self.last), (Some(first), Some(last)) if last < first)
    }

    /// Whether it goes on after a day.
    pub fn outlasts(&self, day: Date) -> bool {
        self.last.is_none_or(|last| last > day)
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |it: Option<Date>| it.map(|it| it.to_string()).unwrap_or_default();
        write!(f, "{}..{}", end(self.first), end(self.last))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn both_ends_are_included() {
        let may = Validity {
            first: Some(date!(2026 - 05 - 01)),
            last: Some(date!(2026 - 05 - 31)),
        };
        assert_eq!(may.standing(date!(2026 - 04 - 30)), Standing::NotYet);
        assert!(may.covers(date!(2026 - 05 - 01)) && may.covers(date!(2026 - 05 - 31)));
        assert_eq!(may.standing(date!(2026 - 06 - 01)), Standing::Over);
        assert!(Validity::ALWAYS.covers(date!(1900 - 01 - 01)));
    }

    #[test]
    fn periods_that_share_a_day_overlap() {
        let until = |last| Validity {
            first: None,
            last: Some(last),
        };
        let from = |first| Validity {
            first: Some(first),
            last: None,
        };
        assert!(until(date!(2026 - 05 - 31)).overlaps(&from(date!(2026 - 05 - 31))));
        assert!(!until(date!(2026 - 05 - 31)).overlaps(&from(date!(2026 - 06 - 01))));
        assert!(Validity::ALWAYS.overlaps(&Validity::ALWAYS));
    }
}
