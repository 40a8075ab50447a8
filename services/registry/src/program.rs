//! The registry as a process of its own: what `liandong-registry` does, and whoever starts it from another program.

use std::{ffi::OsString, net::SocketAddr};

use crate::{Config, serve, verify};
use anyhow::Context;
use clap::{Parser, Subcommand};
use liandong_kit::{
    clock::Clock,
    db::{DatabaseConfig, Db},
    signal,
    telemetry::{self, TelemetryConfig},
};
use tokio::net::TcpListener;

/// Who is responsible for a place, who holds which power, who may act, which days are working days.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where it listens.
    #[arg(long, env = "LIANDONG_LISTEN", default_value = "127.0.0.1:7701")]
    listen: SocketAddr,
    #[command(flatten)]
    database: DatabaseConfig,
    #[command(flatten)]
    telemetry: TelemetryConfig,
    #[command(flatten)]
    config: Config,
    /// What to do instead of serving.
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Proves the database and ends: its files, the log's positions, chains and checkpoints, every state against its
    /// events. Says what was proved, one district a line as JSON; the first thing found wrong is the error.
    Verify,
}

/// Reads the settings from words (the first is the name of the program) and the environment, and does what they say.
pub async fn program(words: impl IntoIterator<Item = OsString>) -> anyhow::Result<()> {
    let arguments = Arguments::parse_from(words);
    let telemetry =
        telemetry::init(&arguments.telemetry, "registry").context("starting telemetry")?;
    let stop = signal::stop_token().context("listening for signals")?;
    let db = Db::open(&arguments.database)
        .await
        .context("opening the database")?;
    if let Some(Command::Verify) = arguments.command {
        for proved in verify(db, Clock::real().now()).await? {
            println!("{}", serde_json::to_string(&proved)?);
        }
        return Ok(());
    }
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("listening on {}", arguments.listen))?;
    let served = serve(arguments.config, listener, db.clone(), Clock::real(), stop).await;
    db.close().await.context("closing the database")?;
    telemetry.finish().await;
    served
}
