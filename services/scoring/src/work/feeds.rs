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
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

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
    url: String,
    identity: Arc<IdentityOf>,
    new: mpsc::UnboundedSender<Feed>,
    feeds: Mutex<BTreeMap<String, Handle>>,
}

/// Runs the feeds: apart from whoever asked for them, so that their work belongs to no caller's trace or deadline.
pub(crate) struct Runner {
    new: mpsc::UnboundedReceiver<Feed>,
    health: Health,
}

impl Feeds {
    /// No feed yet; they will read dispatch's log at `url`, once the runner runs.
    pub(crate) fn new(
        store: Store,
        clock: Clock,
        health: Health,
        url: &str,
        identity: Arc<IdentityOf>,
    ) -> (Self, Runner) {
        let (new, started) = mpsc::unbounded_channel();
        let feeds = Mutex::default();
        let inner = Inner {
            store,
            clock,
            url: url.to_owned(),
            identity,
            new,
            feeds,
        };
        (
            Self(Arc::new(inner)),
            Runner {
                new: started,
                health,
            },
        )
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
        // Without a runner the service is stopping.
        let _ = it.new.send(feed);
        Ok(handle)
    }
}

impl Runner {
    /// Runs every feed until `stop`, and returns when all have ended.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut running = JoinSet::new();
        loop {
            let feed = tokio::select! {
                () = stop.cancelled() => break,
                feed = self.new.recv() => feed,
            };
            let Some(feed) = feed else { break };
            let (health, stop) = (self.health.clone(), stop.clone());
            running.spawn(telemetry::in_service("scoring", async move {
                if feed.run(stop).await.is_some() {
                    health.set(SERVICE, false).await;
                }
            }));
        }
        while running.join_next().await.is_some() {}
    }
}
