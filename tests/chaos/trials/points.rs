//! T02: at every point between a change and its end the process dies, the database refuses, or everything takes longer.
//! The services are built with these points in them; nothing else about them is changed.

use std::{sync::Arc, time::Duration};

use super::Outcome;
use crate::{
    check,
    history::History,
    setting::Setting,
    suite::{Backend, Suite},
    traffic::{Load, Traffic, until_done},
};

/// Around a command's transaction, around a worker's, around a timer.
const POINTS: [&str; 9] = [
    "begun",
    "locked",
    "written",
    "committed",
    "write begun",
    "write done",
    "write committed",
    "due",
    "fired",
];
const WAYS: [&str; 3] = ["abort", "error", "delay"];

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let each = setting.of(300, 60);
    let (mut violations, mut hits, mut done) = (Vec::new(), 0, 0);
    let mut missed = Vec::new();
    for (number, (point, way)) in POINTS
        .into_iter()
        .flat_map(|point| WAYS.map(|way| (point, way)))
        .enumerate()
    {
        let timer = ["due", "fired"].contains(&point);
        if timer && way == "error" {
            continue; // nothing is asked there that could refuse
        }
        // Both backends in turn; a timer fires more rarely than a command comes.
        let backend = [Backend::Sqlite, Backend::Postgres][number % 2];
        let every = if timer { 2 } else { 15 };
        let broken = Setting {
            sabotage: Some("nothing"),
            ..setting.clone()
        };
        let mut suite = Suite::start(&broken, backend, 0).await?;
        for name in ["dispatch", "scoring"] {
            suite.set(name, "LIANDONG_FAIL", format!("{point}={way}:{every}"));
            suite.end(name);
            suite.begin(name)?;
            suite.ready(name).await?;
        }
        let history = Arc::new(History::default());
        let traffic = Traffic::begin(Load::usual(vec![suite.caller(0)]), &setting, &history);
        let watching = async {
            loop {
                for name in ["dispatch", "scoring"] {
                    suite.begin_if_ended(name)?;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            #[allow(unreachable_code)]
            Ok::<(), anyhow::Error>(())
        };
        let load = async {
            until_done(&history, each, Duration::from_secs(60)).await;
            traffic.end().await;
        };
        tokio::select! {
            ended = watching => ended?,
            () = load => {}
        }
        let struck = suite.said("as it was told to");
        hits += struck;
        if struck == 0 {
            missed.push(format!("{point} {way}"));
        }
        for name in ["dispatch", "scoring"] {
            suite.set(name, "LIANDONG_FAIL", String::new());
            suite.kill(name);
            suite.begin(name)?;
            suite.ready(name).await?;
        }
        done += history.done();
        if history.done() < each {
            violations.push(format!(
                "{point} {way}: only {} commands done",
                history.done()
            ));
        }
        let wrong = check::world(&mut suite, &history).await?;
        violations.extend(wrong.into_iter().map(|it| format!("{point} {way}: {it}")));
    }
    if !missed.is_empty() {
        violations.push(format!("never reached: {missed:?}"));
    }
    Ok(Outcome {
        figure: format!(
            "{} points, {} ways, {hits} times struck; {done} commands done",
            POINTS.len(),
            WAYS.len()
        ),
        violations,
    })
}
