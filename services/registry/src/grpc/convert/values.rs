//! Plain values of messages that must be there, or be of a size.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{day, geometry, id};
use crate::domain::{Id, Item, geometry::Point};

/// A text that must not be empty.
pub(in crate::grpc) fn text(bad: &mut Violations, field: &str, text: &str) -> Option<String> {
    let filled = !text.trim().is_empty();
    bad.check(filled, field, "must not be empty", "不能为空");
    filled.then(|| text.to_owned())
}

/// A count.
pub(in crate::grpc) fn count(bad: &mut Violations, field: &str, count: i32) -> Option<u32> {
    let negative = |_| FieldProblem::new("must not be negative", "不能为负");
    bad.take(field, u32::try_from(count).map_err(negative))
}

/// A day that must be there.
pub(in crate::grpc) fn required_day(bad: &mut Violations, field: &str, text: &str) -> Option<Date> {
    let missing = || FieldProblem::new("required", "必填");
    let read = day(text).and_then(|it| it.ok_or_else(missing));
    bad.take(field, read)
}

/// A point that may be left out.
pub(in crate::grpc) fn position(
    bad: &mut Violations,
    field: &str,
    wire: Option<&proto::GeoPoint>,
) -> Option<Point> {
    bad.take(field, geometry::point(wire?))
}

/// Resource names.
pub(in crate::grpc) fn ids<T: Item>(
    bad: &mut Violations,
    field: &str,
    names: &[String],
) -> Vec<Id<T>> {
    let each = names.iter().enumerate();
    each.filter_map(|(index, name)| bad.take(format!("{field}[{index}]"), id(name)))
        .collect()
}
