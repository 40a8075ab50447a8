//! T03: the three services and every department of the demo street live a month by a virtual clock, while services crash
//! and stay away, links are cut one by one, answers are lost and clocks differ. It all follows from the seed: the same
//! seed again has the same log, to the byte. And however bad the month was, everything comes to rest.
//!
//! ```text
//! seed ─┬─▶ incidents, departments' dice ─▶ agents, one after the other ─▶ links ─▶ services in this process
//!       └─▶ fate: each time the clock is moved, something may begin or end ─────────▲
//! ```
//! What differs between any two runs is left out: made identifiers, traces, hashes, and where between two commands a
//! timer's event stands, for timers of one instant fire side by side.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use liandong::{
    simulate::{self, Plan, Tally},
    up,
};
use liandong_calendar::civil;
use liandong_kit::clock::Clock;
use liandong_proto::dispatch::{Event, event::Payload};
use time::{Date, OffsetDateTime, Time, macros::date};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use crate::{
    binaries::Binaries,
    check,
    fate::{Fate, Faults},
    plain::{comparable, difference},
    setting::Setting,
    street::FILE,
    world::World,
};

/// A Monday of the year in which the demo street's powers and officers hold.
const FIRST: Date = date!(2026 - 03 - 02);
/// A month, and the week in which it ends.
const WEEKS: u32 = 5;
/// How many things go wrong on the street.
const CASES: usize = 20;
/// How many suites live side by side.
const AT_ONCE: usize = 4;
/// How long a month may take, real time.
const LONGEST: Duration = Duration::from_secs(1200);

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    if setting.breaks_services() {
        return elsewhere(&setting);
    }
    let (seeds, again) = (setting.of(500, 3), setting.of(20, 1));
    let template = Arc::new(template().await?);
    let (mut violations, mut logs) = (vec![], BTreeMap::new());
    let (mut faults, mut events) = (Faults::default(), 0);
    let mut left: Vec<u64> = (0..seeds as u64).chain(0..again as u64).rev().collect();
    let mut running = tokio::task::JoinSet::new();
    loop {
        while running.len() < AT_ONCE
            && let Some(number) = left.pop()
        {
            let seed = setting.seed.wrapping_add(number);
            let template = template.clone();
            // Each lives on a thread of its own.
            let here = tokio::runtime::Handle::current();
            running.spawn_blocking(move || {
                let lived = tokio::time::timeout(LONGEST, live(seed, template.path()));
                (seed, here.block_on(lived))
            });
        }
        let Some(ended) = running.join_next().await else {
            break;
        };
        let (seed, lived) = ended.context("a month panicked")?;
        let month = match lived {
            Err(_) => {
                violations.push(format!("{seed}: the month does not come to its end"));
                continue;
            }
            // Whoever is told what the rules do not say cannot go on.
            Ok(Err(error)) => {
                violations.push(format!("{seed}: {error:#}"));
                continue;
            }
            Ok(Ok(month)) => month,
        };
        violations.extend(month.wrong.iter().map(|it| format!("{seed}: {it}")));
        match logs.get(&seed) {
            None => drop(logs.insert(seed, month.log.clone())),
            Some(first) => {
                violations.extend(difference(first, &month.log).map(|it| format!("{seed}: {it}")))
            }
        }
        faults.add(month.faults);
        events += month.events;
    }
    if faults.lost_answers < seeds {
        let lost = faults.lost_answers;
        violations.push(format!("only {lost} answers to commands were lost"));
    }
    Ok(Outcome {
        figure: format!(
            "{seeds} seeds of {} days, {again} of them again, equal to the byte; {events} events, {faults}; all at rest",
            WEEKS * 7,
        ),
        violations,
    })
}

/// The same in a program whose promises can be broken.
fn elsewhere(setting: &Setting) -> anyhow::Result<Outcome> {
    let program = Binaries::get(true, setting.short)?.of("dispatch");
    let output = std::process::Command::new(&program.path)
        .arg("T03")
        .env("SEED", setting.seed.to_string())
        .env("CHAOS_SCALE", setting.scale.to_string())
        .env("CHAOS_TWINS", "0")
        .env("LIANDONG_SABOTAGE", setting.sabotage.unwrap_or_default())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = said.lines().skip_while(|it| !it.contains("WRONG"));
    Ok(Outcome {
        figure: said.lines().last().unwrap_or_default().to_owned(),
        violations: wrong.take(20).map(str::to_owned).collect(),
    })
}

/// A folder with the demo street in its registry.
pub(super) async fn template() -> anyhow::Result<tempfile::TempDir> {
    let folder = folder()?;
    let clock = Clock::virtual_from(begin());
    let world = World::start(folder.path(), clock).await?;
    let session = world.session()?;
    up::import_all(&session, FILE, "street.yaml").await?;
    drop(session);
    let ended = world.end().await?;
    ensure!(ended.wrong.is_empty(), "{:?}", ended.wrong);
    Ok(folder)
}

/// In memory where there is such a place: what a disk does is for other trials.
fn folder() -> std::io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    tempfile::Builder::new()
        .prefix("liandong-world-")
        .tempdir_in(place)
}

pub(super) fn begin() -> OffsetDateTime {
    civil::instant(FIRST, Time::MIDNIGHT)
}

/// What a month came to.
#[derive(Debug)]
struct Month {
    log: Vec<String>,
    events: usize,
    faults: Faults,
    wrong: Vec<String>,
}

/// Lives a month.
async fn live(seed: u64, template: &Path) -> anyhow::Result<Month> {
    let folder = folder()?;
    copy(template, folder.path())?;
    let clock = Clock::virtual_from(begin());
    let world = World::start(folder.path(), clock.clone()).await?;
    world.reached().await?;
    let session = world.session()?;
    let last = begin() + time::Duration::weeks(i64::from(WEEKS));
    let mut fate = Fate::new(seed, world, last);
    let plan = Plan {
        seed,
        cases: CASES,
        first: FIRST,
        weeks: WEEKS,
        at_once: 1,
    };
    let tally = Arc::new(Tally::default());
    let stop = CancellationToken::new();
    simulate::play(&session, &clock, plan, tally.clone(), &stop, &mut fate).await?;
    fate.calm().await?;
    let (world, faults) = fate.end();
    let mut wrong = vec![];
    let caller = world.caller();
    let events = check::log(&caller).await?;
    check::in_order(&events, &mut wrong);
    check::timers(&events, &mut wrong);
    check::tasks(&caller, &mut wrong).await?;
    check::ledger(&caller, events.len() as i64, &mut wrong).await?;
    once(&events, &mut wrong);
    let counts = tally.counts();
    if counts.cases != CASES as u64 {
        wrong.push(format!("{} of {CASES} cases were reported", counts.cases));
    }
    drop((caller, session));
    let ended = world.end().await?;
    wrong.extend(ended.wrong);
    if ended.timers_due > 0 {
        wrong.push(format!("{} timers are still due", ended.timers_due));
    }
    Ok(Month {
        log: comparable(&events)?,
        events: events.len(),
        faults,
        wrong,
    })
}

/// I1, I2 where no trace can tell, for agents do not choose theirs: each problem is one case.
fn once(events: &[Event], wrong: &mut Vec<String>) {
    let mut reported = BTreeSet::new();
    for event in events {
        if let Some(Payload::CaseReported(it)) = &event.payload
            && !reported.insert(&it.description)
        {
            wrong.push(format!("I2 {} was reported twice", it.description));
        }
    }
    if reported.len() != CASES {
        wrong.push(format!("I1 {} cases of {CASES}", reported.len()));
    }
}

/// Copies a folder that nobody uses.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
