//! Aggregates of any kind, side by side.

use std::{any::Any, sync::Arc};

use serde_json::Error;

use crate::{
    db::micros,
    log::{Aggregate, GENESIS, entity},
};

/// Names one aggregate of the batch's district.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) kind: &'static str,
    pub(super) id: String,
}

/// One aggregate as the committer holds it.
#[derive(Clone)]
pub(super) struct Slot {
    pub(super) version: i64,
    pub(super) hash: String,
    pub(super) state: Arc<dyn State>,
}

/// What the committer must be able to do with a state whose type it does not know.
pub(super) trait State: Any + Send + Sync {
    fn as_any(&self) -> &dyn Any;
    /// Writes it down behind what is there.
    fn write_json(&self, out: &mut Vec<u8>) -> Result<(), Error>;
    fn wake_at(&self) -> Option<i64>;
}

impl<A: Aggregate> State for A {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn write_json(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        serde_json::to_writer(out, self)
    }

    fn wake_at(&self) -> Option<i64> {
        Aggregate::wake_at(self).map(micros)
    }
}

/// How to turn a row into a slot: remembered with each key that is asked for, because only the rule knows the type.
pub(super) type Reader = fn(Option<&entity::aggregate::Model>) -> Result<Slot, Error>;

pub(super) fn read<A: Aggregate>(row: Option<&entity::aggregate::Model>) -> Result<Slot, Error> {
    Ok(match row {
        None => Slot {
            version: 0,
            hash: GENESIS.to_owned(),
            state: Arc::new(A::default()),
        },
        Some(row) => Slot {
            version: row.version,
            hash: row.hash.clone(),
            state: Arc::new(serde_json::from_str::<A>(&row.state)?),
        },
    })
}
