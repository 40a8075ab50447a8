//! How much is worked on at once, over all connections. More is turned away at once: a queue would only make
//! everybody late.

use std::{sync::Arc, time::Duration};

use rand::Rng;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use super::ServerConfig;
use crate::{auth::Method, status::Problem};

#[derive(Debug)]
pub(super) struct Limits {
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

impl Limits {
    pub(super) fn new(config: &ServerConfig) -> Self {
        let semaphore = |it: usize| Arc::new(Semaphore::new(it.min(Semaphore::MAX_PERMITS)));
        Self {
            calls: semaphore(config.calls_max),
            streams: semaphore(config.streams_max),
        }
    }

    /// Room for one call, until the permit is dropped.
    pub(super) fn admit(&self, method: &Method) -> Result<OwnedSemaphorePermit, Status> {
        let room = if method.streaming {
            &self.streams
        } else {
            &self.calls
        };
        room.clone().try_acquire_owned().map_err(|_| {
            // Spread, so that they do not all come back together.
            let delay = Duration::from_millis(rand::rng().random_range(100..500));
            Problem::exhausted(
                "OVERLOADED",
                "too many calls at once",
                "系统繁忙，请稍后再试",
            )
            .retry_after(delay)
            .into()
        })
    }
}
