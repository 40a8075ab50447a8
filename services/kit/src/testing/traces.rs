//! A receiver of traces and metrics over OTLP, as a collector would be: a real gRPC server keeping what it is sent.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value::Value},
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use super::listener;
use crate::telemetry::{self, Guard, TelemetryConfig};

/// One span as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// `service.name` of its resource.
    pub service: String,
    /// `service.instance.id` of its resource.
    pub instance: String,
    /// Its name.
    pub name: String,
    /// 32 hex digits.
    pub trace_id: String,
    /// 16 hex digits.
    pub span_id: String,
    /// 16 hex digits; empty for a root.
    pub parent_id: String,
    /// 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
    pub kind: i32,
    /// 0 unset, 1 ok, 2 error.
    pub status: i32,
    /// What went wrong, when the status is error.
    pub message: String,
    /// Its attributes as text.
    pub attributes: HashMap<String, String>,
    /// The trace ids it links to.
    pub links: Vec<String>,
}

/// The receiver, and what it received.
#[derive(Clone, Debug, Default)]
pub struct Traces(Arc<Received>);

#[derive(Debug, Default)]
struct Received {
    spans: Mutex<Vec<Span>>,
    /// Service and name of each metric.
    metrics: Mutex<HashSet<(String, String)>>,
}

impl Traces {
    /// A receiver of one's own, in the current runtime; its URL.
    pub async fn start() -> (Self, String) {
        let traces = Self::default();
        let (listener, address) = listener().await;
        let service = TraceServiceServer::new(traces.clone()).max_decoding_message_size(64 << 20);
        let metrics = MetricsServiceServer::new(traces.clone());
        let serve = tonic::transport::Server::builder()
            .add_service(service)
            .add_service(metrics);
        tokio::spawn(serve.serve_with_incoming(TcpListenerStream::new(listener)));
        (traces, format!("http://{address}"))
    }

    /// The receiver all tests of this process share, with telemetry installed that sends everything to it. Tests
    /// run side by side: look for your own trace id.
    pub fn shared() -> &'static Shared {
        static SHARED: OnceLock<Shared> = OnceLock::new();
        SHARED.get_or_init(|| {
            let (send, receive) = std::sync::mpsc::channel();
            // A thread and runtime of its own: those of a test end with the test.
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(1)
                    .enable_all()
                    .build();
                runtime
                    .expect("a runtime for the receiver")
                    .block_on(async {
                        let (traces, url) = Self::start().await;
                        let config = TelemetryConfig {
                            otlp_endpoint: Some(url),
                            log: std::env::var("LIANDONG_LOG").unwrap_or("off".into()),
                            ..TelemetryConfig::default()
                        };
                        let guard = telemetry::init(&config, "tests")
                            .expect("telemetry, installed by nobody else");
                        send.send(Shared { traces, guard }).ok();
                        std::future::pending::<()>().await;
                    });
            });
            receive.recv().expect("a trace receiver")
        })
    }

    /// What has arrived so far.
    pub fn spans(&self) -> Vec<Span> {
        self.0
            .spans
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether `service` has sent a metric of this name.
    pub fn has_metric(&self, service: &str, name: &str) -> bool {
        let metrics = self
            .0
            .metrics
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        metrics.contains(&(service.to_owned(), name.to_owned()))
    }

    /// What has arrived of one trace.
    pub fn of(&self, trace_id: &str) -> Vec<Span> {
        self.spans()
            .into_iter()
            .filter(|it| it.trace_id == trace_id)
            .collect()
    }

    /// Waits for a span, at most ten seconds; fails saying which ones came instead.
    pub async fn wait_for(&self, wanted: impl Fn(&Span) -> bool) -> Span {
        let found = async {
            loop {
                if let Some(span) = self.spans().into_iter().find(&wanted) {
                    return span;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        match tokio::time::timeout(Duration::from_secs(10), found).await {
            Ok(span) => span,
            Err(_) => panic!(
                "the span never came; these did: {:#?}",
                self.spans()
                    .iter()
                    .map(|it| (&it.service, &it.name))
                    .collect::<Vec<_>>()
            ),
        }
    }
}

/// The shared receiver and the telemetry that sends to it.
#[derive(Debug)]
pub struct Shared {
    traces: Traces,
    guard: Guard,
}

impl Shared {
    /// What has arrived, after everything ended so far was sent.
    pub async fn flushed(&self) -> &Traces {
        self.guard.flush().await;
        &self.traces
    }
}

#[tonic::async_trait]
impl TraceService for Traces {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let spans = request
            .into_inner()
            .resource_spans
            .into_iter()
            .flat_map(|it| {
                let resource = attributes(it.resource.unwrap_or_default().attributes);
                let spans = it.scope_spans.into_iter().flat_map(|it| it.spans);
                spans.map(move |span| receive(&resource, span))
            });
        self.0
            .spans
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Traces {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let mut metrics = self
            .0
            .metrics
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for resource in request.into_inner().resource_metrics {
            let mut of = attributes(resource.resource.unwrap_or_default().attributes);
            let service = of.remove("service.name").unwrap_or_default();
            let named = resource
                .scope_metrics
                .into_iter()
                .flat_map(|it| it.metrics)
                .map(|it| (service.clone(), it.name));
            metrics.extend(named);
        }
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

fn receive(
    resource: &HashMap<String, String>,
    span: opentelemetry_proto::tonic::trace::v1::Span,
) -> Span {
    let status = span.status.unwrap_or_default();
    let of = |key: &str| resource.get(key).cloned().unwrap_or_default();
    Span {
        service: of("service.name"),
        instance: of("service.instance.id"),
        name: span.name,
        trace_id: hex::encode(span.trace_id),
        span_id: hex::encode(span.span_id),
        parent_id: hex::encode(span.parent_span_id),
        kind: span.kind,
        status: status.code,
        message: status.message,
        attributes: attributes(span.attributes),
        links: span
            .links
            .into_iter()
            .map(|it| hex::encode(it.trace_id))
            .collect(),
    }
}

fn attributes(all: Vec<KeyValue>) -> HashMap<String, String> {
    all.into_iter()
        .map(|it| {
            (
                it.key,
                it.value
                    .and_then(|it| it.value)
                    .map(text)
                    .unwrap_or_default(),
            )
        })
        .collect()
}

fn text(value: Value) -> String {
    match value {
        Value::StringValue(it) => it,
        Value::BoolValue(it) => it.to_string(),
        Value::IntValue(it) => it.to_string(),
        Value::DoubleValue(it) => it.to_string(),
        other => format!("{other:?}"),
    }
}
