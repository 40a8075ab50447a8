//! T15: the machine's clock jumps, forward and back, while pauses run out. No pause ends before its time as the services
//! saw it, none ends twice, all end; and whatever the clock says, log, states and ledger hold together.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use rand::Rng;

use super::Outcome;
use crate::{
    check,
    history::History,
    setting::Setting,
    suite::{Backend, Plan, Suite},
    traffic::{Load, Traffic, until_done},
};

/// The library that shifts the time a program is told.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/local/lib/faketime/libfaketimeMT.so.1",
];
/// No jump leads further; tokens are good for longer.
const FURTHEST: i64 = 8 * 3600;

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let (jumps, least) = (setting.of(100, 8), setting.of(8_000, 200));
    let library = LIBRARIES
        .into_iter()
        .find(|it| Path::new(it).exists())
        .context("libfaketime is needed (Debian: libfaketime)")?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("time");
    std::fs::write(&file, "+0\n")?;
    let plan = Plan {
        environment: vec![
            ("LD_PRELOAD", library.to_owned()),
            ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ],
        ..Plan::on(Backend::Sqlite)
    };
    let mut suite = Suite::start_as(&setting, plan).await?;
    let history = Arc::new(History::default());
    let mut load = Load::usual(vec![suite.caller(0)]);
    load.rate = 150;
    load.late_pauses = true;
    let traffic = Traffic::begin(load, &setting, &history);
    let mut dice = setting.dice(12);
    let (mut shift, mut back) = (0, 0);
    for _ in 0..jumps {
        tokio::time::sleep(Duration::from_millis(dice.random_range(300..2500))).await;
        let next = match dice.random_range(0..3) {
            0 => dice.random_range(0..=FURTHEST),
            1 => (shift - dice.random_range(1..120)).max(0),
            _ => (shift + dice.random_range(1..120)).min(FURTHEST),
        };
        back += usize::from(next < shift);
        shift = next;
        tell(&file, shift)?;
    }
    until_done(&history, least, Duration::from_secs(300)).await;
    // At last everything that was ever promised is due.
    tell(&file, FURTHEST + 60)?;
    traffic.end().await;
    let (mut violations, mut paused) = (Vec::new(), 0);
    for event in check::log(&suite.caller(0)).await? {
        paused += usize::from(check::kind(&event) == "AssignmentResumed");
    }
    violations.extend(check::world(&mut suite, &history).await?);
    if history.done() < least {
        violations.push(format!("only {} of {least} commands done", history.done()));
    }
    if paused < jumps / 4 {
        violations.push(format!("only {paused} pauses ended"));
    }
    Ok(Outcome {
        figure: format!(
            "{jumps} jumps of up to 8 hours, {back} of them back; {paused} pauses ended; {}",
            history.counts()
        ),
        violations,
    })
}

fn tell(file: &Path, shift: i64) -> anyhow::Result<()> {
    // In one piece: a reader must not find half a number.
    let next = file.with_extension("next");
    std::fs::write(&next, format!("+{shift}\n"))?;
    Ok(std::fs::rename(next, file)?)
}
