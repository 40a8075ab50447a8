//! Metrics: rate, errors and duration of every call, and whatever a service measures itself.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram, Meter, MeterProvider},
};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use tonic::Code;

use super::route::Providers;

static INSTALLED: OnceLock<Providers> = OnceLock::new();

pub(super) fn install(providers: Providers) {
    INSTALLED.set(providers).ok();
}

/// The meter of `service`: `meter("dispatch").u64_gauge("liandong.inbox.backlog").build()`. Measures nothing
/// before [`init`](super::init) or without an endpoint.
pub fn meter(service: &'static str) -> Meter {
    INSTALLED.get().map_or_else(
        || SdkMeterProvider::builder().build().meter("none"),
        |it| it.meter(service),
    )
}

/// Rate, errors and duration of calls (semantic conventions of RPC).
#[derive(Clone, Debug)]
pub(crate) struct Red {
    duration: Histogram<f64>,
    shed: Counter<u64>,
}

impl Red {
    /// Of the calls `service` answers.
    pub(crate) fn server(service: &'static str) -> Self {
        Self::named(service, "rpc.server.call.duration")
    }

    /// Of the calls `service` makes.
    pub(crate) fn client(service: &'static str) -> Self {
        Self::named(service, "rpc.client.call.duration")
    }

    fn named(service: &'static str, name: &'static str) -> Self {
        let meter = meter(service);
        Self {
            duration: meter
                .f64_histogram(name)
                .with_unit("s")
                .with_boundaries(BOUNDARIES.to_vec())
                .build(),
            shed: meter.u64_counter("liandong.rpc.shed").build(),
        }
    }

    /// One call ended.
    pub(crate) fn ended(&self, method: &Arc<str>, code: Code, took: Duration) {
        let attributes = [
            KeyValue::new("rpc.system.name", "grpc"),
            KeyValue::new("rpc.method", method.clone()),
            KeyValue::new("rpc.response.status_code", code_name(code)),
        ];
        self.duration.record(took.as_secs_f64(), &attributes);
    }

    /// One call was turned away.
    pub(crate) fn shed(&self) {
        self.shed.add(1, &[]);
    }
}

/// Seconds; as the semantic conventions advise.
const BOUNDARIES: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// `NOT_FOUND` and so on.
pub(crate) fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
