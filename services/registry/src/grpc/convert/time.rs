//! Instants on the wire.

use ::time::{Duration, OffsetDateTime};
use liandong_kit::status::FieldProblem;
use prost_types::Timestamp;

/// An instant, truncated to microseconds.
pub(in crate::grpc) fn instant(wire: &Timestamp) -> Result<OffsetDateTime, FieldProblem> {
    let wrong = || FieldProblem::new("not an instant", "不是有效的时间");
    let nanos = u32::try_from(wire.nanos)
        .ok()
        .filter(|it| *it < 1_000_000_000)
        .ok_or_else(wrong)?;
    let at = OffsetDateTime::from_unix_timestamp(wire.seconds).map_err(|_| wrong())?;
    at.checked_add(Duration::microseconds(i64::from(nanos / 1000)))
        .ok_or_else(wrong)
}

/// An instant that must be there.
pub(in crate::grpc) fn required_instant(
    wire: Option<&Timestamp>,
) -> Result<OffsetDateTime, FieldProblem> {
    wire.ok_or_else(|| FieldProblem::new("required", "必填"))
        .and_then(instant)
}

/// An instant that may be left out: then now.
pub(in crate::grpc) fn now_or(
    wire: Option<&Timestamp>,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, FieldProblem> {
    wire.map_or(Ok(now), instant)
}

/// An instant to the wire.
pub(in crate::grpc) fn timestamp(at: OffsetDateTime) -> Timestamp {
    let nanos = i32::try_from(at.nanosecond()).unwrap_or_default();
    Timestamp {
        seconds: at.unix_timestamp(),
        nanos,
    }
}
