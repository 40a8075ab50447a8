//! What was committed lately, for whoever only has to know what never changes of it.

use std::{
    any::Any,
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use lru::LruCache;

use super::slot::{Key, Slot, State};
use crate::log::Aggregate;

/// States, the latest used first.
type States = LruCache<Key, Arc<dyn State>>;

/// The states of each district that were committed last. Cheap to clone.
#[derive(Clone)]
pub(super) struct Known {
    districts: Arc<Mutex<HashMap<String, States>>>,
    /// How many are kept per district.
    pub(super) kept: NonZeroUsize,
}

impl Known {
    pub(super) fn new(kept: NonZeroUsize) -> Self {
        Self {
            districts: Arc::default(),
            kept,
        }
    }

    /// Takes note of what is committed.
    pub(super) fn put<'a>(
        &self,
        district: &str,
        committed: impl Iterator<Item = (&'a Key, &'a Slot)>,
    ) {
        let mut districts = self
            .districts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !districts.contains_key(district) {
            districts.insert(district.to_owned(), LruCache::new(self.kept));
        }
        let Some(states) = districts.get_mut(district) else {
            return;
        };
        for (key, slot) in committed {
            states.put(key.clone(), Arc::clone(&slot.state));
        }
    }

    pub(super) fn get<A: Aggregate>(&self, district: &str, id: &str) -> Option<Arc<A>> {
        let key = Key {
            kind: A::KIND,
            id: id.to_owned(),
        };
        let districts = self
            .districts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let state = Arc::clone(districts.get(district)?.peek(&key)?);
        drop(districts);
        let state: Arc<dyn Any + Send + Sync> = state;
        state.downcast().ok()
    }
}
