//! One call to a peer, with its attempts.

use std::time::Duration;

use http::{HeaderMap, Request, Response, header::AUTHORIZATION, request::Parts};
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, body::Body};
use tower::{Service, ServiceExt};
use tracing::Instrument;

use super::{Peer, Safe, Shared};
use crate::{
    auth::Methods,
    call::{Watch, Watched, cut, deadline},
    status::{self, Problem},
    telemetry::{Ambient, inject},
};

const ATTEMPTS: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(50);

/// A call about to be made.
pub(super) struct Call {
    peer: Peer,
    parts: Parts,
    body: Body,
    watch: Watch,
    deadline: Option<Instant>,
    streaming: bool,
    retries: bool,
}

impl Call {
    /// Looks at the caller's span and deadline, so it must run in the caller's task.
    pub(super) fn new(peer: &Peer, request: Request<Body>) -> Self {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let method = Methods::liandong().at(path);
        let streaming = method.is_some_and(|it| it.streaming);
        let name = method.map_or_else(|| path.trim_start_matches('/').into(), |it| it.name.clone());
        let safe = peer.safe || parts.extensions.get::<Safe>().is_some();
        Self {
            watch: Watch::client(name, peer.shared.name, &peer.shared.url, &peer.shared.red),
            deadline: until(&parts.headers, peer.time, streaming),
            retries: safe && !streaming,
            streaming,
            peer: peer.clone(),
            parts,
            body,
        }
    }

    pub(super) async fn run(self) -> Response<Body> {
        let Self {
            peer,
            mut parts,
            body,
            mut watch,
            deadline,
            streaming,
            retries,
        } = self;
        let span = watch.span().clone();
        inject(&span, &mut parts.headers);
        let work = async {
            peer.shared.admit()?;
            if retries {
                peer.shared.retry(&parts, body, deadline, &watch).await
            } else {
                peer.shared.attempt(parts, body, deadline).await
            }
        };
        match work.instrument(span).await {
            Ok(answer) => {
                let cut = (streaming || deadline.is_some())
                    .then(|| Box::pin(cut(deadline, CancellationToken::new())) as _);
                Watched::wrap(answer, watch, cut, None)
            }
            Err(status) => {
                watch.end(&status);
                status.into_http()
            }
        }
    }
}

impl Shared {
    /// Tries until it works, makes no sense any more, or the budget is spent.
    async fn retry(
        &self,
        parts: &Parts,
        body: Body,
        deadline: Option<Instant>,
        watch: &Watch,
    ) -> Result<Response<Body>, Status> {
        let body = body.collect().await?.to_bytes();
        self.budget.earn();
        let mut retries = 0;
        loop {
            let result = self
                .attempt(
                    copy(parts),
                    Body::new(Full::new(body.clone()).map_err(never)),
                    deadline,
                )
                .await;
            let unavailable = match &result {
                Ok(answer) => status::of_headers(answer.headers())
                    .is_some_and(|it| it.code() == Code::Unavailable),
                Err(status) => status.code() == Code::Unavailable,
            };
            let pause = BACKOFF.mul_f64(f64::from(1 << retries) * rand::random::<f64>());
            let in_time = deadline.is_none_or(|it| Instant::now() + pause < it);
            if !unavailable || retries + 1 >= ATTEMPTS || !in_time || !self.budget.spend() {
                return result;
            }
            retries += 1;
            watch.span().record("rpc.retries", retries);
            tokio::time::sleep(pause).await;
            self.admit()?;
        }
    }

    /// Whether the breaker lets a call through.
    fn admit(&self) -> Result<(), Status> {
        let away = || self.away("PEER_AWAY", "it has not answered for a while");
        self.breaker.allows().then_some(()).ok_or_else(away)
    }

    /// One attempt; the breaker hears how it ended.
    async fn attempt(
        &self,
        mut parts: Parts,
        body: Body,
        deadline: Option<Instant>,
    ) -> Result<Response<Body>, Status> {
        let mut channel = self.channel.clone();
        let token = self.identity.header()?;
        parts.headers.extend(token.map(|it| (AUTHORIZATION, it)));
        if let Some(deadline) = deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(deadline::exceeded());
            }
            deadline::tell(&mut parts.headers, left);
        }
        let exchange = async move {
            channel
                .ready()
                .await?
                .call(Request::from_parts(parts, body))
                .await
        };
        let result = match deadline {
            Some(at) => tokio::time::timeout_at(at, exchange).await,
            None => Ok(exchange.await),
        };
        // The channel keeps the deadline too: when this task is woken late, its error is seen before ours.
        let late = deadline.is_some_and(|it| Instant::now() >= it);
        match result {
            Err(_elapsed) => {
                self.breaker.failed();
                Err(deadline::exceeded())
            }
            Ok(Err(_)) if late => {
                self.breaker.failed();
                Err(deadline::exceeded())
            }
            Ok(Err(error)) => {
                self.breaker.failed();
                tracing::debug!(
                    peer = self.name,
                    error = &error as &dyn std::error::Error,
                    "no answer"
                );
                Err(self.away("PEER_UNREACHABLE", "the connection failed"))
            }
            Ok(Ok(answer)) => {
                let code = status::of_headers(answer.headers()).map(|it| it.code());
                match code {
                    Some(Code::Unavailable) => self.breaker.failed(),
                    _ => self.breaker.answered(),
                }
                // Of our own name: our clocks or keys differ, which is none of our caller's business and passes.
                if code == Some(Code::Unauthenticated) && self.identity.renew() {
                    tracing::warn!(peer = self.name, "our own token is not accepted");
                    return Err(self.away("PEER_REFUSES_TOKEN", "it does not accept our token"));
                }
                Ok(answer)
            }
        }
    }

    fn away(&self, reason: &str, why: &str) -> Status {
        let english = format!("the service {} is not available: {why}", self.name);
        Problem::unavailable(reason, english, "依赖的服务暂不可用，请稍后再试")
            .with("peer", self.name)
            .into()
    }
}

/// Until when the answer is wanted: what the request says or `time`, and never longer than the call it is made for.
/// A stream lasts as long as it lasts, unless its request says otherwise.
fn until(headers: &HeaderMap, time: Duration, streaming: bool) -> Option<Instant> {
    let asked = deadline::asked(headers);
    if streaming {
        return asked.map(|it| Instant::now() + it);
    }
    let own = Instant::now() + asked.unwrap_or(time);
    Some(Ambient::current().deadline.map_or(own, |it| own.min(it)))
}

/// `Parts` again, for another attempt.
fn copy(parts: &Parts) -> Parts {
    let (mut copy, ()) = Request::new(()).into_parts();
    copy.method = parts.method.clone();
    copy.uri = parts.uri.clone();
    copy.version = parts.version;
    copy.headers = parts.headers.clone();
    copy
}

fn never(it: std::convert::Infallible) -> Status {
    match it {}
}
