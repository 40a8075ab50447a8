//! The steps every call passes, from the connection to the handler.

use std::{
    collections::HashMap,
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::FutureExt;
use http::{HeaderMap, Request, Response};
use opentelemetry::context::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body, service::Routes, transport::server::TcpConnectInfo};
use tower::Service;
use tracing::Instrument;

use super::{
    CALL_TIME, Stopping, gate,
    limit::{Limits, Place},
    plain,
    space::{self, Space},
    turned::{self, Turned},
};
use crate::{
    audit::{Audit, Denied, Who},
    auth::{Caller, Method, Methods, Verifier},
    call::{Watch, Watched, cut, deadline, panicked},
    clock,
    status::{self, Problem},
    telemetry::{self, Ambient, Red},
};

/// What all calls share.
pub(super) struct Shared {
    pub(super) service: &'static str,
    pub(super) methods: Methods,
    pub(super) times: HashMap<String, Duration>,
    pub(super) verifier: Verifier,
    pub(super) limits: Limits,
    pub(super) space: Space,
    pub(super) audit: Option<Audit>,
    pub(super) red: Red,
    pub(super) turned: turned::Count,
    /// Stop taking calls; streams end by themselves.
    pub(super) stop: CancellationToken,
    /// The streams that did not are cut.
    pub(super) cut: CancellationToken,
}

/// Somebody who may, and a place for the call.
struct Entered {
    caller: Caller,
    place: Place,
}

/// Why a call does not come in.
enum Closed {
    /// There are too many.
    Turned(Turned),
    /// Nobody of that name may, or not now.
    Refused(Problem),
}

impl From<Problem> for Closed {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
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
        let began = Instant::now();
        let deadline = deadline::time_for(request.headers(), bound).map(|it| began + it);
        let mut who = Who::default();
        let enter = || self.enter(request.headers(), &method, deadline, &mut who);
        let entered = match catch_unwind(AssertUnwindSafe(enter)) {
            Ok(Err(Closed::Turned(turned))) => {
                self.turned.add(&method, turned, &self.red, began.elapsed());
                return turned.answer();
            }
            Ok(Err(Closed::Refused(problem))) => Ok(Err(problem)),
            Ok(Ok(entered)) => Ok(Ok(entered)),
            Err(panic) => Err(panic),
        };
        let ambient = Ambient {
            service: Some(self.service),
            deadline,
        };
        let mut watch = Watch::server(method.name.clone(), request.headers(), ambient, &self.red);

        let address = address(&request);
        let work = async {
            // What went wrong before there was a span is told inside it.
            let entered = entered.unwrap_or_else(|panic| resume_unwind(panic))?;
            self.work(routes, request, entered, deadline, &watch).await
        };
        let caught = AssertUnwindSafe(work)
            .catch_unwind()
            .instrument(watch.span().clone());
        let context = opentelemetry::Context::current_with_value(ambient);
        let result = caught.with_context(context).await.unwrap_or_else(|panic| {
            let _entered = watch.span().enter();
            Err(panicked(&*panic))
        });
        let said = match &result {
            Ok((answer, _)) => status::of_headers(answer.headers()),
            Err(status) => Some(status.clone()),
        };
        if let Some(status) = said.filter(|it| Audit::concerns(it.code())) {
            self.note(status, &method, who, address, &watch).await;
        }
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

    /// Gate, space, room: what is asked before anything is spent on a call. Whoever has a good token is noted.
    fn enter(
        &self,
        headers: &HeaderMap,
        method: &Method,
        deadline: Option<Instant>,
        who: &mut Who,
    ) -> Result<Entered, Closed> {
        let identity = gate::identify(&self.verifier, headers)?;
        *who = Who {
            district: identity.district.clone(),
            organization: identity.organization.clone(),
            person: identity.person.clone(),
        };
        let caller = gate::admit(method, &identity)?;
        if self.space.refuses(&method.name) {
            return Err(space::too_little().into());
        }
        let time = deadline.map(|at| at - Instant::now());
        let place = self
            .limits
            .admit(self.waits(method), &caller.organization, time)
            .map_err(Closed::Turned)?;
        Ok(Entered { caller, place })
    }

    /// The steps inside the span: deadline, service.
    async fn work(
        &self,
        mut routes: Routes,
        mut request: Request<Body>,
        Entered { caller, mut place }: Entered,
        deadline: Option<Instant>,
        watch: &Watch,
    ) -> Result<(Response<Body>, Place), Status> {
        let span = watch.span();
        span.record("organization", caller.organization.as_str());
        span.record("district", caller.district.as_str());
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

    /// Records a call that was denied, before its caller learns it.
    async fn note(
        &self,
        status: Status,
        method: &Method,
        who: Who,
        address: String,
        watch: &Watch,
    ) {
        let Some(audit) = &self.audit else { return };
        let denied = Denied {
            who,
            method: method.name.to_string(),
            code: status.code(),
            reason: status::reason(&status).unwrap_or_default(),
            address,
            trace_id: watch
                .span()
                .in_scope(|| telemetry::trace_id_of(&telemetry::current_traceparent())),
            at: clock::wall(),
        };
        audit.record(denied).instrument(watch.span().clone()).await;
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

/// Where a call comes from.
fn address(request: &Request<Body>) -> String {
    let connection = request.extensions().get::<TcpConnectInfo>();
    connection
        .and_then(TcpConnectInfo::remote_addr)
        .map_or_else(String::new, |it| it.ip().to_string())
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
