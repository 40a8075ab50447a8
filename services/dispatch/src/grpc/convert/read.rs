//! Small values on their way in. Each says precisely what is wrong with its field.

use liandong_calendar::{Limit, LimitKind};
use liandong_kit::name;
use liandong_kit::status::{FieldProblem, Problem, Violations};
use liandong_proto::types;
use prost_types::Timestamp;
use time::macros::format_description;
use time::{Date, OffsetDateTime};
use tonic::Status;
use uuid::Uuid;

use crate::domain::case::people::looks_personal;
use crate::domain::{AssignmentId, CaseId, OrganizationId, TaskId};

/// The longest one-line text, in characters.
pub(crate) const LINE_MAX: usize = 200;
/// The longest text, in characters.
pub(crate) const TEXT_MAX: usize = 4_000;

/// Reads the fields of one request and collects what is wrong with them.
#[derive(Default)]
pub(crate) struct Fields(pub Violations);

/// Embedding, overriding and isolating marks of direction (UAX #9).
fn turns(it: char) -> bool {
    matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl Fields {
    /// What was read, if every field is in order: when it is missing a field said why.
    pub(crate) fn all<T>(self, read: Option<T>) -> Result<T, Status> {
        self.0.finish()?;
        read.ok_or_else(|| Problem::internal("a bad field without a violation").into())
    }

    /// What is wrong with a field that must be there.
    pub(crate) fn missing() -> FieldProblem {
        FieldProblem::new("required", "必填")
    }

    /// Whom the caller proposes in its place; may be empty, and is somebody else.
    pub(crate) fn proposed(&mut self, name: &str, own: &str) -> Option<OrganizationId> {
        let field = "proposed_organization";
        let proposed: Option<OrganizationId> = self.id_if(field, name, "organizations");
        let other = proposed.as_ref().is_none_or(|it| it.as_str() != own);
        self.0
            .check(other, field, "names the caller itself", "不能提名本单位");
        proposed
    }

    /// `cases/{uuid}`.
    pub(crate) fn case(&mut self, field: &str, value: &str) -> Option<CaseId> {
        self.0.take(field, name::uuid(value, "cases")).map(CaseId)
    }

    /// `tasks/{uuid}`.
    pub(crate) fn task(&mut self, field: &str, value: &str) -> Option<TaskId> {
        self.0.take(field, name::uuid(value, "tasks")).map(TaskId)
    }

    /// `tasks/{uuid}/assignments/{n}`.
    pub(crate) fn assignment(&mut self, field: &str, value: &str) -> Option<AssignmentId> {
        let (task, number) = self
            .0
            .take(field, name::nested(value, "tasks", "assignments"))?;
        // A number beyond u16 names no assignment; it is answered like any other that does not exist.
        Some(AssignmentId {
            task: TaskId(task),
            number: u16::try_from(number).unwrap_or(u16::MAX),
        })
    }

    /// `{collection}/{id}`.
    pub(crate) fn id<T: From<String>>(
        &mut self,
        field: &str,
        value: &str,
        collection: &str,
    ) -> Option<T> {
        self.0
            .take(field, name::id(value, collection))
            .map(|it| T::from(it.to_owned()))
    }

    /// `{collection}/{id}` or nothing.
    pub(crate) fn id_if<T: From<String>>(
        &mut self,
        field: &str,
        value: &str,
        collection: &str,
    ) -> Option<T> {
        if value.is_empty() {
            None
        } else {
            self.id(field, value, collection)
        }
    }

    /// `organizations/{slug}`.
    pub(crate) fn organization(&mut self, field: &str, value: &str) -> Option<OrganizationId> {
        self.id(field, value, "organizations")
    }

    /// A coded word that must be given.
    pub(crate) fn word<T>(
        &mut self,
        field: &str,
        number: i32,
        read: fn(i32) -> Option<T>,
    ) -> Option<T> {
        let problem = if number == 0 {
            FieldProblem::new("required", "必填")
        } else {
            FieldProblem::new(
                format!("{number} is not a known value"),
                format!("未知的取值 {number}"),
            )
        };
        self.0.take(field, read(number).ok_or(problem))
    }

    /// A coded word that may be left out.
    pub(crate) fn word_if<T>(
        &mut self,
        field: &str,
        number: i32,
        read: fn(i32) -> Option<T>,
    ) -> Option<T> {
        if number == 0 {
            None
        } else {
            self.word(field, number, read)
        }
    }

    /// A text of at most so many characters for the log, where it stays: without somebody's number (M27).
    pub(crate) fn text(&mut self, field: &str, value: String, max: usize) -> String {
        self.0.check(
            !looks_personal(&value),
            field,
            "looks like somebody's phone or identity number: record it with RecordPerson",
            "疑似个人电话或证件号码，请通过 RecordPerson 登记",
        );
        self.numbered(field, value, max)
    }

    /// The same, whatever numbers it holds: those of documents and files, and what is kept beside the log. Without
    /// control characters other than line breaks, and without those that turn the direction of what follows and so show
    /// another text than was written.
    pub(crate) fn numbered(&mut self, field: &str, value: String, max: usize) -> String {
        self.0.check(
            value.chars().count() <= max,
            field,
            format!("at most {max} characters"),
            format!("最多 {max} 字"),
        );
        let clean = value
            .chars()
            .all(|it| matches!(it, '\n' | '\t') || !(it.is_control() || turns(it)));
        self.0.check(
            clean,
            field,
            "control characters are not allowed",
            "不得含控制字符",
        );
        value
    }

    /// A text that must not be empty.
    pub(crate) fn required(&mut self, field: &str, value: String, max: usize) -> String {
        self.0
            .check(!value.trim().is_empty(), field, "required", "必填");
        self.text(field, value, max)
    }

    /// The number of a document that must be given.
    pub(crate) fn document(&mut self, value: &str) -> String {
        let given = !value.trim().is_empty();
        self.0.check(given, "document", "required", "必填");
        self.numbered("document", value.to_owned(), LINE_MAX)
    }

    /// A UUID of the caller's choice, or nothing.
    pub(crate) fn request_id(&mut self, value: &str) {
        let ok = value.is_empty() || uuid::Uuid::try_parse(value).is_ok();
        self.0
            .check(ok, "request_id", "must be a UUID", "须为 UUID");
    }

    /// `{collection}/{uuid}`.
    pub(crate) fn uuid(&mut self, field: &str, value: &str, collection: &str) -> Option<Uuid> {
        self.0.take(field, name::uuid(value, collection))
    }

    /// A civil day, `YYYY-MM-DD`.
    pub(crate) fn day(&mut self, field: &str, value: &str) -> Option<Date> {
        self.0.take(field, day(value))
    }

    /// A civil day or nothing.
    pub(crate) fn day_if(&mut self, field: &str, value: &str) -> Option<Date> {
        if value.is_empty() {
            None
        } else {
            self.day(field, value)
        }
    }

    /// A list of at most so many.
    pub(crate) fn many(&mut self, field: &str, length: usize, max: usize) {
        self.0.check(
            length <= max,
            field,
            format!("at most {max}"),
            format!("最多 {max} 项"),
        );
    }

    /// A limit that must be whole and at least 1: never defaulted.
    pub(crate) fn limit(&mut self, field: &str, value: types::Limit) -> Option<Limit> {
        self.0.take(field, limit(value))
    }
}

/// A limit; refused, never defaulted.
pub(crate) fn limit(value: types::Limit) -> Result<Limit, FieldProblem> {
    let kind = match types::LimitKind::try_from(value.kind) {
        Ok(types::LimitKind::UrgentHours) => LimitKind::UrgentHours,
        Ok(types::LimitKind::WorkHours) => LimitKind::WorkHours,
        Ok(types::LimitKind::WorkDays) => LimitKind::WorkDays,
        Ok(types::LimitKind::CalendarDays) => LimitKind::CalendarDays,
        _ => {
            return Err(FieldProblem::new(
                "the limit has no kind",
                "时限缺少计时方式",
            ));
        }
    };
    let amount = u32::try_from(value.amount)
        .ok()
        .and_then(|it| Limit::new(kind, it).ok());
    amount.ok_or_else(|| FieldProblem::new("the limit must be at least 1", "时限至少为 1"))
}

/// A civil day of the years a calendar can have.
pub(crate) fn day(text: &str) -> Result<Date, FieldProblem> {
    let format = format_description!("[year]-[month]-[day]");
    let day = Date::parse(text, format).ok();
    let day = day.filter(|it| (2000..=2199).contains(&it.year()) && it.to_string() == text);
    day.ok_or_else(|| FieldProblem::new("must be a day, `YYYY-MM-DD`", "须为日期，形如 2025-06-16"))
}

/// A time, in UTC and whole microseconds.
pub(crate) fn time(value: &Timestamp) -> Result<OffsetDateTime, FieldProblem> {
    let broken = || FieldProblem::new("not a time", "时间无效");
    if !(0..1_000_000_000).contains(&value.nanos) {
        return Err(broken());
    }
    let nanos = i128::from(value.seconds) * 1_000_000_000 + i128::from(value.nanos / 1_000 * 1_000);
    OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| broken())
}
