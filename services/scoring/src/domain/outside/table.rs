//! A table of records, as a system exports it: a header line in English or Chinese, then one record a line.

use time::Date;

use super::{Content, Counts, Kind};
use crate::domain::period::parse_day;

/// A line of a table: its number in the file, from 1, and its cells.
pub type Row = (i32, Vec<String>);

/// What is wrong with a table, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: i32,
    /// The column's header; empty if the whole line is meant.
    pub column: String,
    /// What it is.
    pub reason: Reason,
}

/// What can be wrong with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is no header line.
    NoHeader,
    /// A column that is not known.
    UnknownColumn,
    /// A column that is named twice.
    ColumnTwice,
    /// A column that must be there is not.
    ColumnMissing,
    /// More cells than columns.
    TooManyCells,
    /// No id of 1 to 64 letters, digits, `-`, `_` or `.`.
    NotAnId,
    /// No day like 2026-04-17.
    NotADay,
    /// A day that has not come yet.
    DayInFuture,
    /// No organization that is known.
    UnknownOrganization,
    /// No whole number, and no yes or no.
    NotANumber,
    /// A part above the total, or a total out of bounds.
    PartAboveTotal,
    /// The same record twice.
    RecordTwice,
    /// Too many records.
    TooManyRecords,
}

/// The columns, each with its Chinese header; the first three must be there.
const COLUMNS: [(&str, &str); 8] = [
    ("record", "编号"),
    ("organization", "单位"),
    ("day", "日期"),
    ("total", "数量"),
    ("on_time", "按期"),
    ("satisfied", "满意"),
    ("repeated", "重复"),
    ("withdrawn", "撤回"),
];

/// The most records of a file.
const RECORDS_MAX: usize = 10_000;

/// How a table is read.
pub struct Reading<'a> {
    /// The system it comes from.
    pub source: &'a str,
    /// What its records count.
    pub kind: Kind,
    /// Whether there is such an organization.
    pub known: &'a dyn Fn(&str) -> bool,
    /// The day on which it is read: no record is of a later one.
    pub today: Date,
}

impl Reading<'_> {
    /// Reads a table: every record, or every problem.
    pub fn read(&self, rows: &[Row]) -> Result<Vec<Content>, Vec<Problem>> {
        let mut rows = rows
            .iter()
            .filter(|(_, cells)| cells.iter().any(|it| !it.trim().is_empty()));
        let Some((line, header)) = rows.next() else {
            return Err(vec![problem(1, "", Reason::NoHeader)]);
        };
        let mut table = Table {
            columns: vec![],
            problems: vec![],
        };
        table.header(*line, header);
        if !table.problems.is_empty() {
            return Err(table.problems);
        }
        let (mut records, mut known) = (vec![], std::collections::HashSet::new());
        for (line, cells) in rows {
            if records.len() == RECORDS_MAX {
                table
                    .problems
                    .push(problem(*line, "", Reason::TooManyRecords));
                break;
            }
            let Some(record) = table.record(self, *line, cells) else {
                continue;
            };
            if known.insert(record.record.clone()) {
                records.push(record);
            } else {
                table
                    .problems
                    .push(problem(*line, "record", Reason::RecordTwice));
            }
        }
        if table.problems.is_empty() {
            Ok(records)
        } else {
            Err(table.problems)
        }
    }
}

struct Table {
    /// For each column of the file which of [`COLUMNS`] it is.
    columns: Vec<usize>,
    problems: Vec<Problem>,
}

impl Table {
    fn header(&mut self, line: i32, header: &[String]) {
        for text in header {
            let text = text.trim().trim_start_matches('\u{feff}');
            let found = COLUMNS.iter().position(|(english, chinese)| {
                text.eq_ignore_ascii_case(english) || text == *chinese
            });
            match found {
                None => self
                    .problems
                    .push(problem(line, text, Reason::UnknownColumn)),
                Some(at) if self.columns.contains(&at) => {
                    self.problems.push(problem(line, text, Reason::ColumnTwice));
                }
                Some(at) => self.columns.push(at),
            }
        }
        for (at, (column, _)) in COLUMNS.iter().enumerate().take(3) {
            if !self.columns.contains(&at) {
                self.problems
                    .push(problem(line, column, Reason::ColumnMissing));
            }
        }
    }

    fn record(&mut self, how: &Reading<'_>, line: i32, cells: &[String]) -> Option<Content> {
        let mut texts = [""; COLUMNS.len()];
        for (at, text) in cells.iter().enumerate() {
            match self.columns.get(at) {
                Some(column) => texts[*column] = text.trim(),
                None if text.trim().is_empty() => {}
                None => {
                    self.problems.push(problem(line, "", Reason::TooManyCells));
                    return None;
                }
            }
        }
        let before = self.problems.len();
        let mut take = |at: usize, ok: bool, reason| {
            if !ok {
                self.problems.push(problem(line, COLUMNS[at].0, reason));
            }
        };
        let [record, organization, day, ..] = texts;
        let organization = organization
            .strip_prefix("organizations/")
            .unwrap_or(organization);
        take(0, is_id(record), Reason::NotAnId);
        take(1, is_id(organization), Reason::NotAnId);
        let known = !is_id(organization) || (how.known)(organization);
        take(1, known, Reason::UnknownOrganization);
        let day = parse_day(day).filter(|it| (2000..=2100).contains(&it.year()));
        take(2, day.is_some(), Reason::NotADay);
        let over = day.is_none_or(|it| it <= how.today);
        take(2, over, Reason::DayInFuture);
        let mut numbers = [0; COLUMNS.len()];
        for at in 3..COLUMNS.len() {
            let otherwise = i64::from(at == 3);
            match number(texts[at], otherwise) {
                Some(number) => numbers[at] = number,
                None => take(at, false, Reason::NotANumber),
            }
        }
        let [_, _, _, total, on_time, satisfied, repeated, withdrawn] = numbers;
        let counts = Counts {
            total,
            on_time,
            satisfied,
            repeated,
        };
        take(3, counts.is_sound(), Reason::PartAboveTotal);
        take(7, (0..=1).contains(&withdrawn), Reason::NotANumber);
        if self.problems.len() > before {
            return None;
        }
        Some(Content {
            source: how.source.to_owned(),
            record: record.to_owned(),
            kind: how.kind,
            organization: organization.to_owned(),
            day: day?,
            counts,
            withdrawn: withdrawn == 1,
        })
    }
}

fn problem(line: i32, column: &str, reason: Reason) -> Problem {
    Problem {
        line,
        column: column.chars().take(64).collect(),
        reason,
    }
}

/// A whole number, or yes or no for 1 and 0. Spreadsheets write whole numbers with a fraction of nothing.
fn number(text: &str, otherwise: i64) -> Option<i64> {
    match text {
        "" => Some(otherwise),
        "是" | "true" | "TRUE" => Some(1),
        "否" | "false" | "FALSE" => Some(0),
        text => {
            let whole = text.strip_suffix(".0").unwrap_or(text);
            let digits = !whole.is_empty() && whole.bytes().all(|it| it.is_ascii_digit());
            whole.parse().ok().filter(|_| digits)
        }
    }
}

fn is_id(text: &str) -> bool {
    let allowed = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn rows(text: &str) -> Vec<Row> {
        let line = |(at, line): (i32, &str)| (at, line.split(',').map(str::to_owned).collect());
        (1..).zip(text.lines()).map(line).collect()
    }

    fn parsed(text: &str) -> Result<Vec<Content>, Vec<Problem>> {
        let reading = Reading {
            source: "hotline-12345",
            kind: Kind::Hotline,
            known: &|it| it != "sanitatoin",
            today: date!(2026 - 04 - 30),
        };
        reading.read(&rows(text))
    }

    #[test]
    fn chinese_and_english_headers_read_alike() {
        let chinese = parsed("编号,日期,单位,满意\n0007,2026-04-17,sanitation,是\n").unwrap();
        let english = parsed(
            "day,record,total,satisfied,organization\n2026-04-17,0007,1,1.0,organizations/sanitation\n",
        );
        assert_eq!(chinese, english.unwrap());
        assert_eq!(
            (chinese[0].counts.total, chinese[0].counts.satisfied),
            (1, 1)
        );
    }

    #[test]
    fn every_problem_is_named_with_line_and_column() {
        let found = parsed(
            "record,organization,day,total,on_time\n\
             1,sanitation,2026-02-30,2,1\n\
             2,市容,2026-02-28,2,3\n\
             ,,\n\
             3,police,2026-02-28,x\n\
             4,police,2026-02-28,1,1,9\n\
             5,police,2026-02-28\n\
             5,police,2026-02-28\n\
             6,sanitatoin,2026-04-30\n\
             7,police,2026-05-01\n",
        )
        .unwrap_err();
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.line, it.column.as_str(), it.reason))
            .collect();
        assert_eq!(
            found,
            [
                (2, "day", Reason::NotADay),
                (3, "organization", Reason::NotAnId),
                (3, "total", Reason::PartAboveTotal),
                (5, "total", Reason::NotANumber),
                (6, "", Reason::TooManyCells),
                (8, "record", Reason::RecordTwice),
                (9, "organization", Reason::UnknownOrganization),
                (10, "day", Reason::DayInFuture),
            ]
        );
        let header = parsed("编号,编号,电话\n").unwrap_err();
        let reasons: Vec<_> = header.iter().map(|it| it.reason).collect();
        assert_eq!(
            reasons,
            [
                Reason::ColumnTwice,
                Reason::UnknownColumn,
                Reason::ColumnMissing,
                Reason::ColumnMissing
            ]
        );
        assert_eq!(parsed("").unwrap_err()[0].reason, Reason::NoHeader);
    }

    proptest::proptest! {
        #[test]
        fn no_table_panics(text in "(?s).{0,300}") {
            let _ = parsed(&text);
            let _ = parsed(&format!("record,organization,day,total,on_time\n{text}"));
        }
    }
}
