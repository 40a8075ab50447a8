//! How a log line looks. Each carries the service and the trace id of what it belongs to.

use std::fmt;

use opentelemetry::{Context, trace::TraceContextExt};
use serde_json::{Map, Value, json};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

use super::{LogFormat, ambient::Ambient};

/// Writes log lines, for people or for collectors.
pub(super) struct Lines {
    pub(super) format: LogFormat,
    pub(super) service: &'static str,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (service, trace) = Context::map_current(|it| {
            let span = it.span().span_context().clone();
            (
                Ambient::of(it).service,
                span.is_valid().then(|| span.trace_id().to_string()),
            )
        });
        let service = service.unwrap_or(self.service);
        match self.format {
            LogFormat::Text => text(context, writer, event, service, trace),
            LogFormat::Json => json(writer, event, service, trace),
        }
    }
}

fn text<S, N>(
    context: &FmtContext<'_, S, N>,
    mut writer: Writer<'_>,
    event: &Event<'_>,
    service: &str,
    trace: Option<String>,
) -> fmt::Result
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    SystemTime.format_time(&mut writer)?;
    let level = *event.metadata().level();
    if writer.has_ansi_escapes() {
        write!(writer, " \x1b[{}m{level:>5}\x1b[0m", colour(level))?;
    } else {
        write!(writer, " {level:>5}")?;
    }
    write!(writer, " {service} {}: ", event.metadata().target())?;
    context.format_fields(writer.by_ref(), event)?;
    if let Some(trace) = trace {
        write!(writer, " trace_id={trace}")?;
    }
    writeln!(writer)
}

fn colour(level: Level) -> u8 {
    match level {
        Level::ERROR => 31,
        Level::WARN => 33,
        Level::INFO => 32,
        _ => 34,
    }
}

fn json(
    mut writer: Writer<'_>,
    event: &Event<'_>,
    service: &str,
    trace: Option<String>,
) -> fmt::Result {
    let mut time = String::new();
    SystemTime.format_time(&mut Writer::new(&mut time))?;
    let mut fields = Fields(Map::new());
    event.record(&mut fields);
    let message = fields.0.remove("message").unwrap_or_default();
    let line = json!({
        "time": time,
        "level": event.metadata().level().as_str(),
        "service": service,
        "target": event.metadata().target(),
        "message": message,
        "fields": fields.0,
        "trace_id": trace,
    });
    writeln!(writer, "{line}")
}

struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0
            .insert(field.name().into(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().into(), value.into());
    }
}
