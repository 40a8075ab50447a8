//! T11: PostgreSQL is killed and recovers, or is killed and its standby takes over, again and again under load. With a
//! standby that every commit waits for, nothing that was acknowledged is lost, and work goes on by itself.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rand::Rng;

use super::Outcome;
use crate::{
    check,
    history::History,
    postgres::Server,
    proxy::{Proxy, Weather},
    setting::{ASYNC_STANDBY, Setting},
    suite::{Backend, Plan, Suite},
    traffic::{Load, Traffic, until_done},
};

/// How soon commands are done when there is a database again.
const RESUMES: Duration = Duration::from_secs(15);

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let (faults, least) = (setting.of(24, 4), setting.of(6_000, 200));
    let waits = setting.sabotage != Some(ASYNC_STANDBY);
    let mut primary = Server::primary().await?;
    let mut replication = Proxy::to(primary.address()).await?;
    let mut standby = follow(&primary, &replication, waits).await?;
    let plan = Plan {
        dispatch_database: Some(primary.create_database("dispatch")?),
        ..Plan::on(Backend::Sqlite)
    };
    let mut suite = Suite::start_as(&setting, plan).await?;
    let history = Arc::new(History::default());
    let mut load = Load::usual(vec![suite.caller(0)]);
    load.patience = Duration::from_secs(90);
    let traffic = Traffic::begin(load, &setting, &history);
    until_done(&history, 60, Duration::from_secs(60)).await;
    let mut dice = setting.dice(13);
    let mut violations = Vec::new();
    let (mut times, mut promotions) = (Vec::new(), 0);
    for number in 0..faults {
        let pause = Duration::from_millis(dice.random_range(500..2500));
        tokio::time::sleep(pause).await;
        let promotes = number % 2 == 1;
        if promotes {
            promotions += 1;
            if !waits {
                // The standby falls behind, and nobody waits for it.
                replication.set(Weather::Blackhole);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            primary.kill()?;
            replication.set(Weather::Cut);
            standby.promote()?;
            suite.links["dispatch>database"].lead_to(standby.address());
            // Whoever still talks to the dead one is told.
            suite.links["dispatch>database"].set(Weather::Reset);
            suite.links["dispatch>database"].set(Weather::Fair);
        } else {
            primary.kill()?;
            primary.start().await?;
        }
        let (back, before) = (Instant::now(), history.done());
        until_done(&history, before + 5, RESUMES * 3).await;
        times.push(back.elapsed());
        if back.elapsed() > RESUMES {
            violations.push(format!("it went on only after {:?}", back.elapsed()));
        }
        if promotes {
            primary = standby;
            replication = Proxy::to(primary.address()).await?;
            standby = follow(&primary, &replication, waits).await?;
        }
    }
    until_done(&history, least, Duration::from_secs(300)).await;
    traffic.end().await;
    violations.extend(check::world(&mut suite, &history).await?);
    if history.done() < least {
        violations.push(format!("only {} of {least} commands done", history.done()));
    }
    times.sort();
    Ok(Outcome {
        figure: format!(
            "{} crashes, {promotions} promotions; {}; on again p50 {} ms, at most {} ms",
            faults - promotions,
            history.counts(),
            times[times.len() / 2].as_millis(),
            times[times.len() - 1].as_millis(),
        ),
        violations,
    })
}

/// A new standby, which commits wait for from now on.
async fn follow(primary: &Server, link: &Proxy, waits: bool) -> anyhow::Result<Server> {
    let standby = primary.standby(link.address).await?;
    primary.wait_for_standby(waits).await?;
    Ok(standby)
}
