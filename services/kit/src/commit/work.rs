//! What a rule sees while it decides: aggregates to read, and a place to record events.

use std::{any::Any, cell::RefCell, collections::HashMap, sync::Arc};

use super::slot::{Key, Reader, Slot, read};
use crate::{
    log::Aggregate,
    sabotage::{Sabotage, on},
};

/// An aggregate was asked for that is not in memory yet. Pass it on with `?`: the committer loads it and runs the rule again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not loaded yet")]
pub struct NotLoaded;

/// One change being decided. Sees everything earlier changes of the same batch did.
pub struct Work<'a> {
    before: &'a dyn Lookup,
    staged: HashMap<Key, Slot>,
    events: Vec<Staged>,
    missing: RefCell<Vec<(Key, Reader)>>,
    fault: Option<String>,
}

/// An event that has no position yet.
pub(super) struct Staged {
    pub(super) key: Key,
    pub(super) version: i64,
    pub(super) kind: &'static str,
    pub(super) payload: String,
    pub(super) event: Box<dyn Any + Send + Sync>,
}

/// Where a change finds what was there before it.
pub(super) trait Lookup: Sync {
    fn find(&self, key: &Key) -> Option<&Slot>;
}

/// What a decided change leaves behind.
pub(super) struct Outcome {
    pub(super) staged: HashMap<Key, Slot>,
    pub(super) events: Vec<Staged>,
    pub(super) missing: Vec<(Key, Reader)>,
    pub(super) fault: Option<String>,
}

impl<'a> Work<'a> {
    pub(super) fn new(before: &'a dyn Lookup) -> Self {
        Self {
            before,
            staged: HashMap::new(),
            events: Vec::new(),
            missing: RefCell::default(),
            fault: None,
        }
    }

    pub(super) fn finish(self) -> Outcome {
        Outcome {
            staged: self.staged,
            events: self.events,
            missing: self.missing.into_inner(),
            fault: self.fault,
        }
    }

    /// The aggregate as it is now; `None` if it has never existed.
    pub fn get<A: Aggregate>(&self, id: &str) -> Result<Option<&A>, NotLoaded> {
        let slot = self.slot::<A>(id)?;
        Ok((slot.version > 0).then(|| state::<A>(slot)).flatten())
    }

    /// The aggregate as it is now, to be kept while others are recorded; the default if it has never existed. Costs no
    /// copy of it.
    pub fn shared<A: Aggregate>(&self, id: &str) -> Result<Arc<A>, NotLoaded> {
        let state: Arc<dyn Any + Send + Sync> = self.slot::<A>(id)?.state.clone();
        state.downcast().map_err(|_| NotLoaded)
    }

    /// How many events it has had: its etag. 0 if it has never existed.
    pub fn version<A: Aggregate>(&self, id: &str) -> Result<i64, NotLoaded> {
        Ok(self.slot::<A>(id)?.version)
    }

    /// Applies events to an aggregate and queues them for the log; no events, no change.
    pub fn record<A: Aggregate>(
        &mut self,
        id: &str,
        events: impl IntoIterator<Item = A::Event>,
    ) -> Result<(), NotLoaded> {
        let slot = self.slot::<A>(id)?;
        if on(Sabotage::ForgetSteps) && slot.version > 0 && rand::random_ratio(1, 40) {
            return Ok(());
        }
        let (mut version, hash) = (slot.version, slot.hash.clone());
        let Some(mut folded) = state::<A>(slot).cloned() else {
            return Err(NotLoaded);
        };
        let key = Key {
            kind: A::KIND,
            id: id.to_owned(),
        };
        for event in events {
            match serde_json::to_string(&event) {
                Ok(payload) => {
                    version += 1;
                    folded.apply(&event);
                    self.events.push(Staged {
                        key: key.clone(),
                        version,
                        kind: A::kind_of(&event),
                        payload,
                        event: Box::new(event),
                    });
                }
                Err(error) => {
                    self.fault = Some(format!("{} event cannot be written: {error}", A::KIND))
                }
            }
        }
        self.staged.insert(
            key,
            Slot {
                version,
                hash,
                state: Arc::new(folded),
            },
        );
        Ok(())
    }

    fn slot<A: Aggregate>(&self, id: &str) -> Result<&Slot, NotLoaded> {
        let key = Key {
            kind: A::KIND,
            id: id.to_owned(),
        };
        if let Some(slot) = self.staged.get(&key).or_else(|| self.before.find(&key)) {
            return Ok(slot);
        }
        self.missing.borrow_mut().push((key, read::<A>));
        Err(NotLoaded)
    }
}

pub(super) fn state<A: Aggregate>(slot: &Slot) -> Option<&A> {
    let state: &dyn super::slot::State = &*slot.state;
    state.as_any().downcast_ref::<A>()
}
