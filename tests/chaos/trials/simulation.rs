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
    simulate::{self, Plan, Tally, Watch},
    up,
};
use liandong_calendar::civil;
use liandong_kit::clock::Clock;
use liandong_proto::dispatch::{Event, event::Payload};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};
use rand::{
    Rng, SeedableRng,
    seq::{IndexedRandom, SliceRandom},
};
use rand_chacha::ChaCha8Rng;
use time::{Date, OffsetDateTime, Time, macros::date};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use crate::{
    binaries::Binaries,
    check,
    plain::Plain,
    proxy::Weather,
    setting::Setting,
    street::FILE,
    world::{LINKS, SERVICES, World},
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
/// How far the services' clocks differ at most.
const SKEW: i64 = 120;

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    if setting.breaks_services() {
        return elsewhere(&setting);
    }
    // A month takes ten seconds without optimisation.
    let seeds = if setting.short { 3 } else { setting.of(500, 3) };
    let again = setting.of(20, 1);
    let template = Arc::new(template().await?);
    let (mut violations, mut sum, mut logs) = (vec![], Month::default(), BTreeMap::new());
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
            Ok(lived) => lived.with_context(|| format!("the month of seed {seed}"))?,
        };
        violations.extend(month.wrong.iter().map(|it| format!("{seed}: {it}")));
        match logs.get(&seed) {
            None => drop(logs.insert(seed, month.log.clone())),
            Some(first) => {
                violations.extend(difference(first, &month.log).map(|it| format!("{seed}: {it}")))
            }
        }
        sum.add(&month);
    }
    if sum.lost_answers == 0 && seeds > 20 {
        violations.push("no answer was lost".into());
    }
    Ok(Outcome {
        figure: format!(
            "{seeds} seeds of {} days, {again} of them again, equal to the byte; {} events, {} faults: {} crashes, {} absences, \
             {} links cut, {} answers lost; all at rest",
            WEEKS * 7,
            sum.events,
            sum.crashes + sum.absences + sum.cuts + sum.lost_answers,
            sum.crashes,
            sum.absences,
            sum.cuts,
            sum.lost_answers
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
async fn template() -> anyhow::Result<tempfile::TempDir> {
    let folder = folder()?;
    let clock = Clock::virtual_from(begin());
    let world = World::start(folder.path(), clock).await?;
    let session = world.session()?;
    for service in SERVICES {
        ensure!(world.runs(service), "{service} does not run");
    }
    for link in LINKS {
        world.set(link, Weather::Fair).await;
    }
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

fn begin() -> OffsetDateTime {
    civil::instant(FIRST, Time::MIDNIGHT)
}

/// What a month came to.
#[derive(Debug, Default)]
struct Month {
    log: Vec<String>,
    wrong: Vec<String>,
    events: usize,
    crashes: usize,
    absences: usize,
    cuts: usize,
    lost_answers: usize,
}

impl Month {
    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.crashes += other.crashes;
        self.absences += other.absences;
        self.cuts += other.cuts;
        self.lost_answers += other.lost_answers;
    }
}

/// Lives a month.
async fn live(seed: u64, template: &Path) -> anyhow::Result<Month> {
    let folder = folder()?;
    copy(template, folder.path())?;
    let clock = Clock::virtual_from(begin());
    let world = World::start(folder.path(), clock.clone()).await?;
    world.reached().await?;
    let session = world.session()?;
    let mut fate = Fate::new(seed, world);
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
    let Fate {
        world, mut month, ..
    } = fate;
    let caller = world.caller();
    let events = check::log(&caller).await?;
    check::in_order(&events, &mut month.wrong);
    check::timers(&events, &mut month.wrong);
    check::tasks(&caller, &mut month.wrong).await?;
    check::ledger(&caller, events.len() as i64, &mut month.wrong).await?;
    once(&events, &mut month.wrong);
    let counts = tally.counts();
    if counts.cases != CASES as u64 {
        month
            .wrong
            .push(format!("{} of {CASES} cases were reported", counts.cases));
    }
    drop((caller, session));
    let ended = world.end().await?;
    month.wrong.extend(ended.wrong);
    if ended.timers_due > 0 {
        month
            .wrong
            .push(format!("{} timers are still due", ended.timers_due));
    }
    month.events = events.len();
    month.log = comparable(&events)?;
    Ok(month)
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

/// What happens to the services.
struct Fate {
    dice: ChaCha8Rng,
    world: World,
    /// Until when something may begin.
    last: OffsetDateTime,
    /// What begins and ends when.
    planned: Vec<(OffsetDateTime, Change)>,
    /// What is going on, and how many times over.
    going_on: BTreeMap<Trouble, usize>,
    month: Month,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    Away(&'static str),
    Cut(&'static str),
    Unanswered(&'static str),
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Begins(Trouble),
    Ends(Trouble),
}

impl Fate {
    fn new(seed: u64, world: World) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        dice.set_stream(3);
        Self {
            dice,
            world,
            last: begin() + time::Duration::weeks(i64::from(WEEKS)),
            planned: vec![],
            going_on: BTreeMap::new(),
            month: Month::default(),
        }
    }

    /// Draws what begins now; whether anything does.
    async fn draw(&mut self, now: OffsetDateTime) -> anyhow::Result<bool> {
        if now >= self.last || self.planned.len() > 4 || !self.dice.random_bool(0.04) {
            return Ok(false);
        }
        let minutes =
            |dice: &mut ChaCha8Rng, most| time::Duration::minutes(dice.random_range(10..most));
        // Most of what can be lost is dispatch's.
        let services = ["dispatch", "dispatch", "dispatch", "registry", "scoring"];
        let service = *services.choose(&mut self.dice).expect("a service");
        let link = *LINKS.choose(&mut self.dice).expect("a link");
        match self.dice.random_range(0..5) {
            0 => {
                self.month.crashes += 1;
                let skew = time::Duration::seconds(self.dice.random_range(-SKEW..=SKEW));
                self.world.crash(service, skew).await?;
            }
            1 => {
                let until = now + minutes(&mut self.dice, 180);
                self.plan(now, until, Trouble::Away(service));
            }
            2 => {
                let until = now + minutes(&mut self.dice, 180);
                self.plan(now, until, Trouble::Cut(link));
            }
            3 => {
                let until = now + minutes(&mut self.dice, 90);
                self.plan(now, until, Trouble::Unanswered("agents>dispatch"));
            }
            _ => self.swizzle(now),
        }
        Ok(true)
    }

    /// Cuts some links one after the other, and mends them in another order.
    fn swizzle(&mut self, now: OffsetDateTime) {
        let many = self.dice.random_range(2..=LINKS.len());
        let links: Vec<&'static str> = LINKS
            .choose_multiple(&mut self.dice, many)
            .copied()
            .collect();
        let step = |number: usize| time::Duration::minutes(15 * number as i64);
        let mut order: Vec<usize> = (0..many).collect();
        order.shuffle(&mut self.dice);
        for (number, link) in links.into_iter().enumerate() {
            let until = now + step(many + order[number]);
            self.plan(now + step(number), until, Trouble::Cut(link));
        }
    }

    fn plan(&mut self, from: OffsetDateTime, until: OffsetDateTime, trouble: Trouble) {
        match trouble {
            Trouble::Away(_) => self.month.absences += 1,
            Trouble::Cut(_) => self.month.cuts += 1,
            Trouble::Unanswered(_) => self.month.lost_answers += 1,
        }
        self.planned.push((from, Change::Begins(trouble)));
        self.planned.push((until, Change::Ends(trouble)));
    }

    /// Begins and ends what is due; whether anything is.
    fn due(&mut self, now: OffsetDateTime) -> bool {
        self.planned.sort_by_key(|(at, _)| *at);
        let due = self.planned.iter().take_while(|(at, _)| *at <= now).count();
        for (_, change) in self.planned.drain(..due) {
            match change {
                Change::Begins(trouble) => *self.going_on.entry(trouble).or_default() += 1,
                Change::Ends(trouble) => {
                    if let Some(many) = self.going_on.get_mut(&trouble) {
                        *many -= 1;
                    }
                }
            }
        }
        self.going_on.retain(|_, many| *many > 0);
        due > 0
    }

    /// Makes the world what it is to be, and waits until that is so.
    async fn apply(&mut self) -> anyhow::Result<()> {
        let going_on = |it| self.going_on.contains_key(&it);
        for link in LINKS {
            let weather = match link {
                _ if going_on(Trouble::Cut(link)) => Weather::Cut,
                _ if going_on(Trouble::Unanswered(link)) => Weather::Unanswered,
                _ => Weather::Fair,
            };
            self.world.set(link, weather).await;
        }
        for service in SERVICES {
            match (self.world.runs(service), going_on(Trouble::Away(service))) {
                (true, true) => {
                    let skew = time::Duration::seconds(self.dice.random_range(-SKEW..=SKEW));
                    self.world.crash(service, skew).await?;
                }
                (false, false) => self.world.begin(service).await?,
                _ => {}
            }
        }
        let finds = ["registry", "dispatch"]
            .into_iter()
            .all(|it| self.world.runs(it))
            && !self
                .going_on
                .contains_key(&Trouble::Cut("dispatch>registry"));
        if finds {
            self.world.reached().await?;
        }
        Ok(())
    }

    /// Ends everything.
    async fn calm(&mut self) -> anyhow::Result<()> {
        self.planned.clear();
        self.going_on.clear();
        self.apply().await
    }
}

impl Watch for &mut Fate {
    async fn moved(&mut self, now: OffsetDateTime) -> anyhow::Result<()> {
        let drawn = self.draw(now).await?;
        if self.due(now) || drawn {
            self.apply().await?;
        }
        Ok(())
    }
}

/// The log as far as it follows from the seed: each history by itself, in the order in which people began them.
fn comparable(events: &[Event]) -> anyhow::Result<Vec<String>> {
    let pool = DescriptorPool::decode(liandong_proto::DESCRIPTORS)?;
    let kind = pool
        .get_message_by_name("liandong.dispatch.v1.Event")
        .context("the descriptor of an event")?;
    let mut plain = Plain::timely(&[
        "id",
        "position",
        "traceparent",
        "trace_id",
        "prev_hash",
        "hash",
        "catalogue_copy_time",
    ]);
    let (people, timers): (Vec<&Event>, Vec<&Event>) =
        events.iter().partition(|it| !it.organization.is_empty());
    let mut histories: BTreeMap<String, BTreeMap<i64, String>> = BTreeMap::new();
    for event in people.into_iter().chain(timers) {
        let mut message = DynamicMessage::decode(kind.clone(), event.encode_to_vec().as_slice())?;
        plain.message(&mut message);
        let name = plain.text(&event.aggregate);
        let history = histories.entry(name).or_default();
        history.insert(event.version, format!("{message:?}"));
    }
    let lines = histories.into_iter().flat_map(|(name, history)| {
        history
            .into_iter()
            .map(move |(version, text)| format!("{name} {version} {text}"))
    });
    Ok(lines.collect())
}

/// The first line in which two logs differ.
fn difference(one: &[String], other: &[String]) -> Option<String> {
    let at = one.iter().zip(other).position(|(one, other)| one != other);
    let at = at.or((one.len() != other.len()).then(|| one.len().min(other.len())))?;
    let line = |log: &[String]| log.get(at).cloned().unwrap_or_else(|| "nothing".into());
    let (one, other) = (line(one), line(other));
    let common = one
        .chars()
        .zip(other.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let near = |text: &str| -> String {
        text.chars()
            .skip(common.saturating_sub(120))
            .take(300)
            .collect()
    };
    Some(format!(
        "line {at} differs: …{} | …{}",
        near(&one),
        near(&other)
    ))
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
