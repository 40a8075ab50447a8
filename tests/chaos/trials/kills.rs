//! T01: any service is killed at any moment while commands run. Nothing that was acknowledged is lost, nothing happens
//! twice, and what was killed is back soon.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{Rng, seq::IndexedRandom};

use super::Outcome;
use crate::{
    check,
    history::History,
    setting::Setting,
    suite::{Backend, Suite},
    traffic::{Load, Traffic, until_done},
};

/// How soon a killed service answers again, in 99 of 100 cases.
const READY: Duration = Duration::from_secs(2);
/// How long nothing goes wrong in the end. What counts is its second half: commands that began before have ended.
const CALM: Duration = Duration::from_secs(10);

pub(super) async fn sqlite(setting: Setting) -> anyhow::Result<Outcome> {
    kill(setting, Backend::Sqlite).await
}

pub(super) async fn postgres(setting: Setting) -> anyhow::Result<Outcome> {
    kill(setting, Backend::Postgres).await
}

/// Each backend bears half of the 200 kills and of the 20,000 commands.
async fn kill(setting: Setting, backend: Backend) -> anyhow::Result<Outcome> {
    let (kills, least) = (setting.of(100, 4), setting.of(10_000, 100));
    let mut suite = Suite::start(&setting, backend, 0).await?;
    let history = Arc::new(History::default());
    let load = Load::usual(vec![suite.caller(0)]);
    let traffic = Traffic::begin(load, &setting, &history);
    let mut dice = setting.dice(2);
    let mut times = Vec::new();
    for _ in 0..kills {
        let pause = dice.random_range(100..1500);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        // Most of what can be lost is dispatch's.
        let victims = ["dispatch", "dispatch", "dispatch", "registry", "scoring"];
        let victim = victims.choose(&mut dice).expect("a victim");
        suite.kill(victim);
        suite.begin(victim)?;
        times.push(suite.ready(victim).await?);
    }
    until_done(&history, least, Duration::from_secs(600)).await;
    let calm = Instant::now();
    tokio::time::sleep(CALM).await;
    let lately = history.lately(calm.elapsed() / 2);
    traffic.end().await;
    let mut violations = check::world(&mut suite, &history).await?;
    times.sort();
    let p99 = times[(times.len() * 99).div_ceil(100) - 1];
    if p99 > READY {
        violations.push(format!("ready only after {p99:?}"));
    }
    if history.done() < least {
        violations.push(format!("only {} of {least} commands done", history.done()));
    }
    if lately < 99.0 {
        violations.push(format!("only {lately:.1}% ok when the faults were over"));
    }
    let median = times[times.len() / 2];
    Ok(Outcome {
        figure: format!(
            "{kills} kills, {}; ready again p50 {} ms, p99 {} ms; {lately:.1}% ok afterwards",
            history.counts(),
            median.as_millis(),
            p99.as_millis(),
        ),
        violations,
    })
}
