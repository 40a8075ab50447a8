//! How long something may take, and how that is counted.
//!
//! The written form is an amount and a unit, separated by blanks:
//!
//! | Unit | Counts |
//! |---|---|
//! | `URGENT_MINUTES`, `URGENT_HOURS` | continuous time, day and night (紧急工作时) |
//! | `WORK_MINUTES`, `WORK_HOURS` | time inside office windows (工作时) |
//! | `WORK_DAYS` | working days (工作日) |
//! | `CALENDAR_DAYS` | calendar days (自然日) |
//!
//! The amount is a whole decimal number of at least 1. Anything else is refused, never defaulted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How a limit is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LimitKind {
    /// 紧急工作时: continuous, day and night. The amount is in minutes.
    UrgentHours,
    /// 工作时: inside office windows on working days. The amount is in minutes.
    WorkHours,
    /// 工作日: the first working day after the start is day 1; due when the office closes on day n.
    WorkDays,
    /// 自然日: the day after the start is day 1; due at 24:00 of day n.
    CalendarDays,
}

/// A limit: `amount` is in minutes for the hour kinds and in days for the day kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Limit {
    kind: LimitKind,
    amount: u32,
}

/// Why a text or an amount is not a limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an amount followed by a unit.
    #[error("`{0}` is not a limit: write an amount and a unit, such as `5 WORK_DAYS`")]
    Form(String),
    /// The amount is not a whole number.
    #[error("the amount `{0}` of a limit is not a whole number of at least 1")]
    Amount(String),
    /// The amount is zero.
    #[error("the amount of a limit must be at least 1")]
    Zero,
    /// The amount is larger than the wire carries.
    #[error("the amount `{0}` of a limit is too large")]
    TooLarge(String),
    /// The unit is unknown.
    #[error(
        "unknown unit `{0}`: use URGENT_MINUTES, URGENT_HOURS, WORK_MINUTES, WORK_HOURS, WORK_DAYS or CALENDAR_DAYS"
    )]
    Unit(String),
}

/// The largest amount: what an `int32` on the wire carries.
pub const AMOUNT_MAX: u32 = i32::MAX as u32;

impl LimitKind {
    /// Every kind.
    pub const ALL: [LimitKind; 4] = [
        LimitKind::UrgentHours,
        LimitKind::WorkHours,
        LimitKind::WorkDays,
        LimitKind::CalendarDays,
    ];

    /// Whether amounts of this kind are minutes; otherwise they are days.
    pub fn in_minutes(self) -> bool {
        matches!(self, LimitKind::UrgentHours | LimitKind::WorkHours)
    }
}

impl Limit {
    /// A limit of `amount` minutes (hour kinds) or days (day kinds).
    pub fn new(kind: LimitKind, amount: u32) -> Result<Limit, Error> {
        match amount {
            0 => Err(Error::Zero),
            1..=AMOUNT_MAX => Ok(Limit { kind, amount }),
            _ => Err(Error::TooLarge(amount.to_string())),
        }
    }

    /// How it is counted.
    pub fn kind(self) -> LimitKind {
        self.kind
    }

    /// Minutes for the hour kinds, days for the day kinds; at least 1, at most [`AMOUNT_MAX`].
    pub fn amount(self) -> u32 {
        self.amount
    }
}

impl FromStr for Limit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Limit, Error> {
        let mut words = text.split_ascii_whitespace();
        let (Some(amount), Some(unit), None) = (words.next(), words.next(), words.next()) else {
            return Err(Error::Form(text.to_owned()));
        };
        let (kind, minutes) = match unit {
            "URGENT_MINUTES" => (LimitKind::UrgentHours, 1),
            "URGENT_HOURS" => (LimitKind::UrgentHours, 60),
            "WORK_MINUTES" => (LimitKind::WorkHours, 1),
            "WORK_HOURS" => (LimitKind::WorkHours, 60),
            "WORK_DAYS" => (LimitKind::WorkDays, 1),
            "CALENDAR_DAYS" => (LimitKind::CalendarDays, 1),
            _ => return Err(Error::Unit(unit.to_owned())),
        };
        if !amount.bytes().all(|it| it.is_ascii_digit()) {
            return Err(Error::Amount(amount.to_owned()));
        }
        let too_large = || Error::TooLarge(amount.to_owned());
        let units: u32 = amount.parse().map_err(|_| too_large())?;
        let amount = units
            .checked_mul(minutes)
            .filter(|it| *it <= AMOUNT_MAX)
            .ok_or_else(too_large)?;
        Limit::new(kind, amount)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.amount.is_multiple_of(60).then_some(self.amount / 60);
        match (self.kind, hours) {
            (LimitKind::UrgentHours, Some(hours)) => write!(f, "{hours} URGENT_HOURS"),
            (LimitKind::UrgentHours, None) => write!(f, "{} URGENT_MINUTES", self.amount),
            (LimitKind::WorkHours, Some(hours)) => write!(f, "{hours} WORK_HOURS"),
            (LimitKind::WorkHours, None) => write!(f, "{} WORK_MINUTES", self.amount),
            (LimitKind::WorkDays, _) => write!(f, "{} WORK_DAYS", self.amount),
            (LimitKind::CalendarDays, _) => write!(f, "{} CALENDAR_DAYS", self.amount),
        }
    }
}

impl TryFrom<String> for Limit {
    type Error = Error;

    fn try_from(text: String) -> Result<Limit, Error> {
        text.parse()
    }
}

impl From<Limit> for String {
    fn from(limit: Limit) -> String {
        limit.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hours_and_minutes_are_the_same_kind() {
        let limit: Limit = "4 WORK_HOURS".parse().unwrap();
        assert_eq!((limit.kind(), limit.amount()), (LimitKind::WorkHours, 240));
        let limit: Limit = "  30   URGENT_MINUTES ".parse().unwrap();
        assert_eq!((limit.kind(), limit.amount()), (LimitKind::UrgentHours, 30));
        assert_eq!(
            "60 WORK_MINUTES".parse::<Limit>().unwrap().to_string(),
            "1 WORK_HOURS"
        );
        assert_eq!(
            "90 WORK_MINUTES".parse::<Limit>().unwrap().to_string(),
            "90 WORK_MINUTES"
        );
    }

    #[test]
    fn what_is_not_a_limit_is_refused_with_its_reason() {
        let reason = |text: &str| text.parse::<Limit>().unwrap_err();
        for text in ["", "5", "WORK_DAYS", "5 WORK DAYS", "3工作日"] {
            assert_eq!(reason(text), Error::Form(text.into()));
        }
        for amount in ["-1", "+1", "1.5", "一", "0x10", "1_000"] {
            assert_eq!(
                reason(&format!("{amount} WORK_DAYS")),
                Error::Amount(amount.into())
            );
        }
        for unit in ["DAYS", "work_days", "WORKDAYS"] {
            assert_eq!(reason(&format!("5 {unit}")), Error::Unit(unit.into()));
        }
        assert_eq!(reason("0 WORK_HOURS"), Error::Zero);
        for text in [
            "2147483648 WORK_DAYS",
            "35791395 WORK_HOURS",
            "99999999999999999999 CALENDAR_DAYS",
        ] {
            let amount = text.split_once(' ').unwrap().0;
            assert_eq!(reason(text), Error::TooLarge(amount.into()));
        }
        assert!("2147483647 WORK_DAYS".parse::<Limit>().is_ok());
        assert!(Limit::new(LimitKind::WorkDays, AMOUNT_MAX + 1).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(kind in 0..4_usize, amount in 1..=AMOUNT_MAX) {
            let limit = Limit::new(LimitKind::ALL[kind], amount).unwrap();
            prop_assert_eq!(limit.to_string().parse::<Limit>().unwrap(), limit);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<Limit>();
        }
    }
}
