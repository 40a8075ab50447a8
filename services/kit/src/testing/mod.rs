//! What tests need and must not fake: real databases, a real trace receiver, real tokens.
//!
//! For tests only: the feature `testing`, or kit's own tests.

mod database;
mod identity;
mod inside;
pub mod postgres;
#[cfg(test)]
pub(crate) mod probe;
mod traces;

pub use database::{Database, databases, postgres, sqlite};
pub use identity::{DISTRICT, Keys};
pub(crate) use inside::serves;
pub use inside::{Inside, inside};
pub use traces::{Span, Traces};

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::net::TcpListener;

/// A listener on a free port of this machine, and its address.
pub async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port on 127.0.0.1");
    let address = listener
        .local_addr()
        .expect("a bound listener has an address");
    (listener, address)
}

/// Waits until `condition` gives something, at most a minute; `what` is said if it never does.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut condition: impl FnMut() -> F,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "waited a minute for {what}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
