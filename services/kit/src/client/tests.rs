//! Calls to a peer that is slow, flaky or not there.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use liandong_proto::types::Role;
use opentelemetry::context::FutureExt;
use tokio::time::Instant;
use tonic::{Code, Request};
use tracing::Instrument;

use super::*;
use crate::{
    server::ServerConfig,
    status,
    testing::{
        Keys, Traces, listener,
        probe::{Running, call, number, start},
    },
};

fn viewer(server: &Running) -> Peer {
    let identity = server
        .keys
        .identity("sanitation", "zhang-wei", &[Role::Viewer]);
    Peer::connect_lazy(&server.url, "probe", identity).unwrap()
}

#[tokio::test]
async fn a_safe_call_is_tried_again_and_an_unsafe_one_is_not() {
    let server = start("probe", ServerConfig::default()).await;
    let status = call(viewer(&server), "Flaky", number(2)).await.unwrap_err();
    assert_eq!(
        (status.code(), server.probe.flaky.load(SeqCst)),
        (Code::Unavailable, 1)
    );

    server.probe.flaky.store(0, SeqCst);
    call(viewer(&server).safe(), "Flaky", number(2))
        .await
        .unwrap();
    assert_eq!(
        server.probe.flaky.load(SeqCst),
        3,
        "two failures and a success"
    );

    server.probe.flaky.store(0, SeqCst);
    let mut request = Request::new(number(1));
    request.extensions_mut().insert(Safe);
    call(viewer(&server), "Flaky", request).await.unwrap();

    server.probe.flaky.store(0, SeqCst);
    call(viewer(&server).safe(), "Flaky", number(1_000))
        .await
        .unwrap_err();
    assert_eq!(server.probe.flaky.load(SeqCst), 3, "three attempts at most");
}

/// Clocks that differ for a moment, or keys that are being changed: what our caller asks may work later.
#[tokio::test]
async fn a_peer_that_does_not_accept_our_own_token_is_not_available() {
    let server = start("probe", ServerConfig::default()).await;
    let unknown = Identity::service(Keys::new().issuer(), "dispatch", "320311");
    let peer = Peer::connect_lazy(&server.url, "probe", unknown).unwrap();
    let status = call(peer, "Echo", number(0)).await.unwrap_err();
    assert_eq!(
        (status.code(), status::reason(&status).as_deref()),
        (Code::Unavailable, Some("PEER_REFUSES_TOKEN"))
    );
    let known = Identity::service(server.keys.issuer(), "dispatch", "320311");
    let peer = Peer::connect_lazy(&server.url, "probe", known).unwrap();
    call(peer, "Echo", number(0)).await.unwrap();
    // Somebody else's token is his own business.
    let theirs = Identity::token("garbage");
    let peer = Peer::connect_lazy(&server.url, "probe", theirs).unwrap();
    let status = call(peer, "Echo", number(0)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_peer_that_fails_is_left_alone_and_retries_stay_under_a_tenth() {
    let server = start("probe", ServerConfig::default()).await;
    let peer = viewer(&server).safe();
    let calls = 300;
    let mut away = 0;
    for _ in 0..calls {
        let status = call(peer.clone(), "Flaky", number(i64::MAX))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        away += i64::from(status::reason(&status).is_some_and(|it| it == "PEER_AWAY"));
    }
    let attempts = server.probe.flaky.load(SeqCst);
    assert!(away > 200, "{away} calls were answered at once");
    assert!(
        attempts <= calls + calls / 10 + 10,
        "{attempts} attempts for {calls} calls"
    );
}

#[tokio::test]
async fn a_peer_that_is_not_there_is_unavailable_and_found_when_it_comes() {
    let (free, address) = listener().await;
    drop(free);
    let gone =
        Peer::connect_lazy(&format!("http://{address}"), "registry", Identity::Nobody).unwrap();
    let status = call(gone, "Echo", number(0)).await.unwrap_err();
    assert_eq!(
        (status.code(), status::reason(&status).unwrap().as_str()),
        (Code::Unavailable, "PEER_UNREACHABLE")
    );
    assert!(status.message().contains("registry"));
}

#[tokio::test]
async fn a_slow_peer_does_not_outlast_the_deadline() {
    let (silent, address) = listener().await; // takes connections and never answers
    let peer = Peer::connect_lazy(&format!("http://{address}"), "probe", Identity::Nobody).unwrap();
    let began = Instant::now();
    let status = call(
        peer.within(Duration::from_millis(200)).safe(),
        "Echo",
        number(0),
    )
    .await
    .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(
        began.elapsed() < Duration::from_millis(450),
        "deadline + 250 ms"
    );
    drop(silent);
}

#[tokio::test]
async fn a_call_made_for_another_call_gets_what_is_left_of_its_time() {
    let server = start("probe", ServerConfig::default()).await;
    let left = |answer: crate::testing::probe::Probe| answer.number;
    let alone = left(call(viewer(&server), "Echo", number(0)).await.unwrap());
    assert!(
        (4_000..=5_000).contains(&alone),
        "{alone} ms: our own default"
    );
    let ambient = Ambient {
        service: None,
        deadline: Some(Instant::now() + Duration::from_secs(2)),
    };
    let context = opentelemetry::Context::current_with_value(ambient);
    let peer = viewer(&server);
    let within = async move { call(peer, "Echo", number(0)).await.unwrap() };
    let within = left(within.with_context(context).await);
    assert!(
        (1_000..=2_000).contains(&within),
        "{within} ms: the caller's"
    );
}

#[tokio::test]
async fn a_service_calls_in_its_own_name() {
    let server = start("probe", ServerConfig::default()).await;
    let identity = Identity::service(server.keys.issuer(), "scoring", "320311");
    let peer = Peer::connect_lazy(&server.url, "probe", identity).unwrap();
    let answer = call(peer, "Echo", number(0)).await.unwrap();
    assert!(
        answer.text.starts_with("320311/scoring/scoring/"),
        "{}",
        answer.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_runs_through_client_and_server_and_each_keeps_its_service() {
    let shared = Traces::shared();
    let server = start("probe-server", ServerConfig::default()).await;
    let peer = viewer(&server);
    let work = async { call(peer, "Echo", number(0)).await.unwrap() };
    let root = crate::telemetry::in_service("probe-client", async {
        work.instrument(tracing::info_span!("root")).await
    });
    let answer = root.await;
    let traceparent = answer.text.split(' ').next_back().unwrap();
    let trace = crate::telemetry::trace_id_of(traceparent);

    let traces = shared.flushed().await;
    let root = traces
        .wait_for(|it| it.trace_id == trace && it.name == "root")
        .await;
    let client = traces
        .wait_for(|it| it.trace_id == trace && it.kind == 3)
        .await;
    let server = traces
        .wait_for(|it| it.trace_id == trace && it.kind == 2)
        .await;
    assert_eq!(
        (
            root.service.as_str(),
            client.service.as_str(),
            server.service.as_str()
        ),
        ("probe-client", "probe-client", "probe-server")
    );
    assert_eq!(
        (client.parent_id, server.parent_id),
        (root.span_id, client.span_id)
    );
    assert_eq!(client.attributes["peer"], "probe");
    assert_eq!(client.attributes["rpc.response.status_code"], "OK");
    assert!(traces.has_metric("probe-server", "rpc.server.call.duration"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_span_does_not_break_the_trace() {
    let shared = Traces::shared();
    let server = start("probe-disabled", ServerConfig::default()).await;
    let peer = viewer(&server);
    let outer = tracing::info_span!("outer");
    // `trace` level is filtered away, so this span has no context of its own.
    let inner = async { call(peer, "Echo", number(0)).await.unwrap() }
        .instrument(tracing::trace_span!("disabled"));
    inner.instrument(outer).await;
    let traces = shared.flushed().await;
    let server = traces
        .wait_for(|it| it.service == "probe-disabled" && it.kind == 2)
        .await;
    let outer = traces
        .of(&server.trace_id)
        .into_iter()
        .find(|it| it.name == "outer");
    assert!(outer.is_some(), "server and outer span share a trace");
}
