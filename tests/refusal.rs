//! Reading a refusal as a department's program would: code, reason, what would help, the Chinese text.

use std::collections::HashMap;

use tonic::{Code, Response, Status};
use tonic_types::StatusExt;

/// What a refused call said.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// `ErrorInfo.metadata`.
    pub(crate) metadata: HashMap<String, String>,
    /// The descriptions of `PreconditionFailure` and `BadRequest`, the message and the Chinese text: everything a
    /// person could read.
    pub(crate) text: String,
}

/// The call must have been refused with this code and reason, and say so in English and Chinese.
#[track_caller]
pub(crate) fn refused<T>(answer: Result<Response<T>, Status>, code: Code, reason: &str) -> Refusal {
    refused_with(answer.map(|_| ()), code, reason)
}

/// The same for what is no bare response.
#[track_caller]
pub(crate) fn refused_with<T>(answer: Result<T, Status>, code: Code, reason: &str) -> Refusal {
    let status = answer
        .err()
        .unwrap_or_else(|| panic!("answered, not refused with {reason}"));
    let info = status
        .get_details_error_info()
        .unwrap_or_else(|| panic!("no reason in {status:?}"));
    assert_eq!(
        (status.code(), info.reason.as_str()),
        (code, reason),
        "{status:?}"
    );
    assert_eq!(info.domain, "liandong");
    let chinese = status
        .get_details_localized_message()
        .unwrap_or_else(|| panic!("no Chinese text in {status:?}"));
    assert_eq!(chinese.locale, "zh-CN");
    let fields = status
        .get_details_bad_request()
        .map(|it| it.field_violations)
        .unwrap_or_default();
    let wants = status
        .get_details_precondition_failure()
        .map(|it| it.violations)
        .unwrap_or_default();
    let mut text = vec![status.message().to_owned(), chinese.message];
    text.extend(wants.into_iter().map(|it| it.description));
    text.extend(fields.into_iter().map(|it| it.description));
    Refusal {
        metadata: info.metadata,
        text: text.join("\n"),
    }
}

/// The call must have been refused for these fields, all of them at once.
#[track_caller]
pub(crate) fn malformed<T>(answer: Result<Response<T>, Status>, fields: &[&str]) {
    let status = answer.err().expect("answered, not refused");
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let mut named: Vec<String> = status
        .get_details_bad_request()
        .map(|it| it.field_violations)
        .unwrap_or_default()
        .into_iter()
        .map(|it| it.field)
        .collect();
    named.sort();
    let mut wanted: Vec<String> = fields.iter().map(|it| (*it).to_owned()).collect();
    wanted.sort();
    assert_eq!(named, wanted, "{status:?}");
}
