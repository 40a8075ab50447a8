//! How often an item is looked at, and the periods that makes.

use serde::{Deserialize, Serialize};
use time::{Date, Month};

use crate::domain::Validity;

/// How often an item is looked at. Periods are civil; weeks go from Monday to Sunday (M35).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rhythm {
    /// Once, for the whole period.
    #[default]
    Once,
    /// Every civil year.
    Yearly,
    /// Every quarter.
    Quarterly,
    /// Every month.
    Monthly,
    /// Every week.
    Weekly,
}

impl Rhythm {
    /// Every rhythm.
    pub const ALL: [Self; 5] = [
        Self::Once,
        Self::Yearly,
        Self::Quarterly,
        Self::Monthly,
        Self::Weekly,
    ];

    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Once => "ONCE",
            Self::Yearly => "YEARLY",
            Self::Quarterly => "QUARTERLY",
            Self::Monthly => "MONTHLY",
            Self::Weekly => "WEEKLY",
        }
    }

    /// The last day of the civil period a day lies in; `None`: there is no end to it.
    fn last_of(self, day: Date) -> Option<Date> {
        let month_end = |month: Month| {
            Date::from_calendar_date(day.year(), month, month.length(day.year())).ok()
        };
        match self {
            Self::Once => None,
            Self::Yearly => month_end(Month::December),
            Self::Quarterly => month_end(match u8::from(day.month()) {
                1..=3 => Month::March,
                4..=6 => Month::June,
                7..=9 => Month::September,
                _ => Month::December,
            }),
            Self::Monthly => month_end(day.month()),
            Self::Weekly => {
                let left = 7 - day.weekday().number_from_monday();
                day.checked_add(time::Duration::days(i64::from(left)))
            }
        }
    }
}

/// More periods than the longest contract has weeks.
const ROUNDS_MAX: usize = 600;

/// The periods of an item within its contract's period, the oldest first; the first and the last one are cut off
/// where the contract begins and ends. None if the contract has no both ends.
pub fn rounds(rhythm: Rhythm, within: &Validity) -> Vec<Validity> {
    let (Some(mut first), Some(end)) = (within.first, within.last) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    while first <= end && all.len() < ROUNDS_MAX {
        let last = rhythm.last_of(first).map_or(end, |it| it.min(end));
        all.push(Validity {
            first: Some(first),
            last: Some(last),
        });
        match last.next_day() {
            Some(next) => first = next,
            None => break,
        }
    }
    all
}
