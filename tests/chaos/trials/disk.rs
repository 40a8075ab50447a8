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
use liandong_proto::dispatch::ReportCaseResponse;
use prost::Message;
use rand::Rng;
use tempfile::TempDir;

use super::Outcome;
use crate::{
    caller::{Answer, Call},
    check, commands,
    history::History,
    setting::Setting,
    street,
    suite::{Backend, Plan, Suite},
    traffic::{Load, Traffic, fresh_id, until_done},
};

/// The size of the disk: what the trial writes, and some.
const SIZE: &str = "96m";
/// How soon commands are done when there is room again.
const HEALS: Duration = Duration::from_secs(10);
/// Within this time it is noticed that there is little space.
const GUARD: Duration = Duration::from_secs(5);

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let (fills, least) = (setting.of(40, 4), setting.of(8_000, 200));
    let disk = Disk::mount()?;
    let plan = Plan {
        dispatch_database: Some(format!(
            "sqlite://{}",
            disk.path().join("dispatch.db").display()
        )),
        // At first nobody is warned: it is to become full.
        environment: vec![("LIANDONG_SPACE_MIN", "0".to_owned())],
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
    violations.extend(warned(&mut suite, &disk).await?);
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

/// With the guard on and little space left, cases are still reported but no work is planned, until there is more.
async fn warned(suite: &mut Suite, disk: &Disk) -> anyhow::Result<Option<String>> {
    suite.kill("dispatch");
    suite.set("dispatch", "LIANDONG_SPACE_MIN", "16".to_owned());
    suite.begin("dispatch")?;
    suite.ready("dispatch").await?;
    let (caller, who) = (suite.caller(0), street::coordinator(0));
    let report = || commands::report_case(&format!("余量 {}", fresh_id()), fresh_id());
    let done =
        async |command: commands::Command| match caller.until_known(&who, &command, HEALS).await {
            Answer::Done(bytes) => Ok(bytes),
            other => anyhow::bail!("{}: {other:?}", command.method),
        };
    let case = ReportCaseResponse::decode(done(report()).await?)?.case;
    let case = case.context("a case")?.name;
    done(commands::verify_case(&case, fresh_id())).await?;
    done(commands::file_case(&case, fresh_id())).await?;

    let ballast = disk.fill(8 << 20)?;
    let (plan, call) = (commands::plan_task(&case, &[], fresh_id()), Call::default());
    tokio::time::sleep(GUARD).await;
    let answer = caller
        .call(plan.method, &who, plan.body.clone(), &call)
        .await;
    let refused = matches!(&answer, Answer::Unknown(_, reason) if reason == "LOW_SPACE");
    done(report()).await?;
    std::fs::remove_file(ballast)?;
    done(plan).await?;
    let wrong = || format!("work is planned with little space left: {answer:?}");
    Ok((!refused).then(wrong))
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
