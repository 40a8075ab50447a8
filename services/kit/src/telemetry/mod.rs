//! Logs, traces and metrics.
//!
//! Log lines go to stderr and carry the trace id. Traces and metrics go over OTLP when an endpoint is set; without
//! one nothing is recorded, but every call still has its trace id, so events can store it and people can quote it.
//!
//! Several services may share a process (`liandong up`) and still appear as themselves in the viewer. Which service
//! a span belongs to travels in the OpenTelemetry context, from the server span ([`crate::server`]) or from
//! [`in_service`] down to every child, and `route` sends the span to that service's own provider:
//!
//! ```text
//! tracing span ─▶ one layer ─▶ route: context says "dispatch" ─▶ provider of dispatch ─┐
//!                                     context says "registry" ─▶ provider of registry ─┼─▶ one OTLP channel
//!                                     context says nothing    ─▶ provider of the process ┘
//! ```

mod ambient;
mod config;
mod context;
mod count;
mod format;
mod meter;
mod route;

pub use ambient::{in_service, remaining, root, spawn, spawn_worker};
pub use config::{LogFormat, TelemetryConfig};
pub use context::{attribute, current_traceparent, link, link_to, span_context, trace_id_of};
pub use count::Counts;
pub use meter::meter;

pub(crate) use ambient::Ambient;
pub(crate) use context::{extract, inject};
pub(crate) use meter::{Red, code_name};

use std::time::Duration;

use tracing::{Dispatch, Subscriber};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, registry::LookupSpan};

use route::{Providers, Router};

/// What the exporter itself runs on must not be traced, or it traces itself.
const SPAN_FILTER: &str =
    "info,h2=off,hyper=off,hyper_util=off,tonic=off,tower=off,sqlx=off,opentelemetry=off";

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log filter does not parse.
    #[error("the log filter is malformed")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The endpoint is not a URL.
    #[error("the OTLP endpoint is not a URL")]
    Endpoint(#[source] tonic::transport::Error),
    /// An exporter could not be built.
    #[error("the OTLP exporter cannot start")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// Another subscriber is installed already.
    #[error("telemetry was started twice")]
    Twice(#[from] tracing::subscriber::SetGlobalDefaultError),
}

/// Starts telemetry for this process and returns the guard that flushes it. Spans that belong to no service in
/// particular are `service`'s. Needs a running tokio runtime.
pub fn init(config: &TelemetryConfig, service: &'static str) -> Result<Guard, Error> {
    let (dispatch, guard) = dispatch(config, service)?;
    tracing::dispatcher::set_global_default(dispatch)?;
    meter::install(guard.0.clone());
    Ok(guard)
}

/// The same without installing it, for tests that want a subscriber of their own.
pub fn dispatch(
    config: &TelemetryConfig,
    service: &'static str,
) -> Result<(Dispatch, Guard), Error> {
    let providers = Providers::new(config, service)?;
    let subscriber = tracing_subscriber::registry()
        .with(
            // A span's busy and idle time and its thread say little here, and cost two looks at the clock for each poll.
            tracing_opentelemetry::layer()
                .with_tracked_inactivity(false)
                .with_threads(false)
                .with_tracer(Router(providers.clone()))
                .with_filter(EnvFilter::try_new(SPAN_FILTER)?),
        )
        .with(lines(config, service)?);
    Ok((Dispatch::new(subscriber), Guard(providers)))
}

fn lines<S: Subscriber + for<'a> LookupSpan<'a>>(
    config: &TelemetryConfig,
    service: &'static str,
) -> Result<impl Layer<S>, Error> {
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    Ok(tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(terminal && config.log_format == LogFormat::Text)
        .event_format(format::Lines {
            format: config.log_format,
            service,
        })
        .with_filter(EnvFilter::try_new(&config.log)?))
}

/// Keeps telemetry running; [`finish`](Self::finish) it before the process ends, or the last spans are lost.
#[must_use = "dropping the guard stops telemetry"]
#[derive(Debug)]
pub struct Guard(Providers);

impl Guard {
    /// Exports what is waiting, then goes on. Blocks its own thread, not the runtime.
    pub async fn flush(&self) {
        let providers = self.0.clone();
        tokio::task::spawn_blocking(move || providers.flush())
            .await
            .ok();
    }

    /// Exports what is waiting and stops, within five seconds.
    pub async fn finish(self) {
        let providers = self.0.clone();
        let stop = tokio::task::spawn_blocking(move || providers.shutdown());
        tokio::time::timeout(Duration::from_secs(5), stop)
            .await
            .ok();
    }

    /// How many spans ended, reached the collector, and were lost.
    pub fn counts(&self) -> Counts {
        self.0.counts()
    }
}

#[cfg(test)]
mod tests;
