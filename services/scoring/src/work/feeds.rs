//! Every district's feed. A district is followed when it is configured, was followed before, or somebody of it asks.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use liandong_kit::{
    client::{Identity, Peer},
    clock::Clock,
    health::Health,
    telemetry,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{feed::Feed, status::Board};
use crate::{peers::dispatch::Dispatch, store::Store};

/// The gRPC service whose health says whether every feed runs.
const SERVICE: &str = "liandong.scoring.v1.FeedService";

/// One district's feed from outside.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    /// What it is doing.
    pub(crate) board: Board,
    /// Hold it to keep the feed from writing.
    pub(crate) gate: Arc<tokio::sync::Mutex<()>>,
    /// The log it follows.
    pub(crate) dispatch: Dispatch,
}

/// Makes the identity under which a district's log is read.
type IdentityOf = dyn Fn(&str) -> Identity + Send + Sync;

/// Every district's feed. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Feeds(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    health: Health,
    url: String,
    identity: Arc<IdentityOf>,
    stop: CancellationToken,
    tasks: TaskTracker,
    feeds: Mutex<BTreeMap<String, Handle>>,
}

impl Feeds {
    /// No feed yet; they will read dispatch's log at `url`.
    pub(crate) fn new(
        store: Store,
        clock: Clock,
        health: Health,
        url: &str,
        identity: Arc<IdentityOf>,
        stop: CancellationToken,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            health,
            url: url.to_owned(),
            identity,
            stop,
            tasks: TaskTracker::new(),
            feeds: Mutex::default(),
        }))
    }

    /// A district's feed, started if there is none.
    pub(crate) fn of(&self, district: &str) -> Result<Handle, tonic::transport::Error> {
        let it = &self.0;
        let mut feeds = it.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = feeds.get(district) {
            return Ok(handle.clone());
        }
        let peer = Peer::connect_lazy(&it.url, "dispatch", (it.identity)(district))?;
        let dispatch = Dispatch::new(peer, district);
        let handle = Handle {
            board: Board::new(),
            gate: Arc::default(),
            dispatch,
        };
        feeds.insert(district.to_owned(), handle.clone());
        let feed = Feed {
            district: district.to_owned(),
            store: it.store.clone(),
            dispatch: handle.dispatch.clone(),
            clock: it.clock.clone(),
            board: handle.board.clone(),
            gate: handle.gate.clone(),
        };
        let (health, stop) = (it.health.clone(), it.stop.clone());
        let work = async move {
            if feed.run(stop).await.is_some() {
                health.set(SERVICE, false).await;
            }
        };
        it.tasks.spawn(telemetry::in_service("scoring", work));
        Ok(handle)
    }

    /// Waits until every feed has ended; they do when the service stops.
    pub(crate) async fn ended(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}
