//! The scoring service as a process of its own: what `liandong-scoring` does, and whoever starts it from another program.

use std::{ffi::OsString, net::SocketAddr};

use anyhow::Context;
use clap::Parser;
use liandong_kit::{
    clock::Clock,
    db::{DatabaseConfig, Db},
    signal,
    telemetry::{self, TelemetryConfig},
};
use tokio::net::TcpListener;

/// Scores what dispatch has recorded.
#[derive(Parser)]
#[command(name = "liandong-scoring", version)]
struct Arguments {
    /// The address to serve gRPC on.
    #[arg(long, env = "LIANDONG_LISTEN", default_value = "127.0.0.1:7703")]
    listen: SocketAddr,
    #[command(flatten)]
    scoring: crate::Config,
    #[command(flatten)]
    database: DatabaseConfig,
    #[command(flatten)]
    telemetry: TelemetryConfig,
}

/// Reads the settings from words (the first is the name of the program) and the environment, and does what they say.
pub async fn program(words: impl IntoIterator<Item = OsString>) -> anyhow::Result<()> {
    let arguments = Arguments::parse_from(words);
    let guard = telemetry::init(&arguments.telemetry, "scoring")?;
    let served = serve(arguments).await;
    guard.finish().await;
    served
}

async fn serve(arguments: Arguments) -> anyhow::Result<()> {
    let stop = signal::stop_token()?;
    let db = Db::open(&arguments.database)
        .await
        .context("opening the database")?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .context("listening")?;
    crate::serve(arguments.scoring, listener, db.clone(), Clock::real(), stop).await?;
    db.close().await?;
    Ok(())
}
