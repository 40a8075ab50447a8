//! A trace viewer for laptops and tests: OTLP over gRPC in, the Jaeger UI and its query API out.
//!
//! ```text
//! liandong up ──OTLP/gRPC──▶ :4317 ─▶ the latest traces, in memory ─▶ :10188 ──▶ browser, /api/traces/{id}
//! ```
//!
//! The viewer underneath tells services apart by `service.instance.id` alone; several services in one process
//! share theirs, rightly, so the service's name is put before it on the way in ([`Named`]).
//!
//! It has no login and keeps nothing on disk. When the room is used up the traces untouched for longest
//! go first. Metrics and logs are accepted and dropped, so that exporters do not complain.

use anyhow::Context;
use axum::{
    Router,
    http::{StatusCode, header::LOCATION},
    response::Response,
};
use opentelemetry_proto::tonic::collector::{
    logs::v1::{
        ExportLogsServiceRequest, ExportLogsServiceResponse,
        logs_service_server::{LogsService, LogsServiceServer},
    },
    metrics::v1::{
        ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::{MetricsService, MetricsServiceServer},
    },
};
use otlp_embedded::{
    Config, State, StateRef, TraceService, TraceServiceImpl, TraceServiceServer,
    proto::{
        collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
        common::v1::{AnyValue, KeyValue, any_value::Value},
        resource::v1::Resource,
    },
    ui_app,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response as Reply, Status, transport::Server};

/// The largest export taken in one message: a full batch of long spans stays well below.
const MESSAGE_BYTES_MAX: usize = 32 << 20;

/// How much the viewer keeps.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// How many traces.
    pub traces: u32,
    /// How much memory they may take together, in mebibytes (an estimate).
    pub mebibytes: usize,
}

/// Serves both ports for as long as it is polled; dropping the future closes them.
pub async fn serve(otlp: TcpListener, ui: TcpListener, room: Room) -> anyhow::Result<()> {
    let state = State::new(Config {
        max_length: room.traces,
        max_memory_usage: room.mebibytes << 20,
    });
    tokio::try_join!(receive(otlp, state.clone()), show(ui, state))?;
    Ok(())
}

/// Takes in OTLP over gRPC.
async fn receive(listener: TcpListener, state: StateRef) -> anyhow::Result<()> {
    let traces = TraceServiceServer::new(Named(TraceServiceImpl::new(state)));
    Server::builder()
        .add_service(traces.max_decoding_message_size(MESSAGE_BYTES_MAX))
        .add_service(
            MetricsServiceServer::new(Dropped).max_decoding_message_size(MESSAGE_BYTES_MAX),
        )
        .add_service(LogsServiceServer::new(Dropped).max_decoding_message_size(MESSAGE_BYTES_MAX))
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await
        .context("the OTLP receiver failed")
}

/// Serves the Jaeger UI and its query API.
async fn show(listener: TcpListener, state: StateRef) -> anyhow::Result<()> {
    let app: Router = ui_app(state, "/").layer(axum::middleware::map_response(page));
    axum::serve(listener, app)
        .await
        .context("the web page failed")
}

/// `otlp-embedded` answers every page of the UI with 307 and no Location; browsers cope, others do not.
async fn page(mut response: Response) -> Response {
    let nowhere = !response.headers().contains_key(LOCATION);
    if response.status() == StatusCode::TEMPORARY_REDIRECT && nowhere {
        *response.status_mut() = StatusCode::OK;
    }
    response
}

/// Takes in spans under an instance id that no other service has.
struct Named(TraceServiceImpl);

#[tonic::async_trait]
impl TraceService for Named {
    async fn export(
        &self,
        mut request: Request<ExportTraceServiceRequest>,
    ) -> Result<Reply<ExportTraceServiceResponse>, Status> {
        let spans = request.get_mut().resource_spans.iter_mut();
        spans
            .filter_map(|it| it.resource.as_mut())
            .for_each(name_instance);
        self.0.export(request).await
    }
}

/// Makes `service.instance.id` say which service it is: `dispatch@0190...`.
fn name_instance(resource: &mut Resource) {
    const INSTANCE: &str = "service.instance.id";
    let text = |key| {
        let found = resource.attributes.iter().find(|it| it.key == key);
        match found.and_then(|it| it.value.as_ref()?.value.as_ref()) {
            Some(Value::StringValue(text)) => text.as_str(),
            _ => "",
        }
    };
    let named = format!("{}@{}", text("service.name"), text(INSTANCE));
    resource.attributes.retain(|it| it.key != INSTANCE);
    resource.attributes.push(KeyValue {
        key: INSTANCE.to_owned(),
        value: Some(AnyValue {
            value: Some(Value::StringValue(named)),
        }),
    });
}

/// Accepts what the viewer does not show.
struct Dropped;

#[tonic::async_trait]
impl MetricsService for Dropped {
    async fn export(
        &self,
        _: Request<ExportMetricsServiceRequest>,
    ) -> Result<Reply<ExportMetricsServiceResponse>, Status> {
        Ok(Reply::new(ExportMetricsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Dropped {
    async fn export(
        &self,
        _: Request<ExportLogsServiceRequest>,
    ) -> Result<Reply<ExportLogsServiceResponse>, Status> {
        Ok(Reply::new(ExportLogsServiceResponse::default()))
    }
}
