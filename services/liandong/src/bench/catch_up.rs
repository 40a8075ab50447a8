//! How fast scoring takes in what the runs have written: the same log, the same machine, the same databases.
//!
//! ```text
//! runs, without scoring ─▶ services stop ─▶ services start, scoring on an empty database ─▶ it has read everything
//! ```
//! The start of the services is in the time.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use liandong_proto::{
    scoring::{FeedState, GetFeedStatusRequest},
    types::Role,
};
use serde::Serialize;

use super::tally::Run;
use crate::{
    client::Person,
    replay::head,
    up::{self, Running},
};

/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(10);

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct CatchUp {
    /// Events of the log.
    pub events: i64,
    /// How long it took.
    pub seconds: f64,
    /// Events a second, with their facts, counts and entries durable.
    pub events_per_second: f64,
    /// The most events a second that a run has written.
    pub written_per_second: f64,
    /// How many times as fast as they were written.
    pub ratio: f64,
}

/// Starts everything once more, with scoring.
pub(super) async fn measure(again: up::Options, runs: &[Run]) -> anyhow::Result<CatchUp> {
    let began = Instant::now();
    let running = up::start(up::Options {
        scoring: true,
        ..again
    })
    .await?;
    let outcome = read(&running, began).await;
    running.stop().await?;
    let (events, seconds) = outcome?;
    let written = { runs.iter() }
        .map(|it| f64::from(u32::try_from(it.batches.events).unwrap_or(u32::MAX)) / it.seconds);
    let written_per_second = written.fold(0.0, f64::max);
    #[allow(clippy::cast_precision_loss)] // figures for people
    let events_per_second = events as f64 / seconds;
    Ok(CatchUp {
        events,
        seconds,
        events_per_second,
        written_per_second,
        ratio: events_per_second / written_per_second,
    })
}

/// Returns when scoring has applied the whole log: how many events, and how long it took.
async fn read(running: &Running, began: Instant) -> anyhow::Result<(i64, f64)> {
    let auditor = Person {
        id: "bench".into(),
        name: String::new(),
        organization: "bench".into(),
        roles: vec![Role::Service, Role::Auditor],
    };
    let services = running.session()?.speaking_as(&auditor)?;
    let events = head(&services, &running.endpoints.district).await?;
    loop {
        let answer = { services.feed() }
            .get_feed_status(GetFeedStatusRequest {})
            .await?;
        let status = answer.into_inner().status.context("no status")?;
        if status.state() == FeedState::Stopped {
            bail!(
                "scoring has stopped: {} {}",
                status.stop_reason,
                status.detail
            );
        }
        if status.position >= events {
            return Ok((events, began.elapsed().as_secs_f64()));
        }
        tokio::time::sleep(LOOK).await;
    }
}
