//! T34: scoring alone is killed, again and again, while it follows the log and while it recomputes everything. What it
//! has in the end is, bit for bit, what another makes of the log that reads it from the beginning undisturbed.

use std::{sync::Arc, time::Duration};

use rand::Rng;

use super::Outcome;
use crate::{
    check,
    history::History,
    setting::Setting,
    suite::{Backend, Suite},
    traffic::{Load, Traffic, until_done},
};

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let (kills, least) = (setting.of(100, 4), setting.of(5_000, 100));
    let mut suite = Suite::start(&setting, Backend::Sqlite, 0).await?;
    let history = Arc::new(History::default());
    let load = Load::usual(vec![suite.caller(0)]);
    let traffic = Traffic::begin(load, &setting, &history);
    let mut dice = setting.dice(2);
    let mut violations = Vec::new();
    for number in 0..kills {
        // Every other time it is recomputing everything when it is killed.
        let recomputing = (number % 2 == 1).then(|| {
            let caller = suite.caller(0);
            tokio::spawn(async move { check::recomputed(&caller).await })
        });
        let pause = dice.random_range(20..700);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        suite.kill("scoring");
        if let Some(recomputing) = recomputing
            && let Ok(Ok(Some(it))) = recomputing.await
            && !it.equal
        {
            violations.push(format!("I5 between two kills: {:?}", it.difference));
        }
        if let Err(error) = suite.verify("scoring") {
            violations.push(format!("I3 as the kill left it: {error}"));
        }
        suite.begin("scoring")?;
        suite.ready("scoring").await?;
    }
    until_done(&history, least, Duration::from_secs(600)).await;
    traffic.end().await;

    let caller = suite.caller(0);
    let head = check::whole_log(&suite, &caller).await?.len() as i64;
    check::caught_up(&caller, head, &mut violations).await?;
    let killed = check::recomputed(&caller).await?.unwrap_or_default();
    suite.end("scoring");
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(suite.folder().join(format!("scoring.db{end}")));
    }
    suite.begin("scoring")?;
    suite.ready("scoring").await?;
    check::caught_up(&caller, head, &mut violations).await?;
    let calm = check::recomputed(&caller).await?.unwrap_or_default();
    let ends = [&killed, &calm].map(|it| (it.equal, it.entry_count, it.head_hash.as_str()));
    if ends[0] != ends[1] || !killed.equal || killed.entry_count == 0 {
        violations.push(format!("I5 {ends:?}"));
    }
    violations.extend(check::world(&mut suite, &history).await?);
    if history.done() < least {
        violations.push(format!("only {} of {least} commands done", history.done()));
    }
    Ok(Outcome {
        figure: format!(
            "{kills} kills of scoring, {head} events, {} entries, the same bit for bit",
            killed.entry_count
        ),
        violations,
    })
}
