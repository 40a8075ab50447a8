//! The viewer against a real OTLP exporter.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::net::SocketAddr;

use liandong_traces::{Room, serve};
use opentelemetry::{
    Context, KeyValue,
    trace::{Span, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What a real exporter sends can be read back by trace id, each span under its service though both are one
/// process; it is found by its root's service; the page is served.
#[tokio::test(flavor = "multi_thread")]
async fn an_exported_trace_can_be_looked_at() {
    let (otlp, ui) = start().await;
    let (dispatch, registry) = (provider(otlp, "dispatch"), provider(otlp, "registry"));
    let outer = dispatch.tracer("test").start("SignAssignment");
    let context = Context::current_with_span(outer);
    let id = context.span().span_context().trace_id().to_string();
    registry
        .tracer("test")
        .start_with_context("ComputeDeadline", &context)
        .end();
    context.span().end();
    for provider in [dispatch, registry] {
        tokio::task::spawn_blocking(move || provider.shutdown())
            .await
            .unwrap()
            .unwrap();
    }

    let (status, body) = get(ui, &format!("/api/traces/{id}")).await;
    assert_eq!(status, 200, "{body}");
    let found: Value = serde_json::from_str(&body).unwrap();
    let trace = &found["data"][0];
    let service = |span: &Value| {
        let process = span["processID"].as_str().unwrap();
        trace["processes"][process]["serviceName"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let mut spans: Vec<_> = trace["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (service(it), it["operationName"].as_str().unwrap()))
        .collect();
    spans.sort_unstable();
    let expected = [
        ("dispatch", "SignAssignment"),
        ("registry", "ComputeDeadline"),
    ];
    assert_eq!(
        spans,
        expected.map(|(service, name)| (service.to_owned(), name))
    );

    let (_, services) = get(ui, "/api/services").await;
    assert!(services.contains("\"dispatch\""), "{services}");
    let (status, page) = get(ui, &format!("/trace/{id}")).await;
    assert!(status == 200 && page.contains("<html"), "{status} {page}");
    assert_eq!(get(ui, "/api/traces/00").await.0, 404);
}

/// A service's exporter, as every service of one process has its own.
fn provider(otlp: SocketAddr, service: &'static str) -> SdkTracerProvider {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(format!("http://{otlp}"))
        .build()
        .unwrap();
    let resource = Resource::builder()
        .with_service_name(service)
        .with_attribute(KeyValue::new("service.instance.id", "one-process"))
        .build();
    SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build()
}

async fn start() -> (SocketAddr, SocketAddr) {
    let otlp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ui = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addresses = (otlp.local_addr().unwrap(), ui.local_addr().unwrap());
    tokio::spawn(serve(
        otlp,
        ui,
        Room {
            traces: 10,
            mebibytes: 1,
        },
    ));
    addresses
}

/// One GET; the status and the body.
async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.0\r\nhost: viewer\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}
