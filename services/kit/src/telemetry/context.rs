//! W3C trace context: in and out of headers, into events, and back as links.

use http::HeaderMap;
use opentelemetry::{
    Context, Value,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::{SpanContext, TraceContextExt},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The W3C `traceparent` of the current span; empty outside of any trace. Events store it.
pub fn current_traceparent() -> String {
    Context::map_current(|context| traceparent(context.span().span_context()))
}

/// Reads a `traceparent`; none if it is empty or malformed.
pub fn span_context(traceparent: &str) -> Option<SpanContext> {
    let mut headers = HeaderMap::new();
    headers.insert("traceparent", traceparent.parse().ok()?);
    let context =
        TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(&headers));
    Some(context.span().span_context().clone()).filter(SpanContext::is_valid)
}

/// The trace id in a `traceparent`; empty if there is none.
pub fn trace_id_of(traceparent: &str) -> String {
    span_context(traceparent)
        .map(|it| it.trace_id().to_string())
        .unwrap_or_default()
}

/// Links a span to where it came from, as an event stored it: work done later, or for several callers at once.
pub fn link_to(span: &Span, traceparent: &str) {
    if let Some(origin) = span_context(traceparent) {
        span.add_link(origin);
    }
}

/// Links a span to another span.
pub fn link(span: &Span, origin: &Span) {
    let context = origin.context();
    span.add_link(context.span().span_context().clone()); // does nothing if it is not valid
}

/// Puts an attribute on the current span: `attribute("task", id)`.
pub fn attribute(key: &'static str, value: impl Into<Value>) {
    Span::current().set_attribute(key, value);
}

/// The caller's context as its headers tell it, on top of the current one.
pub(crate) fn extract(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract(&Headers(headers))
}

/// Writes the context of `span` into the headers; of the current span when `span` is disabled and has none.
pub(crate) fn inject(span: &Span, headers: &mut HeaderMap) {
    let context = Some(span.context())
        .filter(|it| it.span().span_context().is_valid())
        .unwrap_or_else(Context::current);
    TraceContextPropagator::new().inject_context(&context, &mut HeadersMut(headers));
}

fn traceparent(context: &SpanContext) -> String {
    if !context.is_valid() {
        return String::new();
    }
    format!(
        "00-{}-{}-{:02x}",
        context.trace_id(),
        context.span_id(),
        context.trace_flags().to_u8()
    )
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(key), Ok(value)) = (http::HeaderName::from_bytes(key.as_bytes()), value.parse())
        {
            self.0.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_id_is_read_from_a_traceparent_and_from_nothing_else() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(trace_id_of(good), "4bf92f3577b34da6a3ce929d0e0e4736");
        for bad in [
            "",
            "00-",
            "garbage",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-é4bf92f3577b34da6a3ce929d0e0e47",
        ] {
            assert_eq!(trace_id_of(bad), "", "{bad}");
        }
        assert_eq!(current_traceparent(), "");
    }
}
