//! What happens to a [`World`] while its clock is moved: drawn from the seed, one step at each instant.

use std::{collections::BTreeMap, fmt};

use liandong::simulate::Watch;
use rand::{
    Rng, SeedableRng,
    seq::{IndexedRandom, SliceRandom},
};
use rand_chacha::ChaCha8Rng;
use time::OffsetDateTime;

use crate::{
    proxy::Weather,
    world::{LINKS, SERVICES, World},
};

/// The link over which commands go.
const COMMANDS: &str = "agents>dispatch";

/// How far the services' clocks differ at most, in seconds.
const SKEW: i64 = 120;

/// How often something went wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// A service ended in the middle of what it did, and was started again.
    pub(crate) crashes: usize,
    /// One stayed away.
    pub(crate) absences: usize,
    /// A link was cut.
    pub(crate) cuts: usize,
    /// The answer to a command was lost after it was done.
    pub(crate) lost_answers: usize,
}

impl Faults {
    /// Those of another world too.
    pub(crate) fn add(&mut self, other: Self) {
        self.crashes += other.crashes;
        self.absences += other.absences;
        self.cuts += other.cuts;
        self.lost_answers += other.lost_answers;
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            crashes,
            absences,
            cuts,
            lost_answers,
        } = self;
        write!(
            f,
            "{crashes} crashes, {absences} absences, {cuts} links cut, {lost_answers} answers to commands lost"
        )
    }
}

/// What happens to the services.
pub(crate) struct Fate {
    dice: ChaCha8Rng,
    world: World,
    /// Until when something may begin.
    last: OffsetDateTime,
    /// What begins and ends when.
    planned: Vec<(OffsetDateTime, Change)>,
    /// What is going on, and how many times over.
    going_on: BTreeMap<Trouble, usize>,
    faults: Faults,
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
    /// Until `last` something may begin.
    pub(crate) fn new(seed: u64, world: World, last: OffsetDateTime) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        dice.set_stream(3);
        Self {
            dice,
            world,
            last,
            planned: vec![],
            going_on: BTreeMap::new(),
            faults: Faults::default(),
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
        match self.dice.random_range(0..6) {
            0 => {
                self.faults.crashes += 1;
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
            // It lasts until a command falls into it.
            3 | 4 => drop(self.going_on.insert(Trouble::Unanswered(COMMANDS), 1)),
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
            Trouble::Away(_) => self.faults.absences += 1,
            Trouble::Cut(_) => self.faults.cuts += 1,
            Trouble::Unanswered(_) => {}
        }
        self.planned.push((from, Change::Begins(trouble)));
        self.planned.push((until, Change::Ends(trouble)));
    }

    /// The answer to a command was lost: whoever waited for it finds nobody for a while. Whether one was.
    fn answer_lost(&mut self, now: OffsetDateTime) -> bool {
        if self.world.answers_lost(COMMANDS) == self.faults.lost_answers {
            return false;
        }
        self.faults.lost_answers = self.world.answers_lost(COMMANDS);
        self.going_on.remove(&Trouble::Unanswered(COMMANDS));
        let until = now + time::Duration::minutes(self.dice.random_range(10..90));
        self.planned
            .push((now, Change::Begins(Trouble::Cut(COMMANDS))));
        self.planned
            .push((until, Change::Ends(Trouble::Cut(COMMANDS))));
        true
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

    /// Ends everything that is going on.
    pub(crate) async fn calm(&mut self) -> anyhow::Result<()> {
        self.planned.clear();
        self.going_on.clear();
        self.apply().await
    }

    /// The world, and what it went through.
    pub(crate) fn end(self) -> (World, Faults) {
        (self.world, self.faults)
    }
}

impl Watch for &mut Fate {
    async fn moved(&mut self, now: OffsetDateTime) -> anyhow::Result<()> {
        let lost = self.answer_lost(now);
        let drawn = self.draw(now).await?;
        if self.due(now) || drawn || lost {
            self.apply().await?;
        }
        Ok(())
    }
}
