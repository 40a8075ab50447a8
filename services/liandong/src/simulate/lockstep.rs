//! A simulation under the virtual clock: agents act in rounds, and time moves only when nobody has anything to do.
//!
//! ```text
//! ┌▶ whoever has news reads it ─▶ whoever has something due does it ─▶ whom did it concern? they have news ─┐
//! └──────────────────────────────────────────── until nobody did anything ──────────────────────────────────┘
//!      then the clock goes to the next thing on anybody's agenda, and timers fire on the way
//! ```

use std::{collections::HashSet, time::Instant};

use futures::{StreamExt, TryStreamExt, stream};
use liandong_kit::clock::Clock;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::{
    checker::Checker,
    department::{Department, coordination},
    street::Street,
};

/// How many agents act at once.
const AT_ONCE: usize = 32;

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

    /// Reads, acts, and says whom it concerned.
    async fn turn(&mut self, news: bool, now: OffsetDateTime) -> anyhow::Result<Vec<String>> {
        match self {
            Self::Department(it) => {
                if news {
                    it.listen(now).await?;
                }
                let (acted, concerned) = it.act(now).await?;
                if acted {
                    it.listen(now).await?; // what it has done is news to itself
                }
                Ok(concerned)
            }
            Self::Street(it) => {
                if news {
                    it.listen(now).await?;
                }
                it.act(now).await
            }
            Self::Checker(it) => {
                if news {
                    it.listen(now).await?;
                }
                it.act(now).await
            }
        }
    }
}

/// Runs until nobody has anything left to do. `progress` hears where the clock stands.
pub(super) async fn run(
    mut agents: Vec<Agent>,
    clock: &Clock,
    stop: &CancellationToken,
    progress: impl Fn(OffsetDateTime),
) -> anyhow::Result<Course> {
    let (began, mut course) = (Instant::now(), Course::default());
    let mut news: HashSet<String> = agents.iter().map(Agent::name).collect();
    while !stop.is_cancelled() {
        let now = clock.now();
        let heard = std::mem::take(&mut news);
        let active = agents.iter_mut().filter_map(|agent| {
            let has_news = heard.contains(&agent.name());
            let due = agent.next().is_some_and(|at| at <= now);
            (has_news || due).then(|| agent.turn(has_news, now))
        });
        let turns: Vec<Vec<String>> = stream::iter(active)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        course.rounds += 1;
        news.extend(turns.into_iter().flatten());
        if news.is_empty() {
            let Some(next) = agents.iter().filter_map(Agent::next).min() else {
                break;
            };
            if next > now {
                clock.advance_to(next).await;
                course.instants += 1;
                progress(next);
            }
        }
    }
    course.took = began.elapsed();
    course.until = Some(clock.now());
    Ok(course)
}
