//! The compact text form of published years.
//!
//! ```text
//! year 2025
//! notice 国办发明电〔2024〕12号       # what follows rests on it
//! off 春节 01-28..01-31 02-03 02-04   # days off: single days and ranges
//! work 春节 01-26 02-08               # make-up workdays
//! ```
//!
//! `#` starts a comment. A mistake is reported with its line.

use time::{Date, Month};

use crate::year::{self, Change, SpecialDay, Year};

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Error {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not one of the four statements.
    #[error("expected `year`, `notice`, `off` or `work`, found `{0}`")]
    Statement(String),
    /// A statement that lacks something.
    #[error("`{0}` is incomplete")]
    Incomplete(String),
    /// A statement before the `year` or `notice` it needs.
    #[error("`{0}` must come after `year` and `notice`")]
    Early(String),
    /// Not a year.
    #[error("`{0}` is not a year")]
    Year(String),
    /// Not a day of that year.
    #[error("`{0}` is not a day of the year: write MM-DD or MM-DD..MM-DD")]
    Day(String),
    /// The year as a whole is refused; the line is that of its `year` statement.
    #[error(transparent)]
    Refused(#[from] year::Error),
}

/// Reads the years of a text, in the order in which they stand.
pub fn parse(text: &str) -> Result<Vec<Year>, Error> {
    let mut years = Vec::new();
    let mut draft: Option<Draft> = None;
    for (line, statement) in (1..).zip(text.lines()) {
        let statement = statement
            .split_once('#')
            .map_or(statement, |it| it.0)
            .trim();
        if statement.is_empty() {
            continue;
        }
        let wrong = |problem| Error { line, problem };
        let Some((verb, rest)) = statement.split_once(char::is_whitespace) else {
            return Err(wrong(Problem::Incomplete(statement.into())));
        };
        if verb == "year" {
            let year = rest
                .trim()
                .parse()
                .map_err(|_| wrong(Problem::Year(rest.trim().into())))?;
            let next = Draft {
                line,
                year,
                notice: None,
                days: Vec::new(),
            };
            years.extend(draft.replace(next).map(Draft::finish).transpose()?);
            continue;
        }
        let Some(draft) = draft.as_mut() else {
            return Err(wrong(Problem::Early(verb.into())));
        };
        match verb {
            "notice" => draft.notice = Some(rest.trim().to_owned()),
            "off" => draft.add(Change::Off, statement, rest).map_err(wrong)?,
            "work" => draft.add(Change::Work, statement, rest).map_err(wrong)?,
            _ => return Err(wrong(Problem::Statement(verb.into()))),
        }
    }
    years.extend(draft.map(Draft::finish).transpose()?);
    Ok(years)
}

/// A year that is being read.
struct Draft {
    line: usize,
    year: i32,
    notice: Option<String>,
    days: Vec<SpecialDay>,
}

impl Draft {
    fn add(&mut self, change: Change, statement: &str, rest: &str) -> Result<(), Problem> {
        let notice = self
            .notice
            .clone()
            .ok_or_else(|| Problem::Early(statement.into()))?;
        let mut words = rest.split_whitespace();
        let festival = words
            .next()
            .ok_or_else(|| Problem::Incomplete(statement.into()))?;
        let before = self.days.len();
        for word in words {
            for date in days(self.year, word).ok_or_else(|| Problem::Day(word.into()))? {
                let (festival, notice) = (festival.to_owned(), notice.clone());
                self.days.push(SpecialDay {
                    date,
                    change,
                    festival,
                    notice,
                });
            }
        }
        if self.days.len() == before {
            return Err(Problem::Incomplete(statement.into()));
        }
        Ok(())
    }

    fn finish(self) -> Result<Year, Error> {
        Year::new(self.year, self.days).map_err(|it| Error {
            line: self.line,
            problem: it.into(),
        })
    }
}

/// The days of `MM-DD` or `MM-DD..MM-DD`.
fn days(year: i32, word: &str) -> Option<Vec<Date>> {
    let (first, last) = word.split_once("..").unwrap_or((word, word));
    let (first, last) = (day(year, first)?, day(year, last)?);
    let all: Vec<Date> = std::iter::successors(Some(first), |it| it.next_day())
        .take_while(|it| *it <= last)
        .collect();
    (!all.is_empty()).then_some(all)
}

fn day(year: i32, text: &str) -> Option<Date> {
    let (month, day) = text.split_once('-')?;
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year, month, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_reported_with_its_line() {
        let report = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(
            report("\nholiday 01-01"),
            "line 2: `holiday` must come after `year` and `notice`"
        );
        assert_eq!(
            report("year 2025\nholiday 01-01"),
            "line 2: expected `year`, `notice`, `off` or `work`, found `holiday`"
        );
        assert_eq!(report("year MMXXV"), "line 1: `MMXXV` is not a year");
        assert_eq!(
            report("year 2025\noff 元旦 01-01"),
            "line 2: `off 元旦 01-01` must come after `year` and `notice`"
        );
        let days = |text: &str| report(&format!("year 2025\nnotice 某号\noff 元旦 {text}"));
        assert_eq!(days(""), "line 3: `off 元旦` is incomplete");
        for text in ["02-30", "1月1日", "02-04..02-01"] {
            assert_eq!(
                days(text),
                format!("line 3: `{text}` is not a day of the year: write MM-DD or MM-DD..MM-DD")
            );
        }
        assert_eq!(days("01-01 01-01"), "line 1: 2025-01-01 is listed twice");
    }

    #[test]
    fn ranges_and_comments_are_understood() {
        let years = parse("# a table\nyear 2025\nnotice 甲\noff 春节 01-28..01-31 02-03 # and so on\nnotice 乙\nwork 春节 01-26\n").unwrap();
        assert_eq!(years.len(), 1);
        assert_eq!(years[0].days().len(), 6);
        assert_eq!(years[0].notices(), ["乙", "甲"]);
    }
}
