//! The steps of a call, through a real server.

use std::time::Duration;

use futures::TryStreamExt;
use liandong_proto::types::Role;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, transport::Endpoint};
use tonic_types::StatusExt;

use super::{Error, Server, ServerConfig};
use crate::{
    client::{Identity, Peer},
    health, status,
    testing::{
        Keys, Traces, listener,
        probe::{BareService, DESCRIPTORS, Probe, Running, call, number, start, stream},
    },
};

fn peer(server: &Running, identity: Identity) -> Peer {
    Peer::connect_lazy(&server.url, "probe", identity).unwrap()
}

fn viewer(server: &Running) -> Peer {
    peer(
        server,
        server
            .keys
            .identity("sanitation", "zhang-wei", &[Role::Viewer]),
    )
}

#[tokio::test]
async fn a_caller_with_the_role_gets_in_and_is_known() {
    let server = start("probe", ServerConfig::default()).await;
    let answer = call(viewer(&server), "Echo", number(0)).await.unwrap();
    assert!(
        answer.text.starts_with("320311/sanitation/zhang-wei/Task "),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn without_a_token_or_the_role_nobody_gets_in() {
    let server = start("probe", ServerConfig::default()).await;
    let refused = |identity| {
        let peer = peer(&server, identity);
        async { call(peer, "Echo", number(0)).await.unwrap_err() }
    };
    let missing = refused(Identity::Nobody).await;
    assert_eq!(
        (missing.code(), status::reason(&missing).unwrap().as_str()),
        (Code::Unauthenticated, "TOKEN_MISSING")
    );
    let garbage = refused(Identity::token("garbage")).await;
    assert_eq!(
        (garbage.code(), status::reason(&garbage).unwrap().as_str()),
        (Code::Unauthenticated, "TOKEN_INVALID")
    );
    let foreign = refused(Keys::new().identity("sanitation", "zhang-wei", &[Role::Viewer])).await;
    assert_eq!(
        (foreign.code(), status::reason(&foreign).unwrap().as_str()),
        (Code::Unauthenticated, "TOKEN_INVALID")
    );
    let role = refused(
        server
            .keys
            .identity("sanitation", "zhang-wei", &[Role::Auditor]),
    )
    .await;
    assert_eq!(role.code(), Code::PermissionDenied);
    let info = role.get_details_error_info().unwrap();
    assert_eq!(
        (info.reason.as_str(), info.metadata["roles"].as_str()),
        ("ROLE_REQUIRED", "VIEWER, HANDLER, SERVICE")
    );
}

#[tokio::test]
async fn a_server_with_an_unprotected_method_does_not_start() {
    let (listener, _) = listener().await;
    let server = Server::new("probe", &ServerConfig::default(), Keys::new().verifier())
        .descriptors(*DESCRIPTORS)
        .add(BareService);
    let error = server
        .run(listener, CancellationToken::new())
        .await
        .unwrap_err();
    let Error::Unprotected(methods) = error else {
        panic!("{error}")
    };
    let named = ["Anywhere", "Forgotten", "Nobody"].map(|it| format!("probe.v1.BareService/{it}"));
    assert_eq!(methods, named);
}

#[tokio::test]
async fn a_service_nobody_described_does_not_start() {
    let (listener, _) = listener().await;
    let server =
        Server::new("probe", &ServerConfig::default(), Keys::new().verifier()).add(BareService);
    let error = server
        .run(listener, CancellationToken::new())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unprotected(methods) if methods == ["probe.v1.BareService/*"]));
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented() {
    let server = start("probe", ServerConfig::default()).await;
    assert_eq!(
        call(viewer(&server), "Nothing", number(0))
            .await
            .unwrap_err()
            .code(),
        Code::Unimplemented
    );
}

#[tokio::test]
async fn a_panic_is_internal_and_the_server_goes_on() {
    let server = start("probe", ServerConfig::default()).await;
    let status = call(viewer(&server), "Panic", number(0)).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Internal, "internal error")
    );
    call(viewer(&server), "Echo", number(0)).await.unwrap();

    let items = stream(viewer(&server), "Count", number(7)).await.unwrap();
    let status = items.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Internal, "internal error")
    );
    call(viewer(&server), "Echo", number(0)).await.unwrap();
}

#[tokio::test]
async fn a_call_past_its_time_is_told_so() {
    let server = start("probe", ServerConfig::default()).await;
    let began = Instant::now();
    let status = call(viewer(&server), "Sleep", number(60_000))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), status::reason(&status).unwrap().as_str()),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
    );
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "the server's own bound, not the caller's"
    );
}

#[tokio::test]
async fn too_many_calls_are_turned_away_and_later_ones_are_not() {
    let server = start(
        "probe",
        ServerConfig {
            calls_max: 1,
            ..ServerConfig::default()
        },
    )
    .await;
    let long = tokio::spawn(call(viewer(&server), "Sleep", number(60_000)));
    server.probe.asleep.notified().await;
    let shed = call(viewer(&server), "Echo", number(0)).await.unwrap_err();
    assert_eq!(
        (shed.code(), status::reason(&shed).unwrap().as_str()),
        (Code::ResourceExhausted, "OVERLOADED")
    );
    assert!(
        shed.get_details_retry_info().unwrap().retry_delay.unwrap() >= Duration::from_millis(100)
    );
    assert!(
        health::is_serving(&server.url).await,
        "health is never turned away"
    );
    long.await.unwrap().unwrap_err();
    call(viewer(&server), "Echo", number(0)).await.unwrap();
}

#[tokio::test]
async fn health_needs_no_token_and_reflection_is_there_only_when_asked_for() {
    use tonic_reflection::pb::{
        v1::{
            ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
            server_reflection_request::MessageRequest,
        },
        v1alpha,
    };
    for reflection in [false, true] {
        let server = start(
            "probe",
            ServerConfig {
                reflection,
                ..ServerConfig::default()
            },
        )
        .await;
        assert!(health::wait_until_serving(&server.url, Duration::from_secs(5)).await);
        let channel = Endpoint::from_shared(server.url.clone())
            .unwrap()
            .connect()
            .await
            .unwrap();
        let list = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let v1 = ServerReflectionClient::new(channel.clone())
            .server_reflection_info(tokio_stream::iter([list]))
            .await;
        let list = v1alpha::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(
                v1alpha::server_reflection_request::MessageRequest::ListServices(String::new()),
            ),
        };
        let mut old = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
        let old = old.server_reflection_info(tokio_stream::iter([list])).await;
        assert_eq!((v1.is_ok(), old.is_ok()), (reflection, reflection));
        if let Ok(v1) = v1 {
            let answer = v1.into_inner().message().await.unwrap().unwrap();
            assert!(
                format!("{answer:?}").contains("probe.v1.ProbeService"),
                "{answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn stopping_ends_streams_that_listen_and_cuts_those_that_do_not() {
    for (deaf, code) in [(false, None), (true, Some(Code::Unavailable))] {
        let server = start(
            "probe",
            ServerConfig {
                drain_seconds: 2,
                ..ServerConfig::default()
            },
        )
        .await;
        let channel = viewer(&server).within(Duration::from_secs(60));
        let mut items = stream(channel, "Tail", number(if deaf { -1 } else { 1 }))
            .await
            .unwrap();
        assert_eq!(items.message().await.unwrap(), Some(number(0)));
        let began = Instant::now();
        server.stop.cancel();
        let end = items.try_collect::<Vec<_>>().await;
        assert_eq!(end.as_ref().err().map(tonic::Status::code), code, "{end:?}");
        server.ended.await.unwrap().unwrap();
        assert!(
            began.elapsed() < Duration::from_secs(4),
            "within the drain time"
        );
        assert!(!health::is_serving(&server.url).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_joins_its_callers_trace_and_what_it_spawns_stays_in_it() {
    let shared = Traces::shared();
    let server = start("probe-joined", ServerConfig::default()).await;
    let caller = "4bf92f3577b34da6a3ce929d0e0e4736";
    let mut request = Request::new(Probe {
        text: "00-11112222333344445555666677778888-00f067aa0ba902b7-01".into(),
        number: 0,
    });
    request.metadata_mut().insert(
        "traceparent",
        format!("00-{caller}-00f067aa0ba902b7-01").parse().unwrap(),
    );
    let token = server
        .keys
        .token("sanitation", "zhang-wei", &[Role::Viewer]);
    request
        .metadata_mut()
        .insert("authorization", format!("Bearer {token}").parse().unwrap());
    let channel = Endpoint::from_shared(server.url.clone())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let answer = call(channel, "Echo", request).await.unwrap();
    assert!(answer.text.contains(caller), "{}", answer.text);

    let traces = shared.flushed().await;
    let span = traces
        .wait_for(|it| it.trace_id == caller && it.kind == 2)
        .await;
    assert_eq!(
        (span.service.as_str(), span.name.as_str()),
        ("probe-joined", "probe.v1.ProbeService/Echo")
    );
    assert_eq!(span.parent_id, "00f067aa0ba902b7");
    assert_eq!(span.attributes["rpc.response.status_code"], "OK");
    assert_eq!(span.attributes["organization"], "sanitation");
    let inner = traces
        .wait_for(|it| it.trace_id == caller && it.name == "inner")
        .await;
    assert_eq!(
        (inner.parent_id, inner.service.as_str()),
        (span.span_id, "probe-joined")
    );
    assert_eq!(inner.links, ["11112222333344445555666677778888"]);
    assert!(
        !format!("{:?}", traces.spans()).contains(&token),
        "no span carries a token"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_fails_at_its_sixth_item_is_reported_so() {
    let shared = Traces::shared();
    let server = start("probe-stream", ServerConfig::default()).await;
    let items = stream(viewer(&server), "Count", number(0)).await.unwrap();
    let mut seen = vec![];
    let end = items
        .try_for_each(|it| {
            seen.push(it.number);
            async { Ok(()) }
        })
        .await;
    assert_eq!(
        (seen, end.unwrap_err().code()),
        (vec![1, 2, 3, 4, 5], Code::Aborted)
    );
    let span = shared
        .flushed()
        .await
        .wait_for(|it| it.service == "probe-stream" && it.kind == 2)
        .await;
    assert_eq!(span.attributes["rpc.response.status_code"], "ABORTED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_shows_in_the_span_and_a_refusal_is_no_error_of_ours() {
    let shared = Traces::shared();
    let server = start("probe-panic", ServerConfig::default()).await;
    call(viewer(&server), "Panic", number(0)).await.unwrap_err();
    call(peer(&server, Identity::Nobody), "Echo", number(0))
        .await
        .unwrap_err();
    let traces = shared.flushed().await;
    let span = traces
        .wait_for(|it| it.service == "probe-panic" && it.name.ends_with("Panic") && it.kind == 2)
        .await;
    assert_eq!(
        (
            span.status,
            span.attributes["rpc.response.status_code"].as_str()
        ),
        (2, "INTERNAL")
    );
    let span = traces
        .wait_for(|it| it.service == "probe-panic" && it.name.ends_with("Echo") && it.kind == 2)
        .await;
    assert_eq!(
        (
            span.status,
            span.attributes["rpc.response.status_code"].as_str()
        ),
        (0, "UNAUTHENTICATED")
    );
}
