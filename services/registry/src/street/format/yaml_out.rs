//! YAML, written: an entry on a line if it is short, otherwise a key on a line.

use std::io;

use super::{
    super::{
        sections::{Shape, Sheet},
        write::{Map, Out},
    },
    geojson::{quoted, text},
};

/// The longest line of a mapping in braces.
const LINE_MAX: usize = 120;

/// Writes sections one after the other.
pub(in crate::street) struct Writer<W: io::Write> {
    out: W,
    shape: Shape,
}

impl<W: io::Write> Writer<W> {
    /// Begins with comments, one a line, and the schema.
    pub(in crate::street) fn new(mut out: W, comments: &[String]) -> io::Result<Self> {
        for comment in comments {
            writeln!(out, "# {}", comment.replace(char::is_control, " "))?;
        }
        writeln!(out, "schema: {}", super::SCHEMA)?;
        Ok(Self {
            out,
            shape: Shape::Rows,
        })
    }

    pub(in crate::street) fn sheet(&mut self, sheet: &Sheet) -> io::Result<()> {
        self.shape = sheet.shape;
        match sheet.shape {
            Shape::Rows => writeln!(self.out, "\n{}:", sheet.key),
            Shape::One => writeln!(self.out, "{}:", sheet.key),
        }
    }

    pub(in crate::street) fn row(&mut self, map: &Map) -> io::Result<()> {
        let mut text = String::new();
        match self.shape {
            Shape::Rows => item(&mut text, &Out::Map(map.clone()), 2),
            Shape::One => block(&mut text, map, 2, false),
        }
        self.out.write_all(text.as_bytes())
    }

    pub(in crate::street) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// An element of a list.
fn item(out: &mut String, value: &Out, indent: usize) {
    indented(out, indent);
    out.push_str("- ");
    let flow = flow(value);
    match value {
        Out::Map(map) if !fits(&flow, indent) => block(out, map, indent + 2, true),
        _ => line(out, &flow),
    }
}

/// The entries of a mapping, each on lines of its own; the first goes on the line that is begun.
fn block(out: &mut String, map: &Map, indent: usize, begun: bool) {
    for (index, (key, value)) in map.entries().iter().enumerate() {
        if index > 0 || !begun {
            indented(out, indent);
        }
        out.push_str(key);
        out.push(':');
        let flow = flow(value);
        match value {
            Out::Map(map) if !fits(&flow, indent) => {
                out.push('\n');
                block(out, map, indent + 2, false);
            }
            Out::List(items)
                if !fits(&flow, indent) && items.iter().any(|it| matches!(it, Out::Map(_))) =>
            {
                out.push('\n');
                items.iter().for_each(|it| item(out, it, indent + 2));
            }
            _ => {
                out.push(' ');
                line(out, &flow);
            }
        }
    }
}

fn fits(flow: &str, indent: usize) -> bool {
    indent + flow.chars().count() <= LINE_MAX
}

fn indented(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// A value on one line.
fn flow(value: &Out) -> String {
    match value {
        Out::Truth(_) | Out::Number(_) => text(value),
        Out::Text(it) if is_plain(it) => it.clone(),
        Out::Text(it) => escaped(it),
        Out::List(items) => {
            let items: Vec<_> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Out::Map(map) => {
            let each = map.entries().iter();
            let entries: Vec<_> = each
                .map(|(key, it)| format!("{key}: {}", flow(it)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// Words that are not texts if they stand without quotes, in one release of YAML or another.
const WORDS: [&str; 12] = [
    "true", "false", "yes", "no", "on", "off", "null", "nan", "inf", "y", "n", "~",
];

/// Whether a text means itself without quotes: it begins with a letter and has letters, digits and a few signs, or it is
/// a day.
fn is_plain(text: &str) -> bool {
    let wide = |it: char| {
        ('\u{3400}'..='\u{9fff}').contains(&it) || "（）、，。；：《》〔〕“”".contains(it)
    };
    let inner = |it: char| it.is_ascii_alphanumeric() || "-_./".contains(it) || wide(it);
    let is_day = text.len() == 10
        && text.bytes().enumerate().all(|(index, it)| match index {
            4 | 7 => it == b'-',
            _ => it.is_ascii_digit(),
        });
    let begins = text
        .chars()
        .next()
        .is_some_and(|it| it.is_ascii_alphabetic() || wide(it));
    let word = text.to_ascii_lowercase();
    is_day || (begins && text.chars().all(inner) && !WORDS.contains(&word.as_str()))
}

/// In quotes: as JSON, and what YAML does not take as it is escaped too.
fn escaped(text: &str) -> String {
    let mut json = String::new();
    quoted(&mut json, text);
    let mut out = String::with_capacity(json.len());
    for it in json.chars() {
        match it {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(it)));
            }
            it => out.push(it),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::street::format::yaml;

    fn read_back(text: &str) -> Option<String> {
        let yaml = format!("a: [{}]\n", flow(&Out::Text(text.to_owned())));
        let root = yaml::parse(&yaml).ok()?;
        let list = root.value.map()?[0].1.value.list()?;
        list[0].value.text().map(str::to_owned)
    }

    #[test]
    fn plain_words_stand_without_quotes() {
        for plain in [
            "squad",
            "锦河街道（旧）",
            "2026-02-14",
            "E-1",
            "国办发〔2026〕9号",
        ] {
            assert_eq!(flow(&Out::Text(plain.into())), plain);
        }
        for quoted in [
            "", "yes", "320311", "a b", "a: b", "- a", "#a", "1e5", "0755", "=1",
        ] {
            assert_ne!(flow(&Out::Text(quoted.into())), quoted, "{quoted}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_text_is_read_back(text in "[ -~\n\t\u{7f}\u{85}\u{feff}\u{2028}\u{4e00}-\u{4e20}\u{20bb7}：，]{0,20}") {
            proptest::prop_assert_eq!(read_back(&text), Some(text));
        }
    }
}
