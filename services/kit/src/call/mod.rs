//! One call, as server and client both see it: its span, its end, its deadline.

mod body;
pub(crate) mod deadline;
mod watch;

pub(crate) use body::{Watched, cut};
pub(crate) use watch::Watch;

use std::any::Any;

use tonic::Status;

use crate::status::Problem;

/// INTERNAL for the caller, the panic's message for the log.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Status {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(format_args!(
        "a handler panicked: {}",
        text.unwrap_or("no message")
    ))
    .into()
}
