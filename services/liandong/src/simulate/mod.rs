//! Simulated departments: every organization is a real gRPC client with a token of its own, follows its inbox and
//! answers as departments do. Late, disputing, sloppy, short of officers; and always the same for the same seed.
//!
//! ```text
//! incidents ─▶ street ─▶ joint tasks ─▶ departments ─▶ checker ─▶ rework or done
//!                  ▲──── objections ────────┘
//! lockstep: under the virtual clock (`liandong demo`)     live: by the real one (`liandong simulate`)
//! ```

mod calls;
mod cast;
mod checker;
mod department;
mod dice;
mod errands;
mod incidents;
mod live;
mod lockstep;
mod mailbox;
mod order;
mod pace;
mod parts;
mod profile;
mod proof;
mod roster;
mod street;
mod tally;

pub use lockstep::{Course, Watch};
pub use tally::{Counts, Tally};

use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use liandong_kit::{
    clock::{Clock, wall},
    signal::stop_token,
};
use liandong_proto::types::Role;
use time::Date;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::{
    cast::Setting,
    dice::Dice,
    incidents::{Ground, Incident},
    pace::Pace,
};
use crate::{
    client::{ClientOptions, Session},
    output::Output,
};

/// What to simulate under the virtual clock.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// How many things go wrong.
    pub cases: usize,
    /// The first day.
    pub first: Date,
    /// Over how many weeks.
    pub weeks: u32,
    /// How many agents act at once: [`Plan::AT_ONCE`], or one after the other.
    pub at_once: usize,
}

impl Plan {
    /// As many as a machine can well do with.
    pub const AT_ONCE: usize = 32;
}

/// Runs a plan to its end against services with this virtual clock. They may be away for a while.
pub async fn play(
    session: &Session,
    clock: &Clock,
    plan: Plan,
    tally: Arc<Tally>,
    stop: &CancellationToken,
    watch: impl Watch,
) -> anyhow::Result<Course> {
    let setting = Setting {
        dice: Dice::new(plan.seed),
        pace: Pace::new(1.0),
        tally,
    };
    let incidents = ground(session)
        .await?
        .draw(setting.dice, plan.cases, plan.first, plan.weeks);
    let agents = cast::cast(session, &setting, incidents).await?;
    lockstep::run(agents, clock, stop, plan.at_once, watch).await
}

async fn ground(session: &Session) -> anyhow::Result<Ground> {
    Ground::of(&session.acting(Role::Coordinator).await?).await
}

/// The flags of `liandong simulate`.
#[derive(Args, Debug)]
pub struct SimulateArgs {
    /// Decides everything that is left to chance.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many things go wrong; 0: only answer what others report.
    #[arg(long, default_value_t = 20)]
    pub cases: usize,
    /// One thing goes wrong every so many seconds.
    #[arg(long, default_value_t = 5)]
    pub every_seconds: u32,
    /// Everybody is so many times faster than in life.
    #[arg(long, default_value_t = 1000.0)]
    pub hurry: f64,
}

/// Lets departments answer a running street by the real clock, until Ctrl-C.
pub async fn run(
    args: &SimulateArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let (session, stop) = (client.session()?, stop_token()?);
    let setting = Setting {
        dice: Dice::new(args.seed),
        pace: Pace::new(args.hurry),
        tally: Arc::default(),
    };
    let incidents = due_now(ground(&session).await?, &setting, args);
    let agents = cast::cast(&session, &setting, incidents).await?;
    output.line(format!(
        "{} agents are answering; Ctrl-C ends them",
        agents.len()
    ));
    let mut tasks = JoinSet::new();
    for agent in agents {
        tasks.spawn(live::run(agent, stop.clone()));
    }
    while let Some(ended) = tasks.join_next().await {
        ended.context("an agent panicked")??;
    }
    let counts = setting.tally.counts();
    output.json(&serde_json::to_value(&counts)?);
    output.line(format!(
        "{} cases, {} tasks, {} commands",
        counts.cases, counts.tasks, counts.commands
    ));
    Ok(())
}

/// Incidents one after the other from now on.
fn due_now(ground: Ground, setting: &Setting, args: &SimulateArgs) -> Vec<Incident> {
    let now = wall();
    let mut incidents = ground.draw(setting.dice, args.cases, now.date(), 1);
    let run = now.unix_timestamp();
    for (number, incident) in (0_u32..).zip(&mut incidents) {
        incident.at = now + time::Duration::seconds(i64::from(number * args.every_seconds));
        // Another run is another course of events.
        incident.reference = format!("{}-{run}", incident.reference);
    }
    incidents
}
