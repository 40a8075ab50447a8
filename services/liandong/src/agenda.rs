//! What is to happen when: the heart of everything that runs under the virtual clock.
//!
//! ```text
//! take everything at the earliest instant ─▶ move the clock there, timers fire ─▶ do it all, at once ─▶ what follows
//! ```
//! Things of one instant come in the order of their keys, so that the same input gives the same course.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, btree_map::BTreeMap},
};

use time::OffsetDateTime;

/// Things to do, by time and key.
#[derive(Clone, Debug)]
pub struct Agenda<K: Ord, V> {
    order: BinaryHeap<Reverse<(OffsetDateTime, K, u64)>>,
    things: BTreeMap<u64, V>,
    next: u64,
}

impl<K: Ord, V> Default for Agenda<K, V> {
    fn default() -> Self {
        Self {
            order: BinaryHeap::new(),
            things: BTreeMap::new(),
            next: 0,
        }
    }
}

impl<K: Ord, V> Agenda<K, V> {
    /// Puts something on it. What is in the past is done next.
    pub fn add(&mut self, at: OffsetDateTime, key: K, thing: V) {
        self.order.push(Reverse((at, key, self.next)));
        self.things.insert(self.next, thing);
        self.next += 1;
    }

    /// The earliest instant.
    pub fn earliest(&self) -> Option<OffsetDateTime> {
        self.order.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes everything that is due by `now`, in order.
    pub fn due(&mut self, now: OffsetDateTime) -> Vec<V> {
        let mut due = vec![];
        while self.earliest().is_some_and(|at| at <= now)
            && let Some(Reverse((_, _, number))) = self.order.pop()
        {
            due.extend(self.things.remove(&number));
        }
        due
    }

    /// How much there is to do.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn things_come_by_time_then_by_key_then_in_the_order_they_were_put_there() {
        let start = datetime!(2026-03-02 0:00 UTC);
        let mut agenda = Agenda::default();
        for (hours, key, thing) in [
            (2, "a", 1),
            (1, "b", 2),
            (1, "a", 3),
            (1, "a", 4),
            (3, "a", 5),
        ] {
            agenda.add(start + Duration::hours(hours), key, thing);
        }
        assert_eq!(agenda.earliest(), Some(start + Duration::HOUR));
        assert_eq!(agenda.due(start), Vec::<i32>::new());
        assert_eq!(agenda.due(start + Duration::HOUR), [3, 4, 2]);
        assert_eq!(agenda.due(start + Duration::DAY), [1, 5]);
        assert!(agenda.is_empty());
    }
}
