//! The formats of a street file. Each becomes the same tree, and is written from the same entries.

mod csv;
mod geojson;
mod headers;
#[cfg(test)]
pub(in crate::street) use self::headers::chinese;
mod heads;
mod json;
mod table;
mod xlsx;
mod xlsx_out;
mod yaml;
mod yaml_out;

use std::borrow::Cow;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

pub(super) use self::{
    csv::Writer as CsvWriter,
    geojson::Writer as GeoJsonWriter,
    heads::Heads,
    xlsx::cell_name,
    xlsx_out::{WriteError, Writer as XlsxWriter},
    yaml_out::Writer as YamlWriter,
};
use super::{
    SCHEMA,
    fields::Findings,
    node::{At, Key, Node, Syntax, Value},
    sections::{SECTIONS, Sheet},
};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Every section in one text.
    Yaml,
    /// One section: a header row, then a row for each entry.
    Csv,
    /// A workbook with a sheet for each section.
    Xlsx,
    /// One section with geometry: a FeatureCollection.
    GeoJson,
}

/// A file as it comes.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// How it is written.
    pub format: Format,
    /// Its section, for a format that carries one.
    pub section: &'a str,
    /// The file.
    pub bytes: &'a [u8],
}

/// Why a section cannot be carried by a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SectionError {
    /// The format carries one section and it was not said which.
    #[error("say which section")]
    Missing,
    /// There is no such section.
    #[error("no such section")]
    Unknown,
    /// The section has no geometry.
    #[error("this section has no geometry")]
    NoGeometry,
    /// The format carries all sections and says itself which.
    #[error("only for CSV and GeoJSON")]
    NotWanted,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Yaml, Self::Csv, Self::Xlsx, Self::GeoJson];

    /// The usual ending of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::GeoJson => "geojson",
        }
    }

    /// The format with this name or ending.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Self::Yaml,
            "csv" => Self::Csv,
            "xlsx" => Self::Xlsx,
            "geojson" | "json" => Self::GeoJson,
            _ => return None,
        })
    }

    /// The largest file, in bytes: a district of a large city with the boundaries of its grids takes a tenth of it.
    /// A workbook is compressed and may unpack to sixteen times as much.
    pub fn bytes_max(self) -> usize {
        match self {
            Self::Yaml | Self::Csv | Self::GeoJson => 64 << 20,
            Self::Xlsx => 16 << 20,
        }
    }

    /// Whether a file is one section.
    pub fn is_one_section(self) -> bool {
        matches!(self, Self::Csv | Self::GeoJson)
    }

    /// Whether a file may be about this section; empty: it is not said which.
    pub fn takes(self, section: &str) -> Result<(), SectionError> {
        match (self.is_one_section(), section) {
            (false, "") => Ok(()),
            (false, _) => Err(SectionError::NotWanted),
            (true, "") => Err(SectionError::Missing),
            (true, section) => match Sheet::of_key(section) {
                None => Err(SectionError::Unknown),
                Some(it) if self == Self::GeoJson && it.geometry.is_none() => {
                    Err(SectionError::NoGeometry)
                }
                Some(_) => Ok(()),
            },
        }
    }
}

/// The sections there are, with their names in Chinese.
pub fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    SECTIONS.iter().map(|it| (it.key, it.zh))
}

/// A file as a tree.
pub(super) struct Parsed {
    pub(super) root: Node,
    /// Of tables: the same tree with one row for each, in which every column is there and empty.
    pub(super) blank: Option<Node>,
    /// The sheets of a workbook.
    pub(super) sheets: Vec<String>,
}

/// Reads a file, whatever its format.
pub(super) fn parse(findings: &Findings, source: &Source<'_>) -> Result<Parsed, Syntax> {
    let sheet =
        Sheet::of_key(source.section).filter(|_| source.format.takes(source.section).is_ok());
    let one = |it: Node, blank: Option<Node>, sheet: &Sheet| Parsed {
        root: root(vec![(sheet.key, it)]),
        blank: blank.map(|it| root(vec![(sheet.key, it)])),
        sheets: Vec::new(),
    };
    match (source.format, sheet) {
        (Format::Yaml, _) => Ok(Parsed {
            root: yaml::parse(&utf8(source.bytes)?)?,
            blank: None,
            sheets: Vec::new(),
        }),
        (Format::Xlsx, _) => xlsx::parse(findings, source.bytes),
        (Format::Csv, Some(sheet)) => {
            let table = csv::parse(findings, sheet, &table_text(source.bytes)?)?;
            Ok(one(table.rows, table.blank, sheet))
        }
        (Format::GeoJson, Some(sheet)) => {
            let rows = geojson::parse(findings, sheet, &utf8(source.bytes)?)?;
            Ok(one(rows, None, sheet))
        }
        (Format::Csv | Format::GeoJson, None) => {
            let text = format!("no section `{}` for this format", source.section);
            let zh = format!("此格式没有“{}”表", source.section);
            Err(Syntax::new(At::of(1, 1), text, zh))
        }
    }
}

/// A text of YAML, or JSON, that stands inside of a file.
pub(super) fn parse_yaml(text: &str) -> Result<Node, Syntax> {
    yaml::parse(text)
}

/// Sections as a file of the schema.
fn root(sections: Vec<(&str, Node)>) -> Node {
    let at = At::of(1, 1);
    let schema = (Key::new(at, "schema"), Node::text(at, SCHEMA));
    let sections = sections
        .into_iter()
        .map(|(key, node)| (Key::new(node.at, key), node));
    Node::new(
        at,
        Value::Map(std::iter::once(schema).chain(sections).collect()),
    )
}

/// A text in UTF-8, with or without a byte order mark.
fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Syntax> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = before.iter().filter(|it| **it == b'\n').count();
            let start = before
                .iter()
                .rposition(|it| *it == b'\n')
                .map_or(0, |it| it + 1);
            let column = String::from_utf8_lossy(&before[start..]).chars().count();
            let clip = |it: usize| u32::try_from(it + 1).unwrap_or(u32::MAX);
            let at = At::of(clip(line), clip(column));
            Syntax::new(at, "the file is not UTF-8", "文件不是 UTF-8 编码")
        })
}

/// A table as spreadsheets write it: UTF-8, UTF-16 with a byte order mark, otherwise GB 18030 (which is GBK and more).
fn table_text(bytes: &[u8]) -> Result<Cow<'_, str>, Syntax> {
    let wide = match bytes {
        [0xFF, 0xFE, rest @ ..] => Some((UTF_16LE, rest)),
        [0xFE, 0xFF, rest @ ..] => Some((UTF_16BE, rest)),
        _ => None,
    };
    let error = match (wide, utf8(bytes)) {
        (None, Ok(text)) if !text.contains('\0') => return Ok(text),
        (None, Ok(_)) => Syntax::new(At::of(1, 1), "", ""),
        (None, Err(error)) => error,
        (Some(_), _) => Syntax::new(At::of(1, 1), "", ""),
    };
    let (encoding, bytes) = wide.unwrap_or((GB18030, bytes));
    let (text, bad) = encoding.decode_without_bom_handling(bytes);
    if bad || text.contains('\0') {
        let text = "the file is neither UTF-8 nor GB 18030 nor UTF-16";
        let zh = "文件编码应为 UTF-8、GB 18030 或 UTF-16";
        return Err(Syntax::new(error.at, text, zh));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_in_the_encodings_of_spreadsheets() {
        let text = "编号,名称\n1,锦河街道";
        let (gbk, _, _) = GB18030.encode(text);
        let bom = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
        let wide: Vec<u8> = std::iter::once(0xFEFF)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [text.as_bytes(), &gbk, &bom, &wide] {
            assert_eq!(table_text(bytes).unwrap(), text);
        }
        assert!(table_text(b"id\n\xFF\xFF\xFF").is_err());
        assert!(
            table_text(b"i\0d\0").is_err(),
            "UTF-16 that does not say so"
        );
        assert_eq!(utf8(b"a\nb\xE4\xBD\xA0\xFF").unwrap_err().at, At::of(2, 3));
    }
}
