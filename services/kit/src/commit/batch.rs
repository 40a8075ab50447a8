//! What a batch changed, for the views.

use std::{any::Any, collections::HashMap};

use super::{
    slot::{Key, Slot},
    work::{Lookup, state},
};
use crate::log::{Aggregate, Recorded};

/// Everything one transaction changes in one district.
pub struct Batch<'a> {
    pub(super) district: &'a str,
    pub(super) events: &'a [Recorded],
    /// The same as what they were before they were written down.
    pub(super) happened: &'a [Box<dyn Any + Send + Sync>],
    pub(super) changed: &'a HashMap<Key, Slot>,
    /// What was there before the batch.
    pub(super) before: &'a dyn Lookup,
}

/// A new event: its place in the log, and what it says, without reading it back.
#[derive(Clone, Copy)]
pub struct Happened<'a> {
    /// As it stands in the log.
    pub recorded: &'a Recorded,
    event: &'a (dyn Any + Send + Sync),
}

impl<'a> Happened<'a> {
    /// The event, if it is one of this kind of aggregate.
    pub fn of<A: Aggregate>(&self) -> Option<&'a A::Event> {
        (self.recorded.aggregate == A::KIND)
            .then(|| self.event.downcast_ref())
            .flatten()
    }
}

impl Batch<'_> {
    /// The district whose log grows.
    pub fn district(&self) -> &str {
        self.district
    }

    /// The new events, in log order.
    pub fn events(&self) -> &[Recorded] {
        self.events
    }

    /// The new events, in log order, as they happened.
    pub fn happened(&self) -> impl Iterator<Item = Happened<'_>> {
        let all = self.events.iter().zip(self.happened);
        all.map(|(recorded, event)| Happened {
            recorded,
            event: &**event,
        })
    }

    /// Every aggregate of a kind that changed: id, version and state after the batch. In no particular order.
    pub fn changed<A: Aggregate>(&self) -> impl Iterator<Item = (&str, i64, &A)> {
        self.changed
            .iter()
            .filter(|(key, _)| key.kind == A::KIND)
            .filter_map(|(key, slot)| {
                state::<A>(slot).map(|it| (key.id.as_str(), slot.version, it))
            })
    }

    /// Every aggregate of a kind that changed: its id, what it was before the batch, if it was there, and after it. In no
    /// particular order.
    pub fn pairs<A: Aggregate>(&self) -> impl Iterator<Item = (&str, Option<&A>, &A)> {
        let ours = self.changed.iter().filter(|(key, _)| key.kind == A::KIND);
        ours.filter_map(|(key, slot)| {
            let before = self.before.find(key).filter(|it| it.version > 0);
            Some((&*key.id, before.and_then(state::<A>), state::<A>(slot)?))
        })
    }

    /// The rows of every aggregate of a kind that changed, but for those that were the same before the batch: `of` says
    /// what the rows of one are.
    pub fn rows<A: Aggregate, R: PartialEq>(&self, of: impl Fn(&str, &A) -> Vec<R>) -> Vec<R> {
        let mut rows = Vec::new();
        for (id, before, after) in self.pairs::<A>() {
            let before = before.map_or_else(Vec::new, |it| of(id, it));
            let after = of(id, after).into_iter();
            rows.extend(after.filter(|it| !before.contains(it)));
        }
        rows
    }

    /// One aggregate after the batch, if a rule of the batch looked at it.
    pub fn seen<A: Aggregate>(&self, id: &str) -> Option<&A> {
        let key = Key {
            kind: A::KIND,
            id: id.to_owned(),
        };
        let found = self.changed.get(&key).or_else(|| self.before.find(&key));
        found.filter(|it| it.version > 0).and_then(state::<A>)
    }

    /// One aggregate as it was before the batch, if the batch changed it and it had existed.
    pub fn before<A: Aggregate>(&self, id: &str) -> Option<&A> {
        let key = Key {
            kind: A::KIND,
            id: id.to_owned(),
        };
        let slot = self.before.find(&key).filter(|it| it.version > 0);
        slot.and_then(state::<A>)
    }

    /// One aggregate after the batch, if the batch changed it.
    pub fn after<A: Aggregate>(&self, id: &str) -> Option<&A> {
        self.changed
            .get(&Key {
                kind: A::KIND,
                id: id.to_owned(),
            })
            .and_then(state::<A>)
    }
}
