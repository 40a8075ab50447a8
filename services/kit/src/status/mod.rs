//! Errors as callers see them: a gRPC code, a stable reason, English for programs' logs and Chinese for people.
//!
//! A service turns its own errors into statuses in one place, with [`Problem`]. Malformed requests are collected
//! by [`Violations`], which names every bad field at once.

mod fit;
mod problem;
mod violations;

pub(crate) use problem::INTERNAL;
pub use problem::{DOMAIN, Problem};
pub use violations::{FieldProblem, Violations};

use tonic::Status;
use tonic_types::StatusExt;

/// The reason inside a status (`TOKEN_EXPIRED`, `STALE_ETAG`), or nothing if it carries none.
pub fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|it| it.reason)
}

/// A value beside the reason of a status, or nothing if it carries none of that name.
pub fn detail(status: &Status, key: &str) -> Option<String> {
    let info = status.get_details_error_info();
    info.and_then(|mut it| it.metadata.remove(key))
}

/// The Chinese text of a status, or its English message if it carries none.
pub fn localized(status: &Status) -> String {
    status
        .get_details_localized_message()
        .map_or_else(|| status.message().to_owned(), |it| it.message)
}

/// The status of an answer that failed before its first message: gRPC puts it in the headers then.
pub fn of_headers(headers: &http::HeaderMap) -> Option<Status> {
    headers
        .contains_key("grpc-status")
        .then(|| Status::from_header_map(headers))
        .flatten()
}
