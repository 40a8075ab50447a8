//! Writing a catalogue as a file: what is written is read back as the same catalogue.

use std::{io, sync::Arc};

use time::Date;

use super::{
    format::{
        CsvWriter, Format, GeoJsonWriter, Heads, SectionError, WriteError, XlsxWriter, YamlWriter,
    },
    sections::{SECTIONS, Sheet},
    write::Map,
};
use crate::domain::Catalogue;

/// What to write, and how.
#[derive(Clone, Debug)]
pub struct Export {
    catalogue: Arc<Catalogue>,
    format: Format,
    sheets: Vec<&'static Sheet>,
    day: Option<Date>,
    personal: bool,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Nobody takes it any more.
    #[error("writing the file")]
    Io(#[from] io::Error),
    /// A spreadsheet's cell takes no text this long.
    #[error("`{column}` of {section} in row {row} is longer than a cell takes")]
    CellTooLong {
        /// The section.
        section: &'static str,
        /// The row of its sheet.
        row: u32,
        /// The column.
        column: String,
    },
    /// A spreadsheet takes no table like this.
    #[error("the workbook cannot be written: {0}")]
    Workbook(String),
}

impl Export {
    /// An export of these sections (none: of all), as on a day (`None`: with everything that was and will be).
    /// Personal data is written if `personal`.
    ///
    /// # Errors
    /// For each section that cannot be exported so, its place in the list (none: 0) and why.
    pub fn new(
        catalogue: Arc<Catalogue>,
        format: Format,
        sections: &[String],
        day: Option<Date>,
        personal: bool,
    ) -> Result<Self, Vec<(usize, SectionError)>> {
        let mut wrong = Vec::new();
        if format.is_one_section() && sections.len() != 1 {
            wrong.push((0, SectionError::Missing));
        }
        for (index, section) in sections.iter().enumerate() {
            let taken = match Sheet::of_key(section) {
                None => Err(SectionError::Unknown),
                Some(_) if !format.is_one_section() => Ok(()),
                Some(_) => format.takes(section),
            };
            wrong.extend(taken.err().map(|error| (index, error)));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let wanted = |sheet: &&Sheet| {
            let named = |it: &String| *it == sheet.key || *it == sheet.zh;
            sections.is_empty() || sections.iter().any(named)
        };
        Ok(Self {
            sheets: SECTIONS.iter().filter(wanted).collect(),
            catalogue,
            format,
            day,
            personal,
        })
    }

    /// How it is written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How many entries of each section there are.
    pub fn counts(&self) -> Vec<(&'static str, u32)> {
        let count = |sheet: &&'static Sheet| {
            let mut count = 0_u32;
            self.each(sheet, &mut |_| count += 1);
            (sheet.key, count)
        };
        self.sheets.iter().map(count).collect()
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`ExportError`]; what was written until then is no file.
    pub fn write(&self, out: &mut dyn io::Write) -> Result<(), ExportError> {
        match self.format {
            Format::Yaml => self.yaml(out),
            Format::Csv => self.csv(out),
            Format::GeoJson => self.geojson(out),
            Format::Xlsx => self.xlsx(out),
        }
    }

    /// Every entry of a section that is to be written.
    fn each(&self, sheet: &Sheet, take: &mut dyn FnMut(Map)) {
        (sheet.rows)(&self.catalogue, &mut |validity, map| {
            if self.day.is_none_or(|day| validity.covers(day)) {
                take(if self.personal { map } else { map.published() });
            }
        });
    }

    /// As [`Export::each`], until something goes wrong.
    fn try_each<E>(
        &self,
        sheet: &Sheet,
        mut take: impl FnMut(&Map) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut result = Ok(());
        self.each(sheet, &mut |map| {
            if result.is_ok() {
                result = take(&map);
            }
        });
        result
    }

    fn heads(&self, sheet: &Sheet) -> Heads {
        let mut heads = Heads::default();
        let mut any = false;
        self.each(sheet, &mut |map| {
            any = true;
            heads.take(sheet, &map);
        });
        if !any {
            heads.take(sheet, &Map::new().text(sheet.first_column(), ""));
        }
        heads.seal();
        heads
    }

    fn yaml(&self, out: &mut dyn io::Write) -> Result<(), ExportError> {
        let (code, name) = (&self.catalogue.district, self.catalogue.district_name());
        let mut comments = vec![format!(
            "{name} ({code}), catalogue version {}",
            self.catalogue.version
        )];
        comments.extend(self.day.map(|it| format!("as on {it}")));
        if !self.personal {
            comments.push(
                "without personal data: what is registered of it stays when this is imported"
                    .to_owned(),
            );
        }
        let mut out = YamlWriter::new(out, &comments)?;
        for sheet in &self.sheets {
            let mut begun = false;
            self.try_each(sheet, |map| {
                if !begun {
                    out.sheet(sheet)?;
                    begun = true;
                }
                out.row(map)
            })?;
        }
        Ok(out.finish()?)
    }

    fn csv(&self, out: &mut dyn io::Write) -> Result<(), ExportError> {
        for sheet in &self.sheets {
            let mut out = CsvWriter::new(&mut *out, self.heads(sheet))?;
            self.try_each(sheet, |map| out.row(map))?;
            out.finish()?;
        }
        Ok(())
    }

    fn geojson(&self, out: &mut dyn io::Write) -> Result<(), ExportError> {
        for sheet in &self.sheets {
            let mut out = GeoJsonWriter::new(&mut *out, sheet)?;
            self.try_each(sheet, |map| out.row(map))?;
            out.finish()?;
        }
        Ok(())
    }

    fn xlsx(&self, out: &mut dyn io::Write) -> Result<(), ExportError> {
        let failed = |section: &'static str| {
            move |error| match error {
                WriteError::CellTooLong(row, column) => ExportError::CellTooLong {
                    section,
                    row: row + 1,
                    column,
                },
                WriteError::Other(text) => ExportError::Workbook(text),
            }
        };
        let mut book = XlsxWriter::new();
        for sheet in &self.sheets {
            let heads = self.heads(sheet);
            let mut rows = book.sheet(sheet, heads).map_err(failed(sheet.key))?;
            self.try_each(sheet, |map| rows.row(map))
                .map_err(failed(sheet.key))?;
        }
        let bytes = book.finish().map_err(failed("workbook"))?;
        Ok(out.write_all(&bytes)?)
    }
}
