//! What is wrong with a request, field by field.

use tonic::Status;
use tonic_types::{FieldViolation, LocalizedMessage};

use super::{Problem, fit::Room};

/// So many stand in the message; the details name as many as fit into the trailers.
const IN_MESSAGE: usize = 8;

/// Why one value was refused, before it is known in which field it stood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{english}")]
pub struct FieldProblem {
    /// For programs and logs.
    pub english: String,
    /// For people.
    pub chinese: String,
}

impl FieldProblem {
    /// A problem in both languages.
    pub fn new(english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self {
            english: english.into(),
            chinese: chinese.into(),
        }
    }
}

/// Collects every bad field of a request, so that the caller learns of all of them at once.
///
/// ```
/// # use liandong_kit::{name, status::Violations};
/// # fn command(name: &str, note: &str) -> Result<(String, String), tonic::Status> {
/// let mut bad = Violations::new();
/// let case = bad.take("name", name::id(name, "cases"));
/// bad.check(note.chars().count() <= 500, "note", "at most 500 characters", "最多 500 字");
/// let (Some(case), true) = (case, bad.is_empty()) else { return Err(bad.into()) };
/// # Ok((case.to_owned(), note.to_owned())) }
/// # assert!(command("boxes/1", "").is_err());
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "violations do nothing until they are finished"]
pub struct Violations(Vec<(String, FieldProblem)>);

impl Violations {
    /// Nothing is wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a violation of `field` unless `ok`. Paths are dotted, with indices: `officers[2].certificate`.
    pub fn check(
        &mut self,
        ok: bool,
        field: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> &mut Self {
        if !ok {
            self.add(field, FieldProblem::new(english, chinese));
        }
        self
    }

    /// Adds a violation of `field`.
    pub fn add(&mut self, field: impl Into<String>, problem: FieldProblem) -> &mut Self {
        self.0.push((field.into(), problem));
        self
    }

    /// The value, or a violation of `field` and nothing.
    pub fn take<T>(
        &mut self,
        field: impl Into<String>,
        value: Result<T, FieldProblem>,
    ) -> Option<T> {
        value.map_err(|problem| self.add(field, problem)).ok()
    }

    /// Adds what is wrong inside `field`, which was checked on its own.
    pub fn nest(&mut self, field: &str, inner: Violations) -> &mut Self {
        self.0.extend(
            inner
                .0
                .into_iter()
                .map(|(path, problem)| (format!("{field}.{path}"), problem)),
        );
        self
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// INVALID_ARGUMENT naming every bad field, or Ok.
    pub fn finish(self) -> Result<(), Status> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.into())
        }
    }

    pub(super) fn into_details(self, room: Room) -> Vec<FieldViolation> {
        let violation = |(field, problem): (String, FieldProblem)| FieldViolation {
            field: room.clip(field),
            description: room.clip(problem.english),
            reason: "FIELD_INVALID".into(),
            localized_message: Some(LocalizedMessage::new("zh-CN", room.clip(problem.chinese))),
        };
        self.0.into_iter().take(room.list).map(violation).collect()
    }

    /// One line of the first of them.
    fn line(
        &self,
        text: fn(&FieldProblem) -> &str,
        between: &str,
        more: impl FnOnce(usize) -> String,
    ) -> String {
        let shown = self.0.iter().take(IN_MESSAGE);
        let line = shown
            .map(|(field, problem)| format!("{field}: {}", text(problem)))
            .collect::<Vec<_>>()
            .join(between);
        match self.0.len().saturating_sub(IN_MESSAGE) {
            0 => line,
            rest => line + between + &more(rest),
        }
    }
}

impl From<Violations> for Status {
    fn from(it: Violations) -> Self {
        let english = it.line(|it| &it.english, "; ", |rest| format!("and {rest} more"));
        let chinese = it.line(|it| &it.chinese, "；", |rest| format!("另有 {rest} 处"));
        let count = it.0.len();
        Problem::invalid("FIELDS_INVALID", english, chinese)
            .with("count", count)
            .fields(it)
            .into()
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;
    use tonic_types::StatusExt;

    use super::*;

    #[test]
    fn every_bad_field_is_named_at_once() {
        let mut inner = Violations::new();
        inner.check(false, "certificate", "required", "必填");
        let mut bad = Violations::new();
        bad.check(true, "name", "required", "必填")
            .check(false, "note", "too long", "过长")
            .nest("officers[2]", inner);
        let status = bad.finish().unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let fields = status.get_details_bad_request().unwrap().field_violations;
        let paths: Vec<_> = fields.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(paths, ["note", "officers[2].certificate"]);
        assert_eq!(
            fields[0].localized_message.as_ref().unwrap().message,
            "过长"
        );
        assert_eq!(
            status.message(),
            "note: too long; officers[2].certificate: required"
        );
    }

    #[test]
    fn twenty_bad_fields_are_all_named() {
        let mut bad = Violations::new();
        for row in 0..20 {
            let (english, chinese) = (
                "`x` is not a name like `organizations/{id}`",
                "“x”应形如“organizations/{id}”",
            );
            bad.check(
                false,
                format!("participants[{row}].organization"),
                english,
                chinese,
            );
        }
        let status = Status::from(bad);
        let fields = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(fields.len(), 20);
        assert!(fields.iter().all(|it| it.field.ends_with("].organization")));
        assert!(fields.iter().all(|it| it.description.ends_with("{id}`")));
    }

    #[test]
    fn a_thousand_bad_fields_fit_into_the_trailers() {
        let mut bad = Violations::new();
        for row in 0..1_000 {
            bad.check(
                false,
                format!("rows[{row}].community"),
                "x".repeat(100),
                "字".repeat(50),
            );
        }
        let status = Status::from(bad);
        assert!(status.message().ends_with("and 992 more"));
        assert_eq!(
            status.get_details_error_info().unwrap().metadata["count"],
            "1000"
        );
        let mut trailers = http::HeaderMap::new();
        status.add_header(&mut trailers).unwrap();
        let size: usize = trailers
            .iter()
            .map(|(key, value)| key.as_str().len() + value.len() + 32)
            .sum();
        assert!(size < 8 << 10, "{size} bytes");
    }

    #[test]
    fn nothing_wrong_is_no_error() {
        assert!(Violations::new().finish().is_ok());
    }
}
