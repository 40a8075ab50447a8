//! Failures as people read them, and as scripts see them: the exit code.
//!
//! | Code | Means |
//! |---|---|
//! | 0 | done |
//! | 1 | failed for another reason |
//! | 2 | the command line is wrong |
//! | 3 | the rules refused: FAILED_PRECONDITION, ALREADY_EXISTS, ABORTED |
//! | 4 | not found |
//! | 5 | not allowed: UNAUTHENTICATED, PERMISSION_DENIED |
//! | 6 | away or too busy: UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED |
//! | 7 | bad input: INVALID_ARGUMENT, OUT_OF_RANGE, a file with errors |
//! | 8 | a verification found a difference |

use std::fmt::Write;

use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::Output;

/// A failure of the command itself with its exit code.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file with errors; the text names every one.
    #[error("{0}")]
    BadInput(String),
    /// Something that is not there.
    #[error("{0}")]
    NotFound(String),
    /// A recomputation that came out otherwise.
    #[error("{0}")]
    Different(String),
}

/// The exit code of an error.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    match (error.downcast_ref::<Failure>(), status_of(error)) {
        (Some(Failure::BadInput(_)), _) => 7,
        (Some(Failure::NotFound(_)), _) => 4,
        (Some(Failure::Different(_)), _) => 8,
        (None, Some(status)) => match status.code() {
            Code::FailedPrecondition | Code::AlreadyExists | Code::Aborted => 3,
            Code::NotFound => 4,
            Code::Unauthenticated | Code::PermissionDenied => 5,
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => 6,
            Code::InvalidArgument | Code::OutOfRange => 7,
            _ => 1,
        },
        (None, None) => 1,
    }
}

/// What to tell about an error: for people in lines, for programs as JSON.
pub fn render(error: &anyhow::Error, output: Output) -> String {
    match (output.json, status_of(error)) {
        (true, Some(status)) => format!("{:#}", json!({ "error": status_json(status) })),
        (true, None) => format!(
            "{:#}",
            json!({ "error": { "message": format!("{error:#}") } })
        ),
        (false, Some(status)) => for_people(error, status),
        (false, None) => format!("error: {error:#}"),
    }
}

fn status_of(error: &anyhow::Error) -> Option<&Status> {
    error.chain().find_map(|it| it.downcast_ref::<Status>())
}

fn for_people(error: &anyhow::Error, status: &Status) -> String {
    let details = status.get_error_details();
    let mut text = String::new();
    if let Some(message) = details.localized_message() {
        let _ = writeln!(text, "错误：{}", message.message);
    }
    let reason = details
        .error_info()
        .map_or_else(|| format!("{:?}", status.code()), |it| it.reason.clone());
    let _ = writeln!(text, "error: {} [{reason}]", status.message());
    let context: Vec<String> = error
        .chain()
        .take_while(|it| !it.is::<Status>())
        .map(ToString::to_string)
        .collect();
    for line in context {
        let _ = writeln!(text, "  while: {line}");
    }
    for field in details
        .bad_request()
        .map(|it| it.field_violations.as_slice())
        .unwrap_or_default()
    {
        let _ = writeln!(text, "  field {}: {}", field.field, field.description);
    }
    for help in details
        .precondition_failure()
        .map(|it| it.violations.as_slice())
        .unwrap_or_default()
    {
        let _ = writeln!(text, "  {}: {}", help.subject, help.description);
    }
    let mut metadata: Vec<(&String, &String)> = details
        .error_info()
        .iter()
        .flat_map(|it| &it.metadata)
        .collect();
    metadata.sort();
    for (key, value) in metadata {
        let _ = writeln!(text, "  {key} = {value}");
    }
    text.trim_end().to_owned()
}

fn status_json(status: &Status) -> Value {
    let details = status.get_error_details();
    let fields: Vec<Value> = details
        .bad_request()
        .map(|it| {
            it.field_violations
                .iter()
                .map(|it| json!({"field": it.field, "description": it.description}))
                .collect()
        })
        .unwrap_or_default();
    json!({
        "code": format!("{:?}", status.code()),
        "message": status.message(),
        "messageZh": details.localized_message().map(|it| it.message.clone()).unwrap_or_default(),
        "reason": details.error_info().map(|it| it.reason.clone()).unwrap_or_default(),
        "metadata": details.error_info().map(|it| it.metadata.clone()).unwrap_or_default(),
        "fields": fields,
    })
}

#[cfg(test)]
mod tests {
    use liandong_kit::status::Problem;

    use super::*;

    #[test]
    fn a_refusal_is_told_with_reason_and_in_chinese() {
        let status: Status =
            Problem::precondition("NOT_SIGNED", "it must be signed first", "请先签收").into();
        let error = anyhow::Error::from(status).context("committing");
        let text = render(&error, Output::default());
        assert!(
            text.contains("请先签收")
                && text.contains("[NOT_SIGNED]")
                && text.contains("while: committing"),
            "{text}"
        );
        assert_eq!(exit_code(&error), 3);
        let json: Value = serde_json::from_str(&render(
            &error,
            Output {
                json: true,
                ..Output::default()
            },
        ))
        .unwrap();
        assert_eq!(json["error"]["reason"], "NOT_SIGNED");
    }

    #[test]
    fn every_kind_of_failure_has_its_exit_code() {
        let code = |error: anyhow::Error| exit_code(&error);
        assert_eq!(code(Status::not_found("x").into()), 4);
        assert_eq!(code(Status::permission_denied("x").into()), 5);
        assert_eq!(code(Status::unavailable("x").into()), 6);
        assert_eq!(code(Status::invalid_argument("x").into()), 7);
        assert_eq!(code(Failure::Different("x".into()).into()), 8);
        assert_eq!(code(anyhow::anyhow!("x")), 1);
    }
}
