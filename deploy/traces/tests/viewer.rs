//! The viewer against a real OTLP exporter.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::net::SocketAddr;

use liandong_traces::{Room, serve};
use opentelemetry::{
    KeyValue,
    trace::{SpanKind, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What a real exporter sends can be read back by trace id, found by its service, and the page is served.
#[tokio::test(flavor = "multi_thread")]
async fn an_exported_trace_can_be_looked_at() {
    let (otlp, ui) = start().await;
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(format!("http://{otlp}"))
        .build()
        .unwrap();
    let resource = Resource::builder()
        .with_service_name("dispatch")
        .with_attribute(KeyValue::new("service.instance.id", "dispatch-1"))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build();
    let tracer = provider.tracer("test");
    let id = tracer.in_span("SignAssignment", |outer| {
        tracer
            .span_builder("ComputeDeadline")
            .with_kind(SpanKind::Client)
            .start(&tracer);
        outer.span().span_context().trace_id().to_string()
    });
    tokio::task::spawn_blocking(move || provider.shutdown())
        .await
        .unwrap()
        .unwrap();

    let (status, body) = get(ui, &format!("/api/traces/{id}")).await;
    assert_eq!(status, 200, "{body}");
    let found: serde_json::Value = serde_json::from_str(&body).unwrap();
    let spans = found["data"][0]["spans"].as_array().unwrap();
    let mut names: Vec<_> = spans
        .iter()
        .map(|it| it["operationName"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["ComputeDeadline", "SignAssignment"]);

    let (_, services) = get(ui, "/api/services").await;
    assert!(services.contains("\"dispatch\""), "{services}");
    let (status, page) = get(ui, &format!("/trace/{id}")).await;
    assert!(status == 200 && page.contains("<html"), "{status} {page}");
    assert_eq!(get(ui, "/api/traces/00").await.0, 404);
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
