//! The steps every call passes, from the connection to the handler.

use std::{
    collections::HashMap,
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::FutureExt;
use http::{Request, Response};
use opentelemetry::context::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body, service::Routes};
use tower::Service;
use tracing::Instrument;

use super::{
    CALL_TIME, Stopping, gate,
    limit::{Limits, Place},
    plain,
};
use crate::{
    auth::{Method, Methods, Verifier},
    call::{Watch, Watched, cut, deadline, panicked},
    status,
    telemetry::{Ambient, Red},
};

/// What all calls share.
pub(super) struct Shared {
    pub(super) service: &'static str,
    pub(super) methods: Methods,
    pub(super) times: HashMap<String, Duration>,
    pub(super) verifier: Verifier,
    pub(super) limits: Limits,
    pub(super) red: Red,
    /// Stop taking calls; streams end by themselves.
    pub(super) stop: CancellationToken,
    /// The streams that did not are cut.
    pub(super) cut: CancellationToken,
}

/// Everything between tonic's transport and the generated services.
#[derive(Clone)]
pub(super) struct Edge {
    shared: Arc<Shared>,
    routes: Routes,
}

impl Edge {
    pub(super) fn new(shared: Arc<Shared>, routes: Routes) -> Self {
        Self { shared, routes }
    }
}

impl Service<Request<Body>> for Edge {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        let (shared, routes) = (self.shared.clone(), self.routes.clone());
        if open_to_all(path) {
            return Box::pin(shared.answer_anyone(routes, request).map(Ok));
        }
        match shared.methods.at(path).cloned() {
            Some(method) => Box::pin(shared.answer(routes, request, method).map(Ok)),
            None => Box::pin(std::future::ready(Ok(plain::unknown("")
                .status()
                .into_http()))),
        }
    }
}

impl Shared {
    async fn answer(
        self: Arc<Self>,
        routes: Routes,
        request: Request<Body>,
        method: Method,
    ) -> Response<Body> {
        let bound = (!method.streaming)
            .then(|| self.times.get(&*method.name).copied().unwrap_or(CALL_TIME));
        let deadline = deadline::time_for(request.headers(), bound).map(|it| Instant::now() + it);
        let ambient = Ambient {
            service: Some(self.service),
            deadline,
        };
        let mut watch = Watch::server(method.name.clone(), request.headers(), ambient, &self.red);

        let work = self.work(routes, request, &method, deadline, &watch);
        let caught = AssertUnwindSafe(work)
            .catch_unwind()
            .instrument(watch.span().clone());
        let context = opentelemetry::Context::current_with_value(ambient);
        let result = caught.with_context(context).await.unwrap_or_else(|panic| {
            let _entered = watch.span().enter();
            Err(panicked(&*panic))
        });
        match result {
            Ok((answer, place)) if method.streaming => {
                let cut = cut(deadline, self.cut.clone());
                Watched::wrap(answer, watch, Some(Box::pin(cut)), Some(place))
            }
            Ok((answer, _)) => Watched::wrap(answer, watch, None, None),
            Err(status) => {
                watch.end(&status);
                status.into_http()
            }
        }
    }

    /// The steps inside the span: gate, room, deadline, service.
    async fn work(
        &self,
        mut routes: Routes,
        mut request: Request<Body>,
        method: &Method,
        deadline: Option<Instant>,
        watch: &Watch,
    ) -> Result<(Response<Body>, Place), Status> {
        let caller = gate::admit(&self.verifier, method, request.headers())?;
        watch
            .span()
            .record("organization", caller.organization.as_str());
        watch.span().record("district", caller.district.as_str());
        let time = deadline.map(|at| at - Instant::now());
        let mut place = self
            .limits
            .admit(self.waits(method), &caller.organization, time)
            .inspect_err(|_| watch.shed())?;
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(Stopping(self.stop.clone()));
        let called = routes.call(request);
        let Ok(answer) = match deadline {
            Some(at) => tokio::time::timeout_at(at, called)
                .await
                .map_err(|_| deadline::exceeded())?,
            None => called.await,
        };
        place.done();
        match status::of_headers(answer.headers()).and_then(|it| plain::explained(&it)) {
            Some(problem) => Err(problem.into()),
            None => Ok((answer, place)),
        }
    }

    /// Whether a call lasts by its nature: streams, and what has more time than others.
    fn waits(&self, method: &Method) -> bool {
        method.streaming
            || self
                .times
                .get(&*method.name)
                .is_some_and(|it| *it > CALL_TIME)
    }

    /// Health and reflection: no token, no limit, no span; but they too end when the server does.
    async fn answer_anyone(
        self: Arc<Self>,
        mut routes: Routes,
        request: Request<Body>,
    ) -> Response<Body> {
        let watch = Watch::silent(request.uri().path().into());
        let Ok(answer) = routes.call(request).await;
        Watched::wrap(
            answer,
            watch,
            Some(Box::pin(cut(None, self.stop.clone()))),
            None,
        )
    }
}

fn open_to_all(path: &str) -> bool {
    [
        "/grpc.health.v1.Health/",
        "/grpc.reflection.v1.ServerReflection/",
        "/grpc.reflection.v1alpha.ServerReflection/",
    ]
    .iter()
    .any(|it| path.starts_with(it))
}
