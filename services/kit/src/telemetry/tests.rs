//! Telemetry against a real receiver.

use tracing::{Instrument, instrument::WithSubscriber};

use super::*;
use crate::testing::{Traces, listener};

async fn work() {
    for _ in 0..10 {
        tracing::info_span!("work").in_scope(|| tracing::info!("done"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_of_a_process_keeps_its_name_and_shares_the_instance() {
    let (traces, url) = Traces::start().await;
    let config = TelemetryConfig {
        otlp_endpoint: Some(url),
        log: "off".into(),
        ..TelemetryConfig::default()
    };
    let (dispatch, guard) = dispatch(&config, "liandong").unwrap();
    let all = async {
        work().await;
        in_service("registry", work()).await;
        in_service("dispatch", work()).await;
    };
    all.with_subscriber(dispatch.clone()).await;
    guard.flush().await;
    let spans = traces.spans();
    let of = |service| spans.iter().filter(|it| it.service == service).count();
    assert_eq!(
        (of("liandong"), of("registry"), of("dispatch")),
        (10, 10, 10)
    );
    assert!(
        spans.windows(2).all(|it| it[0].instance == it[1].instance),
        "one process, one instance"
    );
    let counts = guard.counts();
    assert_eq!(
        (counts.exported, counts.failed, counts.missing()),
        (spans.len() as u64, 0, 0)
    );
    guard.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn background_work_begins_its_own_traces_in_its_services_name() {
    let (traces, url) = Traces::start().await;
    let config = TelemetryConfig {
        otlp_endpoint: Some(url),
        log: "off".into(),
        ..TelemetryConfig::default()
    };
    let (dispatch, guard) = dispatch(&config, "liandong").unwrap();
    let worker = async {
        let batch = tracing::info_span!(parent: None, "batch");
        root(&batch);
        async { tracing::info_span!("statement").in_scope(|| ()) }
            .instrument(batch)
            .await;
    };
    let start = async {
        let span = tracing::info_span!("starting");
        async { spawn_worker(worker).await.unwrap() }
            .instrument(span)
            .await;
    };
    in_service("scoring", start).with_subscriber(dispatch).await;
    guard.flush().await;
    let batch = traces.wait_for(|it| it.name == "batch").await;
    let statement = traces.wait_for(|it| it.name == "statement").await;
    assert_eq!(
        (batch.parent_id.as_str(), batch.service.as_str()),
        ("", "scoring")
    );
    assert_eq!(
        (statement.parent_id, statement.service.as_str()),
        (batch.span_id, "scoring")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_the_collector_never_got_are_counted() {
    let (free, address) = listener().await;
    drop(free); // nobody there
    let config = TelemetryConfig {
        otlp_endpoint: Some(format!("http://{address}")),
        log: "off".into(),
        ..TelemetryConfig::default()
    };
    let (dispatch, guard) = dispatch(&config, "lonely").unwrap();
    work().with_subscriber(dispatch).await;
    guard.flush().await;
    let counts = guard.counts();
    assert_eq!(
        (
            counts.ended,
            counts.exported,
            counts.failed + counts.missing()
        ),
        (10, 0, 10)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_collector_there_are_still_trace_ids() {
    let (dispatch, guard) = dispatch(
        &TelemetryConfig {
            log: "off".into(),
            ..TelemetryConfig::default()
        },
        "quiet",
    )
    .unwrap();
    let traceparent = async { tracing::info_span!("work").in_scope(current_traceparent) }
        .with_subscriber(dispatch)
        .await;
    assert_eq!(trace_id_of(&traceparent).len(), 32, "{traceparent}");
    assert!(
        traceparent.ends_with("-00"),
        "known, but not recorded: {traceparent}"
    );
    assert_eq!(guard.counts(), Counts::default());
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let bad = TelemetryConfig {
        log: "===".into(),
        ..TelemetryConfig::default()
    };
    assert!(matches!(dispatch(&bad, "bad"), Err(Error::Filter(_))));
    let bad = TelemetryConfig {
        otlp_endpoint: Some("not a url".into()),
        ..TelemetryConfig::default()
    };
    assert!(matches!(dispatch(&bad, "bad"), Err(Error::Endpoint(_))));
}
