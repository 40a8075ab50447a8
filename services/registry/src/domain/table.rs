//! Everything registered of one kind, in the order of the ids.

use std::{collections::BTreeMap, sync::Arc};

use time::OffsetDateTime;

use super::{Id, Item};

/// An item with what the log knows about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<T> {
    /// The item.
    pub item: T,
    /// How often it has been entered or amended: the etag.
    pub version: i64,
    /// When that was last.
    pub changed_at: OffsetDateTime,
}

/// A table; cloning shares the rows.
#[derive(Clone, Debug)]
pub struct Table<T: Item> {
    rows: BTreeMap<Id<T>, Arc<Kept<T>>>,
}

impl<T: Item> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
        }
    }
}

impl<T: Item> Table<T> {
    /// The item with this id.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(id).map(|it| &it.item)
    }

    /// The item with its version.
    pub fn kept(&self, id: &str) -> Option<&Arc<Kept<T>>> {
        self.rows.get(id)
    }

    /// Whether there is such an item.
    pub fn has(&self, id: &str) -> bool {
        self.rows.contains_key(id)
    }

    /// Every item.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values().map(|it| &it.item)
    }

    /// Every item with its version, those after an id only.
    pub fn after(&self, id: Option<&str>) -> impl Iterator<Item = &Arc<Kept<T>>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = id.map_or(Unbounded, Excluded);
        self.rows
            .range::<str, _>((from, Unbounded))
            .map(|(_, it)| it)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether it holds the very same rows as another one, one of which was made from the other.
    pub fn is_same(&self, other: &Self) -> bool {
        let mut pairs = self.rows.values().zip(other.rows.values());
        self.rows.len() == other.rows.len() && pairs.all(|(one, two)| Arc::ptr_eq(one, two))
    }

    pub(super) fn put(&mut self, kept: Kept<T>) {
        self.rows.insert(kept.item.id().clone(), Arc::new(kept));
    }
}
