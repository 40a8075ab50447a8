//! What a batch changed, for the views.

use std::collections::HashMap;

use super::{
    slot::{Key, Slot},
    work::state,
};
use crate::log::{Aggregate, Recorded};

/// Everything one transaction changes in one district.
pub struct Batch<'a> {
    pub(super) district: &'a str,
    pub(super) events: &'a [Recorded],
    pub(super) changed: &'a HashMap<Key, Slot>,
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

    /// Every aggregate of a kind that changed: id, version and state after the batch. In no particular order.
    pub fn changed<A: Aggregate>(&self) -> impl Iterator<Item = (&str, i64, &A)> {
        self.changed
            .iter()
            .filter(|(key, _)| key.kind == A::KIND)
            .filter_map(|(key, slot)| {
                state::<A>(slot).map(|it| (key.id.as_str(), slot.version, it))
            })
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
