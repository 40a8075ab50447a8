//! Writing an entry as it stands in a file: the inverse of [`Fields`](super::fields::Fields).
//!
//! A writer says in the order of docs/street-file.md what its reader asks for, and leaves out what the reader would
//! assume anyhow. What must stay true: what is written is read back as an equal item. Every format is made of the same
//! [`Map`]s.
//!
//! ```text
//! impl Written for Vehicle {
//!     fn write(&self) -> Map {
//!         Map::new()
//!             .text("id", &self.id)               // always there
//!             .words("plate", &self.plate)        // if not empty
//!             .some("area", self.area.as_ref())   // if there is one
//!             .truth("serviceable", self.serviceable)
//!             .personal(Map::new().words("phone", &self.phone)) // for registrars only
//!             .maps("repairs", self.repairs.iter().map(repair))
//!             .validity(self.validity)
//!     }
//! }
//! ```

use std::fmt::Display;

use time::Date;

use crate::domain::Validity;

/// Something that stands in a section of the file.
pub(super) trait Written {
    /// Its keys and values.
    fn write(&self) -> Map;
}

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Out {
    /// True or false.
    Truth(bool),
    /// A number, in decimal digits.
    Number(String),
    /// A text.
    Text(String),
    /// Several.
    List(Vec<Out>),
    /// Keys with their values.
    Map(Map),
}

/// A mapping to be written: keys in the order of the documentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Map {
    entries: Vec<(&'static str, Out)>,
    /// Keys that only those see who may see personal data.
    personal: Vec<&'static str>,
}

impl Map {
    /// Nothing so far.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A value, whatever it is.
    pub(super) fn value(mut self, key: &'static str, value: Out) -> Self {
        self.entries.push((key, value));
        self
    }

    /// A text that must be there: an id, a name, a word.
    pub(super) fn text(self, key: &'static str, text: impl Display) -> Self {
        self.value(key, Out::Text(text.to_string()))
    }

    /// A text, unless it is empty.
    pub(super) fn words(self, key: &'static str, text: &str) -> Self {
        if text.is_empty() {
            self
        } else {
            self.text(key, text)
        }
    }

    /// A text such as a reference, if there is one.
    pub(super) fn some(self, key: &'static str, text: Option<impl Display>) -> Self {
        match text {
            Some(text) => self.text(key, text),
            None => self,
        }
    }

    /// A whole number, if there is one.
    pub(super) fn number(self, key: &'static str, number: Option<impl Into<i64>>) -> Self {
        match number {
            Some(number) => self.value(key, Out::Number(number.into().to_string())),
            None => self,
        }
    }

    /// True; false is left out.
    pub(super) fn truth(self, key: &'static str, truth: bool) -> Self {
        if truth {
            self.value(key, Out::Truth(true))
        } else {
            self
        }
    }

    /// A day, if there is one.
    pub(super) fn day(self, key: &'static str, day: Option<Date>) -> Self {
        self.some(key, day)
    }

    /// `valid_from` and `valid_to`.
    pub(super) fn validity(self, validity: Validity) -> Self {
        self.day("valid_from", validity.first)
            .day("valid_to", validity.last)
    }

    /// Plain values, unless there is none.
    pub(super) fn texts(
        self,
        key: &'static str,
        texts: impl IntoIterator<Item = impl Display>,
    ) -> Self {
        let each = texts.into_iter().map(|it| Out::Text(it.to_string()));
        self.list(key, each)
    }

    /// Mappings, unless there is none.
    pub(super) fn maps(self, key: &'static str, maps: impl IntoIterator<Item = Map>) -> Self {
        self.list(key, maps.into_iter().map(Out::Map))
    }

    /// A mapping, unless it is empty.
    pub(super) fn map(self, key: &'static str, map: Map) -> Self {
        if map.entries.is_empty() {
            self
        } else {
            self.value(key, Out::Map(map))
        }
    }

    /// What another map says, as personal data: shown to registrars only.
    pub(super) fn personal(mut self, map: Map) -> Self {
        self.personal
            .extend(map.entries.iter().map(|(key, _)| *key));
        self.entries.extend(map.entries);
        self
    }

    /// What is in it, in order.
    pub(super) fn entries(&self) -> &[(&'static str, Out)] {
        &self.entries
    }

    /// The same without personal data, at any depth.
    pub(super) fn published(self) -> Self {
        let Self { entries, personal } = self;
        let open = entries
            .into_iter()
            .filter(|(key, _)| !personal.contains(key));
        Self {
            entries: open.map(|(key, it)| (key, it.published())).collect(),
            personal: Vec::new(),
        }
    }

    fn list(self, key: &'static str, values: impl Iterator<Item = Out>) -> Self {
        let values: Vec<_> = values.collect();
        if values.is_empty() {
            self
        } else {
            self.value(key, Out::List(values))
        }
    }
}

impl Out {
    /// A coordinate kept in ten-millionths of a degree, in degrees without trailing zeros.
    pub(super) fn degrees(ten_millionths: i32) -> Self {
        let (whole, part) = (
            ten_millionths.unsigned_abs() / 10_000_000,
            ten_millionths.unsigned_abs() % 10_000_000,
        );
        let sign = if ten_millionths < 0 { "-" } else { "" };
        let text = format!("{sign}{whole}.{part:07}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        Self::Number(text.to_owned())
    }

    fn published(self) -> Self {
        match self {
            Self::List(values) => Self::List(values.into_iter().map(Self::published).collect()),
            Self::Map(map) => Self::Map(map.published()),
            plain => plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_assumed_anyhow_is_left_out() {
        let map = Map::new()
            .text("id", "a")
            .words("code", "")
            .some("area", None::<&str>)
            .number("count", None::<u32>)
            .truth("exempt", false)
            .validity(Validity::ALWAYS)
            .texts("acts", Vec::<String>::new())
            .maps("names", [])
            .map("stages", Map::new());
        assert_eq!(map, Map::new().text("id", "a"));
    }

    #[test]
    fn personal_data_can_be_taken_out_at_any_depth() {
        let phone = || Map::new().words("phone", "13800000000");
        let map = Map::new()
            .text("id", "a")
            .personal(phone())
            .maps("deputies", [Map::new().text("id", "b").personal(phone())]);
        let open = Map::new()
            .text("id", "a")
            .maps("deputies", [Map::new().text("id", "b")]);
        assert_eq!(map.published(), open);
    }

    #[test]
    fn degrees_are_exact() {
        let degrees = |it| match Out::degrees(it) {
            Out::Number(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(degrees(1_171_234_567), "117.1234567");
        assert_eq!(degrees(-5_000_000), "-0.5");
        assert_eq!(degrees(1_170_000_000), "117");
        assert_eq!(degrees(0), "0");
        assert_eq!(degrees(i32::MIN), "-214.7483648");
    }
}
