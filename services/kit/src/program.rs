//! A service as a process of its own: what the command line and the environment ask for, and doing it.
//!
//! ```text
//! settings ─▶ telemetry ─▶ database ─┬─▶ listener ─▶ serve until a signal ─▶ close, send the last spans
//!                                    ├─▶ verify: prove the database, and end
//!                                    └─▶ restored: prove it, begin a new epoch of its log, and end
//! ```

use std::{ffi::OsString, net::SocketAddr};

use anyhow::Context;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    db::{DatabaseConfig, Db},
    log::{Broken, Log, Proved},
    signal,
    telemetry::{self, TelemetryConfig},
};

/// What a process of its own has to know of a service.
pub trait Service {
    /// Its name in traces, metrics and tokens.
    const NAME: &'static str;
    /// The name of its program.
    const PROGRAM: &'static str;
    /// What it is for, for its help.
    const ABOUT: &'static str;
    /// Where it listens unless it is told otherwise.
    const LISTEN: &'static str;
    /// Its own settings.
    type Config: Args + Send;

    /// Serves on `listener` until `stop`. Brings the tables up to date first.
    fn serve(
        config: Self::Config,
        listener: TcpListener,
        db: Db,
        clock: Clock,
        stop: CancellationToken,
    ) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Proves a database of it, as after a restore: see [`Log::prove`](crate::log::Log::prove).
    fn verify(
        db: Db,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Vec<Proved>, Broken>> + Send;
}

/// Makes a [`Service`] of what a crate has: its settings, what serves them, and what proves its database.
#[macro_export]
macro_rules! service {
    (
        $(#[$doc:meta])* $service:ident: $name:expr, $program:literal at $listen:literal,
        $about:literal, $config:ty, $serve:path, $verify:path
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $service;

        impl $crate::program::Service for $service {
            const NAME: &'static str = $name;
            const PROGRAM: &'static str = $program;
            const ABOUT: &'static str = $about;
            const LISTEN: &'static str = $listen;
            type Config = $config;

            async fn serve(
                config: $config,
                listener: ::tokio::net::TcpListener,
                db: $crate::db::Db,
                clock: $crate::clock::Clock,
                stop: ::tokio_util::sync::CancellationToken,
            ) -> ::anyhow::Result<()> {
                $serve(config, listener, db, clock, stop).await
            }

            async fn verify(
                db: $crate::db::Db,
                now: ::time::OffsetDateTime,
            ) -> Result<Vec<$crate::log::Proved>, $crate::log::Broken> {
                $verify(db, now).await
            }
        }

        #[cfg(test)]
        #[test]
        fn every_setting_has_a_name_of_its_own() {
            $crate::program::command::<$service>().debug_assert();
        }
    };
}

#[derive(Debug, Parser)]
#[command(version)]
struct Arguments<C: Args> {
    /// Where it listens.
    #[arg(long, env = "LIANDONG_LISTEN")]
    listen: SocketAddr,
    #[command(flatten)]
    database: DatabaseConfig,
    #[command(flatten)]
    telemetry: TelemetryConfig,
    #[command(flatten)]
    config: C,
    /// What to do instead of serving.
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Proves the database and ends: its files, the log's positions, chains and checkpoints, every state against its
    /// events. Says what was proved, one district a line as JSON; the first thing found wrong is the error.
    Verify,
    /// To be run once after a backup was put back, before the service is started: proves the database as `verify` does,
    /// then begins a new epoch of its log, so that whoever has read further than the backup goes is told. Says the new
    /// epochs, one district a line as JSON. In scoring it also accepts the present epoch of dispatch's log.
    Restored,
}

/// The command line of a service.
pub fn command<S: Service>() -> clap::Command {
    Arguments::<S::Config>::command()
        .name(S::PROGRAM)
        .about(S::ABOUT)
        .mut_arg("listen", |it| it.default_value(S::LISTEN))
}

/// Reads the settings from words (the first is the name of the program) and the environment, and does what they say.
/// Words that say nothing sensible end the process with the reason, as do `--help` and `--version`.
pub async fn run<S: Service>(words: impl IntoIterator<Item = OsString>) -> anyhow::Result<()> {
    let found = command::<S>().get_matches_from(words);
    let asked = Arguments::<S::Config>::from_arg_matches(&found);
    let arguments = asked.unwrap_or_else(|error| error.exit());
    let telemetry = telemetry::init(&arguments.telemetry, S::NAME).context("starting telemetry")?;
    let done = act::<S>(arguments).await;
    telemetry.finish().await;
    done
}

async fn act<S: Service>(arguments: Arguments<S::Config>) -> anyhow::Result<()> {
    let stop = signal::stop_token().context("listening for signals")?;
    let db = Db::open(&arguments.database)
        .await
        .context("opening the database")?;
    if let Some(command) = arguments.command {
        return prove::<S>(command, db).await;
    }
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("listening on {}", arguments.listen))?;
    let served = S::serve(arguments.config, listener, db.clone(), Clock::real(), stop).await;
    db.close().await.context("closing the database")?;
    served
}

/// What is done instead of serving.
async fn prove<S: Service>(command: Command, db: Db) -> anyhow::Result<()> {
    let log = Log::new(db.clone());
    let proved = S::verify(db.clone(), Clock::real().now()).await?;
    match command {
        Command::Verify => say(&proved)?,
        Command::Restored => say(&log.begin_epoch().await.context("beginning an epoch")?)?,
    }
    db.close().await.context("closing the database")
}

fn say(lines: &[impl serde::Serialize]) -> serde_json::Result<()> {
    for line in lines {
        println!("{}", serde_json::to_string(line)?);
    }
    Ok(())
}
