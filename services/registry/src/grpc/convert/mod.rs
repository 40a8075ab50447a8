//! Between wire messages and the domain. Malformed input stops here, every bad field named at once.

pub(super) mod access;
pub(super) mod area;
pub(super) mod area_report;
pub(super) mod asset;
pub(super) mod authority;
pub(super) mod calendar;
pub(super) mod check;
pub(super) mod contact;
pub(super) mod contest;
pub(super) mod contract;
pub(super) mod coverage;
pub(super) mod cursor;
pub(super) mod day_override;
pub(super) mod deadline;
mod district;
mod duty;
mod duty_holder;
pub(super) mod duty_scheme;
pub(super) mod entry;
pub(super) mod escalation;
pub(super) mod establishment;
pub(super) mod evidence;
pub(super) mod file;
pub(super) mod geometry;
pub(super) mod import;
pub(super) mod interface;
pub(super) mod list;
pub(super) mod matter;
pub(super) mod officer;
pub(super) mod organization;
pub(super) mod person;
pub(super) mod power;
pub(super) mod preview;
mod provision;
pub(super) mod readiness;
pub(super) mod roster;
pub(super) mod secondment;
pub(super) mod staffing;
pub(super) mod succession;
mod time;
mod values;
pub(super) mod vehicle;
mod work_line;
pub(super) mod zone;

use ::time::Date;
use liandong_calendar::{OfficeHours, Window};
use liandong_kit::{
    name,
    status::{FieldProblem, Violations},
};
use liandong_proto::registry as proto;

pub(super) use self::{
    time::{instant, now_or, required_instant, timestamp},
    values::{count, ids, position, required_day, text},
};
use crate::domain::{Id, Item, Kept, Kind, Validity, day};

/// The id in a resource name.
pub(super) fn id<T: Item>(name: &str) -> Result<Id<T>, FieldProblem> {
    bare(name::id(name, T::COLLECTION)?)
}

/// The id in a resource name that may be empty.
pub(super) fn optional<T: Item>(name: &str) -> Result<Option<Id<T>>, FieldProblem> {
    if name.is_empty() {
        Ok(None)
    } else {
        id(name).map(Some)
    }
}

/// A bare id.
pub(super) fn bare<T>(text: &str) -> Result<Id<T>, FieldProblem> {
    Id::new(text)
        .map_err(|error| FieldProblem::new(error.to_string(), format!("“{text}”不是有效的编号")))
}

/// The resource name of a reference that may be empty.
pub(super) fn name_of<T: Item>(id: Option<&Id<T>>) -> String {
    id.map(Id::name).unwrap_or_default()
}

/// The etag of a kept item.
pub(super) fn etag<T>(kept: &Kept<T>) -> String {
    kept.version.to_string()
}

/// The version an etag stands for; empty: whatever is there.
pub(super) fn version(etag: &str) -> Result<Option<i64>, FieldProblem> {
    if etag.is_empty() {
        return Ok(None);
    }
    let version = etag.parse().ok().filter(|it| *it > 0);
    let wrong = || FieldProblem::new("not an etag of this service", "不是本服务给出的版本标记");
    version.map(Some).ok_or_else(wrong)
}

/// A request id is a UUID or empty (AIP-155).
pub(super) fn request_id(bad: &mut Violations, text: &str) {
    let ok = text.is_empty() || uuid::Uuid::try_parse(text).is_ok();
    bad.check(ok, "request_id", "must be a UUID", "必须是 UUID");
}

/// A text that must be there.
pub(super) fn filled(bad: &mut Violations, field: &str, text: &str) {
    bad.check(!text.trim().is_empty(), field, "required", "必填");
}

/// A civil day that may be empty.
pub(super) fn day(text: &str) -> Result<Option<Date>, FieldProblem> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || {
        FieldProblem::new(
            "must be a day such as 2026-02-14",
            "应为日期，如 2026-02-14",
        )
    };
    day::parse(text).map(Some).ok_or_else(wrong)
}

/// A kind of organization.
pub(super) fn kind(text: &str) -> Result<Kind, FieldProblem> {
    let wrong = || {
        FieldProblem::new(
            "must be a kind: lower-case letters, digits and hyphens",
            "应为类别：小写字母、数字、连字符",
        )
    };
    Kind::new(text).ok_or_else(wrong)
}

/// Validity from the wire; absent: always.
pub(super) fn validity(
    bad: &mut Violations,
    field: &str,
    wire: Option<&proto::Validity>,
) -> Validity {
    let Some(wire) = wire else {
        return Validity::ALWAYS;
    };
    let first = bad
        .take(format!("{field}.first_day"), day(&wire.first_day))
        .flatten();
    let last = bad
        .take(format!("{field}.last_day"), day(&wire.last_day))
        .flatten();
    Validity { first, last }
}

/// Validity to the wire.
pub(super) fn validity_wire(validity: &Validity) -> Option<proto::Validity> {
    let text = |it: Option<Date>| it.map(day::text).unwrap_or_default();
    Some(proto::Validity {
        first_day: text(validity.first),
        last_day: text(validity.last),
    })
}

/// Office hours to the wire.
pub(super) fn office_hours(hours: &OfficeHours) -> Vec<String> {
    hours.windows().iter().map(ToString::to_string).collect()
}

/// Office hours from the wire; none: the district's.
pub(super) fn own_office_hours(wire: &[String]) -> Result<Option<OfficeHours>, FieldProblem> {
    if wire.is_empty() {
        return Ok(None);
    }
    let windows = wire
        .iter()
        .map(|it| it.parse::<Window>())
        .collect::<Result<_, _>>();
    let hours = windows.and_then(OfficeHours::new);
    hours
        .map(Some)
        .map_err(|error| FieldProblem::new(error.to_string(), "办公时间有误"))
}
