//! The one way to call another service.
//!
//! A [`Peer`] is what generated clients are made from: `TaskServiceClient::new(peer)`. Each call gets a client span
//! and carries its trace, its token and its deadline. What never changes anything may be retried:
//!
//! ```text
//! breaker open? ──yes──▶ UNAVAILABLE at once
//!   │no
//! attempt ─▶ answer
//!   │ UNAVAILABLE, and the call is safe, and the budget has a token, and there is time
//!   └──▶ wait a random part of 50 ms, 100 ms ─▶ attempt again, three in all
//! ```
//!
//! What must stay true: retries stay under a tenth of the calls (and a burst of ten), so that they never bring a
//! peer down that is coming up; no call outlives its deadline, nor that of the call it was made for.

mod attempt;
mod breaker;
mod budget;
mod identity;

pub use identity::Identity;

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response, Uri};
use tonic::{
    body::Body,
    transport::{Channel, Endpoint},
};
use tower::Service;

use crate::telemetry::{Ambient, Red};
use attempt::Call;
use breaker::Breaker;
use budget::Budget;

/// How long a unary call may take unless its request says otherwise.
pub const CALL_TIME: Duration = Duration::from_secs(5);

/// Put into a request's extensions it says: sending it twice does no harm. Reads are, and so is a change with a
/// `request_id`. For a client that only reads there is [`Peer::safe`].
#[derive(Clone, Copy, Debug)]
pub struct Safe;

/// Another service. Cheap to clone; clones share connection, breaker and budget.
#[derive(Clone, Debug)]
pub struct Peer {
    shared: Arc<Shared>,
    time: Duration,
    safe: bool,
}

#[derive(Debug)]
struct Shared {
    name: &'static str,
    url: Uri,
    channel: Channel,
    identity: Identity,
    breaker: Breaker,
    budget: Budget,
    red: Red,
}

impl Peer {
    /// The service called `name` at `url`. Connects at the first call, and again whenever the connection is lost.
    /// Needs a running tokio runtime.
    pub fn connect_lazy(
        url: &str,
        name: &'static str,
        identity: Identity,
    ) -> Result<Self, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(url.to_owned())?
            .connect_timeout(Duration::from_secs(2))
            .tcp_nodelay(true)
            .tcp_keepalive(Some(Duration::from_secs(60)))
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(10))
            .keep_alive_while_idle(true);
        let shared = Shared {
            name,
            url: endpoint.uri().clone(),
            channel: endpoint.connect_lazy(),
            identity,
            breaker: Breaker::default(),
            budget: Budget::default(),
            red: Red::client(Ambient::current().service.unwrap_or(name)),
        };
        Ok(Self {
            shared: Arc::new(shared),
            time: CALL_TIME,
            safe: false,
        })
    }

    /// The same peer with another default deadline for unary calls.
    pub fn within(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// The same peer for somebody who asks one thing after the other and waits by himself: every call is tried.
    pub fn without_breaker(self) -> Self {
        let shared = self.shared.as_ref();
        let shared = shared.with(shared.identity.clone(), Breaker::none());
        Self {
            shared: Arc::new(shared),
            ..self
        }
    }

    /// The same peer over the same connection, in somebody else's name; breaker and budget are its own.
    pub fn speaking_as(&self, identity: Identity) -> Self {
        let breaker = self.shared.breaker.fresh();
        Self {
            shared: Arc::new(self.shared.with(identity, breaker)),
            ..self.clone()
        }
    }

    /// The same peer for clients that only read: every unary call may be retried.
    pub fn safe(&self) -> Self {
        Self {
            safe: true,
            ..self.clone()
        }
    }
}

impl Shared {
    /// The same connection for somebody else, with a budget of his own.
    fn with(&self, identity: Identity, breaker: Breaker) -> Self {
        Self {
            name: self.name,
            url: self.url.clone(),
            channel: self.channel.clone(),
            identity,
            breaker,
            budget: Budget::default(),
            red: self.red.clone(),
        }
    }
}

impl Service<Request<Body>> for Peer {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(())) // each call waits for the connection inside its own span and deadline
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let call = Call::new(self, request);
        Box::pin(async move { Ok(call.run().await) })
    }
}

#[cfg(test)]
mod tests;
