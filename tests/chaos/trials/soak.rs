//! T31: traffic for a while, and nothing grows that should not: memory, descriptors, the write-ahead log.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::Outcome;
use crate::{
    check,
    history::History,
    setting::Setting,
    suite::{Backend, Suite},
    traffic::{Load, Traffic},
};

/// Memory of a service under load.
const MEMORY_MIB: u64 = 250;
/// Open files of a service.
const FILES: u64 = 256;
/// The write-ahead log of one database; SQLite folds it into the file every thousand pages.
const WAL_MIB: u64 = 64;

/// What a process holds at one moment.
#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    memory_mib: u64,
    files: u64,
    wal_mib: u64,
}

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let length = Duration::from_secs(setting.of(300, 20) as u64);
    let mut suite = Suite::start(&setting, Backend::Sqlite, 0).await?;
    let history = Arc::new(History::default());
    let traffic = Traffic::begin(Load::usual(vec![suite.caller(0)]), &setting, &history);
    let began = Instant::now();
    let names = suite.names();
    let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); names.len()];
    while began.elapsed() < length {
        tokio::time::sleep(Duration::from_secs(1)).await;
        for (name, samples) in names.iter().zip(&mut samples) {
            samples.push(sample(&suite, name));
        }
    }
    traffic.end().await;
    let mut violations = Vec::new();
    let mut figures = Vec::new();
    for (name, samples) in names.iter().zip(&samples) {
        let worst = |what: fn(&Sample) -> u64| samples.iter().map(what).max().unwrap_or_default();
        let memory = worst(|it| it.memory_mib);
        let (files, wal) = (worst(|it| it.files), worst(|it| it.wal_mib));
        let early = middle(&samples[samples.len() / 4..samples.len() / 2]);
        let late = middle(&samples[samples.len() * 3 / 4..]);
        figures.push(format!(
            "{name} {early} then {late} MiB, at most {memory} MiB, {files} files, log {wal} MiB"
        ));
        if memory > MEMORY_MIB || files > FILES || wal > WAL_MIB {
            violations.push(format!(
                "{name} holds too much: {}",
                figures.last().unwrap()
            ));
        }
        // Whoever remembers everything grows with the time.
        if late > early * 3 / 2 + 16 {
            violations.push(format!("{name} grows: {early} MiB, then {late} MiB"));
        }
    }
    let least = setting.of(30_000, 600);
    if history.done() < least {
        violations.push(format!("only {} of {least} commands done", history.done()));
    }
    violations.extend(check::world(&mut suite, &history).await?);
    Ok(Outcome {
        figure: format!(
            "{} s, {}; {}",
            length.as_secs(),
            history.counts(),
            figures.join("; ")
        ),
        violations,
    })
}

fn sample(suite: &Suite, name: &str) -> Sample {
    let folder = format!("/proc/{}", suite.process(name).id());
    let status = std::fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
    let resident = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    let files = std::fs::read_dir(format!("{folder}/fd")).map_or(0, Iterator::count);
    let wal = suite.folder().join(format!("{name}.db-wal"));
    Sample {
        memory_mib: kib.unwrap_or_default() >> 10,
        files: files as u64,
        wal_mib: std::fs::metadata(wal).map_or(0, |it| it.len()) >> 20,
    }
}

fn middle(samples: &[Sample]) -> u64 {
    let mut all: Vec<u64> = samples.iter().map(|it| it.memory_mib).collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}
