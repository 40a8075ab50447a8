//! `liandong bench`: closed-loop load over real gRPC, and what came of it.
//!
//! ```text
//! up, with a street of its own ─▶ cases filed beforehand ─▶ N clients, each one life cycle after the other ─▶ report
//!                                                           followers: inbox streams, from record to frame
//! ```
//! A life cycle is: plan and issue a task with four assignments; each is signed, committed, reported in, reported and
//! checked; the last check closes the task and its case. That is 22 calls, each a durable change of its own. Everything
//! shares the machine: load generator, registry, dispatch and, if asked for, scoring.
//!
//! What must stay true: a client's next call begins when its last one was answered, and every answer was durable; the
//! same seed gives the same units the same work; a refused call ends the run, because a figure with errors in it says nothing.

mod catch_up;
mod copies;
mod crowd;
mod cycle;
mod follow;
mod pgbench;
mod street;
mod tally;

use std::{num::NonZeroUsize, path::PathBuf, sync::Arc, time::Instant};

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use liandong_kit::db::CHANGES;

pub use self::catch_up::CatchUp;
pub use self::crowd::{Crowd, run as run_crowd};
pub use self::tally::{Report, Run};
use self::{cycle::Client, follow::Followers, street::Cast, tally::Tally};
use crate::{
    client::Session,
    output::Output,
    replay::{
        head,
        outcome::{memory_mib, processor_time},
    },
    up::{self, Running, StreetSource},
};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many clients at once, one run after the other.
    pub clients: Vec<usize>,
    /// Life cycles of each run.
    pub cycles: usize,
    /// Which units take part in which life cycle.
    pub seed: u64,
    /// Connections that the clients share.
    pub connections: usize,
    /// Organizations that follow their inbox meanwhile.
    pub followers: usize,
    /// Commands a second at most, over all clients; none: as fast as it goes.
    pub rate: Option<u32>,
    /// PostgreSQL instead of SQLite.
    pub database: Option<String>,
    /// Where the SQLite files go; none: a folder that goes too.
    pub data: Option<PathBuf>,
    /// Changes that may share a transaction; none: as many as usual.
    pub changes: Option<NonZeroUsize>,
    /// Whether scoring follows meanwhile.
    pub scoring: bool,
    /// Whether scoring reads the whole log afterwards, on an empty database.
    pub catch_up: bool,
    /// pgbench, run with as many clients right after each run.
    pub pgbench: Option<PathBuf>,
    /// Where the figures go.
    pub output: Output,
}

/// Runs it, and shows the report.
pub async fn run(options: Options) -> anyhow::Result<Report> {
    anyhow::ensure!(
        !(options.scoring && options.catch_up),
        "scoring either follows meanwhile or catches up afterwards"
    );
    let made = tempfile::Builder::new().prefix("liandong-").tempdir()?;
    let folder = options.data.as_deref().unwrap_or(made.path());
    let services = up::Options {
        data: Some(folder.to_owned()),
        database: options.database.clone(),
        changes: options.changes.unwrap_or(CHANGES),
        street: StreetSource::Text(street::yaml(), "the bench's street".into()),
        scoring: options.scoring,
        ..up::Options::default()
    };
    let running = up::start(services.clone()).await?;
    let outcome = measure(&options, &running).await;
    running.stop().await?;
    let mut report = outcome?;
    if options.catch_up {
        report.catch_up = Some(catch_up::measure(services, &report.runs).await?);
    }
    report.show(options.output);
    Ok(report)
}

async fn measure(options: &Options, running: &Running) -> anyhow::Result<Report> {
    let sessions: Vec<Session> = (0..options.connections.max(1))
        .map(|_| running.session())
        .collect::<anyhow::Result<_>>()?;
    let mut runs = vec![];
    for clients in &options.clients {
        runs.push(one(options, running, &sessions, (*clients).max(1)).await?);
    }
    Ok(Report {
        database: running.endpoints.database.clone(),
        scoring: options.scoring,
        seed: options.seed,
        connections: sessions.len(),
        changes: options.changes.unwrap_or(CHANGES).get(),
        memory_mib: memory_mib(),
        runs,
        catch_up: None,
    })
}

/// One run with so many clients.
async fn one(
    options: &Options,
    running: &Running,
    sessions: &[Session],
    clients: usize,
) -> anyhow::Result<Run> {
    let casts: Vec<Cast> = (0..clients)
        .map(|index| Cast::of(&sessions[index % sessions.len()]))
        .collect::<anyhow::Result<_>>()?;
    let cases = filed(&casts, options.cycles).await?;
    let service = street::service(&sessions[0])?;
    let district = &running.endpoints.district;
    let before = head(&service, district).await?;
    let followers = Followers::start(&sessions[0], &running.clock, options.followers).await?;

    let pace = Arc::new(tally::Pace::new(options.rate));
    let (began, busy) = (Instant::now(), processor_time());
    let work = casts.into_iter().enumerate().map(|(index, cast)| {
        let mine: Vec<String> = cases.iter().skip(index).step_by(clients).cloned().collect();
        let client = Client::new(cast, options.seed, index, Arc::clone(&pace));
        tokio::spawn(client.run(mine))
    });
    let mut tally = Tally::default();
    for task in work.collect::<Vec<_>>() {
        tally.add(task.await.context("a client panicked")??);
    }
    let took = (began.elapsed(), processor_time().saturating_sub(busy));
    let after = head(&service, district).await?;
    let delivered = followers.stop().await?;
    let batches = tally::batches(&service, district, before, after).await?;
    let beside = match (&options.pgbench, &options.database) {
        (Some(program), Some(url)) => Some(pgbench::run(program, url, district, clients).await?),
        _ => None,
    };
    Ok(tally.run(clients, options.cycles, took, batches, delivered, beside))
}

/// So many filed cases, made before the clock starts.
async fn filed(casts: &[Cast], count: usize) -> anyhow::Result<Vec<String>> {
    stream::iter(0..count)
        .map(|index| casts[index % casts.len()].filed_case())
        .buffered(64)
        .try_collect()
        .await
}
