//! The rows of an export, every one checked before anything is written.
//!
//! A row that cannot be mapped is reported with its line, its column and the reason; all of them are, not only the
//! first. A file whose header lacks a column the mapping needs is refused as a whole.

use std::{collections::HashMap, path::Path};

use csv::{ByteRecord, ReaderBuilder};
use liandong_calendar::Calendar;
use liandong_proto::dispatch::CaseSource;
use serde::Serialize;
use time::Date;

use super::{
    course::Course,
    mapping::{Finish, Mapping, read_date},
};

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Not a row, not even a header.
    #[error("the file is empty")]
    Empty,
    /// The header is not UTF-8.
    #[error("line 1: the header is not UTF-8")]
    HeaderNotUtf8,
    /// A header twice.
    #[error("line 1: the column `{0}` is there twice")]
    RepeatedColumn(String),
    /// Columns the mapping needs.
    #[error("line 1: missing column(s) {0}")]
    MissingColumns(String),
    /// The CSV itself is broken.
    #[error("cannot read on")]
    Csv(#[from] csv::Error),
    /// The mapping's date format.
    #[error(transparent)]
    Mapping(#[from] super::mapping::Error),
}

/// A row that cannot be mapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The line in the file, from 1.
    pub line: u64,
    /// The column's header; empty: the row as a whole.
    pub column: String,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Display for BadRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.column.is_empty() {
            write!(f, "line {}: {}", self.line, self.reason)
        } else {
            write!(
                f,
                "line {}, column `{}`: {}",
                self.line, self.column, self.reason
            )
        }
    }
}

/// One case.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line in the file, from 1.
    pub line: u64,
    /// Its number in the export.
    pub id: String,
    /// The day it was filed.
    pub day: Date,
    /// Where it came from.
    pub source: CaseSource,
    /// What it is about, in one line.
    pub title: String,
    /// The same at length.
    pub description: String,
    /// What identifies the unit, as in the file; [`Mapping::unit`] makes an organization of it.
    pub unit: String,
    /// What the unit was called then.
    pub unit_name: String,
    /// Where, the widest area first; empty: the district.
    pub place: Vec<String>,
    /// What identifies the matter, as in the file.
    pub matter: String,
    /// What the matter is called.
    pub matter_title: String,
    /// The matter's category.
    pub category: String,
    /// How it ended.
    pub finish: Finish,
    /// When its steps happen.
    pub course: Course,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The good rows, in the order of the file.
    pub good: Vec<Row>,
    /// The bad ones, in the order of the file.
    pub bad: Vec<BadRow>,
}

/// Reads a file; at most `limit` rows.
pub fn read_file(
    path: &Path,
    mapping: &Mapping,
    limit: Option<usize>,
) -> Result<(Rows, Vec<u8>), Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::File {
        path: path.display().to_string(),
        source,
    })?;
    Ok((read(&bytes, mapping, limit)?, bytes))
}

/// Reads the bytes of a file; at most `limit` rows.
pub fn read(bytes: &[u8], mapping: &Mapping, limit: Option<usize>) -> Result<Rows, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes);
    let mut record = ByteRecord::new();
    if !reader.read_byte_record(&mut record)? {
        return Err(Error::Empty);
    }
    let header = Header::new(&record, mapping)?;
    let format = mapping.date_format()?;
    let calendar = Calendar::national();
    let mut rows = Rows::default();
    let mut seen: HashMap<String, u64> = HashMap::new();
    while limit.is_none_or(|limit| rows.good.len() + rows.bad.len() < limit)
        && reader.read_byte_record(&mut record)?
    {
        let line = record.position().map_or(0, |it| line_of(bytes, it));
        let row = Fields::new(&record, &header, line)
            .and_then(|fields| fields.row(mapping, &format, &calendar))
            .and_then(|row| match seen.insert(row.id.clone(), line) {
                Some(first) => Err(fault(
                    line,
                    &mapping.case.id,
                    format!("`{}` is also on line {first}", row.id),
                )),
                None => Ok(row),
            });
        match row {
            Ok(row) => rows.good.push(row),
            Err(bad) => rows.bad.push(bad),
        }
    }
    Ok(rows)
}

/// The line a record is on. The reader puts the rest of a line end and empty lines before the record they precede.
fn line_of(bytes: &[u8], position: &csv::Position) -> u64 {
    let begin = usize::try_from(position.byte()).unwrap_or(bytes.len());
    let ends = bytes[begin.min(bytes.len())..]
        .iter()
        .take_while(|it| matches!(it, b'\r' | b'\n'));
    position.line() + ends.filter(|it| **it == b'\n').count() as u64
}

struct Header {
    at: HashMap<String, usize>,
    names: Vec<String>,
}

impl Header {
    fn new(record: &ByteRecord, mapping: &Mapping) -> Result<Self, Error> {
        let mut header = Self {
            at: HashMap::new(),
            names: vec![],
        };
        for (index, name) in record.iter().enumerate() {
            let name = std::str::from_utf8(name)
                .map_err(|_| Error::HeaderNotUtf8)?
                .trim()
                .to_owned();
            if header.at.insert(name.clone(), index).is_some() {
                return Err(Error::RepeatedColumn(name));
            }
            header.names.push(name);
        }
        let missing: Vec<String> = mapping
            .columns()
            .into_iter()
            .filter(|(_, column)| !header.at.contains_key(*column))
            .map(|(field, column)| format!("`{column}` ({field})"))
            .collect();
        if missing.is_empty() {
            Ok(header)
        } else {
            Err(Error::MissingColumns(missing.join(", ")))
        }
    }
}

/// A row's texts by column.
struct Fields<'a> {
    line: u64,
    header: &'a Header,
    texts: Vec<&'a str>,
}

impl<'a> Fields<'a> {
    fn new(record: &'a ByteRecord, header: &'a Header, line: u64) -> Result<Self, BadRow> {
        let (found, wanted) = (record.len(), header.names.len());
        if found != wanted {
            return Err(fault(
                line,
                "",
                format!("{found} fields where the header has {wanted}"),
            ));
        }
        let text = |(index, bytes): (usize, &'a [u8])| {
            std::str::from_utf8(bytes)
                .map(str::trim)
                .map_err(|_| fault(line, &header.names[index], "not UTF-8".into()))
        };
        let texts = record
            .iter()
            .enumerate()
            .map(text)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            line,
            header,
            texts,
        })
    }

    /// The text of a column that is known to exist.
    fn get(&self, column: &str) -> &'a str {
        self.header
            .at
            .get(column)
            .and_then(|at| self.texts.get(*at))
            .copied()
            .unwrap_or_default()
    }

    fn needed(&self, column: &str) -> Result<&'a str, BadRow> {
        let text = self.get(column);
        if text.is_empty() {
            Err(self.fault(column, "empty".into()))
        } else {
            Ok(text)
        }
    }

    fn fault(&self, column: &str, reason: String) -> BadRow {
        fault(self.line, column, reason)
    }

    fn joined(&self, columns: &[String]) -> String {
        let mut texts: Vec<&str> = columns
            .iter()
            .map(|it| self.get(it))
            .filter(|it| !it.is_empty())
            .collect();
        texts.dedup();
        texts.join(" · ")
    }

    fn row(
        &self,
        mapping: &Mapping,
        format: &time::format_description::OwnedFormatItem,
        calendar: &Calendar,
    ) -> Result<Row, BadRow> {
        let id = self.needed(&mapping.case.id)?.to_owned();
        let date = &mapping.case.date;
        let text = self.needed(&date.column)?;
        let day = read_date(text, format).map_err(|_| {
            self.fault(
                &date.column,
                format!("`{text}` is not a date like {}", date.format),
            )
        })?;
        let word = self.get(&mapping.source.column);
        let source = mapping
            .source
            .values
            .get(word)
            .ok_or_else(|| self.unknown(&mapping.source.column, word))?;
        let word = self.get(&mapping.outcome.column);
        let outcome = mapping
            .outcome
            .values
            .get(word)
            .ok_or_else(|| self.unknown(&mapping.outcome.column, word))?;
        let unit = self.needed(&mapping.unit.id)?.to_owned();
        let category = mapping
            .matter
            .category
            .as_ref()
            .map_or("", |column| self.get(column))
            .to_owned();
        let limit = outcome.limit.unwrap_or_else(|| mapping.limit_of(&category));
        let course = Course::new(&id, day, limit, outcome, &mapping.steps, calendar)
            .map_err(|error| self.fault(&date.column, error.to_string()))?;
        Ok(Row {
            line: self.line,
            day,
            source: source.0,
            title: shorten(self.joined(&mapping.case.title), 200),
            description: shorten(self.joined(&mapping.case.description), 4000),
            unit,
            unit_name: self.needed(&mapping.unit.name)?.to_owned(),
            place: self.place(mapping),
            matter: self.needed(&mapping.matter.id)?.to_owned(),
            matter_title: self.needed(&mapping.matter.title)?.to_owned(),
            category,
            finish: outcome.result,
            course,
            id,
        })
    }

    /// As deep as it is known.
    fn place(&self, mapping: &Mapping) -> Vec<String> {
        let levels = mapping
            .area
            .levels
            .iter()
            .map(|it| self.get(&it.column).to_owned());
        levels
            .take_while(|it| !it.is_empty() && !mapping.area.unknown.contains(it))
            .collect()
    }

    fn unknown(&self, column: &str, word: &str) -> BadRow {
        self.fault(column, format!("`{word}` is not in the mapping"))
    }
}

fn fault(line: u64, column: &str, reason: String) -> BadRow {
    BadRow {
        line,
        column: column.into(),
        reason,
    }
}

fn shorten(text: String, characters: usize) -> String {
    if text.chars().count() <= characters {
        text
    } else {
        text.chars().take(characters).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::mapping::tests::SMALL;

    const HEADER: &str = "id,day,from,kind,what,what_id,street,community,unit,unit_id,end\n";

    fn rows(body: &str) -> Rows {
        read(
            format!("{HEADER}{body}").as_bytes(),
            &Mapping::parse(SMALL).unwrap(),
            None,
        )
        .unwrap()
    }

    #[test]
    fn good_rows_are_read_with_byte_order_mark_and_any_line_end() {
        let mapping = Mapping::parse(SMALL).unwrap();
        let body = "1,2018-03-05,12345,急,路灯,7,甲街道,乙社区,丙局,12,good\n2,2018-03-06,网站,慢,\"污水, 管道\",8,-,-,-,-,bad\n";
        for text in [
            format!("{HEADER}{body}"),
            format!("\u{feff}{HEADER}{body}"),
            format!("{HEADER}{body}").replace('\n', "\r\n"),
            format!("{HEADER}{body}").trim_end().to_owned(),
        ] {
            let rows = read(text.as_bytes(), &mapping, None).unwrap();
            assert_eq!(rows.bad, []);
            assert_eq!(rows.good.len(), 2);
            assert_eq!(rows.good[0].place, ["甲街道", "乙社区"]);
            assert_eq!(rows.good[0].finish, Finish::OnTime);
            assert!(rows.good[1].place.is_empty(), "filed against the district");
            assert_eq!(rows.good[1].title, "污水, 管道");
        }
    }

    #[test]
    fn every_bad_row_is_named_with_line_column_and_reason() {
        let rows = rows(concat!(
            "1,2018-02-30,12345,急,路灯,7,甲,乙,丙局,12,good\n",
            "2,2018-03-05,传真,急,路灯,7,甲,乙,丙局,12,good\n",
            "3,2018-03-05,12345,急,路灯,7,甲,乙,丙局,12,perhaps\n",
            "4,2018-03-05,12345,急,路灯,7,甲,乙,丙局,12\n",
            "5,2018-03-05,12345,急,路灯,7,甲,乙,丙局,12,good\n",
            "5,2018-03-06,12345,急,路灯,7,甲,乙,丙局,12,good\n",
            "6,2018-03-05,12345,急,路灯,7,甲,乙,丙局,,good\n",
            ",2018-03-05,12345,急,路灯,7,甲,乙,丙局,12,good\n",
            "7,2035-03-05,12345,急,路灯,7,甲,乙,丙局,12,good\n",
        ));
        let said: Vec<String> = rows.bad.iter().map(ToString::to_string).collect();
        assert_eq!(rows.good.len(), 1);
        assert_eq!(
            said[0],
            "line 2, column `day`: `2018-02-30` is not a date like [year]-[month]-[day]"
        );
        assert_eq!(
            said[1],
            "line 3, column `from`: `传真` is not in the mapping"
        );
        assert_eq!(
            said[2],
            "line 4, column `end`: `perhaps` is not in the mapping"
        );
        assert_eq!(said[3], "line 5: 10 fields where the header has 11");
        assert_eq!(said[4], "line 7, column `id`: `5` is also on line 6");
        assert_eq!(said[5], "line 8, column `unit_id`: empty");
        assert_eq!(said[6], "line 9, column `id`: empty");
        assert!(
            said[7].starts_with("line 10, column `day`: ") && said[7].contains("2035"),
            "{}",
            said[7]
        );
    }

    #[test]
    fn lines_are_counted_as_editors_count_them() {
        let mapping = Mapping::parse(SMALL).unwrap();
        let good = "1,2018-03-05,12345,急,路灯,7,甲,乙,丙局,12,good\n";
        for (body, line) in [("x\n", 2), ("\n\nx\n", 4), (&format!("{good}x"), 3)] {
            for text in [
                format!("{HEADER}{body}"),
                format!("{HEADER}{body}").replace('\n', "\r\n"),
            ] {
                let rows = read(text.as_bytes(), &mapping, None).unwrap();
                assert_eq!(rows.bad[0].line, line, "{text:?}");
            }
        }
    }

    #[test]
    fn a_byte_that_is_no_utf8_spoils_its_row_only() {
        let mut bytes =
            format!("{HEADER}1,2018-03-05,12345,急,路灯,7,甲,乙,丙局,12,good\n").into_bytes();
        bytes.extend(b"2,2018-03-05,12345,x,\xff\xfe,7,a,b,c,12,good\n");
        let rows = read(&bytes, &Mapping::parse(SMALL).unwrap(), None).unwrap();
        assert_eq!(rows.good.len(), 1);
        assert_eq!(rows.bad, [fault(3, "what", "not UTF-8".into())]);
    }

    #[test]
    fn a_file_without_a_needed_column_is_refused_as_a_whole() {
        let mapping = Mapping::parse(SMALL).unwrap();
        let error = |text: &str| {
            read(text.as_bytes(), &mapping, None)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(error(""), "the file is empty");
        assert_eq!(
            error("id,day,from,kind,what,what_id,street,community,unit,end\n"),
            "line 1: missing column(s) `unit_id` (unit.id)"
        );
        assert_eq!(error("id,id\n"), "line 1: the column `id` is there twice");
    }

    #[test]
    fn a_limit_of_rows_reads_no_further() {
        let mapping = Mapping::parse(SMALL).unwrap();
        let text = format!("{HEADER}1,2018-03-05,12345,急,路灯,7,甲,乙,丙局,12,good\nnonsense\n");
        assert_eq!(read(text.as_bytes(), &mapping, Some(1)).unwrap().bad, []);
    }
}
