//! Workbooks, written: a sheet for each section.

use rust_xlsxwriter::{Format as Style, Workbook, Worksheet};

use super::{
    super::{
        sections::Sheet,
        write::{Map, Out},
    },
    heads::{Heads, Written},
    xlsx::{CELL_MAX, EXACT},
};

/// Why a workbook cannot be written.
#[derive(Debug)]
pub(in crate::street) enum WriteError {
    /// A text longer than a cell takes: the row and the column.
    CellTooLong(u32, String),
    /// More rows than a sheet takes, or anything else.
    Other(String),
}

/// Writes a workbook, sheet by sheet; it is put together at the end.
pub(in crate::street) struct Writer {
    book: Workbook,
    head: Style,
}

impl Writer {
    pub(in crate::street) fn new() -> Self {
        Self {
            book: Workbook::new(),
            head: Style::new().set_bold(),
        }
    }

    /// Begins a sheet.
    pub(in crate::street) fn sheet(
        &mut self,
        sheet: &Sheet,
        heads: Heads,
    ) -> Result<SheetWriter<'_>, WriteError> {
        let out = self.book.add_worksheet();
        out.set_name(sheet.key).map_err(other)?;
        for (column, title) in (0..).zip(heads.titles()) {
            out.write_string_with_format(0, column, title, &self.head)
                .map_err(other)?;
        }
        out.set_freeze_panes(1, 0).map_err(other)?;
        Ok(SheetWriter { out, heads, row: 0 })
    }

    /// The whole file.
    pub(in crate::street) fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        self.book.save_to_buffer().map_err(other)
    }
}

fn other(error: rust_xlsxwriter::XlsxError) -> WriteError {
    WriteError::Other(error.to_string())
}

/// Writes the rows of a sheet.
pub(in crate::street) struct SheetWriter<'a> {
    out: &'a mut Worksheet,
    heads: Heads,
    row: u32,
}

impl SheetWriter<'_> {
    pub(in crate::street) fn row(&mut self, map: &Map) -> Result<(), WriteError> {
        self.row += 1;
        let (out, row, mut result) = (&mut *self.out, self.row, Ok(()));
        let titles = self.heads.titles();
        self.heads.place(map, &mut |column, value| {
            if result.is_ok() {
                result = put(out, row, column, &value, &titles[column]);
            }
        });
        result
    }
}

fn put(
    out: &mut Worksheet,
    row: u32,
    column: usize,
    value: &Written<'_>,
    title: &str,
) -> Result<(), WriteError> {
    let at = u16::try_from(column).map_err(|_| WriteError::Other("too many columns".into()))?;
    let exact = |it: &String| it.parse().ok().filter(|it: &f64| it.abs() < EXACT);
    let done = match value {
        Written::One(Out::Truth(it)) => out.write_boolean(row, at, *it),
        Written::One(Out::Number(it)) if exact(it).is_some() => {
            out.write_number(row, at, exact(it).unwrap_or_default())
        }
        value => {
            let text = value.to_text();
            if text.chars().nth(CELL_MAX).is_some() {
                return Err(WriteError::CellTooLong(row, title.to_owned()));
            }
            out.write_string(row, at, text)
        }
    };
    done.map(|_| ()).map_err(other)
}
