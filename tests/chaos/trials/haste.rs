//! T26: callers that do not wait: most calls are given up after a few milliseconds, wherever they are by then. Each
//! command happens whole or not at all, and nothing stays locked behind those who have gone.

use std::{sync::Arc, time::Duration};

use super::Outcome;
use crate::{
    check,
    history::History,
    setting::Setting,
    suite::{Backend, Suite},
    traffic::{Load, Traffic, until_done},
};

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let least = setting.of(5_000, 200);
    let mut suite = Suite::start(&setting, Backend::Postgres, 0).await?;
    let history = Arc::new(History::default());
    let mut load = Load::usual(vec![suite.caller(0)]);
    load.hasty = true;
    let traffic = Traffic::begin(load.clone(), &setting, &history);
    until_done(&history, least, Duration::from_secs(600)).await;
    traffic.end().await;
    let hasty = history.counts();

    // Whoever waits again gets his answers: no connection and no lock was left behind.
    load.hasty = false;
    let calm = Setting {
        seed: setting.seed.wrapping_add(1),
        ..setting.clone()
    };
    let before = history.done();
    let traffic = Traffic::begin(load, &calm, &history);
    until_done(&history, before + 200, Duration::from_secs(60)).await;
    let lately = history.lately(Duration::from_secs(1));
    traffic.end().await;

    let mut violations = check::world(&mut suite, &history).await?;
    if history.done() < before + 200 {
        violations.push("calls are not answered any more".to_owned());
    }
    if lately < 99.0 {
        violations.push(format!("only {lately:.1}% ok when callers wait again"));
    }
    Ok(Outcome {
        figure: format!("{hasty}; then {lately:.1}% ok"),
        violations,
    })
}
