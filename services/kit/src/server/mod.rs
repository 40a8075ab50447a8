//! The one way to serve gRPC.
//!
//! Every call passes the same steps, in this order; a service adds none of its own:
//!
//! ```text
//! gate       token and the method's permission option: UNAUTHENTICATED, PERMISSION_DENIED, or a `Caller`
//! space      too little of it on the disk for new work: RESOURCE_EXHAUSTED, reason LOW_SPACE
//! limit      too many at once, or too many to be done in time: RESOURCE_EXHAUSTED, reason OVERLOADED or
//!            DEADLINE_OUT_OF_REACH, with RetryInfo; how many follows from what is done, see `limit`. Who is turned
//!            away here costs next to nothing, not even a span, see `turned`
//! trace      a server span, joined to the caller's W3C context; ends with the status in the trailers; whoever the
//!            gate or the space refused is told so inside it
//! panic      becomes INTERNAL, logged with its trace, also one of the steps above
//! deadline   grpc-timeout, at most 10 s for a unary call: DEADLINE_EXCEEDED
//! service    the generated code and the handler
//! ```
//!
//! What must stay true: a server with a method nobody is permitted to call does not start; health and reflection
//! alone need no token; a denied call is recorded before its caller learns it; stopping ends within the drain time, whatever the streams do.
//!
//! tonic's own size limits are per generated server; wrap each in [`limited!`](crate::limited).

mod config;
mod edge;
mod gate;
mod gather;
mod limit;
mod pace;
mod plain;
mod space;
mod turned;

pub use config::ServerConfig;
pub(crate) use limit::Place;

use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

use futures::TryStreamExt;
use http::{Request, Response};
use rand::Rng;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tonic::{body::Body, server::NamedService, service::Routes, transport::server::TcpIncoming};
use tower::Service;

use crate::{
    audit::{self, Audit},
    auth::{Methods, Verifier},
    db::Db,
    health::Health,
    telemetry::Red,
};
use edge::{Edge, Shared};
use gather::Gathered;
use limit::Limits;
use space::Space;

/// The largest request a service decodes.
pub const DECODE_MAX: usize = 1 << 20;
/// The largest answer a service encodes.
pub const ENCODE_MAX: usize = 4 << 20;
/// The longest a unary call may take, unless the method has a time of its own ([`Server::time_for`]).
pub const CALL_TIME: Duration = Duration::from_secs(10);

const STREAMS_PER_CONNECTION: u32 = 64;
const LOCAL_RESETS: usize = 1024;
const HEADERS: u32 = 8 << 10;
const KEEPALIVE: Duration = Duration::from_secs(60);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
const CONNECTION_AGE: Duration = Duration::from_secs(30 * 60);

/// Why a server does not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Methods that nobody may call: the option is missing, names no role, or leaves the scope open.
    #[error("refusing to serve methods without a permission option: {}", .0.join(", "))]
    Unprotected(Vec<String>),
    /// Descriptors that do not decode.
    #[error("the descriptors cannot be read")]
    Descriptors(#[from] crate::auth::Error),
    /// Reflection could not be built.
    #[error("reflection cannot start")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The listening socket failed.
    #[error("serving failed")]
    Serve(#[from] tonic::transport::Error),
}

/// Sets the size limits of a generated server: `server.add(limited!(TaskServiceServer::new(handlers)))`.
#[macro_export]
macro_rules! limited {
    ($service:expr) => {
        $service
            .max_decoding_message_size($crate::server::DECODE_MAX)
            .max_encoding_message_size($crate::server::ENCODE_MAX)
    };
}

/// The server's stop token, in every request's extensions. A streaming handler ends its stream when it is cancelled.
#[derive(Clone, Debug)]
pub struct Stopping(CancellationToken);

impl Stopping {
    /// The token of the server that took this request; one that never stops if it came another way.
    pub fn of<T>(request: &tonic::Request<T>) -> CancellationToken {
        request
            .extensions()
            .get::<Self>()
            .map_or_else(CancellationToken::new, |it| it.0.clone())
    }
}

/// A server being put together.
pub struct Server {
    service: &'static str,
    config: ServerConfig,
    verifier: Verifier,
    routes: Routes,
    served: Vec<&'static str>,
    descriptors: Vec<&'static [u8]>,
    times: HashMap<String, Duration>,
    new_work: Vec<&'static str>,
    database: Option<Db>,
    health: Health,
}

impl Server {
    /// A server in the name of `service`, which is how it appears in traces and metrics.
    pub fn new(service: &'static str, config: &ServerConfig, verifier: Verifier) -> Self {
        let (health, health_service) = Health::new();
        Self {
            service,
            config: config.clone(),
            verifier,
            routes: Routes::new(health_service),
            served: vec![],
            descriptors: vec![liandong_proto::DESCRIPTORS],
            times: HashMap::new(),
            new_work: vec![],
            database: None,
            health,
        }
    }

    /// Adds a generated service, wrapped in [`limited!`](crate::limited).
    #[allow(clippy::should_implement_trait)] // as tonic says it
    pub fn add<S>(mut self, service: S) -> Self
    where
        S: Service<
                Request<Body>,
                Response = Response<Body>,
                Error = Infallible,
                Future: Send + 'static,
            > + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.served.push(S::NAME);
        self.routes = self.routes.add_service(service);
        self
    }

    /// Gives one unary method a time of its own instead of [`CALL_TIME`], as long polls and imports need:
    /// `time_for("liandong.dispatch.v1.InboxService/PullInbox", Duration::from_secs(60))`.
    pub fn time_for(mut self, method: &str, time: Duration) -> Self {
        self.times.insert(method.to_owned(), time);
        self
    }

    /// Names methods that begin new work: `new_work(&["liandong.dispatch.v1.TaskService/PlanTask"])`. They are refused
    /// while there is little space on the disk, so that what has begun can be brought to its end.
    pub fn new_work(mut self, methods: &[&'static str]) -> Self {
        self.new_work.extend(methods);
        self
    }

    /// Records denied calls in this database, in the table of [`log::migrations`](crate::log::migrations), and serves
    /// what is recorded; watches the space where its files are.
    pub fn database(mut self, db: &Db) -> Self {
        self.database = Some(db.clone());
        self.add(audit::service(db.clone()))
    }

    /// Knows the methods of another descriptor set too.
    pub fn descriptors(mut self, encoded: &'static [u8]) -> Self {
        self.descriptors.push(encoded);
        self
    }

    /// Tells the health service how the service is.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Serves until `stop`, then drains: streams see the token, what has not ended by the drain time is cut.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> Result<(), Error> {
        let methods = self.methods()?;
        let routes = self.with_reflection()?;
        let drain = Duration::from_secs(self.config.drain_seconds);
        let cut = CancellationToken::new();
        let space = Space::new(&self.config, self.database.as_ref(), &self.new_work).await;
        let watching = AbortOnDropHandle::new(tokio::spawn(space.clone().watch()));
        let (audit, keeping) = self.database.clone().map(Audit::open).unzip();
        let keeping = keeping.map(tokio::spawn);
        let shared = Shared {
            service: self.service,
            methods,
            times: self.times,
            verifier: self.verifier,
            limits: Limits::new(self.service, &self.config),
            space,
            audit,
            red: Red::server(self.service),
            turned: Default::default(),
            stop: stop.clone(),
            cut: cut.clone(),
        };
        let edge = Edge::new(Arc::new(shared), routes.prepare());
        #[cfg(any(test, feature = "testing"))]
        crate::testing::serves(listener.local_addr().ok(), &edge);
        self.health.serving(&self.served).await;
        tracing::info!(service = self.service, address = ?listener.local_addr().ok(), "serving");

        let incoming = TcpIncoming::from(listener)
            .with_nodelay(Some(true))
            .with_keepalive(Some(KEEPALIVE))
            .map_ok(Gathered::new);
        let served = transport().serve_with_incoming_shutdown(
            edge,
            incoming,
            stop.clone().cancelled_owned(),
        );
        let draining = async {
            stop.cancelled().await;
            self.health.stopping(&self.served).await;
            tokio::time::sleep(drain.mul_f32(0.8)).await;
            cut.cancel();
            tokio::time::sleep(drain.mul_f32(0.2)).await;
        };
        tokio::select! {
            result = served => result?,
            () = draining => tracing::warn!(service = self.service, "calls were still running after the drain time"),
        }
        cut.cancel();
        drop(watching);
        if let Some(keeping) = keeping {
            // It ends when the last call has ended.
            tokio::time::timeout(Duration::from_secs(2), keeping)
                .await
                .ok();
        }
        tracing::info!(service = self.service, "stopped");
        Ok(())
    }

    /// Every method of every service served, each with its permission.
    fn methods(&self) -> Result<Methods, Error> {
        let mut known = Methods::default();
        for encoded in &self.descriptors {
            known = known.and(Methods::from_descriptors(encoded)?);
        }
        let mut unprotected = vec![];
        for service in &self.served {
            let mut methods = known.of(service).peekable();
            if methods.peek().is_none() {
                unprotected.push(format!("{service}/*"));
            }
            unprotected.extend(
                methods
                    .filter(|it| it.permission.is_none())
                    .map(|it| it.name.to_string()),
            );
        }
        unprotected.sort();
        if unprotected.is_empty() {
            Ok(known)
        } else {
            Err(Error::Unprotected(unprotected))
        }
    }

    fn with_reflection(&self) -> Result<Routes, Error> {
        let mut routes = self.routes.clone();
        if self.config.reflection {
            let builder = || {
                let health = tonic_reflection::server::Builder::configure()
                    .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
                self.descriptors.iter().fold(health, |it, encoded| {
                    it.register_encoded_file_descriptor_set(encoded)
                })
            };
            routes = routes
                .add_service(builder().build_v1()?)
                .add_service(builder().build_v1alpha()?);
        }
        Ok(routes)
    }
}

/// tonic's defaults are open; these are not.
fn transport() -> tonic::transport::Server {
    let jitter = rand::rng().random_range(0.9..1.1);
    tonic::transport::Server::builder()
        .max_concurrent_streams(STREAMS_PER_CONNECTION)
        .http2_max_local_error_reset_streams(Some(LOCAL_RESETS))
        .http2_max_header_list_size(HEADERS)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_connection_age(CONNECTION_AGE.mul_f32(jitter))
}

#[cfg(test)]
mod tests;
