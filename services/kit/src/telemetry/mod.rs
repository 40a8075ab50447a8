//! Logs and traces.

mod context;

pub use self::context::{current_traceparent, link, link_to, span_context, trace_id_of};
