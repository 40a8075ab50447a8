//! Dispatch as a process of its own: what `liandong-dispatch` does, and whoever starts it from another program.

use std::{ffi::OsString, net::SocketAddr};

use crate::{Config, SERVICE, serve, verify};
use anyhow::Context;
use clap::{Parser, Subcommand};
use liandong_kit::clock::Clock;
use liandong_kit::db::{DatabaseConfig, Db};
use liandong_kit::signal;
use liandong_kit::telemetry::{self, TelemetryConfig};
use tokio::net::TcpListener;

/// Cases, joint tasks, assignments, clocks and the departments' inbox.
#[derive(Debug, Parser)]
#[command(name = "liandong-dispatch", version)]
struct Arguments {
    /// Where it listens.
    #[arg(long, env = "LIANDONG_LISTEN", default_value = "127.0.0.1:7702")]
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
    let telemetry = telemetry::init(&arguments.telemetry, SERVICE).context("starting telemetry")?;
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn every_setting_has_a_name_of_its_own() {
        Arguments::command().debug_assert();
    }
}
