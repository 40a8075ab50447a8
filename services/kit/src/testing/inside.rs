//! A server of this process, called without a network: what its transport would call for each request.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{LazyLock, Mutex, PoisonError},
};

use http::{Request, Response};
use tonic::body::Body;
use tower::{Service, util::BoxCloneSyncService};

/// Everything of a server but its connections. A client can be made of it: `EchoClient::new(inside)`.
pub type Inside = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

static SERVERS: LazyLock<Mutex<HashMap<SocketAddr, Inside>>> = LazyLock::new(Mutex::default);

/// The server that listens there, or has listened there last; none if there was none in this process.
pub fn inside(address: SocketAddr) -> Option<Inside> {
    let servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    servers.get(&address).cloned()
}

/// Remembers a server that begins.
pub(crate) fn serves<S>(address: Option<SocketAddr>, server: &S)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    let server = BoxCloneSyncService::new(server.clone());
    servers.extend(address.map(|it| (it, server)));
}
