//! What was asked, and what the services said about it.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// How a command ended, as its caller knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The service said that it is done.
    Done,
    /// The service said no.
    Refused(String),
    /// Nobody knows: it may have happened once, or not at all.
    Unknown(String),
}

/// One command with all its attempts.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its trace: every event it causes carries it.
    pub(crate) trace: u128,
    /// The event it is to cause, exactly once: `CaseReported`.
    pub(crate) causes: &'static str,
    /// How it ended.
    pub(crate) end: End,
    /// How often it was sent.
    pub(crate) attempts: u32,
    /// When its last attempt ended.
    pub(crate) at: Instant,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct History {
    entries: Mutex<Vec<Entry>>,
    /// What no service may say: its own failures, and answers after their deadline.
    wrong: Mutex<Vec<String>>,
}

impl History {
    pub(crate) fn add(&self, entry: Entry) {
        self.entries.lock().unwrap().push(entry);
    }

    pub(crate) fn wrong(&self, what: String) {
        self.wrong.lock().unwrap().push(what);
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap().clone()
    }

    pub(crate) fn all_wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap().clone()
    }

    /// How many commands were answered so far.
    pub(crate) fn done(&self) -> usize {
        let entries = self.entries.lock().unwrap();
        entries.iter().filter(|it| it.end == End::Done).count()
    }

    /// `20,123 done, 3 refused, 7 unknown`.
    pub(crate) fn counts(&self) -> String {
        let entries = self.entries.lock().unwrap();
        let count = |what: fn(&End) -> bool| entries.iter().filter(|it| what(&it.end)).count();
        format!(
            "{} done, {} refused, {} unknown, {} sent again",
            count(|it| *it == End::Done),
            count(|it| matches!(it, End::Refused(_))),
            count(|it| matches!(it, End::Unknown(_))),
            entries.iter().filter(|it| it.attempts > 1).count(),
        )
    }

    /// The share of commands done among those that ended in the last `time`, of a hundred.
    pub(crate) fn lately(&self, time: Duration) -> f64 {
        let entries = self.entries.lock().unwrap();
        let late: Vec<&Entry> = entries.iter().filter(|it| it.at.elapsed() < time).collect();
        let done = late
            .iter()
            .filter(|it| it.end == End::Done && it.attempts == 1);
        100.0 * done.count() as f64 / late.len().max(1) as f64
    }
}
