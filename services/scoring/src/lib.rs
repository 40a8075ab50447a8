//! Scoring: what dispatch's events say about each organization, as indicators with numerator and denominator, a
//! composite score, and a ledger in which every point leads back to its events.
//!
//! ```text
//!  dispatch ══WatchEvents══▶ work ─batch─▶ store ─▶ facts, rollup, ledger, cursor: one transaction
//!                                            ▲
//!  RankingService, IndicatorService, LedgerService, SchemeService, FeedService ─ grpc
//! ```

pub mod domain;
mod grpc;
mod peers;
mod program;
mod store;
mod work;

use std::sync::Arc;

use anyhow::Context;
use liandong_kit::{
    auth::AuthConfig, client::Identity, clock::Clock, db::Db, server::ServerConfig, telemetry,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::scheme::Book, grpc::Handlers, peers::registry::Names, store::Store, work::feeds::Feeds,
};
pub use crate::{program::Scoring, store::verify};

/// Settings of the scoring service.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// Keys to check and make tokens with.
    #[command(flatten)]
    pub auth: AuthConfig,
    /// How it serves.
    #[command(flatten)]
    pub server: ServerConfig,
    /// Where dispatch is: its event log is all that is scored.
    #[arg(
        long,
        env = "LIANDONG_DISPATCH_URL",
        default_value = "http://127.0.0.1:7702"
    )]
    pub dispatch_url: String,
    /// Where the registry is: only for the names of organizations.
    #[arg(
        long,
        env = "LIANDONG_REGISTRY_URL",
        default_value = "http://127.0.0.1:7701"
    )]
    pub registry_url: String,
    /// Districts to follow from the start, by code. Any other is followed when somebody of it first asks.
    #[arg(long = "district", env = "LIANDONG_DISTRICTS", value_delimiter = ',')]
    pub districts: Vec<String>,
}

/// Serves until `stop`. The database is made or updated first.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    db: Db,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    telemetry::in_service("scoring", run(config, listener, db, clock, stop)).await
}

async fn run(
    config: Config,
    listener: TcpListener,
    db: Db,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let schemes = Book::built_in().map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    let store = Store::open(db.clone(), schemes, clock.clone())
        .await
        .context("opening scoring's tables")?;
    let server = grpc::server(&config.server, config.auth.verifier()?, &db);
    let issuer = config.auth.issuer()?;
    let identity =
        Arc::new(move |district: &str| Identity::service(issuer.clone(), "scoring", district));
    let health = server.health();
    let (feeds, runner) = Feeds::new(
        store.clone(),
        clock.clone(),
        health,
        &config.dispatch_url,
        identity.clone(),
    );
    let following = tokio::spawn(telemetry::in_service("scoring", runner.run(stop.clone())));
    for district in config.districts.iter().chain(&store.districts().await?) {
        feeds.of(district).context("dispatch's address")?;
    }
    let names = Names::new(&config.registry_url, identity);
    let handlers = Handlers {
        store,
        feeds,
        names,
        clock,
    };
    let served = grpc::add(server, &handlers)
        .run(listener, stop.clone())
        .await;
    stop.cancel();
    following.await?;
    Ok(served?)
}

#[cfg(test)]
mod tests;
