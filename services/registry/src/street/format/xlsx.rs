//! Workbooks, read: a sheet for each section.
//!
//! A workbook is a zip of XML, so a small file can be made to unpack to a huge one, and to promise more than it holds.
//! Everything in it is therefore unpacked once beforehand and counted, and cells are read one by one: memory is bounded
//! by what the cells say, never by what the file claims about itself.

use std::{
    collections::HashMap,
    io::{Cursor, Read},
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx, XlsxError};
use zip::ZipArchive;

use super::{
    super::{
        fields::Findings,
        node::{At, Node, Syntax, Value},
        sections::{SECTIONS, Sheet},
    },
    Parsed, root,
    table::{Columns, Row, Rows, Table, cell},
};
use crate::domain::Reason;

/// What all parts unpack to.
const UNPACKED_MAX: u64 = 256 << 20;
/// What a part other than a sheet or the texts unpacks to: styles are kept in memory many times their size.
const PART_MAX: u64 = 4 << 20;
/// Parts of a workbook.
const PARTS_MAX: usize = 4_096;
/// Texts a workbook may say it has.
const STRINGS_MAX: u64 = 4_000_000;
/// Bytes of text in all cells; one text may stand in many of them.
const TEXT_MAX: usize = 128 << 20;
/// Characters in a cell: a spreadsheet takes no more.
pub(super) const CELL_MAX: usize = 32_767;
/// A number of more digits has lost some: spreadsheets keep fifteen.
pub(super) const EXACT: f64 = 1e15;

/// Reads a workbook.
pub(super) fn parse(findings: &Findings, bytes: &[u8]) -> Result<Parsed, Syntax> {
    unpacks(bytes)?;
    // What is left are surprises inside the reader: a file is never a reason to fall over.
    let read = catch_unwind(AssertUnwindSafe(|| sheets(findings, bytes)));
    read.unwrap_or_else(|_| Err(no_workbook("the workbook is damaged")))
}

fn no_workbook(text: impl Into<String>) -> Syntax {
    Syntax::new(At::of(1, 1), text, "不是有效的 XLSX 工作簿")
}

fn too_large(part: &str) -> Syntax {
    let text = format!("{part} unpacks to more than a street file needs");
    Syntax::new(At::of(1, 1), text, format!("{part}解压后过大"))
}

/// Unpacks every part, keeping nothing, and refuses what is too much.
fn unpacks(bytes: &[u8]) -> Result<(), Syntax> {
    // Before anything is kept for each of them.
    let parts = bytes.windows(4).filter(|it| *it == b"PK\x01\x02").count();
    if parts > PARTS_MAX {
        return Err(too_large("the workbook"));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| no_workbook(format!("not a workbook: {error}")))?;
    let mut left = UNPACKED_MAX;
    for index in 0..archive.len() {
        let part = archive
            .by_index(index)
            .map_err(|error| no_workbook(format!("not a workbook: {error}")))?;
        let name = part
            .name()
            .map_err(|error| no_workbook(format!("not a workbook: {error}")))?
            .to_ascii_lowercase();
        let large = name.contains("/worksheets/") || name.contains("sharedstrings");
        let limit = if large { left } else { left.min(PART_MAX) };
        let mut seen = Seen::default();
        let mut part = part.take(limit + 1);
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = part
                .read(&mut buffer)
                .map_err(|error| no_workbook(format!("{name} cannot be unpacked: {error}")))?;
            if count == 0 {
                break;
            }
            seen.take(&buffer[..count]);
        }
        if seen.bytes > limit || seen.promised > STRINGS_MAX {
            return Err(too_large(&name));
        }
        if seen.wide && name.ends_with(".xml") {
            return Err(no_workbook(format!("{name} is not UTF-8")));
        }
        left -= seen.bytes;
    }
    Ok(())
}

/// What a part says while it is unpacked.
#[derive(Default)]
struct Seen {
    bytes: u64,
    /// The largest `uniqueCount="…"`: memory is set aside for so many texts.
    promised: u64,
    /// Whether it has a zero byte, as UTF-16 has.
    wide: bool,
    /// The end of what was seen, in case the word is cut in two.
    tail: Vec<u8>,
}

impl Seen {
    fn take(&mut self, bytes: &[u8]) {
        const WORD: &[u8] = b"uniqueCount";
        const LONGEST: usize = 64;
        self.bytes += bytes.len() as u64;
        self.wide |= bytes.contains(&0);
        self.tail.extend_from_slice(bytes);
        for (start, _) in self
            .tail
            .windows(WORD.len())
            .enumerate()
            .filter(|(_, it)| *it == WORD)
        {
            let after = self.tail[start + WORD.len()..].iter().take(LONGEST);
            let digits = after
                .skip_while(|it| !it.is_ascii_digit())
                .take_while(|it| it.is_ascii_digit());
            let count = digits.fold(0_u64, |sum, it| {
                sum.saturating_mul(10).saturating_add(u64::from(it - b'0'))
            });
            self.promised = self.promised.max(count);
        }
        let keep = self.tail.len().saturating_sub(WORD.len() + LONGEST);
        self.tail.drain(..keep);
    }
}

fn sheets(findings: &Findings, bytes: &[u8]) -> Result<Parsed, Syntax> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| failed(&error))?;
    let names = book.sheet_names();
    if names.is_empty() {
        return Err(no_workbook("the workbook has no sheet"));
    }
    let (mut sections, mut blanks) = (Vec::new(), Vec::new());
    let mut text_left = TEXT_MAX;
    for (index, name) in names.iter().enumerate() {
        let number = u16::try_from(index + 1).map_err(|_| too_large("the workbook"))?;
        let start = At {
            sheet: number,
            line: 1,
            column: 1,
        };
        let Some(sheet) = Sheet::of_key(name.trim()) else {
            let known: Vec<_> = SECTIONS.iter().map(|it| it.key).collect();
            let (english, chinese) = (known.join(", "), known.join("、"));
            let text = format!("no section is called `{name}`; there are {english}");
            let zh = format!("没有名为“{name}”的表；可用：{chinese}");
            findings.add(start, name, Reason::UnknownKey, text, zh);
            continue;
        };
        if sections.iter().any(|(key, _)| *key == sheet.key) {
            let text = format!("two sheets are about `{}`", sheet.key);
            findings.add(start, name, Reason::Duplicate, text, "两个工作表内容相同");
            continue;
        }
        let mut reader = SheetReader {
            findings,
            sheet,
            number,
            text_left,
        };
        let Table { rows, blank } = reader.read(&mut book, name, start)?;
        text_left = reader.text_left;
        sections.push((sheet.key, rows));
        blanks.extend(blank.map(|it| (sheet.key, it)));
    }
    Ok(Parsed {
        root: root(sections),
        blank: Some(root(blanks)),
        sheets: names,
    })
}

fn failed(error: &XlsxError) -> Syntax {
    no_workbook(format!("not a workbook: {error}"))
}

/// A cell's row and column, from 0.
type Position = (u32, u32);

/// The last cell of each range of merged cells, by its first, which alone holds what the range shows.
fn merged(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
) -> Result<HashMap<Position, Position>, Syntax> {
    let ranges = book.merge_cells_by_sheet_name(name);
    let ranges = ranges.map_err(|error| failed(&error))?.into_iter();
    let ranges = ranges.filter(|it| it.start != it.end);
    Ok(ranges.map(|it| (it.start, it.end)).collect())
}

struct SheetReader<'a> {
    findings: &'a Findings,
    sheet: &'static Sheet,
    number: u16,
    text_left: usize,
}

impl SheetReader<'_> {
    fn read(
        &mut self,
        book: &mut Xlsx<Cursor<&[u8]>>,
        name: &str,
        start: At,
    ) -> Result<Table, Syntax> {
        let mut rows = Rows::new(self.sheet, start);
        let mut columns: Option<Columns> = None;
        let merged = merged(book, name)?;
        let mut cells = match book.worksheet_cells_reader(name) {
            Ok(cells) => cells,
            Err(XlsxError::NotAWorksheet(_)) => {
                return Ok(Table {
                    rows: rows.into_node(self.findings),
                    blank: None,
                });
            }
            Err(error) => return Err(failed(&error)),
        };
        let (mut line, mut row) = (0, Vec::new());
        loop {
            let next = cells.next_cell_with_formula_metadata();
            let next = next.map_err(|error| failed(&error))?;
            let (position, value) = match &next {
                Some(it) => (it.pos, &it.value),
                None => ((u32::MAX, 0), &DataRef::Empty),
            };
            if position.0 != line {
                if next.is_some() && position.0 < line {
                    return Err(no_workbook("the rows of a sheet are not in order"));
                }
                let whole = std::mem::take(&mut row);
                self.row(&mut rows, &mut columns, line, whole)?;
                line = position.0;
            }
            if next.is_none() {
                return Ok(Table {
                    rows: rows.into_node(self.findings),
                    blank: columns.map(|it| it.blank(self.sheet, start)),
                });
            }
            let at = self.at(position.0, position.1);
            let formula = next.as_ref().is_some_and(|it| it.formula.is_some());
            if formula && matches!(value, DataRef::Empty) {
                let text = "the cell holds a formula without its result: save the workbook with a spreadsheet program, \
                            or write the value";
                self.wrong(
                    at,
                    text,
                    "单元格只有公式而没有结果，请用表格软件保存，或直接填写数值",
                );
            }
            if let Some(node) = self.value(at, value)? {
                if let Some(end) = merged.get(&position) {
                    let end = cell_name("", self.at(end.0, end.1));
                    let end = end.trim_start_matches('!');
                    let text = format!(
                        "the cell is merged with others, up to {end}: write the value into each of them"
                    );
                    let zh = format!("单元格已合并（至{end}），请取消合并并逐格填写");
                    self.wrong(at, &text, &zh);
                }
                row.push((position.1 as usize, node));
            }
        }
    }

    fn row(
        &self,
        rows: &mut Rows,
        columns: &mut Option<Columns>,
        line: u32,
        cells: Vec<(usize, Node)>,
    ) -> Result<(), Syntax> {
        if cells.is_empty() {
            return Ok(());
        }
        let at = self.at(line, 0);
        if let Some(columns) = columns {
            return rows.add(self.findings, columns, Row::new(at, cells));
        }
        let last = cells.iter().map(|(column, _)| *column).max().unwrap_or(0);
        let mut titles: Vec<_> = (0..=last)
            .map(|it| {
                (
                    self.at(line, u32::try_from(it).unwrap_or(u32::MAX)),
                    String::new(),
                )
            })
            .collect();
        for (column, node) in cells {
            titles[column] = (node.at, node.value.text().unwrap_or_default().to_owned());
        }
        *columns = Some(Columns::of(self.findings, self.sheet, titles));
        Ok(())
    }

    fn at(&self, row: u32, column: u32) -> At {
        At {
            sheet: self.number,
            line: row.saturating_add(1),
            column: column.saturating_add(1),
        }
    }

    /// What a cell says; nothing if it is empty.
    fn value(&mut self, at: At, value: &DataRef<'_>) -> Result<Option<Node>, Syntax> {
        let text = match value {
            DataRef::Empty => return Ok(None),
            DataRef::Bool(it) => return Ok(Some(Node::new(at, Value::Truth(*it)))),
            DataRef::String(it) => it.as_str().to_owned(),
            DataRef::SharedString(it) => (*it).to_owned(),
            DataRef::Int(it) => it.to_string(),
            DataRef::Float(it) => self.number(at, *it),
            DataRef::DateTime(it) => match time(it) {
                Some(text) => text,
                None => {
                    self.wrong(at, "the cell holds no day", "单元格不是有效日期");
                    return Ok(None);
                }
            },
            DataRef::DateTimeIso(it) => it.trim_end_matches("T00:00:00").to_owned(),
            DataRef::DurationIso(it) => it.clone(),
            DataRef::Error(it) => {
                let text = format!("the cell holds the error {it}");
                self.wrong(at, &text, "单元格为错误值");
                return Ok(None);
            }
        };
        if text.trim().is_empty() {
            return Ok(None);
        }
        if text.chars().nth(CELL_MAX).is_some() {
            let text = format!("more than {CELL_MAX} characters in a cell");
            self.wrong(at, &text, "单元格内容过长");
            return Ok(None);
        }
        match self.text_left.checked_sub(text.len()) {
            Some(left) => self.text_left = left,
            None => return Err(too_large("the text of the cells")),
        }
        Ok(Some(cell(at, text)))
    }

    fn number(&self, at: At, number: f64) -> String {
        if number.abs() >= EXACT || !number.is_finite() {
            let text = "a number of more than 15 digits, of which the spreadsheet has lost the last ones; \
                        codes must be cells of the format `text`";
            let zh = "数字超过15位，表格软件已丢失末尾数字；编码应设为文本格式";
            self.wrong(at, text, zh);
        }
        number.to_string()
    }

    fn wrong(&self, at: At, text: &str, zh: &str) {
        self.findings
            .add(at, self.sheet.key, Reason::Malformed, text, zh);
    }
}

/// A day as 2026-02-14, a minute of one as 2026-02-14 08:30, a time of the day as 08:30.
fn time(it: &ExcelDateTime) -> Option<String> {
    // Day 2958465 is 9999-12-31.
    if !(0.0..2_958_466.0).contains(&it.as_f64()) {
        return None;
    }
    let (year, month, day, hour, minute, second, _) = it.to_ymd_hms_milli();
    Some(if it.as_f64() < 1.0 {
        format!("{hour:02}:{minute:02}")
    } else if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else if second == 0 {
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    })
}

/// The cell of a place, e.g. `organizations!C12`.
pub(in crate::street) fn cell_name(sheet: &str, at: At) -> String {
    let mut letters = Vec::new();
    let mut column = at.column;
    while column > 0 {
        let digit = u8::try_from((column - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + digit));
        column = (column - 1) / 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{sheet}!{letters}{}", at.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_named_as_the_spreadsheet_names_it() {
        let name = |line, column| {
            cell_name(
                "单位",
                At {
                    sheet: 1,
                    line,
                    column,
                },
            )
        };
        assert_eq!(name(12, 3), "单位!C12");
        assert_eq!(name(1, 27), "单位!AA1");
        assert_eq!(name(1_048_576, 16_384), "单位!XFD1048576");
    }

    #[test]
    fn promises_are_seen_also_where_a_buffer_ends() {
        let mut seen = Seen::default();
        seen.take(b"<sst count=\"3\" unique");
        seen.take(b"Count=\"99999999999\">");
        assert_eq!(
            (seen.promised, seen.bytes, seen.wide),
            (99_999_999_999, 41, false)
        );
    }
}
