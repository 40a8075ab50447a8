//! `liandong replay`.

use std::{io::IsTerminal, path::PathBuf};

use clap::Args;
use liandong_kit::signal::stop_token;

use crate::{
    client::ClientOptions,
    output::Output,
    replay::{self, Options},
};

/// What to replay.
#[derive(Args, Debug)]
pub struct ReplayArgs {
    /// The export (CSV, UTF-8, with a header).
    pub file: PathBuf,
    /// How it is read; see docs/replay.md. Default: the open data of Pingshan District.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// PostgreSQL URL instead of SQLite.
    #[arg(
        long,
        env = "LIANDONG_DATABASE",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database: Option<String>,
    /// Leave bad rows out and list them, instead of stopping.
    #[arg(long)]
    pub skip_bad: bool,
    /// At most so many rows.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Calls in flight at once.
    #[arg(long, default_value_t = 64, value_name = "N")]
    pub in_flight: usize,
    /// A throw-away folder instead of --data.
    #[arg(long)]
    pub temporary: bool,
}

/// Replays, and shows what came of it. Ctrl-C stops between two instants; started again it goes on.
pub async fn run(args: ReplayArgs, client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let options = Options {
        mapping: args.mapping,
        data: (!args.temporary).then(|| client.data.clone()),
        database: args.database,
        skip_bad: args.skip_bad,
        limit: args.limit,
        in_flight: args.in_flight,
        progress: std::io::stderr().is_terminal(),
        output,
        stop: stop_token()?,
        ..Options::of(args.file)
    };
    replay::run(options).await.map(|_| ())
}
