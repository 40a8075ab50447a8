//! Lists of references and hours of the week on the wire.

use liandong_kit::status::{FieldProblem, Violations};

use super::id;
use crate::domain::{Id, Item, week::WeekHours};

/// Resource names; every bad one is named with its place.
pub(in crate::grpc) fn ids<T: Item>(
    bad: &mut Violations,
    field: &str,
    names: &[String],
) -> Vec<Id<T>> {
    let each = names.iter().enumerate();
    each.filter_map(|(index, it)| bad.take(format!("{field}[{index}]"), id(it)))
        .collect()
}

/// Resource names to the wire.
pub(in crate::grpc) fn names<'a, T: Item>(ids: impl IntoIterator<Item = &'a Id<T>>) -> Vec<String> {
    ids.into_iter().map(Id::name).collect()
}

/// Hours of the week; every bad text is named with its place. None if there is no text.
pub(in crate::grpc) fn hours(bad: &mut Violations, field: &str, texts: &[String]) -> WeekHours {
    let each = texts.iter().enumerate().filter_map(|(index, text)| {
        let read = WeekHours::parse(text).ok_or_else(|| {
            let english = format!("`{text}` is not hours of the week such as Mon-Fri 08:00-18:00");
            FieldProblem::new(
                english,
                format!("“{text}”不是每周时段，如 周一至周五 08:00-18:00"),
            )
        });
        bad.take(format!("{field}[{index}]"), read)
    });
    each.fold(WeekHours::NONE, |all, it| all.or(&it))
}
