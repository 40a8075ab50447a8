//! What the agents have done, for the numbers at the end.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use serde::Serialize;

/// Counts shared by every agent.
#[derive(Debug, Default)]
pub struct Tally {
    counts: [AtomicU64; Count::ALL.len()],
    /// A task that shows something: its name, and how much there is to see.
    telling: Mutex<(String, u8)>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Calls that changed something.
    Commands,
    /// Calls that read.
    Reads,
    /// Cases reported.
    Cases,
    /// Cases not filed.
    Rejected,
    /// Tasks issued.
    Tasks,
    /// Assignments in them.
    Assignments,
    /// Objections made.
    Objections,
    /// Objections upheld.
    Upheld,
    /// Checks that failed.
    Rework,
    /// Commitments put off because no officers were free.
    Waits,
    /// Calls the rules refused.
    Refused,
}

impl Count {
    const ALL: [Self; 11] = [
        Self::Commands,
        Self::Reads,
        Self::Cases,
        Self::Rejected,
        Self::Tasks,
        Self::Assignments,
        Self::Objections,
        Self::Upheld,
        Self::Rework,
        Self::Waits,
        Self::Refused,
    ];
}

/// The counts at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Calls that changed something.
    pub commands: u64,
    /// Calls that read.
    pub reads: u64,
    /// Cases reported.
    pub cases: u64,
    /// Cases not filed.
    pub rejected: u64,
    /// Tasks issued.
    pub tasks: u64,
    /// Assignments in them.
    pub assignments: u64,
    /// Objections made.
    pub objections: u64,
    /// Objections upheld.
    pub upheld: u64,
    /// Checks that failed.
    pub rework: u64,
    /// Commitments put off because no officers were free.
    pub waits: u64,
    /// Calls the rules refused.
    pub refused: u64,
}

impl Tally {
    /// Counts one.
    pub fn one(&self, what: Count) {
        self.add(what, 1);
    }

    /// Counts several.
    pub fn add(&self, what: Count, many: u64) {
        self.counts[what as usize].fetch_add(many, Relaxed);
    }

    /// The counts now.
    pub fn counts(&self) -> Counts {
        let of = |what: Count| self.counts[what as usize].load(Relaxed);
        Counts {
            commands: of(Count::Commands),
            reads: of(Count::Reads),
            cases: of(Count::Cases),
            rejected: of(Count::Rejected),
            tasks: of(Count::Tasks),
            assignments: of(Count::Assignments),
            objections: of(Count::Objections),
            upheld: of(Count::Upheld),
            rework: of(Count::Rework),
            waits: of(Count::Waits),
            refused: of(Count::Refused),
        }
    }

    /// Remembers a task if there is more to see in it than in the one remembered.
    pub fn telling(&self, task: &str, how_much: u8) {
        let mut kept = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        if how_much > kept.1 || kept.0.is_empty() {
            *kept = (task.to_owned(), how_much);
        }
    }

    /// The task with the most to see.
    pub fn most_telling(&self) -> String {
        self.telling
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .clone()
    }
}
