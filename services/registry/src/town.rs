//! A small street for the tests of this crate, written as a street file.

use time::{OffsetDateTime, macros::datetime};

use crate::{domain::Catalogue, street};

/// When it is imported.
pub(crate) const AT: OffsetDateTime = datetime!(2026-01-05 01:00 UTC);

/// The district's code.
pub(crate) const DISTRICT: &str = "320311";

/// The file.
pub(crate) const FILE: &str = include_str!("town.yaml");

/// The file with one text replaced by another, which must be there.
pub(crate) fn file_with(before: &str, after: &str) -> String {
    assert!(FILE.contains(before), "the town has no {before:?}");
    FILE.replacen(before, after, 1)
}

/// The catalogue after importing a file that must be in order.
pub(crate) fn catalogue_of(text: &str) -> Catalogue {
    let empty = Catalogue::empty(DISTRICT);
    let import = street::import(&empty, text, AT);
    assert_eq!(import.problems, vec![]);
    empty.with(&import.plan.changes, AT)
}

/// The town's catalogue.
pub(crate) fn catalogue() -> Catalogue {
    catalogue_of(FILE)
}
