//! The trials, numbered as in docs/reliability.md.

mod away;
mod backends;
mod disk;
mod failover;
mod fuzz;
mod haste;
mod jumps;
mod kills;
mod ledger;
mod log;
mod model;
mod network;
mod overload;
mod points;
mod races;
mod repeats;
mod saga;
mod separation;
mod simulation;
mod soak;

use std::pin::Pin;

use crate::setting::{ASYNC_STANDBY, Setting};

/// What a trial reached, and what it found.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// For the report: counts and times.
    pub(crate) figure: String,
    /// What must not be.
    pub(crate) violations: Vec<String>,
}

/// A trial to be run.
type Run = fn(Setting) -> Pin<Box<dyn Future<Output = anyhow::Result<Outcome>>>>;

/// One trial.
pub(crate) struct Trial {
    /// `T01`.
    pub(crate) number: &'static str,
    /// In words.
    pub(crate) about: &'static str,
    /// Whether a short part of it runs beside the ordinary tests.
    pub(crate) short: bool,
    /// The promises that, broken, make it fail.
    pub(crate) twins: &'static [&'static str],
    pub(crate) run: Run,
}

impl Trial {
    /// Whether it is named, or all are.
    pub(crate) fn is_one_of(&self, names: &[String]) -> bool {
        names.iter().any(|it| it == "all" || *it == self.number)
    }
}

/// All of them, the most telling first.
pub(crate) const ALL: &[Trial] = &[
    Trial {
        number: "T01s",
        about: "kill -9 of any service under load, SQLite",
        short: true,
        twins: &["answer-early", "forget-requests"],
        run: |setting| Box::pin(kills::sqlite(setting)),
    },
    Trial {
        number: "T01p",
        about: "kill -9 of any service under load, PostgreSQL",
        short: false,
        twins: &["answer-early", "forget-requests"],
        run: |setting| Box::pin(kills::postgres(setting)),
    },
    Trial {
        number: "T08",
        about: "every changing method fifty times with one request id, answers lost",
        short: true,
        twins: &["forget-requests"],
        run: |setting| Box::pin(repeats::run(setting)),
    },
    Trial {
        number: "T09",
        about: "one log, several writing replicas, PostgreSQL",
        short: false,
        twins: &["loose-positions"],
        run: |setting| Box::pin(log::run(setting)),
    },
    Trial {
        number: "T10",
        about: "cut, blackhole, half-open, slow, narrow, reset",
        short: false,
        twins: &["forget-requests"],
        run: |setting| Box::pin(network::run(setting)),
    },
    Trial {
        number: "T06",
        about: "any step in any state, against a table of the life cycle",
        short: true,
        twins: &["forget-steps"],
        run: |setting| Box::pin(model::run(setting)),
    },
    Trial {
        number: "T16",
        about: "races of two commands at two replicas, and frozen replicas",
        short: false,
        twins: &["stale-states"],
        run: |setting| Box::pin(races::run(setting)),
    },
    Trial {
        number: "T22",
        about: "one script on SQLite and on PostgreSQL",
        short: false,
        twins: &[],
        run: |setting| Box::pin(backends::run(setting)),
    },
    Trial {
        number: "T02",
        about: "abort, error and delay around every commit, claim and timer",
        short: false,
        twins: &[],
        run: |setting| Box::pin(points::run(setting)),
    },
    Trial {
        number: "T26",
        about: "calls given up after milliseconds, PostgreSQL",
        short: false,
        twins: &["forget-requests"],
        run: |setting| Box::pin(haste::run(setting)),
    },
    Trial {
        number: "T13",
        about: "hostile requests to every method",
        short: false,
        twins: &["panic-sometimes"],
        run: |setting| Box::pin(fuzz::run(setting)),
    },
    Trial {
        number: "T17",
        about: "the registry away, silent, slow; powers taken back meanwhile",
        short: false,
        twins: &["trust-copies"],
        run: |setting| Box::pin(away::run(setting)),
    },
    Trial {
        number: "T11",
        about: "PostgreSQL killed, and replaced by its standby",
        short: false,
        twins: &[ASYNC_STANDBY],
        run: |setting| Box::pin(failover::run(setting)),
    },
    Trial {
        number: "T12",
        about: "a full disk",
        short: false,
        twins: &["trust-the-disk", "answer-early"],
        run: |setting| Box::pin(disk::run(setting)),
    },
    Trial {
        number: "T15",
        about: "the clock jumps, forward and back",
        short: false,
        twins: &[],
        run: |setting| Box::pin(jumps::run(setting)),
    },
    Trial {
        number: "T18",
        about: "checkers of drawn organizations and secondments",
        short: false,
        twins: &["check-yourself"],
        run: |setting| Box::pin(separation::run(setting)),
    },
    Trial {
        number: "T19",
        about: "one to ten parties, given up after every step",
        short: false,
        twins: &["leave-parties", "forget-requests"],
        run: |setting| Box::pin(saga::run(setting)),
    },
    Trial {
        number: "T25",
        about: "three times as much asked as can be done, SQLite",
        short: false,
        twins: &[],
        run: |setting| Box::pin(overload::run(setting)),
    },
    Trial {
        number: "T03",
        about: "a month on a virtual clock: crashes, cut links, lost answers, clocks that differ",
        short: false,
        twins: &["forget-requests"],
        run: |setting| Box::pin(simulation::run(setting)),
    },
    Trial {
        number: "T34",
        about: "kill -9 of scoring while it follows the log and while it recomputes",
        short: true,
        twins: &[],
        run: |setting| Box::pin(ledger::run(setting)),
    },
    Trial {
        number: "T31",
        about: "five minutes of traffic: memory, files, log",
        short: false,
        twins: &[],
        run: |setting| Box::pin(soak::run(setting)),
    },
];
