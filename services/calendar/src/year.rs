//! A published year: which weekdays are off and which weekend days are worked.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::{Date, Weekday};

time::serde::format_description!(iso_date, Date, "[year]-[month]-[day]");

/// What a notice makes of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Change {
    /// 放假: nobody works.
    Off,
    /// 调休上班: worked although it would be free.
    Work,
}

/// A day that differs from the plain week.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialDay {
    /// The civil date.
    #[serde(with = "iso_date")]
    pub date: Date,
    /// Off or worked.
    pub change: Change,
    /// The festival it belongs to, such as 春节.
    pub festival: String,
    /// The notice that says so, such as 国办发明电〔2024〕12号.
    pub notice: String,
}

/// One published year. Days not listed follow the weekend.
///
/// A year may rest on several notices: 2018-12-31 was made a day off by the notice for 2019.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Plain", into = "Plain")]
pub struct Year {
    year: i32,
    days: Vec<SpecialDay>,
}

/// The written form of a year, before it is checked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    year: i32,
    days: Vec<SpecialDay>,
}

/// Why a table is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The year cannot be one of this calendar.
    #[error("{0} is not a year between 1992 and 9000")]
    Year(i32),
    /// A year without a single special day is not a published year.
    #[error("the calendar of {0} lists no days")]
    Empty(i32),
    /// A day of another year.
    #[error("{date} does not lie in {year}")]
    OtherYear {
        /// The day.
        date: Date,
        /// The year it was listed under.
        year: i32,
    },
    /// A day that is listed twice.
    #[error("{0} is listed twice")]
    Twice(Date),
    /// A make-up workday that would be worked anyway.
    #[error("{0} is a weekday and cannot be a make-up workday")]
    Weekday(Date),
    /// A year that is given twice.
    #[error("the calendar of {0} is given twice")]
    YearTwice(i32),
    /// An override of a day whose year is not published.
    #[error("{0} is overridden but its year is not published")]
    Unpublished(Date),
}

impl Error {
    /// What is wrong and what helps, in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Year(year) => format!("{year} 不在 1992 至 9000 年之间，请更正年份"),
            Self::Empty(year) => {
                format!("{year} 年历没有列出任何放假或调休日，请按国务院办公厅通知逐日填写")
            }
            Self::OtherYear { date, year } => {
                format!("{date} 不属于 {year} 年，请改到该日所在年份的年历中")
            }
            Self::Twice(date) => format!("{date} 重复列出，请只保留一次"),
            Self::Weekday(date) => {
                format!("{date} 本来就是工作日，不能作为调休上班日，请删去或更正日期")
            }
            Self::YearTwice(year) => format!("{year} 年历重复给出，请只保留一份"),
            Self::Unpublished(date) => {
                format!("{date} 所在年份的年历尚未公布，请先公布该年年历再作调整")
            }
        }
    }
}

impl Year {
    /// A year with its special days; they are checked and put in order.
    ///
    /// # Errors
    /// The first of its [`flaws`](Self::flaws).
    pub fn new(year: i32, mut days: Vec<SpecialDay>) -> Result<Year, Error> {
        match Self::flaws(year, &days).into_iter().next() {
            Some((_, error)) => Err(error),
            None => {
                days.sort();
                Ok(Year { year, days })
            }
        }
    }

    /// Everything that is wrong with a year and its special days: each with the place of its day in the list, those of
    /// the year as a whole with none.
    pub fn flaws(year: i32, days: &[SpecialDay]) -> Vec<(Option<usize>, Error)> {
        // Summer time was last used in 1991; the upper bound keeps all arithmetic representable.
        if !(1992..=9000).contains(&year) {
            return vec![(None, Error::Year(year))];
        }
        if days.is_empty() {
            return vec![(None, Error::Empty(year))];
        }
        let mut seen = BTreeSet::new();
        let flaw = |day: &SpecialDay| {
            let date = day.date;
            if date.year() != year {
                Some(Error::OtherYear { date, year })
            } else if !seen.insert(date) {
                Some(Error::Twice(date))
            } else if day.change == Change::Work && !is_weekend(date) {
                Some(Error::Weekday(date))
            } else {
                None
            }
        };
        let each = days.iter().map(flaw).enumerate();
        each.filter_map(|(at, error)| Some((Some(at), error?)))
            .collect()
    }

    /// The year.
    pub fn year(&self) -> i32 {
        self.year
    }

    /// The special days in order.
    pub fn days(&self) -> &[SpecialDay] {
        &self.days
    }

    /// The notices it rests on, in the order of their first day.
    pub fn notices(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        self.days
            .iter()
            .map(|it| it.notice.as_str())
            .filter(|it| seen.insert(*it))
            .collect()
    }

    /// The years built into this crate, 2015 to 2026.
    pub fn national() -> &'static [Year] {
        crate::national::years()
    }
}

pub(crate) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

impl TryFrom<Plain> for Year {
    type Error = Error;

    fn try_from(plain: Plain) -> Result<Year, Error> {
        Year::new(plain.year, plain.days)
    }
}

impl From<Year> for Plain {
    fn from(year: Year) -> Plain {
        Plain {
            year: year.year,
            days: year.days,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn day(date: Date, change: Change) -> SpecialDay {
        SpecialDay {
            date,
            change,
            festival: "元旦".into(),
            notice: "某号".into(),
        }
    }

    #[test]
    fn a_year_that_cannot_be_right_is_refused() {
        let new_year = day(date!(2027 - 01 - 01), Change::Off);
        assert_eq!(Year::new(2027, vec![]), Err(Error::Empty(2027)));
        assert_eq!(
            Year::new(1980, vec![new_year.clone()]),
            Err(Error::Year(1980))
        );
        let other = day(date!(2026 - 01 - 01), Change::Off);
        assert_eq!(
            Year::new(2027, vec![other]),
            Err(Error::OtherYear {
                date: date!(2026 - 01 - 01),
                year: 2027
            })
        );
        let twice = Year::new(2027, vec![new_year.clone(), new_year.clone()]);
        assert_eq!(twice, Err(Error::Twice(date!(2027 - 01 - 01))));
        let friday = day(date!(2027 - 01 - 08), Change::Work);
        assert_eq!(
            Year::new(2027, vec![friday]),
            Err(Error::Weekday(date!(2027 - 01 - 08)))
        );
        assert!(Year::new(2027, vec![new_year]).is_ok());
    }

    #[test]
    fn every_flaw_of_a_year_is_named_with_its_day() {
        let days = [
            day(date!(2027 - 01 - 01), Change::Off),
            day(date!(2026 - 01 - 01), Change::Off),
            day(date!(2027 - 01 - 01), Change::Off),
            day(date!(2027 - 01 - 08), Change::Work),
        ];
        let flaws = Year::flaws(2027, &days).into_iter();
        let at: Vec<_> = flaws.map(|(at, _)| at).collect();
        assert_eq!(at, [Some(1), Some(2), Some(3)]);
        assert_eq!(Year::flaws(1980, &days), [(None, Error::Year(1980))]);
    }
}
