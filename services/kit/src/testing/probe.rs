//! A small service that misbehaves on demand, for the tests of server and client.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, StreamExt, stream};
use http::uri::PathAndQuery;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::{
    Request, Response, Status,
    body::Body,
    client::GrpcService,
    server::{Grpc, NamedService},
};
use tonic_prost::ProstCodec;
use tower::service_fn;

use super::{Keys, listener};
use crate::{
    auth::Caller,
    db::Db,
    server::{Error, Server, ServerConfig, Stopping},
    telemetry,
};

const PROTO: &str = r#"
syntax = "proto3";
package probe.v1;
import "liandong/type/v1/permission.proto";
message Probe { string text = 1; int64 number = 2; }
service ProbeService {
  rpc Echo(Probe) returns (Probe) { option (liandong.type.v1.permission) = {roles: [ROLE_VIEWER, ROLE_HANDLER, ROLE_SERVICE], scope: SCOPE_TASK}; }
  rpc Panic(Probe) returns (Probe) { option (liandong.type.v1.permission) = {roles: [ROLE_VIEWER], scope: SCOPE_TASK}; }
  rpc Sleep(Probe) returns (Probe) { option (liandong.type.v1.permission) = {roles: [ROLE_VIEWER], scope: SCOPE_TASK}; }
  rpc Flaky(Probe) returns (Probe) { option (liandong.type.v1.permission) = {roles: [ROLE_VIEWER], scope: SCOPE_TASK}; }
  rpc Count(Probe) returns (stream Probe) { option (liandong.type.v1.permission) = {roles: [ROLE_VIEWER], scope: SCOPE_TASK}; }
  rpc Tail(Probe) returns (stream Probe) { option (liandong.type.v1.permission) = {roles: [ROLE_VIEWER], scope: SCOPE_TASK}; }
}
service BareService {
  rpc Forgotten(Probe) returns (Probe);
  rpc Nobody(Probe) returns (Probe) { option (liandong.type.v1.permission) = {scope: SCOPE_TASK}; }
  rpc Anywhere(Probe) returns (Probe) { option (liandong.type.v1.permission) = {roles: [ROLE_VIEWER]}; }
  rpc Good(Probe) returns (Probe) { option (liandong.type.v1.permission) = {roles: [ROLE_VIEWER], scope: SCOPE_TASK}; }
}
"#;

/// The descriptors of the probe services.
pub(crate) static DESCRIPTORS: LazyLock<&'static [u8]> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("probe.proto"), PROTO).unwrap();
    let ours = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");
    let mut compiler = protox::Compiler::new([folder.path(), ours.as_ref()]).unwrap();
    compiler
        .include_imports(true)
        .open_file("probe.proto")
        .unwrap();
    Box::leak(compiler.encode_file_descriptor_set().into_boxed_slice())
});

/// The one message.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Probe {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
    #[prost(int64, tag = "2")]
    pub(crate) number: i64,
}

/// A probe of this number.
pub(crate) fn number(number: i64) -> Probe {
    Probe {
        text: String::new(),
        number,
    }
}

type Probes = Pin<Box<dyn Stream<Item = Result<Probe, Status>> + Send>>;

/// The service under its name; what it has seen.
#[derive(Clone, Default)]
pub(crate) struct ProbeService {
    /// Calls of `Flaky`.
    pub(crate) flaky: Arc<AtomicI64>,
    /// Told when `Sleep` begins.
    pub(crate) asleep: Arc<Notify>,
}

impl NamedService for ProbeService {
    const NAME: &'static str = "probe.v1.ProbeService";
}

impl ProbeService {
    async fn echo(self, request: Request<Probe>) -> Result<Response<Probe>, Status> {
        let caller = Caller::of(&request)?;
        let inner = tracing::info_span!("inner");
        telemetry::link_to(&inner, &request.get_ref().text);
        let trace = telemetry::spawn(async move { inner.in_scope(telemetry::current_traceparent) })
            .await
            .unwrap();
        let left = telemetry::remaining().map_or(-1, |it| i64::try_from(it.as_millis()).unwrap());
        let text = format!(
            "{}/{}/{}/{:?} {trace}",
            caller.district, caller.organization, caller.person, caller.scope
        );
        Ok(Response::new(Probe { text, number: left }))
    }

    async fn unary(self, path: String, request: Request<Probe>) -> Result<Response<Probe>, Status> {
        let number = request.get_ref().number;
        match path.as_str() {
            "Echo" => return self.echo(request).await,
            "Panic" => panic!("as asked"),
            "Sleep" => {
                self.asleep.notify_one();
                tokio::time::sleep(Duration::from_millis(number.unsigned_abs())).await;
            }
            "Flaky" if self.flaky.fetch_add(1, SeqCst) < number => {
                return Err(Status::unavailable("not yet"));
            }
            "Flaky" => {}
            other => return Err(Status::unimplemented(other)),
        }
        Ok(Response::new(request.into_inner()))
    }

    async fn streamed(
        self,
        path: String,
        request: Request<Probe>,
    ) -> Result<Response<Probes>, Status> {
        let (stop, last) = (Stopping::of(&request), request.get_ref().number);
        let stream: Probes = if path == "Tail" {
            // -1: deaf to the stop token.
            let stop = if last < 0 {
                CancellationToken::new()
            } else {
                stop
            };
            let first = stream::iter([Ok(number(0))]);
            Box::pin(first.chain(
                stream::once(async move { stop.cancelled().await }).map(|()| Ok(number(-1))),
            ))
        } else {
            // Count: six items, then ABORTED; 7 asks for a panic instead.
            Box::pin(stream::iter(1..=6).map(move |it| match it {
                6 if last == 7 => panic!("as asked"),
                6 => Err(Status::aborted("at the sixth")),
                it => Ok(number(it)),
            }))
        };
        Ok(Response::new(stream))
    }
}

impl tower::Service<http::Request<Body>> for ProbeService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let (it, path) = (
            self.clone(),
            request.uri().path().rsplit('/').next().unwrap().to_owned(),
        );
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::<Probe, Probe>::default());
            Ok(if matches!(path.as_str(), "Count" | "Tail") {
                grpc.server_streaming(
                    service_fn(move |request| it.clone().streamed(path.clone(), request)),
                    request,
                )
                .await
            } else {
                grpc.unary(
                    service_fn(move |request| it.clone().unary(path.clone(), request)),
                    request,
                )
                .await
            })
        })
    }
}

/// The service without permissions.
#[derive(Clone)]
pub(crate) struct BareService;

impl NamedService for BareService {
    const NAME: &'static str = "probe.v1.BareService";
}

impl tower::Service<http::Request<Body>> for BareService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<http::Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Body>) -> Self::Future {
        std::future::ready(Ok(Status::ok("").into_http()))
    }
}

/// A running probe server.
pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) keys: Keys,
    pub(crate) probe: ProbeService,
    pub(crate) stop: CancellationToken,
    pub(crate) ended: tokio::task::JoinHandle<Result<(), Error>>,
}

/// Starts the probe service in the name of `service`.
pub(crate) async fn start(service: &'static str, config: ServerConfig) -> Running {
    start_on(None, service, config).await
}

/// Starts it on a database, which has its tables.
pub(crate) async fn start_on(
    db: Option<&Db>,
    service: &'static str,
    config: ServerConfig,
) -> Running {
    let (listener, address) = listener().await;
    let (keys, probe, stop) = (
        Keys::new(),
        ProbeService::default(),
        CancellationToken::new(),
    );
    let server = Server::new(service, &config, keys.verifier())
        .descriptors(*DESCRIPTORS)
        .time_for("probe.v1.ProbeService/Sleep", Duration::from_millis(300))
        .new_work(&["probe.v1.ProbeService/Flaky"])
        .add(probe.clone());
    let server = match db {
        Some(db) => server.database(db),
        None => server,
    };
    let ended = tokio::spawn(server.run(listener, stop.clone()));
    Running {
        url: format!("http://{address}"),
        keys,
        probe,
        stop,
        ended,
    }
}

/// One unary call.
pub(crate) async fn call<T>(
    through: T,
    method: &str,
    request: impl tonic::IntoRequest<Probe>,
) -> Result<Probe, Status>
where
    T: GrpcService<
            Body,
            ResponseBody: http_body::Body<
                Data = tokio_util::bytes::Bytes,
                Error: Into<tonic::codegen::StdError>,
            > + Send
                              + 'static,
        >,
    T::Error: Into<tonic::codegen::StdError>,
{
    let mut grpc = tonic::client::Grpc::new(through);
    let ready = grpc.ready().await;
    ready.map_err(|it| Status::unknown(it.into().to_string()))?;
    grpc.unary(
        request.into_request(),
        path(method),
        ProstCodec::<Probe, Probe>::default(),
    )
    .await
    .map(Response::into_inner)
}

/// One server-streaming call.
pub(crate) async fn stream<T>(
    through: T,
    method: &str,
    request: impl tonic::IntoRequest<Probe>,
) -> Result<tonic::Streaming<Probe>, Status>
where
    T: GrpcService<
            Body,
            ResponseBody: http_body::Body<
                Data = tokio_util::bytes::Bytes,
                Error: Into<tonic::codegen::StdError>,
            > + Send
                              + 'static,
        >,
    T::Error: Into<tonic::codegen::StdError>,
{
    let mut grpc = tonic::client::Grpc::new(through);
    let ready = grpc.ready().await;
    ready.map_err(|it| Status::unknown(it.into().to_string()))?;
    grpc.server_streaming(
        request.into_request(),
        path(method),
        ProstCodec::<Probe, Probe>::default(),
    )
    .await
    .map(Response::into_inner)
}

fn path(method: &str) -> PathAndQuery {
    PathAndQuery::try_from(format!("/probe.v1.ProbeService/{method}")).unwrap()
}
