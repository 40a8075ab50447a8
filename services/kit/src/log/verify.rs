//! Proving a log: positions, versions, chains, checkpoints, and that replay equals state.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::{Aggregate, CHECKPOINT_EVERY, GENESIS, Log, Recorded, chain, entity, running};

const PAGE: u64 = 1000;

/// What was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Events read.
    pub events: i64,
    /// Aggregates whose chain was followed.
    pub aggregates: usize,
}

/// The first thing found wrong.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A position is missing, doubled or out of order.
    #[error("position {wanted} expected, {found} found")]
    Position {
        /// What should have come.
        wanted: i64,
        /// What came.
        found: i64,
    },
    /// A version, a previous hash, or the hash of an event is wrong.
    #[error("event at position {position}: {what}")]
    Event {
        /// Where.
        position: i64,
        /// Which part does not fit.
        what: &'static str,
    },
    /// The log does not lead to this anchor.
    #[error("the running hash at position {position} differs from its {anchor}")]
    Anchor {
        /// Where.
        position: i64,
        /// `checkpoint` or `head`.
        anchor: &'static str,
    },
    /// The stored state is not the fold of its events.
    #[error("{kind} {id}: the stored state is not what its events fold to")]
    State {
        /// Kind of aggregate.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// An event this release does not understand.
    #[error("event at position {position} cannot be read")]
    Payload {
        /// Where.
        position: i64,
    },
    /// A kind of aggregate this release does not know.
    #[error("aggregates of the unknown kind {kind}")]
    Kind {
        /// Which.
        kind: String,
    },
    /// A state without events, or events without a state.
    #[error("{states} states for {chains} histories")]
    Count {
        /// Stored states.
        states: usize,
        /// Histories in the log.
        chains: usize,
    },
    /// The database's own check of its files failed.
    #[error("the database's files are damaged: {0}")]
    Files(String),
    /// The database refused or is away.
    #[error("database")]
    Database(#[from] DbErr),
}

impl Log {
    /// Reads a district's whole log and proves positions, versions, chains and anchors.
    pub async fn verify(&self, district: &str) -> Result<Verified, Broken> {
        let head = self
            .head(district)
            .await?
            .unwrap_or_else(super::Head::empty);
        let checkpoints = self.checkpoints(district).await?;
        let mut ends: HashMap<(String, String), (i64, String)> = HashMap::new();
        let mut hash = GENESIS.to_owned();
        let mut last = 0;
        loop {
            let page = self.read(district, last, PAGE).await?;
            for event in &page {
                if event.position != last + 1 {
                    return Err(Broken::Position {
                        wanted: last + 1,
                        found: event.position,
                    });
                }
                last = event.position;
                follow(&mut ends, event)?;
                hash = running(&hash, &event.hash);
                if checkpoints.get(&last).is_some_and(|kept| *kept != hash) {
                    return Err(Broken::Anchor {
                        position: last,
                        anchor: "checkpoint",
                    });
                }
                if last == head.position && hash != head.hash {
                    return Err(Broken::Anchor {
                        position: last,
                        anchor: "head",
                    });
                }
            }
            if page.len() < PAGE as usize {
                break;
            }
        }
        if last < head.position {
            return Err(Broken::Position {
                wanted: last + 1,
                found: head.position + 1,
            });
        }
        let missing = (1..=last / CHECKPOINT_EVERY)
            .map(|n| n * CHECKPOINT_EVERY)
            .find(|at| !checkpoints.contains_key(at));
        if let Some(position) = missing {
            return Err(Broken::Anchor {
                position,
                anchor: "checkpoint",
            });
        }
        Ok(Verified {
            events: last,
            aggregates: ends.len(),
        })
    }

    /// Folds every aggregate of a kind from its events and compares with what is stored.
    pub async fn verify_states<A: Aggregate>(&self, district: &str) -> Result<usize, Broken> {
        let stored = self.load_all::<A>(district).await?;
        for kept in &stored {
            let mut folded = A::default();
            let history = self.history(district, A::KIND, &kept.id).await?;
            for event in &history {
                let decoded = event.decode::<A>().ok().flatten();
                folded.apply(&decoded.ok_or(Broken::Payload {
                    position: event.position,
                })?);
            }
            let same = serde_json::to_value(&folded).ok() == serde_json::to_value(&kept.state).ok();
            if !same || history.len() as i64 != kept.version {
                return Err(Broken::State {
                    kind: A::KIND,
                    id: kept.id.clone(),
                });
            }
        }
        Ok(stored.len())
    }

    async fn checkpoints(&self, district: &str) -> Result<HashMap<i64, String>, DbErr> {
        use entity::checkpoint::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::District.eq(district))
            .order_by_asc(Column::Position)
            .all(self.db().read())
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.position, row.hash))
            .collect())
    }
}

fn follow(
    ends: &mut HashMap<(String, String), (i64, String)>,
    event: &Recorded,
) -> Result<(), Broken> {
    let broken = |what| Broken::Event {
        position: event.position,
        what,
    };
    let key = (event.aggregate.clone(), event.aggregate_id.clone());
    let (version, hash) = ends
        .get(&key)
        .map_or((0, GENESIS), |(version, hash)| (*version, hash.as_str()));
    if event.version != version + 1 {
        return Err(broken("version does not follow"));
    }
    if event.prev_hash != hash {
        return Err(broken("previous hash does not follow"));
    }
    if event.hash != chain(event) {
        return Err(broken("hash does not fit the event"));
    }
    ends.insert(key, (event.version, event.hash.clone()));
    Ok(())
}
