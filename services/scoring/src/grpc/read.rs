//! Small values on their way in. Each says precisely what is wrong with its field.

use liandong_kit::{
    name,
    status::{FieldProblem, Problem, Violations},
};
use rust_decimal::Decimal;
use time::Date;
use tonic::Status;
use uuid::Uuid;

use crate::domain::{
    fund::money::{FEN_MAX, Fen},
    period::{Period, parse_day},
};

/// Reads the fields of one request and collects what is wrong with them.
#[derive(Default)]
pub(super) struct Fields(pub(super) Violations);

impl Fields {
    /// What was read, if every field is in order: when it is missing a field said why.
    pub(super) fn all<T>(self, read: Option<T>) -> Result<T, Status> {
        self.0.finish()?;
        read.ok_or_else(|| Problem::internal("a bad field without a violation").into())
    }

    /// Refuses unless `ok`.
    pub(super) fn check(&mut self, ok: bool, field: &str, english: &str, chinese: &str) {
        self.0.check(ok, field, english, chinese);
    }

    /// The id in `{collection}/{id}`.
    pub(super) fn id(&mut self, field: &str, value: &str, collection: &str) -> Option<String> {
        let id = self.0.take(field, name::id(value, collection))?;
        Some(id.to_owned())
    }

    /// The id of an organization.
    pub(super) fn organization(&mut self, field: &str, value: &str) -> Option<String> {
        self.id(field, value, "organizations")
    }

    /// A bare id.
    pub(super) fn slug(&mut self, field: &str, value: &str) -> Option<String> {
        self.0.take(field, name::check_id(value))?;
        Some(value.to_owned())
    }

    /// An optional UUID for repeats.
    pub(super) fn request_id(&mut self, value: &str) {
        let ok = value.is_empty() || Uuid::try_parse(value).is_ok();
        self.check(ok, "request_id", "must be a UUID", "必须是 UUID");
    }

    /// A text of 1 to `most` characters.
    pub(super) fn text(&mut self, field: &str, value: &str, most: usize) -> Option<String> {
        let length = value.trim().chars().count();
        let ok = (1..=most).contains(&length);
        self.0.check(
            ok,
            field,
            format!("must have 1 to {most} characters"),
            format!("应为 1 至 {most} 字"),
        );
        ok.then(|| value.trim().to_owned())
    }

    /// A whole number within bounds.
    pub(super) fn whole<T>(&mut self, field: &str, value: i64, least: i64, most: i64) -> Option<T>
    where
        T: TryFrom<i64>,
    {
        let read = T::try_from(value)
            .ok()
            .filter(|_| (least..=most).contains(&value));
        self.0.check(
            read.is_some(),
            field,
            format!("must be {least} to {most}"),
            format!("应为 {least} 至 {most}"),
        );
        read
    }

    /// Money, at least `least`.
    pub(super) fn fen(&mut self, field: &str, value: i64, least: i64) -> Option<Fen> {
        self.whole(field, value, least, FEN_MAX).map(Fen)
    }

    /// A decimal from 0 to 100 with at most two places.
    pub(super) fn hundredth(&mut self, field: &str, value: &str) -> Option<Decimal> {
        let digits = value.bytes().all(|it| it.is_ascii_digit() || it == b'.');
        let read = value.parse::<Decimal>().ok();
        let read = read.filter(|it| digits && it.scale() <= 2 && *it <= Decimal::ONE_HUNDRED);
        self.check(
            read.is_some(),
            field,
            "must be a decimal from 0 to 100 with at most two places",
            "应为 0 至 100、最多两位小数",
        );
        read
    }

    /// A civil day.
    pub(super) fn day(&mut self, field: &str, value: &str) -> Option<Date> {
        let day = parse_day(value).filter(|it| (2000..=2100).contains(&it.year()));
        self.check(
            day.is_some(),
            field,
            "expected a day like 2026-04-17",
            "应写作 2026-04-17",
        );
        day
    }

    /// A period.
    pub(super) fn period(&mut self, field: &str, value: &str) -> Option<Period> {
        self.0.take(field, period(value))
    }

    /// So many of a repeated field.
    pub(super) fn count(&mut self, field: &str, count: usize, least: usize, most: usize) -> bool {
        let ok = (least..=most).contains(&count);
        self.0.check(
            ok,
            field,
            format!("must have {least} to {most} elements, has {count}"),
            format!("应有 {least} 至 {most} 项，现有 {count} 项"),
        );
        ok
    }
}

/// A period as requests write it.
pub(super) fn period(text: &str) -> Result<Period, FieldProblem> {
    if text.is_empty() {
        return Err(FieldProblem::new("required", "必填"));
    }
    text.parse().map_err(|_| {
        FieldProblem::new(
            "expected 2026-W14, 2026-04, 2026-Q2, 2026 or 2026-04-03..2026-04-17",
            "应写作 2026-W14、2026-04、2026-Q2、2026 或 2026-04-03..2026-04-17",
        )
    })
}
