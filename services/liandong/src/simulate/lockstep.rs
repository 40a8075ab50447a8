//! A simulation under the virtual clock: agents act in rounds, and time moves only when nobody has anything to do.
//!
//! ```text
//! ┌▶ whoever has news reads it ─▶ whoever has something due does it ─▶ whom did it concern? they have news ─┐
//! └──────────────────────────────────────────── until nobody did anything ──────────────────────────────────┘
//!      then the clock goes to the next thing on anybody's agenda, and timers fire on the way
//! ```
//! Whoever finds a service away comes again ten minutes later.

use std::{collections::HashMap, time::Instant};

use futures::{StreamExt, TryStreamExt, stream};
use liandong_kit::clock::Clock;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::{
    checker::Checker,
    department::{Department, coordination},
    errands::{away, later},
    pace::Pace,
    street::Street,
};

/// Looks on while the virtual clock is moved.
pub trait Watch: Send {
    /// The clock stands at `now`, and what was due by then is done.
    fn moved(&mut self, now: OffsetDateTime) -> impl Future<Output = anyhow::Result<()>> + Send;
}

impl<F: FnMut(OffsetDateTime) + Send> Watch for F {
    async fn moved(&mut self, now: OffsetDateTime) -> anyhow::Result<()> {
        self(now);
        Ok(())
    }
}

/// Somebody who reads and acts.
#[derive(Debug)]
pub(super) enum Agent {
    /// A department, a community, a resident unit.
    Department(Box<Department>),
    /// The street office.
    Street(Box<Street>),
    /// Who checks.
    Checker(Box<Checker>),
}

/// How a simulation went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Course {
    /// Moves of the clock.
    pub instants: u64,
    /// Rounds of agents.
    pub rounds: u64,
    /// How long it took.
    pub took: std::time::Duration,
    /// Where the clock stands.
    pub until: Option<OffsetDateTime>,
}

impl Agent {
    /// Under which name others say that there is news for it.
    fn name(&self) -> String {
        match self {
            Self::Department(it) => it.organization.clone(),
            Self::Street(it) => coordination(&it.organization),
            Self::Checker(it) => it.organization.clone(),
        }
    }

    fn next(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Department(it) => it.next(),
            Self::Street(it) => it.next(),
            Self::Checker(it) => it.next(),
        }
    }

    /// Reads, acts, and says whom it concerned, and whether it is still to read what is new.
    async fn turn(&mut self, news: bool, now: OffsetDateTime) -> anyhow::Result<Turn> {
        let mut unheard = news && !heard(self.listen(now).await)?;
        let concerned = match self {
            Self::Department(it) => {
                let (acted, concerned) = it.act(now).await?;
                if acted {
                    unheard |= !heard(it.listen(now).await)?; // what it has done is news to itself
                }
                concerned
            }
            Self::Street(it) => it.act(now).await?,
            Self::Checker(it) => it.act(now).await?,
        };
        let unheard = unheard.then(|| self.name());
        Ok(Turn { concerned, unheard })
    }

    /// Reads what is new.
    pub(super) async fn listen(&mut self, now: OffsetDateTime) -> anyhow::Result<()> {
        match self {
            Self::Department(it) => it.listen(now).await,
            Self::Street(it) => it.listen(now).await,
            Self::Checker(it) => it.listen(now).await,
        }
    }
}

/// What an agent's turn leaves behind.
struct Turn {
    /// Whom it concerned.
    concerned: Vec<String>,
    /// The agent, if it could not read what is new.
    unheard: Option<String>,
}

/// Whether it could be heard; not, if the service is away.
pub(super) fn heard(listened: anyhow::Result<()>) -> anyhow::Result<bool> {
    match listened {
        Err(error) if away(&error) => {
            tracing::debug!(error = format!("{error:#}"), "nobody answers");
            Ok(false)
        }
        other => other.map(|()| true),
    }
}

/// Runs until nobody has anything left to do, `at_once` agents at a time.
pub(super) async fn run(
    mut agents: Vec<Agent>,
    clock: &Clock,
    stop: &CancellationToken,
    at_once: usize,
    mut watch: impl Watch,
) -> anyhow::Result<Course> {
    let (began, mut course, pace) = (Instant::now(), Course::default(), Pace::new(1.0));
    // By agent: when it reads what is new.
    let mut news: HashMap<String, OffsetDateTime> =
        agents.iter().map(|it| (it.name(), clock.now())).collect();
    while !stop.is_cancelled() {
        let now = clock.now();
        let active = agents.iter_mut().filter_map(|agent| {
            let name = agent.name();
            let has_news = news.get(&name).is_some_and(|at| *at <= now);
            if has_news {
                news.remove(&name);
            }
            let due = agent.next().is_some_and(|at| at <= now);
            (has_news || due).then(|| agent.turn(has_news, now))
        });
        let turns: Vec<Turn> = stream::iter(active)
            .buffer_unordered(at_once)
            .try_collect()
            .await?;
        course.rounds += 1;
        for turn in turns {
            news.extend(turn.unheard.map(|it| (it, later(&pace, now))));
            news.extend(turn.concerned.into_iter().map(|it| (it, now)));
        }
        let due = agents.iter().filter_map(Agent::next);
        let Some(next) = due.chain(news.values().copied()).min() else {
            break;
        };
        if next > now {
            clock.advance_to(next).await;
            course.instants += 1;
            watch.moved(next).await?;
        }
    }
    course.took = began.elapsed();
    course.until = Some(clock.now());
    Ok(course)
}
