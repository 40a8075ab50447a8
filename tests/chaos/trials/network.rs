//! T10: the network cuts, stalls, delays, throttles, resets. First between the services and towards the database, where
//! every caller must still have his answer in time; then between callers and services, where commands are sent again.

use std::{sync::Arc, time::Duration};

use liandong_kit::testing::{Span, Traces};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::Outcome;
use crate::{
    check,
    history::History,
    proxy::Weather,
    setting::Setting,
    suite::{Backend, Plan, Suite},
    traffic::{Load, Traffic, until_done},
};

const INSIDE: [&str; 4] = [
    "dispatch>registry",
    "dispatch>database",
    "scoring>dispatch",
    "scoring>registry",
];
const OUTSIDE: [&str; 1] = ["caller>dispatch"];

/// The kind of a span around a call that goes out.
const CLIENT: i32 = 3;
/// So many retries there may be beyond a tenth of the calls, from each service to each peer.
const BURST: usize = 10;

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let (faults, least) = (setting.of(60, 16), setting.of(10_000, 150));
    let (traces, url) = Traces::start().await;
    let plan = Plan {
        environment: vec![("OTEL_EXPORTER_OTLP_ENDPOINT", url)],
        ..Plan::on(Backend::Postgres)
    };
    let mut suite = Suite::start_as(&setting, plan).await?;
    let history = Arc::new(History::default());
    let mut dice = setting.dice(3);
    let mut load = Load::usual(vec![suite.caller(0)]);
    load.deadline = Duration::from_secs(2);

    load.strict = true;
    let traffic = Traffic::begin(load.clone(), &setting, &history);
    storm(&suite, &INSIDE, faults / 2, &mut dice).await;
    until_done(&history, least / 2, Duration::from_secs(300)).await;
    traffic.end().await;
    let inside = history.counts();

    load.strict = false;
    let setting = Setting {
        seed: setting.seed.wrapping_add(1),
        ..setting
    };
    let traffic = Traffic::begin(load, &setting, &history);
    storm(&suite, &OUTSIDE, faults / 2, &mut dice).await;
    until_done(&history, least, Duration::from_secs(300)).await;
    // A connection into a black hole is noticed after four seconds.
    let rest = Duration::from_secs(10);
    tokio::time::sleep(rest).await;
    let lately = history.lately(rest / 2);
    traffic.end().await;

    let mut violations = check::world(&mut suite, &history).await?;
    if history.done() < least {
        violations.push(format!("only {} of {least} commands done", history.done()));
    }
    if lately < 99.0 {
        violations.push(format!("only {lately:.1}% ok when the faults were over"));
    }
    // The services have ended and sent their last spans.
    let (calls, retries) = between_services(&traces.spans());
    if retries > calls / 10 + BURST * INSIDE.len() {
        violations.push(format!("{retries} retries of {calls} calls"));
    }
    if calls == 0 {
        violations.push("no call between services was seen".to_owned());
    }
    let all = history.counts();
    Ok(Outcome {
        figure: format!(
            "{faults} faults; inside: {inside}; with those outside: {all}; {lately:.1}% ok afterwards; {retries} retries of \
             {calls} calls between services"
        ),
        violations,
    })
}

/// Calls from service to service, and how often one was tried again.
fn between_services(spans: &[Span]) -> (usize, usize) {
    let asked = spans.iter().filter(|it| it.kind == CLIENT);
    let asked = asked.filter(|it| it.attributes.contains_key("rpc.method"));
    asked.fold((0, 0), |(calls, retries), it| {
        let again = it.attributes.get("rpc.retries");
        let again: usize = again.and_then(|it| it.parse().ok()).unwrap_or_default();
        (calls + 1, retries + again)
    })
}

/// One fault after the other, on a link drawn each time.
async fn storm(suite: &Suite, links: &[&str], faults: usize, dice: &mut ChaCha8Rng) {
    for _ in 0..faults {
        let link = links.choose(dice).expect("a link");
        let weather = match dice.random_range(0..6) {
            0 => Weather::Cut,
            1 => Weather::Reset,
            2 => Weather::Blackhole,
            3 => Weather::HalfOpen,
            4 => Weather::Slow(Duration::from_millis(dice.random_range(20..400))),
            _ => Weather::Narrow(dice.random_range(2_000..20_000)),
        };
        suite.links[*link].set(weather);
        tokio::time::sleep(Duration::from_millis(dice.random_range(300..3000))).await;
        suite.links[*link].set(Weather::Fair);
        tokio::time::sleep(Duration::from_millis(dice.random_range(200..1000))).await;
    }
}
