//! W3C trace context as text, and links between spans of different traces.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The current trace context as a `traceparent` header; empty outside a trace.
pub fn current_traceparent() -> String {
    let own = Span::current().context();
    let context = if own.span().span_context().is_valid() {
        own
    } else {
        Context::current()
    };
    let span = context.span();
    let it = span.span_context();
    if !it.is_valid() {
        return String::new();
    }
    format!(
        "00-{}-{}-{:02x}",
        it.trace_id(),
        it.span_id(),
        it.trace_flags() & TraceFlags::SAMPLED
    )
}

/// Reads a `traceparent`; `None` if it is not one.
pub fn span_context(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if version.len() != 2 || trace.len() != 32 || span.len() != 16 || flags.len() != 2 {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

/// The trace id in a `traceparent`; empty if there is none.
pub fn trace_id_of(traceparent: &str) -> String {
    span_context(traceparent)
        .map(|it| it.trace_id().to_string())
        .unwrap_or_default()
}

/// Links a span to where it came from: work done later, or for several callers at once.
pub fn link_to(span: &Span, traceparent: &str) {
    if let Some(origin) = span_context(traceparent) {
        span.add_link(origin);
    }
}

/// Links a span to another span.
pub fn link(span: &Span, origin: &Span) {
    let context = origin.context();
    let origin = context.span().span_context().clone();
    if origin.is_valid() {
        span.add_link(origin);
    }
}
