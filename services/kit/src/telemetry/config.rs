//! Settings of logs, traces and metrics.

use clap::{Args, ValueEnum};

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// Logs, traces and metrics of a process.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct TelemetryConfig {
    /// What to log: a level, or levels by module as in `info,liandong_kit=debug`.
    #[arg(long, env = "LIANDONG_LOG", default_value = "info")]
    pub log: String,
    /// How log lines look.
    #[arg(long, env = "LIANDONG_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// Where traces and metrics go (OTLP over gRPC), as in `http://127.0.0.1:4317`. Nowhere if not given.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
    /// Which part of the traces that start here is recorded, 0 to 1. Those that come in are recorded as their caller decided.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", default_value_t = 1.0)]
    pub trace_ratio: f64,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            log: "info".into(),
            log_format: LogFormat::Text,
            otlp_endpoint: None,
            trace_ratio: 1.0,
        }
    }
}
