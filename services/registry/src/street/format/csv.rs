//! CSV (RFC 4180) as spreadsheets write it: a table of one section.
//!
//! A reader of our own because every cell must know its line and column, also after cells with line breaks in them.

use std::io;

use super::{
    super::{
        fields::Findings,
        node::{At, Syntax},
        sections::Sheet,
    },
    heads::Heads,
    table::{Columns, Row, Rows, Table, cell},
};

/// Reads a text as the rows of a section.
pub(super) fn parse(findings: &Findings, sheet: &Sheet, text: &str) -> Result<Table, Syntax> {
    let mut reader = Reader {
        text: text.as_bytes(),
        index: 0,
        at: At::of(1, 1),
    };
    let start = reader.at;
    let mut rows = Rows::new(sheet, start);
    let mut columns = None;
    while let Some(row) = reader.row()? {
        if row.iter().all(|(_, text)| text.trim().is_empty()) {
            continue; // spreadsheets end with such lines
        }
        match &columns {
            None => {
                separated_by_commas(&row)?;
                columns = Some(Columns::of(findings, sheet, row));
            }
            Some(columns) => {
                let at = row[0].0;
                let cells = row.into_iter().enumerate();
                let filled = cells.filter(|(_, (_, text))| !text.trim().is_empty());
                let cells = filled.map(|(index, (at, text))| (index, cell(at, text)));
                rows.add(findings, columns, Row::new(at, cells.collect()))?;
            }
        }
    }
    let Some(columns) = columns else {
        return Err(Syntax::new(
            start,
            "the table has no header row",
            "表格没有标题行",
        ));
    };
    Ok(Table {
        blank: Some(columns.blank(sheet, start)),
        rows: rows.into_node(findings),
    })
}

/// A header row that is one cell with other signs between its words: every row would be one value that nobody knows.
fn separated_by_commas(header: &[(At, String)]) -> Result<(), Syntax> {
    let [(at, title)] = header else {
        return Ok(());
    };
    match title.trim().find(['\t', ';', '；', '，', '|']) {
        None => Ok(()),
        Some(_) => Err(Syntax::new(
            *at,
            "the columns must be separated by commas `,`, not by tabs, semicolons or other signs",
            "各列须以英文逗号“,”分隔，不能用制表符、分号或中文逗号",
        )),
    }
}

/// Writes the rows of a section.
pub(in crate::street) struct Writer<W: io::Write> {
    out: csv::Writer<W>,
    heads: Heads,
    cells: Vec<String>,
}

impl<W: io::Write> Writer<W> {
    /// Begins with a byte order mark, by which spreadsheets know UTF-8, and the header row.
    pub(in crate::street) fn new(mut out: W, heads: Heads) -> io::Result<Self> {
        out.write_all("\u{feff}".as_bytes())?;
        let mut out = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(out);
        out.write_record(heads.titles())?;
        let cells = vec![String::new(); heads.titles().len()];
        Ok(Self { out, heads, cells })
    }

    pub(in crate::street) fn row(&mut self, map: &super::super::write::Map) -> io::Result<()> {
        self.cells.iter_mut().for_each(String::clear);
        let cells = &mut self.cells;
        self.heads
            .place(map, &mut |column, value| cells[column] = value.to_text());
        Ok(self.out.write_record(&self.cells)?)
    }

    pub(in crate::street) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

struct Reader<'a> {
    text: &'a [u8],
    index: usize,
    at: At,
}

impl Reader<'_> {
    /// The next line of cells, each with its place.
    fn row(&mut self) -> Result<Option<Vec<(At, String)>>, Syntax> {
        if self.index >= self.text.len() {
            return Ok(None);
        }
        let mut row = Vec::new();
        loop {
            let at = self.at;
            let text = match self.peek() {
                Some(b'"') => self.quoted()?,
                _ => self.plain(),
            };
            row.push((at, text));
            match self.peek() {
                Some(b',') => self.step(),
                Some(b'\r' | b'\n') => {
                    self.line_break();
                    return Ok(Some(row));
                }
                None => return Ok(Some(row)),
                Some(_) => {
                    let text = "a quoted cell must be followed by a comma or a line break";
                    return Err(Syntax::new(self.at, text, "引号之后应为逗号或换行"));
                }
            }
        }
    }

    fn plain(&mut self) -> String {
        let start = self.index;
        while !matches!(self.peek(), None | Some(b',' | b'\r' | b'\n')) {
            self.step();
        }
        String::from_utf8_lossy(&self.text[start..self.index]).into_owned()
    }

    fn quoted(&mut self) -> Result<String, Syntax> {
        let at = self.at;
        let mut bytes = Vec::new();
        self.step();
        loop {
            match self.peek() {
                None => {
                    let text = "a quoted cell does not end";
                    return Err(Syntax::new(at, text, "引号没有配对"));
                }
                Some(b'"') => {
                    self.step();
                    if self.peek() != Some(b'"') {
                        return Ok(String::from_utf8_lossy(&bytes).into_owned());
                    }
                    bytes.push(b'"');
                    self.step();
                }
                Some(byte) => {
                    bytes.push(byte);
                    self.step();
                }
            }
        }
    }

    fn line_break(&mut self) {
        if self.peek() == Some(b'\r') && self.text.get(self.index + 1) == Some(&b'\n') {
            self.index += 1;
        }
        self.index += 1;
        (self.at.line, self.at.column) = (self.at.line.saturating_add(1), 1);
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.index).copied()
    }

    /// Goes on by a byte; columns count characters.
    fn step(&mut self) {
        let byte = self.peek();
        self.index += 1;
        match byte {
            Some(b'\n') => (self.at.line, self.at.column) = (self.at.line.saturating_add(1), 1),
            Some(byte) if byte & 0xC0 != 0x80 => {
                self.at.column = self.at.column.saturating_add(1);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Vec<(At, String)>>, Syntax> {
        let mut reader = Reader {
            text: text.as_bytes(),
            index: 0,
            at: At::of(1, 1),
        };
        let mut rows = Vec::new();
        while let Some(row) = reader.row()? {
            rows.push(row);
        }
        Ok(rows)
    }

    #[test]
    fn every_cell_knows_where_it_stands() {
        let rows = rows("编号,b\r\n\"x\r\ny \"\"z\"\"\",街道\n,\n").unwrap();
        let cell = |row: usize, column: usize| {
            let (at, text) = &rows[row][column];
            (at.line, at.column, text.as_str())
        };
        assert_eq!(cell(0, 1), (1, 4, "b"));
        assert_eq!(cell(1, 0), (2, 1, "x\r\ny \"z\""));
        assert_eq!(cell(1, 1), (3, 10, "街道"), "after a break inside a cell");
        assert_eq!(cell(2, 1), (4, 2, ""));
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn a_table_with_other_signs_between_its_columns_is_told_so_once() {
        let sheet = Sheet::of_key("officers").unwrap();
        for text in [
            "id;name\nwang;王强",
            "编号\t姓名\nwang\t王强",
            "编号，姓名\n",
        ] {
            let error = parse(&Findings::default(), sheet, text).unwrap_err();
            assert!(error.text.contains("separated by commas"), "{text}");
            assert_eq!(error.at, At::of(1, 1));
        }
        assert!(parse(&Findings::default(), sheet, "编号\nwang").is_ok());
    }

    #[test]
    fn quotes_that_do_not_match_are_refused_with_their_place() {
        assert_eq!(rows("a\nb,\"c\nd").unwrap_err().at, At::of(2, 3));
        assert_eq!(rows("\"a\"b,c").unwrap_err().at, At::of(1, 4));
    }

    proptest::proptest! {
        #[test]
        fn it_reads_what_the_usual_writer_writes(table in proptest::collection::vec(
            proptest::collection::vec("[a,\"\r\n\u{8857};]{0,6}", 2..5), 1..6)) {
            let mut out = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            table.iter().for_each(|it| out.write_record(it).unwrap());
            let text = String::from_utf8(out.into_inner().unwrap()).unwrap();
            let read = rows(&text).unwrap();
            let read: Vec<Vec<String>> = read.into_iter().map(|it| it.into_iter().map(|it| it.1).collect()).collect();
            proptest::prop_assert_eq!(read, table);
        }
    }
}
