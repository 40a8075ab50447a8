//! Which streams are open in this process, one per consumer group: a newer one ends the older.
//!
//! The truth is the generation in the group's row, which other replicas move too; this only makes it immediate here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;

use super::Owner;

/// A consumer group of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GroupKey {
    /// Whose inbox.
    pub owner: Owner,
    /// The group's name.
    pub group: String,
}

/// The open streams. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Streams(Arc<Mutex<HashMap<GroupKey, Open>>>);

#[derive(Debug)]
struct Open {
    generation: i64,
    superseded: CancellationToken,
}

/// One open stream. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Lease {
    streams: Streams,
    key: GroupKey,
    generation: i64,
    superseded: CancellationToken,
}

impl Streams {
    /// Opens a stream of this generation. Whichever of two is older learns that it is superseded.
    pub(crate) fn open(&self, key: GroupKey, generation: i64) -> Lease {
        let superseded = CancellationToken::new();
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get(&key) {
            Some(other) if other.generation > generation => superseded.cancel(),
            other => {
                if let Some(other) = other {
                    other.superseded.cancel();
                }
                open.insert(
                    key.clone(),
                    Open {
                        generation,
                        superseded: superseded.clone(),
                    },
                );
            }
        }
        Lease {
            streams: self.clone(),
            key,
            generation,
            superseded,
        }
    }

    /// Whether a stream of this group is open here.
    pub(crate) fn is_open(&self, key: &GroupKey) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(key)
    }
}

impl Lease {
    /// The group it streams to.
    pub(crate) fn key(&self) -> &GroupKey {
        &self.key
    }

    /// Its generation: what fences it.
    pub(crate) fn generation(&self) -> i64 {
        self.generation
    }

    /// Cancelled when a newer stream of the group was opened here.
    pub(crate) fn superseded(&self) -> &CancellationToken {
        &self.superseded
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut open = self
            .streams
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if open
            .get(&self.key)
            .is_some_and(|it| it.generation == self.generation)
        {
            open.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_stream_of_a_group_ends_the_older_whichever_comes_first() {
        let streams = Streams::default();
        let key = |group: &str| GroupKey {
            owner: Owner {
                district: "320311".into(),
                organization: "planning".into(),
            },
            group: group.into(),
        };
        let first = streams.open(key("main"), 1);
        let other = streams.open(key("audit"), 1);
        let third = streams.open(key("main"), 3);
        let second = streams.open(key("main"), 2);
        assert!(first.superseded().is_cancelled() && second.superseded().is_cancelled());
        assert!(!third.superseded().is_cancelled() && !other.superseded().is_cancelled());
        drop((first, second));
        assert!(streams.is_open(&key("main")));
        drop(third);
        assert!(!streams.is_open(&key("main")));
    }
}
