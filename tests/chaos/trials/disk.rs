//! T12: the disk of dispatch's database is full, again and again. What cannot be made durable is never acknowledged,
//! nobody hangs, and soon after there is room everything goes on.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use rand::Rng;
use tempfile::TempDir;

use super::Outcome;
use crate::{
    check,
    history::History,
    setting::Setting,
    suite::{Backend, Plan, Suite},
    traffic::{Load, Traffic, until_done},
};

/// The size of the disk: what the trial writes, and some.
const SIZE: &str = "96m";
/// How soon commands are done when there is room again.
const HEALS: Duration = Duration::from_secs(10);

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let (fills, least) = (setting.of(40, 4), setting.of(8_000, 200));
    let disk = Disk::mount()?;
    let plan = Plan {
        dispatch_database: Some(format!(
            "sqlite://{}",
            disk.path().join("dispatch.db").display()
        )),
        ..Plan::on(Backend::Sqlite)
    };
    let mut suite = Suite::start_as(&setting, plan).await?;
    let history = Arc::new(History::default());
    let mut load = Load::usual(vec![suite.caller(0)]);
    load.strict = true;
    load.patience = Duration::from_secs(60);
    let traffic = Traffic::begin(load, &setting, &history);
    until_done(&history, 60, Duration::from_secs(60)).await;
    let mut dice = setting.dice(11);
    let (mut slowest, mut while_full, mut killed) = (Duration::ZERO, 0, 0);
    let mut violations = Vec::new();
    for _ in 0..fills {
        tokio::time::sleep(Duration::from_millis(dice.random_range(200..1500))).await;
        // Room for a few pages, or for none.
        let ballast = disk.fill(dice.random_range(0..64) << 10)?;
        let before = history.done();
        tokio::time::sleep(Duration::from_millis(dice.random_range(500..3000))).await;
        while_full += history.done() - before;
        let kill = dice.random_ratio(1, 3);
        if kill {
            killed += 1;
            suite.kill("dispatch");
        }
        std::fs::remove_file(ballast)?;
        if kill {
            suite.begin("dispatch")?;
        }
        suite.begin_if_ended("dispatch")?;
        let (began, before) = (Instant::now(), history.done());
        until_done(&history, before + 1, HEALS * 3).await;
        slowest = slowest.max(began.elapsed());
        if began.elapsed() > HEALS {
            violations.push(format!("it went on only after {:?}", began.elapsed()));
        }
    }
    until_done(&history, least, Duration::from_secs(300)).await;
    traffic.end().await;
    violations.extend(check::world(&mut suite, &history).await?);
    if history.done() < least {
        violations.push(format!("only {} of {least} commands done", history.done()));
    }
    let failed = suite.said("changes could not be committed");
    if failed == 0 {
        violations.push("no commit was ever refused: the disk was never full".to_owned());
    }
    Ok(Outcome {
        figure: format!(
            "full {fills} times, {failed} batches refused, {killed} kills meanwhile; {while_full} commands fitted in; {}; \
             on again after at most {} ms",
            history.counts(),
            slowest.as_millis(),
        ),
        violations,
    })
}

/// A small file system of its own.
struct Disk(TempDir);

impl Disk {
    fn mount() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("liandong-disk-")
            .tempdir()?;
        let size = format!("size={SIZE}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "none"])
            .arg(folder.path())
            .status()
            .context("mount")?;
        ensure!(
            mounted.success(),
            "a small file system can be mounted only by root"
        );
        Ok(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills it but for so many bytes.
    fn fill(&self, but: u64) -> anyhow::Result<PathBuf> {
        let path = self.path().join("ballast");
        let mut file = File::create(&path)?;
        let piece = vec![1; 1 << 12];
        let mut written = 0;
        while file.write_all(&piece).is_ok() {
            written += piece.len() as u64;
        }
        file.set_len(written.saturating_sub(but))?;
        Ok(path)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount")
            .arg("-l")
            .arg(self.path())
            .status()
            .ok();
    }
}
