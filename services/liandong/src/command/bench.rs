//! `liandong bench`.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;

use crate::{
    bench::{self, Options},
    output::Output,
};

/// What to measure.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// Clients at once; one run for each number.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "1,64",
        value_parser = at_least_one,
        value_name = "N,N"
    )]
    pub clients: Vec<usize>,
    /// Life cycles of each run: a task with four assignments from plan to close, 22 calls.
    #[arg(long, default_value_t = 1000, value_parser = at_least_one, value_name = "N")]
    pub cycles: usize,
    /// Seed: which units take part in which life cycle.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Connections that the clients share.
    #[arg(long, default_value_t = 8, value_parser = at_least_one, value_name = "N")]
    pub connections: usize,
    /// Units that follow their inbox meanwhile, at most 100.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100), value_name = "N")]
    pub followers: u8,
    /// Commands a second at most, over all clients. Default: as fast as they are answered.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..), value_name = "N")]
    pub rate: Option<u32>,
    /// PostgreSQL URL instead of SQLite; a database of its own, it is written to.
    #[arg(
        long,
        env = "LIANDONG_DATABASE",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database: Option<String>,
    /// Folder for the SQLite files, on the disk to be measured. Default: a temporary one.
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Changes that may share a transaction; 1 shows what sharing gains. Default: as many as usual.
    #[arg(long, value_name = "N")]
    pub changes: Option<NonZeroUsize>,
    /// Let scoring follow meanwhile, as in production on one machine.
    #[arg(long)]
    pub scoring: bool,
    /// Let scoring read the whole log afterwards, from an empty database, and compare.
    #[arg(long, conflicts_with = "scoring")]
    pub catch_up: bool,
    /// Instead of life cycles: lists, inboxes and timers among so many open tasks, one caller; the numbers must grow.
    #[arg(long, value_delimiter = ',', value_name = "N,N", conflicts_with_all = ["clients", "cycles", "rate", "followers", "scoring", "catch_up", "pgbench"])]
    pub open: Vec<usize>,
    /// pgbench, to be run on the same database right after each run.
    #[arg(long, value_name = "PROGRAM", requires = "database")]
    pub pgbench: Option<PathBuf>,
}

/// Without anybody, or anything to do, nothing is measured.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("a whole number".to_owned()),
    }
}

/// Measures, and shows the figures.
pub async fn run(args: BenchArgs, output: Output) -> anyhow::Result<()> {
    let options = Options {
        clients: args.clients,
        cycles: args.cycles,
        seed: args.seed,
        connections: args.connections,
        followers: args.followers.into(),
        rate: args.rate,
        database: args.database,
        data: args.folder,
        changes: args.changes,
        scoring: args.scoring,
        catch_up: args.catch_up,
        pgbench: args.pgbench,
        output,
    };
    if args.open.is_empty() {
        bench::run(options).await.map(|_| ())
    } else {
        bench::run_crowd(&options, &args.open).await.map(|_| ())
    }
}
